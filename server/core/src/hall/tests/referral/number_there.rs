//! Whoever is sent to a hall and has a number there already: from before, for another time, or one whose answer never arrived.

use yunyiban_protocol::RequestKey;

use super::second_hall::{from_laocheng, take_act, take_referred};
use super::*;
use crate::StaffAct;
use crate::hall::tests::left_number::{PHONES, evening};
use crate::hall::tests::repeat::{found, resume, signs_in};

/// A second wish for the same visit of 老城, on a page that has no cookie here.
fn again(stage: &mut Stage, token: &str) -> Result<Done, Refusal> {
    let take = TakeNumberAct {
        token: TokenHash::new(token),
        ..take_act(stage, "li again", from_laocheng("a1", MORNING))
    };
    stage.act(Act::TakeNumber(take))
}

fn brings(stage: &mut Stage, name: &str, token: &str, referred: ReferredAct) -> Result<Done, Refusal> {
    let take = TakeNumberAct {
        known: Some(TokenHash::new(token)),
        token: TokenHash::new("a fresh token"),
        ..take_act(stage, name, referred)
    };
    stage.act(Act::TakeNumber(take))
}

fn tells_laocheng(stage: &Stage, name: &str) -> bool {
    stage.told.contains(&Tell::Referred(VisitId::new(name)))
}

#[test]
fn a_number_whose_answer_was_lost_is_given_again_until_a_page_was_there_with_it() {
    let mut stage = Stage::new(rules());
    let take = take_act(&stage, "li", from_laocheng("a1", MORNING));
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    let order = row(&stage, "li").order;
    stage.restart();
    let li = Done::Visit {
        visit: VisitId::new("li"),
        resumed: true,
    };
    assert_eq!(again(&mut stage, "t1"), Ok(li.clone()));
    assert_eq!(again(&mut stage, "t2"), Ok(li), "that answer may be lost too");
    assert_eq!((row(&stage, "li").order, stage.archive.visits.len()), (order, 1));
    let resume = Act::Resume {
        token: TokenHash::new("t1"),
        next: TokenHash::new("t3"),
    };
    stage.act(resume).expect("the cookie is good");
    assert_eq!(
        again(&mut stage, "t4"),
        Err(Refusal::ReferralOver),
        "it arrived: whoever asks now has copied a cookie (T03)"
    );
}

#[test]
fn of_two_answers_that_crossed_the_one_that_signed_in_stays_good_for_a_page_sent_before() {
    let mut stage = Stage::new(rules());
    let take = take_act(&stage, "li", from_laocheng("a1", MORNING));
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    again(&mut stage, "t1").expect("no answer has arrived");
    // A page is loaded with the second answer; then the first arrives, and its page signs in.
    signs_in(&mut stage, "li", "token of li").expect("the token is good");
    assert_eq!(resume(&mut stage, "t1", "lost"), found("li"));
    assert_eq!(resume(&mut stage, "token of li", "next"), found("li"));
    assert_eq!(stage.archive.audits, ["found_by_referral"]);
}

#[test]
fn a_number_that_is_rung_is_not_given_again_meanwhile_and_after_that_it_is() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    let take = take_act(&stage, "li", from_laocheng("a1", MORNING));
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    assert_eq!(stage.state("li"), "ringing");
    assert_eq!(again(&mut stage, "t1"), Err(Refusal::NotNow), "as with a move to another phone");
    assert_eq!(stage.archive.audits, [""; 0]);
    stage.pass(2 * 60_000);
    assert_eq!(again(&mut stage, "t1"), found("li"));
    assert_eq!(stage.archive.audits, ["found_by_referral"]);
}

/// The answer to li is lost, and the same phone takes an ordinary number.
fn lost_beside_an_ordinary_number() -> Stage {
    let mut stage = Stage::new(rules());
    let take = take_act(&stage, "li", from_laocheng("a1", MORNING));
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    stage.take("ordinary");
    stage.told.clear();
    stage
}

/// One phone has one number here, to which the referral led.
fn one_number(stage: &Stage) {
    assert_eq!((stage.state("li"), stage.state("ordinary")), ("closed", "waiting"), "Q1");
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Rejected, "nobody gave up waiting");
    assert_eq!(count(stage, "has_another_number"), 1);
    let from = stage.hall.referred_from(&VisitId::new("ordinary"));
    assert_eq!(from.map(|from| from.visit.as_str()), Some("a1"));
    assert!(tells_laocheng(stage, "ordinary"));
}

