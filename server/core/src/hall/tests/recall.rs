//! 「重新叫号」: a window calls a missed number again.

use yunyiban_protocol::{Ahead, VisitId};

use super::matching::two_queues;
use super::people::{Stage, rules};
use super::script::{check, play, play_all};
use crate::Refusal;

/// Numbers the windows read as missed.
fn missed(stage: &Stage) -> Vec<String> {
    stage.hall.line().missed.into_iter().map(|one| one.number).collect()
}

fn number_order(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

#[test]
fn a_missed_number_is_listed_with_since_when_until_it_returns_or_is_over() {
    let mut stage = check("li takes; wu takes; w3 accepts li; +59", "waiting > ringing > connecting");
    assert_eq!(missed(&stage), [""; 0]);
    stage.pass(1_000);
    let since = stage.now;
    play(&mut stage, "w3 takes a break", "so that nobody is rung");
    stage.pass(120_000);
    let listed = &stage.hall.line().missed[0];
    assert_eq!((listed.number.as_str(), listed.since, listed.until), ("A1", since, since.plus(1_800_000)));
    assert_eq!(listed.item.as_ref().map(|item| item.name.as_str()), Some("居住证申领"));
    assert!(!listed.late);
    stage.restart();
    assert_eq!(missed(&stage), ["A1"], "a restart forgets nobody");
    for end in ["li returns", "li leaves", "+36000"] {
        let mut stage = check(
            "li takes; w3 accepts li; +60; w3 takes a break",
            "waiting > ringing > connecting > missed",
        );
        play_all(&mut stage, end);
        assert_eq!(missed(&stage), [""; 0], "{end}");
    }
}

#[test]
fn whoever_asked_for_a_minute_comes_back_without_being_called_again() {
    let script = "li takes; w3 accepts li; li asks for later; w3 takes a break; w3 recalls li !not_now";
    let stage = check(script, "waiting > ringing > connecting > missed");
    assert_eq!(missed(&stage), [""; 0]);
}

#[test]
fn a_recalled_number_stands_where_a_return_would_and_uses_up_none() {
    let stage = check(
        "li takes; wu takes; gao takes; tan takes; w3 accepts li; +60; w3 takes a break; w3 recalls li",
        "waiting > ringing > connecting > missed > waiting",
    );
    assert_eq!(number_order(&stage), ["A2", "A3", "A1", "A4"]);
    assert_eq!(stage.archive.audits, ["recall"]);
    let again = "w3 is available; w3 accepts li; +60; w3 takes a break";
    let mut alone = check(
        "li takes; w3 accepts li; +60; w3 takes a break",
        "waiting > ringing > connecting > missed",
    );
    for _ in 0..3 {
        play_all(&mut alone, &format!("w3 recalls li; {again}"));
    }
    assert_eq!(alone.state("li"), "missed");
    play(&mut alone, "w3 recalls li !recalls_used_up", "three times by the rules");
    play(&mut alone, "li returns", "she has not returned by herself once");
    assert_eq!(alone.archive.visits.values().map(|visit| visit.returns).collect::<Vec<_>>(), [1]);
}

#[test]
fn whose_place_near_the_front_is_given_away_stands_at_the_end_when_called_again() {
    let script = "li takes; wu takes; gao takes; tan takes; w3 accepts li; +60; w3 takes a break; +1801";
    let mut stage = check(script, "waiting > ringing > connecting > missed");
    let listed = &stage.hall.line().missed[0];
    assert!(listed.late);
    assert_eq!(listed.until.since(listed.since), 36_000_000, "ten hours, by the rules");
    play_all(&mut stage, "wu is back; gao is back; tan is back; w3 recalls li");
    assert_eq!(number_order(&stage), ["A2", "A3", "A4", "A1"]);
}

#[test]
fn whose_place_is_kept_are_listed_before_the_others_and_no_more_than_thirty() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    let misses = |stage: &mut Stage, name: &str| {
        stage.take(name);
        play_all(stage, &format!("w3 accepts {name}; +60"));
    };
    for name in ["li", "wu"] {
        misses(&mut stage, name);
    }
    stage.pass(1_800_000);
    for name in ["gao", "tan"] {
        misses(&mut stage, name);
    }
    assert_eq!(missed(&stage), ["A3", "A4", "A2", "A1"]);
    for nth in 0..28 {
        misses(&mut stage, &format!("visitor{nth}"));
    }
    let told = missed(&stage);
    assert_eq!((told.len(), told.contains(&"A1".to_owned())), (30, false));
}

