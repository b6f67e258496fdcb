//! Whoever was served and comes again the same day: for the same matter first to the same window, and not to one they were dissatisfied with.

use yunyiban_protocol::{ItemCode, RatingLevel, VisitId, WaitOffer, WindowId, Work};

use super::matching::{leveled, two_queues};
use super::people::{Stage, rules};
use super::rules::numbers;
use super::script::play_all;
use crate::{Act, CitizenAct, Done, HallRules, TakeNumberAct};

const HOUR_MS: u32 = 3_600_000;

/// The visit a window is rung for.
fn rung(stage: &Stage, window: &str) -> Option<String> {
    let Work::Reserved { visit, .. } = stage.hall.window(&WindowId::new(window))?.work else {
        return None;
    };
    Some(visit.to_string())
}

/// Window 1 served li, who rates it so; all three windows are free, and window 1 for the shortest time.
fn served(rules: HallRules, item: &str, level: Option<RatingLevel>) -> Stage {
    let mut stage = Stage::with_windows(rules, &["1"]);
    stage.take_for("li", item);
    play_all(
        &mut stage,
        "w1 accepts li; li accepts; w2 opens; w3 opens; +60; w1 hangs up; w1 saves li; w1 finishes",
    );
    if let Some(level) = level {
        stage.citizen("li", CitizenAct::Rate(level)).expect("it was a service");
    }
    stage
}

/// The same phone takes a number again.
fn again(stage: &mut Stage, name: &str, known: &str, item: Option<&str>) {
    let take = TakeNumberAct {
        item: item.map(ItemCode::new),
        ..stage.take_act(name, Some(known))
    };
    let taken = stage.act(Act::TakeNumber(take));
    let visit = VisitId::new(name);
    assert_eq!(taken, Ok(Done::Visit { visit, resumed: false }));
    stage.lives(name);
}

#[test]
fn who_comes_again_the_same_day_for_the_same_matter_comes_to_the_same_window() {
    let mut stage = served(rules(), "residence", None);
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "1").as_deref(), Some("li again"), "though others were free for longer");
    let mut stage = served(rules(), "residence", Some(RatingLevel::Satisfied));
    stage.pass(2 * HOUR_MS);
    stage.restart();
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "1").as_deref(), Some("li again"));
}

#[test]
fn for_another_matter_or_of_another_phone_any_window_will_do() {
    let mut stage = served(rules(), "residence", None);
    again(&mut stage, "li again", "token of li", Some("card"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    let mut stage = served(rules(), "residence", None);
    again(&mut stage, "wu", "token of nobody", Some("residence"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("wu"));
}

#[test]
fn what_the_window_wrote_down_is_the_matter_of_whoever_could_not_say() {
    // The record of `saves` says 居住证申领.
    let mut stage = served(rules(), "card", None);
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "1").as_deref(), Some("li again"));
    let mut stage = served(rules(), "card", None);
    again(&mut stage, "li again", "token of li", None);
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"), "nobody can say that it is the same");
}

#[test]
fn a_window_that_is_busy_is_not_waited_for() {
    let mut stage = served(rules(), "residence", None);
    stage.take("wu");
    play_all(&mut stage, "w1 takes a break; w1 is available; w2 picks !window_busy");
    play_all(&mut stage, "w1 takes a break");
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(stage.state("li again"), "ringing", "Q11");
}

#[test]
fn a_person_who_moved_is_looked_for_at_the_other_window() {
    let mut stage = served(rules(), "residence", None);
    play_all(&mut stage, "w3 closes; w1 closes; w1 moves to w3");
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "3").as_deref(), Some("li again"));
}

#[test]
fn a_hall_may_say_for_how_long_or_not_at_all() {
    let mut stage = served(rules(), "residence", None);
    let usual = rules().timers.follow_up_ms;
    stage.staff("1", numbers("timers.follow_up_ms", usual, HOUR_MS)).expect("a supervisor");
    stage.pass(HOUR_MS + 1_000);
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    let mut never = rules();
    never.timers.follow_up_ms = 0;
    let mut stage = served(never, "residence", None);
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
}

