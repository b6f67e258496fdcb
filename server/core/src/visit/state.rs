//! What follows from where a visit stands.

use yunyiban_protocol::{Outcome, Timestamp, WindowId};

use crate::{Visit, VisitState};

impl VisitState {
    /// The name of a visit that stands in no line yet.
    pub const BOOKED: &str = "booked";

    /// The name stored in the `state` column and in events.
    pub const fn name(&self) -> &'static str {
        match self {
            VisitState::Booked { .. } => Self::BOOKED,
            VisitState::Waiting { .. } => "waiting",
            VisitState::Away { .. } => "away",
            VisitState::Calling { .. } => "calling",
            VisitState::Missed { .. } => "missed",
            VisitState::Ringing { .. } => "ringing",
            VisitState::Connecting { .. } => "connecting",
            VisitState::Serving { .. } => "serving",
            VisitState::Held { .. } => "held",
            VisitState::Parked { .. } => "parked",
            VisitState::Dropped { .. } => "dropped",
            VisitState::Transferring { .. } => "transferring",
            VisitState::CallbackKept { .. } => "callback_kept",
            VisitState::Closed { .. } => "closed",
        }
    }

    /// The window this visit occupies, from ring to drop grace; of a transfer the origin.
    pub const fn window(&self) -> Option<&WindowId> {
        match self {
            VisitState::Ringing { window, .. }
            | VisitState::Connecting { window, .. }
            | VisitState::Serving { window, .. }
            | VisitState::Held { window, .. }
            | VisitState::Dropped { window, .. }
            | VisitState::Transferring { from: window, .. } => Some(window),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        }
    }

    /// Whether the visit is over.
    pub const fn is_closed(&self) -> bool {
        match self {
            VisitState::Closed { .. } => true,
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
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
            | VisitState::CallbackKept { .. } => false,
        }
    }

    /// How and when the visit ended.
    pub const fn ended(&self) -> Option<(Outcome, Timestamp)> {
        match self {
            VisitState::Closed { outcome, at } => Some((*outcome, *at)),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
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
            | VisitState::CallbackKept { .. } => None,
        }
    }

    /// Since when the talk at the window runs, held and dropped moments included.
    pub const fn talking_since(&self) -> Option<Timestamp> {
        match self {
            VisitState::Serving { since: began, .. }
            | VisitState::Held { talking_since: began, .. }
            | VisitState::Dropped { talking_since: began, .. }
            | VisitState::Transferring { talking_since: began, .. } => Some(*began),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        }
    }

    /// Whether the visit stands in line with its page, there or asleep.
    pub const fn waits_on_page(&self) -> bool {
        match self {
            VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } => true,
            VisitState::Booked { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => false,
        }
    }

    /// Whether the visit stands in line: people behind it count it.
    pub const fn in_line(&self) -> bool {
        match self {
            VisitState::Waiting { .. } | VisitState::Away { .. } | VisitState::Calling { .. } | VisitState::CallbackKept { .. } => true,
            VisitState::Booked { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::Closed { .. } => false,
        }
    }

    /// Whether it stands in line and is over the rest after a skipped turn: it may be asked again for an idle window.
    pub fn is_rested(&self, now: Timestamp) -> bool {
        match self {
            VisitState::Waiting { not_before, .. } => not_before.is_none_or(|moment| moment <= now),
            VisitState::Booked { .. }
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
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => false,
        }
    }

    /// Whether a visit may come into this state from the one of that name (DOMAIN 3.2; I7).
    /// Staying in a state with other data is always legal; `closed` is absorbing.
    pub fn may_follow(&self, before: &str) -> bool {
        if before == self.name() {
            return true;
        }
        match self {
            VisitState::Booked { .. } => false,
            VisitState::Waiting { .. } => {
                matches!(
                    before,
                    "booked" | "away" | "calling" | "missed" | "ringing" | "connecting" | "parked" | "dropped" | "transferring" | "callback_kept"
                )
            }
            VisitState::Away { .. } => before == "waiting",
            VisitState::Calling { .. } => matches!(before, "waiting" | "away" | "callback_kept"),
            VisitState::Missed { .. } => matches!(before, "calling" | "connecting" | "away"),
            VisitState::Ringing { .. } => matches!(before, "waiting" | "calling" | "callback_kept"),
            VisitState::Connecting { .. } => before == "ringing",
            VisitState::Serving { .. } => matches!(before, "connecting" | "held" | "dropped" | "transferring"),
            VisitState::Held { .. } => before == "serving",
            VisitState::Parked { .. } => matches!(before, "serving" | "held"),
            VisitState::Dropped { .. } => matches!(before, "serving" | "held"),
            VisitState::Transferring { .. } => matches!(before, "serving" | "held"),
            VisitState::CallbackKept { .. } => matches!(
                before,
                "booked" | "waiting" | "away" | "calling" | "ringing" | "connecting" | "transferring"
            ),
            VisitState::Closed { .. } => true,
        }
    }
}

impl Visit {
    /// Since when its turn is missed (过号), until when its place near the front, or else its number, is kept, and whether that place is
    /// given away; `None` of whoever comes back by itself.
    pub fn missed(&self) -> Option<(Timestamp, Timestamp, bool)> {
        let VisitState::Missed { since, until, late } = self.state else {
            return None;
        };
        self.back_at.is_none().then_some((since, until, late))
    }
}
