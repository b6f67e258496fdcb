//! Days of a whole town in one thread, each from a seed: the server's side (core, app, an archive with a disk's bad days), the
//! network, citizens and staff, and everything that goes wrong, against a clock that only moves when everybody waits.
//!
//! Reading order: [`run`] (a day), [`faults`], [`citizen`] ([`person`]) and [`staff`] with their [`page`], [`town`] with [`queues`] and [`wire`], [`archive`]
//! and [`relay`], [`world`] (time and tasks); the promises are in [`truth`] (at each commit; [`rows`], [`asked`], [`holders`]), [`tick`] (at each moment) and
//! [`run`] (at the end). What has a feature of its own has a file with both, what people do and what is promised of it: [`callback`], [`transfer`],
//! [`probe`], [`priority`], [`notices`], [`closing`], [`suspension`], [`appointment`], [`no_show`]; [`seen`] counts that it happened. `SEED=7 cargo test --test tests simulation -- --nocapture` lives one day again, `SIM_SEEDS=n` that many.

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
mod holders;
mod no_show;
mod notices;
mod page;
mod person;
mod priority;
mod probe;
mod queues;
mod relay;
mod rows;
mod run;
mod seen;
mod staff;
mod suspension;
mod tick;
mod town;
mod transfer;
mod truth;
mod wire;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use crate::support::figure::figure;
use run::{Day, day};
use seen::Seen;
use yunyiban_core::planted::{Planted, plant};

/// Days lived by default; `SIM_SEEDS=10000` lives more, `SIM_FROM=10001` others.
const SEEDS: u64 = 1_000;
/// Threads they are lived on.
const THREADS: usize = 2;
/// Faults of a day, at least.
const FEWEST_FAULTS: u32 = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives so many days from seed `from` on two threads until one of them is wanted by `stop`; the wanted ones.
fn live(from: u64, count: u64, bug: Option<Planted>, stop: impl Fn(&Day) -> bool + Sync) -> Vec<Day> {
    let (next, found) = (AtomicU64::new(from), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                plant(bug);
                while found.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let day = day(seed);
                    if stop(&day) {
                        found.lock().unwrap().push(day);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
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
    let (from, count) = (number("SIM_FROM").unwrap_or(1), number("SIM_SEEDS").unwrap_or(SEEDS));
    let begun = Instant::now();
    let (least, broken) = (AtomicU32::new(u32::MAX), AtomicU64::new(0));
    let seen = Mutex::new(Seen::default());
    let broken_days = live(from, count, None, |day| {
        if day.broken.is_none() {
            least.fetch_min(day.faults.values().sum(), Ordering::Relaxed);
        }
        seen.lock().unwrap().add(&day.seen);
        broken.fetch_add(u64::from(day.broken.is_some()), Ordering::Relaxed);
        day.broken.is_some()
    });
    figure("sim_seeds", count, "days", ">= 1000 in make test, >= 10000 in make soak");
    figure("sim_seconds", begun.elapsed().as_secs(), "s", "<= 180 for 1000 days");
    figure("sim_faults_least", least.load(Ordering::Relaxed).into(), "faults", ">= 10 a day");
    figure("sim_violations", broken.load(Ordering::Relaxed), "days", "= 0");
    let seldom = seen.into_inner().unwrap().print(count);
    for day in &broken_days {
        println!("{}", story(day));
    }
    assert!(broken_days.is_empty(), "a promise is broken: seed {}", broken_days[0].seed);
    assert!(least.into_inner() >= FEWEST_FAULTS, "a day had fewer faults");
    assert!(seldom.is_empty(), "too seldom to prove anything: {seldom:?}");
}

/// Checks of the checker (GUARANTEES 5d): each known bug is found within so many days.
const PLANTED_SEEDS: u64 = 60;

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for bug in Planted::ALL {
        let found = live(1, PLANTED_SEEDS, Some(bug), |day| day.broken.is_some());
        match found.first() {
            Some(day) => println!("{bug:?}: {}", story(day).lines().next().unwrap_or_default()),
            None => missed.push(bug),
        }
    }
    let found = Planted::ALL.len() - missed.len();
    figure("planted_found", found as u64, "bugs", "= 14");
    assert!(missed.is_empty(), "not found: {missed:?}");
}

#[test]
fn the_same_seed_is_the_same_day() {
    let (first, again) = (day(7), day(7));
    assert!(first.log == again.log, "seed 7 is another day the second time");
    assert_eq!(first.steps, again.steps);
}
