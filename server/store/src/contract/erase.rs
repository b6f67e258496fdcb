//! Erasing what a person said leaves the chain of events whole.

use yunyiban_core::{KeptMark, PhoneMark, Row};
use yunyiban_protocol::VisitId;

use super::Subject;
use super::sample::{Scribe, chat, contact, hash_after, line, load, put, record, saved, visit, xinqu};

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
