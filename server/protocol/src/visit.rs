//! The visit (求助单) as its citizen sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CallMode, HallCard, HallId, ItemCode, ItemRef, Microphone, Place, RatingLevel, ReferralView, ReferredView, RequestKey, Seat, Sensitive,
    ShareView, Slip, StaffCard, SuspensionView, Timestamp, VisitId,
};

/// `POST /api/halls/{hall}/visits`: two taps, one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeNumber {
    /// Names the operation; repeating it gives the same number.
    pub key: RequestKey,
    /// The item, or none for 「我说不清，直接找人」.
    pub item: Option<ItemCode>,
    /// Version of the notice that was on screen.
    pub notice_version: String,
    /// Name and telephone of who wants to be called back instead of waiting on the page. So a number is given also while the hall
    /// is closed: 「留个电话，上班后给您回」.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub callback: Option<ContactView>,
    /// The hall that referred the citizen here, by its window or by the own choice. Its cookie comes with the request; where nothing is known of a referral no number
    /// is given (`referral_over`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<HallId>,
}

/// The answer to [`TakeNumber`] and to `POST /api/halls/{hall}/resume`. Sets the visit's cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakenNumber {
    /// The visit.
    pub visit: VisitView,
    /// The hall's event number of that view: the `seen` of the socket's hello.
    pub seq: u32,
    /// Opens one socket within 30 s, once.
    pub ticket: String,
    /// True when a live visit of this person was found instead of a new one made.
    pub resumed: bool,
    /// The hall, fresh.
    pub hall: HallCard,
}

/// Everything the citizen's page shows of its visit. Pushed whole on each change of state, ≤ 8 KiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VisitView {
    /// The visit.
    pub id: VisitId,
    /// The number called, `A12`.
    pub number: String,
    /// Four digits to read out in pairs (查询号 40 27). A label, never a key.
    pub reference: String,
    /// What it is about.
    pub item: Option<ItemRef>,
    /// When the number was taken.
    pub joined_at: Timestamp,
    /// What the citizen left of name and telephone.
    pub contact: ContactView,
    /// Where it stands.
    pub status: VisitStatus,
    /// What is being shown by whom.
    pub shares: Vec<ShareView>,
    /// What was done, once logged.
    pub slip: Option<Slip>,
    /// The rating given, if any.
    pub rating: Option<RatingLevel>,
    /// A rating may be given now, or the one given corrected.
    pub may_rate: bool,
    /// Waiting on is not the only choice: a call-back is offered, and why.
    pub offer: Option<WaitOffer>,
    /// Who hung up, once somebody has.
    #[serde(default)]
    pub hung_up: Option<Seat>,
    /// The call-back asked for, until both talk; after the visit's end, how it went.
    pub callback: Option<CallbackView>,
    /// The hall was closed in an emergency; absent once the visit is over otherwise than by closing time.
    pub suspension: Option<SuspensionView>,
    /// 「优先照顾」 was declared.
    pub priority: bool,
    /// It may be declared, and would move the visit ahead.
    pub may_declare_priority: bool,
    /// What the hall's rules promise.
    #[serde(default)]
    pub promises: Promises,
    /// From this moment on whoever waits is shown sister halls (`timers.sister_step_ms`), and may choose one, earlier where there is an `offer`; absent where
    /// there are none, and for who does not wait with the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sisters_from: Option<Timestamp>,
    /// Another hall it is referred to; absent where it is not, once that is over, and once it was declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub referral: Option<ReferralView>,
    /// Another hall it was referred from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub referred: Option<ReferredView>,
}

/// Numbers of the hall's rules that the page says in words: an administrator changes them any day, so no sentence holds one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Promises {
    /// Silence after which its person was away and is welcomed back, milliseconds.
    pub away_ms: u32,
    /// How long 「等 1 分钟」 waits, milliseconds.
    pub later_ms: u32,
    /// How long 过号 keeps the place near the front, milliseconds.
    pub missed_keeps_ms: u32,
    /// After how many others 过号 comes back into the line; 0: before all of them it was before.
    pub missed_after: u32,
    /// Calls of a call-back at most, 1 or more.
    pub callback_attempts: u32,
    /// Each time a hold has lasted so much longer its citizen is told so anew, milliseconds.
    #[serde(default)]
    pub hold_notice_ms: u32,
}

/// A return to the end of the line, of a missed number whose place near the front was kept for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndOfLine {
    /// That is where a return leads after `until`.
    Later,
    /// That is where it leads already; after `until` the number is over.
    Now,
}

/// A call-back (回电) as both sides see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallbackView {
    /// Calls nobody answered so far.
    pub attempts: u32,
    /// Calls made at most.
    pub most: u32,
}

/// Why a waiting citizen is offered a call-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WaitOffer {
    /// No window on duty takes its queue now.
    NoWindow,
    /// The wait is longer than the hall promises (45 min; 5 for what needs a skill and was not rung).
    LongWait,
}

/// Name and telephone as the citizen typed them; both optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ContactView {
    /// How to address the citizen, at most 20 characters.
    pub name: Option<Sensitive<String>>,
    /// 11 digits, or a landline of 7–12 digits with an optional hyphen.
    pub phone: Option<Sensitive<String>>,
}

/// How a visit ended (DOMAIN 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A window helped.
    Served,
    /// 放弃等候: the citizen left the line.
    Abandoned,
    /// The place was kept as long as the rules say.
    Expired,
    /// Booked and did not come.
    NoShow,
    /// A booking called off.
    Cancelled,
    /// The hall closed.
    ClosedOut,
    /// Not taken by a rule: its cookie was copied, and nobody could come back to it; or nobody ever had it, because its answer was lost and
    /// its citizen took another.
    Rejected,
    /// Given up through a fault of ours.
    Failed,
}

