//! The rating (好差评): the citizen's alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::RequestKey;

/// Five levels (国办发〔2019〕51号); the last two are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RatingLevel {
    /// 非常不满意, 1
    VeryDissatisfied,
    /// 不满意, 2
    Dissatisfied,
    /// 基本满意, 3
    FairlySatisfied,
    /// 满意, 4
    Satisfied,
    /// 非常满意, 5
    VerySatisfied,
}

impl RatingLevel {
    /// The level as it is written on the wire and in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::VeryDissatisfied => "very_dissatisfied",
            Self::Dissatisfied => "dissatisfied",
            Self::FairlySatisfied => "fairly_satisfied",
            Self::Satisfied => "satisfied",
            Self::VerySatisfied => "very_satisfied",
        }
    }
}

/// From the citizen's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RatingRequest {
    /// One rating a service. Said again on the same day it is corrected: the last level counts.
    Rate {
        /// Names the operation.
        key: RequestKey,
        /// The level.
        level: RatingLevel,
    },
}
