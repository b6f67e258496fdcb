//! 「留个电话，上班后给您回」: the hall is closed, a number is left, and the hall calls when it opens.

use yunyiban_protocol::{Ahead, OpeningHours, Outcome, PlaceCause, Sensitive, VisitStatus, WhoWaits};
use yunyiban_protocol::{Timestamp, VisitId};

use super::people::{MORNING, Stage, rules, sealed};
use super::script::{play, told_states};
use crate::{Calendar, CitizenAct, Day, Done, HallRules, Refusal, SpecialDay, StaffAct, SuspendAct, VisitState};

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;
pub const PHONES: [&str; 3] = ["13800000001", "13800000002", "13800000003"];

/// Nine to noon and half past one to five, Monday to Friday.
pub fn hours() -> HallRules {
    let run = |from_minute, to_minute| OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute,
        to_minute,
    };
    HallRules {
        always_open: false,
        hours: vec![run(540, 720), run(810, 1_020)],
        ..rules()
    }
}

/// Monday evening at eight, with windows that went home.
pub fn evening() -> Stage {
    let mut stage = Stage::new(hours());
    stage.now = MORNING.plus(11 * HOUR_MS);
    stage
}

pub fn tuesday(minute: u32) -> Timestamp {
    Day::of(MORNING).plus(1).start().plus(minute * MINUTE_MS)
}

pub fn until(stage: &mut Stage, moment: Timestamp) {
    stage.now = moment;
    stage.pass(1);
}

#[test]
fn numbers_left_at_night_are_called_in_the_morning_in_the_order_of_leaving() {
    let mut stage = evening();
    assert_eq!(stage.hall.card(stage.now).calls_back_from, Some(tuesday(540)));
    for (name, phone) in ["li", "wu"].iter().zip(PHONES) {
        stage.leave_number(name, phone).expect("the hall is closed");
        stage.pass(MINUTE_MS);
    }
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("it is known");
    assert_eq!(
        view.status,
        VisitStatus::Booked {
            at: tuesday(540),
            check_in: None
        }
    );
    assert_eq!(
        (view.contact.phone, view.callback.is_some()),
        (Some(Sensitive::new(PHONES[0].into())), true)
    );
    assert_eq!(stage.hall.line().waiting, 0, "nobody stands in line at night");

    until(&mut stage, tuesday(530));
    stage.open("3");
    stage.pass(9 * MINUTE_MS);
    assert_eq!((stage.state("li"), stage.state("wu")), ("booked", "booked"), "the hall is closed still");
    stage.pass(MINUTE_MS);
    assert_eq!((stage.state("li"), stage.state("wu")), ("ringing", "callback_kept"));
    stage.take("early");
    for step in [
        "w3 accepts li",
        "w3 looks up the number",
        "w3 reaches",
        "w3 hangs up",
        "w3 saves li",
        "w3 finishes",
    ] {
        play(&mut stage, step, "morning");
    }
    assert_eq!((stage.state("wu"), stage.state("early")), ("ringing", "waiting"));
    assert_eq!(
        told_states(&stage, "li"),
        "booked > callback_kept > ringing > connecting > serving > closed"
    );
}

#[test]
fn whoever_is_asked_while_a_number_left_at_noon_is_rung_keeps_the_place_and_reads_why() {
    let mut stage = Stage::new(HallRules { handshake: true, ..hours() });
    stage.pass(170 * MINUTE_MS);
    stage.take("li");
    stage.pass(20 * MINUTE_MS);
    stage.leave_number("wu", PHONES[0]).expect("it is noon");
    stage.pass(80 * MINUTE_MS - 10_000);
    stage.open("3");
    stage.lives("3");
    let place = |stage: &Stage| stage.hall.place(&VisitId::new("li")).map(|place| (place.ahead, place.cause));
    assert_eq!(stage.state("li"), "calling");
    assert_eq!(place(&stage), Some((Ahead::Exact { count: 0 }, None)));
    stage.pass(10_000);
    assert_eq!(
        (stage.state("li"), stage.state("wu")),
        ("calling", "ringing"),
        "a window waits for nobody"
    );
    let passed = Some((Ahead::Exact { count: 0 }, Some(PlaceCause::Passed)));
    assert_eq!(place(&stage), passed);
    stage.here("li").expect("she is asked");
    stage.restart();
    assert_eq!(place(&stage), passed, "until she is rung");
}

