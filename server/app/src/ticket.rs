//! One-time tickets that open a socket: in memory alone, good for half a minute.

use std::collections::BTreeMap;
use std::sync::Mutex;

use yunyiban_core::TokenHash;
use yunyiban_protocol::{HallId, StaffId, Timestamp, VisitId};

use crate::ports::Random;
use crate::sync::lock;
use crate::text::random_id;

/// What a ticket opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// A citizen's page.
    Citizen {
        /// The hall.
        hall: HallId,
        /// The visit.
        visit: VisitId,
        /// Hash of the token that came with it: a ticket of a phone the visit has left opens nothing.
        token: TokenHash,
    },
    /// A console.
    Staff {
        /// The hall.
        hall: HallId,
        /// Who.
        staff: StaffId,
        /// The session that asked: the socket ends with it.
        session: String,
    },
}

/// The tickets given and not yet used.
pub(crate) struct Tickets {
    life_ms: u32,
    open: Mutex<BTreeMap<String, (Grant, Timestamp)>>,
}

impl Tickets {
    /// Most tickets open at once; beyond it the ones nearest their end go. A page that loses its ticket asks for another.
    const MOST: usize = 20_000;

    pub(crate) fn new(life_ms: u32) -> Self {
        Self {
            life_ms,
            open: Mutex::default(),
        }
    }

    /// Gives a ticket.
    pub(crate) fn give(&self, grant: Grant, random: &dyn Random, now: Timestamp) -> String {
        let text = random_id(random);
        let mut open = lock(&self.open);
        if open.len() >= Self::MOST {
            open.retain(|_, (_, until)| *until > now);
        }
        if open.len() >= Self::MOST
            && let Some(oldest) = open.iter().min_by_key(|(_, (_, until))| *until).map(|(text, _)| text.clone())
        {
            open.remove(&oldest);
        }
        open.insert(text.clone(), (grant, now.plus(self.life_ms)));
        text
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        lock(&self.open).len()
    }

    /// Uses a ticket up; `None` when it is unknown, used or too old.
    pub(crate) fn take(&self, ticket: &str, now: Timestamp) -> Option<Grant> {
        let (grant, until) = lock(&self.open).remove(ticket)?;
        (now < until).then_some(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn li_nainai() -> Grant {
        Grant::Citizen {
            hall: HallId::new("xinqu"),
            visit: VisitId::new("li_nainai"),
            token: TokenHash::new("of li_nainai"),
        }
    }

    #[test]
    fn a_ticket_opens_one_socket_and_no_second() {
        let tickets = Tickets::new(30_000);
        let ticket = tickets.give(li_nainai(), &SeededRandom::new(1), NOW);
        assert_eq!(tickets.take(&ticket, NOW.plus(29_999)), Some(li_nainai()));
        assert_eq!(tickets.take(&ticket, NOW.plus(29_999)), None);
    }

    #[test]
    fn a_ticket_is_too_old_after_its_time() {
        let tickets = Tickets::new(30_000);
        let ticket = tickets.give(li_nainai(), &SeededRandom::new(1), NOW);
        assert_eq!(tickets.take(&ticket, NOW.plus(30_000)), None);
    }

    #[test]
    fn tickets_that_nobody_uses_take_bounded_room() {
        let tickets = Tickets::new(30_000);
        let random = SeededRandom::new(1);
        let first = tickets.give(li_nainai(), &random, NOW);
        for _ in 0..Tickets::MOST {
            tickets.give(li_nainai(), &random, NOW.plus(1));
        }
        assert_eq!(lock(&tickets.open).len(), Tickets::MOST);
        assert_eq!(tickets.take(&first, NOW.plus(1)), None);
    }
}
