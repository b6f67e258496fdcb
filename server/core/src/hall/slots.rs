//! The slots of appointments: which there are, which are full, and when one checks in.
//!
//! A slot stands while its queue opens then by the hours and the calendar of now and no emergency lasts over it. One that does
//! not is put off (`put_off`). Nobody is brought forward again: whoever was told a moment finds the hall open then.

use yunyiban_protocol::{Outcome, Timestamp};

use crate::event::NoticeKind;
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::{Refusal, Visit, VisitState};

/// When an appointment is checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CheckIn {
    /// From here on.
    pub from: Timestamp,
    /// On time up to and with this moment.
    pub on_time: Timestamp,
    /// Late before this moment, and then no more.
    pub until: Timestamp,
}

/// The slot of an appointment to come; none of a number left while the hall is closed.
pub(super) fn slot_to_come(visit: &Visit) -> Option<Timestamp> {
    let VisitState::Booked { at } = visit.state else { return None };
    visit.appointment.is_some().then_some(at)
}

/// The slot that was given, to come or kept; none of an appointment that came to nothing.
pub(super) fn slot_given(visit: &Visit) -> Option<Timestamp> {
    let is_given = !visit.state.is_closed() || visit.served_at.is_some();
    visit.appointment.as_ref().filter(|_| is_given).map(|appointment| appointment.slot)
}

impl Hall {
    /// Whether this slot of the queue may be booked now.
    pub(super) fn may_have_slot(&self, queue: QueueIndex, at: Timestamp) -> Result<(), Refusal> {
        let now = self.turn.now;
        let rules = &self.facts.rules.appointments;
        if at <= now || at > now.plus(rules.ahead_ms) {
            return Err(Refusal::BadMoment);
        }
        if !self.is_slot(queue, at) || !self.stands(queue, at) {
            return Err(Refusal::NoSlot);
        }
        if self.lie_over(queue, at) >= rules.per_slot as usize {
            return Err(Refusal::SlotFull);
        }
        Ok(())
    }

    /// When whoever has this slot checks in.
    pub(super) fn check_in_times(&self, queue: QueueIndex, at: Timestamp) -> CheckIn {
        let rules = &self.facts.rules.appointments;
        let late = at.plus(rules.late_ms);
        let closing = self.hours_of(queue).last_closing(at).filter(|closing| *closing > at);
        let until = closing.map_or(late, |closing| closing.min(late));
        CheckIn {
            from: Timestamp::from_millis(at.as_millis() - i64::from(rules.early_ms)),
            on_time: at.plus(rules.grace_ms).min(until),
            until,
        }
    }

    /// The same for a visit that is to come.
    pub(super) fn check_in_of(&self, visit: &Visit) -> Option<CheckIn> {
        let at = slot_to_come(visit)?;
        Some(self.check_in_times(self.matching.index_of(&visit.queue), at))
    }

    /// Whether the hall keeps this slot, as far as anybody knows. Of an emergency without an end nobody knows before it is time to check in.
    pub(super) fn stands(&self, queue: QueueIndex, at: Timestamp) -> bool {
        let now = self.turn.now;
        let lasts_over = self.suspension_at(now).is_some_and(|suspension| match suspension.until {
            Some(until) => at < until,
            None => self.check_in_times(queue, at).from <= now,
        });
        self.hours_of(queue).is_open(at) && !lasts_over
    }

    /// The appointment is given up by the hall, and the citizen is told.
    pub(super) fn call_off_booked(&mut self, slot: Slot, at: Timestamp, cause: &str) {
        self.close(slot, Outcome::Cancelled, cause);
        self.notify(slot, NoticeKind::CalledOff { at });
    }

    /// The slots that begin with this moment and after each other, until the queue closes; the moment itself where not even one fits.
    pub(super) fn slots_from(&self, queue: QueueIndex, opens: Timestamp) -> impl Iterator<Item = Timestamp> {
        let length = self.facts.rules.appointments.slot_ms;
        let is_in = |(from, until): &(Timestamp, Timestamp)| (*from..*until).contains(&opens);
        let closing = self
            .hours_of(queue)
            .openings_today(opens)
            .into_iter()
            .find(is_in)
            .map_or(opens, |(_, until)| until);
        std::iter::successors(Some(opens), move |slot| {
            Some(slot.plus(length)).filter(|next| next.plus(length) <= closing)
        })
    }

    /// A slot begins with an opening of the queue and after each before, and is over before the queue closes.
    fn is_slot(&self, queue: QueueIndex, at: Timestamp) -> bool {
        let length = self.facts.rules.appointments.slot_ms;
        let is_in = |(from, until): (Timestamp, Timestamp)| from <= at && at.plus(length) <= until && at.since(from).is_multiple_of(length);
        self.hours_of(queue).openings_today(at).into_iter().any(is_in)
    }

    /// How many slots given of this queue lie over this one; also one that is about to be put off, for nobody who books now goes
    /// before whoever has it.
    fn lie_over(&self, queue: QueueIndex, at: Timestamp) -> usize {
        let length = i64::from(self.facts.rules.appointments.slot_ms);
        let lies_over = |slot: Timestamp| (slot.as_millis() - at.as_millis()).abs() < length;
        let visits = self.roll.iter().map(|(_, entry)| &entry.visit);
        let over = visits.filter(|visit| slot_given(visit).is_some_and(lies_over));
        over.filter(|visit| self.matching.index_of(&visit.queue) == queue).count()
    }
}
