//! A visit goes to whichever supervisor is free, or waits for the next; and after three transfers it is a supervisor's (DOMAIN 3.8).
//!
//! Wang at window 1 is the supervisor of every stage.

use yunyiban_protocol::{Ahead, OpeningHours, VisitId, WindowId, Work};

use super::matching::two_queues;
use super::people::{Stage, image, rules, staff_of};
use super::script::{check, play, play_all, told_states};
use crate::hall::Hall;
use crate::{HallRules, StaffMember, VisitState};

/// Li talks at window 2, and the supervisor at window 1 is free.
const TALK: &str = "w2 opens; li takes; w2 accepts li; li accepts; w1 opens";
const TALKED: &str = "waiting > ringing > connecting > serving";
/// The same, and the supervisor has somebody else.
const BUSY: &str = "w2 opens; li takes; w2 accepts li; li accepts; w1 opens; wu takes; w1 accepts wu; wu accepts";

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is known").work
}

/// The visit this window is rung for.
fn rung_at(stage: &Stage, window: &str) -> Option<String> {
    let Work::Reserved { visit, .. } = work(stage, window) else {
        return None;
    };
    Some(visit.to_string())
}

#[test]
fn a_free_supervisor_is_rung_wherever_that_is() {
    let stage = check(
        &format!("{TALK}; w2 transfers to a supervisor; w1 accepts li"),
        &format!("{TALKED} > transferring > serving"),
    );
    assert!(matches!(work(&stage, "1"), Work::Talking { visit } if visit == VisitId::new("li")));
    assert_eq!(work(&stage, "2"), Work::Idle {});
}

#[test]
fn a_supervisor_who_takes_calls_on_demand_alone_is_rung_for_a_transfer_too() {
    let stage = check(
        &format!("{TALK}; w1 is on demand; w2 transfers to a supervisor"),
        &format!("{TALKED} > transferring"),
    );
    assert_eq!(rung_at(&stage, "1").as_deref(), Some("li"));
}

#[test]
fn of_two_supervisors_the_one_free_longest_is_rung() {
    let mut stage = two_supervisors();
    play_all(
        &mut stage,
        "w3 opens; li takes; w3 accepts li; li accepts; w2 opens; +60; w1 opens; w3 transfers to a supervisor",
    );
    assert_eq!(rung_at(&stage, "2").as_deref(), Some("li"));
    play_all(&mut stage, "w2 declines li; w3 transfers to a supervisor");
    assert_eq!(
        rung_at(&stage, "1").as_deref(),
        Some("li"),
        "who declined is not asked again before the other"
    );
}

#[test]
fn a_supervisor_who_dies_while_ringing_leaves_the_talk_where_it_was() {
    // E14
    for reason in ["w1 falls silent; +16", "+21", "w1 declines li", "w1 takes a break"] {
        let stage = check(
            &format!("{TALK}; w2 transfers to a supervisor; {reason}"),
            &format!("{TALKED} > transferring > serving"),
        );
        assert!(matches!(work(&stage, "2"), Work::Talking { .. }), "{reason}");
    }
}

#[test]
fn while_the_supervisor_is_busy_the_visit_waits_for_that_one_at_its_first_place() {
    // Windows 2 and 3 are free: neither takes li.
    let mut stage = check(
        &format!("{BUSY}; w2 transfers to a supervisor; w3 opens; +60"),
        &format!("{TALKED} > transferring > waiting"),
    );
    assert_eq!((work(&stage, "2"), work(&stage, "3")), (Work::Idle {}, Work::Idle {}));
    let place = stage.hall.place(&VisitId::new("li")).expect("it is in line");
    assert_eq!(
        (place.ahead, place.wait, place.shared),
        (Ahead::Exact { count: 0 }, None, true),
        "nothing is promised"
    );
    assert!(stage.hall.line().head[0].supervised, "the others see that it is not theirs");
    play_all(&mut stage, "gao takes");
    assert!(rung_at(&stage, "2").or(rung_at(&stage, "3")).is_some_and(|rung| rung == "gao"));
    play_all(&mut stage, "w1 hangs up; w1 saves wu; w1 finishes");
    assert_eq!(rung_at(&stage, "1").as_deref(), Some("li"), "before whoever came later");
}

