//! The server is killed in the middle of a busy hour, again and again (F01, I1–I5, I18–I20).
//!
//! Nine citizens take numbers, write and leave or are helped; three windows help and log. After a number of steps drawn from
//! the seed the real program gets SIGKILL. [`truth`] reads the line it left, it is opened again on the same files, [`truth`] reads
//! the archive, everyone comes back and asks everything again by its key, and the line is the one that was left. [`crowd`] does so with thousands waiting. `KILL_POINTS=100 KILL_SEED=7` makes it longer and
//! repeats a run; `KILLED_PROGRAM` names the program that ships, which is held to the times promised. What was found is told in figures ([`found`]).

mod citizens;
mod crowd;
mod diary;
mod found;
mod truth;
mod windows;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::join;
use yunyiban_core::HallRules;
use yunyiban_protocol::http::Role;
use yunyiban_store::testing::PostgresServer;

use crate::support::TestHall;
use crate::support::chance::Chance;
use crate::support::figure::measure;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use citizens::Citizen;
use diary::Diary;
use found::{Found, Run};
use windows::Window;

/// In the middle of what it is killed.
const SCENE: &str = "a busy hour";
/// Names the program that is killed, when it is not the one built for the tests: that one is held to the times promised.
const PROGRAM: &str = "KILLED_PROGRAM";
/// Citizens at once.
const CITIZENS: u64 = 9;
/// Who sits at windows 1, 2 and 3.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("chen_laoshi", "陈老师", Role::Staff),
    ("lin_laoshi", "林老师", Role::Staff),
    ("wang_zhuren", "王主任", Role::Administrator),
];

#[tokio::test]
async fn whatever_was_acknowledged_survives_every_kill() {
    let run = Run {
        store: "sqlite",
        scene: SCENE,
        kills: points(6),
        ready: Duration::from_secs(2),
    };
    kill_again_and_again(&run, |_| {}).await;
}

#[tokio::test]
async fn whatever_was_acknowledged_survives_every_kill_over_postgresql() {
    let url = PostgresServer::shared().new_database().into_revealed();
    let run = Run {
        store: "postgresql",
        scene: SCENE,
        kills: points(6).div_ceil(3),
        ready: Duration::from_secs(5),
    };
    kill_again_and_again(&run, |config| config.store.url = url).await;
}

async fn kill_again_and_again(run: &Run, change: impl FnOnce(&mut yunyiban::config::Config)) {
    measure();
    let seed = from_environment("KILL_SEED").unwrap_or_else(Chance::seed);
    let points = run.kills;
    eprintln!("KILL_SEED={seed} KILL_POINTS={points}");
    let mut chance = Chance::new(seed);
    let mut hall = open(change).await;
    let mut people = People::come(&hall, seed).await;
    let diary = &people.diary;
    let mut found = Found::default();
    let (mut kills, mut places, mut told_places) = (0, 0, 0);
    for _ in 0..points {
        diary.kill_after(chance.between(10, 250), chance.between(0, 3_000), hall.process().killer());
        join!(
            join_all(people.citizens.iter_mut().map(|citizen| citizen.lives(diary))),
            join_all(people.windows.iter_mut().map(|window| window.works(diary))),
        );
        let left = truth::line(&hall.config.store.url).await;
        for window in &people.windows {
            told_places += left.is_told_as(&window.line, &mut found);
        }
        let ready = starts(&mut hall).await;
        truth::check(&hall.config.store.url, diary, &mut found).await;
        let since = Instant::now();
        for citizen in &mut people.citizens {
            citizen.comes_back(&hall, diary).await;
        }
        for window in &mut people.windows {
            window.comes_back(&hall, diary).await;
        }
        found.took(ready, ready + since.elapsed());
        let line = truth::line(&hall.config.store.url).await;
        places += line.is_the_one_of(&left, &mut found);
        for window in &people.windows {
            told_places += line.is_told_as(&window.line, &mut found);
        }
        kills += 1;
    }
    truth::check(&hall.config.store.url, diary, &mut found).await;
    found.tell(run, kills);
    found.hold();
    if shipped().is_some() {
        found.hold_to_times(run);
    }
    let problems = yunyiban::cli::doctor::database::examine(&hall.config.store.url).await.unwrap();
    assert_eq!(problems, Vec::<String>::new());
    let told = diary.told();
    eprintln!("{kills} kills: {told:?}, {places} places kept, {told_places} told");
    assert!(places > 0 && told_places > 0, "people waited");
    assert!(
        told.numbers > points && told.lines > points && told.cut_off > 0,
        "a busy hour, cut off: {told:?}"
    );
    assert!(points < 6 || told.records > 0, "windows logged: {told:?}");
}

async fn open(change: impl FnOnce(&mut yunyiban::config::Config)) -> TestHall {
    let mut hall = TestHall::make_closed(patient_rules(), &PEOPLE, |config| {
        config.limits.visits_per_address_per_minute = 1_000_000;
        change(config);
    })
    .await;
    hall.program = shipped().unwrap_or(hall.program);
    hall.start();
    hall
}

fn patient_rules() -> HallRules {
    HallRules {
        max_live_visits: 100_000,
        ..always_open()
    }
}

/// The program that ships, where the run names it.
fn shipped() -> Option<PathBuf> {
    std::env::var_os(PROGRAM).map(PathBuf::from)
}

/// Who is there when the program dies.
struct People {
    citizens: Vec<Citizen>,
    windows: Vec<Window>,
    diary: Diary,
}

impl People {
    async fn come(hall: &TestHall, seed: u64) -> Self {
        let mut windows = Vec::new();
        for (window, (name, ..)) in (1..).zip(PEOPLE) {
            windows.push(Window::sits_down(hall, name, &window.to_string()).await);
        }
        Self {
            citizens: (0..CITIZENS).map(|nth| Citizen::new(hall, Chance::new(seed ^ (nth + 1)))).collect(),
            windows,
            diary: Diary::default(),
        }
    }
}

/// Starts the program. How long until the first page is answered.
async fn starts(hall: &mut TestHall) -> Duration {
    let since = Instant::now();
    hall.start();
    let mut browser = Browser::new(hall.address());
    let path = format!("/api/halls/{}", hall.id());
    while browser.get(&path).await.status != 200 {}
    since.elapsed()
}

/// Kills in a run.
fn points(usual: u64) -> u64 {
    from_environment("KILL_POINTS").unwrap_or(usual)
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}
