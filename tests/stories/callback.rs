//! Call-back and transfer over real sockets: the place is kept, the number is shown to one window alone, and a talk moves.

use yunyiban_protocol::{ClientMessage, TransferTarget, VisitRequest, VisitStatus, WaitOffer, WindowId, WindowRequest};

use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

const PHONE: &str = "13987654321";

async fn asks_for_a_call_back(citizen: &mut TestCitizen) -> yunyiban_protocol::Reply {
    let key = fresh_key();
    citizen.does(key.clone(), ClientMessage::Visit(VisitRequest::Callback { key })).await
}

#[tokio::test]
async fn li_nainai_does_not_want_to_wait_and_is_telephoned() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    li_nainai.until(|phone| phone.visit.offer == Some(WaitOffer::NoWindow)).await;
    assert_eq!(refused(asks_for_a_call_back(&mut li_nainai).await), "no_phone");
    done(li_nainai.tells("李奶奶", PHONE).await);
    done(asks_for_a_call_back(&mut li_nainai).await);
    li_nainai.until_status(|status| matches!(status, VisitStatus::CallbackKept { .. })).await;
    let (visit, browser) = (li_nainai.visit.id.clone(), li_nainai.browser.clone());
    drop(li_nainai);

    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    chen_laoshi.until_visit(|shown| shown.is_some_and(|shown| shown.callback.is_some())).await;
    done(chen_laoshi.accepts(&visit).await);
    let key = fresh_key();
    let number = chen_laoshi.does(key.clone(), WindowRequest::RevealPhone { key }).await;
    assert_eq!(done(number).as_deref(), Some(PHONE));
    let key = fresh_key();
    done(chen_laoshi.does(key.clone(), WindowRequest::CallbackReached { key }).await);
    let talks = |status: &VisitStatus| matches!(status, VisitStatus::Serving { staff, .. } if staff.name == "陈老师");
    let mut li_nainai = TestCitizen::comes_back(&hall, browser).await;
    li_nainai.until_status(talks).await;
    done(chen_laoshi.hangs_up().await);
}

#[tokio::test]
async fn a_talk_moves_to_lin_laoshi_who_takes_it_over_as_it_is() {
    let hall = TestHall::open().await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.is_here().await);
    chen_laoshi.opens_window("1").await;
    chen_laoshi.serves(&mut li_nainai).await;
    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    lin_laoshi.opens_window("2").await;
    let key = fresh_key();
    let to = TransferTarget::Window { window: WindowId::new("2") };
    done(chen_laoshi.does(key.clone(), WindowRequest::Transfer { key, to }).await);
    let moves = |status: &VisitStatus| matches!(status, VisitStatus::Transferring { to: Some(to) } if to.name == "林老师");
    li_nainai.until_status(moves).await;
    lin_laoshi.until_visit(|shown| shown.is_some()).await;
    done(lin_laoshi.accepts(&li_nainai.visit.id).await);
    let talks = |status: &VisitStatus| matches!(status, VisitStatus::Serving { staff, .. } if staff.name == "林老师" && staff.window == "2号窗口");
    li_nainai.until_status(talks).await;
    chen_laoshi.until_visit(|shown| shown.is_none()).await;
    done(lin_laoshi.hangs_up().await);
}