#[test]
fn nobody_but_a_supervisor_calls_it_by_hand() {
    let mut stage = check(
        &format!(
            "{BUSY}; w2 transfers to a supervisor; w2 picks li !for_supervisor; w2 picks !nobody_waiting; w3 opens; \
             w3 picks li !for_supervisor"
        ),
        &format!("{TALKED} > transferring > waiting"),
    );
    play_all(&mut stage, "w1 is on demand; w1 hangs up; w1 saves wu; w1 finishes");
    assert_eq!(
        told_states(&stage, "li"),
        format!("{TALKED} > transferring > waiting > ringing"),
        "now nobody waits for one"
    );
}

#[test]
fn a_supervisor_on_demand_picks_what_waits_for_another() {
    let mut stage = two_supervisors();
    play_all(
        &mut stage,
        "w3 opens; li takes; w3 accepts li; li accepts; w1 opens; wu takes; w1 accepts wu; wu accepts; w3 transfers to a supervisor; \
         w2 opens; w2 declines li; w2 is on demand; w2 picks li; li accepts",
    );
    assert!(matches!(work(&stage, "2"), Work::Talking { .. }));
}

#[test]
fn where_no_supervisor_takes_calls_it_is_said_and_the_talk_goes_on() {
    for gone in ["", "w1 opens; w1 takes a break;", "w1 opens; w1 closes;"] {
        check(
            &format!("w2 opens; li takes; w2 accepts li; li accepts; {gone} w2 transfers to a supervisor !no_supervisor"),
            TALKED,
        );
    }
    check(
        "w1 opens; li takes; w1 accepts li; li accepts; w1 transfers to a supervisor !no_supervisor",
        TALKED,
    );
}

#[test]
fn when_the_last_supervisor_goes_the_others_take_whoever_waited_for_one() {
    let mut stage = check(
        &format!("{BUSY}; w2 transfers to a supervisor; +61"),
        &format!("{TALKED} > transferring > waiting"),
    );
    play(&mut stage, "w1 takes a break", "after this talk");
    assert_eq!(rung_at(&stage, "2").as_deref(), Some("li"));
}

#[test]
fn a_supervisor_takes_it_whatever_the_queues_of_the_window() {
    // Window 1 takes queue a alone, and the card is a matter of queue b.
    let mut stage = Stage::new(two_queues());
    play_all(&mut stage, "w2 opens");
    stage.take_for("li", "card");
    play_all(
        &mut stage,
        "w2 accepts li; li accepts; w1 opens; wu takes; w1 accepts wu; wu accepts; w2 transfers to a supervisor; w2 takes a break",
    );
    let offer = stage.hall.visit_view(&VisitId::new("li"), stage.now).and_then(|view| view.offer);
    assert_eq!(offer, None, "somebody comes, although no window of the queue is on duty");
    play_all(&mut stage, "w1 hangs up; w1 saves wu; w1 finishes");
    assert_eq!(rung_at(&stage, "1").as_deref(), Some("li"));
    play_all(&mut stage, "w1 takes a break");
    let offer = stage.hall.visit_view(&VisitId::new("li"), stage.now).and_then(|view| view.offer);
    assert!(offer.is_some(), "now nobody takes the queue");
}

#[test]
fn the_third_transfer_into_a_line_is_rung_at_supervisors_alone() {
    let twice = "w2 opens; li takes; w2 accepts li; li accepts; w3 opens; w2 transfers to w3; w3 accepts li; w3 transfers to w2; w2 accepts li";
    let mut stage = check(
        &format!(
            "{twice}; wu takes; w3 accepts wu; wu accepts; w1 opens; gao takes; w1 accepts gao; gao accepts; w2 transfers to a; \
             w3 hangs up; w3 saves wu; w3 finishes; +61"
        ),
        &format!("{TALKED} > transferring > serving > transferring > serving > transferring > waiting"),
    );
    play_all(&mut stage, "w1 hangs up; w1 saves gao; w1 finishes");
    assert_eq!((work(&stage, "3"), rung_at(&stage, "1").as_deref()), (Work::Idle {}, Some("li")));
    let stage = check(
        &format!("{twice}; w2 transfers to a"),
        &format!("{TALKED} > transferring > serving > transferring > serving > transferring > waiting > ringing"),
    );
    assert_eq!(rung_at(&stage, "3").as_deref(), Some("li"), "without a supervisor at work, at any");
}

