//! 「大厅规则」: an administrator changes a rule of the open hall while somebody waits, is rung for, and talks.

use yunyiban_core::{Day, HallRules, OrderKey, Timers, Visit, VisitState};
use yunyiban_protocol::http::{ChangeRule, EtaDay, RuleValue, RulesPage};
use yunyiban_protocol::{
    ClientMessage, DeclineReason, MediaSetup, Outcome, Presence, QueueId, RequestKey, ServerMessage, SessionNotice, Timestamp, VisitId, VisitNotice,
    VisitStatus, WaitRange, WindowNotice, WindowRequest,
};

use super::archive::Fault;
use super::serving::{done, key, status, talk, until};
use super::stage::{NINE, Page, Stage, failed, refused, settle, xinqu};
use super::time::live;
use crate::StaffSession;
use crate::ports::store::{Audited, Store};
use crate::trouble::Trouble;

const RING: &str = "timers.ring_ms";

/// Audit rows as the fake archive has them, `who what`, of one first word, newest first.
pub(super) fn audited(rows: &[String], word: &str, limit: u32) -> Vec<Audited> {
    let rows = rows.iter().rev().filter_map(|row| row.split_once(' '));
    let rows = rows.filter(|(_, what)| what.split(' ').next() == Some(word));
    let audited = |(actor, what): (&str, &str)| Audited {
        at: Timestamp::default(),
        actor: format!("staff:{actor}"),
        what: what.to_owned(),
    };
    rows.take(limit as usize).map(audited).collect()
}

fn wish(name: &str, rule: &str, seen: u32, value: u32) -> ChangeRule {
    ChangeRule {
        key: RequestKey::new(format!("the-key-{name}")),
        rule: rule.into(),
        seen: RuleValue::Number(seen),
        value: RuleValue::Number(value),
    }
}

async fn change(stage: &Stage, who: &StaffSession, name: &str, seen: u32, value: u32) -> Result<(), Trouble> {
    stage.house.change_rule(who, wish(name, RING, seen, value)).await
}

fn value_of(page: &RulesPage, rule: &str) -> RuleValue {
    page.rules.iter().find(|view| view.rule == rule).unwrap().value
}

async fn ring_ms(stage: &Stage, who: &StaffSession) -> RuleValue {
    value_of(&stage.house.rules(who).await.unwrap(), RING)
}

/// Who is rung for, and until when.
async fn rung(page: &mut Page) -> (String, Timestamp) {
    until(page, |message| match message {
        ServerMessage::Window(WindowNotice::Rung { visit, until, .. }) => Some((visit.number.to_string(), until)),
        _ => None,
    })
    .await
}

async fn is_available(page: &mut Page) {
    let available = WindowRequest::Presence {
        key: key("available"),
        presence: Presence::Available {},
        note: None,
    };
    done(page.ask(ClientMessage::Window(available)).await);
}

#[tokio::test]
async fn who_waits_and_who_is_rung_for_keep_number_and_place_and_the_next_ring_goes_by_the_new_rule() {
    let stage = Stage::open().await;
    // What began at the very moment of a load has the grace of a restart.
    stage.clock.advance(1_000);
    let now = NINE.plus(1_000);
    let (mut li_nainai, taken, _) = stage.li_nainai().await;
    let (other, _) = stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut wang_bo = stage.connect(&other.ticket).await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    is_available(&mut chen_laoshi).await;
    assert_eq!(rung(&mut chen_laoshi).await, ("A1".into(), now.plus(20_000)));
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    change(&stage, &wang_zhuren, "first", 20_000, 15_000).await.unwrap();
    change(&stage, &wang_zhuren, "second", 15_000, 10_000).await.unwrap();
    assert_eq!(ring_ms(&stage, &wang_zhuren).await, RuleValue::Number(10_000));
    settle().await;
    status(&mut li_nainai, "ringing").await;
    let place = until(&mut wang_bo, |message| match message {
        ServerMessage::Visit(VisitNotice::Changed { visit, .. }) => Some((visit.number, visit.status)),
        _ => None,
    })
    .await;
    assert!(place.0 == "A2" && matches!(place.1, VisitStatus::Waiting { .. }), "{place:?}");

    let decline = WindowRequest::Decline {
        key: key("decline"),
        visit: taken.visit.id.clone(),
        reason: DeclineReason::Other,
    };
    done(chen_laoshi.ask(ClientMessage::Window(decline)).await);
    live(&stage, &mut [&mut li_nainai, &mut wang_bo, &mut chen_laoshi], 35_000).await;
    let (number, until) = rung(&mut chen_laoshi).await;
    assert_eq!(number, "A1", "the same place");
    assert!(until <= now.plus(45_000), "a shorter ring");
}

