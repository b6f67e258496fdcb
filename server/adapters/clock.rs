//! The one place that reads the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use yunyiban_app::ports::Clock;
use yunyiban_protocol::Timestamp;

/// Wall time at the start plus what a monotonic clock has counted since: a corrected wall clock moves nothing
/// until the next start (F20).
pub struct SystemClock {
    started: Instant,
    wall_ms: i64,
}

impl SystemClock {
    /// Reads the wall clock, once.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            wall_ms: wall_ms(),
        }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.wall_ms + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX / 2))
    }

    async fn sleep_until(&self, moment: Timestamp) {
        // The timer's grain is a millisecond: one more, so that `now` has surely reached the moment.
        while self.now() < moment {
            let wait = moment.since(self.now());
            tokio::time::sleep(Duration::from_millis(u64::from(wait) + 1)).await;
        }
    }
}

/// Milliseconds since 1970 by the wall clock; negative before.
pub fn wall_ms() -> i64 {
    #[cfg(feature = "testing")]
    let moved_ms = moved_ms();
    #[cfg(not(feature = "testing"))]
    let moved_ms = 0;
    own_ms() + moved_ms
}

/// By how much a test has moved the wall clock: the number in the file this variable names. A program that ships reads none.
#[cfg(feature = "testing")]
fn moved_ms() -> i64 {
    let file = std::env::var_os("TEST_WALL_CLOCK_MS");
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn own_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        let clock = SystemClock::start();
        clock.sleep_until(clock.now()).await;
        clock.sleep_until(Timestamp::from_millis(0)).await;
    }

    #[tokio::test]
    async fn the_moment_has_come_when_the_sleep_ends() {
        let clock = SystemClock::start();
        let moment = clock.now().plus(5);
        clock.sleep_until(moment).await;
        assert!(clock.now() >= moment);
    }
}
