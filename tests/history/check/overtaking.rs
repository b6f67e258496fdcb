//! Going ahead (Q4, Q7): a place changes by named acts alone, and nobody is overtaken by more than so many, nor by whoever came so much later: so
//! many and so much as the rules said at that moment.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::{Credit, OrderKey};

use crate::history::archive::{About, Archive, Fact, Standing};
use crate::history::check::effects::effects;
use crate::history::check::rules::in_force;
use crate::history::reading::{History, NEVER};
use crate::support::order::MOVES;

/// Places that were lost or won by nothing.
pub fn kept(_: &History, archive: &Archive) -> Vec<String> {
    let mut orders: BTreeMap<&str, OrderKey> = BTreeMap::new();
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        let About::Visit(Standing {
            visit, order: Some(order), ..
        }) = &fact.about
        else {
            continue;
        };
        let before = orders.insert(visit, *order);
        if before.is_some_and(|before| before != *order) && !MOVES.contains(&fact.cause.as_str()) {
            wrong.push(format!("event {}: {visit} is moved by {}", fact.seq, fact.cause));
        }
    }
    wrong
}

/// Somebody who went ahead, from where to where; and when they came by their arrival.
struct Move {
    arrived_ms: i64,
    from: OrderKey,
    to: OrderKey,
}

fn move_of(fact: &Fact, before: &Standing, after: &Standing) -> Option<Move> {
    let arrival = |credit: &Credit| credit.from.effective.as_millis();
    match fact.cause.as_str() {
        "priority_declared" => Some(Move {
            arrived_ms: before.credit.as_ref().map_or(before.order?.effective.as_millis(), arrival),
            from: before.order?,
            to: after.order?,
        }),
        "checked_in" | "checked_in_late" => after.credit.as_ref().map(|credit| Move {
            arrived_ms: arrival(credit),
            from: credit.from,
            to: credit.to,
        }),
        _ => None,
    }
}

/// Q7: who was overtaken by too many, or by whoever came too late for it.
pub fn bounded(history: &History, archive: &Archive) -> Vec<String> {
    let asked: BTreeMap<u32, (u64, u64)> = effects(history, archive)
        .iter()
        .map(|effect| (effect.seq, (effect.begun_us, effect.ended_us)))
        .collect();
    let most = |rule: &str, fact: &Fact| {
        let span = asked.get(&fact.seq).copied().unwrap_or((0, NEVER));
        in_force(history, archive, rule, span).into_iter().max().unwrap_or(u32::MAX)
    };
    let mut rows: BTreeMap<&str, &Standing> = BTreeMap::new();
    let mut overtook: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for fact in &archive.facts {
        let About::Visit(after) = &fact.about else { continue };
        let visit = after.visit.as_str();
        let before = rows.get(visit).copied();
        if let Some(moved) = before.and_then(|before| move_of(fact, before, after)) {
            let ahead_ms = moved.arrived_ms - moved.to.effective.as_millis();
            if ahead_ms > i64::from(most("order.overtaken_ms", fact)) {
                wrong.push(format!("event {}: {visit} goes {ahead_ms} ms ahead", fact.seq));
            }
            for other in rows.values().filter(|other| other.visit != after.visit && is_overtaken(other, &moved)) {
                let by = overtook.entry(&other.visit).or_default();
                by.insert(visit);
                if by.len() > most("order.overtaken_by", fact) as usize {
                    wrong.push(format!("event {}: {} is overtaken by {by:?}", fact.seq, other.visit));
                }
            }
        }
        // Own 过号 begins anew; so does whoever goes ahead. Who leaves unserved was in nobody's way.
        if before.is_some_and(|before| before.order != after.order) {
            overtook.remove(visit);
        }
        if after.outcome.is_some() && !after.was_served {
            for by in overtook.values_mut() {
                by.remove(visit);
            }
        }
        rows.insert(visit, after);
    }
    wrong
}

fn is_overtaken(other: &Standing, moved: &Move) -> bool {
    let waits = other.in_line || matches!(other.state.as_str(), "ringing" | "connecting");
    waits && other.order.is_some_and(|order| order >= moved.to && order <= moved.from)
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::Timestamp;

    use super::*;
    use crate::history::check::example::{by_system, with_rules_changed};

    fn order(effective_ms: i64, seq: u32) -> Option<OrderKey> {
        Some(OrderKey {
            band: 1,
            effective: Timestamp::from_millis(effective_ms),
            behind: seq,
            seq,
        })
    }

    fn stands(visit: &str, order: Option<OrderKey>) -> About {
        About::Visit(Standing {
            visit: visit.into(),
            state: "waiting".into(),
            in_line: true,
            order,
            ..Standing::default()
        })
    }

    /// Li waits, and so many declare a priority after her, each a second later.
    fn overtaken_by(count: u32, cause: &str) -> (History, Archive) {
        let (history, mut archive) = with_rules_changed();
        let mut facts = vec![by_system(1, "took_number", stands("li", order(10_000, 1)))];
        for nth in 2..2 + count {
            let (visit, came) = (format!("who-{nth}"), 10_000 + i64::from(nth) * 1_000);
            facts.push(by_system(nth * 2, "took_number", stands(&visit, order(came, nth))));
            facts.push(by_system(nth * 2 + 1, cause, stands(&visit, order(9_000 + i64::from(nth), nth))));
        }
        archive.facts = facts;
        (history, archive)
    }

    #[test]
    fn who_is_overtaken_by_no_more_than_the_rules_ever_said_is_not() {
        let (history, archive) = overtaken_by(3, "priority_declared");
        assert_eq!(bounded(&history, &archive), Vec::<String>::new());
        assert_eq!(kept(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn who_is_overtaken_by_too_many_is_found() {
        let (history, archive) = overtaken_by(4, "priority_declared");
        assert_eq!(bounded(&history, &archive).len(), 1);
    }

    #[test]
    fn who_goes_ahead_of_those_who_came_too_much_earlier_is_found() {
        let (history, mut archive) = overtaken_by(1, "priority_declared");
        archive.rules.insert("order.overtaken_ms".into(), "1000".into());
        assert_eq!(bounded(&history, &archive).len(), 1);
    }

    #[test]
    fn a_place_that_changes_by_a_call_back_is_found() {
        let (history, archive) = overtaken_by(1, "callback_asked");
        assert_eq!(kept(&history, &archive).len(), 1);
    }
}
