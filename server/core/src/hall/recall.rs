//! 「重新叫号」: a window calls a missed (过号) number again (DOMAIN 3.2, `missed` → `waiting` by recall).
//!
//! It comes back where the hall lets whoever missed a turn come back ([`Hall::order_of_return`]), and no return is used up by it: the citizen asked
//! for nothing. Windows do so `missed_recalls` times. 「我在」 is asked there anew. A page that sleeps is called back by the message that goes out
//! near the head; if nobody comes, the number is missed again, and kept for as long as it was before.

use yunyiban_protocol::{PlaceCause, VisitId};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, VisitState};

impl Hall {
    /// Of the queues this window takes; not whoever asked for 「等 1 分钟」, who comes back without it. Audited.
    pub(super) fn recall(&mut self, desk: usize, visit: &VisitId) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        let visit = &self.roll[slot].visit;
        if visit.state.is_closed() {
            return Err(Refusal::VisitClosed);
        }
        if visit.missed().is_none() {
            return Err(Refusal::NotNow);
        }
        let is_for_supervisor = self.matching.waits_for_supervisor(visit);
        if is_for_supervisor && !self.has_supervisor(desk) {
            return Err(Refusal::ForSupervisor);
        }
        if !is_for_supervisor && !self.matching.serves(desk, self.matching.index_of(&visit.queue)) {
            return Err(Refusal::NotAllowed);
        }
        if visit.recalls >= self.facts.rules.timers.missed_recalls {
            return Err(Refusal::RecallsUsedUp);
        }
        let id = visit.id.clone();
        self.audit("recall", Some(id));
        self.call_again(slot);
        Ok(Done::Nothing)
    }

    /// Nobody came to the page, and the place is given away. A number that a window called again is as it was before: missed, and kept.
    pub(super) fn away_over(&mut self, slot: Slot) {
        let now = self.turn.now;
        let Some(until) = self.roll[slot].visit.kept_until.filter(|until| *until > now) else {
            return self.expire(slot, "away_over");
        };
        if self.is_in_vain(slot) {
            return self.has_another_number(slot);
        }
        self.alter(slot, "missed_again", |visit| {
            (visit.kept_until, visit.callback) = (None, None);
            visit.state = VisitState::Missed {
                since: now,
                until,
                late: true,
            };
        });
    }

    fn call_again(&mut self, slot: Slot) {
        let (now, lease_ms) = (self.turn.now, self.facts.rules.timers.citizen_lease_ms);
        let order = self.order_of_return(slot);
        let visit = &self.roll[slot].visit;
        let kept_until = self.missed_keeps_until(visit).or(visit.missed().map(|(_, until, _)| until));
        self.alter(slot, "recalled", |visit| {
            if visit.order != order {
                (visit.order, visit.place_cause, visit.kept_ahead) = (order, Some(PlaceCause::Missed), None);
            }
            (visit.here, visit.here_at, visit.skipped) = (false, None, 0);
            (visit.recalls, visit.kept_until) = (visit.recalls + 1, kept_until);
            visit.callback = None;
            // 「快到您了」 goes out anew: the last one led to nothing.
            visit.noticed = None;
            visit.state = VisitState::Waiting {
                since: now,
                not_before: None,
                skip_until_ring: None,
            };
        });
        let heard = self.roll[slot].page.heard;
        if self.graced(heard, heard.plus(lease_ms)) <= now {
            self.as_system(|hall| hall.go_away(slot));
        }
    }
}
