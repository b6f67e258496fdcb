//! What the archive says in the end, as far as the checks ask: its events as short facts, and its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_app::chain::{FIRST_HASH, check_chain};
use yunyiban_app::ports::Store;
use yunyiban_core::window::{name_of, visit_of};
use yunyiban_core::{Actor, Credit, Done, Event, HallImage, OrderKey, RULES, Subject, Visit, VisitState, Window};
use yunyiban_protocol::{ChatBody, HallId, Presence, Timestamp, VisitId, Work};

/// Events read at once.
const EVENTS: u32 = 2_000;
/// Lines of a visit, more than there can be.
const LINES: u32 = 100_000;

/// What is written down of people that is no event, by the first word.
const AUDITED: [&str; 3] = ["rule_changed", "pick", "pick_overtaking"];
/// Rows of a word, more than there can be.
const AUDITS: u32 = 1_000_000;

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
    /// Audit rows of each word, in order: who, and what.
    pub audited: BTreeMap<String, Vec<(String, String)>>,
    /// Numbers and switches of the rules, as they are in the end.
    pub rules: BTreeMap<String, String>,
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
    /// A number was looked up.
    Looked {
        /// Of which visit.
        visit: String,
    },
    /// The emergency close began, or was said anew, or ended.
    Hall {
        /// It stands from now on, until this moment of the hall's clock at most.
        suspended: Option<i64>,
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
    /// It stands where it came: neither put behind somebody after 过号 nor ahead after a broken call, nor by a credit.
    pub is_by_arrival: bool,
    /// Where it stands.
    pub order: Option<OrderKey>,
    /// What its appointment gave, once checked in.
    pub credit: Option<Credit>,
    /// It is a supervisor's.
    pub is_supervisors: bool,
    /// A window has talked to it.
    pub was_served: bool,
    /// How long this state lasts at most, milliseconds, by the end that was written down.
    pub lasts_ms: Option<i64>,
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
    /// What the person chose.
    pub presence: String,
    /// It counts among those that take visits, now or after the one they have.
    pub is_on_duty: bool,
    /// It is rung for whoever is ready, unless it must rest until this moment of the hall's clock.
    pub free_from_ms: Option<i64>,
    /// How long its work lasts at most, milliseconds, by the end that was written down.
    pub lasts_ms: Option<i64>,
    /// The visit it is rung for, serves or writes up.
    pub visit: Option<String>,
}

/// Visits that are not over, by the archive.
pub async fn live_visits(store: &Arc<dyn Store>, hall: &HallId) -> Vec<String> {
    let image = image(store, hall).await;
    let live = image.visits.iter().filter(|visit| !visit.state.is_closed());
    live.map(|visit| format!("{} {:?} {:?}", visit.id, visit.state, visit.callback)).collect()
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
    for word in AUDITED {
        let mut rows = store.audited(hall, word, Timestamp::default(), AUDITS).await.unwrap();
        // The newest is told first.
        rows.reverse();
        let rows = rows.into_iter().map(|row| (row.actor, row.what));
        archive.audited.insert(word.to_owned(), rows.collect());
    }
    let values = RULES.iter().map(|rule| (rule.name.to_owned(), rule.value(&image.rules).to_string()));
    archive.rules = values.collect();
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
        Subject::Visit { visit } => About::Visit(standing(visit, event.at)),
        Subject::Window { window } => About::Window(desk(window, event.at)),
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
        Subject::Looked { visit, .. } => About::Looked { visit: visit.to_string() },
        Subject::Hall { suspension } => About::Hall {
            suspended: suspension.as_ref().map(|now| now.until.map_or(i64::MAX, Timestamp::as_millis)),
        },
        Subject::Contact { .. } => About::Other,
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

fn desk(window: &Window, at: Timestamp) -> Desk {
    let is_on_duty = matches!(window.presence, Presence::Available {} | Presence::OnDemand {});
    let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
    let is_free = matches!((window.presence, &window.work), (Presence::Available {}, Work::Idle {}));
    let presence = serde_json::to_value(window.presence).unwrap();
    let until = match &window.work {
        Work::WrapUp { until, overdue: false, .. } => Some(*until),
        Work::Suspect { until, .. } => *until,
        Work::WrapUp { overdue: true, .. }
        | Work::Idle {}
        | Work::Reserved { .. }
        | Work::Connecting { .. }
        | Work::Talking { .. }
        | Work::Holding { .. } => None,
    };
    Desk {
        window: window.id.to_string(),
        staff: window.staff.as_ref().map(ToString::to_string),
        work: name_of(&window.work).to_owned(),
        presence: presence["is"].as_str().unwrap_or_default().to_owned(),
        is_on_duty: window.staff.is_some() && is_on_duty && !is_paused,
        free_from_ms: (is_free && window.staff.is_some() && window.fault.is_none()).then(|| window.blocked_until.map_or(0, Timestamp::as_millis)),
        lasts_ms: until.map(|until| until.as_millis() - at.as_millis()),
        visit: visit_of(&window.work).map(ToString::to_string),
    }
}

/// When the state ends by itself, where that is written down.
fn end_of(state: &VisitState) -> Option<Timestamp> {
    match state {
        VisitState::Calling { until, .. }
        | VisitState::Missed { until, .. }
        | VisitState::Away { until, .. }
        | VisitState::Parked { until, .. }
        | VisitState::Ringing { until, .. }
        | VisitState::Transferring { until, .. }
        | VisitState::Connecting { until, .. }
        | VisitState::Dropped { until, .. }
        | VisitState::Held { until, .. } => Some(*until),
        VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Serving { .. }
        | VisitState::Closed { .. } => None,
    }
}

fn standing(visit: &Visit, at: Timestamp) -> Standing {
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
        is_by_arrival: visit.order.band == 1 && visit.order.behind == visit.order.seq && visit.moves_ahead().next().is_none(),
        order: Some(visit.order),
        credit: visit.appointment.as_ref().and_then(|appointment| appointment.credit),
        is_supervisors: visit.supervised,
        was_served: visit.served_at.is_some(),
        lasts_ms: end_of(&visit.state).map(|until| until.as_millis() - at.as_millis()),
        spared: spared.map(|(window, until)| (window.to_string(), until.as_millis())),
        outcome: visit.state.ended().map(|(outcome, _)| format!("{outcome:?}")),
    }
}
