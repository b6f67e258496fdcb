//! Whoever is away from the page and left a number hears that the turn is near; nobody hears it twice.

use yunyiban_protocol::VisitId;

use super::people::{Stage, rules};
use super::rules::numbers;
use super::script::{check, check_with, check_with_handshake, play, play_all};
use crate::event::NoticeKind;
use crate::{HallRules, Tell};

/// Window 3 talks to gao; li has gone to sleep behind tan, deng and wu.
const ASLEEP: &str = "li takes; li leaves a number";

fn told(stage: &Stage, name: &str) -> Vec<NoticeKind> {
    let to = VisitId::new(name);
    let kinds = stage.told.iter().filter_map(|tell| {
        if let Tell::Notice(visit, kind) = tell
            && *visit == to
        {
            Some(*kind)
        } else {
            None
        }
    });
    kinds.collect()
}

fn near(ahead: u32) -> NoticeKind {
    NoticeKind::NearTurn { ahead }
}

#[test]
fn who_sleeps_is_told_at_the_third_place_and_at_the_first() {
    let script = "w3 opens; w3 takes a break; tan takes; deng takes; wu takes; li takes; li leaves a number; li falls silent; +61";
    let mut stage = check(script, "waiting");
    assert_eq!(told(&stage, "li"), [], "three are ahead");
    for (step, heard) in [
        ("tan leaves", vec![near(2)]),
        ("deng leaves", vec![near(2)]),
        ("wu leaves", vec![near(2), near(0)]),
        ("restart", vec![near(2), near(0)]),
        ("+600", vec![near(2), near(0)]),
    ] {
        play(&mut stage, step, script);
        assert_eq!(told(&stage, "li"), heard, "{step}");
    }
}

#[test]
fn an_administrator_says_at_which_places_people_are_told() {
    let mut stage = Stage::with_windows(rules(), &["1", "3"]);
    let script = "w1 takes a break; w3 takes a break; tan takes; deng takes; wu takes; li takes; li leaves a number; li falls silent; +61";
    play_all(&mut stage, script);
    assert_eq!(told(&stage, "li"), [], "three are ahead");
    stage.staff("1", numbers("notice_first_at", 3, 4)).expect("a supervisor");
    assert_eq!(told(&stage, "li"), [near(3)], "the fourth is told from now on");
    stage.staff("1", numbers("notice_again_at", 1, 2)).expect("a supervisor");
    for (step, heard) in [
        ("tan leaves", vec![near(3)]),
        ("deng leaves", vec![near(3), near(1)]),
        ("wu leaves", vec![near(3), near(1)]),
    ] {
        play(&mut stage, step, script);
        assert_eq!(told(&stage, "li"), heard, "{step}");
    }
}

#[test]
fn where_the_rules_say_no_place_nobody_is_told() {
    let script = "w3 opens; w3 takes a break; tan takes; li takes; li leaves a number; li falls silent; +61; tan leaves";
    let never = HallRules {
        notice_first_at: 0,
        notice_again_at: 0,
        ..rules()
    };
    assert_eq!(told(&check_with(never, script, "waiting > closed"), "li"), []);
    let once = HallRules {
        notice_again_at: 0,
        ..rules()
    };
    assert_eq!(told(&check_with(once, script, "waiting > closed"), "li"), [near(1)]);
}

#[test]
fn whoever_is_told_has_time_to_come_however_long_they_were_away() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    let asleep = "w3 takes a break; tan takes; deng takes; wu takes; li takes; li leaves a number; he takes; li falls silent; he falls silent; +1800";
    play_all(&mut stage, asleep);
    play_all(&mut stage, "tan leaves; +70");
    assert_eq!(
        (stage.state("li"), stage.state("he")),
        ("away", "closed"),
        "he left no number and was told nothing"
    );
    play_all(&mut stage, "deng leaves; wu leaves; +1790");
    assert_eq!((told(&stage, "li"), stage.state("li")), (vec![near(2), near(0)], "away"));
    play_all(&mut stage, "+20");
    assert_eq!(stage.state("li"), "closed");
}

#[test]
fn who_is_told_that_the_turn_is_near_and_comes_back_is_asked_and_rung() {
    // DOMAIN 3.2: `away` leads to `calling` by notice.
    let told_so = format!("w3 opens; w3 takes a break; {ASLEEP}; li falls silent; +61");
    let story = format!("{told_so}; w3 is available; +5; li is back; +1; li is here; w3 accepts li; li accepts");
    let states = "waiting > away > waiting > calling > waiting > ringing > connecting > serving";
    let stage = check_with_handshake(&story, states);
    assert_eq!(told(&stage, "li"), [near(0)]);
}

fn still_so(stage: &Stage, kind: NoticeKind) -> bool {
    stage.hall.is_still_so(&VisitId::new("li"), kind)
}

#[test]
fn what_was_told_is_so_until_the_visit_goes_on() {
    let asleep = format!("w3 opens; w3 takes a break; {ASLEEP}; li falls silent; +61");
    let mut stage = check(&asleep, "waiting > away");
    assert!(still_so(&stage, near(0)) && !still_so(&stage, NoticeKind::Missed));
    play(&mut stage, "li is back", &asleep);
    assert!(!still_so(&stage, near(0)));
    let missed = format!("{ASLEEP}; w3 accepts li; +61");
    let mut stage = check(&missed, "waiting > ringing > connecting > missed");
    assert!(still_so(&stage, NoticeKind::Missed) && !still_so(&stage, NoticeKind::CallbackFailed));
    play(&mut stage, "li returns", &missed);
    assert!(!still_so(&stage, NoticeKind::Missed));
    play(&mut stage, "li leaves", &missed);
    assert!(!still_so(&stage, near(0)) && still_so(&stage, NoticeKind::CallbackFailed));
}

#[test]
fn whose_page_is_open_or_who_left_no_number_is_not_written_to() {
    let stage = check(
        &format!("w3 opens; w3 takes a break; {ASLEEP}; wu takes; wu falls silent; +61"),
        "waiting",
    );
    assert_eq!(told(&stage, "li"), []);
    assert_eq!(told(&stage, "wu"), []);
}

#[test]
fn a_missed_turn_is_told() {
    let missed = "waiting > calling > waiting > calling > waiting > calling > missed";
    let stage = check_with_handshake(&format!("{ASLEEP}; +300"), missed);
    assert_eq!(told(&stage, "li"), [NoticeKind::Missed]);
    let stage = check(&format!("{ASLEEP}; w3 accepts li; +61"), "waiting > ringing > connecting > missed");
    assert_eq!(told(&stage, "li"), [NoticeKind::Missed]);
}

#[test]
fn a_call_back_that_reached_nobody_is_told_once_it_is_given_up() {
    let once = "w3 accepts li; w3 looks up the number; w3 reaches nobody";
    let mut stage = check(
        &format!("w3 opens; w3 takes a break; {ASLEEP}; li asks for a call-back; w3 is available; {once}; +301"),
        "waiting > callback_kept > ringing > connecting > callback_kept > ringing",
    );
    assert_eq!(told(&stage, "li"), []);
    once.split("; ").for_each(|step| play(&mut stage, step, once));
    assert_eq!(told(&stage, "li"), [NoticeKind::CallbackFailed]);
}
