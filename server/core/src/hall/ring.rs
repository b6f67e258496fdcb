//! The ring (叫号): one window and one visit reserved for each other, together or not at all (Q2).

use std::cmp::Reverse;

use yunyiban_protocol::{DeclineReason, Presence, StaffId, SuspectReason, Timestamp, VisitId, WindowId, Work};

use crate::event::{Done, Tell};
use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::line::Spot;
use crate::hall::matching::Lane;
use crate::hall::probe::work_when_free;
use crate::hall::roll::Slot;
use crate::hall::workload::corrected_idle_ms;
use crate::window::visit_of;
use crate::{Refusal, VisitState};

/// How far back declines are counted, milliseconds: one hour.
const DECLINES_KEPT_MS: u32 = 60 * 60 * 1_000;

impl Hall {
    /// Rings until no visit that may be rung and no window that may take it are left together (Q11).
    pub(super) fn ring_whoever_can_be(&mut self) {
        if (0..self.desks.len()).any(|desk| self.may_be_rung(desk)) {
            self.file_whose_turn_has_come();
        }
        loop {
            let pair = self.best_pair();
            #[cfg(feature = "planted")]
            let pair = self.last_pair().or(pair);
            let Some((slot, desk)) = pair else { return };
            if let Some(doubtful) = self.desk_at(slot) {
                self.give_ring_back(doubtful, "ring_moved");
            }
            self.ring(slot, desk, "rung");
            #[cfg(feature = "planted")]
            self.claim_again(slot);
        }
    }

    /// What is asked at the very moment of a deadline may be heard before the hall wakes for it.
    fn file_whose_turn_has_come(&mut self) {
        let due = self.deadlines.iter().take_while(|(at, _)| *at <= self.turn.now);
        let slots: Vec<Slot> = due.filter_map(|(_, deadline)| deadline.visit()).collect();
        for slot in slots {
            if self.roll.holds(slot) {
                self.refile(slot);
            }
        }
    }

    /// The visit of greatest effective wait that an idle window may take, weighed where a window takes several queues;
    /// those lost through our own fault before all (Q6). And the window that suits it best.
    pub(super) fn best_pair(&self) -> Option<(Slot, usize)> {
        let idle: Vec<usize> = (0..self.desks.len()).filter(|desk| self.may_be_rung(*desk)).collect();
        if idle.is_empty() {
            return None;
        }
        let heads = self
            .turns
            .lanes()
            .filter_map(|(lane, turns)| turns.ready.first().map(|spot| (*spot, *lane)));
        let doubted = (0..self.desks.len()).filter_map(|desk| self.doubted_ring(desk));
        let ranked = heads.chain(doubted).filter_map(|(spot, lane)| {
            let weight = idle.iter().filter_map(|desk| self.matching.weight(*desk, &lane)).max()?;
            Some((self.turn_rank(&spot, weight), lane))
        });
        let ((.., spot), lane) = ranked.min_by_key(|(rank, _)| *rank)?;
        let desk = self.best_window(spot.slot, &lane, &idle)?;
        Some((spot.slot, desk))
    }

    /// The visit that rings at a window which had its last ring, too, left one unanswered and has answered nobody since:
    /// with its turn, for it still has one at every other window, so that nobody waits more than one ring longer for whoever
    /// is not there (E7). Not one that comes back to this window.
    fn doubted_ring(&self, desk: usize) -> Option<(Spot, Lane)> {
        let window = &self.desks[desk].window;
        let slot = self.rung_visit(desk).filter(|_| window.unanswered > 0)?;
        let visit = &self.roll[slot].visit;
        let rings_here = matches!(&visit.state, VisitState::Ringing { window: rung, .. } if *rung == window.id);
        let declined = visit.spared_until.is_some();
        let again = rings_here && !declined && visit.last_window.as_deref() == Some(&window.id);
        let awake = visit.here || visit.callback.is_some() || !self.facts.rules.handshake;
        let lane = self.matching.lane(visit, |window| self.desk_named(window), self.turn.now);
        let spot = Spot {
            order: visit.order,
            slot,
            queue: lane.queue,
        };
        (again && awake && !self.matching.is_sticky(desk, &lane)).then_some((spot, lane))
    }

    /// What decides between the heads of lanes, smaller is first: the band, then the effective wait by weight.
    pub(super) fn turn_rank(&self, spot: &Spot, weight: u32) -> (u8, Reverse<u64>, Spot) {
        let waited_ms = u64::from(self.turn.now.since(spot.order.effective));
        (spot.order.band, Reverse(waited_ms * u64::from(weight)), *spot)
    }

