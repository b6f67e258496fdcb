//! What goes wrong, one thing after another in an order drawn from the seed, each with a quiet time before it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection};
use yunyiban::adapters::clock::wall_ms;
use yunyiban_core::calendar::Day;
use yunyiban_protocol::Timestamp;

use super::client::Lost;
use super::commits::{Commits, Fate};
use super::entry::{Log, Op, Phase, Value};
use super::relay::{Relay, Weather};
use crate::support::TestHall;
use crate::support::chance::Chance;
use crate::support::disk::SmallDisk;
use crate::support::http::Browser;

/// MiB of the small disk when there is room.
pub const ROOM_MIB: u32 = 4_096;
/// A fault that waits for somebody to meet it waits so long.
const MEETING: Duration = Duration::from_secs(4);
/// After a restart everybody is back within this.
const BACK: Duration = Duration::from_secs(30);
/// A program that goes on beside its heir is looked at for so long, milliseconds.
const ZOMBIE_MS: u64 = 4_000;
/// Another program has the hall of one that stands still within this: PostgreSQL ends a transaction that is left alone after ten seconds.
const TAKE_OVER: Duration = Duration::from_secs(20);
/// How far a clock jumps off the hour of its hall, milliseconds.
const JUMPS_MS: [i64; 5] = [-3_600_000, -60_000, 0, 60_000, 3_600_000];

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SIGKILL, and started again.
    Kill,
    /// SIGSTOP for a while.
    Pause,
    /// A commit happens, and its answer is lost.
    CommitLost,
    /// Commits take long.
    SlowCommit,
    /// No room for the archive.
    FullDisk,
    /// Lines of half the pages are cut, or half-open.
    Partition,
    /// Lines overtake each other.
    Reordering,
    /// Loss, or little rate.
    BadLine,
    /// The wall clock is moved, first under the running program, then under its restart.
    ClockJump,
    /// PostgreSQL is not there for a while.
    ArchiveDown,
    /// A program that stood still goes on beside the one that has taken its hall over (PostgreSQL; a file has one owner).
    Zombie,
}

impl Kind {
    /// Those of every day and every archive.
    const EVERYWHERE: [Kind; 9] = [
        Kind::Kill,
        Kind::Pause,
        Kind::CommitLost,
        Kind::SlowCommit,
        Kind::FullDisk,
        Kind::Partition,
        Kind::Reordering,
        Kind::BadLine,
        Kind::ClockJump,
    ];

    /// Its name in figures and in the history.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Kill => "kill",
            Kind::Pause => "pause",
            Kind::CommitLost => "commit_lost",
            Kind::SlowCommit => "slow_commit",
            Kind::FullDisk => "full_disk",
            Kind::Partition => "partition",
            Kind::Reordering => "reordering",
            Kind::BadLine => "bad_line",
            Kind::ClockJump => "clock_jump",
            Kind::ArchiveDown => "archive_down",
            Kind::Zombie => "zombie",
        }
    }
}

/// Where the archive is.
pub enum Engine {
    /// A file on the small disk.
    Sqlite(PathBuf),
    /// A server behind a relay of ours, its tables on the small disk.
    Postgres(Commits),
}

impl Engine {
    /// What can go wrong with it on a day of this pace.
    pub fn kinds(&self, pace: &Pace) -> Vec<Kind> {
        let more: &[Kind] = match self {
            Engine::Sqlite(_) => &[],
            // Until the leases of a program that stood still have run out, it has nothing to write.
            Engine::Postgres(_) if pace.fault.1 < ZOMBIE_MS => &[Kind::ArchiveDown],
            Engine::Postgres(_) => &[Kind::ArchiveDown, Kind::Zombie],
        };
        [&Kind::EVERYWHERE, more].concat()
    }
}

/// How long things last, milliseconds, from and to.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Kills among the other kinds, one of each.
    pub kills: usize,
    /// A fault.
    pub fault: (u64, u64),
    /// The quiet time before the next.
    pub quiet: (u64, u64),
}

/// What was seen of the faults themselves.
#[derive(Debug, Default)]
pub struct Report {
    /// What was to go wrong.
    pub planned: Vec<Kind>,
    /// Faults of each kind that did something.
    pub fired: BTreeMap<Kind, u64>,
    /// Times the program was killed.
    pub kills: u64,
    /// The longest from its start to its first answer.
    pub worst_ready: Duration,
    /// The longest from a kill until every page was back.
    pub worst_back: Duration,
}

