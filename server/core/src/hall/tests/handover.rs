//! One person, two phones, one visit (E12).

use proptest::prelude::*;
use yunyiban_protocol::{RequestKey, VisitId, WindowId};

use super::people::{Stage, rules};
use super::repeat::{found, resume, signs_in, token};
use super::script::play;
use crate::{Act, CitizenAct, Done, HANDOVER_MS, Input, Refusal, StaffAct, TakeHandoverAct, TakeNumberAct, Tell, TokenHash};

const CODE: &str = "0000000000000000000000000000000000000000000000000000000000402713";
const OTHER_CODE: &str = "0000000000000000000000000000000000000000000000000000000000402714";

fn offer(stage: &mut Stage, brought: &str, code: &str) -> Result<Done, Refusal> {
    stage.act(Act::OfferHandover {
        token: token(brought),
        code: TokenHash::new(code),
    })
}

fn take(code: &str, known: Option<&str>, next: &str) -> TakeHandoverAct {
    TakeHandoverAct {
        key: RequestKey::new("the-other-phone"),
        code: TokenHash::new(code),
        known: known.map(token),
        token: token(next),
        leave_own: false,
    }
}

fn brings(stage: &mut Stage, code: &str, known: Option<&str>, next: &str) -> Result<Done, Refusal> {
    stage.act(Act::TakeHandover(take(code, known, next)))
}

/// The other phone brings the code, and the answer arrives there.
fn moves(stage: &mut Stage, code: &str, known: Option<&str>, next: &str) {
    assert_eq!(brings(stage, code, known, next), found("li"));
    assert_eq!(signs_in(stage, "li", next), Ok(Done::Nothing));
}

/// li has a number and a code.
fn li_with_code() -> Stage {
    let mut stage = Stage::new(rules());
    stage.take("li");
    assert_eq!(offer(&mut stage, "token of li", CODE), Ok(Done::Nothing));
    stage
}

#[test]
fn a_visit_moves_to_the_other_phone_with_its_place_and_the_first_is_told_so() {
    let mut stage = li_with_code();
    stage.take("wu");
    let before = stage.hall.place(&VisitId::new("li"));
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    assert!(!stage.told.contains(&Tell::Moved(VisitId::new("li"))), "the answer may be lost");
    assert_eq!(signs_in(&mut stage, "li", "second phone"), Ok(Done::Nothing));
    assert_eq!(stage.hall.place(&VisitId::new("li")), before);
    assert!(stage.told.contains(&Tell::Moved(VisitId::new("li"))));
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
    assert_eq!(stage.hall.visit_by_token(&token("token of li")), None);
    assert_eq!(stage.hall.may_sign_in(&token("token of li")), Err(Refusal::HandedOver));
    assert_eq!(stage.hall.may_sign_in(&token("second phone")), Ok(()));

    for _ in 0..3 {
        assert_eq!(resume(&mut stage, "token of li", "never given"), Err(Refusal::HandedOver));
        assert_eq!(stage.try_to_take("li again", Some("token of li")), Err(Refusal::HandedOver));
        assert_eq!(offer(&mut stage, "token of li", OTHER_CODE), Err(Refusal::HandedOver));
    }
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"], "an honest return is no theft");
    assert_eq!(resume(&mut stage, "second phone", "next"), found("li"));
}

#[test]
fn a_phone_that_comes_back_too_late_for_its_code_takes_a_number_of_its_own() {
    // Its cookie is the one that was given for the code, and leads nowhere any more.
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    stage.now = stage.now.plus(HANDOVER_MS);
    assert_eq!(resume(&mut stage, "second phone", "never given"), Err(Refusal::VisitUnknown));
    let given = Ok(Done::Visit {
        visit: VisitId::new("wu"),
        resumed: false,
    });
    assert_eq!(stage.try_to_take("wu", Some("second phone")), given);
    assert_eq!(resume(&mut stage, "token of li", "next"), found("li"), "the first phone goes on");
}

#[test]
fn what_was_said_on_the_first_phone_is_asked_again_on_the_other() {
    let mut stage = li_with_code();
    play(&mut stage, "li is here", "handover");
    assert!(stage.archive.visits[&VisitId::new("li")].here);
    moves(&mut stage, CODE, None, "second phone");
    assert!(!stage.archive.visits[&VisitId::new("li")].here, "nobody has tapped on this phone");
    stage.lives("li");
    // Within the minute in which 「我在」 counts as 「接听」.
    for step in ["w1 opens", "w1 accepts li"] {
        play(&mut stage, step, "handover");
    }
    assert_eq!(stage.state("li"), "connecting", "it asks 「接听」");
}

