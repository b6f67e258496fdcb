//! The record (办件登记): what is logged of each handled item.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ItemCode, ItemRef, Proof, RecordId, RequestKey, Sensitive, Timestamp, VisitId};

/// What kind of help it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// 答疑
    Answer,
    /// 指导
    Guide,
    /// 代办
    ActFor,
    /// 转办
    Refer,
}

/// How the matter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordResult {
    /// 已经答复
    Answered,
    /// 当场办结
    Concluded,
    /// 已经提交
    Submitted,
    /// 还要补材料
    Incomplete,
    /// 转给别处办
    Referred,
    /// 这次没办成
    NotDone,
}

/// What the staff member fills in; people and times are filled by the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RecordDraft {
    /// Item of the catalogue.
    pub item: ItemCode,
    /// Kind of help.
    pub kind: RecordKind,
    /// How it stands.
    pub result: RecordResult,
    /// For the hall, at most 1,000 characters.
    pub note: Sensitive<String>,
    /// For the citizen's slip: what happens next, at most 200 characters; may be empty.
    pub next_step: Sensitive<String>,
    /// What was found of a declared priority; absent when nobody looked.
    #[serde(default)]
    pub proof: Option<Proof>,
}

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordView {
    /// The record.
    pub id: RecordId,
    /// Number of the matter shown to people, `20261123-0007`.
    pub number: String,
    /// The visit.
    pub visit: VisitId,
    /// Number of the visit, `A12`.
    pub visit_number: String,
    /// 1 for the first, one more for each edit.
    pub version: u32,
    /// The item.
    pub item: ItemRef,
    /// Kind of help.
    pub kind: RecordKind,
    /// How it stands.
    pub result: RecordResult,
    /// For the hall.
    pub note: Sensitive<String>,
    /// For the citizen.
    pub next_step: Sensitive<String>,
    /// Who saved this version.
    pub staff_name: String,
    /// The window.
    pub window_name: String,
    /// When the number was taken, by the clock of now: where that was set back since, the wait is still true.
    pub joined_at: Timestamp,
    /// When the talk began; absent if it never did.
    pub served_at: Option<Timestamp>,
    /// When it ended; absent while it runs.
    pub ended_at: Option<Timestamp>,
    /// When this version was saved.
    pub saved_at: Timestamp,
}

/// What the citizen takes home (screen 8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Slip {
    /// Number of the matter.
    pub number: String,
    /// The item.
    pub item: ItemRef,
    /// Kind of help.
    pub kind: RecordKind,
    /// How it stands.
    pub result: RecordResult,
    /// What happens next; may be empty.
    pub next_step: Sensitive<String>,
    /// Who helped.
    pub staff_name: String,
    /// When saved.
    pub at: Timestamp,
}

/// From a staff console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordRequest {
    /// Save a first or further version for the visit at this window, or for an earlier visit of this person today.
    Save {
        /// Names the operation.
        key: RequestKey,
        /// The visit.
        visit: VisitId,
        /// The form.
        draft: RecordDraft,
    },
}
