//! Keys, tokens, limits: what is asked twice, or by the wrong one.

use yunyiban_protocol::{ChatBody, Presence, RequestKey, Sensitive, Timestamp, VisitId, WindowId, Work};

use super::people::{Stage, rules, sealed, staff_of};
use super::script::check;
use crate::{Act, CitizenAct, Done, HallRules, Heard, Input, Refusal, StaffAct, Tell, TokenHash};

pub(super) fn token(text: &str) -> TokenHash {
    TokenHash::new(text)
}

pub(super) fn resume(stage: &mut Stage, brought: &str, next: &str) -> Result<Done, Refusal> {
    stage.act(Act::Resume {
        token: token(brought),
        next: token(next),
    })
}

/// A page signs in with the ticket that came with a token.
pub(super) fn signs_in(stage: &mut Stage, name: &str, with: &str) -> Result<Done, Refusal> {
    let (visit, token) = (VisitId::new(name), token(with));
    stage.act(Act::Heard(Heard::CitizenSignedIn { visit, token }))
}

pub(super) fn found(name: &str) -> Result<Done, Refusal> {
    Ok(Done::Visit {
        visit: VisitId::new(name),
        resumed: true,
    })
}

#[test]
fn a_second_scan_finds_the_same_visit() {
    // Q1, E2
    let mut stage = Stage::new(rules());
    stage.take("li");
    assert_eq!(stage.try_to_take("li again", Some("token of li")), found("li"));
    assert_eq!(stage.archive.visits.len(), 1);
    assert_eq!(stage.hall.card(stage.now).busyness.waiting, 1);
}

#[test]
fn a_repeated_request_gives_the_same_number_and_a_working_token() {
    let mut stage = Stage::new(rules());
    let key = Some(RequestKey::new("the-same-key"));
    let first = stage.handle(Input {
        key: key.clone(),
        act: Act::TakeNumber(stage.take_act("li", None)),
    });
    let again = stage.handle(Input {
        key,
        act: Act::TakeNumber(stage.take_act("li, repeated", None)),
    });
    assert_eq!(
        first,
        Ok(Done::Visit {
            visit: VisitId::new("li"),
            resumed: false
        })
    );
    assert_eq!(again, first);
    assert_eq!(stage.archive.visits.len(), 1);
    assert_eq!(resume(&mut stage, "token of li, repeated", "next"), found("li"));
}

#[test]
fn a_clock_set_back_makes_no_newer_reply_older_than_those_before_it() {
    // I18, F20: of one person so many replies are kept, the newest.
    let mut stage = Stage::new(rules());
    stage.take("li");
    let say = |number: u32| Input {
        key: Some(RequestKey::new(format!("line-{number:04}"))),
        act: Act::Citizen {
            visit: VisitId::new("li"),
            act: CitizenAct::Say(sealed(ChatBody::Text {
                text: Sensitive::new("请问".into()),
            })),
        },
    };
    (1..=300).for_each(|number| drop(stage.handle(say(number)).unwrap()));
    stage.now = Timestamp::from_millis(stage.now.as_millis() - 3_600_000);
    stage.restart();
    let last = stage.handle(say(301));
    stage.restart();
    assert_eq!(stage.handle(say(301)), last, "the line is not said twice");
}

#[test]
fn a_key_works_once_across_a_restart_and_only_for_who_drew_it() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    stage.take("wu");
    let key = Some(RequestKey::new("the-same-key"));
    let leave = |name: &str| Act::Citizen {
        visit: VisitId::new(name),
        act: CitizenAct::Leave,
    };
    assert_eq!(
        stage.handle(Input {
            key: key.clone(),
            act: leave("li")
        }),
        Ok(Done::Nothing)
    );
    let events = stage.archive.events.len();
    stage.restart();
    assert_eq!(
        stage.handle(Input {
            key: key.clone(),
            act: leave("li")
        }),
        Ok(Done::Nothing)
    );
    assert_eq!(stage.archive.events.len(), events);
    assert_eq!(stage.handle(Input { key, act: leave("wu") }), Ok(Done::Nothing));
    assert_eq!(stage.state("wu"), "closed");
}

#[test]
fn a_key_must_have_its_shape() {
    let mut stage = Stage::new(rules());
    let act = Act::TakeNumber(stage.take_act("li", None));
    assert_eq!(
        stage.handle(Input {
            key: Some(RequestKey::new("short")),
            act
        }),
        Err(Refusal::BadKey)
    );
}

