//! Whoever does not want to wait is called back, from the place that was kept. And nobody waits in silence.

use yunyiban_protocol::{CallbackView, Outcome, VisitId, VisitStatus, WaitOffer, WindowId, Work};

use super::people::{Stage, rules};
use super::script::{check, check_with, check_with_handshake, play, play_all, told_states};
use crate::{HallRules, Tell};

const ASKED: &str = "w3 opens; w3 takes a break; li takes; wu takes; li leaves a number; li asks for a call-back";

fn view(stage: &Stage, name: &str) -> yunyiban_protocol::VisitView {
    stage.hall.visit_view(&VisitId::new(name), stage.now).expect("the visit is known")
}

fn rung_for(stage: &Stage, window: &str) -> Option<VisitId> {
    match stage.hall.window(&WindowId::new(window))?.work {
        Work::Reserved { visit, .. } => Some(visit),
        Work::Idle {} | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => None,
    }
}

#[test]
fn without_a_telephone_number_there_is_nothing_to_call() {
    check("w3 opens; w3 takes a break; li takes; li asks for a call-back !no_phone", "waiting");
}

#[test]
fn who_hangs_up_keeps_the_place_and_is_telephoned_when_the_turn_comes() {
    let mut stage = check(
        &format!("{ASKED}; li falls silent; +1200; w3 is available"),
        "waiting > callback_kept > ringing",
    );
    assert_eq!(rung_for(&stage, "3"), Some(VisitId::new("li")), "ahead of wu, whose page is open");
    let served = stage.hall.served(&WindowId::new("3"), stage.now).expect("the window is rung");
    assert_eq!(served.callback, Some(CallbackView { attempts: 0, most: 2 }));
    for step in ["w3 accepts li", "w3 reaches !not_now", "w3 looks up the number", "w3 reaches"] {
        play(&mut stage, step, step);
    }
    assert_eq!(told_states(&stage, "li"), "waiting > callback_kept > ringing > connecting > serving");
    assert!(
        stage.archive.audits.contains(&"reveal_phone".to_owned()),
        "who saw the number is on record"
    );
    assert_eq!(view(&stage, "li").callback, None, "they talk");
}

#[test]
fn no_handshake_is_asked_of_somebody_who_is_away_from_the_page() {
    check_with_handshake(
        &format!("{ASKED}; li falls silent; +600; w3 is available; w3 accepts li; w3 looks up the number; w3 reaches"),
        "waiting > callback_kept > ringing > connecting > serving",
    );
}

#[test]
fn nobody_answers_twice_and_the_citizen_reads_so() {
    let mut stage = check(
        &format!("{ASKED}; wu leaves; w3 is available; w3 accepts li; w3 looks up the number; w3 reaches nobody"),
        "waiting > callback_kept > ringing > connecting > callback_kept",
    );
    assert_eq!(rung_for(&stage, "3"), None, "not at once");
    stage.pass(299_000);
    assert_eq!(rung_for(&stage, "3"), None);
    stage.pass(2_000);
    assert_eq!(rung_for(&stage, "3"), Some(VisitId::new("li")), "five minutes later");
    for step in ["w3 accepts li", "w3 looks up the number", "w3 reaches nobody"] {
        play(&mut stage, step, step);
    }
    let seen = view(&stage, "li");
    assert!(matches!(
        seen.status,
        VisitStatus::Closed {
            outcome: Outcome::Expired,
            ..
        }
    ));
    assert_eq!(seen.callback, Some(CallbackView { attempts: 2, most: 2 }));
    let window = stage.hall.window(&WindowId::new("3")).expect("the window is known");
    assert_eq!(window.work, Work::Idle {}, "there was no talk to write up");
}

#[test]
fn between_two_calls_others_are_served_and_the_place_is_kept() {
    let mut stage = check(
        &format!("{ASKED}; w3 is available; w3 accepts li; w3 looks up the number; w3 reaches nobody"),
        "waiting > callback_kept > ringing > connecting > callback_kept",
    );
    assert_eq!(rung_for(&stage, "3"), Some(VisitId::new("wu")));
    stage.take("gao");
    assert_eq!(stage.hall.line().head[0].visit, VisitId::new("li"));
    assert!(stage.hall.line().head[0].callback);
}

#[test]
fn who_was_called_a_moment_ago_is_left_in_peace_whoever_took_the_call_up_and_gave_it_back() {
    let mut stage = check(
        &format!("{ASKED}; wu leaves; w3 is available; w3 accepts li; w3 looks up the number; w3 reaches nobody; w1 opens; w1 picks li; +121"),
        "waiting > callback_kept > ringing > connecting > callback_kept > ringing > connecting > callback_kept",
    );
    stage.pass(177_000);
    assert_eq!(rung_for(&stage, "3"), None, "five minutes are five minutes");
    stage.pass(3_000);
    assert_eq!(rung_for(&stage, "3"), Some(VisitId::new("li")));
}

