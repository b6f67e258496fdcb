//! Several queues, several windows: who is called where.

use yunyiban_protocol::{DeclineReason, QueueId, VisitId, WaitOffer, WindowId, Work};

use super::people::{Stage, rules};
use super::script::{play, play_all, told_states};
use crate::{HallRules, QueueRules, QueueShare, SkillLevel, SkillRules, StaffAct, Tell, WindowRules};

/// 综合 A and 社保医保 B. Window 1 takes A, window 2 takes B before A, window 3 takes both alike.
pub fn two_queues() -> HallRules {
    let queue = |id: &str, groups: &[&str]| QueueRules {
        id: QueueId::new(id),
        name: id.into(),
        groups: groups.iter().map(|group| (*group).into()).collect(),
        items: Vec::new(),
        hours: Vec::new(),
    };
    HallRules {
        queues: vec![queue("a", &[]), queue("b", &["社会保险", "医疗保障"])],
        windows: vec![
            window("1", &[("a", 1)], &[], false),
            window("2", &[("b", 3), ("a", 1)], &[], false),
            window("3", &[], &[], true),
        ],
        ..rules()
    }
}

/// The same where nobody waits for a lower level: it is asked as it is, until universal windows take whoever needs the skill.
pub fn skilled() -> HallRules {
    let mut rules = leveled();
    rules.order.level_step_ms = 0;
    rules
}

/// The same queues; items of 医疗保障 need a skill that window 1 has, window 2 has too little of for half a minute, and window 3 lacks
/// but is universal.
pub fn leveled() -> HallRules {
    let skill = SkillRules {
        skill: "医保".into(),
        level: 2,
        groups: vec!["医疗保障".into()],
        items: Vec::new(),
    };
    HallRules {
        skills: vec![skill],
        windows: vec![
            window("1", &[], &[("医保", 2)], false),
            window("2", &[], &[("医保", 1)], false),
            window("3", &[], &[], true),
        ],
        ..two_queues()
    }
}

pub fn window(id: &str, queues: &[(&str, u32)], skills: &[(&str, u32)], universal: bool) -> WindowRules {
    let share = |(queue, weight): &(&str, u32)| QueueShare {
        queue: QueueId::new(*queue),
        weight: *weight,
    };
    let skill = |(skill, level): &(&str, u32)| SkillLevel {
        skill: (*skill).into(),
        level: *level,
    };
    WindowRules {
        window: WindowId::new(id),
        queues: queues.iter().map(share).collect(),
        skills: skills.iter().map(skill).collect(),
        universal,
    }
}

/// The visit a window is rung for.
fn rung(stage: &Stage, window: &str) -> Option<String> {
    let Work::Reserved { visit, .. } = stage.hall.window(&WindowId::new(window))?.work else {
        return None;
    };
    Some(visit.to_string())
}

fn number(stage: &Stage, name: &str) -> String {
    stage.archive.visits[&VisitId::new(name)].number.to_string()
}

fn does(stage: &mut Stage, script: &str) {
    script.split(';').for_each(|step| play(stage, step.trim(), script));
}

#[test]
fn numbers_are_counted_queue_by_queue() {
    let mut stage = Stage::new(two_queues());
    for (name, item) in [("li", "residence"), ("wu", "card"), ("gao", "refund"), ("tan", "residence")] {
        stage.take_for(name, item);
    }
    assert_eq!(["li", "wu", "gao", "tan"].map(|name| number(&stage, name)), ["A1", "B1", "B2", "A2"]);
    stage.restart();
    stage.take_for("deng", "card");
    assert_eq!(number(&stage, "deng"), "B3", "the count goes on after a restart");
}

#[test]
fn places_are_counted_in_the_own_queue() {
    let mut stage = Stage::new(two_queues());
    for (name, item) in [("li", "residence"), ("wu", "card"), ("gao", "refund"), ("tan", "residence")] {
        stage.take_for(name, item);
    }
    let ahead = |name| stage.hall.place(&VisitId::new(name)).map(|place| place.ahead);
    assert_eq!([ahead("li"), ahead("wu")], [ahead("wu"), ahead("li")]);
    assert_eq!([ahead("tan"), ahead("gao")], [Some(yunyiban_protocol::Ahead::Exact { count: 1 }); 2]);
}

