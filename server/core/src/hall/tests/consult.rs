//! The windows speak with each other first, while the citizen is on hold; then the visit goes over, or stays (DOMAIN 3.8).

use yunyiban_protocol::{Seat, ShareKind, VisitId, VisitStatus, WindowId, Work};

use super::people::{Stage, staff_of};
use super::script::{check, play, play_all, told_states};
use crate::{CitizenAct, StaffAct, VisitState};

/// Li talks at window 1; window 2 is asked, and accepts.
const SPEAK: &str = "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w1 consults w2; w2 accepts li";
const SPOKEN: &str = "waiting > ringing > connecting > serving > transferring";

fn li() -> VisitId {
    VisitId::new("li")
}

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is known").work
}

fn talks_at(stage: &Stage, window: &str) -> bool {
    let is_there = matches!(&stage.archive.visits[&li()].state, VisitState::Serving { window: at, .. } if at.as_str() == window);
    is_there && work(stage, window) == Work::Talking { visit: li() } && stage.hall.speak_aside(&li()).is_none()
}

#[test]
fn while_they_speak_the_citizen_hears_nobody_and_reads_with_whom() {
    let stage = check(SPEAK, SPOKEN);
    assert_eq!(
        (work(&stage, "1"), work(&stage, "2")),
        (Work::Holding { visit: li() }, Work::Holding { visit: li() })
    );
    assert_eq!(stage.hall.speak_aside(&li()), Some([staff_of("1"), staff_of("2")]));
    let rights = stage.hall.call_rights(&li());
    assert!(
        !rights.open && rights.warm && rights.staff == Some(staff_of("1")),
        "the gate to the citizen is shut"
    );
    let view = stage.hall.visit_view(&li(), stage.now).expect("the visit is known");
    assert!(matches!(view.status, VisitStatus::Transferring { to: Some(card) } if card.name == "赵老师"));
    assert_eq!(
        stage.hall.served(&WindowId::new("2"), stage.now).map(|visit| visit.number),
        Some("A1".into())
    );
}

#[test]
fn nobody_speaks_before_the_other_has_accepted() {
    let stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w1 consults w2; w1 hands over !not_now",
        SPOKEN,
    );
    assert_eq!(stage.hall.speak_aside(&li()), None);
}

#[test]
fn handed_over_the_talk_goes_on_there_and_is_one_transfer() {
    let stage = check(
        &format!("{SPEAK}; +60; w2 hands over !not_now; w1 hands over"),
        &format!("{SPOKEN} > serving"),
    );
    assert!(talks_at(&stage, "2"));
    assert_eq!(work(&stage, "1"), Work::Idle {});
    let visit = &stage.archive.visits[&li()];
    assert_eq!(
        (visit.transfers, visit.served_by.clone()),
        (1, Some(Box::new((staff_of("2"), WindowId::new("2")))))
    );
}

/// DOMAIN 3.5: whoever has worked less is rung first, and a consultation is work.
#[test]
fn the_consultation_counts_as_work_of_who_was_asked() {
    let stage = check(
        &format!("{SPEAK}; +60; w1 hands over; +30; w2 parks"),
        &format!("{SPOKEN} > serving > parked"),
    );
    let worked = |window: &str| {
        let desk = stage
            .hall
            .desks
            .iter()
            .find(|desk| desk.window.id.as_str() == window)
            .expect("the window is known");
        desk.window
            .worked
            .iter()
            .map(|(began, ended)| ended.since(*began) / 1_000)
            .collect::<Vec<_>>()
    };
    assert_eq!((worked("1"), worked("2")), (vec![60], vec![90]));
}

