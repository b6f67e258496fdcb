//! The window (窗口): two axes, what the person chose and what the engine knows (DOMAIN 3.3).

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{Presence, ProbeFault, StaffId, Timestamp, VisitId, WindowId, Work};

/// One window of a hall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its id, `3`.
    pub id: WindowId,
    /// Its name, `3号窗口`.
    pub name: String,
    /// Who sits there. One person at one window, one window by one person.
    pub staff: Option<StaffId>,
    /// What the person chose. Never written by the engine.
    pub presence: Presence,
    /// Since when.
    pub presence_since: Timestamp,
    /// What the engine knows.
    pub work: Work,
    /// Since when: longest idle is rung first.
    pub work_since: Timestamp,
    /// Rings left unanswered in a row.
    pub unanswered: u32,
    /// Wrap-up was extended already.
    pub extended: bool,
    /// Rings so far. The sum over the windows counts the turns of the hall.
    #[serde(default)]
    pub rings: u32,
    /// When rings were declined, for the last hour.
    #[serde(default)]
    pub declines: Vec<Timestamp>,
    /// Not rung by itself before this moment, after a decline.
    #[serde(default)]
    pub blocked_until: Option<Timestamp>,
    /// When visits were talked to and written up here in the last hour, from and to, by end: who worked less is rung first.
    #[serde(default)]
    pub worked: Vec<(Timestamp, Timestamp)>,
    /// What its test of itself found last; not rung while there is anything.
    #[serde(default)]
    pub fault: Option<ProbeFault>,
}

impl Window {
    /// A window nobody has sat at yet.
    pub fn new(id: WindowId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            staff: None,
            presence: Presence::Offline {},
            presence_since: Timestamp::default(),
            work: Work::Idle {},
            work_since: Timestamp::default(),
            unanswered: 0,
            extended: false,
            rings: 0,
            declines: Vec::new(),
            blocked_until: None,
            worked: Vec::new(),
            fault: None,
        }
    }
}

/// The visit a window is rung for, serves or writes up.
pub const fn visit_of(work: &Work) -> Option<&VisitId> {
    match work {
        Work::Reserved { visit, .. }
        | Work::Connecting { visit, .. }
        | Work::Talking { visit }
        | Work::Holding { visit }
        | Work::WrapUp { visit, .. } => Some(visit),
        Work::Idle {} | Work::Suspect { .. } => None,
    }
}

/// The name used in events.
pub const fn name_of(work: &Work) -> &'static str {
    match work {
        Work::Idle {} => "idle",
        Work::Reserved { .. } => "reserved",
        Work::Connecting { .. } => "connecting",
        Work::Talking { .. } => "talking",
        Work::Holding { .. } => "holding",
        Work::WrapUp { .. } => "wrap_up",
        Work::Suspect { .. } => "suspect",
    }
}

/// A person who may sit at a window. Names of staff are official, not personal data of citizens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Random id.
    pub id: StaffId,
    /// How the person is addressed, `陈老师`.
    pub display_name: String,
    /// Number on the badge.
    pub badge: String,
    /// 主管: takes what was transferred too often.
    #[serde(default)]
    pub supervisor: bool,
}
