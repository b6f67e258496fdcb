//! Records: every version is kept, the newest is shown.

use yunyiban_app::ports::store::RecordQuery;
use yunyiban_protocol::{ItemCode, StaffId, Timestamp};

use super::Subject;
use super::sample::{HOUR_MS, MIDNIGHT, NINE, Scribe, chen_laoshi, item, put, record, saved, visit, xinqu};

fn of_the_day() -> RecordQuery {
    RecordQuery {
        from: MIDNIGHT,
        to: MIDNIGHT.plus(24 * HOUR_MS),
        limit: 50,
        ..RecordQuery::default()
    }
}

async fn numbers(subject: &Subject, query: &RecordQuery) -> (Vec<String>, Option<String>) {
    let (records, cursor) = subject.store.records(&xinqu(), query).await.unwrap();
    (
        records
            .into_iter()
            .map(|record| format!("{} v{}", record.visit_number, record.version))
            .collect(),
        cursor,
    )
}

pub(super) async fn the_newest_version_is_listed_and_all_are_kept(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe
        .commit(vec![put(&visit(1)), saved(&record(&visit(1), 1, 0), "第一版")])
        .await
        .unwrap();
    scribe
        .commit(vec![put(&visit(2)), saved(&record(&visit(2), 1, 1_000), "")])
        .await
        .unwrap();
    scribe.commit(vec![saved(&record(&visit(1), 2, 2_000), "第二版")]).await.unwrap();

    assert_eq!(
        numbers(&subject, &of_the_day()).await,
        (vec!["A2 v1".into(), "A1 v2".into()], None),
        "an edit keeps the place in the list"
    );
    let versions = subject.store.record_versions(&xinqu(), &visit(1).id).await.unwrap();
    let notes: Vec<&str> = versions.iter().map(|version| version.note.reveal().as_str()).collect();
    assert_eq!(notes, ["第一版", "第二版"]);
    let (first, facts) = (&versions[0], record(&visit(1), 1, 0));
    assert_eq!(
        (&first.id, &first.number, first.kind, first.result),
        (&facts.id, &facts.number, facts.kind, facts.result)
    );
    assert_eq!(
        (first.joined_at, first.served_at, first.ended_at, first.saved_at),
        (facts.joined_at, Some(NINE), None, NINE)
    );
}

pub(super) async fn a_record_keeps_the_names_of_its_day(subject: Subject) {
    let store = &subject.store;
    let mut scribe = Scribe::of_new(store, &xinqu()).await;
    store.add_account(&chen_laoshi(&xinqu())).await.unwrap();
    store.put_catalogue(&xinqu(), &[item("pension", "养老保险")]).await.unwrap();
    scribe.commit(vec![put(&visit(1)), saved(&record(&visit(1), 1, 0), "")]).await.unwrap();
    store.put_catalogue(&xinqu(), &[item("pension", "基本养老保险")]).await.unwrap();
    store.put_catalogue(&xinqu(), &[]).await.unwrap();
    scribe.commit(vec![saved(&record(&visit(1), 2, 0), "")]).await.unwrap();

    let versions = store.record_versions(&xinqu(), &visit(1).id).await.unwrap();

    let names: Vec<&str> = versions.iter().map(|version| version.item.name.as_str()).collect();
    assert_eq!(names, ["养老保险", "基本养老保险"], "also of an item that left the catalogue");
    assert_eq!((versions[0].staff_name.as_str(), versions[0].window_name.as_str()), ("陈老师", "3号窗口"));
    assert_eq!(versions[0].visit_number, "A1");
}

/// Seven records, two of them saved in the same millisecond, three a page.
pub(super) async fn a_long_list_comes_in_pages(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let minutes = [1, 2, 3, 3, 4, 5, 6];
    for (number, minute) in (1..).zip(minutes) {
        let visit = visit(number);
        scribe
            .commit(vec![put(&visit), saved(&record(&visit, 1, minute * 60_000), "")])
            .await
            .unwrap();
    }
    let mut query = RecordQuery { limit: 3, ..of_the_day() };
    let mut pages = Vec::new();
    loop {
        let (page, cursor) = numbers(&subject, &query).await;
        pages.push(page.join(" "));
        query.cursor = cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, ["A7 v1 A6 v1 A5 v1", "A4 v1 A3 v1 A2 v1", "A1 v1"]);
    let stranger = RecordQuery {
        cursor: Some("' or 1 = 1 --".into()),
        ..of_the_day()
    };
    assert_eq!(numbers(&subject, &stranger).await, (Vec::new(), None));
}

pub(super) async fn a_list_is_narrowed_by_time_item_and_person(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let facts: Vec<_> = (1..=4).map(|number| record(&visit(number), 1, number * 60_000)).collect();
    let mut facts = <[_; 4]>::try_from(facts).unwrap();
    facts[1].item = ItemCode::new("card");
    facts[2].staff = StaffId::new("wu");
    scribe
        .commit(
            (1..=4)
                .map(|number| put(&visit(number)))
                .chain(facts.iter().map(|facts| saved(facts, "")))
                .collect(),
        )
        .await
        .unwrap();
    let found = async |query: RecordQuery| numbers(&subject, &query).await.0.join(" ");
    let minute = |number: u32| NINE.plus(number * 60_000);

    assert_eq!(
        found(RecordQuery {
            item: Some(ItemCode::new("pension")),
            ..of_the_day()
        })
        .await,
        "A4 v1 A3 v1 A1 v1"
    );
    assert_eq!(
        found(RecordQuery {
            staff: Some(StaffId::new("wu")),
            ..of_the_day()
        })
        .await,
        "A3 v1"
    );
    assert_eq!(
        found(RecordQuery {
            from: minute(2),
            to: minute(4),
            ..of_the_day()
        })
        .await,
        "A3 v1 A2 v1"
    );
    let nobody = RecordQuery {
        item: Some(ItemCode::new("card")),
        staff: Some(StaffId::new("wu")),
        ..of_the_day()
    };
    assert_eq!(found(nobody).await, "");
    assert_eq!(
        found(RecordQuery {
            to: Timestamp::default(),
            ..of_the_day()
        })
        .await,
        ""
    );
}
