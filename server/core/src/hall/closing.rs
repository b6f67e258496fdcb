//! Closing time: nobody is left waiting for windows that come no more, and nobody vanishes without being told (Q8, E10).
//!
//! Numbers are given no more once the last opening of the day is over, or would be before the turn came. Whoever still waits is served while a window that takes
//! the queue is on duty; then, and at midnight at the latest, the visit ends as `closed_out`. A talk goes on until it ends by itself.

use yunyiban_protocol::{ClosedCause, OpenState, Outcome, Timestamp};

use crate::hall::hours::{day_end, day_start, last_closing, next_opening};
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::hall::wake::{Deadline, is_on_duty};
use crate::hall::{Desk, Hall};
use crate::{Visit, VisitState};

impl Hall {
    /// Ends what waits in vain. After the first look at a closing only visits just changed can be in question:
    /// those that came back from a window.
    pub(super) fn close_out(&mut self) {
        let closings = self.closings();
        let in_question: Vec<Slot> = if self.closed_out == closings {
            self.outbox.changed_visits().to_vec()
        } else {
            self.closed_out = closings;
            self.roll.iter().map(|(slot, _)| slot).collect()
        };
        for slot in in_question {
            let visit = &self.roll[slot].visit;
            if waits(visit) && self.waits_in_vain(visit) {
                self.close(slot, Outcome::ClosedOut, "closing_time");
            }
        }
        self.rearm_closing();
    }

    /// Whether numbers are given, and if not, why. The last is given to whoever will by forecast still be served
    /// before the hall closes (DOMAIN 3.6); those who have one are served while a window is on duty.
    pub(super) fn intake(&self, now: Timestamp) -> (OpenState, Option<ClosedCause>) {
        self.intake_of(&self.matching.every_queue(), now)
    }

    /// The same for any of these queues.
    pub(super) fn intake_of(&self, queues: &[QueueIndex], now: Timestamp) -> (OpenState, Option<ClosedCause>) {
        let (rules, calendar) = (&self.facts.rules, &self.facts.calendar);
        let open = self.open_now(now);
        if self.suspension_at(now).is_some() {
            return (open, Some(ClosedCause::Suspended));
        }
        if matches!(open, OpenState::Closed { .. }) {
            return (open, Some(ClosedCause::Hours));
        }
        let closing = last_closing(rules, calendar, now).filter(|_| !rules.always_open);
        let Some(closing) = closing.filter(|closing| queues.iter().all(|queue| self.would_end_after(*queue, *closing))) else {
            return (open, None);
        };
        let opens_at = next_opening(rules, calendar, closing);
        (OpenState::Closed { opens_at }, Some(ClosedCause::LastIntake))
    }

    /// Names the next closing anew: today's last, else midnight. Nothing is named while nobody is there.
    pub(super) fn rearm_closing(&mut self) {
        let now = self.turn.now;
        let next = [last_closing(&self.facts.rules, &self.facts.calendar, now), Some(day_end(now))];
        let next = next.into_iter().flatten().find(|moment| *moment > now);
        let due = next.filter(|_| self.tally.live > 0);
        let armed = std::mem::replace(&mut self.closing_armed, due);
        self.move_deadline(Deadline::Closing, armed, due);
    }

    /// A hall just built may have missed a closing: it looks at the first opportunity.
    pub(super) fn arm_at_once(&mut self) {
        let due = (self.tally.live > 0).then_some(self.turn.now);
        let armed = std::mem::replace(&mut self.closing_armed, due);
        self.move_deadline(Deadline::Closing, armed, due);
    }

    /// Whether the visit would be closed out if it stood in line.
    pub(super) fn waits_in_vain(&self, visit: &Visit) -> bool {
        let now = self.turn.now;
        let preferred = visit.sticky.as_ref().filter(|(_, until)| *until > now);
        let is_preferred = |desk: &Desk| preferred.is_some_and(|(window, _)| desk.window.id == *window);
        let closing = if self.desks.iter().any(|desk| is_preferred(desk) && takes_back(desk)) {
            day_start(now)
        } else {
            self.closing(self.matching.index_of(&visit.queue))
        };
        // Of a number left overnight the wait begins when the hall opens, and a talk of today is of today however it began.
        let began = visit.waits_since();
        visit.served_at.map_or(began, |served_at| began.max(day_start(served_at))) < closing
    }

    /// Visits of the queue begun before this moment wait in vain.
    fn closing(&self, queue: QueueIndex) -> Timestamp {
        let is_served = || self.desks_on_duty().any(|desk| self.matching.serves(desk, queue));
        let over = self.closing_over().filter(|_| !is_served());
        over.unwrap_or_else(|| day_start(self.turn.now))
    }

    /// The last closing of the day, once it is over.
    fn closing_over(&self) -> Option<Timestamp> {
        let now = self.turn.now;
        last_closing(&self.facts.rules, &self.facts.calendar, now).filter(|closing| *closing <= now)
    }

    fn closings(&self) -> Closings {
        let desks = self.closing_over().map(|_| self.desks.iter().map(takes_back).collect());
        Closings {
            of_queues: self.matching.every_queue().into_iter().map(|queue| self.closing(queue)).collect(),
            desks: desks.unwrap_or_default(),
        }
    }
}

/// What decides who waits in vain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Closings {
    /// Whoever began before is not served any more, queue by queue.
    of_queues: Vec<Timestamp>,
    /// After closing: the windows that take back whoever they lost or sent off, whatever the queue.
    desks: Vec<bool>,
}

fn takes_back(desk: &Desk) -> bool {
    desk.window.staff.is_some() && is_on_duty(desk.window.presence)
}

/// Whether the visit waits for a window, in line or beside it. A call-back does not: it is kept over closing time.
fn waits(visit: &Visit) -> bool {
    match visit.state {
        VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } | VisitState::Missed { .. } | VisitState::Parked { .. } => {
            true
        }
        VisitState::Booked { .. }
        | VisitState::Ringing { .. }
        | VisitState::Connecting { .. }
        | VisitState::Serving { .. }
        | VisitState::Held { .. }
        | VisitState::Dropped { .. }
        | VisitState::Transferring { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Closed { .. } => false,
    }
}
