//! Random lives of a small hall, and what must hold after every step of them. Order and matching are held against [`Model`].

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use yunyiban_protocol::{ContactView, HallId, ItemCode, Place, PlaceCause, Presence, QueueId, Sensitive, Timestamp, VisitId};

use super::appointment::book_act;
use super::looks::{a_change_of_rules_costs_nothing, a_rebuilt_hall_looks_the_same};
use super::matching::{skilled, two_queues};
use super::model::Model;
use super::people::{Stage, image, rules, sealed, staff_of};
use super::steps::{Booking, CITIZENS, Going, Step, WINDOWS, brought, citizen_act, moving, naming, rule_change, staff_act, steps, suspension, taken};
use crate::hall::hours::day_of;
use crate::hall::line;
use crate::{
    Act, Along, AppointmentRules, BookAct, CitizenAct, Done, HallRules, Heard, Input, OrderKey, ReferredAct, StaffAct, Subject, TakeNumberAct,
    TokenHash, Visit, VisitState,
};

/// What was seen after the step before.
#[derive(Default)]
struct Seen {
    places: BTreeMap<VisitId, Place>,
    orders: BTreeMap<VisitId, OrderKey>,
    events: usize,
    /// Pages ping by themselves.
    awake: bool,
    taken: usize,
    /// The newest visit of each person, and its token.
    newest: BTreeMap<&'static str, (VisitId, TokenHash)>,
    /// The newest appointment of each.
    booked: BTreeMap<&'static str, VisitId>,
    /// What whoever another hall referred brings of it, by the visit it would be here.
    brought: BTreeMap<VisitId, ReferredAct>,
}

impl Seen {
    fn newest(&self, name: &str) -> VisitId {
        let newest = self.newest.get(name).map(|(visit, _)| visit.clone());
        newest.unwrap_or_else(|| VisitId::new(name))
    }

    /// One of those who booked, if anybody did.
    fn booked(&self, which: u8) -> VisitId {
        let which = usize::from(which) % self.booked.len().max(1);
        self.booked.values().nth(which).cloned().unwrap_or_else(|| self.newest(CITIZENS[0]))
    }
}

/// A number for this person. Their newest visit brings its token, as a cookie would.
fn take_as(stage: &Stage, seen: &mut Seen, name: &str, who: u8) -> TakeNumberAct {
    seen.taken += 1;
    let mut take = stage.take_act(name, None);
    take.known = seen.newest.get(name).map(|(_, token)| token.clone());
    take.item = [Some("residence"), None, Some("card"), Some("refund")][usize::from(who / 9) % 4].map(ItemCode::new);
    if stage.archive.visits.contains_key(&take.visit) {
        take.visit = VisitId::new(format!("{name} {}", seen.taken));
    }
    take.token = TokenHash::new(&format!("token {}", seen.taken));
    seen.brought.remove(&take.visit);
    take
}

/// A number for this person with what another hall gave along.
fn take_referred(stage: &Stage, seen: &mut Seen, name: &str, (who, of, ago): (u8, u8, u8)) -> TakeNumberAct {
    let mut take = take_as(stage, seen, name, who);
    let brought = brought(stage.now, of, ago);
    seen.brought.insert(take.visit.clone(), brought.clone());
    take.along = Along::Packet(Box::new(brought));
    take
}

/// One of the next slots for this person.
fn book_as(stage: &Stage, seen: &mut Seen, name: &str, who: u8, when: u8) -> BookAct {
    seen.taken += 1;
    let length = i64::from(stage.hall.rules().appointments.slot_ms);
    let slots = stage.now.as_millis() / length + 1 + i64::from(when % 3);
    BookAct {
        item: [None, Some("card"), Some("refund")][usize::from(who / 9) % 3].map(ItemCode::new),
        ..book_act(
            &format!("{name} books {}", seen.taken),
            &format!("137{:08}", who % 9),
            Timestamp::from_millis(slots * length),
        )
    }
}

/// What a step about appointments asks.
fn act_of_appointment(stage: &Stage, seen: &mut Seen, booking: &Booking) -> Act {
    let staff = |window, act| Act::Staff {
        staff: staff_of(window),
        act,
    };
    match booking {
        Booking::Book(who, when) => {
            let name = CITIZENS[usize::from(*who) % CITIZENS.len()];
            staff("1", StaffAct::Book(Box::new(book_as(stage, seen, name, *who, *when))))
        }
        Booking::CheckIn(which) => Act::Citizen {
            visit: seen.booked(*which),
            act: CitizenAct::CheckIn {
                notice_version: stage.hall.rules().notice_version.clone(),
            },
        },
        Booking::CallOff(which) => staff("2", StaffAct::CallOff(seen.booked(*which))),
    }
}

