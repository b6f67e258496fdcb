//! A wall clock that was set back while the server was down (F20): what ran then goes on for as long as it had left.
//!
//! Within one process the clock never runs backwards. After a restart it may: then moments in the rows lie ahead of now, and a
//! ring of twenty seconds would last the hour the clock was set back by. So they are counted back once, with an event each.
//! Orders are never touched; a new arrival stands behind everybody who is there, whatever the clock says ([`Hall::arrival`]).

use yunyiban_protocol::{Timestamp, Work};

use crate::hall::Hall;
use crate::hall::referral::open_until;
use crate::hall::roll::Slot;
use crate::{Visit, VisitState, Window};

impl Hall {
    /// Notes by how much the newest moment of the rows lies ahead of now. Only of rows that are counted back: any other
    /// would lie ahead at the next start, too.
    pub(super) fn look_at_the_clock(&mut self) {
        let visits = || self.roll.iter().map(|(_, entry)| &entry.visit).filter(|visit| !visit.state.is_closed());
        let windows = self.desks.iter().flat_map(|desk| [desk.window.work_since, desk.window.presence_since]);
        let closed = self.suspended.iter().map(|suspended| suspended.suspension.since);
        let referred = self.roll.iter().filter(|(_, entry)| open_until(&entry.visit).is_some());
        let referred = referred.filter_map(|(_, entry)| Some(entry.visit.referral.as_deref()?.at));
        let newest = visits()
            .filter_map(|visit| since(&visit.state))
            .chain(windows)
            .chain(closed)
            .chain(referred);
        let newest = newest.max().unwrap_or_default();
        // As it came, whatever it was given credit for since.
        let came = |visit: &Visit| visit.moves_ahead().next().map_or(visit.order, |credit| credit.from);
        self.latest_arrival = visits().map(|visit| came(visit).effective).max().unwrap_or_default();
        self.set_back_ms = (newest.as_millis() - self.turn.now.as_millis()).max(0);
    }

    /// Whether something is to be counted back.
    pub(super) const fn is_set_back(&self) -> bool {
        self.set_back_ms > 0
    }

    /// Counts every moment that runs back, once.
    pub(super) fn count_back(&mut self) {
        let back = Back(std::mem::take(&mut self.set_back_ms));
        if back.0 == 0 {
            return;
        }
        // Of a visit that is over only its referral runs on.
        let runs = |visit: &Visit| !visit.state.is_closed() || open_until(visit).is_some();
        let running: Vec<Slot> = self.roll.iter().filter(|(_, entry)| runs(&entry.visit)).map(|(slot, _)| slot).collect();
        self.as_system(|hall| {
            for slot in running {
                hall.alter(slot, "clock_set_back", |visit| back.visit(visit));
            }
            hall.count_suspension_back(|moment| back.moment(moment));
            for desk in 0..hall.desks.len() {
                hall.alter_window(desk, "clock_set_back", |window| back.window(window));
            }
        });
    }

    /// The moment of arrival that orders a visit taken now: never before that of somebody who is there.
    pub(super) fn arrival(&mut self) -> Timestamp {
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::OrderByClock) {
            return self.turn.now;
        }
        self.latest_arrival = self.latest_arrival.max(self.turn.now);
        self.latest_arrival
    }
}

/// Milliseconds the clock was set back by.
#[derive(Clone, Copy)]
struct Back(i64);

impl Back {
    fn moment(self, moment: &mut Timestamp) {
        *moment = Timestamp::from_millis(moment.as_millis() - self.0);
    }

    fn moments<'a>(self, moments: impl IntoIterator<Item = &'a mut Timestamp>) {
        moments.into_iter().for_each(|moment| self.moment(moment));
    }

    fn visit(self, visit: &mut Visit) {
        if let Some(referral) = &mut visit.referral {
            self.moments([&mut referral.at, &mut referral.until]);
        }
        if visit.state.is_closed() {
            return;
        }
        self.state(&mut visit.state);
        // When the hall opens is a moment of the calendar, whatever the clock did.
        if !matches!(visit.state, VisitState::Booked { .. }) {
            let mut waits_here_since = visit.waits_here_since();
            self.moment(&mut waits_here_since);
            visit.waits_from = Some(waits_here_since);
        }
        self.moments(visit.referred.as_mut().and_then(|referred| referred.waits_since.as_mut()));
        self.moments(visit.sticky.as_deref_mut().map(|(_, until)| until));
        if let Some(callback) = &mut visit.callback {
            self.moments([&mut callback.asked_at].into_iter().chain(&mut callback.rests_until));
        }
        self.moments(
            [
                &mut visit.ringing_since,
                &mut visit.here_at,
                &mut visit.back_at,
                &mut visit.spared_until,
                &mut visit.kept_until,
            ]
            .into_iter()
            .flatten(),
        );
        self.moments(&mut visit.served_at);
    }

    fn state(self, state: &mut VisitState) {
        match state {
            VisitState::Booked { .. } | VisitState::Closed { .. } => {}
            VisitState::Waiting { since, not_before, .. } => self.moments([since].into_iter().chain(not_before)),
            VisitState::Away { since, until }
            | VisitState::Calling { since, until }
            | VisitState::Missed { since, until, .. }
            | VisitState::Ringing { since, until, .. }
            | VisitState::Connecting { since, until, .. }
            | VisitState::Parked { since, until } => self.moments([since, until]),
            VisitState::Serving { since, .. } => self.moment(since),
            VisitState::CallbackKept { since, not_before, .. } => self.moments([since].into_iter().chain(not_before)),
            VisitState::Held {
                since, talking_since, until, ..
            }
            | VisitState::Dropped {
                since, talking_since, until, ..
            }
            | VisitState::Transferring {
                since, talking_since, until, ..
            } => self.moments([since, talking_since, until]),
        }
    }

    fn window(self, window: &mut Window) {
        self.moments([&mut window.presence_since, &mut window.work_since]);
        self.moments(window.worked.iter_mut().flat_map(|(began, ended)| [began, ended]));
        self.moments(window.declines.iter_mut().chain(&mut window.blocked_until));
        match &mut window.work {
            Work::Reserved { until, .. } | Work::Connecting { until, .. } | Work::WrapUp { until, .. } => self.moment(until),
            Work::Suspect { until, .. } => self.moments(until),
            Work::Idle {} | Work::Talking { .. } | Work::Holding { .. } => {}
        }
    }
}

/// Since when a visit stands where it stands.
fn since(state: &VisitState) -> Option<Timestamp> {
    match state {
        VisitState::Waiting { since, .. }
        | VisitState::Away { since, .. }
        | VisitState::Calling { since, .. }
        | VisitState::Missed { since, .. }
        | VisitState::Ringing { since, .. }
        | VisitState::Connecting { since, .. }
        | VisitState::Serving { since, .. }
        | VisitState::Held { since, .. }
        | VisitState::Parked { since, .. }
        | VisitState::Dropped { since, .. }
        | VisitState::Transferring { since, .. }
        | VisitState::CallbackKept { since, .. } => Some(*since),
        VisitState::Booked { .. } | VisitState::Closed { .. } => None,
    }
}
