//! Set-full (I5, I19, I20): what was acknowledged is there, once, in the end and in every read that was asked after it.

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive};
use crate::history::entry::{Op, Phase};
use crate::history::reading::{History, Operation};

/// Lines of chat.
pub fn chat(history: &History, archive: &Archive) -> Vec<String> {
    let mut stored: BTreeMap<&str, Vec<(&str, u32)>> = BTreeMap::new();
    for (visit, lines) in &archive.lines {
        for (number, words) in lines {
            stored.entry(words).or_default().push((visit, *number));
        }
    }
    let twice = stored.iter().filter(|(_, places)| places.len() > 1);
    let mut wrong: Vec<String> = twice.map(|(words, places)| format!("{words} stands at {places:?}")).collect();
    for say in history.done(Op::Say) {
        let told = say.told.number.as_deref().and_then(|number| number.parse::<u32>().ok());
        let place = say
            .asked
            .text
            .as_deref()
            .and_then(|words| stored.get(words))
            .and_then(|places| places.first());
        let is_kept = place.is_some_and(|(visit, number)| Some(*number) == told && (is_staffs(say) || say.asked.visit.as_deref() == Some(visit)));
        if !is_kept {
            wrong.push(format!(
                "{:?} of {} was told to be line {told:?} and is {place:?}",
                say.asked.text, say.who
            ));
        }
    }
    wrong.extend(unread(history, &stored));
    wrong
}

/// Reads that miss a line told before they were asked: acknowledged, then absent.
fn unread(history: &History, stored: &BTreeMap<&str, Vec<(&str, u32)>>) -> Vec<String> {
    let mut told: BTreeMap<&str, Vec<(u64, u32)>> = BTreeMap::new();
    for say in history.done(Op::Say) {
        let place = say
            .asked
            .text
            .as_deref()
            .and_then(|words| stored.get(words))
            .and_then(|places| places.first());
        if let Some((visit, number)) = place {
            told.entry(visit).or_default().push((say.ended_us, *number));
        }
    }
    let mut wrong = Vec::new();
    for read in history.done(Op::ReadChat) {
        let (Some(visit), Some(after), Some(lines)) = (read.asked.visit.as_deref(), read.asked.line, &read.told.lines) else {
            continue;
        };
        let missed = told.get(visit).into_iter().flatten().find(|(ended_us, number)| {
            // A read is cut where a hundred lines are.
            let is_within = lines.len() < 100 || lines.last().is_some_and(|last| number <= last);
            *ended_us < read.begun_us && *number > after && is_within && !lines.contains(number)
        });
        if let Some((_, number)) = missed {
            wrong.push(format!("line {number} of {visit} was told and not read at {}", read.begun_us));
        }
        if !lines.iter().zip(after + 1..).all(|(line, expected)| *line == expected) {
            wrong.push(format!("{visit} was read as {lines:?} after {after}"));
        }
    }
    wrong
}

/// Ends of visits.
pub fn outcomes(history: &History, archive: &Archive) -> Vec<String> {
    let mut ends: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in &archive.facts {
        if let About::Visit(standing) = &fact.about
            && let Some(outcome) = &standing.outcome
        {
            ends.insert(&standing.visit, outcome);
        }
    }
    let end_of = |operation: &Operation| operation.asked.visit.as_deref().and_then(|visit| ends.get(visit)).copied();
    let not_over = history
        .done(Op::HangUp)
        .chain(history.done(Op::Leave))
        .filter(|operation| !is_staffs(operation) && end_of(operation).is_none());
    let mut wrong: Vec<String> = not_over
        .map(|operation| format!("{} was told that {:?} is over, which is not", operation.who, operation.asked.visit))
        .collect();
    let unlike = archive
        .visits
        .iter()
        .filter(|(visit, row)| row.is_closed != ends.contains_key(visit.as_str()));
    wrong.extend(unlike.map(|(visit, row)| format!("{visit} is over: {}, its outcome {:?}", row.is_closed, ends.get(visit.as_str()))));
    wrong
}

