//! Bugs that are known from other houses, switched on by a test to see that the simulation finds them (GUARANTEES 5d).
//! No release has this module.

use std::cell::{Cell, RefCell};

use yunyiban_protocol::{Timestamp, Work};

use crate::event::Row;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{TakeNumberAct, Timers, VisitState};

/// One known bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A second window claims the visit the first was just rung for.
    NaiveClaim,
    /// The last in line is rung first.
    SkipInversion,
    /// Answers leave before they are stored.
    AckBeforeCommit,
    /// The archive takes writes of an owner of before.
    MissingEpoch,
    /// The outcome of a visit is stored with whatever is stored next.
    LostOutcome,
    /// A page that comes back gets another number.
    RefreshTakesAnew,
    /// A second tab is taken for a hang-up.
    DuplicateEndsCall,
    /// Leases and timers run on while the server is down.
    LeaseByWallClock,
    /// Every hall hears what one is told.
    CrossHall,
    /// The gate of a call stays open after it.
    GateNotShut,
    /// A second failure on the way back from a first ends the hall's task.
    RollbackOfRollback,
    /// A hall is loaded from a copy that lags behind.
    ReplicaRead,
    /// Whoever comes after a clock was set back stands before those who wait.
    OrderByClock,
    /// What the archive has waiting to be told to people away is left there.
    ForgottenMessage,
    /// A rule is changed in memory, and the archive keeps the old one.
    RuleInMemory,
    /// What runs towards an end is given the length of the new rule.
    RuleMovesEnds,
    /// The server reads the wall clock whenever it asks for the time, and not once at its start.
    FollowsWallClock,
}

impl Planted {
    /// All seventeen.
    pub const ALL: [Planted; 17] = [
        Planted::NaiveClaim,
        Planted::SkipInversion,
        Planted::AckBeforeCommit,
        Planted::MissingEpoch,
        Planted::LostOutcome,
        Planted::RefreshTakesAnew,
        Planted::DuplicateEndsCall,
        Planted::LeaseByWallClock,
        Planted::CrossHall,
        Planted::GateNotShut,
        Planted::RollbackOfRollback,
        Planted::ReplicaRead,
        Planted::OrderByClock,
        Planted::ForgottenMessage,
        Planted::RuleInMemory,
        Planted::RuleMovesEnds,
        Planted::FollowsWallClock,
    ];
}

thread_local! {
    static ON: Cell<Option<Planted>> = const { Cell::new(None) };
    static HELD_BACK: RefCell<Vec<Row>> = const { RefCell::new(Vec::new()) };
}

/// Switches one bug on, and every other off, for what runs on this thread.
pub fn plant(bug: Option<Planted>) {
    ON.set(bug);
    HELD_BACK.take();
}

/// Whether a bug is on.
pub fn is_planted(bug: Planted) -> bool {
    ON.get() == Some(bug)
}

impl Hall {
    /// [`Planted::NaiveClaim`]
    pub(super) fn claim_again(&mut self, slot: Slot) {
        let VisitState::Ringing { until, .. } = self.roll[slot].visit.state else {
            return;
        };
        let second = (0..self.desks.len()).find(|desk| self.may_be_rung(*desk));
        if let Some(desk) = second.filter(|_| is_planted(Planted::NaiveClaim)) {
            let visit = self.roll[slot].visit.id.clone();
            self.alter_window(desk, "rung", |window| window.work = Work::Reserved { visit, until });
        }
    }

    /// [`Planted::SkipInversion`]
    pub(super) fn last_pair(&self) -> Option<(Slot, usize)> {
        let idle: Vec<usize> = (0..self.desks.len()).filter(|desk| self.may_be_rung(*desk)).collect();
        let lanes = self.turns.lanes().filter(|_| is_planted(Planted::SkipInversion));
        let ready = lanes.flat_map(|(lane, turns)| turns.ready.iter().map(move |spot| (spot, lane)));
        let taken = ready.filter_map(|(spot, lane)| self.best_window(spot.slot, lane, &idle).map(|desk| (spot, desk)));
        taken.max_by_key(|(spot, _)| **spot).map(|(spot, desk)| (spot.slot, desk))
    }
}

/// [`Planted::RuleInMemory`]
pub(super) fn leave_rules_out(mut rows: Vec<Row>) -> Vec<Row> {
    rows.retain(|row| !is_planted(Planted::RuleInMemory) || !matches!(row, Row::Rules { .. }));
    rows
}

/// [`Planted::RuleMovesEnds`]
pub(super) fn end_by_new_rule(state: &VisitState, until: Timestamp, timers: &Timers) -> Timestamp {
    if !is_planted(Planted::RuleMovesEnds) {
        return until;
    }
    let (since, length_ms) = match state {
        VisitState::Away { since, .. } => (since, timers.away_keeps_ms),
        VisitState::Ringing { since, .. } => (since, timers.ring_ms),
        VisitState::Calling { since, .. } => (since, timers.challenge_ms),
        VisitState::Parked { since, .. } => (since, timers.park_ms),
        VisitState::Dropped { since, .. } => (since, timers.drop_grace_ms),
        VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Missed { .. }
        | VisitState::Connecting { .. }
        | VisitState::Serving { .. }
        | VisitState::Held { .. }
        | VisitState::Transferring { .. }
        | VisitState::Closed { .. } => return until,
    };
    until.min(since.plus(length_ms))
}

/// [`Planted::LostOutcome`]
pub(super) fn hold_back_outcomes(rows: Vec<Row>) -> Vec<Row> {
    if !is_planted(Planted::LostOutcome) {
        return rows;
    }
    let (outcomes, mut others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| matches!(row, Row::Outcome { .. }));
    others.extend(HELD_BACK.replace(outcomes));
    others
}

/// [`Planted::RefreshTakesAnew`]
pub(super) fn forget_cookie(mut take: TakeNumberAct) -> TakeNumberAct {
    take.known = take.known.filter(|_| !is_planted(Planted::RefreshTakesAnew));
    take
}
