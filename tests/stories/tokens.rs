//! A cookie leads to one visit and to nobody else's (T03, T05, T10).

use futures_util::future::join_all;
use yunyiban_core::HallRules;
use yunyiban_protocol::{ServerMessage, SessionNotice, TakenNumber};

use crate::support::citizen::ask_for_number;
use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::page::{Page, fresh_key};
use crate::support::{TestCitizen, TestHall, TestStaff};

#[tokio::test]
async fn a_copied_cookie_ends_the_session_and_is_audited() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let mut copied = li_nainai.browser.clone();
    let li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser).await;
    let mut li_nainai = TestCitizen::comes_back(&hall, li_nainai.browser).await;

    let resume = format!("/api/halls/{}/resume", hall.id());
    assert_eq!(copied.post(&resume, &serde_json::json!({})).await.code(), "token_reused");
    let mut last = None;
    while let Some(message) = li_nainai.page.hear().await {
        last = Some(message);
    }
    let code = "token_reused".into();
    assert_eq!(last, Some(ServerMessage::Session(SessionNotice::Ended { code })));
    assert_eq!(li_nainai.browser.post(&resume, &serde_json::json!({})).await.code(), "token_reused");
    assert_eq!(audited(&hall, "token_reused").await, 1);

    let again = ask_for_number(&mut li_nainai.browser, &hall, fresh_key()).await.json::<TakenNumber>();
    assert_eq!((again.visit.number.as_str(), again.resumed), ("A2", false));
    assert_eq!(waiting(&hall).await, 1, "no place is left that nobody can come back to");
}

#[tokio::test]
async fn of_two_crossed_replies_either_leads_back_also_when_the_server_was_killed_in_between() {
    let mut hall = TestHall::open_apart(always_open(), |_| {}).await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    let resume = format!("/api/halls/{}/resume", hall.id());
    let (mut first, mut second) = (li_nainai.browser.clone(), li_nainai.browser.clone());
    for page in [&mut first, &mut second] {
        assert_eq!(page.post(&resume, &serde_json::json!({})).await.json::<TakenNumber>().visit.id, visit);
    }
    hall.kill();
    hall.start();
    // The reply to the first page arrived last, then that to the second after all.
    for page in [first, second] {
        let back = TestCitizen::comes_back(&hall, page).await;
        assert_eq!((back.visit.id, back.visit.number.as_str()), (visit.clone(), "A1"));
    }
    assert_eq!(audited(&hall, "token_reused").await, 0);
}

/// Audit rows of a word; `%` stands for any.
pub(super) async fn audited(hall: &TestHall, what: &str) -> i64 {
    use sqlx::{ConnectOptions, Connection};
    let file = hall.path("data/yunyiban.db");
    let mut archive = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .connect()
        .await
        .unwrap();
    let count = sqlx::query_scalar("select count(*) from audit where what like $1")
        .bind(what)
        .fetch_one(&mut archive)
        .await
        .unwrap();
    archive.close().await.unwrap();
    count
}

#[tokio::test]
async fn no_page_of_fifty_hostile_origins_opens_a_socket_or_takes_a_number() {
    let hall = TestHall::open().await;
    let browser = Browser::new(hall.address());
    let hostile = hostile_origins(&browser);
    assert!(hostile.len() >= 50, "{}", hostile.len());
    let path = format!("/api/halls/{}/visits", hall.id());
    // A page of theirs in the browser of somebody with a number: the cookie comes along.
    let li_nainai = TestCitizen::takes_a_number(&hall).await.browser;
    for origin in hostile {
        assert!(Page::silent(&browser, origin.clone()).await.is_none(), "{origin} opened a socket");
        let returned = Page::silent_return(&li_nainai, hall.id().as_str(), origin.clone()).await;
        assert!(returned.is_none(), "{origin} opened a socket to return");
        let answer = Browser::new(hall.address()).post_from(&origin, &path, "{}").await;
        assert_eq!(answer.code(), "foreign_origin", "{origin}");
    }
    assert!(Page::silent(&browser, browser.origin()).await.is_some(), "our own page comes in");
    let returned = Page::silent_return(&li_nainai, hall.id().as_str(), li_nainai.origin()).await;
    assert!(returned.is_some(), "and returns");
}

