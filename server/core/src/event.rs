//! What the core puts out: events and rows for the archive, then tells for the pages.

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{
    BulkId, ChatLine, ContactView, ItemCode, Outcome, RatingLevel, RecordId, RecordKind, RecordResult, RequestKey, Seat, Sensitive, StaffId,
    Timestamp, VisitId, WindowId,
};

use crate::appointment::KeptMark;
use crate::calendar::Calendar;
use crate::setup::HallRules;
use crate::suspension::Suspension;
use crate::{TokenHash, Visit, Window};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The citizen of a visit.
    Citizen(VisitId),
    /// A staff member.
    Staff(StaffId),
    /// A timer or rule of the hall.
    System,
}

/// One change: who, why, before, after (Q3). Holds ids, codes and digests; never words of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The hall's event number: 1, 2, 3 …
    pub seq: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Why, a stable word: `took_number`, `ring_timeout`, `window_lost` …
    pub cause: String,
    /// State name before; absent when the subject is new or has no states.
    pub before: Option<String>,
    /// The subject after the change, whole: rows are the fold of these.
    pub after: Subject,
}

/// What an event is about, as it is afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Subject {
    /// A visit.
    Visit {
        /// The whole row.
        visit: Box<Visit>,
    },
    /// A window.
    Window {
        /// The whole row.
        window: Box<Window>,
    },
    /// Name and telephone of a visit.
    Contact {
        /// Whose.
        visit: VisitId,
        /// HMAC of the side row.
        digest: Digest,
    },
    /// A line of chat.
    Chat {
        /// Which visit.
        visit: VisitId,
        /// 1, 2, 3 …
        number: u32,
        /// Who.
        from: Seat,
        /// HMAC of the side row.
        digest: Digest,
    },
    /// A version of a record.
    Record {
        /// Codes and ids of the version.
        record: Box<RecordFacts>,
        /// HMAC of the side row.
        digest: Digest,
    },
    /// A rating.
    Rating {
        /// Which visit.
        visit: VisitId,
        /// The level.
        level: RatingLevel,
    },
    /// The hall itself.
    Hall {
        /// Its emergency close, while there is one.
        suspension: Option<Suspension>,
    },
    /// A privileged look or act on a visit with no change of state: audit.
    Looked {
        /// Which visit.
        visit: VisitId,
        /// What was looked at: `phone`.
        what: String,
    },
}

/// `HMAC-SHA-256(salt of the side row, value)`, lower-case hex, made by `app`.
/// Erasing row and salt leaves the chain valid and says nothing about the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

/// A value of a person with its salt: one erasable side row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed<T> {
    /// The value.
    pub value: T,
    /// 16 random bytes, lower-case hex.
    pub salt: String,
    /// What the event holds of it.
    pub digest: Digest,
}

/// A token that was given, and has not been brought yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenToken {
    /// Its hash.
    pub token: TokenHash,
    /// When it was given.
    pub at: Timestamp,
}

/// Codes, ids and times of one version of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFacts {
    /// The record; one a visit.
    pub id: RecordId,
    /// Number shown to people, `20261123-0007`.
    pub number: String,
    /// The visit.
    pub visit: VisitId,
    /// 1, 2, 3 …
    pub version: u32,
    /// The item.
    pub item: ItemCode,
    /// Kind of help.
    pub kind: RecordKind,
    /// How it stands.
    pub result: RecordResult,
    /// Who saved it.
    pub staff: StaffId,
    /// Where.
    pub window: WindowId,
    /// When the number was taken, as [`crate::Visit::waits_here_since`] has it.
    pub joined_at: Timestamp,
    /// When the talk began.
    pub served_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When this version was saved.
    pub saved_at: Timestamp,
}

/// Words of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWords {
    /// For the hall.
    pub note: Sensitive<String>,
    /// For the citizen.
    pub next_step: Sensitive<String>,
}

