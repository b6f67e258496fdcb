//! The call-back of a visit (回电).

use serde::{Deserialize, Serialize};
use yunyiban_protocol::Timestamp;

/// A call-back (回电): the place is kept while the phone is put away, and a window telephones when the turn has come.
/// Gone once both talk, or the citizen waits on the page again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How long it is kept from then on, milliseconds, by the rule when it was promised. `None` in rows of before: by the rule now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_ms: Option<u32>,
    /// Calls nobody answered.
    pub attempts: u32,
    /// The window that has accepted has looked up the number: from here on it is a call made.
    pub dialled: bool,
    /// Not called again before this moment, whoever took it up and gave it back meanwhile: nobody answered a moment ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
}

impl Callback {
    /// Promised at `now`, to be kept so long.
    pub fn promised(now: Timestamp, keeps_ms: u32) -> Box<Self> {
        Box::new(Self {
            asked_at: now,
            keeps_ms: Some(keeps_ms),
            attempts: 0,
            dialled: false,
            rests_until: None,
        })
    }
}
