//! One day of the town, from its seed.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use yunyiban_app::chain::{FIRST_HASH, check_chain};
use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::ChainedEvent;
use yunyiban_core::{Visit, VisitState};
use yunyiban_protocol::{ChatBody, HallId, RequestKey, Timestamp, VisitId};

use super::appointment::guest;
use super::archive::Weather;
use super::book::{Book, End};
use super::chance::Chance;
use super::citizen::citizen;
use super::closing;
use super::faults::{Lines, faults};
use super::handover::{SECOND_PERCENT, SECOND_PHONES};
use super::hours::timekeeper;
use super::person::{Person, Phone};
use super::rules::administrator;
use super::seen::Seen;
use super::staff::Console;
use super::tick::{EVERY_MS, tick};
use super::town::{LAOCHENG, Town, XINQU};
use super::truth::Standing;

/// When things begin to go wrong, and when they stop.
const FAULTS_FROM: i64 = 10_000;
const CALM_FROM: i64 = 330_000;
/// L2: by then whoever wants a number gets one.
const HEALED_BY: i64 = CALM_FROM + 30_000;
/// L1: whoever asks has an answer by then, on a good day. What was asked later may still be under way.
const ANSWERED_MS: i64 = 5_000;
/// By then every visit is over.
const OVER_BY: i64 = CALM_FROM + 900_000;

/// Lines of consoles begin here.
const CONSOLES: usize = 100;
/// Lines of administrators' pages begin here.
const ADMINISTRATORS: usize = 150;
/// Lines of their pages with the hours begin here.
const TIMEKEEPERS: usize = 160;

/// What became of a day.
pub struct Day {
    /// Its seed.
    pub seed: u64,
    /// How often a task ran.
    pub steps: u64,
    /// The promise broken first, with its story and the last lines of the log.
    pub broken: Option<String>,
    /// Everything that happened.
    pub log: String,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u32>,
    /// What people did.
    pub seen: Seen,
}

/// Lives a day.
pub fn day(seed: u64) -> Day {
    let town = Town::new(seed);
    let lived = catch_unwind(AssertUnwindSafe(|| live(&town, seed)));
    town.kill(0);
    let cleared = catch_unwind(AssertUnwindSafe(|| town.world.clear()));
    let mut book = town.book.lock().unwrap_or_else(PoisonError::into_inner);
    for panic in [lived, cleared].into_iter().filter_map(Result::err) {
        book.fail("panic", &words(panic.as_ref()));
    }
    (0..town.net.overtaken()).for_each(|_| book.seen.saw("overtaken_on_another_line"));
    let broken = book.broken.take().map(|broken| format!("{broken}\n{}", book.last_lines()));
    Day {
        seed,
        steps: town.world.steps(),
        broken,
        log: std::mem::take(&mut book.log),
        faults: std::mem::take(&mut book.faults),
        seen: std::mem::take(&mut book.seen),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "somebody panicked".into())
}

fn live(town: &Arc<Town>, seed: u64) {
    let lines = people(town, seed);
    town.world.begin({
        let town = town.clone();
        async move { faults(town, lines, seed, FAULTS_FROM, CALM_FROM).await }
    });
    run_until(town, CALM_FROM + 1);
    town.calm.store(true, Ordering::Relaxed);
    town.archive.change(|weather| *weather = Weather::default());
    run_until(town, HEALED_BY);
    healed(&mut town.book.lock().unwrap());
    let mut moment = HEALED_BY;
    // Whoever was here a moment ago may be on the way to the other hall.
    let mut still = 0;
    while !town.world.is_stopped() && moment < OVER_BY && still < 2 {
        moment += 5_000;
        run_until(town, moment);
        still = if anybody_is_here(&town.book) { 0 } else { still + 1 };
    }
    if !town.world.is_stopped() {
        at_the_end(town);
    }
}

/// Runs, and looks every half second.
fn run_until(town: &Arc<Town>, moment: i64) {
    while town.world.now() < moment && !town.world.is_stopped() {
        let next = (town.world.now() / EVERY_MS + 1) * EVERY_MS;
        town.world.run_until(next.min(moment));
        if !town.world.is_stopped() {
            tick(town);
        }
    }
}

