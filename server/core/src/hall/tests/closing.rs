//! Closing time: whoever waits is told, whoever talks goes on, and the next day begins with nobody left over (E10).

use yunyiban_protocol::{ClosedCause, ItemCode, OpenState, OpeningHours, Outcome, Timestamp, VisitId};

use super::matching::{skilled, two_queues, window};
use super::people::{MORNING, Stage, rules, staff_of};
use super::script::{check, play};
use crate::{Actor, CitizenAct, HallRules, Refusal, StaffAct, Subject, Tell, VisitState};

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;

/// Nine to ten past nine on working days.
fn ten_minutes() -> HallRules {
    let hours = OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: 540,
        to_minute: 550,
    };
    HallRules {
        always_open: false,
        hours: vec![hours],
        ..rules()
    }
}

fn outcome(stage: &Stage, name: &str) -> Option<Outcome> {
    let VisitState::Closed { outcome, .. } = stage.archive.visits[&VisitId::new(name)].state else {
        return None;
    };
    Some(outcome)
}

fn number<'a>(stage: &'a Stage, name: &str) -> &'a str {
    &stage.archive.visits[&VisitId::new(name)].number
}

/// Nobody comes for a while, and pages say nothing.
fn sleep(stage: &mut Stage, millis: u32) {
    stage.now = stage.now.plus(millis);
    stage.pass(1);
}

#[test]
fn none_of_eight_who_wait_at_closing_vanishes() {
    // E10
    let mut stage = Stage::new(ten_minutes());
    let names = ["li", "wu", "gao", "tan", "deng", "xu", "he", "lin"];
    names.iter().for_each(|name| drop(stage.take(name)));
    stage.falls_silent("lin");
    stage.pass(9 * MINUTE_MS);
    assert_eq!(stage.state("lin"), "away");
    assert_eq!(stage.state("li"), "waiting", "the hall is open");
    stage.pass(MINUTE_MS);
    for name in names {
        assert_eq!(outcome(&stage, name), Some(Outcome::ClosedOut), "{name}");
        assert!(stage.told.contains(&Tell::Visit(VisitId::new(name))), "{name} is told");
    }
    let closings = stage.archive.events.iter().filter(|event| event.cause == "closing_time");
    let at = MORNING.plus(10 * MINUTE_MS);
    assert!(closings.clone().all(|event| event.actor == Actor::System && event.at == at));
    assert_eq!(closings.count(), names.len(), "one event each");
    assert_eq!(stage.try_to_take("late", None), Err(Refusal::HallClosed));
    assert_eq!(stage.hall.next_wake(), None, "nobody is there any more");
}

#[test]
fn a_window_on_duty_serves_on_after_closing_and_the_last_to_go_closes_the_line() {
    let mut stage = Stage::with_windows(ten_minutes(), &["3"]);
    ["li", "wu", "gao"].iter().for_each(|name| drop(stage.take(name)));
    stage.staff("3", StaffAct::Accept(VisitId::new("li"))).expect("li is rung");
    stage.citizen("li", CitizenAct::Accept).expect("the window has accepted");
    stage.pass(10 * MINUTE_MS);
    assert_eq!(stage.try_to_take("late", None), Err(Refusal::HallClosed));
    assert_eq!((outcome(&stage, "li"), outcome(&stage, "wu")), (None, None));
    for step in ["w3 hangs up", "w3 saves li", "w3 finishes", "w3 accepts wu", "wu accepts", "w3 drains"] {
        play(&mut stage, step, "closing");
    }
    assert_eq!(outcome(&stage, "gao"), None, "the window still talks");
    for step in ["w3 hangs up", "w3 saves wu", "w3 finishes"] {
        play(&mut stage, step, "closing");
    }
    assert_eq!(outcome(&stage, "wu"), Some(Outcome::Served));
    assert_eq!(outcome(&stage, "gao"), Some(Outcome::ClosedOut));
}

/// Ten minutes; window 1 takes queue A alone, window 2 queue B alone.
fn two_queues_apart() -> HallRules {
    let HallRules { queues, mut windows, .. } = super::matching::two_queues();
    windows[1].queues.retain(|share| share.queue.as_str() == "b");
    HallRules {
        queues,
        windows,
        ..ten_minutes()
    }
}

