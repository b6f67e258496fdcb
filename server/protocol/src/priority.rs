//! Priority (优先照顾): a citizen says to be among those who are looked after first (70 岁以上, 残疾人, 军人和优抚对象), and a
//! window may see it proven. Which of them is asked by nobody and kept nowhere: age, disability and service are nothing
//! the order of a line needs to know (个人信息保护法 art. 6 and 28).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a window found of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The paper was shown.
    Shown,
    /// It was asked for and not shown: the next number of this cookie gets no credit that day.
    NotShown,
}

/// A declared priority as the window that serves sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PriorityView {
    /// What was found of it; absent before anybody looked.
    pub proof: Option<Proof>,
}
