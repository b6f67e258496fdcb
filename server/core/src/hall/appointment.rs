//! Appointments (预约): booked for a slot by somebody at a desk, kept by checking in on the page that the link opens.
//!
//! ~~~text
//! booked ──from 15 min before to 10 min after──▶ waiting, with credit (Q7)
//!        ──later, while one may─────────────────▶ waiting, with half of it
//!        ──not at all───────────────────────────▶ closed { no_show }
//!        ──taken back, called off───────────────▶ closed { cancelled }
//! ~~~
//!
//! An appointment stands in no line. Checked in it is a visit like any other; only its order is earlier than its arrival.

use yunyiban_protocol::{CheckInTimes, Timestamp, VisitId};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::{Entry, Slot};
use crate::hall::slots::slot_to_come;
use crate::hall::text::check_contact;
use crate::{Appointment, BookAct, Credit, KeptMark, OrderKey, Refusal, TokenHash, Visit, VisitState};

/// Appointments to come of one telephone, at most: a couple that shares a landline.
const MOST_OF_ONE_PHONE: usize = 2;

impl Hall {
    /// Books a slot. Its visit has no token before the link is opened.
    pub(super) fn book(&mut self, book: BookAct) -> Result<Done, Refusal> {
        let queue = self.may_book(&book)?;
        // First, for it forgets the visits of yesterday, whose slots are used again.
        self.turn_day();
        let queue = self.matching.queues[usize::from(queue)].clone();
        let number = self.next_number(&queue);
        let (now, at) = (self.turn.now, book.slot);
        let mut visit = Visit {
            reference: book.reference.into(),
            item: book.item,
            waits_from: Some(at),
            appointment: Some(Box::new(Appointment {
                slot: at,
                link: book.link.clone(),
                put_off: false,
                credit: None,
            })),
            ..Visit::new(book.visit.clone(), queue, number, now, self.key_of_now())
        };
        visit.state = VisitState::Booked { at };
        self.tally.live += 1;
        self.tally.booked += 1;
        let slot = self.roll.insert(Entry::new(visit, TokenHash::new(""), now));
        self.links.insert(book.link, slot);
        self.begin(slot, "booked");
        let (mark, missed_at) = (book.mark, None);
        self.keep_mark(book.visit.clone(), KeptMark { mark, missed_at });
        self.audit("book", Some(book.visit.clone()));
        self.file_contact(slot, book.contact, "left_contact");
        Ok(Done::Visit {
            visit: book.visit,
            resumed: false,
        })
    }

