//! Showing (屏对屏, 桌面共享材料): who shows what to whom.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{RequestKey, Seat};

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShareKind {
    /// A window, tab or whole screen.
    Screen,
    /// A camera: a person or papers.
    Camera,
}

/// One running share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct ShareView {
    /// Who shows.
    pub from: Seat,
    /// What.
    pub kind: ShareKind,
}

/// From a page: tells the others what its sections carry. Rights follow from the visit's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ShareRequest {
    /// Begin.
    Start {
        /// Names the operation.
        key: RequestKey,
        /// What.
        kind: ShareKind,
    },
    /// End.
    Stop {
        /// Names the operation.
        key: RequestKey,
        /// What.
        kind: ShareKind,
    },
}
