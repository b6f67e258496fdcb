//! What goes wrong: drawn from the seed, each kind at most a few times, never after the day is calm.

use std::sync::Arc;

use yunyiban_protocol::HallId;

use super::chance::Chance;
use super::town::{LAOCHENG, Town, XINQU};

/// Fewest faults of a day.
const FEWEST: i64 = 10;
/// One more than the most.
const MOST: i64 = 16;

/// How far a wall clock jumps, milliseconds: one hour.
const JUMP_MS: i64 = 3_600_000;

/// What may go wrong.
#[derive(Clone, Copy, Debug)]
enum FaultKind {
    /// See there.
    Server(ServerFault),
    /// See there.
    Archive(ArchiveFault),
    /// See there.
    Line(LineFault),
    /// Another process takes a hall for its own.
    ForeignOwner,
}

/// Of the server.
#[derive(Clone, Copy, Debug)]
enum ServerFault {
    /// It dies, and comes back with its clock where it was.
    Crash,
    /// It dies, and comes back with its clock an hour off.
    ClockJump,
    /// It lives on, and somebody sets the clock an hour off under it: nothing moves before its next start.
    ClockSet,
}

/// Of the archive.
#[derive(Clone, Copy, Debug)]
enum ArchiveFault {
    /// It stores, and does not say so.
    LostReply,
    /// It takes its time.
    SlowCommit,
    /// It stores nothing.
    FailingCommit,
    /// It has no room.
    FullDisk,
    /// It cannot be read, once it did not say what it stored.
    Unreadable,
}

/// Of a line, or of the device at its end.
#[derive(Clone, Copy, Debug)]
enum LineFault {
    /// It carries nothing for a while.
    Partition,
    /// It is dead, and neither side hears of it.
    HalfOpen,
    /// It ends.
    Cut,
    /// What is sent on one of its connections overtakes what was sent on another before: two tabs, a request and a socket.
    Reordering,
    /// A phone sleeps.
    PhoneAsleep,
    /// A window's computer sleeps.
    LaptopAsleep,
}

/// All of them: one is drawn. A server that comes back with another clock more often than others: half of its jumps are forward, and what
/// goes wrong then goes wrong for those who wait over it alone.
const KINDS: [FaultKind; 16] = [
    FaultKind::Server(ServerFault::Crash),
    FaultKind::Server(ServerFault::ClockJump),
    FaultKind::Server(ServerFault::ClockJump),
    FaultKind::Server(ServerFault::ClockSet),
    FaultKind::Archive(ArchiveFault::LostReply),
    FaultKind::Archive(ArchiveFault::SlowCommit),
    FaultKind::Archive(ArchiveFault::FailingCommit),
    FaultKind::Archive(ArchiveFault::FullDisk),
    FaultKind::Line(LineFault::Partition),
    FaultKind::Line(LineFault::HalfOpen),
    FaultKind::Line(LineFault::Cut),
    FaultKind::Line(LineFault::Reordering),
    FaultKind::Line(LineFault::PhoneAsleep),
    FaultKind::Line(LineFault::LaptopAsleep),
    FaultKind::ForeignOwner,
    FaultKind::Archive(ArchiveFault::Unreadable),
];

impl FaultKind {
    /// As the day's log has it.
    const fn name(self) -> &'static str {
        match self {
            FaultKind::Server(ServerFault::Crash) => "crash",
            FaultKind::Server(ServerFault::ClockJump) => "clock_jump",
            FaultKind::Server(ServerFault::ClockSet) => "clock_set",
            FaultKind::Archive(ArchiveFault::LostReply) => "lost_reply",
            FaultKind::Archive(ArchiveFault::SlowCommit) => "slow_commit",
            FaultKind::Archive(ArchiveFault::FailingCommit) => "failing_commit",
            FaultKind::Archive(ArchiveFault::FullDisk) => "full_disk",
            FaultKind::Line(LineFault::Partition) => "partition",
            FaultKind::Line(LineFault::HalfOpen) => "half_open",
            FaultKind::Line(LineFault::Cut) => "cut",
            FaultKind::Line(LineFault::Reordering) => "reordering",
            FaultKind::Line(LineFault::PhoneAsleep) => "phone_asleep",
            FaultKind::Line(LineFault::LaptopAsleep) => "laptop_asleep",
            FaultKind::ForeignOwner => "foreign_owner",
            FaultKind::Archive(ArchiveFault::Unreadable) => "unreadable",
        }
    }
}

/// Whose lines there are.
pub struct Lines {
    /// Of citizens.
    pub citizens: Vec<usize>,
    /// Of consoles.
    pub consoles: Vec<usize>,
}

/// Lets things go wrong between two moments; the last are over at the second.
pub async fn faults(town: Arc<Town>, lines: Lines, seed: u64, from: i64, to: i64) {
    let mut chance = Chance::new(seed, 5);
    let count = chance.between(FEWEST, MOST);
    let mut moments: Vec<i64> = (0..count).map(|_| chance.between(from, to - 20_000)).collect();
    moments.sort_unstable();
    for moment in moments {
        town.world.sleep_until(moment).await;
        let kind = KINDS[chance.below(KINDS.len())];
        fault(&town, &lines, kind, &mut chance, to).await;
    }
    town.world.sleep_until(to).await;
    if !town.is_up() {
        town.book.lock().unwrap().note("the server is started again");
    }
}

