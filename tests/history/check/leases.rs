//! Leases (I1, I2, I17): a visit is held by one window, a window holds one visit, one person sits at one window. Each commit carries the
//! owner's epoch and the number before it, so the archive's order is one owner's after another's.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::archive::{About, Archive};
use crate::history::reading::History;

/// Who is held twice, by the archive's order.
pub fn exclusive(_: &History, archive: &Archive) -> Vec<String> {
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

/// What windows have by their own rows: no two have the same visit, but while it moves from one to the other.
fn claimed_twice(archive: &Archive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut claims, mut moving): (BTreeMap<&str, &str>, BTreeSet<&str>) = Default::default();
    let mut doubled: BTreeSet<&str> = BTreeSet::new();
    let mut facts = archive.facts.iter().peekable();
    while let Some(fact) = facts.next() {
        match &fact.about {
            About::Visit(standing) if standing.state == "transferring" => drop(moving.insert(&standing.visit)),
            About::Visit(standing) => drop(moving.remove(standing.visit.as_str())),
            About::Window(desk) => {
                if let Some(left) = claims.remove(desk.window.as_str()) {
                    doubled.remove(left);
                }
                if let Some(visit) = desk.visit.as_deref() {
                    if claims.values().any(|other| *other == visit) {
                        doubled.insert(visit);
                    }
                    claims.insert(&desk.window, visit);
                }
            }
            _ => {}
        }
        // One decision is several events long, all of one moment: what stands between them is no state of the hall.
        if facts.peek().is_some_and(|next| next.at_ms == fact.at_ms) {
            continue;
        }
        for visit in doubled.iter().filter(|visit| !moving.contains(**visit)) {
            wrong.push(format!("event {}: {visit} is at two windows", fact.seq));
        }
        // Said once.
        doubled.retain(|visit| moving.contains(visit));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::archive::{Desk, Fact, Standing};
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
            ..Desk::default()
        };
        assert!(!with(by_system(9, "rung", About::Window(second))).is_empty());
    }

    #[test]
    fn a_visit_on_its_way_to_another_window_is_held_once() {
        let (history, mut archive) = good_day();
        let moving = Standing {
            visit: "li".into(),
            state: "transferring".into(),
            window: Some("1".into()),
            to: Some("2".into()),
            ..Standing::default()
        };
        let desk = |window: &str, visit: Option<&str>| {
            About::Window(Desk {
                window: window.into(),
                staff: Some(window.into()),
                work: "talking".into(),
                visit: visit.map(str::to_owned),
                ..Desk::default()
            })
        };
        let there = Standing {
            state: "serving".into(),
            window: Some("2".into()),
            ..moving.clone()
        };
        let at_once = |fact: Fact| Fact { at_ms: 4_000, ..fact };
        archive.facts = vec![
            by_system(1, "window_accepted", desk("1", Some("li"))),
            by_system(2, "transfer_begun", About::Visit(moving.clone())),
            by_system(3, "transfer_begun", desk("2", Some("li"))),
            by_system(4, "transferred", About::Visit(there)),
            at_once(by_system(5, "transferred", desk("2", Some("li")))),
            at_once(by_system(6, "transferred", desk("1", None))),
        ];
        assert_eq!(exclusive(&history, &archive), Vec::<String>::new());
        let back = Standing {
            state: "serving".into(),
            window: Some("1".into()),
            ..moving
        };
        let taken = archive.facts.split_off(3);
        archive.facts.extend([
            by_system(4, "declined_other", About::Visit(back)),
            at_once(by_system(5, "declined_other", desk("1", Some("li")))),
            at_once(by_system(6, "declined_other", desk("2", None))),
        ]);
        assert_eq!(
            exclusive(&history, &archive),
            Vec::<String>::new(),
            "a decline gives it back at one moment"
        );
        archive.facts[5].at_ms += 1;
        assert!(!exclusive(&history, &archive).is_empty(), "and not a moment later");
        archive.facts.truncate(3);
        archive.facts.extend(taken);
        archive.facts[5] = by_system(6, "said", desk("1", Some("li")));
        assert!(!exclusive(&history, &archive).is_empty(), "and never by both for good");
    }

    #[test]
    fn a_person_at_two_windows_is_found() {
        let second = Desk {
            window: "2".into(),
            staff: Some("chen".into()),
            work: "idle".into(),
            visit: None,
            ..Desk::default()
        };
        assert!(!with(by_system(9, "opened", About::Window(second))).is_empty());
    }
}
