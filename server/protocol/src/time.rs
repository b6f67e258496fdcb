//! Moments as the wire and the store know them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Milliseconds since 1970-01-01T00:00:00Z. Fits 53 bits, so a page reads it as a `number`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "f64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Milliseconds since 1970 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// This moment moved later by `millis` milliseconds.
    pub const fn plus(self, millis: u32) -> Self {
        Self(self.0 + millis as i64)
    }
    /// Milliseconds from `earlier` to this moment; 0 when `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> u32 {
        let gap = self.0 - earlier.0;
        if gap <= 0 {
            0
        } else if gap > u32::MAX as i64 {
            u32::MAX
        } else {
            gap as u32
        }
    }
}
