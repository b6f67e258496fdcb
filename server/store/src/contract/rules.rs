//! Rules changed by the hall's owner, and the audit that says so.

use yunyiban_app::ports::store::{Audited, StoreFailure};
use yunyiban_core::{Actor, HallRules, Row, Timers};
use yunyiban_protocol::{HallId, StaffId, Timestamp};

use super::Subject;
use super::sample::{NINE, Scribe, load, new_hall, xinqu};

fn changed(from: u32, to: u32, at: Timestamp) -> (HallRules, Vec<Row>) {
    let rules = HallRules {
        timers: Timers {
            ring_ms: to,
            ..Timers::default()
        },
        ..new_hall(&xinqu()).rules
    };
    let rows = vec![
        Row::Rules {
            rules: Box::new(rules.clone()),
        },
        Row::Audit {
            at,
            actor: Actor::Staff(StaffId::new("wang")),
            what: format!("rule_changed timers.ring_ms {from} {to}"),
            words: None,
            visit: None,
        },
    ];
    (rules, rows)
}

async fn audited(subject: &Subject, hall: &HallId, limit: u32) -> Vec<String> {
    let rows = subject.store.audited(hall, "rule_changed", Timestamp::default(), limit).await.unwrap();
    rows.into_iter().map(|row| format!("{} {}", row.actor, row.what)).collect()
}

pub(super) async fn rules_and_their_audit_row_are_stored_together_or_not_at_all(subject: Subject) {
    let mut zombie = Scribe::of_new(&subject.store, &xinqu()).await;
    let (rules, rows) = changed(20_000, 10_000, NINE);
    zombie.commit(rows).await.unwrap();
    assert_eq!(load(&subject.store, &xinqu()).await.rules, rules);

    Scribe::take(&subject.store, &xinqu()).await;
    let stale = zombie.commit(changed(10_000, 30_000, NINE).1).await;
    assert!(matches!(stale, Err(StoreFailure::NotOwner { .. })));
    assert_eq!(load(&subject.store, &xinqu()).await.rules, rules);
    assert_eq!(
        audited(&subject, &xinqu(), 9).await,
        ["staff:wang rule_changed timers.ring_ms 20000 10000"]
    );
}

pub(super) async fn rules_replaced_beside_the_owner_are_not_overwritten_by_what_it_knew(subject: Subject) {
    let store = &subject.store;
    let mut server = Scribe::of_new(store, &xinqu()).await;
    let (beside, _) = changed(20_000, 30_000, NINE);

    store.put_rules(&xinqu(), &beside).await.unwrap();

    let stale = server.commit(changed(20_000, 10_000, NINE).1).await;
    assert!(matches!(stale, Err(StoreFailure::NotOwner { hall }) if hall == xinqu()));
    assert_eq!(load(store, &xinqu()).await.rules, beside);
    assert_eq!(audited(&subject, &xinqu(), 9).await, [""; 0], "nor is it audited");
    let mut again = Scribe::take(store, &xinqu()).await;
    let (rules, rows) = changed(30_000, 10_000, NINE);
    again.commit(rows).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.rules, rules);
}

pub(super) async fn the_audit_is_read_by_its_first_word_newest_first(subject: Subject) {
    let store = &subject.store;
    let laocheng = HallId::new("laocheng");
    for hall in [&xinqu(), &laocheng] {
        store.create_hall(&new_hall(hall)).await.unwrap();
    }
    for (after_ms, what) in [
        (0, "rule_changed a 1 2"),
        (1, "rule_changedx 1"),
        (2, "sign_in"),
        (3, "rule_changed queues"),
    ] {
        store.audit(&xinqu(), NINE.plus(after_ms), "cli", what).await.unwrap();
    }
    store.audit(&laocheng, NINE, "cli", "rule_changed b 1 2").await.unwrap();
    assert_eq!(
        audited(&subject, &xinqu(), 9).await,
        ["cli rule_changed queues", "cli rule_changed a 1 2"]
    );
    let newest = store.audited(&xinqu(), "rule_changed", Timestamp::default(), 1).await.unwrap();
    let expected = Audited {
        at: NINE.plus(3),
        actor: "cli".into(),
        what: "rule_changed queues".into(),
    };
    assert_eq!(newest, std::slice::from_ref(&expected));
    for (since_ms, count) in [(0, 2), (1, 1), (3, 1), (4, 0)] {
        let since = store.audited(&xinqu(), "rule_changed", NINE.plus(since_ms), 9).await.unwrap();
        assert_eq!(since.len(), count, "{since_ms} ms after nine");
        assert!(since.iter().all(|row| *row == expected || since_ms == 0));
    }
}

pub(super) async fn the_audit_is_read_in_the_order_it_was_written_whatever_the_clock_says(subject: Subject) {
    let mut owner = Scribe::of_new(&subject.store, &xinqu()).await;
    let mut rows = changed(1, 2, NINE).1;
    rows.extend(changed(2, 1, NINE).1);
    owner.commit(rows).await.unwrap();
    for (at, what) in [
        (NINE, "rule_changed c"),
        (NINE, "rule_changed b"),
        (NINE.plus(3_600_000), "rule_changed ahead"),
        (NINE, "rule_changed set-back"),
    ] {
        subject.store.audit(&xinqu(), at, "cli", what).await.unwrap();
    }
    owner.commit(changed(1, 3, NINE).1).await.unwrap();
    assert_eq!(
        audited(&subject, &xinqu(), 9).await,
        [
            "staff:wang rule_changed timers.ring_ms 1 3",
            "cli rule_changed set-back",
            "cli rule_changed ahead",
            "cli rule_changed b",
            "cli rule_changed c",
            "staff:wang rule_changed timers.ring_ms 2 1",
            "staff:wang rule_changed timers.ring_ms 1 2"
        ]
    );
}
