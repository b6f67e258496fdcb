//! 好差评: given by one tap, corrected on the same day, and the citizen's alone.

use yunyiban_protocol::{RatingLevel, VisitId, WindowId};

use super::people::Stage;
use super::script::check;
use crate::{CitizenAct, Done, Refusal, StaffAct, Subject, Tell};

const HOUR_MS: u32 = 3_600_000;

fn li() -> VisitId {
    VisitId::new("li")
}

fn rate(stage: &mut Stage, level: RatingLevel) -> Result<Done, Refusal> {
    stage.citizen("li", CitizenAct::Rate(level))
}

/// A served visit, at half past nine in the morning.
fn served() -> Stage {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    stage
}

/// What the citizen's page shows: the level, and whether it may be given or corrected.
fn shown(stage: &Stage) -> (Option<RatingLevel>, bool) {
    let view = stage.hall.visit_view(&li(), stage.now).expect("her visit");
    (view.rating, view.may_rate)
}

/// Cause, what was before and what is now of every event about her rating.
fn told(stage: &Stage) -> Vec<(&str, Option<&str>, RatingLevel)> {
    let events = stage.archive.events.iter();
    events
        .filter_map(|event| match &event.after {
            Subject::Rating { level, .. } => Some((event.cause.as_str(), event.before.as_deref(), *level)),
            Subject::Visit { .. }
            | Subject::Window { .. }
            | Subject::Contact { .. }
            | Subject::Chat { .. }
            | Subject::Record { .. }
            | Subject::Looked { .. }
            | Subject::Hall { .. } => None,
        })
        .collect()
}

#[test]
fn a_visit_nobody_served_has_no_rating() {
    let mut stage = check("li takes; li leaves", "waiting > ringing > closed");
    assert_eq!(rate(&mut stage, RatingLevel::Satisfied), Err(Refusal::NotServed));
}

#[test]
fn a_rating_is_given_after_the_end_and_no_window_learns_of_it() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    assert_eq!(rate(&mut stage, RatingLevel::Dissatisfied), Err(Refusal::NotServed));
    stage.staff("3", StaffAct::HangUp).expect("they talk");
    let seen = |stage: &Stage| stage.hall.served(&WindowId::new("3"), stage.now);
    let before = seen(&stage);
    for level in [RatingLevel::Dissatisfied, RatingLevel::Satisfied] {
        stage.told.clear();
        assert_eq!(rate(&mut stage, level), Ok(Done::Nothing));
        assert_eq!(stage.told, [Tell::Visit(li())], "the citizen alone is told");
        assert_eq!(seen(&stage), before);
    }
}

#[test]
fn a_wrong_tap_is_corrected_and_the_last_level_is_the_one_rating() {
    let mut stage = served();
    assert_eq!(shown(&stage), (None, true));
    rate(&mut stage, RatingLevel::VeryDissatisfied).expect("the thumb slipped");
    assert_eq!(shown(&stage), (Some(RatingLevel::VeryDissatisfied), true));
    rate(&mut stage, RatingLevel::VerySatisfied).expect("as it was meant");
    assert_eq!(shown(&stage), (Some(RatingLevel::VerySatisfied), true));
    assert_eq!(stage.archive.ratings, [(li(), RatingLevel::VerySatisfied)].into());
    assert_eq!(
        told(&stage),
        [
            ("rated", None, RatingLevel::VeryDissatisfied),
            ("rating_corrected", Some("very_dissatisfied"), RatingLevel::VerySatisfied)
        ]
    );
}

#[test]
fn the_same_level_again_changes_nothing() {
    let mut stage = served();
    rate(&mut stage, RatingLevel::Satisfied).expect("served");
    let events = stage.archive.events.len();
    assert_eq!(rate(&mut stage, RatingLevel::Satisfied), Ok(Done::Nothing));
    assert_eq!(stage.archive.events.len(), events);
}

#[test]
fn a_rating_is_corrected_until_the_day_of_the_service_ends() {
    let mut stage = served();
    rate(&mut stage, RatingLevel::Dissatisfied).expect("served");
    stage.pass(14 * HOUR_MS);
    rate(&mut stage, RatingLevel::Satisfied).expect("late in the evening");
    stage.restart();
    rate(&mut stage, RatingLevel::FairlySatisfied).expect("a restart forgets nothing");
    stage.pass(HOUR_MS);
    assert_eq!(shown(&stage), (Some(RatingLevel::FairlySatisfied), false));
    assert_eq!(rate(&mut stage, RatingLevel::VerySatisfied), Err(Refusal::AlreadyRated));
    assert_eq!(rate(&mut stage, RatingLevel::FairlySatisfied), Err(Refusal::AlreadyRated));
}
