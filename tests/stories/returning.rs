//! A page whose socket was lost returns over the real door by the ticket of its last welcome and its cookie; whatever opens nothing
//! leads to the way by the cookie (T03).

use yunyiban_protocol::{ChatLine, ChatNotice, ChatRequest, ClientMessage, ServerMessage, SessionNotice, VisitStatus};

use super::tokens::audited;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::page::{Page, done};
use crate::support::{TestCitizen, TestHall};

/// The phone lost its network: nobody closes anything.
fn cut_off(citizen: TestCitizen) -> (Browser, String, u32) {
    let ticket = citizen.page.return_ticket().expect("the welcome brought a ticket");
    drop(citizen.page);
    (citizen.browser, ticket, citizen.seen)
}

async fn returns(hall: &TestHall, browser: &Browser, ticket: &str, seen: Option<u32>) -> (Page, SessionNotice) {
    let mut page = Page::returned(browser, hall.id().as_str(), ticket, seen).await;
    match page.hear().await {
        Some(ServerMessage::Session(first)) => (page, first),
        other => panic!("{other:?}"),
    }
}

async fn is_turned_away(hall: &TestHall, browser: &Browser, ticket: &str) -> bool {
    let (mut page, first) = returns(hall, browser, ticket, None).await;
    first == SessionNotice::Ended { code: "bad_ticket".into() } && page.hear().await.is_none()
}

#[tokio::test]
async fn a_lost_socket_comes_back_without_a_request_to_its_place_and_its_unread_lines() {
    let hall = TestHall::open().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.writes("我排到哪里了").await);
    let (visit, place) = (li_nainai.visit.id.clone(), li_nainai.visit.status.clone());
    let before = stored(&hall).await;
    let (browser, ticket, _) = cut_off(li_nainai);

    let (mut page, first) = returns(&hall, &browser, &ticket, None).await;
    let SessionNotice::Welcome { visit: Some(view), .. } = first else {
        panic!("{first:?}")
    };
    assert_eq!((&view.id, &view.status), (&visit, &place));
    assert!(matches!(place, VisitStatus::Waiting { .. }));
    page.say(&ClientMessage::Chat(ChatRequest::After { number: 0 })).await;
    assert_eq!(lines(&mut page).await.len(), 1);
    assert_eq!(stored(&hall).await, before, "no cookie was drawn, and nothing is to be stored");
}

#[tokio::test]
async fn whatever_opens_nothing_leads_to_the_way_by_the_cookie_and_no_second_visit() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    let (browser, ticket, seen) = cut_off(li_nainai);

    let stranger = Browser::new(hall.address());
    assert!(is_turned_away(&hall, &stranger, &ticket).await, "no cookie");
    let wang_bo = TestCitizen::takes_a_number(&hall).await;
    assert!(is_turned_away(&hall, &wang_bo.browser, &ticket).await, "another's cookie");
    assert!(is_turned_away(&hall, &browser, "made-up").await, "no ticket of ours");
    let (page, _) = returns(&hall, &browser, &ticket, Some(seen)).await;
    assert!(is_turned_away(&hall, &browser, &ticket).await, "used up");
    drop(page);

    let back = TestCitizen::comes_back(&hall, browser).await;
    assert_eq!(back.visit.id, visit);
    assert_eq!(audited(&hall, "token_reused").await, 0);
    let next = back.page.return_ticket().unwrap();
    let older = back.browser.clone();
    let newest = TestCitizen::comes_back(&hall, back.browser).await;
    assert!(is_turned_away(&hall, &older, &next).await, "another page took over");
    assert_eq!(newest.visit.id, visit);
}

#[tokio::test]
async fn after_a_kill_no_ticket_is_known_and_the_cookie_leads_back() {
    let mut hall = TestHall::open_apart(always_open(), |_| {}).await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let (number, visit) = (li_nainai.visit.number.clone(), li_nainai.visit.id.clone());
    let (browser, ticket, _) = cut_off(li_nainai);
    hall.kill();
    hall.start();
    let browser = browser.moved_to(hall.address());
    assert!(is_turned_away(&hall, &browser, &ticket).await);
    let back = TestCitizen::comes_back(&hall, browser).await;
    assert_eq!((back.visit.id, back.visit.number), (visit, number));
}

async fn lines(page: &mut Page) -> Vec<ChatLine> {
    loop {
        if let Some(ServerMessage::Chat(ChatNotice::Lines { lines })) = page.hear().await {
            return lines;
        }
    }
}

/// What the archive holds of the one visit's cookie, of events and of audits.
async fn stored(hall: &TestHall) -> (Option<String>, Option<String>, i64, i64) {
    use sqlx::{ConnectOptions, Connection};
    let file = hall.path("data/yunyiban.db");
    let archive = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut archive = archive.connect().await.unwrap();
    let sql = "select token_hash, previous_token_hash, (select count(*) from events), (select count(*) from audit) from visits";
    let stored = sqlx::query_as(sql).fetch_one(&mut archive).await.unwrap();
    archive.close().await.unwrap();
    stored
}
