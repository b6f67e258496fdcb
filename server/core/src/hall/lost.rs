//! Signs of life, and what follows when they stop: `away`, `dropped`, `suspect`.

use yunyiban_protocol::{Seat, SuspectReason, Work};

use crate::event::{Done, Tell};
use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::ledger::end_shares_of;
use crate::hall::roll::Slot;
use crate::{Consult, Heard, OrderKey, Refusal, Visit, VisitState};

impl Hall {
    /// A page made itself heard, or its socket went. Only what follows is stored.
    pub(super) fn heard(&mut self, heard: Heard) -> Result<Done, Refusal> {
        match heard {
            Heard::Citizen { visit, visible } => {
                let slot = self.roll.find(&visit).ok_or(Refusal::VisitUnknown)?;
                self.set_citizen_online(slot, true);
                self.roll[slot].page.visible = visible;
                self.hear_citizen(slot);
            }
            Heard::CitizenSignedIn { visit, token } => {
                let slot = self.roll.find(&visit).ok_or(Refusal::VisitUnknown)?;
                self.sign_in(slot, &token)?;
            }
            Heard::CitizenGone { visit } => {
                let slot = self.roll.find(&visit).ok_or(Refusal::VisitUnknown)?;
                self.set_citizen_online(slot, false);
                self.roll[slot].page.visible = false;
            }
            Heard::Staff { staff } => {
                let desk = self.desk_of(&staff).ok_or(Refusal::NoWindow)?;
                self.desks[desk].page.online = true;
                self.hear_window(desk);
            }
            Heard::StaffTested { staff } => {
                let desk = self.desk_of(&staff).ok_or(Refusal::NoWindow)?;
                self.desks[desk].tested_at = Some(self.turn.now);
            }
            Heard::StaffGone { staff } => {
                let desk = self.desk_of(&staff).ok_or(Refusal::NoWindow)?;
                self.desks[desk].page.online = false;
            }
            Heard::StaffOut { staff } => {
                let desk = self.desk_of(&staff).ok_or(Refusal::NoWindow)?;
                self.desks[desk].page.online = false;
                self.put_out(desk);
            }
        }
        Ok(Done::Nothing)
    }

    /// A lease of another length begins to count: from now; but of a page not heard since the restart, not before its grace is over.
    pub(super) fn count_afresh(&mut self, slot: Slot) {
        let page = &self.roll[slot].page;
        if page.heard > self.rebuilt_at || !self.is_in_grace() {
            self.roll[slot].page.heard = self.turn.now;
        }
    }

    /// The citizen's page lives: who was away or lost is back.
    pub(super) fn hear_citizen(&mut self, slot: Slot) {
        let now = self.turn.now;
        self.roll[slot].page.heard = now;
        if self.is_in_grace() {
            self.rearm(slot);
        }
        match self.roll[slot].visit.state {
            VisitState::Away { .. } => self.as_system(|hall| {
                hall.alter(slot, "came_back", |visit| {
                    visit.state = VisitState::Waiting {
                        since: now,
                        not_before: None,
                        skip_until_ring: None,
                    };
                });
            }),
            VisitState::Dropped { lost: Seat::Citizen, .. } => {
                if let Some(desk) = self.desk_at(slot) {
                    self.as_system(|hall| hall.talk_again(slot, desk, "citizen_back"));
                }
            }
            VisitState::Dropped { .. }
            | VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => {}
        }
    }

    /// The window's page lives: a talk it was lost from goes on. A suspect stays one until 「我回来了」.
    pub(super) fn hear_window(&mut self, desk: usize) {
        self.desks[desk].page.heard = self.turn.now;
        if self.is_in_grace() {
            self.rearm_window(desk);
        }
        if let Some(slot) = self.visit_at(desk)
            && matches!(self.roll[slot].visit.state, VisitState::Dropped { lost: Seat::Staff, .. })
        {
            self.as_system(|hall| hall.talk_again(slot, desk, "window_back"));
        }
    }

