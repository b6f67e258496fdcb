//! Names of things. All ids are short text chosen by the server; a page treats them as opaque.
//!
//! Up to 24 bytes lie inside the value, with no allocation of their own: a hall holds thousands and compares them all day.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Text of a few characters that is kept many times over: up to 24 bytes lie inside the value.
pub type ShortText = CompactString;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(as = "String")]
        pub struct $name(CompactString);

        impl $name {
            /// Wraps `text` as it is.
            pub fn new(text: impl Into<CompactString>) -> Self {
                Self(text.into())
            }
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A hall (政务服务大厅); also the word in its public link `/h/<hall>`: `[a-z0-9-]{1,32}`.
    HallId
}
text_id! {
    /// One visit (求助单), from scan to closing. 128 random bits as 22 base64url characters.
    VisitId
}
text_id! {
    /// A window (窗口) of a hall, such as `3`.
    WindowId
}
text_id! {
    /// A staff member (窗口人员). 128 random bits as 22 base64url characters.
    StaffId
}
text_id! {
    /// A queue of a hall (队列): one item group. A street hall has the single queue `a`.
    QueueId
}
text_id! {
    /// Code of a service item (事项编码): 31 characters nationally, at most 64.
    ItemCode
}
text_id! {
    /// One logged item (办件编号).
    RecordId
}
text_id! {
    /// A photo or file that travels by the bulk lane. 128 random bits as 22 base64url characters.
    BulkId
}
text_id! {
    /// Chosen at random by the page for each operation, 8–64 characters of `[A-Za-z0-9_-]`.
    /// Repeating an operation with the same key gives the same reply and does nothing twice; kept 24 h.
    RequestKey
}

impl RequestKey {
    /// Longest accepted key, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Whether the text has the promised shape.
    pub fn is_well_formed(&self) -> bool {
        let text = self.as_str();
        (8..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }
}
