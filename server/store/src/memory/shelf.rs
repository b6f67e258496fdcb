//! One hall's part of the archive in memory.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_app::ports::store::{Audited, CatalogueItem, ChainedEvent, HallBatch, NewHall, RecordQuery, StoreFailure};
use yunyiban_core::setup::LEARNED_VISITS;
use yunyiban_core::{
    Calendar, Day, Done, GivenToken, HallImage, KeptMark, RecordFacts, RecordWords, Row, Sealed, StaffMember, Suspended, TokenHash, Visit, Window,
    visit_of,
};
use yunyiban_protocol::{
    BulkId, ChatLine, ContactView, ItemCode, ItemRef, QueueId, RatingLevel, RecordView, RequestKey, Sensitive, StaffId, Timestamp, VisitId, WindowId,
};

use super::unique::{Taken, Unique, held_by_insert, held_by_visit};
use crate::columns::{actor_text, closed_at, trailing_number};
use crate::cursor::Cursor;

/// Rows and events of a hall.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) hall: NewHall,
    pub(super) calendar: Calendar,
    suspended: Option<Suspended>,
    pub(super) epoch: u32,
    seq: u32,
    last_hash: String,
    windows: Vec<Window>,
    pub(super) items: Vec<CatalogueItem>,
    item_names: BTreeMap<ItemCode, String>,
    visits: BTreeMap<VisitId, KeptVisit>,
    beside: BTreeMap<VisitId, Vec<GivenToken>>,
    contacts: BTreeMap<VisitId, ContactView>,
    phone_marks: BTreeMap<VisitId, KeptMark>,
    pub(super) phone_key: Option<Sensitive<String>>,
    chat: BTreeMap<(VisitId, u32), ChatLine>,
    records: BTreeMap<(VisitId, u32), KeptRecord>,
    pub(super) ratings: BTreeMap<VisitId, (RatingLevel, Timestamp)>,
    requests: BTreeMap<(String, RequestKey), (Done, Timestamp)>,
    pub(super) pictures: BTreeMap<BulkId, VisitId>,
    pub(super) events: Vec<ChainedEvent>,
    /// Newest first.
    pub(super) deliveries: Vec<Delivery>,
    /// Oldest first.
    pub(super) audits: Vec<Audited>,
    taken: Taken,
}

/// A visit and its tokens.
#[derive(Clone, Debug)]
struct KeptVisit {
    visit: Visit,
    token: Option<TokenHash>,
    previous: Option<TokenHash>,
}

/// A version of a record with what lists are made by.
#[derive(Clone, Debug)]
struct KeptRecord {
    view: RecordView,
    staff: StaffId,
    first_saved_at: Timestamp,
}

impl Shelf {
    pub(super) fn new(hall: NewHall) -> Self {
        let windows = hall
            .windows
            .iter()
            .map(|(id, name)| Window::new(WindowId::new(id), name.as_str()))
            .collect();
        Self {
            hall,
            calendar: Calendar::default(),
            suspended: None,
            epoch: 0,
            seq: 0,
            last_hash: "0".repeat(64),
            windows,
            items: Vec::new(),
            item_names: BTreeMap::new(),
            visits: BTreeMap::new(),
            beside: BTreeMap::new(),
            contacts: BTreeMap::new(),
            phone_marks: BTreeMap::new(),
            phone_key: None,
            chat: BTreeMap::new(),
            records: BTreeMap::new(),
            ratings: BTreeMap::new(),
            requests: BTreeMap::new(),
            pictures: BTreeMap::new(),
            events: Vec::new(),
            deliveries: Vec::new(),
            audits: Vec::new(),
            taken: Taken::default(),
        }
    }

    pub(super) fn put_catalogue(&mut self, items: &[CatalogueItem]) {
        self.items = items.to_vec();
        self.item_names
            .extend(items.iter().map(|item| (item.brief.code.clone(), item.brief.name.clone())));
    }