/// Everybody who comes today.
fn people(town: &Arc<Town>, seed: u64) -> Lines {
    let mut chance = Chance::new(seed, 9);
    let employees = at_once(town, {
        let town = town.clone();
        async move {
            let employees = town.build().await;
            town.start().await;
            employees
        }
    });
    let mut lines = Lines {
        citizens: Vec::new(),
        consoles: Vec::new(),
    };
    let likes = ["x1", "x2", if chance.percent(30) { "x1" } else { "x3" }, "l1", "none"];
    for (at, employee) in employees.iter().enumerate() {
        let line = CONSOLES + at;
        lines.consoles.push(line);
        let console = Console::new(town, employee, line, likes[at], seed, true);
        town.world.begin(console.work(chance.between(100, 8_000)));
        if chance.percent(25) {
            let second = Console::new(town, employee, line, likes[at], seed ^ 0xff, false);
            town.world.begin(second.work(chance.between(30_000, 250_000)));
        }
    }
    for (line, employee) in (ADMINISTRATORS..).zip(employees.iter().filter(|employee| employee.administrates)) {
        town.world.begin(administrator(town.clone(), employee.clone(), line, seed, CALM_FROM));
        if closing::has_hours(seed) {
            let line = line + TIMEKEEPERS - ADMINISTRATORS;
            town.world.begin(timekeeper(town.clone(), employee.clone(), line, seed, CALM_FROM));
        }
    }
    let count = 7 + chance.below(5);
    for number in 1..=count {
        lines.citizens.push(number);
        let hall = if chance.percent(80) { XINQU } else { LAOCHENG };
        let arrives_at = chance.between(1_000, CALM_FROM - 60_000);
        let person = person(town, number, hall);
        if Chance::new(seed, 2_000 + number as u64).percent(SECOND_PERCENT) {
            lines.citizens.push(SECOND_PHONES + number);
            person.phone.has_other();
        }
        come(seed, person, arrives_at);
    }
    come(seed, person(town, count + 1, XINQU), CALM_FROM + 10_000);
    let mut of_guests = Chance::new(seed, 13);
    for number in count + 2..count + 2 + of_guests.below(4) {
        lines.citizens.push(number);
        let employee = employees[of_guests.below(employees.len())].clone();
        let calls_at = of_guests.between(5_000, CALM_FROM - 150_000);
        let guest = guest(person(town, number, employee.hall.as_str()), employee, of_guests.draw(), calls_at);
        town.world.begin(guest);
    }
    lines
}

fn come(seed: u64, person: Arc<Person>, arrives_at: i64) {
    let own = Chance::new(seed, 1_000 + person.number as u64).draw();
    person.town.clone().world.begin(citizen(person, own, arrives_at));
}

fn person(town: &Arc<Town>, number: usize, hall: &str) -> Arc<Person> {
    Arc::new(Person {
        town: town.clone(),
        number,
        hall: HallId::new(hall),
        phone: Phone::new(number),
    })
}

/// Runs something that waits for nothing but the archive.
fn at_once<T: Send + 'static>(town: &Arc<Town>, work: impl Future<Output = T> + Send + 'static) -> T {
    let done = Arc::new(Mutex::new(None));
    town.world.begin({
        let done = done.clone();
        async move {
            let value = work.await;
            *done.lock().unwrap() = Some(value);
        }
    });
    town.world.run_until(town.world.now() + 50);
    done.lock().unwrap().take().expect("a good archive answers within a moment")
}

fn anybody_is_here(book: &Mutex<Book>) -> bool {
    let book = book.lock().unwrap();
    let mut visits = book.halls.values().flat_map(|hall| hall.visits.values());
    visits.any(|standing| !standing.row.state.is_closed() && !is_for_tomorrow(standing))
}

/// A number left while the hall is closed: this day ends before it opens again.
fn is_for_tomorrow(standing: &Standing<Visit>) -> bool {
    matches!(standing.row.state, VisitState::Booked { .. })
}

/// L2: half a minute after the last fault a number is given to whoever comes, while the hall is open.
fn healed(book: &mut Book) {
    let moment = book.now();
    let hall = book.halls.get(&HallId::new(XINQU));
    let by_rule = |code: &str, asked_at| hall.is_some_and(|hall| closing::may_refuse(book, hall, code, asked_at));
    let in_vain = |op: &super::book::Op| match &op.end {
        Some((_, End::Done(_))) => false,
        Some((_, End::Refused(code))) => !by_rule(code, op.invoked),
        Some((_, End::Unknown)) => true,
        None => moment - op.invoked >= ANSWERED_MS,
    };
    let late = |op: &super::book::Op| op.kind == "take" && op.invoked >= CALM_FROM + 10_000 && in_vain(op);
    let story = book
        .ops
        .iter()
        .find(|(_, op)| late(op))
        .map(|(key, op)| format!("{key} ends {:?}", op.end));
    if let Some(story) = story {
        book.fail("L2", &story);
    }
}

