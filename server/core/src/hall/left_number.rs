//! 「留个电话，上班后给您回」: whoever finds the hall closed leaves a telephone number, and is called back when it opens.
//!
//! The number stands in no line until then ([`VisitState::Booked`]). When the hall opens it becomes a call-back like any other,
//! in the order in which the numbers were left, ahead of everybody who comes that morning. A hall that does not open then, for it was
//! closed in an emergency or the calendar has changed, puts it off, and says so.

use yunyiban_protocol::{ContactView, OpenState, Timestamp};

use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::hours::session_after;
use crate::hall::roll::Slot;
use crate::hall::text::{check_contact, phone_digits};
use crate::{Callback, Refusal, Visit, VisitState};

/// Call-backs to one telephone at once, at most: a couple that shares a landline, but nobody's phone is rung all morning for
/// numbers that strangers left (T10).
const MOST_OF_ONE_PHONE: usize = 2;

impl Hall {
    /// From when on a number left now is called back; `None` while the hall is open, and when nobody can say.
    pub(super) fn calls_back_from(&self, open: &OpenState, now: Timestamp) -> Option<Timestamp> {
        match open {
            OpenState::Open { .. } => None,
            OpenState::Closed { opens_at: Some(opens_at) } => Some(*opens_at),
            // Nobody knows how long the emergency lasts: tried when the hall would open next, and put off again.
            OpenState::Closed { opens_at: None } => {
                let (rules, calendar) = (&self.facts.rules, &self.facts.calendar);
                self.suspension_at(now).and_then(|_| session_after(rules, calendar, now))
            }
        }
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
        let wanted = wanted.ok_or(Refusal::NoPhone)?;
        let others = self.roll.iter().filter(|(other, _)| Some(*other) != slot);
        let called = others.filter(|(_, entry)| entry.visit.callback.is_some() && !entry.visit.state.is_closed());
        let same = called.filter(|(_, entry)| entry.phone().is_some_and(|phone| phone_digits(phone.reveal()) == wanted));
        if same.count() >= MOST_OF_ONE_PHONE {
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
        for slot in due {
            self.opening_has_come(slot);
        }
    }

    /// The hall opens, or it does not and the number is put off.
    pub(super) fn opening_has_come(&mut self, slot: Slot) {
        let now = self.turn.now;
        let open = self.open_now(now);
        if let Some(later) = self.calls_back_from(&open, now).filter(|later| *later > now) {
            return self.alter(slot, "opening_put_off", |visit| {
                visit.state = VisitState::Booked { at: later };
                visit.waits_from = Some(later);
            });
        }
        self.alter(slot, "hall_opened", |visit| {
            visit.waits_from = Some(now);
            be_called(visit, now);
        });
    }

    /// An emergency ended earlier than numbers left meanwhile were told.
    pub(super) fn open_earlier(&mut self) {
        let now = self.turn.now;
        let opens_at = match self.open_now(now) {
            OpenState::Open { .. } => Some(now),
            OpenState::Closed { opens_at } => opens_at,
        };
        let Some(opens_at) = opens_at else { return };
        let earlier = |visit: &Visit| matches!(visit.state, VisitState::Booked { at } if is_left_number(visit) && at > opens_at);
        let slots: Vec<Slot> = self
            .roll
            .iter()
            .filter(|(_, entry)| earlier(&entry.visit))
            .map(|(slot, _)| slot)
            .collect();
        for slot in slots {
            self.alter(slot, "opens_earlier", |visit| {
                visit.state = VisitState::Booked { at: opens_at };
                visit.waits_from = Some(opens_at);
            });
        }
    }
}

/// A number just taken is to be called back: from now on, or when the closed hall opens.
pub(super) fn promise_call(visit: &mut Visit, now: Timestamp, opens_at: Option<Timestamp>) {
    be_called(visit, now);
    if let Some(at) = opens_at {
        visit.waits_from = opens_at;
        visit.state = VisitState::Booked { at };
    }
}

/// From now on the visit is a call-back in line.
fn be_called(visit: &mut Visit, now: Timestamp) {
    visit.callback = Some(Callback {
        asked_at: now,
        attempts: 0,
        dialled: false,
    });
    visit.state = state_in_line(visit, now);
}

/// Whether a number was left that is called when the hall opens.
pub(super) fn is_left_number(visit: &Visit) -> bool {
    visit.callback.is_some() && matches!(visit.state, VisitState::Booked { .. })
}

fn opens_by(visit: &Visit, now: Timestamp) -> bool {
    matches!(visit.state, VisitState::Booked { at } if is_left_number(visit) && at <= now)
}