    /// Stores a batch together or not at all; `staff_name` names the people of the hall.
    pub(super) fn commit(&mut self, batch: HallBatch, staff_name: impl Fn(&StaffId) -> String) -> Result<(), StoreFailure> {
        let is_owner = batch.epoch == self.epoch && batch.old_seq == self.seq;
        #[cfg(feature = "planted")]
        let is_owner = is_owner || super::planted::takes_any_owner();
        if !is_owner {
            return Err(StoreFailure::NotOwner { hall: batch.hall });
        }
        let visits = self.visits_after(&batch.rows);
        self.claim(&batch.rows, &visits).map_err(|unique| StoreFailure::Guard {
            hall: batch.hall,
            constraint: unique.constraint().into(),
        })?;
        self.visits.extend(visits);
        for row in batch.rows {
            self.apply(row, &staff_name);
        }
        for delivery in batch.deliveries {
            self.put_delivery(delivery);
        }
        if let Some(last) = batch.events.last() {
            self.seq = last.event.seq;
            self.last_hash.clone_from(&last.hash);
        }
        self.events.extend(batch.events);
        Ok(())
    }

    /// Inserts a line of the delivery log, or replaces one that waits; what it says stays as it was stored first.
    pub(super) fn put_delivery(&mut self, delivery: Delivery) {
        let kept = &mut self.deliveries;
        match kept.iter_mut().find(|known| known.id == delivery.id) {
            Some(known) if known.state != DeliveryState::Waiting => {}
            Some(known) => {
                let Delivery {
                    attempts,
                    state,
                    answer,
                    tried_at,
                    ..
                } = delivery;
                (known.attempts, known.state, known.answer, known.tried_at) = (attempts, state, answer, tried_at);
            }
            None => kept.push(delivery),
        }
        kept.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    }

    /// The visits a batch writes, as they are after it.
    fn visits_after(&self, rows: &[Row]) -> BTreeMap<VisitId, KeptVisit> {
        let mut after = BTreeMap::new();
        for row in rows {
            if let Row::Visit(visit) = row {
                let before = after.get(&visit.id).or_else(|| self.visits.get(&visit.id)).cloned();
                let (token, previous) = before.map_or((None, None), |kept: KeptVisit| (kept.token, kept.previous));
                after.insert(
                    visit.id.clone(),
                    KeptVisit {
                        visit: (**visit).clone(),
                        token,
                        previous,
                    },
                );
            } else if let Row::Token { visit, token, previous } = row
                && let Some(mut kept) = after.get(visit).or_else(|| self.visits.get(visit)).cloned()
            {
                kept.token = Some(token.clone());
                kept.previous.clone_from(previous);
                after.insert(visit.clone(), kept);
            }
        }
        after
    }

    fn claim(&mut self, rows: &[Row], visits: &BTreeMap<VisitId, KeptVisit>) -> Result<(), Unique> {
        let mut released = Vec::new();
        let mut wanted = Vec::new();
        for (id, after) in visits {
            if let Some(before) = self.visits.get(id) {
                released.extend(held_by_visit(&before.visit, before.token.as_ref()));
            }
            wanted.extend(held_by_visit(&after.visit, after.token.as_ref()));
        }
        let mut windows = BTreeMap::new();
        for row in rows {
            wanted.extend(held_by_insert(row));
            if let Row::Window(window) = row {
                windows.insert(window.id.clone(), window.staff.clone());
            }
        }
        released.extend(
            self.windows
                .iter()
                .filter(|window| windows.contains_key(&window.id))
                .filter_map(held_by_window),
        );
        wanted.extend(windows.into_values().flatten().map(Unique::WindowStaff));
        self.taken.swap(released, wanted)
    }

    fn apply(&mut self, row: Row, staff_name: &impl Fn(&StaffId) -> String) {
        match row {
            Row::Window(window) => match self.windows.iter_mut().find(|known| known.id == window.id) {
                Some(known) => *known = *window,
                None => self.windows.push(*window),
            },
            Row::Beside { visit, beside } => {
                self.beside.insert(visit, beside);
            }
            Row::Contact { visit, contact } => {
                self.contacts.insert(visit, contact.value);
            }
            Row::PhoneMark { visit, mark: Some(mark) } => {
                self.phone_marks.insert(visit, mark);
            }
            Row::PhoneMark { visit, mark: None } => {
                self.phone_marks.remove(&visit);
            }
            Row::Chat { visit, line } => {
                self.chat.insert((visit, line.value.number), line.value);
            }
            Row::Record { facts, words } => {
                let record = self.record(&facts, words, staff_name(&facts.staff));
                self.records.insert((facts.visit, facts.version), record);
            }
            Row::Rating { visit, level, at } => {
                self.ratings.insert(visit, (level, at));
            }
            Row::Suspension { suspension } => {
                self.suspended = suspension.map(Suspended::from);
            }
            Row::Picture { visit, bulk } => {
                self.pictures.insert(bulk, visit);
            }
            Row::Request { scope, key, done, at } => {
                self.requests.insert((scope, key), (done, at));
            }
            Row::Rules { rules } => self.hall.rules = *rules,
            Row::Calendar { calendar } => self.calendar = calendar,
            Row::Audit { at, actor, what, words, .. } => {
                let what = words.map_or_else(|| what.clone(), |words| format!("{what} {}", words.reveal()));
                let actor = actor_text(&actor);
                self.audits.push(Audited { at, actor, what });
            }
            // Visits and tokens are applied before; outcomes are never read through the port.
            Row::Visit(_) | Row::Token { .. } | Row::Outcome { .. } => {}
        }
    }