/// An earlier visit of today, as a window reads it before it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EarlierVisit {
    /// Its number, `A12`.
    pub number: String,
    /// What was handled, or else what it was taken for.
    pub item: Option<ItemRef>,
    /// When it was over.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Found by the telephone alone, which nobody has verified; otherwise by the cookie.
    pub by_phone: bool,
}

/// When an appointment is checked in (签到).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckInTimes {
    /// From when on.
    pub from: Timestamp,
    /// Until when; from then on it is missed.
    pub until: Timestamp,
    /// 「我到了，签到」 is taken now.
    pub open: bool,
}

/// Where a visit stands, as its citizen is told (DOMAIN 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VisitStatus {
    /// In line. `away` looks the same: the page that reads this is back.
    Waiting {
        /// The place as shown.
        place: Place,
        /// 「我在」 was answered: the page keeps its call warm.
        here: bool,
    },
    /// Near the head: 「我在」 is asked.
    Calling {
        /// The place as shown.
        place: Place,
        /// Until when the answer counts.
        until: Timestamp,
        /// 1 and more, mostly to 3: which of its alerts this is.
        alert: u8,
    },
    /// 过号: no answer. The place near the front is kept until `until`, the number perhaps longer.
    Missed {
        /// End of the right to return as `end_of_line` says it.
        until: Timestamp,
        /// Whether the number is kept for a return to the end of the line; absent: after `until` it is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        end_of_line: Option<EndOfLine>,
        /// When it comes back into the line by itself, to the same place: 「等 1 分钟」 was asked for.
        #[serde(default)]
        back_at: Option<Timestamp>,
    },
    /// A window is being rung.
    Ringing {},
    /// The window has accepted: who it is, and 「接听」.
    Connecting {
        /// Who calls.
        staff: StaffCard,
        /// Until when 「接听」 counts.
        until: Timestamp,
        /// 「等 1 分钟」 may still be tapped.
        may_wait: bool,
    },
    /// Together.
    Serving {
        /// With whom.
        staff: StaffCard,
        /// Since when.
        since: Timestamp,
        /// How.
        mode: CallMode,
    },
    /// The window consults or the citizen does something long.
    Held {
        /// With whom.
        staff: StaffCard,
        /// Since when.
        since: Timestamp,
    },
    /// Sent off to fetch or fill something; returns at the head.
    Parked {
        /// End of the right to return.
        until: Timestamp,
    },
    /// A side was lost; the same window is reserved.
    Dropped {
        /// With whom.
        staff: StaffCard,
        /// How long the window waits.
        until: Timestamp,
    },
    /// Moving to another window with everything said so far.
    Transferring {
        /// To whom.
        to: Option<StaffCard>,
    },
    /// An appointment, not arrived; with a `callback`: a number left while the hall was closed.
    Booked {
        /// The slot; or when the hall opens, from which moment on it calls back.
        at: Timestamp,
        /// When one checks in; absent for a number left.
        #[serde(default)]
        check_in: Option<CheckInTimes>,
    },
    /// The place is kept; the hall will telephone.
    CallbackKept {
        /// The place as shown.
        place: Option<Place>,
    },
    /// Over.
    Closed {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// From the citizen's page about its own visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum VisitRequest {
    /// 「我在」: answered near the head, or at any time while waiting.
    Here {
        /// Names the operation.
        key: RequestKey,
        /// What the microphone said to the same tap.
        microphone: Microphone,
    },
    /// 「我在，继续」 after 过号, or back from being sent off.
    Return {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「接听」.
    Accept {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「等 1 分钟」: give the turn away once, keep the number.
    Later {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「挂断」.
    HangUp {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「不排了」.
    Leave {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「不想等了，请给我回电话」: the place is kept, a window telephones.
    Callback {
        /// Names the operation.
        key: RequestKey,
    },
    /// Name and telephone, replacing what was left before.
    Contact {
        /// Names the operation.
        key: RequestKey,
        /// Both fields.
        contact: ContactView,
    },
    /// 「优先照顾」, once, while waiting.
    Priority {
        /// Names the operation.
        key: RequestKey,
    },
    /// 「我到了，签到」, to an appointment.
    CheckIn {
        /// Names the operation.
        key: RequestKey,
        /// Version of the notice that was shown beside it.
        notice_version: String,
    },
    /// From the line to a sister hall. The place here stays until a number is taken there.
    ChooseHall {
        /// Names the operation.
        key: RequestKey,
        /// One of the sister halls.
        hall: HallId,
    },
    /// The other hall that was named is not wanted. Also after the visit is over.
    DeclineReferral {
        /// Names the operation.
        key: RequestKey,
    },
}

impl VisitRequest {
    /// Names the operation.
    pub fn key(&self) -> &RequestKey {
        match self {
            Self::Here { key, .. }
            | Self::Return { key, .. }
            | Self::Accept { key, .. }
            | Self::Later { key, .. }
            | Self::HangUp { key, .. }
            | Self::Leave { key, .. }
            | Self::Contact { key, .. }
            | Self::Callback { key, .. }
            | Self::Priority { key, .. }
            | Self::CheckIn { key, .. }
            | Self::ChooseHall { key, .. }
            | Self::DeclineReferral { key } => key,
        }
    }
}

/// To the citizen's page about its own visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum VisitNotice {
    /// The visit as it is now.
    Changed {
        /// The hall's event number of this state.
        seq: u32,
        /// The whole view.
        visit: Box<VisitView>,
    },
    /// Only the shown place changed. Coalesced: only the newest matters.
    Place {
        /// The hall's event number of this state.
        seq: u32,
        /// The place as shown.
        place: Place,
    },
}
