//! One clerk checks passwords: one at a time, so that wrong ones are counted exactly, guessing in parallel gains nothing,
//! and hashing never takes more memory than one hash needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use yunyiban_core::Refusal;
use yunyiban_protocol::http::{ChangePassword, SignIn};
use yunyiban_protocol::{HallId, Sensitive, StaffId, Timestamp};

use crate::account::sign_in_name;
use crate::hall_task::operation::Answer;
use crate::house::Outside;
use crate::password;
use crate::ports::spawn::{run_blocking, task};
use crate::ports::store::Account;
use crate::settings::{PasswordCost, Settings};
use crate::trouble::Trouble;

/// Sign-ins that may wait; beyond it `too_many`.
const QUEUE: usize = 64;
/// Unknown names whose wrong passwords are remembered.
const MOST_STRANGERS: usize = 1_024;

/// The way to the clerk.
pub(crate) struct Clerk {
    errands: mpsc::Sender<Errand>,
}

enum Errand {
    SignIn {
        wish: SignIn,
        answer: Answer<Account>,
    },
    ChangePassword {
        hall: HallId,
        staff: StaffId,
        wish: ChangePassword,
        answer: Answer<Account>,
    },
    Disable {
        hall: HallId,
        staff: StaffId,
        answer: Answer<()>,
    },
}

impl Clerk {
    /// Starts the clerk's task, which ends with the house.
    pub(crate) fn start(outside: &Arc<Outside>, settings: &Settings) -> Self {
        let (errands, taken) = mpsc::channel(QUEUE);
        let desk = Desk {
            outside: outside.clone(),
            lock_after: settings.lock_after,
            lock_ms: settings.lock_ms,
            cost: settings.password_cost,
            nobody: None,
            strangers: BTreeMap::new(),
        };
        outside.spawner.spawn("sign-in", task(desk.run(taken)));
        Self { errands }
    }

    /// The account that name and password belong to.
    pub(crate) async fn sign_in(&self, wish: SignIn) -> Result<Account, Trouble> {
        self.send(|answer| Errand::SignIn { wish, answer }).await
    }

    /// Changes a password and ends every session of the person.
    pub(crate) async fn change_password(&self, hall: HallId, staff: StaffId, wish: ChangePassword) -> Result<Account, Trouble> {
        self.send(|answer| Errand::ChangePassword { hall, staff, wish, answer }).await
    }

    /// Disables an account and ends every session of the person.
    pub(crate) async fn disable(&self, hall: HallId, staff: StaffId) -> Result<(), Trouble> {
        self.send(|answer| Errand::Disable { hall, staff, answer }).await
    }

    async fn send<T>(&self, errand: impl FnOnce(Answer<T>) -> Errand) -> Result<T, Trouble> {
        let (answer, answered) = oneshot::channel();
        self.errands.try_send(errand(answer)).map_err(|_| Refusal::TooMany)?;
        answered.await.unwrap_or(Err(Trouble::store_unavailable()))
    }
}

struct Desk {
    outside: Arc<Outside>,
    lock_after: u32,
    lock_ms: u32,
    cost: PasswordCost,
    /// The hash of no password, checked for unknown names so that they take the same time.
    nobody: Option<Sensitive<String>>,
    strangers: BTreeMap<String, Tries>,
}

/// Wrong passwords of a name that has no account: it locks like any other, so that a lock says nothing about who works here.
#[derive(Clone, Copy, Default)]
struct Tries {
    failures: u32,
    locked_until: Option<Timestamp>,
}

impl Desk {
    async fn run(mut self, mut errands: mpsc::Receiver<Errand>) {
        while let Some(errand) = errands.recv().await {
            match errand {
                Errand::SignIn { wish, answer } => drop(answer.send(self.sign_in(wish).await)),
                Errand::ChangePassword { hall, staff, wish, answer } => drop(answer.send(self.change_password(&hall, &staff, wish).await)),
                Errand::Disable { hall, staff, answer } => drop(answer.send(self.disable(&hall, &staff).await)),
            }
        }
    }

    async fn sign_in(&mut self, wish: SignIn) -> Result<Account, Trouble> {
        let SignIn { name, password } = wish;
        if password.reveal().len() > password::MAX_BYTES {
            return Err(Refusal::SignInWrong.into());
        }
        let name = sign_in_name(&name).ok_or(Refusal::SignInWrong)?;
        let account = self
            .outside
            .store
            .account_by_name(&name)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        match account {
            Some(account) => self.check(account, password).await,
            None => self.turn_away(name, password).await,
        }
    }

