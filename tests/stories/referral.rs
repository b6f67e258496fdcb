//! 「介绍您到老城去」: a window of 新区 refers its citizen to 老城, where the number stands at the first arrival (DOMAIN 3.8).

use yunyiban_core::HallRules;
use yunyiban_protocol::http::TransferHalls;
use yunyiban_protocol::{
    Ahead, ChatNotice, ChatRequest, ClientMessage, HallId, ItemCode, ServerMessage, TakeNumber, TakenNumber, TransferTarget, VisitStatus,
    WindowRequest,
};

use super::day::doctor_is_content;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::page::{Page, done, fresh_key, refused};
use crate::support::{TestCitizen, TestHall, TestStaff, in_a_talk};

const VISITS_OF_LAOCHENG: &str = "/api/halls/laocheng/visits";

fn laocheng() -> HallId {
    HallId::new("laocheng")
}

fn refers() -> HallRules {
    HallRules {
        hands_on_to: vec![laocheng()],
        ..always_open()
    }
}

async fn refer(window: &mut TestStaff, hall: &str) -> yunyiban_protocol::Reply {
    let key = fresh_key();
    let to = TransferTarget::Hall { hall: HallId::new(hall) };
    window.does(key.clone(), WindowRequest::Transfer { key, to }).await
}

fn wish(hall: &TestHall, from: Option<HallId>) -> TakeNumber {
    TakeNumber {
        key: fresh_key(),
        item: Some(ItemCode::new(hall.first_item())),
        notice_version: hall.notice_version(),
        callback: None,
        from,
    }
}

/// Takes a number of 老城, referred by 新区 or not.
async fn goes_to_laocheng(browser: &mut Browser, hall: &TestHall, from: Option<HallId>) -> TakenNumber {
    browser.post(VISITS_OF_LAOCHENG, &wish(hall, from)).await.json()
}

fn ahead(taken: &TakenNumber) -> Ahead {
    let (VisitStatus::Waiting { place, .. } | VisitStatus::Calling { place, .. }) = &taken.visit.status else {
        panic!("{:?}", taken.visit.status)
    };
    place.ahead
}

#[tokio::test]
async fn li_nainai_goes_to_laocheng_and_stands_before_who_came_there_later() {
    let hall = TestHall::open_beside(refers(), always_open()).await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    done(li_nainai.tells("李奶奶", "13812345678").await);
    done(li_nainai.writes("我的社保卡在老城办的").await);
    let wu = goes_to_laocheng(&mut Browser::new(hall.address()), &hall, None).await;
    assert_eq!(ahead(&wu), Ahead::Exact { count: 0 });

    let halls: TransferHalls = chen_laoshi.browser.get("/api/staff/transfer-halls").await.json();
    let [there] = &halls.halls[..] else { panic!("{halls:?}") };
    assert_eq!((there.id.as_str(), there.open, there.waiting), ("laocheng", true, 1));
    assert_eq!(refused(refer(&mut chen_laoshi, "nirgends").await), "hall_unknown");
    done(refer(&mut chen_laoshi, "laocheng").await);
    li_nainai.until(|citizen| citizen.visit.referral.is_some()).await;
    assert!(matches!(li_nainai.visit.status, VisitStatus::Serving { .. }), "they talk on");

    let taken = goes_to_laocheng(&mut li_nainai.browser, &hall, Some(hall.id())).await;
    assert_eq!(ahead(&taken), Ahead::Exact { count: 0 }, "she came before wu");
    let referred = taken.visit.referred.clone().expect("she was referred");
    assert_eq!(referred.number, li_nainai.visit.number);
    assert_eq!(taken.visit.contact.name.as_ref().map(|name| name.reveal().as_str()), Some("李奶奶"));

    li_nainai.until_status(|status| matches!(status, VisitStatus::Closed { .. })).await;
    chen_laoshi
        .until_visit(|visit| visit.is_some_and(|visit| visit.referral.as_ref().is_some_and(|referral| referral.taken)))
        .await;
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.records(&visit, &hall.first_item()).await);
    done(chen_laoshi.finishes().await);

    let mut page = Page::open(&li_nainai.browser, &taken.ticket, None).await;
    page.say(&ClientMessage::Chat(ChatRequest::After { number: 0 })).await;
    let line = loop {
        if let Some(ServerMessage::Chat(ChatNotice::Lines { lines })) = page.hear().await {
            break lines;
        }
    };
    assert_eq!(line.len(), 1, "what she wrote was brought along");
    is_rung_first(&hall, &taken).await;
}

