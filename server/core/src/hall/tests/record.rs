//! Contact, chat, shares, record.

use yunyiban_protocol::{BulkId, CallMode, ChatBody, Outcome, RequestKey, Sensitive, ShareKind, VisitId, VisitStatus, WindowId};

use super::people::{Stage, rules, sealed, staff_of};
use super::script::{check, play};
use crate::{Act, CitizenAct, Done, HallRules, Input, Refusal, Row, StaffAct, Tell};

const TALK: &str = "li takes; w3 accepts li; li accepts";
const TALKED: &str = "waiting > ringing > connecting > serving";

fn text(words: &str) -> crate::Sealed<ChatBody> {
    sealed(ChatBody::Text {
        text: Sensitive::new(words.into()),
    })
}

fn li() -> VisitId {
    VisitId::new("li")
}

#[test]
fn the_telephone_is_shown_to_the_own_window_alone_and_audited() {
    let mut stage = check(TALK, TALKED);
    assert_eq!(stage.staff("3", StaffAct::RevealPhone), Err(Refusal::NoPhone));
    assert_eq!(stage.leave_contact("li", "1381234567"), Err(Refusal::BadPhone));
    stage.leave_contact("li", "13812345678").expect("a good number");
    let masked = stage
        .hall
        .served(&WindowId::new("3"), stage.now)
        .and_then(|served| served.contact.phone)
        .map(Sensitive::into_revealed);
    assert_eq!(masked.as_deref(), Some("138****5678"));
    assert_eq!(stage.staff("3", StaffAct::RevealPhone), Ok(Done::Phone));
    assert_eq!(stage.archive.audits, ["reveal_phone"]);
    stage.open("1");
    assert_eq!(stage.staff("1", StaffAct::RevealPhone), Err(Refusal::NotNow));
    assert_eq!(stage.hall.phone(&li()).map(Sensitive::into_revealed).as_deref(), Some("13812345678"));
}

#[test]
fn a_repeated_reveal_gives_nobody_the_telephone_of_the_next_citizen() {
    let mut stage = check(TALK, TALKED);
    stage.leave_contact("li", "13812345678").expect("a good number");
    let reveal = |stage: &mut Stage| {
        stage.handle(Input {
            key: Some(RequestKey::new("reveal-once")),
            act: Act::Staff {
                staff: staff_of("3"),
                act: StaffAct::RevealPhone,
            },
        })
    };
    assert_eq!((reveal(&mut stage), reveal(&mut stage)), (Ok(Done::Phone), Ok(Done::Phone)));
    assert_eq!(stage.archive.audits, ["reveal_phone"; 2], "each look is audited");
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    stage.save("3", "li").expect("her record");
    stage.staff("3", StaffAct::Finish).expect("it is saved");
    stage.take("wu");
    stage.leave_contact("wu", "13987654321").expect("a good number");
    assert_eq!(stage.state("wu"), "ringing");
    assert_eq!(reveal(&mut stage), Err(Refusal::NotNow));
}

#[test]
fn a_line_of_chat_is_numbered_and_kept_until_it_is_told() {
    let mut stage = check(TALK, TALKED);
    assert_eq!(stage.citizen("li", CitizenAct::Say(text("您好"))), Ok(Done::Value { text: "1".into() }));
    assert_eq!(stage.staff("3", StaffAct::Say(text("请讲"))), Ok(Done::Value { text: "2".into() }));
    assert!(stage.told.contains(&Tell::Chat(li(), 2)));
    assert!(stage.hall.fresh_line(&li(), 2).is_some());
    stage.drain();
    assert_eq!(stage.hall.fresh_line(&li(), 2), None);
    for bad in ["", " \n ", &"长".repeat(501), "a\u{202E}b"] {
        assert_eq!(stage.citizen("li", CitizenAct::Say(text(bad))), Err(Refusal::BadText));
    }
}

#[test]
fn a_window_that_is_only_rung_may_not_write_yet() {
    let mut stage = check("li takes", "waiting > ringing");
    assert_eq!(stage.staff("3", StaffAct::Say(text("请讲"))), Err(Refusal::NotNow));
    assert_eq!(
        stage.citizen("li", CitizenAct::Say(text("我先写下问题"))),
        Ok(Done::Value { text: "1".into() })
    );
}

#[test]
fn pictures_have_a_limit() {
    let mut stage = Stage::new(HallRules { max_pictures: 1, ..rules() });
    stage.take("li");
    assert_eq!(stage.citizen("li", CitizenAct::Upload(BulkId::new("one"))), Ok(Done::Nothing));
    assert_eq!(stage.citizen("li", CitizenAct::Upload(BulkId::new("two"))), Err(Refusal::TooManyPictures));
}

#[test]
fn a_share_needs_a_talk_and_ends_with_it() {
    let mut stage = check("li takes; w3 accepts li", "waiting > ringing > connecting");
    assert_eq!(stage.staff("3", StaffAct::StartShare(ShareKind::Screen)), Err(Refusal::NotNow));
    stage.citizen("li", CitizenAct::Accept).expect("the window has accepted");
    stage.staff("3", StaffAct::StartShare(ShareKind::Screen)).expect("they talk");
    stage.staff("3", StaffAct::StartShare(ShareKind::Screen)).expect("twice is once");
    let shares = |stage: &Stage| stage.hall.visit_view(&li(), stage.now).map(|view| view.shares.len());
    assert_eq!(shares(&stage), Some(1));
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    assert_eq!(shares(&stage), Some(0));
}