#[test]
fn a_window_is_rung_for_its_own_queues_alone() {
    let mut stage = Stage::with_windows(two_queues(), &["1"]);
    stage.take_for("wu", "card");
    stage.take_for("li", "residence");
    assert_eq!(rung(&stage, "1").as_deref(), Some("li"));
    does(
        &mut stage,
        "w1 takes a break; w1 is available; w1 picks wu !window_busy; w1 takes a break; w1 is on demand; w1 picks wu !not_allowed; w1 picks",
    );
    assert_eq!(stage.state("li"), "connecting", "the next of its own queue");
}

#[test]
fn who_comes_back_to_a_window_of_another_queue_is_picked_there_by_name_too() {
    let mut stage = Stage::with_windows(two_queues(), &["2"]);
    stage.take_for("wu", "card");
    does(
        &mut stage,
        "w2 accepts wu; wu accepts; w1 opens; w1 is on demand; w2 transfers to w1; w1 accepts wu; w1 parks",
    );
    does(&mut stage, "w2 takes a break; w1 is on demand; wu returns");
    assert_eq!(stage.state("wu"), "waiting", "nobody is rung by itself");
    does(&mut stage, "w1 picks wu");
    assert_eq!(stage.state("wu"), "serving");
}

#[test]
fn each_window_is_charged_its_own_work() {
    let minutes = |stage: &Stage, window: usize| {
        let spans = stage.hall.desks[window].window.worked.iter();
        spans.map(|(began, ended)| ended.since(*began) / 60_000).collect::<Vec<_>>()
    };
    let mut stage = Stage::with_windows(rules(), &["1"]);
    stage.take("li");
    does(
        &mut stage,
        "w1 accepts li; li accepts; +2400; w2 opens; w2 is on demand; w1 transfers to w2; w2 accepts li; +300; w2 parks",
    );
    assert_eq!(
        (minutes(&stage, 0), minutes(&stage, 1)),
        (vec![40], vec![5]),
        "window 2 did not talk for 45"
    );
    does(
        &mut stage,
        "w1 takes a break; +600; li returns; w2 picks li; +60; w2 hangs up; +120; w2 saves li; w2 finishes",
    );
    assert_eq!(minutes(&stage, 1), [5, 3], "while li was sent off nobody worked");
    let worked = stage.hall.desks[1].window.worked.clone();
    stage.restart();
    assert_eq!(stage.hall.desks[1].window.worked, worked);
}

#[test]
fn among_queues_of_equal_weight_the_longest_wait_goes_first() {
    let mut stage = Stage::new(two_queues());
    stage.take_for("wu", "card");
    stage.take_for("li", "residence");
    stage.open("3");
    assert_eq!(rung(&stage, "3").as_deref(), Some("wu"));
}

#[test]
fn a_minute_in_a_heavier_queue_weighs_more() {
    let mut stage = Stage::new(two_queues());
    stage.take_for("li", "residence");
    stage.pass(60_000);
    stage.take_for("wu", "card");
    stage.pass(40_000);
    stage.open("2");
    assert_eq!(rung(&stage, "2").as_deref(), Some("wu"), "40 s weigh as 120, against 101");

    let mut stage = Stage::new(two_queues());
    stage.take_for("li", "residence");
    stage.pass(120_000);
    stage.take_for("wu", "card");
    stage.pass(20_000);
    stage.open("2");
    assert_eq!(rung(&stage, "2").as_deref(), Some("li"), "nobody waits for ever beside a heavier queue");
}

#[test]
fn an_idle_window_asks_the_people_of_its_own_queues() {
    let mut stage = Stage::new(HallRules {
        handshake: true,
        ..two_queues()
    });
    (0..9).for_each(|number| drop(stage.take_for(&format!("b{number}"), "card")));
    stage.take_for("li", "residence");
    stage.open("1");
    assert_eq!((stage.state("li"), stage.state("b0")), ("calling", "waiting"));
}

