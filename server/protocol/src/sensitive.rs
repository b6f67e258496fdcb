//! Personal data that must never reach a log.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A name, number, address or free text of a person. `Debug` and `Display` show `***`;
/// only the wire and the store see the value, through [`Sensitive::reveal`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// The value, for the place that must have it. Never pass it on to a log.
    pub fn reveal(&self) -> &T {
        &self.0
    }
    /// The value itself.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl<T> std::fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
