//! Who was sent off to fetch something (请市民去准备): seen by the windows meanwhile, and ahead of the line when back.

use yunyiban_protocol::QueueId;

use super::people::Stage;
use super::script::{check, play_all};
use crate::Tell;

fn number_order(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

#[test]
fn a_parked_visit_returns_at_the_head_to_the_same_window() {
    let stage = check(
        "w1 opens; w3 opens; li takes; w1 accepts li; li accepts; w1 parks; w1 takes a break; w3 takes a break; wu takes; gao takes; +300; li returns; w3 is available; +1",
        "waiting > ringing > connecting > serving > parked > waiting > ringing",
    );
    assert_eq!(number_order(&stage), ["A2", "A3"]);
    check(
        "li takes; w3 accepts li; li accepts; w3 parks; +901",
        "waiting > ringing > connecting > serving > parked > closed",
    );
}

#[test]
fn the_windows_see_who_was_sent_to_prepare_until_they_are_back_or_their_time_is_over() {
    let preparing = |stage: &Stage| -> Vec<(String, QueueId, u32)> {
        let preparing = stage.hall.line().preparing.into_iter();
        preparing.map(|one| (one.number, one.queue, one.until.since(stage.now))).collect()
    };
    let kept = |left_ms| vec![("A1".to_owned(), QueueId::new("a"), left_ms)];
    let away = "li takes; w3 accepts li; li accepts; w3 parks";
    let states = "waiting > ringing > connecting > serving > parked";
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    for (step, seen) in [("w3 parks", kept(900_000)), ("w3 takes a break; li returns", Vec::new())] {
        stage.told.clear();
        play_all(&mut stage, step);
        assert_eq!(preparing(&stage), seen);
        assert_eq!(stage.hall.line().later, Vec::new(), "another wait than the minute somebody asks for");
        assert!(stage.told.contains(&Tell::Line), "{step}");
    }
    assert_eq!(number_order(&stage), ["A1"]);
    let restarted = check(&format!("{away}; +300; restart"), states);
    assert_eq!(preparing(&restarted), kept(600_000));
    for end in ["li leaves", "+901"] {
        let stage = check(&format!("{away}; {end}"), &format!("{states} > closed"));
        assert_eq!(preparing(&stage), Vec::new(), "{end}");
    }
}
