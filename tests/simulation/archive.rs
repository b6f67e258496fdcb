//! The archive in memory behind a disk that has bad days: slow, full, out of reach, answering nothing after it stored
//! everything, taken by another owner.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use yunyiban_app::ports::Store;
use yunyiban_app::ports::notices::Delivery;
use yunyiban_app::ports::store::{Account, Audited, CatalogueItem, ChainedEvent, HallBatch, HallLease, NewHall, RecordQuery, Session, StoreFailure};
use yunyiban_core::{Calendar, Day, Event, HallImage, HallRules, Visit};
use yunyiban_protocol::{BulkId, ChatLine, HallId, ItemCode, ItemGuide, RecordView, Sensitive, StaffId, Timestamp, VisitId, WindowId};
use yunyiban_store::MemoryStore;

use super::book::Book;
use super::chance::Chance;
use super::notices;
use super::tick::note_pair;
use super::truth::stored;
use super::world::World;

/// Lines of chat are read within this, milliseconds: a hall waits less for them where another sends somebody.
const SLOW_READING_MS: i64 = 1_500;

/// What the disk does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Commits take up to so many milliseconds until the moment.
    pub slow: Option<(i64, i64)>,
    /// Nothing can be stored until the moment.
    pub failing: i64,
    /// There is no room until the moment.
    pub full: i64,
    /// Nothing can be read until the moment.
    pub unreadable: i64,
    /// So many commits are stored without an answer.
    pub lost_replies: u32,
}

/// See the module.
pub struct SimArchive {
    world: Arc<World>,
    inner: MemoryStore,
    book: Arc<Mutex<Book>>,
    state: Mutex<(Weather, Chance)>,
}

impl SimArchive {
    /// An empty archive on a good day.
    pub fn new(world: Arc<World>, book: Arc<Mutex<Book>>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            world,
            inner: MemoryStore::new(),
            book,
            state: Mutex::new((Weather::default(), Chance::new(seed, 3))),
        })
    }

    /// Changes the weather.
    pub fn change(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.state.lock().unwrap().0);
    }

    /// Another owner takes the hall, as a second process would: the present one can store nothing more.
    pub async fn taken_by_another(&self, hall: &HallId) {
        if let Ok(lease) = self.inner.take_hall(hall).await {
            self.took(hall, lease);
        }
    }

    /// What is stored, without looking like a load.
    pub async fn stored_image(&self, hall: &HallId, since: Timestamp) -> Result<HallImage, StoreFailure> {
        let image = self.inner.load_hall(hall, since, since).await?;
        image.ok_or_else(|| self.out_of_reach("reading a hall"))
    }

    /// The chat as stored, at once.
    pub async fn stored_chat(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<ChatLine>, StoreFailure> {
        self.inner.chat_after(hall, visit, 0, u32::MAX).await
    }

    fn took(&self, hall: &HallId, lease: HallLease) {
        let mut book = self.book.lock().unwrap();
        book.in_trouble();
        if let Some(truth) = book.halls.get_mut(hall) {
            truth.epoch = lease.epoch;
        }
    }

    fn weather(&self) -> Weather {
        self.state.lock().unwrap().0
    }

    /// Milliseconds before and after the moment at which a commit is on the disk.
    fn pace(&self, hall: &HallId) -> (i64, i64) {
        let mut state = self.state.lock().unwrap();
        let now = self.world.now();
        let most = state.0.slow.filter(|(until, _)| *until > now).map_or(12, |(_, most)| most);
        if most > 12 {
            self.waits(hall, true);
        }
        (state.1.between(0, most), state.1.between(1, most))
    }

    fn waits(&self, hall: &HallId, waits: bool) {
        let mut book = self.book.lock().unwrap();
        let was_waiting = book
            .halls
            .get_mut(hall)
            .is_some_and(|truth| std::mem::replace(&mut truth.is_waiting, waits));
        if was_waiting || waits {
            book.in_trouble();
        }
    }

    fn may_write(&self, doing: &str) -> Result<(), StoreFailure> {
        let now = self.world.now();
        let weather = self.weather();
        if weather.full > now {
            self.book.lock().unwrap().in_trouble();
            return Err(StoreFailure::Full { doing: doing.into() });
        }
        if weather.failing > now {
            return Err(self.out_of_reach(doing));
        }
        Ok(())
    }

    fn may_read(&self, doing: &str) -> Result<(), StoreFailure> {
        if self.weather().unreadable > self.world.now() {
            return Err(self.out_of_reach(doing));
        }
        Ok(())
    }

    fn out_of_reach(&self, doing: &str) -> StoreFailure {
        self.book.lock().unwrap().in_trouble();
        StoreFailure::Unavailable {
            doing: doing.into(),
            cause: "the simulated disk fails".into(),
        }
    }

    async fn commit_slowly(&self, batch: HallBatch) -> Result<(), StoreFailure> {
        let (before, after) = self.pace(&batch.hall);
        self.world.sleep(before).await;
        self.may_write("committing")?;
        let committed = self.inner.commit(batch.clone()).await;
        match &committed {
            Ok(()) => stored(&mut self.book.lock().unwrap(), &batch),
            Err(StoreFailure::Guard { constraint, .. }) => {
                let story = format!("the guard {constraint} had to stop a write");
                self.book.lock().unwrap().fail("D", &story);
            }
            Err(_) => self.book.lock().unwrap().in_trouble(),
        }
        committed?;
        self.world.sleep(after).await;
        if self.answer_is_lost() {
            return Err(self.out_of_reach("committing"));
        }
        Ok(())
    }

    /// Lines of chat are no part of what a hall keeps in mind, and come now and then late.
    fn pause_of_reading(&self) -> i64 {
        let mut state = self.state.lock().unwrap();
        if state.1.percent(15) { state.1.between(100, SLOW_READING_MS) } else { 0 }
    }

    fn answer_is_lost(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let lost = state.0.lost_replies > 0;
        state.0.lost_replies = state.0.lost_replies.saturating_sub(1);
        lost
    }
}