/// 老城's window is rung for her before wu, and reads where she comes from.
async fn is_rung_first(hall: &TestHall, taken: &TakenNumber) {
    let mut zhou_laoshi = TestStaff::signs_in(hall, "zhou_laoshi").await;
    let line: Vec<_> = zhou_laoshi.console.line.head.iter().map(|entry| entry.visit.clone()).collect();
    assert_eq!(line.first(), Some(&taken.visit.id));
    zhou_laoshi.opens_window("1").await;
    let key = fresh_key();
    let pick = WindowRequest::Pick {
        key: key.clone(),
        visit: Some(taken.visit.id.clone()),
    };
    done(zhou_laoshi.does(key, pick).await);
    let id = taken.visit.id.clone();
    zhou_laoshi.until_visit(|visit| visit.is_some_and(|visit| visit.id == id)).await;
    assert_eq!(zhou_laoshi.visit.and_then(|visit| visit.referred), taken.visit.referred);
}

#[tokio::test]
async fn without_the_rule_or_the_cookie_nobody_is_sent_on_and_nothing_is_lost() {
    let hall = TestHall::open_beside(always_open(), always_open()).await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    assert_eq!(refused(refer(&mut chen_laoshi, "laocheng").await), "hall_unknown");
    let sent = li_nainai.browser.post(VISITS_OF_LAOCHENG, &wish(&hall, Some(hall.id()))).await;
    assert_eq!(sent.code(), "referral_over");
    let from_nowhere = wish(&hall, Some(HallId::new("../xinqu")));
    let sent = Browser::new(hall.address()).post(VISITS_OF_LAOCHENG, &from_nowhere).await;
    assert_eq!(sent.code(), "referral_over");
    let own = goes_to_laocheng(&mut li_nainai.browser, &hall, None).await;
    assert_eq!((ahead(&own), own.visit.referred), (Ahead::Exact { count: 0 }, None));
    assert!(matches!(li_nainai.visit.status, VisitStatus::Serving { .. }));
}

#[tokio::test]
async fn whoever_lost_the_answer_with_the_number_gets_it_again_and_not_a_second_time() {
    let hall = TestHall::open_beside(refers(), always_open()).await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    done(refer(&mut chen_laoshi, "laocheng").await);
    // The answer comes to a browser that is not hers: its cookie is never in her own.
    let lost = goes_to_laocheng(&mut li_nainai.browser.clone(), &hall, Some(hall.id())).await;
    li_nainai.until_status(|status| matches!(status, VisitStatus::Closed { .. })).await;
    let mut without_the_number = li_nainai.browser.clone();
    let taken = goes_to_laocheng(&mut li_nainai.browser, &hall, Some(hall.id())).await;
    assert_eq!((&taken.visit.id, taken.resumed), (&lost.visit.id, true));
    let _page = Page::open(&li_nainai.browser, &taken.ticket, None).await;
    let copied = without_the_number.post(VISITS_OF_LAOCHENG, &wish(&hall, Some(hall.id()))).await;
    assert_eq!(copied.code(), "referral_over", "she is there with it (T03)");
}

#[tokio::test]
async fn killed_right_after_the_number_was_given_the_first_hall_hears_of_it_all_the_same() {
    let mut hall = TestHall::open_apart_beside(refers(), always_open()).await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    done(li_nainai.tells("李奶奶", "13812345678").await);
    done(li_nainai.writes("我的社保卡在老城办的").await);
    done(refer(&mut chen_laoshi, "laocheng").await);
    let taken = goes_to_laocheng(&mut li_nainai.browser, &hall, Some(hall.id())).await;
    hall.kill();
    hall.start();
    let mut li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser).await;
    li_nainai.until_status(|status| matches!(status, VisitStatus::Closed { .. })).await;
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser).await;
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.records(&visit, &hall.first_item()).await);
    done(chen_laoshi.finishes().await);
    let again = goes_to_laocheng(&mut li_nainai.browser, &hall, Some(hall.id())).await;
    assert_eq!((again.visit.id, again.resumed), (taken.visit.id, true), "and her number there is hers");
    hall.kill();
    doctor_is_content(&hall);
}
