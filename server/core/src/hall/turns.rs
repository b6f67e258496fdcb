//! Whose turn it could be: the visits of each lane sorted by what may happen to them next.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::Timestamp;

use crate::hall::line::Spot;
use crate::hall::matching::{Demand, Lane, QueueIndex};
use crate::{Visit, VisitState};

/// What may happen to a visit in line next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// A window may be rung for it.
    Ready,
    /// It may be asked 「我在?」.
    Askable,
    /// It is being asked.
    Calling,
    /// It did not answer and skips a turn.
    Skipping,
}

/// Where a visit is filed, under its spot in the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Filed {
    pub stand: Stand,
    pub lane: Lane,
}

/// The visits of one lane of each kind, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LaneTurns {
    pub ready: BTreeSet<Spot>,
    pub askable: BTreeSet<Spot>,
    pub calling: BTreeSet<Spot>,
    pub skipping: BTreeSet<Spot>,
}

/// The lanes that have anybody.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Turns {
    lanes: BTreeMap<Lane, LaneTurns>,
}

impl Turns {
    /// Files a visit anew.
    pub fn refile(&mut self, was: Option<(Filed, Spot)>, is: Option<(Filed, Spot)>) {
        if was == is {
            return;
        }
        if let Some((Filed { stand, lane }, spot)) = was
            && let Some(turns) = self.lanes.get_mut(&lane)
        {
            turns.of(stand).remove(&spot);
            if turns.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        if let Some((Filed { stand, lane }, spot)) = is {
            self.lanes.entry(lane).or_default().of(stand).insert(spot);
        }
    }

    /// Every lane that has anybody.
    pub fn lanes(&self) -> impl Iterator<Item = (&Lane, &LaneTurns)> {
        self.lanes.iter()
    }

    /// Whether nobody may be asked.
    pub fn nobody_to_ask(&self) -> bool {
        self.lanes.values().all(|turns| turns.askable.is_empty() && turns.skipping.is_empty())
    }

    /// Everybody who skips a turn.
    pub fn skipping(&self) -> Vec<Spot> {
        self.lanes.values().flat_map(|turns| &turns.skipping).copied().collect()
    }

    /// Visits of a queue that hold a warm connection or are asked for one, ahead of `spot`; counted up to `most`. Those
    /// whose demand is `unattended` are not rung, and keep nobody from being warm.
    pub fn warmed_ahead(&self, spot: &Spot, most: usize, unattended: &BTreeSet<Demand>) -> usize {
        let calling: usize = self.attended(spot.queue, unattended).map(|turns| turns.calling.len()).sum();
        calling + self.ready_ahead(spot, most, unattended)
    }

    /// Visits of the queue that may be rung, ahead of `spot`; of each lane counted up to `most`.
    pub fn ready_ahead(&self, spot: &Spot, most: usize, unattended: &BTreeSet<Demand>) -> usize {
        let lanes = self.attended(spot.queue, unattended);
        lanes.map(|turns| turns.ready.range(..spot).take(most).count()).sum()
    }

    fn attended(&self, queue: QueueIndex, unattended: &BTreeSet<Demand>) -> impl Iterator<Item = &LaneTurns> {
        let lanes = self.lanes.iter().filter(move |(lane, _)| lane.queue == queue);
        lanes.filter(|(lane, _)| !unattended.contains(&lane.demand())).map(|(_, turns)| turns)
    }
}

impl LaneTurns {
    /// Visits that hold a warm connection or are asked for one.
    pub fn warmed(&self) -> usize {
        self.calling.len() + self.ready.len()
    }

    /// The first, whatever may happen to it.
    pub fn first(&self) -> Option<&Spot> {
        let firsts = [&self.ready, &self.askable, &self.calling, &self.skipping].map(|spots| spots.first());
        firsts.into_iter().flatten().min()
    }

    fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    fn of(&mut self, stand: Stand) -> &mut BTreeSet<Spot> {
        match stand {
            Stand::Ready => &mut self.ready,
            Stand::Askable => &mut self.askable,
            Stand::Calling => &mut self.calling,
            Stand::Skipping => &mut self.skipping,
        }
    }
}

/// Where a visit's turn stands. `handshake`: 「我在」 is asked before a ring. `rings`: turns of the hall so far.
pub(super) fn stand(visit: &Visit, handshake: bool, rings: u32, now: Timestamp) -> Option<Stand> {
    match visit.state {
        VisitState::Waiting {
            not_before, skip_until_ring, ..
        } => {
            if visit.here || !handshake {
                not_before.is_none_or(|moment| moment <= now).then_some(Stand::Ready)
            } else if skip_until_ring.is_some_and(|turn| rings <= turn) {
                Some(Stand::Skipping)
            } else {
                Some(Stand::Askable)
            }
        }
        VisitState::Calling { .. } => Some(Stand::Calling),
        VisitState::CallbackKept { not_before, .. } => not_before.is_none_or(|moment| moment <= now).then_some(Stand::Ready),
        VisitState::Booked { .. }
        | VisitState::Away { .. }
        | VisitState::Missed { .. }
        | VisitState::Ringing { .. }
        | VisitState::Connecting { .. }
        | VisitState::Serving { .. }
        | VisitState::Held { .. }
        | VisitState::Parked { .. }
        | VisitState::Dropped { .. }
        | VisitState::Transferring { .. }
        | VisitState::Closed { .. } => None,
    }
}
