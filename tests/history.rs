//! A day of a hall whose real program is killed, paused, cut off and lied to under load, over SQLite and over PostgreSQL, written down as a
//! history; and the checks that read it (GUARANTEES 5c; F01–F03, F11–F14, F20–F22, F24).
//!
//! Reading order: [`day`] here; who takes part: [`client`], [`citizen`] ([`wishes`]), [`window`] ([`desk`]), [`administrator`], [`intruder`]; what goes wrong: [`faults`], with [`relay`] and [`commits`];
//! what is written: [`entry`], with [`places`]; what is read: [`reading`], [`archive`], and [`check`].
//! `HISTORY_OPS=200000` makes it long, `HISTORY_SEED=7` draws the same people and the same faults in the same order; the history is left in
//! the target folder as `history-<store>.jsonl`.

#![expect(clippy::wildcard_enum_match_arm, reason = "a person looks out for one thing and passes over all others")]

mod administrator;
mod archive;
mod check;
mod citizen;
mod client;
mod commits;
mod desk;
mod entry;
mod faults;
mod figures;
mod intruder;
mod places;
mod reading;
mod relay;
mod window;
mod wishes;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};
use tokio::task::{self, JoinSet};
use tokio::time::timeout;
use yunyiban::archive::look;
use yunyiban_app::ports::Store;
use yunyiban_core::calendar::DAY_MINUTES;
use yunyiban_core::order::OrderRules;
use yunyiban_core::{AppointmentRules, HallRules, Timers};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, ItemCode};
use yunyiban_store::testing::PostgresServer;

use crate::support::chance::Chance;
use crate::support::disk::SmallDisk;
use crate::support::figure::measure;
use crate::support::hall::always_open;
use crate::support::namespace::{Own, is_apart_for};
use crate::support::{TestHall, TestStaff};
use administrator::Administrator;
use archive::Archive;
use citizen::{Citizen, Poster};
use client::{Client, Door, Lost, Town};
use commits::Commits;
use desk::SLOT_MS;
use entry::{Hour, Log};
use faults::{Engine, Faults, Pace, ROOM_MIB, Report, WallClock};
use figures::Figures;
use intruder::Intruder;
use reading::History;
use relay::Relay;
use window::Window;