/// Beside, inside, around and nearly our own origin.
fn hostile_origins(browser: &Browser) -> Vec<String> {
    const BARE: [&str; 9] = ["", "null", "*", "file://", "about:blank", "data:text/html,x", "//", "http://", "https://"];
    const SCHEMES: [&str; 8] = ["https", "ws", "wss", "ftp", "HTTP", "chrome-extension", "blob:http", "javascript:http"];
    const HOSTS: [&str; 18] = [
        "localhost",
        "127.0.0.2",
        "127.1",
        "0.0.0.0",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.0.0.1.",
        "evil.127.0.0.1",
        "127.0.0.1.evil.example",
        "evil127.0.0.1",
        "127.0.0.1%2eevil.example",
        "xn--help-bdd.example",
        "user@127.0.0.1",
        "user:secret@127.0.0.1",
        "127.0.0.1:80@evil.example",
    ];
    const AROUND: [&str; 11] = [
        "{own}/",
        "{own}/h/xinqu",
        "{own}?x",
        "{own}#x",
        "{own}@evil.example",
        "{own}.evil.example",
        "{own}0",
        "{own} {own}",
        "{own}, {own}",
        "{own},null",
        "null, {own}",
    ];
    let (own, host, port) = (browser.origin(), browser.server().ip(), browser.server().port());
    let bare = BARE.iter().map(|origin| (*origin).to_owned());
    let schemes = SCHEMES.iter().map(|scheme| format!("{scheme}://{host}:{port}"));
    let hosts = HOSTS.iter().map(|other| format!("http://{other}:{port}"));
    let around = AROUND.iter().map(|around| around.replace("{own}", &own));
    let ports = [
        format!(":{}", u32::from(port) + 1),
        format!(":{}", port - 1),
        ":80".into(),
        format!(":0{port}"),
        String::new(),
    ];
    let ports = ports.map(|port| format!("http://{host}{port}"));
    bare.chain(schemes).chain(hosts).chain(around).chain(ports).collect()
}

#[tokio::test]
async fn fifty_presses_at_once_give_one_number() {
    let hall = TestHall::open().await;
    let key = fresh_key();
    let presses = (0..50).map(|_| {
        let (mut browser, key, hall) = (Browser::new(hall.address()), key.clone(), &hall);
        async move { ask_for_number(&mut browser, hall, key).await.json::<TakenNumber>().visit.number }
    });
    let numbers = join_all(presses).await;
    assert!(numbers.iter().all(|number| number == "A1"), "{numbers:?}");
    assert_eq!(waiting(&hall).await, 1);
}

#[tokio::test]
async fn fifty_wishes_at_once_with_one_cookie_leave_one_visit_in_line() {
    let hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let wishes = (0..50).map(|_| {
        let (mut browser, hall) = (li_nainai.browser.clone(), &hall);
        async move {
            let answer = ask_for_number(&mut browser, hall, fresh_key()).await;
            if answer.status == 200 {
                answer.json::<TakenNumber>().visit.number
            } else {
                answer.code()
            }
        }
    });
    let told = join_all(wishes).await;
    assert!(told.iter().all(|told| told == "A1"), "{told:?}");
    assert_eq!(waiting(&hall).await, 1);
}

/// The line as a window sees it.
async fn waiting(hall: &TestHall) -> u32 {
    TestStaff::signs_in(hall, "chen_laoshi").await.console.line.waiting
}

#[tokio::test]
async fn one_address_has_its_share_of_a_minute_and_a_full_hall_says_so() {
    let hall = TestHall::open_where(
        HallRules {
            max_live_visits: 3,
            ..always_open()
        },
        |_| {},
    )
    .await;
    let mut codes = std::collections::BTreeMap::new();
    // Twice the share of a minute and more, so that a turn of the minute changes nothing.
    for _ in 0..125 {
        let answer = ask_for_number(&mut Browser::new(hall.address()), &hall, fresh_key()).await;
        let code = if answer.status == 200 { "number".into() } else { answer.code() };
        *codes.entry(code).or_insert(0) += 1;
    }
    assert_eq!(codes["number"], 3, "{codes:?}");
    assert!(codes["hall_full"] >= 57 && codes["too_many"] >= 5, "{codes:?}");
}
