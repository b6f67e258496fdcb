//! A copied cookie ends the session, and with it a place nobody can come back to: no window rings nobody (T03).

use yunyiban_protocol::{Outcome, VisitId};

use super::people::{Stage, rules};
use super::repeat::{found, resume};
use super::script::{check, check_with_handshake, play, told_states};
use crate::{Done, Refusal, Tell};

/// Somebody copied li's first cookie and brings it after it was used up.
fn brings_a_copy(stage: &mut Stage) {
    assert_eq!(resume(stage, "token of li", "second"), found("li"));
    assert_eq!(resume(stage, "second", "third"), found("li"));
    stage.told.clear();
    assert_eq!(resume(stage, "token of li", "thief's"), Err(Refusal::TokenReused));
}

fn outcome(stage: &Stage, name: &str) -> Option<Outcome> {
    stage.archive.outcomes.get(&VisitId::new(name)).copied()
}

#[test]
fn a_place_nobody_can_come_back_to_is_given_up_with_its_session() {
    for (script, states) in [
        ("w3 takes a break; li takes; wu takes", "waiting"),
        ("w3 takes a break; li takes; wu takes; li falls silent; +61", "waiting > away"),
        ("li takes; wu takes; w3 accepts li; +61", "waiting > ringing > connecting > missed"),
        (
            "li takes; w3 accepts li; li accepts; w3 parks; wu takes",
            "waiting > ringing > connecting > serving > parked",
        ),
        ("li takes; wu takes", "waiting > ringing"),
        ("li takes; wu takes; w3 accepts li", "waiting > ringing > connecting"),
    ] {
        let mut stage = check(script, states);
        let waiting = stage.hall.card(stage.now).busyness.waiting;
        brings_a_copy(&mut stage);
        assert_eq!(told_states(&stage, "li"), format!("{states} > closed"), "{script}");
        assert_eq!(outcome(&stage, "li"), Some(Outcome::Rejected), "{script}");
        assert!(stage.hall.card(stage.now).busyness.waiting <= waiting, "{script}");
        stage.restart();
        let again = stage.try_to_take("li again", Some("third"));
        let visit = VisitId::new("li again");
        assert_eq!(again, Ok(Done::Visit { visit, resumed: false }), "{script}");
    }
}

#[test]
fn the_window_that_was_about_to_take_it_takes_the_next_at_once() {
    for script in ["li takes; wu takes", "li takes; wu takes; w3 accepts li"] {
        let mut stage = check(
            script,
            if script.ends_with("li") {
                "waiting > ringing > connecting"
            } else {
                "waiting > ringing"
            },
        );
        brings_a_copy(&mut stage);
        assert_eq!(told_states(&stage, "wu"), "waiting > ringing", "{script}");
        let li = VisitId::new("li");
        let ended = |tell: &Tell| matches!(tell, Tell::Ended(window, visit, _) if window.as_str() == "3" && *visit == li);
        assert!(stage.told.iter().any(ended), "{script}: {:?}", stage.told);
    }
}

#[test]
fn whoever_is_asked_near_the_head_gives_way_too() {
    let mut stage = check_with_handshake("li takes; wu takes", "waiting > calling");
    brings_a_copy(&mut stage);
    assert_eq!(told_states(&stage, "li"), "waiting > calling > closed");
}

#[test]
fn a_call_back_is_still_made_and_a_talk_is_for_its_window_to_end() {
    let mut stage = check(
        "w3 takes a break; li takes; li leaves a number; li asks for a call-back",
        "waiting > callback_kept",
    );
    brings_a_copy(&mut stage);
    for step in ["w3 is available", "w3 accepts li", "w3 looks up the number", "w3 reaches"] {
        play(&mut stage, step, "a call-back");
    }
    assert_eq!(told_states(&stage, "li"), "waiting > callback_kept > ringing > connecting > serving");
    play(&mut stage, "w3 hangs up", "a call-back");
    assert_eq!(outcome(&stage, "li"), Some(Outcome::Served));
}

#[test]
fn what_comes_back_into_line_after_a_talk_is_given_up_there() {
    const TALK: &str = "li takes; w3 accepts li; li accepts";
    const TALKED: &str = "waiting > ringing > connecting > serving";
    for (steps, states) in [
        (vec!["li falls silent", "+400"], "dropped > waiting > closed"),
        (vec!["w3 parks"], "parked > closed"),
        (vec!["w3 transfers to a"], "transferring > waiting > closed"),
    ] {
        let mut stage = Stage::with_windows(rules(), &["3"]);
        for step in TALK.split("; ") {
            play(&mut stage, step, TALK);
        }
        brings_a_copy(&mut stage);
        assert_eq!(outcome(&stage, "li"), None, "the window ends the talk");
        for step in &steps {
            play(&mut stage, step, TALK);
        }
        assert_eq!(told_states(&stage, "li"), format!("{TALKED} > {states}"), "{steps:?}");
        assert_eq!(stage.hall.card(stage.now).busyness.waiting, 0, "{steps:?}");
    }
}