#[test]
fn after_closing_a_queue_ends_with_its_own_last_window() {
    let mut stage = Stage::with_windows(two_queues_apart(), &["1", "2"]);
    for (name, item) in [("li", "residence"), ("gao", "residence"), ("wu", "card"), ("tan", "card")] {
        stage.take_for(name, item);
    }
    for step in ["w1 accepts li", "li accepts", "w2 accepts wu", "wu accepts"] {
        play(&mut stage, step, "closing");
    }
    stage.pass(10 * MINUTE_MS);
    assert_eq!((outcome(&stage, "gao"), outcome(&stage, "tan")), (None, None));
    for step in ["w2 drains", "w2 hangs up", "w2 saves wu", "w2 finishes", "w2 closes"] {
        play(&mut stage, step, "closing");
    }
    assert_eq!(outcome(&stage, "tan"), Some(Outcome::ClosedOut), "nobody takes B any more");
    assert_eq!(outcome(&stage, "gao"), None, "A goes on");
}

/// wu came for queue B and was sent off by window 1, which takes A alone; nobody takes B any more.
fn sent_off_by_another_queue() -> Stage {
    let mut stage = Stage::with_windows(two_queues_apart(), &["1", "2"]);
    stage.take_for("wu", "card");
    for step in [
        "w2 accepts wu",
        "wu accepts",
        "w2 transfers to w1",
        "w1 accepts wu",
        "w2 closes",
        "w1 parks",
    ] {
        play(&mut stage, step, "closing");
    }
    stage
}

#[test]
fn after_closing_who_comes_back_to_a_window_on_duty_is_served_whatever_the_queue() {
    let mut stage = sent_off_by_another_queue();
    stage.pass(10 * MINUTE_MS);
    assert_eq!(outcome(&stage, "wu"), None, "window 1 takes wu back");
    play(&mut stage, "w1 takes a break", "closing");
    assert_eq!(outcome(&stage, "wu"), Some(Outcome::ClosedOut));
}

#[test]
fn after_closing_whoever_the_window_takes_back_no_more_is_told_then_and_not_at_midnight() {
    let mut stage = sent_off_by_another_queue();
    stage.take_for("li", "residence");
    for step in ["w1 accepts li", "li accepts"] {
        play(&mut stage, step, "closing");
    }
    stage.pass(10 * MINUTE_MS);
    play(&mut stage, "wu returns", "closing");
    let (_, until) = stage.archive.visits[&VisitId::new("wu")].sticky.as_deref().cloned().unwrap();
    stage.pass(until.since(stage.now) - 1);
    assert_eq!((stage.state("wu"), stage.state("li")), ("waiting", "serving"), "window 1 takes wu back");
    stage.pass(1);
    assert_eq!((outcome(&stage, "wu"), stage.state("li")), (Some(Outcome::ClosedOut), "serving"));
}

#[test]
fn who_missed_the_call_or_was_sent_off_is_told_too() {
    let mut stage = Stage::with_windows(ten_minutes(), &["3"]);
    for step in ["li takes", "w3 accepts li", "+61", "w3 is on demand", "wu takes", "w3 picks wu"] {
        play(&mut stage, step, "closing");
    }
    for step in ["w3 accepts wu", "wu accepts", "w3 parks"] {
        play(&mut stage, step, "closing");
    }
    assert_eq!((stage.state("li"), stage.state("wu")), ("missed", "parked"));
    play(&mut stage, "w3 closes", "closing");
    stage.pass(10 * MINUTE_MS);
    assert_eq!(outcome(&stage, "li"), Some(Outcome::ClosedOut));
    assert_eq!(outcome(&stage, "wu"), Some(Outcome::ClosedOut));
}

#[test]
fn the_last_number_is_given_while_its_service_still_fits_into_the_day() {
    let mut hours = ten_minutes();
    hours.hours[0].to_minute = 600;
    let mut stage = Stage::with_windows(hours, &["3"]);
    for name in ["li", "wu", "gao"] {
        stage.take(name);
        stage.staff("3", StaffAct::Accept(VisitId::new(name))).expect("it is rung");
        stage.citizen(name, CitizenAct::Accept).expect("the window has accepted");
        stage.pass(8 * MINUTE_MS);
        for act in ["hangs up", &format!("saves {name}"), "finishes"] {
            play(&mut stage, &format!("w3 {act}"), "closing");
        }
    }
    // 9:24, eight minutes each: the fourth is done before ten, the fifth perhaps not.
    let mut given = 0;
    while stage.try_to_take(&format!("visitor-{given}"), None).is_ok() {
        given += 1;
        stage.pass(11_000);
    }
    assert!((3..=5).contains(&given), "{given}");
    assert_eq!(stage.hall.card(stage.now).closed_because, Some(ClosedCause::LastIntake));
    assert!(
        stage
            .archive
            .visits
            .values()
            .all(|visit| visit.state.name() != "closed" || visit.wrapped_at.is_some())
    );
    for name in 1..given {
        stage.citizen(&format!("visitor-{name}"), CitizenAct::Leave).expect("anybody may leave");
    }
    stage.pass(11_000);
    assert_eq!(stage.hall.card(stage.now).closed_because, None, "there is room again");
    stage.take("late");
}

