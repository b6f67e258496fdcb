//! 过号: an unanswered turn, and the ways back into the line.

use yunyiban_protocol::{PlaceCause, Timestamp};

use crate::event::{Done, NoticeKind};
use crate::hall::Hall;
use crate::hall::hours::day_end;
use crate::hall::line::Spot;
use crate::hall::roll::Slot;
use crate::{OrderKey, Refusal, Visit, VisitState};

impl Hall {
    /// The citizen did not answer. The place near the front is kept for `missed_return_ms`, the number for `missed_keeps_ms`.
    pub(super) fn miss(&mut self, slot: Slot, cause: &str) {
        if self.is_in_vain(slot) {
            return self.has_another_number(slot);
        }
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.missed_return_ms);
        self.alter(slot, cause, |visit| {
            (visit.here, visit.here_at, visit.back_at) = (false, None, None);
            (visit.ringing_since, visit.vain_rings) = (None, 0);
            visit.kept_until = None;
            visit.state = VisitState::Missed {
                since: now,
                until,
                late: false,
            };
        });
        self.notify(slot, NoticeKind::Missed);
    }

    /// The place near the front is given away. Whoever may still return keeps the number, and returns to the end of the line.
    pub(super) fn missed_over(&mut self, slot: Slot) {
        let keeps_until = self.missed_keeps_until(&self.roll[slot].visit);
        let Some(ends) = keeps_until.filter(|ends| *ends > self.turn.now) else {
            return self.expire(slot, "missed_over");
        };
        self.alter(slot, "missed_late", |visit| {
            if let VisitState::Missed { until, late, .. } = &mut visit.state {
                (*until, *late) = (ends, true);
            }
        });
    }

    /// Until when a missed number is kept after its place near the front is given away: by the rule, at most until its queue closes for
    /// the day. `None`: not at all, or the place is given away already.
    pub(super) fn missed_keeps_until(&self, visit: &Visit) -> Option<Timestamp> {
        let VisitState::Missed { since, until, late: false } = visit.state else {
            return None;
        };
        let timers = &self.facts.rules.timers;
        let now = self.turn.now;
        let closes = self.hours_of(self.matching.index_of(&visit.queue)).last_closing(now);
        let ends = since.plus(timers.missed_keeps_ms).min(closes.unwrap_or(day_end(now)));
        (visit.returns < timers.missed_returns && ends > until).then_some(ends)
    }

    /// 「我在，继续」: after 过号 near the front, after being sent off at the head, after 「等 1 分钟」 or instead of a
    /// call-back at the same place. The tap is a 「我在」.
    pub(super) fn return_to_line(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        match visit.state {
            VisitState::Missed { .. } if visit.back_at.is_some() => self.enter_again(slot, "back_early", visit.order, None),
            VisitState::Missed { .. } => {
                if visit.returns >= self.facts.rules.timers.missed_returns {
                    return Err(Refusal::UsedUp);
                }
                let order = self.order_of_return(slot);
                self.enter_again(slot, "returned", order, Some(PlaceCause::Missed));
            }
            VisitState::Parked { .. } => {
                let order = OrderKey { band: 0, ..visit.order };
                self.enter_again(slot, "returned", order, None);
            }
            VisitState::CallbackKept { .. } if self.waits_in_vain(visit) => return Err(Refusal::NotNow),
            VisitState::CallbackKept { .. } => self.enter_again(slot, "waits_on", visit.order, None),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. } => return Err(Refusal::NotNow),
            VisitState::Closed { .. } => return Err(Refusal::VisitClosed),
        }
        self.roll[slot].page.visible = true;
        Ok(Done::Nothing)
    }

    /// The minute is over: same place, and 「接听」 will be asked.
    pub(super) fn back_after_later(&mut self, slot: Slot) {
        let now = self.turn.now;
        self.alter(slot, "back_after_later", |visit| {
            visit.back_at = None;
            visit.state = VisitState::Waiting {
                since: now,
                not_before: None,
                skip_until_ring: None,
            };
        });
    }

    fn enter_again(&mut self, slot: Slot, cause: &str, order: OrderKey, place_cause: Option<PlaceCause>) {
        let now = self.turn.now;
        self.alter(slot, cause, |visit| {
            visit.returns += u32::from(place_cause.is_some());
            if visit.order != order {
                (visit.order, visit.place_cause, visit.kept_ahead) = (order, place_cause, None);
            }
            (visit.here, visit.here_at, visit.back_at, visit.skipped) = (true, Some(now), None, 0);
            visit.callback = None;
            visit.state = VisitState::Waiting {
                since: now,
                not_before: None,
                skip_until_ring: None,
            };
        });
    }

    /// Where whoever missed a turn comes back: behind the next few; and once the place near the front is given away, at the end of the line.
    pub(super) fn order_of_return(&mut self, slot: Slot) -> OrderKey {
        if matches!(self.roll[slot].visit.state, VisitState::Missed { late: true, .. }) {
            return self.key_of_now();
        }
        self.order_after_next(slot, self.facts.rules.timers.missed_return_after as usize)
    }

    /// The key behind the next `count` visits, but never ahead of the visit's own.
    fn order_after_next(&self, slot: Slot, count: usize) -> OrderKey {
        let own = self.roll[slot].visit.order;
        let head = self.line.head(self.matching.index_of(&self.roll[slot].visit.queue));
        let before: Option<&Spot> = count.checked_sub(1).and_then(|rank| head.get(rank).or(head.last()));
        match before {
            Some(spot) if spot.order > own => OrderKey {
                seq: self.seq + 1,
                ..spot.order
            },
            Some(_) | None => own,
        }
    }
}
