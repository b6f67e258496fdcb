//! Reasons a staff member gives, by their codes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a staff member is on a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BreakReason {
    /// 休息
    Rest,
    /// 用餐
    Meal,
    /// 会议
    Meeting,
    /// 现场群众: serving someone at the counter
    Counter,
    /// 后台办理
    BackOffice,
    /// 设备故障
    Equipment,
    /// 培训
    Training,
    /// 其他, with a text
    Other,
}

/// Why a window declines a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// Someone stands at the counter.
    Counter,
    /// Not this window's matter.
    OtherMatter,
    /// Device trouble.
    Equipment,
    /// Anything else.
    Other,
}

/// Why somebody is called by hand from further back than the first few of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PickReason {
    /// 有急事: it cannot wait.
    Urgent,
    /// 身体不便: age or health.
    Frail,
    /// 接着办: goes on with what was begun before.
    Continues,
    /// Anything else.
    Other,
}

/// Why a record needs more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExtendReason {
    /// 登记内容多: there is much to write.
    LongRecord,
    /// 整理材料: papers are looked through.
    Materials,
    /// 问别的部门: another office is asked.
    OtherOffice,
    /// Device trouble.
    Equipment,
    /// Anything else.
    Other,
}