/// A row to write in the same transaction as its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Insert or replace a visit. Twice in one drain only for a visit that left one window for another.
    Visit(Box<Visit>),
    /// Insert or replace a window.
    Window(Box<Window>),
    /// The visit's tokens: the present one and the one before it.
    Token {
        /// Which visit.
        visit: VisitId,
        /// Hash of the present token; `revoked-<visit>`, which is no hash, when the session was ended (T03).
        token: TokenHash,
        /// Hash of the one brought last, good as long as the replies to it are lost.
        previous: Option<TokenHash>,
    },
    /// Replace the other tokens of a visit that were given and not brought, because replies crossed; most visits never have any.
    Beside {
        /// Which visit.
        visit: VisitId,
        /// At most 16, oldest first.
        beside: Vec<GivenToken>,
    },
    /// Insert or replace name and telephone.
    Contact {
        /// Whose.
        visit: VisitId,
        /// The side row.
        contact: Sealed<ContactView>,
    },
    /// Insert or replace the mark of the telephone by which a visit was booked; `None`: it counts for nothing any more.
    PhoneMark {
        /// Which visit.
        visit: VisitId,
        /// The mark, and what it is kept for.
        mark: Option<KeptMark>,
    },
    /// Insert a line of chat.
    Chat {
        /// Which visit.
        visit: VisitId,
        /// The side row.
        line: Sealed<ChatLine>,
    },
    /// Insert a version of a record.
    Record {
        /// Codes, ids, times.
        facts: Box<RecordFacts>,
        /// Words.
        words: Sealed<RecordWords>,
    },
    /// Insert or replace the one rating of a visit.
    Rating {
        /// Which visit.
        visit: VisitId,
        /// The level.
        level: RatingLevel,
        /// When.
        at: Timestamp,
    },
    /// Replace the emergency close of the hall.
    Suspension {
        /// Its codes and its text; `None`: there is none any more.
        suspension: Option<(Suspension, Sealed<Sensitive<String>>)>,
    },
    /// Replace the rules of the hall. Its owner builds the hall anew from the archive: then they are in force.
    Rules {
        /// All of them.
        rules: Box<HallRules>,
    },
    /// Replace the special days of the hall.
    Calendar {
        /// All of them.
        calendar: Calendar,
    },
    /// Insert the one outcome of a visit.
    Outcome {
        /// Which visit.
        visit: VisitId,
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// Insert a picture's owner; its bytes went by the bulk lane before.
    Picture {
        /// Which visit.
        visit: VisitId,
        /// The picture.
        bulk: BulkId,
    },
    /// Insert the reply to an operation, kept 24 h.
    Request {
        /// Who asked, so that nobody reads another's reply.
        scope: String,
        /// The key.
        key: RequestKey,
        /// What was answered.
        done: Done,
        /// When.
        at: Timestamp,
    },
    /// Insert an audit row: who looked, shared, steered or logged.
    Audit {
        /// When.
        at: Timestamp,
        /// Who.
        actor: Actor,
        /// What: `reveal_phone`, `token_reused`, `moved_to_another_phone`, `pick`, `pick_overtaking`, `pick_overtaking urgent` (why), `presence_note`, `book`, `call_off`, `link_opened`,
        /// `found_by_referral`, `suspend`, `end_suspension`, `not_theirs not_allowed` (the refusal),
        /// `rule_changed timers.ring_ms 20000 30000` (before, after), `hours_changed` (see [`crate::calendar::week::changed_words`]),
        /// `calendar_changed` (see [`crate::calendar::table::changed_words`]).
        what: String,
        /// What the person wrote about it; stored behind `what`.
        words: Option<Sensitive<String>>,
        /// On which visit.
        visit: Option<VisitId>,
    },
}

/// What an accepted operation gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Done {
    /// Nothing to add.
    Nothing,
    /// A number or text for the page.
    Value {
        /// The text.
        text: String,
    },
    /// The visit made or found.
    Visit {
        /// Which.
        visit: VisitId,
        /// Found, not made.
        resumed: bool,
    },
    /// A telephone number: told, never stored with the key.
    Phone,
}

/// What to tell once the archive has stored it. Views are read from the hall at that moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tell {
    /// A visit's view changed.
    Visit(VisitId),
    /// The line changed.
    Line,
    /// A window's view changed: every console of the hall.
    Window(WindowId),
    /// This window is rung: its console.
    Rung(WindowId),
    /// The visit at this window changed, or left it: its console.
    Served(WindowId),
    /// A visit of this window ended: its console.
    Ended(WindowId, VisitId, Outcome),
    /// A line of chat for both sides.
    Chat(VisitId, u32),
    /// Who may hear whom in this visit may have changed: read [`crate::Hall::call_rights`].
    Rights(VisitId),
    /// The emergency close began, changed or ended: every console.
    Suspension,
    /// This visit goes on at another phone: the page it had ends.
    Moved(VisitId),
    /// Nobody answers this visit's rings: for the log. Windows see it in the line.
    Alarm(VisitId),
    /// A visit was referred from another hall, which is to hear of it: read [`crate::Hall::referred_from`].
    Referred(VisitId),
    /// A message to a person away from the page, who left a telephone number.
    Notice(VisitId, NoticeKind),
}

/// What a message to a person away from the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// 「快到您了」
    NearTurn {
        /// People ahead, less than the place the rules say.
        ahead: u32,
    },
    /// 过号: the number is kept for a while.
    Missed,
    /// The call-back reached nobody and is given up.
    CallbackFailed,
    /// An appointment was booked. Sent with its link by whoever booked; the core does not know the code.
    Booked {
        /// Its slot.
        at: Timestamp,
    },
    /// The hall cannot keep the slot and has another.
    PutOff {
        /// The slot now.
        at: Timestamp,
    },
    /// The hall has called the appointment off.
    CalledOff {
        /// The slot there was.
        at: Timestamp,
    },
}
