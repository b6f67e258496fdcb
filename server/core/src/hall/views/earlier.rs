//! What a window reads of earlier visits of today: of the same cookie, or that left the same telephone. Nothing but this hall's own log.

use yunyiban_protocol::EarlierVisit;

use crate::VisitState;
use crate::hall::Hall;
use crate::hall::roll::{Entry, Slot};

/// Earlier visits told at most: a card that has to be read in the time of a ring.
const MOST: usize = 5;

impl Hall {
    /// Those that are over, the newest first. A telephone is verified by nobody, so that it is said by what a visit was found.
    pub(super) fn earlier_today(&self, slot: Slot) -> Vec<EarlierVisit> {
        let own: Vec<Slot> = self.of_same_cookie(slot).collect();
        let of_phone = self.ended_of_phone(slot).filter(|other| *other != slot && !own.contains(other));
        let found = own.iter().map(|other| (*other, false)).chain(of_phone.map(|other| (other, true)));
        let mut earlier: Vec<EarlierVisit> = found
            .filter_map(|(other, by_phone)| {
                let told = self.told_of(&self.roll[other])?;
                Some(EarlierVisit { by_phone, ..told })
            })
            .collect();
        earlier.sort_by(|one, other| (other.at, &other.number).cmp(&(one.at, &one.number)));
        earlier.truncate(MOST);
        earlier
    }

    /// The visits before this one of its cookie, the newest first, as far as they are remembered.
    fn of_same_cookie(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        let before = move |slot: &Slot| self.roll.find(self.roll[*slot].visit.before.as_deref()?);
        std::iter::successors(before(&slot), before).take(MOST)
    }

    fn told_of(&self, Entry { visit, record, .. }: &Entry) -> Option<EarlierVisit> {
        let VisitState::Closed { outcome, at } = visit.state else { return None };
        Some(EarlierVisit {
            number: visit.number.to_string(),
            // What it turned out to be about, before what it was taken for.
            item: record
                .as_ref()
                .map(|record| record.item.clone())
                .or_else(|| self.item_ref(visit.item.as_ref())),
            at,
            outcome,
            by_phone: false,
        })
    }
}