#[test]
fn a_ring_in_vain_gives_the_call_back_its_place_back() {
    for comes_to_nothing in ["+21", "w3 declines li", "w3 closes", "w3 falls silent; +16"] {
        check(
            &format!("{ASKED}; wu leaves; w3 is available; {comes_to_nothing}"),
            "waiting > callback_kept > ringing > callback_kept",
        );
    }
}

#[test]
fn a_window_that_accepts_and_does_not_call_costs_the_citizen_nothing() {
    let stage = check(
        &format!("{ASKED}; wu leaves; w3 is available; w3 accepts li; +121"),
        "waiting > callback_kept > ringing > connecting > callback_kept",
    );
    assert_eq!(view(&stage, "li").callback, Some(CallbackView { attempts: 0, most: 2 }));
    let window = stage.hall.window(&WindowId::new("3")).expect("the window is known");
    assert!(matches!(window.work, Work::Suspect { until: Some(_), .. }), "it is not rung for a while");
}

#[test]
fn a_call_that_was_made_is_not_cut_off_by_the_clock() {
    check(
        &format!("{ASKED}; w3 is available; w3 accepts li; w3 looks up the number; +1000; w3 reaches; +1000; w3 hangs up"),
        "waiting > callback_kept > ringing > connecting > serving > closed",
    );
}

#[test]
fn who_opens_the_page_again_waits_on_at_the_same_place() {
    let stage = check(&format!("{ASKED}; +60; li returns"), "waiting > callback_kept > waiting");
    assert_eq!(stage.hall.line().head[0].visit, VisitId::new("li"));
    assert_eq!(view(&stage, "li").callback, None);
}

#[test]
fn who_looks_at_the_page_while_the_window_calls_may_accept_there() {
    check(
        &format!("{ASKED}; w3 is available; w3 accepts li; li asks for later !not_now; li accepts"),
        "waiting > callback_kept > ringing > connecting > serving",
    );
}

#[test]
fn the_number_cannot_be_taken_back_while_a_call_is_promised() {
    let mut stage = check(ASKED, "waiting > callback_kept");
    assert_eq!(stage.leave_contact("li", ""), Err(crate::Refusal::NoPhone));
    assert!(stage.leave_contact("li", "13912345678").is_ok());
}

#[test]
fn a_restart_keeps_the_promise() {
    check(
        &format!("{ASKED}; restart; +120; w3 is available; restart; w3 accepts li; restart; w3 looks up the number; w3 reaches"),
        "waiting > callback_kept > ringing > connecting > serving",
    );
}

/// Monday to Friday, 9 to 17.
fn office_hours() -> HallRules {
    let hours = yunyiban_protocol::OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: 540,
        to_minute: 1_020,
    };
    HallRules {
        always_open: false,
        hours: vec![hours],
        ..rules()
    }
}

/// Time passes while nobody looks: one step, whatever became due meanwhile.
fn sleep(stage: &mut Stage, millis: u32) {
    stage.now = stage.now.plus(millis);
    stage.pass(1);
}

#[test]
fn closing_time_does_not_break_the_promise_and_the_next_morning_keeps_it() {
    const HOUR_MS: u32 = 3_600_000;
    let mut stage = check_with(
        office_hours(),
        &format!("{ASKED}; w3 closes; li falls silent; wu falls silent"),
        "waiting > callback_kept",
    );
    sleep(&mut stage, 9 * HOUR_MS);
    assert_eq!(stage.state("wu"), "closed", "who only waited was told that the day is over");
    sleep(&mut stage, 15 * HOUR_MS);
    play(&mut stage, "li returns !not_now", "the day is another one");
    play(&mut stage, "w3 opens", "the next morning");
    assert_eq!(told_states(&stage, "li"), "waiting > callback_kept > ringing");
}

#[test]
fn a_call_back_is_not_kept_for_ever() {
    let mut stage = check(&format!("{ASKED}; w3 closes; li falls silent"), "waiting > callback_kept");
    sleep(&mut stage, rules().timers.callback_keeps_ms);
    assert_eq!(stage.state("li"), "closed");
}