    /// Checks the password of an account, counts a wrong one, and locks after too many.
    async fn check(&mut self, mut account: Account, password: Sensitive<String>) -> Result<Account, Trouble> {
        let now = self.outside.clock.now();
        if account.locked_until.is_some_and(|until| now < until) {
            return Err(Refusal::SignInLocked.into());
        }
        if self.fits(password, account.password_hash.clone()).await && !account.disabled {
            if account.failures > 0 || account.locked_until.is_some() {
                account.failures = 0;
                account.locked_until = None;
                self.put(&account).await?;
            }
            return Ok(account);
        }
        account.failures += 1;
        let locks = account.failures >= self.lock_after;
        account.locked_until = locks.then(|| now.plus(self.lock_ms));
        if locks {
            account.failures = 0;
            warn!(staff.id = %account.member.id, "sign-in of {} is locked", account.member.id);
        }
        self.put(&account).await?;
        self.audit(&account, if locks { "sign_in_locked" } else { "sign_in_wrong" }).await?;
        Err(Refusal::SignInWrong.into())
    }

    /// The same for a name that nobody has: the same work, the same answers.
    async fn turn_away(&mut self, name: String, password: Sensitive<String>) -> Result<Account, Trouble> {
        let now = self.outside.clock.now();
        let tries = self.strangers.get(&name).copied().unwrap_or_default();
        if tries.locked_until.is_some_and(|until| now < until) {
            return Err(Refusal::SignInLocked.into());
        }
        let nobody = self.hash_of_nobody().await;
        self.fits(password, nobody).await;
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&name) {
            self.strangers.pop_first();
        }
        let failures = tries.failures + 1;
        let locks = failures >= self.lock_after;
        let tries = Tries {
            failures: if locks { 0 } else { failures },
            locked_until: locks.then(|| now.plus(self.lock_ms)),
        };
        self.strangers.insert(name, tries);
        Err(Refusal::SignInWrong.into())
    }

    async fn change_password(&mut self, hall: &HallId, staff: &StaffId, wish: ChangePassword) -> Result<Account, Trouble> {
        let ChangePassword { present, wanted } = wish;
        let mut account = self.check(self.account(hall, staff).await?, present.clone()).await?;
        if wanted == present || !password::is_strong(&wanted, &account.sign_in_name) {
            return Err(Refusal::PasswordWeak.into());
        }
        account.password_hash = self.hash(wanted).await?;
        account.must_change = false;
        self.put(&account).await?;
        self.end_sessions(staff).await?;
        self.audit(&account, "password_changed").await?;
        Ok(account)
    }

    async fn disable(&mut self, hall: &HallId, staff: &StaffId) -> Result<(), Trouble> {
        let mut account = self.account(hall, staff).await?;
        account.disabled = true;
        self.put(&account).await?;
        self.end_sessions(staff).await
    }

    async fn account(&self, hall: &HallId, staff: &StaffId) -> Result<Account, Trouble> {
        let account = self.outside.store.account(hall, staff).await.map_err(|failure| Trouble::told(&failure))?;
        account.ok_or(Trouble::Refused(Refusal::NotAllowed))
    }

    async fn put(&self, account: &Account) -> Result<(), Trouble> {
        self.outside.store.put_account(account).await.map_err(|failure| Trouble::told(&failure))
    }

    async fn end_sessions(&self, staff: &StaffId) -> Result<(), Trouble> {
        self.outside.store.end_sessions(staff).await.map_err(|failure| Trouble::told(&failure))
    }

    async fn audit(&self, account: &Account, what: &str) -> Result<(), Trouble> {
        let now = self.outside.clock.now();
        let audited = self.outside.store.audit(&account.hall, now, account.member.id.as_str(), what).await;
        audited.map_err(|failure| Trouble::told(&failure))
    }

    async fn fits(&self, password: Sensitive<String>, hash: Sensitive<String>) -> bool {
        run_blocking(self.outside.spawner.as_ref(), move || password::fits(&password, &hash))
            .await
            .unwrap_or(false)
    }

    async fn hash(&self, password: Sensitive<String>) -> Result<Sensitive<String>, Trouble> {
        let (random, cost) = (self.outside.random.clone(), self.cost);
        let hashed = run_blocking(self.outside.spawner.as_ref(), move || password::hash(&password, random.as_ref(), cost)).await;
        hashed.ok_or(Trouble::busy())
    }

    async fn hash_of_nobody(&mut self) -> Sensitive<String> {
        if self.nobody.is_none() {
            let nobody = password::one_time(self.outside.random.as_ref());
            self.nobody = self.hash(nobody).await.ok();
        }
        self.nobody.clone().unwrap_or_default()
    }
}