/// What a step asks of the hall, and whose number it takes; `None` for time, which only passes.
fn act_of(stage: &mut Stage, seen: &mut Seen, step: &Step) -> Option<Act> {
    let name = |who: &u8| CITIZENS[usize::from(*who) % CITIZENS.len()];
    Some(match step {
        Step::Take(who) => Act::TakeNumber(take_as(stage, seen, name(who), *who)),
        Step::Leave(who) => {
            let mut take = take_as(stage, seen, name(who), *who);
            take.callback = Some(sealed(ContactView {
                name: None,
                phone: Some(Sensitive::new(format!("139{who:08}"))),
            }));
            Act::TakeNumber(take)
        }
        Step::Appointment(booking) => act_of_appointment(stage, seen, booking),
        Step::Referral(Going::Comes(who, of, ago)) => Act::TakeNumber(take_referred(stage, seen, name(who), (*who, *of, *ago))),
        Step::Referral(Going::Named(who, what)) => naming(stage, *who, *what)?,
        Step::Referral(Going::Taken(who)) => taken(stage, *who)?,
        Step::Suspend(who, what) => Act::Staff {
            staff: staff_of(["1", "1", "1", "2"][usize::from(who % 4)]),
            act: suspension(*what, stage.now),
        },
        Step::Rule(which, what) => Act::Staff {
            staff: staff_of("1"),
            act: rule_change(*which, *what, stage.hall.rules()),
        },
        Step::Citizen(who, what) => Act::Citizen {
            visit: seen.newest(name(who)),
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
        Step::Move(who, whom) => moving(stage, *who, *whom)?,
        Step::Hear(who, visible) => Act::Heard(Heard::Citizen {
            visit: seen.newest(name(who)),
            visible: *visible,
        }),
        Step::HearStaff(who) => Act::Heard(Heard::Staff {
            staff: staff_of(WINDOWS[usize::from(*who) % WINDOWS.len()]),
        }),
        Step::Pass(millis) => {
            stage.pass(*millis);
            return None;
        }
        Step::Sleep(millis) => {
            stage.now = stage.now.plus(*millis);
            return None;
        }
        Step::Restart => {
            stage.restart();
            return None;
        }
    })
}

fn play(stage: &mut Stage, seen: &mut Seen, step: &Step) {
    let Some(act) = act_of(stage, seen, step) else { return };
    let taken = match (step, &act) {
        (Step::Take(who) | Step::Leave(who) | Step::Referral(Going::Comes(who, ..)), Act::TakeNumber(take)) => {
            Some((CITIZENS[usize::from(*who) % CITIZENS.len()], take.token.clone()))
        }
        _ => None,
    };
    // I18: a second time with the same key is the same reply and nothing else.
    let key = match act {
        Act::OfferHandover { .. } | Act::TakeHandover(_) | Act::ReferralTaken { .. } | Act::Heard(_) | Act::Wake => None,
        Act::TakeNumber(_) | Act::Resume { .. } | Act::Citizen { .. } | Act::Staff { .. } => Some(stage.fresh_key()),
    };
    let first = stage.handle(Input {
        key: key.clone(),
        act: act.clone(),
    });
    if let (Some((name, token)), Ok(Done::Visit { visit, .. })) = (taken, &first) {
        seen.newest.insert(name, (visit.clone(), token));
        if seen.awake {
            stage.lives(visit.as_str());
        }
    }
    if let (Step::Appointment(Booking::Book(who, _)), Ok(Done::Visit { visit, .. })) = (step, &first) {
        let name = CITIZENS[usize::from(*who) % CITIZENS.len()];
        seen.booked.insert(name, visit.clone());
        if seen.awake {
            stage.lives(visit.as_str());
        }
    }
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

/// Q5, I8: a shown place is never worse than the one before, unless a cause stands beside it that came up just now: an
/// old cause excuses nothing.
/// Q4, I12: an order key changes only when a visit returns after 过号, comes back to the head, declares a priority or is checked in.
fn places_are_stable(stage: &Stage, seen: &mut Seen) {
    let events = &stage.archive.events[seen.events..];
    let caused = |id: &VisitId, cause: PlaceCause| {
        let own_way = cause == PlaceCause::Missed;
        events.iter().any(|event| match (&event.after, event.cause.as_str()) {
            (Subject::Visit { visit }, "place_worse") => visit.id == *id && visit.place_cause == Some(cause),
            (Subject::Visit { visit }, "returned") => own_way && visit.id == *id,
            _ => false,
        })
    };
    for (id, visit) in &stage.archive.visits {
        let place = stage.hall.place(id);
        if let (Some(before), Some(now)) = (seen.places.get(id), &place) {
            let excused = now.cause.is_some_and(|cause| caused(id, cause));
            assert!(now.ahead <= before.ahead || excused, "{id}: from {before:?} to {now:?}");
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
                [
                    "returned",
                    "grace_over",
                    "setup_failed",
                    "priority_declared",
                    "checked_in",
                    "checked_in_late"
                ]
                .contains(&event.cause.as_str()),
                "{} moved by {}",
                visit.id,
                event.cause
            );
        }
    }
    seen.events = stage.archive.events.len();
}

/// Q5, I11: what is shown is counted over the rows; a number kept is never worse.
fn counts_are_the_rows(stage: &Stage, model: &Model) {
    let in_line = || model.visits.values().filter(|visit| visit.state.in_line());
    for visit in in_line() {
        let counted = line::ahead(line::step_of(model.ahead(visit)));
        let shown = stage.hall.place(&visit.id).expect("it is in line").ahead;
        assert!(
            shown == counted || visit.kept_ahead.is_some() && shown <= counted,
            "{} is shown {shown:?}",
            visit.number
        );
    }
    let waiting = in_line().count() as u32;
    assert_eq!(
        (stage.hall.line().waiting, stage.hall.card(stage.now).busyness.waiting),
        (waiting, waiting)
    );
    let head = stage.hall.line().head;
    let orders: Vec<OrderKey> = head.iter().map(|entry| model.visits[&entry.visit].order).collect();
    assert!(orders.is_sorted(), "windows see the line in order");
    let unseen = in_line().filter(|visit| head.iter().all(|entry| entry.visit != visit.id));
    for visit in unseen {
        let before = |queue: Option<&QueueId>| {
            let seen = head.iter().filter(|entry| queue.is_none_or(|queue| entry.queue == *queue));
            seen.filter(|entry| model.visits[&entry.visit].order < visit.order).count()
        };
        assert!(head.len() >= 30 && before(Some(&visit.queue)) >= 10, "{} is not seen", visit.number);
    }
}

/// Q7: nobody is overtaken more than K times, nor by anybody who came more than T after; own 过号 begins anew.
fn overtaking_is_bounded(stage: &Stage, model: &Model) {
    let rules = &stage.hall.facts.rules.order;
    for visit in model
        .visits
        .values()
        .filter(|visit| visit.state.in_line() && visit.returns == 0 && !visit.waited_once)
    {
        // Whoever was served meanwhile and handed back into the line was overtaken by nobody then, nor was who stood in another hall's.
        let overtaken = if visit.transfers == 0 && visit.referred.is_none() {
            model.overtakers(visit)
        } else {
            model.passed(visit)
        };
        assert!(overtaken <= rules.overtaken_by as usize, "{} is overtaken too often", visit.number);
        let too_late = |other: &&Visit| {
            let mut moves = other.moves_ahead();
            let moved = moves.any(|credit| credit.to < visit.order && visit.order < credit.from);
            moved && came(other).since(came(visit)) > rules.overtaken_ms
        };
        assert_eq!(
            model
                .visits
                .values()
                .filter(|other| other.returns == 0)
                .find(too_late)
                .map(|other| &other.number),
            None
        );
    }
}

/// When somebody came: to an appointment, when it was checked in; of another hall, to that.
fn came(visit: &Visit) -> Timestamp {
    let credit = visit.appointment.as_ref().and_then(|kept| kept.credit);
    let came = credit.map_or(visit.joined_at, |credit| credit.from.effective);
    let first = || visit.moves_ahead().next().map_or(visit.order, |credit| credit.from);
    visit.referred.as_ref().map_or(came, |_| first().effective)
}

/// L3: with every timer run, nothing is past its end. I16: the gate is open only where both talk. I28: who is counted as
/// on duty and idle was heard within a lease.
fn nothing_is_overdue(stage: &Stage, model: &Model) {
    let (hall, now) = (&stage.hall, stage.now);
    for visit in model.visits.values() {
        let ends = match visit.state {
            VisitState::Away { since, until }
            | VisitState::Calling { since, until }
            | VisitState::Missed { since, until }
            | VisitState::Parked { since, until }
            | VisitState::Ringing { since, until, .. }
            | VisitState::Connecting { since, until, .. }
            | VisitState::Transferring { since, until, .. }
            | VisitState::Dropped { since, until, .. } => Some(hall.graced(since, until)),
            VisitState::Booked { at } => hall.check_in_of(visit).map(|times| times.until).or(Some(at)),
            VisitState::Waiting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => None,
        };
        assert!(ends.is_none_or(|end| end > now), "{} is stuck in {}", visit.number, visit.state.name());
        let open = hall.call_rights(&visit.id).open;
        assert!(
            !open || matches!(visit.state, VisitState::Serving { .. }),
            "no packet before both have accepted"
        );
    }
    for (index, desk) in hall.desks.iter().enumerate() {
        let idle = matches!(desk.window.work, yunyiban_protocol::Work::Idle {});
        let on_duty = matches!(desk.window.presence, Presence::Available {} | Presence::OnDemand {});
        // In the grace of a restart silence is looked at when the grace is over.
        let graced = hall.rebuilt_at.plus(hall.facts.rules.timers.restart_grace_ms) > now;
        assert!(
            graced || !(idle && on_duty && hall.is_silent(index)),
            "a silent window is shown as on duty"
        );
    }
}

/// The halls of these lives: one queue; two with a shared window; skills.
fn halls() -> [HallRules; 3] {
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
    let halls = [HallRules { order, ..rules() }, two_queues(), skilled()];
    halls.map(|hall| HallRules {
        appointments: appointments.clone(),
        ..hall
    })
}

pub(super) fn live(handshake: bool, awake: bool, hall: usize, steps: Vec<Step>) -> Model {
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
        play(&mut stage, &mut seen, step);
        model.referrals.brought.clone_from(&seen.brought);
        model.follow(&stage);
        nobody_is_held_twice(&stage);
        places_are_stable(&stage, &mut seen);
        counts_are_the_rows(&stage, &model);
        overtaking_is_bounded(&stage, &model);
        let timers_ran = stage.hall.next_wake().is_none_or(|at| at > stage.now);
        if timers_ran {
            // A hall just rebuilt matches with the first wake, which is due at once.
            model.nobody_waits_for_an_idle_window(&stage);
            nothing_is_overdue(&stage, &model);
        }
        // Of yesterday a hall in memory forgets with the first act of the day.
        let day_began = stage.hall.tally.day == day_of(stage.now);
        if number % 4 == 0 && timers_ran && day_began {
            a_rebuilt_hall_looks_the_same(&stage);
            a_change_of_rules_costs_nothing(&stage, (number / 4) as u8);
        }
    }
    model
}

