//! An equal telephone on two live visits, which nobody has verified: it is said to the window, and nothing else follows (E12).

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{Sensitive, VisitId};

use crate::event::Tell;
use crate::hall::Hall;
use crate::hall::roll::{Entry, Slot};
use crate::hall::text::phone_digits;

/// Numbers named at most.
const MOST: usize = 3;

/// Visits by the telephone they left: a window's view names those of one, and must not go through the whole line for it, nor
/// through all of the day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Phones(BTreeMap<Sensitive<String>, BTreeSet<Slot>>);

impl Phones {
    /// The visit left what its entry says.
    fn enter(&mut self, slot: Slot, entry: &Entry) {
        if let Some(digits) = digits(entry) {
            self.0.entry(digits).or_default().insert(slot);
        }
    }

    /// It leaves that no more, or is over.
    fn leave(&mut self, slot: Slot, entry: &Entry) {
        let Some(digits) = digits(entry) else { return };
        if let Some(slots) = self.0.get_mut(&digits) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.0.remove(&digits);
            }
        }
    }

    /// The visits that left this telephone, in the order of the roll.
    pub(super) fn of(&self, digits: &Sensitive<String>) -> impl Iterator<Item = Slot> {
        self.0.get(digits).into_iter().flatten().copied()
    }
}

impl Hall {
    /// Numbers of the other live visits that left the telephone of this one.
    pub(super) fn same_phone(&self, visit: &VisitId) -> Vec<String> {
        let Some(entry) = self.roll.get(visit) else { return Vec::new() };
        let Some(digits) = digits(entry) else { return Vec::new() };
        let others = self
            .phones
            .of(&digits)
            .map(|slot| &self.roll[slot].visit)
            .filter(|other| other.id != *visit);
        others.take(MOST).map(|other| other.number.to_string()).collect()
    }

    /// What a visit left is what its entry says from now on.
    pub(super) fn enter_phone(&mut self, slot: Slot) {
        let entry = &self.roll[slot];
        let phones = if entry.visit.state.is_closed() {
            &mut self.ended_phones
        } else {
            &mut self.phones
        };
        phones.enter(slot, entry);
    }

    /// What a visit left is about to change, or it is over.
    pub(super) fn leave_phone(&mut self, slot: Slot) {
        self.phones.leave(slot, &self.roll[slot]);
        self.ended_phones.leave(slot, &self.roll[slot]);
    }

    /// The visits of today that are over and left the telephone of this one.
    pub(super) fn ended_of_phone(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        let digits = digits(&self.roll[slot]);
        digits
            .into_iter()
            .flat_map(move |digits| self.ended_phones.of(&digits).collect::<Vec<_>>())
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

fn digits(entry: &Entry) -> Option<Sensitive<String>> {
    entry.phone().map(|phone| Sensitive::new(phone_digits(phone.reveal())))
}
