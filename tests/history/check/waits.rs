//! Nobody waits for what could be (L1, Q11), and nothing outlives its end (L3): looked at where nothing went wrong, for a hall that is killed
//! every few seconds promises neither.

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive, Desk, Fact, Standing};
use crate::history::check::moments::Moments;
use crate::history::reading::History;

/// L1: a ready visit and a free window do not wait for each other longer, milliseconds.
const PAIR_MS: u64 = 5_000;
/// L3: nothing is older than its timer and this, milliseconds.
const LATE_MS: u64 = 5_000;
/// What nothing has ended lasted up to there.
const THE_END: &str = "the end";

/// Pairs of which each waited for the other.
pub fn served(history: &History, archive: &Archive) -> Vec<String> {
    let moments = Moments::of(history, archive);
    let (mut visits, mut desks): (BTreeMap<&str, &Standing>, BTreeMap<&str, &Desk>) = Default::default();
    let mut since: Option<(u32, String)> = None;
    let mut wrong = Vec::new();
    let mut hold = |from: u32, to: String, pair: &str, waited: u64| {
        if waited > PAIR_MS {
            wrong.push(format!("events {from} to {to}: {pair} waited for each other for {waited} ms"));
        }
    };
    for fact in &archive.facts {
        match &fact.about {
            About::Visit(standing) if standing.ready_from_ms.is_some() => drop(visits.insert(&standing.visit, standing)),
            About::Visit(standing) => drop(visits.remove(standing.visit.as_str())),
            About::Window(desk) => drop(desks.insert(&desk.window, desk)),
            _ => continue,
        }
        let pair = pair(&visits, &desks, fact);
        since = match (since, pair) {
            (None, pair) => pair.map(|pair| (fact.seq, pair)),
            (Some(since), Some(_)) => Some(since),
            (Some((from, pair)), None) => {
                hold(from, fact.seq.to_string(), &pair, moments.lasted_in_peace_ms(from, fact.seq));
                None
            }
        };
    }
    if let Some((from, pair)) = since {
        hold(from, THE_END.into(), &pair, moments.lasted_on_in_peace_ms(from));
    }
    wrong
}

/// A visit that may be rung and a window that may be rung for it.
fn pair(visits: &BTreeMap<&str, &Standing>, desks: &BTreeMap<&str, &Desk>, fact: &Fact) -> Option<String> {
    let is_now = |from: Option<i64>| from.is_some_and(|from| from <= fact.at_ms);
    let free: Vec<&&Desk> = desks.values().filter(|desk| is_now(desk.free_from_ms)).collect();
    let ready = visits
        .values()
        .filter(|visit| is_now(visit.ready_from_ms) && !visit.is_supervisors)
        .filter(|_| !free.is_empty());
    let mut pairs = ready.filter_map(|visit| {
        let spared = |desk: &Desk| visit.spared.as_ref().is_some_and(|(window, _)| *window == desk.window);
        let desk = free.iter().find(|desk| !spared(desk))?;
        Some(format!("{} and window {}", visit.visit, desk.window))
    });
    pairs.next()
}

