//! 优先照顾: credit, and the bounds that keep it fair (Q7).

use std::collections::BTreeMap;

use yunyiban_protocol::{Ahead, PlaceCause, Proof, RecordDraft, RecordId, Timestamp, VisitId};

use super::people::{Stage, draft, rules, sealed};
use crate::{Act, CitizenAct, Done, HallRules, OrderKey, OrderRules, RecordWords, Refusal, StaffAct, Subject};

const TEN_MINUTES: u32 = 600_000;

fn declares(stage: &mut Stage, name: &str) -> Result<Done, Refusal> {
    stage.citizen(name, CitizenAct::Priority)
}

fn numbers(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

fn bounded(overtaken_by: u32, overtaken_ms: u32) -> HallRules {
    HallRules {
        order: OrderRules {
            overtaken_by,
            overtaken_ms,
            ..OrderRules::default()
        },
        ..rules()
    }
}

#[test]
fn credit_goes_ahead_of_those_who_came_within_it() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    stage.pass(TEN_MINUTES);
    ["wu", "gao", "tan"].iter().for_each(|name| drop(stage.take(name)));
    declares(&mut stage, "tan").expect("it is offered");
    assert_eq!(numbers(&stage), ["A1", "A4", "A2", "A3"], "li came more than ten minutes before");
    let joined_at = stage.archive.visits[&VisitId::new("tan")].joined_at;
    let entry = &stage.hall.line().head[1];
    assert_eq!((entry.joined_at, entry.priority), (joined_at, true), "the time of waiting stays true");
}

#[test]
fn those_overtaken_are_shown_why() {
    let mut stage = Stage::new(rules());
    ["li", "wu", "gao"].iter().for_each(|name| drop(stage.take(name)));
    declares(&mut stage, "gao").expect("it is offered");
    let place = |name| stage.hall.place(&VisitId::new(name)).map(|place| (place.ahead, place.cause));
    assert_eq!(place("gao"), Some((Ahead::Exact { count: 0 }, None)));
    assert_eq!(place("wu"), Some((Ahead::Exact { count: 2 }, Some(PlaceCause::Priority))));
}

#[test]
fn a_visit_is_overtaken_by_three_and_no_more() {
    let mut stage = Stage::new(rules());
    ["li", "wu", "gao", "tan", "deng", "xu"].iter().for_each(|name| drop(stage.take(name)));
    for name in ["gao", "tan", "deng", "xu"] {
        declares(&mut stage, name).expect("it is offered");
    }
    assert_eq!(numbers(&stage), ["A3", "A4", "A5", "A1", "A2", "A6"]);
}

#[test]
fn who_is_overtaken_enough_protects_those_ahead_of_it_and_nobody_behind() {
    let mut stage = Stage::new(bounded(1, TEN_MINUTES));
    ["li", "wu", "gao", "tan"].iter().for_each(|name| drop(stage.take(name)));
    declares(&mut stage, "wu").expect("it is offered");
    declares(&mut stage, "tan").expect("it is offered");
    assert_eq!(numbers(&stage), ["A2", "A1", "A4", "A3"]);
    stage.restart();
    stage.take("deng");
    declares(&mut stage, "deng").expect("it is offered");
    assert_eq!(numbers(&stage), ["A2", "A1", "A4", "A3", "A5"], "counted again after a restart");
}

#[test]
fn somebody_who_left_unserved_has_overtaken_nobody() {
    let mut stage = Stage::new(bounded(1, TEN_MINUTES));
    ["li", "wu", "gao"].iter().for_each(|name| drop(stage.take(name)));
    declares(&mut stage, "wu").expect("it is offered");
    stage.citizen("wu", CitizenAct::Leave).expect("anybody may leave");
    declares(&mut stage, "gao").expect("it is offered");
    assert_eq!(numbers(&stage), ["A3", "A1"]);
}

#[test]
fn priority_is_said_once_while_waiting_and_only_what_is_offered() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    stage.take("li");
    stage.take("wu");
    assert_eq!(declares(&mut stage, "li"), Err(Refusal::NotNow), "it is being rung");
    declares(&mut stage, "wu").expect("it is offered");
    assert_eq!(declares(&mut stage, "wu"), Err(Refusal::UsedUp));
    let view = stage.hall.visit_view(&VisitId::new("wu"), stage.now).expect("wu waits");
    assert_eq!((view.priority, view.may_declare_priority), (true, false));

    let mut rules = rules();
    rules.order.priority_credit_ms = 0;
    let mut stage = Stage::new(rules);
    stage.take("li");
    assert_eq!(declares(&mut stage, "li"), Err(Refusal::NotAllowed));
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li waits");
    assert_eq!((view.priority, view.may_declare_priority), (false, false));
}

#[test]
fn a_word_that_was_not_proven_gives_no_credit_again() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    stage.take("xu");
    stage.take("li");
    declares(&mut stage, "li").expect("it is offered");
    stage.serve("3", "xu");
    stage.staff("3", StaffAct::Accept(VisitId::new("li"))).expect("it is rung");
    stage.citizen("li", CitizenAct::Accept).expect("the window has accepted");
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    let words = sealed(RecordWords {
        note: Default::default(),
        next_step: Default::default(),
    });
    let draft = RecordDraft {
        proof: Some(Proof::NotShown),
        ..draft()
    };
    let act = StaffAct::SaveRecord {
        visit: VisitId::new("li"),
        record: RecordId::new("record of li"),
        draft,
        words,
    };
    stage.staff("3", act).expect("it was served here");
    assert!(stage.archive.events.iter().any(|event| event.cause == "proof_not_shown"));

    stage.take("wu");
    stage.pass(1_000);
    let mut again = stage.take_act("li again", Some("token of li"));
    again.token = crate::TokenHash::new("token of li again");
    stage.act(Act::TakeNumber(again)).expect("the hall takes visits");
    let view = stage.hall.visit_view(&VisitId::new("li again"), stage.now).expect("li waits again");
    assert!(!view.may_declare_priority, "nothing is offered that gives nothing");
    assert_eq!(declares(&mut stage, "li again"), Err(Refusal::NotAllowed));
    assert_eq!(numbers(&stage), ["A3", "A4"]);
}

