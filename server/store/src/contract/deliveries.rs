//! The delivery log: one line a message, the newest first, and those that wait.

use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::{HallId, Timestamp};

use super::Subject;
use super::sample::{NINE, Scribe, load, put, visit, xinqu};

fn line(id: &str, at: i64, state: DeliveryState, answer: &str, attempts: u32) -> Delivery {
    Delivery {
        id: id.into(),
        visit: visit(1).id,
        kind: "near_turn".into(),
        ahead: Some(2),
        slot: None,
        at: Timestamp::from_millis(at),
        attempts,
        state,
        answer: answer.into(),
        tried_at: Timestamp::from_millis(at + i64::from(attempts)),
    }
}

/// One that nobody has tried yet.
fn fresh(id: &str, at: i64) -> Delivery {
    line(id, at, DeliveryState::Waiting, "", 0)
}

async fn waiting(subject: &Subject, hall: &HallId, limit: u32) -> Vec<Delivery> {
    subject.store.waiting_deliveries(hall, limit).await.unwrap()
}

pub(super) async fn the_log_keeps_the_last_word_of_each_message(subject: Subject) {
    Scribe::of_new(&subject.store, &xinqu()).await;
    let first = line("first", 1_000, DeliveryState::Waiting, "status 500", 1);
    let second = line("second", 2_000, DeliveryState::GivenUp, "timeout", 4);
    let delivered = line("first", 1_000, DeliveryState::Delivered, "ok", 2);
    for delivery in [&first, &second, &delivered] {
        subject.store.put_delivery(&xinqu(), delivery).await.unwrap();
    }
    let log = async |limit| subject.store.deliveries(&xinqu(), limit).await.unwrap();
    assert_eq!(log(10).await, [second.clone(), delivered.clone()]);
    assert_eq!(log(1).await, std::slice::from_ref(&second));
    // As from a process that was stopped while another took its hall and sent the message.
    let late = line("first", 1_000, DeliveryState::Waiting, "timeout", 3);
    let later = line("second", 2_000, DeliveryState::Delivered, "ok", 5);
    for delivery in [&late, &later] {
        subject.store.put_delivery(&xinqu(), delivery).await.unwrap();
    }
    assert_eq!(log(10).await, [second, delivered], "what has ended stays as it ended");
}

pub(super) async fn a_message_is_stored_with_what_it_tells_of_or_not_at_all(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let mut batch = scribe.batch(vec![put(&visit(1))]);
    batch.deliveries = vec![fresh("first", 1_000), fresh("second", 1_000), fresh("third", 2_000)];
    let mut stale = batch.clone();
    stale.epoch -= 1;
    let refused = subject.store.commit(stale).await;
    assert!(matches!(refused, Err(StoreFailure::NotOwner { .. })), "{refused:?}");
    assert_eq!(waiting(&subject, &xinqu(), 10).await, []);
    let stored = batch.deliveries.clone();
    subject.store.commit(batch).await.unwrap();
    assert_eq!(waiting(&subject, &xinqu(), 10).await, stored);
    assert_eq!(load(&subject.store, &xinqu()).await.visits.len(), 1);

    // Messages alone move no number.
    scribe = Scribe::take(&subject.store, &xinqu()).await;
    let mut alone = scribe.batch(Vec::new());
    alone.deliveries = vec![fresh("fourth", 3_000)];
    subject.store.commit(alone).await.unwrap();
    assert_eq!(waiting(&subject, &xinqu(), 10).await.len(), 4);
    assert_eq!(load(&subject.store, &xinqu()).await.seq, scribe.seq);
}

pub(super) async fn what_waits_comes_back_whole_oldest_first(subject: Subject) {
    let laocheng = HallId::new("laocheng");
    for hall in [xinqu(), laocheng.clone()] {
        Scribe::of_new(&subject.store, &hall).await;
    }
    let put_off = Delivery {
        kind: "put_off".into(),
        ahead: None,
        slot: Some(NINE),
        ..line("put_off", 2_000, DeliveryState::Waiting, "timeout", 2)
    };
    let near = fresh("near", 1_000);
    let lines = [
        put_off.clone(),
        near.clone(),
        line("taken", 500, DeliveryState::Delivered, "ok", 1),
        line("late", 600, DeliveryState::GivenUp, "too_late", 0),
    ];
    for delivery in &lines {
        subject.store.put_delivery(&xinqu(), delivery).await.unwrap();
    }
    assert_eq!(waiting(&subject, &xinqu(), 10).await, [near.clone(), put_off.clone()]);
    assert_eq!(waiting(&subject, &xinqu(), 1).await, [put_off], "of too many the newest");
    assert_eq!(waiting(&subject, &laocheng, 10).await, [], "each hall has its own");
    let taken = Delivery {
        state: DeliveryState::Delivered,
        answer: "ok".into(),
        attempts: 1,
        ..near
    };
    subject.store.put_delivery(&xinqu(), &taken).await.unwrap();
    assert_eq!(waiting(&subject, &xinqu(), 10).await.len(), 1);
}