#[test]
fn whoever_was_dissatisfied_comes_to_that_window_no_more_whatever_the_matter() {
    for (level, item) in [(RatingLevel::Dissatisfied, "residence"), (RatingLevel::VeryDissatisfied, "card")] {
        let mut stage = served(rules(), "residence", Some(level));
        play_all(&mut stage, "wu takes; gao takes; w2 accepts wu; w3 accepts gao");
        again(&mut stage, "li again", "token of li", Some(item));
        assert_eq!((stage.state("li again"), rung(&stage, "1")), ("waiting", None), "window 1 is free");
        let place = stage.hall.place(&VisitId::new("li again")).expect("it waits");
        assert!(place.shared, "nobody says that it is the next");
        stage.take("tan");
        assert_eq!(rung(&stage, "1").as_deref(), Some("tan"), "nobody behind waits for that");
        play_all(&mut stage, "wu leaves");
        assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    }
}

#[test]
fn where_nobody_else_is_there_nobody_waits_in_vain() {
    // Q8, Q11: what no window could fulfil binds nobody.
    let mut stage = served(rules(), "residence", Some(RatingLevel::Dissatisfied));
    play_all(&mut stage, "wu takes; gao takes; w2 accepts wu; w3 accepts gao; wu accepts; gao accepts");
    again(&mut stage, "li again", "token of li", Some("residence"));
    play_all(&mut stage, "w2 drains");
    assert_eq!(stage.state("li again"), "waiting", "window 3 will take it");
    play_all(&mut stage, "w3 drains");
    assert_eq!(rung(&stage, "1").as_deref(), Some("li again"));
}

#[test]
fn only_a_window_that_takes_the_matter_is_another() {
    let offer = |stage: &Stage| stage.hall.visit_view(&VisitId::new("li again"), stage.now).expect("li waits").offer;
    // Window 1 alone has the skill at its level; window 2 will do after half a minute, and window 3 is universal after one.
    let mut stage = served(leveled(), "refund", Some(RatingLevel::Dissatisfied));
    again(&mut stage, "li again", "token of li", Some("refund"));
    assert_eq!((stage.state("li again"), offer(&stage)), ("waiting", None));
    stage.pass(30_000);
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    // Window 2 takes both queues, window 1 the first, window 3 both: without them nobody but window 2 takes the second.
    let mut stage = Stage::with_windows(two_queues(), &["2"]);
    stage.take_for("li", "card");
    play_all(&mut stage, "w2 accepts li; li accepts; w1 opens; w2 hangs up; w2 saves li; w2 finishes");
    stage
        .citizen("li", CitizenAct::Rate(RatingLevel::Dissatisfied))
        .expect("it was a service");
    again(&mut stage, "li again", "token of li", Some("card"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    assert_eq!(offer(&stage), None::<WaitOffer>);
}

#[test]
fn what_was_refused_stays_refused_over_a_visit_in_between() {
    let mut stage = served(rules(), "residence", Some(RatingLevel::Dissatisfied));
    again(&mut stage, "li again", "token of li", Some("residence"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li again"));
    play_all(&mut stage, "w3 takes a break; w2 declines li again");
    assert_eq!(stage.state("li again"), "waiting");
    stage.citizen("li again", CitizenAct::Leave).expect("it waits");
    play_all(&mut stage, "w3 is available; wu takes; w3 accepts wu; +40");
    again(&mut stage, "li once more", "token of li again", Some("residence"));
    assert_eq!(rung(&stage, "2").as_deref(), Some("li once more"));
}

#[test]
fn no_window_reads_that_it_was_refused() {
    let mut stage = served(rules(), "residence", Some(RatingLevel::Dissatisfied));
    let unrated = served(rules(), "residence", None);
    let line = |stage: &mut Stage| {
        play_all(stage, "w1 takes a break; w2 takes a break; w3 takes a break");
        again(stage, "li again", "token of li", Some("card"));
        serde_json::to_string(&stage.hall.line()).expect("it is plain")
    };
    let mut unrated = unrated;
    assert_eq!(line(&mut stage), line(&mut unrated));
}
