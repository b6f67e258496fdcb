//! Messages to people away from the page (Notices): 「快到您了」, 过号, and a call-back that reached nobody.
//!
//! The core says that one is due, once; whoever left no telephone number cannot be reached. What was said is part of the
//! row, so that a restart says nothing twice.

use yunyiban_protocol::VisitId;

use crate::VisitState;
use crate::event::{NoticeKind, Tell};
use crate::hall::Hall;
use crate::hall::line::Spot;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;

impl Hall {
    /// Tells those near the head of each queue whose page is away, once at each place of the rules (DOMAIN 3.6, push when near).
    /// From then on the place is kept for as long as ever: a message that comes a minute before the number is over helps nobody.
    pub(super) fn notify_near_the_head(&mut self) {
        for queue in 0..self.matching.queues.len() as QueueIndex {
            self.notify_first_of(queue);
        }
    }

    fn notify_first_of(&mut self, queue: QueueIndex) {
        let rules = &self.facts.rules;
        let places = [rules.notice_again_at, rules.notice_first_at];
        let head: Vec<Spot> = self.line.head(queue).iter().take(rules.notice_first_at as usize).copied().collect();
        for (place, spot) in (1..).zip(head) {
            let entry = &self.roll[spot.slot];
            let Some(near) = places.into_iter().find(|near| place <= *near) else {
                continue;
            };
            let told = entry.visit.noticed.is_some_and(|noticed| noticed <= near);
            if told || !matches!(entry.visit.state, VisitState::Away { .. }) || entry.phone().is_none() {
                continue;
            }
            // Whoever reads it has as long to come as whoever was away at first (DOMAIN 3.2: `away` leads on by notice).
            let keeps_until = self.turn.now.plus(self.facts.rules.timers.away_keeps_ms);
            self.alter_quietly(spot.slot, "notice_near", |visit| {
                visit.noticed = Some(near);
                if let VisitState::Away { until, .. } = &mut visit.state {
                    *until = keeps_until.max(*until);
                }
            });
            self.notify(spot.slot, NoticeKind::NearTurn { ahead: place - 1 });
        }
    }

    /// Whether what a message says of a visit is so now. Of a visit that is forgotten nothing else is known.
    pub fn is_still_so(&self, visit: &VisitId, kind: NoticeKind) -> bool {
        let Some(entry) = self.roll.get(visit) else { return true };
        let state = &entry.visit.state;
        match kind {
            NoticeKind::NearTurn { .. } => matches!(state, VisitState::Away { .. }),
            // 「等 1 分钟」 comes back by itself.
            NoticeKind::Missed => matches!(state, VisitState::Missed { .. }) && entry.visit.back_at.is_none(),
            NoticeKind::CallbackFailed | NoticeKind::CalledOff { .. } => state.is_closed(),
            NoticeKind::Booked { at } | NoticeKind::PutOff { at } => matches!(state, VisitState::Booked { at: slot } if *slot == at),
        }
    }

    /// Sends a message to whoever left a number.
    pub(super) fn notify(&mut self, slot: Slot, kind: NoticeKind) {
        let entry = &self.roll[slot];
        if entry.phone().is_some() {
            let visit = entry.visit.id.clone();
            self.outbox.tell(Tell::Notice(visit, kind));
        }
    }
}
