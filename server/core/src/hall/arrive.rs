//! Taking a number (取号), and leaving before it is called (放弃等候).

use yunyiban_protocol::{ClosedCause, OpenState, Outcome, QueueId, ShortText, Timestamp, VisitId};

use crate::event::{Actor, Done};
use crate::hall::Hall;
use crate::hall::hours::day_start;
use crate::hall::left_number::promise_call;
use crate::hall::priority::was_refuted;
use crate::hall::roll::{Entry, Slot};
use crate::hall::token::Age;
use crate::{Refusal, TakeNumberAct, TokenHash, Visit, VisitState};

/// Ended visits of the same cookie that day.
#[derive(Default)]
struct Earlier {
    visits: u32,
    /// The word of the last was asked for its proof in vain.
    distrusted: bool,
    /// The last, where its tokens may be carried over.
    carries: Option<Slot>,
    /// The last.
    last: Option<Slot>,
}

impl Hall {
    /// Gives a number, or finds the live visit the token belongs to (Q1). With no window on duty the number is still
    /// given, for staff may come late; only the wait is not estimated then.
    pub(super) fn take_number(&mut self, take: TakeNumberAct) -> Result<Done, Refusal> {
        #[cfg(feature = "planted")]
        let take = crate::hall::planted::forget_cookie(take);
        let mut take = take;
        if let Some(found) = self.find_number(&mut take)? {
            return Ok(found);
        }
        let brought = self.brought(std::mem::take(&mut take.along))?;
        take.item = take.item.or_else(|| brought.as_ref().and_then(|brought| self.item_brought(brought)));
        let opens_at = self.may_take(&take)?;
        // A telephone left for the next opening is no reason to let go of a talk of now.
        if brought.is_some() && opens_at.is_some() {
            return Err(Refusal::HallClosed);
        }

        // First, for it forgets the visits of yesterday, whose slots are used again.
        self.turn_day();
        // And whoever left a number while the hall was closed stands ahead, also of who comes at the first moment.
        self.open_to_left_numbers();
        let earlier = take.known.as_ref().and_then(|known| self.earlier(known)).unwrap_or_default();
        let queue = self.queue_for(take.item.as_ref(), self.turn.now).ok_or(Refusal::HallClosed)?;
        let queue = self.matching.queues[usize::from(queue)].clone();
        let number = self.next_number(&queue);
        let now = self.turn.now;
        let order = self.key_of_now();
        let follow_up = earlier.last.map(|ended| self.follow_up(ended, take.item.as_ref())).unwrap_or_default();
        let mut visit = Visit {
            sticky: follow_up.sticky,
            refused: follow_up.refused,
            reference: take.reference.into(),
            item: take.item,
            notice_version: take.notice_version.into(),
            device: take.device.into(),
            earlier_visits: earlier.visits,
            before: earlier.last.map(|slot| Box::new(self.roll[slot].visit.id.clone())),
            distrusted: earlier.distrusted,
            ..Visit::new(take.visit.clone(), queue, number, now, order)
        };
        if let Some(brought) = &brought {
            self.stand_at_first_arrival(&mut visit, brought);
            self.turn.moves.referred = true;
        }
        if take.callback.is_some() {
            promise_call(&mut visit, now, self.facts.rules.timers.callback_keeps_ms, opens_at);
        }
        self.turn.actor = Actor::Citizen(take.visit.clone());
        self.tally.live += 1;
        let slot = self.roll.insert(Entry::new(visit, take.token.clone(), now));
        self.tokens.insert(take.token, (slot, Age::Present));
        self.roll[slot].visit.shown_wait = if opens_at.is_none() { self.wait_on_joining(slot) } else { None };
        if let (Some(ended), Some(known)) = (earlier.carries, &take.known) {
            self.carry_over(slot, ended, known);
        }
        self.begin(slot, "took_number");
        self.note_tokens(slot);
        if let Some(contact) = take.callback {
            self.file_contact(slot, contact, "left_number");
        }
        if let Some(brought) = brought {
            self.file_brought(slot, brought);
        }
        Ok(Done::Visit {
            visit: take.visit,
            resumed: false,
        })
    }

