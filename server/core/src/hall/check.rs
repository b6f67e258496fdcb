//! Assertions that stay on in production (GUARANTEES 5a): cheap, over what changed since the last drain.

use yunyiban_protocol::Work;

use crate::hall::{Desk, Hall};
use crate::window::visit_of;
use crate::{Consult, Visit, VisitState};

impl Hall {
    /// A broken invariant by its name; then the changes must not be stored and the hall is built anew.
    pub fn broken_invariant(&self) -> Option<&'static str> {
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::NaiveClaim) {
            return None;
        }
        self.broken.or_else(|| self.broken_window()).or_else(|| self.broken_visit())
    }

    /// I1, I2: window and visit name each other, in matching states.
    fn broken_window(&self) -> Option<&'static str> {
        let paired = |desk: &Desk| {
            let visit = visit_of(&desk.window.work).map(|visit| self.roll.get(visit));
            match visit {
                None => true,
                Some(None) => false,
                Some(Some(entry)) => match_up(desk, &entry.visit),
            }
        };
        (!self.desks.iter().all(paired)).then_some("I1: a window has a visit that is not at it")
    }

    /// I1: a visit at a window is the one that window has. I5: a closed visit stands nowhere.
    fn broken_visit(&self) -> Option<&'static str> {
        for slot in self.outbox.changed_visits() {
            let entry = &self.roll[*slot];
            let desk = entry
                .visit
                .state
                .window()
                .map(|window| self.desks.iter().find(|desk| desk.window.id == *window));
            if desk.is_some_and(|desk| desk.is_none_or(|desk| visit_of(&desk.window.work) != Some(&entry.visit.id))) {
                return Some("I1: a visit is at a window that has another");
            }
            if entry.visit.state.is_closed() && (entry.spot.is_some() || entry.stand.is_some()) {
                return Some("I5: a closed visit is still in line");
            }
        }
        None
    }
}

fn match_up(desk: &Desk, visit: &Visit) -> bool {
    let here = visit.state.window() == Some(&desk.window.id);
    let speaks_here = matches!(&visit.state, VisitState::Transferring { to: Some(to), consult: Some(Consult::Begun), .. } if *to == desk.window.id);
    let moves_here = matches!(&visit.state, VisitState::Transferring { to: Some(to), .. } if *to == desk.window.id);
    match &desk.window.work {
        Work::Idle {} | Work::Suspect { .. } => true,
        Work::Reserved { .. } => moves_here || here && matches!(visit.state, VisitState::Ringing { .. }),
        Work::Connecting { .. } => here && matches!(visit.state, VisitState::Connecting { .. }),
        Work::Talking { .. } => here && matches!(visit.state, VisitState::Serving { .. } | VisitState::Dropped { .. }),
        Work::Holding { .. } => speaks_here || here && matches!(visit.state, VisitState::Held { .. } | VisitState::Transferring { .. }),
        Work::WrapUp { .. } => visit.state.is_closed(),
    }
}
