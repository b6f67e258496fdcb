//! Erasing what a person said leaves the chain of events whole.

use sqlx::ConnectOptions;
use yunyiban_core::{KeptMark, PhoneMark, Row};
use yunyiban_protocol::VisitId;

use super::sample::{Scribe, chat, contact, hash_after, line, load, put, record, saved, visit, xinqu};
use super::{Behind, ERASE, Subject};

fn booked(visit: &VisitId) -> Row {
    let mark = Some(KeptMark {
        mark: PhoneMark("ab".repeat(32)),
        missed_at: None,
    });
    Row::PhoneMark { visit: visit.clone(), mark }
}

pub(super) async fn an_erased_visit_leaves_the_chain_whole(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    for number in [1, 2] {
        let visit = visit(number);
        let rows = vec![
            put(&visit),
            contact(&visit),
            chat(&visit, &line(1, "我叫李奶奶")),
            saved(&record(&visit, 1, 0), "李奶奶的养老"),
            booked(&visit.id),
        ];
        scribe.commit(rows).await.unwrap();
    }

    subject.erase(&xinqu(), &visit(1).id).await;

    let image = load(&subject.store, &xinqu()).await;
    assert_eq!(image.contacts.iter().map(|(of, _)| of.clone()).collect::<Vec<_>>(), [visit(2).id]);
    assert_eq!(image.phone_marks.iter().map(|(of, _)| of.clone()).collect::<Vec<_>>(), [visit(2).id]);
    assert!(subject.store.chat_after(&xinqu(), &visit(1).id, 0, 100).await.unwrap().is_empty());
    let erased = &subject.store.record_versions(&xinqu(), &visit(1).id).await.unwrap()[0];
    assert_eq!((erased.note.reveal().as_str(), erased.next_step.reveal().as_str()), ("", ""));
    let kept = &subject.store.record_versions(&xinqu(), &visit(2).id).await.unwrap()[0];
    assert_eq!(kept.note.reveal(), "李奶奶的养老");

    let events = subject.store.events_after(&xinqu(), 0, 1_000).await.unwrap();
    assert_eq!(events.len(), 8);
    let mut last = "0".repeat(64);
    for (number, stored) in (1..).zip(&events) {
        assert_eq!(stored.event.seq, number);
        assert_eq!(stored.prev_hash, last);
        assert_eq!(stored.hash, hash_after(&last, &stored.json));
        assert_eq!(stored.event, serde_json::from_str(&stored.json).unwrap());
        assert!(!stored.json.contains("李奶奶"));
        last.clone_from(&stored.hash);
    }
    assert_eq!(image.last_hash, last);
}

/// The tables that stay as they are when a visit is erased: why each holds nothing that its person said or is reached by.
const STAYS: [(&str, &str); 19] = [
    ("halls", "the house itself"),
    ("queues", "the house itself"),
    ("windows", "the house itself"),
    ("staff", "accounts, which go by their own rules"),
    ("sessions", "of accounts"),
    ("staff_places", "of accounts"),
    ("items", "the catalogue"),
    ("calendar_days", "the house itself"),
    ("suspensions", "words of a supervisor, for everybody to read"),
    ("visits", "codes and moments"),
    ("beside_tokens", "hashes of secrets"),
    ("events", "codes, and digests whose salt is gone"),
    ("outcomes", "codes"),
    ("ratings", "a level"),
    ("pictures", "drawn names; the pictures themselves are files"),
    ("requests", "replies hold no number, and go after a day"),
    ("audit", "who did what, by ids; words only of staff, about no visit"),
    ("deliveries", "what became of a message, without its number"),
    ("pulse", "nothing"),
];

#[tokio::test]
async fn every_table_is_erased_or_stays_for_a_reason() {
    let Subject {
        behind: Behind::Sqlite(folder),
        ..
    } = Subject::sqlite().await
    else {
        unreachable!("it was opened so");
    };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path("hall.db"));
    let mut connection = options.connect().await.unwrap();
    let tables = sqlx::query_scalar::<_, String>(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name <> '_sqlx_migrations' order by name limit 100",
    );
    let tables = tables.fetch_all(&mut connection).await.unwrap();
    let of = |sql: &str| {
        sql.split(' ')
            .skip_while(|word| !["from", "update"].contains(word))
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let mut known: Vec<String> = ERASE.iter().map(|sql| of(sql)).collect();
    known.extend(STAYS.iter().map(|(table, _)| (*table).to_owned()));
    known.sort();
    assert_eq!(
        tables, known,
        "a table with words or numbers of people belongs to ERASE, any other to STAYS"
    );
}
