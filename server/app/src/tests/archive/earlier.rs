//! What is of earlier: visits of other days, and which event was the last before a moment.

use yunyiban_core::Visit;
use yunyiban_protocol::Timestamp;

use super::FakeArchive;
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
}
