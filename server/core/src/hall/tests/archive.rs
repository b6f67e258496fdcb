//! An archive for tests: keeps what the hall put out, holds it against the promises, and gives it back as an image.

use std::collections::BTreeMap;

use yunyiban_protocol::{ContactView, Outcome, RatingLevel, RecordView, RequestKey, Timestamp, VisitId, WindowId};

use crate::hall::hours::day_start;
use crate::hall::{Hall, Outputs};
use crate::window::visit_of;
use crate::{Calendar, Done, Event, GivenToken, HallImage, HallRules, KeptMark, Row, Subject, Suspended, Suspension, TokenHash, Visit, Window};

/// Rows as stored, rows as folded from the events, and the events.
#[derive(Clone)]
pub struct Archive {
    empty: HallImage,
    pub events: Vec<Event>,
    pub visits: BTreeMap<VisitId, Visit>,
    pub windows: BTreeMap<WindowId, Window>,
    folded_visits: BTreeMap<VisitId, Visit>,
    folded_windows: BTreeMap<WindowId, Window>,
    tokens: BTreeMap<VisitId, (TokenHash, Option<TokenHash>)>,
    beside: BTreeMap<VisitId, Vec<GivenToken>>,
    contacts: BTreeMap<VisitId, ContactView>,
    pub phone_marks: BTreeMap<VisitId, KeptMark>,
    records: BTreeMap<VisitId, RecordView>,
    requests: Vec<(String, RequestKey, Done, Timestamp)>,
    pub outcomes: BTreeMap<VisitId, Outcome>,
    pub ratings: BTreeMap<VisitId, RatingLevel>,
    folded_ratings: BTreeMap<VisitId, RatingLevel>,
    pub audits: Vec<String>,
    suspended: Option<Suspended>,
    folded_suspension: Option<Suspension>,
}

impl Archive {
    /// An archive that holds a hall's first image.
    pub fn new(empty: HallImage) -> Self {
        let windows: BTreeMap<_, _> = empty.windows.iter().map(|window| (window.id.clone(), window.clone())).collect();
        Self {
            folded_windows: windows.clone(),
            windows,
            empty,
            events: Vec::new(),
            visits: BTreeMap::new(),
            folded_visits: BTreeMap::new(),
            tokens: BTreeMap::new(),
            beside: BTreeMap::new(),
            contacts: BTreeMap::new(),
            phone_marks: BTreeMap::new(),
            records: BTreeMap::new(),
            requests: Vec::new(),
            outcomes: BTreeMap::new(),
            ratings: BTreeMap::new(),
            folded_ratings: BTreeMap::new(),
            audits: Vec::new(),
            suspended: None,
            folded_suspension: None,
        }
    }

    /// Stores what the hall put out.
    pub fn commit(&mut self, outputs: &Outputs, hall: &Hall) {
        for event in &outputs.events {
            assert_eq!(event.seq as usize, self.events.len() + 1, "event numbers are 1, 2, 3 …");
            match &event.after {
                Subject::Visit { visit } => drop(self.folded_visits.insert(visit.id.clone(), (**visit).clone())),
                Subject::Window { window } => drop(self.folded_windows.insert(window.id.clone(), (**window).clone())),
                Subject::Rating { visit, level } => drop(self.folded_ratings.insert(visit.clone(), *level)),
                Subject::Hall { suspension } => self.folded_suspension.clone_from(suspension),
                Subject::Contact { .. } | Subject::Chat { .. } | Subject::Record { .. } | Subject::Looked { .. } => {}
            }
            self.events.push(event.clone());
        }
        for row in &outputs.rows {
            self.store(row, hall);
        }
        for tell in &outputs.tells {
            assert_eq!(outputs.tells.iter().filter(|other| *other == tell).count(), 1, "each tell once: {tell:?}");
        }
        assert_eq!(self.visits, self.folded_visits, "rows of visits are the fold of their events");
        assert_eq!(self.windows, self.folded_windows, "rows of windows are the fold of their events");
        assert_eq!(self.ratings, self.folded_ratings, "the row of a rating is the last of its events");
        let suspension = self.suspended.as_ref().map(|suspended| &suspended.suspension);
        assert_eq!(
            suspension,
            self.folded_suspension.as_ref(),
            "the emergency close is the last of its events"
        );
        for visit in self.visits.values() {
            assert_eq!(
                visit.rating.as_ref(),
                self.ratings.get(&visit.id),
                "one rating a service, the same everywhere"
            );
            assert_eq!(visit.state.is_closed(), self.outcomes.contains_key(&visit.id), "one outcome, when closed");
        }
    }

