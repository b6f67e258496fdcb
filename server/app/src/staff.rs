//! What the staff side asks over HTTP about itself: sign-in, sessions, tickets.

use std::net::IpAddr;

use yunyiban_core::{Act, Heard, Refusal, StaffAct, StaffMember};
use yunyiban_protocol::http::{ChangePassword, Role, SignIn, SignedIn, StaffTicket};
use yunyiban_protocol::{HallId, StaffId, Timestamp};

use crate::House;
use crate::bucket::AddressBucket;
use crate::secret::Secret;
use crate::sign_in::Opened;
use crate::sync::lock;
use crate::ticket::Grant;
use crate::trouble::Trouble;

/// The last use of a session is written at most this often, milliseconds.
const SEEN_EVERY_MS: u32 = 60_000;

/// A signed-in person, read from the archive for one action.
#[derive(Clone, Debug)]
pub struct StaffSession {
    /// Who.
    pub staff: StaffId,
    /// The person as citizens and colleagues know them.
    pub(crate) member: StaffMember,
    /// The hall: every read and write of this session is scoped to it (T22).
    pub hall: HallId,
    /// What the person may do now.
    pub role: Role,
    /// The password is one-time: everything but changing it is refused.
    pub must_change_password: bool,
    /// Ends whatever happens.
    pub expires_at: Timestamp,
    token_hash: String,
}

impl StaffSession {
    /// Refuses everything but choosing an own password while it is one-time.
    pub(crate) fn settled(&self) -> Result<(), Trouble> {
        if self.must_change_password {
            Err(Refusal::PasswordMustChange.into())
        } else {
            Ok(())
        }
    }

    /// Refuses whoever is no administrator, as the archive has the account now.
    pub(crate) fn administrates(&self) -> Result<(), Trouble> {
        self.settled()?;
        if self.role == Role::Administrator {
            Ok(())
        } else {
            Err(Refusal::NotAllowed.into())
        }
    }
}

impl House {
    /// Checks name and password. The same time passes for unknown names. Audited.
    ///
    /// # Errors
    /// `sign_in_wrong`, `sign_in_locked`, `too_many`, or a failure.
    pub async fn sign_in(&self, wish: SignIn, from: IpAddr) -> Result<(SignedIn, Secret), Trouble> {
        let now = self.outside.clock.now();
        let from = AddressBucket::of(from);
        if !lock(&self.sign_ins_by_address).take(from, now) {
            return Err(Refusal::TooMany.into());
        }
        self.told_of(self.clerk.sign_in(wish, from).await?)
    }

    /// Who the cookie belongs to, for one action: account, role and session are read again each time (T26).
    ///
    /// # Errors
    /// `signed_out` for unknown, ended, idle or disabled; or a failure.
    pub async fn who(&self, cookie: &Secret) -> Result<StaffSession, Trouble> {
        self.session(&cookie.hash().text()).await
    }

    /// The answer of `GET /api/staff/me`.
    ///
    /// # Errors
    /// `hall_unknown`.
    pub fn signed_in(&self, who: &StaffSession) -> Result<SignedIn, Trouble> {
        Ok(SignedIn {
            staff: who.staff.clone(),
            display_name: who.member.display_name.clone(),
            role: who.role,
            hall: who.hall.clone(),
            hall_name: self.hall(&who.hall)?.facts().name.clone(),
            must_change_password: who.must_change_password,
            expires_at: who.expires_at,
        })
    }

    /// Ends this session; its socket is told and closed.
    ///
    /// # Errors
    /// A failure; then the session goes on.
    pub async fn sign_out(&self, who: &StaffSession) -> Result<(), Trouble> {
        self.outside
            .store
            .end_session(&who.token_hash)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        self.end_console(&who.hall, &who.staff, Some(&who.token_hash)).await;
        self.audit(&who.hall, &who.staff, "sign_out").await
    }

    /// Chooses an own password: a new session begins, all others of the person end.
    ///
    /// # Errors
    /// `sign_in_wrong` (present password), `sign_in_locked`, `password_weak`, or a failure.
    pub async fn change_password(&self, who: &StaffSession, wish: ChangePassword, from: IpAddr) -> Result<(SignedIn, Secret), Trouble> {
        let from = AddressBucket::of(from);
        let opened = self.clerk.change_password(who.hall.clone(), who.staff.clone(), wish, from).await?;
        self.end_console(&who.hall, &who.staff, None).await;
        self.told_of(opened)
    }

