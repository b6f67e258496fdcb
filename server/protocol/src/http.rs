//! Bodies of the HTTP routes that are not part of a visit's conversation.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    BulkId, Busyness, ContactView, HallId, ItemCode, ItemRef, QueueId, RecordView, RequestKey, Sensitive, StaffId, Timestamp, VisitId, VisitStatus,
};

/// `POST /api/halls/{hall}/resume`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Resume {
    /// Protocol version of the page. A page of 1 says none, and takes an answer without a body for a broken line.
    pub version: u16,
}

/// `POST /api/halls/{hall}/handover`: the visit's phone asks for a code that moves it to another.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfferHandover {}

/// The answer to [`OfferHandover`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct HandoverCode {
    /// Six digits to type.
    pub code: Sensitive<String>,
    /// How long it is good, milliseconds from now.
    pub good_for_ms: u32,
    /// The same as a link, the code behind its `#`, which no server is told.
    pub link: Sensitive<String>,
    /// The link to be scanned, line by line from the top: `1` is a dark dot, `0` a light one; no margin.
    pub dots: Sensitive<Vec<String>>,
}

/// `POST /api/halls/{hall}/handover/take`: another phone brings the code. The answer is a [`crate::TakenNumber`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeHandover {
    /// Names the operation: asked again it gives the same visit, if the reply was lost.
    pub key: RequestKey,
    /// What was typed.
    pub code: Sensitive<String>,
    /// A live visit of this phone's own is left for the one that comes. Without it: `own_visit`.
    #[serde(default)]
    pub leave_own: bool,
}

/// `POST /api/staff/sign-in`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Sign-in name, at most 64 characters.
    pub name: String,
    /// Password, at most 128 bytes.
    pub password: Sensitive<String>,
}

/// What a staff member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 窗口人员
    Staff,
    /// 管理员
    Administrator,
}

/// The answer to [`SignIn`], [`ChangePassword`] and `GET /api/staff/me`. Sets the session's cookie.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SignedIn {
    /// Who.
    pub staff: StaffId,
    /// How the person is addressed.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// The hall the person works for.
    pub hall: HallId,
    /// Name of the hall.
    pub hall_name: String,
    /// The one-time password was used: choose an own one first; everything else is refused until then.
    pub must_change_password: bool,
    /// The session ends at this moment whatever happens.
    pub expires_at: Timestamp,
}

/// `POST /api/staff/password`. The answer is [`SignedIn`] of a new session; every other session of the person ends.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    pub present: Sensitive<String>,
    /// The wanted one, 10–128 bytes, not the present one and not the name.
    pub wanted: Sensitive<String>,
}

/// `POST /api/staff/ticket`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StaffTicket {
    /// Opens one socket within 30 s, once.
    pub ticket: String,
}

/// `GET /api/staff/records?day=2026-11-23&text=…&staff=…&item=…&cursor=…`: newest first, at most 50 a page.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RecordPage {
    /// The newest version of each record.
    pub records: Vec<RecordView>,
    /// Visits of these records that who asks may write another version for now, by the rule `record.save` goes by.
    pub mine: Vec<VisitId>,
    /// Give it back for the next page.
    pub cursor: Option<String>,
}

/// What a number or a switch of a hall's rules is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum RuleValue {
    /// Yes or no.
    Switch(bool),
    /// A count; of a rule whose name ends in `_ms`, milliseconds.
    Number(u32),
}

impl std::fmt::Display for RuleValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Switch(switch) => switch.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// The answer to `GET /api/staff/rules`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RulesPage {
    /// Every number and switch, by name.
    pub rules: Vec<RuleView>,
    /// The newest changes, newest first, at most 20.
    pub changes: Vec<RuleChange>,
    /// How often the estimate held yesterday; absent while that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub yesterday: Option<EtaDay>,
}

/// How often the range of the wait held that was shown when a number was taken, of all numbers of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EtaDay {
    /// Helped after a wait of a minute or more: for whoever is helped sooner nobody looks at a range.
    pub waited: u32,
    /// Of these, how many were helped within the range, percent; whoever was shown none was not. `null` when nobody waited.
    pub held_percent: Option<u32>,
}

