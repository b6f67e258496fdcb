//! Whoever waits goes to a sister hall by their own choice (DOMAIN 3.5: steps never cost the place).

use yunyiban_protocol::{Outcome, VisitId};

use super::super::people::Stage;
use super::{HALF_AN_HOUR, check_with, count, laocheng, packet, refers, row, rules, told, view};
use crate::{HallRules, VisitState};

/// Nobody is called: the only window rests.
const RESTS: &str = "w1 opens; w1 takes a break";

fn outcome(stage: &Stage, name: &str) -> Option<Outcome> {
    row(stage, name).state.ended().map(|(outcome, _)| outcome)
}

#[test]
fn the_place_here_stays_and_the_first_arrival_goes_along() {
    let stage = told(&format!("{RESTS}; li takes; wang takes; +200; li goes by choice"), "waiting");
    let shown = view(&stage, "li").referral.expect("the page reads where it goes");
    assert_eq!((shown.hall, shown.chosen, shown.taken), (laocheng(), true, false));
    assert_eq!(shown.until, stage.now.plus(HALF_AN_HOUR));
    assert!(row(&stage, "li").order < row(&stage, "wang").order, "nothing moved");
    let packet = packet(&stage, "laocheng").expect("whoever brings the cookie there");
    assert_eq!(packet.arrived, row(&stage, "li").joined_at);
    assert_eq!(packet.transfers, 1);
}

#[test]
fn whoever_went_there_waits_here_no_more() {
    let stage = told(&format!("{RESTS}; li takes; +200; li goes by choice; li goes there"), "waiting > closed");
    assert_eq!(outcome(&stage, "li"), Some(Outcome::Abandoned));
    let shown = view(&stage, "li").referral.expect("the page leads there");
    assert!(shown.taken && shown.chosen);
}

#[test]
fn whoever_stays_is_called_here_as_before() {
    told(
        &format!("{RESTS}; li takes; li goes by choice; li declines; w1 is available; w1 accepts li; li accepts"),
        "waiting > ringing > connecting > serving",
    );
    let stage = told(
        &format!("{RESTS}; li takes; li goes by choice; w1 is available; w1 accepts li; li accepts; w1 withdraws"),
        "waiting > ringing > connecting > serving",
    );
    assert_eq!(count(&stage, "referral_withdrawn"), 1, "the window they talk with may take it back");
}

#[test]
fn nobody_chooses_who_is_served_rung_or_over() {
    told(
        "w1 opens; li takes; li goes by choice !not_now; w1 accepts li; li goes by choice !not_now; li accepts; li goes by choice !not_now; \
         li hangs up; li goes by choice !visit_closed",
        "waiting > ringing > connecting > serving > closed",
    );
}

#[test]
fn a_hall_that_the_rule_does_not_name_is_refused_and_so_is_who_was_handed_on_too_often() {
    check_with(rules(), &format!("{RESTS}; li takes; li goes by choice !hall_unknown"), "waiting");
    let never = HallRules {
        max_transfers: 0,
        ..refers()
    };
    check_with(never, &format!("{RESTS}; li takes; li goes by choice !transfers_used_up"), "waiting");
}

#[test]
fn whoever_is_kept_for_a_call_may_go_too() {
    let stage = told(
        "w1 opens; wang takes; w1 accepts wang; wang accepts; li takes; li leaves a number; li asks for a call-back; li goes by choice",
        "waiting > ringing > connecting > serving",
    );
    assert!(matches!(row(&stage, "li").state, VisitState::CallbackKept { .. }));
    assert!(view(&stage, "li").referral.is_some());
}

#[test]
fn the_page_reads_from_when_on_sister_halls_are_shown_where_there_are_any() {
    let stage = told(&format!("{RESTS}; li takes; +100"), "waiting");
    let step = stage.hall.rules().timers.sister_step_ms;
    assert_eq!(view(&stage, "li").sisters_from, Some(row(&stage, "li").joined_at.plus(step)));
    let stage = told("w1 opens; li takes; w1 accepts li", "waiting > ringing > connecting");
    assert_eq!(view(&stage, "li").sisters_from, None);
    let stage = check_with(rules(), &format!("{RESTS}; li takes"), "waiting");
    assert_eq!(view(&stage, "li").sisters_from, None, "there are none");
}

#[test]
fn it_is_kept_over_a_restart_and_ends_by_its_time() {
    let stage = told(&format!("{RESTS}; li takes; li goes by choice; restart; +1799"), "waiting");
    assert!(view(&stage, "li").referral.is_some());
    let stage = told(&format!("{RESTS}; li takes; li goes by choice; +1801"), "waiting");
    assert!(stage.archive.visits[&VisitId::new("li")].referral.is_none());
}