#[async_trait]
impl Store for SimArchive {
    async fn take_hall(&self, hall: &HallId) -> Result<HallLease, StoreFailure> {
        self.may_write("taking a hall over")?;
        self.world.sleep(1).await;
        let lease = self.inner.take_hall(hall).await?;
        self.took(hall, lease);
        Ok(lease)
    }

    async fn load_hall(&self, hall: &HallId, day_start: Timestamp, requests_since: Timestamp) -> Result<Option<HallImage>, StoreFailure> {
        self.may_read("loading a hall")?;
        self.world.sleep(2).await;
        let image = self.inner.load_hall(hall, day_start, requests_since).await?;
        let mut book = self.book.lock().unwrap();
        book.in_trouble();
        book.note(&format!("{hall} is loaded"));
        let now = book.now();
        if let Some(truth) = book.halls.get_mut(hall) {
            (truth.loaded_at, truth.is_waiting) = (now, false);
        }
        Ok(image)
    }

    async fn commit(&self, batch: HallBatch) -> Result<(), StoreFailure> {
        let hall = batch.hall.clone();
        let committed = self.commit_slowly(batch).await;
        if let Err(failure) = &committed {
            let mut book = self.book.lock().unwrap();
            book.note(&format!("{hall} stores nothing: {failure}"));
            if let Some(truth) = book.halls.get_mut(&hall) {
                truth.is_waiting = true;
            }
        } else {
            self.waits(&hall, false);
        }
        committed
    }

    async fn forget_requests(&self, hall: &HallId, before: Timestamp) -> Result<(), StoreFailure> {
        self.inner.forget_requests(hall, before).await
    }

    async fn halls(&self) -> Result<Vec<HallId>, StoreFailure> {
        self.may_read("listing halls")?;
        self.inner.halls().await
    }

    async fn chat_after(&self, hall: &HallId, visit: &VisitId, number: u32, limit: u32) -> Result<Vec<ChatLine>, StoreFailure> {
        self.may_read("reading chat")?;
        self.world.sleep(self.pause_of_reading()).await;
        self.inner.chat_after(hall, visit, number, limit).await
    }

    async fn records(&self, hall: &HallId, query: &RecordQuery) -> Result<(Vec<RecordView>, Option<String>), StoreFailure> {
        self.inner.records(hall, query).await
    }

