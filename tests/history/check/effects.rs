//! Which event an answered operation made: known where there is only one way to say so.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::archive::{About, Archive, Fact};
use crate::history::entry::{Op, Phase};
use crate::history::reading::{History, NEVER, Operation};

/// An operation and its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When it was asked.
    pub begun_us: u64,
    /// When it was answered.
    pub ended_us: u64,
    /// The hall's event number.
    pub seq: u32,
    /// What.
    pub op: Op,
}

/// In whose name something happens: a visit's citizen, or somebody of the staff.
type Actor = String;

/// Where the visit should stand of what is about none, or about one that nobody knew yet.
const NOBODYS: &str = "";

/// What each kind of operation is called where it has happened.
fn kind_of(fact: &Fact) -> Option<Op> {
    Some(match (&fact.about, fact.by, fact.cause.as_str()) {
        (About::Visit(_), "citizen", "here") => Op::Here,
        (About::Visit(_), "citizen", "returned" | "back_early" | "waits_on") => Op::Return,
        (About::Visit(_), "citizen", "callback_asked") => Op::Callback,
        (About::Visit(_), "citizen", "priority_declared") => Op::Priority,
        (About::Visit(_), "citizen", "checked_in" | "checked_in_late") => Op::CheckIn,
        (About::Visit(_), "staff", "booked") => Op::Book,
        (About::Visit(_), "staff", "called_off") => Op::CallOff,
        (About::Visit(_), "staff", "picked") => Op::Pick,
        (About::Visit(_), "staff", "callback_reached") => Op::Reached,
        (About::Visit(_), "staff", "callback_unanswered") => Op::Unanswered,
        // Each telling of a number is written down, also of one answer that was lost; the call is begun once.
        (About::Visit(_), "staff", "callback_dialled") => Op::Dial,
        (About::Hall { .. }, "staff", "suspended") => Op::Suspend,
        (About::Hall { .. }, "staff", "suspension_ended") => Op::EndSuspension,
        (About::Visit(_), "citizen", "citizen_accepted") | (About::Visit(_), "staff", "window_accepted" | "transferred") => Op::Accept,
        (About::Visit(_), "citizen", "asked_for_later") => Op::Later,
        // One hang-up in the middle of a transfer calls that off, too: what was asked for is the end.
        (About::Visit(at), "citizen", "citizen_hung_up") | (About::Visit(at), "staff", "window_hung_up") if at.outcome.is_none() => return None,
        (About::Visit(_), "citizen", "citizen_hung_up") | (About::Visit(_), "staff", "window_hung_up" | "window_withdrew") => Op::HangUp,
        (About::Visit(_), "citizen", "left") => Op::Leave,
        (About::Visit(_), "staff", "held") => Op::Hold,
        (About::Visit(_), "staff", "resumed" | "transfer_taken_back") => Op::Unhold,
        (About::Visit(_), "staff", "parked") => Op::Park,
        (About::Visit(_), "staff", "transfer_begun") => Op::Transfer,
        (About::Visit(_), "staff", cause) if cause.starts_with("declined") => Op::Decline,
        (About::Visit(_), "citizen", "took_number" | "left_number") => Op::Take,
        (About::Rating { .. }, "citizen", _) => Op::Rate,
        (About::Line { .. }, "citizen" | "staff", _) => Op::Say,
        (About::Record { .. }, "staff", _) => Op::Record,
        _ => return None,
    })
}

fn visit_of(fact: &Fact) -> Option<&str> {
    match &fact.about {
        About::Visit(standing) => Some(&standing.visit),
        About::Line { visit, .. } | About::Record { visit, .. } | About::Rating { visit, .. } | About::Looked { visit } => Some(visit),
        About::Hall { .. } => Some(NOBODYS),
        About::Window(_) | About::Other => None,
    }
}

/// The visit an operation was about, as far as whoever asked knew.
pub fn visit_asked(operation: &Operation) -> Option<&str> {
    operation.told.visit.as_deref().or(operation.asked.visit.as_deref())
}

fn actor_of(fact: &Fact, visit: &str) -> Actor {
    fact.staff.clone().unwrap_or_else(|| visit.to_owned())
}

