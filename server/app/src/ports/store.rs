//! The archive as the house needs it. Every call names the hall; nothing is decided from a replica.

use async_trait::async_trait;
use yunyiban_core::{Calendar, Day, Event, HallImage, HallRules, Row, StaffMember, Visit};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{ChatLine, HallId, ItemBrief, ItemCode, ItemGuide, RecordView, Sensitive, StaffId, Timestamp, VisitId, WindowId};

use crate::ports::notices::Delivery;

/// The world failed at storing or reading. What was being done is in the text, the cause in the source.
#[derive(Debug, thiserror::Error)]
pub enum StoreFailure {
    /// The database refused or was out of reach; whether a commit happened may be unknown.
    #[error("{doing}")]
    Unavailable {
        /// What was being done: `committing 12 events of hall xinqu`.
        doing: String,
        /// The engine's word.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full: nothing was written, reads go on.
    #[error("no room on the disk while {doing}")]
    Full {
        /// What was being done.
        doing: String,
    },
    /// Another process owns the hall: drop it and load it again (epoch or sequence moved on).
    #[error("hall {hall} is owned elsewhere")]
    NotOwner {
        /// The hall.
        hall: HallId,
    },
    /// A guard of the archive (unique index, check) stopped a state that must not be. The constraint's name.
    #[error("the archive's guard {constraint} stopped a write of hall {hall}")]
    Guard {
        /// The hall.
        hall: HallId,
        /// The constraint.
        constraint: String,
    },
    /// Stored data cannot be read: a newer program wrote it, or it is damaged.
    #[error("stored data cannot be read: {0}")]
    Unreadable(String),
}

/// One hall's changes, stored together or not at all.
#[derive(Clone, Debug)]
pub struct HallBatch {
    /// The hall.
    pub hall: HallId,
    /// The owner's epoch.
    pub epoch: u32,
    /// The hall's event number before: the commit fails as [`StoreFailure::NotOwner`] if it is not.
    pub old_seq: u32,
    /// Events in order, numbered from `old_seq + 1`; may be empty when only rows change (then the number stays).
    pub events: Vec<ChainedEvent>,
    /// Rows.
    pub rows: Vec<Row>,
    /// Lines of the delivery log: messages that what happened here is told by.
    pub deliveries: Vec<Delivery>,
}

/// An event with its place in the hall's hash chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedEvent {
    /// The event.
    pub event: Event,
    /// Canonical JSON of the event, as hashed and stored.
    pub json: String,
    /// Hash of the event before, 64 hex digits; zeros for the first.
    pub prev_hash: String,
    /// `SHA-256(prev_hash || json)`, 64 hex digits.
    pub hash: String,
}

/// The right to write a hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HallLease {
    /// Grows with each owner.
    pub epoch: u32,
}

/// A new hall, from `init` or the demonstration.
#[derive(Clone, Debug)]
pub struct NewHall {
    /// Its id.
    pub id: HallId,
    /// Its name.
    pub name: String,
    /// Its telephone.
    pub telephone: String,
    /// Set in the demo hall.
    pub demo_notice: Option<String>,
    /// Its rules.
    pub rules: HallRules,
    /// Windows: id and name, in order.
    pub windows: Vec<(String, String)>,
}

/// One item of the catalogue with everything the house uses of it.
#[derive(Clone, Debug)]
pub struct CatalogueItem {
    /// For lists and search.
    pub brief: ItemBrief,
    /// For the waiting screen and the window.
    pub guide: ItemGuide,
    /// The whole item as imported, JSON.
    pub source: String,
}

/// A staff account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub member: StaffMember,
    /// The hall the account belongs to.
    pub hall: HallId,
    /// Sign-in name, lower case.
    pub sign_in_name: String,
    /// What the person may do.
    pub role: Role,
    /// Argon2id in PHC form.
    pub password_hash: Sensitive<String>,
    /// The password is one-time.
    pub must_change: bool,
    /// Disabled accounts cannot sign in and lose their sessions.
    pub disabled: bool,
    /// Wrong passwords since the last right one, from unfamiliar addresses together.
    pub failures: u32,
    /// Unfamiliar addresses are not heard until.
    pub locked_until: Option<Timestamp>,
}

/// A signed-in session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's secret, hex.
    pub token_hash: String,
    /// Who.
    pub staff: StaffId,
    /// The hall.
    pub hall: HallId,
    /// When signed in.
    pub created_at: Timestamp,
    /// Last use; written at most once a minute.
    pub seen_at: Timestamp,
    /// Ends whatever happens.
    pub expires_at: Timestamp,
}

