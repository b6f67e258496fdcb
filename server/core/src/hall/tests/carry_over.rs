//! The cookie of a visit that is over takes the next number: what it opens then, and until when (T03).

use yunyiban_protocol::{RequestKey, VisitId};

use super::people::Stage;
use super::repeat::{found, resume, signs_in, token};
use super::script::check;
use crate::hall::token::LATE_MS;
use crate::{Act, CitizenAct, Done, Input, Refusal};

fn sign_in(stage: &mut Stage, name: &str) {
    signs_in(stage, name, &format!("token of {name}")).expect("the visit is known");
}

#[test]
fn a_number_taken_again_by_its_key_is_the_same_although_the_cookie_changed_meanwhile() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    let key = Some(RequestKey::new("the-same-key"));
    let act = Act::TakeNumber(stage.take_act("second", Some("token of li")));
    let lost = stage.handle(Input { key: key.clone(), act });
    assert_eq!(
        resume(&mut stage, "token of li", "exchanged by another tab"),
        found("second"),
        "the number whose answer was lost"
    );
    stage.restart();
    let act = Act::TakeNumber(stage.take_act("third", Some("exchanged by another tab")));
    assert_eq!(stage.handle(Input { key, act }), lost);
    assert_eq!(stage.archive.visits.len(), 2);
}

#[test]
fn two_numbers_taken_at_once_with_the_cookie_of_an_earlier_visit_are_one() {
    // Q1: the poster is scanned while the answer to the first tap is still on its way.
    for cookie in ["token of li", "exchanged by another tab"] {
        for restarts in [false, true] {
            let mut stage = check("li takes", "waiting > ringing");
            assert_eq!(resume(&mut stage, "token of li", "exchanged by another tab"), found("li"));
            stage.citizen("li", CitizenAct::Leave).unwrap();
            assert!(stage.try_to_take("second", Some("token of li")).is_ok());
            if restarts {
                stage.restart();
            }
            assert_eq!(stage.try_to_take("third", Some(cookie)), found("second"));
            assert_eq!(stage.archive.visits.len(), 2);
            assert_eq!(resume(&mut stage, "token of third", "next"), found("second"));
        }
    }
}

#[test]
fn a_cookie_kept_from_before_an_earlier_visit_ended_is_found_out() {
    // T03
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    assert_eq!(resume(&mut stage, "token of second", "next"), found("second"));
    stage.now = stage.now.plus(61_000);
    assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn a_cookie_of_yesterday_opens_the_new_day_with_a_number_of_its_own() {
    // Nobody lives at midnight, so that no timer turns the day before the first who comes.
    for cookie in ["token of li", "token of wu"] {
        let mut stage = check("li takes; wu takes; li leaves; wu leaves", "waiting > ringing > closed");
        stage.now = stage.now.plus(24 * 60 * 60 * 1_000);
        let taken = Done::Visit {
            visit: VisitId::new("second"),
            resumed: false,
        };
        assert_eq!(stage.try_to_take("second", Some(cookie)), Ok(taken));
        let second = &stage.archive.visits[&VisitId::new("second")];
        assert_eq!((&*second.number, second.earlier_visits), ("A1", 0));
        assert_eq!(resume(&mut stage, cookie, "next"), Err(Refusal::VisitUnknown), "it led to yesterday");
        assert_eq!(resume(&mut stage, "token of second", "next"), found("second"));
    }
}

#[test]
fn a_copied_cookie_of_an_ended_visit_does_not_open_the_next_once_its_page_has_signed_in() {
    // T03: the page that took the number never came back meanwhile.
    for restarts in [false, true] {
        let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
        assert!(stage.try_to_take("second", Some("token of li")).is_ok());
        assert_eq!(
            stage.hall.visit_by_token(&token("token of li")),
            Some(&VisitId::new("second")),
            "the answer may be lost"
        );
        sign_in(&mut stage, "second");
        stage.pass(LATE_MS);
        assert_eq!(stage.hall.visit_by_token(&token("token of li")), None);
        if restarts {
            stage.restart();
            assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::VisitUnknown));
            assert_eq!(resume(&mut stage, "token of second", "next"), found("second"));
        } else {
            assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
            assert_eq!(stage.archive.audits, ["token_reused"]);
        }
    }
}

