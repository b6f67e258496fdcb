//! What the core takes in.

use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{
    BulkId, CalendarDay, CallMode, ChatBody, ContactView, DeclineReason, ExtendReason, HallId, ItemCode, Microphone, OpeningHours, PickReason,
    Presence, ProbeFault, QueueId, RatingLevel, RecordDraft, RecordId, RequestKey, Sensitive, ShareKind, ShortText, StaffId, TransferTarget, VisitId,
    WindowId,
};

use crate::TokenHash;
use crate::appointment::BookAct;
use crate::event::{RecordWords, Sealed};
use crate::referral::Along;
use crate::suspension::SuspendAct;

/// One operation. The app fills in ids, salts and digests it drew; the core draws nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The operation's key; absent for what is never repeated (timers, heartbeats).
    pub key: Option<RequestKey>,
    /// What and by whom.
    pub act: Act,
}

/// What is asked, by feature. Who asks is inside and comes from the session, never from the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A person without a live visit, or with a cookie, takes a number.
    TakeNumber(TakeNumberAct),
    /// A page comes back with its cookie: rotate the token. Works for closed visits of the day too.
    Resume {
        /// Hash of the token it brought.
        token: TokenHash,
        /// Hash of the fresh one.
        next: TokenHash,
    },
    /// A phone asks for a code that moves its visit to another.
    OfferHandover {
        /// Hash of the token it brought.
        token: TokenHash,
        /// Hash of the code, drawn by the app.
        code: TokenHash,
    },
    /// Another phone brings the code.
    TakeHandover(TakeHandoverAct),
    /// From the citizen of `visit`.
    Citizen {
        /// Whose visit.
        visit: VisitId,
        /// What.
        act: CitizenAct,
    },
    /// From a staff member, at the window they sit at.
    Staff {
        /// Who.
        staff: StaffId,
        /// What.
        act: StaffAct,
    },
    /// Another hall has given a number to the citizen who was referred there. Told by the app, as often as it takes.
    ReferralTaken {
        /// The visit here.
        visit: VisitId,
        /// The other hall.
        hall: HallId,
        /// Its full name.
        name: ShortText,
    },
    /// A page made itself heard or went. Never stored by itself.
    Heard(Heard),
    /// Time has passed: run every timer that is due.
    Wake,
}

/// See [`Act::TakeNumber`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeNumberAct {
    /// Drawn by the app, used if a new visit is made.
    pub visit: VisitId,
    /// Four random digits.
    pub reference: String,
    /// Hash of the token the cookie brought, if any (Q1).
    pub known: Option<TokenHash>,
    /// Hash of the fresh token, for a new or a found visit.
    pub token: TokenHash,
    /// The item; known to be in the catalogue.
    pub item: Option<ItemCode>,
    /// Version of the notice that was shown.
    pub notice_version: String,
    /// Kind of device.
    pub device: String,
    /// Name and telephone of who wants to be called back instead of waiting on the page; checked for shape by the core.
    pub callback: Option<Sealed<ContactView>>,
    /// What it brings of another hall, where one is said to have sent the citizen here.
    pub along: Along,
}

/// See [`Act::TakeHandover`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeHandoverAct {
    /// Names the operation: asked again, because the reply was lost, it gives one more token.
    pub key: RequestKey,
    /// Hash of the code typed.
    pub code: TokenHash,
    /// Hash of the token the cookie of this phone brought, if any.
    pub known: Option<TokenHash>,
    /// Hash of the fresh token.
    pub token: TokenHash,
    /// A live visit this phone has of its own is left for the one that comes.
    pub leave_own: bool,
}

/// See [`StaffAct::ChangeRule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRuleAct {
    /// Its name, `timers.ring_ms`.
    pub rule: String,
    /// What it was when the person looked.
    pub seen: RuleValue,
    /// What it is to be.
    pub value: RuleValue,
}

/// See [`StaffAct::ChangeHours`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeHoursAct {
    /// Of this queue; `None`: the hall's.
    pub queue: Option<QueueId>,
    /// What they were when the person looked.
    pub seen: Vec<OpeningHours>,
    /// What they are to be; none for a queue that is to follow the hall.
    pub hours: Vec<OpeningHours>,
}

/// See [`StaffAct::ChangeCalendar`]. Every year that occurs is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeCalendarAct {
    /// What these years were when the person looked.
    pub seen: Vec<CalendarDay>,
    /// What they are to be.
    pub days: Vec<CalendarDay>,
}

