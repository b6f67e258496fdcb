//! What a changed rule does to those it finds: being asked, waiting long, writing a record.

use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{VisitId, VisitStatus, WaitOffer};

use super::people::{Stage, rules};
use super::rules::{change, numbers};
use super::script::{check_with, play};
use crate::{HallRules, Refusal, Tell};

const MINUTE_MS: u32 = 60_000;

fn status(stage: &Stage, name: &str) -> VisitStatus {
    stage.hall.visit_view(&VisitId::new(name), stage.now).expect("it is known").status
}

fn plays(stage: &mut Stage, steps: &[&str]) {
    steps.iter().for_each(|step| play(stage, step, "rule effects"));
}

#[test]
fn a_moment_asked_for_is_never_longer_than_the_right_to_return() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    let timers = rules().timers;
    let too_long = numbers("timers.later_ms", timers.later_ms, timers.missed_return_ms + MINUTE_MS);
    assert_eq!(stage.staff("1", too_long), Err(Refusal::RuleContradicts));
    let keeps = numbers("timers.callback_keeps_ms", timers.callback_keeps_ms, 60 * MINUTE_MS);
    stage.staff("1", keeps).expect("an hour is within the range");
    let pause = numbers("timers.callback_pause_ms", timers.callback_pause_ms, 61 * MINUTE_MS);
    assert_eq!(stage.staff("1", pause), Err(Refusal::RuleContradicts), "the second try would never come");
}

#[test]
fn three_alerts_come_of_a_challenge_whose_length_is_changed_meanwhile() {
    let mut stage = Stage::with_windows(HallRules { handshake: true, ..rules() }, &["1", "3"]);
    plays(&mut stage, &["w1 takes a break", "li takes", "+1"]);
    assert!(matches!(status(&stage, "li"), VisitStatus::Calling { alert: 1, .. }));
    let usual = rules().timers.challenge_ms;
    stage
        .staff("1", numbers("timers.challenge_ms", usual, 10 * MINUTE_MS))
        .expect("a supervisor");
    plays(&mut stage, &["+10"]);
    assert!(
        matches!(status(&stage, "li"), VisitStatus::Calling { alert: 2, .. }),
        "a third of 30 s has passed"
    );
    plays(&mut stage, &["+10"]);
    assert!(matches!(status(&stage, "li"), VisitStatus::Calling { alert: 3, .. }));
}

#[test]
fn as_many_alerts_come_as_the_rules_say_and_none_is_made_up_for() {
    let alerts = |stage: &Stage| stage.told.iter().filter(|tell| **tell == Tell::Visit(VisitId::new("li"))).count();
    for number in [1, 5] {
        let mut often = HallRules { handshake: true, ..rules() };
        often.timers.challenge_alerts = number;
        let stage = check_with(often, "li takes; +29", "waiting > calling");
        assert_eq!(alerts(&stage), number as usize);
    }
    let mut stage = Stage::with_windows(HallRules { handshake: true, ..rules() }, &["1", "3"]);
    plays(&mut stage, &["w1 takes a break", "li takes", "+16"]);
    assert!(matches!(status(&stage, "li"), VisitStatus::Calling { alert: 2, .. }));
    stage.staff("1", numbers("timers.challenge_alerts", 3, 10)).expect("a supervisor");
    assert!(
        matches!(status(&stage, "li"), VisitStatus::Calling { alert: 6, .. }),
        "one each three seconds"
    );
    stage.told.clear();
    plays(&mut stage, &["+1"]);
    assert!(alerts(&stage) <= 1, "not all that would have been, at once");
    stage.told.clear();
    plays(&mut stage, &["+6"]);
    assert_eq!(alerts(&stage), 2);
}