#[test]
fn nothing_is_offered_to_somebody_who_goes_ahead_of_all_already() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    stage.take("li");
    stage.take("wu");
    stage.staff("3", StaffAct::Accept(VisitId::new("li"))).expect("it is rung");
    stage.citizen("li", CitizenAct::Accept).expect("the window has accepted");
    stage.staff("3", StaffAct::Park).expect("they talk");
    stage.citizen("li", CitizenAct::Return).expect("it was sent off with the right to return");
    assert_eq!(stage.state("li"), "waiting");
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li waits");
    assert!(!view.may_declare_priority);
    assert_eq!(declares(&mut stage, "li"), Err(Refusal::NotAllowed));
}

#[test]
fn a_row_keeps_where_a_priority_moved_it_and_not_what_for() {
    let mut stage = Stage::new(rules());
    ["li", "wu"].iter().for_each(|name| drop(stage.take(name)));
    declares(&mut stage, "wu").expect("it is offered");
    let row = serde_json::to_value(&stage.archive.visits[&VisitId::new("wu")].priority).expect("it is data");
    let mut fields: Vec<_> = row.as_object().expect("it was declared").keys().cloned().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["from", "proof", "to"]);

    let mut before = row.clone();
    before["class"] = "elder".into();
    let read: Option<Box<crate::Priority>> = serde_json::from_value(before).expect("a row that says what for is still read");
    assert_eq!(
        serde_json::to_value(read).expect("it is data"),
        row,
        "and says it no more once written again"
    );
}

#[test]
fn one_elder_to_three_others_for_a_day_keeps_both_bounds() {
    // E8
    const VISITORS: u32 = 80;
    let mut stage = Stage::with_windows(rules(), &["3"]);
    for number in 0..VISITORS {
        let name = format!("visitor-{number}");
        stage.take(&name);
        if number % 4 == 3 {
            // Who is rung at once has nobody to go ahead of.
            drop(declares(&mut stage, &name));
        }
        if number % 5 != 4 {
            goes_on(&mut stage);
        }
        stage.pass(20_000 + number * 13_000 % 25_000);
    }
    (0..VISITORS).for_each(|_| goes_on(&mut stage));
    let mut first_rung: BTreeMap<VisitId, usize> = BTreeMap::new();
    for (index, event) in stage.archive.events.iter().enumerate() {
        if let ("rung", Subject::Visit { visit }) = (event.cause.as_str(), &event.after) {
            first_rung.entry(visit.id.clone()).or_insert(index);
        }
    }
    let visits: Vec<_> = stage.archive.visits.values().collect();
    assert_eq!(first_rung.len(), VISITORS as usize, "everybody was called");
    let mut overtaken = 0;
    for visit in &visits {
        let ahead = visits
            .iter()
            .filter(|other| other.joined_at > visit.joined_at && first_rung[&other.id] < first_rung[&visit.id]);
        let ahead: Vec<_> = ahead.collect();
        overtaken += ahead.len();
        assert!(ahead.len() <= 3, "K: {} is overtaken by {}", visit.number, ahead.len());
        assert!(ahead.iter().all(|other| other.priority.is_some()), "only priority goes ahead");
        let longest = ahead.iter().map(|other| other.joined_at.since(visit.joined_at)).max().unwrap_or(0);
        assert!(
            longest <= TEN_MINUTES,
            "T: {} is overtaken by somebody who came {longest} ms later",
            visit.number
        );
    }
    assert!(overtaken >= 10, "the day is busy enough to overtake: {overtaken}");
}

/// The window's talk ends, if there is one, and the next begins.
fn goes_on(stage: &mut Stage) {
    let at_window = |stage: &Stage| stage.hall.visit_of(&super::people::staff_of("3")).map(|visit| visit.to_string());
    if let Some(name) = at_window(stage)
        && stage.state(&name) == "serving"
    {
        stage.staff("3", StaffAct::HangUp).expect("they talk");
        stage.save("3", &name).expect("it was served here");
        stage.staff("3", StaffAct::Finish).expect("the record stands");
        stage.falls_silent(&name);
    }
    if let Some(name) = at_window(stage) {
        stage.staff("3", StaffAct::Accept(VisitId::new(&name))).expect("it is rung");
        stage.citizen(&name, CitizenAct::Accept).expect("the window has accepted");
    }
}

#[test]
fn a_declared_priority_is_held_against_those_within_its_reach_and_not_against_the_day() {
    let mut stage = Stage::new(rules());
    for number in 0..60 {
        let name = format!("visitor-{number}");
        stage.take(&name);
        declares(&mut stage, &name).expect("it is offered");
        stage.citizen(&name, CitizenAct::Leave).expect("it waits");
        stage.pass(60_000);
    }
    stage.take("li");
    let own = stage.archive.visits[&VisitId::new("li")].order;
    let wanted = OrderKey {
        effective: Timestamp::from_millis(own.effective.as_millis() - i64::from(TEN_MINUTES)),
        ..own
    };
    let looked_at = |stage: &Stage| stage.hall.moves_from_behind(&wanted).count();
    assert_eq!(looked_at(&stage), 9, "one each 61 seconds");
    stage.restart();
    assert_eq!(looked_at(&stage), 9);
}