#[test]
fn in_vain_the_talk_goes_on_at_the_origin_whatever_the_reason() {
    for reason in ["w1 resumes", "w2 hangs up", "w2 falls silent; +16"] {
        let stage = check(&format!("{SPEAK}; +30; {reason}"), &format!("{SPOKEN} > serving"));
        assert!(talks_at(&stage, "1"), "{reason}");
        assert_eq!(stage.archive.visits[&li()].transfers, 0, "{reason}");
        assert!(stage.hall.served(&WindowId::new("2"), stage.now).is_none(), "{reason}");
    }
    for reason in ["w2 declines li", "+21", "w1 resumes"] {
        let asked = "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w1 consults w2";
        assert!(
            talks_at(&check(&format!("{asked}; {reason}"), &format!("{SPOKEN} > serving")), "1"),
            "{reason}"
        );
    }
}

#[test]
fn who_was_only_asked_does_nothing_to_the_visit() {
    let mut stage = check(
        &format!("{SPEAK}; w2 resumes !not_now; w2 holds !not_now; w2 parks !not_now; w2 transfers to a !not_now; w2 closes !window_busy"),
        SPOKEN,
    );
    stage.leave_contact("li", "13812345678").expect("the citizen may always leave a number");
    for refused in [StaffAct::RevealPhone, StaffAct::InviteRating] {
        assert!(stage.staff("2", refused).is_err());
    }
    assert!(stage.save("2", "li").is_err());
    let reveals = stage.staff("1", StaffAct::RevealPhone);
    assert!(reveals.is_ok(), "it is the origin's");
}

#[test]
fn who_is_asked_is_free_and_no_line() {
    check(
        "w1 opens; li takes; w1 accepts li; li accepts; w1 consults w2 !target_busy; w1 consults a !not_now; w1 consults a supervisor !no_supervisor; \
         w1 consults w9 !window_unknown",
        "waiting > ringing > connecting > serving",
    );
}

#[test]
fn whoever_hangs_up_or_is_lost_ends_it_for_all_three() {
    for ends in ["li hangs up", "w1 hangs up"] {
        let stage = check(&format!("{SPEAK}; {ends}"), &format!("{SPOKEN} > serving > closed"));
        assert!(matches!(work(&stage, "1"), Work::WrapUp { .. }), "{ends}");
        assert_eq!(work(&stage, "2"), Work::Idle {}, "{ends}");
    }
    for lost in ["w1 falls silent; +16", "li falls silent; +61"] {
        let stage = check(&format!("{SPEAK}; {lost}"), &format!("{SPOKEN} > serving > dropped"));
        assert_eq!(work(&stage, "2"), Work::Idle {}, "{lost}");
    }
}

#[test]
fn what_was_shown_ends_for_grants_never_travel() {
    let mut stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; w2 opens",
        "waiting > ringing > connecting > serving",
    );
    stage.citizen("li", CitizenAct::StartShare(ShareKind::Camera)).expect("they talk");
    play_all(&mut stage, "w1 consults w2; w2 accepts li; w1 hands over");
    assert_eq!(stage.archive.visits[&li()].shares, [] as [(Seat, ShareKind); 0]);
}

#[test]
fn a_long_consultation_is_asked_about_and_survives_a_restart() {
    let mut stage = check(&format!("{SPEAK}; +301; restart; +90"), SPOKEN);
    let asked = stage.archive.events.iter().filter(|event| event.cause == "consult_long").count();
    assert_eq!(asked, 1);
    assert_eq!(stage.hall.speak_aside(&li()), Some([staff_of("1"), staff_of("2")]));
    play(&mut stage, "w1 hands over", "after a restart");
    assert_eq!(told_states(&stage, "li"), format!("{SPOKEN} > serving"));
}

#[test]
fn a_session_that_ends_ends_the_consultation_at_once() {
    for (window, states) in [("1", "serving > dropped"), ("2", "serving")] {
        let mut stage = check(SPEAK, SPOKEN);
        let staff = staff_of(window);
        stage
            .act(crate::Act::Heard(crate::Heard::StaffOut { staff }))
            .expect("somebody sits there");
        assert_eq!(told_states(&stage, "li"), format!("{SPOKEN} > {states}"), "{window}");
        assert_eq!(stage.hall.speak_aside(&li()), None);
    }
}
