//! What an expert tries with a whole hall: E5, E9, E11.

use std::sync::Arc;

use yunyiban::archive;
use yunyiban_app::ports::Store;
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{
    Ahead, BreakReason, ClientMessage, Outcome, Presence, RequestKey, Timestamp, VisitId, VisitRequest, VisitStatus, WaitOffer, WindowRequest,
};

use super::house::{PEOPLE, WallClock, asks, at_window, causes, ends, events, helps, is, made, numbers, open, orders, rung};
use crate::support::http::Browser;
use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestCitizen, TestHall, TestStaff};

const TALKING: usize = 10;
const WAITING: usize = 50;

#[tokio::test]
async fn e5_the_server_is_restarted_with_fifty_waiting_and_ten_talking_and_the_order_is_the_same_and_talks_recover() {
    let names: Vec<(String, String)> = (1..=TALKING).map(|nth| (format!("staff_{nth}"), format!("{nth}号老师"))).collect();
    let people: Vec<(&str, &str, Role)> = names.iter().map(|(name, shown)| (name.as_str(), shown.as_str(), Role::Staff)).collect();
    let mut hall = made(&people, &["handshake=false"], |config| {
        config.limits.sign_ins_per_address_per_minute = 1_000_000
    })
    .await;
    hall.start();
    let mut talks = Vec::new();
    for (nth, (name, _)) in names.iter().enumerate() {
        let mut staff = at_window(&hall, name, &(nth + 1).to_string()).await;
        let mut citizen = TestCitizen::takes_a_number(&hall).await;
        staff.serves(&mut citizen).await;
        talks.push((citizen, staff));
    }
    let mut line = Vec::new();
    for _ in 0..WAITING {
        line.push(TestCitizen::takes_a_number(&hall).await);
    }
    let before = kept_line(&hall).await;
    assert_eq!(before.len(), WAITING);

    // Not asked to end: killed.
    hall.kill();
    hall.start();

    // Who came last is back first.
    let mut back = Vec::new();
    for citizen in line.iter().rev() {
        back.insert(0, TestCitizen::comes_back(&hall, citizen.browser.clone()).await);
    }
    for (nth, (citizen, was)) in back.iter().zip(&line).enumerate() {
        assert_eq!((&citizen.visit.id, &citizen.visit.number), (&was.visit.id, &was.visit.number));
        let VisitStatus::Waiting { place, .. } = &citizen.visit.status else {
            panic!("{} waits no more: {:?}", citizen.visit.number, citizen.visit.status)
        };
        assert!(
            fits(place.ahead, u32::try_from(nth).unwrap()),
            "{nth} ahead is shown as {:?}",
            place.ahead
        );
    }
    assert_eq!(kept_line(&hall).await, before);
    for (citizen, staff) in &mut talks {
        talks_on(&hall, citizen, staff).await;
    }
    // And the line goes on where it stood.
    for (citizen, staff) in &mut talks {
        ends(staff, &hall, &citizen.visit.id).await;
        staff
            .until_visit(|shown| shown.is_some_and(|shown| matches!(shown.status, VisitStatus::Ringing {})))
            .await;
    }
    let events = events(&hall).await;
    let wanted: Vec<String> = (1..=2 * TALKING).map(|number| format!("A{number}")).collect();
    assert_eq!(rung(&events), wanted);
    for visit in line.iter().map(|citizen| &citizen.visit.id) {
        assert_eq!(orders(&events, visit).len(), 1);
    }
}

/// Both pages open again, in the same talk, and hear each other.
async fn talks_on(hall: &TestHall, citizen: &mut TestCitizen, staff: &mut TestStaff) {
    let before = citizen.visit.clone();
    *staff = TestStaff::comes_back(hall, staff.browser.clone()).await;
    *citizen = TestCitizen::comes_back(hall, citizen.browser.clone()).await;
    assert_eq!(
        (&citizen.visit.id, &citizen.visit.status),
        (&before.id, &before.status),
        "with the same person since the same moment"
    );
    let shown = staff.visit.as_ref().expect("the talk is there");
    assert_eq!((&shown.id, &shown.status), (&before.id, &before.status));
    done(citizen.writes("刚才断了一下").await);
}

/// The numbers in line as the archive has them, in order.
async fn kept_line(hall: &TestHall) -> Vec<String> {
    let store: Arc<dyn Store> = archive::look(&hall.config.store.url).await.unwrap();
    let beginning = Timestamp::from_millis(0);
    let image = store.load_hall(&hall.id(), beginning, beginning).await.unwrap().unwrap();
    let mut line: Vec<_> = image.visits.into_iter().filter(|visit| visit.state.in_line()).collect();
    line.sort_by_key(|visit| visit.order);
    line.into_iter().map(|visit| visit.number.to_string()).collect()
}

/// Whether so many ahead may be shown so.
fn fits(shown: Ahead, ahead: u32) -> bool {
    match shown {
        Ahead::Exact { count } => count == ahead,
        Ahead::Between { from, to } => (from..=to).contains(&ahead),
        Ahead::About { count } => (11..=count).contains(&ahead),
        Ahead::Over { count } => ahead > count,
    }
}

async fn wishes(citizen: &mut TestCitizen, wish: impl FnOnce(RequestKey) -> VisitRequest) -> yunyiban_protocol::Reply {
    let key = fresh_key();
    citizen.does(key.clone(), ClientMessage::Visit(wish(key))).await
}

