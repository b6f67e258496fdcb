//! The window (窗口): the staff member's side of a visit.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    BreakReason, CallbackView, ContactView, DeclineReason, EarlierVisit, ExtendReason, HallId, ItemRef, LineView, Outcome, PickReason, PriorityView,
    QueueId, RecordView, ReferralView, ReferredView, RequestKey, Seat, Sensitive, ShareView, StaffId, SuspensionView, Timestamp, VisitId,
    VisitStatus, WindowId,
};

/// Who helps, as the citizen is told before any sound or picture (T21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StaffCard {
    /// Name of the window, `3号窗口`.
    pub window: String,
    /// How the staff member is addressed, `陈老师`.
    pub name: String,
    /// Staff number shown on the badge (工号).
    pub badge: String,
    /// The hall.
    pub hall: String,
}

/// What the person chose (DOMAIN 3.3). Never written by the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Presence {
    /// 离线
    Offline {},
    /// 在线: rung by itself.
    Available {},
    /// Only manual picks.
    OnDemand {},
    /// 小休
    Break {
        /// Why.
        reason: BreakReason,
    },
    /// Finish this one, take no more.
    Draining {},
    /// 培训 with invented visits only.
    Training {},
}

/// Why the engine holds a window back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SuspectReason {
    /// Its page is silent.
    LeaseLost,
    /// It did not answer a ring.
    RingUnanswered,
    /// Its own test failed.
    ProbeFailed,
}

/// What a window's test of itself found between two calls: any of these makes it deaf or dumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProbeFault {
    /// There is no microphone, or the browser gives none.
    Microphone,
    /// The voice line to the relay does not come up.
    Relay,
    /// The clock of the PC is minutes off.
    Clock,
    /// The microphone is open and gives nothing, not even the noise of a room: switched off at the headset.
    Silent,
}

/// What the engine knows of a window (DOMAIN 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Work {
    /// Free.
    Idle {},
    /// Rung for a visit.
    Reserved {
        /// The visit.
        visit: VisitId,
        /// Until when it may accept.
        until: Timestamp,
    },
    /// Accepted, the citizen not yet.
    Connecting {
        /// The visit.
        visit: VisitId,
        /// Until when the citizen may accept.
        until: Timestamp,
    },
    /// Together; also while one side is lost and the window is kept for the visit.
    Talking {
        /// The visit.
        visit: VisitId,
    },
    /// The visit is on hold.
    Holding {
        /// The visit.
        visit: VisitId,
    },
    /// 收尾: the record is written.
    WrapUp {
        /// The visit just closed.
        visit: VisitId,
        /// When it should be done; passing it never cuts off.
        until: Timestamp,
        /// The limit has passed.
        overdue: bool,
    },
    /// Held back until the person says 「我回来了」.
    Suspect {
        /// Why.
        reason: SuspectReason,
        /// Rung by itself again at this moment; `null`: paused until the person says 「我回来了」.
        until: Option<Timestamp>,
    },
}

/// One window as the whole hall sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WindowView {
    /// The window.
    pub id: WindowId,
    /// Its name, `3号窗口`.
    pub name: String,
    /// Who sits there.
    pub staff: Option<StaffId>,
    /// Name of who sits there.
    pub staff_name: Option<String>,
    /// What the person chose.
    pub presence: Presence,
    /// Since when.
    pub presence_since: Timestamp,
    /// What the engine knows.
    pub work: Work,
    /// What its test of itself found; held back while there is anything.
    #[serde(default)]
    pub fault: Option<ProbeFault>,
    /// A supervisor (主管) sits there.
    #[serde(default)]
    pub supervisor: bool,
    /// Queues it takes, in the hall's order.
    pub queues: Vec<QueueId>,
    /// Nobody is rung here by itself before this moment, after a decline.
    #[serde(default)]
    pub rests_until: Option<Timestamp>,
    /// The time for the record was extended, which is done once.
    #[serde(default)]
    pub extended: bool,
}

