//! Fairness (I9, Q10): of two who stand where they came and are both ready, the one who had a number before the other asked for one is rung first.

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive, Fact, Standing};
use crate::history::check::effects::visit_asked;
use crate::history::entry::Op;
use crate::history::reading::{History, NEVER};

/// Between the moment from which somebody may be rung and the hall's looking at it, milliseconds.
const SLACK_MS: i64 = 250;

/// Who was passed over.
pub fn kept(history: &History, archive: &Archive) -> Vec<String> {
    let taken = taken(history, archive);
    let mut ready: BTreeMap<&str, &Standing> = BTreeMap::new();
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        let About::Visit(standing) = &fact.about else { continue };
        let rung = standing.state == "ringing" && fact.before.as_deref() != Some("ringing") && fact.cause == "rung";
        if rung && standing.is_by_arrival {
            let passed_over = ready.values().find(|other| is_passed_over(other, standing, fact, &taken));
            wrong.extend(passed_over.map(|other| format!("event {}: {} is rung before {}", fact.seq, standing.visit, other.visit)));
        }
        if standing.ready_from_ms.is_some() {
            ready.insert(&standing.visit, standing);
        } else {
            ready.remove(standing.visit.as_str());
        }
    }
    wrong
}

fn is_passed_over(other: &Standing, rung: &Standing, fact: &Fact, taken: &BTreeMap<&str, (u64, u64)>) -> bool {
    let spared = |(window, until): &(String, i64)| Some(window) == rung.window.as_ref() && *until > fact.at_ms - SLACK_MS;
    let was_before = match (taken.get(other.visit.as_str()), taken.get(rung.visit.as_str())) {
        (Some((_, told_us)), Some((asked_us, _))) => told_us < asked_us,
        _ => false,
    };
    other.visit != rung.visit
        && was_before
        && other.is_by_arrival
        && other.ready_from_ms.is_some_and(|from| from <= fact.at_ms - SLACK_MS)
        && !other.spared.as_ref().is_some_and(spared)
}

/// When each visit was asked for and told; whoever was never told cannot say that they were first.
fn taken<'a>(history: &'a History, archive: &'a Archive) -> BTreeMap<&'a str, (u64, u64)> {
    let of_key: BTreeMap<&str, &str> = archive.made_by.iter().map(|(key, visit)| (key.as_str(), visit.as_str())).collect();
    let takes = history.operations.iter().filter(|take| take.op == Op::Take);
    let taken = takes.filter_map(|take| {
        let visit = visit_asked(take).or_else(|| of_key.get(take.asked.key.as_deref()?).copied())?;
        Some((visit, (take.begun_us, if take.told.visit.is_some() { take.ended_us } else { NEVER })))
    });
    taken.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::{by_system, good_day};

    fn rings_wang_first() -> Fact {
        let wang = Standing {
            visit: "wang".into(),
            state: "ringing".into(),
            window: Some("2".into()),
            is_by_arrival: true,
            in_line: false,
            ..Standing::default()
        };
        let mut fact = by_system(6, "rung", About::Visit(wang));
        fact.before = Some("waiting".into());
        fact.at_ms = 10_000;
        fact
    }

    fn with(fact: Fact, change: impl Fn(&mut Standing)) -> Vec<String> {
        let (history, mut archive) = good_day();
        let at = archive.facts.partition_point(|before| before.seq < fact.seq);
        archive.facts.insert(at, fact);
        for fact in &mut archive.facts {
            if let About::Visit(standing) = &mut fact.about
                && standing.visit == "li"
            {
                change(standing);
            }
        }
        kept(&history, &archive)
    }

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(kept(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn who_came_later_and_is_rung_first_is_found() {
        assert_eq!(with(rings_wang_first(), |_| {}).len(), 1);
    }

    #[test]
    fn whoever_is_not_ready_or_spared_or_moved_is_not_passed_over() {
        assert_eq!(with(rings_wang_first(), |li| li.ready_from_ms = None).len(), 0);
        assert_eq!(with(rings_wang_first(), |li| li.spared = Some(("2".into(), 20_000))).len(), 0);
        assert_eq!(with(rings_wang_first(), |li| li.is_by_arrival = false).len(), 0);
    }
}
