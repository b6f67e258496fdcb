//! Promises to whoever is not at the page (Q8, I15, I23): a call-back and an appointment end in the ways that were told and in no other, and a
//! telephone number is told to whoever is written down to have looked it up, and is the one that was left.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::archive::{About, Archive};
use crate::history::check::effects::visit_asked;
use crate::history::entry::Op;
use crate::history::reading::History;

/// Ways out of the kept place.
const FROM_CALLBACK: [&str; 5] = ["rung", "picked", "waits_on", "left", "callback_over"];
/// Ways out of an appointment, and of a number left while the hall is closed.
const FROM_BOOKED: [&str; 7] = [
    "checked_in",
    "checked_in_late",
    "no_show",
    "left",
    "called_off",
    "no_opening",
    "hall_opened",
];

/// Promises that ended otherwise, or were told and never made.
pub fn kept(history: &History, archive: &Archive) -> Vec<String> {
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    let mut booked: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        let About::Visit(standing) = &fact.about else { continue };
        let (visit, state, cause) = (standing.visit.as_str(), standing.state.as_str(), fact.cause.as_str());
        let ways: &[&str] = match states.insert(visit, state) {
            Some("callback_kept") if state != "callback_kept" => &FROM_CALLBACK,
            Some("booked") if state != "booked" => &FROM_BOOKED,
            _ => &[cause],
        };
        if !ways.contains(&cause) {
            wrong.push(format!("event {}: what was promised to {visit} ends by {cause}", fact.seq));
        }
        if cause == "booked" {
            booked.insert(visit);
        }
    }
    let told = history.done(Op::Book).filter_map(|book| Some((book, book.told.visit.as_deref()?)));
    let never = told.filter(|(_, visit)| !booked.contains(visit));
    wrong.extend(never.map(|(book, visit)| format!("{} was told of an appointment {visit}, which was not made", book.who)));
    wrong
}

/// Numbers that were told and not looked up, or never left with that visit.
pub fn numbers(history: &History, archive: &Archive) -> Vec<String> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let of_key: BTreeMap<&str, &str> = archive.made_by.iter().map(|(key, visit)| (key.as_str(), visit.as_str())).collect();
    for leave in history.operations.iter().filter(|leave| matches!(leave.op, Op::Contact | Op::Take)) {
        let by_key = || of_key.get(leave.asked.key.as_deref()?).copied();
        if let (Some(visit), Some(phone)) = (visit_asked(leave).or_else(by_key), leave.asked.text.as_deref()) {
            left.entry(visit).or_default().insert(phone);
        }
    }
    let mut looked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for fact in &archive.facts {
        if let (About::Looked { visit }, Some(staff)) = (&fact.about, fact.staff.as_deref()) {
            looked.entry(staff).or_default().insert(visit);
        }
    }
    let wrong = history.done(Op::Dial).filter_map(|dial| {
        let (staff, phone) = (dial.asked.staff.as_deref()?, dial.told.number.as_deref()?);
        let mut theirs = looked.get(staff).into_iter().flatten();
        let is_theirs = theirs.any(|visit| left.get(visit).is_some_and(|phones| phones.contains(phone)));
        (!is_theirs).then(|| format!("{staff} was told {phone}, which nobody left whose number {staff} looked up"))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::archive::Standing;
    use crate::history::check::example::{by_system, good_day, with_a_call_back};

    #[test]
    fn a_good_day_is_good() {
        for (history, archive) in [good_day(), with_a_call_back()] {
            assert_eq!(kept(&history, &archive), Vec::<String>::new());
            assert_eq!(numbers(&history, &archive), Vec::<String>::new());
        }
    }

    #[test]
    fn a_promise_that_is_broken_is_found() {
        for (before, cause) in [("callback_kept", "page_silent"), ("booked", "expired")] {
            let (history, mut archive) = good_day();
            let at = |state: &str| {
                About::Visit(Standing {
                    visit: "zhao".into(),
                    state: state.into(),
                    ..Standing::default()
                })
            };
            archive.facts = vec![by_system(1, "promised", at(before)), by_system(2, cause, at("away"))];
            assert_eq!(kept(&history, &archive).len(), 1, "{before}");
        }
    }

    #[test]
    fn an_appointment_that_was_told_and_never_made_is_found() {
        let (mut history, archive) = with_a_call_back();
        let mut book = history.operations.iter().find(|operation| operation.op == Op::Dial).unwrap().clone();
        (book.op, book.told.visit) = (Op::Book, Some("li".into()));
        history.operations.push(book);
        assert_eq!(kept(&history, &archive).len(), 1);
    }

    #[test]
    fn a_number_nobody_looked_up_or_of_somebody_else_is_found() {
        let (history, mut archive) = with_a_call_back();
        archive.facts.retain(|fact| !matches!(fact.about, About::Looked { .. }));
        assert_eq!(numbers(&history, &archive).len(), 1);
        let (mut history, archive) = with_a_call_back();
        let leave = history.operations.iter_mut().find(|operation| operation.op == Op::Contact).unwrap();
        leave.asked.text = Some("13800000000".into());
        assert_eq!(numbers(&history, &archive).len(), 1);
    }
}
