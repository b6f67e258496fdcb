//! T15, I16: nobody hears anybody before both have accepted. Every order of messages, tried out.

use std::collections::BTreeMap;

use yunyiban_protocol::{CallMode, DeclineReason, Microphone, Presence, ShareKind, Timestamp, VisitId, WindowId};

use super::people::{MORNING, Stage, image, rules, staff_of};
use crate::hall::{Hall, Outputs};
use crate::{Act, CitizenAct, HallRules, Heard, Input, StaffAct, Subject, VisitState};

/// Messages tried one after the other.
const DEPTH: usize = 8;

/// What both sides have said since the last ring.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    window: bool,
    citizen: bool,
    here_at: Option<Timestamp>,
}

#[derive(Clone)]
enum Message {
    Citizen(CitizenAct),
    Staff(StaffAct),
    /// Time passes to the next deadline at which something happens.
    Time,
    /// The phone's page goes out of sight.
    Hidden,
}

fn messages() -> Vec<Message> {
    let li = || VisitId::new("li");
    let citizen = [
        CitizenAct::Here {
            microphone: Microphone::Live,
        },
        CitizenAct::Return,
        CitizenAct::Accept,
        CitizenAct::Later,
        CitizenAct::HangUp,
        CitizenAct::StartShare(ShareKind::Camera),
        CitizenAct::Mode(CallMode::Text),
        CitizenAct::Mode(CallMode::Media),
        CitizenAct::Mode(CallMode::Telephone),
    ];
    let staff = [
        StaffAct::Accept(li()),
        StaffAct::Decline(li(), DeclineReason::OtherMatter),
        StaffAct::Pick(Some(li())),
        StaffAct::HangUp,
        StaffAct::Hold,
        StaffAct::Resume,
        StaffAct::Park,
        StaffAct::Mode(CallMode::Media),
    ];
    citizen
        .into_iter()
        .map(Message::Citizen)
        .chain(staff.into_iter().map(Message::Staff))
        .chain([Message::Time, Message::Hidden])
        .collect()
}

fn input(message: &Message) -> Act {
    match message {
        Message::Citizen(act) => Act::Citizen {
            visit: VisitId::new("li"),
            act: act.clone(),
        },
        Message::Staff(act) => Act::Staff {
            staff: staff_of("3"),
            act: act.clone(),
        },
        Message::Time => Act::Wake,
        Message::Hidden => Act::Heard(Heard::Citizen {
            visit: VisitId::new("li"),
            visible: false,
        }),
    }
}

/// What was seen on the way.
#[derive(Default)]
struct Explored {
    /// States met, and how many messages were still to come: fewer need not be tried again.
    states: BTreeMap<String, usize>,
    /// States in which the gate stood open.
    opened: usize,
}

/// Tries every message and goes on after those that were not refused.
fn explore(hall: &Hall, said: Said, now: Timestamp, depth: usize, all: &[Message], explored: &mut Explored) {
    for message in all {
        let mut hall = hall.clone();
        let Some((outputs, now)) = happen(&mut hall, message, now) else {
            continue;
        };
        let mut said = said;
        let rung = |cause: &str| cause == "rung" || cause == "picked";
        let visit_rung = outputs
            .events
            .iter()
            .any(|event| rung(&event.cause) && matches!(&event.after, Subject::Visit { .. }));
        if visit_rung {
            (said.window, said.citizen) = (false, false);
        }
        match message {
            Message::Citizen(CitizenAct::Here { .. } | CitizenAct::Return) => said.here_at = Some(now),
            Message::Citizen(CitizenAct::Later) => said.here_at = None,
            Message::Citizen(CitizenAct::Accept) => said.citizen = true,
            Message::Staff(StaffAct::Accept(_) | StaffAct::Pick(_) | StaffAct::PickFar(..)) => {
                said.window = true;
                said.citizen |= said.here_at.is_some_and(|at| now.since(at) <= 60_000);
            }
            Message::Citizen(_) | Message::Staff(_) | Message::Time | Message::Hidden => {}
        }
        let li = VisitId::new("li");
        let rights = hall.call_rights(&li);
        let serving = hall
            .roll
            .get(&li)
            .is_some_and(|entry| matches!(entry.visit.state, VisitState::Serving { .. }));
        assert!(!rights.open || (said.window && said.citizen), "the gate is open, but not by both");
        assert!(!rights.open || serving, "the gate is open outside a talk");
        assert_eq!(hall.broken_invariant(), None);
        let entry = hall.roll.get(&li);
        let state = format!(
            "{:?} {:?} {:?} {said:?} {now:?}",
            entry.map(|entry| &entry.visit),
            entry.map(|entry| &entry.page),
            hall.desks
        );
        let met = explored.states.get(&state).copied();
        explored.opened += usize::from(met.is_none() && rights.open);
        if met.is_some_and(|before| before >= depth) {
            continue;
        }
        explored.states.insert(state, depth);
        if depth > 1 {
            explore(&hall, said, now, depth - 1, all, explored);
        }
    }
}

/// What comes of a message, and when; `None` for nothing.
fn happen(hall: &mut Hall, message: &Message, now: Timestamp) -> Option<(Outputs, Timestamp)> {
    let mut now = now;
    loop {
        if matches!(message, Message::Time) {
            now = hall.next_wake()?.max(now);
        }
        let input = Input {
            key: None,
            act: input(message),
        };
        hall.handle(input, now).ok()?;
        let outputs = hall.drain();
        match message {
            Message::Hidden => return Some((outputs, now)),
            Message::Time | Message::Citizen(_) | Message::Staff(_) if !outputs.events.is_empty() => return Some((outputs, now)),
            // A deadline may have been named for nothing.
            Message::Time => {}
            Message::Citizen(_) | Message::Staff(_) => return None,
        }
    }
}

fn explore_from(rules: HallRules) {
    let mut hall = Hall::new(image(rules.clone()), MORNING);
    let now = MORNING.plus(1);
    let take = Stage::new(rules).take_act("li", None);
    let open = [
        StaffAct::Open(WindowId::new("3")),
        StaffAct::Presence {
            presence: Presence::Available {},
            note: None,
        },
    ];
    let acts = open
        .into_iter()
        .map(|act| Act::Staff { staff: staff_of("3"), act })
        .chain([Act::TakeNumber(take)]);
    for act in acts {
        hall.handle(Input { key: None, act }, now).expect("the hall opens");
    }
    hall.drain();
    let mut explored = Explored::default();
    explore(&hall, Said::default(), now, DEPTH, &messages(), &mut explored);
    assert!(
        explored.opened > 100,
        "the gate was open in {} states only: that means little",
        explored.opened
    );
}

#[test]
fn the_gate_opens_only_after_both_accepted() {
    explore_from(rules());
}

#[test]
fn the_gate_opens_only_after_both_accepted_with_the_handshake() {
    explore_from(HallRules { handshake: true, ..rules() });
}
