//! Closing time: nobody is left waiting for windows that come no more, and nobody vanishes without being told (Q8, E10).
//!
//! Numbers of a queue are given no more once its last opening of the day is over, or would be before the turn came. Whoever still waits is served while a
//! window that takes the queue is on duty; then, and at midnight at the latest, the visit ends as `closed_out`. A talk goes on until it ends by itself.

use yunyiban_protocol::{ClosedCause, ItemCode, OpenState, Outcome, Timestamp};

use crate::hall::hours::{Hours, day_end, day_start};
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::hall::wake::{Deadline, is_on_duty};
use crate::hall::{Desk, Hall};
use crate::{Visit, VisitState};

impl Hall {
    /// Ends what waits in vain. After the first look at a closing only visits just changed can be in question:
    /// those that came back from a window; and once a window need not take somebody back any more, whoever waits for one.
    pub(super) fn close_out(&mut self) {
        let closings = self.closings();
        let is_kept_no_more = self.taken_back_until.is_some_and(|until| until <= self.turn.now);
        let in_question: Vec<Slot> = if self.closed_out == closings && !is_kept_no_more {
            self.outbox.changed_visits().to_vec()
        } else {
            (self.closed_out, self.taken_back_until) = (closings, None);
            self.roll.iter().map(|(slot, _)| slot).collect()
        };
        for slot in in_question {
            let visit = &self.roll[slot].visit;
            if !waits(visit) {
                continue;
            }
            if self.waits_in_vain(visit) {
                self.close(slot, Outcome::ClosedOut, "closing_time");
            } else if let Some(until) = self.is_taken_back_until(visit) {
                self.taken_back_until = Some(self.taken_back_until.map_or(until, |other| other.min(until)));
            }
        }
        self.rearm_closing();
    }

    /// Until when a window takes this visit back though its queue has closed; `None` where none does, or it has not closed yet.
    fn is_taken_back_until(&self, visit: &Visit) -> Option<Timestamp> {
        self.closing_over(self.matching.index_of(&visit.queue))?;
        let (window, until) = visit.sticky.as_deref().filter(|(_, until)| *until > self.turn.now)?;
        self.desks
            .iter()
            .any(|desk| desk.window.id == *window && takes_back(desk))
            .then_some(*until)
    }

    /// Whether numbers are given, and if not, why. The last is given to whoever will by forecast still be served
    /// before the hall closes (DOMAIN 3.6); those who have one are served while a window is on duty.
    pub(super) fn intake(&self, now: Timestamp) -> (OpenState, Option<ClosedCause>) {
        self.intake_of(&self.matching.every_queue(), now)
    }

    /// The same for any of these queues.
    pub(super) fn intake_of(&self, queues: &[QueueIndex], now: Timestamp) -> (OpenState, Option<ClosedCause>) {
        let open = self.open_now(queues, now);
        if self.suspension_at(now).is_some() {
            return (open, Some(ClosedCause::Suspended));
        }
        if matches!(open, OpenState::Closed { .. }) {
            return (open, Some(ClosedCause::Hours));
        }
        let takes = |queue: &QueueIndex| self.hours_of(*queue).is_open(now) && !self.is_too_late_for(*queue, now);
        if queues.iter().any(takes) {
            return (open, None);
        }
        // What is full for today opens another day; what is not open now may open today.
        let over = |hours: &Hours<'_>| hours.last_closing(now).filter(|_| hours.is_open(now)).unwrap_or(now);
        let opens_at = self.first_of(queues, |hours| hours.next_opening(over(&hours)));
        (OpenState::Closed { opens_at }, Some(ClosedCause::LastIntake))
    }

    /// Whether a newcomer of this queue would by forecast not be served before it closes.
    fn is_too_late_for(&self, queue: QueueIndex, now: Timestamp) -> bool {
        let closing = self.hours_of(queue).last_closing(now).filter(|_| !self.facts.rules.always_open);
        closing.is_some_and(|closing| self.would_end_after(queue, closing, now))
    }

    /// The queue in which somebody stands who comes for this item; whoever cannot say for what, in the first that gives numbers, or
    /// opens.
    pub(super) fn queue_for(&self, item: Option<&ItemCode>, now: Timestamp) -> Option<QueueIndex> {
        if item.is_some() {
            return self.matching.queue_of(item).map(|queue| self.matching.index_of(queue));
        }
        let opens_at = |queue: &QueueIndex| match self.intake_of(&[*queue], now).0 {
            OpenState::Open { .. } => (false, Some(now)),
            OpenState::Closed { opens_at } => (opens_at.is_none(), opens_at),
        };
        self.matching.every_queue().into_iter().min_by_key(opens_at)
    }

    /// Names the next closing anew: the last of some queue today, else midnight. Nothing is named while nobody is there.
    pub(super) fn rearm_closing(&mut self) {
        let now = self.turn.now;
        let to_come = |hours: Hours<'_>| hours.last_closing(now).filter(|closing| *closing > now);
        let next = self.first_of(&self.matching.every_queue(), to_come).unwrap_or(day_end(now));
        let next = self.taken_back_until.filter(|until| *until > now).map_or(next, |until| until.min(next));
        let due = (self.tally.live > 0).then_some(next);
        let armed = std::mem::replace(&mut self.closing_armed, due);
        self.move_deadline(Deadline::Closing, armed, due);
    }

    /// A hall just built may have missed a closing, or the clock was set back: it looks at the first opportunity.
    pub(super) fn arm_at_once(&mut self) {
        let due = (self.tally.live > 0 || self.is_set_back()).then_some(self.turn.now);
        let armed = std::mem::replace(&mut self.closing_armed, due);
        self.move_deadline(Deadline::Closing, armed, due);
    }

    /// Whether the visit would be closed out if it stood in line.
    pub(super) fn waits_in_vain(&self, visit: &Visit) -> bool {
        let now = self.turn.now;
        let is_kept = self.matching.waits_for_supervisor(visit) || self.is_taken_back_until(visit).is_some();
        let closing = if is_kept {
            day_start(now)
        } else {
            self.closing(self.matching.index_of(&visit.queue))
        };
        // Of a number left overnight the wait begins when the hall opens, and a talk of today is of today however it began.
        // Whoever another hall referred was not here when this one closed.
        let began = visit.waits_here_since();
        visit.served_at.map_or(began, |served_at| began.max(day_start(served_at))) < closing
    }

    /// Visits of the queue begun before this moment wait in vain. What ends a visit waits for the last talk, what offers a choice does not.
    fn closing(&self, queue: QueueIndex) -> Timestamp {
        let is_served = || self.desks_at_work().any(|desk| self.matching.serves(desk, queue));
        let over = self.closing_over(queue).filter(|_| !is_served());
        over.unwrap_or_else(|| day_start(self.turn.now))
    }

    /// The queue's last closing of the day, once it is over.
    fn closing_over(&self, queue: QueueIndex) -> Option<Timestamp> {
        let now = self.turn.now;
        self.hours_of(queue).last_closing(now).filter(|closing| *closing <= now)
    }

    fn closings(&self) -> Closings {
        let queues = self.matching.every_queue();
        let is_over = queues.iter().any(|queue| self.closing_over(*queue).is_some());
        Closings {
            of_queues: queues.into_iter().map(|queue| self.closing(queue)).collect(),
            desks: if is_over {
                self.desks.iter().map(takes_back).collect()
            } else {
                Vec::new()
            },
            is_supervised: is_over && !self.matching.supervisors.is_empty(),
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
    /// The same: a supervisor takes whoever was handed to supervisors.
    is_supervised: bool,
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
