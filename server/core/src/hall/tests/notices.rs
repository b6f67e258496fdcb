//! Whoever is away from the page and left a number hears that the turn is near; nobody hears it twice.

use yunyiban_protocol::VisitId;

use super::people::Stage;
use super::script::{check, check_with_handshake, play};
use crate::Tell;
use crate::event::NoticeKind;

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
