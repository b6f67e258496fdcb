//! The special days of a hall, and what it learned on the days before.

use yunyiban_core::{Calendar, Day, Run, SpecialDay};
use yunyiban_protocol::DayKind;

use super::Subject;
use super::sample::{load, new_hall, xinqu};

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
