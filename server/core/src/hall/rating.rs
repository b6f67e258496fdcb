//! 好差评: the citizen's alone, once, after being served.

use yunyiban_protocol::{Outcome, RatingLevel};

use crate::event::{Done, Row, Subject};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, Visit, VisitState};

impl Hall {
    /// Rates a served visit.
    pub(super) fn rate(&mut self, slot: Slot, level: RatingLevel) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        if visit.rating.is_some() {
            return Err(Refusal::AlreadyRated);
        }
        if !may_rate(visit) {
            return Err(Refusal::NotServed);
        }
        let (id, at) = (visit.id.clone(), self.turn.now);
        self.alter(slot, "rated", |visit| visit.rating = Some(level));
        self.push_event("rated", None, Subject::Rating { visit: id.clone(), level });
        self.outbox.rows.push(Row::Rating { visit: id, level, at });
        Ok(Done::Nothing)
    }

    /// Asks for a rating; the window never learns whether one was given.
    pub(super) fn invite_rating(&mut self, desk: usize) -> Result<Done, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        let visit = &self.roll[slot].visit;
        match visit.state {
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } | VisitState::Closed { .. } => {}
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => return Err(Refusal::NotNow),
        }
        if !visit.rating_invited {
            self.alter(slot, "rating_invited", |visit| visit.rating_invited = true);
            self.tell_served(desk);
        }
        Ok(Done::Nothing)
    }
}

/// Whether the citizen may rate now.
pub(super) fn may_rate(visit: &Visit) -> bool {
    visit.rating.is_none()
        && matches!(
            visit.state,
            VisitState::Closed {
                outcome: Outcome::Served,
                ..
            }
        )
}
