//! Random lives of a small hall, and what must hold after every step of them. Order and matching are held against [`Model`].

mod acts;
mod again;
mod clocks;
mod hours;
mod phones;
mod promises;
mod takes;
mod talks;
mod timetables;
mod waits;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use yunyiban_protocol::{HallId, Place, Presence, VisitId};

use super::looks::{a_change_of_rules_costs_nothing, a_rebuilt_hall_looks_the_same};
use super::matching::{leveled, two_queues};
use super::model::Model;
use super::people::{Stage, image, rules, staff_of};
use super::steps::{BREAKS, Booking, CITIZENS, DECLINES, Going, Lost, RULES_OF_ORDER, Step, WINDOWS, at_a_window, steps};
use crate::hall::hours::day_of;
use crate::{Act, Actor, AppointmentRules, CitizenAct, Done, HallRules, Heard, Input, OrderKey, ReferredAct, StaffAct, TakeNumberAct};

/// What happened in a life, and how often: a promise that is never asked for proves nothing.
#[derive(Default)]
pub struct Busy(BTreeMap<String, usize>);

impl Busy {
    /// It happened once more.
    fn did(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }
}

/// A life that was lived.
pub(super) struct Life {
    pub model: Model,
    busy: Busy,
}

/// What was seen after the step before.
#[derive(Default)]
struct Seen {
    places: BTreeMap<VisitId, Place>,
    orders: BTreeMap<VisitId, OrderKey>,
    events: usize,
    /// Pages ping by themselves.
    awake: bool,
    taken: usize,
    phones: phones::Phones,
    /// The newest appointment of each.
    booked: BTreeMap<&'static str, VisitId>,
    /// What whoever another hall referred brings of it, by the visit it would be here.
    brought: BTreeMap<VisitId, ReferredAct>,
    asked: again::Asked,
    takes: takes::Takes,
    talks: talks::Talks,
    waits: waits::Waits,
    hours: hours::Hours,
    /// The most that the rules of order allowed so far.
    allowed: promises::Allowed,
    /// The hall was built anew in this step.
    rebuilt: bool,
    busy: Busy,
}

impl Seen {
    /// One of those who booked, if anybody did.
    fn booked(&self, which: u8) -> VisitId {
        let which = usize::from(which) % self.booked.len().max(1);
        self.booked.values().nth(which).cloned().unwrap_or_else(|| self.phones.visit(CITIZENS[0]))
    }
}

/// Who asks.
fn asker(act: &Act) -> Option<Actor> {
    match act {
        Act::Citizen { visit, .. } => Some(Actor::Citizen(visit.clone())),
        Act::Staff { staff, .. } => Some(Actor::Staff(staff.clone())),
        Act::TakeNumber(_)
        | Act::Resume { .. }
        | Act::OfferHandover { .. }
        | Act::TakeHandover(_)
        | Act::ReferralTaken { .. }
        | Act::Heard(_)
        | Act::Wake => None,
    }
}

/// What was done, where it must be seen to occur.
fn deed(act: &Act) -> Option<String> {
    Some(match act {
        Act::Citizen { act: CitizenAct::Say(_), .. } => "a citizen says".into(),
        Act::Staff { act: StaffAct::Say(_), .. } => "a window says".into(),
        Act::Staff {
            act: StaffAct::Presence { presence, .. },
            ..
        } => format!("{presence:?}"),
        Act::Staff {
            act: StaffAct::Decline(_, reason),
            ..
        } => format!("declined: {reason:?}"),
        Act::Staff {
            act: StaffAct::ChangeRule(wish),
            ..
        } if wish.seen != wish.value => format!("changed: {}", wish.rule),
        Act::Citizen { .. }
        | Act::Staff { .. }
        | Act::TakeNumber(_)
        | Act::Resume { .. }
        | Act::OfferHandover { .. }
        | Act::TakeHandover(_)
        | Act::ReferralTaken { .. }
        | Act::Heard(_)
        | Act::Wake => return None,
    })
}

