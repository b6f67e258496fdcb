//! Text beside the call; always there, also while waiting.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{BulkId, RequestKey, Seat, Sensitive, Timestamp};

/// What a line carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChatBody {
    /// Words, 1–500 characters, no control characters but line breaks.
    Text {
        /// The words.
        text: Sensitive<String>,
    },
    /// A picture that went by the bulk lane: `GET /api/bulk/{bulk}`.
    Picture {
        /// The picture.
        bulk: BulkId,
    },
}

/// One line, stored before anyone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChatLine {
    /// 1, 2, 3 … within the visit.
    pub number: u32,
    /// Who.
    pub from: Seat,
    /// What.
    pub body: ChatBody,
    /// When.
    pub at: Timestamp,
}

/// From a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChatRequest {
    /// Say or show something. The reply's value is the line's number.
    Say {
        /// Names the operation.
        key: RequestKey,
        /// What.
        body: ChatBody,
    },
    /// Lines after the last one seen, at most 100 a reply message; told as [`ChatNotice::Lines`].
    After {
        /// The last number seen, 0 for none.
        number: u32,
    },
}

/// To a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatNotice {
    /// Lines in order; also the answer to [`ChatRequest::After`].
    Lines {
        /// 1–100 lines.
        lines: Vec<ChatLine>,
    },
}