    /// A ticket that opens this person's console once.
    ///
    /// # Errors
    /// `password_must_change`.
    pub fn staff_ticket(&self, who: &StaffSession) -> Result<StaffTicket, Trouble> {
        who.settled()?;
        let grant = Grant::Staff {
            hall: who.hall.clone(),
            staff: who.staff.clone(),
            session: who.token_hash.clone(),
        };
        Ok(StaffTicket {
            ticket: self.tickets.give(grant, self.outside.random.as_ref(), self.outside.clock.now()),
        })
    }

    /// Disables an account: its sessions end and its socket closes at once. Administrators of the same hall only. Audited.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, or a failure.
    pub async fn disable(&self, who: &StaffSession, staff: &StaffId) -> Result<(), Trouble> {
        who.administrates()?;
        self.clerk.disable(who.hall.clone(), staff.clone()).await?;
        self.end_console(&who.hall, staff, None).await;
        self.audit(&who.hall, &who.staff, &format!("disable {staff}")).await
    }

    /// Ends every session of a person; sockets close at once. For oneself, or by an administrator of the same hall. Audited.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, or a failure.
    pub async fn revoke(&self, who: &StaffSession, staff: &StaffId) -> Result<(), Trouble> {
        who.settled()?;
        if who.role != Role::Administrator && who.staff != *staff {
            return Err(Refusal::NotAllowed.into());
        }
        let store = &self.outside.store;
        let account = store.account(&who.hall, staff).await.map_err(|failure| Trouble::told(&failure))?;
        if account.is_none() {
            return Err(Refusal::NotAllowed.into());
        }
        store.end_sessions(&who.hall, staff).await.map_err(|failure| Trouble::told(&failure))?;
        self.end_console(&who.hall, staff, None).await;
        self.audit(&who.hall, &who.staff, &format!("revoke {staff}")).await
    }

    /// A session by its hash, if it lives; its use is noted.
    pub(crate) async fn session(&self, token_hash: &str) -> Result<StaffSession, Trouble> {
        let store = &self.outside.store;
        let now = self.outside.clock.now();
        let session = store
            .session(token_hash)
            .await
            .map_err(|failure| Trouble::told(&failure))?
            .ok_or(Refusal::SignedOut)?;
        let account = store
            .account(&session.hall, &session.staff)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        let account = account.filter(|account| !account.disabled);
        let idle_ms = now.since(session.seen_at);
        let (Some(account), true) = (account, now < session.expires_at && idle_ms < self.settings.idle_ms) else {
            store.end_session(token_hash).await.map_err(|failure| Trouble::told(&failure))?;
            return Err(Refusal::SignedOut.into());
        };
        if idle_ms >= SEEN_EVERY_MS {
            store.note_use(token_hash, now).await.map_err(|failure| Trouble::told(&failure))?;
        }
        Ok(StaffSession {
            staff: session.staff,
            hall: session.hall,
            role: account.role,
            member: account.member,
            must_change_password: account.must_change,
            expires_at: session.expires_at,
            token_hash: session.token_hash,
        })
    }

    /// Ends a console that lives by `session` (any, if `None`): told why, closed, and up from the window. With a citizen there
    /// the window is lost at once: the gate of their talk shuts, and the citizen is led on as when a console falls silent.
    pub(crate) async fn end_console(&self, hall: &HallId, staff: &StaffId, session: Option<&str>) {
        let Ok(hall) = self.hall(hall) else {
            return;
        };
        let had_one = hall.lines.switchboard.end_console(staff, session, Refusal::SignedOut.code());
        // Without a socket just now the page may still be connected to the relay.
        if !had_one && session.is_some() {
            return;
        }
        let close = Act::Staff {
            staff: staff.clone(),
            act: StaffAct::Close,
        };
        if hall.act(&self.outside, self.settings.answer_ms, close).await.is_err() {
            // Refused with a citizen or an unwritten record at the window, or when nobody sits there. A failed one is made good by the lease.
            let out = Act::Heard(Heard::StaffOut { staff: staff.clone() });
            let _ = hall.act(&self.outside, self.settings.answer_ms, out).await;
        }
    }

    pub(crate) async fn audit(&self, hall: &HallId, staff: &StaffId, what: &str) -> Result<(), Trouble> {
        let now = self.outside.clock.now();
        self.outside
            .store
            .audit(hall, now, staff.as_str(), what)
            .await
            .map_err(|failure| Trouble::told(&failure))
    }

    fn told_of(&self, opened: Opened) -> Result<(SignedIn, Secret), Trouble> {
        let Opened { account, session, secret } = opened;
        let who = StaffSession {
            staff: session.staff,
            hall: session.hall,
            role: account.role,
            member: account.member,
            must_change_password: account.must_change,
            expires_at: session.expires_at,
            token_hash: session.token_hash,
        };
        Ok((self.signed_in(&who)?, secret))
    }
}
