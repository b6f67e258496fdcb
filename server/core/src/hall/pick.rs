//! Picking by hand (F2): the next, or a named one among the first few. Overtaking is logged.

use yunyiban_protocol::{VisitId, Work};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::wake::is_on_duty;
use crate::{Refusal, VisitState};

impl Hall {
    /// Rings and accepts at once: the phone shows 「接听」, so 「我在」 need not have been answered before.
    pub(super) fn pick(&mut self, desk: usize, visit: Option<&VisitId>) -> Result<Done, Refusal> {
        let window = &self.desks[desk].window;
        if !is_on_duty(window.presence) {
            return Err(Refusal::NotNow);
        }
        match window.work {
            Work::Idle {} => {}
            Work::Suspect { .. } => return Err(Refusal::NotNow),
            Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } => {
                return Err(Refusal::WindowBusy);
            }
        }
        let first = self.first_pickable();
        let slot = match visit {
            None => first.ok_or(Refusal::NobodyWaiting)?,
            Some(visit) => self.named_pick(visit)?,
        };
        let id = self.roll[slot].visit.id.clone();
        if first != Some(slot) {
            self.audit("pick_overtaking", Some(id));
        } else if visit.is_some() {
            self.audit("pick", Some(id));
        }
        self.ring(slot, desk, "picked");
        self.connect(slot, desk);
        Ok(Done::Nothing)
    }

    /// A visit among the first few, awake.
    fn named_pick(&self, visit: &VisitId) -> Result<Slot, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        let entry = &self.roll[slot];
        match entry.visit.state {
            VisitState::Waiting { .. } | VisitState::Calling { .. } | VisitState::CallbackKept { .. } => {}
            VisitState::Ringing { .. } | VisitState::Connecting { .. } => return Err(Refusal::RingOver),
            VisitState::Booked { .. }
            | VisitState::Away { .. }
            | VisitState::Missed { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. } => return Err(Refusal::NotNow),
            VisitState::Closed { .. } => return Err(Refusal::VisitClosed),
        }
        let most = self.facts.rules.pick_first as usize;
        let rank = entry.spot.and_then(|spot| self.line.rank(&spot));
        if rank.is_some_and(|rank| rank < most) {
            Ok(slot)
        } else {
            Err(Refusal::PickTooFar)
        }
    }

    /// The first in line whose page is awake.
    fn first_pickable(&self) -> Option<Slot> {
        let turns = &self.turns;
        let firsts = [&turns.ready, &turns.askable, &turns.calling, &turns.skipping].map(|spots| spots.first());
        firsts.into_iter().flatten().min().map(|spot| spot.slot)
    }
}
