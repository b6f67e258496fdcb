//! A deaf window is paused before it is rung, and is back by itself once it is mended.

use yunyiban_protocol::{Presence, ProbeFault, StaffId, SuspectReason, VisitId, WaitOffer, WindowId, Work};

use super::people::{Stage, staff_of};
use super::script::{check, play};
use crate::StaffAct;
use crate::hall::Hall;

fn work(stage: &Stage) -> Work {
    stage.hall.window(&WindowId::new("3")).expect("the window is known").work
}

fn finds(stage: &mut Stage, fault: Option<ProbeFault>) {
    stage.staff("3", StaffAct::Probe(fault)).expect("a test may find anything");
}

fn is_paused(stage: &Stage) -> bool {
    let paused = Work::Suspect {
        reason: SuspectReason::ProbeFailed,
        until: None,
    };
    work(stage) == paused
}

#[test]
fn a_deaf_window_is_not_rung_and_those_who_wait_are_told() {
    let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
    finds(&mut stage, Some(ProbeFault::Microphone));
    assert!(is_paused(&stage));
    stage.take("li");
    assert_eq!(stage.state("li"), "waiting");
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("the visit is known");
    assert_eq!(view.offer, Some(WaitOffer::NoWindow));
    let shown = stage.hall.window(&WindowId::new("3")).expect("the window is known");
    assert_eq!(shown.fault, Some(ProbeFault::Microphone), "the console says why");
    finds(&mut stage, None);
    assert_eq!(stage.state("li"), "ringing", "mended, it is rung at once");
}

#[test]
fn a_window_that_turns_deaf_while_it_rings_gives_the_ring_back() {
    let mut stage = check("li takes", "waiting > ringing");
    finds(&mut stage, Some(ProbeFault::Relay));
    assert_eq!(stage.state("li"), "waiting");
    assert!(is_paused(&stage));
}

#[test]
fn a_talk_goes_on_and_the_window_is_paused_after_it() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    finds(&mut stage, Some(ProbeFault::Clock));
    assert_eq!(stage.state("li"), "serving");
    for step in ["w3 hangs up", "w3 saves li", "w3 finishes"] {
        play(&mut stage, step, step);
    }
    assert!(is_paused(&stage));
    stage.restart();
    assert!(is_paused(&stage), "a restart forgets nothing");
}

#[test]
fn the_person_may_say_that_all_is_well_and_the_next_test_has_the_last_word() {
    let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
    finds(&mut stage, Some(ProbeFault::Relay));
    play(&mut stage, "w3 says back", "back");
    assert_eq!(work(&stage), Work::Idle {});
    finds(&mut stage, Some(ProbeFault::Relay));
    assert!(is_paused(&stage));
    play(&mut stage, "w3 closes", "up");
    play(&mut stage, "w3 opens", "down again");
    assert_eq!(work(&stage), Work::Idle {}, "another page, another test");
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
    finds(&mut stage, Some(ProbeFault::Relay));
    let events = stage.archive.events.len();
    finds(&mut stage, Some(ProbeFault::Relay));
    assert_eq!(stage.archive.events.len(), events);
}

#[test]
fn a_window_whose_test_is_not_fresh_is_not_rung_until_it_is() {
    let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
    // The heartbeat goes on; what looks at microphone and voice line does not.
    stage.untested.insert("3".into());
    stage.pass(29_000);
    stage.take("li");
    assert_eq!(stage.state("li"), "ringing", "it ran half a minute ago");
    play(&mut stage, "li leaves", "she leaves");
    stage.take("wu");
    assert_eq!(stage.state("wu"), "waiting");
    stage.untested.clear();
    stage.tests_itself("3");
    assert_eq!(stage.state("wu"), "ringing", "at once");
}

#[test]
fn a_window_that_has_not_tested_itself_is_not_rung() {
    let mut stage = Stage::new(super::people::rules());
    stage.untested.insert("3".into());
    stage.open("3");
    stage.take("li");
    assert_eq!(stage.state("li"), "waiting", "whoever sits down is rung after the first test");
    stage.untested.clear();
    stage.tests_itself("3");
    assert_eq!(stage.state("li"), "ringing");
}

#[test]
fn after_a_restart_and_at_another_window_the_test_is_a_new_one() {
    let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
    stage.untested.insert("3".into());
    stage.restart();
    stage.take("li");
    assert_eq!(stage.state("li"), "waiting");
    stage.untested.clear();
    stage.tests_itself("3");
    assert_eq!(stage.state("li"), "ringing");
    play(&mut stage, "w3 takes a break", "she goes back into the line");
    stage.untested.insert("3".into());
    stage.staff("3", StaffAct::Open(WindowId::new("2"))).expect("nobody sits there");
    stage
        .staff("3", super::script::presence(Presence::Available {}))
        .expect("anybody may be available");
    assert_eq!(stage.state("li"), "waiting", "another page");
}

#[test]
fn loaded_again_in_the_same_process_a_test_is_as_old_as_it_was() {
    let aged = |before_ms, after_ms, listening: &[StaffId]| {
        let mut stage = Stage::with_windows(super::people::rules(), &["3"]);
        stage.untested.insert("3".into());
        stage.pass(before_ms);
        let anew = Hall::new(stage.archive.image(stage.now), stage.now);
        let before = std::mem::replace(&mut stage.hall, anew);
        stage.hall.keep_tests_of(&before, listening, stage.now);
        stage.ping();
        stage.pass(after_ms);
        stage.take("li");
        stage.state("li")
    };
    let there = [staff_of("3")];
    assert_eq!(aged(10_000, 10_000, &there), "ringing");
    assert_eq!(aged(20_000, 20_000, &there), "waiting", "it began no half minute anew");
    assert_eq!(aged(10_000, 10_000, &[]), "waiting", "its page is gone");
}
