//! What an expert tries at closing time: E10.

use std::collections::BTreeMap;

use tokio::time::timeout;
use yunyiban_protocol::{ClientMessage, ClosedCause, HallCard, Outcome, VisitId, VisitRequest, VisitStatus, WindowRequest};

use super::hall::is_telephoned;
use super::house::{PEOPLE, WallClock, asks, at_window, changes, ends, events, helps, made};
use crate::support::citizen::ask_for_number;
use crate::support::http::Browser;
use crate::support::page::{done, fresh_key};
use crate::support::{PATIENCE, TestCitizen, TestHall, TestStaff};

/// Minutes of the day.
const TEN: i64 = 10 * 60;
const CLOSING: i64 = 17 * 60;

/// Seconds of the day that are left when everybody is back.
const LEFT: i64 = 4;

#[tokio::test]
async fn e10_closing_time_comes_with_eight_waiting_and_none_vanishes() {
    let hours = r#"hours=[{"from_day":1,"to_day":7,"from_minute":540,"to_minute":1020}]"#;
    let mut hall = made(&PEOPLE, &["handshake=false", "always_open=false", hours], |_| {}).await;
    let clock = WallClock::of(&mut hall);
    clock.says(0, TEN, 0);
    hall.start();
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    let mut zhang = TestCitizen::takes_a_number(&hall).await;
    chen_laoshi.serves(&mut zhang).await;
    let mut eight = Vec::new();
    for _ in 0..8 {
        eight.push(TestCitizen::takes_a_number(&hall).await);
    }
    let wang = &mut eight[7];
    done(wang.tells("王先生", "13987654321").await);
    let key = fresh_key();
    done(wang.does(key.clone(), ClientMessage::Visit(VisitRequest::Callback { key })).await);
    hall.kill();

    clock.says(0, CLOSING, LEFT);
    hall.start();
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    let mut zhang = TestCitizen::comes_back(&hall, zhang.browser.clone()).await;
    // gao's phone stays in her bag.
    let (wang, gao) = (eight.pop().unwrap(), eight.pop().unwrap());
    for citizen in &mut eight {
        *citizen = TestCitizen::comes_back(&hall, citizen.browser.clone()).await;
    }
    closes(&hall).await;

    // While a window is on duty, whoever has a number is served, and only them.
    let refused = ask_for_number(&mut Browser::new(hall.address()), &hall, fresh_key()).await;
    assert_eq!(refused.code(), "hall_closed");
    for citizen in &mut eight {
        citizen.hears_until_pong().await;
        assert!(matches!(citizen.visit.status, VisitStatus::Waiting { .. }), "{:?}", citizen.visit.status);
    }
    ends(&mut chen_laoshi, &hall, &zhang.visit.id).await;
    zhang.until_status(|status| ended(status) == Some(Outcome::Served)).await;
    helps(&mut chen_laoshi, &hall, &mut eight[0]).await;
    eight[0].until_status(|status| ended(status) == Some(Outcome::Served)).await;
    // 陈老师 goes home: everybody left is told, also whoever looks only now; who is to be telephoned still is.
    done(asks(&mut chen_laoshi, |key| WindowRequest::Close { key }).await);
    for citizen in &mut eight[1..] {
        citizen.until_status(|status| ended(status) == Some(Outcome::ClosedOut)).await;
    }
    let gao = TestCitizen::comes_back(&hall, gao.browser.clone()).await;
    assert_eq!(ended(&gao.visit.status), Some(Outcome::ClosedOut));
    let still = TestCitizen::comes_back(&hall, wang.browser.clone()).await;
    assert!(matches!(still.visit.status, VisitStatus::CallbackKept { .. }), "{:?}", still.visit.status);
    hall.kill();

    clock.says(1, TEN, 0);
    hall.start();
    let mut chen_laoshi = TestStaff::comes_back(&hall, chen_laoshi.browser.clone()).await;
    chen_laoshi.opens_window("1").await;
    is_telephoned(&mut chen_laoshi, &hall, &wang.visit.id).await;
    everybody_has_one_end(&hall).await;
}

fn ended(status: &VisitStatus) -> Option<Outcome> {
    if let VisitStatus::Closed { outcome, .. } = status {
        Some(*outcome)
    } else {
        None
    }
}

/// Waits for the hours to be over, as the poster's page sees it.
async fn closes(hall: &TestHall) {
    let is_over = async {
        let path = format!("/api/halls/{}", hall.id());
        while Browser::new(hall.address()).get(&path).await.json::<HallCard>().closed_because != Some(ClosedCause::Hours) {}
    };
    timeout(PATIENCE, is_over).await.expect("the hall closes");
}

async fn everybody_has_one_end(hall: &TestHall) {
    let events = events(hall).await;
    let mut ends: BTreeMap<&VisitId, Vec<Outcome>> = BTreeMap::new();
    for (event, visit) in changes(&events) {
        let end = ends.entry(&visit.id).or_default();
        if event.before.as_deref() != Some("closed") {
            end.extend(visit.state.ended().map(|(outcome, _)| outcome));
        }
    }
    let mut all: Vec<Outcome> = ends.values().flatten().copied().collect();
    all.sort_unstable();
    assert!(ends.values().all(|end| end.len() == 1), "{ends:?}");
    let wanted = [vec![Outcome::Served; 3], vec![Outcome::ClosedOut; 6]].concat();
    assert_eq!(all, wanted);
}
