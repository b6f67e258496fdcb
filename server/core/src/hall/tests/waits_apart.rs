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

#[test]
fn each_is_told_the_wait_among_those_who_ask_for_the_same() {
    let mut stage = Stage::with_windows(two_queues(), &["2"]);
    three_cards(&mut stage);
    stage.open("1");
    come(&mut stage, "b", "card", 1);
    stage.staff("2", StaffAct::Accept(VisitId::new("b0"))).expect("it is rung");
    stage.citizen("b0", CitizenAct::Accept).expect("the window has accepted");
    come(&mut stage, "a", "residence", 1);
    stage.staff("1", StaffAct::Accept(VisitId::new("a0"))).expect("it is rung");
    stage.citizen("a0", CitizenAct::Accept).expect("the window has accepted");
    (1..7).for_each(|number| drop(stage.take_for(&format!("a{number}"), "residence")));
    (1..3).for_each(|number| drop(stage.take_for(&format!("b{number}"), "card")));
    stage.pass(11_000);
    stage.act(Act::Wake).expect("time always passes");
    let (own, shared) = (wait(&stage, "a6").expect("window 1 takes A"), wait(&stage, "b2").expect("window 2 takes B"));
    let is_less = shared.from_minutes < own.from_minutes && shared.to_minutes < own.to_minutes;
    assert!(is_less, "B goes first at window 2, and A has six ahead at window 1: {shared:?} {own:?}");
    let before = wait(&stage, "b2");
    stage.restart();
    assert_eq!(wait(&stage, "b2"), before);
}

#[test]
fn whoever_needs_a_skill_is_told_the_wait_for_the_windows_that_have_it() {
    let mut stage = Stage::with_windows(skilled(), &["1", "2"]);
    for number in 0..3 {
        let name = format!("before{number}");
        stage.take_for(&name, "residence");
        let window = ["1", "2"].into_iter().find(|window| stage.hall.visit_of(&staff_of(window)).is_some());
        let window = window.expect("an idle window is rung");
        stage.staff(window, StaffAct::Accept(VisitId::new(&name))).expect("it is rung");
        stage.citizen(&name, CitizenAct::Accept).expect("the window has accepted");
        stage.pass(8 * 60_000);
        for act in ["hangs up", &format!("saves {name}"), "finishes"] {
            play(&mut stage, &format!("w{window} {act}"), "served");
        }
    }
    come(&mut stage, "first", "residence", 2);
    for (window, name) in [("1", "first0"), ("2", "first1")] {
        let at = stage.hall.visit_of(&staff_of(window)).cloned();
        let name = if at == Some(VisitId::new(name)) { name } else if name == "first0" { "first1" } else { "first0" };
        stage.staff(window, StaffAct::Accept(VisitId::new(name))).expect("it is rung");
        stage.citizen(name, CitizenAct::Accept).expect("the window has accepted");
    }
    come(&mut stage, "plain", "residence", 4);
    come(&mut stage, "skill", "card", 4);
    stage.pass(11_000);
    stage.act(Act::Wake).expect("time always passes");
    let (plain, skill) = (wait(&stage, "plain3").expect("both windows take it"), wait(&stage, "skill3").expect("window 1 has the skill"));
    assert!(skill.from_minutes > plain.from_minutes && skill.to_minutes > plain.to_minutes, "{plain:?} {skill:?}");
}
