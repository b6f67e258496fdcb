//! One person, two phones: the code, the first phone's end, and who guesses (E12).

use std::net::{IpAddr, Ipv4Addr};

use yunyiban_protocol::http::TakeHandover;
use yunyiban_protocol::{ClientMessage, RequestKey, Sensitive, ServerMessage, SessionNotice, TakenNumber, VisitRequest, VisitStatus};

use super::archive::Fault;
use super::serving::offer;
use super::stage::{HOME, Page, Stage, refused, settle, xinqu};
use crate::outbox::Outgoing;
use crate::secret::Secret;
use crate::trouble::Trouble;

fn guest(number: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 1, number).into()
}

async fn brings(stage: &Stage, code: &str, cookie: Option<Secret>, from: IpAddr) -> Result<(TakenNumber, Secret), Trouble> {
    let wish = TakeHandover {
        key: RequestKey::new("the-other-phone"),
        code: Sensitive::new(code.into()),
        leave_own: false,
    };
    stage.house.take_handover(&xinqu(), wish, cookie, from).await
}

/// A code that nobody drew.
fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn the_first_phones_page_ends_truthfully_and_whatever_it_was_given_opens_nothing() {
    let stage = Stage::open().await;
    let (mut first, taken, cookie) = stage.li_nainai().await;
    let (kept, cookie) = stage.house.resume(&xinqu(), cookie).await.unwrap();
    let offered = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    assert!(offered.code.reveal().len() == 6 && offered.good_for_ms == 600_000);

    let (moved, fresh) = brings(&stage, offered.code.reveal(), None, HOME).await.unwrap();
    assert_eq!((&moved.visit.id, moved.resumed), (&taken.visit.id, true));
    let mut second = stage.connect(&moved.ticket).await;
    assert_eq!(last_word(&mut first).await, SessionNotice::Ended { code: "handed_over".into() });
    assert_eq!(refused(stage.house.connect(&kept.ticket, 2, None).await.map(drop)), "handed_over");
    assert_eq!(refused(stage.house.resume(&xinqu(), cookie.clone()).await), "handed_over");
    assert_eq!(refused(stage.house.offer_handover(&xinqu(), cookie).await.map(drop)), "handed_over");

    let key = RequestKey::new("second_phone_leaves");
    second.ask(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    assert_eq!(stage.house.resume(&xinqu(), fresh).await.unwrap().0.visit.id, taken.visit.id);
}

#[tokio::test]
async fn an_answer_that_never_arrives_ends_nothing_on_the_first_phone() {
    let stage = Stage::open().await;
    let (mut first, _, cookie) = stage.li_nainai().await;
    let offered = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    let (lost, _) = brings(&stage, offered.code.reveal(), None, HOME).await.unwrap();
    let again = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    assert_eq!(refused(stage.house.connect(&lost.ticket, 2, None).await.map(drop)), "visit_unknown");
    let key = RequestKey::new("li_nainai_is_here");
    let microphone = yunyiban_protocol::Microphone::Live;
    first.ask(ClientMessage::Visit(VisitRequest::Here { key, microphone })).await;

    let (moved, _) = brings(&stage, again.code.reveal(), None, HOME).await.unwrap();
    stage.connect(&moved.ticket).await;
    assert_eq!(last_word(&mut first).await, SessionNotice::Ended { code: "handed_over".into() });
}

#[tokio::test]
async fn what_the_first_phone_sent_before_it_heard_of_the_move_is_not_done_after_it() {
    let stage = Stage::open().await;
    let (first, _, cookie) = stage.li_nainai().await;
    let offered = stage.house.offer_handover(&xinqu(), cookie).await.unwrap();
    let (moved, fresh) = brings(&stage, offered.code.reveal(), None, HOME).await.unwrap();
    let key = RequestKey::new("li_nainai_leaves");
    let leave = ClientMessage::Visit(VisitRequest::Leave { key });
    tokio::join!(stage.connect(&moved.ticket), first.link.handle(leave));
    settle().await;
    let visit = stage.house.resume(&xinqu(), fresh).await.unwrap().0.visit;
    assert!(matches!(visit.status, VisitStatus::Waiting { .. }), "{:?}", visit.status);
}

#[tokio::test]
async fn where_the_archive_does_not_say_that_it_stored_the_move_the_first_phones_page_goes_and_asks() {
    let stage = Stage::open().await;
    let (mut first, taken, cookie) = stage.li_nainai().await;
    let offered = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    let (moved, fresh) = brings(&stage, offered.code.reveal(), None, HOME).await.unwrap();
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert!(stage.house.connect(&moved.ticket, 2, None).await.is_err());
    settle().await;
    // What it asked for would be done to a visit it has no cookie of.
    let key = RequestKey::new("li_nainai_leaves");
    first.link.handle(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    while let Some(Outgoing::Text(text)) = first.outbox.next().await {
        assert!(!text.contains("li_nainai_leaves"), "{text}");
    }
    assert_eq!(refused(stage.house.resume(&xinqu(), cookie).await), "visit_unknown");
    assert_eq!(stage.house.resume(&xinqu(), fresh).await.unwrap().0.visit.id, taken.visit.id);
}

#[tokio::test]
async fn a_warm_connection_of_the_first_phone_ends_with_the_move() {
    let stage = Stage::open().await;
    let (mut first, _, cookie) = stage.li_nainai().await;
    let key = RequestKey::new("li_nainai_is_here");
    let microphone = yunyiban_protocol::Microphone::Live;
    first.ask(ClientMessage::Visit(VisitRequest::Here { key, microphone })).await;
    settle().await;
    first.link.handle(offer()).await;
    settle().await;
    assert_eq!(stage.relay.take_log(), ["connect 1"]);

    let offered = stage.house.offer_handover(&xinqu(), cookie).await.unwrap();
    let (moved, _) = brings(&stage, offered.code.reveal(), None, HOME).await.unwrap();
    settle().await;
    assert_eq!(stage.relay.take_log(), [""; 0], "the first phone goes on");
    stage.connect(&moved.ticket).await;
    settle().await;
    assert_eq!(stage.relay.take_log(), ["close 1"]);
}

#[tokio::test]
async fn whoever_guesses_is_stopped_and_nobody_who_types_the_right_code_elsewhere() {
    let stage = Stage::open().await;
    let (_, _, cookie) = stage.li_nainai().await;
    let code = stage.house.offer_handover(&xinqu(), cookie).await.unwrap().code.into_revealed();
    for _ in 0..10 {
        assert_eq!(refused(brings(&stage, &wrong(&code), None, guest(1)).await), "code_wrong");
    }
    assert_eq!(refused(brings(&stage, &wrong(&code), None, guest(1)).await), "too_many");
    assert_eq!(
        refused(brings(&stage, &code, None, guest(1)).await),
        "too_many",
        "a right one says nothing more"
    );
    for number in 2..=11 {
        for _ in 0..9 {
            assert_eq!(refused(brings(&stage, &wrong(&code), None, guest(number)).await), "code_wrong");
        }
    }
    assert_eq!(refused(brings(&stage, &code, None, guest(2)).await), "too_many", "a hundred of the hall");
    assert!(
        brings(&stage, &code, None, guest(12)).await.is_ok(),
        "who was never wrong is not kept out"
    );
    stage.clock.advance(60_000);
    assert!(brings(&stage, &code, None, guest(2)).await.is_ok());
}

#[tokio::test]
async fn two_thousand_wrong_codes_are_all_a_hall_has_in_a_day() {
    let stage = Stage::open().await;
    for _ in 0..20 {
        for guess in 0..100 {
            assert_eq!(refused(brings(&stage, "402713", None, guest(guess % 10)).await), "code_wrong");
        }
        stage.clock.advance(60_000);
    }
    assert_eq!(refused(brings(&stage, "402713", None, guest(1)).await), "too_many");
    assert_eq!(refused(brings(&stage, "402713", None, guest(11)).await), "code_wrong");
    let (_, _, cookie) = stage.li_nainai().await;
    let code = stage.house.offer_handover(&xinqu(), cookie).await.unwrap().code;
    assert_eq!(refused(brings(&stage, code.reveal(), None, guest(11)).await), "too_many");
    assert!(brings(&stage, code.reveal(), None, guest(12)).await.is_ok());
    stage.clock.advance(86_400_000);
    assert_eq!(refused(brings(&stage, "402713", None, guest(1)).await), "code_wrong");
}

#[tokio::test]
async fn right_codes_of_one_address_are_not_counted() {
    let stage = Stage::open().await;
    let (_, _, mut cookie) = stage.li_nainai().await;
    for _ in 0..12 {
        let code = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap().code;
        let (moved, fresh) = brings(&stage, code.reveal(), None, HOME).await.unwrap();
        stage.connect(&moved.ticket).await;
        cookie = fresh;
        stage.clock.advance(2_000);
    }
}

#[tokio::test]
async fn a_visit_goes_from_phone_to_phone_no_oftener_than_it_may_come_back() {
    let stage = Stage::open().await;
    let (_, taken, cookie) = stage.li_nainai().await;
    for _ in 0..9 {
        stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap();
    }
    let code = stage.house.offer_handover(&xinqu(), cookie.clone()).await.unwrap().code.into_revealed();
    assert_eq!(refused(stage.house.offer_handover(&xinqu(), cookie.clone()).await.map(drop)), "too_many");
    for brought in [Some(cookie.clone()), None] {
        assert_eq!(refused(brings(&stage, &code, brought, HOME).await), "too_many");
    }
    stage.clock.advance(1_000);
    let (own, _) = brings(&stage, &code, Some(cookie.clone()), HOME).await.unwrap();
    assert_eq!(own.visit.id, taken.visit.id);
    assert_eq!(refused(brings(&stage, &code, Some(cookie), HOME).await), "too_many");
}

#[tokio::test]
async fn a_code_that_is_too_old_is_answered_like_a_wrong_one() {
    let stage = Stage::open().await;
    let (_, _, cookie) = stage.li_nainai().await;
    let code = stage.house.offer_handover(&xinqu(), cookie).await.unwrap().code;
    stage.clock.advance(600_000);
    assert_eq!(refused(brings(&stage, code.reveal(), None, HOME).await), "code_wrong");
}

/// What a page is told before its socket ends.
async fn last_word(page: &mut Page) -> SessionNotice {
    loop {
        if let ServerMessage::Session(notice) = page.next().await {
            return notice;
        }
    }
}
