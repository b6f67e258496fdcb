//! Serving (办理): the talk, hold, park, the way they talk, and its end.

use yunyiban_protocol::{CallMode, Outcome, Seat, VisitId, Work};

use crate::event::{Done, Subject};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Consult, Refusal, VisitState};

impl Hall {
    /// 挂断 by the citizen.
    pub(super) fn citizen_hangs_up(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let desk = self.talking_desk(slot).ok_or(Refusal::NotNow)?;
        if self.is_origin(slot, desk) {
            self.call_transfer_off(slot, "citizen_hung_up");
        }
        self.end_talk(slot, desk, Seat::Citizen, "citizen_hung_up");
        Ok(Done::Nothing)
    }

    /// 挂断 by the window. Before the citizen has accepted it gives the visit back to its place.
    pub(super) fn staff_hangs_up(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        match self.roll[slot].visit.state {
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } => {
                self.end_talk(slot, desk, Seat::Staff, "window_hung_up")
            }
            VisitState::Connecting { .. } => {
                let pause = self.turn.now.plus(self.facts.rules.timers.ring_pause_ms);
                self.back_in_line(slot, "window_withdrew", Some(pause));
                self.free_window(desk, "window_withdrew");
            }
            VisitState::Transferring { .. } if self.is_origin(slot, desk) => {
                self.call_transfer_off(slot, "window_hung_up");
                self.end_talk(slot, desk, Seat::Staff, "window_hung_up");
            }
            VisitState::Transferring { .. } if self.consulting(slot) == Some(Consult::Begun) => self.call_transfer_off(slot, "consult_ended"),
            VisitState::Closed { .. } => {}
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => return Err(Refusal::NotNow),
        }
        Ok(Done::Nothing)
    }

    /// Puts the visit on hold: nobody hears anybody.
    pub(super) fn hold(&mut self, desk: usize) -> Result<Done, Refusal> {
        let (slot, id) = self.served_visit(desk)?;
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.hold_ms);
        self.alter(slot, "held", |visit| {
            if let VisitState::Serving { since, window, staff, mode } = visit.state.clone() {
                visit.state = VisitState::Held {
                    since: now,
                    window,
                    staff,
                    talking_since: since,
                    mode,
                    until,
                };
            }
        });
        self.alter_window(desk, "held", |window| window.work = Work::Holding { visit: id });
        Ok(Done::Nothing)
    }

    /// Takes the visit off hold, or a transfer back.
    pub(super) fn resume_talk(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        if self.is_origin(slot, desk) {
            self.call_transfer_off(slot, "transfer_taken_back");
            return Ok(Done::Nothing);
        }
        if !matches!(self.roll[slot].visit.state, VisitState::Held { .. }) {
            return Err(Refusal::NotNow);
        }
        self.talk_again(slot, desk, "resumed");
        Ok(Done::Nothing)
    }

    /// The hold has lasted long: the window is asked, again each `hold_ms`.
    pub(super) fn hold_too_long(&mut self, slot: Slot) {
        let next = self.turn.now.plus(self.facts.rules.timers.hold_ms.max(1));
        self.alter(slot, "hold_long", |visit| {
            if let VisitState::Held { until, .. } = &mut visit.state {
                *until = next;
            }
        });
    }

    /// Sends the citizen off to fetch something, with the right to return to this window at the head.
    pub(super) fn park(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        if !matches!(self.roll[slot].visit.state, VisitState::Serving { .. } | VisitState::Held { .. }) {
            return Err(Refusal::NotNow);
        }
        let now = self.turn.now;
        let timers = &self.facts.rules.timers;
        let until = now.plus(timers.park_ms);
        let sticky_until = until.plus(timers.sticky_ms);
        self.alter(slot, "parked", |visit| {
            visit.sticky = visit.state.window().cloned().map(|window| Box::new((window, sticky_until)));
            visit.shares.clear();
            (visit.here, visit.here_at) = (false, None);
            visit.state = VisitState::Parked { since: now, until };
        });
        self.free_window(desk, "parked");
        self.give_up_unreachable(slot);
        Ok(Done::Nothing)
    }

    /// The window goes on by another way.
    pub(super) fn staff_sets_mode(&mut self, desk: usize, mode: CallMode) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        self.set_mode(slot, mode)
    }

    /// 「打电话」: the telephone number, for the window of this visit alone; audited.
    pub(super) fn reveal_phone(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        let is_only_asked = self.consulting(slot).is_some() && !self.is_origin(slot, desk);
        if is_only_asked || self.rung_visit(desk).is_some() {
            return Err(Refusal::NotNow);
        }
        let entry = &self.roll[slot];
        if entry.phone().is_none() {
            return Err(Refusal::NoPhone);
        }
        let visit = entry.visit.id.clone();
        self.push_event(
            "revealed_phone",
            None,
            Subject::Looked {
                visit: visit.clone(),
                what: "phone".to_owned(),
            },
        );
        self.audit("reveal_phone", Some(visit));
        self.note_dialled(slot);
        Ok(Done::Phone)
    }

    /// Back to talking, with the same call.
    pub(super) fn talk_again(&mut self, slot: Slot, desk: usize, cause: &str) {
        let id = self.roll[slot].visit.id.clone();
        self.count_afresh(slot);
        self.alter(slot, cause, |visit| match visit.state.clone() {
            VisitState::Held {
                window,
                staff,
                talking_since,
                mode,
                ..
            }
            | VisitState::Dropped {
                window,
                staff,
                talking_since,
                mode,
                ..
            } => {
                visit.state = VisitState::Serving {
                    since: talking_since,
                    window,
                    staff,
                    mode,
                };
            }
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => {}
        });
        self.alter_window(desk, cause, |window| window.work = Work::Talking { visit: id });
    }

    /// The visit a window talks to now.
    pub(super) fn served_visit(&self, desk: usize) -> Result<(Slot, VisitId), Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        let visit = &self.roll[slot].visit;
        if matches!(visit.state, VisitState::Serving { .. }) {
            Ok((slot, visit.id.clone()))
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// Goes on by another way; that of the telephone is asked for by a citizen, and the window dials (「让工作人员打电话给我」).
    pub(super) fn set_mode(&mut self, slot: Slot, wanted: CallMode) -> Result<Done, Refusal> {
        let VisitState::Serving { mode, .. } = self.roll[slot].visit.state else {
            return Err(Refusal::NotNow);
        };
        if mode != wanted {
            self.count_afresh(slot);
            self.alter(slot, "mode_changed", |visit| {
                if let VisitState::Serving { mode, .. } = &mut visit.state {
                    *mode = wanted;
                }
            });
        }
        Ok(Done::Nothing)
    }

    fn end_talk(&mut self, slot: Slot, desk: usize, by: Seat, cause: &str) {
        let id = self.roll[slot].visit.id.clone();
        self.close_with(slot, Outcome::Served, cause, |visit| visit.hung_up = Some(by));
        self.begin_wrap_up(desk, id, cause);
    }

    /// The window of a visit that is talking, on hold, broken off, or being transferred.
    fn talking_desk(&self, slot: Slot) -> Option<usize> {
        let talking = matches!(
            self.roll[slot].visit.state,
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } | VisitState::Transferring { .. }
        );
        if talking { self.desk_at(slot) } else { None }
    }
}