    async fn record_versions(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<RecordView>, StoreFailure> {
        self.inner.record_versions(hall, visit).await
    }

    async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<Option<ItemGuide>, StoreFailure> {
        self.inner.item_guide(hall, item).await
    }

    async fn events_after(&self, hall: &HallId, seq: u32, limit: u32) -> Result<Vec<ChainedEvent>, StoreFailure> {
        self.inner.events_after(hall, seq, limit).await
    }

    async fn last_event_before(&self, hall: &HallId, at: Timestamp) -> Result<u32, StoreFailure> {
        self.inner.last_event_before(hall, at).await
    }

    async fn span_of_events(&self, hall: &HallId, between: (Timestamp, Timestamp)) -> Result<Option<(u32, u32)>, StoreFailure> {
        self.inner.span_of_events(hall, between).await
    }

    async fn window_event(&self, hall: &HallId, window: &WindowId, seq: u32) -> Result<Option<Event>, StoreFailure> {
        self.inner.window_event(hall, window, seq).await
    }

    async fn visits_of_day(&self, hall: &HallId, day: Day, limit: u32) -> Result<Vec<Visit>, StoreFailure> {
        self.may_read("reading visits")?;
        self.inner.visits_of_day(hall, day, limit).await
    }

    async fn picture_of(&self, hall: &HallId, bulk: &BulkId) -> Result<Option<VisitId>, StoreFailure> {
        self.inner.picture_of(hall, bulk).await
    }

    async fn phone_key(&self, hall: &HallId, fresh: &Sensitive<String>) -> Result<Sensitive<String>, StoreFailure> {
        self.may_write("making a key")?;
        self.inner.phone_key(hall, fresh).await
    }

    async fn create_hall(&self, hall: &NewHall) -> Result<(), StoreFailure> {
        self.inner.create_hall(hall).await
    }

    async fn put_rules(&self, hall: &HallId, rules: &HallRules) -> Result<(), StoreFailure> {
        self.inner.put_rules(hall, rules).await
    }

    async fn put_catalogue(&self, hall: &HallId, items: &[CatalogueItem]) -> Result<(), StoreFailure> {
        self.inner.put_catalogue(hall, items).await
    }

    async fn add_account(&self, account: &Account) -> Result<(), StoreFailure> {
        self.inner.add_account(account).await
    }

    async fn note_failures(&self, hall: &HallId, staff: &StaffId, failures: u32, locked_until: Option<Timestamp>) -> Result<(), StoreFailure> {
        self.may_write("noting wrong passwords")?;
        self.inner.note_failures(hall, staff, failures, locked_until).await
    }

    async fn choose_password(
        &self,
        hall: &HallId,
        staff: &StaffId,
        checked: &Sensitive<String>,
        hash: &Sensitive<String>,
    ) -> Result<bool, StoreFailure> {
        self.may_write("storing a password")?;
        self.inner.choose_password(hall, staff, checked, hash).await
    }

    async fn reset_password(&self, hall: &HallId, staff: &StaffId, hash: &Sensitive<String>) -> Result<(), StoreFailure> {
        self.may_write("storing a password")?;
        self.inner.reset_password(hall, staff, hash).await
    }

    async fn disable_account(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        self.may_write("disabling an account")?;
        self.inner.disable_account(hall, staff).await
    }

    async fn account_by_name(&self, sign_in_name: &str) -> Result<Option<Account>, StoreFailure> {
        self.may_read("reading an account")?;
        self.inner.account_by_name(sign_in_name).await
    }

    async fn account(&self, hall: &HallId, staff: &StaffId) -> Result<Option<Account>, StoreFailure> {
        self.may_read("reading an account")?;
        self.inner.account(hall, staff).await
    }

    async fn accounts(&self, hall: &HallId) -> Result<Vec<Account>, StoreFailure> {
        self.inner.accounts(hall).await
    }

    async fn begin_session(&self, session: &Session, checked: &Sensitive<String>, left: &Sensitive<String>) -> Result<bool, StoreFailure> {
        self.may_write("storing a session")?;
        self.inner.begin_session(session, checked, left).await
    }

    async fn note_use(&self, token_hash: &str, at: Timestamp) -> Result<(), StoreFailure> {
        self.may_write("noting the use of a session")?;
        self.inner.note_use(token_hash, at).await
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreFailure> {
        self.may_read("reading a session")?;
        self.inner.session(token_hash).await
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreFailure> {
        self.may_write("ending a session")?;
        self.inner.end_session(token_hash).await
    }

    async fn end_sessions(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        self.inner.end_sessions(hall, staff).await
    }

    async fn note_place(&self, hall: &HallId, staff: &StaffId, address: &str, at: Timestamp, keep_since: Timestamp) -> Result<(), StoreFailure> {
        self.may_write("noting an address")?;
        self.inner.note_place(hall, staff, address, at, keep_since).await
    }

    async fn is_place(&self, hall: &HallId, staff: &StaffId, address: &str, since: Timestamp) -> Result<bool, StoreFailure> {
        self.inner.is_place(hall, staff, address, since).await
    }

    async fn put_delivery(&self, hall: &HallId, delivery: &Delivery) -> Result<(), StoreFailure> {
        let noted = match self.may_write("noting a delivery") {
            Ok(()) => self.inner.put_delivery(hall, delivery).await,
            Err(failure) => Err(failure),
        };
        notices::noted(&mut self.book.lock().unwrap(), hall, delivery, noted.is_ok());
        noted
    }

    async fn waiting_deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        self.may_read("reading messages")?;
        self.inner.waiting_deliveries(hall, limit).await
    }

    async fn deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        self.inner.deliveries(hall, limit).await
    }

    async fn put_calendar(&self, hall: &HallId, calendar: &Calendar) -> Result<(), StoreFailure> {
        self.inner.put_calendar(hall, calendar).await
    }

    async fn audited(&self, hall: &HallId, word: &str, since: Timestamp, limit: u32) -> Result<Vec<Audited>, StoreFailure> {
        self.may_read("reading the audit")?;
        self.inner.audited(hall, word, since, limit).await
    }

    async fn audit(&self, hall: &HallId, at: Timestamp, actor: &str, what: &str) -> Result<(), StoreFailure> {
        self.may_write("auditing")?;
        self.inner.audit(hall, at, actor, what).await
    }

    async fn backup(&self, into: &Path) -> Result<(), StoreFailure> {
        self.inner.backup(into).await
    }

    async fn check(&self) -> Result<(), StoreFailure> {
        self.may_write("checking the disk")
    }
}

/// Looks anew who waits for whom: time alone may have made a visit ready.
pub fn look_again(book: &mut Book) {
    for hall in book.halls.keys().cloned().collect::<Vec<_>>() {
        if let Some(mut truth) = book.halls.remove(&hall) {
            note_pair(book, &mut truth);
            book.halls.insert(hall, truth);
        }
    }
}
