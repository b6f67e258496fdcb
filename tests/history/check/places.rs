//! Places (I8, Q5): what one person is shown of a visit in line never gets worse without a cause beside it, whatever page shows it.

use std::collections::BTreeMap;

use crate::history::archive::Archive;
use crate::history::entry::{Op, Phase, Value};
use crate::history::reading::History;

/// Places that got worse.
pub fn monotonic(history: &History, _: &Archive) -> Vec<String> {
    let sights = history.sights.iter().filter(|sight| sight.op == Op::ReadPosition);
    let sights = sights.map(|sight| (sight.at_us, &sight.who, &sight.value));
    let reads = history
        .operations
        .iter()
        .filter(|read| read.op == Op::ReadPosition && read.end == Phase::Ok);
    let reads = reads.map(|read| (read.ended_us, &read.who, &read.told));
    let mut shown: Vec<(u64, &String, &Value)> = sights.chain(reads).collect();
    shown.sort_by_key(|(at_us, ..)| *at_us);
    let mut wrong = Vec::new();
    let mut before: BTreeMap<(&String, &str), u32> = BTreeMap::new();
    for (at_us, who, value) in shown {
        let Some(visit) = value.visit.as_deref() else { continue };
        match (value.ahead, value.text.as_deref()) {
            (Some(ahead), _) => {
                let was = before.insert((who, visit), ahead);
                if let Some(was) = was.filter(|was| *was < ahead && !value.has_cause) {
                    wrong.push(format!("{visit} was shown {was} ahead and at {at_us} {ahead}"));
                }
            }
            // Rung in vain, the place is the one of before.
            (None, Some("ringing" | "connecting")) => {}
            (None, _) => drop(before.remove(&(who, visit))),
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    fn shown_last(change: impl Fn(&mut Value)) -> usize {
        let (mut history, archive) = good_day();
        let sight = history.sights.iter_mut().rfind(|sight| sight.who == "citizen-2").unwrap();
        change(&mut sight.value);
        monotonic(&history, &archive).len()
    }

    #[test]
    fn a_good_day_is_good() {
        assert_eq!(shown_last(|_| {}), 0);
    }

    #[test]
    fn a_place_that_got_worse_is_found_unless_its_cause_is_shown() {
        assert_eq!(shown_last(|value| value.ahead = Some(5)), 1);
        let with_cause = |value: &mut Value| (value.ahead, value.has_cause) = (Some(5), true);
        assert_eq!(shown_last(with_cause), 0);
    }
}
