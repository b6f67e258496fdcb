//! Who sits where, when many move at once.

use yunyiban_protocol::{Presence, TransferTarget, VisitId, WaitOffer, WindowId};

use super::people::{Stage, rules, staff_of};
use super::script::{check, play};
use crate::{Act, Input, Refusal, StaffAct};

#[test]
fn at_shift_change_everybody_moves_up_within_one_batch() {
    let mut stage = Stage::with_windows(rules(), &["1", "2", "3"]);
    let moves = [
        (staff_of("3"), StaffAct::Close),
        (staff_of("2"), StaffAct::Open(WindowId::new("3"))),
        (staff_of("1"), StaffAct::Open(WindowId::new("2"))),
        (staff_of("3"), StaffAct::Open(WindowId::new("1"))),
    ];
    for (staff, act) in moves {
        let act = Act::Staff { staff, act };
        stage
            .hall
            .handle(Input { key: None, act }, stage.now)
            .expect("the window is empty by then");
    }
    // The archive of these tests holds every row written against the guard.
    stage.drain();
    let seated = |window: &str| stage.archive.windows[&WindowId::new(window)].staff.clone();
    assert_eq!(
        (seated("1"), seated("2"), seated("3")),
        (Some(staff_of("3")), Some(staff_of("1")), Some(staff_of("2")))
    );
}

fn trains(stage: &mut Stage, window: &str) {
    let training = StaffAct::Presence {
        presence: Presence::Training {},
        note: None,
    };
    stage.staff(window, training).expect("a presence may be chosen at any time");
}

#[test]
fn a_window_in_training_serves_nobody_and_whoever_waits_is_told() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    trains(&mut stage, "3");
    stage.take("li");
    assert_eq!(stage.state("li"), "waiting");
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("the visit is known");
    assert_eq!(view.offer, Some(WaitOffer::NoWindow));
    assert_eq!(stage.hall.card(stage.now).busyness.windows, 0);
    assert_eq!(stage.staff("3", StaffAct::Pick(None)), Err(Refusal::NotNow));
    play(&mut stage, "w3 is available", "back to work");
    assert_eq!(stage.state("li"), "ringing");
    trains(&mut stage, "3");
    assert_eq!(stage.state("li"), "waiting", "a ring not yet answered goes back");
}

#[test]
fn nobody_is_handed_to_a_window_in_training_and_a_talk_there_goes_on() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    stage.open("2");
    trains(&mut stage, "2");
    let to = TransferTarget::Window { window: WindowId::new("2") };
    assert_eq!(stage.staff("3", StaffAct::Transfer(to)), Err(Refusal::TargetBusy));
    trains(&mut stage, "3");
    assert_eq!(stage.state("li"), "serving");
}
