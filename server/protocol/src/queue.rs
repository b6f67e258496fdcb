//! The line (排队): places as citizens see them and the waiting list as windows see it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ItemRef, QueueId, Sensitive, Timestamp, VisitId};

/// How many people are ahead, no finer than helps (JOURNEYS, notes to the screens).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Ahead {
    /// Exactly `count` people, 0–5.
    Exact {
        /// People ahead.
        count: u32,
    },
    /// 6–10 people.
    Between {
        /// Smallest.
        from: u32,
        /// Largest.
        to: u32,
    },
    /// About 15, 20, 30 or 50 people: at most that many.
    About {
        /// 15, 20, 30 or 50.
        count: u32,
    },
    /// More than 50 people.
    Over {
        /// 50.
        count: u32,
    },
}

/// A wait as people say it: 「大约 5–10 分钟」.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitRange {
    /// Minutes, 1 or more.
    pub from_minutes: u32,
    /// Minutes, more than `from_minutes`.
    pub to_minutes: u32,
}

/// Why a shown place got worse, which without a cause it never does, or stands although somebody behind was rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlaceCause {
    /// Somebody whose call broke through our fault, or was lost before it began, came back first.
    ReturnedAfterDrop,
    /// The citizen's own 过号.
    Missed,
    /// Somebody who is looked after first declared it, or checked in to an appointment.
    Priority,
    /// A window took somebody behind who could be rung while this one was asked 「我在」; the place has not moved.
    Passed,
    /// Somebody whom another hall referred here stands ahead: they took their first number earlier.
    Referred,
}

/// The place as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Place {
    /// People ahead.
    pub ahead: Ahead,
    /// Estimated wait; absent when the data are too thin.
    pub wait: Option<WaitRange>,
    /// Number being served now, told only at 3 ahead or fewer.
    pub serving: Option<String>,
    /// Set when the place got worse, or somebody behind went first.
    pub cause: Option<PlaceCause>,
    /// People of other lines, too, may be rung before: the first here is not always the next.
    #[serde(default)]
    pub shared: bool,
}

/// One line of the waiting list at a window. The name is masked (陈**).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineEntry {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// What it is about.
    pub item: Option<ItemRef>,
    /// Masked name, if one was left.
    pub name: Option<Sensitive<String>>,
    /// When the number was taken, by the clock of now: where that was set back since, the wait is still true.
    pub joined_at: Timestamp,
    /// The phone is asleep or gone (`away`); the place is kept.
    pub away: bool,
    /// 「我在」 was answered: can be rung at once.
    pub here: bool,
    /// Waits for a call-back, away from the page.
    pub callback: bool,
    /// Where it stands.
    pub queue: QueueId,
    /// The citizen said to be among those who are looked after first.
    pub priority: bool,
    /// It waits for a supervisor, and no other window may call it.
    #[serde(default)]
    pub supervised: bool,
    /// The slot of the appointment it came by.
    #[serde(default)]
    pub appointment: Option<Timestamp>,
    /// 「我在」 is asked right now, and counts as answered until this moment. Whoever says nothing is passed over, and the next is asked.
    #[serde(default)]
    pub asked_until: Option<Timestamp>,
    /// 「我在」 was asked in vain: not again before this moment.
    #[serde(default)]
    pub asked_again_at: Option<Timestamp>,
}

/// The line as every window of the hall sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineView {
    /// People in line, `away` included.
    pub waiting: u32,
    /// When the one waiting longest took the number.
    pub longest_since: Option<Timestamp>,
    /// In order: the first `pick_first` of each queue, and those who come next, to 30.
    pub head: Vec<LineEntry>,
    /// How many of each queue, counted from its first, may be called by hand; 0–30.
    #[serde(default)]
    pub pick_first: u32,
    /// Those whose rings nobody answers, in line or rung again right now: somebody should look.
    pub unanswered: Vec<Unanswered>,
    /// Those who asked for 「等 1 分钟」: in no line, and back by themselves.
    #[serde(default)]
    pub later: Vec<Later>,
    /// Those a window sent off to fetch something (请市民去准备): in no line, their place kept. Absent from an older server.
    #[serde(default)]
    pub preparing: Vec<Preparing>,
    /// Those who missed their turn (过号), whose number is kept for a while: in no line, until they return or a window calls them again. Whose
    /// place near the front is kept stand first, the longest missed before the others; then of the others the last. At most 30.
    #[serde(default)]
    pub missed: Vec<Missed>,
    /// Windows whose time for the record is over, which are not rung: a supervisor should look.
    pub overdue: Vec<OverdueRecord>,
}

/// A window that still writes a record (收尾) after its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OverdueRecord {
    /// The window's name, `1号窗口`.
    pub window: String,
    /// When its time was over.
    pub since: Timestamp,
}

/// A visit that was rung for longer than a hall allows (60 s unless its rules say otherwise), at whatever windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Unanswered {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// When it was first rung.
    pub since: Timestamp,
}

/// A visit whose citizen gave the turn away for a moment (等 1 分钟).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Later {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// When it comes back to its place, if its citizen does not come before.
    pub back_at: Timestamp,
}

/// A visit whose citizen was sent off to fetch something, and comes back ahead of the line (请市民去准备).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Preparing {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// Where it stood, and will stand again.
    pub queue: QueueId,
    /// Until when its place is kept.
    pub until: Timestamp,
}

/// A visit whose citizen did not answer when it was called (过号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Missed {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// What it is about.
    pub item: Option<ItemRef>,
    /// Where it stood.
    pub queue: QueueId,
    /// It waits for a supervisor, and no other window may call it.
    pub supervised: bool,
    /// When it was called in vain.
    pub since: Timestamp,
    /// Until when its place near the front is kept; of a `late` one, its number.
    pub until: Timestamp,
    /// Its place near the front is given away: called again, it stands at the end of the line.
    pub late: bool,
}

/// To windows about the line. Coalesced: only the newest matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QueueNotice {
    /// The line as it is now.
    Line {
        /// The whole view.
        line: LineView,
    },
}
