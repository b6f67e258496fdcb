//! 过号 for long: the place near the front is given away, the number is kept.

use yunyiban_core::{Event, Visit, VisitState};

use super::book::Book;
use super::truth::HallTruth;

/// DOMAIN 3.6: whoever comes back in time stands near the front, and later at the end of the line; where an appointment was given
/// its time it may be behind that.
pub fn changed(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let VisitState::Missed { late: is_late, .. } = before.state else {
        return;
    };
    match event.cause.as_str() {
        "recalled" if !is_late => {
            book.seen.saw("recalled");
            book.hold(after.returns == before.returns && !after.here, "DOMAIN 3.2", || {
                format!("{} was called again and has returned {} times", after.id, after.returns)
            });
        }
        "missed_late" => book.seen.saw("missed_late"),
        "returned" | "recalled" if is_late => {
            book.seen.saw("returned_to_the_end");
            let mut waiting = hall
                .visits
                .values()
                .map(|at| &at.row)
                .filter(|other| other.state.in_line() && other.queue == after.queue);
            let behind = waiting.find(|other| other.id != after.id && other.appointment.is_none() && other.order > after.order);
            let behind = behind.map(|other| other.id.clone());
            book.hold(behind.is_none() && after.order.band == 1, "DOMAIN 3.6", || {
                format!("{} came back late and stands before {behind:?}", after.id)
            });
        }
        _ => {}
    }
}