    /// The rules stored last.
    pub fn rules(&self) -> &HallRules {
        &self.empty.rules
    }

    /// The special days stored last.
    pub fn calendar(&self) -> &Calendar {
        &self.empty.calendar
    }

    /// What a restart finds.
    pub fn image(&self, now: Timestamp) -> HallImage {
        let since = day_start(now);
        let kept: Vec<&VisitId> = self.windows.values().filter_map(|window| visit_of(&window.work)).collect();
        let today = |visit: &&Visit| !self.outcomes.contains_key(&visit.id) || self.closed_since(visit, since) || kept.contains(&&visit.id);
        let mut image = self.empty.clone();
        image.suspended = self.suspended.clone();
        image.seq = self.events.len() as u32;
        image.visits = self.visits.values().filter(today).cloned().collect();
        image.windows = self.empty.windows.iter().map(|window| self.windows[&window.id].clone()).collect();
        image.beside = self.beside.clone().into_iter().collect();
        image.tokens = self
            .tokens
            .iter()
            .map(|(visit, (token, previous))| (visit.clone(), token.clone(), previous.clone()))
            .collect();
        image.contacts = self.contacts.clone().into_iter().collect();
        image.phone_marks = self.phone_marks.clone().into_iter().collect();
        image.records = self.records.values().cloned().collect();
        image.requests = self.requests.clone();
        let mut last_numbers = BTreeMap::new();
        for visit in image.visits.iter().filter(|visit| visit.joined_at >= since) {
            let number: u32 = visit.number[1..].parse().expect("a number is a letter and digits");
            let last: &mut u32 = last_numbers.entry(visit.queue.clone()).or_default();
            *last = number.max(*last);
        }
        image.last_numbers = last_numbers.into_iter().collect();
        image.last_record = self.records.len() as u32;
        image
    }

    fn closed_since(&self, visit: &Visit, since: Timestamp) -> bool {
        self.events
            .iter()
            .any(|event| event.at >= since && matches!(&event.after, Subject::Visit { visit: after } if after.id == visit.id))
    }

    fn store(&mut self, row: &Row, hall: &Hall) {
        match row {
            Row::Visit(visit) => {
                if let Some(window) = visit.state.window() {
                    let other = self
                        .visits
                        .values()
                        .find(|other| other.id != visit.id && other.state.window() == Some(window));
                    assert!(other.is_none(), "the guard: one visit a window at every row written");
                }
                self.visits.insert(visit.id.clone(), (**visit).clone());
            }
            Row::Window(window) => {
                let other = self
                    .windows
                    .values()
                    .find(|other| other.id != window.id && window.staff.is_some() && other.staff == window.staff);
                assert!(other.is_none(), "the guard: one window a person at every row written");
                self.windows.insert(window.id.clone(), (**window).clone());
            }
            Row::Token { visit, token, previous } => {
                assert!(self.visits.contains_key(visit), "a token's visit is stored before it");
                self.tokens.insert(visit.clone(), (token.clone(), previous.clone()));
            }
            Row::Beside { visit, beside } => drop(self.beside.insert(visit.clone(), beside.clone())),
            Row::Contact { visit, contact } => drop(self.contacts.insert(visit.clone(), contact.value.clone())),
            Row::PhoneMark { visit, mark: Some(mark) } => drop(self.phone_marks.insert(visit.clone(), mark.clone())),
            Row::PhoneMark { visit, mark: None } => drop(self.phone_marks.remove(visit)),
            Row::Record { facts, .. } => {
                let record = hall
                    .roll
                    .get(&facts.visit)
                    .and_then(|entry| entry.record.as_deref())
                    .expect("the hall knows the record");
                self.records.insert(facts.visit.clone(), record.clone());
            }
            Row::Outcome { visit, outcome, .. } => {
                assert_eq!(self.outcomes.insert(visit.clone(), *outcome), None, "one outcome a visit (I5)");
            }
            Row::Request { scope, key, done, at } => self.requests.push((scope.clone(), key.clone(), done.clone(), *at)),
            Row::Audit { what, .. } => self.audits.push(what.clone()),
            Row::Rating { visit, level, .. } => drop(self.ratings.insert(visit.clone(), *level)),
            Row::Suspension { suspension } => {
                self.suspended = suspension.clone().map(Suspended::from);
            }
            Row::Rules { rules } => self.empty.rules = (**rules).clone(),
            Row::Calendar { calendar } => self.empty.calendar = calendar.clone(),
            Row::Chat { .. } | Row::Picture { .. } => {}
        }
    }
}
