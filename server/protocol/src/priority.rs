//! Priority (优先照顾): what a citizen says of themselves, and whether a window saw it proven.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who is looked after first. Said by the citizen, proven at the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PriorityClass {
    /// 70 岁以上老年人
    Elder,
    /// 残疾人
    Disabled,
    /// 军人、退役军人和其他优抚对象
    Service,
}

impl PriorityClass {
    /// All of them, as they are offered.
    pub const ALL: [PriorityClass; 3] = [PriorityClass::Elder, PriorityClass::Disabled, PriorityClass::Service];
}

/// What a window found of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The paper was shown.
    Shown,
    /// It was asked for and not shown: the next number of this cookie gets no credit that day.
    NotShown,
}

/// Priority of a visit as windows see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PriorityView {
    /// What the citizen said.
    pub class: PriorityClass,
    /// What was found of it; absent before anybody looked.
    pub proof: Option<Proof>,
}
