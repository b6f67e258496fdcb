//! The emergency close (紧急停办): no more numbers at once, an honest word to everybody, and nobody who has a number loses it.

use yunyiban_protocol::{ClosedCause, OpenState, Sensitive, Timestamp, VisitId, WhoWaits};

use super::people::{Stage, rules, sealed};
use super::script::play;
use crate::{Actor, Done, Refusal, StaffAct, Subject, SuspendAct, Tell};

const MINUTE_MS: u32 = 60_000;
const TEXT: &str = "大楼停电，暂停取号。急事请打 12345。";

/// 王老师 at window 1 is the supervisor of the stories.
pub fn suspend(stage: &mut Stage, window: &str, text: &str, until: Option<Timestamp>, waiting: WhoWaits) -> Result<Done, Refusal> {
    let text = sealed(Sensitive::new(text.into()));
    stage.staff(window, StaffAct::Suspend(SuspendAct { text, until, waiting }))
}

fn shown_text(stage: &Stage) -> Option<String> {
    let suspension = stage.hall.card(stage.now).suspension;
    suspension.map(|suspension| suspension.text.reveal().clone())
}

#[test]
fn from_the_word_of_a_supervisor_on_no_number_is_given_and_the_door_says_why() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    let until = stage.now.plus(90 * MINUTE_MS);
    suspend(&mut stage, "1", TEXT, Some(until), WhoWaits::Served).expect("wang is a supervisor");
    assert_eq!(stage.try_to_take("li", None), Err(Refusal::HallSuspended));
    let card = stage.hall.card(stage.now);
    assert_eq!(card.closed_because, Some(ClosedCause::Suspended));
    assert_eq!(card.open, OpenState::Closed { opens_at: Some(until) });
    assert_eq!(
        card.suspension.map(|suspension| (suspension.until, suspension.waiting)),
        Some((Some(until), WhoWaits::Served))
    );
    assert_eq!(shown_text(&stage).as_deref(), Some(TEXT));
    assert!(stage.told.contains(&Tell::Suspension), "every console hears of it");
    assert_eq!(stage.archive.audits, ["suspend"]);
    let event = stage
        .archive
        .events
        .iter()
        .find(|event| event.cause == "suspended")
        .expect("it is an event");
    assert_eq!(event.actor, Actor::Staff(super::people::staff_of("1")));
    assert!(!format!("{:?}", event.after).contains("停电"), "events hold no words of people");
}

#[test]
fn who_waits_is_told_and_served_as_ever() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "li takes", "wu takes", "w3 accepts li", "li accepts"] {
        play(&mut stage, step, "suspension");
    }
    stage.told.clear();
    suspend(&mut stage, "1", TEXT, None, WhoWaits::Served).expect("wang is a supervisor");
    for name in ["li", "wu"] {
        let view = stage.hall.visit_view(&VisitId::new(name), stage.now).expect("it is known");
        assert_eq!(view.suspension.map(|suspension| suspension.text.reveal().clone()).as_deref(), Some(TEXT));
        assert!(stage.told.contains(&Tell::Visit(VisitId::new(name))), "{name} is told");
        assert!(
            !stage.hall.was_told_nothing_since(&VisitId::new(name), stage.hall.seq() - 1),
            "{name} hears it after a sleep, too"
        );
    }
    for step in ["w3 hangs up", "w3 saves li", "w3 finishes", "w3 accepts wu", "wu accepts"] {
        play(&mut stage, step, "suspension");
    }
    assert_eq!((stage.state("li"), stage.state("wu")), ("closed", "serving"));
    assert!(
        stage
            .hall
            .visit_view(&VisitId::new("li"), stage.now)
            .is_some_and(|view| view.suspension.is_none())
    );
}

