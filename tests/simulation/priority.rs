//! 优先照顾: what is promised to those who are overtaken (Q7), and what becomes of a word that was not true.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::{Credit, Event, Visit};
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

/// Somebody's word is not believed in this visit.
pub fn distrust(hall: &mut HallTruth, visit: &VisitId) {
    hall.priorities.distrusted.insert(visit.clone());
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
    // What an appointment gave counts, too.
    let given = before.appointment.as_ref().and_then(|kept| kept.credit);
    let arrived = given.map_or(before.order, |credit| credit.from).effective;
    let (from, to) = (before.order, after.order);
    went_ahead(book, hall, id, arrived, Credit { from, to });
}

/// Q7: a visit goes ahead of others; by its arrival it would stand at this moment.
pub fn went_ahead(book: &mut Book, hall: &mut HallTruth, id: &VisitId, arrived: Timestamp, Credit { from, to }: Credit) {
    book.hold(to <= from && to.band == from.band, "Q7", || format!("{id} goes from {from:?} to {to:?}"));
    let (most, reach) = hall.rules.widest_order(book.now());
    let ahead = arrived.as_millis() - to.effective.as_millis();
    book.hold(ahead <= reach, "Q7", || format!("{id} goes {ahead} ms ahead of {reach}"));
    for (other, standing) in &hall.visits {
        let row = &standing.row;
        let waits = row.state.in_line() || matches!(row.state.name(), "ringing" | "connecting");
        if other == id || !waits || row.order < to || row.order > from {
            continue;
        }
        let overtakers = hall.priorities.overtook.entry(other.clone()).or_default();
        overtakers.insert(id.clone());
        let count = overtakers.len();
        book.hold(count <= most, "Q7", || format!("{other} is overtaken by {count}"));
    }
}
