//! Making accounts: for `init`, `staff add` and the demonstration.

use yunyiban_core::StaffMember;
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, Sensitive, StaffId};

use crate::password;
use crate::ports::Random;
use crate::ports::store::Account;
use crate::settings::PasswordCost;
use crate::text::random_id;

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
    let sign_in_name = sign_in_name(&wish.sign_in_name)?;
    let one_time = password::one_time(random);
    let account = Account {
        member: StaffMember {
            id: StaffId::new(random_id(random)),
            display_name: wish.display_name,
            badge: wish.badge,
            supervisor: wish.role == Role::Administrator,
        },
        hall: wish.hall,
        sign_in_name,
        role: wish.role,
        password_hash: password::hash(&one_time, random, cost),
        must_change: true,
        disabled: false,
        failures: 0,
        locked_until: None,
    };
    Some((account, one_time))
}

/// Draws a fresh one-time password for a person who forgot the own one, and hashes it. Takes a while.
pub fn another_password(random: &dyn Random, cost: PasswordCost) -> (Sensitive<String>, Sensitive<String>) {
    let one_time = password::one_time(random);
    let hash = password::hash(&one_time, random, cost);
    (one_time, hash)
}

/// A name as stored; `None` when it cannot be one.
pub(crate) fn sign_in_name(typed: &str) -> Option<String> {
    let name = typed.trim().to_ascii_lowercase();
    let well_formed = (2..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-'));
    well_formed.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHEAP_PASSWORDS, SeededRandom};

    #[test]
    fn a_new_account_begins_with_a_password_that_must_be_changed() {
        let wish = NewAccount {
            hall: HallId::new("xinqu"),
            sign_in_name: " Chen.Guiying ".into(),
            display_name: "陈老师".into(),
            badge: "0312".into(),
            role: Role::Staff,
        };
        let (account, one_time) = new_account(wish, &SeededRandom::new(1), CHEAP_PASSWORDS).unwrap();
        assert_eq!(account.sign_in_name, "chen.guiying");
        assert!(account.must_change);
        assert!(password::fits(&one_time, &account.password_hash));
    }

    #[test]
    fn names_that_cannot_be_typed_twice_the_same_are_refused() {
        for typed in ["", "a", "chen guiying", "陈桂英", "chen/", &"x".repeat(65)] {
            assert_eq!(sign_in_name(typed), None, "{typed}");
        }
    }
}
