//! 「大厅规则」 through the real program: a rule changed while one talks and one waits, and what is left of it after a restart.

use yunyiban_core::HallRules;
use yunyiban_protocol::http::{ChangeRule, RuleValue, RulesPage};
use yunyiban_protocol::{ClientMessage, RequestKey, ServerMessage, SessionNotice, SessionRequest, Timestamp, VisitStatus, WindowNotice};

use super::day::doctor_is_content;
use crate::support::hall::always_open;
use crate::support::http::{Answer, Browser};
use crate::support::page::{done, fresh_key};
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

async fn hall_clock(citizen: &mut TestCitizen) -> Timestamp {
    citizen.page.say(&ClientMessage::Session(SessionRequest::Ping { visible: true })).await;
    loop {
        if let Some(ServerMessage::Session(SessionNotice::Pong { now })) = citizen.page.hear().await {
            return now;
        }
    }
}

/// The ring of a window that sits down now, by the clock of the hall.
async fn is_rung_for_ten_seconds(staff: &mut TestStaff, citizen: &mut TestCitizen) {
    let before = hall_clock(citizen).await;
    staff.opens_window("2").await;
    let until = loop {
        let rung = staff.page.heard.iter().find_map(|message| {
            if let ServerMessage::Window(WindowNotice::Rung { visit, until, .. }) = message {
                (visit.id == citizen.visit.id).then_some(*until)
            } else {
                None
            }
        });
        match rung {
            Some(until) => break until,
            None => staff.hears().await,
        }
    };
    let after = hall_clock(citizen).await;
    assert!(
        until >= before.plus(10_000) && until <= after.plus(10_000),
        "the next ring goes by the new rule"
    );
}

/// 王主任 makes rings shorter and writing up longer, and reads both on the page.
async fn changes_two_rules(wang_zhuren: &mut TestStaff) {
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

    changes_two_rules(&mut wang_zhuren).await;
    done(li_nainai.writes("还在吗").await);
    assert!(
        matches!(li_nainai.visit.status, VisitStatus::Serving { .. }),
        "{:?}",
        li_nainai.visit.status
    );
    assert_eq!(wang_bo.visit.number, "A2");
    let mut lin_laoshi = TestStaff::signs_in(&hall, "lin_laoshi").await;
    is_rung_for_ten_seconds(&mut lin_laoshi, &mut wang_bo).await;
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
    doctor_is_content(&hall);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_so_is_whoever_may_not() {
    let hall = TestHall::open().await;
    let mut wang_zhuren = TestStaff::signs_in(&hall, "wang_zhuren").await;
    for (rule, seen, value, code, status) in [
        ("timers.rings_ms", 20_000, 10_000, "rule_unknown", 404),
        (RING, 20_000, 0, "rule_out_of_range", 422),
        ("max_live_visits", 500, 0, "rule_out_of_range", 422),
        (RING, 20_000, 90_000, "rule_contradicts", 422),
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
