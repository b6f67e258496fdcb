//! Whoever booked and did not come (爽约), and what is remembered of it: a mark of the telephone, for as long as the rules count it.
//!
//! The mark is a keyed hash made by the app. It stands beside the visit and in no event, so that what goes is gone: with the
//! check-in, with a booking called off, and of whoever did not come, once it counts for nothing.

use std::collections::BTreeMap;

use yunyiban_protocol::{Outcome, Timestamp, VisitId};

use crate::event::Row;
use crate::hall::Hall;
use crate::hall::roll::{Entry, Slot};
use crate::hall::slots::slot_to_come;
use crate::{KeptMark, PhoneMark};

/// Marks by the visit that was booked.
pub(super) type PhoneMarks = BTreeMap<VisitId, KeptMark>;

impl Hall {
    /// The time to check in is over. Nobody is blamed whom the hall put off, nor after a restart since the slot began: the door may have been shut;
    /// nor who never opened the link: perhaps no message came.
    pub(super) fn did_not_come(&mut self, slot: Slot) {
        let Entry { visit, token, .. } = &self.roll[slot];
        let Some(at) = slot_to_come(visit) else { return };
        let was_put_off = visit.appointment.as_ref().is_some_and(|appointment| appointment.put_off);
        let was_opened = !token.is_empty();
        if was_opened && !was_put_off && self.rebuilt_at <= at {
            let (visit, missed_at) = (visit.id.clone(), Some(self.turn.now));
            if let Some(KeptMark { mark, .. }) = self.phone_marks.get(&visit).cloned() {
                self.keep_mark(visit, KeptMark { mark, missed_at });
            }
        }
        self.close(slot, Outcome::NoShow, "no_show");
    }

    /// Whether nothing is booked for this telephone now.
    pub(super) fn is_barred(&self, mark: &PhoneMark) -> bool {
        let rules = &self.facts.rules.appointments;
        let of_phone = self.phone_marks.values().filter(|kept| kept.mark == *mark);
        let missed: Vec<Timestamp> = of_phone.filter_map(|kept| kept.missed_at).collect();
        let Some(last) = missed.iter().copied().max() else { return false };
        let together = missed.iter().filter(|at| last.since(**at) <= rules.no_shows_within_ms).count();
        together >= rules.no_shows as usize && self.turn.now < last.plus(rules.barred_ms)
    }

    /// Appointments to come that were booked for this telephone.
    pub(super) fn booked_for(&self, mark: &PhoneMark) -> usize {
        let to_come = self.phone_marks.values().filter(|kept| kept.missed_at.is_none());
        to_come.filter(|kept| kept.mark == *mark).count()
    }

    /// Notes of a visit by which telephone it was booked, and that it was missed.
    pub(super) fn keep_mark(&mut self, visit: VisitId, kept: KeptMark) {
        self.phone_marks.insert(visit.clone(), kept.clone());
        self.outbox.rows.push(Row::PhoneMark { visit, mark: Some(kept) });
    }

    /// The appointment is kept, or over without blame.
    pub(super) fn forget_mark(&mut self, visit: &VisitId) {
        if self.phone_marks.get(visit).is_some_and(|kept| kept.missed_at.is_none()) {
            self.drop_mark(visit.clone());
        }
    }

    /// Once a day: of whom counts for nothing any more.
    pub(super) fn forget_old_marks(&mut self) {
        let rules = &self.facts.rules.appointments;
        let (kept_ms, now) = (rules.no_shows_within_ms.max(rules.barred_ms), self.turn.now);
        let is_old = |kept: &KeptMark| kept.missed_at.is_some_and(|at| at.plus(kept_ms) <= now);
        let old = self.phone_marks.iter().filter(|(_, kept)| is_old(kept)).map(|(visit, _)| visit.clone());
        for visit in old.collect::<Vec<VisitId>>() {
            self.drop_mark(visit);
        }
    }

    fn drop_mark(&mut self, visit: VisitId) {
        self.phone_marks.remove(&visit);
        self.outbox.rows.push(Row::PhoneMark { visit, mark: None });
    }
}
