//! Every wait has a deadline, computed here from the state, and fires here.

use yunyiban_protocol::{CallMode, Presence, Seat, Timestamp, Work};

use crate::VisitState;
use crate::event::Tell;
use crate::hall::roll::{Entry, Slot};
use crate::hall::{Desk, Hall};

/// Whose deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deadline {
    Visit(Slot),
    Window(usize),
}

/// Alerts of a challenge.
const ALERTS: u8 = 3;

impl Hall {
    /// Runs every timer that is due, in order.
    pub(super) fn wake(&mut self) {
        while let Some(&(at, deadline)) = self.deadlines.first()
            && at <= self.turn.now
        {
            self.deadlines.pop_first();
            match deadline {
                Deadline::Visit(slot) => {
                    self.roll[slot].armed = None;
                    self.visit_is_due(slot);
                    self.rearm(slot);
                }
                Deadline::Window(desk) => {
                    self.desks[desk].armed = None;
                    self.window_is_due(desk);
                    self.rearm_window(desk);
                }
            }
        }
    }

    /// Names the visit's deadline anew.
    pub(super) fn rearm(&mut self, slot: Slot) {
        let due = self.visit_due(&self.roll[slot]);
        let armed = std::mem::replace(&mut self.roll[slot].armed, due);
        self.move_deadline(Deadline::Visit(slot), armed, due);
    }

    /// Names the window's deadline anew.
    pub(super) fn rearm_window(&mut self, desk: usize) {
        let due = self.window_due(&self.desks[desk]);
        let armed = std::mem::replace(&mut self.desks[desk].armed, due);
        self.move_deadline(Deadline::Window(desk), armed, due);
    }

    /// The moment, or the end of the restart's grace if that is later.
    pub(super) fn graced(&self, moment: Timestamp) -> Timestamp {
        moment.max(self.grace_until)
    }

    /// Whether a moment has come.
    pub(super) fn is_over(&self, moment: Timestamp) -> bool {
        self.graced(moment) <= self.turn.now
    }

    /// The alert of a challenge shown at `now`, 1–3.
    pub(super) fn alert_at(&self, since: Timestamp, now: Timestamp) -> u8 {
        let third = (self.facts.rules.timers.challenge_ms / u32::from(ALERTS)).max(1);
        (now.since(since) / third).min(u32::from(ALERTS - 1)) as u8 + 1
    }

    fn move_deadline(&mut self, deadline: Deadline, from: Option<Timestamp>, to: Option<Timestamp>) {
        if from == to {
            return;
        }
        if let Some(at) = from {
            self.deadlines.remove(&(at, deadline));
        }
        if let Some(at) = to {
            self.deadlines.insert((at, deadline));
        }
    }

    fn visit_due(&self, entry: &Entry) -> Option<Timestamp> {
        let timers = &self.facts.rules.timers;
        let visit = &entry.visit;
        let lease = |lease_ms| Some(self.graced(entry.page.heard.plus(lease_ms)));
        match visit.state {
            VisitState::Waiting { not_before, .. } => {
                let alarm = visit
                    .ringing_since
                    .filter(|_| !entry.alarmed)
                    .map(|since| self.graced(since.plus(timers.ring_total_ms)));
                let later = [not_before, visit.spared_until]
                    .into_iter()
                    .flatten()
                    .filter(|moment| *moment > self.turn.now);
                later.chain(alarm).chain(lease(timers.citizen_lease_ms)).min()
            }
            VisitState::Calling { since, until } => {
                let next = since.plus(timers.challenge_ms / u32::from(ALERTS) * u32::from(entry.alerts));
                let next = (entry.alerts < ALERTS).then_some(next);
                next.into_iter().chain([self.graced(until)]).min()
            }
            VisitState::Missed { until, .. } => visit.back_at.into_iter().chain([until]).map(|moment| self.graced(moment)).min(),
            VisitState::Away { until, .. }
            | VisitState::Ringing { until, .. }
            | VisitState::Connecting { until, .. }
            | VisitState::Parked { until, .. }
            | VisitState::Dropped { until, .. } => Some(self.graced(until)),
            VisitState::Serving { mode, .. } => match mode {
                CallMode::Media | CallMode::Text => lease(timers.call_lease_ms),
                CallMode::Telephone => None,
            },
            VisitState::Held { until, .. } => lease(timers.citizen_lease_ms).into_iter().chain([self.graced(until)]).min(),
            VisitState::Booked { .. } | VisitState::Transferring { .. } | VisitState::CallbackKept { .. } | VisitState::Closed { .. } => None,
        }
    }

