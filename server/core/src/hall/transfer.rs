//! Transfer (转接, DOMAIN 3.8): a talk moves to another window or back into a line, with everything that was said so far.
//!
//! The visit itself is the packet: item, chat, pictures, name and telephone, the record as saved. What was allowed to the
//! window before is not: whatever was shown ends, and is asked for again. While the other window rings, the origin stays
//! reserved and nobody hears anybody; whatever goes wrong there, the talk goes on at the origin (E14).
//! To another hall of the installation nothing moves, for a visit belongs to one hall's task: see [`crate::hall::referral`].

use yunyiban_protocol::{CallMode, QueueId, TransferTarget, WindowId, Work};

use crate::event::{Done, Tell};
use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::roll::Slot;
use crate::hall::wake::is_on_duty;
use crate::{Callback, Consult, Refusal, VisitState};

/// The line a transfer leads into.
enum Line {
    /// Of whom this queue's windows take.
    Of(QueueId),
    /// Of whom a supervisor takes, in the queue where it stands.
    OfSupervisors,
}

impl Hall {
    /// 「转接」. After [`crate::HallRules::max_transfers`] only a supervisor takes the visit.
    pub(super) fn transfer(&mut self, desk: usize, to: TransferTarget) -> Result<Done, Refusal> {
        let slot = self.handed_on(desk)?;
        match to {
            TransferTarget::Window { .. } | TransferTarget::Staff { .. } => {
                let target = self.window_to_ring(slot, desk, &to)?;
                self.ring_for_transfer(slot, desk, target, None);
            }
            TransferTarget::Supervisor {} => match self.free_supervisor(desk) {
                Some(target) => self.ring_for_transfer(slot, desk, target, None),
                None if self.is_supervised_beside(desk) => self.transfer_to_line(slot, desk, Line::OfSupervisors),
                None => return Err(Refusal::NoSupervisor),
            },
            TransferTarget::Queue { queue } => {
                if !self.matching.queues.contains(&queue) {
                    return Err(Refusal::QueueUnknown);
                }
                if self.roll[slot].visit.transfers >= self.facts.rules.max_transfers {
                    return Err(Refusal::TransfersUsedUp);
                }
                self.transfer_to_line(slot, desk, Line::Of(queue));
            }
            // It is named with its name, by an act of its own.
            TransferTarget::Hall { .. } => return Err(Refusal::HallUnknown),
        }
        Ok(Done::Nothing)
    }