/// What a citizen may ask about the own visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CitizenAct {
    /// 「我在」
    Here {
        /// What the microphone said.
        microphone: Microphone,
    },
    /// 「我在，继续」
    Return,
    /// 「接听」
    Accept,
    /// 「等 1 分钟」
    Later,
    /// 「挂断」
    HangUp,
    /// 「不排了」
    Leave,
    /// 「不想等了，请给我回电话」
    Callback,
    /// Name and telephone, checked for shape by the core.
    Contact(Sealed<ContactView>),
    /// A line of chat; its number is given by the core.
    Say(Sealed<ChatBody>),
    /// A picture was uploaded for this visit.
    Upload(BulkId),
    /// Begin to show.
    StartShare(ShareKind),
    /// End showing.
    StopShare(ShareKind),
    /// Go on by another way.
    Mode(CallMode),
    /// The rating.
    Rate(RatingLevel),
    /// 「优先照顾」
    Priority,
    /// 「我到了，签到」
    CheckIn {
        /// Version of the notice that was shown.
        notice_version: String,
    },
    /// From the line to a sister hall, by the own choice.
    ChooseHall {
        /// The other hall.
        hall: HallId,
        /// Its full name.
        name: ShortText,
    },
    /// The other hall that was named is not wanted; also after the visit is over.
    DeclineReferral,
}

/// What a staff member may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffAct {
    /// Sit down.
    Open(WindowId),
    /// Get up; also on sign-out and when the session is revoked.
    Close,
    /// Choose a presence.
    Presence {
        /// The choice.
        presence: Presence,
        /// Why, in own words; needed for `other`. Audited, not part of the state.
        note: Option<Sensitive<String>>,
    },
    /// 「我回来了」
    Back,
    /// What the window's test of itself found.
    Probe(Option<ProbeFault>),
    /// Accept the ring.
    Accept(VisitId),
    /// Decline the ring.
    Decline(VisitId, DeclineReason),
    /// Take the next, or a named one.
    Pick(Option<VisitId>),
    /// Take a named one from further back, for a reason.
    PickFar(VisitId, PickReason),
    /// 「重新叫号」: a missed number goes back into the line.
    Recall(VisitId),
    /// 挂断
    HangUp,
    /// Put on hold.
    Hold,
    /// Take off hold.
    Resume,
    /// Send off with the right to return.
    Park,
    /// 「转接」
    Transfer(TransferTarget),
    /// 「先和同事说」: the same, but the two speak first.
    Consult(TransferTarget),
    /// 「转过去」: whoever was spoken with has the visit.
    HandOver,
    /// Another hall of the installation is named to the citizen (介绍过去).
    Refer {
        /// Which.
        hall: HallId,
        /// Its full name.
        name: ShortText,
    },
    /// The citizen need not go there after all.
    WithdrawReferral,
    /// More time for the record.
    ExtendWrapUp(ExtendReason),
    /// The record is done.
    Finish,
    /// 「打电话」
    RevealPhone,
    /// The call-back was answered.
    CallbackReached,
    /// Nobody answered the call-back.
    CallbackUnanswered,
    /// Ask for a rating.
    InviteRating,
    /// A line of chat.
    Say(Sealed<ChatBody>),
    /// A picture was uploaded for the visit at this window.
    Upload(BulkId),
    /// Begin to show.
    StartShare(ShareKind),
    /// End showing.
    StopShare(ShareKind),
    /// Go on by another way.
    Mode(CallMode),
    /// Book an appointment (预约) for somebody.
    Book(Box<BookAct>),
    /// Call an appointment off.
    CallOff(VisitId),
    /// 「紧急停办」, by a supervisor.
    Suspend(SuspendAct),
    /// 「恢复取号」, by a supervisor.
    EndSuspension,
    /// 「大厅规则」, by a supervisor.
    ChangeRule(ChangeRuleAct),
    /// 「上班时间」 of the hall or a queue, by a supervisor.
    ChangeHours(ChangeHoursAct),
    /// 「节假日和调休」, by a supervisor.
    ChangeCalendar(ChangeCalendarAct),
    /// Save a version of the record.
    SaveRecord {
        /// Which visit.
        visit: VisitId,
        /// Used if it is the first version.
        record: RecordId,
        /// The form; the item is known to be in the catalogue.
        draft: RecordDraft,
        /// Its words, sealed.
        words: Sealed<RecordWords>,
    },
}

/// Signs of life. They move leases in memory; only what follows from them is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The citizen's socket opened or pinged.
    Citizen {
        /// Which visit.
        visit: VisitId,
        /// The page is visible.
        visible: bool,
    },
    /// The citizen's page opened a socket with a ticket, which came in one answer with a fresh token.
    CitizenSignedIn {
        /// Which visit.
        visit: VisitId,
        /// Hash of that token.
        token: TokenHash,
    },
    /// The citizen's socket closed. The lease runs on: nothing happens at once.
    CitizenGone {
        /// Which visit.
        visit: VisitId,
    },
    /// The console's socket opened or pinged.
    Staff {
        /// Who.
        staff: StaffId,
    },
    /// The console's test of itself has run: its window is rung only while that is fresh.
    StaffTested {
        /// Who.
        staff: StaffId,
    },
    /// The console's socket closed. The lease runs on.
    StaffGone {
        /// Who.
        staff: StaffId,
    },
    /// The person's session ended: the lease is over at once, whatever the page still does.
    StaffOut {
        /// Who.
        staff: StaffId,
    },
}