fn at_the_end(town: &Arc<Town>) {
    let mut book = town.book.lock().unwrap();
    // L1, L2, total-queue: everybody who came has left, by exactly one outcome.
    for hall in book.halls.keys().cloned().collect::<Vec<_>>() {
        let left: Vec<String> = book.halls[&hall]
            .visits
            .iter()
            .filter(|(_, standing)| !standing.row.state.is_closed() && !is_for_tomorrow(standing))
            .map(|(id, standing)| format!("{id} is {:?}", standing.row.state))
            .collect();
        book.hold(left.is_empty(), "L1", || format!("nobody leads on {left:?}"));
        archive_is_whole(town, &mut book, &hall);
        chat_is_whole(town, &mut book, &hall);
    }
    nothing_acknowledged_is_lost(&mut book);
    drop(book);
    counters_are_right(town);
}

/// Q3: the chain is whole, and what is read back is what was stored.
fn archive_is_whole(town: &Arc<Town>, book: &mut Book, hall: &HallId) {
    let begin = Timestamp::from_millis(0);
    let events: Vec<ChainedEvent> = now(town.archive.events_after(hall, 0, u32::MAX));
    let chain = check_chain(&events, 0, FIRST_HASH);
    book.hold(chain.is_ok(), "I23", || format!("the chain of {hall} breaks at {chain:?}"));
    let image = now(town.archive.stored_image(hall, begin));
    let truth = &book.halls[hall];
    let visits = image
        .visits
        .iter()
        .all(|visit| truth.visits.get(&visit.id).is_some_and(|standing| standing.row == *visit));
    let windows = image.windows.iter().all(|window| truth.windows[&window.id].row == *window);
    let rules = image.rules == *truth.rules.now() && image.calendar == truth.timetables.now().calendar;
    let whole = visits && windows && image.visits.len() == truth.visits.len() && rules;
    book.hold(whole, "Q3", || format!("the rows of {hall} are not the fold of its events"));
}

/// I20: every acknowledged line is there once, under the number everybody read.
fn chat_is_whole(town: &Arc<Town>, book: &mut Book, hall: &HallId) {
    let mut said: BTreeMap<String, u32> = BTreeMap::new();
    for visit in book.halls[hall].visits.keys().cloned().collect::<Vec<VisitId>>() {
        for line in now(town.archive.stored_chat(hall, &visit)) {
            if let ChatBody::Text { text } = &line.body {
                book.read(hall, &visit, line.number, text.reveal());
                // What was brought from the other hall stands there, too.
                if !book.halls[hall].referrals.brought.contains(&(visit.clone(), line.number)) {
                    *said.entry(text.reveal().clone()).or_default() += 1;
                }
            }
        }
    }
    let twice = said.iter().find(|(_, times)| **times > 1).map(|(text, _)| text.clone());
    book.hold(twice.is_none(), "I18", || format!("{twice:?} was said once and stands there twice"));
    *book.said.entry(hall.clone()).or_default() = said;
}

/// I3, I19, I20: whatever was acknowledged is in the archive.
fn nothing_acknowledged_is_lost(book: &mut Book) {
    let done: Vec<(RequestKey, &'static str, Option<String>)> = book
        .ops
        .iter()
        .filter_map(|(key, op)| match &op.end {
            Some((_, End::Done(value))) => Some((key.clone(), op.kind, value.clone())),
            _ => None,
        })
        .collect();
    for (key, kind, value) in done {
        book.acknowledge(&key);
        let there = match (kind, value) {
            ("take" | "follow", Some(visit)) => book.halls.values().any(|hall| hall.visits.contains_key(&VisitId::new(visit.as_str()))),
            ("say", _) => book.said.values().any(|said| said.contains_key(key.as_str())),
            _ => true,
        };
        book.hold(there, "I3", || format!("{kind} {key} was acknowledged and is not there"));
    }
}

/// I11: what is counted is what the events say.
fn counters_are_right(town: &Arc<Town>) {
    for hall in [XINQU, LAOCHENG].map(HallId::new) {
        let card = at_once(town, {
            let (town, hall) = (town.clone(), hall.clone());
            async move {
                match town.house() {
                    Some(house) => house.hall_card(&hall).await.ok(),
                    None => None,
                }
            }
        });
        let mut book = town.book.lock().unwrap();
        let waiting = book.halls[&hall].visits.values().filter(|standing| standing.row.state.in_line()).count();
        let shown = card.map(|card| card.busyness.waiting);
        book.hold(shown == u32::try_from(waiting).ok(), "I11", || {
            format!("{shown:?} are shown, {waiting} wait")
        });
    }
}

/// The value of something that waits for nothing, on a good day.
fn now<T>(value: impl Future<Output = Result<T, yunyiban_app::ports::StoreFailure>>) -> T {
    match pin!(value).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value.unwrap(),
        Poll::Pending => panic!("the archive in memory waits for nothing"),
    }
}