/// Records.
pub fn records(history: &History, archive: &Archive) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for note in archive.records.values().flatten() {
        *times.entry(note).or_default() += 1;
    }
    let of = |record: &Operation| record.asked.text.as_deref().and_then(|note| times.get(note)).copied().unwrap_or_default();
    let lost = history.done(Op::Record).filter(|record| of(record) == 0);
    let mut wrong: Vec<String> = lost
        .map(|record| format!("{:?} was told to be kept and is not there", record.asked.text))
        .collect();
    let twice = times.iter().filter(|(_, times)| **times > 1);
    wrong.extend(twice.map(|(note, times)| format!("{note} was saved once and is there {times} times")));
    wrong
}

/// Ratings: the last one told counts, or one nobody was told of.
pub fn ratings(history: &History, archive: &Archive) -> Vec<String> {
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in &archive.facts {
        if let About::Rating { visit, level } = &fact.about {
            given.insert(visit, level);
        }
    }
    let mut asked: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for rate in history.operations.iter().filter(|rate| rate.op == Op::Rate && rate.end != Phase::Fail) {
        asked.entry(rate.asked.visit.as_deref().unwrap_or_default()).or_default().push(rate);
    }
    let wrong = asked.into_iter().filter_map(|(visit, rates)| {
        let last = rates.iter().rposition(|rate| rate.end == Phase::Ok)?;
        let possible: Vec<_> = rates
            .iter()
            .enumerate()
            .filter(|(nth, rate)| *nth == last || rate.end == Phase::Unknown)
            .filter_map(|(_, rate)| rate.asked.text.as_deref())
            .collect();
        let is = given.get(visit).copied();
        (!is.is_some_and(|is| possible.contains(&is))).then(|| format!("{visit} was rated {possible:?} and is {is:?}"))
    });
    wrong.collect()
}

fn is_staffs(operation: &Operation) -> bool {
    operation.asked.staff.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        for check in [chat, outcomes, records, ratings] {
            assert_eq!(check(&history, &archive), Vec::<String>::new());
        }
    }

    #[test]
    fn a_line_told_and_then_absent_is_found() {
        let (history, mut archive) = good_day();
        archive.lines.get_mut("li").unwrap().remove(0);
        assert_eq!(chat(&history, &archive).len(), 1);
    }

    #[test]
    fn a_line_that_stands_twice_is_found() {
        let (history, mut archive) = good_day();
        let lines = archive.lines.get_mut("li").unwrap();
        let words = lines[0].1.clone();
        lines.push((3, words));
        assert_eq!(chat(&history, &archive).len(), 1);
    }

    #[test]
    fn a_line_under_another_number_or_in_another_visit_is_found() {
        let (history, mut archive) = good_day();
        archive.lines.get_mut("li").unwrap()[0].0 = 7;
        assert!(!chat(&history, &archive).is_empty());
        let (history, mut archive) = good_day();
        let line = archive.lines.get_mut("li").unwrap().remove(0);
        archive.lines.insert("wang".into(), vec![line]);
        assert!(!chat(&history, &archive).is_empty());
    }

    #[test]
    fn a_read_that_is_stale_is_found() {
        let (mut history, archive) = good_day();
        let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadChat).unwrap();
        read.told.lines = Some(vec![1]);
        assert_eq!(chat(&history, &archive).len(), 1);
    }

    #[test]
    fn a_read_with_a_gap_is_found() {
        let (mut history, archive) = good_day();
        let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadChat).unwrap();
        read.told.lines = Some(vec![2, 1]);
        assert_eq!(chat(&history, &archive).len(), 1);
    }

    #[test]
    fn an_end_that_was_told_and_lost_is_found() {
        let (history, mut archive) = good_day();
        archive.facts.retain(|fact| fact.cause != "left");
        assert_eq!(outcomes(&history, &archive).len(), 2, "told, and the row says so too");
    }

    #[test]
    fn a_lost_record_and_a_doubled_one_are_found() {
        let (history, mut archive) = good_day();
        archive.records.clear();
        assert_eq!(records(&history, &archive).len(), 1);
        let (history, mut archive) = good_day();
        let notes = archive.records.get_mut("li").unwrap();
        notes.push(notes[0].clone());
        assert_eq!(records(&history, &archive).len(), 1);
    }

    #[test]
    fn a_lost_rating_is_found() {
        let (history, mut archive) = good_day();
        archive.facts.retain(|fact| !matches!(fact.about, About::Rating { .. }));
        assert_eq!(ratings(&history, &archive).len(), 1);
    }
}