    /// The visit that this window may hand on.
    pub(super) fn handed_on(&self, desk: usize) -> Result<Slot, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        if matches!(self.roll[slot].visit.state, VisitState::Serving { .. } | VisitState::Held { .. }) {
            Ok(slot)
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// The window that a transfer rings.
    pub(super) fn window_to_ring(&self, slot: Slot, desk: usize, to: &TransferTarget) -> Result<usize, Refusal> {
        let target = match to {
            TransferTarget::Window { window } => self.desk_named(window).ok_or(Refusal::WindowUnknown)?,
            TransferTarget::Staff { staff } => self.desk_of(staff).ok_or(Refusal::TargetBusy)?,
            TransferTarget::Supervisor {} => return self.free_supervisor(desk).ok_or(Refusal::NoSupervisor),
            TransferTarget::Queue { .. } | TransferTarget::Hall { .. } => return Err(Refusal::NotNow),
        };
        if !self.may_take_over(desk, target) {
            return Err(Refusal::TargetBusy);
        }
        let used_up = self.roll[slot].visit.transfers >= self.facts.rules.max_transfers;
        if used_up && !self.has_supervisor(target) {
            return Err(Refusal::TransfersUsedUp);
        }
        Ok(target)
    }

    /// The other window accepts: the talk goes on there, the origin is free.
    pub(super) fn take_over(&mut self, slot: Slot, desk: usize) {
        let origin = self.desk_at(slot);
        let window = &self.desks[desk].window;
        let Some(staff) = window.staff.clone() else { return };
        let window = window.id.clone();
        let now = self.turn.now;
        let id = self.roll[slot].visit.id.clone();
        let most = self.facts.rules.max_transfers;
        self.count_afresh(slot);
        self.alter(slot, "transferred", |visit| {
            let VisitState::Transferring { talking_since, mode, .. } = visit.state else {
                return;
            };
            visit.transfers += 1;
            visit.supervised = visit.transfers >= most;
            visit.hand_to(staff.clone(), window.clone());
            visit.state = VisitState::Serving {
                since: talking_since,
                window,
                staff,
                mode,
            };
        });
        self.alter_window(desk, "transferred", |window| {
            window.unanswered = 0;
            window.work = Work::Talking { visit: id };
            window.work_since = now;
        });
        if let Some(origin) = origin {
            self.free_window(origin, "transferred");
        }
    }

    /// The other window did not answer in time.
    pub(super) fn transfer_times_out(&mut self, slot: Slot) {
        let target = self.rung_for_transfer(slot);
        self.give_back_to_origin(slot, "transfer_timeout");
        if let Some(target) = target {
            self.pause_window(target, "transfer_timeout");
            self.tell_served(target);
        }
    }

    /// The origin takes the visit back, or lost it: the other window need not answer any more.
    pub(super) fn call_transfer_off(&mut self, slot: Slot, cause: &str) {
        let target = self.rung_for_transfer(slot);
        self.give_back_to_origin(slot, cause);
        if let Some(target) = target {
            self.free_window(target, cause);
            self.tell_served(target);
        }
    }

    /// The transfer came to nothing: the talk goes on where it was.
    pub(super) fn give_back_to_origin(&mut self, slot: Slot, cause: &str) {
        let Some(origin) = self.desk_at(slot) else { return };
        let id = self.roll[slot].visit.id.clone();
        self.count_afresh(slot);
        self.alter(slot, cause, |visit| {
            if let VisitState::Transferring {
                from,
                staff,
                talking_since,
                mode,
                ..
            } = visit.state.clone()
            {
                visit.state = VisitState::Serving {
                    since: talking_since,
                    window: from,
                    staff,
                    mode,
                };
            }
        });
        self.alter_window(origin, cause, |window| window.work = Work::Talking { visit: id });
    }

    /// Whether this window is the one a transfer began at.
    pub(super) fn is_origin(&self, slot: Slot, desk: usize) -> bool {
        matches!(&self.roll[slot].visit.state, VisitState::Transferring { from, .. } if *from == self.desks[desk].window.id)
    }

    pub(super) fn ring_for_transfer(&mut self, slot: Slot, desk: usize, target: usize, consult: Option<Consult>) {
        let to = self.desks[target].window.id.clone();
        self.leave_talk(slot, Some(&to), consult);
        let until = self.turn.now.plus(self.facts.rules.timers.ring_ms);
        let (now, id) = (self.turn.now, self.roll[slot].visit.id.clone());
        let held = id.clone();
        self.alter_window(desk, "transfer_begun", |window| window.work = Work::Holding { visit: held });
        self.alter_window(target, "transfer_begun", |window| {
            window.work = Work::Reserved { visit: id, until };
            window.work_since = now;
        });
        self.outbox.tell(Tell::Rung(to));
    }

    /// Back into a line at the place of the first arrival, so nobody waits twice for the same matter. Who is on the
    /// telephone cannot wait on a page, and is called back from the same place.
    fn transfer_to_line(&mut self, slot: Slot, desk: usize, line: Line) {
        let now = self.turn.now;
        let most = self.facts.rules.max_transfers;
        let timers = &self.facts.rules.timers;
        let (spared_until, keeps_ms) = (now.plus(timers.ring_total_ms), timers.callback_keeps_ms);
        let phone = self.roll[slot].phone().is_some();
        self.leave_talk(slot, None, None);
        self.alter(slot, "transferred_to_line", |visit| {
            let by_telephone = matches!(
                visit.state,
                VisitState::Transferring {
                    mode: CallMode::Telephone,
                    ..
                }
            );
            visit.transfers += 1;
            visit.supervised = visit.transfers >= most;
            match line {
                Line::Of(queue) if visit.queue != queue => {
                    // What was shown there is another line, and who looked after it there has given it away.
                    (visit.queue, visit.kept_ahead, visit.sticky) = (queue, None, None);
                }
                Line::Of(_) => {}
                Line::OfSupervisors => (visit.supervised, visit.sticky) = (true, None),
            }
            visit.last_window = visit.state.window().cloned().map(Box::new);
            visit.spared_until = Some(spared_until);
            (visit.here, visit.here_at) = (!by_telephone, None);
            visit.callback = (by_telephone && phone).then_some(Callback::promised(now, keeps_ms));
            visit.state = state_in_line(visit, now);
        });
        self.free_window(desk, "transferred_to_line");
        self.give_up_unreachable(slot);
    }

    /// The talk pauses and whatever was shown ends: grants never travel.
    fn leave_talk(&mut self, slot: Slot, to: Option<&WindowId>, consult: Option<Consult>) {
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.ring_ms);
        self.alter(slot, "transfer_begun", |visit| {
            if let VisitState::Serving {
                since: talking_since,
                window,
                staff,
                mode,
            }
            | VisitState::Held {
                talking_since,
                window,
                staff,
                mode,
                ..
            } = visit.state.clone()
            {
                visit.shares.clear();
                visit.state = VisitState::Transferring {
                    since: now,
                    from: window,
                    to: to.cloned(),
                    staff,
                    talking_since,
                    mode,
                    until,
                    consult,
                };
            }
        });
    }

    /// Whether a window can be rung for a transfer: somebody sits there, takes visits, is free, and was heard of.
    pub(super) fn may_take_over(&self, origin: usize, desk: usize) -> bool {
        let window = &self.desks[desk].window;
        let free = matches!(window.work, Work::Idle {}) && window.staff.is_some() && is_on_duty(window.presence);
        desk != origin && free && !self.is_silent(desk)
    }

    /// The window a transfer rings, or that is spoken with.
    pub(super) fn rung_for_transfer(&self, slot: Slot) -> Option<usize> {
        let visit = &self.roll[slot].visit;
        let VisitState::Transferring { to: Some(to), .. } = &visit.state else {
            return None;
        };
        let rung = |work: &Work| matches!(work, Work::Reserved { visit: rung, .. } | Work::Holding { visit: rung } if *rung == visit.id);
        self.desks.iter().position(|desk| desk.window.id == *to && rung(&desk.window.work))
    }
}
