//! From number to record, the unhappy ways first.

use yunyiban_protocol::{Seat, SuspectReason, VisitId, VisitStatus, WindowId, Work};

use super::people::{Stage, rules};
use super::script::{check, check_with, check_with_handshake, play_all, told_states};
use crate::{CitizenAct, HallRules, StaffAct, Subject, Tell};

fn work(stage: &Stage, window: &str) -> Work {
    stage.hall.window(&WindowId::new(window)).expect("the window is of this hall").work
}

fn later(stage: &Stage) -> Vec<String> {
    stage.hall.line().later.into_iter().map(|one| one.number).collect()
}

fn number_order(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

#[test]
fn a_ring_nobody_answers_returns_to_the_same_place() {
    let stage = check("li takes; wu takes; +20", "waiting > ringing > waiting");
    assert_eq!(number_order(&stage), ["A1", "A2"]);
}

#[test]
fn a_ring_nobody_answers_goes_to_the_next_window() {
    check("w1 opens; w2 opens; li takes; +20", "waiting > ringing > waiting > ringing");
}

#[test]
fn a_window_that_ignores_every_ring_is_paused_after_two() {
    // E7
    let mut stage = Stage::with_windows(rules(), &["3"]);
    stage.take("li");
    stage.pass(20_000);
    let paused = |until| Work::Suspect {
        reason: SuspectReason::RingUnanswered,
        until,
    };
    assert_eq!(work(&stage, "3"), paused(Some(stage.now.plus(30_000))));
    stage.pass(30_000 + 20_000);
    assert_eq!(work(&stage, "3"), paused(None));
    stage.pass(600_000);
    assert_eq!(work(&stage, "3"), paused(None));
    assert_eq!(told_states(&stage, "li"), "waiting > ringing > waiting > ringing > waiting");
}

#[test]
fn nobody_waits_more_than_one_ring_longer_for_a_window_that_ignores_rings() {
    // E7
    check(
        "w1 opens; w2 opens; li takes; +20; w2 accepts li; li accepts",
        "waiting > ringing > waiting > ringing > connecting > serving",
    );
}

/// Window 2 talks to wu. Window 1 leaves li's ring unanswered, its pause ends, and it is rung for li again.
const RUNG_AGAIN: &str = "w2 opens; li takes; w2 accepts li; li accepts; w1 opens; wu takes; gao takes; +20; +30";

fn rung_for(stage: &Stage, window: &str) -> Option<String> {
    match work(stage, window) {
        Work::Reserved { visit, .. } => Some(visit.to_string()),
        Work::Idle {} | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => None,
    }
}

/// Causes of a visit's events.
fn causes(stage: &Stage, name: &str) -> Vec<String> {
    let own = stage
        .archive
        .events
        .iter()
        .filter(|event| matches!(&event.after, Subject::Visit { visit } if visit.id.as_str() == name));
    own.map(|event| event.cause.clone()).collect()
}

#[test]
fn a_second_ring_at_a_window_that_left_the_first_goes_to_whoever_is_free() {
    // E7
    let mut stage = Stage::new(rules());
    play_all(&mut stage, RUNG_AGAIN);
    assert_eq!(rung_for(&stage, "1").as_deref(), Some("wu"));
    play_all(&mut stage, "w2 saves li; w2 hangs up; w2 finishes");
    assert_eq!(rung_for(&stage, "2").as_deref(), Some("wu"), "she is not overtaken by a whole service");
    assert_eq!(rung_for(&stage, "1").as_deref(), Some("gao"), "and no window idles while somebody waits");
    assert_eq!(
        causes(&stage, "wu"),
        ["took_number", "rung", "ring_timeout", "rung", "ring_moved", "rung"]
    );
    play_all(&mut stage, "w1 accepts wu !ring_over; w2 accepts wu; wu accepts; +20");
    let unanswered = |stage: &Stage| stage.hall.desks[0].window.unanswered;
    assert_eq!(unanswered(&stage), 2, "a ring that moved on was left by nobody");
}

#[test]
fn a_first_ring_stays_where_it_is() {
    let mut stage = Stage::new(rules());
    play_all(&mut stage, "w1 opens; li takes; +5; w2 opens");
    assert_eq!((rung_for(&stage, "1").as_deref(), rung_for(&stage, "2")), (Some("li"), None));
}

#[test]
fn a_ring_stays_at_a_window_whose_person_said_back() {
    let mut stage = Stage::new(rules());
    play_all(&mut stage, "w1 opens; li takes; +20; w1 says back; w2 opens");
    assert_eq!((rung_for(&stage, "1").as_deref(), rung_for(&stage, "2")), (Some("li"), None));
}

#[test]
fn a_second_ring_stays_at_the_window_it_comes_back_to() {
    let back = "w1 opens; li takes; w1 accepts li; li accepts; w1 parks; li returns; +20; +30";
    let mut stage = Stage::new(rules());
    play_all(&mut stage, back);
    assert_eq!(rung_for(&stage, "1").as_deref(), Some("li"));
    play_all(&mut stage, "w2 opens");
    assert_eq!((rung_for(&stage, "1").as_deref(), rung_for(&stage, "2")), (Some("li"), None));
}

#[test]
fn a_second_ring_moves_only_when_its_turn_comes() {
    // Gao was lost by window 2 and goes before all (Q6): window 2 is hers.
    let mut stage = Stage::new(rules());
    play_all(&mut stage, "w2 opens; gao takes; w2 accepts gao; gao accepts; w2 parks; w2 takes a break");
    play_all(&mut stage, "w1 opens; li takes; +20; +30");
    assert_eq!(rung_for(&stage, "1").as_deref(), Some("li"));
    play_all(&mut stage, "gao returns; w2 is available");
    assert_eq!(
        (rung_for(&stage, "1").as_deref(), rung_for(&stage, "2").as_deref()),
        (Some("li"), Some("gao"))
    );
}

#[test]
fn a_visit_nobody_rings_well_raises_an_alarm_after_a_minute() {
    let mut stage = Stage::with_windows(rules(), &["1", "2", "3"]);
    let li = stage.take("li");
    stage.pass(59_000);
    assert!(!stage.told.contains(&Tell::Alarm(li.clone())));
    assert_eq!(stage.hall.line().unanswered, []);
    stage.pass(2_000);
    assert!(stage.told.contains(&Tell::Alarm(li.clone())));
    let unanswered = |stage: &Stage| stage.hall.line().unanswered.into_iter().map(|one| one.visit).collect::<Vec<_>>();
    assert_eq!(unanswered(&stage), std::slice::from_ref(&li), "every window sees it");
    stage.told.clear();
    stage.citizen("li", CitizenAct::Leave).expect("anybody may leave");
    assert_eq!(unanswered(&stage), []);
    assert!(stage.told.contains(&Tell::Line));
}

#[test]
fn three_windows_that_do_not_answer_raise_the_alarm_before_the_minute_is_over() {
    let alarmed_within = |ring_windows: u32, seconds: u32| {
        let mut rules = rules();
        (rules.timers.ring_ms, rules.timers.ring_windows) = (5_000, ring_windows);
        let mut stage = Stage::with_windows(rules, &["1", "2", "3"]);
        let li = stage.take("li");
        stage.pass(seconds * 1_000);
        stage.told.contains(&Tell::Alarm(li))
    };
    assert!(!alarmed_within(3, 14) && alarmed_within(3, 16), "the third ring ended in vain");
    assert!(!alarmed_within(2, 9) && alarmed_within(2, 11), "as the hall has set it");
    assert!(!alarmed_within(0, 59) && alarmed_within(0, 61), "by time alone");
}

#[test]
fn three_who_decline_raise_the_alarm_though_another_is_being_rung() {
    let mut stage = Stage::with_windows(rules(), &["1", "2", "3"]);
    let li = stage.take("li");
    for _ in 0..3 {
        stage.pass(1_000);
        let window = stage
            .hall
            .roll
            .get(&li)
            .and_then(|entry| entry.visit.state.window().cloned())
            .expect("li is rung");
        let declines = StaffAct::Decline(li.clone(), yunyiban_protocol::DeclineReason::OtherMatter);
        stage.staff(window.as_str(), declines).expect("it is rung");
    }
    stage.pass(1_000);
    assert_eq!(stage.state("li"), "ringing", "a window is rung again");
    assert!(stage.told.contains(&Tell::Alarm(li)));
}

#[test]
fn a_ring_that_was_accepted_begins_the_count_anew() {
    let mut rules = rules();
    rules.timers.ring_ms = 5_000;
    let mut stage = Stage::with_windows(rules, &["1", "2", "3"]);
    let li = stage.take("li");
    stage.pass(5_500);
    let visit = |stage: &Stage| stage.hall.roll.get(&li).expect("it is there").visit.clone();
    assert_eq!(visit(&stage).vain_rings, 1);
    let window = visit(&stage).state.window().cloned().expect("a second window is rung");
    stage.staff(window.as_str(), StaffAct::Accept(li.clone())).expect("it is rung for her");
    assert_eq!(visit(&stage).vain_rings, 0);
}

#[test]
fn a_decline_keeps_the_place_and_does_not_ring_the_same_window_in_a_loop() {
    let stage = check("li takes; wu takes; w3 declines li; +29", "waiting > ringing > waiting");
    assert_eq!(number_order(&stage), ["A1", "A2"]);
    check("li takes; w3 declines li; +31", "waiting > ringing > waiting > ringing");
}

#[test]
fn a_turn_that_comes_with_the_alarm_is_not_lost() {
    let mut rules = rules();
    rules.timers.ring_total_ms = rules.timers.ring_pause_ms;
    check_with(rules, "li takes; w3 declines li; +31", "waiting > ringing > waiting > ringing");
}

#[test]
fn a_declined_visit_goes_to_another_window() {
    let stage = check("w1 opens; w2 opens; li takes; w1 declines li", "waiting > ringing > waiting > ringing");
    assert!(matches!(work(&stage, "2"), Work::Reserved { .. }));
}

#[test]
fn a_window_that_declines_too_often_is_paused() {
    let mut rules = rules();
    rules.declines_an_hour = 2;
    let stage = check_with(
        rules,
        "li takes; w3 declines li; +31; w3 declines li; +31; w3 declines li; +31",
        "waiting > ringing > waiting > ringing > waiting > ringing > waiting",
    );
    assert_eq!(
        work(&stage, "3"),
        Work::Suspect {
            reason: SuspectReason::RingUnanswered,
            until: None
        }
    );
}

#[test]
fn a_window_that_leaves_while_rung_gives_the_visit_back() {
    check("li takes; w3 takes a break", "waiting > ringing > waiting");
    check("li takes; w3 closes", "waiting > ringing > waiting");
}

#[test]
fn a_late_accept_is_told_that_the_ring_is_over() {
    check("li takes; +20; w3 accepts li !ring_over", "waiting > ringing > waiting");
    check("li takes; li leaves; w3 accepts li !ring_over", "waiting > ringing > closed");
}

#[test]
fn two_windows_accept_at_once_and_one_wins() {
    // E6: the other was never rung, and nothing is taken from the winner.
    check(
        "w1 opens; w2 opens; li takes; w1 accepts li; w2 accepts li !ring_over; w1 accepts li; li accepts",
        "waiting > ringing > connecting > serving",
    );
}

#[test]
fn an_unanswered_phone_is_missed_and_the_window_free_at_once() {
    let stage = check("li takes; wu takes; w3 accepts li; +60", "waiting > ringing > connecting > missed");
    assert!(matches!(work(&stage, "3"), Work::Reserved { visit, .. } if visit == VisitId::new("wu")));
}

#[test]
fn later_gives_the_turn_away_once_and_comes_back_to_the_same_place() {
    let story = "li takes; wu takes; gao takes; w3 accepts li; li asks for later; w3 takes a break; +59";
    let stage = check(story, "waiting > ringing > connecting > missed");
    assert_eq!(number_order(&stage), ["A2", "A3"]);
    assert_eq!(later(&stage), ["A1"], "the windows see that somebody comes back");
    let VisitStatus::Missed { back_at: Some(at), .. } = stage.view("li").status else {
        panic!("the page knows when")
    };
    assert_eq!(at.since(stage.now), 1_000);
    assert_eq!(
        later(&check(&format!("{story}; restart"), "waiting > ringing > connecting > missed")),
        ["A1"]
    );
    let story = format!("{story}; +2; li asks for later !not_now");
    let stage = check(&story, "waiting > ringing > connecting > missed > waiting");
    assert_eq!(number_order(&stage), ["A1", "A2", "A3"]);
    assert_eq!(later(&stage), Vec::<String>::new());
    let story = format!("{story}; w3 is available; w3 accepts li; li asks for later !used_up");
    check(&story, "waiting > ringing > connecting > missed > waiting > ringing > connecting");
}

#[test]
fn a_missed_visit_returns_behind_the_next_two() {
    let stage = check(
        "li takes; wu takes; gao takes; tan takes; w3 accepts li; +60; w3 takes a break; li returns",
        "waiting > ringing > connecting > missed > waiting",
    );
    assert_eq!(number_order(&stage), ["A2", "A3", "A1", "A4"]);
}

#[test]
fn a_visit_missed_three_times_may_not_return_again() {
    let missed = "w3 accepts li; +60; w3 takes a break";
    let again = "li returns; +61; w3 is available";
    let story = format!("li takes; {missed}; {again}; {missed}; {again}; {missed}; li returns !used_up; +1800");
    let round = "ringing > connecting > missed";
    check(&story, &format!("waiting > {round} > waiting > {round} > waiting > {round} > closed"));
}

#[test]
fn a_missed_number_keeps_its_place_near_the_front_for_half_an_hour() {
    let story = "li takes; wu takes; gao takes; tan takes; w3 accepts li; +60; w3 takes a break; wu is back; gao is back; tan is back";
    let stage = check(
        &format!("{story}; +1799; li returns"),
        "waiting > ringing > connecting > missed > waiting",
    );
    assert_eq!(number_order(&stage), ["A2", "A3", "A1", "A4"]);
}

#[test]
fn leaving_frees_the_window_and_closes_once() {
    let stage = check("li takes; wu takes; li leaves; li leaves !visit_closed", "waiting > ringing > closed");
    assert!(matches!(work(&stage, "3"), Work::Reserved { visit, .. } if visit == VisitId::new("wu")));
    check(
        "li takes; w3 accepts li; li leaves; w3 hangs up !not_now",
        "waiting > ringing > connecting > closed",
    );
    check(
        "li takes; w3 accepts li; li accepts; li leaves !not_now",
        "waiting > ringing > connecting > serving",
    );
}

#[test]
fn a_window_cannot_be_left_with_a_visit_or_without_its_record() {
    let talk = "li takes; w3 accepts li; w3 closes !window_busy; li accepts; w3 closes !window_busy; w3 hangs up; w3 closes !record_missing; w3 finishes !record_missing";
    let states = "waiting > ringing > connecting > serving > closed";
    check(talk, states);
    check(&format!("{talk}; w3 saves li; w3 finishes; w3 closes"), states);
    check(&format!("{talk}; w3 saves li; w3 closes"), states);
}

#[test]
fn both_hang_up_at_once_and_there_is_one_end() {
    check(
        "li takes; w3 accepts li; li accepts; li hangs up; w3 hangs up; li hangs up !visit_closed",
        "waiting > ringing > connecting > serving > closed",
    );
}

#[test]
fn both_sides_read_who_hung_up() {
    let hung_up = |end: &str| {
        let stage = check(
            &format!("li takes; w3 accepts li; li accepts; {end}"),
            "waiting > ringing > connecting > serving > closed",
        );
        let window = stage.hall.served(&WindowId::new("3"), stage.now).and_then(|visit| visit.hung_up);
        let citizen = stage.hall.visit_view(&VisitId::new("li"), stage.now).and_then(|visit| visit.hung_up);
        assert_eq!(window, citizen);
        window
    };
    assert_eq!(hung_up("li hangs up; w3 hangs up"), Some(Seat::Citizen));
    assert_eq!(hung_up("w3 hangs up"), Some(Seat::Staff));
}

#[test]
fn a_served_window_is_not_rung_until_its_record_is_done() {
    let story = "li takes; wu takes; w3 accepts li; li accepts; w3 hangs up; +300";
    let stage = check(story, "waiting > ringing > connecting > serving > closed");
    assert!(matches!(work(&stage, "3"), Work::WrapUp { overdue: true, .. }));
    let stage = check(
        &format!("{story}; w3 saves li; w3 finishes"),
        "waiting > ringing > connecting > serving > closed",
    );
    assert!(matches!(work(&stage, "3"), Work::Reserved { visit, .. } if visit == VisitId::new("wu")));
}

#[test]
fn a_wrap_up_past_its_time_is_neither_cut_off_nor_rung_and_a_supervisor_is_told() {
    let story = "li takes; wu takes; w3 accepts li; li accepts; w3 saves li; w3 hangs up; +59";
    let states = "waiting > ringing > connecting > serving > closed";
    assert!(matches!(work(&check(story, states), "3"), Work::WrapUp { overdue: false, .. }));
    let stage = check(&format!("{story}; +2"), states);
    assert!(matches!(work(&stage, "3"), Work::WrapUp { overdue: true, .. }));
    let overdue = stage.hall.line().overdue;
    assert_eq!(overdue.iter().map(|one| one.window.as_str()).collect::<Vec<_>>(), ["3号窗口"]);
    let stage = check(&format!("{story}; +600; w3 finishes"), states);
    assert!(
        matches!(work(&stage, "3"), Work::Reserved { .. }),
        "wu is rung for when the record is done"
    );
    assert_eq!(stage.hall.line().overdue, []);
    let extended = format!("{story}; w3 extends; w3 extends !used_up; +100");
    let stage = check(&extended, states);
    assert!(matches!(work(&stage, "3"), Work::WrapUp { overdue: false, .. }));
    let why = |event: &&crate::Event| event.cause == "wrap_up_extended_materials";
    assert_eq!(stage.archive.events.iter().filter(why).count(), 1, "why is in the chain");
}

#[test]
fn breaks_and_draining_are_respected() {
    check("w3 opens; w3 takes a break; li takes; +30", "waiting");
    check("w3 opens; w3 drains; li takes; +30", "waiting");
}

#[test]
fn the_one_idle_longest_is_rung_first() {
    let stage = check("w2 opens; +5; w1 opens; +5; li takes", "waiting > ringing");
    assert!(matches!(work(&stage, "2"), Work::Reserved { .. }));
}

#[test]
fn a_hold_stops_the_talk_and_asks_again_each_five_minutes() {
    let stage = check(
        "li takes; w3 accepts li; li accepts; w3 holds; +301; w3 resumes",
        "waiting > ringing > connecting > serving > held > serving",
    );
    assert!(stage.archive.events.iter().any(|event| event.cause == "hold_long"));
}

// --- 「我在」 ----------------------------------------------------------------------------------

#[test]
fn nobody_is_rung_before_saying_here() {
    check_with_handshake("li takes; +29", "waiting > calling");
    check_with_handshake("li takes; li is here", "waiting > calling > waiting > ringing");
}

#[test]
fn a_fresh_here_counts_as_accept_and_an_old_one_does_not() {
    check_with_handshake(
        "li takes; li is here; w3 accepts li",
        "waiting > calling > waiting > ringing > connecting > serving",
    );
    check_with_handshake(
        "w3 opens; w3 takes a break; li takes; li is here; +61; w3 is available; w3 accepts li",
        "waiting > ringing > connecting",
    );
}

#[test]
fn three_alerts_then_a_turn_is_skipped_twice_then_the_number_is_missed() {
    let mut stage = check_with_handshake("li takes; +29", "waiting > calling");
    let alerts = stage.told.iter().filter(|tell| **tell == Tell::Visit(VisitId::new("li"))).count();
    assert_eq!(alerts, 3, "asked and two more");
    stage.pass(121_500);
    assert_eq!(
        told_states(&stage, "li"),
        "waiting > calling > waiting > calling > waiting > calling > missed"
    );
}

#[test]
fn an_idle_window_takes_the_next_while_the_first_is_asked() {
    let stage = check_with_handshake("li takes; wu takes; wu is here", "waiting > calling");
    assert!(matches!(work(&stage, "3"), Work::Reserved { visit, .. } if visit == VisitId::new("wu")));
}

#[test]
fn nobody_is_asked_while_no_window_is_on_duty() {
    check_with_handshake("w3 opens; w3 takes a break; li takes; +50", "waiting");
}

#[test]
fn at_most_two_a_window_and_two_more_are_asked() {
    let mut stage = Stage::with_windows(HallRules { handshake: true, ..rules() }, &["3"]);
    (0..20).for_each(|number| drop(stage.take(&format!("visitor-{number}"))));
    let asked = (0..20).filter(|number| stage.state(&format!("visitor-{number}")) == "calling").count();
    assert_eq!(asked, 4);
}

#[test]
fn here_is_known_after_a_restart() {
    check_with_handshake(
        "w3 opens; w3 takes a break; li takes; li is here; restart; w3 is available; w3 accepts li",
        "waiting > ringing > connecting > serving",
    );
}