/// The wall clock of a hall, which has an hour of its own: a day that goes over midnight is no matter of when the test is run.
pub struct WallClock {
    file: PathBuf,
    /// Milliseconds between this machine's clock and the hall's while the hall's is right.
    off_ms: i64,
}

impl WallClock {
    /// Set to this minute of the hall's day, by a file the program reads.
    pub fn set_to(minute: i64, file: PathBuf) -> Self {
        let now = Timestamp::from_millis(wall_ms());
        let clock = Self {
            file,
            off_ms: Day::of(now).at(minute).as_millis() - now.as_millis(),
        };
        clock.jumps_to(0);
        clock
    }

    /// In one step: half a number would be another time.
    fn jumps_to(&self, jump_ms: i64) {
        let next = self.file.with_extension("next");
        std::fs::write(&next, (self.off_ms + jump_ms).to_string()).unwrap();
        std::fs::rename(next, &self.file).unwrap();
    }
}

/// Whoever makes things go wrong.
pub struct Faults {
    /// The hall with its program.
    pub hall: TestHall,
    /// Between pages and the program.
    pub relay: Relay,
    /// Where the archive is.
    pub engine: Engine,
    /// What it lies on.
    pub disk: SmallDisk,
    /// The hall's wall clock.
    pub clock: WallClock,
    /// The history.
    pub log: Arc<Log>,
    /// Pages that look for the way back.
    pub lost: Arc<Lost>,
    /// What goes wrong next.
    pub chance: Chance,
    /// How fast.
    pub pace: Pace,
    /// So far.
    pub report: Report,
}

impl Faults {
    /// Opens the program for the first time.
    pub async fn opens(&mut self) {
        self.report.planned = self.engine.kinds(&self.pace);
        self.starts().await;
    }

    /// Goes on until so many operations are done and every kind has fired.
    pub async fn reign(&mut self, operations: u64) {
        loop {
            for kind in self.shuffled() {
                let quiet = self.length(self.pace.quiet);
                self.log.passes(quiet).await;
                if self.log.counted() >= operations && self.report.fired.len() == self.report.planned.len() {
                    return;
                }
                self.strikes(kind).await;
            }
        }
    }

    async fn strikes(&mut self, kind: Kind) {
        let value = Value {
            text: Some(kind.name().to_owned()),
            ..Value::default()
        };
        let asked = self.log.invoke("faults", Op::Fault, value);
        let length = self.length(self.pace.fault);
        let has_fired = match kind {
            Kind::Kill => self.kills().await,
            Kind::Pause => self.pauses(length).await,
            Kind::CommitLost => self.loses_commits(length).await,
            Kind::SlowCommit => self.slows_commits(length).await,
            Kind::FullDisk => self.fills_the_disk(length).await,
            Kind::Partition => self.partitions(length).await,
            Kind::Reordering => self.clouds(vec![Weather::Reordering(150); self.relay.doors()], length).await,
            Kind::BadLine => {
                let bad = [Weather::Loss(3), Weather::Rate(30_000)][usize::from(self.chance.once_in(2))];
                self.clouds(vec![bad; self.relay.doors()], length).await
            }
            Kind::ClockJump => self.jumps(length).await,
            Kind::ArchiveDown => self.fates_commits(Fate::Down, length).await,
            Kind::Zombie => self.rises_again().await,
        };
        let phase = if has_fired { Phase::Ok } else { Phase::Fail };
        self.log.end(asked, phase, Value::default());
        if has_fired {
            *self.report.fired.entry(kind).or_default() += 1;
        }
    }

    async fn kills(&mut self) -> bool {
        let since = Instant::now();
        self.hall.process().killer().kill();
        self.relay.leads_to(None);
        self.report.kills += 1;
        self.starts().await;
        assert!(self.lost.all_back(BACK).await, "everybody is back within {BACK:?}");
        self.report.worst_back = self.report.worst_back.max(since.elapsed());
        true
    }

    /// Starts the program beside one that may have stood still in the middle of a commit: until PostgreSQL ends that, the hall is
    /// locked, and whoever starts the program starts it again.
    async fn takes_over(&mut self) {
        let since = Instant::now();
        while let Err(log) = tokio::task::block_in_place(|| self.hall.try_start()) {
            assert!(since.elapsed() < TAKE_OVER, "not taken over within {TAKE_OVER:?}: {log}");
        }
        self.greets().await;
    }

