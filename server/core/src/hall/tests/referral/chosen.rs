//! Whoever waits goes to a sister hall by their own choice (DOMAIN 3.5: steps never cost the place), after 180 s or where nobody takes them.

use yunyiban_protocol::{HallId, Outcome, WaitOffer};

use super::super::people::Stage;
use super::{HALF_AN_HOUR, check_with, count, laocheng, packet, refers, row, rules, told, view};
use crate::measure::ServiceLevel;
use crate::{HallRules, VisitState};

/// Nobody is called: the only window rests.
const RESTS: &str = "w1 opens; w1 takes a break";
/// The only window talks with wang.
const BUSY: &str = "w1 opens; wang takes; w1 accepts wang; wang accepts";
const TALKS: &str = "waiting > ringing > connecting > serving";

fn outcome(stage: &Stage, name: &str) -> Option<Outcome> {
    row(stage, name).state.ended().map(|(outcome, _)| outcome)
}

#[test]
fn the_place_here_stays_and_the_first_arrival_goes_along() {
    let stage = told(&format!("{RESTS}; li takes; wu takes; li goes by choice"), "waiting");
    let shown = view(&stage, "li").referral.expect("the page reads where it goes");
    assert_eq!((shown.hall, shown.chosen, shown.taken), (laocheng(), true, false));
    assert_eq!(shown.until, stage.now.plus(HALF_AN_HOUR));
    assert!(row(&stage, "li").order < row(&stage, "wu").order, "nothing moved");
    let packet = packet(&stage, "laocheng").expect("whoever brings the cookie there");
    assert_eq!(packet.arrived, row(&stage, "li").joined_at);
    assert_eq!(packet.transfers, 0, "nobody handed it on");
}

#[test]
fn where_somebody_takes_visits_it_is_after_three_minutes() {
    let stage = told(
        &format!("{BUSY}; li takes; +170; li goes by choice !not_now; +10; li goes by choice"),
        TALKS,
    );
    assert_eq!(view(&stage, "li").offer, None::<WaitOffer>);
    assert!(view(&stage, "li").referral.is_some());
}

#[test]
fn the_page_reads_from_when_on_where_there_are_any() {
    let stage = told(&format!("{RESTS}; li takes; +100"), "waiting");
    let step = stage.hall.rules().timers.sister_step_ms;
    assert_eq!(view(&stage, "li").sisters_from, Some(row(&stage, "li").joined_at.plus(step)));
    let stage = told("w1 opens; li takes; w1 accepts li", "waiting > ringing > connecting");
    assert_eq!(view(&stage, "li").sisters_from, None);
    let stage = check_with(rules(), &format!("{RESTS}; li takes"), "waiting");
    assert_eq!(view(&stage, "li").sisters_from, None, "there are none");
}

#[test]
fn whoever_went_there_waits_here_no_more_and_has_not_given_up() {
    let stage = told(&format!("{RESTS}; li takes; +60; li goes by choice; li goes there"), "waiting > closed");
    assert_eq!(outcome(&stage, "li"), Some(Outcome::Abandoned));
    assert!(view(&stage, "li").referral.expect("the page leads there").taken);
    let level = ServiceLevel::of([row(&stage, "li")], 60_000);
    assert_eq!((level.abandoned, level.abandoned_at_once), (0, 0));
    let stage = told(&format!("{RESTS}; li takes; +60; li leaves"), "waiting > closed");
    assert_eq!(ServiceLevel::of([row(&stage, "li")], 60_000).abandoned, 1);
}

#[test]
fn whoever_stays_is_called_here_as_before() {
    told(
        &format!("{RESTS}; li takes; li goes by choice; li declines; w1 is available; w1 accepts li; li accepts"),
        TALKS,
    );
}

#[test]
fn the_choice_lasts_as_long_as_the_wait() {
    let ends = [
        ("w1 is available", "waiting > ringing"),
        ("w1 is available; w1 accepts li; li accepts; w1 withdraws !not_now", TALKS),
        ("li leaves", "waiting > closed"),
    ];
    for (after, states) in ends {
        let stage = told(&format!("{RESTS}; li takes; li goes by choice; {after}"), states);
        assert_eq!((view(&stage, "li").referral, packet(&stage, "laocheng")), (None, None), "{after}");
    }
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
fn whoever_is_to_be_telephoned_stays() {
    let stage = told(
        &format!("{BUSY}; li takes; li leaves a number; li asks for a call-back; +200; li goes by choice !not_now"),
        TALKS,
    );
    assert!(matches!(row(&stage, "li").state, VisitState::CallbackKept { .. }));
    assert_eq!(view(&stage, "li").sisters_from, None);
}

#[test]
fn a_hall_that_the_rule_does_not_name_is_refused_and_who_was_handed_on_too_often_is_not() {
    let itself = HallRules {
        hands_on_to: vec![HallId::new("xincheng")],
        ..rules()
    };
    check_with(itself, &format!("{RESTS}; li takes; li goes by choice !hall_unknown"), "waiting");
    check_with(rules(), &format!("{RESTS}; li takes; li goes by choice !hall_unknown"), "waiting");
    let never = HallRules {
        max_transfers: 0,
        ..refers()
    };
    check_with(never, &format!("{RESTS}; li takes; li goes by choice"), "waiting");
}

#[test]
fn it_is_kept_over_a_restart_and_ends_by_its_time() {
    let stage = told(&format!("{RESTS}; li takes; li goes by choice; restart; +1799"), "waiting");
    assert!(view(&stage, "li").referral.is_some());
    let stage = told(&format!("{RESTS}; li takes; li goes by choice; +1801"), "waiting");
    assert_eq!((row(&stage, "li").referral.as_deref(), count(&stage, "referral_over")), (None, 1));
}
