//! Picking by hand (F2): the next, a named one among the first few, or for a reason one further back (DOMAIN 3.5). Overtaking is logged.

use yunyiban_protocol::{PickReason, VisitId, Work};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::wake::is_on_duty;
use crate::rules::MOST_PICKED;
use crate::{Refusal, VisitState};

impl Hall {
    /// Rings and accepts at once: the phone shows 「接听」, so 「我在」 need not have been answered before.
    pub(super) fn pick(&mut self, desk: usize, visit: Option<&VisitId>, reason: Option<PickReason>) -> Result<Done, Refusal> {
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
        let first = self.first_pickable(desk);
        let slot = match visit {
            None => first.ok_or(Refusal::NobodyWaiting)?,
            Some(visit) => self.named_pick(desk, visit, reason)?,
        };
        let id = self.roll[slot].visit.id.clone();
        let why = reason.map(|reason| format!(" {}", word(reason))).unwrap_or_default();
        if first != Some(slot) {
            self.audit(&format!("pick_overtaking{why}"), Some(id));
        } else if visit.is_some() {
            self.audit(&format!("pick{why}"), Some(id));
        }
        self.ring(slot, desk, "picked");
        self.connect(slot, desk);
        Ok(Done::Nothing)
    }

    /// A visit among the first few of a queue this window takes, awake, or one that comes back to this window whatever its
    /// queue; for a reason of all a window is shown, unless the hall lets nobody be called by hand. Skills are not asked for: the person judges.
    fn named_pick(&self, desk: usize, visit: &VisitId, reason: Option<PickReason>) -> Result<Slot, Refusal> {
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
        let returns_here = entry.stand.is_some_and(|filed| self.matching.is_sticky(desk, &filed.lane));
        let is_for_supervisor = self.matching.waits_for_supervisor(&entry.visit);
        if is_for_supervisor && !returns_here && !self.has_supervisor(desk) {
            return Err(Refusal::ForSupervisor);
        }
        if !is_for_supervisor && !returns_here && !self.matching.serves(desk, self.matching.index_of(&entry.visit.queue)) {
            return Err(Refusal::NotAllowed);
        }
        let most = match (self.pick_first(), reason) {
            (first, None) | (first @ 0, Some(_)) => first as usize,
            (_, Some(_)) => MOST_PICKED as usize,
        };
        let rank = entry.spot.and_then(|spot| self.line.rank(&spot));
        if rank.is_some_and(|rank| rank < most) {
            Ok(slot)
        } else {
            Err(Refusal::PickTooFar)
        }
    }

    /// How many of each queue may be called by hand: no more than a window is shown, whatever was stored before that was the rule.
    pub(super) fn pick_first(&self) -> u32 {
        self.facts.rules.pick_first.min(MOST_PICKED)
    }

    /// The one a window would be rung for next, had everybody answered 「我在」. Whom it declined a moment ago comes after all others,
    /// but comes: here the person asks, not the hall. Whom it talked with and sent on into the line does not.
    fn first_pickable(&self, desk: usize) -> Option<Slot> {
        let window = &self.desks[desk].window.id;
        let firsts = self.turns.lanes().filter_map(|(lane, turns)| {
            let spot = turns.first()?;
            let weight = self.matching.weight(desk, &lane.unspared())?;
            let declined = self.matching.is_spared(desk, lane);
            let served_by = self.roll[spot.slot].visit.served_by.as_deref();
            let sent_on = declined && served_by.is_some_and(|(_, served)| served == window);
            (!sent_on).then(|| (declined, self.turn_rank(spot, weight), spot.slot))
        });
        firsts.min().map(|(.., slot)| slot)
    }
}

/// As audit rows have it.
const fn word(reason: PickReason) -> &'static str {
    match reason {
        PickReason::Urgent => "urgent",
        PickReason::Frail => "frail",
        PickReason::Continues => "continues",
        PickReason::Other => "other",
    }
}
