//! A living cookie brought where it does not belong: to another hall, or by a page that has a visit of its own (T03, T14, T22).

use yunyiban_protocol::{ServerMessage, SessionNotice, TakenNumber};

use crate::stories::tokens::audited;
use crate::support::http::Browser;
use crate::support::page::{Page, done, fresh_key};
use crate::support::{TestCitizen, TestHall};

/// The value of the only cookie a citizen's browser has.
fn secret_of(browser: &Browser) -> String {
    browser.cookie_line().split_once('=').unwrap().1.to_owned()
}

/// Asks to be let in again with these, and is refused by one word.
async fn is_turned_away(browser: &Browser, hall: &str, ticket: &str) -> bool {
    let mut page = Page::returned(browser, hall, ticket, None).await;
    let code = "bad_ticket".into();
    page.hear().await == Some(ServerMessage::Session(SessionNotice::Ended { code })) && page.hear().await.is_none()
}

async fn is_unharmed(hall: &TestHall, mut citizen: TestCitizen) {
    done(citizen.tells("李奶奶", "13812345678").await);
    let again = TestCitizen::comes_back(hall, citizen.browser).await;
    assert_eq!((&again.visit.id, &again.visit.number), (&citizen.visit.id, &citizen.visit.number));
}

#[tokio::test]
async fn a_cookie_of_xinqu_opens_nothing_in_laocheng() {
    let hall = TestHall::open_beside_laocheng().await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let ticket = li_nainai.page.return_ticket().expect("the welcome brought one");
    let mut carried = Browser::new(hall.address());
    carried.keep("yyb_v_laocheng", &secret_of(&li_nainai.browser));

    let resume = carried.post("/api/halls/laocheng/resume", &serde_json::json!({})).await;
    assert_eq!((resume.status, resume.code().as_str()), (404, "visit_unknown"));
    let picture = carried.post_bytes("/api/bulk?hall=laocheng", b"\x89PNG\r\n\x1a\n and some rows").await;
    assert_eq!(picture.code(), "visit_unknown");
    let moved = carried.post("/api/halls/laocheng/handover", &serde_json::json!({})).await;
    assert_eq!(moved.code(), "visit_unknown");
    assert!(is_turned_away(&carried, "laocheng", &ticket).await, "her ticket is of xinqu, too");
    let wish = serde_json::json!({"key": fresh_key(), "item": null, "notice_version": hall.notice_version()});
    let taken = carried.post("/api/halls/laocheng/visits", &wish).await;
    let taken: TakenNumber = taken.json();
    assert!(!taken.resumed && taken.visit.id != li_nainai.visit.id, "a number of laocheng's own");
    assert_eq!(audited(&hall, "token_reused").await, 0, "nothing of hers was used up");
    assert_eq!(li_nainai.hears_until_pong().await, [], "her page heard nothing of it");
    is_unharmed(&hall, li_nainai).await;
}

#[tokio::test]
async fn a_page_with_a_visit_of_its_own_cannot_mix_it_with_anothers() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let wang_bo = TestCitizen::takes_a_number(&hall).await;
    let (hers, his) = (li_nainai.page.return_ticket().unwrap(), wang_bo.page.return_ticket().unwrap());
    assert!(is_turned_away(&li_nainai.browser, "xinqu", &his).await, "her cookie, his ticket");
    assert!(is_turned_away(&wang_bo.browser, "xinqu", &hers).await, "his cookie, her ticket");

    // Both cookies in one request: one is read, and nothing is made of two.
    let mut both = wang_bo.browser.clone();
    both.keep("yyb_v_xinqu ", &secret_of(&li_nainai.browser));
    let cookies = both.cookie_line();
    assert!(cookies.contains(&secret_of(&li_nainai.browser)) && cookies.contains(&secret_of(&wang_bo.browser)));
    let picture = both.post_bytes("/api/bulk?hall=xinqu", b"\x89PNG\r\n\x1a\n and some rows").await;
    assert_eq!(picture.status, 200, "it is his picture");
    is_unharmed(&hall, li_nainai).await;
    is_unharmed(&hall, wang_bo).await;
}

#[tokio::test]
async fn a_strangers_copy_of_a_used_cookie_ends_safely_and_costs_nobody_else() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let wang_bo = TestCitizen::takes_a_number(&hall).await;
    let mut copied = wang_bo.browser.clone();
    copied.keep("yyb_v_xinqu", &secret_of(&li_nainai.browser));
    // Her page has come back twice since: what was copied is used up.
    let li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser).await;
    let mut li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser).await;

    let hers = li_nainai.page.return_ticket().expect("the welcome brought one");
    assert!(
        is_turned_away(&copied, "xinqu", &hers).await,
        "her newest ticket does not go with a cookie of before"
    );
    assert_eq!(li_nainai.hears_until_pong().await, [], "which costs her nothing");
    assert_eq!(
        copied.post("/api/halls/xinqu/resume", &serde_json::json!({})).await.code(),
        "token_reused"
    );
    let mut last = None;
    while let Some(message) = li_nainai.page.hear().await {
        last = Some(message);
    }
    let code = "token_reused".into();
    assert_eq!(
        last,
        Some(ServerMessage::Session(SessionNotice::Ended { code })),
        "her page is told, and nobody speaks for her"
    );
    assert_eq!(audited(&hall, "token_reused").await, 1, "found out once, and written down");
    is_unharmed(&hall, wang_bo).await;
}
