//! Random lives of a small hall, and what must hold after every step of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use yunyiban_protocol::{
    BreakReason, CallMode, ContactView, DeclineReason, LineView, Microphone, Place, Presence, ProbeFault, QueueId, RatingLevel, Sensitive, ShareKind,
    Timestamp, TransferTarget, VisitId, WindowId,
};

use super::people::{Stage, draft, rules, sealed, staff_of};
use crate::hall::Hall;
use crate::{Act, CitizenAct, HallRules, Heard, Input, OrderKey, RecordWords, StaffAct, Subject};

/// One step of a random life: numbers are drawn and read as people, windows and choices.
#[derive(Clone, Debug)]
enum Step {
    Take(u8),
    Citizen(u8, u8),
    Staff(u8, u8, u8),
    Hear(u8, bool),
    HearStaff(u8),
    Pass(u32),
    Restart,
}

const CITIZENS: [&str; 6] = ["li", "wu", "gao", "tan", "deng", "xu"];
const WINDOWS: [&str; 3] = ["1", "2", "3"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Take),
        10 => (any::<u8>(), any::<u8>()).prop_map(|(who, what)| Step::Citizen(who, what)),
        16 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, what, whom)| Step::Staff(who, what, whom)),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(who, visible)| Step::Hear(who, visible)),
        8 => any::<u8>().prop_map(Step::HearStaff),
        8 => (0u32..40_000).prop_map(Step::Pass),
        1 => (0u32..2_000_000).prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 50..140)
}

fn citizen_act(what: u8) -> CitizenAct {
    match what % 16 {
        0..=2 => CitizenAct::Here {
            microphone: Microphone::Live,
        },
        3 | 4 => CitizenAct::Accept,
        5 => CitizenAct::Return,
        6 => CitizenAct::Later,
        7 => CitizenAct::HangUp,
        8 => CitizenAct::Leave,
        9 => CitizenAct::Upload(yunyiban_protocol::BulkId::new("picture")),
        10 => CitizenAct::StartShare(ShareKind::Camera),
        11 => CitizenAct::Mode(CallMode::Text),
        12 => CitizenAct::Rate(RatingLevel::Satisfied),
        13 => CitizenAct::Callback,
        14 => CitizenAct::Contact(sealed(ContactView {
            name: None,
            phone: Some(Sensitive::new("13812345678".into())),
        })),
        _ => CitizenAct::StopShare(ShareKind::Camera),
    }
}

fn staff_act(what: u8, whom: u8, own: Option<VisitId>) -> StaffAct {
    let visit = own.unwrap_or_else(|| VisitId::new(CITIZENS[usize::from(whom) % CITIZENS.len()]));
    let window = WindowId::new(WINDOWS[usize::from(whom) % WINDOWS.len()]);
    let presence = |presence| StaffAct::Presence { presence, note: None };
    match what % 32 {
        0 | 1 => StaffAct::Open(window),
        2..=4 => presence(Presence::Available {}),
        5 => presence(Presence::OnDemand {}),
        6 => presence(Presence::Break { reason: BreakReason::Rest }),
        7..=10 => StaffAct::Accept(visit),
        11 => StaffAct::Decline(visit, [DeclineReason::Counter, DeclineReason::OtherMatter][usize::from(whom % 2)]),
        12 => StaffAct::Pick(None),
        13 => StaffAct::Pick(Some(visit)),
        14 => StaffAct::HangUp,
        15 => StaffAct::Hold,
        16 => StaffAct::Resume,
        17 => StaffAct::Park,
        18 => StaffAct::Finish,
        19 => StaffAct::ExtendWrapUp,
        20 => StaffAct::Back,
        21 => StaffAct::Close,
        22 => StaffAct::InviteRating,
        29 => StaffAct::Probe([None, Some(ProbeFault::Relay)][usize::from(whom % 2)]),
        30 => StaffAct::Probe(None),
        26 | 27 => StaffAct::Transfer(TransferTarget::Window { window }),
        28 => StaffAct::Transfer(TransferTarget::Queue { queue: QueueId::new("a") }),
        23 => StaffAct::RevealPhone,
        24 => StaffAct::CallbackReached,
        25 => StaffAct::CallbackUnanswered,
        _ => {
            let words = sealed(RecordWords {
                note: Default::default(),
                next_step: Default::default(),
            });
            let record = yunyiban_protocol::RecordId::new(format!("record of {visit}"));
            StaffAct::SaveRecord {
                visit,
                record,
                draft: draft(),
                words,
            }
        }
    }
}

