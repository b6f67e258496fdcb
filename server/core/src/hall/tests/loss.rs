//! Pages fall silent, servers die; visits do not.

use yunyiban_protocol::{Ahead, PlaceCause, SuspectReason, Timestamp, VisitId, WaitOffer, WindowId, Work};

use super::people::{Stage, rules, staff_of};
use super::script::{check, check_with_handshake, play, play_all, told_states};
use crate::eta::EtaScore;
use crate::{Act, Event, Heard, Subject, Visit};

const TALK: &str = "li takes; w3 accepts li; li accepts";
const TALKED: &str = "waiting > ringing > connecting > serving";

#[test]
fn a_phone_locked_for_twenty_minutes_keeps_its_place_and_is_asked_when_back() {
    // E1
    let story = "w3 opens; w3 takes a break; li takes; wu takes; li falls silent; +1200; li is back; wu leaves; w3 is available";
    let stage = check_with_handshake(story, "waiting > away > waiting > calling");
    let head: Vec<_> = stage.hall.line().head.into_iter().map(|entry| entry.number).collect();
    assert_eq!(head, ["A1"]);
}

#[test]
fn a_sleeping_phone_is_passed_over_and_its_place_kept() {
    let stage = check(
        "w3 opens; w3 takes a break; li takes; wu takes; li falls silent; +61; w3 is available",
        "waiting > away",
    );
    assert!(
        matches!(stage.hall.window(&WindowId::new("3")).map(|window| window.work), Some(Work::Reserved { visit, .. }) if visit == VisitId::new("wu"))
    );
    let stage = check(
        "w3 opens; w3 takes a break; li takes; wu takes; li falls silent; +61; li is back",
        "waiting > away > waiting",
    );
    assert_eq!(stage.hall.line().head.first().map(|entry| entry.number.as_str()), Some("A1"));
}

#[test]
fn signs_that_come_together_bring_everybody_back_and_a_stranger_nobody() {
    let mut stage = check(
        "w3 opens; w3 takes a break; li takes; wu takes; li falls silent; wu falls silent; +61",
        "waiting > away",
    );
    let back = |name: &str| Heard::Citizen {
        visit: VisitId::new(name),
        visible: true,
    };
    stage.hall.hear([back("nobody"), back("wu"), back("li")], stage.now);
    stage.drain();
    assert_eq!((stage.state("li"), stage.state("wu")), ("waiting", "waiting"));
    let head: Vec<_> = stage.hall.line().head.into_iter().map(|entry| entry.number).collect();
    assert_eq!(head, ["A1", "A2"], "in their places");
    let events = stage.archive.events.len();
    stage.hall.hear([back("nobody")], stage.now);
    stage.drain();
    assert_eq!(stage.archive.events.len(), events);
}

#[test]
fn a_place_is_kept_half_an_hour_for_a_page_that_went() {
    check("w3 opens; w3 takes a break; li takes; li falls silent; +1855", "waiting > away");
    check("w3 opens; w3 takes a break; li takes; li falls silent; +1870", "waiting > away > closed");
}

#[test]
fn a_pulled_cable_is_seen_and_the_same_window_comes_back() {
    // E3: the window's lease is 15 s, its grace 90 s.
    check(
        &format!("{TALK}; w3 falls silent; +16; w3 is back"),
        &format!("{TALKED} > dropped > serving"),
    );
}

#[test]
fn a_window_that_stays_away_gives_the_visit_to_the_next_at_the_head() {
    // E3
    let story = format!(
        "w1 opens; w3 opens; {}; wu takes; gao takes; +1; w1 falls silent; +110",
        TALK.replace("w3", "w1")
    );
    let stage = check(&story, &format!("{TALKED} > dropped > waiting"));
    assert_eq!(
        stage.hall.line().head.first().map(|entry| entry.number.as_str()),
        Some("A1"),
        "ahead of gao"
    );
    let work = stage.hall.window(&WindowId::new("1")).map(|window| window.work);
    assert_eq!(
        work,
        Some(Work::Suspect {
            reason: SuspectReason::LeaseLost,
            until: None
        })
    );
}

#[test]
fn a_refreshed_window_page_changes_nothing() {
    // E4
    check(&format!("{TALK}; w3 falls silent; +14; w3 is back; +60"), TALKED);
}

