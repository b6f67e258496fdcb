//! What the model says of an appointment: how many are given, and the place of who comes to one.

use yunyiban_protocol::Timestamp;

use super::Model;
use crate::{Event, Visit, VisitState};

impl Model {
    /// A slot is given so often and no more, and not while nobody can say that the hall is open then.
    pub(super) fn hold_booking(&self, event: &Event, visit: &Visit) {
        let VisitState::Booked { at } = visit.state else {
            panic!("{} is in line before it came", visit.number);
        };
        let rules = &self.rules().appointments;
        let near = |other: Timestamp| (other.as_millis() - at.as_millis()).abs() < i64::from(rules.slot_ms);
        let others = self
            .visits
            .values()
            .filter(|other| self.queue(other) == self.queue(visit) && !other.state.is_closed());
        let given = others.filter_map(|other| other.appointment.as_ref()).filter(|other| near(other.slot));
        assert!(given.count() < rules.per_slot as usize, "the slot given at event {} is full", event.seq);
        assert!(event.at < at && at <= event.at.plus(rules.ahead_ms), "event {}", event.seq);
        assert!(self.is_open(at), "the slot given at event {} is at no time of opening", event.seq);
    }

    /// In its time, and to the place that its credit gives; nobody else gives an appointment an order.
    pub(super) fn hold_check_in(&mut self, event: &Event, visit: &Visit) {
        let VisitState::Booked { at } = self.visits[&visit.id].state else {
            panic!("{} was in line when it was checked in", visit.number);
        };
        let rules = &self.rules().appointments;
        let credit = visit.appointment.as_ref().and_then(|kept| kept.credit).expect("it was kept");
        let late = event.at > at.plus(rules.grace_ms);
        let credit_ms = if late { rules.late_credit_ms } else { rules.credit_ms };
        assert_eq!(event.cause == "checked_in_late", late, "event {}", event.seq);
        assert!(
            !self.is_suspended(event.at),
            "{} is checked in at event {} while the hall is closed",
            visit.number,
            event.seq
        );
        assert!(
            at <= event.at.plus(rules.early_ms) && event.at < self.checked_in_until(at),
            "{} is checked in for {at:?} at {:?}, event {}",
            visit.number,
            event.at,
            event.seq
        );
        assert!(credit.from.effective >= event.at && credit.from.seq == event.seq && credit.from.band == 1);
        let to = self.placed(visit, credit.from, credit.from, credit_ms, event.seq);
        assert_eq!((credit.to, visit.order), (to, to), "the place given at event {}", event.seq);
        self.kept += 1;
    }

    pub(super) fn hold_no_show(&self, event: &Event, visit: &Visit) {
        let VisitState::Booked { at } = self.visits[&visit.id].state else {
            panic!("{} was in line", visit.number);
        };
        // The day may end before the time to come late does, but not because the hours or the rules were changed just now.
        assert!(event.at >= self.checked_in_until(at), "{} could still come", visit.number);
    }
}