    /// Whether the window takes rings: its person is there, free, and was heard of (I6, Q12).
    pub(super) fn may_be_rung(&self, desk: usize) -> bool {
        let window = &self.desks[desk].window;
        let available = match window.presence {
            Presence::Available {} => true,
            Presence::Offline {} | Presence::OnDemand {} | Presence::Break { .. } | Presence::Draining {} | Presence::Training {} => false,
        };
        let idle = matches!(window.work, Work::Idle {});
        let blocked = window.blocked_until.is_some_and(|moment| moment > self.turn.now);
        window.staff.is_some() && available && idle && !blocked && !self.is_silent(desk) && self.is_test_fresh(desk)
    }

    /// Of the windows that may take the lane, the one that suits the visit best: the one it was lost from, else the one
    /// where its queue weighs most and that was idle longest, corrected by its share of work; the one that declined it
    /// last only when there is no other, and not for a while.
    pub(super) fn best_window(&self, slot: Slot, lane: &Lane, idle: &[usize]) -> Option<usize> {
        let visit = &self.roll[slot].visit;
        let now = self.turn.now;
        let is_last = |desk: &usize| visit.last_window.as_deref() == Some(&self.desks[*desk].window.id);
        let rank = |desk: usize| {
            let weight = self.matching.weight(desk, lane)?;
            let at = &self.desks[desk];
            let idle_ms = corrected_idle_ms(&at.window, now);
            let preferred = self.matching.is_sticky(desk, lane);
            Some((!preferred, is_last(&desk), Reverse(weight), Reverse(idle_ms), at.window.work_since, desk))
        };
        idle.iter().filter_map(|desk| rank(*desk)).min().map(|(.., desk)| desk)
    }