/// What to list of the records of a hall.
#[derive(Clone, Debug, Default)]
pub struct RecordQuery {
    /// Saved (first version) at or after.
    pub from: Timestamp,
    /// Saved before.
    pub to: Timestamp,
    /// Only this item.
    pub item: Option<ItemCode>,
    /// Only saved by this person.
    pub staff: Option<StaffId>,
    /// Continue after this cursor.
    pub cursor: Option<String>,
    /// At most this many, 1–1,000.
    pub limit: u32,
}

/// One audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// When.
    pub at: Timestamp,
    /// Who: `staff:wang`, `cli`.
    pub actor: String,
    /// What, a stable word first.
    pub what: String,
}

/// The archive.
#[async_trait]
pub trait Store: Send + Sync {
    // --- the hall's writer -------------------------------------------------------------------

    /// Takes the hall over: the epoch grows, an older owner can no longer write.
    async fn take_hall(&self, hall: &HallId) -> Result<HallLease, StoreFailure>;
    /// Everything a hall in memory is built from. `day_start`: closed visits and numbers since then, and whatever ended
    /// since the first visit that a window still writes up;
    /// `requests_since`: replies since then. `None`: no such hall.
    async fn load_hall(&self, hall: &HallId, day_start: Timestamp, requests_since: Timestamp) -> Result<Option<HallImage>, StoreFailure>;
    /// Stores one batch durably, together or not at all. Batches of several halls may share a transaction.
    async fn commit(&self, batch: HallBatch) -> Result<(), StoreFailure>;
    /// Deletes replies older than the moment.
    async fn forget_requests(&self, hall: &HallId, before: Timestamp) -> Result<(), StoreFailure>;

    // --- reading -----------------------------------------------------------------------------

