//! Chat: one order, nothing lost (I20).

use super::Subject;
use super::sample::{Scribe, chat, line, put, visit, xinqu};

pub(super) async fn lines_come_back_in_order_after_the_last_one_seen(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let said: Vec<_> = (1..=11).map(|number| line(number, "您好😀'; drop table visits;--")).collect();
    scribe
        .commit(
            [put(&visit(1)), put(&visit(2))]
                .into_iter()
                .chain(said.iter().map(|line| chat(&visit(1), line)))
                .collect(),
        )
        .await
        .unwrap();
    scribe.commit(vec![chat(&visit(2), &line(1, "别人的话"))]).await.unwrap();

    let after = async |number, limit| subject.store.chat_after(&xinqu(), &visit(1).id, number, limit).await.unwrap();

    assert_eq!(after(0, 100).await, said);
    assert_eq!(after(8, 100).await, said[8..]);
    assert_eq!(after(3, 2).await, said[3..5]);
    assert!(after(11, 100).await.is_empty());
}
