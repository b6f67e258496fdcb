//! Whose turn it could be: the line sorted by what may happen to each visit next.

use std::collections::BTreeSet;

use yunyiban_protocol::Timestamp;

use crate::hall::line::Spot;
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

/// The visits of each kind, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Turns {
    pub ready: BTreeSet<Spot>,
    pub askable: BTreeSet<Spot>,
    pub calling: BTreeSet<Spot>,
    pub skipping: BTreeSet<Spot>,
}

impl Turns {
    /// Files a visit anew.
    pub fn refile(&mut self, was: Option<(Stand, Spot)>, is: Option<(Stand, Spot)>) {
        if was == is {
            return;
        }
        if let Some((stand, spot)) = was {
            self.of(stand).remove(&spot);
        }
        if let Some((stand, spot)) = is {
            self.of(stand).insert(spot);
        }
    }

    /// Visits that hold a warm connection or are asked for one, ahead of `spot`; counted up to `most`.
    pub fn warmed_ahead(&self, spot: &Spot, most: usize) -> usize {
        self.calling.len() + self.ready.range(..spot).take(most).count()
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
