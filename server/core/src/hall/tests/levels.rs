//! A skill is asked at a level, and less of it after a while.

use yunyiban_protocol::{VisitId, WaitOffer, WindowId, Work};

use super::matching::leveled;
use super::people::Stage;
use super::rules::numbers;
use super::script::play_all;

/// The visit a window is rung for.
fn rung(stage: &Stage, window: &str) -> Option<String> {
    let Work::Reserved { visit, .. } = stage.hall.window(&WindowId::new(window))?.work else {
        return None;
    };
    Some(visit.to_string())
}

fn offer(stage: &Stage) -> Option<WaitOffer> {
    stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li waits").offer
}

#[test]
fn less_of_a_skill_is_asked_after_half_a_minute_and_the_place_stays() {
    // DOMAIN 3.5, FEATURES 40 and 41.
    let mut stage = Stage::with_windows(leveled(), &["2"]);
    stage.take_for("li", "refund");
    let (id, order) = (VisitId::new("li"), stage.archive.visits[&VisitId::new("li")].order);
    assert_eq!((stage.state("li"), offer(&stage)), ("waiting", None), "window 2 will do, after a while");
    let place = stage.hall.place(&id);
    stage.pass(29_000);
    assert_eq!((stage.state("li"), stage.hall.place(&id)), ("waiting", place));
    stage.restart();
    stage.pass(1_000);
    assert_eq!(rung(&stage, "2").as_deref(), Some("li"));
    assert_eq!(stage.archive.visits[&id].order, order);
}

#[test]
fn whoever_waited_for_a_level_goes_before_whoever_came_meanwhile() {
    let mut stage = Stage::with_windows(leveled(), &["2"]);
    stage.take_for("li", "refund");
    play_all(&mut stage, "w2 takes a break");
    stage.take_for("wu", "refund");
    stage.pass(40_000);
    stage.take_for("gao", "card");
    play_all(&mut stage, "w2 is available");
    assert_eq!(rung(&stage, "2").as_deref(), Some("li"), "by the time all have waited");
}

#[test]
fn an_administrator_says_how_long_a_level_is_waited_for() {
    let mut stage = Stage::with_windows(leveled(), &["1", "2"]);
    stage.take_for("wu", "refund");
    play_all(&mut stage, "w1 accepts wu; wu accepts");
    stage.take_for("li", "refund");
    stage.staff("1", numbers("order.level_step_ms", 30_000, 10_000)).expect("a supervisor");
    stage.pass(9_000);
    assert_eq!(stage.state("li"), "waiting");
    stage.pass(1_000);
    assert_eq!(rung(&stage, "2").as_deref(), Some("li"));
}
