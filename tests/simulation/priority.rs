//! 优先照顾: what is promised to those who are overtaken (Q7), and what becomes of a word that was not true.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::{Event, Visit};
use yunyiban_protocol::{Proof, Timestamp, VisitId};

use super::book::Book;
use super::truth::HallTruth;

/// What is known of priorities beside the rows.
#[derive(Debug, Default)]
pub struct Priorities {
    /// Who went ahead of whom since that one was moved last.
    overtook: BTreeMap<VisitId, BTreeSet<VisitId>>,
    /// People whose word was found wrong, by what was said of it last; the visits it was said of.
    refuted: BTreeMap<VisitId, bool>,
    /// Visits begun by somebody whose last word had been found wrong.
    distrusted: BTreeSet<VisitId>,
}

/// A visit began.
pub fn began(book: &Book, hall: &mut HallTruth, visit: &Visit) {
    let owner = book.owners.get(&visit.id);
    let earlier = |other: &&VisitId| book.owners.get(*other) == owner && **other != visit.id;
    let last = hall
        .visits
        .values()
        .filter(|other| earlier(&&other.row.id))
        .max_by_key(|other| other.row.order.seq)
        .map(|other| other.row.id.clone());
    let wrong = last.is_some_and(|last| hall.priorities.refuted.get(&last) == Some(&true) || hall.priorities.distrusted.contains(&last));
    if wrong {
        hall.priorities.distrusted.insert(visit.id.clone());
    }
}

/// A visit changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    match event.cause.as_str() {
        "priority_declared" => declared(book, hall, before, after),
        "proof_shown" | "proof_not_shown" => {
            let proof = after.priority.as_ref().and_then(|priority| priority.proof);
            let (wrong, seen) = (event.cause == "proof_not_shown", event.cause == "proof_shown");
            let same = proof == Some(if wrong { Proof::NotShown } else { Proof::Shown });
            book.hold(same && before.priority.is_some(), "Q7", || {
                format!("{id} has {proof:?} by {}", event.cause)
            });
            hall.priorities.refuted.insert(id.clone(), wrong);
            book.seen.saw(if seen { "proof_shown" } else { "proof_not_shown" });
        }
        _ => {}
    }
    // Own 过号 begins anew; so does whoever goes ahead.
    if before.order != after.order {
        hall.priorities.overtook.remove(id);
    }
    if after.state.is_closed() && after.served_at.is_none() {
        for others in hall.priorities.overtook.values_mut() {
            others.remove(id);
        }
    }
}

/// Q7: nobody is overtaken by more than so many, nor by anybody who came so much later.
fn declared(book: &mut Book, hall: &mut HallTruth, before: &Visit, after: &Visit) {
    let id = &after.id;
    book.seen.saw("priority_declared");
    let distrusted = hall.priorities.distrusted.contains(id);
    book.hold(!distrusted, "DOMAIN 3.5", || format!("{id} is believed, whose word was wrong today"));
    book.hold(before.priority.is_none(), "Q7", || format!("{id} is credited twice"));
    book.hold(after.order <= before.order && after.order.band == before.order.band, "Q7", || {
        format!("{id} goes from {:?} to {:?}", before.order, after.order)
    });
    let (most, reach) = (book.order.overtaken_by as usize, i64::from(book.order.overtaken_ms));
    let came = before.order.effective;
    let since = |moment: Timestamp| came.as_millis() - moment.as_millis();
    book.hold(since(after.order.effective) <= reach, "Q7", || {
        format!("{id} goes {} ms ahead of {reach}", since(after.order.effective))
    });
    for (other, standing) in &hall.visits {
        let row = &standing.row;
        let waits = row.state.in_line() || matches!(row.state.name(), "ringing" | "connecting");
        if other == id || !waits || row.order < after.order || row.order > before.order {
            continue;
        }
        let overtakers = hall.priorities.overtook.entry(other.clone()).or_default();
        overtakers.insert(id.clone());
        let count = overtakers.len();
        book.hold(count <= most, "Q7", || format!("{other} is overtaken by {count}"));
    }
}