/// The visit a window is rung for, serves or writes up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServedVisit {
    /// The visit.
    pub id: VisitId,
    /// Its number.
    pub number: String,
    /// Four digits to read out.
    pub reference: String,
    /// What it is about: shown before the name.
    pub item: Option<ItemRef>,
    /// Name as left; the telephone is only revealed by 「打电话」, so `phone` is masked here (138****5678).
    pub contact: ContactView,
    /// When the number was taken, by the clock of now: where that was set back since, the wait is still true.
    pub joined_at: Timestamp,
    /// Where it stands.
    pub status: VisitStatus,
    /// The citizen's page is connected.
    pub online: bool,
    /// How the citizen came (`wechat_android`, `ios`, `desktop`, …), from the page's user agent.
    pub device: String,
    /// What is being shown by whom.
    pub shares: Vec<ShareView>,
    /// The record as saved so far.
    pub record: Option<RecordView>,
    /// Who hung up, once somebody has.
    #[serde(default)]
    pub hung_up: Option<Seat>,
    /// The citizen was asked for a rating; whether and how it was given is never told here.
    pub rating_invited: bool,
    /// Earlier closed visits of the same cookie in this hall today.
    pub earlier_visits: u32,
    /// The newest of them, and of those that left the same telephone, at most 5, the newest first: what this hall's own log has of today.
    #[serde(default)]
    pub earlier: Vec<EarlierVisit>,
    /// Numbers of other live visits of the hall that left the same telephone, three at most: perhaps the same person on two phones.
    /// Nobody has verified it, so it is only said.
    #[serde(default)]
    pub same_phone: Vec<String>,
    /// To be telephoned, not called on the page.
    pub callback: Option<CallbackView>,
    /// Transfers so far.
    #[serde(default)]
    pub transfers: u32,
    /// What the citizen said about being looked after first: the form asks for its proof.
    pub priority: Option<PriorityView>,
    /// How long its number is kept when it is sent off to fetch something, milliseconds.
    #[serde(default)]
    pub park_ms: u32,
    /// Another hall it is referred to; absent where it is not, once that is over, and once it was declined or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub referral: Option<ReferralView>,
    /// Another hall it was referred from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub referred: Option<ReferredView>,
}

/// Everything a staff console shows after it connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConsoleView {
    /// The hall's event number of this view.
    pub seq: u32,
    /// Who is signed in.
    pub staff: StaffId,
    /// Name of who is signed in.
    pub staff_name: String,
    /// Name of the hall.
    pub hall_name: String,
    /// All windows.
    pub windows: Vec<WindowView>,
    /// The window this person sits at.
    pub mine: Option<WindowId>,
    /// All queues.
    #[serde(default)]
    pub queues: Vec<QueueId>,
    /// The line.
    pub line: LineView,
    /// The hall is closed in an emergency.
    #[serde(default)]
    pub suspension: Option<SuspensionView>,
    /// The visit at this window.
    pub visit: Option<Box<ServedVisit>>,
    /// Visits served today by this person.
    pub served_today: u32,
    /// Their mean talking time, milliseconds; 0 when none.
    pub mean_talk_ms: u32,
    /// Server time.
    pub now: Timestamp,
}

/// Where a visit is transferred to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum TransferTarget {
    /// To the person at another window, who must be free.
    Window {
        /// Which.
        window: WindowId,
    },
    /// To a person, at whichever window that person sits then; who must be free.
    Staff {
        /// Whom.
        staff: StaffId,
    },
    /// To whichever supervisor (主管) is free, the one longest so; while all are busy, to the next of them, at the place of
    /// the first arrival.
    Supervisor {},
    /// Into a line, at the place of the first arrival.
    Queue {
        /// Which.
        queue: QueueId,
    },
    /// To another hall of the installation: the citizen is referred there and goes by the own hand; the talk goes on.
    Hall {
        /// Which.
        hall: HallId,
    },
}

