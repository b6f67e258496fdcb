//! A rule saying no. Normal, never logged as an error; nothing has changed after one.

use serde::{Deserialize, Serialize};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Every refusal of the house, with a stable code whose sentence is in `web/locales`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// All of them; `web/locales` is held against this list by a test.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Refusal::$name => $code,)*
                }
            }
        }
    };
}

refusals! {
    /// The hall takes no visits now; its hours say when.
    HallClosed = "hall_closed",
    /// The hall is open, but not for this matter; the hours of its queue say when.
    QueueClosed = "queue_closed",
    /// The hall was closed in an emergency.
    HallSuspended = "hall_suspended",
    /// The hall is open, but a newcomer of this queue would not be served before it closes.
    LastIntake = "last_intake",
    /// No such hall.
    HallUnknown = "hall_unknown",
    /// The hall's limit of live visits is reached.
    HallFull = "hall_full",
    /// Too many numbers from one address, messages from one connection, or changes of name and telephone in one visit.
    TooMany = "too_many",
    /// Lines of chat come faster than one connection may send; this one can be said again in a moment.
    ChatTooFast = "chat_too_fast",
    /// The visit has all the lines of chat it may have.
    TooManyLines = "too_many_lines",
    /// The notice shown is not the present one.
    NoticeOutdated = "notice_outdated",
    /// The item is not in the catalogue.
    ItemUnknown = "item_unknown",
    /// There is no such visit, or it is not this person's.
    VisitUnknown = "visit_unknown",
    /// The visit is over.
    VisitClosed = "visit_closed",
    /// The visit is not in a state for this.
    NotNow = "not_now",
    /// 「等 1 分钟」 was used already, or the right to return is used up.
    UsedUp = "used_up",
    /// The cookie's token was used before: the session is ended for safety.
    TokenReused = "token_reused",
    /// The visit goes on at another phone.
    HandedOver = "handed_over",
    /// The code of another phone is wrong, used, or too old.
    CodeWrong = "code_wrong",
    /// This phone has a live visit of its own: which of both is to be kept?
    OwnVisit = "own_visit",
    /// The request key has not the promised shape.
    BadKey = "bad_key",
    /// A name is longer than 20 characters or has characters that cannot be shown.
    BadName = "bad_name",
    /// A telephone number has the wrong number of digits.
    BadPhone = "bad_phone",
    /// Others left this telephone number already, to be called back.
    PhoneTaken = "phone_taken",
    /// The moment is over, or too far off.
    BadMoment = "bad_moment",
    /// A text is empty, too long, or has characters that cannot be shown.
    BadText = "bad_text",
    /// The message cannot be read: not JSON, unknown field, too deep.
    BadMessage = "bad_message",
    /// The message or body is too large.
    TooLarge = "too_large",
    /// The hall has no such rule.
    RuleUnknown = "rule_unknown",
    /// The rule cannot be this: outside its range, or of another kind.
    RuleOutOfRange = "rule_out_of_range",
    /// The rule would contradict another: a part longer than its whole.
    RuleContradicts = "rule_contradicts",
    /// Somebody changed the rule meanwhile.
    RuleChanged = "rule_changed",
    /// Open time ends before it begins, or lies outside the day or the week.
    HoursBackwards = "hours_backwards",
    /// Two runs of open time lie over each other.
    HoursOverlap = "hours_overlap",
    /// A hall without any open time would never open again.
    HoursMissing = "hours_missing",
    /// More runs of a week, or special days at once, than a hall has.
    HoursTooMany = "hours_too_many",
    /// Somebody changed the hours, or these special days, meanwhile.
    HoursChanged = "hours_changed",
    /// There is no such date.
    DayUnknown = "day_unknown",
    /// One date is named twice.
    DayTwice = "day_twice",
    /// The session description is refused.
    BadDescription = "bad_description",
    /// The picture is refused: JPEG or PNG up to 2 MiB.
    BadPicture = "bad_picture",
    /// Too many pictures in this visit.
    TooManyPictures = "too_many_pictures",
    /// The bytes of pictures one address may send in an hour are used up.
    PicturesPaused = "pictures_paused",
    /// No such window in this hall.
    WindowUnknown = "window_unknown",
    /// Somebody sits at this window.
    WindowTaken = "window_taken",
    /// Sit down at a window first.
    NoWindow = "no_window",
    /// The window has a visit; finish it first.
    WindowBusy = "window_busy",
    /// The ring is over: another window took it, or the citizen left.
    RingOver = "ring_over",
    /// Nobody is waiting who could be called now.
    NobodyWaiting = "nobody_waiting",
    /// Only the first ten of the line may be picked by hand.
    PickTooFar = "pick_too_far",
    /// The window a visit should be transferred to cannot take it now.
    TargetBusy = "target_busy",
    /// Transferred too often: only a supervisor may take the visit.
    TransfersUsedUp = "transfers_used_up",
    /// Called again too often: the number is kept, and its citizen may return by themselves.
    RecallsUsedUp = "recalls_used_up",
    /// The hall that is said to have sent the citizen here did not, or its referral is over or used.
    ReferralOver = "referral_over",
    /// Whoever was referred here has an appointment here, or left a number: that stands for another time, and the talk in the first hall goes on.
    BookedHere = "booked_here",
    /// No other supervisor takes calls now.
    NoSupervisor = "no_supervisor",
    /// The visit waits for a supervisor, and only one may call it by hand.
    ForSupervisor = "for_supervisor",
    /// No slot of the queue begins then, or the hall has closed for that moment.
    NoSlot = "no_slot",
    /// All appointments of this slot are given.
    SlotFull = "slot_full",
    /// Nothing is booked for this telephone for a while: it did not come before. Numbers are given to it.
    BookingBarred = "booking_barred",
    /// It is not yet time to check in.
    TooEarly = "too_early",
    /// No such queue in this hall.
    QueueUnknown = "queue_unknown",
    /// 其他 needs a few words.
    ReasonMissing = "reason_missing",
    /// A call cannot be left without its record.
    RecordMissing = "record_missing",
    /// The visit went on with somebody else, who writes its record.
    PassedOn = "passed_on",
    /// No telephone number was left.
    NoPhone = "no_phone",
    /// Rated, and the day on which it could be corrected is over.
    AlreadyRated = "already_rated",
    /// A rating needs a visit that was served.
    NotServed = "not_served",
    /// This side may not do that.
    NotAllowed = "not_allowed",
    /// Wrong name or password.
    SignInWrong = "sign_in_wrong",
    /// Too many wrong passwords: locked for a while.
    SignInLocked = "sign_in_locked",
    /// Sign in first.
    SignedOut = "signed_out",
    /// Choose an own password first.
    PasswordMustChange = "password_must_change",
    /// The wanted password is too short, too long or too plain.
    PasswordWeak = "password_weak",
    /// The ticket is unknown, used or too old.
    BadTicket = "bad_ticket",
    /// The page is older than this server speaks; load it again.
    PageOutdated = "page_outdated",
    /// The installation does not serve the network the request comes from (`limits.blocked_networks`).
    NetworkBlocked = "network_blocked",
    /// The request comes from another site.
    ForeignOrigin = "foreign_origin",
    /// The line was opened in another tab or phone.
    Replaced = "replaced",
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
