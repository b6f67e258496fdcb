//! Moments as the wire and the store know them.

use std::fmt::{Debug, Formatter};
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Milliseconds since 1970-01-01T00:00:00Z. Fits 53 bits, so a page reads it as a `number`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(from = "i64", into = "i64")]
#[ts(as = "f64")]
pub struct Timestamp(
    // Orders like the milliseconds and leaves one value free: a moment that may be absent takes no more room, and a visit has ten.
    NonZeroU64,
);

/// Turns the order of signed numbers into that of unsigned ones.
const SIGN: u64 = 1 << 63;

impl Timestamp {
    /// From milliseconds since 1970 UTC; the very least is taken for the one after it.
    pub const fn from_millis(millis: i64) -> Self {
        match NonZeroU64::new(millis as u64 ^ SIGN) {
            Some(kept) => Self(kept),
            None => Self(NonZeroU64::MIN),
        }
    }
    /// Milliseconds since 1970 UTC.
    pub const fn as_millis(self) -> i64 {
        (self.0.get() ^ SIGN) as i64
    }
    /// This moment moved later by `millis` milliseconds; at most the last there is.
    pub const fn plus(self, millis: u32) -> Self {
        Self::from_millis(self.as_millis().saturating_add(millis as i64))
    }
    /// Milliseconds from `earlier` to this moment; 0 when `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> u32 {
        let gap = self.as_millis().saturating_sub(earlier.as_millis());
        if gap <= 0 {
            0
        } else if gap > u32::MAX as i64 {
            u32::MAX
        } else {
            gap as u32
        }
    }
}

impl Default for Timestamp {
    fn default() -> Self {
        Self::from_millis(0)
    }
}

impl Debug for Timestamp {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "Timestamp({})", self.as_millis())
    }
}

impl From<i64> for Timestamp {
    fn from(millis: i64) -> Self {
        Self::from_millis(millis)
    }
}

impl From<Timestamp> for i64 {
    fn from(moment: Timestamp) -> Self {
        moment.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_milliseconds_and_their_order() {
        let kept = [i64::MIN + 1, -1, 0, 1, 1_795_395_600_000, i64::MAX];
        let moments = kept.map(Timestamp::from_millis);
        assert_eq!(moments.map(Timestamp::as_millis), kept);
        assert!(moments.is_sorted());
        assert_eq!(Timestamp::from_millis(i64::MIN), moments[0]);
        assert_eq!(moments[5].plus(1), moments[5]);
        assert_eq!(
            (moments[1].since(moments[2]), moments[3].since(moments[1]), moments[5].since(moments[0])),
            (0, 2, u32::MAX)
        );
    }

    #[test]
    fn an_absent_moment_takes_no_room_and_is_a_number_on_the_wire() {
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<i64>());
        let wire = serde_json::to_string(&Timestamp::from_millis(-5)).unwrap();
        assert_eq!((wire.as_str(), serde_json::from_str(&wire).unwrap()), ("-5", Timestamp::from_millis(-5)));
    }
}