#[test]
fn a_lost_number_ends_where_its_citizen_took_another_and_follows_again() {
    let mut stage = lost_beside_an_ordinary_number();
    stage.pass(60_000);
    assert_eq!(stage.state("li"), "away");
    let followed = brings(&mut stage, "li again", "token of ordinary", from_laocheng("a1", MORNING));
    assert_eq!(followed, found("ordinary"), "it keeps its place");
    one_number(&stage);
    assert_eq!(again(&mut stage, "thief's"), Err(Refusal::ReferralOver));
}

#[test]
fn a_lost_number_ends_no_sooner_than_its_answer_can_arrive_no_more() {
    let mut stage = lost_beside_an_ordinary_number();
    let followed = brings(&mut stage, "li again", "token of ordinary", from_laocheng("a1", MORNING));
    assert_eq!(followed, found("ordinary"));
    assert_eq!(stage.state("li"), "waiting", "its answer may still arrive");
    stage.pass(60_000);
    one_number(&stage);
}

#[test]
fn a_lost_number_whose_answer_was_given_once_more_ends_once_that_can_arrive_no_more_either() {
    let mut stage = lost_beside_an_ordinary_number();
    stage.pass(50_000);
    assert_eq!(again(&mut stage, "t1"), found("li"), "the phone asks once more and loses that, too");
    let followed = brings(&mut stage, "li again", "token of ordinary", from_laocheng("a1", MORNING));
    assert_eq!(followed, found("ordinary"));
    stage.pass(59_000);
    assert_eq!(stage.state("li"), "away", "its answer may still arrive");
    stage.pass(1_000);
    one_number(&stage);
}

#[test]
fn a_lost_number_that_is_rung_meanwhile_ends_once_nobody_answers() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    let take = take_act(&stage, "li", from_laocheng("a1", MORNING));
    stage.act(Act::TakeNumber(take)).expect("the hall takes visits");
    stage.take("ordinary");
    let followed = brings(&mut stage, "li again", "token of ordinary", from_laocheng("a1", MORNING));
    assert_eq!(followed, found("ordinary"));
    stage.pass(10_000);
    stage.staff("1", StaffAct::Accept(VisitId::new("li"))).expect("it is rung");
    stage.pass(59_000);
    assert_eq!(stage.state("li"), "connecting");
    stage.pass(1_000);
    assert_eq!(
        (stage.state("li"), stage.state("ordinary")),
        ("closed", "ringing"),
        "Q1, and the window is free"
    );
    assert_eq!(count(&stage, "has_another_number"), 1);
}

#[test]
fn a_number_whose_page_was_there_does_not_end_by_another_that_brings_its_referral() {
    // T03: whoever copied the cookie of the first hall gains the number of nobody who has it, and ends it neither.
    let mut stage = lost_beside_an_ordinary_number();
    signs_in(&mut stage, "li", "token of li").expect("the answer arrived after all");
    stage.pass(60_000);
    let followed = brings(&mut stage, "li again", "token of ordinary", from_laocheng("a1", MORNING));
    assert_eq!(followed, found("ordinary"));
    stage.pass(60_000);
    assert_eq!(stage.state("li"), "away");
}

#[test]
fn the_same_tap_again_leads_to_the_number_that_the_phone_has_by_then() {
    // The page of the first hall repeats its wish under its key, and the phone has a cookie here meanwhile.
    let mut stage = Stage::new(rules());
    let key = Some(RequestKey::new("the-same-tap"));
    let act = Act::TakeNumber(take_act(&stage, "li", from_laocheng("a1", MORNING)));
    stage.handle(Input { key: key.clone(), act }).expect("the hall takes visits");
    stage.take("ordinary");
    stage.told.clear();
    stage.pass(60_000);
    for next in ["t1", "t2"] {
        let known = Some(TokenHash::new("token of ordinary"));
        let wish = TakeNumberAct {
            known,
            token: TokenHash::new(next),
            ..take_act(&stage, "li again", from_laocheng("a1", MORNING))
        };
        let act = Act::TakeNumber(wish);
        assert_eq!(stage.handle(Input { key: key.clone(), act }), found("ordinary"));
        one_number(&stage);
    }
}

#[test]
fn a_number_whose_page_is_there_is_not_given_to_another() {
    let mut stage = Stage::new(rules());
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    stage.pass(1);
    assert_eq!(again(&mut stage, "t1"), Err(Refusal::ReferralOver));
}