#[test]
fn whoever_talked_on_the_first_phone_is_asked_on_the_other_too() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    stage.take("li");
    for step in ["w1 opens", "w1 accepts li", "li accepts", "w1 transfers to a", "w1 takes a break"] {
        play(&mut stage, step, "handover");
    }
    assert!(stage.archive.visits[&VisitId::new("li")].here, "the phone was just talked on");
    assert_eq!(offer(&mut stage, "token of li", CODE), Ok(Done::Nothing));
    moves(&mut stage, CODE, None, "second phone");
    assert!(!stage.archive.visits[&VisitId::new("li")].here, "nobody has tapped on this one");
}

#[test]
fn a_minute_asked_for_on_the_first_phone_is_kept_on_the_other() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    for step in ["w1 opens", "w1 accepts li", "li asks for later"] {
        play(&mut stage, step, "handover");
    }
    assert_eq!(offer(&mut stage, "token of li", CODE), Ok(Done::Nothing));
    moves(&mut stage, CODE, None, "second phone");
    assert!(
        stage.archive.visits[&VisitId::new("li")].here,
        "the page says that it goes back into the line by itself"
    );
}

#[test]
fn the_first_phone_takes_its_visit_back_by_the_same_way() {
    let mut stage = li_with_code();
    moves(&mut stage, CODE, None, "second phone");
    assert_eq!(offer(&mut stage, "second phone", OTHER_CODE), Ok(Done::Nothing));
    moves(&mut stage, OTHER_CODE, Some("token of li"), "first phone");
    assert_eq!(resume(&mut stage, "second phone", "never given"), Err(Refusal::HandedOver));
    assert_eq!(resume(&mut stage, "first phone", "next"), found("li"));
}

#[test]
fn every_token_of_the_first_phone_is_used_up_also_those_still_under_way() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    for next in ["of one page", "of another page"] {
        assert_eq!(resume(&mut stage, "token of li", next), found("li"));
    }
    assert_eq!(offer(&mut stage, "of one page", CODE), Ok(Done::Nothing));
    moves(&mut stage, CODE, None, "second phone");
    for late in ["token of li", "of one page", "of another page"] {
        assert_eq!(resume(&mut stage, late, "never given"), Err(Refusal::HandedOver), "{late}");
    }
    stage.restart();
    for late in ["token of li", "of one page", "of another page"] {
        assert_eq!(resume(&mut stage, late, "never given"), Err(Refusal::VisitUnknown), "{late}");
    }
    assert_eq!(resume(&mut stage, "second phone", "next"), found("li"));
}

#[test]
fn a_cookie_that_was_copied_before_the_move_is_theft_after_it_too() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    assert_eq!(resume(&mut stage, "second", "third"), found("li"));
    assert_eq!(offer(&mut stage, "third", CODE), Ok(Done::Nothing));
    moves(&mut stage, CODE, None, "second phone");
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn a_code_is_good_once_for_ten_minutes_and_only_the_newest() {
    let mut stage = li_with_code();
    stage.now = stage.now.plus(HANDOVER_MS - 1);
    moves(&mut stage, CODE, None, "second phone");
    assert_eq!(
        stage.act(Act::TakeHandover(TakeHandoverAct {
            key: RequestKey::new("a-third-phone"),
            ..take(CODE, None, "third phone")
        })),
        Err(Refusal::CodeWrong),
        "used"
    );

    let mut stage = li_with_code();
    assert_eq!(offer(&mut stage, "token of li", OTHER_CODE), Ok(Done::Nothing));
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), Err(Refusal::CodeWrong), "replaced");
    stage.now = stage.now.plus(HANDOVER_MS);
    assert_eq!(brings(&mut stage, OTHER_CODE, None, "second phone"), Err(Refusal::CodeWrong), "too old");
    assert_eq!(resume(&mut stage, "token of li", "next"), found("li"), "the first phone has it still");

    let mut stage = li_with_code();
    stage.restart();
    assert_eq!(
        brings(&mut stage, CODE, None, "second phone"),
        Err(Refusal::CodeWrong),
        "forgotten by a restart"
    );
    assert_eq!(stage.archive.audits, [""; 0]);
}

#[test]
fn a_lost_reply_loses_no_visit_and_gives_it_to_nobody_twice() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "lost"), found("li"));
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    assert_eq!(resume(&mut stage, "second phone", "next"), found("li"));
    assert_eq!(
        brings(&mut stage, CODE, None, "once more"),
        Err(Refusal::CodeWrong),
        "the reply had arrived"
    );
    assert_eq!(resume(&mut stage, "lost", "the one after"), found("li"), "it was only late");
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
}

