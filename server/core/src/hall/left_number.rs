//! 「留个电话，上班后给您回」: whoever finds the hall closed leaves a telephone number, and is called back when it opens.
//!
//! The number stands in no line until then ([`VisitState::Booked`]). When the hall, or the queue of its matter, opens it becomes a call-back like any other,
//! in the order in which the numbers were left, ahead of everybody who comes that morning. A hall that does not open then, for it was
//! closed in an emergency or the calendar has changed, puts it off, and says so.

use yunyiban_protocol::{ContactView, ItemCode, OpenState, Sensitive, Timestamp};

use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::{Entry, Slot};
use crate::hall::text::{check_contact, phone_digits};
use crate::{Callback, Refusal, Visit, VisitState};

/// Call-backs to one telephone at once, at most: a couple that shares a landline, but nobody's phone is rung all morning for
/// numbers that strangers left (T10).
const MOST_OF_ONE_PHONE: usize = 2;
/// Where nobody can say when the hall opens, it is looked at again after so long, milliseconds.
const LOOKS_AGAIN_MS: u32 = 24 * 60 * 60 * 1_000;

impl Hall {
    /// From when on a number left now for any of these queues is called back; `None` while one is open, and when nobody can say.
    pub(super) fn calls_back_from(&self, queues: &[QueueIndex], open: &OpenState, now: Timestamp) -> Option<Timestamp> {
        match open {
            OpenState::Open { .. } => None,
            OpenState::Closed { opens_at: Some(opens_at) } => Some(*opens_at),
            // Nobody knows how long the emergency lasts: tried when the hall would open next, and put off again.
            OpenState::Closed { opens_at: None } => self
                .suspension_at(now)
                .and_then(|_| self.first_of(queues, |hours| hours.session_after(now))),
        }
    }

    /// Whether a telephone number left now for this matter is called back only when the hall, or the queue of the matter, opens.
    pub fn would_be_booked(&self, item: Option<&ItemCode>, now: Timestamp) -> bool {
        self.queue_for(item, now).is_some_and(|queue| {
            let (open, _) = self.intake_of(&[queue], now);
            self.calls_back_from(&[queue], &open, now).is_some()
        })
    }

    /// Whether this telephone number may be left for a call-back.
    pub(super) fn may_leave_number(&self, contact: &ContactView, opens_at: Option<Timestamp>) -> Result<(), Refusal> {
        check_contact(contact)?;
        self.may_be_called(None, contact)?;
        let left = self.roll.iter().filter(|(_, entry)| is_left_number(&entry.visit)).count();
        if opens_at.is_some() && left >= self.facts.rules.max_left_numbers as usize {
            return Err(Refusal::HallFull);
        }
        Ok(())
    }

    /// Whether a call-back to this number may be asked for, besides those of other visits.
    pub(super) fn may_be_called(&self, slot: Option<Slot>, contact: &ContactView) -> Result<(), Refusal> {
        let wanted = contact
            .phone
            .as_ref()
            .map(|phone| phone_digits(phone.reveal()))
            .filter(|phone| !phone.is_empty());
        let wanted = Sensitive::new(wanted.ok_or(Refusal::NoPhone)?);
        let others = self.phones.of(&wanted).filter(|other| Some(*other) != slot);
        let called = others.filter(|other| self.roll[*other].visit.callback.is_some());
        if called.count() >= MOST_OF_ONE_PHONE {
            return Err(Refusal::PhoneTaken);
        }
        Ok(())
    }

    /// Numbers whose moment has come become call-backs, before anybody is told a place.
    pub(super) fn open_to_left_numbers(&mut self) {
        self.suspension_over();
        let now = self.turn.now;
        let due = self
            .deadlines
            .iter()
            .take_while(|(at, _)| *at <= now)
            .filter_map(|(_, deadline)| deadline.visit());
        let due = due.filter(|slot| self.roll.holds(*slot) && opens_by(&self.roll[*slot].visit, now));
        let mut due: Vec<Slot> = due.collect();
        due.sort_by_key(|slot| self.roll[*slot].visit.order);
        // A moment that was moved may still be named twice.
        due.dedup();
        for slot in due {
            self.opening_has_come(slot);
        }
    }

