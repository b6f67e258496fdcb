//! What must hold after every step of a random life: held by one, a stable place, counts that are the rows, bounded overtaking, nothing overdue.

use std::collections::BTreeMap;

use yunyiban_protocol::{PlaceCause, Presence, QueueId, Timestamp, VisitId};

use super::super::model::Model;
use super::super::people::Stage;
use super::Seen;
use crate::hall::line;
use crate::{OrderKey, OrderRules, Subject, Visit, VisitState};

/// I1, I2: one holder a visit, one visit a window.
pub fn nobody_is_held_twice(stage: &Stage) {
    let mut windows = BTreeMap::new();
    for visit in stage.archive.visits.values() {
        if let Some(window) = visit.state.window() {
            assert_eq!(windows.insert(window.clone(), visit.id.clone()), None, "a window with two visits");
            let held = stage.hall.staff_at(window).and_then(|staff| stage.hall.visit_of(&staff));
            assert_eq!(held.as_ref(), Some(&visit.id), "the window has the visit that is at it");
        }
    }
}

/// Q5, I8: a shown place is never worse than the one before, unless a cause stands beside it that came up just now: an
/// old cause excuses nothing.
/// Q4, I12: an order key changes only when a visit returns after 过号, comes back to the head, declares a priority or is checked in.
pub(super) fn places_are_stable(stage: &Stage, seen: &mut Seen) {
    let events = &stage.archive.events[seen.events..];
    let caused = |id: &VisitId, cause: PlaceCause| {
        let own_way = cause == PlaceCause::Missed;
        events.iter().any(|event| match (&event.after, event.cause.as_str()) {
            (Subject::Visit { visit }, "place_worse") => visit.id == *id && visit.place_cause == Some(cause),
            (Subject::Visit { visit }, "returned" | "recalled") => own_way && visit.id == *id,
            _ => false,
        })
    };
    for (id, visit) in &stage.archive.visits {
        let place = stage.hall.place(id);
        if let (Some(before), Some(now)) = (seen.places.get(id), &place) {
            let excused = now.cause.is_some_and(|cause| caused(id, cause));
            assert!(now.ahead <= before.ahead || excused, "{id}: from {before:?} to {now:?}");
        }
        match place {
            Some(place) => drop(seen.places.insert(id.clone(), place)),
            // Between two waits a ring keeps what was shown; a talk, or 过号, begins anew.
            None if ["ringing", "connecting"].contains(&visit.state.name()) => {}
            None => drop(seen.places.remove(id)),
        }
    }
    for event in &stage.archive.events[seen.events..] {
        if let Subject::Visit { visit } = &event.after
            && let Some(before) = seen.orders.insert(visit.id.clone(), visit.order)
            && before != visit.order
        {
            assert!(
                [
                    "returned",
                    "recalled",
                    "grace_over",
                    "setup_failed",
                    "priority_declared",
                    "checked_in",
                    "checked_in_late"
                ]
                .contains(&event.cause.as_str()),
                "{} moved by {}",
                visit.id,
                event.cause
            );
        }
    }
    seen.events = stage.archive.events.len();
}

/// Q5, I11: what is shown is counted over the rows; a number kept is never worse.
pub fn counts_are_the_rows(stage: &Stage, model: &Model) {
    let in_line = || model.visits.values().filter(|visit| visit.state.in_line());
    for visit in in_line() {
        let counted = line::ahead(line::step_of(model.ahead(visit)));
        let shown = stage.hall.place(&visit.id).expect("it is in line").ahead;
        assert!(
            shown == counted || visit.kept_ahead.is_some() && shown <= counted,
            "{} is shown {shown:?}",
            visit.number
        );
    }
    let waiting = in_line().count() as u32;
    assert_eq!(
        (stage.hall.line().waiting, stage.hall.card(stage.now).busyness.waiting),
        (waiting, waiting)
    );
    let head = stage.hall.line().head;
    let orders: Vec<OrderKey> = head.iter().map(|entry| model.visits[&entry.visit].order).collect();
    assert!(orders.is_sorted(), "windows see the line in order");
    let unseen = in_line().filter(|visit| head.iter().all(|entry| entry.visit != visit.id));
    for visit in unseen {
        let before = |queue: Option<&QueueId>| {
            let seen = head.iter().filter(|entry| queue.is_none_or(|queue| entry.queue == *queue));
            seen.filter(|entry| model.visits[&entry.visit].order < visit.order).count()
        };
        assert!(head.len() >= 30 && before(Some(&visit.queue)) >= 10, "{} is not seen", visit.number);
    }
}