#[tokio::test]
async fn e9_the_last_window_goes_on_break_with_five_waiting_and_everyone_is_told_and_gets_a_choice() {
    let hall = open(&[]).await;
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    let mut five = Vec::new();
    for _ in 0..5 {
        five.push(TestCitizen::takes_a_number(&hall).await);
    }
    for citizen in &mut five {
        citizen.until(|phone| phone.visit.offer.is_none()).await;
    }
    is(&mut chen_laoshi, Presence::Break { reason: BreakReason::Rest }).await;
    for citizen in &mut five {
        citizen.until(|phone| phone.visit.offer == Some(WaitOffer::NoWindow)).await;
    }
    let [wu, zhou, wang, li_nainai, gao] = &mut five[..] else {
        unreachable!("five")
    };
    // One waits and says so, one leaves, one asks to be telephoned, one does and waits after all, one does nothing at all.
    done(wu.is_here().await);
    done(zhou.leaves().await);
    let closed = |outcome: Outcome| move |status: &VisitStatus| matches!(status, VisitStatus::Closed { outcome: was, .. } if *was == outcome);
    zhou.until_status(closed(Outcome::Abandoned)).await;
    for citizen in [&mut *wang, &mut *li_nainai] {
        assert_eq!(refused(wishes(citizen, |key| VisitRequest::Callback { key }).await), "no_phone");
        done(citizen.tells("群众", "13987654321").await);
        done(wishes(citizen, |key| VisitRequest::Callback { key }).await);
        citizen.until_status(|status| matches!(status, VisitStatus::CallbackKept { .. })).await;
    }
    done(wishes(li_nainai, |key| VisitRequest::Return { key }).await);
    li_nainai.until_status(|status| matches!(status, VisitStatus::Waiting { .. })).await;

    is(&mut chen_laoshi, Presence::Available {}).await;
    for citizen in [&mut *li_nainai, &mut *gao] {
        citizen.until(|phone| phone.visit.offer.is_none()).await;
    }
    helps(&mut chen_laoshi, &hall, wu).await;
    is_telephoned(&mut chen_laoshi, &hall, &wang.visit.id).await;
    wang.until_status(closed(Outcome::Served)).await;
    helps(&mut chen_laoshi, &hall, li_nainai).await;
    gao.until_status(|status| matches!(status, VisitStatus::Calling { .. })).await;
    done(gao.is_here().await);
    helps(&mut chen_laoshi, &hall, gao).await;
    assert_eq!(rung(&events(&hall).await), ["A1", "A3", "A4", "A5"]);
}

/// The window is rung for a call-back, and telephones.
pub async fn is_telephoned(staff: &mut TestStaff, hall: &TestHall, visit: &VisitId) {
    staff
        .until_visit(|shown| shown.is_some_and(|shown| shown.id == *visit && shown.callback.is_some()))
        .await;
    done(staff.accepts(visit).await);
    assert_eq!(
        done(asks(staff, |key| WindowRequest::RevealPhone { key }).await).as_deref(),
        Some("13987654321")
    );
    done(asks(staff, |key| WindowRequest::CallbackReached { key }).await);
    ends(staff, hall, visit).await;
}

/// Somebody at noon, at one by a clock an hour ahead, and at noon again.
#[tokio::test]
async fn e11_the_clock_jumps_one_hour_forward_and_back_and_the_order_is_unchanged() {
    const NOON: i64 = 12 * 60;
    let mut hall = made(&PEOPLE, &["handshake=false"], |_| {}).await;
    let clock = WallClock::of(&mut hall);
    let mut line: Vec<TestCitizen> = Vec::new();
    let mut lin_laoshi: Option<Browser> = None;
    for minute in [NOON, NOON + 60, NOON, NOON + 60, NOON] {
        clock.says(0, minute, 0);
        hall.start();
        for citizen in &mut line {
            *citizen = TestCitizen::comes_back(&hall, citizen.browser.clone()).await;
        }
        for _ in 0..2 {
            line.push(TestCitizen::takes_a_number(&hall).await);
        }
        let looks_on = match lin_laoshi.take() {
            None => TestStaff::signs_in(&hall, "lin_laoshi").await,
            Some(browser) => TestStaff::comes_back(&hall, browser).await,
        };
        let wanted: Vec<String> = (1..=line.len()).map(|number| format!("A{number}")).collect();
        assert_eq!(numbers(&looks_on.console.line), wanted, "at minute {minute}");
        lin_laoshi = Some(looks_on.browser);
        hall.kill();
    }
    hall.start();
    let mut chen_laoshi = at_window(&hall, "chen_laoshi", "1").await;
    for citizen in &mut line {
        *citizen = TestCitizen::comes_back(&hall, citizen.browser.clone()).await;
        helps(&mut chen_laoshi, &hall, citizen).await;
    }
    let events = events(&hall).await;
    let wanted: Vec<String> = (1..=line.len()).map(|number| format!("A{number}")).collect();
    assert_eq!(rung(&events), wanted);
    let jumps = events
        .windows(2)
        .filter(|two| (two[1].at.as_millis() - two[0].at.as_millis()).abs() > 50 * 60_000);
    assert_eq!(jumps.count(), 4, "the clock jumped, there and back, twice");
    assert!(
        line.iter().all(|citizen| !causes(&events, &citizen.visit.id).contains(&"page_silent")),
        "an hour that was not is nobody's silence"
    );
    assert!(line.iter().all(|citizen| orders(&events, &citizen.visit.id).len() == 1));
}
