//! 好差评: the citizen's alone, one a service. One tap gives it; until the day ends it may be corrected.

use yunyiban_protocol::{Outcome, RatingLevel, Timestamp};

use crate::event::{Done, Row, Subject};
use crate::hall::Hall;
use crate::hall::hours::day_of;
use crate::hall::roll::Slot;
use crate::{Refusal, Visit, VisitState};

impl Hall {
    /// Rates a served visit, or corrects its rating.
    pub(super) fn rate(&mut self, slot: Slot, level: RatingLevel) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        let now = self.turn.now;
        if !may_rate(visit, now) {
            return Err(visit.rating.map_or(Refusal::NotServed, |_| Refusal::AlreadyRated));
        }
        let before = visit.rating;
        if before == Some(level) {
            return Ok(Done::Nothing);
        }
        let id = visit.id.clone();
        let cause = before.map_or("rated", |_| "rating_corrected");
        self.alter(slot, cause, |visit| visit.rating = Some(level));
        self.push_event(cause, before.map(RatingLevel::code), Subject::Rating { visit: id.clone(), level });
        self.outbox.rows.push(Row::Rating { visit: id, level, at: now });
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

/// Whether the citizen may give a rating now, or correct it. A correction is for a thumb that slipped, so it ends with
/// the day of the service; figures of that day stand from then on.
pub(super) fn may_rate(visit: &Visit, now: Timestamp) -> bool {
    match visit.state {
        VisitState::Closed {
            outcome: Outcome::Served,
            at,
        } => visit.rating.is_none() || day_of(at) == day_of(now),
        VisitState::Closed { .. }
        | VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::Away { .. }
        | VisitState::Calling { .. }
        | VisitState::Missed { .. }
        | VisitState::Ringing { .. }
        | VisitState::Connecting { .. }
        | VisitState::Serving { .. }
        | VisitState::Held { .. }
        | VisitState::Dropped { .. }
        | VisitState::Parked { .. }
        | VisitState::Transferring { .. }
        | VisitState::CallbackKept { .. } => false,
    }
}