/// Q7: nobody is overtaken more than K times, nor by anybody who came more than T after; own 过号 begins anew.
pub fn overtaking_is_bounded(model: &Model, allowed: &Allowed) {
    for visit in model
        .visits
        .values()
        .filter(|visit| visit.state.in_line() && visit.returns == 0 && !visit.waited_once)
    {
        // Whoever was served meanwhile and handed back into the line was overtaken by nobody then, nor was who stood in another hall's.
        let overtaken = if visit.transfers == 0 && visit.referred.is_none() {
            model.overtakers(visit)
        } else {
            model.passed(visit)
        };
        assert!(overtaken <= allowed.overtaken_by as usize, "{} is overtaken too often", visit.number);
        let too_late = |other: &&Visit| {
            let mut moves = other.moves_ahead();
            let moved = moves.any(|credit| credit.to < visit.order && visit.order < credit.from);
            moved && allowed.came(other).since(allowed.came(visit)) > allowed.overtaken_ms
        };
        assert_eq!(
            model
                .visits
                .values()
                .filter(|other| other.returns == 0)
                .find(too_late)
                .map(|other| &other.number),
            None
        );
    }
}

/// What the rules of order allowed, where they changed the most of it: whoever was overtaken under those of before still is.
#[derive(Default)]
pub struct Allowed {
    overtaken_by: u32,
    overtaken_ms: u32,
    /// The clock was set back in this life.
    pub set_back: bool,
}

impl Allowed {
    /// The rules in force.
    pub fn note(&mut self, rules: &OrderRules) {
        self.overtaken_by = self.overtaken_by.max(rules.overtaken_by);
        self.overtaken_ms = self.overtaken_ms.max(rules.overtaken_ms);
    }

    /// When somebody came: to an appointment, when it was checked in; of another hall, to that. Where the clock was set back, as the order has it:
    /// until the clock is where it was, whoever comes stands at the last arrival of before.
    fn came(&self, visit: &Visit) -> Timestamp {
        let credit = visit.appointment.as_ref().and_then(|kept| kept.credit);
        let came = credit.map_or(visit.joined_at, |credit| credit.from.effective);
        let by_order = visit.moves_ahead().next().map_or(visit.order, |credit| credit.from).effective;
        if self.set_back || visit.referred.is_some() { by_order } else { came }
    }
}

/// L3: with every timer run, nothing is past its end. I16: the gate is open only where both talk. I28: who is counted as
/// on duty and idle was heard within a lease.
pub fn nothing_is_overdue(stage: &Stage, model: &Model) {
    let (hall, now) = (&stage.hall, stage.now);
    for visit in model.visits.values() {
        let ends = match visit.state {
            VisitState::Away { since, until }
            | VisitState::Calling { since, until }
            | VisitState::Missed { since, until, .. }
            | VisitState::Parked { since, until }
            | VisitState::Ringing { since, until, .. }
            | VisitState::Connecting { since, until, .. }
            | VisitState::Transferring { since, until, .. }
            | VisitState::Dropped { since, until, .. } => Some(hall.graced(since, until)),
            VisitState::Booked { at } => hall.check_in_of(visit).map(|times| times.until).or(Some(at)),
            VisitState::Waiting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        };
        assert!(ends.is_none_or(|end| end > now), "{} is stuck in {}", visit.number, visit.state.name());
        let open = hall.call_rights(&visit.id).open;
        assert!(
            !open || matches!(visit.state, VisitState::Serving { .. }),
            "no packet before both have accepted"
        );
    }
    for (index, desk) in hall.desks.iter().enumerate() {
        let idle = matches!(desk.window.work, yunyiban_protocol::Work::Idle {});
        let on_duty = matches!(desk.window.presence, Presence::Available {} | Presence::OnDemand {});
        // In the grace of a restart silence is looked at when the grace is over.
        let graced = hall.rebuilt_at.plus(hall.facts.rules.timers.restart_grace_ms) > now;
        assert!(
            graced || !(idle && on_duty && hall.is_silent(index)),
            "a silent window is shown as on duty"
        );
    }
}
