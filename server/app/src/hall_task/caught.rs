//! A panic in a hall's task is our own fault, and must cost one batch and not the hall.
//!
//! Whatever it left half done in memory is thrown away with the hall, as after a failed commit. While each new attempt ends like
//! the one before, the next waits longer, and health says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;

/// What the rest of the house sees of a hall's panics.
#[derive(Debug, Default)]
pub(crate) struct Panics {
    count: AtomicU32,
    last_try: AtomicBool,
}

impl Panics {
    /// How many there were.
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether nothing has been done since the last one.
    pub(crate) fn is_stricken(&self) -> bool {
        self.last_try.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.last_try.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_work(&self) {
        self.last_try.store(false, Ordering::Relaxed);
    }
}

/// Runs a future to its end; `None` when it panicked. The panic itself is on standard error, with its place.
pub(super) async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}