fn play(stage: &mut Stage, seen: &mut Seen, step: &Step) {
    let name = |who: &u8| CITIZENS[usize::from(*who) % CITIZENS.len()];
    match step {
        Step::Pass(millis) => stage.pass(*millis),
        Step::Sleep(millis) => stage.now = stage.now.plus(*millis),
        Step::Restart => restart(stage, seen, Stage::restart),
        Step::RestartOff(forward) => {
            seen.busy.did(if *forward {
                "the clock was set forward"
            } else {
                "the clock was set back"
            });
            seen.allowed.set_back |= !forward;
            restart(stage, seen, |stage| clocks::restart_an_hour_off(stage, *forward));
        }
        Step::Return(who, how) => seen.phones.come_back(stage, name(who), *how, &mut seen.busy),
        Step::Phone(from, to, how) => seen.phones.hand_over(stage, (*from, *to, *how), &mut seen.busy),
        Step::Loss(lost, whose) => lose(stage, seen, *lost, *whose),
        Step::Again(which, anew) => {
            if *anew {
                restart(stage, seen, Stage::restart);
                seen.busy.did("asked again after a restart");
            }
            seen.asked.again(stage, &mut seen.phones, *which, &mut seen.busy);
        }
        Step::Take(_)
        | Step::Leave(_)
        | Step::Appointment(_)
        | Step::Referral(_)
        | Step::Citizen(..)
        | Step::Staff(..)
        | Step::Move(..)
        | Step::Suspend(..)
        | Step::Rule(..)
        | Step::Hours(..)
        | Step::Hear(..)
        | Step::HearStaff(_) => {
            if let Some(act) = acts::act_of(stage, seen, step) {
                ask(stage, seen, step, act);
            }
        }
    }
}

fn restart(stage: &mut Stage, seen: &mut Seen, how: impl FnOnce(&mut Stage)) {
    let before = stage.clone();
    how(stage);
    seen.rebuilt = true;
    seen.waits.note_rebuilt();
    clocks::nobody_is_lost(&before, stage);
}

/// A page is lost, or a session. Of the pages some come back at once, others are silent until they are heard.
fn lose(stage: &mut Stage, seen: &mut Seen, lost: Lost, whose: u8) {
    let before = stage.clone();
    let window = at_a_window(stage, whose);
    let staff = staff_of(window);
    match lost {
        Lost::Citizen => {
            let visit = seen.phones.visit(CITIZENS[usize::from(whose) % CITIZENS.len()]);
            if whose.is_multiple_of(2) {
                stage.falls_silent(visit.as_str());
            }
            if stage.act(Act::Heard(Heard::CitizenGone { visit })).is_ok() {
                seen.busy.did("the page of a citizen was lost");
            }
            talks::a_socket_gone_changes_nothing(&before, stage);
        }
        Lost::Staff => {
            if whose.is_multiple_of(2) {
                stage.falls_silent(window);
            }
            if stage.act(Act::Heard(Heard::StaffGone { staff })).is_ok() {
                seen.busy.did("the page of a window was lost");
            }
            talks::a_socket_gone_changes_nothing(&before, stage);
        }
        Lost::Session => {
            stage.falls_silent(window);
            let out = Heard::StaffOut { staff: staff.clone() };
            if stage.act(Act::Heard(out)).is_ok() {
                talks::a_session_out_ends_no_visit(&before, stage, &staff, &mut seen.busy);
            }
        }
    }
}

fn ask(stage: &mut Stage, seen: &mut Seen, step: &Step, act: Act) {
    // I18: a second time with the same key is the same reply and nothing else.
    let key = match act {
        Act::OfferHandover { .. } | Act::TakeHandover(_) | Act::ReferralTaken { .. } | Act::Heard(_) | Act::Wake => None,
        Act::TakeNumber(_) | Act::Resume { .. } | Act::Citizen { .. } | Act::Staff { .. } => Some(stage.fresh_key()),
    };
    let input = Input { key, act };
    let leads_somewhere = |take: &TakeNumberAct| take.known.as_ref().is_some_and(|known| stage.hall.visit_by_token(known).is_some());
    let is_known = matches!(&input.act, Act::TakeNumber(take) if leads_somewhere(take));
    let first = stage.handle(input.clone());
    let events = stage.archive.events.len();
    if input.key.is_some() && first.is_ok() {
        assert_eq!(stage.handle(input.clone()), first);
        // A number shown again is a second look at it, and is written down as one.
        let again = stage.archive.events[events..]
            .iter()
            .filter(|event| event.cause != "revealed_phone")
            .count();
        assert_eq!(again, 0, "the same key does nothing twice");
    }
    seen.takes.note(stage, &input.act, &first, &mut seen.busy);
    note_answer(stage, seen, step, &input.act, &first);
    if let Ok(done) = &first {
        seen.asked.note(stage, &seen.phones, &input, done);
        deed(&input.act).into_iter().for_each(|deed| seen.busy.did(&deed));
    }
    if let (Act::TakeNumber(take), true, Ok(_)) = (&input.act, is_known && seen.taken.is_multiple_of(4), &first) {
        seen.phones.second_tab(stage, take, &mut seen.busy);
    }
}