#[test]
fn li_nainai_keeps_her_number_however_often_the_reply_is_lost() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    for reload in 0..100 {
        let lost = format!("lost {reload}");
        assert_eq!(resume(&mut stage, "token of li", &lost), found("li"));
    }
    stage.restart();
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    assert_eq!(resume(&mut stage, "second", "third"), found("li"));
    assert_eq!(stage.archive.audits, [""; 0]);
}

#[test]
fn of_two_pages_opened_at_once_either_may_be_answered_last() {
    for (kept, restarts) in [
        ("of the first page", false),
        ("of the second page", false),
        ("of the first page", true),
        ("of the second page", true),
    ] {
        let mut stage = Stage::new(rules());
        stage.take("li");
        assert_eq!(resume(&mut stage, "token of li", "of the first page"), found("li"));
        assert_eq!(resume(&mut stage, "token of li", "of the second page"), found("li"));
        if restarts {
            stage.restart();
        }
        assert_eq!(stage.hall.visit_by_token(&token(kept)), Some(&VisitId::new("li")));
        assert_eq!(resume(&mut stage, kept, "next"), found("li"), "the phone kept the token {kept}");
        assert_eq!(resume(&mut stage, "next", "after next"), found("li"));
    }
}

#[test]
fn a_reply_that_arrives_after_a_newer_one_was_brought_ends_nothing() {
    for restarts in [false, true] {
        let mut stage = Stage::new(rules());
        stage.take("li");
        assert_eq!(resume(&mut stage, "token of li", "late"), found("li"));
        stage.now = stage.now.plus(15_000);
        assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
        stage.now = stage.now.plus(15_000);
        assert_eq!(resume(&mut stage, "second", "third"), found("li"));
        if restarts {
            stage.restart();
        }
        stage.now = stage.now.plus(20 * 60_000);
        assert_eq!(resume(&mut stage, "late", "fourth"), found("li"), "it lay in the cookie for long");
        assert_eq!(
            resume(&mut stage, "third", "thief's"),
            Err(Refusal::TokenReused),
            "it cannot be in the same cookie"
        );
    }
}

#[test]
fn a_phone_that_has_either_of_two_answers_finds_its_visit_after_a_restart() {
    for kept in ["token of li", "token of li, again", "of the first page", "of the second page"] {
        let mut stage = Stage::new(rules());
        let key = Some(RequestKey::new("a-hasty-finger"));
        for name in ["li", "li, again"] {
            let act = Act::TakeNumber(stage.take_act(name, None));
            stage.handle(Input { key: key.clone(), act }).unwrap();
        }
        if kept.starts_with("of") {
            assert_eq!(resume(&mut stage, "token of li", "of the first page"), found("li"));
            assert_eq!(resume(&mut stage, "token of li", "of the second page"), found("li"));
        }
        stage.restart();
        assert_eq!(resume(&mut stage, kept, "next"), found("li"), "the phone kept the token {kept}");
        stage.restart();
        assert_eq!(resume(&mut stage, "next", "after next"), found("li"));
    }
}

#[test]
fn a_thief_who_copied_the_cookie_is_found_out_whoever_returns_first() {
    const HOUR_MS: u32 = 3_600_000;
    for first in ["thief", "li"] {
        let second = if first == "li" { "thief" } else { "li" };
        let mut stage = Stage::new(rules());
        stage.take("li");
        assert_eq!(resume(&mut stage, "token of li", &format!("of {first}")), found("li"));
        stage.now = stage.now.plus(HOUR_MS);
        assert_eq!(
            resume(&mut stage, "token of li", &format!("of {second}")),
            found("li"),
            "like a lost reply"
        );
        assert_eq!(resume(&mut stage, &format!("of {first}"), "more"), Err(Refusal::TokenReused));
        assert_eq!(
            resume(&mut stage, &format!("of {second}"), "more"),
            Err(Refusal::TokenReused),
            "over for both"
        );
        assert_eq!(stage.archive.audits, ["token_reused"]);
    }
}

#[test]
fn a_thief_who_returns_within_the_same_minute_is_found_out_at_the_next_return() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    assert_eq!(resume(&mut stage, "token of li", "thief's"), found("li"));
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    assert_eq!(resume(&mut stage, "thief's", "thief's next"), found("li"), "a reply may be that late");
    stage.now = stage.now.plus(61_000);
    assert_eq!(resume(&mut stage, "second", "third"), found("li"));
    assert_eq!(resume(&mut stage, "thief's next", "more"), Err(Refusal::TokenReused));
}