    /// The number there is already: of the cookie, or of the referral.
    fn find_number(&mut self, take: &mut TakeNumberAct) -> Result<Option<Done>, Refusal> {
        if let Some(known) = &take.known
            && let Some(&(slot, age)) = self.tokens.get(known)
            && !self.roll[slot].visit.state.is_closed()
            && !self.is_revoked(slot)
            && !self.came_too_late(slot, age)
        {
            // Of a token that is used up this is told, and what follows from it, before anything else (T03).
            if !matches!(age, Age::Old | Age::Moved) {
                self.may_be_found(slot, &take.along)?;
            }
            let found = self.exchange(slot, known, age, take.token.clone())?;
            self.let_go_of_lost(&take.along);
            self.note_referred(slot, std::mem::take(&mut take.along));
            return Ok(Some(found));
        }
        let lost = self.never_arrived(&take.along)?;
        Ok(lost.map(|slot| self.found_by_referral(slot, take.token.clone())))
    }

    /// What the cookie of an ended visit says of the person.
    fn earlier(&self, known: &TokenHash) -> Option<Earlier> {
        let &(slot, age) = self.tokens.get(known)?;
        let visit = &self.roll[slot].visit;
        visit.state.is_closed().then(|| Earlier {
            visits: visit.earlier_visits + 1,
            distrusted: was_refuted(visit),
            last: Some(slot),
            carries: (matches!(age, Age::Present | Age::Previous) && !self.is_revoked(slot)).then_some(slot),
        })
    }

