//! What a hall is told about itself: its rules, its windows, and what the archive kept.

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{ChatLine, ContactView, HallId, ItemBrief, OpeningHours, QueueId, RecordView, RequestKey, StaffId, Timestamp, VisitId};

use crate::appointment::{AppointmentRules, KeptMark};
use crate::calendar::Calendar;
use crate::event::{Done, GivenToken};
use crate::order::{OrderRules, QueueRules, SkillRules, WindowRules};
use crate::suspension::Suspended;
use crate::window::StaffMember;
use crate::{Timers, TokenHash, Visit, Window};

/// Rules of a hall. Stored with the hall as JSON of what differs from the defaults; unknown keys are refused where rules are set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HallRules {
    /// Every wait.
    pub timers: Timers,
    /// Whether 「我在」 is asked before a window is rung.
    pub handshake: bool,
    /// People ahead at which it is asked, at most; whoever is next for an idle window is asked however many are ahead.
    pub challenge_ahead: u32,
    /// Most live visits at once (T10).
    pub max_live_visits: u32,
    /// Most telephone numbers left while the hall is closed, to be called when it opens (T10).
    pub max_left_numbers: u32,
    /// Place (1 = next) at which somebody away from the page is told the first time that the turn is near; 0 = not at all.
    pub notice_first_at: u32,
    /// Place at which the same person is told again; 0 = not again.
    pub notice_again_at: u32,
    /// Only the first so many of the line may be picked by hand.
    pub pick_first: u32,
    /// Rings a staff member may decline in an hour without being paused.
    pub declines_an_hour: u32,
    /// Transfers of one visit before only a supervisor may take it (DOMAIN 3.8).
    pub max_transfers: u32,
    /// Most lines of chat in one visit, of both sides together.
    pub max_chat_lines: u32,
    /// Most pictures in one visit.
    pub max_pictures: u32,
    /// Whether numbers are taken outside the hours (for demonstrations and tests).
    pub always_open: bool,
    /// Weekly hours.
    pub hours: Vec<OpeningHours>,
    /// Present version of the notice (服务须知).
    pub notice_version: String,
    /// Who goes ahead of whom.
    pub order: OrderRules,
    /// When appointments are taken, and how they are kept.
    pub appointments: AppointmentRules,
    /// Queues in order; none: one queue for everything.
    pub queues: Vec<QueueRules>,
    /// Skills that items need.
    pub skills: Vec<SkillRules>,
    /// What each window takes; one not named takes everything.
    pub windows: Vec<WindowRules>,
    /// Halls of this installation that citizens are referred to (介绍过去); none: nobody is.
    pub hands_on_to: Vec<HallId>,
    /// The wait within which everybody should be helped, milliseconds: what the service level counts by.
    pub answer_aim_ms: u32,
}

impl Default for HallRules {
    fn default() -> Self {
        Self {
            timers: Timers::default(),
            handshake: true,
            challenge_ahead: 3,
            max_live_visits: 500,
            max_left_numbers: 100,
            notice_first_at: 3,
            notice_again_at: 1,
            pick_first: 10,
            declines_an_hour: 6,
            max_transfers: 3,
            max_chat_lines: 500,
            max_pictures: 20,
            always_open: false,
            hours: Vec::new(),
            notice_version: "2026-11".into(),
            order: OrderRules::default(),
            appointments: AppointmentRules::default(),
            queues: Vec::new(),
            skills: Vec::new(),
            windows: Vec::new(),
            hands_on_to: Vec::new(),
            answer_aim_ms: 10 * 60_000,
        }
    }
}

/// Visits of earlier days that a hall is given to learn from.
pub const LEARNED_VISITS: usize = 300;

/// A hall as the archive keeps it: live rows, the closed visits of its day, and what must be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallImage {
    /// The hall.
    pub id: HallId,
    /// Its full name.
    pub name: String,
    /// Its telephone.
    pub telephone: String,
    /// Set in the demo hall.
    pub demo_notice: Option<String>,
    /// Its rules.
    pub rules: HallRules,
    /// Its special days.
    pub calendar: Calendar,
    /// Its emergency close.
    pub suspended: Option<Suspended>,
    /// Number of the last event stored.
    pub seq: u32,
    /// Hash of the last event stored, lower-case hex; 64 zeros for none. The core only carries it.
    pub last_hash: String,
    /// The queues of a hall whose rules name none: a street hall has one. The letter starts the numbers called (`a` → `A12`).
    pub queues: Vec<QueueId>,
    /// Windows in order.
    pub windows: Vec<Window>,
    /// People who may sit at them.
    pub staff: Vec<StaffMember>,
    /// The catalogue, in order.
    pub items: Vec<ItemBrief>,
    /// Live visits, those closed since the start of the day, and those of before that a window still writes up.
    pub visits: Vec<Visit>,
    /// Visits closed before the day, newest first, at most [`LEARNED_VISITS`]: how long services take is learned from them.
    pub closed_before: Vec<Visit>,
    /// Their tokens: visit, present, previous.
    pub tokens: Vec<(VisitId, TokenHash, Option<TokenHash>)>,
    /// Other tokens given and not brought, of those visits that have any.
    pub beside: Vec<(VisitId, Vec<GivenToken>)>,
    /// Their names and telephones.
    pub contacts: Vec<(VisitId, ContactView)>,
    /// Marks of the telephones of those who booked, by visit.
    pub phone_marks: Vec<(VisitId, KeptMark)>,
    /// Newest versions of their records.
    pub records: Vec<RecordView>,
    /// Last number given today in each queue.
    pub last_numbers: Vec<(QueueId, u32)>,
    /// Records numbered today.
    pub last_record: u32,
    /// Replies of the last 24 h: scope, key, reply, when.
    pub requests: Vec<(String, RequestKey, Done, Timestamp)>,
}

/// Whose sound and picture may flow now, computed from the state and never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRights {
    /// The gate is open: both accepted, nobody on hold.
    pub open: bool,
    /// The staff member whose connection takes the staff seat.
    pub staff: Option<StaffId>,
    /// The citizen may warm a connection (「我在」 was answered and the visit is near the head, or in a call).
    pub warm: bool,
}

/// A line of chat just accepted, kept until the tell is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshLine {
    /// Which visit.
    pub visit: VisitId,
    /// The line.
    pub line: ChatLine,
}

/// Who is on duty, for health pages: staff with a live lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnDuty {
    /// Staff heard within the window lease.
    pub staff: Vec<StaffId>,
}
