//! 「大厅规则」 through the real program: a rule changed while one talks and one waits, and what is left of it after a restart.

use yunyiban_core::HallRules;
use yunyiban_protocol::http::{ChangeRule, RuleValue, RulesPage};
use yunyiban_protocol::{ClientMessage, RequestKey, SessionRequest, Timestamp, VisitStatus, WindowNotice};

use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::{done, fresh_key};
use crate::support::process::run;
use crate::support::{TestCitizen, TestHall, TestStaff};

const RING: &str = "timers.ring_ms";

fn wish(key: RequestKey, rule: &str, seen: u32, value: u32) -> ChangeRule {
    ChangeRule {
        key,
        rule: rule.into(),
        seen: RuleValue::Number(seen),
        value: RuleValue::Number(value),
    }
}

async fn change(browser: &mut Browser, wish: &ChangeRule) -> Answer {
    browser.post("/api/staff/rules", wish).await
}

async fn rules(browser: &mut Browser) -> RulesPage {
    browser.get("/api/staff/rules").await.json()
}

fn value_of(page: &RulesPage, rule: &str) -> RuleValue {
    page.rules.iter().find(|view| view.rule == rule).unwrap().value
}

/// Until when this window is rung for somebody, and when that was said, both by the clock of the hall.
async fn rung(staff: &mut TestStaff) -> (String, Timestamp) {
    loop {
        if let Some(yunyiban_protocol::ServerMessage::Window(WindowNotice::Rung { visit, until, .. })) = staff.page.hear().await {
            return (visit.number.to_string(), until);
        }
    }
}

async fn hall_clock(citizen: &mut TestCitizen) -> Timestamp {
    citizen.page.say(&ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    loop {
        if let Some(yunyiban_protocol::ServerMessage::Session(yunyiban_protocol::SessionNotice::Pong { now })) = citizen.page.hear().await {
            return now;
        }
    }
}

#[tokio::test]
async fn a_rule_changes_under_a_talk_and_a_wait_and_stays_after_a_restart() {
    let mut hall = TestHall::open_apart(
        HallRules {
            handshake: false,
            ..always_open()
        },
        |_| {},
    )
    .await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    chen_laoshi.opens_window("1").await;
    chen_laoshi.serves(&mut li_nainai).await;
    let mut wang_bo = TestCitizen::takes_a_number(&hall).await;

    let key = fresh_key();
    let shorter = wish(key, RING, 20_000, 10_000);
    for _ in 0..2 {
        assert_eq!(
            change(&mut wang_zhuren.browser, &shorter).await.status,
            204,
            "the same key, the same answer"
        );
    }
    let longer = wish(fresh_key(), "timers.wrap_up_ms", 60_000, 90_000);
    assert_eq!(change(&mut wang_zhuren.browser, &longer).await.status, 204);
    let page = rules(&mut wang_zhuren.browser).await;
    assert_eq!(value_of(&page, RING), RuleValue::Number(10_000));
    let told: Vec<_> = page.changes.iter().map(|change| (change.by.as_deref(), change.rule.as_str())).collect();
    assert_eq!(told, [(Some("王主任"), "timers.wrap_up_ms"), (Some("王主任"), RING)]);

    done(li_nainai.writes("还在吗").await);
    assert!(
        matches!(li_nainai.visit.status, VisitStatus::Serving { .. }),
        "{:?}",
        li_nainai.visit.status
    );
    assert_eq!(wang_bo.visit.number, "A2");
    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    let before = hall_clock(&mut wang_bo).await;
    lin_laoshi.opens_window("2").await;
    let (number, until) = match lin_laoshi.visit.take() {
        // The ring may have come before the answer to the window.
        Some(visit) => (visit.number.to_string(), None),
        None => {
            let (number, until) = rung(&mut lin_laoshi).await;
            (number, Some(until))
        }
    };
    assert_eq!(number, "A2");
    let after = hall_clock(&mut wang_bo).await;
    if let Some(until) = until {
        assert!(until >= before.plus(10_000) && until <= after.plus(10_000), "the next ring is shorter");
    }
    done(lin_laoshi.accepts(&wang_bo.visit.id.clone()).await);
    done(chen_laoshi.hangs_up().await);

    hall.kill();
    hall.start();
    let mut wang_zhuren = TestStaff::comes_back(&hall, wang_zhuren.browser.clone()).await;
    let page = rules(&mut wang_zhuren.browser).await;
    assert_eq!(
        (value_of(&page, RING), value_of(&page, "timers.wrap_up_ms"), page.changes.len()),
        (RuleValue::Number(10_000), RuleValue::Number(90_000), 2)
    );
    hall.close().await;
    let folder = tempfile::tempdir().unwrap();
    let doctor = run(&hall.config, folder.path(), &["doctor", "--database"]);
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned() + &String::from_utf8_lossy(&doctor.stderr);
    assert!(doctor.status.success(), "{told}");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_so_is_whoever_may_not() {
    let hall = TestHall::open().await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    for (rule, seen, value, code, status) in [
        ("timers.rings_ms", 20_000, 10_000, "rule_unknown", 404),
        (RING, 20_000, 0, "rule_out_of_range", 422),
        ("max_live_visits", 500, 0, "rule_out_of_range", 422),
        (RING, 19_000, 10_000, "rule_changed", 409),
    ] {
        let answer = change(&mut wang_zhuren.browser, &wish(fresh_key(), rule, seen, value)).await;
        assert_eq!((answer.code().as_str(), answer.status), (code, status), "{rule}");
    }
    let body = r#"{"key":"a-key-of-length","rule":"timers.ring_ms","seen":20000,"value":"soon"}"#;
    let origin = wang_zhuren.browser.origin();
    let unread = wang_zhuren.browser.clone().post_from(&origin, "/api/staff/rules", body).await;
    assert_eq!(unread.code(), "bad_message");
    let good = body.replace("\"soon\"", "10000");
    let foreign = wang_zhuren
        .browser
        .clone()
        .post_from("https://example.org", "/api/staff/rules", &good)
        .await;
    assert_eq!(foreign.code(), "foreign_origin");

    let mut chen_laoshi = TestStaff::signs_in(&hall, "chen_laoshi").await;
    assert_eq!(
        change(&mut chen_laoshi.browser, &wish(fresh_key(), RING, 20_000, 10_000)).await.code(),
        "not_allowed"
    );
    assert_eq!(chen_laoshi.browser.get("/api/staff/rules").await.code(), "not_allowed");
    assert_eq!(Browser::new(hall.address()).get("/api/staff/rules").await.code(), "signed_out");
    let page = rules(&mut wang_zhuren.browser).await;
    assert_eq!(value_of(&page, RING), RuleValue::Number(20_000));
    assert!(page.changes.is_empty());
}