#[test]
fn random_lives_are_busy_enough_to_prove_something() {
    let mut runner = TestRunner::deterministic();
    let (mut rings, mut moves, mut opened, mut supervised, mut kept) = (0, 0, 0, (0, 0), 0);
    let mut referred = (0, 0);
    for case in 0..144 {
        let steps = steps().new_tree(&mut runner).expect("steps can be drawn").current();
        let model = live(case % 4 < 2, case % 2 == 0, case % 3, steps);
        (rings, moves, opened) = (rings + model.rings, moves + model.moves, opened + model.opened);
        supervised = (supervised.0 + model.supervised.0, supervised.1 + model.supervised.1);
        kept += model.kept;
        let one = model.referrals;
        referred = (referred.0 + one.placed, referred.1 + one.went);
    }
    assert!(
        referred.0 >= 48 && referred.1 >= 8,
        "{referred:?} came from another hall, and went to one out of a talk"
    );
    assert!(kept >= 24, "{kept} appointments were kept");
    assert!(opened >= 4, "{opened} numbers left while the hall was closed were opened to");
    assert!(
        supervised.0 >= 1 && supervised.1 >= 4,
        "{supervised:?} transfers of what was handed on too often, and rings at supervisors"
    );
    assert!(rings >= 48 && moves >= 24, "{rings} rings and {moves} moves by priority in 144 lives");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_lives_keep_every_promise(awake: bool, hall in 0usize..3, steps in steps()) {
        drop(live(false, awake, hall, steps));
    }

    #[test]
    fn random_lives_keep_every_promise_with_the_handshake(awake: bool, hall in 0usize..3, steps in steps()) {
        drop(live(true, awake, hall, steps));
    }
}
