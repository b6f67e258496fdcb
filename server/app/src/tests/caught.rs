//! A hall's task that panics: the batch fails, the hall goes on, and health tells while it does not.

use super::archive::Fault;
use super::stage::{Stage, failed, settle, xinqu};

#[tokio::test]
async fn a_panic_costs_one_batch_and_not_the_hall() {
    let stage = Stage::open().await;
    let (_page, kept, secret) = stage.li_nainai().await;
    stage.archive.fail_next(&[Fault::Panic]);
    assert_eq!(failed(stage.take_number("wu_takes", None).await), "store_unavailable");
    let (taken, _) = stage.take_number("wu_takes", None).await.unwrap();
    assert_eq!((taken.visit.number.as_str(), stage.archive.visits()), ("A2", 2));
    assert_eq!(stage.house.resume(&xinqu(), secret).await.unwrap().0.visit.id, kept.visit.id);
    assert_eq!((stage.house.health().await.tasks, stage.house.panics()), (true, 1));
}

#[tokio::test]
async fn a_hall_where_nothing_happens_after_a_panic_is_well_again_by_itself() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::Panic]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    stage.clock.advance(1_000);
    settle().await;
    assert!(stage.house.health().await.tasks);
}

#[tokio::test]
async fn health_is_red_while_a_hall_does_nothing_but_panic() {
    let stage = Stage::open().await;
    stage.archive.fail_next(&[Fault::Panic]);
    stage.archive.fail_loads(&[Fault::Panic; 2]);
    assert_eq!(failed(stage.take_number("li_nainai_takes", None).await), "store_unavailable");
    settle().await;
    assert!(!stage.house.health().await.tasks);
    assert_eq!(
        failed(stage.take_number("li_nainai_takes", None).await),
        "store_unavailable",
        "told at once"
    );
    for _ in 0..2 {
        assert!(!stage.house.health().await.tasks);
        stage.clock.advance(5_000);
        settle().await;
    }
    let (taken, _) = stage.take_number("li_nainai_takes", None).await.unwrap();
    assert_eq!(taken.visit.number, "A1");
    assert_eq!((stage.house.health().await.tasks, stage.house.panics()), (true, 3));
}