#[test]
fn a_phone_that_sleeps_in_a_talk_finds_its_window_again() {
    check(
        &format!("{TALK}; li falls silent; +30; li is back"),
        &format!("{TALKED} > dropped > serving"),
    );
    check(
        &format!("{TALK}; w3 holds; li falls silent; +70; li is back"),
        &format!("{TALKED} > held > dropped > serving"),
    );
}

#[test]
fn a_phone_that_stays_asleep_frees_the_window_and_returns_at_the_head() {
    let story = format!("{TALK}; wu takes; li falls silent; +110; w3 takes a break; li is back");
    let stage = check(&story, &format!("{TALKED} > dropped > waiting > away > waiting"));
    let head: Vec<_> = stage.hall.line().head.into_iter().map(|entry| entry.number).collect();
    assert_eq!(head, ["A1", "A2"]);
}

#[test]
fn a_telephone_talk_does_not_need_the_page() {
    check(&format!("{TALK}; w3 telephones; li falls silent; +600"), TALKED);
}

#[test]
fn a_silent_window_is_not_rung_until_its_person_says_so() {
    let stage = check("w3 opens; w3 falls silent; +16; li takes; w3 is back; +5", "waiting");
    assert_eq!(told_states(&stage, "li"), "waiting");
    check("w3 opens; w3 falls silent; +16; li takes; w3 is back; w3 says back", "waiting > ringing");
}

#[test]
fn a_window_lost_while_ringing_gives_the_visit_to_another() {
    let stage = check(
        "w1 opens; w2 opens; li takes; w1 falls silent; +16",
        "waiting > ringing > waiting > ringing",
    );
    assert!(stage.archive.events.iter().any(|event| event.cause == "window_lost"));
    check(
        "w1 opens; w2 opens; li takes; w1 accepts li; w1 falls silent; +16",
        "waiting > ringing > connecting > waiting > ringing",
    );
}

/// Wu, first in line, sleeps while window 1 accepts li, and is back before li accepts.
const ABOUT_TO_TALK: &str =
    "w1 opens; w1 takes a break; wu takes; li takes; gao takes; wu falls silent; +61; w1 is available; w1 accepts li; wu is back";

fn numbers(stage: &Stage) -> Vec<String> {
    stage.hall.line().head.into_iter().map(|entry| entry.number).collect()
}

fn visit<'a>(stage: &'a Stage, name: &str) -> &'a Visit {
    &stage.archive.visits[&VisitId::new(name)]
}

fn causes<'a>(stage: &'a Stage, name: &'a str) -> Vec<&'a str> {
    let of = |event: &&Event| matches!(&event.after, Subject::Visit { visit } if visit.id.as_str() == name);
    stage.archive.events.iter().filter(of).map(|event| event.cause.as_str()).collect()
}

#[test]
fn a_window_lost_before_both_talk_gives_the_visit_to_the_head() {
    // DOMAIN 3.2, Q6: li was told who serves her.
    let mut stage = Stage::new(rules());
    play_all(&mut stage, ABOUT_TO_TALK);
    assert_eq!(numbers(&stage), ["A1", "A3"]);
    play_all(&mut stage, "w1 falls silent; +16");
    assert_eq!(told_states(&stage, "li"), "waiting > ringing > connecting > waiting");
    assert_eq!(causes(&stage, "li").last(), Some(&"setup_failed"));
    assert_eq!(numbers(&stage), ["A2", "A1", "A3"], "ahead of who came before");
    let place = stage.hall.place(&VisitId::new("wu")).expect("wu waits");
    assert_eq!(
        (place.ahead, place.cause),
        (Ahead::Exact { count: 1 }, Some(PlaceCause::ReturnedAfterDrop))
    );
    let li = visit(&stage, "li");
    let sticky = li.sticky.as_deref().expect("she belongs to window 1 for a while");
    assert_eq!(sticky.0, WindowId::new("1"));
    play_all(&mut stage, "w2 opens; w2 accepts li; li accepts");
    assert_eq!(
        visit(&stage, "wu").state.name(),
        "waiting",
        "li is served first, wherever a window is free"
    );
}

#[test]
fn a_window_lost_before_both_talk_has_its_visit_first_when_it_is_back() {
    let mut stage = Stage::new(rules());
    play_all(&mut stage, ABOUT_TO_TALK);
    play_all(&mut stage, "w1 falls silent; +16; w1 is back; w1 says back; w1 accepts li; li accepts");
    assert_eq!(stage.state("li"), "serving");
}