/// The events of each actor, kind and visit, in order.
fn happened(archive: &Archive) -> BTreeMap<(Actor, Op, &str), Vec<u32>> {
    let mut happened: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    let mut picked = BTreeSet::new();
    for fact in &archive.facts {
        if let (Some(op), Some(visit)) = (kind_of(fact), visit_of(fact)) {
            // Whoever picks accepts by the same tap.
            if fact.cause == "window_accepted" && picked.remove(visit) {
                continue;
            }
            if op == Op::Pick {
                picked.insert(visit);
            }
            happened.entry((actor_of(fact, visit), op, visit)).or_default().push(fact.seq);
        }
    }
    happened
}

/// The operations of each actor, kind and visit that may have happened, in order.
fn asked(history: &History) -> BTreeMap<(Actor, Op, &str), Vec<&Operation>> {
    let mut asked: BTreeMap<_, Vec<&Operation>> = BTreeMap::new();
    for operation in history.operations.iter().filter(|operation| operation.end != Phase::Fail) {
        let is_staffs = operation.asked.staff.is_some();
        if let Some(visit) = visit_asked(operation).or(is_staffs.then_some(NOBODYS)) {
            let actor = operation.asked.staff.clone().unwrap_or_else(|| visit.to_owned());
            asked.entry((actor, operation.op, visit)).or_default().push(operation);
        }
    }
    asked
}

/// Operations whose event is known, in the order of their events.
pub fn effects(history: &History, archive: &Archive) -> Vec<Effect> {
    let happened = happened(archive);
    let mut effects = Vec::new();
    for (who, operations) in asked(history) {
        let Some(seqs) = happened.get(&who) else { continue };
        // Whoever asks does one thing after another; where the numbers are equal and nothing is unknown, the nth did the nth.
        if seqs.len() == operations.len() && operations.iter().all(|operation| operation.ended_us != NEVER) {
            effects.extend(operations.iter().zip(seqs).map(|(operation, seq)| Effect {
                begun_us: operation.begun_us,
                ended_us: operation.ended_us,
                seq: *seq,
                op: operation.op,
            }));
        }
    }
    effects.sort_by_key(|effect| effect.seq);
    effects
}

/// I18: nothing happens in somebody's name more often than they may have asked for it.
pub fn unasked(history: &History, archive: &Archive) -> Vec<String> {
    let mut asked: BTreeMap<(Actor, Op), usize> = BTreeMap::new();
    // A window may not know yet which visit it has: what it asks counts for whichever.
    for ((actor, op, _), operations) in self::asked(history) {
        *asked.entry((actor, op)).or_default() += operations.len();
    }
    let mut happened: BTreeMap<(Actor, Op), usize> = BTreeMap::new();
    for ((actor, op, _), seqs) in self::happened(archive) {
        // Who took a number and was never told does not know the visit: the queue's checks have that.
        if op != Op::Take {
            *happened.entry((actor, op)).or_default() += seqs.len();
        }
    }
    let too_often = happened.into_iter().filter_map(|(who, times)| {
        let wished = asked.get(&who).copied().unwrap_or_default();
        (times > wished).then(|| format!("{:?} of {} happened {times} times and was asked {wished} times", who.1, who.0))
    });
    too_often.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn the_event_of_each_operation_is_found() {
        let (history, archive) = good_day();
        let ops: Vec<(Op, u32)> = effects(&history, &archive).iter().map(|effect| (effect.op, effect.seq)).collect();
        assert!(ops.contains(&(Op::Take, 1)) && ops.contains(&(Op::Accept, 8)), "{ops:?}");
        assert_eq!(unasked(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn a_hang_up_that_calls_a_transfer_off_is_one() {
        let (history, mut archive) = good_day();
        let at = archive.facts.iter().position(|fact| fact.cause == "window_hung_up").unwrap();
        let mut off = archive.facts[at].clone();
        if let About::Visit(standing) = &mut off.about {
            (standing.state, standing.outcome) = ("serving".into(), None);
        }
        archive.facts.insert(at, off);
        assert_eq!(unasked(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn what_nobody_asked_for_is_found() {
        let (history, mut archive) = good_day();
        let mut again = archive.facts.iter().find(|fact| fact.cause == "window_hung_up").unwrap().clone();
        again.seq = 100;
        archive.facts.push(again);
        assert_eq!(unasked(&history, &archive).len(), 1);
    }
}
