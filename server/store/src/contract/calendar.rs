//! The special days of a hall, and what it learned on the days before.

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{Actor, Calendar, Day, Row, Run, SpecialDay};
use yunyiban_protocol::{DayKind, StaffId, Timestamp};

use super::Subject;
use super::sample::{NINE, Scribe, load, new_hall, xinqu};

fn special(date: &str, kind: DayKind, runs: Vec<Run>) -> SpecialDay {
    SpecialDay {
        day: Day::named(date).expect("a date"),
        kind,
        name: "春节".into(),
        runs,
    }
}

pub(super) async fn a_new_calendar_replaces_the_old_one(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.calendar, Calendar::default());
    let morning = Run {
        from_minute: 540,
        to_minute: 720,
    };
    let off = (1..=20).map(|day| special(&format!("2027-02-{day:02}"), DayKind::Holiday, Vec::new()));
    let first = Calendar::new(off.chain([special("2027-02-27", DayKind::Short, vec![morning])]));
    store.put_calendar(&xinqu(), &first).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.calendar, first);

    let second = Calendar::new([special("2027-02-27", DayKind::Working, Vec::new())]);
    store.put_calendar(&xinqu(), &second).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.calendar, second);
}

/// A calendar of one day, and what its owner commits to have it.
fn changed(date: &str) -> (Calendar, Vec<Row>) {
    let calendar = Calendar::new([special(date, DayKind::Holiday, Vec::new())]);
    let rows = vec![
        Row::Calendar { calendar: calendar.clone() },
        Row::Audit {
            at: NINE,
            actor: Actor::Staff(StaffId::new("wang")),
            what: format!("calendar_changed - > {date},holiday,春节"),
            words: None,
            visit: None,
        },
    ];
    (calendar, rows)
}

pub(super) async fn the_owner_changes_the_calendar_with_its_audit_row_unless_it_was_changed_beside_it(subject: Subject) {
    let store = &subject.store;
    let mut server = Scribe::of_new(store, &xinqu()).await;
    let (first, rows) = changed("2027-02-05");
    server.commit(rows).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.calendar, first);
    let (second, rows) = changed("2027-02-06");
    server.commit(rows).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.calendar, second, "the whole is replaced");

    let (beside, _) = changed("2027-02-07");
    store.put_calendar(&xinqu(), &beside).await.unwrap();

    let stale = server.commit(changed("2027-02-08").1).await;
    assert!(matches!(stale, Err(StoreFailure::NotOwner { hall }) if hall == xinqu()));
    assert_eq!(load(store, &xinqu()).await.calendar, beside);
    let audited = store.audited(&xinqu(), "calendar_changed", Timestamp::default(), 9).await.unwrap();
    let told: Vec<&str> = audited.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(
        told,
        [
            "calendar_changed - > 2027-02-06,holiday,春节",
            "calendar_changed - > 2027-02-05,holiday,春节"
        ]
    );
}