async fn fault(town: &Arc<Town>, lines: &Lines, kind: FaultKind, chance: &mut Chance, to: i64) {
    let story = match kind {
        FaultKind::Server(ServerFault::ClockSet) => {
            let jump = an_hour(chance);
            town.sets_the_clock(jump);
            town.book.lock().unwrap().seen.saw("clock_set_under_the_server");
            format!("by {jump} ms")
        }
        FaultKind::Server(server @ (ServerFault::Crash | ServerFault::ClockJump)) => return crash(town, server, chance, to).await,
        FaultKind::Archive(archive) => archive_fault(town, archive, chance, to),
        FaultKind::Line(line) => line_fault(town, lines, line, chance, to),
        FaultKind::ForeignOwner => {
            let hall = HallId::new(if chance.percent(80) { XINQU } else { LAOCHENG });
            town.archive.taken_by_another(&hall).await;
            format!("of {hall}")
        }
    };
    town.book.lock().unwrap().fault(kind.name(), &story);
}

/// Forward or back.
fn an_hour(chance: &mut Chance) -> i64 {
    if chance.percent(50) { JUMP_MS } else { -JUMP_MS }
}

/// The server dies, and comes back with its clock where it was or an hour off.
async fn crash(town: &Arc<Town>, kind: ServerFault, chance: &mut Chance, to: i64) {
    let jump = match kind {
        ServerFault::Crash | ServerFault::ClockSet => 0,
        ServerFault::ClockJump => an_hour(chance),
    };
    let _down = town.down.lock().await;
    let back_at = (town.world.now() + chance.between(100, 15_000)).min(to);
    if chance.percent(30) {
        town.net.lose_all();
    }
    town.book
        .lock()
        .unwrap()
        .fault(FaultKind::Server(kind).name(), &format!("by {jump} ms, back at {back_at}"));
    town.kill(jump);
    town.book.lock().unwrap().in_trouble();
    town.world.sleep_until(back_at).await;
    town.book.lock().unwrap().in_trouble();
    town.start().await;
}

/// The archive is slow, full, or does not say what it did.
fn archive_fault(town: &Town, kind: ArchiveFault, chance: &mut Chance, to: i64) -> String {
    let now = town.world.now();
    let archive = &town.archive;
    let mut until = |from: i64, most: i64| (now + chance.between(from, most)).min(to);
    match kind {
        ArchiveFault::LostReply => {
            let count = u32::try_from(chance.between(1, 4)).unwrap_or(1);
            archive.change(|weather| weather.lost_replies = count);
            format!("of {count} commits")
        }
        ArchiveFault::SlowCommit => {
            let until = until(3_000, 20_000);
            let most = chance.between(200, 3_000);
            archive.change(|weather| weather.slow = Some((until, most)));
            format!("{most} ms until {until}")
        }
        ArchiveFault::FailingCommit => {
            let until = until(500, 12_000);
            archive.change(|weather| weather.failing = until);
            format!("until {until}")
        }
        ArchiveFault::FullDisk => {
            let until = until(1_000, 15_000);
            archive.change(|weather| weather.full = until);
            format!("until {until}")
        }
        ArchiveFault::Unreadable => {
            let until = until(500, 6_000);
            archive.change(|weather| (weather.unreadable, weather.lost_replies) = (until, 1));
            format!("until {until}")
        }
    }
}

/// A line breaks, or a device sleeps.
fn line_fault(town: &Town, lines: &Lines, kind: LineFault, chance: &mut Chance, to: i64) -> String {
    let now = town.world.now();
    let citizen = lines.citizens[chance.below(lines.citizens.len())];
    let console = lines.consoles[chance.below(lines.consoles.len())];
    let anybody = if chance.percent(50) { citizen } else { console };
    let mut until = |from: i64, most: i64| (now + chance.between(from, most)).min(to);
    match kind {
        LineFault::Partition => {
            let until = until(2_000, 90_000);
            town.net.block(anybody, until);
            format!("of {anybody} until {until}")
        }
        LineFault::HalfOpen => {
            town.net.lose(anybody);
            format!("of {anybody}")
        }
        LineFault::Cut => {
            town.net.cut(anybody);
            format!("of {anybody}")
        }
        LineFault::Reordering => {
            let until = until(60_000, 180_000);
            // Whoever has two lines open meets it most.
            let two = town.net.with_two_lines();
            let whose = two.get(chance.below(two.len().max(1))).copied().unwrap_or(anybody);
            town.net.disorder(whose, until);
            town.book.lock().unwrap().seen.saw("lines_disordered");
            format!("of {whose} until {until}")
        }
        LineFault::PhoneAsleep => {
            let until = until(20_000, 240_000);
            town.net.sleep(citizen, until);
            format!("of {citizen} until {until}")
        }
        LineFault::LaptopAsleep => {
            let until = until(8_000, 150_000);
            town.net.sleep(console, until);
            format!("of {console} until {until}")
        }
    }
}
