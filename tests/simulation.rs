//! Days of a whole town in one thread, each from a seed: the server's side (core, app, an archive with a disk's bad days), the
//! network, citizens and staff, and everything that goes wrong, against a clock that only moves when everybody waits.
//!
//! Reading order: [`run`] (a day), [`faults`], [`citizen`] ([`person`]) and [`staff`] with their [`page`], [`town`] with [`queues`] and [`wire`], [`archive`]
//! and [`relay`], [`world`] (time and tasks); the promises are in [`truth`] (at each commit; [`rows`], [`asked`], [`holders`]), [`tick`] (at each moment) and
//! [`run`] (at the end). What has a feature of its own has a file with both, what people do and what is promised of it: [`callback`], [`transfer`],
//! [`probe`], [`priority`], [`notices`], [`closing`], [`rules`], [`hours`] ([`timetable`]), [`suspension`], [`appointment`], [`no_show`], [`referral`] ([`follow`]), [`handover`]; [`seen`] counts that it happened. `SEED=7 cargo test --test tests simulation -- --nocapture` lives one day again, `SIM_SEEDS=n` that many.

#![expect(clippy::wildcard_enum_match_arm, reason = "a person looks out for one thing and passes over all others")]

mod appointment;
mod archive;
mod asked;
mod book;
mod callback;
mod chance;
mod citizen;
mod closing;
mod faults;
mod follow;
mod handover;
mod holders;
mod hours;
mod missed;
mod no_show;
mod notices;
mod page;
mod person;
mod priority;
mod probe;
mod queues;
mod referral;
mod relay;
mod rows;
mod rules;
mod run;
mod seen;
mod staff;
mod suspension;
mod tick;
mod timetable;
mod town;
mod transfer;
mod truth;
mod wire;
mod world;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use crate::support::figure::{figure, measure};
use run::{Day, day};
use seen::Seen;
use yunyiban_core::planted::{Planted, plant};

/// Days lived by default; `SIM_SEEDS=10000` lives more, `SIM_FROM=10001` others.
const SEEDS: u64 = 1_000;
/// So long they last at most, and as many more as long again.
const SECONDS: u64 = 180;
/// Threads they are lived on.
const THREADS: usize = 2;
/// After so many broken days no more are lived.
const MOST_BROKEN: usize = 10;
/// Faults of a day, at least.
const FEWEST_FAULTS: u32 = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives the days of these seeds on two threads, until so many of them broke a promise; those days.
fn live(seeds: Range<u64>, bug: Option<Planted>, most_broken: usize, look: impl Fn(&Day) + Sync) -> Vec<Day> {
    let (next, broken) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                plant(bug);
                while broken.lock().unwrap().len() < most_broken {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let day = day(seed);
                    look(&day);
                    if day.broken.is_some() {
                        broken.lock().unwrap().push(day);
                    }
                }
            });
        }
    });
    broken.into_inner().unwrap()
}

fn story(day: &Day) -> String {
    let broken = day.broken.as_deref().unwrap_or("every promise kept");
    format!("seed {} steps {}: {broken}", day.seed, day.steps)
}

#[test]
fn every_promise_is_kept_on_every_day() {
    if let Some(seed) = number("SEED") {
        let day = day(seed);
        println!("{}", day.log);
        println!("{}", story(&day));
        assert!(day.broken.is_none());
        return;
    }
    measure();
    let (from, count) = (number("SIM_FROM").unwrap_or(1), number("SIM_SEEDS").unwrap_or(SEEDS));
    let begun = Instant::now();
    let (lived, least) = (AtomicU64::new(0), AtomicU32::new(u32::MAX));
    let seen = Mutex::new(Seen::default());
    let broken = live(from..from + count, None, MOST_BROKEN, |day| {
        lived.fetch_add(1, Ordering::Relaxed);
        if day.broken.is_none() {
            least.fetch_min(day.faults.values().sum(), Ordering::Relaxed);
        }
        seen.lock().unwrap().add(&day.seen);
    });
    let lived = lived.into_inner();
    figure("sim_seeds", lived, "days", &format!(">= {count}"));
    let seconds = SECONDS * count.div_ceil(SEEDS);
    figure("sim_seconds", begun.elapsed().as_secs(), "s", &format!("<= {seconds}"));
    figure("sim_faults_least", least.load(Ordering::Relaxed).into(), "faults", ">= 10 a day");
    figure("sim_violations", broken.len() as u64, "days", "= 0");
    let seldom = seen.into_inner().unwrap().print(lived);
    for day in &broken {
        println!("{}", story(day));
    }
    let seeds: Vec<u64> = broken.iter().map(|day| day.seed).collect();
    assert!(broken.is_empty(), "a promise is broken: seeds {seeds:?}");
    assert_eq!(lived, count, "days lived");
    assert!(least.into_inner() >= FEWEST_FAULTS, "a day had fewer faults");
    assert!(seldom.is_empty(), "too seldom to prove anything: {seldom:?}");
}

/// Checks of the checker (GUARANTEES 5d): each known bug is found within so many days.
const PLANTED_SEEDS: u64 = 60;

#[test]
fn every_planted_bug_is_found() {
    measure();
    let mut missed = Vec::new();
    for bug in Planted::ALL {
        let found = live(1..1 + PLANTED_SEEDS, Some(bug), 1, |_| ());
        match found.first() {
            Some(day) => println!("{bug:?}: {}", story(day).lines().next().unwrap_or_default()),
            None => missed.push(bug),
        }
    }
    let found = Planted::ALL.len() - missed.len();
    figure("planted_found", found as u64, "bugs", &format!("= {}", Planted::ALL.len()));
    assert!(missed.is_empty(), "not found: {missed:?}");
}

#[test]
fn the_same_seed_is_the_same_day() {
    let (first, again) = (day(7), day(7));
    assert!(first.log == again.log, "seed 7 is another day the second time");
    assert_eq!(first.steps, again.steps);
}
