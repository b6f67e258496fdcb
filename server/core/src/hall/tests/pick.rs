//! Picking by hand: the next, one of the first few, and one further back for a reason.

use yunyiban_protocol::{WindowId, Work};

use super::people::{Stage, rules};
use super::script::{check, play};
use crate::HallRules;

#[test]
fn a_window_on_demand_takes_whom_it_picks() {
    let mut script = String::from("w3 opens; w3 is on demand; w3 picks !nobody_waiting; li takes; +10; w3 picks");
    check(&script, "waiting > ringing > connecting");
    script.push_str("; li accepts; w3 picks !window_busy");
    check(&script, "waiting > ringing > connecting > serving");
}

#[test]
fn whom_a_window_declined_it_may_call_after_all_but_after_everybody_else() {
    let alone = check("li takes; w3 declines li; w3 picks", "waiting > ringing > waiting > ringing > connecting");
    assert_eq!(alone.archive.audits, [""; 0], "it is the next, and no other was passed");
    let script = "li takes; wu takes; w3 declines li; w3 picks";
    let stage = check(script, "waiting > ringing > waiting");
    assert!(matches!(work(&stage), Work::Connecting { visit, .. } if visit.as_str() == "wu"));
}

#[test]
fn an_overtaking_pick_is_logged_and_only_the_first_ten_may_be_picked() {
    let mut stage = Stage::with_windows(rules(), &[]);
    (0..12).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    stage.open("3");
    let mut play = |step: &str| play(&mut stage, step, step);
    play("w3 declines visitor-0");
    play("w3 is on demand");
    play("w3 picks visitor-11 !pick_too_far");
    play("w3 picks visitor-4");
    assert_eq!(stage.archive.audits, ["pick_overtaking"]);
}

#[test]
fn somebody_further_back_is_picked_for_a_reason_and_the_reason_is_logged() {
    let mut stage = Stage::with_windows(rules(), &[]);
    (0..32).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    stage.open("3");
    let mut play = |step: &str| play(&mut stage, step, step);
    play("w3 declines visitor-0");
    play("w3 is on demand");
    play("w3 urgently picks visitor-31 !pick_too_far");
    play("w3 urgently picks visitor-29");
    assert_eq!(stage.archive.audits, ["pick_overtaking urgent"], "none further back than is shown");
}

#[test]
fn where_nobody_is_called_by_hand_no_reason_is_enough() {
    let mut stage = Stage::with_windows(HallRules { pick_first: 0, ..rules() }, &[]);
    for name in ["li", "wu"] {
        drop(stage.take(name));
    }
    stage.open("3");
    for step in ["w3 declines li", "w3 is on demand", "w3 urgently picks wu !pick_too_far"] {
        play(&mut stage, step, step);
    }
    assert_eq!(stage.archive.audits, [""; 0]);
}

fn work(stage: &Stage) -> Work {
    stage.hall.window(&WindowId::new("3")).expect("the window is of this hall").work
}
