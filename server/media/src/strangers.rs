//! What somebody is told who asks the relay without naming a peer: that it is here (`doctor` asks so), and nothing else.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use yunyiban_app::AddressBucket;

use crate::engine::Engine;
use crate::outbox::Path;
use crate::stun;

/// Answers a second, all strangers together.
const ANSWERS: usize = 100;
/// Answers a second to one address. Whoever forges it gains nothing: an answer is never longer than its request.
const ANSWERS_TO_ONE: usize = 5;

/// Whom the relay has answered this second.
#[derive(Default)]
pub(crate) struct Strangers {
    since: Option<Instant>,
    told: Vec<AddressBucket>,
}

impl Strangers {
    /// Whether one more answer may go to this address; it is then taken for sent.
    fn allow(&mut self, now: Instant, address: IpAddr) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= Duration::from_secs(1)) {
            self.since = Some(now);
            self.told.clear();
        }
        let address = AddressBucket::of(address);
        let allowed = self.told.len() < ANSWERS && self.told.iter().filter(|told| **told == address).count() < ANSWERS_TO_ONE;
        if allowed {
            self.told.push(address);
        }
        allowed
    }
}

impl Engine {
    /// A STUN request that names nobody the relay knows.
    pub(crate) fn refuse(&mut self, now: Instant, path: Path, request: &[u8]) {
        self.counters.foreign += 1;
        // From a page's path it is a name given up by a restart: an error would make the page give up the path as well.
        if !self.routes.contains_key(&path) && self.strangers.allow(now, path.page().ip()) {
            self.outbox.push(path, |packet| stun::refuse(request, packet));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_and_not_all_together_get_many_answers() {
        let (start, mut strangers) = (Instant::now(), Strangers::default());
        let mut answers = |now, address: [u8; 4], times| (0..times).filter(|_| strangers.allow(now, address.into())).count();
        assert_eq!(answers(start, [192, 0, 2, 1], 1000), ANSWERS_TO_ONE);
        let others: usize = (2..=255).map(|last| answers(start, [192, 0, 2, last], 10)).sum();
        assert_eq!(others, ANSWERS - ANSWERS_TO_ONE);
        assert_eq!(answers(start + Duration::from_secs(1), [192, 0, 2, 1], 1), 1);
    }

    #[test]
    fn one_household_is_one_stranger() {
        let (now, mut strangers) = (Instant::now(), Strangers::default());
        let answers = (1..=100).filter(|last| strangers.allow(now, format!("2001:db8:1:2::{last}").parse().unwrap()));
        assert_eq!(answers.count(), ANSWERS_TO_ONE);
    }
}