    /// All halls by id.
    async fn halls(&self) -> Result<Vec<HallId>, StoreFailure>;
    /// Lines of chat of a visit after a number, at most `limit`.
    async fn chat_after(&self, hall: &HallId, visit: &VisitId, number: u32, limit: u32) -> Result<Vec<ChatLine>, StoreFailure>;
    /// Newest versions of records, newest first, and the cursor of the next page.
    async fn records(&self, hall: &HallId, query: &RecordQuery) -> Result<(Vec<RecordView>, Option<String>), StoreFailure>;
    /// All versions of the record of a visit, oldest first.
    async fn record_versions(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<RecordView>, StoreFailure>;
    /// One item's guide.
    async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<Option<ItemGuide>, StoreFailure>;
    /// Events after a number in order, at most `limit`, with their hashes: for `doctor` and tests.
    async fn events_after(&self, hall: &HallId, seq: u32, limit: u32) -> Result<Vec<ChainedEvent>, StoreFailure>;
    /// Number of the last event of before a moment, whatever the clock said after it: each later one is of that moment or later. 0 when
    /// there is none.
    async fn last_event_before(&self, hall: &HallId, at: Timestamp) -> Result<u32, StoreFailure>;
    /// Numbers of the first and the last event whose clock said a moment from the one on and before the other. Reads every event of
    /// the hall: for the command line.
    async fn span_of_events(&self, hall: &HallId, between: (Timestamp, Timestamp)) -> Result<Option<(u32, u32)>, StoreFailure>;
    /// The last event of a window up to a number.
    async fn window_event(&self, hall: &HallId, window: &WindowId, seq: u32) -> Result<Option<Event>, StoreFailure>;
    /// Visits whose number was given on a day, in the order of their numbers, at most `limit`.
    async fn visits_of_day(&self, hall: &HallId, day: Day, limit: u32) -> Result<Vec<Visit>, StoreFailure>;
    /// Whether this picture belongs to this visit.
    async fn picture_of(&self, hall: &HallId, bulk: &yunyiban_protocol::BulkId) -> Result<Option<VisitId>, StoreFailure>;

    /// The key by which telephones of this hall are marked; `fresh` becomes it where there is none yet.
    async fn phone_key(&self, hall: &HallId, fresh: &Sensitive<String>) -> Result<Sensitive<String>, StoreFailure>;

    // --- set-up and accounts -----------------------------------------------------------------

    /// Makes a hall. Fails as [`StoreFailure::Guard`] when it exists.
    async fn create_hall(&self, hall: &NewHall) -> Result<(), StoreFailure>;
    /// Replaces the rules of a hall beside its owner, who loses it by that, and reads them when it takes it again.
    async fn put_rules(&self, hall: &HallId, rules: &HallRules) -> Result<(), StoreFailure>;
    /// Replaces the special days of a hall beside its owner, who loses it by that, and reads them when it takes it again.
    async fn put_calendar(&self, hall: &HallId, calendar: &Calendar) -> Result<(), StoreFailure>;
    /// Replaces the catalogue of a hall.
    async fn put_catalogue(&self, hall: &HallId, items: &[CatalogueItem]) -> Result<(), StoreFailure>;
    /// Inserts an account; one sign-in name a house. What changes in it later is written alone, because the command line
    /// works on accounts beside the server: a whole row written back would undo what the other did meanwhile.
    async fn add_account(&self, account: &Account) -> Result<(), StoreFailure>;
    /// Notes how many wrong passwords there were from unfamiliar addresses, and until when those are not heard.
    async fn note_failures(&self, hall: &HallId, staff: &StaffId, failures: u32, locked_until: Option<Timestamp>) -> Result<(), StoreFailure>;
    /// Puts an own password where the hash `checked` stands; sessions end. `false`, and nothing changes, when the password
    /// is another one meanwhile or the account is disabled.
    async fn choose_password(
        &self,
        hall: &HallId,
        staff: &StaffId,
        checked: &Sensitive<String>,
        hash: &Sensitive<String>,
    ) -> Result<bool, StoreFailure>;
    /// Gives a one-time password whatever there was before: the account is enabled, lock and sessions end.
    async fn reset_password(&self, hall: &HallId, staff: &StaffId, hash: &Sensitive<String>) -> Result<(), StoreFailure>;
    /// Disables an account; its sessions end.
    async fn disable_account(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure>;
    /// An account by sign-in name.
    async fn account_by_name(&self, sign_in_name: &str) -> Result<Option<Account>, StoreFailure>;
    /// An account by id.
    async fn account(&self, hall: &HallId, staff: &StaffId) -> Result<Option<Account>, StoreFailure>;
    /// Accounts of a hall.
    async fn accounts(&self, hall: &HallId) -> Result<Vec<Account>, StoreFailure>;
    /// Stores a session that begins by the password whose hash is `checked`, and leaves the hash `left` in its place: the same,
    /// or one that is used up. `false`, and nothing changes, when the password is another one meanwhile or the account is disabled.
    async fn begin_session(&self, session: &Session, checked: &Sensitive<String>, left: &Sensitive<String>) -> Result<bool, StoreFailure>;
    /// Notes the last use of a session, if it has not ended meanwhile.
    async fn note_use(&self, token_hash: &str, at: Timestamp) -> Result<(), StoreFailure>;
    /// A session by the hash of its secret.
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreFailure>;
    /// Ends one session.
    async fn end_session(&self, token_hash: &str) -> Result<(), StoreFailure>;
    /// Ends every session of a person.
    async fn end_sessions(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure>;
    /// Notes that a person signed in from an address, and forgets those not used since `keep_since`.
    async fn note_place(&self, hall: &HallId, staff: &StaffId, address: &str, at: Timestamp, keep_since: Timestamp) -> Result<(), StoreFailure>;
    /// Whether the person signed in from the address at `since` or later.
    async fn is_place(&self, hall: &HallId, staff: &StaffId, address: &str, since: Timestamp) -> Result<bool, StoreFailure>;
    /// Inserts a line of the delivery log, or replaces the one of its id while that waits: how a message ended stays.
    async fn put_delivery(&self, hall: &HallId, delivery: &Delivery) -> Result<(), StoreFailure>;
    /// Lines of the delivery log that wait, oldest first: of more than `limit` the newest.
    async fn waiting_deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure>;
    /// The delivery log, newest first, at most `limit`.
    async fn deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure>;
    /// Audit rows of a moment or later whose first word is this, newest first, at most `limit`.
    async fn audited(&self, hall: &HallId, word: &str, since: Timestamp, limit: u32) -> Result<Vec<Audited>, StoreFailure>;
    /// One audit row outside the hall's writer: sign-in, lock-out, export.
    async fn audit(&self, hall: &HallId, at: Timestamp, actor: &str, what: &str) -> Result<(), StoreFailure>;

    // --- keeping -----------------------------------------------------------------------------

    /// A consistent copy of the whole archive into a new file or folder.
    async fn backup(&self, into: &std::path::Path) -> Result<(), StoreFailure>;
    /// A round trip to the disk: reads and writes one row.
    async fn check(&self) -> Result<(), StoreFailure>;
}