#[test]
fn a_reply_the_first_phone_lost_is_not_given_there_again_once_the_visit_has_moved() {
    // Found by a simulated day: another tab of the first phone had asked before the move, and asks again after it.
    let mut stage = Stage::new(rules());
    let asks = |stage: &mut Stage, known: Option<&str>, next: &str| {
        let take = TakeNumberAct {
            token: token(next),
            ..stage.take_act("li", known)
        };
        let (key, act) = (Some(RequestKey::new("the-other-tab")), Act::TakeNumber(take));
        stage.handle(Input { key, act })
    };
    let visit = VisitId::new("li");
    let given = Ok(Done::Visit { visit, resumed: false });
    assert_eq!(asks(&mut stage, None, "token of li"), given);
    assert_eq!(
        asks(&mut stage, None, "lost"),
        given,
        "before it moves it is given as often as it is lost"
    );
    assert_eq!(offer(&mut stage, "token of li", CODE), Ok(Done::Nothing));
    moves(&mut stage, CODE, None, "second phone");
    for _ in 0..2 {
        for known in [None, Some("token of li"), Some("lost")] {
            assert_eq!(asks(&mut stage, known, "never given"), Err(Refusal::HandedOver), "{known:?}");
        }
        assert_eq!(stage.hall.visit_by_token(&token("never given")), None);
        stage.restart();
    }
    assert_eq!(asks(&mut stage, Some("second phone"), "scanned there"), given, "whoever has it may ask");
    stage.citizen("li", CitizenAct::Leave).expect("nobody talks");
    assert_eq!(
        asks(&mut stage, None, "never given"),
        Err(Refusal::VisitUnknown),
        "what is over is nowhere"
    );
}

#[test]
fn of_two_answers_that_crossed_the_one_that_moved_the_visit_stays_good_for_a_page_sent_before() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "one"), found("li"));
    assert_eq!(brings(&mut stage, CODE, None, "other"), found("li"));
    // A page of the other phone is loaded with the one in the cookie, and the other arrives before that page is answered.
    assert_eq!(signs_in(&mut stage, "li", "other"), Ok(Done::Nothing));
    stage.now = stage.now.plus(10_000);
    assert_eq!(resume(&mut stage, "one", "lost"), found("li"));
    assert_eq!(resume(&mut stage, "other", "next"), found("li"));
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
    stage.now = stage.now.plus(61_000);
    assert_eq!(resume(&mut stage, "next", "the one after"), found("li"));
    assert_eq!(resume(&mut stage, "one", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn until_the_answer_has_arrived_the_first_phone_goes_on_and_offers_anew() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "lost with its phone"), found("li"));
    assert_eq!(resume(&mut stage, "token of li", "first phone"), found("li"));
    assert_eq!(signs_in(&mut stage, "li", "first phone"), Ok(Done::Nothing));
    assert_eq!(stage.archive.audits, [""; 0]);

    // The page opened anew on the other phone types the same code, and the answer is lost once more.
    let anew = TakeHandoverAct {
        key: RequestKey::new("opened-anew"),
        ..take(CODE, None, "lost too")
    };
    assert_eq!(stage.act(Act::TakeHandover(anew)), found("li"));
    assert_eq!(resume(&mut stage, "lost with its phone", "never given"), Err(Refusal::VisitUnknown));
    assert_eq!(offer(&mut stage, "first phone", OTHER_CODE), Ok(Done::Nothing));
    assert_eq!(signs_in(&mut stage, "li", "lost too"), Ok(Done::Nothing));
    assert_eq!(stage.hall.may_sign_in(&token("lost too")), Err(Refusal::VisitUnknown), "another code");
    moves(&mut stage, OTHER_CODE, None, "second phone");
    assert_eq!(resume(&mut stage, "first phone", "never given"), Err(Refusal::HandedOver));
}

#[test]
fn a_restart_before_the_answer_arrived_leaves_the_visit_on_the_first_phone() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    stage.restart();
    assert_eq!(stage.hall.may_sign_in(&token("second phone")), Err(Refusal::VisitUnknown));
    assert_eq!(resume(&mut stage, "second phone", "never given"), Err(Refusal::VisitUnknown));
    assert_eq!(resume(&mut stage, "token of li", "first phone"), found("li"));
    assert_eq!(offer(&mut stage, "first phone", OTHER_CODE), Ok(Done::Nothing));
    moves(&mut stage, OTHER_CODE, Some("second phone"), "second phone again");
    stage.restart();
    assert_eq!(resume(&mut stage, "first phone", "never given"), Err(Refusal::VisitUnknown));
    assert_eq!(resume(&mut stage, "second phone again", "next"), found("li"));
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
}

