//! The catalogue and the rules of a hall.

use yunyiban_core::HallRules;
use yunyiban_protocol::ItemCode;

use super::Subject;
use super::sample::{item, load, new_hall, xinqu};

pub(super) async fn a_new_catalogue_replaces_the_old_one(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let first: Vec<_> = (0..100).map(|number| item(&format!("item-{number}"), "旧")).collect();
    store.put_catalogue(&xinqu(), &first).await.unwrap();
    let codes = async || {
        load(store, &xinqu())
            .await
            .items
            .into_iter()
            .map(|item| item.code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes().await, first.iter().map(|item| item.brief.code.to_string()).collect::<Vec<_>>());

    store
        .put_catalogue(&xinqu(), &[item("item-9", "新"), item("new", "新"), item("item-2", "新")])
        .await
        .unwrap();

    assert_eq!(codes().await, ["item-9", "new", "item-2"]);
    assert_eq!(
        store.item_guide(&xinqu(), &ItemCode::new("item-9")).await.unwrap(),
        Some(item("item-9", "新").guide)
    );
    assert_eq!(store.item_guide(&xinqu(), &ItemCode::new("item-3")).await.unwrap(), None);
}

pub(super) async fn new_rules_are_read_at_the_next_load(subject: Subject) {
    let store = &subject.store;
    store.create_hall(&new_hall(&xinqu())).await.unwrap();
    let rules = HallRules {
        handshake: false,
        max_live_visits: 7,
        ..HallRules::default()
    };
    store.put_rules(&xinqu(), &rules).await.unwrap();
    assert_eq!(load(store, &xinqu()).await.rules, rules);
}