#[test]
fn of_two_numbers_taken_at_once_either_answer_may_sign_in() {
    for answer in ["token of second", "token of third"] {
        let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
        assert!(stage.try_to_take("second", Some("token of li")).is_ok());
        assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
        sign_in(&mut stage, "second");
        sign_in(&mut stage, "second");
        assert_eq!(resume(&mut stage, answer, "next"), found("second"));
        assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
        stage.pass(LATE_MS);
        assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
    }
}

#[test]
fn a_second_tab_whose_request_comes_after_the_first_has_signed_in_finds_the_number_of_the_first() {
    // Q1: it was sent before the answer to the first arrived.
    for answer in ["token of second", "token of third"] {
        for restarts in [false, true] {
            let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
            assert!(stage.try_to_take("second", Some("token of li")).is_ok());
            stage.now = stage.now.plus(2_000);
            sign_in(&mut stage, "second");
            if restarts {
                stage.restart();
            }
            stage.now = stage.now.plus(10_000);
            assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
            assert_eq!((stage.archive.visits.len(), stage.archive.audits.len()), (2, 0));
            stage.now = stage.now.plus(10_000);
            assert_eq!(
                resume(&mut stage, answer, "next"),
                found("second"),
                "whichever answer arrived last, {restarts}"
            );
            stage.pass(LATE_MS);
            assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
            assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
        }
    }
}

#[test]
fn a_second_tab_whose_request_comes_after_the_first_was_loaded_again_finds_its_number_too() {
    for answer in ["of the page loaded again", "token of third"] {
        let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
        assert!(stage.try_to_take("second", Some("token of li")).is_ok());
        assert_eq!(resume(&mut stage, "token of second", "of the page loaded again"), found("second"));
        assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
        assert_eq!(resume(&mut stage, answer, "next"), found("second"));
        assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
        assert_eq!(stage.archive.audits, [""; 0]);
    }
}

#[test]
fn a_thief_with_the_cookie_of_before_is_found_out_also_where_nothing_is_late_yet() {
    // T03: like every crossing, at the first return of either that is later than that.
    for first in ["token of second", "thief's"] {
        let second = if first == "thief's" { "token of second" } else { "thief's" };
        let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
        assert!(stage.try_to_take("second", Some("token of li")).is_ok());
        sign_in(&mut stage, "second");
        assert_eq!(resume(&mut stage, "token of li", "thief's"), found("second"), "like a second tab");
        stage.pass(LATE_MS + 1);
        assert_eq!(resume(&mut stage, first, "next"), found("second"));
        assert_eq!(resume(&mut stage, second, "more"), Err(Refusal::TokenReused));
    }
}

#[test]
fn what_was_carried_is_used_up_a_minute_after_the_answer_arrived_though_nobody_comes() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    stage.pass(20_000);
    sign_in(&mut stage, "second");
    stage.pass(LATE_MS - 1);
    let second = VisitId::new("second");
    assert_eq!(stage.hall.visit_by_token(&token("token of li")), Some(&second));
    stage.citizen("second", CitizenAct::Leave).expect("it is away");
    stage.pass(1);
    assert_eq!(stage.hall.visit_by_token(&token("token of li")), None, "also where nobody is left");
    stage.restart();
    assert_eq!(stage.hall.visit_by_token(&token("token of li")), None);
    assert_eq!(stage.hall.visit_by_token(&token("token of second")), Some(&second));
}

#[test]
fn a_number_whose_answer_was_lost_is_found_by_the_cookie_of_before_however_late() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    stage.pass(20 * LATE_MS);
    assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
    stage.pass(LATE_MS + 1);
    assert_eq!(resume(&mut stage, "token of third", "next"), found("second"));
}