/// A number or a switch of the hall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleView {
    /// Its name, `timers.ring_ms`.
    pub rule: String,
    /// What it is.
    pub value: RuleValue,
    /// What it would be by itself.
    pub default: RuleValue,
    /// Smallest number allowed; absent for a switch.
    pub least: Option<u32>,
    /// Largest number allowed; absent for a switch.
    pub most: Option<u32>,
    /// The rule whose value this one is not smaller than, if any.
    pub not_below: Option<String>,
    /// The rule whose value this one is not larger than, if any.
    pub not_above: Option<String>,
}

/// A rule that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleChange {
    /// When.
    pub at: Timestamp,
    /// Name of who did it; absent for the command line.
    pub by: Option<String>,
    /// Which.
    pub rule: String,
    /// What it was; absent for a list, which the command line sets.
    pub before: Option<RuleValue>,
    /// What it has been since; absent for a list.
    pub after: Option<RuleValue>,
}

/// `POST /api/staff/rules`: an administrator changes one rule.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ChangeRule {
    /// Names the operation: asked again it changes nothing twice.
    pub key: RequestKey,
    /// Which, `timers.ring_ms`.
    pub rule: String,
    /// What the page shows it to be now.
    pub seen: RuleValue,
    /// What it is to be.
    pub value: RuleValue,
}

/// The answer to `GET /api/staff/transfer-halls`: the halls of this installation that a citizen may be referred to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TransferHalls {
    /// In the order of the rule `hands_on_to`; none where nobody is referred.
    pub halls: Vec<TransferHall>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TransferHall {
    /// The hall.
    pub id: HallId,
    /// Its full name.
    pub name: String,
    /// Numbers are given there now; `false` also where the hall did not answer in time.
    pub open: bool,
    /// How many wait there; 0 where the hall did not answer in time.
    pub waiting: u32,
}

/// The answer to `GET /api/halls/{hall}/sisters`: halls of this installation that give numbers now and have somebody at a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SisterHalls {
    /// In the order of the rule `hands_on_to`, three at most.
    pub halls: Vec<SisterHall>,
}

/// One of them, as its own first screen tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SisterHall {
    /// The hall: its page is `/h/{id}`.
    pub id: HallId,
    /// Its full name.
    pub name: String,
    /// How busy it is now.
    pub busyness: Busyness,
}

/// `POST /api/staff/appointments`: a slot is booked for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BookAppointment {
    /// Names the operation: asked again it books nothing twice, and gives another link.
    pub key: RequestKey,
    /// The matter; absent for somebody who cannot say.
    #[serde(default)]
    pub item: Option<ItemCode>,
    /// The beginning of the slot.
    pub at: Timestamp,
    /// Name and telephone; the telephone is needed.
    pub contact: ContactView,
}

/// The answer to [`BookAppointment`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BookedAppointment {
    /// As the list has it.
    pub appointment: AppointmentEntry,
    /// As its citizen is told, with the times to check in.
    pub status: VisitStatus,
    /// What leads to its page, the code behind its `#`, which no server is told. Told this once, good until the time to check in is over.
    pub link: Sensitive<String>,
}

/// The answer to `GET /api/staff/appointments?day=2026-11-27`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AppointmentList {
    /// By slot, then by number.
    pub appointments: Vec<AppointmentEntry>,
}

/// One appointment as desks see it. Name and telephone are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppointmentEntry {
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// The beginning of its slot.
    pub at: Timestamp,
    /// Another slot was booked, which the hall could not keep.
    pub put_off: bool,
    /// The matter.
    pub item: Option<ItemRef>,
    /// The queue it will stand in.
    pub queue: QueueId,
    /// Masked name, if one was left.
    pub name: Option<Sensitive<String>>,
    /// Masked telephone.
    pub phone: Option<Sensitive<String>>,
    /// What became of it.
    pub state: AppointmentState,
}

/// What became of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// It is to come.
    ToCome,
    /// It was checked in.
    Kept,
    /// Nobody came.
    Missed,
    /// The citizen or the hall called it off.
    CalledOff,
}

/// `POST /api/staff/appointments/{visit}/call-off`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CallOff {
    /// Names the operation.
    pub key: RequestKey,
}

/// The answer to `POST /api/bulk`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Uploaded {
    /// Put this into the message on the socket.
    pub bulk: BulkId,
}

/// Body of every HTTP answer that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Problem {
    /// Refusal or failure code: its sentence is in `web/locales`.
    pub code: String,
    /// Number of the request, to read out to an operator.
    pub request: String,
    /// When to repeat, milliseconds; absent when repeating does not help.
    pub retry_ms: Option<u32>,
}
