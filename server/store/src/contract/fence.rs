//! Only the owner writes a hall (I17).

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::HallId;

use super::Subject;
use super::sample::{Scribe, closed, ids, load, put, ringing, visit, xinqu};

pub(super) async fn a_stale_owner_changes_nothing(subject: Subject) {
    let mut zombie = Scribe::of_new(&subject.store, &xinqu()).await;
    zombie.commit(vec![put(&visit(1))]).await.unwrap();
    let mut owner = Scribe::take(&subject.store, &xinqu()).await;

    let refused = zombie.commit(vec![put(&visit(2)), put(&closed(&visit(1), visit(1).joined_at))]).await;

    assert!(matches!(refused, Err(StoreFailure::NotOwner { hall }) if hall == xinqu()));
    let image = load(&subject.store, &xinqu()).await;
    assert_eq!((image.seq, &image.last_hash), (owner.seq, &owner.last_hash));
    assert_eq!(image.visits, [visit(1)]);
    assert!(owner.epoch > zombie.epoch);
    owner.commit(vec![put(&visit(2))]).await.unwrap();
}

/// Two processes take the hall from each other and write, in drawn orders: whoever has it last writes, and of the other not one row is
/// stored, however often it tries.
pub(super) async fn of_two_owners_only_the_last_writes_in_any_order(subject: Subject) {
    const STEPS: u32 = 60;
    for seed in 1..=3 {
        let hall = HallId::new(format!("hall-{seed}"));
        let first = Scribe::of_new(&subject.store, &hall).await;
        let second = Scribe::take(&subject.store, &hall).await;
        let (mut owners, mut last) = ([first, second], 1);
        let (mut stored, mut refused, mut drawn) = (Vec::new(), 0, seed);
        for step in 1..=STEPS {
            // Numerical Recipes: enough to mix three kinds of steps.
            drawn = drawn_after(drawn);
            let who = (drawn >> 16) as usize % 2;
            if (drawn >> 20).is_multiple_of(4) {
                owners[who] = Scribe::take(&subject.store, &hall).await;
                last = who;
                continue;
            }
            // Somebody new, and everybody there anew: a write of before would be seen in any row.
            let mut rows: Vec<_> = stored.iter().map(|number| put(&ringing(&visit(*number), "3"))).take(1).collect();
            rows.push(put(&visit(step)));
            let before = load(&subject.store, &hall).await;
            let outcome = owners[who].commit(rows).await;
            if who == last {
                outcome.unwrap();
                stored.push(step);
            } else {
                assert!(matches!(outcome, Err(StoreFailure::NotOwner { .. })), "step {step}: {outcome:?}");
                assert_eq!(load(&subject.store, &hall).await, before, "step {step} changed something");
                refused += 1;
            }
        }
        assert!(stored.len() > 10 && refused > 10, "{} stored, {refused} refused", stored.len());
        let owner = &owners[last];
        let image = load(&subject.store, &hall).await;
        assert_eq!((image.seq, &image.last_hash), (owner.seq, &owner.last_hash));
        assert_eq!(image.visits.len(), stored.len());
    }
}

const fn drawn_after(drawn: u32) -> u32 {
    drawn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

pub(super) async fn a_number_that_moved_on_changes_nothing(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let twice = scribe.batch(vec![put(&visit(1))]);
    scribe.commit(vec![put(&visit(1))]).await.unwrap();

    let refused = subject.store.commit(twice).await;

    assert!(matches!(refused, Err(StoreFailure::NotOwner { .. })));
    assert_eq!(load(&subject.store, &xinqu()).await.seq, 1);
}

pub(super) async fn rows_without_events_keep_number_and_hash(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    scribe.commit(vec![put(&visit(1))]).await.unwrap();
    let mut batch = scribe.batch(vec![put(&ringing(&visit(1), "3"))]);
    batch.events.clear();

    subject.store.commit(batch).await.unwrap();

    let image = load(&subject.store, &xinqu()).await;
    assert_eq!((image.seq, image.last_hash), (1, scribe.last_hash));
    assert_eq!(image.visits, [ringing(&visit(1), "3")]);
}

pub(super) async fn a_hall_that_is_not_there_cannot_be_taken(subject: Subject) {
    assert!(subject.store.take_hall(&xinqu()).await.is_err());
    let lost = subject.store.load_hall(&xinqu(), visit(1).joined_at, visit(1).joined_at).await.unwrap();
    assert!(lost.is_none());
}

/// Twelve halls commit at the same moment; the fourth has lost its epoch, the ninth breaks a guard.
pub(super) async fn one_halls_conflict_stays_its_own(subject: Subject) {
    let halls: Vec<HallId> = (0..12).map(|number| HallId::new(format!("hall-{number}"))).collect();
    let mut batches = Vec::new();
    for hall in &halls {
        let scribe = Scribe::of_new(&subject.store, hall).await;
        batches.push(scribe.batch(vec![put(&ringing(&visit(1), "1")), put(&ringing(&visit(2), "2"))]));
    }
    batches[4].epoch += 1;
    let scribe = Scribe::take(&subject.store, &halls[9]).await;
    batches[9] = scribe.batch(vec![put(&ringing(&visit(1), "1")), put(&ringing(&visit(2), "1"))]);

    let commits: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let store = subject.store.clone();
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();

    for (number, (hall, commit)) in halls.iter().zip(commits).enumerate() {
        let outcome = commit.await.unwrap();
        let image = load(&subject.store, hall).await;
        match number {
            4 => assert!(matches!(outcome, Err(StoreFailure::NotOwner { hall }) if hall == halls[4])),
            9 => assert!(matches!(outcome, Err(StoreFailure::Guard { hall, .. }) if hall == halls[9])),
            _ => assert!(outcome.is_ok(), "hall {hall}: {outcome:?}"),
        }
        let stored = if number == 4 || number == 9 {
            Vec::new()
        } else {
            vec![visit(1).id, visit(2).id]
        };
        assert_eq!(ids(&image), stored, "hall {hall}");
        assert_eq!(image.seq as usize, stored.len());
    }
}

/// The commit is dropped at one point after another (F13): the hall is loaded again and goes on.
pub(super) async fn a_caller_who_stops_waiting_leaves_all_or_nothing(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    for patience in 0..40 {
        let rows = vec![put(&visit(2 * patience + 1)), put(&visit(2 * patience + 2))];
        tokio::select! {
            biased;
            stored = scribe.commit(rows) => stored.unwrap(),
            () = yields(4 * patience * patience) => scribe = Scribe::take(&subject.store, &xinqu()).await,
        }
        let image = load(&subject.store, &xinqu()).await;
        assert_eq!(
            (image.seq, image.visits.len() as u32),
            (scribe.seq, scribe.seq),
            "after {patience} yields"
        );
        assert_eq!(image.seq % 2, 0, "never half a batch");
    }
    scribe.commit(vec![put(&visit(100))]).await.unwrap();
}

async fn yields(count: u32) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}