#[test]
fn handed_on_three_times_and_broken_off_it_is_taken_where_it_was_or_by_a_supervisor() {
    let thrice = "w2 opens; li takes; w2 accepts li; li accepts; w3 opens; w2 transfers to w3; w3 accepts li; w3 transfers to w2; w2 accepts li; \
                  w2 transfers to w3; w3 accepts li";
    let states = format!("{TALKED} > transferring > serving > transferring > serving > transferring > serving > dropped > waiting > ringing");
    let stage = check(
        &format!("{thrice}; w1 opens; w1 is on demand; w3 falls silent; +110; w1 is available"),
        &states,
    );
    assert_eq!(rung_at(&stage, "2").as_deref(), Some("li"), "while nobody was there whom it was for");
    let stage = check(
        &format!("{thrice}; w1 opens; wu takes; w1 accepts wu; wu accepts; w3 falls silent; +110; w1 hangs up; w1 saves wu; w1 finishes"),
        &states,
    );
    assert_eq!((work(&stage, "2"), rung_at(&stage, "1").as_deref()), (Work::Idle {}, Some("li")));
}

#[test]
fn after_closing_it_is_kept_as_long_as_a_supervisor_works() {
    // Nine to ten past nine. No window of li's queue is on duty any more.
    let hours = OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: 540,
        to_minute: 550,
    };
    let mut stage = Stage::new(HallRules {
        always_open: false,
        hours: vec![hours],
        ..two_queues()
    });
    play_all(&mut stage, "w2 opens");
    stage.take_for("li", "card");
    play_all(
        &mut stage,
        "w2 accepts li; li accepts; w1 opens; wu takes; w1 accepts wu; wu accepts; w2 transfers to a supervisor; w2 closes; +600",
    );
    assert_eq!(told_states(&stage, "li"), format!("{TALKED} > transferring > waiting"));
    play_all(&mut stage, "w1 is on demand");
    assert_eq!(
        told_states(&stage, "li"),
        format!("{TALKED} > transferring > waiting > closed"),
        "nobody comes any more"
    );
}

#[test]
fn a_restart_forgets_nothing_of_whom_it_waits_for() {
    let mut stage = check(
        &format!("{BUSY}; w2 transfers to a supervisor; restart; +90"),
        &format!("{TALKED} > transferring > waiting"),
    );
    assert_eq!(work(&stage, "2"), Work::Idle {});
    play_all(&mut stage, "w1 hangs up; w1 saves wu; w1 finishes");
    assert_eq!(rung_at(&stage, "1").as_deref(), Some("li"));
}

#[test]
fn a_person_is_rung_at_whichever_window_that_is() {
    let mut stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w2 moves to w3; w1 transfers to the person of w2",
        &format!("{TALKED} > transferring"),
    );
    assert_eq!(rung_at(&stage, "3").as_deref(), Some("li"));
    play_all(
        &mut stage,
        "w1 resumes; w1 transfers to the person of w1 !target_busy; w2 takes a break; w1 transfers to the person of w2 !target_busy; \
         w2 closes; w1 transfers to the person of w2 !target_busy",
    );
    assert!(matches!(&stage.archive.visits[&VisitId::new("li")].state, VisitState::Serving { .. }));
}

/// Wang and zhao, at windows 1 and 2, are supervisors.
fn two_supervisors() -> Stage {
    let mut stage = Stage::new(rules());
    let zhao = StaffMember {
        id: staff_of("2"),
        display_name: "赵老师".into(),
        badge: "102".into(),
        supervisor: true,
    };
    stage.hall = Hall::new(image(rules()), stage.now);
    stage.hall.introduce(zhao);
    stage
}
