//! The outside in memory.

use std::sync::Arc;

use yunyiban_protocol::Timestamp;

use super::archive::FakeArchive;
use super::relay::FakeRelay;
use crate::house::Outside;
use crate::testing::{ManualClock, MemoryFiles, SeededRandom, TestSpawner};

/// 2026-11-23, nine in the morning in the hall.
pub(super) const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);

/// An outside around a relay.
pub(super) fn outside(relay: Arc<FakeRelay>) -> Arc<Outside> {
    Arc::new(Outside {
        store: Arc::new(FakeArchive::default()),
        media: relay,
        clock: ManualClock::new(NINE),
        random: Arc::new(SeededRandom::new(1)),
        spawner: Arc::new(TestSpawner),
        files: Arc::new(MemoryFiles::default()),
    })
}
