//! 主管: who takes what was transferred too often, or was handed to a supervisor while all were busy (DOMAIN 3.8).
//!
//! Such a visit stands in line at its own place and is rung at supervisors alone, whatever their queues, or at the window it broke off
//! at. Only those count who are rung by themselves: where none is, nobody waits for one, and any window of its queue takes it (Q8).

use std::cmp::Reverse;

use yunyiban_protocol::{Presence, Work};

use crate::hall::Hall;

impl Hall {
    /// Whether the person at this window is a supervisor.
    pub(super) fn has_supervisor(&self, desk: usize) -> bool {
        let staff = self.desks[desk].window.staff.as_ref();
        staff
            .and_then(|staff| self.facts.staff.get(staff))
            .is_some_and(|member| member.supervisor)
    }

    /// Of the supervisors a visit can be transferred to, the one who has been free longest.
    pub(super) fn free_supervisor(&self, origin: usize) -> Option<usize> {
        let supervisors = (0..self.desks.len()).filter(|desk| self.has_supervisor(*desk) && self.may_take_over(origin, *desk));
        supervisors.max_by_key(|desk| {
            let window = &self.desks[*desk].window;
            (self.turn.now.since(window.work_since), Reverse(*desk))
        })
    }

    /// Whether a supervisor at another window will be rung for whatever is handed to supervisors.
    pub(super) fn is_supervised_beside(&self, origin: usize) -> bool {
        self.matching.supervisors.iter().any(|desk| *desk != origin)
    }

    /// Somebody sat down, got up, or is rung otherwise than before.
    pub(super) fn note_supervisor(&mut self, desk: usize) {
        let window = &self.desks[desk].window;
        let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
        if matches!(window.presence, Presence::Available {}) && !is_paused && self.has_supervisor(desk) {
            self.matching.supervisors.insert(desk);
        } else {
            self.matching.supervisors.remove(&desk);
        }
    }

    /// The same for every window, and who is on duty.
    pub(super) fn note_supervisors(&mut self) {
        for desk in 0..self.desks.len() {
            self.note_supervisor(desk);
            self.note_on_duty(desk);
        }
    }
}
