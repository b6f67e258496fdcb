//! Pages of every age in one house: what a page of before does not know, it is told as before (PROTOCOL.md, "Changing it").

use yunyiban_protocol::{Place, PlaceCause, VisitStatus, VisitView};

/// The first version whose pages have a sentence for [`PlaceCause::Referred`]. An older one would show the bare word, and is told of no cause.
const KNOWS_REFERRED: u16 = 3;

/// A visit as a page of this version knows it.
pub fn visit_for(version: u16, mut visit: VisitView) -> VisitView {
    match &mut visit.status {
        VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. } => leave_out(version, place),
        VisitStatus::Missed { .. }
        | VisitStatus::Ringing {}
        | VisitStatus::Connecting { .. }
        | VisitStatus::Serving { .. }
        | VisitStatus::Held { .. }
        | VisitStatus::Parked { .. }
        | VisitStatus::Dropped { .. }
        | VisitStatus::Transferring { .. }
        | VisitStatus::Booked { .. }
        | VisitStatus::CallbackKept { .. }
        | VisitStatus::Closed { .. } => {}
    }
    visit
}

/// The same of a place alone.
pub(crate) fn place_for(version: u16, mut place: Place) -> Place {
    leave_out(version, &mut place);
    place
}

fn leave_out(version: u16, place: &mut Place) {
    place.cause.take_if(|cause| version < KNOWS_REFERRED && *cause == PlaceCause::Referred);
}
