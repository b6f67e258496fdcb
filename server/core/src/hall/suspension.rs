//! The emergency close (紧急停办): a supervisor stops numbers being given at once, with a text, and gives them free again.
//!
//! The hours stay as they are. Nobody who has a number loses it: windows on duty serve on, a talk goes on, closing time ends
//! what it always ends, and whoever waits reads the text on the own page, with a call-back beside it where that was chosen.
//! It ends by itself at the moment given, if one was, or when a supervisor ends it.

use yunyiban_protocol::{OpenState, Outcome, StaffId, SuspensionView, Timestamp};

use crate::event::{Done, Row, Subject, Tell};
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;
use crate::hall::text::check_text;
use crate::hall::wake::Deadline;
use crate::suspension::{SuspendAct, Suspended, Suspension};
use crate::{Refusal, Visit, VisitState};

/// Longest text, characters: it is read on a phone held in one hand.
const TEXT: usize = 200;
/// The end may be so far off, milliseconds: 30 days.
const LONGEST_MS: u32 = 30 * 24 * 60 * 60 * 1_000;

impl Hall {
    /// 「紧急停办」. Said again it replaces text, end and choice.
    pub(super) fn suspend(&mut self, staff: &StaffId, wish: SuspendAct) -> Result<Done, Refusal> {
        self.is_supervisor(staff)?;
        let now = self.turn.now;
        let SuspendAct { text, until, waiting } = wish;
        check_text(text.value.reveal(), TEXT)?;
        if text.value.reveal().trim().is_empty() {
            return Err(Refusal::BadText);
        }
        if until.is_some_and(|until| until <= now || until > now.plus(LONGEST_MS)) {
            return Err(Refusal::BadMoment);
        }
        let suspension = Suspension {
            since: self.suspended.as_ref().map_or(now, |suspended| suspended.suspension.since),
            by: staff.clone(),
            until,
            waiting,
            digest: text.digest.clone(),
        };
        self.audit_words("suspend", text.value.clone());
        self.put_suspension(Suspended { suspension, text }, "suspended");
        Ok(Done::Nothing)
    }

    /// 「恢复取号」.
    pub(super) fn end_suspension(&mut self, staff: &StaffId) -> Result<Done, Refusal> {
        self.is_supervisor(staff)?;
        if self.suspended.is_none() {
            return Err(Refusal::NotNow);
        }
        self.audit("end_suspension", None);
        self.lift_suspension("suspension_ended");
        Ok(Done::Nothing)
    }

    /// The moment given has come.
    pub(super) fn suspension_over(&mut self) {
        if self.suspended.is_some() && self.suspension_at(self.turn.now).is_none() {
            self.as_system(|hall| hall.lift_suspension("suspension_over"));
        }
    }

    /// The clock was set back: it lasts no longer for that.
    pub(super) fn count_suspension_back(&mut self, back: impl Fn(&mut Timestamp)) {
        let Some(mut suspended) = self.suspended.clone() else { return };
        back(&mut suspended.suspension.since);
        suspended.suspension.until.iter_mut().for_each(back);
        self.put_suspension(suspended, "clock_set_back");
    }

    /// A hall just built names the end anew.
    pub(super) fn arm_suspension(&mut self) {
        let until = self.suspended.as_ref().and_then(|suspended| suspended.suspension.until);
        self.deadlines.extend(until.map(|until| (until, Deadline::Suspension)));
    }

    /// The emergency close as people read it.
    pub fn suspension(&self) -> Option<SuspensionView> {
        let Suspended { suspension, text } = self.suspended.as_ref()?;
        Some(SuspensionView {
            text: text.value.clone(),
            since: suspension.since,
            until: suspension.until,
            waiting: suspension.waiting,
        })
    }

    /// The same for a citizen: whom closing time ended meanwhile reads why, too, but nobody whom it ended before.
    pub(super) fn suspension_told_to(&self, visit: &Visit) -> Option<SuspensionView> {
        let ended = if let VisitState::Closed { outcome, at } = visit.state {
            Some((outcome, at))
        } else {
            None
        };
        let knew = |since| ended.is_none_or(|(outcome, at)| outcome == Outcome::ClosedOut && since <= at);
        self.suspension().filter(|suspension| knew(suspension.since))
    }

    /// Any of these queues is open by its hours and there is no emergency, or closed until when.
    pub(super) fn open_now(&self, queues: &[QueueIndex], now: Timestamp) -> OpenState {
        match self.suspension_at(now) {
            None => self.open_by_hours(queues, now),
            Some(suspension) => OpenState::Closed {
                opens_at: suspension
                    .until
                    .and_then(|until| self.first_of(queues, |hours| hours.next_opening(until))),
            },
        }
    }

    /// The emergency close in force: one that is over by now waits for nothing but to be written down.
    pub(super) fn suspension_at(&self, now: Timestamp) -> Option<&Suspension> {
        let suspension = self.suspended.as_ref().map(|suspended| &suspended.suspension);
        suspension.filter(|suspension| suspension.until.is_none_or(|until| until > now))
    }

    pub(super) fn is_supervisor(&self, staff: &StaffId) -> Result<(), Refusal> {
        let is_one = self.facts.staff.get(staff).is_some_and(|member| member.supervisor);
        if is_one { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    fn lift_suspension(&mut self, cause: &str) {
        self.outbox.rows.push(Row::Suspension { suspension: None });
        self.set_suspended(None, cause);
        self.promise_anew();
    }

    fn put_suspension(&mut self, suspended: Suspended, cause: &str) {
        let Suspended { suspension, text } = suspended.clone();
        self.outbox.rows.push(Row::Suspension {
            suspension: Some((suspension, text)),
        });
        self.set_suspended(Some(suspended), cause);
    }

    fn set_suspended(&mut self, suspended: Option<Suspended>, cause: &str) {
        let until = |suspended: &Option<Suspended>| suspended.as_ref().and_then(|suspended| suspended.suspension.until);
        let before = std::mem::replace(&mut self.suspended, suspended);
        let since = before.as_ref().or(self.suspended.as_ref()).map(|suspended| suspended.suspension.since);
        let (was, is) = (until(&before), until(&self.suspended));
        self.move_deadline(Deadline::Suspension, was, is);
        let name = if before.is_some() { "suspended" } else { "open" };
        let after = self.suspended.as_ref().map(|suspended| suspended.suspension.clone());
        self.push_event(cause, Some(name), Subject::Hall { suspension: after });
        self.outbox.tell(Tell::Suspension);
        let live: Vec<Slot> = self
            .roll
            .iter()
            .filter(|(_, entry)| !entry.visit.state.is_closed())
            .map(|(slot, _)| slot)
            .collect();
        for slot in live {
            let entry = &mut self.roll[slot];
            entry.told = self.seq;
            self.outbox.tell(Tell::Visit(entry.visit.id.clone()));
        }
        self.book_left_numbers_anew(since);
        self.look_at_slots();
    }
}
