//! Unique ids (I10): numbers of a day, places in the order of arrivals, numbers of lines.

use std::collections::BTreeMap;

use crate::history::archive::Archive;
use crate::history::entry::Op;
use crate::history::reading::History;

/// A hall's day, milliseconds, and how far its midnight is from that of UTC: China has one time, UTC+8.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const ZONE_MS: i64 = 8 * 60 * 60 * 1_000;

/// What is given twice, and what is told otherwise than it is kept.
pub fn unique(history: &History, archive: &Archive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut numbers, mut orders) = (BTreeMap::new(), BTreeMap::new());
    for (visit, row) in &archive.visits {
        let day = (row.joined_ms + ZONE_MS).div_euclid(DAY_MS);
        if let Some(other) = numbers.insert((day, &row.number), visit) {
            wrong.push(format!("{} is given to {other} and to {visit}", row.number));
        }
        if let Some(other) = orders.insert(row.order, visit) {
            wrong.push(format!("{other} and {visit} both came as {}", row.order));
        }
    }
    let told = [Op::Take, Op::Resume, Op::Book, Op::OpenLink, Op::HandOver];
    for told in told.into_iter().flat_map(|op| history.done(op)) {
        let (Some(visit), Some(number)) = (&told.told.visit, &told.told.number) else {
            continue;
        };
        let kept = archive.visits.get(visit).map(|row| &row.number);
        if kept.is_some_and(|kept| kept != number) {
            wrong.push(format!("{} was told {number}, which is {kept:?}", told.who));
        }
    }
    for (visit, lines) in &archive.lines {
        if !lines.iter().zip(1..).all(|((number, _), expected)| *number == expected) {
            wrong.push(format!(
                "lines of {visit} are numbered {:?}",
                lines.iter().map(|(number, _)| number).collect::<Vec<_>>()
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(unique(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_number_given_twice_is_found_but_not_the_next_day() {
        let (history, mut archive) = good_day();
        archive.visits.get_mut("unseen").unwrap().number = "A2".into();
        assert_eq!(unique(&history, &archive).len(), 1);
        archive.visits.get_mut("unseen").unwrap().joined_ms += DAY_MS;
        assert_eq!(unique(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_place_given_twice_is_found() {
        let (history, mut archive) = good_day();
        archive.visits.get_mut("wang").unwrap().order = 1;
        assert_eq!(unique(&history, &archive).len(), 1);
    }

    #[test]
    fn a_number_that_is_told_otherwise_is_found() {
        let (mut history, archive) = good_day();
        let resume = history.operations.iter_mut().find(|operation| operation.op == Op::Resume).unwrap();
        resume.told.number = Some("A9".into());
        assert_eq!(unique(&history, &archive).len(), 1);
    }

    #[test]
    fn a_gap_in_a_chat_is_found() {
        let (history, mut archive) = good_day();
        archive.lines.get_mut("li").unwrap()[1].0 = 3;
        assert_eq!(unique(&history, &archive).len(), 1);
    }
}
