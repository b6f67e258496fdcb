//! By which telephones appointments were booked: marks that go, and a key that stays.

use yunyiban_core::{KeptMark, PhoneMark, Row};
use yunyiban_protocol::{HallId, Sensitive, VisitId};

use super::Subject;
use super::sample::{NINE, Scribe, load, put, visit, xinqu};

fn marked(visit: &VisitId, mark: Option<KeptMark>) -> Row {
    Row::PhoneMark { visit: visit.clone(), mark }
}

pub(super) async fn a_mark_stands_until_it_counts_for_nothing(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let (li, wu) = (visit(1), visit(2));
    let booked = KeptMark {
        mark: PhoneMark("ab".repeat(32)),
        missed_at: None,
    };
    let missed = KeptMark {
        missed_at: Some(NINE),
        ..booked.clone()
    };
    let rows = vec![
        put(&li),
        put(&wu),
        marked(&li.id, Some(booked.clone())),
        marked(&wu.id, Some(booked.clone())),
    ];
    scribe.commit(rows).await.unwrap();
    assert_eq!(
        load(&subject.store, &xinqu()).await.phone_marks,
        [(li.id.clone(), booked.clone()), (wu.id.clone(), booked)]
    );
    scribe
        .commit(vec![marked(&li.id, Some(missed.clone())), marked(&wu.id, None)])
        .await
        .unwrap();
    assert_eq!(load(&subject.store, &xinqu()).await.phone_marks, [(li.id.clone(), missed)]);
    scribe.commit(vec![marked(&li.id, None)]).await.unwrap();
    assert_eq!(load(&subject.store, &xinqu()).await.phone_marks, []);
}

pub(super) async fn the_key_of_a_hall_is_made_once(subject: Subject) {
    drop(Scribe::of_new(&subject.store, &xinqu()).await);
    let laocheng = HallId::new("laocheng");
    drop(Scribe::of_new(&subject.store, &laocheng).await);
    let key = |text: &str| Sensitive::new(text.to_owned());
    let store = &subject.store;
    assert_eq!(store.phone_key(&xinqu(), &key("first")).await.unwrap(), key("first"));
    assert_eq!(store.phone_key(&xinqu(), &key("second")).await.unwrap(), key("first"));
    assert_eq!(store.phone_key(&laocheng, &key("third")).await.unwrap(), key("third"));
}
