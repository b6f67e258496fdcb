//! The port on any engine: each call is one query or one script.

use std::path::Path;

use async_trait::async_trait;
use yunyiban_app::ports::notices::Delivery;
use yunyiban_app::ports::store::{
    Account, Audited, CatalogueItem, ChainedEvent, HallBatch, HallLease, NewHall, RecordQuery, Session, Store, StoreFailure,
};
use yunyiban_core::{Calendar, Day, Event, HallImage, HallRules, Visit};
use yunyiban_protocol::{BulkId, ChatLine, HallId, ItemCode, ItemGuide, RecordView, Sensitive, StaffId, Timestamp, VisitId, WindowId};

use crate::cursor::Cursor;
use crate::engine::Engine;
use crate::sql::{Fields, Script, Statement, values};
use crate::trouble::Trouble;
use crate::{accounts, calendar, commit, deliveries, load, phone_marks, records, setup};

const TAKE_HALL: &str = "update halls set epoch = epoch + 1 where id = $1 returning epoch";

const HALLS: &str = "select id from halls";

const FORGET_REQUESTS: &str = "delete from requests where hall = $1 and at_ms < $2";

const CHAT_AFTER: &str = "select value from chat_lines where hall = $1 and visit = $2 and number > $3 order by number limit $4";

const ITEM_GUIDE: &str = "select guide from items where hall = $1 and code = $2 and listed = true";

const EVENTS_AFTER: &str = "select body, prev_hash, hash from events where hall = $1 and seq > $2 order by seq limit $3";

const LAST_EVENT_BEFORE: &str = "select seq from events where hall = $1 and at_ms < $2 order by seq desc limit 1";

const SPAN_OF_EVENTS: &str = "select min(seq), max(seq) from events where hall = $1 and at_ms >= $2 and at_ms < $3 having count(*) > 0";

const WINDOW_EVENT: &str = "select body from events \
    where hall = $1 and subject = 'window' and window_id = $2 and seq <= $3 \
    order by seq desc limit 1";

/// By the index of the numbers of a day (`visits_number`).
const VISITS_OF_DAY: &str = "select body from visits where hall = $1 and day = $2 order by number_value, number limit $3";

const PICTURE_OF: &str = "select visit from pictures where hall = $1 and bulk = $2";

const PULSE: &str = "insert into pulse (id, beats) values ('check', 1) on conflict (id) do update set beats = pulse.beats + 1 returning beats";

/// The archive in a database.
pub struct SqlStore<E> {
    pub(crate) engine: E,
}

impl<E: Engine> SqlStore<E> {
    async fn rows(&self, hall: &HallId, doing: &str, query: Statement) -> Result<Vec<Fields>, StoreFailure> {
        self.engine
            .read(query)
            .await
            .map_err(|trouble| trouble.failure(hall, format!("{doing} of hall {hall}")))
    }

    async fn first(&self, hall: &HallId, doing: &str, query: Statement) -> Result<Option<Fields>, StoreFailure> {
        Ok(self.rows(hall, doing, query).await?.into_iter().next())
    }

    async fn house_rows(&self, doing: &str, query: Statement) -> Result<Vec<Fields>, StoreFailure> {
        self.engine.read(query).await.map_err(|trouble| trouble.failure(&HallId::new(""), doing))
    }

    async fn done(&self, script: Script) -> Result<(), StoreFailure> {
        self.engine.write(script).await.map(|_| ())
    }

    /// `false`, and nothing is stored, when what the script rests on has changed meanwhile.
    async fn done_unless_stale(&self, script: Script) -> Result<bool, StoreFailure> {
        match self.done(script).await {
            Ok(()) => Ok(true),
            Err(StoreFailure::NotOwner { .. }) => Ok(false),
            Err(
                other @ (StoreFailure::Unavailable { .. } | StoreFailure::Full { .. } | StoreFailure::Guard { .. } | StoreFailure::Unreadable(_)),
            ) => Err(other),
        }
    }
}

#[async_trait]
impl<E: Engine> Store for SqlStore<E> {
    async fn take_hall(&self, hall: &HallId) -> Result<HallLease, StoreFailure> {
        let doing = format!("taking over hall {hall}");
        if !self.engine.may_own() {
            return Err(Trouble::told("another process serves this archive").failure(hall, doing));
        }
        let taken = self
            .engine
            .write(Script::of_hall(hall, doing, vec![Statement::new(TAKE_HALL, values![hall.as_str()])]))
            .await?;
        let row = taken
            .first()
            .ok_or_else(|| StoreFailure::Unreadable(format!("there is no hall {hall}")))?;
        Ok(HallLease { epoch: row.count(0)? })
    }

    async fn load_hall(&self, hall: &HallId, day_start: Timestamp, requests_since: Timestamp) -> Result<Option<HallImage>, StoreFailure> {
        load::hall(&self.engine, hall, day_start, requests_since).await
    }

    async fn commit(&self, batch: HallBatch) -> Result<(), StoreFailure> {
        self.done(commit::script(batch)).await
    }