/// States that lasted longer than was written down, also those that nothing has ended.
pub fn over(history: &History, archive: &Archive) -> Vec<String> {
    let moments = Moments::of(history, archive);
    let mut running: BTreeMap<(&str, &str), (u32, &str, i64)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut hold = |who: (&str, &str), (from, state, lasts_ms): (u32, &str, i64), to: String, lasted: u64| {
        if lasted > u64::try_from(lasts_ms).unwrap_or_default() + LATE_MS {
            wrong.push(format!("events {from} to {to}: {who:?} was {state} for {lasted} ms and not {lasts_ms}"));
        }
    };
    for fact in &archive.facts {
        let (who, state, lasts_ms) = match &fact.about {
            About::Visit(standing) => (("visit", standing.visit.as_str()), &standing.state, standing.lasts_ms),
            About::Window(desk) => (("window", desk.window.as_str()), &desk.work, desk.lasts_ms),
            _ => continue,
        };
        if let Some(before) = running.remove(&who) {
            hold(who, before, fact.seq.to_string(), moments.lasted_in_peace_ms(before.0, fact.seq));
        }
        running.extend(lasts_ms.map(|lasts_ms| (who, (fact.seq, state.as_str(), lasts_ms))));
    }
    for (who, begun) in running {
        hold(who, begun, THE_END.into(), moments.lasted_on_in_peace_ms(begun.0));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::{by_system, good_day};
    use crate::history::reading::Fault;

    const SECOND_US: u64 = 1_000_000;

    /// Li is ready from event 4 on and rung in event 7, which is asked for so long after.
    fn rung_after(seconds: u64) -> (History, Archive) {
        let (mut history, archive) = good_day();
        for operation in &mut history.operations {
            if operation.begun_us >= 76 {
                operation.begun_us += seconds * SECOND_US;
                operation.ended_us += seconds * SECOND_US;
            }
        }
        for sight in &mut history.sights {
            if sight.at_us >= 76 {
                sight.at_us += seconds * SECOND_US;
            }
        }
        (history, archive)
    }

    fn with_a_free_window(archive: &mut Archive, spares: bool) {
        let desk = Desk {
            window: "1".into(),
            staff: Some("chen".into()),
            work: "idle".into(),
            free_from_ms: Some(0),
            ..Desk::default()
        };
        archive.facts[2].about = About::Window(desk.clone());
        archive.facts[8].about = About::Window(Desk { free_from_ms: None, ..desk });
        for fact in &mut archive.facts {
            if let About::Visit(standing) = &mut fact.about
                && spares
            {
                standing.spared = Some(("1".into(), i64::MAX));
            }
        }
    }

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(served(&history, &archive), Vec::<String>::new());
        assert_eq!(over(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn who_waits_beside_a_free_window_is_found() {
        for (seconds, spares, found) in [(9, false, 1), (3, false, 0), (9, true, 0)] {
            let (history, mut archive) = rung_after(seconds);
            with_a_free_window(&mut archive, spares);
            assert_eq!(served(&history, &archive).len(), found, "{seconds} s, spared {spares}");
        }
    }

    #[test]
    fn a_state_that_outlives_its_end_is_found() {
        for (lasts_ms, found) in [(1_000, 1), (5_000, 0)] {
            let (history, mut archive) = rung_after(9);
            if let About::Visit(standing) = &mut archive.facts[3].about {
                standing.lasts_ms = Some(lasts_ms);
            }
            assert_eq!(over(&history, &archive).len(), found, "{lasts_ms} ms");
        }
    }

    /// Window 2 is paused in event 3 for so long.
    fn paused(lasts_ms: i64) -> Desk {
        Desk {
            window: "2".into(),
            work: "suspect".into(),
            lasts_ms: Some(lasts_ms),
            ..Desk::default()
        }
    }

    #[test]
    fn a_window_that_is_paused_for_too_long_is_found() {
        let (history, mut archive) = rung_after(9);
        let desk = paused(500);
        archive.facts[2] = by_system(3, "ring_timeout", About::Window(desk.clone()));
        archive.facts[8] = by_system(9, "pause_over", About::Window(Desk { lasts_ms: None, ..desk }));
        assert_eq!(over(&history, &archive).len(), 1);
    }

    #[test]
    fn a_pause_that_nothing_ends_before_the_end_of_the_log_is_found() {
        for (lasts_ms, found) in [(500, 1), (5_000, 0)] {
            let (history, mut archive) = rung_after(9);
            archive.facts[2] = by_system(3, "ring_timeout", About::Window(paused(lasts_ms)));
            assert_eq!(over(&history, &archive).len(), found, "{lasts_ms} ms");
        }
    }

    #[test]
    fn a_pause_under_a_fault_at_the_end_of_the_log_is_not() {
        let (mut history, mut archive) = rung_after(9);
        archive.facts[2] = by_system(3, "ring_timeout", About::Window(paused(500)));
        history.faults.push(Fault {
            kind: "pause".into(),
            begun_us: 2 * SECOND_US,
            ended_us: 8 * SECOND_US,
            has_fired: true,
        });
        assert_eq!(over(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn who_waits_beside_a_free_window_until_the_end_of_the_log_is_found() {
        for (seconds, found) in [(9, 1), (3, 0)] {
            let (history, mut archive) = rung_after(seconds);
            with_a_free_window(&mut archive, false);
            // Nobody is ever rung.
            archive.facts.retain(|fact| fact.seq < 7);
            assert_eq!(served(&history, &archive).len(), found, "{seconds} s");
        }
    }
}