    /// Reserves a window and a visit for each other.
    pub(super) fn ring(&mut self, slot: Slot, desk: usize, cause: &str) {
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.ring_ms);
        let window = self.desks[desk].window.id.clone();
        let visit = self.roll[slot].visit.id.clone();
        let shown = self.known_step(slot);
        let spot = self.roll[slot].spot;
        self.alter(slot, cause, |visit| {
            visit.kept_ahead = shown;
            visit.ringing_since.get_or_insert(now);
            visit.state = VisitState::Ringing {
                since: now,
                window: window.clone(),
                until,
            };
        });
        self.alter_window(desk, cause, |window| {
            window.rings += 1;
            window.work = Work::Reserved { visit, until };
            window.work_since = now;
        });
        self.desks[desk].rung_at = Some(now);
        if let Some(spot) = spot {
            self.tell_those_passed(&spot, desk);
        }
        self.pass_turn();
        self.outbox.tell(Tell::Rung(window));
    }

    /// The window accepts; the citizen is asked, or has answered already by 「我在」.
    pub(super) fn accept_ring(&mut self, desk: usize, visit: &VisitId) -> Result<Done, Refusal> {
        let slot = match &self.desks[desk].window.work {
            Work::Reserved { visit: rung, .. } if rung == visit => self.roll.find(rung).ok_or(Refusal::RingOver)?,
            Work::Connecting { visit: had, .. } | Work::Talking { visit: had } | Work::Holding { visit: had } if had == visit => {
                return Ok(Done::Nothing);
            }
            Work::Idle {}
            | Work::Reserved { .. }
            | Work::Connecting { .. }
            | Work::Talking { .. }
            | Work::Holding { .. }
            | Work::WrapUp { .. }
            | Work::Suspect { .. } => return Err(Refusal::RingOver),
        };
        if matches!(self.roll[slot].visit.state, VisitState::Transferring { .. }) {
            self.accept_transfer(slot, desk);
        } else {
            self.connect(slot, desk);
        }
        Ok(Done::Nothing)
    }

    /// Whether this person's window certainly was not rung for this visit: there is no such visit, or it is live and no ring for it ended
    /// in vain or goes on here. Who asks for a ring that has just passed on may be late; who asks for one that never was is not.
    pub fn never_rang_for(&self, staff: &StaffId, visit: &VisitId) -> bool {
        let Some(entry) = self.roll.get(visit) else { return true };
        let here = self.desk_of(staff).map(|desk| &self.desks[desk].window.id);
        let visit = &entry.visit;
        let rung = visit.last_window.is_some() || visit.ringing_since.is_some() || visit.state.is_closed();
        let was_here = visit.served_by.as_deref().is_some_and(|(_, window)| Some(window) == here);
        !rung && !was_here && (here.is_none() || visit.state.window() != here)
    }

    /// Whether there is such a visit today.
    pub fn knows_visit(&self, visit: &VisitId) -> bool {
        self.roll.find(visit).is_some()
    }

    /// The window declines: the visit keeps its place, and this window is not rung for it again for a while;
    /// nor for anybody, unless it was only not its matter.
    pub(super) fn decline_ring(&mut self, desk: usize, visit: &VisitId, reason: DeclineReason) -> Result<Done, Refusal> {
        let slot = self.rung_visit(desk).ok_or(Refusal::RingOver)?;
        if self.roll[slot].visit.id != *visit {
            return Err(Refusal::RingOver);
        }
        let (cause, blocks) = match reason {
            DeclineReason::Counter => ("declined_counter", true),
            DeclineReason::OtherMatter => ("declined_other_matter", false),
            DeclineReason::Equipment => ("declined_equipment", true),
            DeclineReason::Other => ("declined_other", true),
        };
        let now = self.turn.now;
        let rules = &self.facts.rules;
        let (pause, limit) = (now.plus(rules.timers.ring_pause_ms), rules.declines_an_hour as usize);
        self.back_in_line(slot, cause, Some(pause));
        self.alter_window(desk, cause, |window| {
            window.declines.retain(|at| now.since(*at) < DECLINES_KEPT_MS);
            window.declines.push(now);
            window.blocked_until = blocks.then_some(pause);
            window.work_since = now;
            window.work = if window.declines.len() > limit {
                Work::Suspect {
                    reason: SuspectReason::RingUnanswered,
                    until: None,
                }
            } else {
                work_when_free(window.fault)
            };
        });
        self.tell_served(desk);
        Ok(Done::Nothing)
    }

    /// Nobody at the window answered: the visit goes on from the same place, the window is paused.
    pub(super) fn ring_times_out(&mut self, slot: Slot) {
        let Some(desk) = self.desk_at(slot) else { return };
        self.back_in_line(slot, "ring_timeout", None);
        self.pause_window(desk, "ring_timeout");
    }

    /// The window did not do what it was rung for: not rung for a while, and after several times until 「我回来了」.
    pub(super) fn pause_window(&mut self, desk: usize, cause: &str) {
        let now = self.turn.now;
        let timers = &self.facts.rules.timers;
        let (most, pause) = (timers.unanswered_rings, now.plus(timers.ring_pause_ms));
        self.alter_window(desk, cause, |window| {
            window.unanswered += 1;
            let until = (window.unanswered < most).then_some(pause);
            window.work = Work::Suspect {
                reason: SuspectReason::RingUnanswered,
                until,
            };
            window.work_since = now;
        });
    }

    /// A ring comes to nothing through no fault of the citizen, or a window gives back what it had accepted: same place (I12), and after
    /// the ring of a transfer the same talk. A window that is lost after it has accepted is another matter ([`Hall::lose_window`]).
    /// `spared_until`: this window does not ring it again before.
    pub(super) fn back_in_line(&mut self, slot: Slot, cause: &str, spared_until: Option<Timestamp>) {
        if matches!(self.roll[slot].visit.state, VisitState::Transferring { .. }) {
            return self.give_back_to_origin(slot, cause);
        }
        let now = self.turn.now;
        self.alter(slot, cause, |visit| {
            visit.last_window = visit.state.window().cloned().map(Box::new);
            // An accepted ring was none in vain, whatever came of it.
            visit.vain_rings += u32::from(visit.ringing_since.is_some());
            visit.spared_until = spared_until;
            visit.state = state_in_line(visit, now);
        });
    }

    /// The visit a window is rung for.
    pub(super) fn rung_visit(&self, desk: usize) -> Option<Slot> {
        match &self.desks[desk].window.work {
            Work::Reserved { visit, .. } => self.roll.find(visit),
            Work::Idle {} | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => {
                None
            }
        }
    }

    /// The visit a window is rung for, serves or writes up.
    pub(super) fn visit_at(&self, desk: usize) -> Option<Slot> {
        visit_of(&self.desks[desk].window.work).and_then(|visit| self.roll.find(visit))
    }

    /// The window a visit is at.
    pub(super) fn desk_at(&self, slot: Slot) -> Option<usize> {
        let window = self.roll[slot].visit.state.window()?;
        self.desk_named(window)
    }

    /// The number of a window.
    pub(super) fn desk_named(&self, window: &WindowId) -> Option<usize> {
        self.desks.iter().position(|desk| desk.window.id == *window)
    }

    /// The window has nothing to do any more.
    pub(super) fn free_window(&mut self, desk: usize, cause: &str) {
        let now = self.turn.now;
        self.alter_window(desk, cause, |window| {
            window.work = work_when_free(window.fault);
            window.work_since = now;
        });
    }
}
