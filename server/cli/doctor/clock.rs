//! The wall clock: places are ordered without it, but certificates, hours and records need it.

use std::time::UNIX_EPOCH;

use super::Finding;
use crate::adapters::clock::wall_ms;
use crate::text::say;

/// A clock behind this program's own file cannot be right.
pub fn look() -> Finding {
    let written_ms = std::env::current_exe()
        .and_then(|path| path.metadata()?.modified())
        .ok()
        .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    if wall_ms() < written_ms {
        Finding::Wrong(say("doctor_clock_behind", &[]))
    } else {
        Finding::Fine(say("doctor_clock", &[]))
    }
}
