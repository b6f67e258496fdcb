//! How many wrong passwords are too many, and for whom.
//!
//! Whoever knows a sign-in name must neither guess its password nor keep its owner out. So wrong ones are counted twice:
//!
//! - **Here**: at one name from one address. Too many in a row, and this address waits at this name, no other does.
//! - **Elsewhere**: at one name from all unfamiliar addresses together, [`MORE_ELSEWHERE`] times as many. Then all of them wait,
//!   and each further wrong one makes them wait again: many addresses guess no faster than once in that time.
//!
//! An address is familiar for [`FAMILIAR_MS`] after the person signed in there. It is only ever locked by what was typed there, so
//! a window goes on working while the whole world guesses at its name; only a PC it never used waits with the guessers.

use std::collections::BTreeMap;

use yunyiban_core::Refusal;
use yunyiban_protocol::{Sensitive, Timestamp};

use crate::bucket::AddressBucket;
use crate::ports::store::Account;
use crate::trouble::Trouble;

/// How long an address stays familiar after a sign-in, milliseconds: over a holiday.
pub(super) const FAMILIAR_MS: u32 = 30 * 24 * 3_600 * 1_000;
/// So many times the wrong passwords of one address are allowed to all unfamiliar ones together.
const MORE_ELSEWHERE: u32 = 4;
/// Places whose wrong passwords are remembered.
const MOST: usize = 16_384;

/// Where somebody tries: a name, and the address it is tried from.
pub(super) type Place = (String, AddressBucket);

/// Wrong passwords of unfamiliar addresses together. That of a name nobody has looks the same as that of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub(super) failures: u32,
    pub(super) locked_until: Option<Timestamp>,
}

impl Elsewhere {
    /// As stored with an account.
    pub(super) fn of(account: &Account) -> Self {
        Self {
            failures: account.failures,
            locked_until: account.locked_until,
        }
    }
}

/// Wrong passwords of one place.
struct Here {
    failures: u32,
    last: Timestamp,
    locked_until: Option<Timestamp>,
    /// The hash tried against: once an administrator has given another password, what was tried before says nothing.
    against: Option<Sensitive<String>>,
}

/// The count of both. What is counted here lives in memory: only who starts the server can make it forget.
pub(super) struct Tries {
    lock_after: u32,
    lock_ms: u32,
    here: BTreeMap<Place, Here>,
}

impl Tries {
    /// Nobody has tried anything. See [`crate::Settings`] for both bounds.
    pub(super) fn new(lock_after: u32, lock_ms: u32) -> Self {
        Self {
            lock_after,
            lock_ms,
            here: BTreeMap::new(),
        }
    }

    /// Whether a password may be tried; `elsewhere` unless the address is familiar.
    ///
    /// # Errors
    /// `sign_in_locked`, with the time until it may.
    pub(super) fn allow(
        &self,
        place: &Place,
        against: Option<&Sensitive<String>>,
        elsewhere: Option<Elsewhere>,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let here = self.here.get(place).filter(|here| here.against.as_ref() == against);
        let until = here
            .and_then(|here| here.locked_until)
            .max(elsewhere.and_then(|elsewhere| elsewhere.locked_until));
        match until {
            Some(until) if now < until => Err(Trouble::Later {
                refusal: Refusal::SignInLocked,
                retry_ms: until.since(now),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// A right password: what was wrong here is forgotten.
    pub(super) fn right(&mut self, place: &Place) {
        self.here.remove(place);
    }

    /// A wrong one; whether it locks the place.
    pub(super) fn wrong(&mut self, place: Place, against: Option<Sensitive<String>>, now: Timestamp) -> bool {
        self.make_room(&place, now);
        let lock_ms = self.lock_ms;
        let fresh = Here {
            failures: 0,
            last: now,
            locked_until: None,
            against: against.clone(),
        };
        let here = self.here.entry(place).or_insert_with(|| fresh);
        if here.against != against || now.since(here.last) > lock_ms {
            here.failures = 0;
        }
        here.against = against;
        here.failures += 1;
        here.last = now;
        let locks = here.failures >= self.lock_after;
        here.locked_until = locks.then(|| now.plus(lock_ms));
        if locks {
            here.failures = 0;
        }
        locks
    }

    /// A wrong one from an unfamiliar address; whether it locks all of them.
    pub(super) fn wrong_elsewhere(&self, elsewhere: &mut Elsewhere, now: Timestamp) -> bool {
        let most = self.lock_after.saturating_mul(MORE_ELSEWHERE);
        elsewhere.failures = elsewhere.failures.saturating_add(1).min(most);
        let locks = elsewhere.failures >= most;
        elsewhere.locked_until = locks.then(|| now.plus(self.lock_ms));
        locks
    }

    /// Forgets what no longer counts, and the oldest if that is not enough: the count elsewhere still holds whoever tries to
    /// wash the own one out.
    fn make_room(&mut self, place: &Place, now: Timestamp) {
        if self.here.len() < MOST || self.here.contains_key(place) {
            return;
        }
        let lock_ms = self.lock_ms;
        self.here.retain(|_, here| now.since(here.last) <= lock_ms);
        if self.here.len() >= MOST {
            let oldest = self.here.iter().min_by_key(|(_, here)| here.last).map(|(place, _)| place.clone());
            oldest.and_then(|oldest| self.here.remove(&oldest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_of_places_is_forgotten_oldest_first() {
        let mut tries = Tries::new(5, 900_000);
        let from = |number: u32| AddressBucket::of(std::net::Ipv4Addr::from(number).into());
        for number in 0..=u32::try_from(MOST).unwrap() {
            tries.wrong(("chen".into(), from(number)), None, Timestamp::from_millis(i64::from(number)));
        }
        assert_eq!(tries.here.len(), MOST);
        assert!(!tries.here.contains_key(&("chen".into(), from(0))));
    }

    #[test]
    fn wrong_ones_far_apart_do_not_add_up() {
        let mut tries = Tries::new(2, 1_000);
        let place = ("chen".to_owned(), AddressBucket::of("10.0.0.7".parse().unwrap()));
        let at = Timestamp::from_millis;
        assert!(!tries.wrong(place.clone(), None, at(0)));
        assert!(!tries.wrong(place.clone(), None, at(1_001)));
        assert!(tries.wrong(place, None, at(2_000)));
    }
}
