//! Whoever reaches for a visit that is not theirs, or for what the other side may do, is refused and written down (T14).
//!
//! Our pages never ask such a thing, so a row says that somebody speaks by hand. One row a person and minute, so that nobody fills
//! the disk by it. What a page may ask too late, as the ring that has just passed on, is none.

use std::collections::BTreeMap;

use yunyiban_core::{Act, Actor, Done, Refusal, Row, StaffAct};
use yunyiban_protocol::{Timestamp, VisitId};

use super::HallTask;
use crate::switchboard::Party;

/// For so long one row of a person is enough, milliseconds.
const ENOUGH_MS: u32 = 60_000;

/// Who was written down lately, and what is to be stored of it.
#[derive(Default)]
pub(super) struct Trespasses {
    lately: BTreeMap<Party, Timestamp>,
    rows: Vec<Row>,
}

impl Trespasses {
    /// What is to be stored.
    pub(super) fn take_rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// Writes it down, unless this person was lately.
    pub(super) fn note(&mut self, party: &Party, refusal: Refusal, visit: Option<VisitId>, now: Timestamp) {
        self.lately.retain(|_, at| now.since(*at) < ENOUGH_MS);
        if self.lately.contains_key(party) {
            return;
        }
        self.lately.insert(party.clone(), now);
        let actor = match party {
            Party::Citizen(visit) => Actor::Citizen(visit.clone()),
            Party::Staff(staff) => Actor::Staff(staff.clone()),
        };
        self.rows.push(Row::Audit {
            at: now,
            actor,
            what: format!("not_theirs {}", refusal.code()),
            words: None,
            visit,
        });
    }
}

impl HallTask {
    /// Looks at a page's operation that was decided about `named`.
    pub(super) fn note_trespass(&mut self, party: &Party, named: Option<VisitId>, result: &Result<Done, Refusal>, now: Timestamp) {
        let (Some(visit), Err(refusal), Party::Staff(staff)) = (named, result, party) else {
            return;
        };
        let foreign = matches!(refusal, Refusal::NotAllowed | Refusal::VisitUnknown);
        if foreign || *refusal == Refusal::RingOver && self.hall.never_rang_for(staff, &visit) {
            // What was named is a word of the page: only a visit that is one is kept.
            let known = self.hall.knows_visit(&visit).then_some(visit);
            self.trespasses.note(party, *refusal, known, now);
        }
    }
}

/// The visit an operation names. Citizens name none: theirs follows from the socket, and so does the one at a window.
pub(super) fn named(act: &Act) -> Option<&VisitId> {
    let Act::Staff { act, .. } = act else { return None };
    if let StaffAct::Accept(visit)
    | StaffAct::Decline(visit, _)
    | StaffAct::Pick(Some(visit))
    | StaffAct::PickFar(visit, _)
    | StaffAct::Recall(visit)
    | StaffAct::CallOff(visit)
    | StaffAct::SaveRecord { visit, .. } = act
    {
        Some(visit)
    } else {
        None
    }
}
