//! The emergency close of a hall (紧急停办): no numbers for now, whatever its hours say.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{RequestKey, Sensitive, Timestamp};

/// What happens to those who have a number when a hall is closed in an emergency. Their numbers are good in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WhoWaits {
    /// The windows serve them as ever.
    Served,
    /// They are offered a call-back, so that nobody need wait on the page.
    CalledBack,
}

/// A hall closed in an emergency, as citizens and windows are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SuspensionView {
    /// Why, and what to do: 1–200 characters, lines broken where typed.
    pub text: Sensitive<String>,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself; absent when nobody can say yet.
    pub until: Option<Timestamp>,
    /// What happens to those who wait.
    pub waiting: WhoWaits,
}

/// From a supervisor's console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SuspensionRequest {
    /// 「紧急停办」; said again it replaces text and end.
    Begin {
        /// Names the operation.
        key: RequestKey,
        /// 1–200 characters.
        text: Sensitive<String>,
        /// When it ends by itself, at most 30 days from now.
        until: Option<Timestamp>,
        /// What happens to those who wait.
        waiting: WhoWaits,
    },
    /// 「恢复取号」.
    End {
        /// Names the operation.
        key: RequestKey,
    },
}

impl SuspensionRequest {
    /// Names the operation.
    pub fn key(&self) -> &RequestKey {
        match self {
            Self::Begin { key, .. } | Self::End { key } => key,
        }
    }
}

/// To every console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SuspensionNotice {
    /// It began, changed or ended.
    Changed {
        /// The hall's event number of this state.
        seq: u32,
        /// How it is now; `null`: the hall gives numbers by its hours.
        suspension: Option<SuspensionView>,
    },
}
