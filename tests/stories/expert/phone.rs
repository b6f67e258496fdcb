//! What an expert tries with a phone: E1, E2.

use tokio::join;
use tokio::net::TcpListener;
use yunyiban_protocol::{Ahead, Sensitive, TakenNumber, VisitStatus, WaitOffer};

use super::house::{PEOPLE, at_window, causes, ends, events, made, open, orders, until_line, waits_until};
use crate::stories::notices::{SECRET, answer};
use crate::support::page::{done, fresh_key};
use crate::support::{TestCitizen, TestHall, citizen::ask_for_number};

/// People ahead, as the page shows them near the head.
fn ahead(citizen: &TestCitizen) -> Option<u32> {
    let (VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. }) = &citizen.visit.status else {
        return None;
    };
    let Ahead::Exact { count } = place.ahead else { return None };
    Some(count)
}

/// Two hundred times faster: the lease of a minute is 300 ms, the half hour a place is kept 9 s, and the twenty minutes are
/// six seconds, told by the page of somebody who begins to wait as the phone is locked: then its wait is a long one.
#[tokio::test]
async fn e1_a_phone_locked_for_twenty_minutes_in_line_keeps_its_place_and_is_rung_when_near() {
    let provider = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = provider.local_addr().unwrap();
    let fast = ["timers.citizen_lease_ms=300", "timers.away_keeps_ms=9000", "timers.long_wait_ms=6000"];
    let mut hall = made(&PEOPLE, &fast, |config| {
        config.notices.webhook = format!("http://{address}/send");
        config.notices.secret = Sensitive::new(SECRET.into());
    })
    .await;
    hall.start();
    let mut zhang = TestCitizen::takes_a_number(&hall).await;
    done(zhang.is_here().await);
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    chen_laoshi.serves(&mut zhang).await;
    let mut before = Vec::new();
    for _ in 0..5 {
        before.push(TestCitizen::takes_a_number(&hall).await);
    }
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    assert_eq!(ahead(&li_nainai), Some(5), "too far back to be asked 「我在」");
    done(li_nainai.tells("李奶奶", "13987654321").await);
    let (id, number) = (li_nainai.visit.id.clone(), li_nainai.visit.number.clone());

    // Locked: the socket stands, and nothing is said by it any more.
    let locked = li_nainai;
    let mut gao = TestCitizen::takes_a_number(&hall).await;
    let line = async {
        until_line(&mut chen_laoshi, |line| line.head.iter().any(|entry| entry.visit == id && entry.away)).await;
        moves_on(before, &provider, &number).await;
    };
    join!(line, waits_until(&mut gao, |phone| phone.visit.offer == Some(WaitOffer::LongWait)));

    let mut li_nainai = TestCitizen::comes_back(&hall, locked.browser.clone()).await;
    assert_eq!((&li_nainai.visit.id, &li_nainai.visit.number), (&id, &number));
    li_nainai.until_status(|status| matches!(status, VisitStatus::Calling { .. })).await;
    assert_eq!(ahead(&li_nainai), Some(0), "the same place, and nobody before it any more");
    done(li_nainai.is_here().await);
    ends(&mut chen_laoshi, &hall, &zhang.visit.id.clone()).await;
    chen_laoshi.serves(&mut li_nainai).await;

    let events = events(&hall).await;
    assert_eq!(orders(&events, &id).len(), 1, "one key from beginning to end");
    let causes = causes(&events, &id);
    let away = causes.iter().position(|cause| *cause == "page_silent").expect("the silence was seen");
    let back = causes.iter().position(|cause| *cause == "came_back").expect("and the return");
    assert!(!causes[away..back].contains(&"rung"), "nobody rings a locked phone: {causes:?}");
    assert_eq!(causes.iter().filter(|cause| **cause == "page_silent").count(), 1, "{causes:?}");
}

/// One after the other leaves, and the phone behind them is told so where a message reaches a locked one.
async fn moves_on(before: Vec<TestCitizen>, provider: &TcpListener, number: &str) {
    for (mut citizen, wanted) in before.into_iter().zip([None, None, Some("前面还有 2 位"), None, Some("马上就到您的")]) {
        done(citizen.leaves().await);
        let Some(wanted) = wanted else { continue };
        let message: serde_json::Value = serde_json::from_str(&answer(provider, "204 No Content").await.body).unwrap();
        assert_eq!((&message["kind"], &message["number"]), (&"near_turn".into(), &number.into()));
        assert!(message["text"].as_str().unwrap().contains(wanted), "{message}");
    }
}

#[tokio::test]
async fn e2_wechat_is_killed_and_the_poster_scanned_again_and_it_is_the_same_visit() {
    let hall = open(&[]).await;
    let wu = TestCitizen::takes_a_number(&hall).await;
    let mut browser = crate::support::http::Browser::new(hall.address());
    let first = ask_for_number(&mut browser, &hall, fresh_key()).await;
    let kept = first.headers.get("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age="));
    assert!(kept, "a cookie that lives no longer than WeChat would not be there: {:?}", first.headers);
    let taken: TakenNumber = first.json();
    let gao = TestCitizen::takes_a_number(&hall).await;
    let li_nainai = TestCitizen::comes_back(&hall, browser).await;
    assert_eq!((&li_nainai.visit.number, ahead(&li_nainai)), (&"A2".to_owned(), Some(1)));

    // Killed: the connection is gone without a word.
    let (mut browser, before) = (li_nainai.browser.clone(), li_nainai.visit.clone());
    drop(li_nainai.page);
    assert_eq!(browser.get(&format!("/h/{}", hall.id())).await.status, 200, "the poster leads here");
    let mut li_nainai = TestCitizen::comes_back(&hall, browser).await;
    assert_eq!((&li_nainai.visit.id, &li_nainai.visit.number), (&taken.visit.id, &before.number));
    assert_eq!(li_nainai.visit.joined_at, before.joined_at);
    assert_eq!(ahead(&li_nainai), Some(1));
    // Whoever presses 「取号」 once more has the same number, and no second one.
    pressed_again_gives(&hall, &mut li_nainai).await;
    let events = events(&hall).await;
    let taken: Vec<_> = events.iter().filter(|event| event.cause == "took_number").collect();
    assert_eq!(taken.len(), 3, "wu, li_nainai and gao");
    assert_eq!(orders(&events, &before.id).len(), 1);
    assert_ne!(wu.visit.id, gao.visit.id);
}

async fn pressed_again_gives(hall: &TestHall, citizen: &mut TestCitizen) {
    let again: TakenNumber = ask_for_number(&mut citizen.browser, hall, fresh_key()).await.json();
    assert!(again.resumed);
    assert_eq!(
        (again.visit.id, again.visit.number),
        (citizen.visit.id.clone(), citizen.visit.number.clone())
    );
}
