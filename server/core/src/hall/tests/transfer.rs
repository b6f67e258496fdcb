//! A visit moves to another window with everything that was said, or the talk goes on where it was.

use yunyiban_protocol::{CallMode, Seat, ShareKind, StaffId, VisitId, VisitStatus, WindowId, Work};

use super::people::{Stage, rules};
use super::script::{check, check_with, play, told_states};
use crate::{CitizenAct, HallRules, VisitState};

/// Li talks at window 1; window 2 is free.
const TALK: &str = "w1 opens; li takes; w1 accepts li; li accepts; w2 opens";
const TALKED: &str = "waiting > ringing > connecting > serving";

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is known").work
}

fn talks_at(stage: &Stage, window: &str) -> bool {
    let visit = &stage.archive.visits[&VisitId::new("li")];
    matches!(&visit.state, VisitState::Serving { window: at, .. } if at.as_str() == window)
        && work(stage, window) == Work::Talking { visit: visit.id.clone() }
}

#[test]
fn the_other_window_accepts_and_the_talk_goes_on_there() {
    let stage = check(
        &format!("{TALK}; +60; w1 transfers to w2; w2 accepts li"),
        &format!("{TALKED} > transferring > serving"),
    );
    assert!(talks_at(&stage, "2"));
    assert_eq!(work(&stage, "1"), Work::Idle {}, "the origin writes nothing up: the visit is not over");
    let visit = &stage.archive.visits[&VisitId::new("li")];
    assert_eq!(visit.served_by, Some(Box::new((StaffId::new("zhao"), WindowId::new("2")))));
    let rights = stage.hall.call_rights(&VisitId::new("li"));
    assert!(rights.open && rights.staff == Some(StaffId::new("zhao")), "only the new window is heard");
    let mut stage = stage;
    for step in ["w2 hangs up", "w2 saves li", "w2 finishes"] {
        play(&mut stage, step, step);
    }
}

#[test]
fn while_the_other_window_rings_the_citizen_reads_to_whom_and_nobody_is_heard() {
    let stage = check(&format!("{TALK}; w1 transfers to w2"), &format!("{TALKED} > transferring"));
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("the visit is known");
    let VisitStatus::Transferring { to: Some(card) } = view.status else {
        panic!("{:?}", view.status)
    };
    assert_eq!((card.window.as_str(), card.name.as_str()), ("2号窗口", "赵老师"));
    let rights = stage.hall.call_rights(&VisitId::new("li"));
    assert!(!rights.open && rights.warm, "the connection stays, the gate is shut");
    let served = stage.hall.served(&WindowId::new("2"), stage.now).expect("window 2 is rung");
    assert_eq!(served.number, "A1");
}

#[test]
fn transfer_to_a_window_that_dies_while_ringing_goes_back_to_the_origin() {
    // E14
    let back = format!("{TALKED} > transferring > serving");
    let stage = check(&format!("{TALK}; w1 transfers to w2; w2 falls silent; +16"), &back);
    assert!(talks_at(&stage, "1"));
    assert!(matches!(work(&stage, "2"), Work::Suspect { .. }));
}

#[test]
fn a_transfer_in_vain_goes_back_to_the_origin_whatever_the_reason() {
    let back = format!("{TALKED} > transferring > serving");
    for reason in ["+21", "w2 declines li", "w2 takes a break", "w2 closes", "w1 resumes", "restart; +81"] {
        let stage = check(&format!("{TALK}; w1 transfers to w2; {reason}; +1"), &back);
        assert!(talks_at(&stage, "1"), "{reason}");
        assert!(stage.hall.served(&WindowId::new("2"), stage.now).is_none(), "{reason}");
    }
}

#[test]
fn hanging_up_ends_it_on_both_windows() {
    for ends in ["li hangs up", "w1 hangs up"] {
        let stage = check(
            &format!("{TALK}; w1 transfers to w2; {ends}"),
            &format!("{TALKED} > transferring > serving > closed"),
        );
        assert!(matches!(work(&stage, "1"), Work::WrapUp { .. }), "{ends}");
        assert_eq!(work(&stage, "2"), Work::Idle {}, "{ends}");
    }
    check(
        &format!("{TALK}; w1 transfers to w2; w2 hangs up !not_now; w2 accepts li"),
        &format!("{TALKED} > transferring > serving"),
    );
}