/// Serves three of 社保医保 at window 2, eight minutes each.
pub fn three_cards(stage: &mut Stage) {
    for name in ["li", "wu", "gao"] {
        stage.take_for(name, "card");
        stage.staff("2", StaffAct::Accept(VisitId::new(name))).expect("it is rung");
        stage.citizen(name, CitizenAct::Accept).expect("the window has accepted");
        stage.pass(8 * MINUTE_MS);
        for act in ["hangs up", &format!("saves {name}"), "finishes"] {
            play(stage, &format!("w2 {act}"), "closing");
        }
    }
}

fn asks_for(stage: &mut Stage, name: &str, item: &str) -> Result<crate::Done, Refusal> {
    let mut take = stage.take_act(name, None);
    take.item = Some(ItemCode::new(item));
    stage.act(crate::Act::TakeNumber(take))
}

/// Numbers of 社保医保 given until one is refused, at most twenty; and the refusal.
fn cards_until_refused(stage: &mut Stage) -> (u32, Option<Refusal>) {
    for given in 0..20 {
        if let Err(refusal) = asks_for(stage, &format!("visitor-{given}"), "card") {
            return (given, Some(refusal));
        }
        stage.pass(11_000);
    }
    (20, None)
}

fn until_ten(rules: HallRules) -> HallRules {
    let mut hours = ten_minutes().hours;
    hours[0].to_minute = 600;
    HallRules {
        always_open: false,
        hours,
        ..rules
    }
}

/// 社保医保 is taken at windows of its own, and is full; the hall closes at ten.
fn full_of_cards(rules: HallRules) -> (Stage, u32) {
    let apart = HallRules {
        windows: vec![
            window("1", &[("a", 1)], &[], false),
            window("2", &[("b", 1)], &[], false),
            window("3", &[("b", 1)], &[], false),
        ],
        ..rules
    };
    let mut stage = Stage::with_windows(until_ten(apart), &["1", "2"]);
    three_cards(&mut stage);
    let (given, refusal) = cards_until_refused(&mut stage);
    assert_eq!(refusal, Some(Refusal::LastIntake));
    (stage, given)
}

/// The day after, nine o'clock.
fn tomorrow() -> Timestamp {
    MORNING.plus(24 * 60 * MINUTE_MS)
}

#[test]
fn a_full_queue_is_said_to_be_full_and_not_closed_while_another_takes_numbers() {
    let (mut stage, given) = full_of_cards(two_queues());
    assert!((3..=5).contains(&given), "{given}");
    assert_eq!(stage.hall.card(stage.now).closed_because, None, "the hall is open");
    asks_for(&mut stage, "late", "residence").expect("the other queue is empty");
    stage.pass(40 * MINUTE_MS);
    assert_eq!(asks_for(&mut stage, "later", "card"), Err(Refusal::HallClosed));
}

#[test]
fn the_card_names_the_matters_of_a_full_queue_and_when_they_are_called_back() {
    let (stage, _) = full_of_cards(two_queues());
    let card = stage.hall.card(stage.now);
    assert_eq!(card.closed_because, None);
    let told: Vec<_> = card.closed_queues.iter().map(|queue| queue.calls_back_from).collect();
    assert_eq!(told, [Some(tomorrow())], "full for today, not for the minute");
    let items = &card.closed_queues[0].items;
    assert!(
        items.contains(&ItemCode::new("card")) && !items.contains(&ItemCode::new("residence")),
        "{items:?}"
    );
}

#[test]
fn whoever_cannot_say_for_what_is_not_sent_into_the_full_queue() {
    let mut rules = two_queues();
    rules.queues.swap(0, 1);
    let (mut stage, _) = full_of_cards(rules);
    let mut take = stage.take_act("late", None);
    take.item = None;
    stage.act(crate::Act::TakeNumber(take)).expect("the other queue is empty");
    assert!(
        stage.archive.visits[&VisitId::new("late")].number.starts_with('A'),
        "the queue that is not full"
    );
}

#[test]
fn where_one_queue_is_full_and_the_other_opens_later_today_the_hall_opens_then() {
    let mut rules = two_queues();
    let mut later = ten_minutes().hours[0].clone();
    (later.from_minute, later.to_minute) = (590, 600);
    rules.queues[0].hours = vec![later];
    let (stage, _) = full_of_cards(rules);
    let card = stage.hall.card(stage.now);
    assert_eq!(card.closed_because, Some(ClosedCause::LastIntake));
    let opens = MORNING.plus(50 * MINUTE_MS);
    assert!(stage.now < opens, "{}", stage.now.since(MORNING));
    assert_eq!(card.open, OpenState::Closed { opens_at: Some(opens) });
}

