//! People at windows: whoever picks somebody by name is written down (DOMAIN 3.5), nobody who rests is rung (Q12, I6), and a page that is silent does
//! not count as present for longer than its lease (I28).

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive, Desk};
use crate::history::check::moments::Moments;
use crate::history::entry::{Op, Phase};
use crate::history::reading::History;

/// The lease of a window's page by the rules of these days, and what may come late, milliseconds.
pub const LEASE_MS: u64 = 4_000;
const LATE_MS: u64 = 5_000;

/// Picks by name that are not written down, or written down and made by nobody.
pub fn picks(history: &History, archive: &Archive) -> Vec<String> {
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for (actor, _) in ["pick", "pick_overtaking"]
        .into_iter()
        .filter_map(|word| archive.audited.get(word))
        .flatten()
    {
        *written.entry(actor.strip_prefix("staff:").unwrap_or(actor)).or_default() += 1;
    }
    let mut asked: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let named = history.operations.iter().filter(|pick| pick.op == Op::Pick && pick.asked.visit.is_some());
    for pick in named.filter(|pick| pick.end != Phase::Fail) {
        let (done, possible) = asked.entry(pick.asked.staff.as_deref().unwrap_or_default()).or_default();
        *done += usize::from(pick.end == Phase::Ok);
        *possible += 1;
    }
    let people = written.keys().chain(asked.keys()).copied().collect::<std::collections::BTreeSet<&str>>();
    let wrong = people.into_iter().filter_map(|staff| {
        let (done, possible) = asked.get(staff).copied().unwrap_or_default();
        let rows = written.get(staff).copied().unwrap_or_default();
        let is_right = (done..=possible).contains(&rows);
        (!is_right).then(|| format!("{staff} picked {done} to {possible} times by name, and {rows} are written down"))
    });
    wrong.collect()
}

/// Rings at windows whose person is not there for them.
pub fn rings(_: &History, archive: &Archive) -> Vec<String> {
    let mut desks: BTreeMap<&str, &Desk> = BTreeMap::new();
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        match &fact.about {
            About::Window(desk) => drop(desks.insert(&desk.window, desk)),
            About::Visit(standing) if standing.state == "ringing" && fact.before.as_deref() != Some("ringing") => {
                let Some(desk) = standing.window.as_deref().and_then(|window| desks.get(window)) else {
                    continue;
                };
                let on_duty: &[&str] = if fact.cause == "picked" {
                    &["available", "on_demand"]
                } else {
                    &["available"]
                };
                if desk.staff.is_none() || !on_duty.contains(&desk.presence.as_str()) {
                    let who = (&desk.window, &desk.staff, &desk.presence);
                    wrong.push(format!("event {}: {} is {} at {who:?}", fact.seq, standing.visit, fact.cause));
                }
            }
            _ => {}
        }
    }
    wrong
}

/// I28: windows that slept long enough, in peace, and stood as present all the while.
pub fn present(history: &History, archive: &Archive) -> Vec<String> {
    let moments = Moments::of(history, archive);
    let mut wrong = Vec::new();
    for sleep in history.done(Op::Sleep) {
        let (from_us, to_us) = (sleep.begun_us, sleep.ended_us);
        if moments.peace_within_ms(from_us, to_us) <= LEASE_MS + LATE_MS {
            continue;
        }
        let window = sleep.asked.window.as_deref().unwrap_or_default();
        let own = archive.facts.iter().filter_map(|fact| match &fact.about {
            About::Window(desk) if desk.window == window => Some((fact.seq, desk)),
            _ => None,
        });
        // How it stood when it fell asleep at the latest, and all that may have followed until it woke.
        let mut possible: Vec<&Desk> = Vec::new();
        for (seq, desk) in own {
            if moments.not_after(seq) <= from_us {
                possible.clear();
            }
            if moments.not_before(seq) <= to_us {
                possible.push(desk);
            }
        }
        if !possible.iter().any(|desk| is_off(desk)) {
            wrong.push(format!(
                "window {window} was silent from {from_us} to {to_us} and counts as present: {possible:?}"
            ));
        }
    }
    wrong
}

/// Windows that slept so long in peace: without them the check above says nothing.
pub fn sleepers(history: &History, archive: &Archive) -> usize {
    let moments = Moments::of(history, archive);
    let slept = history.done(Op::Sleep);
    slept
        .filter(|sleep| moments.peace_within_ms(sleep.begun_us, sleep.ended_us) > LEASE_MS + LATE_MS)
        .count()
}

fn is_off(desk: &Desk) -> bool {
    desk.staff.is_none() || desk.work == "suspect" || !matches!(desk.presence.as_str(), "available" | "on_demand")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::{by_system, good_day, with_a_pick};

    const SECOND_US: u64 = 1_000_000;

    fn desk(presence: &str, work: &str) -> About {
        About::Window(Desk {
            window: "1".into(),
            staff: Some("chen".into()),
            work: work.into(),
            presence: presence.into(),
            ..Desk::default()
        })
    }

    #[test]
    fn a_good_day_is_good() {
        for (history, archive) in [good_day(), with_a_pick()] {
            for check in [picks, rings, present] {
                assert_eq!(check(&history, &archive), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn a_pick_that_is_not_written_down_or_nobody_made_is_found() {
        let (history, mut archive) = with_a_pick();
        archive.audited.clear();
        assert_eq!(picks(&history, &archive).len(), 1);
        let (mut history, archive) = with_a_pick();
        history.operations.retain(|operation| operation.op != Op::Pick);
        assert_eq!(picks(&history, &archive).len(), 1);
    }

    #[test]
    fn whoever_rests_and_is_rung_is_found() {
        for (presence, found) in [("available", 0), ("break", 1), ("on_demand", 1)] {
            let (history, mut archive) = good_day();
            archive.facts[5].about = desk(presence, "idle");
            assert_eq!(rings(&history, &archive).len(), found, "{presence}");
        }
    }

    #[test]
    fn who_sleeps_and_counts_as_present_is_found() {
        for (cause, work, seconds, found) in [("idle", "idle", 11, 1), ("window_lost", "suspect", 11, 0), ("idle", "idle", 8, 0)] {
            let (mut history, mut archive) = good_day();
            let accept = history.operations.iter().find(|operation| operation.op == Op::HangUp).unwrap();
            let mut sleep = accept.clone();
            (sleep.op, sleep.begun_us, sleep.ended_us) = (Op::Sleep, 1_000, 1_000 + seconds * SECOND_US);
            history.operations.push(sleep);
            archive.facts = vec![
                by_system(1, "opened", desk("available", "idle")),
                by_system(2, cause, desk("available", work)),
            ];
            assert_eq!(present(&history, &archive).len(), found, "{cause} for {seconds} s");
            assert_eq!(sleepers(&history, &archive), usize::from(seconds > 9));
        }
    }
}
