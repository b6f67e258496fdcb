//! 过号 for long: the place near the front is given away, and the number is kept for a return to the end of the line (DOMAIN 3.6).

use yunyiban_protocol::{Ahead, EndOfLine, OpeningHours, Outcome, PlaceCause, Timestamp, VisitId, VisitStatus};

use super::people::{Stage, rules};
use super::rules::numbers;
use super::script::{check, check_with, play_all};
use crate::{HallRules, Tell, VisitState};

const MINUTE_MS: u32 = 60_000;

/// Li does not answer, three others wait at a window that takes a break.
const MISSED: &str = "li takes; wu takes; gao takes; tan takes; w3 accepts li; +60; w3 takes a break";
/// The others are there still.
const STAY: &str = "wu is back; gao is back; tan is back";
const GONE: &str = "waiting > ringing > connecting > missed";

fn missed(stage: &Stage) -> (Timestamp, Option<EndOfLine>) {
    let status = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li has a number").status;
    let VisitStatus::Missed { until, end_of_line, .. } = status else {
        panic!("{status:?}")
    };
    (until, end_of_line)
}

fn number_order(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

fn outcome(stage: &Stage) -> Option<Outcome> {
    stage.archive.outcomes.get(&VisitId::new("li")).copied()
}

#[test]
fn who_comes_back_after_half_an_hour_stands_at_the_end_of_the_line() {
    let mut stage = check(&format!("{MISSED}; +1750; {STAY}; li returns"), &format!("{GONE} > waiting"));
    assert_eq!(number_order(&stage), ["A2", "A3", "A1", "A4"], "in time: behind the next two");
    stage = check(&format!("{MISSED}; +1801; {STAY}; he takes; li returns"), &format!("{GONE} > waiting"));
    assert_eq!(number_order(&stage), ["A2", "A3", "A4", "A5", "A1"]);
    let place = stage.hall.place(&VisitId::new("li")).expect("li waits");
    assert_eq!((place.ahead, place.cause), (Ahead::Exact { count: 4 }, Some(PlaceCause::Missed)));
    play_all(&mut stage, "lin takes");
    assert_eq!(
        number_order(&stage).last().map(String::as_str),
        Some("A6"),
        "whoever comes later stands behind"
    );
}

#[test]
fn the_page_says_what_a_return_is_worth_now_and_later() {
    let mut stage = check(MISSED, GONE);
    let (until, then) = missed(&stage);
    assert_eq!((until.since(stage.now), then), (30 * MINUTE_MS, Some(EndOfLine::Later)));
    stage.told.clear();
    stage.pass(30 * MINUTE_MS);
    let (ends, now) = missed(&stage);
    assert_eq!(
        (ends.since(until), now),
        (570 * MINUTE_MS, Some(EndOfLine::Now)),
        "ten hours in all, by the rules"
    );
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))), "its page reads so at once");
    assert_eq!((stage.state("li"), outcome(&stage)), ("missed", None));
    stage.restart();
    assert_eq!(missed(&stage), (ends, Some(EndOfLine::Now)));
    stage.pass(570 * MINUTE_MS);
    assert_eq!((stage.state("li"), outcome(&stage)), ("closed", Some(Outcome::Expired)));
}

#[test]
fn a_return_to_the_end_is_a_return_and_who_has_used_them_up_has_no_right_to_wait_for() {
    let again = "li returns; +61; w3 is available; w3 accepts li; +60; w3 takes a break";
    let late = format!("li takes; w3 accepts li; +60; w3 takes a break; +1801; {again}; +1801; {again}");
    let round = "ringing > connecting > missed";
    let states = format!("waiting > {round} > waiting > {round} > waiting > {round}");
    let stage = check(&format!("{late}; li returns !used_up; +1799"), &states);
    assert_eq!(missed(&stage).1, None);
    check(&format!("{late}; +1801"), &format!("{states} > closed"));
}

#[test]
fn a_hall_may_say_that_a_number_missed_for_so_long_is_taken_anew() {
    let mut strict = rules();
    strict.timers.missed_keeps_ms = strict.timers.missed_return_ms;
    let stage = check_with(strict.clone(), MISSED, GONE);
    assert_eq!(missed(&stage).1, None);
    let stage = check_with(strict, &format!("{MISSED}; +1801"), &format!("{GONE} > closed"));
    assert_eq!(outcome(&stage), Some(Outcome::Expired));
}

#[test]
fn an_administrator_makes_it_shorter_and_who_was_promised_keeps_what_was_promised() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    play_all(&mut stage, &format!("w1 takes a break; {MISSED}; +1801"));
    let (ends, _) = missed(&stage);
    stage
        .staff("1", numbers("timers.missed_keeps_ms", 600 * MINUTE_MS, 40 * MINUTE_MS))
        .expect("a supervisor");
    assert_eq!(missed(&stage), (ends, Some(EndOfLine::Now)));
    stage.pass(20 * MINUTE_MS);
    assert_eq!(stage.state("li"), "missed");
}

/// Nine to half past ten.
fn morning() -> HallRules {
    let hours = OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: 540,
        to_minute: 630,
    };
    HallRules {
        always_open: false,
        hours: vec![hours],
        ..rules()
    }
}

#[test]
fn it_is_kept_until_the_hall_closes_and_no_longer() {
    let stage = check_with(morning(), &format!("{MISSED}; +1801"), GONE);
    let (ends, now) = missed(&stage);
    assert_eq!(now, Some(EndOfLine::Now));
    let closing = stage.hall.card(stage.now).open;
    assert_eq!(closing, yunyiban_protocol::OpenState::Open { until: ends });
    let until_closing = ends.since(stage.now) / 1_000;
    let talk = "w3 is available; w3 accepts wu; wu accepts";
    let story = format!("{MISSED}; wu is back; +1801; wu is back; {talk}; +{}", until_closing + 1);
    check_with(morning(), &story, &format!("{GONE} > closed"));
}

#[test]
fn who_is_missed_near_closing_is_promised_nothing_for_after_it() {
    // Sixty-one minutes after nine li is missed, at half past the hall closes: nothing is left to return to then.
    let story = "li takes; w3 takes a break; +3660; li is back; w3 is available; w3 accepts li; +60";
    let stage = check_with(morning(), story, "waiting > ringing > waiting > ringing > connecting > missed");
    assert_eq!(missed(&stage).1, None);
}

#[test]
fn a_number_whose_place_is_given_away_takes_nobodys_room() {
    let few = HallRules {
        max_live_visits: 4,
        ..rules()
    };
    let mut stage = check_with(few, &format!("{MISSED}; +1700; {STAY}"), GONE);
    assert_eq!(stage.try_to_take("he", None).err(), Some(crate::Refusal::HallFull));
    stage.pass(101_000);
    play_all(&mut stage, STAY);
    assert!(stage.try_to_take("he", None).is_ok(), "li keeps the number, and the room is free");
    play_all(&mut stage, "li returns");
    assert_eq!(stage.try_to_take("lin", None).err(), Some(crate::Refusal::HallFull));
}

#[test]
fn a_row_of_before_is_one_whose_place_is_kept() {
    let row = r#"{"is":"missed","since":1000,"until":2000}"#;
    let state: VisitState = serde_json::from_str(row).expect("rows last");
    let (since, until) = (Timestamp::from_millis(1_000), Timestamp::from_millis(2_000));
    assert_eq!(state, VisitState::Missed { since, until, late: false });
    assert_eq!(serde_json::to_string(&state).expect("it is plain"), row);
}
