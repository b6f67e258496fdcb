//! Every wait has a deadline: named here from the state, run here when it is due.

use yunyiban_protocol::{CallMode, Presence, Seat, Timestamp, Work};

use crate::VisitState;
use crate::event::Tell;
use crate::hall::left_number::is_left_number;
use crate::hall::referral::open_until;
use crate::hall::roll::{Entry, Slot};
use crate::hall::{Desk, Hall};

/// Whose deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deadline {
    /// The end of the emergency close: before what follows from the hall being open.
    Suspension,
    Visit(Slot),
    Window(u32),
    /// The hall's: what follows is in [`Hall::close_out`].
    Closing,
}

impl Deadline {
    /// Whose it is.
    pub(super) const fn visit(self) -> Option<Slot> {
        match self {
            Deadline::Visit(slot) => Some(slot),
            Deadline::Window(_) | Deadline::Closing | Deadline::Suspension => None,
        }
    }
}

/// What happens to a visit when its time has come. Of several due at once the first named here is run first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum VisitTimer {
    Alarm,
    Silent,
    Turn,
    Alert,
    Unanswered,
    Back,
    WaitLong,
    MissedOver,
    AwayOver,
    ParkOver,
    Opens,
    PutOff,
    CheckIn,
    NoShow,
    CallbackOver,
    RingOver,
    TransferOver,
    AcceptOver,
    GraceOver,
    HoldLong,
    ReferralOver,
    CarriedOver,
}

/// The same for a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum WindowTimer {
    Silent,
    Block,
    WrapUpOver,
    PauseOver,
}

impl Hall {
    /// Runs every timer that is due, in order.
    pub(super) fn wake(&mut self) {
        // Those due together in the order of leaving, not of their deadlines.
        self.open_to_left_numbers();
        while let Some(&(at, deadline)) = self.deadlines.first()
            && at <= self.turn.now
        {
            self.deadlines.pop_first();
            match deadline {
                Deadline::Visit(slot) => {
                    if !self.roll.disarm(slot, at) {
                        continue;
                    }
                    match self.visit_timer(slot) {
                        Some((due, timer)) if due <= self.turn.now => self.run_visit(slot, timer),
                        Some(_) | None => {}
                    }
                    // Its turn or its lane may have come at the same moment, or its answer may arrive no more.
                    self.refile(slot);
                    self.let_go_if_in_vain(slot);
                    self.rearm(slot);
                }
                Deadline::Window(desk) => {
                    let desk = desk as usize;
                    self.desks[desk].armed = None;
                    if let Some((due, timer)) = self.window_timer(&self.desks[desk])
                        && due <= self.turn.now
                    {
                        self.run_window(desk, timer);
                    }
                    self.rearm_window(desk);
                }
                Deadline::Closing => {
                    self.closing_armed = None;
                    self.rearm_closing();
                }
                Deadline::Suspension => self.suspension_over(),
            }
        }
    }

    /// Names the visit's deadline anew. One already named that is earlier stays and comes to nothing: most visits move on
    /// before their time is over, and to look for each old deadline among all would cost more than to wake for it. When nobody
    /// is left, none is but the end of a referral, and of what the cookie of an earlier visit opens.
    pub(super) fn rearm(&mut self, slot: Slot) {
        let Some((due, _)) = self.visit_timer(slot) else {
            if self.tally.live == 0 {
                let runs_on = |slot: Slot| self.roll.holds(slot) && running_on(&self.roll[slot]).next().is_some();
                self.deadlines.retain(|(_, deadline)| deadline.visit().is_none_or(runs_on));
            }
            return;
        };
        let armed = &mut self.roll[slot].armed;
        if armed.is_none_or(|armed| due < armed) {
            *armed = Some(due);
            self.deadlines.insert((due, Deadline::Visit(slot)));
        }
    }

    /// Names the window's deadline anew.
    pub(super) fn rearm_window(&mut self, desk: usize) {
        let due = self.window_timer(&self.desks[desk]).map(|(due, _)| due);
        let armed = std::mem::replace(&mut self.desks[desk].armed, due);
        self.move_deadline(Deadline::Window(desk as u32), armed, due);
    }

