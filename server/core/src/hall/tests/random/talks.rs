//! What holds of talks: a page of a window that is lost ends nobody's (Q9), whoever is heard is the citizen and the window of a talk and nobody else
//! (I14), and lines of chat have one sequence (I20).

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{CallMode, Seat, StaffId, VisitId};

use super::super::people::Stage;
use super::Busy;
use crate::window::visit_of;
use crate::{Event, OrderKey, Subject, Tell, Visit, VisitState};

/// Talks as they were told.
#[derive(Default)]
pub struct Talks {
    visits: BTreeMap<VisitId, Visit>,
    events: usize,
    told: usize,
    /// Who is heard, by what was told.
    gates: BTreeMap<VisitId, StaffId>,
    lines: BTreeMap<VisitId, u32>,
}

impl Talks {
    /// Takes in what happened since. `rebuilt`: by a hall built anew, of which every gate is asked.
    pub fn follow(&mut self, stage: &Stage, rebuilt: bool, busy: &mut Busy) {
        for event in &stage.archive.events[self.events..] {
            match &event.after {
                Subject::Visit { visit } => {
                    if let Some(before) = self.visits.insert(visit.id.clone(), (**visit).clone()) {
                        self.hold_change(stage, event, &before, visit, busy);
                    }
                }
                Subject::Chat { visit, number, .. } => {
                    let last = self.lines.insert(visit.clone(), *number).unwrap_or_default();
                    assert_eq!(*number, last + 1, "a line of {visit} at event {}", event.seq);
                }
                Subject::Window { .. }
                | Subject::Contact { .. }
                | Subject::Record { .. }
                | Subject::Rating { .. }
                | Subject::Hall { .. }
                | Subject::Looked { .. } => {}
            }
        }
        self.events = stage.archive.events.len();
        self.hold_gates(stage, rebuilt);
        for visit in self.visits.values() {
            nobody_heard_is_lost(stage, visit);
        }
    }

    /// Q9: a talk is ended by who talks or was told to, and by no loss. What is lost is kept for its grace, and goes to the head.
    fn hold_change(&self, stage: &Stage, event: &Event, before: &Visit, visit: &Visit, busy: &mut Busy) {
        let (cause, seq) = (event.cause.as_str(), event.seq);
        let ends: Option<&[&str]> = match &before.state {
            VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } | VisitState::Transferring { .. } => {
                Some(&["citizen_hung_up", "window_hung_up", "referral_taken"])
            }
            VisitState::Ringing { .. } => Some(&["left", "session_ended", "went_to_other_hall"]),
            VisitState::Connecting { .. } => Some(&["left", "session_ended", "went_to_other_hall", "callback_unanswered"]),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        };
        if let Some(ends) = ends.filter(|_| visit.state.is_closed()) {
            assert!(ends.contains(&cause), "{cause} ended {} at event {seq}", before.state.name());
        }
        let VisitState::Dropped {
            window, staff, until, lost, ..
        } = &before.state
        else {
            if let VisitState::Dropped { window, lost, until, .. } = &visit.state {
                let grace_ms = stage.archive.rules().timers.drop_grace_ms;
                assert_eq!((before.state.window(), *until), (Some(window), event.at.plus(grace_ms)), "event {seq}");
                assert_eq!(cause, if *lost == Seat::Staff { "window_lost" } else { "citizen_lost" });
                busy.did(cause);
            }
            return;
        };
        match &visit.state {
            VisitState::Dropped { .. } | VisitState::Closed { .. } => {}
            VisitState::Serving {
                window: again, staff: who, ..
            } => {
                assert_eq!((again, who), (window, staff), "the same talk goes on at event {seq}");
                assert_eq!(cause, if *lost == Seat::Staff { "window_back" } else { "citizen_back" });
                busy.did(cause);
            }
            VisitState::Waiting { .. } => {
                assert!(cause == "grace_over" && *until <= event.at, "{cause} at event {seq}");
                let head = crate::OrderKey { band: 0, ..before.order };
                assert_eq!(visit.order, head, "the head of the line at event {seq}");
                assert_eq!(visit.sticky.as_deref().map(|(window, _)| window), Some(window), "event {seq}");
                busy.did(cause);
            }
            other @ (VisitState::Booked { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }) => panic!("from dropped to {} by {cause} at event {seq}", other.name()),
        }
    }

    /// I14: the gate is open for the citizen and the window of a talk by sound and picture, for nobody else, and each change was told.
    fn hold_gates(&mut self, stage: &Stage, rebuilt: bool) {
        let told: BTreeSet<&VisitId> = stage.told[self.told..]
            .iter()
            .filter_map(|tell| if let Tell::Rights(visit) = tell { Some(visit) } else { None })
            .collect();
        let mut heard = BTreeSet::new();
        for visit in stage.archive.visits.values() {
            let rights = stage.hall.call_rights(&visit.id);
            let talks = if let VisitState::Serving {
                window,
                staff,
                mode: CallMode::Media,
                ..
            } = &visit.state
            {
                Some((window, staff)).filter(|_| !stage.hall.session_ended(&visit.id))
            } else {
                None
            };
            assert_eq!(rights.open, talks.is_some(), "who is heard in {} of {}", visit.state.name(), visit.id);
            let gate = rights.staff.filter(|_| rights.open);
            if let Some((window, staff)) = talks {
                let at = &stage.archive.windows[window];
                assert_eq!(
                    (gate.as_ref(), at.staff.as_ref()),
                    (Some(staff), Some(staff)),
                    "whoever sits at the window"
                );
                assert_eq!(visit_of(&at.work), Some(&visit.id), "the visit at the window");
                assert!(heard.insert(staff.clone()), "{staff} is heard by two");
            }
            if !rebuilt && !told.contains(&visit.id) {
                assert_eq!(gate.as_ref(), self.gates.get(&visit.id), "the gate of {} changed untold", visit.id);
            }
            match gate {
                Some(staff) => drop(self.gates.insert(visit.id.clone(), staff)),
                None => drop(self.gates.remove(&visit.id)),
            }
        }
        self.told = stage.told.len();
    }
}