/// Operations of a day by default; from [`LONG`] on it is a long one.
const OPERATIONS: u64 = 2_500;
const LONG: u64 = 10_000;
/// Doors of the relay.
const DOORS: usize = 4;
/// After the last fault the day goes on so long: nothing that is promised of a good day can be looked at under faults alone.
const CALM: Duration = Duration::from_secs(18);
const LONG_CALM: Duration = Duration::from_secs(60);
/// After the last fault everybody has left within this: the longest way out by timers alone.
const EVENING: Duration = Duration::from_secs(90);
/// No day lasts longer, however many operations it is to have.
const WHOLE_DAY: Duration = Duration::from_secs(3 * 3_600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_of_a_hard_day_is_valid() {
    if is_apart_for("history::every_check_of_a_hard_day_is_valid", Own::Mounts, WHOLE_DAY) {
        let disk = SmallDisk::mount(ROOM_MIB);
        let file = disk.path().join("hall.db");
        let url = format!("sqlite:{}", file.display());
        day("sqlite", disk, Engine::Sqlite(file), &url, &url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_of_a_hard_day_is_valid_over_postgresql() {
    if is_apart_for("history::every_check_of_a_hard_day_is_valid_over_postgresql", Own::Mounts, WHOLE_DAY) {
        let disk = SmallDisk::mount(ROOM_MIB);
        let (direct, database) = database_on(&disk).await;
        let commits = Commits::open(PostgresServer::shared().folder()).await;
        let url = commits.url(&database);
        day("postgresql", disk, Engine::Postgres(commits), &url, &direct).await;
    }
}

/// A new database whose tables lie on the disk, its address and its name. What the server writes ahead lies elsewhere: without that
/// it would not go on (GUARANTEES M10).
async fn database_on(disk: &SmallDisk) -> (String, String) {
    let server = PostgresServer::shared();
    let place = disk.path().join("tables");
    std::fs::create_dir(&place).unwrap();
    let mut give = Command::new("chown");
    let given = give
        .arg(format!("--reference={}", server.folder().display()))
        .arg(&place)
        .status()
        .unwrap();
    assert!(given.success(), "the tables belong to the server");
    let url = server.new_database().into_revealed();
    let name = url
        .split_once("localhost/")
        .and_then(|(_, rest)| rest.split_once('?'))
        .map(|(name, _)| name.to_owned());
    let name = name.expect("the address names a database");
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.database("postgres").connect().await.unwrap();
    for statement in [
        format!("create tablespace small location '{}'", place.display()),
        format!("alter database {name} set tablespace small"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    (url, name)
}

async fn day(store: &'static str, disk: SmallDisk, engine: Engine, url: &str, direct: &str) {
    measure();
    let operations = number("HISTORY_OPS").unwrap_or(OPERATIONS);
    let seed = number("HISTORY_SEED").unwrap_or_else(Chance::seed);
    eprintln!("HISTORY_SEED={seed} HISTORY_OPS={operations}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("history-{store}.jsonl"));
    let log = Arc::new(Log::create(&path));
    let crew = Crew::of(operations);
    let mut faults = open(&crew, disk, engine, url, &log, seed).await;
    let (windows, citizens) = crew.come(&faults, seed).await;
    faults.reign(operations).await;
    log.strike(Hour::Calm);
    log.passes(if operations >= LONG { LONG_CALM } else { CALM }).await;
    log.strike(Hour::Evening);
    let shelf = look(direct).await.unwrap();
    everybody_leaves(&shelf, &faults.hall.id(), citizens, &log).await;
    log.strike(Hour::Night);
    windows.join_all().await;
    let archive = in_peace(&shelf, &faults.hall.id()).await;
    log.close();
    let figures = Figures {
        store,
        operations,
        is_long: operations >= LONG,
        history: &History::read(&path),
        report: &faults.report,
    };
    figures.tell(&archive);
}

/// Who sits at no window.
const ADMINISTRATOR: &str = "wang_zhuren";

/// Who takes part.
struct Crew {
    citizens: u64,
    windows: Vec<(String, String)>,
    thinks_ms: u64,
    pace: Pace,
}

impl Crew {
    fn of(operations: u64) -> Self {
        let is_long = operations >= LONG;
        let windows = if is_long { 12 } else { 6 };
        Self {
            citizens: if is_long { 48 } else { 20 },
            windows: (1..=windows).map(|nth| (format!("laoshi_{nth}"), format!("{nth}号老师"))).collect(),
            thinks_ms: 70,
            pace: if is_long {
                Pace {
                    kills: 8,
                    fault: (500, 6_000),
                    quiet: (1_000, 2_500),
                }
            } else {
                Pace {
                    kills: 1,
                    fault: (200, 600),
                    quiet: (300, 600),
                }
            },
        }
    }

    async fn come(&self, faults: &Faults, seed: u64) -> (JoinSet<()>, People) {
        let (hall, log, lost) = (&faults.hall, &faults.log, &faults.lost);
        let poster = Poster {
            hall: hall.id().to_string(),
            item: ItemCode::new(hall.first_item()),
            notice_version: hall.notice_version(),
        };
        let town = Town {
            log: Arc::clone(log),
            lost: Arc::clone(lost),
            thinks_ms: self.thinks_ms,
            links: Arc::default(),
        };
        let client = |who: String, nth: u64, door: Door| Client::new(who, &town, Chance::new(seed ^ (nth << 32)), faults.relay.door(nth), door);
        let (mut windows, mut citizens) = (JoinSet::new(), People::default());
        for (nth, (name, _)) in (1..).zip(&self.windows) {
            let mut staff = TestStaff::signs_in(hall, name).await;
            staff.opens_window(&nth.to_string()).await;
            let mut client = client(format!("window-{nth}"), nth, Door::Staff);
            client.browser = staff.browser.moved_to(client.browser.server());
            windows.spawn(Window::new(client, &staff.console, &nth.to_string(), poster.item.clone()).works());
        }
        let staff = TestStaff::signs_in(hall, ADMINISTRATOR).await;
        let mut page = client("administrator-1".to_owned(), 900, Door::Staff);
        page.browser = staff.browser.moved_to(page.browser.server());
        let administrator = Administrator {
            client: page,
            staff: staff.console.staff.to_string(),
        };
        citizens.come(administrator.client.who.clone(), administrator.works());
        for nth in 1..=self.citizens {
            let client = client(format!("citizen-{nth}"), 1_000 + nth, Door::Citizen(poster.hall.clone()));
            citizens.come(client.who.clone(), Citizen::new(client, poster.clone()).lives());
        }
        let intruder = Intruder {
            who: "intruder-1".to_owned(),
            log: Arc::clone(log),
            chance: Chance::new(seed ^ 0xbad),
            door: faults.relay.door(0),
            hall: poster.hall.clone(),
        };
        citizens.come(intruder.who.clone(), intruder.lurks());
        (windows, citizens)
    }
}

/// Who is in the hall, or on the way.
#[derive(Default)]
struct People {
    lives: JoinSet<()>,
    names: BTreeMap<task::Id, String>,
}

impl People {
    fn come(&mut self, who: String, life: impl Future<Output = ()> + Send + 'static) {
        let id = self.lives.spawn(life).id();
        self.names.insert(id, who);
    }

    /// Waits until everybody is at home.
    async fn go_home(&mut self) {
        while let Some(home) = self.lives.join_next_with_id().await {
            let (id, ()) = home.unwrap();
            self.names.remove(&id);
        }
    }
}

async fn open(crew: &Crew, disk: SmallDisk, engine: Engine, url: &str, log: &Arc<Log>, seed: u64) -> Faults {
    let people: Vec<(&str, &str, Role)> = crew
        .windows
        .iter()
        .map(|(name, shown)| (name.as_str(), shown.as_str(), Role::Staff))
        .chain([(ADMINISTRATOR, "王主任", Role::Administrator)])
        .collect();
    let mut hall = TestHall::make_closed(rules(), &people, |config| {
        config.store.url = url.to_owned();
        config.limits.visits_per_address_per_minute = 1_000_000;
        config.limits.sign_ins_per_address_per_minute = 1_000_000;
        // The clock jumps by hours.
        config.sessions.idle_minutes = 30_000;
        config.sessions.absolute_hours = 1_000;
    })
    .await;
    let mut chance = Chance::new(seed);
    let clock = hall.path("wall-clock-ms");
    hall.environment.push(("TEST_WALL_CLOCK_MS", clock.clone()));
    let clock = WallClock::set_to(i64::try_from(chance.between(0, DAY_MINUTES.unsigned_abs() - 1)).unwrap(), clock);
    let mut faults = Faults {
        hall,
        relay: Relay::open(DOORS, seed).await,
        engine,
        disk,
        clock,
        log: Arc::clone(log),
        lost: Arc::new(Lost::default()),
        chance,
        pace: crew.pace,
        report: Report::default(),
    };
    faults.opens().await;
    faults
}

/// Waits until nobody is in the hall any more, and reads the archive.
async fn everybody_leaves(store: &Arc<dyn Store>, hall: &HallId, mut citizens: People, log: &Log) {
    if timeout(EVENING, citizens.go_home()).await.is_err() {
        log.close();
        panic!("not at home {EVENING:?} after the evening began: {:?}", citizens.names.values());
    }
    let empty = async {
        while !archive::live_visits(store, hall).await.is_empty() {
            log.passes(Duration::from_millis(200)).await;
        }
    };
    if timeout(EVENING, empty).await.is_err() {
        log.close();
        let left = archive::live_visits(store, hall).await;
        panic!("the hall is not empty {EVENING:?} after everybody went home: {left:?}");
    }
}

/// The archive once nothing is written any more: it is read piece by piece, and a last timer may fire in between.
async fn in_peace(store: &Arc<dyn Store>, hall: &HallId) -> Archive {
    let read = async {
        let mut before = archive::read(store, hall).await;
        loop {
            let now = archive::read(store, hall).await;
            if now == before {
                return now;
            }
            before = now;
        }
    };
    timeout(EVENING, read).await.expect("a hall with nobody in it comes to rest")
}

/// Waits that are short beside a fault: everything that can run out does.
fn rules() -> HallRules {
    let timers = Timers {
        citizen_lease_ms: 3_000,
        call_lease_ms: 4_000,
        window_lease_ms: 4_000,
        restart_grace_ms: 5_000,
        citizen_accept_ms: 4_000,
        here_counts_as_accept_ms: 0,
        later_ms: 1_000,
        away_keeps_ms: 4_000,
        challenge_ms: 3_000,
        challenge_skips: 1,
        missed_return_ms: 4_000,
        missed_keeps_ms: 8_000,
        ring_ms: 3_000,
        ring_pause_ms: 500,
        drop_grace_ms: 4_000,
        sticky_ms: 3_000,
        hold_ms: 2_000,
        park_ms: 4_000,
        callback_dial_ms: 3_000,
        callback_pause_ms: 1_000,
        callback_attempts: 2,
        callback_keeps_ms: 15_000,
        ..Timers::default()
    };
    HallRules {
        timers,
        order: OrderRules {
            overtaken_by: 2,
            overtaken_ms: 3_000,
            ..OrderRules::default()
        },
        appointments: AppointmentRules {
            slot_ms: SLOT_MS,
            per_slot: 100,
            early_ms: 10_000,
            grace_ms: 4_000,
            late_ms: 8_000,
            no_shows: u32::MAX,
            ..AppointmentRules::default()
        },
        max_live_visits: 100_000,
        max_chat_lines: 100_000,
        declines_an_hour: 1_000_000,
        ..always_open()
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}
