//! What windows are told of whoever is asked 「我在」: a window that is free reads why it is not rung.

use yunyiban_protocol::{LineEntry, Timestamp};

use super::people::{Stage, rules};
use super::script::{check, check_with_handshake, play_all};
use crate::HallRules;

fn first(stage: &Stage) -> LineEntry {
    stage.hall.line().head.into_iter().next().expect("somebody waits")
}

/// Until when she is asked, and when again, in seconds from now.
fn asked(stage: &Stage) -> (Option<u32>, Option<u32>) {
    let from_now = |moment: Timestamp| moment.since(stage.now) / 1_000;
    let LineEntry {
        asked_until, asked_again_at, ..
    } = first(stage);
    (asked_until.map(from_now), asked_again_at.map(from_now))
}

#[test]
fn a_free_window_reads_who_is_asked_and_for_how_long() {
    let stage = check_with_handshake("li takes; +10", "waiting > calling");
    assert_eq!(asked(&stage), (Some(20), None));
    assert!(!first(&stage).here);
}

#[test]
fn who_did_not_answer_is_told_apart_from_who_was_never_asked() {
    let stage = check_with_handshake("li takes; +31", "waiting > calling > waiting");
    assert_eq!(asked(&stage), (None, Some(29)));
    let stage = check_with_handshake("li takes; +61", "waiting > calling > waiting > calling");
    assert_eq!(asked(&stage), (Some(29), None));
}

#[test]
fn who_answered_is_asked_no_more() {
    let mut stage = Stage::new(HallRules { handshake: true, ..rules() });
    play_all(&mut stage, "li takes; li is here");
    assert_eq!((asked(&stage), first(&stage).here), ((None, None), true));
}

#[test]
fn a_restart_gives_who_is_asked_its_grace_and_the_window_reads_it() {
    let stage = check_with_handshake("li takes; +10; restart", "waiting > calling");
    assert_eq!(asked(&stage), (Some(60), None));
}

#[test]
fn without_the_handshake_nobody_is_asked() {
    assert_eq!(asked(&check("w1 opens; w1 takes a break; li takes; +10", "waiting")), (None, None));
}