#[test]
fn tokens_of_one_visit_take_bounded_room() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    let mut brought = "token of li".to_owned();
    for number in 0..500 {
        let next = format!("token {number}");
        assert_eq!(resume(&mut stage, &brought, &next), found("li"));
        brought = next;
    }
    assert!(stage.hall.tokens.len() < 100, "{}", stage.hall.tokens.len());
    assert_eq!(
        resume(&mut stage, "token of li", "thief's"),
        Err(Refusal::VisitUnknown),
        "too old to be known"
    );
    assert_eq!(resume(&mut stage, "token 490", "thief's"), Err(Refusal::TokenReused));
}

#[test]
fn an_old_token_ends_the_session_and_is_audited() {
    // T03
    for old in ["token of li", "second"] {
        let mut stage = Stage::new(rules());
        stage.take("li");
        assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
        stage.now = stage.now.plus(61_000);
        assert_eq!(resume(&mut stage, "token of li", "third"), found("li"));
        assert_eq!(
            resume(&mut stage, "third", "fourth"),
            found("li"),
            "the third arrived, and the second can no longer"
        );
        assert_eq!(stage.hall.visit_by_token(&token(old)), None);
        assert_eq!(resume(&mut stage, old, "thief's"), Err(Refusal::TokenReused));
        assert_eq!(stage.archive.audits, ["token_reused"]);
        assert_eq!(resume(&mut stage, "fourth", "fifth"), Err(Refusal::TokenReused));
        assert_eq!(stage.archive.audits.len(), 1, "ended once");
        stage.restart();
        assert_eq!(resume(&mut stage, "fourth", "fifth"), Err(Refusal::VisitUnknown));
        let again = stage.try_to_take("li again", Some("fourth"));
        assert_eq!(
            again,
            Ok(Done::Visit {
                visit: VisitId::new("li again"),
                resumed: false
            }),
            "a person locked out may begin anew"
        );
    }
}

#[test]
fn nothing_given_before_brings_back_a_session_that_was_ended() {
    // T03: neither a key nor a page that still speaks.
    let mut stage = Stage::new(rules());
    let key = Some(RequestKey::new("the-same-key"));
    let take = Act::TakeNumber(stage.take_act("li", None));
    stage.handle(Input { key: key.clone(), act: take }).expect("the hall is open");
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    assert_eq!(resume(&mut stage, "second", "third"), found("li"));
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));

    let repeated = Act::TakeNumber(stage.take_act("li, repeated", None));
    assert_eq!(stage.handle(Input { key, act: repeated }), Err(Refusal::TokenReused));
    assert_eq!(stage.hall.visit_by_token(&token("token of li, repeated")), None);
    assert_eq!(stage.citizen("li", CitizenAct::Leave), Err(Refusal::TokenReused));
    stage.restart();
    assert!(stage.hall.session_ended(&VisitId::new("li")));
    assert_eq!(stage.citizen("li", CitizenAct::Leave), Err(Refusal::TokenReused));
}

#[test]
fn a_session_that_is_ended_ends_its_talk() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    let li = VisitId::new("li");
    assert!(stage.hall.call_rights(&li).open);
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    assert_eq!(resume(&mut stage, "second", "third"), found("li"));
    stage.told.clear();
    assert_eq!(resume(&mut stage, "token of li", "thief's"), Err(Refusal::TokenReused));
    let rights = stage.hall.call_rights(&li);
    assert!(!rights.open && !rights.warm);
    assert!(stage.told.contains(&Tell::Rights(li)));
}

#[test]
fn a_closed_visit_is_found_for_its_slip_but_a_new_number_is_new() {
    let mut stage = check(
        "li takes; w3 accepts li; li accepts; w3 hangs up",
        "waiting > ringing > connecting > serving > closed",
    );
    assert_eq!(resume(&mut stage, "token of li", "second"), found("li"));
    let again = stage.try_to_take("li again", Some("second"));
    assert_eq!(
        again,
        Ok(Done::Visit {
            visit: VisitId::new("li again"),
            resumed: false
        })
    );
    assert_eq!(stage.archive.visits[&VisitId::new("li again")].earlier_visits, 1);
}