    async fn forget_requests(&self, hall: &HallId, before: Timestamp) -> Result<(), StoreFailure> {
        let forget = Statement::new(FORGET_REQUESTS, values![hall.as_str(), before]);
        self.done(Script::of_hall(hall, format!("forgetting old replies of hall {hall}"), vec![forget]))
            .await
    }

    async fn halls(&self) -> Result<Vec<HallId>, StoreFailure> {
        let rows = self.house_rows("listing the halls", Statement::new(HALLS, Vec::new())).await?;
        let mut halls = rows.iter().map(|row| row.text(0).map(HallId::new)).collect::<Result<Vec<_>, _>>()?;
        halls.sort();
        Ok(halls)
    }

    async fn chat_after(&self, hall: &HallId, visit: &VisitId, number: u32, limit: u32) -> Result<Vec<ChatLine>, StoreFailure> {
        let query = Statement::new(CHAT_AFTER, values![hall.as_str(), visit.as_str(), number, limit]);
        self.rows(hall, "reading chat", query)
            .await?
            .iter()
            .map(|row| row.json(0, "a line of chat"))
            .collect()
    }

    async fn records(&self, hall: &HallId, query: &RecordQuery) -> Result<(Vec<RecordView>, Option<String>), StoreFailure> {
        let Some(cursor) = Cursor::from_query(query) else {
            return Ok((Vec::new(), None));
        };
        let rows = self.rows(hall, "listing records", records::list(hall, query, &cursor)).await?;
        Ok(Cursor::page(rows.iter().map(records::view).collect::<Result<_, _>>()?, query))
    }