#[test]
fn an_answer_that_arrives_too_late_or_in_the_middle_of_a_talk_moves_nothing() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    stage.now = stage.now.plus(HANDOVER_MS);
    assert_eq!(resume(&mut stage, "second phone", "never given"), Err(Refusal::VisitUnknown));
    assert_eq!(stage.hall.may_sign_in(&token("second phone")), Err(Refusal::VisitUnknown));
    assert_eq!(resume(&mut stage, "token of li", "next"), found("li"));

    let mut stage = li_with_code();
    stage.now = stage.now.plus(HANDOVER_MS - 1);
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    stage.now = stage.now.plus(15_000);
    assert_eq!(resume(&mut stage, "second phone", "next"), found("li"), "brought in time");

    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    stage.open("3");
    assert_eq!(stage.state("li"), "ringing");
    assert_eq!(signs_in(&mut stage, "li", "second phone"), Err(Refusal::NotNow));
    assert_eq!(stage.hall.may_sign_in(&token("second phone")), Err(Refusal::NotNow));
    stage.citizen("li", CitizenAct::Leave).expect("anybody may leave");
    assert_eq!(stage.hall.may_sign_in(&token("second phone")), Err(Refusal::VisitUnknown));
}

#[test]
fn two_visits_that_drew_the_same_code_are_mixed_up_by_nobody() {
    let mut stage = li_with_code();
    stage.take("wu");
    assert_eq!(offer(&mut stage, "token of wu", CODE), Ok(Done::Nothing));
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), Err(Refusal::CodeWrong));
}

#[test]
fn a_phone_with_a_number_of_its_own_chooses_which_to_keep() {
    let mut stage = li_with_code();
    stage.take("wu");
    assert_eq!(brings(&mut stage, CODE, Some("token of wu"), "second phone"), Err(Refusal::OwnVisit));
    assert_eq!((stage.state("wu"), stage.state("li")), ("waiting", "waiting"));
    let leave_own = TakeHandoverAct {
        leave_own: true,
        ..take(CODE, Some("token of wu"), "second phone")
    };
    assert_eq!(stage.act(Act::TakeHandover(leave_own)), found("li"));
    assert_eq!((stage.state("wu"), stage.state("li")), ("closed", "waiting"));
    assert_eq!(stage.hall.line().waiting, 1);
}

#[test]
fn the_phone_that_has_the_visit_already_keeps_it_and_its_code() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, Some("token of li"), "the same phone"), found("li"));
    assert_eq!(stage.archive.audits, [""; 0]);
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
}

#[test]
fn nobody_moves_in_the_middle_of_a_talk_nor_after_the_end() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    stage.take("li");
    assert_eq!(stage.state("li"), "ringing");
    assert_eq!(offer(&mut stage, "token of li", CODE), Err(Refusal::NotNow));

    let mut stage = li_with_code();
    stage.open("3");
    stage.staff("3", StaffAct::Accept(VisitId::new("li"))).expect("it is rung");
    stage.citizen("li", CitizenAct::Accept).expect("the window has accepted");
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), Err(Refusal::NotNow));
    stage.citizen("li", CitizenAct::HangUp).expect("anybody may hang up");
    assert_eq!(
        brings(&mut stage, CODE, None, "second phone"),
        Err(Refusal::CodeWrong),
        "its code is forgotten"
    );
    assert_eq!(offer(&mut stage, "token of li", CODE), Err(Refusal::VisitClosed));
}

#[test]
fn once_the_visit_is_over_the_first_phone_takes_a_new_number() {
    let mut stage = li_with_code();
    moves(&mut stage, CODE, None, "second phone");
    stage.citizen("li", CitizenAct::Leave).expect("anybody may leave");
    assert_eq!(resume(&mut stage, "token of li", "never given"), Err(Refusal::VisitUnknown));
    let taken = stage.try_to_take("li again", Some("token of li"));
    assert!(matches!(taken, Ok(Done::Visit { resumed: false, .. })), "{taken:?}");
}

