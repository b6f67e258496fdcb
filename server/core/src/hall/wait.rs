//! The estimated wait: a range from measured services, rounded outward, hidden while the data are thin (DOMAIN 3.7).
//! It travels with the place and causes no message of its own.

use yunyiban_protocol::{Busyness, WaitRange, Work};

use crate::VisitState;
use crate::hall::Hall;
use crate::hall::line::{Step, ranks};
use crate::hall::matching::QueueIndex;

/// Minutes that are shown.
const STEPS: [u32; 11] = [1, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120];

const MINUTE_MS: u64 = 60_000;

impl Hall {
    /// The wait of somebody shown on this step of a queue.
    pub(super) fn wait_at(&self, step: Step, queue: QueueIndex) -> Option<WaitRange> {
        let (first, last) = ranks(step);
        let last = last.unwrap_or_else(|| self.line.len_of(queue).max(first));
        self.wait_between(first, last, self.windows_on_duty_for(queue))
    }

    /// How busy the hall is.
    pub(super) fn busyness(&self) -> Busyness {
        let waiting = self.line.len();
        Busyness {
            waiting: waiting as u32,
            windows: self.windows_on_duty() as u32,
            wait: self.wait_between(waiting, waiting, self.windows_on_duty()),
        }
    }

    /// The number of whoever of the queue began to be served last.
    pub(super) fn serving_number(&self, queue: QueueIndex) -> Option<String> {
        let talking = self.desks.iter().filter_map(|desk| match &desk.window.work {
            Work::Talking { visit } | Work::Holding { visit } => self.roll.get(visit),
            Work::Idle {} | Work::Reserved { .. } | Work::Connecting { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => None,
        });
        let began = |state: &VisitState| match state {
            VisitState::Serving { since, .. } => Some(*since),
            VisitState::Held { talking_since, .. } | VisitState::Dropped { talking_since, .. } => Some(*talking_since),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        };
        talking
            .filter(|entry| self.matching.index_of(&entry.visit.queue) == queue)
            .max_by_key(|entry| (began(&entry.visit.state), entry.visit.order))
            .map(|entry| entry.visit.number.to_string())
    }

    /// Between `first` services before the soonest turn and one more than `last` before the latest.
    fn wait_between(&self, first: usize, last: usize, windows: usize) -> Option<WaitRange> {
        let windows = windows as u64;
        let (short_ms, long_ms) = self.tally.service_times()?;
        if windows == 0 {
            return None;
        }
        let soonest = first as u64 * u64::from(short_ms) / windows / MINUTE_MS;
        let latest = ((last as u64 + 1) * u64::from(long_ms)).div_ceil(windows * MINUTE_MS);
        let below = STEPS.iter().rev().find(|step| u64::from(**step) <= soonest);
        let from_minutes = below.copied().unwrap_or(STEPS[0]);
        let above = STEPS.iter().find(|step| u64::from(**step) >= latest && **step > from_minutes);
        // Beyond two hours whole hours are near enough.
        let to_minutes = above
            .copied()
            .unwrap_or_else(|| u32::try_from(latest.div_ceil(60) * 60).unwrap_or(u32::MAX).max(from_minutes + 60));
        Some(WaitRange { from_minutes, to_minutes })
    }
}