/// What was seen after the step before.
#[derive(Default)]
struct Seen {
    places: BTreeMap<VisitId, Place>,
    orders: BTreeMap<VisitId, OrderKey>,
    events: usize,
    taken: usize,
}

fn play(stage: &mut Stage, seen: &mut Seen, step: &Step) {
    let name = |who: &u8| CITIZENS[usize::from(*who) % CITIZENS.len()];
    let act = match step {
        Step::Take(who) => {
            // The newest visit of this person brings its token, as a cookie would.
            seen.taken += 1;
            let known = format!("token of {}", name(who));
            let mut take = stage.take_act(name(who), Some(&known));
            if stage.archive.visits.contains_key(&take.visit) {
                take.visit = VisitId::new(format!("{} {}", name(who), seen.taken));
                take.token = crate::TokenHash::new(&format!("token {}", seen.taken));
            }
            Act::TakeNumber(take)
        }
        Step::Citizen(who, what) => Act::Citizen {
            visit: VisitId::new(name(who)),
            act: citizen_act(*what),
        },
        Step::Staff(who, what, whom) => {
            let staff = staff_of(WINDOWS[usize::from(*who) % WINDOWS.len()]);
            let own = stage.hall.visit_of(&staff);
            Act::Staff {
                staff,
                act: staff_act(*what, *whom, own),
            }
        }
        Step::Hear(who, visible) => Act::Heard(Heard::Citizen {
            visit: VisitId::new(name(who)),
            visible: *visible,
        }),
        Step::HearStaff(who) => Act::Heard(Heard::Staff {
            staff: staff_of(WINDOWS[usize::from(*who) % WINDOWS.len()]),
        }),
        Step::Pass(millis) => return stage.pass(*millis),
        Step::Restart => return stage.restart(),
    };
    // I18: a second time with the same key is the same reply and nothing else.
    let key = match act {
        Act::Heard(_) | Act::Wake => None,
        Act::TakeNumber(_) | Act::Resume { .. } | Act::Citizen { .. } | Act::Staff { .. } => Some(stage.fresh_key()),
    };
    let first = stage.handle(Input {
        key: key.clone(),
        act: act.clone(),
    });
    let events = stage.archive.events.len();
    if key.is_some() && first.is_ok() {
        assert_eq!(stage.handle(Input { key, act }), first);
        // A number shown again is a second look at it, and is written down as one.
        let again = stage.archive.events[events..]
            .iter()
            .filter(|event| event.cause != "revealed_phone")
            .count();
        assert_eq!(again, 0, "the same key does nothing twice");
    }
}

/// Q11: no visit that may be rung and no window that may take it are left together.
fn work_is_conserved(hall: &Hall) {
    let idle: Vec<usize> = (0..hall.desks.len()).filter(|desk| hall.may_be_rung(*desk)).collect();
    let left = hall.turns.ready.iter().find(|spot| hall.best_window(spot.slot, &idle).is_some());
    assert_eq!(left, None, "a visit and a window wait for each other");
}

/// I1, I2: one holder a visit, one visit a person.
fn nobody_is_held_twice(stage: &Stage) {
    let mut windows = BTreeMap::new();
    for visit in stage.archive.visits.values() {
        if let Some(window) = visit.state.window() {
            assert_eq!(windows.insert(window.clone(), visit.id.clone()), None, "a window with two visits");
            let held = stage.hall.staff_at(window).and_then(|staff| stage.hall.visit_of(&staff));
            assert_eq!(held.as_ref(), Some(&visit.id), "the window has the visit that is at it");
        }
    }
}