/// What the answer brings to whoever asked.
fn note_answer(stage: &mut Stage, seen: &mut Seen, step: &Step, act: &Act, result: &Result<Done, crate::Refusal>) {
    let name = |who: &u8| CITIZENS[usize::from(*who) % CITIZENS.len()];
    match (step, act) {
        (Step::Take(who) | Step::Leave(who) | Step::Referral(Going::Comes(who, ..)), Act::TakeNumber(take)) => {
            seen.phones.has_taken(stage, name(who), take, result);
        }
        (Step::Appointment(Booking::Book(who, _)), _) => {
            if let Ok(Done::Visit { visit, .. }) = result {
                seen.booked.insert(name(who), visit.clone());
            }
        }
        (Step::HearStaff(who), _) => {
            let window = WINDOWS[usize::from(*who) % WINDOWS.len()];
            // A page whose heart beats and whose test stands still, now and then.
            return match (seen.awake, who % 16 < 15) {
                (true, _) => stage.lives(window),
                (false, true) => stage.tests_itself(window),
                (false, false) => (),
            };
        }
        (Step::Staff(who, ..), Act::Staff { act: StaffAct::Open(_), .. }) if result.is_ok() => {
            return stage.tests_itself(WINDOWS[usize::from(*who) % WINDOWS.len()]);
        }
        (Step::Hear(who, _), _) if seen.awake && result.is_ok() => return stage.lives(seen.phones.visit(name(who)).as_str()),
        _ => return,
    }
    if let (Ok(Done::Visit { visit, .. }), true) = (result, seen.awake) {
        stage.lives(visit.as_str());
    }
}

/// The halls of these lives.
pub(super) const HALLS: usize = 5;

/// One queue; two with a shared window; skills; one that takes few at once; one with hours.
fn halls() -> [HallRules; HALLS] {
    let order = crate::OrderRules {
        overtaken_by: 1,
        ..Default::default()
    };
    // Whoever books the next slot may check in at once.
    let appointments = AppointmentRules {
        early_ms: 30 * 60_000,
        per_slot: 3,
        ..Default::default()
    };
    let one = HallRules { order, ..rules() };
    let small = HallRules {
        max_live_visits: 4,
        ..one.clone()
    };
    let halls = [one.clone(), two_queues(), leveled(), small, hours::by_hours(one)];
    halls.map(|hall| HallRules {
        appointments: appointments.clone(),
        ..hall
    })
}

pub(super) fn live(handshake: bool, awake: bool, hall: usize, steps: Vec<Step>) -> Life {
    let rules = HallRules {
        handshake,
        // A visit is a supervisor's after its first transfer, for few have three.
        max_transfers: 1,
        hands_on_to: vec![HallId::new("laocheng"), HallId::new("xincheng")],
        ..halls()[hall].clone()
    };
    let mut model = Model::new(image(rules.clone()));
    let mut stage = Stage::with_windows(rules, &["1", "2"]);
    WINDOWS
        .iter()
        .for_each(|window| if awake { stage.lives(window) } else { stage.falls_silent(window) });
    let mut seen = Seen { awake, ..Seen::default() };
    for (number, step) in steps.iter().enumerate() {
        seen.rebuilt = false;
        seen.hours.before(&stage);
        play(&mut stage, &mut seen, step);
        model.referrals.brought.clone_from(&seen.brought);
        if seen.rebuilt {
            model.note_rebuilt();
        }
        model.follow(&stage);
        every_promise_is_kept(&stage, &mut seen, &model);
        seen.hours.nobody_vanishes(&stage, step, &mut seen.busy);
        let timers_ran = stage.hall.next_wake().is_none_or(|at| at > stage.now);
        // Of yesterday a hall in memory forgets with the first act of the day.
        let day_began = stage.hall.tally.day == day_of(stage.now);
        if timers_ran {
            // A hall just rebuilt matches with the first wake, which is due at once.
            model.nobody_waits_for_an_idle_window(&stage);
            promises::nothing_is_overdue(&stage, &model);
            seen.waits.nobody_waits_in_silence(&stage, &model, &mut seen.busy);
            if day_began {
                waits::nobody_waits_past_a_closing(&stage);
                hours::promises_stand(&stage, |at| model.is_open(at), model.last_closing(stage.now));
            }
        }
        if number % 4 == 0 && timers_ran && day_began {
            a_rebuilt_hall_looks_the_same(&stage);
            a_change_of_rules_costs_nothing(&stage, (number / 4) as u8);
        }
    }
    Life { model, busy: seen.busy }
}