    /// Starts the program and waits for its first answer.
    async fn starts(&mut self) {
        let since = Instant::now();
        tokio::task::block_in_place(|| self.hall.start());
        self.greets().await;
        self.report.worst_ready = self.report.worst_ready.max(since.elapsed());
    }

    async fn greets(&mut self) {
        let mut browser = Browser::new(self.hall.address());
        let path = format!("/api/halls/{}", self.hall.id());
        while browser.get(&path).await.status != 200 {}
        self.relay.leads_to(Some(self.hall.address()));
    }

    async fn pauses(&mut self, length: Duration) -> bool {
        let program = self.hall.process().killer();
        program.pause();
        self.log.passes(length).await;
        program.resume();
        true
    }

    async fn loses_commits(&mut self, length: Duration) -> bool {
        match &self.engine {
            // Nothing is between the program and its file: what is lost is what it answers after it.
            Engine::Sqlite(_) => self.clouds(vec![Weather::Deaf; self.relay.doors()], length).await,
            Engine::Postgres(_) => self.fates_commits(Fate::Lost, length).await,
        }
    }

    async fn fates_commits(&mut self, fate: Fate, length: Duration) -> bool {
        let Engine::Postgres(commits) = &self.engine else { return false };
        let before = commits.struck();
        commits.set(fate);
        self.log.passes(length).await;
        commits.set(Fate::Through);
        commits.struck() > before
    }

    /// The program stands still, its lines are dead, and another takes its hall over. Then it goes on, and would write.
    async fn rises_again(&mut self) -> bool {
        let old = self.hall.let_go();
        old.killer().pause();
        self.relay.leads_to(None);
        self.relay.set_all(Weather::Cut);
        self.takes_over().await;
        self.relay.set_all(Weather::Clear);
        let looked_at = Duration::from_millis(ZOMBIE_MS);
        self.log.passes(looked_at).await;
        old.killer().resume();
        self.log.passes(looked_at).await;
        old.log().contains("is owned elsewhere")
    }

    async fn slows_commits(&mut self, length: Duration) -> bool {
        match &self.engine {
            Engine::Sqlite(file) => {
                // Another program writes: a backup, a tool of the operator.
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).busy_timeout(MEETING);
                let mut other = options.connect().await.unwrap();
                let writes = sqlx::query("begin immediate").execute(&mut other).await.is_ok();
                self.log.passes(length).await;
                other.close().await.unwrap();
                writes
            }
            Engine::Postgres(_) => self.fates_commits(Fate::Late(length / 3), length).await,
        }
    }

    async fn fills_the_disk(&mut self, length: Duration) -> bool {
        self.disk.shrink();
        let is_met = self.log.until_met("disk_full", MEETING).await;
        self.log.passes(length).await;
        self.disk.grow(ROOM_MIB);
        is_met
    }

    async fn partitions(&mut self, length: Duration) -> bool {
        let weather = (0..self.relay.doors()).map(|_| match self.chance.between(1, 4) {
            1 => Weather::Cut,
            2 => Weather::Frozen,
            _ => Weather::Clear,
        });
        let weather = weather.collect();
        self.clouds(weather, length).await
    }

    async fn clouds(&mut self, weather: Vec<Weather>, length: Duration) -> bool {
        let before = self.relay.suffered();
        self.relay.set(weather);
        self.log.passes(length).await;
        self.relay.set_all(Weather::Clear);
        self.relay.suffered() > before
    }

    async fn jumps(&mut self, length: Duration) -> bool {
        let jump = JUMPS_MS[usize::try_from(self.chance.between(0, JUMPS_MS.len() as u64 - 1)).unwrap()];
        self.clock.jumps_to(jump);
        self.log.passes(length).await;
        self.kills().await
    }

    fn length(&mut self, (from, to): (u64, u64)) -> Duration {
        Duration::from_millis(self.chance.between(from, to))
    }

    fn shuffled(&mut self) -> Vec<Kind> {
        let more = std::iter::repeat_n(Kind::Kill, self.pace.kills - 1);
        let kinds = self.report.planned.clone().into_iter().chain(more);
        let mut kinds: Vec<(u64, Kind)> = kinds.map(|kind| (self.chance.between(0, u64::from(u32::MAX)), kind)).collect();
        kinds.sort();
        kinds.into_iter().map(|(_, kind)| kind).collect()
    }
}
