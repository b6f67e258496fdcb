//! 「上班时间和日历」: the week with its lunch and the special days of a hall, as its administrators see and change them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{DayKind, OpeningHours, QueueId, RequestKey, Timestamp};

/// Open time within one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DayRun {
    /// Minutes after midnight when it opens, 0–1439.
    pub from_minute: u16,
    /// Minutes after midnight when it closes, more than `from_minute`, at most 1440.
    pub to_minute: u16,
}

/// A day that is not like its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// Its date, `2027-02-06`.
    pub day: String,
    /// How it differs.
    pub kind: DayKind,
    /// Why, as the notice says: `春节`; at most 20 characters, none of `,;>`.
    pub name: String,
    /// Its own hours, in order; empty for those of its kind.
    pub runs: Vec<DayRun>,
}

/// The answer to `GET /api/staff/hours`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct HoursPage {
    /// Numbers are given outside the hours, too: then nothing here closes the hall.
    pub always_open: bool,
    /// The date in the hall, `2026-11-23`.
    pub today: String,
    /// Weekly hours of the hall.
    pub hours: Vec<OpeningHours>,
    /// Its queues in order; none where the hall has one for everything.
    pub queues: Vec<QueueHours>,
    /// Every special day, in order.
    pub days: Vec<CalendarDay>,
    /// The newest changes, newest first, at most 20.
    pub changes: Vec<HoursChange>,
}

/// A queue and its own hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueueHours {
    /// Which.
    pub id: QueueId,
    /// Its name, `社保医保`.
    pub name: String,
    /// Its own weekly hours; empty: the hall's.
    pub hours: Vec<OpeningHours>,
}

/// Hours or special days that were changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HoursChange {
    /// When.
    pub at: Timestamp,
    /// Name of who did it; absent for the command line.
    pub by: Option<String>,
    /// What.
    pub what: HoursChanged,
}

/// What was changed, from what to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum HoursChanged {
    /// The week.
    Week {
        /// Of this queue; absent for the hall's.
        queue: Option<QueueId>,
        /// What it was.
        before: Vec<OpeningHours>,
        /// What it has been since.
        after: Vec<OpeningHours>,
    },
    /// Special days, those that differ.
    Days {
        /// What they were.
        before: Vec<CalendarDay>,
        /// What they have been since.
        after: Vec<CalendarDay>,
    },
}

/// `POST /api/staff/hours`: an administrator changes the week of the hall or of a queue.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeHours {
    /// Names the operation: asked again it changes nothing twice.
    pub key: RequestKey,
    /// Of this queue; absent for the hall's.
    pub queue: Option<QueueId>,
    /// What the page shows them to be now.
    pub seen: Vec<OpeningHours>,
    /// What they are to be; empty for a queue that is to follow the hall.
    pub hours: Vec<OpeningHours>,
}

/// `POST /api/staff/calendar`: an administrator changes special days. Every year that occurs is replaced, others stay.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeCalendar {
    /// Names the operation: asked again it changes nothing twice.
    pub key: RequestKey,
    /// What the page shows of these years now.
    pub seen: Vec<CalendarDay>,
    /// What they are to be.
    pub days: Vec<CalendarDay>,
}

/// `POST /api/staff/calendar/table`: a table of special days is read, and nothing changed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReadTable {
    /// The table, one line a day: `date,kind,name[,hours]`.
    pub text: String,
}

/// What a table says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TableRead {
    /// These days, in the order of the table.
    Days {
        /// One or more.
        days: Vec<CalendarDay>,
    },
    /// A line cannot be read.
    Wrong {
        /// Which, from 1.
        line: u32,
        /// What of it; empty where the table has no day, or a name is missing.
        value: String,
    },
}