#[test]
fn a_small_queue_reads_its_missed_numbers_beside_those_of_a_large_one() {
    let mut two_hours = two_queues();
    two_hours.timers.missed_return_ms = 7_200_000;
    let mut stage = Stage::new(two_hours);
    let rests = "w3 opens; w3 takes a break";
    play_all(&mut stage, rests);
    let misses = |stage: &mut Stage, name: &str, item: &str| {
        stage.take_for(name, item);
        play_all(stage, &format!("w3 is available; w3 accepts {name}; +60; w3 takes a break"));
    };
    for nth in 0..34 {
        misses(&mut stage, &format!("visitor{nth}"), "residence");
    }
    for nth in 0..8 {
        misses(&mut stage, &format!("other{nth}"), "card");
    }
    let told = stage.hall.line().missed;
    let of_b: Vec<&str> = told
        .iter()
        .filter(|one| one.queue.as_str() == "b")
        .map(|one| one.number.as_str())
        .collect();
    assert_eq!((told.len(), of_b), (30, vec!["B1", "B2", "B3", "B4", "B5", "B6"]), "the first of the few");
    assert!(told.is_sorted_by_key(|one| one.since), "the first before the others");
}

#[test]
fn whoever_sleeps_is_missed_again_and_kept_for_as_long_as_without_being_called_again() {
    let recalled = "li takes; wu takes; li falls silent; w3 accepts li; +60; w3 takes a break; +120; w3 recalls li";
    let mut stage = check(recalled, "waiting > ringing > connecting > missed > waiting > away");
    let kept = stage.now.plus(36_000_000 - 120_000);
    play_all(&mut stage, "+1799");
    assert_eq!(stage.state("li"), "away");
    play_all(&mut stage, "+1");
    let listed = &stage.hall.line().missed[0];
    assert_eq!(
        (listed.number.as_str(), listed.until, listed.late),
        ("A1", kept, true),
        "ten hours after her turn, by the rules"
    );
    assert_eq!(
        stage.hall.place(&VisitId::new("wu")).map(|place| place.ahead),
        Some(Ahead::Exact { count: 0 }),
        "nobody stands before wu"
    );
    play_all(&mut stage, "+3600; li is back; li returns");
    assert_eq!(number_order(&stage), ["A2", "A1"], "nothing is lost, and she stands at the end");
    let mut stage = check(
        &recalled.replace("+120", "+1801"),
        "waiting > ringing > connecting > missed > waiting > away",
    );
    play_all(&mut stage, "+1860; li is back; li returns");
    assert_eq!(stage.state("li"), "waiting", "nor is one whose place was given away before");
}

#[test]
fn a_number_that_is_not_missed_is_not_recalled() {
    let script = "li takes; w3 recalls li !not_now; w3 accepts li; w3 recalls li !not_now; li leaves; w3 recalls li !visit_closed";
    check(script, "waiting > ringing > connecting > closed");
    let mut stage = Stage::with_windows(rules(), &["3"]);
    play(&mut stage, "w3 recalls nobody !visit_unknown", "nobody");
    let unseated = stage.staff("2", crate::StaffAct::Recall(VisitId::new("li")));
    assert_eq!(unseated, Err(Refusal::NoWindow));
}

#[test]
fn a_recalled_number_whose_page_sleeps_is_away_and_its_phone_is_told_when_it_is_near() {
    let script = "li takes; li leaves a number; li falls silent; w3 accepts li; +60; w3 takes a break; +120";
    let mut stage = check(script, "waiting > ringing > connecting > missed");
    stage.told.clear();
    play(&mut stage, "w3 recalls li", script);
    assert_eq!(stage.state("li"), "away", "no window is rung for a page that sleeps");
    let told = stage
        .told
        .iter()
        .any(|tell| matches!(tell, crate::Tell::Notice(visit, _) if visit.as_str() == "li"));
    assert!(told, "she reads 「快到您了」");
    play(&mut stage, "li is back", script);
    assert_eq!(stage.state("li"), "waiting");
}
