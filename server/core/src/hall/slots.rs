//! The slots of appointments: which there are, when one checks in, and what becomes of a slot the hall cannot keep.
//!
//! A slot stands while its queue opens then by the hours and the calendar of now and no emergency lasts over it. One that does
//! not is put off to the next opening, at once, and the citizen is told; where there is none in sight the appointment is called off.
//! Nobody is brought forward again: whoever was told a moment finds the hall open then.

use yunyiban_protocol::{Outcome, Timestamp};

use crate::event::NoticeKind;
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::{Entry, Slot};
use crate::{Refusal, Visit, VisitState};

/// Openings looked at for another slot, at most.
const MOST_LOOKED_AT: usize = 8;

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
        if self.lie_over(&self.given_of(queue), at) >= rules.per_slot as usize {
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

    /// Whether the appointment is to be put off now: its slot does not stand, or the house was down when the time to check in ended.
    pub(super) fn is_to_be_put_off(&self, entry: &Entry, at: Timestamp) -> bool {
        let queue = self.matching.index_of(&entry.visit.queue);
        let was_down = self.check_in_times(queue, at).until <= self.rebuilt_at;
        was_down || !self.stands(queue, at)
    }

    /// The hall cannot keep the slot: the next that has room from the next opening on is the new one.
    pub(super) fn put_off(&mut self, slot: Slot) {
        let Some(at) = slot_to_come(&self.roll[slot].visit) else { return };
        let queue = self.matching.index_of(&self.roll[slot].visit.queue);
        let Some(later) = self.slot_after(queue, at) else {
            return self.call_off_booked(slot, at, "no_opening");
        };
        self.roll[slot].offered = false;
        self.alter(slot, "put_off", |visit| {
            visit.state = VisitState::Booked { at: later };
            visit.waits_from = Some(later);
            if let Some(appointment) = &mut visit.appointment {
                (appointment.slot, appointment.put_off) = (later, true);
            }
        });
        self.notify(slot, NoticeKind::PutOff { at: later });
    }

    /// The appointment is given up by the hall, and the citizen is told.
    pub(super) fn call_off_booked(&mut self, slot: Slot, at: Timestamp, cause: &str) {
        self.close(slot, Outcome::Cancelled, cause);
        self.notify(slot, NoticeKind::CalledOff { at });
    }

    /// An emergency began, changed or ended: every slot is looked at.
    pub(super) fn look_at_slots(&mut self) {
        let booked = self.roll.iter().filter(|(_, entry)| slot_to_come(&entry.visit).is_some());
        for slot in booked.map(|(slot, _)| slot).collect::<Vec<Slot>>() {
            self.rearm(slot);
        }
    }

    /// The slot that takes the place of this one. Where no slot of the openings looked at has room it is the first opening nevertheless:
    /// too many at once are better than one sent away.
    fn slot_after(&self, queue: QueueIndex, at: Timestamp) -> Option<Timestamp> {
        let rules = &self.facts.rules.appointments;
        let openings: Vec<Timestamp> = self.openings_after(queue, at).collect();
        let given = self.given_of(queue);
        let has_room = |slot: &Timestamp| self.lie_over(&given, *slot) < rules.per_slot as usize;
        let mut slots = openings.iter().flat_map(|opens| self.slots_from(queue, *opens));
        slots.find(has_room).or_else(|| openings.first().copied())
    }

    /// The first openings after this slot.
    fn openings_after(&self, queue: QueueIndex, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        let now = self.turn.now;
        let hours = self.hours_of(queue);
        let until = self.suspension_at(now).map(|suspension| suspension.until);
        let first = match until {
            Some(Some(until)) if at < until => hours.next_opening(until),
            // Closed for days that are over: it opens where the time to come begins.
            Some(Some(_)) | None if !hours.is_open(at) => hours.next_opening(at.max(now)),
            Some(Some(_)) | Some(None) | None => hours.session_after(at.max(now)),
        };
        let openings = std::iter::successors(first, move |opens| hours.session_after(*opens));
        openings
            .take(MOST_LOOKED_AT)
            .filter(move |opens| *opens > at && self.stands(queue, *opens))
    }

    /// The slots that begin with this moment and after each other, until the queue closes; the moment itself where not even one fits.
    fn slots_from(&self, queue: QueueIndex, opens: Timestamp) -> impl Iterator<Item = Timestamp> {
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

    /// The slots given of this queue, to come or kept.
    fn given_of(&self, queue: QueueIndex) -> Vec<Timestamp> {
        let visits = self.roll.iter().map(|(_, entry)| &entry.visit);
        let given = visits.filter(|visit| !visit.state.is_closed() || visit.served_at.is_some());
        let of_queue = given.filter(|visit| self.matching.index_of(&visit.queue) == queue);
        of_queue.filter_map(|visit| Some(visit.appointment.as_ref()?.slot)).collect()
    }

    /// How many of these slots lie over this one.
    fn lie_over(&self, given: &[Timestamp], at: Timestamp) -> usize {
        let length = i64::from(self.facts.rules.appointments.slot_ms);
        let lies_over = |slot: &&Timestamp| (slot.as_millis() - at.as_millis()).abs() < length;
        given.iter().filter(lies_over).count()
    }
}
