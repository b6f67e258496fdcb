//! What wait is told where windows take unlike queues, or not everybody has the skill (DOMAIN 3.5, 3.7).

use yunyiban_protocol::{VisitId, WaitRange};

use super::closing::three_cards;
use super::matching::{skilled, two_queues};
use super::people::{Stage, staff_of};
use super::script::play;
use crate::{Act, CitizenAct, StaffAct};

fn wait(stage: &Stage, name: &str) -> Option<WaitRange> {
    stage.hall.place(&VisitId::new(name)).expect("it waits").wait
}

/// Everybody who comes for this, one after the other.
fn come(stage: &mut Stage, name: &str, item: &str, people: usize) {
    (0..people).for_each(|number| drop(stage.take_for(&format!("{name}{number}"), item)));
}

/// The window talks with whoever it is rung for.
fn talk(stage: &mut Stage, window: &str) -> VisitId {
    let visit = stage.hall.visit_of(&staff_of(window)).expect("it is rung");
    stage.staff(window, StaffAct::Accept(visit.clone())).expect("it is rung");
    stage.citizen(visit.as_str(), CitizenAct::Accept).expect("the window has accepted");
    visit
}

/// The forecast is made anew with everything that has happened.
fn look_again(stage: &mut Stage) {
    stage.pass(11_000);
    stage.act(Act::Wake).expect("time always passes");
}

#[test]
fn each_is_told_the_wait_among_those_who_ask_for_the_same() {
    let mut stage = Stage::with_windows(two_queues(), &["2"]);
    three_cards(&mut stage);
    stage.open("1");
    come(&mut stage, "first b", "card", 1);
    talk(&mut stage, "2");
    come(&mut stage, "first a", "residence", 1);
    talk(&mut stage, "1");
    come(&mut stage, "a", "residence", 6);
    come(&mut stage, "b", "card", 2);
    look_again(&mut stage);
    let (own, shared) = (
        wait(&stage, "a5").expect("window 1 takes A"),
        wait(&stage, "b1").expect("window 2 takes B"),
    );
    let is_less = shared.from_minutes < own.from_minutes && shared.to_minutes < own.to_minutes;
    assert!(is_less, "B goes first at window 2, and A has five ahead at window 1: {shared:?} {own:?}");
    stage.restart();
    assert_eq!(wait(&stage, "b1"), Some(shared), "what was learned is learned again");
}

#[test]
fn whoever_needs_a_skill_is_told_the_wait_for_the_windows_that_have_it() {
    let mut stage = Stage::with_windows(skilled(), &["1", "2"]);
    for number in 0..3 {
        stage.take_for(&format!("before{number}"), "residence");
        let window = ["1", "2"].into_iter().find(|window| stage.hall.visit_of(&staff_of(window)).is_some());
        let window = window.expect("an idle window is rung");
        let visit = talk(&mut stage, window);
        stage.pass(8 * 60_000);
        for act in ["hangs up", &format!("saves {}", visit.as_str()), "finishes"] {
            play(&mut stage, &format!("w{window} {act}"), "served");
        }
    }
    come(&mut stage, "first", "residence", 2);
    ["1", "2"].iter().for_each(|window| drop(talk(&mut stage, window)));
    come(&mut stage, "plain", "residence", 4);
    come(&mut stage, "skill", "card", 4);
    look_again(&mut stage);
    let (plain, skill) = (
        wait(&stage, "plain3").expect("both windows take it"),
        wait(&stage, "skill3").expect("window 1 has the skill"),
    );
    assert!(
        skill.from_minutes > plain.from_minutes && skill.to_minutes > plain.to_minutes,
        "{plain:?} {skill:?}"
    );
}
