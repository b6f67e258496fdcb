//! One person, two phones, one visit (E12).

use proptest::prelude::*;
use yunyiban_protocol::{RequestKey, VisitId, WindowId};

use super::people::{Stage, rules};
use super::repeat::{found, resume, token};
use crate::{Act, CitizenAct, Done, HANDOVER_MS, Refusal, StaffAct, TakeHandoverAct, Tell, TokenHash};

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
    assert_eq!(stage.hall.place(&VisitId::new("li")), before);
    assert!(stage.told.contains(&Tell::Moved(VisitId::new("li"))));
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
    assert_eq!(stage.hall.visit_by_token(&token("token of li")), None);
    assert!(stage.hall.was_handed_over(&token("token of li")));

    for _ in 0..3 {
        assert_eq!(resume(&mut stage, "token of li", "never given"), Err(Refusal::HandedOver));
        assert_eq!(stage.try_to_take("li again", Some("token of li")), Err(Refusal::HandedOver));
        assert_eq!(offer(&mut stage, "token of li", OTHER_CODE), Err(Refusal::HandedOver));
    }
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"], "an honest return is no theft");
    assert_eq!(resume(&mut stage, "second phone", "next"), found("li"));
}

#[test]
fn the_first_phone_takes_its_visit_back_by_the_same_way() {
    let mut stage = li_with_code();
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    assert_eq!(offer(&mut stage, "second phone", OTHER_CODE), Ok(Done::Nothing));
    assert_eq!(brings(&mut stage, OTHER_CODE, Some("token of li"), "first phone"), found("li"));
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
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
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
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn a_code_is_good_once_for_ten_minutes_and_only_the_newest() {
    let mut stage = li_with_code();
    stage.now = stage.now.plus(HANDOVER_MS - 1);
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
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
    assert_eq!(stage.archive.audits, ["moved_to_another_phone"]);
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
    assert_eq!(brings(&mut stage, CODE, None, "second phone"), found("li"));
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

/// What a phone has in its cookie, and whether the visit is on it.
#[derive(Clone, Default)]
struct Phone {
    cookie: Option<String>,
    has_it: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// I20: whatever three phones do, the visit is on one of them: that one comes back to it, each of the others is told where it
    /// is or finds nothing, and nobody is taken for a thief.
    #[test]
    fn one_visit_is_on_one_phone(steps in prop::collection::vec((0u8..5, 0usize..3, any::<bool>()), 1..60)) {
        let mut stage = Stage::new(rules());
        stage.take("li");
        let mut phones = vec![Phone::default(); 3];
        phones[0] = Phone { cookie: Some("token of li".into()), has_it: true };
        let mut code = None;
        for (number, (what, who, arrives)) in steps.into_iter().enumerate() {
            let cookie = phones[who].cookie.clone();
            let next = format!("token {number}");
            match (what, cookie) {
                (0 | 1, Some(cookie)) => {
                    let came = resume(&mut stage, &cookie, &next);
                    prop_assert_eq!(came.is_ok(), phones[who].has_it, "{:?}", came);
                    if came.is_ok() && arrives {
                        phones[who].cookie = Some(next);
                    }
                }
                (2, Some(cookie)) => {
                    let drawn = format!("code {number}");
                    let offered = offer(&mut stage, &cookie, &drawn);
                    prop_assert_eq!(offered.is_ok(), phones[who].has_it, "{:?}", offered);
                    code = offered.is_ok().then_some(drawn).or(code);
                }
                (3, cookie) => {
                    let Some(drawn) = code.clone() else { continue };
                    let moved = brings(&mut stage, &drawn, cookie.as_deref(), &next);
                    prop_assert_eq!(moved, found("li"));
                    if !phones[who].has_it {
                        code = None;
                        phones.iter_mut().for_each(|phone| phone.has_it = false);
                    }
                    phones[who] = Phone { cookie: Some(next), has_it: true };
                }
                _ => stage.pass(1_000),
            }
            let holders = phones.iter().filter(|phone| phone.cookie.as_ref().is_some_and(|cookie| stage.hall.visit_by_token(&token(cookie)).is_some()));
            prop_assert_eq!(holders.count(), 1);
        }
        prop_assert!(stage.archive.audits.iter().all(|audit| audit == "moved_to_another_phone"));
    }
}
