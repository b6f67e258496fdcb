//! Simple forms of the ports, for tests of every room: a clock moved by hand, chance from a seed, files in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;
use yunyiban_protocol::{BulkId, HallId, Timestamp};

use crate::ports::{Clock, FileFailure, Files, Random, Spawner, Task};
use crate::settings::PasswordCost;
use crate::sync::lock;

/// The cheapest password hashing there is: tests check who gets in, not how long guessing takes.
pub const CHEAP_PASSWORDS: PasswordCost = PasswordCost { memory_kib: 8, passes: 1 };

/// A clock that stands still until it is moved.
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            now: watch::Sender::new(now),
        })
    }

    /// Moves the clock on; whoever waited for a moment that is past then wakes.
    pub fn advance(&self, millis: u32) {
        self.now.send_modify(|now| *now = now.plus(millis));
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        let mut changes = self.now.subscribe();
        // The sender lives as long as `self`, so this only returns when the moment has come.
        let _ = changes.wait_for(|now| *now >= moment).await;
    }
}

/// Chance that a seed replays (SplitMix64). Never for secrets of a real house.
pub struct SeededRandom {
    state: Mutex<u64>,
}

impl SeededRandom {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = lock(&self.state);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Tasks of the runtime the test runs in; blocking work is done at once, so that a run has one order.
pub struct TestSpawner;

impl Spawner for TestSpawner {
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn spawn(&self, _name: &'static str, task: Task) {
        tokio::spawn(task);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}

/// Files in memory.
#[derive(Default)]
pub struct MemoryFiles {
    files: Mutex<BTreeMap<(HallId, BulkId), Vec<u8>>>,
    full: AtomicBool,
}

impl MemoryFiles {
    /// How many there are.
    pub fn count(&self) -> usize {
        lock(&self.files).len()
    }

    /// From now on there is no room.
    pub fn run_full(&self) {
        self.full.store(true, Ordering::Relaxed);
    }

    /// From now on there is.
    pub fn make_room(&self) {
        self.full.store(false, Ordering::Relaxed);
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn put(&self, hall: &HallId, id: &BulkId, bytes: Vec<u8>) -> Result<(), FileFailure> {
        if self.full.load(Ordering::Relaxed) {
            let doing = format!("writing picture {id} of hall {hall}");
            return Err(FileFailure::Full { doing });
        }
        lock(&self.files).insert((hall.clone(), id.clone()), bytes);
        Ok(())
    }

    async fn get(&self, hall: &HallId, id: &BulkId) -> Result<Option<Vec<u8>>, FileFailure> {
        Ok(lock(&self.files).get(&(hall.clone(), id.clone())).cloned())
    }

    async fn remove(&self, hall: &HallId, id: &BulkId) -> Result<(), FileFailure> {
        lock(&self.files).remove(&(hall.clone(), id.clone()));
        Ok(())
    }
}