    /// Somebody at a desk calls it off.
    pub(super) fn call_off(&mut self, visit: &VisitId) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        let of_visit = &self.roll[slot].visit;
        if of_visit.state.is_closed() {
            return Err(Refusal::VisitClosed);
        }
        let at = slot_to_come(of_visit).ok_or(Refusal::NotNow)?;
        self.audit("call_off", Some(visit.clone()));
        self.call_off_booked(slot, at, "called_off");
        Ok(Done::Nothing)
    }

    /// 「我到了，签到」 (Q4: the named act that gives the order of an appointment).
    pub(super) fn check_in(&mut self, slot: Slot, notice_version: String) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        let Some(at) = slot_to_come(visit) else {
            let checked_in = visit.appointment.as_ref().is_some_and(|appointment| appointment.credit.is_some());
            // A second tap, or another page of the same phone.
            return if checked_in && visit.state.in_line() {
                Ok(Done::Nothing)
            } else {
                Err(Refusal::NotNow)
            };
        };
        let queue = self.matching.index_of(&visit.queue);
        let credit_ms = self.credit_of_arrival(queue, at, &notice_version)?;
        let now = self.turn.now;
        let from = self.key_of_now();
        let to = self.order_with_credit(queue, from, from, credit_ms);
        let cause = if now <= self.check_in_times(queue, at).on_time {
            "checked_in"
        } else {
            "checked_in_late"
        };
        let entry = &mut self.roll[slot];
        (entry.offered, entry.visit.order) = (false, to);
        (entry.page.heard, entry.page.visible) = (now, true);
        let shown_wait = self.wait_on_joining(slot);
        self.turn.moves.priority = true;
        self.moved_ahead.insert((from, slot));
        self.alter(slot, cause, |visit| {
            visit.notice_version = notice_version.into();
            (visit.waits_from, visit.shown_wait) = (Some(now), shown_wait);
            if let Some(appointment) = &mut visit.appointment {
                appointment.credit = Some(Credit { from, to });
            }
            visit.state = VisitState::Waiting {
                since: now,
                not_before: None,
                skip_until_ring: None,
            };
        });
        Ok(Done::Nothing)
    }

    /// The page that is open shows by itself that one may check in.
    pub(super) fn offer_check_in(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        (entry.offered, entry.told) = (true, self.seq);
        let visit = entry.visit.id.clone();
        self.outbox.tell(crate::Tell::Visit(visit));
    }

    /// When one checks in, as the citizen's page shows it.
    pub(super) fn check_in_view(&self, visit: &Visit, now: Timestamp) -> Option<CheckInTimes> {
        let times = self.check_in_of(visit)?;
        Some(CheckInTimes {
            from: times.from,
            until: times.until,
            open: times.from <= now && now < times.until && self.suspension_at(now).is_none(),
        })
    }

    /// Whoever repeats a booking because the answer was lost has lost the code in it, too: the one of now takes its place.
    pub(super) fn link_anew(&mut self, visit: &VisitId, link: &TokenHash) {
        let Some(slot) = self.roll.find(visit) else { return };
        let had = self.roll[slot].visit.appointment.as_ref().map(|appointment| appointment.link.clone());
        let Some(had) = had.filter(|had| had != link) else { return };
        if slot_to_come(&self.roll[slot].visit).is_none() {
            return;
        }
        self.forget_handover(slot);
        self.links.remove(&had);
        self.links.insert(link.clone(), slot);
        self.alter_quietly(slot, "link_given_anew", |visit| {
            if let Some(appointment) = &mut visit.appointment {
                appointment.link = link.clone();
            }
        });
    }

    /// An appointment is to come no more: it was kept, or is over.
    pub(super) fn no_more_booked(&mut self, slot: Slot) {
        self.tally.booked = self.tally.booked.saturating_sub(1);
        let visit = self.roll[slot].visit.id.clone();
        self.forget_mark(&visit);
    }

    /// The queue of an appointment that may be booked.
    fn may_book(&self, book: &BookAct) -> Result<QueueIndex, Refusal> {
        let item = book.item.as_ref();
        if item.is_some_and(|item| !self.facts.item_refs.contains_key(item)) {
            return Err(Refusal::ItemUnknown);
        }
        check_contact(&book.contact.value)?;
        if book.contact.value.phone.as_ref().is_none_or(|phone| phone.reveal().is_empty()) {
            return Err(Refusal::NoPhone);
        }
        let queue = self.matching.queue_of(item).ok_or(Refusal::HallClosed)?;
        let queue = self.matching.index_of(queue);
        self.may_have_slot(queue, book.slot)?;
        if self.tally.booked >= self.facts.rules.appointments.most_booked {
            return Err(Refusal::HallFull);
        }
        if self.is_barred(&book.mark) {
            return Err(Refusal::BookingBarred);
        }
        if self.booked_for(&book.mark) >= MOST_OF_ONE_PHONE {
            return Err(Refusal::PhoneTaken);
        }
        Ok(queue)
    }

    /// The credit of whoever checks in now, milliseconds.
    fn credit_of_arrival(&self, queue: QueueIndex, at: Timestamp, notice_version: &str) -> Result<u32, Refusal> {
        let (rules, now) = (&self.facts.rules, self.turn.now);
        if notice_version != rules.notice_version {
            return Err(Refusal::NoticeOutdated);
        }
        if self.suspension_at(now).is_some() {
            return Err(Refusal::HallSuspended);
        }
        let times = self.check_in_times(queue, at);
        if now < times.from {
            return Err(Refusal::TooEarly);
        }
        if now >= times.until || !self.stands(queue, at) {
            return Err(Refusal::NotNow);
        }
        let on_time = now <= times.on_time;
        Ok(if on_time {
            rules.appointments.credit_ms
        } else {
            rules.appointments.late_credit_ms
        })
    }

    /// The key of an arrival at this moment.
    pub(super) fn key_of_now(&mut self) -> OrderKey {
        let seq = self.seq + 1;
        OrderKey {
            band: 1,
            effective: self.arrival(),
            behind: seq,
            seq,
        }
    }
}