/// Within the grace a page that is heard again has its talk again.
fn nobody_heard_is_lost(stage: &Stage, visit: &Visit) {
    let VisitState::Dropped { since, window, lost, .. } = &visit.state else {
        return;
    };
    let heard = match lost {
        Seat::Staff => stage.hall.desks.iter().find(|desk| desk.window.id == *window).map(|desk| desk.page.heard),
        Seat::Citizen => stage.hall.roll.get(&visit.id).map(|entry| entry.page.heard),
        Seat::Companion | Seat::Supervisor | Seat::Recorder => None,
    };
    let rebuilt = stage.hall.rebuilt_at;
    assert!(
        heard.is_none_or(|heard| heard <= *since || heard <= rebuilt),
        "{} is lost though heard",
        visit.id
    );
}

/// The socket of a page has gone: nothing happens at once. `before`: the hall before.
pub fn a_socket_gone_changes_nothing(before: &Stage, stage: &Stage) {
    if before.hall.set_back_ms == 0 {
        assert_eq!(at_windows(before), at_windows(stage), "a page may come back");
    }
}

/// The session of whoever sits at a window has ended: a talk there is lost as by silence, what was rung for goes back to its place.
pub fn a_session_out_ends_no_visit(before: &Stage, stage: &Stage, staff: &StaffId, busy: &mut Busy) {
    if before.hall.set_back_ms != 0 {
        return;
    }
    let grace_ms = stage.archive.rules().timers.drop_grace_ms;
    for (id, visit) in at_windows(before) {
        let is_here = |window: &yunyiban_protocol::WindowId| before.hall.staff_at(window).as_ref() == Some(staff);
        if !visit.state.window().is_some_and(is_here) {
            continue;
        }
        let after = &stage.archive.visits[id].state;
        match &visit.state {
            VisitState::Serving { window, .. } | VisitState::Held { window, .. } => {
                let VisitState::Dropped {
                    window: kept, lost, until, ..
                } = after
                else {
                    panic!("{id} was talked to, and is {}", after.name())
                };
                assert_eq!((kept, *lost, *until), (window, Seat::Staff, stage.now.plus(grace_ms)));
                busy.did("session out of a talk");
            }
            VisitState::Ringing { window, .. } | VisitState::Connecting { window, .. } => {
                let rung = matches!(after, VisitState::Ringing { window: other, .. } if other != window);
                // Back in line the day may be over, or nobody may come back to it.
                let is_over = stage.archive.events[before.archive.events.len()..].iter().any(|event| {
                    let of_this = matches!(&event.after, Subject::Visit { visit } if visit.id == *id);
                    of_this && ["closing_time", "session_ended"].contains(&event.cause.as_str())
                });
                assert!(after.in_line() || rung || is_over, "{id} was rung for, and is {}", after.name());
                // Whom a window was about to talk to is at the head (Q6), whoever was only rung for at the same place.
                let band = if matches!(visit.state, VisitState::Connecting { .. }) {
                    0
                } else {
                    visit.order.band
                };
                assert_eq!(stage.archive.visits[id].order, OrderKey { band, ..visit.order }, "{id}");
                busy.did("session out of a ring");
            }
            // What is handed on is rung for on; whoever speaks aside takes it back first.
            VisitState::Transferring { .. } | VisitState::Dropped { .. } => assert!(!after.is_closed(), "{id}"),
            other @ (VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. }) => panic!("{id} is at a window in {}", other.name()),
        }
    }
}

fn at_windows(stage: &Stage) -> BTreeMap<&VisitId, &Visit> {
    let visits = stage.archive.visits.iter();
    visits.filter(|(_, visit)| visit.state.window().is_some()).collect()
}