    /// The waiting page is silent: the place is kept, the visit is not rung.
    pub(super) fn go_away(&mut self, slot: Slot) {
        if self.is_in_vain(slot) {
            return self.has_another_number(slot);
        }
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.away_keeps_ms);
        self.alter(slot, "page_silent", |visit| {
            (visit.here, visit.here_at) = (false, None);
            visit.state = VisitState::Away { since: now, until };
        });
    }

    /// A side of a talk is silent: the window stays reserved for the grace.
    pub(super) fn lose(&mut self, slot: Slot, lost: Seat) {
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.drop_grace_ms);
        let desk = self.desk_at(slot);
        let cause = if lost == Seat::Staff { "window_lost" } else { "citizen_lost" };
        self.alter(slot, cause, |visit| {
            end_shares_of(visit, lost);
            if let VisitState::Serving {
                since: talking_since,
                window,
                staff,
                mode,
            }
            | VisitState::Held {
                window,
                staff,
                talking_since,
                mode,
                ..
            } = visit.state.clone()
            {
                visit.state = VisitState::Dropped {
                    since: now,
                    window,
                    staff,
                    talking_since,
                    mode,
                    lost,
                    until,
                };
            }
        });
        let id = self.roll[slot].visit.id.clone();
        if let Some(desk) = desk {
            self.alter_window(desk, cause, |window| window.work = Work::Talking { visit: id });
        }
    }

    /// The lost side did not return: the visit goes to the head and prefers the same window (Q6, Q9). Its window is
    /// free, or suspect when it is the silent one. A citizen still silent goes `away` from there.
    pub(super) fn grace_over(&mut self, slot: Slot) {
        let VisitState::Dropped { lost, .. } = self.roll[slot].visit.state else {
            return;
        };
        let desk = self.desk_at(slot);
        self.put_at_the_head(slot, "grace_over", |visit| {
            visit.shares.clear();
            (visit.here, visit.here_at) = (lost == Seat::Staff, None);
        });
        match desk {
            Some(desk) if self.is_silent(desk) => self.suspect(desk, "grace_over"),
            Some(desk) => self.free_window(desk, "grace_over"),
            None => {}
        }
        self.give_up_unreachable(slot);
    }

    /// The window that had accepted is lost before both talk: its citizen was told who serves them, so it is our fault as a talk that broke
    /// is, and the visit goes to the head (DOMAIN 3.2, Q6), or the call-back is kept there. It costs nothing else: 「我在」 still counts.
    ///
    /// Only where nobody decided it. A window that hangs up before it is connected gives the visit back to its place, as one that declines
    /// does: else it could put whomever it picks ahead of all. So does one that does not dial; and who does not accept is 过号.
    fn setup_failed(&mut self, slot: Slot) {
        self.put_at_the_head(slot, "setup_failed", |visit| {
            visit.last_window = visit.state.window().cloned().map(Box::new);
            visit.spared_until = None;
        });
    }

    /// Lost through our own fault: ahead of every visit that is not itself such a case, in the order they came, and first to the same window
    /// for a while. Those behind read why.
    fn put_at_the_head(&mut self, slot: Slot, cause: &str, change: impl FnOnce(&mut Visit)) {
        let now = self.turn.now;
        let sticky_until = now.plus(self.facts.rules.timers.sticky_ms);
        self.turn.moves.after_drop = true;
        self.alter(slot, cause, |visit| {
            visit.sticky = visit.state.window().cloned().map(|window| Box::new((window, sticky_until)));
            visit.order = OrderKey { band: 0, ..visit.order };
            change(visit);
            visit.state = state_in_line(visit, now);
        });
    }

    /// A window is silent: what it was rung for goes back to its place, what it was about to take to the head, what it talks to is kept.
    pub(super) fn lose_window(&mut self, desk: usize) {
        let slot = self.visit_at(desk);
        match slot.map(|slot| (slot, &self.roll[slot].visit.state)) {
            Some((slot, VisitState::Serving { .. } | VisitState::Held { .. })) => return self.lose(slot, Seat::Staff),
            Some((slot, VisitState::Transferring { .. })) if self.is_origin(slot, desk) => {
                self.call_transfer_off(slot, "window_lost");
                return self.lose(slot, Seat::Staff);
            }
            Some((slot, VisitState::Connecting { .. })) => {
                self.setup_failed(slot);
                self.tell_served(desk);
            }
            Some((slot, VisitState::Ringing { .. } | VisitState::Transferring { .. })) => {
                self.back_in_line(slot, "window_lost", None);
                self.tell_served(desk);
            }
            Some(_) | None => {}
        }
        self.suspect(desk, "window_lost");
    }

    /// Who sits here may not go on: what is between ring and talk is lost as by silence, so that nobody is heard from this
    /// window any more. Who is free or writes gets up, or is found silent by the lease.
    fn put_out(&mut self, desk: usize) {
        let Some(slot) = self.visit_at(desk) else { return };
        match self.roll[slot].visit.state {
            VisitState::Ringing { .. } | VisitState::Connecting { .. } | VisitState::Serving { .. } | VisitState::Held { .. } => {
                self.lose_window(desk);
            }
            VisitState::Transferring { .. } if self.consulting(slot) == Some(Consult::Begun) => self.lose_window(desk),
            VisitState::Dropped { .. }
            | VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => {}
        }
    }

    fn suspect(&mut self, desk: usize, cause: &str) {
        let now = self.turn.now;
        self.alter_window(desk, cause, |window| {
            window.work = Work::Suspect {
                reason: SuspectReason::LeaseLost,
                until: None,
            };
            window.work_since = now;
        });
    }

    fn set_citizen_online(&mut self, slot: Slot, online: bool) {
        let entry = &mut self.roll[slot];
        let changed = std::mem::replace(&mut entry.page.online, online) != online;
        if changed && let Some(window) = entry.visit.state.window().cloned() {
            self.outbox.tell(Tell::Served(window));
        }
    }
}
