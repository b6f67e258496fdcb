//! What the model says of how many are in the hall.

use super::Model;
use crate::{Event, Visit, VisitState};

impl Model {
    /// I25: a number is given while fewer are there than the hall takes at once; whoever has an appointment to come is not there yet, and whose place
    /// was given away is there no more.
    pub(super) fn hold_capacity(&self, event: &Event) {
        let is_there = |visit: &&Visit| match visit.state {
            VisitState::Booked { .. } => visit.appointment.is_none(),
            VisitState::Closed { .. } | VisitState::Missed { late: true, .. } => false,
            VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => true,
        };
        let there = self.visits.values().filter(is_there).count();
        assert!(
            there < self.rules().max_live_visits as usize,
            "event {} gives one number more than {there}",
            event.seq
        );
    }
}
