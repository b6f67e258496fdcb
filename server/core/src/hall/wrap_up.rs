//! 收尾: the record is written. Passing the limit never cuts off, nor is a window rung then (DOMAIN 3.3); leaving without a record
//! is refused.

use yunyiban_protocol::{ExtendReason, VisitId, Work};

use crate::Refusal;
use crate::event::{Done, Tell};
use crate::hall::Hall;

impl Hall {
    /// The talk is over; the record is due.
    pub(super) fn begin_wrap_up(&mut self, desk: usize, visit: VisitId, cause: &str) {
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.wrap_up_ms);
        self.alter_window(desk, cause, |window| {
            window.extended = false;
            window.work = Work::WrapUp {
                visit,
                until,
                overdue: false,
            };
            window.work_since = now;
        });
    }

    /// More time, once, for a reason (DOMAIN 3.6); counted from the end of the talk.
    pub(super) fn extend_wrap_up(&mut self, desk: usize, reason: ExtendReason) -> Result<Done, Refusal> {
        let window = &self.desks[desk].window;
        let Work::WrapUp { visit, until, .. } = &window.work else {
            return Err(Refusal::NotNow);
        };
        if window.extended {
            return Err(Refusal::UsedUp);
        }
        let (visit, until) = (visit.clone(), *until);
        // Longer is never shorter, also where the rules have changed meanwhile.
        let until = window.work_since.plus(self.facts.rules.timers.wrap_up_extended_ms).max(until);
        let overdue = until <= self.turn.now;
        let cause = match reason {
            ExtendReason::LongRecord => "wrap_up_extended_long_record",
            ExtendReason::Materials => "wrap_up_extended_materials",
            ExtendReason::OtherOffice => "wrap_up_extended_other_office",
            ExtendReason::Equipment => "wrap_up_extended_equipment",
            ExtendReason::Other => "wrap_up_extended_other",
        };
        self.alter_window(desk, cause, |window| {
            window.extended = true;
            window.work = Work::WrapUp { visit, until, overdue };
        });
        self.outbox.tell(Tell::Line);
        Ok(Done::Nothing)
    }

    /// The record is done.
    pub(super) fn finish_wrap_up(&mut self, desk: usize) -> Result<Done, Refusal> {
        if !matches!(self.desks[desk].window.work, Work::WrapUp { .. }) {
            return Err(Refusal::NotNow);
        }
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        if self.roll[slot].visit.record_versions == 0 {
            return Err(Refusal::RecordMissing);
        }
        self.finish(desk, "wrap_up_finished");
        Ok(Done::Nothing)
    }

    /// The limit has passed: the window is asked to come to an end, and a supervisor is told. What is written is not cut off, for
    /// the last words of a record may stand there unsaved.
    pub(super) fn wrap_up_over(&mut self, desk: usize) {
        self.alter_window(desk, "wrap_up_over", |window| {
            if let Work::WrapUp { overdue, .. } = &mut window.work {
                *overdue = true;
            }
        });
        self.tell_served(desk);
        self.outbox.tell(Tell::Line);
    }

    /// Tells a window that what it shows of its visit changed.
    pub(super) fn tell_served(&mut self, desk: usize) {
        let window = self.desks[desk].window.id.clone();
        self.outbox.tell(Tell::Served(window));
    }

    fn finish(&mut self, desk: usize, cause: &str) {
        let now = self.turn.now;
        if let Some(slot) = self.visit_at(desk) {
            self.alter_quietly(slot, cause, |visit| visit.wrapped_at = Some(now));
            self.learn_service(slot);
        }
        self.free_window(desk, cause);
        self.tell_served(desk);
        self.outbox.tell(Tell::Line);
    }
}
