//! The emergency close of a hall: at most one, and its text goes with it.

use yunyiban_core::{Row, Suspended, Suspension};
use yunyiban_protocol::{Sensitive, StaffId, Timestamp, WhoWaits};

use super::Subject;
use super::sample::{HOUR_MS, NINE, Scribe, load, seal, xinqu};

fn closed(text: &str, until: Option<Timestamp>) -> (Row, Suspended) {
    let text = seal(Sensitive::new(text.to_owned()));
    let suspension = Suspension {
        since: NINE,
        by: StaffId::new("wang"),
        until,
        waiting: WhoWaits::CalledBack,
        digest: text.digest.clone(),
    };
    let suspended = Suspended {
        suspension: suspension.clone(),
        text: text.clone(),
    };
    let row = Row::Suspension {
        suspension: Some((suspension, text)),
    };
    (row, suspended)
}

pub(super) async fn an_emergency_close_stands_until_it_ends(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    assert_eq!(load(&subject.store, &xinqu()).await.suspended, None);
    let (first, _) = closed("大楼停电。", None);
    let (second, corrected) = closed("大楼停电，\n下午恢复。", Some(NINE.plus(5 * HOUR_MS)));
    scribe.commit(vec![first]).await.unwrap();
    scribe.commit(vec![second]).await.unwrap();
    assert_eq!(load(&subject.store, &xinqu()).await.suspended, Some(corrected));
    scribe.commit(vec![Row::Suspension { suspension: None }]).await.unwrap();
    assert_eq!(load(&subject.store, &xinqu()).await.suspended, None);
    let events = subject.store.events_after(&xinqu(), 0, 100).await.unwrap();
    assert_eq!(events.iter().filter(|stored| stored.json.contains(r#""subject":"hall""#)).count(), 3);
    assert!(
        events.iter().all(|stored| !stored.json.contains("停电")),
        "the text lies beside, and is gone"
    );
}
