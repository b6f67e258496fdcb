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
use crate::ports::store::{Account, Session};
use crate::secret::Secret;
use crate::settings::{PasswordCost, Settings};
use crate::trouble::Trouble;
use tries::{Elsewhere, FAMILIAR_MS, Tries};

/// Sign-ins that may wait; beyond it `too_many`.
const QUEUE: usize = 64;
/// Unknown names whose wrong passwords are remembered; beyond it the one not tried for longest is forgotten.
const MOST_STRANGERS: usize = 16_384;

/// The way to the clerk.
pub(crate) struct Clerk {
    errands: mpsc::Sender<Errand>,
}

enum Errand {
    SignIn {
        wish: SignIn,
        from: AddressBucket,
        answer: Answer<Opened>,
    },
    ChangePassword {
        hall: HallId,
        staff: StaffId,
        wish: ChangePassword,
        from: AddressBucket,
        answer: Answer<Opened>,
    },
    Disable {
        hall: HallId,
        staff: StaffId,
        answer: Answer<()>,
    },
}

/// A session that has begun.
pub(crate) struct Opened {
    pub(crate) account: Account,
    pub(crate) session: Session,
    pub(crate) secret: Secret,
}

/// What a password is checked for.
#[derive(Clone, Copy)]
enum Purpose {
    /// To open a session: a one-time password does so once.
    SignIn,
    /// To choose another in a session that is open.
    Change,
}

impl Clerk {
    /// Starts the clerk's task, which ends with the house.
    pub(crate) fn start(outside: &Arc<Outside>, settings: &Settings) -> Self {
        let (errands, taken) = mpsc::channel(QUEUE);
        let desk = Desk {
            outside: outside.clone(),
            tries: Tries::new(settings.lock_after, settings.lock_ms),
            cost: settings.password_cost,
            session_ms: settings.session_ms,
            nobody: None,
            strangers: BTreeMap::new(),
        };
        outside.spawner.spawn("sign-in", task(desk.run(taken)));
        Self { errands }
    }

    /// Begins a session of the account that name and password belong to. Audited.
    pub(crate) async fn sign_in(&self, wish: SignIn, from: AddressBucket) -> Result<Opened, Trouble> {
        self.send(|answer| Errand::SignIn { wish, from, answer }).await
    }

