//! The delivery log: one line a message, the newest first.

use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_protocol::Timestamp;

use super::Subject;
use super::sample::{Scribe, visit, xinqu};

pub(super) async fn the_log_keeps_the_last_word_of_each_message(subject: Subject) {
    Scribe::of_new(&subject.store, &xinqu()).await;
    let line = |id: &str, at: i64, state, answer: &str, attempts| Delivery {
        id: id.into(),
        visit: visit(1).id,
        kind: "near_turn".into(),
        at: Timestamp::from_millis(at),
        attempts,
        state,
        answer: answer.into(),
        tried_at: Timestamp::from_millis(at + i64::from(attempts)),
    };
    let first = line("first", 1_000, DeliveryState::Waiting, "status 500", 1);
    let second = line("second", 2_000, DeliveryState::GivenUp, "timeout", 4);
    let delivered = line("first", 1_000, DeliveryState::Delivered, "ok", 2);
    for delivery in [&first, &second, &delivered] {
        subject.store.put_delivery(&xinqu(), delivery).await.unwrap();
    }
    let log = async |limit| subject.store.deliveries(&xinqu(), limit).await.unwrap();
    assert_eq!(log(10).await, [second.clone(), delivered]);
    assert_eq!(log(1).await, [second]);
}