    /// The hall opens, or it does not and the number is put off: for a day where nobody can say when it will.
    pub(super) fn opening_has_come(&mut self, slot: Slot) {
        let now = self.turn.now;
        let queues = [self.queue_at(slot)];
        let open = self.open_now(&queues, now);
        if matches!(open, OpenState::Closed { .. }) {
            let later = self.calls_back_from(&queues, &open, now).filter(|later| *later > now);
            return self.book_anew(slot, "opening_put_off", later.unwrap_or(now.plus(LOOKS_AGAIN_MS)));
        }
        let keeps_ms = self.facts.rules.timers.callback_keeps_ms;
        self.alter(slot, "hall_opened", |visit| {
            visit.waits_from = Some(now);
            // As long as was promised when the number was left.
            let promised = visit.callback.as_ref().and_then(|callback| callback.keeps_ms);
            be_called(visit, now, promised.unwrap_or(keeps_ms));
        });
    }

    /// An emergency began, changed or ended: everybody who left a number reads the moment it makes, but none before the one
    /// the hours promised.
    pub(super) fn book_left_numbers_anew(&mut self, since: Option<Timestamp>) {
        let now = self.turn.now;
        let opens_at = |queue: QueueIndex| match self.open_now(&[queue], now) {
            OpenState::Open { .. } => Some(now),
            open @ OpenState::Closed { .. } => self.calls_back_from(&[queue], &open, now),
        };
        let moved = |(slot, entry): (Slot, &Entry)| {
            let visit = &entry.visit;
            let VisitState::Booked { at } = visit.state else { return None };
            let queue = self.queue_at(slot);
            let opens_at = opens_at(queue)?;
            let promised = self
                .promised_by_hours(queue, visit.joined_at)
                .filter(|_| since.is_none_or(|since| visit.joined_at < since));
            let then = promised.map_or(opens_at, |promised| promised.max(opens_at));
            let is_due = at.max(then) <= now;
            (is_left_number(visit) && then != at && !is_due).then_some((slot, at, then))
        };
        let moved: Vec<(Slot, Timestamp, Timestamp)> = self.roll.iter().filter_map(moved).collect();
        for (slot, at, then) in moved {
            let cause = if then < at { "opens_earlier" } else { "opening_put_off" };
            self.book_anew(slot, cause, then);
        }
    }

    /// From when on the hours alone promise a call for a number left at this moment: once the queue opens, or opens again.
    fn promised_by_hours(&self, queue: QueueIndex, left_at: Timestamp) -> Option<Timestamp> {
        let hours = self.hours_of(queue);
        match hours.state(left_at) {
            OpenState::Closed { opens_at } => opens_at,
            OpenState::Open { .. } => hours.last_closing(left_at).and_then(|closing| hours.next_opening(closing)),
        }
    }

    pub(super) fn queue_at(&self, slot: Slot) -> QueueIndex {
        self.matching.index_of(&self.roll[slot].visit.queue)
    }

    fn book_anew(&mut self, slot: Slot, cause: &str, at: Timestamp) {
        self.alter(slot, cause, |visit| {
            visit.state = VisitState::Booked { at };
            visit.waits_from = Some(at);
        });
    }
}

/// A number just taken is to be called back: from now on, or when the closed hall opens.
pub(super) fn promise_call(visit: &mut Visit, now: Timestamp, keeps_ms: u32, opens_at: Option<Timestamp>) {
    be_called(visit, now, keeps_ms);
    if let Some(at) = opens_at {
        visit.waits_from = opens_at;
        visit.state = VisitState::Booked { at };
    }
}

/// From now on the visit is a call-back in line.
fn be_called(visit: &mut Visit, now: Timestamp, keeps_ms: u32) {
    visit.callback = Some(Callback::promised(now, keeps_ms));
    visit.state = state_in_line(visit, now);
}

/// Whether a number was left that is called when the hall opens.
pub(super) fn is_left_number(visit: &Visit) -> bool {
    visit.callback.is_some() && matches!(visit.state, VisitState::Booked { .. })
}

fn opens_by(visit: &Visit, now: Timestamp) -> bool {
    matches!(visit.state, VisitState::Booked { at } if is_left_number(visit) && at <= now)
}