    fn record(&self, facts: &RecordFacts, words: Sealed<RecordWords>, staff_name: String) -> KeptRecord {
        let first = self.records.get(&(facts.visit.clone(), 1));
        let item_name = self.item_names.get(&facts.item).cloned();
        let window_name = self
            .windows
            .iter()
            .find(|window| window.id == facts.window)
            .map(|window| window.name.clone());
        let view = RecordView {
            id: facts.id.clone(),
            number: facts.number.clone(),
            visit: facts.visit.clone(),
            visit_number: self
                .visits
                .get(&facts.visit)
                .map_or_else(String::new, |kept| kept.visit.number.to_string()),
            version: facts.version,
            item: ItemRef {
                code: facts.item.clone(),
                name: item_name.unwrap_or_else(|| facts.item.to_string()),
            },
            kind: facts.kind,
            result: facts.result,
            note: words.value.note,
            next_step: words.value.next_step,
            staff_name,
            window_name: window_name.unwrap_or_else(|| facts.window.to_string()),
            joined_at: facts.joined_at,
            served_at: facts.served_at,
            ended_at: facts.ended_at,
            saved_at: facts.saved_at,
        };
        KeptRecord {
            view,
            staff: facts.staff.clone(),
            first_saved_at: first.map_or(facts.saved_at, |first| first.first_saved_at),
        }
    }

    /// What the hall is rebuilt from.
    pub(super) fn image(&self, staff: Vec<StaffMember>, day_start: Timestamp, requests_since: Timestamp) -> HallImage {
        // What is written up over midnight is still needed.
        let at_windows = self.windows.iter().filter_map(|window| self.visits.get(visit_of(&window.work)?));
        let ended = at_windows.filter_map(|kept| closed_at(&kept.visit.state));
        let since = ended.fold(day_start, Timestamp::min);
        let kept: Vec<&KeptVisit> = self
            .visits
            .values()
            .filter(|kept| closed_at(&kept.visit.state).is_none_or(|at| at >= since))
            .collect();
        let ids: BTreeSet<&VisitId> = kept.iter().map(|kept| &kept.visit.id).collect();
        let of_visits = |visit: &VisitId| ids.contains(visit);
        let last_number = self.last_number(&self.queue(), day_start);
        let records_today = self
            .records
            .values()
            .filter(|record| record.view.version == 1 && record.first_saved_at >= day_start);
        HallImage {
            id: self.hall.id.clone(),
            name: self.hall.name.clone(),
            telephone: self.hall.telephone.clone(),
            demo_notice: self.hall.demo_notice.clone(),
            rules: self.hall.rules.clone(),
            calendar: self.calendar.clone(),
            suspended: self.suspended.clone(),
            seq: self.seq,
            last_hash: self.last_hash.clone(),
            windows: self.windows.clone(),
            staff,
            items: self.items.iter().map(|item| item.brief.clone()).collect(),
            visits: kept.iter().map(|kept| kept.visit.clone()).collect(),
            closed_before: self.closed_before(since),
            tokens: kept
                .iter()
                .filter_map(|kept| Some((kept.visit.id.clone(), kept.token.clone()?, kept.previous.clone())))
                .collect(),
            beside: self
                .beside
                .iter()
                .filter(|(visit, _)| of_visits(visit))
                .map(|(visit, beside)| (visit.clone(), beside.clone()))
                .collect(),
            contacts: self
                .contacts
                .iter()
                .filter(|(visit, _)| of_visits(visit))
                .map(|(visit, contact)| (visit.clone(), contact.clone()))
                .collect(),
            phone_marks: self.phone_marks.clone().into_iter().collect(),
            records: self
                .newest_records()
                .filter(|record| of_visits(&record.view.visit))
                .map(|record| record.view.clone())
                .collect(),
            last_numbers: last_number.map(|number| (self.queue(), number)).into_iter().collect(),
            last_record: records_today.map(|record| trailing_number(&record.view.number)).max().unwrap_or(0),
            requests: self.requests_since(requests_since),
            queues: vec![self.queue()],
        }
    }

