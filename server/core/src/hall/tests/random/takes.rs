//! Where visits come from: each from one wish of its owner, none from anything else (I4); and the hall takes so many at once and no more, nor fewer
//! (I25).

use std::collections::BTreeMap;

use yunyiban_protocol::VisitId;

use super::super::people::Stage;
use super::{Busy, asker, hours};
use crate::hall::slots::slot_to_come;
use crate::{Act, Actor, Along, Done, Refusal, StaffAct, Subject, Visit, VisitState};

/// Numbers and appointments that were asked for and given.
#[derive(Default)]
pub struct Takes {
    /// In whose name each visit was asked for.
    given: BTreeMap<VisitId, Actor>,
    /// In whose name each began.
    begun: BTreeMap<VisitId, Actor>,
    events: usize,
}

impl Takes {
    /// Something was asked for and answered.
    pub fn note(&mut self, stage: &Stage, act: &Act, result: &Result<Done, Refusal>, busy: &mut Busy) {
        let (wanted, owner) = match act {
            Act::TakeNumber(take) => (&take.visit, Actor::Citizen(take.visit.clone())),
            Act::Staff {
                act: StaffAct::Book(book), ..
            } => (&book.visit, asker(act).expect("a desk asks")),
            Act::Citizen { .. }
            | Act::Staff { .. }
            | Act::Resume { .. }
            | Act::OfferHandover { .. }
            | Act::TakeHandover(_)
            | Act::ReferralTaken { .. }
            | Act::Heard(_)
            | Act::Wake => return,
        };
        match result {
            Ok(Done::Visit { visit, resumed: false }) => {
                assert_eq!(visit, wanted, "another visit than was asked for");
                if let Act::TakeNumber(take) = act {
                    assert_eq!(stage.hall.visit_by_token(&take.token), Some(visit), "the cookie of whoever took it");
                }
                assert_eq!(self.given.insert(visit.clone(), owner), None, "{visit} is given twice");
            }
            Err(Refusal::HallFull) if matches!(act, Act::TakeNumber(_)) => {
                let (there, most) = (there_now(stage), stage.archive.rules().max_live_visits);
                assert!(there >= most as usize, "full with {there} of {most}");
                busy.did("the hall was full");
            }
            // What another hall gave along is brought to a hall that takes numbers now, and to none that is closed for any reason.
            Err(Refusal::HallClosed) if matches!(act, Act::TakeNumber(take) if matches!(take.along, Along::Nothing)) => {
                assert!(!hours::is_open(stage), "closed at {:?}", stage.now);
                busy.did("the hall was closed");
            }
            Err(Refusal::LastIntake) => {
                assert!(hours::is_open(stage), "not open at {:?}, and says that it is full for today", stage.now);
                busy.did("the last intake was over");
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Whatever began since was asked for, once.
    pub fn follow(&mut self, stage: &Stage) {
        for event in &stage.archive.events[self.events..] {
            if let (Subject::Visit { visit }, None) = (&event.after, &event.before) {
                let before = self.begun.insert(visit.id.clone(), event.actor.clone());
                assert_eq!(before, None, "{} begins a second time at event {}", visit.id, event.seq);
            }
        }
        self.events = stage.archive.events.len();
        assert_eq!(self.begun, self.given, "every visit is one that was asked for, in that name");
        let there = stage.archive.visits.keys();
        assert!(there.eq(self.given.keys()), "what was given is there, and nothing else");
    }
}

/// Visits that count against the capacity: whoever has an appointment to come is not there yet, and whose place was given away is there no more.
fn there_now(stage: &Stage) -> usize {
    let is_there = |visit: &&Visit| !visit.state.is_closed() && !matches!(visit.state, VisitState::Missed { late: true, .. });
    let live = stage.archive.visits.values().filter(is_there);
    live.filter(|visit| slot_to_come(visit).is_none()).count()
}
