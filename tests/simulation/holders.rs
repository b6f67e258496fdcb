//! Who has whom, at the end of each batch: a visit one window, a window one visit, a person one live visit.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::window::visit_of;
use yunyiban_protocol::{HallId, RequestKey, VisitId, WindowId, Work};

use super::book::{Book, End};
use super::transfer;
use super::truth::{HallTruth, Standing};

/// I1, I2, Q2: a visit and a window name each other, and nobody else does; but for the window a transfer rings.
pub fn nobody_is_held_twice(book: &mut Book, hall: &mut HallTruth) {
    let mut holders: BTreeMap<&VisitId, &WindowId> = BTreeMap::new();
    let mut seats = BTreeSet::new();
    let mut had = Vec::new();
    for (id, Standing { row: window, .. }) in &hall.windows {
        if let Some(staff) = &window.staff {
            book.hold(seats.insert(staff), "I2", || format!("{staff} sits at two windows"));
        }
        let Some(visit) = visit_of(&window.work) else { continue };
        had.extend(window.staff.clone().map(|staff| (visit.clone(), staff)));
        if !matches!(window.work, Work::WrapUp { .. }) && !transfer::is_target(hall, id, visit) {
            book.hold(holders.insert(visit, id).is_none(), "I1", || format!("{visit} is at two windows"));
        }
    }
    for (id, Standing { row: visit, .. }) in &hall.visits {
        let at = visit.state.window();
        let holder = holders.get(id).copied();
        book.hold(at == holder, "I1", || format!("{id} is at {at:?} and {holder:?} has it"));
    }
    for (visit, staff) in had {
        hall.transfers.had.entry(visit).or_default().insert(staff);
    }
}

/// Q1, I25.
pub fn one_live_visit_a_person(book: &mut Book, hall: &HallId, truth: &HallTruth) {
    let mut owners = BTreeSet::new();
    for (id, standing) in &truth.visits {
        // Of a wish that was given up nobody knows what came of it.
        let key = RequestKey::new(standing.row.device.as_str());
        let is_known = book.ops.get(&key).is_some_and(|op| !matches!(op.end, Some((_, End::Unknown))));
        if !standing.row.state.is_closed()
            && is_known
            && let Some(owner) = book.owners.get(id).copied()
        {
            book.hold(owners.insert(owner), "Q1", || format!("person {owner} has two live visits in {hall}"));
        }
    }
}