#[test]
fn an_equal_telephone_that_nobody_verified_is_said_to_the_window_and_nothing_else_follows() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    let li = stage.take("li");
    stage.take("wu");
    stage.take("gao");
    stage.leave_contact("li", "0591-87654321").expect("a telephone");
    let same = |stage: &Stage| stage.hall.served(&WindowId::new("3"), stage.now).expect("li is rung").same_phone;
    assert_eq!(same(&stage), [""; 0]);
    stage.told.clear();
    stage.leave_contact("wu", "059187654321").expect("a telephone");
    assert_eq!(same(&stage), ["A2"]);
    assert!(stage.told.contains(&Tell::Served(WindowId::new("3"))), "the window hears so at once");
    assert_eq!((stage.state("li"), stage.state("wu")), ("ringing", "waiting"));
    assert!(
        stage.hall.visit_by_token(&token("token of wu")).is_some_and(|visit| *visit != li),
        "two visits stay two"
    );

    stage.told.clear();
    stage.citizen("wu", CitizenAct::Leave).expect("anybody may leave");
    assert_eq!(same(&stage), [""; 0]);
    assert!(stage.told.contains(&Tell::Served(WindowId::new("3"))));
}

/// What a phone has in its cookie: nothing, what led to the visit once, or what leads there.
#[derive(Clone, Default)]
struct Phone {
    cookie: Option<String>,
    has_it: bool,
    /// Given for a code and not yet brought: the visit comes here with it, unless another code or a restart is faster.
    arriving: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// I20: whatever three phones do, replies are lost and the server is killed: the visit is on one of them, which comes back to
    /// it, each of the others is told where it is or finds nothing, and nobody is taken for a thief.
    #[test]
    fn one_visit_is_on_one_phone(steps in prop::collection::vec((0u8..7, 0usize..3, any::<bool>()), 1..80)) {
        let mut stage = Stage::new(rules());
        stage.take("li");
        let mut phones = vec![Phone::default(); 3];
        phones[0] = Phone { cookie: Some("token of li".into()), has_it: true, arriving: false };
        let mut code = None;
        for (number, (what, who, arrives)) in steps.into_iter().enumerate() {
            let cookie = phones[who].cookie.clone();
            let next = format!("token {number}");
            match (what, cookie) {
                (0 | 1, Some(cookie)) => {
                    let is_late = phones[who].arriving;
                    let came = if is_late && what == 1 {
                        signs_in(&mut stage, "li", &cookie)
                    } else {
                        resume(&mut stage, &cookie, &next)
                    };
                    prop_assert_eq!(came.is_ok(), phones[who].has_it || is_late, "{:?}", came);
                    if is_late {
                        code = None;
                        phones.iter_mut().for_each(|phone| (phone.has_it, phone.arriving) = (false, false));
                        phones[who].has_it = true;
                    }
                    if came.is_ok() && arrives && !(is_late && what == 1) {
                        phones[who].cookie = Some(next);
                    }
                }
                (2, Some(cookie)) => {
                    let drawn = format!("code {number}");
                    let offered = offer(&mut stage, &cookie, &drawn);
                    prop_assert_eq!(offered.is_ok(), phones[who].has_it, "{:?}", offered);
                    if offered.is_ok() {
                        code = Some(drawn);
                        phones.iter_mut().for_each(|phone| phone.arriving = false);
                    }
                }
                (3 | 4, cookie) => {
                    let Some(drawn) = code.clone() else { continue };
                    let act = TakeHandoverAct { key: RequestKey::new(format!("phone-{who:04}")), ..take(&drawn, cookie.as_deref(), &next) };
                    prop_assert_eq!(stage.act(Act::TakeHandover(act)), found("li"));
                    let has_it = phones[who].has_it;
                    if !has_it {
                        phones.iter_mut().enumerate().filter(|(other, _)| *other != who).for_each(|(_, phone)| phone.arriving = false);
                    }
                    if arrives {
                        phones[who] = Phone { cookie: Some(next), has_it, arriving: !has_it };
                    }
                }
                (5, _) if arrives => {
                    stage.restart();
                    code = None;
                    phones.iter_mut().for_each(|phone| phone.arriving = false);
                }
                _ => stage.pass(1_000),
            }
            let holders = phones.iter().filter(|phone| phone.cookie.as_ref().is_some_and(|cookie| stage.hall.visit_by_token(&token(cookie)).is_some()));
            prop_assert_eq!(holders.count(), 1, "the first phone until the answer has arrived");
        }
        let holder = phones.iter().find(|phone| phone.has_it).and_then(|phone| phone.cookie.clone());
        prop_assert_eq!(resume(&mut stage, &holder.expect("one has it"), "last"), found("li"));
        prop_assert!(stage.archive.audits.iter().all(|audit| audit == "moved_to_another_phone"));
    }
}