#[tokio::test]
async fn however_often_rules_change_a_running_ring_ends_when_it_would() {
    let stage = Stage::open().await;
    let (mut li_nainai, ..) = stage.li_nainai().await;
    let (mut chen_laoshi, ..) = stage.chen_laoshi().await;
    // Who was there when the hall was loaded has the grace of a restart; nobody here was.
    live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 5_000).await;
    is_available(&mut chen_laoshi).await;
    let (_, end) = rung(&mut chen_laoshi).await;
    assert_eq!(end, NINE.plus(25_000));
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    for (name, seen, value) in [("first", 20_000, 15_000), ("second", 15_000, 10_000), ("third", 10_000, 30_000)] {
        live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 5_000).await;
        change(&stage, &wang_zhuren, name, seen, value).await.unwrap();
    }
    live(&stage, &mut [&mut li_nainai, &mut chen_laoshi], 5_000).await;
    status(&mut li_nainai, "waiting").await;
}

#[tokio::test]
async fn a_talk_goes_on_and_its_gate_stays_open() {
    let mut talk = talk().await;
    let (wang_zhuren, _) = talk.stage.signed_in("wang_zhuren").await;
    settle().await;
    talk.stage.relay.take_log();
    change(&talk.stage, &wang_zhuren, "first", 20_000, 10_000).await.unwrap();
    settle().await;
    let log = talk.stage.relay.take_log();
    assert!(
        !log.iter()
            .any(|line| line.starts_with("close") || line == &format!("gate {}", talk.visit)),
        "{log:?}"
    );
    status(&mut talk.li_nainai, "serving").await;
    let hang_up = WindowRequest::HangUp { key: key("hang-up") };
    done(talk.chen_laoshi.ask(ClientMessage::Window(hang_up)).await);
}

