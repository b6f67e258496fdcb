//! One rating a service: a correction takes its place, and each stays an event.

use yunyiban_core::{Row, Visit};
use yunyiban_protocol::RatingLevel;

use super::Subject;
use super::sample::{HOUR_MS, NINE, Scribe, put, visit, xinqu};

fn rated(visit: &Visit, level: RatingLevel, hours_later: u32) -> Row {
    Row::Rating {
        visit: visit.id.clone(),
        level,
        at: NINE.plus(hours_later * HOUR_MS),
    }
}

pub(super) async fn a_corrected_rating_takes_the_place_of_the_one_before(subject: Subject) {
    let mut scribe = Scribe::of_new(&subject.store, &xinqu()).await;
    let (li_nainai, wu_dashu) = (visit(1), visit(2));
    scribe.commit(vec![put(&li_nainai), put(&wu_dashu)]).await.unwrap();
    scribe.commit(vec![rated(&li_nainai, RatingLevel::VeryDissatisfied, 0)]).await.unwrap();
    scribe.commit(vec![rated(&wu_dashu, RatingLevel::Satisfied, 0)]).await.unwrap();
    // Twice within one batch: the thumb was fast, the last level counts.
    let corrected = vec![
        rated(&li_nainai, RatingLevel::Satisfied, 1),
        rated(&li_nainai, RatingLevel::VerySatisfied, 2),
    ];
    scribe.commit(corrected).await.unwrap();

    let row = |visit: &Visit, level: &str, hours: u32| (visit.id.to_string(), level.to_owned(), NINE.plus(hours * HOUR_MS).as_millis());
    assert_eq!(
        subject.ratings(&xinqu()).await,
        [row(&li_nainai, "very_satisfied", 2), row(&wu_dashu, "satisfied", 0)]
    );
    let events = subject.store.events_after(&xinqu(), 0, 100).await.unwrap();
    let ratings = events.iter().filter(|stored| stored.json.contains(r#""subject":"rating""#));
    assert_eq!(ratings.count(), 4, "nothing that was said is forgotten");
}
