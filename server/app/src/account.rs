//! Making accounts: for `init`, `staff add` and the demonstration.

use yunyiban_core::StaffMember;
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, Sensitive};

use crate::ports::Random;
use crate::ports::store::Account;
use crate::settings::PasswordCost;

/// What is known of a person who gets an account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The hall.
    pub hall: HallId,
    /// Sign-in name, 2–64 characters of `[a-z0-9._-]` after lower-casing.
    pub sign_in_name: String,
    /// How the person is addressed, `陈老师`.
    pub display_name: String,
    /// Number on the badge.
    pub badge: String,
    /// What the person may do.
    pub role: Role,
}

/// Draws id and one-time password and hashes it (takes a while: not for an async thread). The password works once.
/// `None` when the sign-in name has not the promised shape.
pub fn new_account(wish: NewAccount, random: &dyn Random, cost: PasswordCost) -> Option<(Account, Sensitive<String>)> {
    let _ = (wish, random, cost, StaffMember { id: yunyiban_protocol::StaffId::new(""), display_name: String::new(), badge: String::new() });
    todo!()
}