#[test]
fn the_last_window_goes_on_break_and_everybody_is_told_and_has_a_choice() {
    // E9
    let people = ["li", "wu", "gao", "tan", "deng"];
    let mut stage = Stage::with_windows(rules(), &["3"]);
    for name in people {
        stage.take(name);
    }
    assert!(people.iter().all(|name| view(&stage, name).offer.is_none()));
    stage.told.clear();
    play(&mut stage, "w3 takes a break", "E9");
    for name in people {
        assert_eq!(view(&stage, name).offer, Some(WaitOffer::NoWindow), "{name}");
        assert!(stage.told.contains(&Tell::Visit(VisitId::new(name))), "{name} is told");
    }
    let choices = ["li leaves a number", "li asks for a call-back", "wu leaves", "+60"];
    choices.iter().for_each(|step| play(&mut stage, step, "E9"));
    let states: Vec<&str> = people.iter().map(|name| stage.state(name)).collect();
    assert_eq!(states, ["callback_kept", "closed", "waiting", "waiting", "waiting"]);
    stage.told.clear();
    let seen = stage.hall.seq();
    assert!(stage.hall.was_told_nothing_since(&VisitId::new("gao"), seen));
    play(&mut stage, "w3 is available", "E9");
    assert!(
        !stage.hall.was_told_nothing_since(&VisitId::new("gao"), seen),
        "nor is it kept from a page that was away"
    );
    assert_eq!(view(&stage, "gao").offer, None);
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("gao"))), "and told when somebody is back");
    assert_eq!(rung_for(&stage, "3"), Some(VisitId::new("li")), "the place was kept");
}

#[test]
fn the_last_window_takes_nobody_after_its_talk_and_everybody_is_told_while_it_talks() {
    // DOMAIN 3.6: warn if the last window drains.
    for leaves in ["w3 drains", "w3 takes a break"] {
        let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
        let waiting = ["wu", "gao", "tan"];
        waiting.iter().for_each(|name| drop(stage.take(name)));
        assert!(waiting.iter().all(|name| view(&stage, name).offer.is_none()));
        let tells = |stage: &Stage, name: &str| stage.told.contains(&Tell::Visit(VisitId::new(name)));
        stage.told.clear();
        play(&mut stage, leaves, "E9");
        for name in waiting {
            assert_eq!(view(&stage, name).offer, Some(WaitOffer::NoWindow), "{name}");
            assert!(tells(&stage, name), "{name} is told");
        }
        assert_eq!(stage.hall.card(stage.now).busyness.windows, 0, "whoever comes now reads it, too");
        assert_eq!((stage.state("li"), view(&stage, "li").offer), ("serving", None));
        assert!(!tells(&stage, "li"), "the talk is no matter of this");

        play_all(&mut stage, "li falls silent; +16");
        assert_eq!(
            (stage.state("li"), view(&stage, "li").offer),
            ("dropped", None),
            "the window is kept for her"
        );
        play_all(&mut stage, "li is back; tan leaves a number; tan asks for a call-back; wu leaves");
        stage.told.clear();
        play(&mut stage, "w3 is available", "E9");
        assert_eq!(view(&stage, "gao").offer, None);
        assert!(tells(&stage, "gao"), "and told when the window stays after all");

        play(&mut stage, leaves, "E9");
        stage.told.clear();
        play_all(&mut stage, "w3 hangs up; w3 saves li; w3 finishes");
        assert_eq!(view(&stage, "gao").offer, Some(WaitOffer::NoWindow));
        assert!(!tells(&stage, "gao"), "nothing new when it has gone");
    }
}

#[test]
fn a_window_that_drains_beside_another_is_no_matter_of_those_who_wait() {
    let mut stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; wu takes; w2 accepts wu; wu accepts; gao takes",
        "waiting > ringing > connecting > serving",
    );
    play(&mut stage, "w1 drains", "one of two");
    assert_eq!(view(&stage, "gao").offer, None);
    play(&mut stage, "w2 drains", "the other");
    assert_eq!(view(&stage, "gao").offer, Some(WaitOffer::NoWindow));
}

#[test]
fn a_long_wait_is_not_a_silent_one() {
    let mut stage = check(
        "w1 opens; w1 picks !nobody_waiting; gao takes; w1 accepts gao; gao accepts; li takes",
        "waiting > ringing > connecting > serving",
    );
    stage.pass(44 * 60_000);
    assert_eq!(view(&stage, "li").offer, None);
    stage.told.clear();
    let seen = stage.hall.seq();
    stage.pass(60_001);
    assert_eq!(view(&stage, "li").offer, Some(WaitOffer::LongWait));
    assert!(!stage.hall.was_told_nothing_since(&VisitId::new("li"), seen));
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))), "it is told once it is so");
}