/// From a staff console. The window follows from the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum WindowRequest {
    /// Sit down at a window.
    Open {
        /// Names the operation.
        key: RequestKey,
        /// Which.
        window: WindowId,
    },
    /// Get up.
    Close {
        /// Names the operation.
        key: RequestKey,
    },
    /// Choose a presence.
    Presence {
        /// Names the operation.
        key: RequestKey,
        /// The choice.
        presence: Presence,
        /// Required with `break` for `other`; at most 100 characters.
        note: Option<Sensitive<String>>,
    },
    /// 「我回来了」: clears `suspect`.
    Back {
        /// Names the operation.
        key: RequestKey,
    },
    /// What the window's test of itself found, when that is news.
    Probe {
        /// Names the operation.
        key: RequestKey,
        /// `null`: all is well.
        fault: Option<ProbeFault>,
    },
    /// Accept the ring.
    Accept {
        /// Names the operation.
        key: RequestKey,
        /// The visit rung for.
        visit: VisitId,
    },
    /// Decline the ring.
    Decline {
        /// Names the operation.
        key: RequestKey,
        /// The visit rung for.
        visit: VisitId,
        /// Why.
        reason: DeclineReason,
    },
    /// Take the next one now (F2), or a named one among the first few; logged.
    Pick {
        /// Names the operation.
        key: RequestKey,
        /// A named visit, or the next.
        visit: Option<VisitId>,
    },
    /// Take a named one from further back than the first few, for a reason; logged.
    PickFar {
        /// Names the operation.
        key: RequestKey,
        /// Who.
        visit: VisitId,
        /// Why.
        reason: PickReason,
    },
    /// 「重新叫号」: a missed (过号) number of a queue of this window goes back into the line; logged.
    Recall {
        /// Names the operation.
        key: RequestKey,
        /// Who.
        visit: VisitId,
    },
    /// 挂断: the visit is closed as served, wrap-up begins.
    HangUp {
        /// Names the operation.
        key: RequestKey,
    },
    /// Put on hold.
    Hold {
        /// Names the operation.
        key: RequestKey,
    },
    /// Take off hold.
    Resume {
        /// Names the operation.
        key: RequestKey,
    },
    /// Send the citizen off to fetch something, with the right to return.
    Park {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「转接」: another window is rung, or the visit goes back into a line at its first place. 「不转了」 takes it back.
    Transfer {
        /// Names the operation.
        key: RequestKey,
        /// Where to.
        to: TransferTarget,
    },
    /// More time for the record, once.
    ExtendWrapUp {
        /// Names the operation.
        key: RequestKey,
        /// Why; absent from consoles of before there were reasons: then it is `other`.
        #[serde(default)]
        reason: Option<ExtendReason>,
    },
    /// The record is done; next please. Refused while there is no record.
    Finish {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「打电话」: reveals the telephone number left; audited. The reply's value is the number.
    RevealPhone {
        /// Names the operation.
        key: RequestKey,
    },
    /// The call-back was answered: the talk begins, by telephone.
    CallbackReached {
        /// Names the operation.
        key: RequestKey,
    },
    /// Nobody answered the call-back: tried again later, or ended after the last time.
    CallbackUnanswered {
        /// Names the operation.
        key: RequestKey,
    },
    /// Ask for a rating; the citizen answers or not.
    InviteRating {
        /// Names the operation.
        key: RequestKey,
    },
    /// The citizen need not go to the other hall after all.
    WithdrawReferral {
        /// Names the operation.
        key: RequestKey,
    },
}

impl WindowRequest {
    /// Names the operation.
    pub fn key(&self) -> &RequestKey {
        match self {
            Self::Open { key, .. }
            | Self::Close { key, .. }
            | Self::Presence { key, .. }
            | Self::Back { key, .. }
            | Self::Accept { key, .. }
            | Self::Decline { key, .. }
            | Self::Pick { key, .. }
            | Self::PickFar { key, .. }
            | Self::Recall { key, .. }
            | Self::HangUp { key, .. }
            | Self::Hold { key, .. }
            | Self::Resume { key, .. }
            | Self::Park { key, .. }
            | Self::ExtendWrapUp { key, .. }
            | Self::Finish { key, .. }
            | Self::RevealPhone { key, .. }
            | Self::InviteRating { key, .. }
            | Self::Probe { key, .. }
            | Self::Transfer { key, .. }
            | Self::CallbackReached { key, .. }
            | Self::CallbackUnanswered { key, .. }
            | Self::WithdrawReferral { key } => key,
        }
    }
}

/// To a staff console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WindowNotice {
    /// A window of the hall changed.
    Changed {
        /// The hall's event number of this state.
        seq: u32,
        /// The whole view.
        window: WindowView,
    },
    /// This window is rung: everything needed to decide, in one message.
    Rung {
        /// The hall's event number of this state.
        seq: u32,
        /// The visit.
        visit: Box<ServedVisit>,
        /// Until when to accept.
        until: Timestamp,
    },
    /// The visit at this window changed, or there is none any more.
    Visit {
        /// The hall's event number of this state.
        seq: u32,
        /// The visit.
        visit: Option<Box<ServedVisit>>,
    },
    /// A visit of this window ended.
    Ended {
        /// The visit.
        visit: VisitId,
        /// How.
        outcome: Outcome,
    },
}