#[test]
fn a_skill_is_waited_for_and_then_universal_windows_take_it_at_the_same_place() {
    let mut stage = Stage::with_windows(skilled(), &["2", "3"]);
    stage.take_for("li", "refund");
    stage.take_for("wu", "card");
    assert_eq!((stage.state("li"), stage.state("wu")), ("waiting", "ringing"));
    does(&mut stage, "wu leaves");
    stage.pass(58_000);
    assert_eq!(stage.state("li"), "waiting");
    stage.pass(2_000);
    assert_eq!(stage.state("li"), "ringing");
}

#[test]
fn whoever_has_the_skill_takes_it_at_once() {
    let mut stage = Stage::with_windows(skilled(), &["2", "1", "3"]);
    stage.take_for("li", "refund");
    assert_eq!(rung(&stage, "1").as_deref(), Some("li"));
}

#[test]
fn a_skill_nobody_waits_with_does_not_hold_up_those_behind() {
    let mut stage = Stage::with_windows(skilled(), &["2"]);
    stage.take_for("li", "refund");
    stage.take_for("wu", "card");
    assert_eq!((stage.state("li"), rung(&stage, "2").as_deref()), ("waiting", Some("wu")));
    let offer = |stage: &Stage| stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("li waits").offer;
    assert_eq!(offer(&stage), Some(WaitOffer::NoWindow), "nobody who is there will ever take it");
    stage.told.clear();
    stage.open("3");
    assert_eq!(offer(&stage), None, "a universal window will");
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("li"))), "and it is told so");
}

#[test]
fn those_who_wait_for_a_skill_nobody_has_keep_nobody_from_being_asked() {
    let handshake = HallRules {
        handshake: true,
        ..skilled()
    };
    let mut stage = Stage::with_windows(handshake, &["2"]);
    stage.take_for("wu", "card");
    does(&mut stage, "wu is here; w2 accepts wu");
    let refunds = ["a", "b", "c", "d", "e"];
    for name in refunds {
        stage.take_for(name, "refund");
        stage.here(name).expect("it may be said before it is asked");
    }
    stage.take_for("tan", "card");
    assert_eq!(stage.state("tan"), "calling", "the first whom the window may take");
    stage.here("tan").expect("it was asked");
    assert!(stage.hall.call_rights(&VisitId::new("tan")).warm);
}

#[test]
fn at_the_head_of_a_line_that_shares_its_windows_nobody_is_called_the_next() {
    let shared = |rules: HallRules, item: &str| {
        let mut stage = Stage::new(rules);
        stage.take_for("li", item);
        stage.hall.place(&VisitId::new("li")).map(|place| place.shared)
    };
    assert_eq!(shared(rules(), "residence"), Some(false));
    assert_eq!(shared(two_queues(), "residence"), Some(true), "a heavier queue may go first");
    let apart = HallRules {
        windows: vec![
            window("1", &[("a", 1)], &[], false),
            window("2", &[("b", 1)], &[], false),
            window("3", &[("b", 1)], &[], false),
        ],
        ..two_queues()
    };
    assert_eq!(shared(apart, "card"), Some(false), "it has its windows for itself");
    let one_queue = HallRules {
        queues: Vec::new(),
        ..skilled()
    };
    let needs = HallRules {
        windows: vec![window("1", &[], &[("医保", 2)], false), window("2", &[], &[], false)],
        ..one_queue
    };
    assert_eq!(shared(needs, "refund"), Some(true), "somebody behind may need no skill");
}

#[test]
fn a_small_queue_is_seen_beside_a_long_one() {
    let mut stage = Stage::new(two_queues());
    (0..60).for_each(|number| drop(stage.take_for(&format!("a{number}"), "residence")));
    (0..12).for_each(|number| drop(stage.take_for(&format!("b{number}"), "card")));
    let line = stage.hall.line();
    let of = |queue: &str| line.head.iter().filter(|entry| entry.queue.as_str() == queue).count();
    assert_eq!(
        (line.waiting, of("a"), of("b")),
        (72, 20, 10),
        "those who may be called by hand of each, and then in order"
    );
    assert!(line.head.is_sorted_by_key(|entry| entry.joined_at));
}

