//! 先和同事说: the warm transfer (DOMAIN 3.8). While the other window is rung the citizen waits as in any transfer; once it accepts, the two
//! windows are in the call and the citizen is on hold. Then the origin hands the visit over, or takes it back.
//!
//! ~~~text
//! talk ──asks──▶ rung ──accepts──▶ spoken with ──hands over──▶ talk there
//!   ▲              │                    │
//!   └──────────────┴── declined, silent, taken back, ended there
//! ~~~
//!
//! Whoever is asked reads the visit and does nothing to it: it is the origin's until it is handed over.

use yunyiban_protocol::{Seat, StaffId, TransferTarget, VisitId, Work};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Consult, Refusal, VisitState};

impl Hall {
    /// 「先和同事说」. Nobody can be spoken with in a line.
    pub(super) fn consult(&mut self, desk: usize, to: TransferTarget) -> Result<Done, Refusal> {
        let slot = self.handed_on(desk)?;
        let target = self.window_to_ring(slot, desk, &to)?;
        self.ring_for_transfer(slot, desk, target, Some(Consult::Asked));
        Ok(Done::Nothing)
    }

    /// The other window accepts: it has the visit, or is spoken with first.
    pub(super) fn accept_transfer(&mut self, slot: Slot, desk: usize) {
        if self.consulting(slot).is_none() {
            return self.take_over(slot, desk);
        }
        let now = self.turn.now;
        let id = self.roll[slot].visit.id.clone();
        let asked_at = now.plus(self.facts.rules.timers.hold_ms.max(1));
        self.count_afresh(slot);
        self.alter(slot, "consult_begun", |visit| {
            if let VisitState::Transferring { since, until, consult, .. } = &mut visit.state {
                (*since, *until, *consult) = (now, asked_at, Some(Consult::Begun));
            }
        });
        self.alter_window(desk, "consult_begun", |window| {
            window.unanswered = 0;
            window.work = Work::Holding { visit: id };
            window.work_since = now;
        });
    }

    /// 「转过去」
    pub(super) fn hand_over(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        if !self.is_origin(slot, desk) || self.consulting(slot) != Some(Consult::Begun) {
            return Err(Refusal::NotNow);
        }
        let target = self.rung_for_transfer(slot).ok_or(Refusal::NotNow)?;
        self.take_over(slot, target);
        Ok(Done::Nothing)
    }

    /// The other window did not answer in time; or it did, and the two speak for long: the origin is asked, again each `hold_ms`.
    pub(super) fn transfer_takes_long(&mut self, slot: Slot) {
        if self.consulting(slot) != Some(Consult::Begun) {
            return self.transfer_times_out(slot);
        }
        let next = self.turn.now.plus(self.facts.rules.timers.hold_ms.max(1));
        self.alter(slot, "consult_long", |visit| {
            if let VisitState::Transferring { until, .. } = &mut visit.state {
                *until = next;
            }
        });
    }

    /// The citizen left the page meanwhile: that is a talk that broke, at the origin.
    pub(super) fn lose_from_consult(&mut self, slot: Slot) {
        self.call_transfer_off(slot, "citizen_lost");
        self.lose(slot, Seat::Citizen);
    }

    /// How long the citizen's page may be silent while the two speak, as on hold. Milliseconds.
    pub(super) fn lease_on_hold(&self, slot: Slot) -> Option<u32> {
        let consult = self.consulting(slot).filter(|consult| *consult == Consult::Begun);
        consult.map(|_| self.facts.rules.timers.citizen_lease_ms)
    }

    /// How far the two windows are, where they speak first.
    pub(super) fn consulting(&self, slot: Slot) -> Option<Consult> {
        let VisitState::Transferring { consult, .. } = &self.roll[slot].visit.state else {
            return None;
        };
        *consult
    }

    /// Who speak with each other while the citizen of this visit is on hold: at the origin, and who was asked.
    pub fn speak_aside(&self, visit: &VisitId) -> Option<[StaffId; 2]> {
        let slot = self.roll.find(visit)?;
        self.consulting(slot).filter(|consult| *consult == Consult::Begun)?;
        let sits = |desk: usize| self.desks[desk].window.staff.clone();
        Some([sits(self.desk_at(slot)?)?, sits(self.rung_for_transfer(slot)?)?])
    }
}
