//! 「我在」: the handshake near the head, before a window is rung.

use std::collections::BTreeSet;

use yunyiban_protocol::Work;

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::line::Spot;
use crate::hall::matching::{Demand, QueueIndex};
use crate::hall::roll::Slot;
use crate::hall::turns::Stand;
use crate::hall::wake::is_on_duty;
use crate::{Refusal, Visit, VisitState};

/// A tap this soon after the last says nothing new, milliseconds.
const SAME_TAP_MS: u32 = 1_000;

impl Hall {
    /// 「我在」, asked or not. Counts as 「接听」 for a while.
    pub(super) fn tap_here(&mut self, slot: Slot) -> Result<Done, Refusal> {
        let now = self.turn.now;
        let Visit { state, here_at, .. } = &self.roll[slot].visit;
        let just_tapped = here_at.is_some_and(|tap| now.since(tap) < SAME_TAP_MS);
        match state {
            VisitState::Waiting { .. } | VisitState::Ringing { .. } if just_tapped => {}
            VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } => {
                self.alter_as_asked(slot, "here", |visit| {
                    visit.state = VisitState::Waiting {
                        since: now,
                        not_before: None,
                        skip_until_ring: None,
                    };
                    (visit.here, visit.here_at, visit.skipped) = (true, Some(now), 0);
                });
            }
            VisitState::Ringing { .. } => self.alter(slot, "here", |visit| visit.here_at = Some(now)),
            VisitState::Booked { .. }
            | VisitState::Missed { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => return Err(Refusal::NotNow),
            VisitState::Closed { .. } => return Err(Refusal::VisitClosed),
        }
        self.roll[slot].page.visible = true;
        Ok(Done::Nothing)
    }

    /// Asks those near the head, and when a window is idle whoever is next, so that it is never kept waiting by one
    /// person. Of each queue at most [`Hall::most_warmed`] are asked or ready at once.
    pub(super) fn ask_near_the_head(&mut self) {
        if !self.facts.rules.handshake || self.turns.nobody_to_ask() {
            return;
        }
        let unattended = self.unattended_demands();
        for queue in 0..self.matching.queues.len() as QueueIndex {
            self.ask_the_first_of(queue, &unattended);
        }
        for desk in (0..self.desks.len()).filter(|desk| self.may_be_rung(*desk)).collect::<Vec<_>>() {
            let served = (0..self.matching.queues.len() as QueueIndex).filter(|queue| self.matching.serves(desk, *queue));
            let most = served.map(|queue| self.most_warmed(queue)).max().unwrap_or(0);
            while self.warmed_for(desk) < most
                && let Some(spot) = self.next_to_ask(desk)
            {
                self.ask(spot.slot);
            }
        }
    }

    /// Places of a queue at which 「我在」 is asked before a window is idle.
    pub(super) fn places_asked(&self) -> usize {
        self.facts.rules.challenge_ahead as usize + 1
    }

    /// Whoever waits for something no window on duty has (`unattended`) is passed over: it will not be their turn soon, and
    /// those behind are nearer to theirs than they look.
    fn ask_the_first_of(&mut self, queue: QueueIndex, unattended: &BTreeSet<Demand>) {
        let most = self.most_warmed(queue);
        let attended = |spot: &&Spot| !unattended.contains(&self.matching.demand(&self.roll[spot.slot].visit));
        let near: Vec<Spot> = self.line.head(queue).iter().filter(attended).take(self.places_asked()).copied().collect();
        for spot in near {
            let askable = self.roll[spot.slot].stand.is_some_and(|filed| filed.stand == Stand::Askable);
            if askable && self.turns.warmed_ahead(&spot, most, unattended) < most {
                self.ask(spot.slot);
            }
        }
    }

    /// Warmed visits a queue holds at most (DESIGN, Media: warm start).
    pub(super) fn most_warmed(&self, queue: QueueIndex) -> usize {
        2 * self.desks_on_duty().filter(|desk| self.matching.serves(*desk, queue)).count() + 2
    }

    /// Windows that take visits, now or after the one they have.
    pub(super) fn windows_on_duty(&self) -> usize {
        self.desks_on_duty().count()
    }

    /// Of them those not heard since the restart, while its grace runs.
    pub(super) fn windows_returning(&self) -> usize {
        let absent = |desk: &usize| !self.desks[*desk].page.online;
        if self.is_in_grace() {
            self.desks_on_duty().filter(absent).count()
        } else {
            0
        }
    }

    /// Windows that take visits, one by one. One that takes nobody after the visit it has is none of them, however long it talks: for those
    /// in line nobody is there (DOMAIN 3.6, E9).
    pub(super) fn desks_on_duty(&self) -> impl Iterator<Item = usize> {
        (0..self.desks.len()).filter(|desk| self.is_on_duty_at(*desk))
    }

    /// These, and those that still have a visit: their people may take up again.
    pub(super) fn desks_at_work(&self) -> impl Iterator<Item = usize> {
        (0..self.desks.len()).filter(|desk| self.is_on_duty_at(*desk) || self.has_visit(*desk))
    }

    pub(super) fn is_on_duty_at(&self, desk: usize) -> bool {
        let window = &self.desks[desk].window;
        let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
        window.staff.is_some() && is_on_duty(window.presence) && !is_paused
    }

    fn has_visit(&self, desk: usize) -> bool {
        match self.desks[desk].window.work {
            Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } => true,
            Work::Idle {} | Work::WrapUp { .. } | Work::Suspect { .. } => false,
        }
    }

    /// Nobody answered: the turn is skipped, and in the end the number is called no more.
    pub(super) fn unanswered(&mut self, slot: Slot) {
        let timers = &self.facts.rules.timers;
        let now = self.turn.now;
        if self.roll[slot].visit.skipped >= timers.challenge_skips {
            return self.miss(slot, "challenge_unanswered");
        }
        let (turn, rest) = (self.rings(), now.plus(timers.challenge_ms));
        self.alter(slot, "turn_skipped", |visit| {
            visit.skipped += 1;
            visit.state = VisitState::Waiting {
                since: now,
                not_before: Some(rest),
                skip_until_ring: Some(turn),
            };
        });
    }

    /// Somebody else was rung: those who skipped a turn have done so.
    pub(super) fn pass_turn(&mut self) {
        for spot in self.turns.skipping() {
            self.refile(spot.slot);
        }
    }

    fn ask(&mut self, slot: Slot) {
        let now = self.turn.now;
        let until = now.plus(self.facts.rules.timers.challenge_ms);
        self.roll[slot].alerts = 1;
        self.alter(slot, "asked", |visit| visit.state = VisitState::Calling { since: now, until });
    }

    /// Visits this window may take that hold a warm connection or are asked for one.
    fn warmed_for(&self, desk: usize) -> usize {
        let lanes = self.turns.lanes().filter(|(lane, _)| self.matching.weight(desk, lane).is_some());
        lanes.map(|(_, turns)| turns.warmed()).sum()
    }

    /// The first who may be asked for an idle window: somebody who skips a turn only after a rest.
    fn next_to_ask(&self, desk: usize) -> Option<Spot> {
        let is_rested = |spot: &&Spot| self.roll[spot.slot].visit.state.is_rested(self.turn.now);
        let lanes = || {
            self.turns
                .lanes()
                .filter(|(lane, _)| self.matching.weight(desk, lane).is_some())
                .map(|(_, turns)| turns)
        };
        let askable = lanes().filter_map(|turns| turns.askable.first()).min();
        askable
            .or_else(|| lanes().filter_map(|turns| turns.skipping.iter().find(is_rested)).min())
            .copied()
    }
}