#[test]
fn whoever_is_rung_in_vain_is_named_however_many_came_before() {
    let own = HallRules {
        windows: vec![window("1", &[("a", 1)], &[], false), window("2", &[("b", 1)], &[], false)],
        ..two_queues()
    };
    let mut stage = Stage::new(own);
    (0..60).for_each(|number| drop(stage.take_for(&format!("a{number}"), "residence")));
    (0..60).for_each(|number| drop(stage.take_for(&format!("b{number}"), "card")));
    stage.open("2");
    stage.pass(120_000);
    let line = stage.hall.line();
    let named: Vec<_> = line.unanswered.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(named, ["B1"]);
}

#[test]
fn the_window_it_was_lost_from_takes_it_back_whatever_its_queues() {
    let mut stage = Stage::with_windows(two_queues(), &["2"]);
    stage.take_for("wu", "card");
    does(&mut stage, "w2 accepts wu; wu accepts; w2 parks; w2 takes a break");
    stage.open("3");
    does(&mut stage, "w2 is available; wu returns");
    assert_eq!(rung(&stage, "2").as_deref(), Some("wu"), "the window that sent it off comes first");
}

#[test]
fn of_two_idle_windows_the_less_busy_one_is_rung() {
    let mut stage = Stage::with_windows(rules(), &["1", "2"]);
    does(
        &mut stage,
        "li takes; w1 accepts li; li accepts; +600; w1 hangs up; w1 saves li; w1 finishes; +300",
    );
    assert_eq!(stage.take("wu").as_str(), "wu");
    assert_eq!(rung(&stage, "2").as_deref(), Some("wu"));
    does(&mut stage, "w2 accepts wu; wu accepts; +30; w2 hangs up; w2 saves wu; w2 finishes; +1");
    // Window 2 has been idle for a second only, window 1 for over five minutes.
    stage.take("gao");
    assert_eq!(rung(&stage, "1").as_deref(), Some("gao"));
    does(
        &mut stage,
        "w1 accepts gao; gao accepts; +1200; w1 hangs up; w1 saves gao; w1 finishes; tan takes; w2 accepts tan; tan accepts; +5",
    );
    does(&mut stage, "w2 hangs up; w2 saves tan; w2 finishes; +90");
    // Both idle: window 1 a little longer, but it worked for half an hour and window 2 for half a minute.
    stage.take("deng");
    assert_eq!(rung(&stage, "2").as_deref(), Some("deng"));
}

#[test]
fn equal_windows_get_equal_shares_of_a_day() {
    let mut stage = Stage::with_windows(rules(), &["1", "2", "3"]);
    let mut served = [0_u32; 3];
    for number in 0..45_u32 {
        let name = format!("visitor-{number}");
        stage.take(&name);
        let window = ["1", "2", "3"]
            .into_iter()
            .find(|window| rung(&stage, window).as_deref() == Some(&name))
            .expect("somebody is idle");
        stage.serve(window, &name);
        stage.falls_silent(&name);
        served[["1", "2", "3"].iter().position(|other| *other == window).expect("it is one of them")] += 1;
        stage.pass(60_000 + number * 7_000 % 50_000);
    }
    let (most, least) = (served.iter().max(), served.iter().min());
    assert!(most.copied().unwrap_or(0) * 4 <= least.copied().unwrap_or(0) * 5, "{served:?}");
}

#[test]
fn a_visit_moved_to_another_queue_waits_for_the_windows_of_that_queue() {
    let mut stage = Stage::with_windows(skilled(), &["1"]);
    stage.take_for("wu", "card");
    does(&mut stage, "w1 accepts wu; wu accepts; w1 transfers to a; w2 opens");
    assert_eq!(rung(&stage, "2").as_deref(), Some("wu"), "whoever moved it has judged what it needs");
    assert_eq!(number(&stage, "wu"), "B1", "the number stays");
}

