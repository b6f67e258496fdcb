//! Showing (屏对屏): who shows what, while the talk runs.

use yunyiban_protocol::{Seat, ShareKind};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, VisitState};

impl Hall {
    /// Begins to show.
    pub(super) fn start_share(&mut self, slot: Slot, from: Seat, kind: ShareKind) -> Result<Done, Refusal> {
        let visit = &self.roll[slot].visit;
        if !matches!(visit.state, VisitState::Serving { .. }) {
            return Err(Refusal::NotNow);
        }
        if !visit.shares.contains(&(from, kind)) {
            self.alter(slot, "share_started", |visit| visit.shares.push((from, kind)));
        }
        Ok(Done::Nothing)
    }

    /// Ends showing; nothing to do when it has ended with the talk.
    pub(super) fn stop_share(&mut self, slot: Slot, from: Seat, kind: ShareKind) -> Result<Done, Refusal> {
        if self.roll[slot].visit.shares.contains(&(from, kind)) {
            self.alter(slot, "share_stopped", |visit| visit.shares.retain(|share| *share != (from, kind)));
        }
        Ok(Done::Nothing)
    }

    /// The window begins to show.
    pub(super) fn staff_starts_share(&mut self, desk: usize, kind: ShareKind) -> Result<Done, Refusal> {
        let (slot, _) = self.served_visit(desk)?;
        self.start_share(slot, Seat::Staff, kind)
    }

    /// The window ends showing.
    pub(super) fn staff_stops_share(&mut self, desk: usize, kind: ShareKind) -> Result<Done, Refusal> {
        match self.visit_at(desk) {
            Some(slot) => self.stop_share(slot, Seat::Staff, kind),
            None => Ok(Done::Nothing),
        }
    }
}
