//! Connecting (接通): the window has accepted, the citizen accepts, then they are together.

use yunyiban_protocol::{CallMode, VisitId, Work};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, VisitState};

impl Hall {
    /// The window has accepted. A 「我在」 tap that is fresh, with the page still in view, is the citizen's yes.
    pub(super) fn connect(&mut self, slot: Slot, desk: usize) {
        let now = self.turn.now;
        let timers = &self.facts.rules.timers;
        let wait_ms = if self.roll[slot].visit.callback.is_some() {
            timers.callback_dial_ms
        } else {
            timers.citizen_accept_ms
        };
        let (until, fresh_ms) = (now.plus(wait_ms), timers.here_counts_as_accept_ms);
        let window = &self.desks[desk].window;
        let Some(staff) = window.staff.clone() else { return };
        let (window, id) = (window.id.clone(), self.roll[slot].visit.id.clone());
        self.alter(slot, "window_accepted", |visit| {
            (visit.ringing_since, visit.vain_rings) = (None, 0);
            visit.state = VisitState::Connecting {
                since: now,
                window,
                staff,
                until,
            };
        });
        self.alarmed.remove(&slot);
        self.alter_window(desk, "window_accepted", |window| {
            window.unanswered = 0;
            window.work = Work::Connecting { visit: id, until };
            window.work_since = now;
        });
        let entry = &self.roll[slot];
        let tapped = entry.visit.here_at.is_some_and(|at| fresh_ms > 0 && now.since(at) <= fresh_ms);
        if tapped && entry.page.visible {
            self.begin_talk(slot, desk, CallMode::Media, "here_counted");
        }
    }

    /// 「接听」
    pub(super) fn accept_call(&mut self, slot: Slot) -> Result<Done, Refusal> {
        match self.roll[slot].visit.state {
            VisitState::Connecting { .. } => {
                let desk = self.desk_at(slot).ok_or(Refusal::NotNow)?;
                self.begin_talk(slot, desk, CallMode::Media, "citizen_accepted");
                Ok(Done::Nothing)
            }
            VisitState::Serving { .. } => Ok(Done::Nothing),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => Err(Refusal::NotNow),
            VisitState::Closed { .. } => Err(Refusal::VisitClosed),
        }
    }

    /// 「等 1 分钟」: the turn is given away once. The visit is `missed` (DOMAIN 3.2) and comes back by itself,
    /// to the same place; the tap does not count as 「接听」 then.
    pub(super) fn ask_for_later(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        if !matches!(visit.state, VisitState::Connecting { .. }) {
            return Err(Refusal::NotNow);
        }
        if visit.waited_once {
            return Err(Refusal::UsedUp);
        }
        if visit.callback.is_some() {
            return Err(Refusal::NotNow);
        }
        let desk = self.desk_at(slot).ok_or(Refusal::NotNow)?;
        let now = self.turn.now;
        let timers = &self.facts.rules.timers;
        let (until, back_at) = (now.plus(timers.missed_return_ms), now.plus(timers.later_ms));
        self.alter(slot, "asked_for_later", |visit| {
            visit.waited_once = true;
            (visit.here, visit.here_at, visit.back_at) = (true, None, Some(back_at));
            visit.state = VisitState::Missed {
                since: now,
                until,
                late: false,
            };
        });
        self.free_window(desk, "asked_for_later");
        Ok(Done::Nothing)
    }

    /// The phone was not answered: the number is kept for a while, the window is free at once.
    pub(super) fn call_not_accepted(&mut self, slot: Slot) {
        if self.roll[slot].visit.callback.is_some() {
            return self.callback_takes_long(slot);
        }
        let desk = self.desk_at(slot);
        self.miss(slot, "call_not_accepted");
        if let Some(desk) = desk {
            self.free_window(desk, "call_not_accepted");
        }
    }

    /// Both have accepted. From here silence is measured by the shorter lease of a call, so the page starts afresh.
    pub(super) fn begin_talk(&mut self, slot: Slot, desk: usize, mode: CallMode, cause: &str) {
        let now = self.turn.now;
        let window = &self.desks[desk].window;
        let Some(staff) = window.staff.clone() else { return };
        let window = window.id.clone();
        let id: VisitId = self.roll[slot].visit.id.clone();
        self.count_afresh(slot);
        if let Some(rung_at) = self.desks[desk].rung_at.take() {
            self.waits.times.learn_handover(now.since(rung_at));
        }
        self.alter(slot, cause, |visit| {
            visit.served_at.get_or_insert(now);
            visit.hand_to(staff.clone(), window.clone());
            visit.sticky = None;
            visit.last_window = None;
            visit.spared_until = None;
            (visit.kept_ahead, visit.place_cause) = (None, None);
            visit.skipped = 0;
            visit.callback = None;
            visit.state = VisitState::Serving {
                since: now,
                window,
                staff,
                mode,
            };
        });
        self.alter_window(desk, cause, |window| {
            window.work = Work::Talking { visit: id };
            window.work_since = now;
        });
    }
}