#[test]
fn either_side_goes_on_by_telephone_and_the_gate_shuts_meanwhile() {
    let mut stage = check(TALK, TALKED);
    assert!(stage.hall.call_rights(&li()).open);
    stage.staff("3", StaffAct::Mode(CallMode::Telephone)).expect("they talk");
    assert!(!stage.hall.call_rights(&li()).open);
    stage.citizen("li", CitizenAct::Mode(CallMode::Media)).expect("back to sound");
    assert!(stage.hall.call_rights(&li()).open);
    stage.citizen("li", CitizenAct::Mode(CallMode::Telephone)).expect("asks to be telephoned");
    assert!(!stage.hall.call_rights(&li()).open);
}

#[test]
fn a_record_is_saved_by_who_served_and_gets_versions() {
    let mut stage = check(TALK, TALKED);
    stage.open("1");
    assert_eq!(stage.save("1", "li"), Err(Refusal::NotAllowed));
    assert_eq!(
        stage.save("3", "li"),
        Ok(Done::Value {
            text: "20261123-0001".into()
        })
    );
    let slip = |stage: &Stage| stage.hall.visit_view(&li(), stage.now).and_then(|view| view.slip);
    assert_eq!(slip(&stage), None, "not before the end");
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    stage.staff("3", StaffAct::Finish).expect("the record stands");
    assert_eq!(slip(&stage).map(|slip| slip.staff_name).as_deref(), Some("陈老师"));
    assert_eq!(
        stage.save("3", "li"),
        Ok(Done::Value {
            text: "20261123-0001".into()
        }),
        "an earlier visit of the day"
    );
    stage.take("wu");
    stage.serve("1", "wu");
    assert!(
        stage
            .hall
            .visit_view(&VisitId::new("wu"), stage.now)
            .and_then(|view| view.slip)
            .is_some_and(|slip| slip.number == "20261123-0002")
    );
}

#[test]
fn after_a_transfer_the_record_is_the_other_windows_and_who_wrote_it_before_is_told_so() {
    let talk = "w1 opens; li takes; w1 accepts li; li accepts; w1 saves li; w2 opens";
    let mut stage = check(talk, TALKED);
    let writes = |stage: &Stage| ["1", "2", "3"].map(|window| stage.hall.may_write_record(&staff_of(window), &li()));
    assert_eq!(writes(&stage), [true, false, false]);
    play(&mut stage, "w1 transfers to w2", talk);
    assert_eq!(writes(&stage), [true, false, false], "it may come back");
    play(&mut stage, "w2 accepts li", talk);
    assert_eq!(writes(&stage), [false, true, false]);
    let saved = |stage: &mut Stage| ["1", "2", "3"].map(|window| stage.save(window, "li").err());
    assert_eq!(saved(&mut stage), [Some(Refusal::PassedOn), None, Some(Refusal::NotAllowed)]);
    play(&mut stage, "w2 hangs up", talk);
    play(&mut stage, "w2 finishes", talk);
    stage.restart();
    assert_eq!(saved(&mut stage), [Some(Refusal::PassedOn), None, Some(Refusal::NotAllowed)]);
    assert_eq!(writes(&stage), [false, true, false]);
    assert!(!stage.hall.may_write_record(&staff_of("2"), &VisitId::new("nobody")));
}

#[test]
fn who_gets_a_visit_back_writes_its_record_again() {
    let talk = "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w1 transfers to w2; w2 accepts li; w2 transfers to w1; w1 accepts li";
    let mut stage = check(talk, &format!("{TALKED} > transferring > serving > transferring > serving"));
    assert_eq!((stage.save("2", "li"), stage.save("1", "li").is_ok()), (Err(Refusal::PassedOn), true));
}

#[test]
fn a_visit_nobody_served_has_no_record() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert_eq!(stage.save("3", "li"), Err(Refusal::NotAllowed));
}

#[test]
fn an_end_is_told_to_both() {
    let mut stage = check(TALK, TALKED);
    stage.told.clear();
    stage.citizen("li", CitizenAct::HangUp).expect("they talk");
    assert!(stage.told.contains(&Tell::Ended(WindowId::new("3"), li(), Outcome::Served)));
    assert!(stage.told.contains(&Tell::Rights(li())));
    let view = stage.hall.visit_view(&li(), stage.now).map(|view| (view.status, view.may_rate));
    assert_eq!(
        view,
        Some((
            VisitStatus::Closed {
                outcome: Outcome::Served,
                at: stage.now
            },
            true
        ))
    );
}

#[test]
fn a_batch_that_swaps_two_visits_passes_the_guards_row_by_row() {
    let mut stage = Stage::with_windows(rules(), &["1", "2"]);
    stage.take("li");
    stage.take("wu");
    // Both rings are declined before anything is stored: each visit goes to the other's window.
    for (window, name) in [("1", "li"), ("2", "wu")] {
        let act = StaffAct::Decline(VisitId::new(name), yunyiban_protocol::DeclineReason::OtherMatter);
        let input = crate::Input {
            key: None,
            act: crate::Act::Staff {
                staff: super::people::staff_of(window),
                act,
            },
        };
        stage.hall.handle(input, stage.now).expect("it is rung");
    }
    let outputs = stage.drain();
    let rows = outputs.rows.iter().filter(|row| matches!(row, Row::Visit(_))).count();
    assert_eq!(rows, 4, "each once as it was in between, once as it is");
    assert_eq!(
        ["li", "wu"].map(|name| stage.archive.visits[&VisitId::new(name)].state.window().cloned()),
        ["2", "1"].map(|id| Some(WindowId::new(id)))
    );
}