#[test]
fn who_stands_behind_or_is_rung_in_turn_was_passed_by_nobody() {
    let mut stage = Stage::new(HallRules { handshake: true, ..rules() });
    ["li", "wu", "gao"].iter().for_each(|name| drop(stage.take(name)));
    stage.open("3");
    stage.lives("3");
    stage.here("wu").expect("wu is asked");
    let cause = |stage: &Stage, name: &str| stage.hall.place(&VisitId::new(name)).and_then(|place| place.cause);
    assert_eq!((stage.state("li"), stage.state("wu")), ("calling", "ringing"));
    assert_eq!((cause(&stage, "li"), cause(&stage, "gao")), (Some(PlaceCause::Passed), None));
}

#[test]
fn a_talk_with_whoever_left_a_number_is_parked_moved_and_lost_like_any() {
    let by_telephone = ["w3 looks up the number", "w3 reaches"].as_slice();
    let on_the_page = ["li accepts"].as_slice();
    let cases = [
        (1, by_telephone, "w3 parks", "parked"),
        (1, on_the_page, "w3 parks", "parked"),
        (1, on_the_page, "w3 transfers to a", "ringing"),
        (1, on_the_page, "w3 falls silent", "waiting"),
        // Nobody was there on Tuesday.
        (2, by_telephone, "w3 parks", "parked"),
    ];
    for (days, begins, then, state) in cases {
        let mut stage = evening();
        stage.leave_number("li", PHONES[0]).expect("the hall is closed");
        for day in 0..days {
            until(&mut stage, tuesday(540 + day * 24 * 60));
        }
        for step in ["w3 opens", "w3 accepts li"].iter().chain(begins).chain(&[then]) {
            play(&mut stage, step, "left overnight");
        }
        stage.lives("li");
        stage.pass(2 * MINUTE_MS);
        assert_eq!(stage.state("li"), state, "{then} after {begins:?} on day {days}");
    }
}

#[test]
fn who_takes_a_number_at_the_first_moment_sees_those_who_left_theirs_at_night() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    // Nothing has happened since, and this comes before any timer.
    stage.now = tuesday(540);
    stage.try_to_take("early", None).expect("the hall opens");
    let place = stage.hall.place(&VisitId::new("early")).expect("it waits");
    assert_eq!(place.ahead, yunyiban_protocol::Ahead::Exact { count: 1 });
}

#[test]
fn a_number_left_is_taken_back_or_corrected_like_any() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    stage.leave_contact("li", PHONES[1]).expect("it is a telephone");
    assert_eq!(stage.leave_contact("li", ""), Err(Refusal::NoPhone));
    assert_eq!(
        stage.citizen("li", CitizenAct::Return),
        Err(Refusal::NotNow),
        "there is no line to stand in"
    );
    assert_eq!(stage.citizen("li", CitizenAct::Leave), Ok(Done::Nothing));
    until(&mut stage, tuesday(600));
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Cancelled);
}

#[test]
fn a_restart_and_a_clock_set_back_keep_the_number_and_its_moment() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    stage.restart();
    stage.now = Timestamp::from_millis(stage.now.as_millis() - i64::from(HOUR_MS));
    stage.restart();
    until(&mut stage, tuesday(539));
    assert_eq!(stage.state("li"), "booked");
    stage.restart();
    until(&mut stage, tuesday(540));
    assert_eq!(stage.state("li"), "callback_kept");
}

#[test]
fn over_a_holiday_the_number_is_kept_until_the_hall_opens() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    // The notice came late: Tuesday to Sunday are off.
    let holiday = |days| SpecialDay {
        day: Day::of(MORNING).plus(days),
        kind: yunyiban_protocol::DayKind::Holiday,
        name: "元旦".into(),
        runs: Vec::new(),
    };
    let mut image = stage.archive.image(stage.now);
    image.calendar = Calendar::new((1..=6).map(holiday));
    stage.hall = crate::Hall::new(image, stage.now);
    until(&mut stage, tuesday(540));
    let opens = MORNING.plus(7 * 24 * HOUR_MS);
    assert_eq!(
        stage.archive.visits[&VisitId::new("li")].state,
        VisitState::Booked { at: opens },
        "put off, and told"
    );
    until(&mut stage, opens);
    assert_eq!(stage.state("li"), "callback_kept");
    stage.pass(60 * HOUR_MS);
    assert_eq!(stage.state("li"), "callback_kept", "three days count from the opening");
    stage.pass(13 * HOUR_MS);
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Expired);
}

