//! The audit chain (I23): whole, and its fold the rows; every step of a visit a legal one, from what was before (I7).

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive};
use crate::history::reading::History;

/// Where it is not.
pub fn whole(_: &History, archive: &Archive) -> Vec<String> {
    let mut wrong = archive.broken.clone();
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    for (fact, expected) in archive.facts.iter().zip(1..) {
        if fact.seq != expected {
            wrong.push(format!("event {} stands where {expected} should", fact.seq));
            break;
        }
        if let About::Visit(standing) = &fact.about {
            let before = states.insert(&standing.visit, &standing.state);
            if before != fact.before.as_deref() {
                wrong.push(format!("event {}: {} was {before:?}, not {:?}", fact.seq, standing.visit, fact.before));
            }
            if before == Some("closed") && standing.state != "closed" {
                wrong.push(format!("event {}: {} rises again", fact.seq, standing.visit));
            }
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
        assert_eq!(whole(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_break_of_the_chain_is_told() {
        let (history, mut archive) = good_day();
        archive.broken.push("the chain breaks at event 3".into());
        assert_eq!(whole(&history, &archive).len(), 1);
    }

    #[test]
    fn a_missing_event_is_found() {
        let (history, mut archive) = good_day();
        archive.facts.remove(2);
        assert_eq!(whole(&history, &archive).len(), 1);
    }

    #[test]
    fn a_step_from_another_state_and_a_visit_that_rises_again_are_found() {
        let (history, mut archive) = good_day();
        let last = archive.facts.iter_mut().rfind(|fact| fact.cause == "left").unwrap();
        last.before = Some("serving".into());
        assert_eq!(whole(&history, &archive).len(), 1);
        let (history, mut archive) = good_day();
        let mut again = archive.facts.iter().find(|fact| fact.cause == "here").unwrap().clone();
        again.seq = u32::try_from(archive.facts.len()).unwrap() + 1;
        again.before = Some("closed".into());
        archive.facts.push(again);
        assert_eq!(whole(&history, &archive).len(), 1);
    }
}