/// What holds after every step, whatever is due.
fn every_promise_is_kept(stage: &Stage, seen: &mut Seen, model: &Model) {
    promises::nobody_is_held_twice(stage);
    seen.takes.follow(stage);
    seen.phones.nobody_lives_twice(stage);
    seen.talks.follow(stage, seen.rebuilt, &mut seen.busy);
    clocks::nothing_began_in_the_future(stage);
    promises::places_are_stable(stage, seen);
    promises::counts_are_the_rows(stage, model);
    seen.allowed.note(&stage.archive.rules().order);
    promises::overtaking_is_bounded(model, &seen.allowed);
}

/// As many of each hall.
const LIVES: usize = 96 * HALLS;

#[test]
fn random_lives_are_busy_enough_to_prove_something() {
    let mut runner = TestRunner::deterministic();
    let (mut rings, mut moves, mut opened, mut supervised, mut kept) = (0, 0, 0, (0, 0), 0);
    let mut referred = (0, 0);
    let mut busy = Busy::default();
    for case in 0..LIVES {
        let steps = steps().new_tree(&mut runner).expect("steps can be drawn").current();
        let Life { model, busy: did } = live(case % 4 < 2, case % 2 == 0, case % HALLS, steps);
        did.0.into_iter().for_each(|(what, times)| *busy.0.entry(what).or_default() += times);
        (rings, moves, opened) = (rings + model.rings, moves + model.moves, opened + model.opened);
        supervised = (supervised.0 + model.supervised.0, supervised.1 + model.supervised.1);
        kept += model.kept;
        let one = model.referrals;
        referred = (referred.0 + one.placed, referred.1 + one.went);
    }
    every_kind_of_step_occurs(&busy);
    assert!(
        referred.0 >= 96 && referred.1 >= 16,
        "{referred:?} came from another hall, and went to one out of a talk"
    );
    assert!(kept >= 48, "{kept} appointments were kept");
    assert!(opened >= 8, "{opened} numbers left while the hall was closed were opened to");
    assert!(
        supervised.0 >= 2 && supervised.1 >= 8,
        "{supervised:?} transfers of what was handed on too often, and rings at supervisors"
    );
    assert!(rings >= 96 && moves >= 48, "{rings} rings and {moves} moves by priority in {LIVES} lives");
}

/// Each at least so often in all these lives.
fn every_kind_of_step_occurs(busy: &Busy) {
    let presences = [Presence::Offline {}, Presence::Draining {}, Presence::Training {}];
    let breaks = BREAKS.map(|reason| Presence::Break { reason });
    let presences = presences.into_iter().chain(breaks).map(|presence| format!("{presence:?}"));
    let declines = DECLINES.iter().map(|reason| format!("declined: {reason:?}"));
    let rules = RULES_OF_ORDER.iter().map(|(name, _)| *name).chain(["handshake"]);
    let named = presences.chain(declines).chain(rules.map(|rule| format!("changed: {rule}")));
    let others = [
        ("a citizen says", 48),
        ("a window says", 8),
        ("found by a second tab", 48),
        ("came back by the cookie", 192),
        ("a code was given", 96),
        ("a code was typed", 48),
        ("moved to another phone", 24),
        ("the clock was set forward", 24),
        ("the clock was set back", 24),
        ("the hall was full", 8),
        ("the hours were changed", 48),
        ("the hours were changed under a wait", 48),
        ("the hall was closed", 8),
        ("closed out by other hours", 1),
        ("asked again", 96),
        ("asked again after a restart", 48),
        ("the page of a citizen was lost", 24),
        ("the page of a window was lost", 48),
        ("session out of a talk", 16),
        ("session out of a ring", 8),
        ("window_lost", 16),
        ("window_back", 8),
        ("citizen_lost", 16),
        ("citizen_back", 8),
        ("grace_over", 8),
        ("offered NoWindow", 48),
        ("offered LongWait", 16),
    ];
    let wanted = named.map(|what| (what, 4)).chain(others.map(|(what, least)| (what.to_owned(), least)));
    let seldom: Vec<_> = wanted
        .filter(|(what, least)| busy.0.get(what).is_none_or(|times| times < least))
        .map(|(what, least)| format!("{what}: {} of {least}", busy.0.get(&what).copied().unwrap_or_default()))
        .collect();
    assert!(seldom.is_empty(), "too seldom to prove something: {seldom:?}; of {:?}", busy.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_lives_keep_every_promise(awake: bool, hall in 0..HALLS, steps in steps()) {
        drop(live(false, awake, hall, steps));
    }

    #[test]
    fn random_lives_keep_every_promise_with_the_handshake(awake: bool, hall in 0..HALLS, steps in steps()) {
        drop(live(true, awake, hall, steps));
    }
}
