//! What the archive says in the end, as far as the checks ask: its events as short facts, and its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_app::chain::{FIRST_HASH, check_chain};
use yunyiban_app::ports::Store;
use yunyiban_core::window::{name_of, visit_of};
use yunyiban_core::{Actor, Done, Event, HallImage, Subject, Visit, VisitState, Window};
use yunyiban_protocol::{ChatBody, HallId, Timestamp, VisitId};

/// Events read at once.
const EVENTS: u32 = 2_000;
/// Lines of a visit, more than there can be.
const LINES: u32 = 100_000;

/// Everything the checks ask of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// Every visit.
    pub visits: BTreeMap<String, Row>,
    /// Which visit the key of a taken number made.
    pub made_by: Vec<(String, String)>,
    /// Events in order.
    pub facts: Vec<Fact>,
    /// Lines of chat by visit: number and words.
    pub lines: BTreeMap<String, Vec<(u32, String)>>,
    /// Notes of records by visit, one a version.
    pub records: BTreeMap<String, Vec<String>>,
    /// Where the chain breaks, or rows are not the fold of events.
    pub broken: Vec<String>,
}

/// A visit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// `A12`.
    pub number: String,
    /// Its place in the order of arrivals, as it was given: who returns after 过号 is given another.
    pub order: u32,
    /// When the number was taken, milliseconds of the hall's clock.
    pub joined_ms: i64,
    /// It is over.
    pub is_closed: bool,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The hall's event number.
    pub seq: u32,
    /// When, milliseconds of the hall's clock.
    pub at_ms: i64,
    /// `citizen`, `staff` or `system`.
    pub by: &'static str,
    /// Who of the staff.
    pub staff: Option<String>,
    /// Why.
    pub cause: String,
    /// State before.
    pub before: Option<String>,
    /// About what.
    pub about: About,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// A visit, as it stands then.
    Visit(Standing),
    /// A window, as it is then.
    Window(Desk),
    /// A line of chat.
    Line {
        /// Of which visit.
        visit: String,
        /// Its number.
        number: u32,
    },
    /// A version of a record.
    Record {
        /// Of which visit.
        visit: String,
        /// 1, 2, 3 …
        version: u32,
    },
    /// A rating.
    Rating {
        /// Of which visit.
        visit: String,
        /// The level.
        level: String,
    },
    /// Anything else.
    Other,
}

/// How a visit stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Which.
    pub visit: String,
    /// Name of the state.
    pub state: String,
    /// The window it occupies; of a transfer the origin.
    pub window: Option<String>,
    /// The window a transfer rings.
    pub to: Option<String>,
    /// It may be rung from this moment, milliseconds of the hall's clock.
    pub ready_from_ms: Option<i64>,
    /// It counts as in line.
    pub in_line: bool,
    /// It stands where it came: neither put behind somebody after 过号 nor ahead after a broken call.
    pub is_by_arrival: bool,
    /// This window does not ring it before this moment.
    pub spared: Option<(String, i64)>,
    /// How it ended.
    pub outcome: Option<String>,
}

/// How a window is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// Which.
    pub window: String,
    /// Who sits there.
    pub staff: Option<String>,
    /// What it does.
    pub work: String,
    /// The visit it is rung for, serves or writes up.
    pub visit: Option<String>,
}

/// Visits that are not over, by the archive.
pub async fn live_visits(store: &Arc<dyn Store>, hall: &HallId) -> usize {
    let image = image(store, hall).await;
    image.visits.iter().filter(|visit| !visit.state.is_closed()).count()
}

/// Reads everything, beside the program.
pub async fn read(store: &Arc<dyn Store>, hall: &HallId) -> Archive {
    let image = image(store, hall).await;
    let mut archive = Archive::default();
    read_events(store, hall, &image, &mut archive).await;
    for visit in &image.visits {
        let lines = store.chat_after(hall, &visit.id, 0, LINES).await.unwrap();
        let texts = lines.into_iter().filter_map(|line| match line.body {
            ChatBody::Text { text } => Some((line.number, text.into_revealed())),
            ChatBody::Picture { .. } => None,
        });
        archive.lines.insert(visit.id.to_string(), texts.collect());
        if visit.record_versions > 0 {
            let versions = store.record_versions(hall, &visit.id).await.unwrap();
            let notes = versions.into_iter().map(|version| version.note.into_revealed());
            archive.records.insert(visit.id.to_string(), notes.collect());
        }
        let arrived = archive.visits.entry(visit.id.to_string()).or_default().order;
        archive.visits.insert(visit.id.to_string(), row(visit, arrived));
    }
    for (_, key, done, _) in image.requests {
        if let Done::Visit { visit, resumed: false } = done {
            archive.made_by.push((key.to_string(), visit.to_string()));
        }
    }
    archive
}

