//! The wall between halls (T22, I22).

use yunyiban_app::ports::store::RecordQuery;
use yunyiban_core::{Done, Row};
use yunyiban_protocol::{BulkId, HallId, ItemCode, RequestKey, StaffId, Timestamp};

use super::Subject;
use super::sample::{MIDNIGHT, NINE, Scribe, chat, chen_laoshi, contact, ids, item, line, load, put, record, ringing, saved, token, visit, xinqu};

/// Two halls use the same ids for everything; 东城 has all of it, 新区 sees nothing of it.
pub(super) async fn the_same_ids_in_two_halls_never_mix(subject: Subject) {
    let store = &subject.store;
    let dongcheng = HallId::new("dongcheng");
    let mut there = Scribe::of_new(store, &dongcheng).await;
    let mut here = Scribe::of_new(store, &xinqu()).await;
    store.add_account(&chen_laoshi(&dongcheng)).await.unwrap();
    store.put_catalogue(&dongcheng, &[item("pension", "养老保险")]).await.unwrap();
    let served = ringing(&visit(1), "3");
    let rows = |text: &str| {
        vec![
            put(&served),
            token(&served, "t1", None),
            contact(&served),
            chat(&served, &line(1, text)),
            saved(&record(&served, 1, 0), text),
            Row::Picture {
                visit: served.id.clone(),
                bulk: BulkId::new("photo"),
            },
            Row::Request {
                scope: "citizen".into(),
                key: RequestKey::new("key-0001"),
                done: Done::Nothing,
                at: NINE,
            },
        ]
    };
    there.commit(rows("东城")).await.unwrap();

    let image = load(store, &xinqu()).await;
    assert_eq!(
        (ids(&image), image.tokens.len(), image.contacts.len(), image.records.len()),
        (Vec::new(), 0, 0, 0)
    );
    assert_eq!(
        (image.staff.len(), image.items.len(), image.requests.len(), image.last_numbers.len()),
        (0, 0, 0, 0)
    );
    let day = RecordQuery {
        from: MIDNIGHT,
        to: Timestamp::from_millis(i64::MAX),
        limit: 50,
        ..RecordQuery::default()
    };
    assert!(store.records(&xinqu(), &day).await.unwrap().0.is_empty());
    assert!(store.record_versions(&xinqu(), &served.id).await.unwrap().is_empty());
    assert!(store.chat_after(&xinqu(), &served.id, 0, 10).await.unwrap().is_empty());
    assert!(store.events_after(&xinqu(), 0, 10).await.unwrap().is_empty());
    assert!(store.picture_of(&xinqu(), &BulkId::new("photo")).await.unwrap().is_none());
    assert!(store.item_guide(&xinqu(), &ItemCode::new("pension")).await.unwrap().is_none());
    assert!(store.account(&xinqu(), &StaffId::new("chen")).await.unwrap().is_none());
    assert!(store.accounts(&xinqu()).await.unwrap().is_empty());

    here.commit(rows("新区")).await.unwrap();
    store.forget_requests(&xinqu(), NINE.plus(1)).await.unwrap();
    assert_eq!(store.chat_after(&dongcheng, &served.id, 0, 10).await.unwrap(), [line(1, "东城")]);
    assert_eq!(store.chat_after(&xinqu(), &served.id, 0, 10).await.unwrap(), [line(1, "新区")]);
    assert_eq!(store.record_versions(&dongcheng, &served.id).await.unwrap()[0].note.reveal(), "东城");
    assert_eq!(load(store, &dongcheng).await.requests.len(), 1);
    subject.erase(&xinqu(), &served.id).await;
    assert_eq!(load(store, &dongcheng).await.contacts.len(), 1);
}