    /// Changes a password, ends every session of the person and begins another. Audited.
    pub(crate) async fn change_password(&self, hall: HallId, staff: StaffId, wish: ChangePassword, from: AddressBucket) -> Result<Opened, Trouble> {
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
    session_ms: u32,
    /// The hash of no password, checked for unknown names so that they take the same time.
    nobody: Option<Sensitive<String>>,
    /// Wrong passwords of names that have no account, and the last moment of each: they lock like any other, so that a lock
    /// says nothing about who works here.
    strangers: BTreeMap<String, (Elsewhere, Timestamp)>,
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

    async fn sign_in(&mut self, wish: SignIn, from: AddressBucket) -> Result<Opened, Trouble> {
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
        let Some(account) = account else {
            return Err(self.turn_away(name, password, from).await);
        };
        let account = self.check(account, password, from, Purpose::SignIn).await?;
        self.audit(&account, "sign_in").await?;
        self.open(account).await
    }

    /// Begins a session by a password just checked, which is used up if it is a one-time one.
    async fn open(&self, account: Account) -> Result<Opened, Trouble> {
        let secret = Secret::draw(self.outside.random.as_ref());
        let now = self.outside.clock.now();
        let session = Session {
            token_hash: secret.hash().text(),
            staff: account.member.id.clone(),
            hall: account.hall.clone(),
            created_at: now,
            seen_at: now,
            expires_at: now.plus(self.session_ms),
        };
        let checked = &account.password_hash;
        let left = if account.must_change {
            password::use_up(checked)
        } else {
            checked.clone()
        };
        let begun = self.outside.store.begin_session(&session, checked, &left).await;
        if begun.map_err(|failure| Trouble::told(&failure))? {
            Ok(Opened { account, session, secret })
        } else {
            Err(Refusal::SignInWrong.into())
        }
    }

    /// Checks the password of an account; see [`tries`] for how often.
    async fn check(&mut self, account: Account, password: Sensitive<String>, from: AddressBucket, purpose: Purpose) -> Result<Account, Trouble> {
        let now = self.outside.clock.now();
        let (place, hash) = ((account.sign_in_name.clone(), from), account.password_hash.clone());
        let mut elsewhere = Elsewhere::of(&account);
        let familiar = self.is_familiar(&account, from, now).await?;
        self.tries.allow(&place, Some(&hash), (!familiar).then_some(elsewhere), now)?;
        let may_be_right = !account.disabled
            && match purpose {
                Purpose::SignIn => !password::is_used_up(&hash),
                Purpose::Change => true,
            };
        if self.fits(password, password::before_use(&hash)).await && may_be_right {
            self.tries.right(&place);
            self.note_place(&account, from, now).await?;
            if elsewhere != Elsewhere::default() {
                self.keep_count(&account, Elsewhere::default()).await?;
            }
            return Ok(account);
        }
        let mut what = "sign_in_wrong";
        if !familiar {
            if self.tries.wrong_elsewhere(&mut elsewhere, now) {
                what = "sign_in_slowed";
                warn!(staff.id = %account.member.id, "somebody guesses at the password of {}", account.member.id);
            }
            self.keep_count(&account, elsewhere).await?;
        }
        if self.tries.wrong(place, Some(hash), now) {
            what = "sign_in_locked";
            warn!(staff.id = %account.member.id, "sign-in of {} is locked at one address", account.member.id);
        }
        self.audit(&account, what).await?;
        Err(Refusal::SignInWrong.into())
    }

    /// The same for a name that nobody has: the same work, down to the trips to the disk, and the same answers.
    async fn turn_away(&mut self, name: String, password: Sensitive<String>, from: AddressBucket) -> Trouble {
        match self.try_to_turn_away(name, password, from).await {
            Ok(()) => Refusal::SignInWrong.into(),
            Err(trouble) => trouble,
        }
    }

    async fn try_to_turn_away(&mut self, name: String, password: Sensitive<String>, from: AddressBucket) -> Result<(), Trouble> {
        let now = self.outside.clock.now();
        let place = (name.clone(), from);
        let mut elsewhere = self.strangers.get(&name).map(|(elsewhere, _)| *elsewhere).unwrap_or_default();
        let store = &self.outside.store;
        let looked = store
            .is_place(&HallId::new(""), &StaffId::new(&name), &from.to_string(), familiar_since(now))
            .await;
        looked.map_err(|failure| Trouble::told(&failure))?;
        self.tries.allow(&place, None, Some(elsewhere), now)?;
        let nobody = self.hash_of_nobody().await;
        self.fits(password, nobody).await;
        self.tries.wrong_elsewhere(&mut elsewhere, now);
        self.remember_stranger(name, elsewhere, now);
        self.tries.wrong(place, None, now);
        // Where an account's count and audit would be written.
        for _ in 0..2 {
            self.outside.store.check().await.map_err(|failure| Trouble::told(&failure))?;
        }
        Ok(())
    }

    fn remember_stranger(&mut self, name: String, elsewhere: Elsewhere, now: Timestamp) {
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&name) {
            let oldest = self.strangers.iter().min_by_key(|(_, (_, last))| *last).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| self.strangers.remove(&oldest));
        }
        self.strangers.insert(name, (elsewhere, now));
    }

    async fn change_password(&mut self, hall: &HallId, staff: &StaffId, wish: ChangePassword, from: AddressBucket) -> Result<Opened, Trouble> {
        let ChangePassword { present, wanted } = wish;
        let mut account = self
            .check(self.account(hall, staff).await?, present.clone(), from, Purpose::Change)
            .await?;
        if wanted == present || !password::is_strong(&wanted, &account.sign_in_name, &account.member.display_name) {
            return Err(Refusal::PasswordWeak.into());
        }
        let hash = self.hash(wanted).await?;
        let chosen = self.outside.store.choose_password(hall, staff, &account.password_hash, &hash).await;
        if !chosen.map_err(|failure| Trouble::told(&failure))? {
            return Err(Refusal::SignInWrong.into());
        }
        (account.password_hash, account.must_change) = (hash, false);
        self.audit(&account, "password_changed").await?;
        self.open(account).await
    }

    async fn disable(&mut self, hall: &HallId, staff: &StaffId) -> Result<(), Trouble> {
        self.account(hall, staff).await?;
        let disabled = self.outside.store.disable_account(hall, staff).await;
        disabled.map_err(|failure| Trouble::told(&failure))
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

    async fn keep_count(&self, account: &Account, elsewhere: Elsewhere) -> Result<(), Trouble> {
        let Elsewhere { failures, locked_until } = elsewhere;
        let noted = self
            .outside
            .store
            .note_failures(&account.hall, &account.member.id, failures, locked_until)
            .await;
        noted.map_err(|failure| Trouble::told(&failure))
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
