//! Who sits where, and what the person chose. Only persons change a presence, never the engine (DOMAIN 3.3).

use yunyiban_protocol::{BreakReason, Presence, Sensitive, StaffId, SuspectReason, WindowId, Work};

use crate::event::Done;
use crate::hall::Hall;
use crate::window::visit_of;
use crate::{Refusal, StaffMember};

impl Hall {
    /// Learns of a person as the archive knows them now: an account may be younger than this memory. Nothing is stored by it.
    pub fn introduce(&mut self, member: StaffMember) {
        self.facts.staff.insert(member.id.clone(), member);
        self.note_supervisors();
    }

    /// Sits down; gets up from another window first. A window whose person fell silent and has no visit may be taken.
    pub(super) fn open_window(&mut self, staff: &StaffId, window: &WindowId) -> Result<Done, Refusal> {
        let desk = self
            .desks
            .iter()
            .position(|desk| desk.window.id == *window)
            .ok_or(Refusal::WindowUnknown)?;
        if self.desk_of(staff) == Some(desk) {
            return Ok(Done::Nothing);
        }
        if self.desks[desk].window.staff.is_some() && !self.is_deserted(desk) {
            return Err(Refusal::WindowTaken);
        }
        if let Some(other) = self.desk_of(staff) {
            self.close_window(other)?;
        }
        let now = self.turn.now;
        self.desks[desk].page.heard = now;
        self.desks[desk].tested_at = None;
        self.alter_window(desk, "opened", |window| {
            window.staff = Some(staff.clone());
            window.presence = Presence::Offline {};
            window.presence_since = now;
            window.work = Work::Idle {};
            window.work_since = now;
            window.unanswered = 0;
            window.declines.clear();
            window.blocked_until = None;
            window.fault = None;
        });
        Ok(Done::Nothing)
    }

    /// Gets up. A ring goes back; a visit or an unwritten record keeps the person there.
    pub(super) fn close_window(&mut self, desk: usize) -> Result<Done, Refusal> {
        match self.desks[desk].window.work {
            Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } => return Err(Refusal::WindowBusy),
            Work::WrapUp { .. } => {
                self.finish_wrap_up(desk)?;
            }
            Work::Reserved { .. } => self.give_ring_back(desk, "window_closed"),
            Work::Idle {} | Work::Suspect { .. } => {}
        }
        let now = self.turn.now;
        self.alter_window(desk, "closed", |window| {
            window.staff = None;
            window.presence = Presence::Offline {};
            window.presence_since = now;
            window.work = Work::Idle {};
            window.work_since = now;
            window.unanswered = 0;
            window.blocked_until = None;
            window.fault = None;
        });
        Ok(Done::Nothing)
    }

    /// Chooses a presence, at any time. What is running goes on; a ring not yet answered goes back.
    pub(super) fn choose_presence(&mut self, desk: usize, presence: Presence, note: Option<Sensitive<String>>) -> Result<Done, Refusal> {
        let for_other = matches!(presence, Presence::Break { reason: BreakReason::Other });
        if for_other && note.is_none() {
            return Err(Refusal::ReasonMissing);
        }
        if let Some(note) = note {
            self.audit_words("presence_note", note);
        }
        let now = self.turn.now;
        self.desks[desk].page.heard = now;
        if self.desks[desk].window.presence == presence {
            return Ok(Done::Nothing);
        }
        if !matches!(presence, Presence::Available {}) && self.rung_visit(desk).is_some() {
            self.give_ring_back(desk, "presence_changed");
        }
        let window = &self.desks[desk].window;
        if let Presence::Break { reason } = window.presence
            && reason != BreakReason::Meal
        {
            self.waits.times.learn_rest(now.since(window.presence_since));
        }
        self.alter_window(desk, "presence_chosen", |window| {
            window.presence = presence;
            window.presence_since = now;
        });
        Ok(Done::Nothing)
    }

    /// 「我回来了」
    pub(super) fn come_back(&mut self, desk: usize) -> Result<Done, Refusal> {
        self.desks[desk].page.heard = self.turn.now;
        if matches!(self.desks[desk].window.work, Work::Suspect { .. }) {
            let now = self.turn.now;
            self.alter_window(desk, "back", |window| {
                window.unanswered = 0;
                window.declines.clear();
                window.fault = None;
                window.work = Work::Idle {};
                window.work_since = now;
            });
        }
        Ok(Done::Nothing)
    }

    pub(super) fn give_ring_back(&mut self, desk: usize, cause: &str) {
        if let Some(slot) = self.rung_visit(desk) {
            self.back_in_line(slot, cause, None);
        }
        self.free_window(desk, cause);
        self.tell_served(desk);
    }

    fn is_deserted(&self, desk: usize) -> bool {
        let work = &self.desks[desk].window.work;
        let lost = matches!(
            work,
            Work::Suspect {
                reason: SuspectReason::LeaseLost,
                ..
            }
        );
        let unattended = matches!(work, Work::Idle {}) && self.is_silent(desk) && visit_of(work).is_none();
        lost || unattended
    }
}