    pub(super) fn visits_of_day(&self, day: Day, limit: u32) -> Vec<Visit> {
        let visits = self.visits.values().map(|kept| &kept.visit);
        let mut given: Vec<&Visit> = visits.filter(|visit| Day::of(visit.joined_at) == day).collect();
        given.sort_by_key(|visit| (trailing_number(&visit.number), &visit.number));
        given.into_iter().take(limit as usize).cloned().collect()
    }

    fn requests_since(&self, since: Timestamp) -> Vec<(String, RequestKey, Done, Timestamp)> {
        let young = self.requests.iter().filter(|(_, (_, at))| *at >= since);
        young
            .map(|((scope, key), (done, at))| (scope.clone(), key.clone(), done.clone(), *at))
            .collect()
    }

    /// The one queue of a hall in memory.
    fn queue(&self) -> QueueId {
        QueueId::new("a")
    }

    fn last_number(&self, queue: &QueueId, day_start: Timestamp) -> Option<u32> {
        let visits = self.visits.values().map(|kept| &kept.visit);
        let numbered = visits.filter(|visit| visit.joined_at >= day_start && visit.queue == *queue);
        numbered.map(|visit| trailing_number(&visit.number)).max()
    }

    fn closed_before(&self, day_start: Timestamp) -> Vec<Visit> {
        let ended = |kept: &&KeptVisit| closed_at(&kept.visit.state).filter(|at| *at < day_start);
        let mut closed: Vec<&KeptVisit> = self.visits.values().filter(|kept| ended(kept).is_some()).collect();
        closed.sort_by_key(|kept| std::cmp::Reverse(ended(kept)));
        closed.into_iter().take(LEARNED_VISITS).map(|kept| kept.visit.clone()).collect()
    }

    fn newest_records(&self) -> impl Iterator<Item = &KeptRecord> {
        self.records
            .values()
            .filter(|record| !self.records.contains_key(&(record.view.visit.clone(), record.view.version + 1)))
    }

    pub(super) fn records(&self, query: &RecordQuery) -> (Vec<RecordView>, Option<String>) {
        let Some(cursor) = Cursor::from_query(query) else {
            return (Vec::new(), None);
        };
        let mut found: Vec<&KeptRecord> = self
            .newest_records()
            .filter(|record| (query.from..query.to).contains(&record.first_saved_at))
            .filter(|record| query.item.as_ref().is_none_or(|item| &record.view.item.code == item))
            .filter(|record| query.staff.as_ref().is_none_or(|staff| &record.staff == staff))
            .filter(|record| cursor.is_before(record.first_saved_at, &record.view.visit))
            .collect();
        found.sort_by(|a, b| (b.first_saved_at, &b.view.visit).cmp(&(a.first_saved_at, &a.view.visit)));
        Cursor::page(
            found.into_iter().map(|record| (record.first_saved_at, record.view.clone())).collect(),
            query,
        )
    }

    pub(super) fn record_versions(&self, visit: &VisitId) -> Vec<RecordView> {
        self.records
            .values()
            .map(|record| &record.view)
            .filter(|view| &view.visit == visit)
            .cloned()
            .collect()
    }

    pub(super) fn chat_after(&self, visit: &VisitId, number: u32, limit: u32) -> Vec<ChatLine> {
        let lines = self.chat.range((visit.clone(), number.saturating_add(1))..=(visit.clone(), u32::MAX));
        lines.map(|(_, line)| line.clone()).take(limit as usize).collect()
    }

    pub(super) fn forget_requests(&mut self, before: Timestamp) {
        self.requests.retain(|_, (_, at)| *at >= before);
    }

    pub(super) fn erase(&mut self, visit: &VisitId) {
        self.contacts.remove(visit);
        self.phone_marks.remove(visit);
        self.chat.retain(|(of, _), _| of != visit);
        for record in self.records.values_mut().filter(|record| &record.view.visit == visit) {
            record.view.note = Default::default();
            record.view.next_step = Default::default();
        }
    }
}

fn held_by_window(window: &Window) -> Option<Unique> {
    window.staff.clone().map(Unique::WindowStaff)
}
