//! What anyone may know of a hall (政务服务大厅) before taking a number.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{HallId, ItemBrief, ItemCode, SuspensionView, Timestamp, WaitRange};

/// The first screen's facts, inlined into the citizen page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HallCard {
    /// The hall.
    pub id: HallId,
    /// Its full name, shown large: the emblem of the citizen side.
    pub name: String,
    /// Telephone number of the hall, or 12345.
    pub telephone: String,
    /// A sentence that says the data is invented; set in the demo hall only.
    pub demo_notice: Option<String>,
    /// Open or not, and when that changes.
    pub open: OpenState,
    /// Why no numbers are given; absent while they are.
    pub closed_because: Option<ClosedCause>,
    /// Closed in an emergency.
    pub suspension: Option<SuspensionView>,
    /// While no numbers are given: whoever leaves a telephone number now is called back from this moment on. Absent too when
    /// nobody can say when that would be.
    pub calls_back_from: Option<Timestamp>,
    /// Matters for which no numbers are given now, queue by queue, where that is not so for the whole hall alike: the queue has hours
    /// of its own, or is full for today.
    pub closed_queues: Vec<ClosedQueue>,
    /// How many sister halls (别的大厅) there are to look at where this one cannot help now; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sisters: Option<u32>,
    /// Hours of the week, for display.
    pub hours: Vec<OpeningHours>,
    /// Days of the next fourteen that are not like their weekday, in order; today's among them.
    pub special_days: Vec<DayNote>,
    /// How busy it is now.
    pub busyness: Busyness,
    /// A wait is long here from so many milliseconds on, and another way is offered (`timers.long_wait_ms`). 0 from a server that does not
    /// say it.
    #[serde(default)]
    pub long_wait_ms: u32,
    /// Version of the notice (服务须知) a person accepts by taking a number; stored with the visit.
    pub notice_version: String,
    /// What the hall does, at most 12 of it: the first item of each group of the catalogue, then the second of each, and so on; the
    /// whole list is fetched when searched.
    // Shared: every card of a hall has the same.
    pub items: Arc<[ItemBrief]>,
    /// Server time, so that a wrong phone clock does not matter.
    pub now: Timestamp,
}

/// Matters (事项) of one queue for which no numbers are given now: it is not open, or full for today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClosedQueue {
    /// All items of the queue.
    pub items: Vec<ItemCode>,
    /// Whoever leaves a telephone number for one of them now is called back from this moment on; absent when nobody can say.
    pub calls_back_from: Option<Timestamp>,
}

/// Whether the hall takes visits now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OpenState {
    /// Visits are taken.
    Open {
        /// When intake ends today.
        until: Timestamp,
    },
    /// Visits are not taken.
    Closed {
        /// Next opening, if one is within 14 days.
        opens_at: Option<Timestamp>,
    },
}

/// Why visits are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClosedCause {
    /// It is not open now, or not today.
    Hours,
    /// It is open, but a newcomer would by forecast not be served before it closes.
    LastIntake,
    /// It was closed in an emergency.
    Suspended,
}

/// One run of open time, repeated weekly. Local time of the hall (Asia/Shanghai).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// First day, 1 = Monday … 7 = Sunday.
    pub from_day: u8,
    /// Last day, 1–7, not before `from_day`.
    pub to_day: u8,
    /// Minutes after midnight when it opens, 0–1439.
    pub from_minute: u16,
    /// Minutes after midnight when it closes, 1–1440.
    pub to_minute: u16,
}

impl OpeningHours {
    /// Whether all four are within their ranges, and each end after its beginning.
    pub fn is_sound(&self) -> bool {
        (1..=7).contains(&self.from_day) && (self.from_day..=7).contains(&self.to_day) && self.from_minute < self.to_minute && self.to_minute <= 1_440
    }
}

/// How a day differs from its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A holiday (放假).
    Holiday,
    /// A weekend that is worked for a holiday (调休上班).
    Working,
    /// Open for a part of the day.
    Short,
}

/// Special days in a row, as people are told of them: 「2月5日至11日 春节 放假」.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayNote {
    /// Midnight that begins the first of them.
    pub from: Timestamp,
    /// Midnight that begins the last of them; the same for a single day.
    pub to: Timestamp,
    /// How they differ.
    pub kind: DayKind,
    /// Why: `春节`.
    pub name: String,
}

/// How busy a hall is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Busyness {
    /// People in line.
    pub waiting: u32,
    /// Windows that take visits, now or after the one they have.
    pub windows: u32,
    /// Of them those whose page has not come back since the hall was started again: it is not known yet whether anybody sits there.
    #[serde(default)]
    pub returning: u32,
    /// How long a newcomer would wait; absent when the data are too thin.
    pub wait: Option<WaitRange>,
}
