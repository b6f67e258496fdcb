//! Staff come in by an own password, and out at once when their session ends (T04).
//!
//! Idle and absolute time-outs need another clock than the system's: app's own tests of sign-in run them in virtual time.

use std::net::Ipv4Addr;

use yunyiban::cli::staff::{Reset, Staff};
use yunyiban_protocol::http::{ChangePassword, SignIn, SignedIn};
use yunyiban_protocol::{Sensitive, ServerMessage, SessionNotice};

use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::staff::OWN_PASSWORD;
use crate::support::{TestHall, TestStaff};

async fn sign_in(browser: &mut Browser, name: &str, password: &str) -> Answer {
    let wish = SignIn {
        name: name.into(),
        password: Sensitive::new(password.into()),
    };
    browser.post("/api/staff/sign-in", &wish).await
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_the_choice_of_an_own_one() {
    let hall = TestHall::open().await;
    let one_time = hall.one_time_password("chen_laoshi");
    let mut browser = Browser::new(hall.address());
    assert!(
        sign_in(&mut browser, "chen_laoshi", &one_time)
            .await
            .json::<SignedIn>()
            .must_change_password
    );
    let closed = ["/api/staff/records", "/api/staff/records.csv"];
    for path in closed {
        assert_eq!(browser.get(path).await.code(), "password_must_change", "{path}");
    }
    assert_eq!(
        browser.post("/api/staff/ticket", &serde_json::json!({})).await.code(),
        "password_must_change"
    );
    for weak in ["short", "aaaaaaaaaaaaaaaa", "chen_laoshi", "Chen-2026-a", "1234567890", one_time.as_str()] {
        let change = ChangePassword {
            present: Sensitive::new(one_time.clone()),
            wanted: Sensitive::new(weak.into()),
        };
        assert_eq!(browser.post("/api/staff/password", &change).await.code(), "password_weak", "{weak}");
    }
    let change = ChangePassword {
        present: Sensitive::new(one_time.clone()),
        wanted: Sensitive::new(OWN_PASSWORD.into()),
    };
    let before = browser.clone();
    assert!(!browser.post("/api/staff/password", &change).await.json::<SignedIn>().must_change_password);
    assert_ne!(browser.cookie_line(), before.cookie_line(), "a new session");
    assert_eq!(before.clone().get("/api/staff/me").await.code(), "signed_out", "the old one is over");
    assert_eq!(
        sign_in(&mut Browser::new(hall.address()), "chen_laoshi", &one_time).await.code(),
        "sign_in_wrong"
    );
    assert_eq!(sign_in(&mut Browser::new(hall.address()), "chen_laoshi", OWN_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_name_at_that_address_and_nowhere_else() {
    let hall = TestHall::open().await;
    let right = hall.one_time_password("lin_laoshi");
    for name in ["lin_laoshi", "nobody_here"] {
        for nth in 1..=5 {
            let wrong = sign_in(&mut Browser::new(hall.address()), name, &format!("guessed-{nth}")).await;
            assert_eq!((wrong.status, wrong.code().as_str()), (401, "sign_in_wrong"), "{name} {nth}");
        }
        let locked = sign_in(&mut Browser::new(hall.address()), name, &right).await;
        assert_eq!((locked.status, locked.code().as_str()), (429, "sign_in_locked"), "{name}");
        let wait_s: u32 = locked.headers["retry-after"].parse().unwrap();
        assert!((1..=900).contains(&wait_s), "{wait_s}");
    }
    let own_pc = Ipv4Addr::new(127, 0, 0, 2).into();
    assert_eq!(sign_in(&mut Browser::at(own_pc, hall.address()), "lin_laoshi", &right).await.status, 200);
    let other = hall.one_time_password("chen_laoshi");
    assert_eq!(sign_in(&mut Browser::new(hall.address()), "chen_laoshi", &other).await.status, 200);
}

#[tokio::test]
async fn a_window_signs_in_while_the_world_guesses_at_its_name_also_after_a_restart() {
    let mut hall = TestHall::open().await;
    let lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    drop(lin_laoshi);
    let guess = async |hall: &TestHall, number: u8| {
        let stranger = Ipv4Addr::new(127, 0, 1, number).into();
        sign_in(&mut Browser::at(stranger, hall.address()), "lin_laoshi", "guessed").await.code()
    };
    for number in 1..=20 {
        assert_eq!(guess(&hall, number).await, "sign_in_wrong", "guess {number}");
    }
    assert_eq!(guess(&hall, 21).await, "sign_in_locked");
    hall.restart().await;
    assert_eq!(guess(&hall, 22).await, "sign_in_locked", "the count is stored");
    assert_eq!(sign_in(&mut Browser::new(hall.address()), "lin_laoshi", OWN_PASSWORD).await.status, 200);
}

/// Everything up to the end of the console's socket; the last word.
async fn last_word(staff: &mut TestStaff) -> Option<ServerMessage> {
    let mut last = None;
    while let Some(message) = staff.page.hear().await {
        last = Some(message);
    }
    last
}

#[tokio::test]
async fn a_console_closes_at_once_when_its_session_is_ended() {
    let hall = TestHall::open().await;
    let ended = Some(ServerMessage::Session(SessionNotice::Ended { code: "signed_out".into() }));

    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    let mut same_browser = chen_laoshi.browser.clone();
    assert_eq!(same_browser.post("/api/staff/sign-out", &serde_json::json!({})).await.status, 204);
    assert_eq!(last_word(&mut chen_laoshi).await, ended);
    assert_eq!(chen_laoshi.browser.get("/api/staff/me").await.code(), "signed_out");

    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    let reset = Staff::Reset(Reset { name: "lin_laoshi".into() });
    reset.run(&hall.config).await.unwrap();
    assert_eq!(last_word(&mut lin_laoshi).await, ended, "also when another process ended it");
    assert_eq!(
        sign_in(&mut Browser::new(hall.address()), "lin_laoshi", OWN_PASSWORD).await.code(),
        "sign_in_wrong"
    );
}

#[tokio::test]
async fn a_cookie_planted_before_sign_in_is_worth_nothing_after_it() {
    let hall = TestHall::open().await;
    let planted = "A".repeat(43);
    let mut browser = Browser::new(hall.address());
    browser.keep("yyb_s", &planted);
    let one_time = hall.one_time_password("chen_laoshi");
    assert_eq!(sign_in(&mut browser, "chen_laoshi", &one_time).await.status, 200);
    assert!(!browser.cookie_line().contains(&planted));
    let mut thief = Browser::new(hall.address());
    thief.keep("yyb_s", &planted);
    assert_eq!(thief.get("/api/staff/me").await.code(), "signed_out");
}

#[tokio::test]
async fn what_passwords_are_checked_with_goes_back_to_the_system() {
    const HASH_KIB: u32 = 19 * 1_024;
    let hall = TestHall::open_apart(always_open(), |config| config.sessions.password_memory_kib = HASH_KIB).await;
    let before = hall.process().resident_kib();
    for nth in 1..=12 {
        let mut browser = Browser::at(Ipv4Addr::new(127, 0, 0, nth).into(), hall.address());
        assert_eq!(
            sign_in(&mut browser, &format!("nobody_{nth}"), "dongjie-1998").await.code(),
            "sign_in_wrong"
        );
    }
    let after = hall.process().resident_kib();
    assert!(
        after < before + 2 * u64::from(HASH_KIB),
        "{before} KiB before twelve tried, {after} KiB after"
    );
}
