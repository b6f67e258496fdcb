//! 「别的大厅现在有人接待」: whoever finds 新区 closed or slow reads of 老城, where somebody is at a window (DOMAIN 3.5).

use std::time::Duration;

use tokio::time::timeout;
use yunyiban_core::HallRules;
use yunyiban_protocol::http::SisterHalls;
use yunyiban_protocol::{ClientMessage, HallCard, HallId, ServerMessage, SessionNotice, SessionRequest};

use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::{TestHall, TestStaff};

async fn sisters_for(hall: &TestHall, item: &str) -> Vec<String> {
    let path = format!("/api/halls/xinqu/sisters?item={item}");
    let answer: SisterHalls = Browser::new(hall.address()).get(&path).await.json();
    answer.halls.into_iter().map(|sister| sister.id.to_string()).collect()
}

async fn sisters(hall: &TestHall) -> Vec<String> {
    sisters_for(hall, "").await
}

/// What one was told is good for others for a moment.
async fn until_sisters_are(hall: &TestHall, wanted: &[&str]) {
    let seen = async { while sisters(hall).await != wanted {} };
    timeout(Duration::from_secs(10), seen).await.expect("they are told anew");
}

/// 周老师 is at a window of 老城, and her page has been heard there.
async fn zhou_is_at_a_window(hall: &TestHall) -> TestStaff {
    let mut zhou_laoshi = TestStaff::signs_in(hall, "zhou_laoshi").await;
    zhou_laoshi.opens_window("1").await;
    zhou_laoshi
        .page
        .say(&ClientMessage::Session(SessionRequest::Ping { visible: true }))
        .await;
    while !matches!(zhou_laoshi.page.hear().await, Some(ServerMessage::Session(SessionNotice::Pong { .. }))) {}
    zhou_laoshi
}

async fn told(hall: &TestHall, path: &str) -> Option<u32> {
    let card: HallCard = Browser::new(hall.address()).get(path).await.json();
    card.sisters
}

#[tokio::test]
async fn a_sister_hall_is_named_once_somebody_is_at_a_window_there() {
    let rules = HallRules {
        hands_on_to: vec![HallId::new("laocheng")],
        ..always_open()
    };
    let hall = TestHall::open_beside(rules, always_open()).await;
    assert_eq!(told(&hall, "/api/halls/xinqu").await, Some(1));
    assert_eq!(told(&hall, "/api/halls/laocheng").await, None, "it hands on to nobody");
    assert_eq!(sisters(&hall).await, Vec::<String>::new(), "nobody is there who could help");
    let _zhou_laoshi = zhou_is_at_a_window(&hall).await;
    until_sisters_are(&hall, &["laocheng"]).await;
    assert_eq!(sisters_for(&hall, &hall.first_item()).await, ["laocheng"], "it handles this too");
    assert_eq!(sisters_for(&hall, "11370000MB28500000000000000000000").await, Vec::<String>::new());
    let unknown = Browser::new(hall.address()).get("/api/halls/nirgends/sisters").await;
    assert_eq!(unknown.code(), "hall_unknown");
}

#[tokio::test]
async fn a_sister_hall_that_is_closed_is_not_named() {
    let rules = HallRules {
        hands_on_to: vec![HallId::new("laocheng")],
        ..always_open()
    };
    let closed = HallRules {
        always_open: false,
        hours: Vec::new(),
        ..always_open()
    };
    let hall = TestHall::open_beside(rules, closed).await;
    let _zhou_laoshi = zhou_is_at_a_window(&hall).await;
    assert_eq!(sisters(&hall).await, Vec::<String>::new());
}
