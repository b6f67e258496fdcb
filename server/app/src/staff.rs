//! What the staff side asks over HTTP about itself: sign-in, sessions, tickets.

use std::net::IpAddr;

use yunyiban_protocol::http::{ChangePassword, Role, SignIn, SignedIn, StaffTicket};
use yunyiban_protocol::{HallId, StaffId, Timestamp};

use crate::House;
use crate::secret::Secret;
use crate::trouble::Trouble;

/// A signed-in person, read from the archive for one action.
#[derive(Clone, Debug)]
pub struct StaffSession {
    /// Who.
    pub staff: StaffId,
    /// The hall: every read and write of this session is scoped to it (T22).
    pub hall: HallId,
    /// What the person may do now.
    pub role: Role,
    /// How the person is addressed.
    pub display_name: String,
    /// The password is one-time: everything but changing it is refused.
    pub must_change_password: bool,
    /// Ends whatever happens.
    pub expires_at: Timestamp,
    pub(crate) token_hash: String,
}

impl House {
    /// Checks name and password. The same time passes for unknown names. Audited.
    ///
    /// # Errors
    /// `sign_in_wrong`, `sign_in_locked`, `too_many`, or a failure.
    pub async fn sign_in(&self, wish: SignIn, from: IpAddr) -> Result<(SignedIn, Secret), Trouble> {
        todo!()
    }

    /// Who the cookie belongs to, for one action: account, role and session are read again each time (T26).
    ///
    /// # Errors
    /// `signed_out` for unknown, ended, idle or disabled; or a failure.
    pub async fn who(&self, cookie: &Secret) -> Result<StaffSession, Trouble> {
        todo!()
    }

    /// The answer of `GET /api/staff/me`.
    ///
    /// # Errors
    /// `hall_unknown`.
    pub fn signed_in(&self, who: &StaffSession) -> Result<SignedIn, Trouble> {
        todo!()
    }

    /// Ends this session; its socket is told and closed.
    ///
    /// # Errors
    /// A failure; then the session goes on.
    pub async fn sign_out(&self, who: &StaffSession) -> Result<(), Trouble> {
        todo!()
    }

    /// Chooses an own password: a new session begins, all others of the person end.
    ///
    /// # Errors
    /// `sign_in_wrong` (present password), `sign_in_locked`, `password_weak`, or a failure.
    pub async fn change_password(&self, who: &StaffSession, wish: ChangePassword) -> Result<(SignedIn, Secret), Trouble> {
        todo!()
    }

    /// A ticket that opens this person's console once.
    ///
    /// # Errors
    /// `password_must_change`.
    pub fn staff_ticket(&self, who: &StaffSession) -> Result<StaffTicket, Trouble> {
        todo!()
    }

    /// Disables an account: its sessions end and its socket closes at once. Administrators of the same hall only. Audited.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, or a failure.
    pub async fn disable(&self, who: &StaffSession, staff: &StaffId) -> Result<(), Trouble> {
        todo!()
    }

    /// Ends every session of a person; sockets close at once. For oneself, or by an administrator of the same hall. Audited.
    ///
    /// # Errors
    /// `not_allowed`, or a failure.
    pub async fn revoke(&self, who: &StaffSession, staff: &StaffId) -> Result<(), Trouble> {
        todo!()
    }
}