#[test]
fn a_window_whose_person_is_signed_out_before_both_talk_gives_the_visit_to_the_head() {
    let mut stage = Stage::new(rules());
    play_all(&mut stage, ABOUT_TO_TALK);
    let out = Heard::StaffOut { staff: staff_of("1") };
    stage.act(Act::Heard(out)).expect("anybody may be signed out");
    assert_eq!(causes(&stage, "li").last(), Some(&"setup_failed"));
    assert_eq!(numbers(&stage), ["A2", "A1", "A3"]);
}

#[test]
fn two_lost_through_our_fault_stand_in_the_order_they_came() {
    let mut stage = Stage::new(rules());
    let story = "w1 opens; w2 opens; wu takes; w1 accepts wu; li takes; w2 accepts li; gao takes; w1 falls silent; w2 falls silent; +16";
    play_all(&mut stage, story);
    assert_eq!(numbers(&stage), ["A1", "A2", "A3"]);
    assert_eq!(["wu", "li", "gao"].map(|name| visit(&stage, name).order.band), [0, 0, 1]);
}

#[test]
fn what_a_person_decides_before_both_talk_puts_nobody_at_the_head() {
    let mut stage = Stage::new(rules());
    play_all(&mut stage, ABOUT_TO_TALK);
    play_all(&mut stage, "w1 takes a break; w1 hangs up");
    assert_eq!(causes(&stage, "li").last(), Some(&"window_withdrew"));
    assert_eq!(numbers(&stage), ["A1", "A2", "A3"], "the window may not choose who is first");
    let mut stage = Stage::new(rules());
    play_all(&mut stage, ABOUT_TO_TALK);
    play_all(&mut stage, "w1 takes a break; li asks for later; +60");
    assert_eq!(numbers(&stage), ["A1", "A2", "A3"]);
}

#[test]
fn a_call_back_whose_window_is_lost_while_it_dials_is_kept_at_the_head() {
    let story = "w1 opens; w1 takes a break; wu takes; li takes; li leaves a number; li asks for a call-back; wu falls silent; +61; \
                 w1 is available; w1 accepts li; w1 looks up the number; wu is back; w1 falls silent; +16";
    let mut stage = Stage::new(rules());
    play_all(&mut stage, story);
    assert_eq!(
        told_states(&stage, "li"),
        "waiting > callback_kept > ringing > connecting > callback_kept"
    );
    assert_eq!(numbers(&stage), ["A2", "A1"]);
    let callback = visit(&stage, "li").callback.as_deref().expect("she is to be called");
    assert_eq!(
        (callback.attempts, callback.dialled),
        (0, false),
        "a call that broke off was none in vain"
    );
    play_all(&mut stage, "w2 opens; w2 accepts li; w2 looks up the number; w2 reaches");
    assert_eq!(stage.state("li"), "serving");
}

#[test]
fn a_window_lost_while_a_transfer_rings_there_gives_nobody_a_better_place() {
    // E14
    let story =
        "w1 opens; w2 opens; w2 takes a break; wu takes; w1 accepts wu; wu accepts; w2 is available; w1 transfers to w2; w2 falls silent; +16";
    let stage = check(story, &format!("{TALKED} > transferring > serving"));
    assert_eq!(visit(&stage, "wu").order.band, 1);
}

#[test]
fn a_deserted_window_can_be_taken_by_a_colleague() {
    let mut stage = Stage::with_windows(rules(), &["3"]);
    let colleague = |stage: &mut Stage| stage.staff("1", crate::StaffAct::Open(WindowId::new("3")));
    assert_eq!(colleague(&mut stage), Err(crate::Refusal::WindowTaken));
    stage.falls_silent("3");
    stage.pass(16_000);
    assert_eq!(colleague(&mut stage), Ok(crate::Done::Nothing));
}

#[test]
fn a_restart_ends_nothing_and_fires_nothing_for_the_dead_time() {
    let mut stage = check(&format!("{TALK}; wu takes; gao takes; tan takes; gao falls silent"), TALKED);
    stage.now = stage.now.plus(10 * 60 * 1_000);
    stage.restart();
    stage.pass(50_000);
    assert_eq!(
        ["li", "wu", "gao", "tan"].map(|name| stage.state(name)),
        ["serving", "waiting", "waiting", "waiting"]
    );
    stage.pass(15_000);
    assert_eq!(stage.state("gao"), "away", "its grace is over");
}

