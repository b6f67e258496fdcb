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
const KINDS: [&str; 13] = [
    "crash",
    "clock_jump",
    "lost_reply",
    "slow_commit",
    "failing_commit",
    "full_disk",
    "partition",
    "half_open",
    "cut",
    "phone_asleep",
    "laptop_asleep",
    "foreign_owner",
    "unreadable",
];

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

async fn fault(town: &Arc<Town>, lines: &Lines, kind: &'static str, chance: &mut Chance, to: i64) {
    let story = match kind {
        "crash" | "clock_jump" => return crash(town, kind, chance, to).await,
        "foreign_owner" => {
            let hall = HallId::new(if chance.percent(80) { XINQU } else { LAOCHENG });
            town.archive.taken_by_another(&hall).await;
            format!("of {hall}")
        }
        "lost_reply" | "slow_commit" | "failing_commit" | "full_disk" | "unreadable" => archive_fault(town, kind, chance, to),
        _ => line_fault(town, lines, kind, chance, to),
    };
    town.book.lock().unwrap().fault(kind, &story);
}

/// The server dies, and comes back with its clock where it was or an hour off.
async fn crash(town: &Arc<Town>, kind: &'static str, chance: &mut Chance, to: i64) {
    let jump = match (kind, chance.percent(50)) {
        ("crash", _) => 0,
        (_, true) => JUMP_MS,
        (_, false) => -JUMP_MS,
    };
    let back_at = (town.world.now() + chance.between(100, 15_000)).min(to);
    if chance.percent(30) {
        town.net.lose_all();
    }
    town.book.lock().unwrap().fault(kind, &format!("by {jump} ms, back at {back_at}"));
    town.kill(jump);
    town.book.lock().unwrap().in_trouble();
    town.world.sleep_until(back_at).await;
    town.book.lock().unwrap().in_trouble();
    town.start().await;
}

/// The archive is slow, full, or does not say what it did.
fn archive_fault(town: &Town, kind: &'static str, chance: &mut Chance, to: i64) -> String {
    let now = town.world.now();
    let archive = &town.archive;
    let mut until = |from: i64, most: i64| (now + chance.between(from, most)).min(to);
    match kind {
        "lost_reply" => {
            let count = u32::try_from(chance.between(1, 4)).unwrap_or(1);
            archive.change(|weather| weather.lost_replies = count);
            format!("of {count} commits")
        }
        "slow_commit" => {
            let until = until(3_000, 20_000);
            let most = chance.between(200, 3_000);
            archive.change(|weather| weather.slow = Some((until, most)));
            format!("{most} ms until {until}")
        }
        "failing_commit" => {
            let until = until(500, 12_000);
            archive.change(|weather| weather.failing = until);
            format!("until {until}")
        }
        "full_disk" => {
            let until = until(1_000, 15_000);
            archive.change(|weather| weather.full = until);
            format!("until {until}")
        }
        _ => {
            let until = until(500, 6_000);
            archive.change(|weather| (weather.unreadable, weather.lost_replies) = (until, 1));
            format!("until {until}")
        }
    }
}

/// A line breaks, or a device sleeps.
fn line_fault(town: &Town, lines: &Lines, kind: &'static str, chance: &mut Chance, to: i64) -> String {
    let now = town.world.now();
    let citizen = lines.citizens[chance.below(lines.citizens.len())];
    let console = lines.consoles[chance.below(lines.consoles.len())];
    let anybody = if chance.percent(50) { citizen } else { console };
    let mut until = |from: i64, most: i64| (now + chance.between(from, most)).min(to);
    match kind {
        "partition" => {
            let until = until(2_000, 90_000);
            town.net.block(anybody, until);
            format!("of {anybody} until {until}")
        }
        "half_open" => {
            town.net.lose(anybody);
            format!("of {anybody}")
        }
        "cut" => {
            town.net.cut(anybody);
            format!("of {anybody}")
        }
        "phone_asleep" => {
            let until = until(20_000, 240_000);
            town.net.sleep(citizen, until);
            format!("of {citizen} until {until}")
        }
        _ => {
            let until = until(8_000, 150_000);
            town.net.sleep(console, until);
            format!("of {console} until {until}")
        }
    }
}