/// The next word about how long a page tries for a call: by its welcome (`true`), or while it is open.
async fn media_setup(page: &mut Page) -> (bool, MediaSetup) {
    until(page, |message| match message {
        ServerMessage::Session(SessionNotice::Welcome { media_setup, .. }) => Some((true, media_setup.unwrap())),
        ServerMessage::Session(SessionNotice::Rules { media_setup }) => Some((false, media_setup)),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn every_page_goes_by_the_time_for_a_call_of_its_welcome_and_hears_of_another() {
    let stage = Stage::open().await;
    let (taken, _) = stage.take_number("li_nainai_takes", None).await.unwrap();
    let mut li_nainai = stage.signed_on(&taken.ticket).await;
    let (chen, _) = stage.signed_in("chen_laoshi").await;
    let mut chen_laoshi = stage.signed_on(&stage.house.staff_ticket(&chen).unwrap().ticket).await;
    let before = MediaSetup {
        attempt_ms: 15_000,
        text_ms: 30_000,
    };
    let after = MediaSetup {
        attempt_ms: 20_000,
        ..before
    };
    for page in [&mut li_nainai, &mut chen_laoshi] {
        assert_eq!(media_setup(page).await, (true, before));
    }
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    let longer = wish("longer", "timers.media_setup_ms", before.attempt_ms, after.attempt_ms);
    stage.house.change_rule(&wang_zhuren, longer).await.unwrap();
    for page in [&mut li_nainai, &mut chen_laoshi] {
        assert_eq!(media_setup(page).await, (false, after));
    }
    let (other, _) = stage.take_number("wang_bo_takes", None).await.unwrap();
    let mut wang_bo = stage.signed_on(&other.ticket).await;
    assert_eq!(media_setup(&mut wang_bo).await, (true, after));
}

#[tokio::test]
async fn what_a_hall_would_not_work_with_is_refused_and_only_administrators_read_and_change() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    let commits = stage.archive.commits();
    for (name, rule, seen, value, code) in [
        ("unknown", "timers.rings_ms", 20_000, 10_000, "rule_unknown"),
        ("list", "queues", 20_000, 10_000, "rule_unknown"),
        ("none", RING, 20_000, 0, "rule_out_of_range"),
        ("years", RING, 20_000, u32::MAX, "rule_out_of_range"),
        ("switch", "handshake", 0, 1, "rule_out_of_range"),
        ("contradiction", RING, 20_000, 90_000, "rule_contradicts"),
        ("stale", RING, 25_000, 10_000, "rule_changed"),
    ] {
        assert_eq!(refused(stage.house.change_rule(&wang_zhuren, wish(name, rule, seen, value)).await), code);
    }
    let (chen_laoshi, _) = stage.signed_in("chen_laoshi").await;
    assert_eq!(refused(change(&stage, &chen_laoshi, "chen", 20_000, 10_000).await), "not_allowed");
    assert_eq!(refused(stage.house.rules(&chen_laoshi).await), "not_allowed");
    assert_eq!(stage.archive.commits(), commits, "nothing is stored");
    let page = stage.house.rules(&wang_zhuren).await.unwrap();
    let ring = page.rules.iter().find(|view| view.rule == RING).unwrap();
    assert_eq!(
        (ring.value, ring.default, ring.least, ring.most),
        (RuleValue::Number(20_000), RuleValue::Number(20_000), Some(5_000), Some(300_000))
    );
    assert!(page.changes.is_empty());
}

#[tokio::test]
async fn of_two_at_the_same_moment_one_is_told_that_the_value_is_another() {
    let stage = Stage::open().await;
    stage
        .archive
        .add(super::stage::account("li_zhuren", yunyiban_protocol::http::Role::Administrator));
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    let (li_zhuren, _) = stage.signed_in("li_zhuren").await;
    stage.archive.hold();
    let (taken, first, second, ()) = tokio::join!(
        stage.take_number("li_nainai_takes", None),
        async {
            settle().await;
            change(&stage, &wang_zhuren, "wang", 20_000, 10_000).await
        },
        async {
            settle().await;
            change(&stage, &li_zhuren, "li", 20_000, 30_000).await
        },
        async {
            settle().await;
            settle().await;
            stage.archive.release();
        }
    );
    taken.unwrap();
    first.unwrap();
    assert_eq!(refused(second), "rule_changed");
    assert_eq!(ring_ms(&stage, &wang_zhuren).await, RuleValue::Number(10_000));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_answered_when_repeated_and_happened_once() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    stage.archive.fail_next(&[Fault::LoseReply]);
    assert_eq!(failed(change(&stage, &wang_zhuren, "once", 20_000, 10_000).await), "store_unavailable");
    change(&stage, &wang_zhuren, "once", 20_000, 10_000).await.unwrap();
    let page = stage.house.rules(&wang_zhuren).await.unwrap();
    assert_eq!(value_of(&page, RING), RuleValue::Number(10_000));
    assert_eq!(page.changes.len(), 1);
    let told = &page.changes[0];
    assert_eq!((told.by.as_deref(), told.rule.as_str()), (Some("wang_zhuren"), RING));
    assert_eq!(
        (told.before, told.after),
        (Some(RuleValue::Number(20_000)), Some(RuleValue::Number(10_000)))
    );

    stage.archive.fail_next(&[Fault::Refuse]);
    assert_eq!(failed(change(&stage, &wang_zhuren, "twice", 10_000, 20_000).await), "store_unavailable");
    assert_eq!(
        ring_ms(&stage, &wang_zhuren).await,
        RuleValue::Number(10_000),
        "what was not stored is not in force"
    );
    change(&stage, &wang_zhuren, "twice", 10_000, 20_000).await.unwrap();
}

#[tokio::test]
async fn an_owner_who_lost_the_hall_changes_nothing() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    stage.archive.fail_next(&[Fault::NotOwner]);
    assert_eq!(failed(change(&stage, &wang_zhuren, "stale", 20_000, 10_000).await), "store_unavailable");
    assert_eq!(ring_ms(&stage, &wang_zhuren).await, RuleValue::Number(20_000));
    assert!(stage.archive.audits().iter().all(|row| !row.contains("rule_changed")));
}

#[tokio::test]
async fn what_the_command_line_set_beside_the_server_is_not_overwritten_but_shown() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    let beside = HallRules {
        timers: Timers {
            ring_ms: 30_000,
            ..Timers::default()
        },
        always_open: true,
        ..HallRules::default()
    };
    stage.archive.put_rules(&xinqu(), &beside).await.unwrap();
    assert_eq!(failed(change(&stage, &wang_zhuren, "stale", 20_000, 10_000).await), "store_unavailable");
    assert_eq!(refused(change(&stage, &wang_zhuren, "stale", 20_000, 10_000).await), "rule_changed");
    assert_eq!(ring_ms(&stage, &wang_zhuren).await, RuleValue::Number(30_000));
    change(&stage, &wang_zhuren, "knowing", 30_000, 10_000).await.unwrap();
    assert_eq!(ring_ms(&stage, &wang_zhuren).await, RuleValue::Number(10_000));
}

