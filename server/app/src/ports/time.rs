//! The one way to know the time and to wait.

use async_trait::async_trait;
use yunyiban_protocol::Timestamp;

/// A clock that never runs backwards within one process, so that a corrected wall clock ends no lease (F20).
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] has reached `moment`; at once when it has already. May be dropped at any time.
    async fn sleep_until(&self, moment: Timestamp);
}