#[test]
fn an_emergency_puts_it_off_and_its_end_brings_it_forward() {
    let mut stage = Stage::with_windows(hours(), &["1", "3"]);
    let noon = MORNING.plus(3 * HOUR_MS);
    let suspend = |until| {
        StaffAct::Suspend(SuspendAct {
            text: sealed(Sensitive::new("停电".into())),
            until,
            waiting: WhoWaits::Served,
        })
    };
    stage.staff("1", suspend(None)).expect("wang is a supervisor");
    assert_eq!(
        stage.hall.card(stage.now).calls_back_from,
        Some(noon.plus(90 * MINUTE_MS)),
        "the next opening, perhaps"
    );
    stage.leave_number("li", PHONES[0]).expect("somebody will call");
    stage.pass(5 * HOUR_MS);
    assert_eq!(stage.archive.visits[&VisitId::new("li")].state, VisitState::Booked { at: tuesday(540) });
    stage.staff("1", StaffAct::EndSuspension).expect("the light is back");
    assert_eq!(stage.state("li"), "ringing");

    stage
        .staff("1", suspend(Some(stage.now.plus(40 * MINUTE_MS))))
        .expect("wang is a supervisor");
    stage.leave_number("wu", PHONES[1]).expect("somebody will call");
    stage.pass(39 * MINUTE_MS);
    assert_eq!(stage.state("wu"), "booked");
    stage.pass(2 * MINUTE_MS);
    assert_ne!(stage.state("wu"), "booked");
}

#[test]
fn one_phone_is_not_rung_all_morning_for_numbers_that_strangers_left() {
    let mut stage = evening();
    stage.leave_number("li", "0591-87654321").expect("the hall is closed");
    stage.leave_number("li-s husband", "059187654321").expect("they share a landline");
    assert_eq!(stage.leave_number("gao", "0591-87654321"), Err(Refusal::PhoneTaken));
    stage.leave_number("gao", PHONES[0]).expect("an own number");
    assert_eq!(
        stage.leave_contact("gao", "0591-87654321"),
        Err(Refusal::PhoneTaken),
        "nor by a correction"
    );
    let known = Some("token of li");
    let again = stage.try_to_take("another", known);
    assert_eq!(
        again,
        Ok(Done::Visit {
            visit: VisitId::new("li"),
            resumed: true
        }),
        "one a session"
    );
    stage.citizen("li", CitizenAct::Leave).expect("it is given back");
    stage.leave_contact("gao", "0591-87654321").expect("there is room again");
}

#[test]
fn a_night_of_strangers_does_not_fill_the_morning() {
    let mut stage = Stage::new(HallRules {
        max_left_numbers: 3,
        max_live_visits: 4,
        ..hours()
    });
    stage.now = MORNING.plus(11 * HOUR_MS);
    for number in 0..3 {
        stage
            .leave_number(&format!("stranger-{number}"), &format!("1390000000{number}"))
            .expect("there is room");
    }
    assert_eq!(stage.leave_number("li", PHONES[0]), Err(Refusal::HallFull));
    until(&mut stage, tuesday(541));
    stage.take("early");
}

#[test]
fn a_number_that_cannot_be_called_is_not_taken() {
    let mut stage = evening();
    for (phone, refusal) in [("1381234567", Refusal::BadPhone), ("", Refusal::NoPhone)] {
        assert_eq!(stage.leave_number("li", phone), Err(refusal), "{phone}");
    }
    // No opening within fourteen days: nobody can say when.
    let mut never = Stage::new(HallRules {
        hours: Vec::new(),
        ..hours()
    });
    assert_eq!(never.leave_number("li", PHONES[0]), Err(Refusal::HallClosed));
}

#[test]
fn in_an_open_hall_it_is_a_call_back_at_once() {
    let mut stage = Stage::with_windows(hours(), &["3"]);
    stage.leave_number("li", PHONES[0]).expect("the hall is open");
    assert_eq!(told_states(&stage, "li"), "callback_kept > ringing");
}
