//! An equal telephone on two live visits, which nobody has verified: it is said to the window, and nothing else follows (E12).

use yunyiban_protocol::VisitId;

use crate::event::Tell;
use crate::hall::Hall;
use crate::hall::roll::{Entry, Slot};
use crate::hall::text::phone_digits;

/// Numbers named at most.
const MOST: usize = 3;

impl Hall {
    /// Numbers of the other live visits that left the telephone of this one.
    pub(super) fn same_phone(&self, visit: &VisitId) -> Vec<String> {
        let Some(entry) = self.roll.get(visit) else { return Vec::new() };
        let others = self.roll.iter().map(|(_, other)| other).filter(|other| have_one_phone(entry, other));
        others.take(MOST).map(|other| other.visit.number.to_string()).collect()
    }

    /// What a visit left has changed, or it is over: the windows whose visits have the same telephone hear so.
    pub(super) fn tell_same_phone(&mut self, slot: Slot) {
        for desk in 0..self.desks.len() {
            if let Some(at) = self.visit_at(desk)
                && at != slot
                && digits(&self.roll[at]).is_some()
                && digits(&self.roll[at]) == digits(&self.roll[slot])
            {
                self.outbox.tell(Tell::Served(self.desks[desk].window.id.clone()));
            }
        }
    }
}

/// Whether the other is live, another, and has the same telephone.
fn have_one_phone(entry: &Entry, other: &Entry) -> bool {
    !other.visit.state.is_closed() && other.visit.id != entry.visit.id && digits(entry).is_some() && digits(entry) == digits(other)
}

fn digits(entry: &Entry) -> Option<String> {
    entry.phone().map(|phone| phone_digits(phone.reveal()))
}