#[test]
fn a_hall_says_why_it_takes_nobody() {
    let closed = HallRules {
        always_open: false,
        ..rules()
    };
    assert_eq!(Stage::new(closed).try_to_take("li", None), Err(Refusal::HallClosed));
    let mut full = Stage::new(HallRules {
        max_live_visits: 1,
        ..rules()
    });
    full.take("li");
    assert_eq!(full.try_to_take("wu", None), Err(Refusal::HallFull));
    full.citizen("li", CitizenAct::Leave).expect("li waits");
    assert!(full.try_to_take("wu", None).is_ok());

    let mut stage = Stage::new(rules());
    let mut take = stage.take_act("li", None);
    take.notice_version = "2019-01".into();
    assert_eq!(stage.act(Act::TakeNumber(take)), Err(Refusal::NoticeOutdated));
    let mut take = stage.take_act("li", None);
    take.item = Some(yunyiban_protocol::ItemCode::new("unknown"));
    assert_eq!(stage.act(Act::TakeNumber(take)), Err(Refusal::ItemUnknown));
}

#[test]
fn ten_thousand_takes_with_one_token_are_one_number() {
    // T10; a hundred here say the same as ten thousand.
    let mut stage = Stage::new(rules());
    stage.take("li");
    let mut brought = "token of li".to_owned();
    for number in 0..100 {
        let name = format!("again {number}");
        assert_eq!(stage.try_to_take(&name, Some(&brought)), found("li"));
        brought = format!("token of {name}");
    }
    assert_eq!(stage.archive.visits.len(), 1);
}

#[test]
fn numbers_begin_anew_each_day_and_yesterday_is_forgotten() {
    let mut stage = check("li takes; li leaves; wu takes", "waiting > ringing > closed");
    stage.now = stage.now.plus(24 * 60 * 60 * 1_000);
    stage.take("gao");
    assert_eq!(stage.archive.visits[&VisitId::new("gao")].number, "A1");
    assert_eq!(stage.hall.visit_view(&VisitId::new("li"), stage.now), None);
    assert!(stage.hall.visit_view(&VisitId::new("wu"), stage.now).is_some(), "who still lives is kept");
}

#[test]
fn a_second_tap_within_a_second_changes_nothing() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    assert_eq!(stage.here("li"), Ok(Done::Nothing));
    let events = stage.archive.events.len();
    for _ in 0..50 {
        stage.now = stage.now.plus(19);
        assert_eq!(stage.here("li"), Ok(Done::Nothing));
    }
    assert_eq!(stage.archive.events.len(), events);
    stage.now = stage.now.plus(50);
    assert_eq!(stage.here("li"), Ok(Done::Nothing));
    assert_eq!(stage.archive.events.len(), events + 1, "a second later it counts again");
}

#[test]
fn a_visit_has_room_for_so_many_lines_of_chat() {
    let mut stage = Stage::new(HallRules {
        max_chat_lines: 3,
        ..rules()
    });
    stage.take("li");
    stage.take("wu");
    let line = || {
        CitizenAct::Say(sealed(ChatBody::Text {
            text: Sensitive::new("您好".into()),
        }))
    };
    for number in ["1", "2", "3"] {
        assert_eq!(stage.citizen("li", line()), Ok(Done::Value { text: number.into() }));
    }
    assert_eq!(stage.citizen("li", line()), Err(Refusal::TooManyLines));
    assert!(stage.citizen("wu", line()).is_ok(), "each visit has its own");
    stage.restart();
    assert_eq!(stage.citizen("li", line()), Err(Refusal::TooManyLines));
}

#[test]
fn name_and_telephone_are_changed_twenty_times_at_most() {
    let mut stage = Stage::new(rules());
    stage.take("li");
    for _ in 0..20 {
        assert_eq!(stage.leave_contact("li", "13812345678"), Ok(Done::Nothing));
    }
    stage.restart();
    assert_eq!(stage.leave_contact("li", "13900000000"), Err(Refusal::TooMany));
    let phone = stage.hall.phone(&VisitId::new("li"));
    assert_eq!(phone.as_ref().map(|phone| phone.reveal().as_str()), Some("13812345678"));
}

#[test]
fn who_asks_again_by_the_same_key_is_heard() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    let key = Some(RequestKey::new("the-same-key"));
    let act = Act::Staff {
        staff: staff_of("3"),
        act: StaffAct::Presence {
            presence: Presence::Available {},
            note: None,
        },
    };
    let ask = |stage: &mut Stage| {
        stage.handle(Input {
            key: key.clone(),
            act: act.clone(),
        })
    };
    ask(&mut stage).unwrap();
    stage.falls_silent("3");
    stage.pass(14_000);
    ask(&mut stage).unwrap();
    stage.pass(14_000);
    let work = |stage: &Stage| stage.hall.window(&WindowId::new("3")).map(|window| window.work);
    assert_eq!(work(&stage), Some(Work::Idle {}), "the window lived 14 seconds ago");
    stage.pass(2_000);
    assert!(matches!(work(&stage), Some(Work::Suspect { .. })));
}
