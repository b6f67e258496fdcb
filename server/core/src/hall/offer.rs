//! No silent waiting (Q8): whoever waits while no window is on duty, or longer than promised, is told and has a choice:
//! wait on, be called back, or leave.

use std::collections::BTreeSet;

use yunyiban_protocol::{Timestamp, WaitOffer};

use crate::Visit;
use crate::event::Tell;
use crate::hall::Hall;
use crate::hall::matching::Demand;
use crate::hall::roll::{Entry, Slot};

impl Hall {
    /// Why a visit in line is offered a call-back, if it is.
    pub(super) fn offer(&self, entry: &Entry, now: Timestamp) -> Option<WaitOffer> {
        let visit = &entry.visit;
        if !visit.state.waits_on_page() {
            None
        } else if !self.is_attended(&self.matching.demand(visit)) {
            Some(WaitOffer::NoWindow)
        } else {
            (now.since(visit.waits_here_since()) >= self.long_wait_ms(visit)).then_some(WaitOffer::LongWait)
        }
    }

    /// The wait that is a long one: sooner for whoever needs a skill, as long as nobody was rung who has it (DOMAIN 3.5).
    pub(super) fn long_wait_ms(&self, visit: &Visit) -> u32 {
        let rules = &self.facts.rules;
        let long_ms = rules.timers.long_wait_ms;
        if self.matching.needs_skill(visit) && !visit.was_rung() {
            long_ms.min(rules.order.skill_wait_ms)
        } else {
            long_ms
        }
    }

    /// What was offered for a long wait and is offered no more is told again once the wait is long enough for what counts now.
    pub(super) fn offer_anew(&mut self, slot: Slot) {
        let visit = &self.roll[slot].visit;
        let is_long = self.turn.now.since(visit.waits_here_since()) >= self.long_wait_ms(visit);
        self.roll[slot].offered &= is_long;
    }

    /// The wait has become a long one.
    pub(super) fn offer_for_long_wait(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        entry.offered = true;
        entry.told = self.seq + 1;
        let visit = entry.visit.id.clone();
        self.outbox.tell(Tell::Visit(visit));
    }

    /// Whether a window on duty takes such visits, now or once they have waited long enough.
    fn is_attended(&self, demand: &Demand) -> bool {
        self.desks_on_duty().any(|desk| self.matching.fulfils(desk, demand))
    }

    /// What no window on duty takes.
    pub(super) fn unattended_demands(&self) -> BTreeSet<Demand> {
        let demands = self.matching.demands.iter();
        demands.filter(|demand| !self.is_attended(demand)).copied().collect()
    }

    /// The last window of a queue or with a skill has gone from duty or takes nobody any more, or the first has come: everybody who waits
    /// for it is told (E9).
    pub(super) fn tell_who_serves(&mut self) {
        let unattended = self.unattended_demands();
        if unattended == self.unattended {
            return;
        }
        let before = std::mem::replace(&mut self.unattended, unattended);
        let changed: BTreeSet<Demand> = before.symmetric_difference(&self.unattended).copied().collect();
        let concerned = |entry: &Entry| entry.visit.state.waits_on_page() && changed.contains(&self.matching.demand(&entry.visit));
        let waiting: Vec<Slot> = self.roll.iter().filter(|(_, entry)| concerned(entry)).map(|(slot, _)| slot).collect();
        for slot in waiting {
            let entry = &mut self.roll[slot];
            entry.told = self.seq;
            self.outbox.tell(Tell::Visit(entry.visit.id.clone()));
        }
    }
}