#[test]
fn a_reply_of_the_visit_before_that_arrives_after_the_answer_is_no_theft() {
    // One tab is loaded again, the other takes the number.
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert_eq!(resume(&mut stage, "token of li", "late"), found("li"));
    stage.now = stage.now.plus(1_000);
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    sign_in(&mut stage, "second");
    stage.pass(LATE_MS + 1);
    assert_eq!(resume(&mut stage, "late", "next"), found("second"), "it lay in the cookie for a while");
    assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn of_two_answers_that_crossed_the_one_that_signed_in_stays_good_for_a_page_sent_before() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
    // The answer to the third is in the cookie, a page is loaded with it; then that to the second arrives.
    sign_in(&mut stage, "second");
    assert_eq!(resume(&mut stage, "token of third", "lost"), found("second"));
    assert_eq!(resume(&mut stage, "token of second", "next"), found("second"));
    assert_eq!(stage.archive.audits, [""; 0]);
}

#[test]
fn a_ticket_of_an_answer_long_used_up_brings_nothing_back() {
    // T03
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert!(stage.try_to_take("second", Some("token of li")).is_ok());
    assert_eq!(resume(&mut stage, "token of second", "next"), found("second"));
    assert_eq!(resume(&mut stage, "next", "the one after"), found("second"));
    assert_eq!(stage.try_to_take("third", Some("token of li")), found("second"));
    sign_in(&mut stage, "second");
    stage.restart();
    assert_eq!(stage.hall.visit_by_token(&token("token of second")), None);
    assert_eq!(resume(&mut stage, "the one after", "last"), found("second"));
}

#[test]
fn an_old_cookie_of_an_ended_visit_ends_that_session_and_not_the_next() {
    for restarts in [false, true] {
        let mut stage = check("li takes", "waiting > ringing");
        assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
        assert_eq!(resume(&mut stage, "second", "third"), found("li"));
        stage.citizen("li", CitizenAct::Leave).expect("li waits");
        assert!(stage.try_to_take("wu", Some("third")).is_ok());
        assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused), "used up by li");
        assert!(stage.hall.session_ended(&VisitId::new("li")) && !stage.hall.session_ended(&VisitId::new("wu")));
        if restarts {
            stage.restart();
        }
        for good in ["second", "third", "token of wu"] {
            assert_eq!(
                stage.hall.visit_by_token(&token(good)),
                Some(&VisitId::new("wu")),
                "{good}, restarted: {restarts}"
            );
        }
        assert_eq!(resume(&mut stage, "third", "next"), found("wu"), "the answer was lost");
    }
}

#[test]
fn cookies_carried_from_visit_to_visit_take_bounded_room() {
    for restarts in [false, true] {
        let mut stage = check("li takes", "waiting > ringing");
        for number in 0..40 {
            assert_eq!(resume(&mut stage, "token of li", &format!("lost {number}")), found("li"));
        }
        stage.citizen("li", CitizenAct::Leave).expect("li waits");
        let mut cookie = "token of li".to_owned();
        for number in 0..10 {
            let name = format!("visit {number}");
            assert!(stage.try_to_take(&name, Some(&cookie)).is_ok());
            stage.citizen(&name, CitizenAct::Leave).expect("it waits");
            cookie = format!("token of {name}");
        }
        assert!(stage.try_to_take("last", Some(&cookie)).is_ok());
        if restarts {
            stage.restart();
        }
        assert_eq!(resume(&mut stage, &cookie, "next"), found("last"), "the one that was brought is kept");
        let beside = stage.hall.roll.get(&VisitId::new("last")).map(|entry| entry.beside().len());
        assert!(
            beside <= Some(16) && stage.hall.tokens.len() <= 40,
            "{beside:?}, {}",
            stage.hall.tokens.len()
        );
    }
}
