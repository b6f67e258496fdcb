//! Slots the hall cannot keep (顺延): all of them are put off at once, each to the next opening, and their citizens are told.
//!
//! Whoever had the earlier slot has the earlier one of the new, and of two with one slot whoever booked first. What is put off itself
//! takes no room, only what the hall keeps does. The roll is read once for all of them: an emergency may put hundreds off, and
//! nothing else of the hall happens meanwhile.

use std::collections::{BTreeMap, VecDeque};

use yunyiban_protocol::Timestamp;

use crate::event::NoticeKind;
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::{Entry, Slot};
use crate::hall::slots::{slot_given, slot_to_come};
use crate::{OrderKey, VisitState};

/// Openings looked at for another slot, at most.
const MOST_LOOKED_AT: usize = 8;

/// How many slots of a queue begin when, of those the hall keeps.
type Kept = BTreeMap<Timestamp, usize>;

/// A slot to be put off: when it was, who booked before whom, and whose.
type Moved = (Timestamp, OrderKey, Slot);

/// What is to be had from an opening on.
struct Ahead {
    /// The first opening that stands, for whoever finds no room.
    first: Option<Timestamp>,
    /// The slots, in order, without those found full: while all are put off, what is full stays full.
    slots: VecDeque<Timestamp>,
}

impl Hall {
    /// Changes what the hall goes by. Whoever could check in until then, and by what it goes by now could not since a while, is put off like
    /// whoever's slot does not stand: nobody did not come because the time for it was made shorter under them.
    pub(super) fn keeping_check_ins(&mut self, change: impl FnOnce(&mut Self)) {
        let now = self.turn.now;
        let until = |hall: &Self, slot: Slot| hall.check_in_of(&hall.roll[slot].visit).map(|times| times.until);
        let slots = self.roll.iter().map(|(slot, _)| slot);
        let open: Vec<Slot> = slots.filter(|slot| until(self, *slot).is_some_and(|until| until > now)).collect();
        change(self);
        for slot in open {
            let is_cut_off = until(self, slot).is_some_and(|until| until <= now);
            if self.roll[slot].cut_off != is_cut_off {
                self.roll[slot].cut_off = is_cut_off;
                self.rearm(slot);
            }
        }
    }

    /// Whether the appointment is to be put off now: its slot does not stand, the house was down when the time to check in ended, or that was
    /// made shorter just now.
    pub(super) fn is_to_be_put_off(&self, entry: &Entry, at: Timestamp) -> bool {
        let queue = self.matching.index_of(&entry.visit.queue);
        let was_down = self.check_in_times(queue, at).until <= self.rebuilt_at;
        was_down || entry.cut_off || !self.stands(queue, at)
    }

    /// An emergency began, changed or ended: every slot is looked at.
    pub(super) fn look_at_slots(&mut self) {
        let booked = self.roll.iter().filter(|(_, entry)| slot_to_come(&entry.visit).is_some());
        for slot in booked.map(|(slot, _)| slot).collect::<Vec<Slot>>() {
            self.rearm(slot);
        }
    }

    /// Puts off whatever is to be put off now: to the next slot that has room, from the next opening on. An appointment without an
    /// opening in sight is called off.
    pub(super) fn put_off_all(&mut self) {
        let (moved, mut kept) = self.sort_out_slots();
        let mut ahead = BTreeMap::new();
        for (at, _, slot) in moved {
            let queue = self.queue_at(slot);
            let opening = self.opening_after(queue, at);
            let ahead = ahead.entry((queue, opening)).or_insert_with(|| self.slots_ahead(queue, opening));
            match self.take_slot(ahead, kept.entry(queue).or_default()) {
                Some(later) => self.put_off(slot, later),
                None => self.call_off_booked(slot, at, "no_opening"),
            }
        }
    }

    fn put_off(&mut self, slot: Slot, later: Timestamp) {
        (self.roll[slot].offered, self.roll[slot].cut_off) = (false, false);
        self.alter(slot, "put_off", |visit| {
            visit.state = VisitState::Booked { at: later };
            visit.waits_from = Some(later);
            if let Some(appointment) = &mut visit.appointment {
                (appointment.slot, appointment.put_off) = (later, true);
            }
        });
        self.notify(slot, NoticeKind::PutOff { at: later });
    }

    /// What is to be put off, in order, and what is kept of each queue.
    fn sort_out_slots(&self) -> (Vec<Moved>, BTreeMap<QueueIndex, Kept>) {
        let (mut moved, mut kept) = (Vec::new(), BTreeMap::<QueueIndex, Kept>::new());
        for (slot, entry) in self.roll.iter() {
            let Some(at) = slot_given(&entry.visit) else { continue };
            if slot_to_come(&entry.visit).is_some() && self.is_to_be_put_off(entry, at) {
                moved.push((at, entry.visit.order, slot));
            } else {
                *kept.entry(self.queue_at(slot)).or_default().entry(at).or_default() += 1;
            }
        }
        moved.sort();
        (moved, kept)
    }

    /// Takes the next slot that has room. Where none of those looked at has, it is the first opening nevertheless: too many at once
    /// are better than one sent away.
    fn take_slot(&self, ahead: &mut Ahead, kept: &mut Kept) -> Option<Timestamp> {
        let rules = &self.facts.rules.appointments;
        let is_full = |slot: Timestamp| {
            let before = Timestamp::from_millis(slot.as_millis() - i64::from(rules.slot_ms));
            // Less than a slot's length before or after, they lie over it.
            let over = kept.range(before.plus(1)..slot.plus(rules.slot_ms)).map(|(_, count)| count);
            over.sum::<usize>() >= rules.per_slot as usize
        };
        while ahead.slots.pop_front_if(|slot| is_full(*slot)).is_some() {}
        let later = ahead.slots.front().copied().or(ahead.first)?;
        *kept.entry(later).or_default() += 1;
        Some(later)
    }

    /// The first opening that may take the place of this slot.
    fn opening_after(&self, queue: QueueIndex, at: Timestamp) -> Option<Timestamp> {
        let now = self.turn.now;
        let hours = self.hours_of(queue);
        match self.suspension_at(now).map(|suspension| suspension.until) {
            Some(Some(until)) if at < until => hours.next_opening(until),
            // Closed for days that are over: it opens where the time to come begins.
            Some(Some(_)) | None if !hours.is_open(at) => hours.next_opening(at.max(now)),
            Some(Some(_)) | Some(None) | None => hours.session_after(at.max(now)),
        }
    }

    /// The slots of this opening and of those after it.
    fn slots_ahead(&self, queue: QueueIndex, opening: Option<Timestamp>) -> Ahead {
        let hours = self.hours_of(queue);
        let openings = std::iter::successors(opening, |opens| hours.session_after(*opens));
        let stand = openings.take(MOST_LOOKED_AT).filter(|opens| self.stands(queue, *opens));
        let stand: Vec<Timestamp> = stand.collect();
        Ahead {
            first: stand.first().copied(),
            slots: stand.iter().flat_map(|opens| self.slots_from(queue, *opens)).collect(),
        }
    }
}
