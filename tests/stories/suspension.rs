//! The emergency close through the running help desk, and a telephone number left while the hall is closed.

use yunyiban_core::HallRules;
use yunyiban_protocol::{
    ClientMessage, ClosedCause, ContactView, HallCard, ItemCode, Outcome, Reply, Sensitive, ServerMessage, SuspensionNotice, SuspensionRequest,
    TakeNumber, TakenNumber, VisitRequest, VisitStatus, WhoWaits,
};

use crate::support::citizen::ask_for_number;
use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

const TEXT: &str = "大楼停电，暂停取号。急事请打 12345。";

async fn card(hall: &TestHall) -> HallCard {
    Browser::new(hall.address()).get("/api/halls/xinqu").await.json()
}

async fn suspend(staff: &mut TestStaff, waiting: WhoWaits) -> Reply {
    let key = fresh_key();
    let begin = SuspensionRequest::Begin {
        key: key.clone(),
        text: Sensitive::new(TEXT.into()),
        until: None,
        waiting,
    };
    staff.says(key, ClientMessage::Suspension(begin)).await
}

async fn end(staff: &mut TestStaff) -> Reply {
    let key = fresh_key();
    staff.says(key.clone(), ClientMessage::Suspension(SuspensionRequest::End { key })).await
}

async fn leave_number(browser: &mut Browser, hall: &TestHall, phone: &str) -> Answer {
    let wish = TakeNumber {
        key: fresh_key(),
        item: Some(ItemCode::new(hall.first_item())),
        notice_version: hall.notice_version(),
        callback: Some(ContactView {
            name: None,
            phone: Some(Sensitive::new(phone.into())),
        }),
        from: None,
    };
    browser.post("/api/halls/xinqu/visits", &wish).await
}

#[tokio::test]
async fn a_supervisor_closes_the_running_hall_and_everybody_reads_why_also_after_a_restart() {
    let mut hall = TestHall::open_with(HallRules {
        handshake: false,
        ..always_open()
    })
    .await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    assert_eq!(refused(suspend(&mut chen_laoshi, WhoWaits::Served).await), "not_allowed");
    done(suspend(&mut wang_zhuren, WhoWaits::Served).await);

    let told = loop {
        if let Some(ServerMessage::Suspension(SuspensionNotice::Changed { suspension, .. })) = chen_laoshi.page.hear().await {
            break suspension.expect("it stands");
        }
    };
    assert_eq!(told.text.reveal(), TEXT, "every console reads it");
    li_nainai.until(|phone| phone.visit.suspension.is_some()).await;
    let closed = card(&hall).await;
    assert_eq!(closed.closed_because, Some(ClosedCause::Suspended));
    assert_eq!(closed.suspension.map(|suspension| suspension.text.into_revealed()).as_deref(), Some(TEXT));
    let refusal = ask_for_number(&mut Browser::new(hall.address()), &hall, fresh_key()).await;
    assert_eq!(refusal.code(), "hall_suspended");

    hall.restart().await;

    assert_eq!(card(&hall).await.closed_because, Some(ClosedCause::Suspended));
    let mut li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser.clone()).await;
    assert!(li_nainai.visit.suspension.is_some());
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    assert!(chen_laoshi.console.suspension.is_some());
    chen_laoshi.opens_window("1").await;
    chen_laoshi
        .until_visit(|visit| visit.is_some_and(|visit| visit.id == li_nainai.visit.id))
        .await;
    done(chen_laoshi.accepts(&li_nainai.visit.id.clone()).await);
    done(li_nainai.accepts().await);
    li_nainai.until_status(|status| matches!(status, VisitStatus::Serving { .. })).await;

    let mut wang_zhuren = TestStaff::comes_back(&hall, wang_zhuren.browser.clone()).await;
    done(end(&mut wang_zhuren).await);
    assert_eq!(refused(end(&mut wang_zhuren).await), "not_now");
    let open = card(&hall).await;
    assert_eq!((open.closed_because, open.suspension), (None, None));
    TestCitizen::takes_a_number(&hall).await;
}

#[tokio::test]
async fn a_number_left_while_the_hall_is_closed_is_called_when_it_opens() {
    let hall = TestHall::open_with(always_open()).await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    done(suspend(&mut wang_zhuren, WhoWaits::Served).await);
    assert!(card(&hall).await.calls_back_from.is_some());

    let mut phone = Browser::new(hall.address());
    assert_eq!(leave_number(&mut phone, &hall, "1381234567").await.code(), "bad_phone");
    let left: TakenNumber = leave_number(&mut phone, &hall, "13812345678").await.json();
    assert!(matches!(left.visit.status, VisitStatus::Booked { .. }), "{:?}", left.visit.status);
    let again: TakenNumber = leave_number(&mut phone, &hall, "13900000000").await.json();
    assert_eq!((again.visit.id, again.resumed), (left.visit.id.clone(), true), "one a phone");
    leave_number(&mut Browser::new(hall.address()), &hall, "13812345678")
        .await
        .json::<TakenNumber>();
    let third = leave_number(&mut Browser::new(hall.address()), &hall, "13812345678").await;
    assert_eq!(third.code(), "phone_taken");

    let mut li_nainai = TestCitizen::comes_back(&hall, phone).await;
    done(end(&mut wang_zhuren).await);
    li_nainai.until_status(|status| matches!(status, VisitStatus::CallbackKept { .. })).await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    chen_laoshi.until_visit(|visit| visit.is_some_and(|visit| visit.callback.is_some())).await;
    assert_eq!(chen_laoshi.visit.as_ref().map(|visit| visit.id.clone()), Some(left.visit.id));
}

#[tokio::test]
async fn a_number_left_is_taken_back() {
    let hall = TestHall::open_with(HallRules::default()).await;
    // A hall without hours never opens, and promises nothing.
    let answer = leave_number(&mut Browser::new(hall.address()), &hall, "13812345678").await;
    assert_eq!(answer.code(), "hall_closed");

    let hall = TestHall::open_with(always_open()).await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    done(suspend(&mut wang_zhuren, WhoWaits::CalledBack).await);
    let mut phone = Browser::new(hall.address());
    leave_number(&mut phone, &hall, "13812345678").await.json::<TakenNumber>();
    let mut li_nainai = TestCitizen::comes_back(&hall, phone).await;
    let key = fresh_key();
    done(li_nainai.does(key.clone(), ClientMessage::Visit(VisitRequest::Leave { key })).await);
    let is_cancelled = |status: &VisitStatus| {
        matches!(
            status,
            VisitStatus::Closed {
                outcome: Outcome::Cancelled,
                ..
            }
        )
    };
    li_nainai.until_status(is_cancelled).await;
}
