//! 优先照顾: said by the citizen, it moves the visit ahead by a credit, once, and never past the bounds of Q7.
//!
//! Overtaking is counted by order keys: a visit that moved from one key to another has gone ahead of every visit between
//! the two. So the bounds need no counter beside the visits: where K such moves already lie over a visit, it is
//! overtaken no more, and no credit reaches further back than T.

use yunyiban_protocol::{PriorityView, Proof, Timestamp};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::{Credit, OrderKey, Priority, Refusal, Visit, VisitState};

impl Hall {
    /// 「优先照顾」, once a visit (Q4: the named act).
    pub(super) fn declare_priority(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        let credit_ms = self.credit_offered(visit)?;
        let (from, shown_before) = (visit.order, visit.shown_wait);
        // Both credits of a visit are counted from its arrival: together they reach no further than the larger.
        let arrived = visit.appointment.as_ref().and_then(|appointment| appointment.credit);
        let arrived = arrived.map_or(from, |credit| credit.from);
        let to = self.order_with_credit(self.matching.index_of(&visit.queue), arrived, from, credit_ms);
        let shown_wait = self.wait_on_going_ahead(slot, to).or(shown_before);
        self.turn.moves.priority = true;
        self.alter(slot, "priority_declared", |visit| {
            (visit.order, visit.shown_wait) = (to, shown_wait);
            visit.priority = Some(Box::new(Priority { from, to, proof: None }));
        });
        self.moved_ahead.insert((from, slot));
        Ok(Done::Nothing)
    }

    /// The window looked at the paper, or asked for it in vain.
    pub(super) fn note_proof(&mut self, slot: Slot, proof: Option<Proof>) {
        let had = self.roll[slot].visit.priority.as_ref().map(|priority| priority.proof);
        let Some(proof) = proof else { return };
        if had.is_none_or(|had| had == Some(proof)) {
            return;
        }
        let cause = match proof {
            Proof::Shown => "proof_shown",
            Proof::NotShown => "proof_not_shown",
        };
        self.alter_quietly(slot, cause, |visit| {
            if let Some(priority) = &mut visit.priority {
                priority.proof = Some(proof);
            }
        });
    }

    /// The credit, milliseconds, when a priority may be declared now: once, while in line, and only where it would move
    /// the visit: not behind nobody, nor on the word of somebody whose word was found wrong that day.
    pub(super) fn credit_offered(&self, visit: &Visit) -> Result<u32, Refusal> {
        match visit.state {
            VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } | VisitState::CallbackKept { .. } => {}
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
        if visit.priority.is_some() {
            return Err(Refusal::UsedUp);
        }
        let credit_ms = self.facts.rules.order.priority_credit_ms;
        let appointment = visit.appointment.as_ref().and_then(|appointment| appointment.credit);
        // Whoever kept an appointment moves only by what is more than that.
        let reach_ms = credit_ms.min(self.facts.rules.order.overtaken_ms);
        if appointment.is_some_and(|credit| credit.from.effective.since(credit.to.effective) >= reach_ms) {
            return Err(Refusal::NotAllowed);
        }
        if credit_ms == 0 || visit.distrusted || visit.order.band == 0 {
            return Err(Refusal::NotAllowed);
        }
        Ok(credit_ms)
    }

    /// The key with credit counted from an arrival: as early as it reaches, but behind everybody who has been overtaken enough.
    pub(super) fn order_with_credit(&self, queue: QueueIndex, arrived: OrderKey, own: OrderKey, credit_ms: u32) -> OrderKey {
        let rules = &self.facts.rules.order;
        let reach_ms = i64::from(credit_ms.min(rules.overtaken_ms));
        let wanted = OrderKey {
            effective: Timestamp::from_millis(arrived.effective.as_millis() - reach_ms),
            ..own
        };
        if wanted >= own {
            return own;
        }
        let Some(before) = self.last_overtaken_enough(queue, &wanted, &own) else {
            return wanted;
        };
        let behind = OrderKey { seq: self.seq + 1, ..before };
        behind.min(own)
    }

    /// The last visit between the two keys that `overtaken_by` visits have gone ahead of.
    fn last_overtaken_enough(&self, queue: QueueIndex, wanted: &OrderKey, own: &OrderKey) -> Option<OrderKey> {
        let most = self.facts.rules.order.overtaken_by as usize;
        let moves = self.moves_from_behind(wanted);
        let rivals = self.matching.rivals(queue);
        let mut ends: Vec<(OrderKey, bool)> = Vec::new();
        let mut over = 0;
        let competing = |visit: &Visit| rivals.contains(&self.matching.index_of(&visit.queue)) && counts(visit);
        for credit in moves.filter(|(visit, _)| competing(visit)).map(|(_, credit)| credit) {
            if credit.to >= *own {
                continue;
            }
            ends.push((credit.to, false));
            if credit.from > *own {
                over += 1;
            } else {
                ends.push((credit.from, true));
            }
        }
        // From the visit's own key towards the front. A move lies over what is strictly between its ends.
        ends.sort_unstable_by(|one, other| other.cmp(one));
        let mut upper = *own;
        for (end, begins) in ends.into_iter().chain([(*wanted, false)]) {
            let end = end.max(*wanted);
            if over >= most
                && let Some(found) = self.last_live_between(queue, &end, &upper, own)
            {
                return Some(found);
            }
            upper = end;
            over = if begins { over + 1 } else { over.saturating_sub(1) };
        }
        None
    }

    /// Visits that moved ahead from behind this key. However long the day is, those in question came within the reach of a credit.
    pub(super) fn moves_from_behind(&self, key: &OrderKey) -> impl Iterator<Item = (&Visit, Credit)> {
        let behind = self.moved_ahead.range((*key, Slot(0))..).filter(move |(from, _)| from > key);
        behind.filter_map(|(from, slot)| {
            let visit = &self.roll[*slot].visit;
            let credit = visit.moves_ahead().find(|credit| credit.from == *from)?;
            Some((visit, credit))
        })
    }

    /// The last key above `lower`, up to and with `upper`, of somebody who competes and waits or is about to be served.
    fn last_live_between(&self, queue: QueueIndex, lower: &OrderKey, upper: &OrderKey, own: &OrderKey) -> Option<OrderKey> {
        let rivals = self.matching.rivals(queue);
        let within = |order: &OrderKey| order > lower && order <= upper && order != own;
        let in_line = rivals.iter().filter_map(|rival| self.line.last_between(*rival, lower, upper, own));
        let at_windows = (0..self.desks.len())
            .filter_map(|desk| self.visit_at(desk))
            .map(|slot| &self.roll[slot].visit);
        let rung = at_windows.filter(|visit| matches!(visit.state, VisitState::Ringing { .. } | VisitState::Connecting { .. }));
        let rung = rung.filter(|visit| rivals.contains(&self.matching.index_of(&visit.queue)));
        in_line.chain(rung.map(|visit| visit.order)).filter(within).max()
    }
}

/// Whether its move ahead counts: not for somebody who left before being served.
fn counts(visit: &Visit) -> bool {
    !visit.state.is_closed() || visit.served_at.is_some()
}

/// As windows see it.
pub(super) fn priority_view(visit: &Visit) -> Option<PriorityView> {
    visit.priority.as_ref().map(|priority| PriorityView { proof: priority.proof })
}

/// Whether the word given for this visit was found wrong.
pub(super) fn was_refuted(visit: &Visit) -> bool {
    visit.distrusted || visit.priority.as_ref().is_some_and(|priority| priority.proof == Some(Proof::NotShown))
}
