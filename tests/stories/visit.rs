//! One visit from the poster to the slip, over real sockets.

use yunyiban_protocol::{Outcome, RatingLevel, VisitStatus, WindowId};

use crate::support::page::{done, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

#[tokio::test]
async fn li_nainai_is_helped_at_window_1_and_rates_it() {
    let hall = TestHall::open().await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    assert_eq!(li_nainai.visit.number, "A1");
    done(li_nainai.is_here().await);

    chen_laoshi.opens_window("1").await;
    chen_laoshi.until_visit(|visit| visit.is_some()).await;
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.accepts(&visit).await);
    li_nainai
        .until_status(|status| !matches!(status, VisitStatus::Waiting { .. } | VisitStatus::Ringing {}))
        .await;
    if matches!(li_nainai.visit.status, VisitStatus::Connecting { .. }) {
        done(li_nainai.accepts().await);
    }
    li_nainai
        .until_status(|status| matches!(status, VisitStatus::Serving { staff, .. } if staff.name == "陈老师" && staff.window == "1号窗口"))
        .await;

    done(chen_laoshi.hangs_up().await);
    li_nainai
        .until_status(|status| {
            matches!(
                status,
                VisitStatus::Closed {
                    outcome: Outcome::Served,
                    ..
                }
            )
        })
        .await;
    assert_eq!(refused(chen_laoshi.finishes().await), "record_missing");
    done(chen_laoshi.records(&visit, &hall.first_item()).await);
    done(chen_laoshi.finishes().await);
    li_nainai.until(|phone| phone.visit.slip.is_some()).await;
    done(li_nainai.rates(RatingLevel::VerySatisfied).await);
    li_nainai.until(|phone| phone.visit.rating == Some(RatingLevel::VerySatisfied)).await;
    done(li_nainai.rates(RatingLevel::Satisfied).await);
    li_nainai.until(|phone| phone.visit.rating == Some(RatingLevel::Satisfied)).await;
}

#[tokio::test]
async fn a_window_that_refreshes_its_page_is_back_with_the_same_visit() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.is_here().await);
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    assert_eq!(chen_laoshi.console.mine, None);
    chen_laoshi.opens_window("2").await;
    chen_laoshi.until_visit(|visit| visit.is_some()).await;
    done(chen_laoshi.accepts(&li_nainai.visit.id).await);
    let again = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    assert_eq!(again.console.mine, Some(WindowId::new("2")));
    assert_eq!(again.visit.map(|visit| visit.id), Some(li_nainai.visit.id.clone()));
}

#[tokio::test]
async fn a_second_scan_finds_the_same_number_and_the_older_page_is_told_once() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let again = TestCitizen::comes_back(&hall, li_nainai.browser.clone()).await;
    assert_eq!(again.visit.id, li_nainai.visit.id);
    assert_eq!(again.visit.number, li_nainai.visit.number);
    let mut last = None;
    while let Some(message) = li_nainai.page.hear().await {
        last = Some(message);
    }
    let replaced = yunyiban_protocol::ServerMessage::Session(yunyiban_protocol::SessionNotice::Replaced {});
    assert_eq!(last, Some(replaced));
}

#[tokio::test]
async fn the_line_is_the_same_after_a_restart() {
    let mut hall = TestHall::open().await;
    let mut line = Vec::new();
    for _ in 0..5 {
        line.push(TestCitizen::takes_a_number(&hall).await);
    }
    hall.restart().await;
    for (place, before) in line.into_iter().enumerate() {
        let after = TestCitizen::comes_back(&hall, before.browser.clone()).await;
        assert_eq!(after.visit.number, format!("A{}", place + 1));
        assert_eq!(after.visit.id, before.visit.id);
        assert_eq!(after.visit.status, before.visit.status);
    }
}

#[tokio::test]
async fn a_citizen_who_leaves_is_gone_from_the_line() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.leaves().await);
    li_nainai
        .until_status(|status| {
            matches!(
                status,
                VisitStatus::Closed {
                    outcome: Outcome::Abandoned,
                    ..
                }
            )
        })
        .await;
    assert_eq!(refused(li_nainai.is_here().await), "visit_closed");
}