/// Q5, I8: a shown place is never worse than the one before, unless a cause stands beside it.
/// Q4, I12: an order key changes only when a visit returns after 过号 or comes back to the head.
fn places_are_stable(stage: &Stage, seen: &mut Seen) {
    for (id, visit) in &stage.archive.visits {
        let place = stage.hall.place(id);
        if let (Some(before), Some(now)) = (seen.places.get(id), &place) {
            assert!(now.ahead <= before.ahead || now.cause.is_some(), "{id}: from {before:?} to {now:?}");
        }
        match place {
            Some(place) => drop(seen.places.insert(id.clone(), place)),
            // Between two waits a ring keeps what was shown; a talk, or 过号, begins anew.
            None if ["ringing", "connecting"].contains(&visit.state.name()) => {}
            None => drop(seen.places.remove(id)),
        }
    }
    for event in &stage.archive.events[seen.events..] {
        if let Subject::Visit { visit } = &event.after
            && let Some(before) = seen.orders.insert(visit.id.clone(), visit.order)
            && before != visit.order
        {
            assert!(
                ["returned", "grace_over"].contains(&event.cause.as_str()),
                "{} moved by {}",
                visit.id,
                event.cause
            );
        }
    }
    seen.events = stage.archive.events.len();
}

/// A hall built from the archive looks the same to everybody.
fn a_rebuilt_hall_looks_the_same(stage: &Stage) {
    let mut image = stage.archive.image(stage.now);
    image.rules.timers.restart_grace_ms = 0;
    let rebuilt = Hall::new(image, stage.now);
    let now: Timestamp = stage.now;
    assert_eq!(rebuilt.seq(), stage.hall.seq());
    // Whom nobody answers is found out anew: after a restart every window has its grace first.
    let line = LineView {
        unanswered: Vec::new(),
        ..stage.hall.line()
    };
    assert_eq!(rebuilt.line(), line);
    assert_eq!(rebuilt.card(now).busyness, stage.hall.card(now).busyness);
    let windows = |hall: &Hall| {
        hall.windows()
            .into_iter()
            .map(|view| (view.id, view.staff, view.presence, view.work))
            .collect::<Vec<_>>()
    };
    let expired_grace = stage.hall.rebuilt_at.plus(60_000) <= now;
    if expired_grace {
        assert_eq!(windows(&rebuilt), windows(&stage.hall));
    }
    for id in stage.archive.visits.keys() {
        let view = |hall: &Hall| {
            hall.visit_view(id, now)
                .map(|view| (view.number, view.slip, view.rating, view.may_rate, view.shares))
        };
        assert_eq!(view(&rebuilt), view(&stage.hall));
        assert_eq!(rebuilt.place(id), stage.hall.place(id));
        assert_eq!(rebuilt.call_rights(id), stage.hall.call_rights(id));
        if expired_grace {
            assert_eq!(rebuilt.visit_view(id, now), stage.hall.visit_view(id, now));
        }
    }
}

fn live(handshake: bool, steps: Vec<Step>) {
    let mut stage = Stage::with_windows(HallRules { handshake, ..rules() }, &["1", "2"]);
    WINDOWS.iter().for_each(|window| stage.falls_silent(window));
    let mut seen = Seen::default();
    for (number, step) in steps.iter().enumerate() {
        play(&mut stage, &mut seen, step);
        work_is_conserved_unless_just_rebuilt(&stage, step);
        nobody_is_held_twice(&stage);
        places_are_stable(&stage, &mut seen);
        let timers_ran = stage.hall.next_wake().is_none_or(|at| at > stage.now);
        if number % 4 == 0 && timers_ran {
            a_rebuilt_hall_looks_the_same(&stage);
        }
    }
}

/// A hall just rebuilt matches with the first input it handles.
fn work_is_conserved_unless_just_rebuilt(stage: &Stage, step: &Step) {
    match step {
        Step::Restart => {}
        Step::Take(_) | Step::Citizen(..) | Step::Staff(..) | Step::Hear(..) | Step::HearStaff(_) | Step::Pass(_) => work_is_conserved(&stage.hall),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_lives_keep_every_promise(steps in steps()) {
        live(false, steps);
    }

    #[test]
    fn random_lives_keep_every_promise_with_the_handshake(steps in steps()) {
        live(true, steps);
    }
}
