//! The window that tests itself: between calls its page looks at microphone, voice line and clock, and says what is wrong.
//! A window that would be deaf is paused before it is rung (DOMAIN 3.3), says why, and is back once it is mended.

use yunyiban_protocol::{ProbeFault, StaffId, SuspectReason, Timestamp, Work};

use crate::event::Done;
use crate::hall::{Desk, Hall};
use crate::refusal::Refusal;

/// A test of itself older than this says nothing of now, milliseconds: the page runs it each second, and says so each 5 s.
const TEST_FRESH_MS: u32 = 30_000;

impl Hall {
    /// Whether the window's test of itself is fresh (DOMAIN 3.3). Of one whose page has not said since it sat down, or since the server began
    /// anew, that it has run, nobody knows whether it can hear and speak.
    pub(super) fn is_test_fresh(&self, desk: usize) -> bool {
        let tested_at = self.desks[desk].tested_at;
        tested_at.is_some_and(|at| self.turn.now.since(at) <= TEST_FRESH_MS)
    }

    /// What windows said of their tests before the hall was loaded again, where the same people sit there and their pages listen still: from when it
    /// was said, and no longer.
    pub fn keep_tests_of(&mut self, before: &Self, listening: &[StaffId], now: Timestamp) {
        let listens = |desk: &Desk| desk.window.staff.as_ref().is_some_and(|staff| listening.contains(staff));
        for desk in &mut self.desks {
            let same = |old: &&Desk| (&old.window.id, &old.window.staff) == (&desk.window.id, &desk.window.staff);
            let old = before.desks.iter().find(same).filter(|old| listens(old));
            desk.tested_at = old.and_then(|old| old.tested_at).map(|at| at.min(now));
        }
    }

    /// What the test found; `None` when all is well. Only what is new changes anything: a page may say it again.
    pub(super) fn report_probe(&mut self, desk: usize, fault: Option<ProbeFault>) -> Result<Done, Refusal> {
        if self.desks[desk].window.fault == fault {
            return Ok(Done::Nothing);
        }
        let cause = if fault.is_some() { "probe_failed" } else { "probe_passed" };
        let rung = self.rung_visit(desk).is_some();
        let now = self.turn.now;
        self.alter_window(desk, cause, |window| {
            window.fault = fault;
            let work = work_when_free(fault);
            match &window.work {
                Work::Idle {}
                | Work::Suspect {
                    reason: SuspectReason::ProbeFailed,
                    ..
                } if window.work != work => {
                    window.work = work;
                    window.work_since = now;
                }
                // A talk goes on; what was found counts once the window is free.
                Work::Idle {}
                | Work::Reserved { .. }
                | Work::Connecting { .. }
                | Work::Talking { .. }
                | Work::Holding { .. }
                | Work::WrapUp { .. }
                | Work::Suspect { .. } => {}
            }
        });
        if rung && fault.is_some() {
            self.give_ring_back(desk, cause);
        }
        Ok(Done::Nothing)
    }
}

/// What a window does that has nothing to do.
pub(super) fn work_when_free(fault: Option<ProbeFault>) -> Work {
    match fault {
        None => Work::Idle {},
        Some(_) => Work::Suspect {
            reason: SuspectReason::ProbeFailed,
            until: None,
        },
    }
}