#[test]
fn a_number_whose_page_was_there_is_given_to_nobody_again_also_after_a_restart() {
    let mut stage = Stage::new(rules());
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    let (visit, token) = (VisitId::new("li"), TokenHash::new("token of li"));
    stage
        .act(Act::Heard(crate::Heard::CitizenSignedIn { visit, token }))
        .expect("the token is good");
    stage.falls_silent("li");
    stage.restart();
    assert_eq!(
        again(&mut stage, "t1"),
        Err(Refusal::ReferralOver),
        "whoever asks now has copied a cookie (T03)"
    );
}

#[test]
fn followed_it_leads_to_its_number_as_long_as_it_is_good_and_no_longer() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng; li goes there"), &format!("{TALKED} > closed"));
    assert!(packet(&stage, "laocheng").is_some(), "the answer with the number may be lost");
    assert_eq!(packet(&stage, "xinqu2"), None);
    stage.pass(HALF_AN_HOUR);
    assert_eq!(packet(&stage, "laocheng"), None);
}

#[test]
fn whoever_has_a_time_here_is_let_go_by_nobody() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    let told = stage.told.len();
    let referred = from_laocheng("a1", stage.now);
    let brought = brings(&mut stage, "li again", "token of li", referred);
    assert_eq!(brought, Err(Refusal::BookedHere));
    assert_eq!(
        (row(&stage, "li").referred.is_some(), stage.told.len()),
        (false, told),
        "老城 hears nothing"
    );
    let left = TakeNumberAct {
        callback: stage.take_act("wu", None).callback,
        ..take_act(&stage, "wu", from_laocheng("a2", stage.now))
    };
    assert_eq!(stage.act(Act::TakeNumber(left)), Err(Refusal::HallClosed), "its usual answer");
}

#[test]
fn a_copied_cookie_of_whoever_has_a_time_here_is_found_out_also_by_a_referral() {
    // T03
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    resume(&mut stage, "token of li", "second").expect("the cookie is good");
    resume(&mut stage, "second", "third").expect("the cookie is good");
    let referred = from_laocheng("a1", stage.now);
    assert_eq!(brings(&mut stage, "thief", "token of li", referred), Err(Refusal::TokenReused));
    assert_eq!(stage.archive.audits, ["token_reused"]);
}

#[test]
fn who_is_referred_once_more_to_the_same_number_is_let_go_there_too() {
    let mut stage = Stage::new(rules());
    take_referred(&mut stage, "li", from_laocheng("a1", MORNING));
    let order = row(&stage, "li").order;
    stage.told.clear();
    brings(&mut stage, "li again", "token of li", from_laocheng("a2", MORNING)).expect("it has a number");
    assert!(tells_laocheng(&stage, "li"), "or the talk of a2 would wait for a page that is here");
    assert_eq!(row(&stage, "li").order, order);
    assert_eq!(stage.hall.referred_from(&VisitId::new("li")).map(|from| from.visit.as_str()), Some("a2"));
    stage.told.clear();
    brings(&mut stage, "li again", "a fresh token", from_laocheng("a2", MORNING)).expect("it has a number");
    assert!(!tells_laocheng(&stage, "li"), "once is enough");
}

#[test]
fn who_is_referred_both_ways_keeps_both_numbers() {
    let mut stage = told(&format!("{TALK}; w1 refers to laocheng"), TALKED);
    stage.told.clear();
    brings(&mut stage, "li again", "token of li", from_laocheng("a1", MORNING)).expect("it has a number");
    assert!(!tells_laocheng(&stage, "li"), "each hall would end its own for the other's");
    stage.staff("1", StaffAct::WithdrawReferral).expect("it is open");
    brings(&mut stage, "li again", "a fresh token", from_laocheng("a1", MORNING)).expect("it has a number");
    assert!(tells_laocheng(&stage, "li"));
}

#[test]
fn a_telephone_left_there_comes_along_where_none_was_left_here() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    let there = ContactView {
        name: None,
        phone: Some(Sensitive::new("13800000000".into())),
    };
    let referred = ReferredAct {
        contact: Some(sealed(there)),
        ..from_laocheng("a1", MORNING)
    };
    brings(&mut stage, "li again", "token of li", referred).expect("it has a number");
    assert_eq!(view(&stage, "li").contact.phone.expect("it came along").reveal(), "13800000000");
}