#[test]
fn an_origin_that_falls_silent_is_a_talk_that_broke() {
    let stage = check(
        &format!("{TALK}; w1 transfers to w2; w1 falls silent; +16"),
        &format!("{TALKED} > transferring > serving > dropped"),
    );
    assert_eq!(work(&stage, "2"), Work::Idle {}, "window 2 is not rung for it any more");
}

#[test]
fn a_held_visit_can_be_transferred_too() {
    check(
        &format!("{TALK}; w1 holds; w1 transfers to w2; w2 accepts li"),
        &format!("{TALKED} > held > transferring > serving"),
    );
}

#[test]
fn nobody_can_be_rung_who_is_not_free() {
    let story = "w1 opens; li takes; w1 accepts li; li accepts; w1 transfers to w1 !target_busy; w1 transfers to w2 !target_busy; \
                 w1 transfers to w9 !window_unknown; w2 opens; w2 takes a break; w1 transfers to w2 !target_busy";
    check(story, TALKED);
    check(
        "w1 opens; w1 transfers to w2 !not_now; li takes; w1 transfers to w2 !not_now",
        "waiting > ringing",
    );
}

#[test]
fn what_was_shown_ends_for_grants_never_travel() {
    let mut stage = check(TALK, TALKED);
    stage.citizen("li", CitizenAct::StartShare(ShareKind::Camera)).expect("they talk");
    play(&mut stage, "w1 transfers to w2", "grants");
    play(&mut stage, "w2 accepts li", "grants");
    assert_eq!(stage.archive.visits[&VisitId::new("li")].shares, [] as [(Seat, ShareKind); 0]);
}

#[test]
fn back_into_the_line_it_stands_where_it_first_arrived_and_the_next_window_is_another() {
    let story = "w1 opens; li takes; wu takes; w1 accepts li; li accepts; +300; w1 transfers to x !queue_unknown; w1 transfers to a; w2 opens";
    let stage = check(story, &format!("{TALKED} > transferring > waiting > ringing"));
    assert_eq!(
        work(&stage, "1"),
        Work::Reserved {
            visit: VisitId::new("wu"),
            until: stage.now.plus(20_000)
        }
    );
    assert!(matches!(work(&stage, "2"), Work::Reserved { visit, .. } if visit == VisitId::new("li")));
}

#[test]
fn who_was_on_the_telephone_is_called_back_from_the_line() {
    check(
        "w1 opens; li takes; li leaves a number; w1 accepts li; li accepts; w1 telephones; w1 transfers to a; w1 takes a break; li falls silent; +100; w2 opens",
        &format!("{TALKED} > transferring > callback_kept > ringing"),
    );
}

#[test]
fn after_three_transfers_only_a_supervisor_takes_it() {
    // Wang at window 1 is the supervisor.
    let story = "w2 opens; li takes; w2 accepts li; li accepts; w3 opens; w2 transfers to w3; w3 accepts li; w3 transfers to w2; w2 accepts li; \
                 w2 transfers to w3; w3 accepts li; w3 transfers to w2 !transfers_used_up; w3 transfers to a !transfers_used_up; w1 opens; \
                 w3 transfers to w1; w1 accepts li";
    let stage = check(
        story,
        &format!("{TALKED} > transferring > serving > transferring > serving > transferring > serving > transferring > serving"),
    );
    assert!(talks_at(&stage, "1"));
}

#[test]
fn a_restart_in_the_middle_loses_nothing() {
    let stage = check(
        &format!("{TALK}; w1 transfers to w2; restart; w2 accepts li; restart; w2 hangs up"),
        &format!("{TALKED} > transferring > serving > closed"),
    );
    assert!(matches!(work(&stage, "2"), Work::WrapUp { .. }));
}

#[test]
fn a_window_given_free_and_taken_again_at_once_is_no_conflict_in_the_archive() {
    // Within one input: li leaves window 1 for window 2, and wu, who took a number before, is rung at window 1.
    let mut stage = check_with(
        HallRules { handshake: false, ..rules() },
        &format!("{TALK}; w2 is on demand; wu takes; w1 transfers to w2; w2 accepts li"),
        &format!("{TALKED} > transferring > serving"),
    );
    assert!(matches!(work(&stage, "1"), Work::Reserved { visit, .. } if visit == VisitId::new("wu")));
    stage.restart();
    assert_eq!(told_states(&stage, "wu"), "waiting > ringing");
    let kept = &stage.archive.visits[&VisitId::new("li")].state;
    assert!(matches!(kept, VisitState::Serving { mode: CallMode::Media, .. }), "{kept:?}");
}