    fn visit_is_due(&mut self, slot: Slot) {
        let timers = &self.facts.rules.timers;
        let entry = &self.roll[slot];
        let silent = |lease_ms| self.is_over(entry.page.heard.plus(lease_ms));
        match entry.visit.state {
            VisitState::Waiting { .. } => {
                let alarm = !entry.alarmed
                    && entry
                        .visit
                        .ringing_since
                        .is_some_and(|since| self.is_over(since.plus(timers.ring_total_ms)));
                let silent = silent(timers.citizen_lease_ms);
                if alarm {
                    self.roll[slot].alarmed = true;
                    let visit = self.roll[slot].visit.id.clone();
                    self.outbox.tell(Tell::Alarm(visit));
                }
                if silent {
                    self.go_away(slot);
                } else {
                    self.refile(slot);
                }
            }
            VisitState::Calling { since, until } => {
                if self.is_over(until) {
                    self.unanswered(slot);
                } else {
                    self.roll[slot].alerts = self.alert_at(since, self.turn.now);
                    let visit = self.roll[slot].visit.id.clone();
                    self.outbox.tell(Tell::Visit(visit));
                }
            }
            VisitState::Missed { until, .. } => {
                if entry.visit.back_at.is_some_and(|moment| self.is_over(moment)) {
                    self.back_after_later(slot);
                } else if self.is_over(until) {
                    self.expire(slot, "missed_over");
                }
            }
            VisitState::Away { until, .. } if self.is_over(until) => self.expire(slot, "away_over"),
            VisitState::Parked { until, .. } if self.is_over(until) => self.expire(slot, "park_over"),
            VisitState::Ringing { until, .. } if self.is_over(until) => self.ring_times_out(slot),
            VisitState::Connecting { until, .. } if self.is_over(until) => self.call_not_accepted(slot),
            VisitState::Dropped { until, .. } if self.is_over(until) => self.grace_over(slot),
            VisitState::Serving {
                mode: CallMode::Media | CallMode::Text,
                ..
            } if silent(timers.call_lease_ms) => self.lose(slot, Seat::Citizen),
            VisitState::Held { until, .. } => {
                if silent(timers.citizen_lease_ms) {
                    self.lose(slot, Seat::Citizen);
                } else if self.is_over(until) {
                    self.hold_too_long(slot);
                }
            }
            VisitState::Away { .. }
            | VisitState::Parked { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Dropped { .. }
            | VisitState::Serving { .. }
            | VisitState::Booked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => {}
        }
    }

    fn window_due(&self, desk: &Desk) -> Option<Timestamp> {
        let window = &desk.window;
        let lease = self.graced(desk.page.heard.plus(self.facts.rules.timers.window_lease_ms));
        let blocked = window.blocked_until.filter(|moment| *moment > self.turn.now);
        match &window.work {
            Work::Idle {} => blocked.into_iter().chain(is_on_duty(window.presence).then_some(lease)).min(),
            Work::Reserved { .. } | Work::Connecting { .. } => Some(lease),
            Work::Talking { visit } | Work::Holding { visit } => match self.roll.get(visit).map(|entry| &entry.visit.state) {
                Some(VisitState::Dropped { .. }) => None,
                _ => Some(lease),
            },
            Work::WrapUp { until, overdue, .. } => (!overdue).then(|| self.graced(*until)),
            Work::Suspect { until, .. } => until.map(|until| self.graced(until)),
        }
    }

    fn window_is_due(&mut self, desk: usize) {
        let at = &self.desks[desk];
        let silent = self.is_silent(desk);
        match &at.window.work {
            Work::Idle {} => {
                if silent && is_on_duty(at.window.presence) {
                    self.lose_window(desk);
                }
            }
            Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } => {
                if silent {
                    self.lose_window(desk);
                }
            }
            Work::WrapUp { until, .. } => {
                if self.is_over(*until) {
                    self.wrap_up_over(desk);
                }
            }
            Work::Suspect { until, .. } => {
                if until.is_some_and(|until| self.is_over(until)) {
                    self.trust_again(desk, "pause_over");
                }
            }
        }
    }

    /// Whether the window's page has been silent for its lease.
    pub(super) fn is_silent(&self, desk: usize) -> bool {
        self.is_over(self.desks[desk].page.heard.plus(self.facts.rules.timers.window_lease_ms))
    }
}

/// Whether a person with this presence takes visits, rung or picked.
pub(super) fn is_on_duty(presence: Presence) -> bool {
    match presence {
        Presence::Available {} | Presence::OnDemand {} => true,
        Presence::Offline {} | Presence::Break { .. } | Presence::Draining {} | Presence::Training {} => false,
    }
}
