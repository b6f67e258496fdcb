//! The real program with rules shorter than it lets people set them, what people do there over and over, and what the archive says of it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use yunyiban::adapters::clock::wall_ms;
use yunyiban::archive;
use yunyiban::config::Config;
use yunyiban_core::{Day, Event, HallRules, Subject, Visit};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{
    ClientMessage, LineView, Presence, QueueNotice, Reply, RequestKey, ServerMessage, SessionRequest, Timestamp, VisitId, WindowId, WindowRequest,
};

use crate::support::hall::always_open;
use crate::support::page::{done, fresh_key};
use crate::support::{PATIENCE, TestCitizen, TestHall, TestStaff};

/// Who sits at windows 1 and 2.
pub const PEOPLE: [(&str, &str, Role); 2] = [("chen_laoshi", "陈老师", Role::Staff), ("lin_laoshi", "林老师", Role::Staff)];

/// The real program, open, with some rules changed.
pub async fn open(changes: &[&str]) -> TestHall {
    let mut hall = made(&PEOPLE, changes, |_| {}).await;
    hall.start();
    hall
}

/// The same with other people and another configuration, not open yet.
pub async fn made(people: &[(&str, &str, Role)], changes: &[&str], configure: impl FnOnce(&mut Config)) -> TestHall {
    TestHall::make_closed(shortened(changes), people, |config| {
        config.limits.visits_per_address_per_minute = 1_000_000;
        // Clocks jump by hours, and nobody is to be signed out by it.
        config.sessions.idle_minutes = 30_000;
        config.sessions.absolute_hours = 1_000;
        configure(config);
    })
    .await
}

/// Rules with `timers.ring_ms=900`: a day shortened to minutes is below what command and screen allow.
fn shortened(changes: &[&str]) -> HallRules {
    let mut rules = serde_json::to_value(always_open()).unwrap();
    for change in changes {
        let (name, value) = change.split_once('=').unwrap();
        let place = rules.pointer_mut(&format!("/{}", name.replace('.', "/"))).unwrap();
        *place = serde_json::from_str(value).unwrap();
    }
    serde_json::from_value(rules).unwrap()
}

/// What the wall clock of the hall says at its next start.
pub struct WallClock(PathBuf);

impl WallClock {
    /// The clock of this hall.
    pub fn of(hall: &mut TestHall) -> Self {
        let file = hall.path("wall-clock-ms");
        hall.environment.push(("TEST_WALL_CLOCK_MS", file.clone()));
        Self(file)
    }

    /// So many days after today, at this minute of the day, and so many seconds before it.
    pub fn says(&self, days: i64, minute: i64, seconds_before: i64) {
        let now = wall_ms();
        let then = Day::of(Timestamp::from_millis(now)).plus(days).at(minute).as_millis() - seconds_before * 1_000;
        std::fs::write(&self.0, (then - now).to_string()).unwrap();
    }
}

/// Signs in and sits down at a window.
pub async fn at_window(hall: &TestHall, name: &str, window: &str) -> TestStaff {
    let mut staff = TestStaff::signs_in(hall, name).await;
    staff.opens_window(window).await;
    staff
}

/// The same, and takes whom they pick, but is not rung.
pub async fn on_demand(hall: &TestHall, name: &str, window: &str) -> TestStaff {
    let mut staff = TestStaff::signs_in(hall, name).await;
    let window = WindowId::new(window);
    done(asks(&mut staff, |key| WindowRequest::Open { key, window }).await);
    staff.tests_itself().await;
    is(&mut staff, Presence::OnDemand {}).await;
    staff
}

/// How often a page says that it lives.
const BEAT: Duration = Duration::from_millis(100);