#[test]
fn whoever_was_heard_after_a_restart_and_then_falls_silent_is_lost_by_the_usual_lease() {
    let stage = check(
        "w3 opens; li takes; li leaves; restart; +2; w3 falls silent; +20",
        "waiting > ringing > closed",
    );
    let work = stage.hall.window(&WindowId::new("3")).map(|window| window.work);
    assert!(matches!(work, Some(Work::Suspect { .. })), "{work:?}");
    check(&format!("{TALK}; restart; +2; w3 falls silent; +20"), &format!("{TALKED} > dropped"));
    check(&format!("{TALK}; restart; +2; li falls silent; +20"), &format!("{TALKED} > dropped"));
}

/// The server dies, and comes back with its clock an hour behind.
fn set_back(stage: &mut Stage) {
    stage.now = Timestamp::from_millis(stage.now.as_millis() - 3_600_000);
    stage.restart();
}

#[test]
fn a_clock_set_back_an_hour_makes_nothing_last_an_hour() {
    let mut stage = check("li takes; +5", "waiting > ringing");
    set_back(&mut stage);
    stage.pass(61_000);
    assert_eq!(told_states(&stage, "li"), "waiting > ringing > waiting");
    let mut stage = check(&format!("{TALK}; w3 parks"), &format!("{TALKED} > parked"));
    set_back(&mut stage);
    stage.pass(16 * 60 * 1_000);
    assert_eq!(stage.state("li"), "closed");
    let mut stage = check("w3 opens; w3 takes a break; li takes; li falls silent; +200", "waiting > away");
    set_back(&mut stage);
    stage.pass(31 * 60 * 1_000);
    assert_eq!(stage.state("li"), "closed");
}

#[test]
fn a_transfer_and_a_call_back_last_no_longer_because_the_clock_was_set_back() {
    let mut stage = check(
        "w1 opens; li takes; w1 accepts li; li accepts; w2 opens; w1 transfers to w2; +5",
        &format!("{TALKED} > transferring"),
    );
    set_back(&mut stage);
    stage.pass(61_000);
    assert_eq!(stage.state("li"), "serving", "nobody answered at window 2");

    let asked = "w3 opens; w3 takes a break; li takes; li leaves a number; li asks for a call-back";
    let mut stage = check(
        &format!("{asked}; w3 is available; w3 accepts li; w3 looks up the number; w3 reaches nobody; +5"),
        "waiting > callback_kept > ringing > connecting > callback_kept",
    );
    set_back(&mut stage);
    stage.pass(300_000);
    assert_eq!(stage.state("li"), "ringing", "the second call is due five minutes after the first");

    let mut stage = check(&format!("{asked}; li falls silent; +5"), "waiting > callback_kept");
    set_back(&mut stage);
    stage.now = stage.now.plus(super::people::rules().timers.callback_keeps_ms);
    stage.pass(1);
    assert_eq!(stage.state("li"), "closed", "a promise is kept as long as it says");
}

#[test]
fn whoever_comes_after_a_clock_was_set_back_stands_behind_those_who_wait() {
    // E11, Q10
    let mut stage = check("w3 opens; w3 takes a break; li takes; wu takes", "waiting");
    set_back(&mut stage);
    stage.take("gao");
    let head: Vec<_> = stage.hall.line().head.into_iter().map(|entry| entry.number).collect();
    assert_eq!(head, ["A1", "A2", "A3"]);
}

#[test]
fn whoever_comes_after_a_clock_was_set_back_was_overtaken_by_nobody_who_was_there() {
    // Q7: also when the program is started again meanwhile, and the last who came has moved ahead.
    let order = crate::OrderRules {
        overtaken_by: 1,
        ..Default::default()
    };
    let mut stage = Stage::with_windows(crate::HallRules { order, ..rules() }, &["3"]);
    play(&mut stage, "w3 takes a break", "nobody is rung");
    stage.take("li");
    set_back(&mut stage);
    stage.citizen("li", crate::CitizenAct::Priority).expect("it is offered");
    stage.restart();
    ["gao", "wu"].iter().for_each(|name| drop(stage.take(name)));
    stage.citizen("wu", crate::CitizenAct::Priority).expect("it is offered");
    let head: Vec<_> = stage.hall.line().head.into_iter().map(|entry| entry.number).collect();
    assert_eq!(head, ["A1", "A3", "A2"], "one may go ahead of gao");
}

