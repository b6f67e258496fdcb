//! Going on with another phone (E12): the visit that arrives there is the same one, and from then on the first phone is turned away.

use crate::history::archive::Archive;
use crate::history::entry::Op;
use crate::history::reading::History;

/// First phones that are let in again, and visits that became others.
pub fn moved(history: &History, archive: &Archive) -> Vec<String> {
    let let_in = history.done(Op::OldPhone);
    let mut wrong: Vec<String> = let_in
        .map(|old| format!("the first phone of {} came back to {:?} and was let in", old.who, old.asked.visit))
        .collect();
    let other = history.done(Op::HandOver).filter(|moved| moved.told.visit != moved.asked.visit);
    wrong.extend(other.map(|moved| {
        format!(
            "{} moved {:?} to another phone and found {:?}",
            moved.who, moved.asked.visit, moved.told.visit
        )
    }));
    let unknown = history.done(Op::OpenLink).filter(|opened| {
        let visit = opened.told.visit.as_deref();
        visit.is_none_or(|visit| !archive.visits.contains_key(visit))
    });
    wrong.extend(unknown.map(|opened| format!("{} opened a link and found {:?}", opened.who, opened.told.visit)));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;
    use crate::history::entry::Phase;
    use crate::history::reading::Operation;

    fn with(op: Op, end: Phase, found: &str) -> usize {
        let (mut history, archive) = good_day();
        let resume = history.operations.iter().find(|operation| operation.op == Op::Resume).unwrap();
        let mut moved = Operation { op, end, ..resume.clone() };
        moved.told.visit = Some(found.into());
        history.operations.push(moved);
        super::moved(&history, &archive).len()
    }

    #[test]
    fn a_first_phone_that_is_let_in_again_is_found() {
        assert_eq!(with(Op::OldPhone, Phase::Fail, "wang"), 0);
        assert_eq!(with(Op::OldPhone, Phase::Ok, "wang"), 1);
    }

    #[test]
    fn a_visit_that_becomes_another_on_its_way_is_found() {
        assert_eq!(with(Op::HandOver, Phase::Ok, "wang"), 0);
        assert_eq!(with(Op::HandOver, Phase::Ok, "li"), 1);
        assert_eq!(with(Op::OpenLink, Phase::Ok, "wang"), 0);
        assert_eq!(with(Op::OpenLink, Phase::Ok, "nobody"), 1);
    }
}