    /// The end of what began at `since`; for what ran when the hall was rebuilt, not before the restart's grace is over.
    pub(super) fn graced(&self, since: Timestamp, end: Timestamp) -> Timestamp {
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::LeaseByWallClock) {
            return end;
        }
        if since <= self.rebuilt_at {
            end.max(self.rebuilt_at.plus(self.facts.rules.timers.restart_grace_ms))
        } else {
            end
        }
    }

    /// The same of an end that was written down with the visit's state.
    fn promised(&self, state: &VisitState, since: Timestamp, until: Timestamp) -> Timestamp {
        #[cfg(feature = "planted")]
        let until = crate::hall::planted::end_by_new_rule(state, until, &self.facts.rules.timers);
        #[cfg(not(feature = "planted"))]
        let _ = state;
        self.graced(since, until)
    }

    /// Whether the restart's grace runs. A page heard within it has its own lease again, which may end before the grace:
    /// then its deadline must be named anew, or it would come too late.
    pub(super) fn is_in_grace(&self) -> bool {
        self.turn.now < self.rebuilt_at.plus(self.facts.rules.timers.restart_grace_ms)
    }

    /// Whether the window's page has been silent for its lease.
    pub(super) fn is_silent(&self, desk: usize) -> bool {
        self.window_lease(&self.desks[desk]) <= self.turn.now
    }

    pub(super) fn move_deadline(&mut self, deadline: Deadline, from: Option<Timestamp>, to: Option<Timestamp>) {
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

    /// The visit's next timer. Leases are renewed without naming the deadline anew: it may come too early, never too late,
    /// because only the first sign after a restart shortens one ([`Hall::is_in_grace`]).
    fn visit_timer(&self, slot: Slot) -> Option<(Timestamp, VisitTimer)> {
        use VisitTimer::*;
        let entry = &self.roll[slot];
        let timers = &self.facts.rules.timers;
        let visit = &entry.visit;
        let heard = entry.page.heard;
        let silent = |lease_ms| Some((self.graced(heard, heard.plus(lease_ms)), Silent));
        let over = |since: Timestamp, until: Timestamp, timer| Some((self.promised(&visit.state, since, until), timer));
        let alarm = || {
            let since = visit.ringing_since.filter(|_| !self.alarmed.contains(&slot));
            // Many rings in vain are as much as a long one (DOMAIN 3.6).
            let too_many = timers.ring_windows > 0 && visit.vain_rings >= timers.ring_windows;
            let after_ms = if too_many { 0 } else { timers.ring_total_ms };
            since.and_then(|since| over(since, since.plus(after_ms), Alarm))
        };
        let long = (!entry.offered).then(|| (visit.waits_here_since().plus(self.long_wait_ms(visit)), WaitLong));
        let turn = |not_before: Option<Timestamp>| {
            let moments = not_before.into_iter().chain(self.matching.changes(visit));
            let coming = moments.filter(|moment| *moment > self.turn.now);
            coming.min().map(|moment| (moment, Turn))
        };
        let timers = match visit.state {
            VisitState::Waiting { not_before, .. } => {
                let soon = [silent(timers.citizen_lease_ms), alarm(), turn(not_before)];
                [soon.into_iter().flatten().min(), long, None]
            }
            VisitState::CallbackKept { since, not_before, .. } => {
                let callback = visit.callback.as_ref();
                let asked_at = callback.map_or(since, |callback| callback.asked_at);
                let keeps_ms = callback.and_then(|callback| callback.keeps_ms).unwrap_or(timers.callback_keeps_ms);
                // While the hall is closed in an emergency the promise does not run out.
                let runs = self.suspended.is_none();
                let kept = over(since, asked_at.plus(keeps_ms), CallbackOver).filter(|_| runs);
                [kept, alarm(), turn(not_before)]
            }
            VisitState::Calling { since, until } => [over(since, until, Unanswered), self.next_alert(entry, (since, until)), long],
            VisitState::Missed { since, until, .. } => [
                over(since, until, MissedOver),
                visit.back_at.and_then(|moment| over(since, moment, Back)),
                None,
            ],
            VisitState::Away { since, until } => [over(since, until, AwayOver), None, None],
            VisitState::Parked { since, until } => [over(since, until, ParkOver), None, None],
            // Another window may come to take it meanwhile.
            VisitState::Ringing { since, until, .. } => [over(since, until, RingOver), turn(None), alarm()],
            VisitState::Transferring { since, until, .. } => [over(since, until, TransferOver), self.lease_on_hold(slot).and_then(silent), None],
            VisitState::Connecting { since, until, .. } => [over(since, until, AcceptOver), None, None],
            VisitState::Dropped { since, until, .. } => [over(since, until, GraceOver), None, None],
            VisitState::Held { since, until, .. } => [over(since, until, HoldLong), silent(timers.citizen_lease_ms), None],
            VisitState::Serving {
                mode: CallMode::Media | CallMode::Text,
                ..
            } => [silent(timers.call_lease_ms), None, None],
            VisitState::Serving {
                mode: CallMode::Telephone, ..
            }
            | VisitState::Closed { .. } => [None, None, None],
            VisitState::Booked { at } => self.booked_timers(entry, at),
        };
        let answer = self.answer_is_lost_at(entry).map(|moment| (moment, Turn));
        timers.into_iter().flatten().chain(running_on(entry)).chain(answer).min()
    }

    /// Of a number left while the hall is closed, and of an appointment.
    fn booked_timers(&self, entry: &Entry, at: Timestamp) -> [Option<(Timestamp, VisitTimer)>; 3] {
        if is_left_number(&entry.visit) {
            return [Some((at, VisitTimer::Opens)), None, None];
        }
        if self.is_to_be_put_off(entry, at) {
            return [Some((self.turn.now, VisitTimer::PutOff)), None, None];
        }
        let times = self.check_in_of(&entry.visit);
        let begins = times.filter(|_| !entry.offered).map(|times| (times.from, VisitTimer::CheckIn));
        [begins, times.map(|times| (times.until, VisitTimer::NoShow)), None]
    }

    fn run_visit(&mut self, slot: Slot, timer: VisitTimer) {
        match timer {
            VisitTimer::Alarm => {
                self.alarmed.insert(slot);
                let visit = self.roll[slot].visit.id.clone();
                self.outbox.tell(Tell::Alarm(visit));
                self.outbox.tell(Tell::Line);
            }
            VisitTimer::Silent if self.roll[slot].visit.state.in_line() => self.go_away(slot),
            VisitTimer::Silent if self.consulting(slot).is_some() => self.lose_from_consult(slot),
            VisitTimer::Silent => self.lose(slot, Seat::Citizen),
            VisitTimer::Turn => self.refile(slot),
            VisitTimer::Alert => self.alert_again(slot),
            VisitTimer::Unanswered => self.unanswered(slot),
            VisitTimer::Back => self.back_after_later(slot),
            VisitTimer::WaitLong => self.offer_for_long_wait(slot),
            VisitTimer::MissedOver => self.missed_over(slot),
            VisitTimer::AwayOver => self.away_over(slot),
            VisitTimer::ParkOver => self.expire(slot, "park_over"),
            VisitTimer::Opens => self.opening_has_come(slot),
            VisitTimer::PutOff => self.put_off_all(),
            VisitTimer::CheckIn => self.offer_check_in(slot),
            VisitTimer::NoShow => self.did_not_come(slot),
            VisitTimer::CallbackOver => self.callback_over(slot),
            VisitTimer::RingOver => self.ring_times_out(slot),
            VisitTimer::TransferOver => self.transfer_takes_long(slot),
            VisitTimer::AcceptOver => self.call_not_accepted(slot),
            VisitTimer::GraceOver => self.grace_over(slot),
            VisitTimer::HoldLong => self.hold_too_long(slot),
            VisitTimer::ReferralOver => self.referral_over(slot),
            VisitTimer::CarriedOver => self.use_up_carried(slot),
        }
    }

    fn window_timer(&self, desk: &Desk) -> Option<(Timestamp, WindowTimer)> {
        let window = &desk.window;
        let silent = (self.window_lease(desk), WindowTimer::Silent);
        let since = window.work_since;
        match &window.work {
            Work::Idle {} => {
                let block = window
                    .blocked_until
                    .filter(|moment| *moment > self.turn.now)
                    .map(|moment| (moment, WindowTimer::Block));
                let silent = is_on_duty(window.presence).then_some(silent);
                [block, silent].into_iter().flatten().min()
            }
            Work::Reserved { .. } | Work::Connecting { .. } => Some(silent),
            Work::Talking { visit } | Work::Holding { visit } => {
                let kept_for_lost = self
                    .roll
                    .get(visit)
                    .is_some_and(|entry| matches!(entry.visit.state, VisitState::Dropped { .. }));
                (!kept_for_lost).then_some(silent)
            }
            Work::WrapUp { until, overdue, .. } => (!overdue).then(|| (self.graced(since, *until), WindowTimer::WrapUpOver)),
            Work::Suspect { until, .. } => until.map(|until| (self.graced(since, until), WindowTimer::PauseOver)),
        }
    }

    fn run_window(&mut self, desk: usize, timer: WindowTimer) {
        match timer {
            WindowTimer::Silent => self.lose_window(desk),
            WindowTimer::Block => {}
            WindowTimer::WrapUpOver => self.wrap_up_over(desk),
            WindowTimer::PauseOver => self.free_window(desk, "pause_over"),
        }
    }

    fn window_lease(&self, desk: &Desk) -> Timestamp {
        let heard = desk.page.heard;
        self.graced(heard, heard.plus(self.facts.rules.timers.window_lease_ms))
    }

    fn next_alert(&self, entry: &Entry, (since, until): (Timestamp, Timestamp)) -> Option<(Timestamp, VisitTimer)> {
        let is_last = u32::from(entry.alerts) >= self.facts.rules.timers.challenge_alerts;
        let next = since.plus(self.between_alerts((since, until)) * u32::from(entry.alerts));
        (!is_last).then_some((next, VisitTimer::Alert))
    }

    /// The next alert of a challenge. Where the rules say more of them meanwhile, those that would have been are not made up for.
    fn alert_again(&mut self, slot: Slot) {
        let entry = &self.roll[slot];
        let VisitState::Calling { since, until } = entry.visit.state else {
            return;
        };
        let shown = self.alert_at((since, until), self.turn.now);
        let visit = entry.visit.id.clone();
        self.roll[slot].alerts = shown.max(entry.alerts + 1);
        self.outbox.tell(Tell::Visit(visit));
    }

    /// The alert of a challenge that is shown at `now`, from 1.
    pub(super) fn alert_at(&self, (since, until): (Timestamp, Timestamp), now: Timestamp) -> u8 {
        let last = self.facts.rules.timers.challenge_alerts.max(1) - 1;
        let passed = now.since(since) / self.between_alerts((since, until));
        u8::try_from(passed.min(last)).unwrap_or(u8::MAX - 1) + 1
    }

    /// Alerts are spread over a challenge as it began, also where its length is another one in the rules meanwhile. Milliseconds.
    fn between_alerts(&self, (since, until): (Timestamp, Timestamp)) -> u32 {
        (until.since(since) / self.facts.rules.timers.challenge_alerts.max(1)).max(1)
    }
}

/// Timers of a visit that run on when it is over.
fn running_on(entry: &Entry) -> impl Iterator<Item = (Timestamp, VisitTimer)> {
    let referral = open_until(&entry.visit).map(|until| (until, VisitTimer::ReferralOver));
    let carried = entry.carried_until().map(|until| (until, VisitTimer::CarriedOver));
    referral.into_iter().chain(carried)
}

/// Whether a person with this presence takes visits, rung or picked.
pub(super) fn is_on_duty(presence: Presence) -> bool {
    match presence {
        Presence::Available {} | Presence::OnDemand {} => true,
        Presence::Offline {} | Presence::Break { .. } | Presence::Draining {} | Presence::Training {} => false,
    }
}