/// A visit of so many days ago, helped after so many minutes; it was shown a wait of five to ten, or none.
fn helped(name: &str, days_ago: i64, after_minutes: u32, was_shown: Option<WaitRange>) -> Visit {
    let came = Day::of(NINE).plus(-days_ago).at(10 * 60);
    let order = OrderKey {
        band: 1,
        effective: came,
        behind: 1,
        seq: 1,
    };
    let mut visit = Visit::new(VisitId::new(name), QueueId::new("a"), "A1".into(), came, order);
    let at = came.plus(after_minutes * 60_000);
    visit.shown_wait = was_shown;
    visit.served_at = Some(at);
    visit.state = VisitState::Closed {
        outcome: Outcome::Served,
        at,
    };
    visit
}

#[tokio::test]
async fn an_administrator_reads_how_often_the_estimate_held_yesterday() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    let none = EtaDay {
        waited: 0,
        held_percent: None,
    };
    assert_eq!(stage.house.rules(&wang_zhuren).await.unwrap().yesterday, Some(none));
    let range = Some(WaitRange {
        from_minutes: 5,
        to_minutes: 10,
    });
    for (name, days_ago, after_minutes, was_shown) in [
        ("in-it", 1, 7, range),
        ("late", 1, 30, range),
        ("shown-none", 1, 8, None),
        ("at-once", 1, 0, range),
        ("the-day-before", 2, 7, range),
        ("today", 0, 7, range),
    ] {
        stage.archive.keep(helped(name, days_ago, after_minutes, was_shown));
    }
    let yesterday = stage.house.rules(&wang_zhuren).await.unwrap().yesterday.unwrap();
    assert_eq!((yesterday.waited, yesterday.held_percent), (3, Some(33)));
}

#[tokio::test]
async fn the_rules_are_there_while_yesterday_cannot_be_read() {
    let stage = Stage::open().await;
    let (wang_zhuren, _) = stage.signed_in("wang_zhuren").await;
    stage.archive.fail_loads(&[Fault::Refuse]);
    let page = stage.house.rules(&wang_zhuren).await.unwrap();
    assert_eq!(page.yesterday, None);
    assert_eq!(value_of(&page, RING), RuleValue::Number(20_000));
    assert!(stage.house.rules(&wang_zhuren).await.unwrap().yesterday.is_some(), "the next time it can");
}