#[test]
fn the_day_is_full_too_where_nobody_can_say_who_goes_first() {
    for rules in [two_queues(), skilled()] {
        let mut stage = Stage::with_windows(until_ten(rules), &["2"]);
        three_cards(&mut stage);
        let (given, refusal) = cards_until_refused(&mut stage);
        assert_eq!((refusal, (3..=6).contains(&given)), (Some(Refusal::LastIntake), true), "{given}");
    }
}

#[test]
fn on_a_holiday_no_number_is_given() {
    let mut image = super::people::image(ten_minutes());
    image.calendar = crate::Calendar::new([crate::SpecialDay {
        day: crate::Day::of(MORNING),
        kind: yunyiban_protocol::DayKind::Holiday,
        name: "春节".into(),
        runs: Vec::new(),
    }]);
    let mut stage = Stage::new(rules());
    stage.hall = crate::Hall::new(image, MORNING);
    assert_eq!(stage.try_to_take("li", None), Err(Refusal::HallClosed));
    let card = stage.hall.card(stage.now);
    assert_eq!((card.closed_because, card.special_days.len()), (Some(ClosedCause::Hours), 1));
}

#[test]
fn at_midnight_everybody_who_waits_is_told_even_where_the_hall_never_closes() {
    let mut stage = check(
        "li takes; wu takes; w3 accepts li; li accepts",
        "waiting > ringing > connecting > serving",
    );
    play(&mut stage, "w3 telephones", "midnight");
    sleep(&mut stage, 15 * HOUR_MS - 3 * MINUTE_MS);
    assert_eq!(outcome(&stage, "wu"), None);
    sleep(&mut stage, 3 * MINUTE_MS);
    assert_eq!(outcome(&stage, "wu"), Some(Outcome::ClosedOut));
    assert_eq!(stage.state("li"), "serving", "a talk goes on");
}

#[test]
fn a_talk_over_midnight_keeps_its_number_for_itself() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    play(&mut stage, "w3 telephones", "midnight");
    sleep(&mut stage, 16 * HOUR_MS);
    assert_eq!((number(&stage, "li"), stage.state("li")), ("A1", "serving"));
    stage.take("wu");
    stage.take("gao");
    assert_eq!((number(&stage, "wu"), number(&stage, "gao")), ("A2", "A3"));
    assert!(stage.archive.events.iter().all(|event| event.cause != "closing_time"));
}

#[test]
fn a_record_is_written_over_midnight_even_if_the_server_dies_meanwhile() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    play(&mut stage, "w3 telephones", "midnight");
    stage.pass(15 * HOUR_MS - MINUTE_MS);
    for step in ["w3 hangs up", "+120", "restart", "w3 saves li", "w3 finishes"] {
        play(&mut stage, step, "midnight");
    }
    let served_today = stage.hall.console(&staff_of("3"), stage.now).map(|console| console.served_today);
    assert_eq!(served_today, Some(0), "li was served yesterday");
}

#[test]
fn who_comes_back_from_a_window_after_midnight_does_not_wait_till_morning() {
    let mut stage = check("li takes; w3 accepts li; li accepts", "waiting > ringing > connecting > serving");
    play(&mut stage, "w3 telephones", "midnight");
    sleep(&mut stage, 16 * HOUR_MS);
    play(&mut stage, "w3 parks", "midnight");
    assert_eq!(outcome(&stage, "li"), Some(Outcome::ClosedOut));
}

#[test]
fn a_hall_that_slept_over_closing_closes_out_before_it_rings_anybody() {
    let mut stage = Stage::new(ten_minutes());
    stage.take("li");
    stage.falls_silent("li");
    stage.now = MORNING.plus(24 * HOUR_MS);
    stage.restart();
    stage.open("3");
    stage.take("wu");
    assert_eq!(outcome(&stage, "li"), Some(Outcome::ClosedOut));
    assert_eq!((number(&stage, "wu"), stage.state("wu")), ("A1", "ringing"));
    let wu = VisitId::new("wu");
    let is_rung = |subject: &Subject| matches!(subject, Subject::Visit { visit } if visit.id != wu);
    let rung_wrongly = stage.archive.events.iter().find(|event| event.cause == "rung" && is_rung(&event.after));
    assert_eq!(rung_wrongly, None);
}
