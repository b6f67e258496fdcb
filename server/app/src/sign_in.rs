//! One clerk checks passwords: one at a time, so that wrong ones are counted exactly, guessing in parallel gains nothing,
//! and hashing never takes more memory than one hash needs.

mod tries;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use yunyiban_core::Refusal;
use yunyiban_protocol::http::{ChangePassword, SignIn};
use yunyiban_protocol::{HallId, Sensitive, StaffId, Timestamp};

use crate::account::sign_in_name;
use crate::bucket::AddressBucket;
use crate::hall_task::operation::Answer;
use crate::house::Outside;
use crate::password;
use crate::ports::spawn::{run_blocking, task};
use crate::ports::store::Account;
use crate::settings::{PasswordCost, Settings};
use crate::trouble::Trouble;
use tries::{Elsewhere, FAMILIAR_MS, Tries};

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
        from: AddressBucket,
        answer: Answer<Account>,
    },
    ChangePassword {
        hall: HallId,
        staff: StaffId,
        wish: ChangePassword,
        from: AddressBucket,
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
            tries: Tries::new(settings.lock_after, settings.lock_ms),
            cost: settings.password_cost,
            nobody: None,
            strangers: BTreeMap::new(),
        };
        outside.spawner.spawn("sign-in", task(desk.run(taken)));
        Self { errands }
    }

    /// The account that name and password belong to.
    pub(crate) async fn sign_in(&self, wish: SignIn, from: AddressBucket) -> Result<Account, Trouble> {
        self.send(|answer| Errand::SignIn { wish, from, answer }).await
    }

    /// Changes a password and ends every session of the person.
    pub(crate) async fn change_password(&self, hall: HallId, staff: StaffId, wish: ChangePassword, from: AddressBucket) -> Result<Account, Trouble> {
        let errand = |answer| Errand::ChangePassword {
            hall,
            staff,
            wish,
            from,
            answer,
        };
        self.send(errand).await
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
    tries: Tries,
    cost: PasswordCost,
    /// The hash of no password, checked for unknown names so that they take the same time.
    nobody: Option<Sensitive<String>>,
    /// Wrong passwords of names that have no account: they lock like any other, so that a lock says nothing about who works here.
    strangers: BTreeMap<String, Elsewhere>,
}

impl Desk {
    async fn run(mut self, mut errands: mpsc::Receiver<Errand>) {
        while let Some(errand) = errands.recv().await {
            match errand {
                Errand::SignIn { wish, from, answer } => drop(answer.send(self.sign_in(wish, from).await)),
                Errand::ChangePassword {
                    hall,
                    staff,
                    wish,
                    from,
                    answer,
                } => drop(answer.send(self.change_password(&hall, &staff, wish, from).await)),
                Errand::Disable { hall, staff, answer } => drop(answer.send(self.disable(&hall, &staff).await)),
            }
        }
    }

    async fn sign_in(&mut self, wish: SignIn, from: AddressBucket) -> Result<Account, Trouble> {
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
            Some(account) => self.check(account, password, from).await,
            None => self.turn_away(name, password, from).await,
        }
    }

    /// Checks the password of an account; see [`tries`] for how often.
    async fn check(&mut self, mut account: Account, password: Sensitive<String>, from: AddressBucket) -> Result<Account, Trouble> {
        let now = self.outside.clock.now();
        let (place, hash) = ((account.sign_in_name.clone(), from), account.password_hash.clone());
        let mut elsewhere = Elsewhere::of(&account);
        let familiar = self.is_familiar(&account, from, now).await?;
        self.tries.allow(&place, Some(&hash), (!familiar).then_some(elsewhere), now)?;
        if self.fits(password, hash.clone()).await && !account.disabled {
            self.tries.right(&place);
            self.note_place(&account, from, now).await?;
            if elsewhere != Elsewhere::default() {
                self.keep_count(&mut account, Elsewhere::default()).await?;
            }
            return Ok(account);
        }
        let mut what = "sign_in_wrong";
        if !familiar {
            if self.tries.wrong_elsewhere(&mut elsewhere, now) {
                what = "sign_in_slowed";
                warn!(staff.id = %account.member.id, "somebody guesses at the password of {}", account.member.id);
            }
            self.keep_count(&mut account, elsewhere).await?;
        }
        if self.tries.wrong(place, Some(hash), now) {
            what = "sign_in_locked";
            warn!(staff.id = %account.member.id, "sign-in of {} is locked at one address", account.member.id);
        }
        self.audit(&account, what).await?;
        Err(Refusal::SignInWrong.into())
    }

    /// The same for a name that nobody has: the same work, the same answers.
    async fn turn_away(&mut self, name: String, password: Sensitive<String>, from: AddressBucket) -> Result<Account, Trouble> {
        let now = self.outside.clock.now();
        let place = (name.clone(), from);
        let mut elsewhere = self.strangers.get(&name).copied().unwrap_or_default();
        self.tries.allow(&place, None, Some(elsewhere), now)?;
        let nobody = self.hash_of_nobody().await;
        self.fits(password, nobody).await;
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&name) {
            self.strangers.pop_first();
        }
        self.tries.wrong_elsewhere(&mut elsewhere, now);
        self.strangers.insert(name, elsewhere);
        self.tries.wrong(place, None, now);
        Err(Refusal::SignInWrong.into())
    }

    async fn change_password(&mut self, hall: &HallId, staff: &StaffId, wish: ChangePassword, from: AddressBucket) -> Result<Account, Trouble> {
        let ChangePassword { present, wanted } = wish;
        let mut account = self.check(self.account(hall, staff).await?, present.clone(), from).await?;
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

    async fn is_familiar(&self, account: &Account, from: AddressBucket, now: Timestamp) -> Result<bool, Trouble> {
        let (hall, staff) = (&account.hall, &account.member.id);
        let found = self.outside.store.is_place(hall, staff, &from.to_string(), familiar_since(now)).await;
        found.map_err(|failure| Trouble::told(&failure))
    }

    async fn note_place(&self, account: &Account, from: AddressBucket, now: Timestamp) -> Result<(), Trouble> {
        let (hall, staff, since) = (&account.hall, &account.member.id, familiar_since(now));
        let noted = self.outside.store.note_place(hall, staff, &from.to_string(), now, since).await;
        noted.map_err(|failure| Trouble::told(&failure))
    }

    async fn keep_count(&self, account: &mut Account, elsewhere: Elsewhere) -> Result<(), Trouble> {
        account.failures = elsewhere.failures;
        account.locked_until = elsewhere.locked_until;
        self.put(account).await
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

/// Sign-ins after this make an address familiar.
fn familiar_since(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis() - i64::from(FAMILIAR_MS) + 1)
}
