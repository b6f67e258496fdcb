//! How many wrong codes are too many (T03): six digits are few, and whoever guesses one has somebody's visit.
//!
//! Wrong ones are counted for each address by the minute, and for the whole hall by the minute and the day: at two thousand a
//! day, with a code open all day long, it takes a year and more until a guess is likely right. One that is right is never
//! counted: a hall's Wi-Fi is one address. And beyond what the whole hall may be wrong, only an address that was wrong that day
//! is stopped: nobody keeps a hall from moving visits by guessing elsewhere.

use tracing::warn;
use yunyiban_core::{Done, Input, Refusal};
use yunyiban_protocol::Timestamp;

use super::HallTask;
use crate::bucket::{AddressBucket, AddressCap};

/// Wrong codes of one address in a minute.
const OF_ONE: u32 = 10;
/// Wrong codes of all addresses in a minute.
const OF_ALL: u32 = 100;
/// Wrong codes of all addresses in a day.
const OF_ALL_A_DAY: u64 = 2_000;
/// Whom the hall's share is counted under: an address no request comes from.
const EVERYBODY: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

/// Wrong codes of the present minute and day.
pub(super) struct Guesses {
    of_one: AddressCap,
    of_all: AddressCap,
    /// Of the day: of all, and who was wrong at all.
    today: AddressCap,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            of_one: AddressCap::a_minute(OF_ONE),
            of_all: AddressCap::a_minute(OF_ALL),
            today: AddressCap::a_day(OF_ALL_A_DAY),
        }
    }
}

impl Guesses {
    /// Whether this address may try.
    fn may_try(&self, from: AddressBucket, now: Timestamp) -> bool {
        let everybody = AddressBucket::of(EVERYBODY);
        let hall_may_be_wrong = self.of_all.left(everybody, now) > 0 && self.today.left(everybody, now) > 0;
        let was_wrong = self.today.left(from, now) < OF_ALL_A_DAY;
        self.of_one.left(from, now) > 0 && (hall_may_be_wrong || !was_wrong)
    }

    /// Counts a wrong one; `true` when it was the last that the hall may have today.
    fn was_wrong(&mut self, from: AddressBucket, now: Timestamp) -> bool {
        let everybody = AddressBucket::of(EVERYBODY);
        self.of_one.take(from, now);
        self.of_all.take(everybody, now);
        self.today.take(from, now);
        self.today.take(everybody, now) && self.today.left(everybody, now) == 0
    }
}

impl HallTask {
    /// Tries a code, if this address and this hall may still be wrong.
    pub(super) fn try_code(&mut self, input: Input, from: AddressBucket, now: Timestamp) -> Result<Done, Refusal> {
        if !self.guesses.may_try(from, now) || !self.may_enter(&input.act, None, now) {
            return Err(Refusal::TooMany);
        }
        let result = self.decide(input, now);
        if result == Err(Refusal::CodeWrong) && self.guesses.was_wrong(from, now) {
            warn!(hall.id = %self.lines.id, "{OF_ALL_A_DAY} wrong codes today: somebody guesses the codes of hall {}", self.lines.id);
        }
        result
    }
}
