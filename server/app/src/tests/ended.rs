//! A session that is ended ends everything at once, whatever was given before (T03, T04).

use yunyiban_core::Refusal;
use yunyiban_protocol::{ClientMessage, RequestKey, SessionRequest, VisitRequest};

use super::serving::{Talk, offer, status, talk};
use super::stage::{Stage, refused, settle, xinqu};

#[tokio::test]
async fn a_ticket_drawn_with_a_copied_cookie_opens_nothing_once_the_session_is_ended() {
    let stage = Stage::open().await;
    let (_page, _, copied) = stage.li_nainai().await;
    let (kept, fresh) = stage.house.resume(&xinqu(), copied.clone()).await.unwrap();
    stage.house.resume(&xinqu(), fresh).await.unwrap();
    assert_eq!(refused(stage.house.resume(&xinqu(), copied.clone()).await), "token_reused");
    assert_eq!(refused(stage.house.connect(&kept.ticket, 1, None).await.map(drop)), "token_reused");
}

#[tokio::test]
async fn a_cookie_copied_from_an_earlier_visit_opens_nothing_a_minute_after_the_page_of_the_next_has_signed_in() {
    let stage = Stage::open().await;
    let (mut page, first, copied) = stage.li_nainai().await;
    let key = RequestKey::new("li_nainai_leaves");
    page.ask(ClientMessage::Visit(VisitRequest::Leave { key })).await;
    let (lost, _) = stage.take_number("li_nainai_again", Some(copied.clone())).await.unwrap();
    let (taken, fresh) = stage.take_number("li_nainai_scans", Some(copied.clone())).await.unwrap();
    assert!(
        lost.visit.id == taken.visit.id && taken.visit.id != first.visit.id,
        "a lost answer loses no number"
    );

    stage.connect(&taken.ticket).await;
    // So long the request of another tab, sent before the answer arrived, may be under way.
    stage.clock.advance(60_000);

    assert_eq!(refused(stage.house.resume(&xinqu(), copied).await), "token_reused");
    assert_eq!(refused(stage.house.resume(&xinqu(), fresh).await), "token_reused", "it is over for both");
}

/// A talk whose sides both have a connection to the relay.
pub(super) async fn heard_talk() -> Talk {
    let talk = talk().await;
    talk.li_nainai.link.handle(offer()).await;
    talk.chen_laoshi.link.handle(offer()).await;
    settle().await;
    assert_eq!(
        talk.stage.relay.take_log().last().map(String::as_str),
        Some(&*format!("gate {} 1 2", talk.visit))
    );
    talk
}

#[tokio::test]
async fn a_disabled_person_is_not_heard_any_more_and_the_citizen_is_led_on() {
    let mut talk = heard_talk().await;
    let (wang_zhuren, _) = talk.stage.signed_in("wang_zhuren").await;
    talk.stage.house.disable(&wang_zhuren, &talk.session.staff).await.unwrap();
    status(&mut talk.li_nainai, "dropped").await;
    settle().await;
    assert!(
        talk.stage.relay.take_log().contains(&format!("gate {}", talk.visit)),
        "no time has passed"
    );
    // What the page of that window still says brings nothing back.
    talk.chen_laoshi
        .link
        .handle(ClientMessage::Session(SessionRequest::Ping { visible: true }))
        .await;
    settle().await;
    assert!(talk.stage.relay.take_log().is_empty());
}

#[tokio::test]
async fn whoever_copied_the_cookie_is_not_heard_once_the_session_is_ended() {
    let talk = heard_talk().await;
    let house = &talk.stage.house;
    let copied = talk.cookie.clone();
    let (_, fresh) = house.resume(&xinqu(), copied.clone()).await.unwrap();
    house.resume(&xinqu(), fresh).await.unwrap();
    assert_eq!(refused(house.resume(&xinqu(), copied.clone()).await), Refusal::TokenReused.code());
    settle().await;
    let log = talk.stage.relay.take_log();
    assert!(
        log.contains(&format!("gate {}", talk.visit)) && log.contains(&"close 1".to_owned()),
        "{log:?}"
    );
}
