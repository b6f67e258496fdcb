//! Known bugs of the tasks, switched on by a test ([`yunyiban_core::planted`]). No release has this module.

use yunyiban_core::planted::{Planted, is_planted};
use yunyiban_core::{Act, CitizenAct, Input};
use yunyiban_protocol::{HallId, Timestamp, VisitStatus};

use super::HallTask;
use super::batch::Batch;
use crate::House;
use crate::outbox::OutboxSender;
use crate::switchboard::{Line, Party};

/// [`Planted::RollbackOfRollback`]
pub(super) fn gives_up() -> bool {
    is_planted(Planted::RollbackOfRollback)
}

/// [`Planted::GateNotShut`]
pub(crate) fn leaves_gates_open() -> bool {
    is_planted(Planted::GateNotShut)
}

/// [`Planted::ForgottenMessage`]
pub(super) fn forgets_what_it_owes() -> bool {
    is_planted(Planted::ForgottenMessage)
}

impl HallTask {
    /// [`Planted::AckBeforeCommit`]
    pub(super) fn answer_early(&mut self, batch: &mut Batch, now: Timestamp) {
        if is_planted(Planted::AckBeforeCommit) {
            self.answer(std::mem::take(batch), now);
        }
    }

    /// [`Planted::DuplicateEndsCall`]
    pub(super) fn take_for_a_leave(&mut self, party: &Party, now: Timestamp) {
        let Party::Citizen(visit) = party else { return };
        let view = self.hall.visit_view(visit, now);
        let talks = view.is_some_and(|view| matches!(view.status, VisitStatus::Serving { .. }));
        if is_planted(Planted::DuplicateEndsCall) && talks && self.lines.switchboard.version_of(party).is_some() {
            let (visit, act) = (visit.clone(), CitizenAct::HangUp);
            let act = Act::Citizen { visit, act };
            // It is stored with the next batch, whatever it answers.
            let _ = self.hall.handle(Input { key: None, act }, now);
        }
    }
}

impl House {
    /// [`Planted::CrossHall`]
    pub(crate) fn listen_everywhere(&self, own: &HallId, party: &Party, number: u64, to: &OutboxSender) {
        if is_planted(Planted::CrossHall) && matches!(party, Party::Staff(_)) {
            for hall in self.all_halls().into_iter().filter(|hall| hall.lines.id != *own) {
                let line = Line {
                    number,
                    to: to.clone(),
                    version: yunyiban_protocol::PROTOCOL_VERSION,
                    session: None,
                };
                hall.lines.switchboard.attach(party.clone(), line);
            }
        }
    }
}
