//! How many wrong codes are too many (T03): six digits are few, and whoever guesses one has somebody's visit.
//!
//! Wrong ones are counted for each address and for the whole hall. At a hundred a minute, the million is tried in a week, and a
//! code is good for ten minutes. One that is right is never counted: a hall's Wi-Fi is one address.

use yunyiban_core::{Done, Input, Refusal};
use yunyiban_protocol::Timestamp;

use super::HallTask;
use crate::bucket::{AddressBucket, AddressCap};

/// Wrong codes of one address in a minute.
const OF_ONE: u32 = 10;
/// Wrong codes of all addresses in a minute.
const OF_ALL: u32 = 100;
/// Whom the hall's share is counted under: an address no request comes from.
const EVERYBODY: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

/// Wrong codes of the present minute.
pub(super) struct Guesses {
    of_one: AddressCap,
    of_all: AddressCap,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            of_one: AddressCap::a_minute(OF_ONE),
            of_all: AddressCap::a_minute(OF_ALL),
        }
    }
}

impl Guesses {
    /// Counts a try; `false` when it is one too many.
    fn take(&mut self, from: AddressBucket, now: Timestamp) -> bool {
        self.of_one.take(from, now) && self.of_all.take(AddressBucket::of(EVERYBODY), now)
    }

    /// It was right.
    fn give_back(&mut self, from: AddressBucket, now: Timestamp) {
        self.of_one.give_back(from, 1, now);
        self.of_all.give_back(AddressBucket::of(EVERYBODY), 1, now);
    }
}

impl HallTask {
    /// Tries a code, if this address and this hall may still be wrong.
    pub(super) fn try_code(&mut self, input: Input, from: AddressBucket, now: Timestamp) -> Result<Done, Refusal> {
        if !self.guesses.take(from, now) {
            return Err(Refusal::TooMany);
        }
        let result = if self.may_enter(&input.act, None, now) {
            self.decide(input, now)
        } else {
            Err(Refusal::TooMany)
        };
        if result != Err(Refusal::CodeWrong) {
            self.guesses.give_back(from, now);
        }
        result
    }
}
