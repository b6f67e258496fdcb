//! Total queue (I3, I4): after everybody has left, every number that was told has come and gone exactly once.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::archive::{About, Archive};
use crate::history::entry::{Op, Phase};
use crate::history::reading::History;

/// Numbers that were told and are not there, or never left.
pub fn lost(history: &History, archive: &Archive) -> Vec<String> {
    let left = left(archive);
    let lost = history.done(Op::Take).chain(history.done(Op::Book)).filter_map(|take| {
        let visit = take.told.visit.as_deref()?;
        let fate = match (archive.visits.contains_key(visit), left.get(visit)) {
            (false, _) => "is not there",
            (true, None) => "has not left",
            (true, Some(_)) => return None,
        };
        Some(format!("{visit} of {} {fate}", take.who))
    });
    lost.collect()
}

/// Visits that no wish of anybody made.
pub fn unexpected(history: &History, archive: &Archive) -> Vec<String> {
    let wishes: BTreeSet<&str> = history
        .operations
        .iter()
        .filter(|take| matches!(take.op, Op::Take | Op::Book))
        .filter_map(|take| take.asked.key.as_deref())
        .collect();
    let wished: BTreeSet<&str> = archive
        .made_by
        .iter()
        .filter(|(key, _)| wishes.contains(key.as_str()))
        .map(|(_, visit)| visit.as_str())
        .collect();
    let unexpected = archive.visits.keys().filter(|visit| !wished.contains(visit.as_str()));
    unexpected.map(|visit| format!("nobody took {visit}")).collect()
}

/// Wishes that made two visits, visits told to two wishes, and visits that left twice.
pub fn duplicated(history: &History, archive: &Archive) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut of_key = BTreeMap::new();
    for (key, visit) in &archive.made_by {
        if of_key.insert(key, visit).is_some_and(|before| before != visit) {
            wrong.push(format!("{key} made {visit} and another"));
        }
    }
    let mut told = BTreeMap::new();
    for take in history.done(Op::Take).chain(history.done(Op::Book)) {
        if let Some(visit) = &take.told.visit
            && let Some(before) = told.insert(visit, &take.who)
        {
            wrong.push(format!("{visit} was told to {before} and to {}", take.who));
        }
    }
    let twice = left(archive).into_iter().filter(|(_, times)| *times > 1);
    wrong.extend(twice.map(|(visit, times)| format!("{visit} left {times} times")));
    wrong
}

/// Numbers nobody was told of that were taken all the same: legal, and worth knowing.
pub fn recovered(history: &History, archive: &Archive) -> usize {
    let unknown: BTreeSet<&str> = history
        .operations
        .iter()
        .filter(|take| take.op == Op::Take && take.end == Phase::Unknown)
        .filter_map(|take| take.asked.key.as_deref())
        .collect();
    archive.made_by.iter().filter(|(key, _)| unknown.contains(key.as_str())).count()
}

/// How often each visit left.
fn left(archive: &Archive) -> BTreeMap<&str, u32> {
    let mut left = BTreeMap::new();
    for fact in &archive.facts {
        if let About::Visit(standing) = &fact.about
            && standing.outcome.is_some()
            && fact.before.as_deref() != Some("closed")
        {
            *left.entry(standing.visit.as_str()).or_default() += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        for check in [lost, unexpected, duplicated] {
            assert_eq!(check(&history, &archive), Vec::<String>::new());
        }
        assert_eq!(recovered(&history, &archive), 1);
    }

    #[test]
    fn a_lost_number_is_found() {
        let (history, mut archive) = good_day();
        archive.visits.remove("wang");
        assert_eq!(lost(&history, &archive), ["wang of citizen-2 is not there"]);
    }

    #[test]
    fn a_number_that_never_leaves_is_found() {
        let (history, mut archive) = good_day();
        archive.facts.retain(|fact| fact.cause != "left");
        assert_eq!(lost(&history, &archive), ["wang of citizen-2 has not left"]);
    }

    #[test]
    fn a_number_out_of_nothing_is_found() {
        let (mut history, archive) = good_day();
        history.operations.retain(|operation| operation.who != "citizen-2");
        assert_eq!(unexpected(&history, &archive), ["nobody took wang"]);
    }

    #[test]
    fn a_wish_fulfilled_twice_is_found() {
        let (history, mut archive) = good_day();
        archive.made_by.push(("k-li".into(), "again".into()));
        assert_eq!(duplicated(&history, &archive).len(), 1);
    }

    #[test]
    fn one_visit_told_to_two_people_is_found() {
        let (mut history, archive) = good_day();
        for operation in &mut history.operations {
            if operation.told.visit.as_deref() == Some("wang") {
                operation.told.visit = Some("li".into());
            }
        }
        assert_eq!(duplicated(&history, &archive).len(), 1);
    }

    #[test]
    fn an_end_that_comes_twice_is_found() {
        let (history, mut archive) = good_day();
        let end = archive.facts.iter().find(|fact| fact.cause == "left").unwrap().clone();
        archive.facts.push(end);
        assert_eq!(duplicated(&history, &archive), ["wang left 2 times"]);
    }
}