async fn image(store: &Arc<dyn Store>, hall: &HallId) -> HallImage {
    let beginning = Timestamp::from_millis(0);
    store.load_hall(hall, beginning, beginning).await.unwrap().unwrap()
}

/// The chain and its facts; and whether the rows are what it says.
async fn read_events(store: &Arc<dyn Store>, hall: &HallId, image: &HallImage, archive: &mut Archive) {
    let (mut seq, mut hash) = (0, FIRST_HASH.to_owned());
    let (mut visits, mut windows) = (BTreeMap::new(), BTreeMap::new());
    loop {
        let page = store.events_after(hall, seq, EVENTS).await.unwrap();
        let Some(last) = page.last().map(|chained| chained.event.seq) else {
            break;
        };
        match check_chain(&page, seq, &hash) {
            Ok(newest) => hash = newest,
            Err(at) => archive.broken.push(format!("the chain breaks at event {at}")),
        }
        for chained in page {
            archive.facts.push(fact(&chained.event));
            if let (Subject::Visit { visit }, None) = (&chained.event.after, &chained.event.before) {
                archive.visits.entry(visit.id.to_string()).or_default().order = visit.order.seq;
            }
            match chained.event.after {
                Subject::Visit { visit } => drop(visits.insert(visit.id.clone(), *visit)),
                Subject::Window { window } => drop(windows.insert(window.id.clone(), *window)),
                _ => {}
            }
        }
        seq = last;
    }
    if (seq, hash) != (image.seq, image.last_hash.clone()) {
        archive.broken.push(format!("the chain ends at {seq}, the hall says {}", image.seq));
    }
    archive.broken.extend(differences(&visits, image));
    let other = |window: &&Window| windows.get(&window.id).is_some_and(|told| told != *window);
    archive.broken.extend(
        image
            .windows
            .iter()
            .filter(other)
            .map(|window| format!("window {} is not the fold", window.id)),
    );
}

fn differences(told: &BTreeMap<VisitId, Visit>, image: &HallImage) -> Vec<String> {
    let other = |visit: &&Visit| told.get(&visit.id) != Some(visit);
    let mut wrong: Vec<String> = image
        .visits
        .iter()
        .filter(other)
        .map(|visit| format!("visit {} is not the fold", visit.id))
        .collect();
    if told.len() != image.visits.len() {
        wrong.push(format!("{} visits in events, {} in rows", told.len(), image.visits.len()));
    }
    wrong
}

fn row(visit: &Visit, order: u32) -> Row {
    Row {
        number: visit.number.to_string(),
        order,
        joined_ms: visit.joined_at.as_millis(),
        is_closed: visit.state.is_closed(),
    }
}

fn fact(event: &Event) -> Fact {
    let (by, staff) = match &event.actor {
        Actor::Citizen(_) => ("citizen", None),
        Actor::Staff(staff) => ("staff", Some(staff.to_string())),
        Actor::System => ("system", None),
    };
    let about = match &event.after {
        Subject::Visit { visit } => About::Visit(standing(visit)),
        Subject::Window { window } => About::Window(Desk {
            window: window.id.to_string(),
            staff: window.staff.as_ref().map(ToString::to_string),
            work: name_of(&window.work).to_owned(),
            visit: visit_of(&window.work).map(ToString::to_string),
        }),
        Subject::Chat { visit, number, .. } => About::Line {
            visit: visit.to_string(),
            number: *number,
        },
        Subject::Record { record, .. } => About::Record {
            visit: record.visit.to_string(),
            version: record.version,
        },
        Subject::Rating { visit, level } => About::Rating {
            visit: visit.to_string(),
            level: level.code().to_owned(),
        },
        Subject::Contact { .. } | Subject::Looked { .. } | Subject::Hall { .. } => About::Other,
    };
    Fact {
        seq: event.seq,
        at_ms: event.at.as_millis(),
        by,
        staff,
        cause: event.cause.clone(),
        before: event.before.clone(),
        about,
    }
}

fn standing(visit: &Visit) -> Standing {
    let ready_from_ms = match &visit.state {
        VisitState::Waiting { not_before, .. } if visit.here => Some(not_before.map_or(0, Timestamp::as_millis)),
        _ => None,
    };
    let spared = visit.last_window.as_ref().zip(visit.spared_until);
    Standing {
        visit: visit.id.to_string(),
        state: visit.state.name().to_owned(),
        window: visit.state.window().map(ToString::to_string),
        to: match &visit.state {
            VisitState::Transferring { to, .. } => to.as_ref().map(ToString::to_string),
            _ => None,
        },
        ready_from_ms,
        in_line: visit.state.in_line(),
        is_by_arrival: visit.order.band == 1 && visit.order.behind == visit.order.seq,
        spared: spared.map(|(window, until)| (window.to_string(), until.as_millis())),
        outcome: visit.state.ended().map(|(outcome, _)| format!("{outcome:?}")),
    }
}