    /// 「不排了」, also while being rung or called.
    pub(super) fn leave(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let outcome = match self.roll[slot].visit.state {
            VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. } => Outcome::Abandoned,
            VisitState::Booked { .. } => Outcome::Cancelled,
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } | VisitState::Transferring { .. } => {
                return Err(Refusal::NotNow);
            }
            VisitState::Closed { .. } => return Err(Refusal::VisitClosed),
        };
        let desk = self.desk_at(slot);
        self.close(slot, outcome, "left");
        if let Some(desk) = desk {
            self.free_window(desk, "citizen_left");
        }
        Ok(Done::Nothing)
    }

    /// Closes a visit.
    pub(super) fn close(&mut self, slot: Slot, outcome: Outcome, cause: &str) {
        self.close_with(slot, outcome, cause, |_| {});
    }

    /// Closes a visit in one change with something else of it.
    pub(super) fn close_with(&mut self, slot: Slot, outcome: Outcome, cause: &str, change: impl FnOnce(&mut Visit)) {
        let at = self.turn.now;
        let window = crate::hall::ledger::window_of(&self.roll[slot].visit);
        self.alter(slot, cause, |visit| {
            visit.state = VisitState::Closed { outcome, at };
            visit.shares.clear();
            change(visit);
        });
        if let Some(window) = window {
            let visit = self.roll[slot].visit.id.clone();
            self.outbox.tell(crate::Tell::Ended(window, visit, outcome));
        }
    }

    /// The place was kept as long as the rules say.
    pub(super) fn expire(&mut self, slot: Slot, cause: &str) {
        self.close(slot, Outcome::Expired, cause);
    }

    /// On a new day: counts anew and forgets visits closed before it.
    pub(super) fn turn_day(&mut self) {
        if !self.tally.turn_day(self.turn.now) {
            return;
        }
        let start = day_start(self.turn.now);
        let kept: Vec<&VisitId> = self.desks.iter().filter_map(|desk| crate::window::visit_of(&desk.window.work)).collect();
        let forgettable = |entry: &Entry| ended_before(&entry.visit, start) && !entry.touched && !kept.contains(&&entry.visit.id);
        let slots: Vec<Slot> = self.roll.iter().filter(|(_, entry)| forgettable(entry)).map(|(slot, _)| slot).collect();
        for slot in &slots {
            self.leave_phone(*slot);
            self.roll.take(*slot);
        }
        self.tokens.retain(|_, (slot, _)| slots.binary_search(slot).is_err());
        self.moved_ahead.retain(|(_, slot)| slots.binary_search(slot).is_err());
        self.note_called_over_midnight();
        self.forget_old_marks();
    }

    /// Once a day, so that giving a number needs no look at every visit.
    pub(super) fn note_called_over_midnight(&mut self) {
        let start = day_start(self.turn.now);
        let called = self.roll.iter().filter(|(_, entry)| called_since_before(&entry.visit, start));
        self.tally.called_over_midnight = called.map(|(_, entry)| entry.visit.number.clone()).collect();
    }

    /// The next number of a queue. A talk of yesterday that goes on over midnight keeps its own, which is passed over.
    pub(super) fn next_number(&mut self, queue: &QueueId) -> ShortText {
        let start = day_start(self.turn.now);
        let letter = queue.as_str().to_uppercase();
        let count = self.tally.last_numbers.entry(queue.clone()).or_default();
        loop {
            *count += 1;
            let number = ShortText::from(format!("{letter}{count}"));
            let is_called = |visit: &Visit| called_since_before(visit, start) && visit.number == number;
            if !self.tally.called_over_midnight.contains(&number) || !self.roll.iter().any(|(_, entry)| is_called(&entry.visit)) {
                return number;
            }
        }
    }

    /// Whether a number may be given; with the moment from which on it is called back, for one left while the hall is closed.
    fn may_take(&self, take: &TakeNumberAct) -> Result<Option<Timestamp>, Refusal> {
        let rules = &self.facts.rules;
        if take.notice_version != rules.notice_version {
            return Err(Refusal::NoticeOutdated);
        }
        if take.item.as_ref().is_some_and(|item| !self.facts.item_refs.contains_key(item)) {
            return Err(Refusal::ItemUnknown);
        }
        let now = self.turn.now;
        let queues = [self.queue_for(take.item.as_ref(), now).ok_or(Refusal::HallClosed)?];
        let (open, closed_because) = self.intake_of(&queues, now);
        let opens_at = self.calls_back_from(&queues, &open, now);
        if let Some(closed_because) = closed_because.filter(|_| take.callback.is_none() || opens_at.is_none()) {
            return Err(self.refusal_of(closed_because, now));
        }
        if let Some(contact) = &take.callback {
            self.may_leave_number(&contact.value, opens_at)?;
        }
        // Appointments to come have their own bound: they take nobody's number of today. Nor does a missed number whose place is given away.
        let set_apart = self.tally.booked + self.missed_late.len() as u32;
        if self.tally.live.saturating_sub(set_apart) >= rules.max_live_visits {
            return Err(Refusal::HallFull);
        }
        Ok(opens_at)
    }

    fn refusal_of(&self, closed_because: ClosedCause, now: Timestamp) -> Refusal {
        let others_are_open = || matches!(self.open_by_hours(&self.matching.every_queue(), now), OpenState::Open { .. });
        match closed_because {
            ClosedCause::Hours if others_are_open() => Refusal::QueueClosed,
            ClosedCause::Hours => Refusal::HallClosed,
            ClosedCause::LastIntake => Refusal::LastIntake,
            ClosedCause::Suspended => Refusal::HallSuspended,
        }
    }
}

/// Whether the visit is live and from before the day that began at `start`.
fn called_since_before(visit: &Visit, start: Timestamp) -> bool {
    visit.joined_at < start && !visit.state.is_closed()
}

/// Whether the visit was over by then.
pub(super) fn ended_before(visit: &Visit, moment: Timestamp) -> bool {
    matches!(visit.state, VisitState::Closed { at, .. } if at < moment)
}
