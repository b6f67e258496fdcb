//! Rules (I18, I19, I23): a change that was told is written down once with whoever made it, each begins with the value that the one before
//! left, and what is in force in the end is the last. Others ask here which values may have been in force at a moment.

use std::collections::BTreeMap;

use crate::history::archive::Archive;
use crate::history::entry::{Op, Phase};
use crate::history::reading::{History, NEVER, Operation};

/// A change as its audit row has it.
struct Change<'a> {
    rule: &'a str,
    before: &'a str,
    value: &'a str,
}

fn change(text: &str) -> Option<Change<'_>> {
    let mut words = text.split(' ').skip(1);
    Some(Change {
        rule: words.next()?,
        before: words.next()?,
        value: words.next()?,
    })
}

fn audited(archive: &Archive) -> impl Iterator<Item = &(String, String)> {
    archive.audited.get("rule_changed").into_iter().flatten()
}

/// Changes that may have been made: asked for in these words.
fn wishes<'a>(history: &'a History, text: &'a str) -> impl Iterator<Item = &'a Operation> {
    let asked = history.operations.iter().filter(|asked| asked.op == Op::Rule && asked.end != Phase::Fail);
    asked.filter(move |asked| asked.asked.text.as_deref() == Some(text))
}

/// Changes that were lost, made up, or leave another value than the next begins with.
pub fn kept(history: &History, archive: &Archive) -> Vec<String> {
    let mut times: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (actor, what) in audited(archive) {
        let staff = actor.strip_prefix("staff:").unwrap_or_default();
        *times.entry((staff, what.as_str())).or_default() += 1;
    }
    let mut wrong = Vec::new();
    for (&(staff, what), made) in &times {
        let asked = wishes(history, what).filter(|wish| wish.asked.staff.as_deref() == Some(staff)).count();
        if *made > asked {
            wrong.push(format!("{what} of {staff} happened {made} times and was asked {asked} times"));
        }
    }
    let mut done: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for told in history.done(Op::Rule) {
        let who = (
            told.asked.staff.as_deref().unwrap_or_default(),
            told.asked.text.as_deref().unwrap_or_default(),
        );
        *done.entry(who).or_default() += 1;
    }
    let lost = done.into_iter().filter(|(who, told)| times.get(who).is_none_or(|made| made < told));
    wrong.extend(lost.map(|((staff, what), told)| format!("{what} of {staff} was told {told} times and is not there")));
    wrong.extend(breaks(archive));
    wrong
}

/// Where one change does not follow the other, or the end does not follow the last.
fn breaks(archive: &Archive) -> Vec<String> {
    let mut values: BTreeMap<&str, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for change in audited(archive).filter_map(|(_, what)| change(what)) {
        let was = values.insert(change.rule, change.value);
        if let Some(was) = was.filter(|was| *was != change.before) {
            wrong.push(format!("{} was {was} and is changed from {}", change.rule, change.before));
        }
    }
    let other = values
        .into_iter()
        .filter(|(rule, value)| archive.rules.get(*rule).is_none_or(|is| is != value));
    wrong.extend(other.map(|(rule, value)| format!("{rule} was made {value} last and is {:?}", archive.rules.get(rule))));
    wrong
}

/// The numbers a rule may have been at some moment of a span of real time.
pub fn in_force(history: &History, archive: &Archive, rule: &str, (from_us, to_us): (u64, u64)) -> Vec<u32> {
    let changes: Vec<(Change, &str)> = audited(archive)
        .filter_map(|(_, what)| Some((change(what)?, what.as_str())))
        .filter(|(change, _)| change.rule == rule)
        .collect();
    let begun = |what: &str| wishes(history, what).map(|wish| wish.begun_us).min().unwrap_or(0);
    let ended = |what: &str| wishes(history, what).map(|wish| wish.ended_us).max().unwrap_or(NEVER);
    let first = changes.first().map(|(change, _)| change.before);
    let first = first.or_else(|| archive.rules.get(rule).map(String::as_str));
    let mut values = vec![(first, 0)];
    values.extend(changes.iter().map(|(change, what)| (Some(change.value), begun(what))));
    let ends = changes.iter().map(|(_, what)| ended(what)).chain([NEVER]);
    let possible = values
        .into_iter()
        .zip(ends)
        .filter(|((_, begin), end)| *begin <= to_us && *end >= from_us);
    possible.filter_map(|((value, _), _)| value?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::{good_day, with_rules_changed};

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = with_rules_changed();
        assert_eq!(kept(&history, &archive), Vec::<String>::new());
        let (history, archive) = good_day();
        assert_eq!(kept(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_change_that_is_lost_made_twice_or_by_another_is_found() {
        let (history, mut archive) = with_rules_changed();
        archive.audited.clear();
        assert_eq!(kept(&history, &archive).len(), 2, "both were told");
        let (history, mut archive) = with_rules_changed();
        let rows = archive.audited.get_mut("rule_changed").unwrap();
        rows.push(rows[1].clone());
        assert!(!kept(&history, &archive).is_empty());
        let (history, mut archive) = with_rules_changed();
        archive.audited.get_mut("rule_changed").unwrap()[0].0 = "staff:chen".into();
        assert!(!kept(&history, &archive).is_empty());
    }

    #[test]
    fn a_value_that_came_from_nowhere_or_did_not_last_is_found() {
        let (history, mut archive) = with_rules_changed();
        archive.rules.insert("order.overtaken_by".into(), "2".into());
        assert_eq!(kept(&history, &archive).len(), 1);
        let (history, mut archive) = with_rules_changed();
        archive.audited.get_mut("rule_changed").unwrap().swap(0, 1);
        assert!(!kept(&history, &archive).is_empty());
    }

    #[test]
    fn what_may_have_been_in_force_is_known_by_question_and_answer() {
        let (history, archive) = with_rules_changed();
        let at = |from, to| in_force(&history, &archive, "order.overtaken_by", (from, to));
        assert_eq!(at(0, 10), [2]);
        assert_eq!(at(205, 207), [2, 1]);
        assert_eq!(at(215, 218), [1]);
        assert_eq!(at(0, NEVER), [2, 1, 3]);
    }
}