    async fn record_versions(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<RecordView>, StoreFailure> {
        let rows = self.rows(hall, "reading a record", records::versions(hall, visit)).await?;
        rows.iter().map(|row| records::view(row).map(|(_, view)| view)).collect()
    }

    async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<Option<ItemGuide>, StoreFailure> {
        let found = self
            .first(hall, "reading an item", Statement::new(ITEM_GUIDE, values![hall.as_str(), item.as_str()]))
            .await?;
        found.map(|row| row.json(0, "an item's guide")).transpose()
    }

    async fn events_after(&self, hall: &HallId, seq: u32, limit: u32) -> Result<Vec<ChainedEvent>, StoreFailure> {
        let rows = self
            .rows(hall, "reading events", Statement::new(EVENTS_AFTER, values![hall.as_str(), seq, limit]))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ChainedEvent {
                    event: row.json(0, "an event")?,
                    json: row.text(0)?,
                    prev_hash: row.text(1)?,
                    hash: row.text(2)?,
                })
            })
            .collect()
    }

    async fn last_event_before(&self, hall: &HallId, at: Timestamp) -> Result<u32, StoreFailure> {
        let query = Statement::new(LAST_EVENT_BEFORE, values![hall.as_str(), at]);
        let found = self.first(hall, "finding an event", query).await?;
        found.map_or(Ok(0), |row| row.count(0))
    }

    async fn span_of_events(&self, hall: &HallId, (from, until): (Timestamp, Timestamp)) -> Result<Option<(u32, u32)>, StoreFailure> {
        let query = Statement::new(SPAN_OF_EVENTS, values![hall.as_str(), from, until]);
        let found = self.first(hall, "finding events", query).await?;
        found.map(|row| Ok((row.count(0)?, row.count(1)?))).transpose()
    }

    async fn window_event(&self, hall: &HallId, window: &WindowId, seq: u32) -> Result<Option<Event>, StoreFailure> {
        let query = Statement::new(WINDOW_EVENT, values![hall.as_str(), window.as_str(), seq]);
        let found = self.first(hall, "finding an event of a window", query).await?;
        found.map(|row| row.json(0, "an event")).transpose()
    }

    async fn visits_of_day(&self, hall: &HallId, day: Day, limit: u32) -> Result<Vec<Visit>, StoreFailure> {
        let query = Statement::new(VISITS_OF_DAY, values![hall.as_str(), day.number(), limit]);
        let rows = self.rows(hall, "reading visits", query).await?;
        rows.iter().map(|row| row.json(0, "a visit")).collect()
    }

    async fn picture_of(&self, hall: &HallId, bulk: &BulkId) -> Result<Option<VisitId>, StoreFailure> {
        let found = self
            .first(
                hall,
                "finding a picture",
                Statement::new(PICTURE_OF, values![hall.as_str(), bulk.as_str()]),
            )
            .await?;
        found.map(|row| row.text(0).map(VisitId::new)).transpose()
    }

    async fn phone_key(&self, hall: &HallId, fresh: &Sensitive<String>) -> Result<Sensitive<String>, StoreFailure> {
        let rows = self.engine.write(phone_marks::key(hall, fresh.reveal())).await?;
        let row = rows.first().ok_or_else(|| StoreFailure::Unreadable(format!("there is no hall {hall}")))?;
        Ok(Sensitive::new(row.text(0)?))
    }

    async fn create_hall(&self, hall: &NewHall) -> Result<(), StoreFailure> {
        self.done(setup::create_hall(hall)).await
    }

    async fn put_rules(&self, hall: &HallId, rules: &HallRules) -> Result<(), StoreFailure> {
        self.done(setup::put_rules(hall, rules)).await
    }

    async fn put_calendar(&self, hall: &HallId, calendar: &Calendar) -> Result<(), StoreFailure> {
        self.done(calendar::put(hall, calendar)).await
    }

    async fn put_catalogue(&self, hall: &HallId, items: &[CatalogueItem]) -> Result<(), StoreFailure> {
        self.done(setup::put_catalogue(hall, items)).await
    }

    async fn add_account(&self, account: &Account) -> Result<(), StoreFailure> {
        self.done(accounts::add(account)).await
    }

    async fn note_failures(&self, hall: &HallId, staff: &StaffId, failures: u32, locked_until: Option<Timestamp>) -> Result<(), StoreFailure> {
        self.done(accounts::note_failures(hall, staff, failures, locked_until)).await
    }

    async fn choose_password(
        &self,
        hall: &HallId,
        staff: &StaffId,
        checked: &Sensitive<String>,
        hash: &Sensitive<String>,
    ) -> Result<bool, StoreFailure> {
        self.done_unless_stale(accounts::choose_password(hall, staff, checked, hash)).await
    }

    async fn reset_password(&self, hall: &HallId, staff: &StaffId, hash: &Sensitive<String>) -> Result<(), StoreFailure> {
        self.done(accounts::reset_password(hall, staff, hash)).await
    }

    async fn disable_account(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        self.done(accounts::disable(hall, staff)).await
    }

    async fn account_by_name(&self, sign_in_name: &str) -> Result<Option<Account>, StoreFailure> {
        let rows = self.house_rows("reading an account", accounts::by_name(sign_in_name)).await?;
        rows.first().map(accounts::account).transpose()
    }

    async fn account(&self, hall: &HallId, staff: &StaffId) -> Result<Option<Account>, StoreFailure> {
        self.first(hall, "reading an account", accounts::by_id(hall, staff))
            .await?
            .as_ref()
            .map(accounts::account)
            .transpose()
    }

    async fn accounts(&self, hall: &HallId) -> Result<Vec<Account>, StoreFailure> {
        let rows = self.rows(hall, "listing the accounts", accounts::of_hall(hall)).await?;
        let mut accounts = rows.iter().map(accounts::account).collect::<Result<Vec<_>, _>>()?;
        accounts.sort_by(|a, b| a.sign_in_name.cmp(&b.sign_in_name));
        Ok(accounts)
    }

    async fn begin_session(&self, session: &Session, checked: &Sensitive<String>, left: &Sensitive<String>) -> Result<bool, StoreFailure> {
        self.done_unless_stale(accounts::begin_session(session, checked, left)).await
    }

    async fn note_use(&self, token_hash: &str, at: Timestamp) -> Result<(), StoreFailure> {
        self.done(accounts::note_use(token_hash, at)).await
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreFailure> {
        let rows = self.house_rows("reading a session", accounts::session(token_hash)).await?;
        rows.first().map(accounts::session_row).transpose()
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreFailure> {
        self.done(accounts::end_session(token_hash)).await
    }

    async fn end_sessions(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        self.done(accounts::end_sessions(hall, staff)).await
    }

    async fn note_place(&self, hall: &HallId, staff: &StaffId, address: &str, at: Timestamp, keep_since: Timestamp) -> Result<(), StoreFailure> {
        self.done(accounts::note_place(hall, staff, address, at, keep_since)).await
    }

    async fn is_place(&self, hall: &HallId, staff: &StaffId, address: &str, since: Timestamp) -> Result<bool, StoreFailure> {
        let query = accounts::place(hall, staff, address, since);
        Ok(self.first(hall, "looking for an address", query).await?.is_some())
    }

    async fn put_delivery(&self, hall: &HallId, delivery: &Delivery) -> Result<(), StoreFailure> {
        self.done(deliveries::put(hall, delivery)).await
    }

    async fn waiting_deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        let rows = self
            .rows(hall, "reading the messages that wait", deliveries::waiting(hall, limit))
            .await?;
        rows.iter().rev().map(deliveries::delivery).collect()
    }

    async fn deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        let rows = self.rows(hall, "reading the delivery log", deliveries::newest(hall, limit)).await?;
        rows.iter().map(deliveries::delivery).collect()
    }

    async fn audited(&self, hall: &HallId, word: &str, since: Timestamp, limit: u32) -> Result<Vec<Audited>, StoreFailure> {
        let rows = self.rows(hall, "reading the audit", accounts::audited(hall, word, since, limit)).await?;
        rows.iter().map(accounts::audit_row).collect()
    }

    async fn audit(&self, hall: &HallId, at: Timestamp, actor: &str, what: &str) -> Result<(), StoreFailure> {
        self.done(accounts::audit(hall, at, actor, what)).await
    }

    async fn backup(&self, into: &Path) -> Result<(), StoreFailure> {
        self.engine.backup(into).await
    }

    async fn check(&self) -> Result<(), StoreFailure> {
        self.done(Script::of_house("checking the way to the disk", Statement::new(PULSE, Vec::new())))
            .await
    }
}
