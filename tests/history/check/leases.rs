//! Leases (I1, I2, I6, I17): a visit is held by one window, a window holds one visit, one person sits at one window; and what a window is shown
//! is what the archive's order says. Each commit carries the owner's epoch and the number before it, so that order is one owner's after another's.

use std::collections::BTreeMap;

use crate::history::archive::{About, Archive, Standing};
use crate::history::entry::Op;
use crate::history::reading::History;

/// Holders by the archive's order, and rings as they were seen.
pub fn exclusive(history: &History, archive: &Archive) -> Vec<String> {
    let mut wrong = twice_held(archive);
    wrong.extend(untrue_offers(history, archive));
    wrong
}

fn twice_held(archive: &Archive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut by_window, mut by_visit): (BTreeMap<&str, &str>, BTreeMap<&str, &str>) = Default::default();
    let mut seats: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in &archive.facts {
        match &fact.about {
            About::Visit(standing) => {
                let visit = standing.visit.as_str();
                if let Some(window) = by_visit.remove(visit) {
                    by_window.remove(window);
                }
                let Some(window) = standing.window.as_deref() else { continue };
                if let Some(other) = by_window.insert(window, visit) {
                    wrong.push(format!("event {}: window {window} holds {other} and {visit}", fact.seq));
                }
                by_visit.insert(visit, window);
            }
            About::Window(desk) => {
                seats.retain(|_, window| *window != desk.window);
                let Some(staff) = desk.staff.as_deref() else { continue };
                if let Some(other) = seats.insert(staff, &desk.window) {
                    wrong.push(format!("event {}: {staff} sits at {other} and at {}", fact.seq, desk.window));
                }
            }
            _ => {}
        }
    }
    wrong.extend(claimed_twice(archive));
    wrong
}

/// What windows believe to have, when a batch is over: no two have the same visit.
fn claimed_twice(archive: &Archive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut claims, mut claimed): (BTreeMap<&str, &str>, BTreeMap<&str, &str>) = Default::default();
    for fact in &archive.facts {
        let About::Window(desk) = &fact.about else { continue };
        if let Some(visit) = claimed.remove(desk.window.as_str()) {
            claims.remove(visit);
        }
        let Some(visit) = desk.visit.as_deref() else { continue };
        if let Some(other) = claims.insert(visit, &desk.window) {
            wrong.push(format!("event {}: {visit} is at window {other} and at {}", fact.seq, desk.window));
        }
        claimed.insert(&desk.window, visit);
    }
    wrong
}

/// A ring that a window was shown without being rung.
fn untrue_offers(history: &History, archive: &Archive) -> Vec<String> {
    let mut states: BTreeMap<&str, Vec<(u32, &Standing)>> = BTreeMap::new();
    for fact in &archive.facts {
        if let About::Visit(standing) = &fact.about {
            states.entry(&standing.visit).or_default().push((fact.seq, standing));
        }
    }
    let offers = history.sights.iter().filter(|sight| sight.op == Op::Offer);
    let untrue = offers.filter(|offer| {
        let (visit, seq) = (offer.value.visit.as_deref().unwrap_or_default(), offer.value.seq.unwrap_or_default());
        let states = states.get(visit).map(Vec::as_slice).unwrap_or_default();
        let last = states.partition_point(|(at, ..)| *at <= seq).checked_sub(1).map(|nth| states[nth]);
        !last.is_some_and(|(_, standing)| standing.state == "ringing" && standing.window == offer.value.window)
    });
    untrue
        .map(|offer| format!("{} was shown a ring of {:?} that is none", offer.who, offer.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::archive::{Desk, Fact};
    use crate::history::check::example::{by_system, good_day};

    fn with(fact: Fact) -> Vec<String> {
        let (history, mut archive) = good_day();
        let at = archive.facts.partition_point(|before| before.seq <= fact.seq);
        archive.facts.insert(at, fact);
        exclusive(&history, &archive)
    }

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(exclusive(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_window_that_holds_two_is_found() {
        let second = Standing {
            visit: "wang".into(),
            state: "ringing".into(),
            window: Some("1".into()),
            ..Standing::default()
        };
        assert_eq!(with(by_system(9, "rung", About::Visit(second))).len(), 1);
    }

    #[test]
    fn a_visit_claimed_by_two_windows_is_found() {
        let second = Desk {
            window: "2".into(),
            staff: Some("lin".into()),
            work: "reserved".into(),
            visit: Some("li".into()),
        };
        assert_eq!(with(by_system(9, "rung", About::Window(second))).len(), 1);
    }

    #[test]
    fn a_person_at_two_windows_is_found() {
        let second = Desk {
            window: "2".into(),
            staff: Some("chen".into()),
            work: "idle".into(),
            visit: None,
        };
        assert!(!with(by_system(9, "opened", About::Window(second))).is_empty());
    }

    #[test]
    fn a_ring_that_is_none_is_found() {
        let (mut history, archive) = good_day();
        let offer = history.sights.iter_mut().find(|sight| sight.op == Op::Offer).unwrap();
        offer.value.window = Some("2".into());
        assert_eq!(exclusive(&history, &archive).len(), 1);
        let offer = history.sights.iter_mut().find(|sight| sight.op == Op::Offer).unwrap();
        (offer.value.window, offer.value.seq) = (Some("1".into()), Some(2));
        assert_eq!(exclusive(&history, &archive).len(), 1, "rung later");
    }
}