#[test]
fn who_waits_may_be_called_back_instead_and_is_called_when_a_window_is_there_again() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    for step in ["w1 takes a break", "w3 takes a break", "li takes", "li leaves a number"] {
        play(&mut stage, step, "suspension");
    }
    suspend(&mut stage, "1", TEXT, None, WhoWaits::CalledBack).expect("wang is a supervisor");
    for step in ["li asks for a call-back", "li falls silent", "w3 closes", "+3600", "restart"] {
        play(&mut stage, step, "suspension");
    }
    assert_eq!(stage.state("li"), "callback_kept", "nobody vanishes");
    for step in ["w3 opens", "w3 accepts li", "w3 looks up the number", "w3 reaches"] {
        play(&mut stage, step, "suspension");
    }
    assert_eq!(stage.state("li"), "serving", "also before the hall gives numbers again");
}

#[test]
fn it_ends_by_the_same_hand_or_by_itself_at_the_moment_given() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    suspend(&mut stage, "1", TEXT, None, WhoWaits::Served).expect("wang is a supervisor");
    stage.pass(2 * 60 * MINUTE_MS);
    assert_eq!(stage.try_to_take("li", None), Err(Refusal::HallSuspended));
    assert_eq!(stage.staff("1", StaffAct::EndSuspension), Ok(Done::Nothing));
    assert_eq!(stage.staff("1", StaffAct::EndSuspension), Err(Refusal::NotNow));
    assert_eq!(stage.archive.audits, ["suspend", "end_suspension"]);
    stage.take("li");

    let until = stage.now.plus(MINUTE_MS);
    suspend(&mut stage, "1", TEXT, Some(until), WhoWaits::Served).expect("wang is a supervisor");
    let later = stage.now.plus(3 * MINUTE_MS);
    suspend(&mut stage, "1", "还要一会儿。", Some(later), WhoWaits::Served).expect("it may be said again");
    stage.pass(2 * MINUTE_MS);
    assert_eq!(shown_text(&stage).as_deref(), Some("还要一会儿。"));
    stage.pass(MINUTE_MS);
    assert_eq!(shown_text(&stage), None);
    stage.take("wu");
    let over = stage
        .archive
        .events
        .iter()
        .find(|event| event.cause == "suspension_over")
        .expect("it is an event");
    assert_eq!(
        (over.at, &over.actor, &over.after),
        (later, &Actor::System, &Subject::Hall { suspension: None })
    );
}

#[test]
fn it_survives_the_server_and_its_end_is_not_missed_meanwhile() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    let until = stage.now.plus(10 * MINUTE_MS);
    suspend(&mut stage, "1", TEXT, Some(until), WhoWaits::CalledBack).expect("wang is a supervisor");
    let before = stage.hall.card(stage.now).suspension;
    stage.restart();
    assert_eq!(stage.hall.card(stage.now).suspension, before);
    let console = stage.hall.console(&super::people::staff_of("3"), stage.now).expect("chen works here");
    assert_eq!(console.suspension, before, "every window sees it");
    stage.now = until.plus(MINUTE_MS);
    stage.restart();
    stage.pass(1);
    stage.take("li");
}

#[test]
fn nobody_but_a_supervisor_closes_a_hall_and_nobody_closes_it_without_a_word() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    let now = stage.now;
    let cases = [
        ("3", TEXT, None, Refusal::NotAllowed),
        ("1", " \n", None, Refusal::BadText),
        ("1", "停\u{202e}电", None, Refusal::BadText),
        ("1", TEXT, Some(now), Refusal::BadMoment),
        ("1", TEXT, Some(now.plus(31 * 24 * 60 * MINUTE_MS)), Refusal::BadMoment),
    ];
    for (window, text, until, refusal) in cases {
        assert_eq!(suspend(&mut stage, window, text, until, WhoWaits::Served), Err(refusal), "{text}");
    }
    assert_eq!(suspend(&mut stage, "1", &"停".repeat(201), None, WhoWaits::Served), Err(Refusal::BadText));
    suspend(&mut stage, "1", &"停".repeat(200), None, WhoWaits::Served).expect("two hundred characters are read");
    assert_eq!(stage.staff("3", StaffAct::EndSuspension), Err(Refusal::NotAllowed));
}