#[test]
fn whoever_needs_a_skill_waits_no_longer_for_it_because_the_clock_was_set_back() {
    let rules = super::matching::skilled();
    let widen_ms = rules.order.widen_ms;
    let mut stage = Stage::with_windows(rules, &["3"]);
    stage.take_for("li", "refund");
    set_back(&mut stage);
    stage.pass(widen_ms / 2);
    assert_eq!(stage.state("li"), "waiting", "window 3 lacks the skill");
    // What the rows say newest is all that is known of the old clock.
    set_back(&mut stage);
    stage.pass(widen_ms + 10_000);
    assert_eq!(told_states(&stage, "li"), "waiting > ringing");
}

#[test]
fn a_wait_is_as_long_as_it_was_after_the_clock_was_set_back() {
    let mut stage = check(
        "w1 opens; w1 picks !nobody_waiting; gao takes; w1 accepts gao; gao accepts; li takes; +1800; wu takes",
        TALKED,
    );
    set_back(&mut stage);
    stage.pass(14 * 60_000);
    let offer = |stage: &Stage| stage.hall.visit_view(&VisitId::new("li"), stage.now).and_then(|view| view.offer);
    assert_eq!(offer(&stage), None);
    stage.pass(2 * 60_000);
    assert_eq!(offer(&stage), Some(WaitOffer::LongWait), "45 minutes of waiting, whatever the clock says");
}

#[test]
fn what_people_read_of_a_wait_is_true_after_the_clock_was_set_back() {
    let mut stage = check(
        "w1 opens; w1 picks !nobody_waiting; gao takes; w1 accepts gao; gao accepts; +60; li takes; +1800; wu takes",
        TALKED,
    );
    set_back(&mut stage);
    stage.pass(60_000);
    let (line, li) = (stage.hall.line(), VisitId::new("li"));
    let minutes = |since: Timestamp, until: Timestamp| until.since(since) / 60_000;
    let waits: Vec<_> = line.head.iter().map(|entry| minutes(entry.joined_at, stage.now)).collect();
    assert_eq!(waits, [31, 1], "in the list");
    assert_eq!(line.longest_since, Some(line.head[0].joined_at));

    play(&mut stage, "w3 opens", "the ring");
    let rung = stage.hall.served(&WindowId::new("3"), stage.now).unwrap();
    assert_eq!((&rung.id, minutes(rung.joined_at, stage.now)), (&li, 31), "on the card of the ring");
    for step in ["w3 accepts li", "li accepts", "w3 saves li"] {
        play(&mut stage, step, "the talk");
    }
    let (served, record) = (
        &stage.archive.visits[&li],
        stage.hall.served(&WindowId::new("3"), stage.now).unwrap().record.unwrap(),
    );
    assert_eq!(minutes(record.joined_at, record.served_at.unwrap()), 31, "in the record");
    assert_eq!(EtaScore::of([served]).waited, 1, "in the day's figures");

    let gao = &stage.archive.visits[&VisitId::new("gao")];
    assert!(gao.served_at.unwrap() <= stage.now, "a talk that runs began before now");
    assert_eq!(EtaScore::of([gao]).waited, 0, "gao was served at once");
}

#[test]
fn a_ring_goes_on_after_a_restart() {
    let mut stage = check("li takes; +15; restart; +50", "waiting > ringing");
    stage.pass(11_000);
    assert_eq!(told_states(&stage, "li"), "waiting > ringing > waiting");
}

#[test]
fn a_talk_taken_up_soon_after_a_restart_waits_for_a_sleeping_phone_as_long_as_the_grace() {
    check(
        &format!("{TALK}; w3 holds; li falls silent; restart; +2; w3 resumes; +40"),
        &format!("{TALKED} > held > serving"),
    );
    check(
        &format!("{TALK}; w3 holds; li falls silent; restart; +2; w3 resumes; +62"),
        &format!("{TALKED} > held > serving > dropped"),
    );
}

#[test]
fn after_a_restart_the_first_screen_knows_no_window_before_its_page_is_back() {
    let mut stage = check(
        "w1 opens; w3 opens; li takes; li leaves; w1 falls silent; w3 falls silent",
        "waiting > ringing > closed",
    );
    let windows = |stage: &Stage| {
        let busyness = stage.hall.card(stage.now).busyness;
        (busyness.windows, busyness.returning)
    };
    assert_eq!(windows(&stage), (2, 0));
    stage.restart();
    assert_eq!(windows(&stage), (2, 2));
    stage.lives("1");
    assert_eq!(windows(&stage), (2, 1));
    stage.pass(61_000);
    assert_eq!(windows(&stage), (1, 0), "nobody came back to the other");
}