#[test]
fn a_hall_asks_from_the_place_on_that_its_rules_say() {
    let mut stage = Stage::with_windows(HallRules { handshake: true, ..rules() }, &["1", "3"]);
    let asked = |stage: &Stage| {
        ["b", "c", "d", "e", "f", "g"]
            .into_iter()
            .filter(|name| stage.state(name) == "calling")
            .count()
    };
    plays(
        &mut stage,
        &["li takes", "wu takes", "li is here", "wu is here", "w1 accepts li", "w3 accepts wu"],
    );
    plays(&mut stage, &["b takes", "c takes", "d takes", "e takes", "f takes", "g takes"]);
    assert_eq!(asked(&stage), 4, "with three ahead, by default");
    stage.staff("1", numbers("challenge_ahead", 3, 4)).expect("a supervisor");
    assert_eq!(asked(&stage), 5);
    let mut late = HallRules { handshake: true, ..rules() };
    late.challenge_ahead = 0;
    let mut stage = Stage::with_windows(late, &["1", "3"]);
    plays(
        &mut stage,
        &["li takes", "wu takes", "li is here", "wu is here", "w1 accepts li", "w3 accepts wu"],
    );
    plays(&mut stage, &["b takes", "c takes", "d takes", "e takes", "f takes", "g takes"]);
    assert_eq!(asked(&stage), 1, "the next alone");
}

#[test]
fn where_nobody_is_asked_any_more_whoever_is_being_asked_is_rung_for() {
    let mut stage = Stage::with_windows(HallRules { handshake: true, ..rules() }, &["1", "3"]);
    plays(&mut stage, &["w1 takes a break", "li takes", "+1"]);
    assert_eq!(stage.state("li"), "calling");
    let off = change("handshake", RuleValue::Switch(true), RuleValue::Switch(false));
    stage.staff("1", off).expect("a supervisor");
    stage.pass(1);
    assert_eq!(stage.state("li"), "ringing");
}

#[test]
fn the_offer_of_a_call_back_comes_again_when_the_longer_wait_is_over() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    plays(&mut stage, &["w1 takes a break", "wu takes", "w3 accepts wu", "wu accepts", "li takes"]);
    let long = rules().timers.long_wait_ms;
    stage.pass(long);
    let offer = |stage: &Stage| stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("it is known").offer;
    assert_eq!(offer(&stage), Some(WaitOffer::LongWait));
    let seen = stage.archive.events.last().map_or(0, |event| event.seq);
    stage
        .staff("1", numbers("timers.long_wait_ms", long, long + 30 * MINUTE_MS))
        .expect("a supervisor");
    assert_eq!(offer(&stage), None);
    assert!(
        !stage.hall.was_told_nothing_since(&VisitId::new("li"), seen),
        "a page that comes back is told"
    );
    stage.told.clear();
    stage.pass(30 * MINUTE_MS);
    assert_eq!(offer(&stage), Some(WaitOffer::LongWait));
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))));
}

#[test]
fn more_time_for_a_record_is_never_less() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    let timers = rules().timers;
    for (rule, seen, value) in [
        ("timers.wrap_up_extended_ms", timers.wrap_up_extended_ms, 30 * MINUTE_MS),
        ("timers.wrap_up_ms", timers.wrap_up_ms, 30 * MINUTE_MS),
    ] {
        stage.staff("1", numbers(rule, seen, value)).expect("a supervisor");
    }
    plays(
        &mut stage,
        &["w1 takes a break", "li takes", "w3 accepts li", "li accepts", "w3 hangs up", "+600"],
    );
    for (rule, value) in [("timers.wrap_up_ms", MINUTE_MS), ("timers.wrap_up_extended_ms", 3 * MINUTE_MS)] {
        stage.staff("1", numbers(rule, 30 * MINUTE_MS, value)).expect("a supervisor");
    }
    plays(&mut stage, &["w3 extends", "+1190"]);
    assert_eq!(stage.hall.line().overdue, [], "half an hour was promised");
    plays(&mut stage, &["+20"]);
    assert_eq!(stage.hall.line().overdue.len(), 1);
}