/// Lives on at a window until something is so, with the heartbeat a page has.
pub async fn lives_until(staff: &mut TestStaff, expected: impl Fn(&TestStaff) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !expected(staff) {
        assert!(
            Instant::now() < deadline,
            "in vain at the window: {:?}",
            staff.visit.as_ref().map(|visit| &visit.status)
        );
        staff.page.say(&ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
        staff.tests_itself().await;
        let beat = Instant::now() + BEAT;
        while !expected(staff) && timeout_at(beat, staff.hears()).await.is_ok() {}
    }
}

/// The same at home.
pub async fn waits_until(citizen: &mut TestCitizen, expected: impl Fn(&TestCitizen) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !expected(citizen) {
        assert!(Instant::now() < deadline, "in vain at home: {:?}", citizen.visit.status);
        citizen.page.say(&ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
        let _ = timeout(BEAT, citizen.until(&expected)).await;
    }
}

/// One operation of a window.
pub async fn asks(staff: &mut TestStaff, wish: impl FnOnce(RequestKey) -> WindowRequest) -> Reply {
    let key = fresh_key();
    staff.does(key.clone(), wish(key)).await
}

/// Chooses a presence.
pub async fn is(staff: &mut TestStaff, presence: Presence) {
    let note = None;
    done(asks(staff, |key| WindowRequest::Presence { key, presence, note }).await);
}

/// From the end of a talk until the window is free.
pub async fn ends(staff: &mut TestStaff, hall: &TestHall, visit: &VisitId) {
    done(staff.hangs_up().await);
    done(staff.records(visit, &hall.first_item()).await);
    done(staff.finishes().await);
}

/// From the ring until the window is free.
pub async fn helps(staff: &mut TestStaff, hall: &TestHall, citizen: &mut TestCitizen) {
    staff.serves(citizen).await;
    ends(staff, hall, &citizen.visit.id.clone()).await;
}

/// Waits until a window sees such a line.
pub async fn until_line(staff: &mut TestStaff, expected: impl Fn(&LineView) -> bool) {
    let newest = |staff: &TestStaff| {
        let told = staff.page.heard.iter().rev().find_map(|message| {
            let ServerMessage::Queue(QueueNotice::Line { line }) = message else {
                return None;
            };
            Some(line.clone())
        });
        told.unwrap_or_else(|| staff.console.line.clone())
    };
    while !expected(&newest(staff)) {
        staff.hears().await;
    }
}

/// The numbers of a line, in order.
pub fn numbers(line: &LineView) -> Vec<String> {
    line.head.iter().map(|entry| entry.number.clone()).collect()
}

/// Every event stored, in order.
pub async fn events(hall: &TestHall) -> Vec<Event> {
    const AT_ONCE: u32 = 1_000;
    let store = archive::look(&hall.config.store.url).await.unwrap();
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let more = store.events_after(&hall.id(), after, AT_ONCE).await.unwrap();
        if more.is_empty() {
            return events;
        }
        events.extend(more.into_iter().map(|chained| chained.event));
    }
}

/// What became of visits, one change after another.
pub fn changes(events: &[Event]) -> impl Iterator<Item = (&Event, &Visit)> {
    events.iter().filter_map(|event| {
        let Subject::Visit { visit } = &event.after else { return None };
        Some((event, &**visit))
    })
}

/// The causes of what became of one visit, in order.
pub fn causes<'a>(events: &'a [Event], id: &VisitId) -> Vec<&'a str> {
    let own = changes(events).filter(|(_, visit)| visit.id == *id);
    own.map(|(event, _)| event.cause.as_str()).collect()
}

/// Every order key a visit ever had.
pub fn orders(events: &[Event], id: &VisitId) -> Vec<yunyiban_core::OrderKey> {
    let mut keys: Vec<_> = changes(events)
        .filter(|(_, visit)| visit.id == *id)
        .map(|(_, visit)| visit.order)
        .collect();
    keys.dedup();
    keys
}

/// The numbers of visits in the order in which windows were first rung for them.
pub fn rung(events: &[Event]) -> Vec<String> {
    let mut rung: Vec<String> = Vec::new();
    for (_, visit) in changes(events).filter(|(_, visit)| visit.state.name() == "ringing") {
        if !rung.contains(&visit.number.to_string()) {
            rung.push(visit.number.to_string());
        }
    }
    rung
}
