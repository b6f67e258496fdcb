//! The call-back (回电): the place is kept while the phone is put away; when the turn has come a window is rung and telephones.
//!
//! Keeping the place is all that is asked of the citizen, so neither 「我在」 nor a lease is. The window that accepts looks
//! the number up (audited) and says how it went. Nobody answered: tried again a while later, and after the last time
//! the visit ends. Closing time does not end it: whoever was promised a call is called when the hall opens again.

use yunyiban_protocol::{CallMode, CallbackView, ContactView, OpenState, Outcome, Timestamp, Work};

use crate::event::{Done, NoticeKind};
use crate::hall::Hall;
use crate::hall::left_number::is_left_number;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::{Callback, Refusal, Visit, VisitState};

impl Hall {
    /// 「不想等了，请给我回电话」: needs a telephone number.
    pub(super) fn keep_for_callback(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let entry = &self.roll[slot];
        match entry.visit.state {
            VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } => {}
            VisitState::CallbackKept { .. } => return Ok(Done::Nothing),
            VisitState::Booked { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. } => return Err(Refusal::NotNow),
            VisitState::Closed { .. } => return Err(Refusal::VisitClosed),
        }
        self.may_be_called(Some(slot), entry.contact.as_deref().unwrap_or(&ContactView::default()))?;
        let now = self.turn.now;
        let keeps_ms = self.facts.rules.timers.callback_keeps_ms;
        self.alter(slot, "callback_asked", |visit| {
            (visit.here, visit.here_at, visit.skipped) = (false, None, 0);
            visit.callback = Some(Callback::promised(now, keeps_ms));
            visit.state = state_in_line(visit, now);
        });
        Ok(Done::Nothing)
    }

    /// The window has looked up the number of the call-back it accepted.
    pub(super) fn note_dialled(&mut self, slot: Slot) {
        let visit = &self.roll[slot].visit;
        let calls = matches!(visit.state, VisitState::Connecting { .. });
        if calls && visit.callback.as_ref().is_some_and(|callback| !callback.dialled) {
            self.alter(slot, "callback_dialled", |visit| {
                if let Some(callback) = &mut visit.callback {
                    callback.dialled = true;
                }
            });
        }
    }

    /// Somebody answered: the talk begins, by telephone.
    pub(super) fn callback_reached(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.called_back(desk)?;
        self.begin_talk(slot, desk, CallMode::Telephone, "callback_reached");
        Ok(Done::Nothing)
    }

    /// Nobody answered: the place is kept for the next time, and after the last one the visit ends. The window is free.
    pub(super) fn callback_unanswered(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.called_back(desk)?;
        let now = self.turn.now;
        let timers = &self.facts.rules.timers;
        let (most, next) = (timers.callback_attempts, now.plus(timers.callback_pause_ms));
        let attempts = self.roll[slot].visit.callback.as_ref().map_or(0, |callback| callback.attempts) + 1;
        let count = |visit: &mut Visit| {
            if let Some(callback) = &mut visit.callback {
                (callback.attempts, callback.dialled) = (attempts, false);
                callback.rests_until = Some(next);
            }
        };
        if attempts >= most {
            self.close_with(slot, Outcome::Expired, "callback_unanswered", count);
            self.notify(slot, NoticeKind::CallbackFailed);
        } else {
            self.alter(slot, "callback_unanswered", |visit| {
                count(visit);
                visit.state = VisitState::CallbackKept {
                    since: now,
                    attempts,
                    not_before: Some(next),
                };
            });
        }
        self.free_window(desk, "callback_unanswered");
        Ok(Done::Nothing)
    }

    /// The window has taken its time. A call it has made may be going on, so it is only asked again; one it has not
    /// made goes to another window, and costs the citizen nothing.
    pub(super) fn callback_takes_long(&mut self, slot: Slot) {
        let Some(desk) = self.desk_at(slot) else { return };
        if self.roll[slot].visit.callback.as_ref().is_some_and(|callback| !callback.dialled) {
            self.back_in_line(slot, "callback_not_made", None);
            return self.pause_window(desk, "callback_not_made");
        }
        let next = self.turn.now.plus(self.facts.rules.timers.callback_dial_ms.max(1));
        self.alter(slot, "callback_long", |visit| {
            if let VisitState::Connecting { until, .. } = &mut visit.state {
                *until = next;
            }
        });
        self.alter_window(desk, "callback_long", |window| {
            if let Work::Connecting { until, .. } = &mut window.work {
                *until = next;
            }
        });
    }

    /// Nobody has called for as long as the promise holds.
    pub(super) fn callback_over(&mut self, slot: Slot) {
        self.expire(slot, "callback_over");
        self.notify(slot, NoticeKind::CallbackFailed);
    }

    /// An emergency is over: what was promised before holds as long as ever from the next opening on.
    pub(super) fn promise_anew(&mut self) {
        let now = self.turn.now;
        let from = |queue: QueueIndex| match self.open_now(&[queue], now) {
            OpenState::Open { .. } => now,
            OpenState::Closed { opens_at } => opens_at.unwrap_or(now),
        };
        let is_promised = |visit: &Visit| visit.callback.is_some() && !is_left_number(visit) && !visit.state.is_closed();
        let promised = self.roll.iter().filter(|(_, entry)| is_promised(&entry.visit));
        let anew = promised.map(|(slot, entry)| (slot, from(self.matching.index_of(&entry.visit.queue))));
        for (slot, from) in anew.collect::<Vec<(Slot, Timestamp)>>() {
            self.alter_quietly(slot, "promised_anew", |visit| {
                let asked_at = visit.callback.as_mut().map(|callback| &mut callback.asked_at);
                asked_at.into_iter().for_each(|asked_at| *asked_at = from);
            });
        }
    }

    /// The call-back as both sides see it.
    pub(super) fn callback_view(&self, visit: &Visit) -> Option<CallbackView> {
        let callback = visit.callback.as_ref()?;
        Some(CallbackView {
            attempts: callback.attempts,
            most: self.facts.rules.timers.callback_attempts,
        })
    }

    /// The visit this window calls back, once it has looked up the number.
    fn called_back(&self, desk: usize) -> Result<Slot, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        let visit = &self.roll[slot].visit;
        let dialled = visit.callback.as_ref().is_some_and(|callback| callback.dialled);
        if dialled && matches!(visit.state, VisitState::Connecting { .. }) {
            Ok(slot)
        } else {
            Err(Refusal::NotNow)
        }
    }
}

/// How a visit stands in line from now on: on its page, or away from it until it is called back.
pub(super) fn state_in_line(visit: &mut Visit, now: Timestamp) -> VisitState {
    match &mut visit.callback {
        Some(callback) => {
            callback.dialled = false;
            VisitState::CallbackKept {
                since: now,
                attempts: callback.attempts,
                not_before: callback.rests_until.filter(|moment| *moment > now),
            }
        }
        None => VisitState::Waiting {
            since: now,
            not_before: None,
            skip_until_ring: None,
        },
    }
}
