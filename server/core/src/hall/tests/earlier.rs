//! What a window reads of earlier visits of today before it answers.

use yunyiban_protocol::{EarlierVisit, WindowId};

use super::people::{Stage, rules};
use super::script::play_all;

/// What the window reads, `number outcome`, with `?` where only the telephone says that it was the same person.
fn read(stage: &Stage) -> Vec<String> {
    let served = stage.hall.served(&WindowId::new("3"), stage.now).expect("it has a visit");
    let line = |one: EarlierVisit| format!("{}{} {:?}", one.number, if one.by_phone { "?" } else { "" }, one.outcome);
    served.earlier.into_iter().map(line).collect()
}

/// One visit after the other by one cookie, each served.
fn served_again(stage: &mut Stage, names: &[&str]) {
    let mut cookie: Option<String> = None;
    for name in names {
        stage.try_to_take(name, cookie.as_deref()).expect("the hall takes visits");
        stage.serve("3", name);
        cookie = Some(format!("token of {name}"));
    }
}

#[test]
fn a_window_reads_the_earlier_visits_of_the_cookie_before_it_answers() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    served_again(&mut stage, &["li", "li again"]);
    let ended_at = stage.now;
    stage.pass(60_000);
    stage
        .try_to_take("li once more", Some("token of li again"))
        .expect("the hall takes visits");
    assert_eq!(stage.state("li once more"), "ringing");
    assert_eq!(read(&stage), ["A2 Served", "A1 Served"]);
    let served = stage.hall.served(&WindowId::new("3"), stage.now).expect("it is rung");
    assert_eq!(served.earlier[0].at, ended_at);
    assert_eq!(
        served.earlier[0].item.as_ref().map(|item| item.code.as_str()),
        Some("residence"),
        "as its record says"
    );
    stage.restart();
    stage.lives("3");
    assert_eq!(read(&stage), ["A2 Served", "A1 Served"], "a restart forgets nothing of today");
}

#[test]
fn an_equal_telephone_is_said_to_be_no_more_than_that() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    play_all(
        &mut stage,
        "w3 takes a break; wu takes; wu leaves a number; wu leaves; gao takes; gao leaves",
    );
    play_all(&mut stage, "li takes; li leaves a number; w3 is available");
    assert_eq!(stage.state("li"), "ringing");
    assert_eq!(read(&stage), ["A1? Abandoned"]);
}

#[test]
fn no_more_than_five_are_read_and_none_of_yesterday() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    served_again(&mut stage, &["1", "2", "3", "4", "5", "6", "7"]);
    stage.try_to_take("last", Some("token of 7")).expect("the hall takes visits");
    let read_today = read(&stage);
    assert_eq!((read_today.len(), read_today[0].as_str()), (5, "A7 Served"));
    play_all(&mut stage, "last leaves");
    stage.now = stage.now.plus(24 * 60 * 60 * 1_000);
    stage.try_to_take("next day", Some("token of last")).expect("the hall takes visits");
    stage.lives("3");
    play_all(&mut stage, "w3 says back");
    assert_eq!(stage.state("next day"), "ringing");
    assert_eq!(read(&stage), [""; 0]);
}
