//! Who sits where, when many move at once.

use yunyiban_protocol::WindowId;

use super::people::{Stage, rules, staff_of};
use crate::{Act, Input, StaffAct};

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