#[test]
fn whoever_was_talked_with_and_sent_on_is_not_the_next_of_the_same_window() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    stage.take("li");
    does(
        &mut stage,
        "w1 accepts li; li accepts; w1 transfers to a; w1 picks !nobody_waiting; wu takes; w1 accepts wu",
    );
}

#[test]
fn whose_queue_no_window_on_duty_takes_is_offered_a_call_back() {
    let mut stage = Stage::with_windows(two_queues(), &["1"]);
    for (name, item) in [("li", "residence"), ("tan", "residence"), ("wu", "card")] {
        stage.take_for(name, item);
    }
    let offers = |stage: &Stage| {
        ["tan", "wu"].map(|name| {
            let view = stage.hall.visit_view(&VisitId::new(name), stage.now).expect("it waits");
            view.offer
        })
    };
    assert_eq!(offers(&stage), [None, Some(WaitOffer::NoWindow)]);
    stage.open("2");
    assert_eq!(offers(&stage), [None, None]);
}

fn offer(stage: &Stage, name: &str) -> Option<WaitOffer> {
    stage.hall.visit_view(&VisitId::new(name), stage.now).expect("it waits").offer
}

/// Window 1, which alone has the skill, talks to li; wu waits for it and tan for nothing but a window, five minutes less a second.
fn five_minutes_for_a_skill() -> Stage {
    let mut stage = Stage::with_windows(skilled(), &["1"]);
    stage.take_for("li", "refund");
    play_all(&mut stage, "w1 accepts li; li accepts");
    stage.take_for("wu", "refund");
    stage.take_for("tan", "card");
    stage.told.clear();
    stage.pass(298_000);
    assert_eq!(["wu", "tan"].map(|name| offer(&stage, name)), [None, None]);
    stage
}

#[test]
fn whoever_waits_for_a_skill_is_offered_a_call_back_after_five_minutes_and_keeps_the_place() {
    // DOMAIN 3.5: the last step.
    let mut stage = five_minutes_for_a_skill();
    let (wu, told) = (VisitId::new("wu"), Tell::Visit(VisitId::new("wu")));
    let (order, place) = (stage.archive.visits[&wu].order, stage.hall.place(&wu));
    assert!(!stage.told.contains(&told));
    stage.pass(1_001);
    assert_eq!(["wu", "tan"].map(|name| offer(&stage, name)), [Some(WaitOffer::LongWait), None]);
    assert!(stage.told.contains(&told));
    assert_eq!((stage.archive.visits[&wu].order, stage.hall.place(&wu)), (order, place));
    stage.restart();
    assert_eq!(offer(&stage, "wu"), Some(WaitOffer::LongWait), "the row says so");
}

#[test]
fn whoever_was_rung_for_a_skill_is_offered_a_call_back_when_everybody_is() {
    let mut stage = five_minutes_for_a_skill();
    stage.pass(1_001);
    play_all(&mut stage, "w1 hangs up; w1 saves li; w1 finishes; w1 is on demand");
    assert_eq!(told_states(&stage, "wu"), "waiting > ringing > waiting");
    assert_eq!(offer(&stage, "wu"), None, "there is somebody who has it");
    stage.told.clear();
    stage.pass(39 * 60_000);
    assert_eq!(offer(&stage, "wu"), None);
    stage.pass(60_001);
    assert_eq!(offer(&stage, "wu"), Some(WaitOffer::LongWait));
    assert!(stage.told.contains(&Tell::Visit(VisitId::new("wu"))), "and told once more");
}

#[test]
fn a_turn_that_has_come_counts_before_the_hall_wakes_for_it() {
    let mut stage = Stage::with_windows(rules(), &["1"]);
    stage.take("li");
    stage.take("wang");
    let declined = StaffAct::Decline(VisitId::new("li"), DeclineReason::Counter);
    stage.staff("1", declined).expect("window 1 is rung for li");
    stage.now = stage.now.plus(stage.hall.facts.rules.timers.ring_pause_ms);
    stage.lives("1");
    assert_eq!(
        rung(&stage, "1").as_deref(),
        Some("li"),
        "the window may be rung again, and so may li be rung there"
    );
}
