//! What is of earlier: visits of other days, and which event was the last before a moment.

use yunyiban_core::{Day, Visit};
use yunyiban_protocol::Timestamp;

use super::FakeArchive;
use super::words::out_of_reach;
use crate::ports::store::StoreFailure;
use crate::sync::lock;

impl FakeArchive {
    /// Keeps a visit that the open hall knows nothing of.
    pub(in crate::tests) fn keep(&self, visit: Visit) {
        lock(&self.state).image.visits.push(visit);
    }

    /// Number of the last event before a moment; 0 when there is none.
    pub(super) fn last_before(&self, at: Timestamp) -> u32 {
        let events = self.events();
        let last = events.iter().rev().find(|stored| stored.event.at < at);
        last.map_or(0, |stored| stored.event.seq)
    }

    /// Visits whose number was given on a day. Fails with the loads ([`FakeArchive::fail_loads`]).
    pub(super) fn given_on(&self, day: Day, limit: u32) -> Result<Vec<Visit>, StoreFailure> {
        let mut state = lock(&self.state);
        if state.load_faults.pop_front().is_some() {
            return Err(out_of_reach("reading visits"));
        }
        let given = state.image.visits.iter().filter(|visit| Day::of(visit.joined_at) == day);
        Ok(given.take(limit as usize).cloned().collect())
    }
}
