//! Emergency closes that last for days, change, or end before they were to: what they do to a call that was promised.

use yunyiban_protocol::{OpenState, Outcome, Timestamp, VisitId, WhoWaits};

use super::left_number::{PHONES, evening, hours, tuesday, until};
use super::people::{MORNING, Stage};
use super::script::play;
use super::suspension::suspend;
use crate::{StaffAct, VisitState};

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;
const DAY_MS: u32 = 24 * HOUR_MS;
const DAY_MINUTES: u32 = 24 * 60;
const TEXT: &str = "管道抢修，暂停取号。";

/// The next days at this hour.
fn sleep_days(stage: &mut Stage, days: u32) {
    for _ in 0..days {
        let tomorrow = stage.now.plus(DAY_MS);
        until(stage, tomorrow);
    }
}

fn booked(stage: &Stage, name: &str) -> Option<Timestamp> {
    let VisitState::Booked { at } = stage.archive.visits[&VisitId::new(name)].state else {
        return None;
    };
    Some(at)
}

/// Li asked for a call-back, and the windows went home.
fn li_waits_for_a_call() -> Stage {
    let mut stage = Stage::with_windows(hours(), &["1", "3"]);
    for step in [
        "w1 takes a break",
        "w3 takes a break",
        "li takes",
        "li leaves a number",
        "li asks for a call-back",
    ] {
        play(&mut stage, step, "long close");
    }
    ["1", "3"].iter().for_each(|window| stage.falls_silent(window));
    stage
}

#[test]
fn a_close_of_ten_days_uses_up_no_promise_to_call() {
    for end in [Some(MORNING.plus(10 * DAY_MS)), None] {
        let mut stage = li_waits_for_a_call();
        suspend(&mut stage, "1", TEXT, end, WhoWaits::CalledBack).expect("wang is a supervisor");
        sleep_days(&mut stage, 9);
        stage.restart();
        assert_eq!(stage.state("li"), "callback_kept", "nobody could have called");
        if end.is_some() {
            sleep_days(&mut stage, 1);
        } else {
            let open = MORNING.plus(10 * DAY_MS);
            until(&mut stage, open);
            stage.staff("1", StaffAct::EndSuspension).expect("wang is a supervisor");
        }
        assert!(stage.hall.card(stage.now).suspension.is_none());
        sleep_days(&mut stage, 2);
        assert_eq!(stage.state("li"), "callback_kept", "three days count from the opening");
        sleep_days(&mut stage, 2);
        assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Expired);
    }
}

#[test]
fn nobody_is_called_by_a_hall_of_which_nobody_can_say_when_it_opens() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    let mut image = stage.archive.image(stage.now);
    image.rules.hours.clear();
    stage.hall = crate::Hall::new(image, stage.now);
    until(&mut stage, tuesday(540));
    assert_eq!(booked(&stage, "li"), Some(stage.now.plus(DAY_MS)), "looked at again a day later");
    assert_eq!(stage.hall.card(stage.now).open, OpenState::Closed { opens_at: None });
    let mut image = stage.archive.image(stage.now);
    image.rules = hours();
    stage.hall = crate::Hall::new(image, stage.now);
    sleep_days(&mut stage, 1);
    assert_eq!(stage.state("li"), "callback_kept");
}

#[test]
fn a_number_left_reads_at_once_what_the_close_makes_of_its_moment() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    let thursday = tuesday(540 + 2 * DAY_MINUTES);
    let says = [
        (Some(tuesday(3 * DAY_MINUTES)), tuesday(540 + 3 * DAY_MINUTES)),
        (Some(tuesday(2 * DAY_MINUTES)), thursday),
        (Some(stage.now.plus(HOUR_MS)), tuesday(540)),
        (None, tuesday(540)),
    ];
    for (end, at) in says {
        suspend(&mut stage, "1", TEXT, end, WhoWaits::Served).expect("wang is a supervisor");
        assert_eq!(booked(&stage, "li"), Some(at), "closed until {end:?}");
    }
    suspend(&mut stage, "1", TEXT, Some(thursday), WhoWaits::Served).expect("wang is a supervisor");
    assert_eq!(booked(&stage, "li"), Some(thursday));
    stage.staff("1", StaffAct::EndSuspension).expect("wang is a supervisor");
    assert_eq!(booked(&stage, "li"), Some(tuesday(540)), "as was promised first");
}

#[test]
fn the_end_of_an_emergency_brings_nobody_forward_who_was_promised_tomorrow() {
    // The last that fits before closing has been given: Wu is promised Tuesday.
    let mut stage = Stage::new(hours());
    stage.now = MORNING.plus(8 * HOUR_MS - 40 * MINUTE_MS);
    stage.open("3");
    for name in ["a", "b", "c"] {
        stage.take(name);
        for step in [&format!("w3 accepts {name}"), &format!("{name} accepts"), "+480", "w3 hangs up"] {
            play(&mut stage, step, "last intake");
        }
        for step in [&format!("w3 saves {name}"), "w3 finishes"] {
            play(&mut stage, step, "last intake");
        }
    }
    let mut given = 0;
    while stage.try_to_take(&format!("citizen-{given}"), None).is_ok() {
        given += 1;
        stage.pass(11_000);
    }
    stage.leave_number("wu", PHONES[0]).expect("somebody will call");
    assert_eq!(booked(&stage, "wu"), Some(tuesday(540)));
    stage.pass(1_000);
    suspend(&mut stage, "1", TEXT, None, WhoWaits::Served).expect("wang is a supervisor");
    stage.leave_number("gao", PHONES[1]).expect("somebody will call");
    stage.staff("1", StaffAct::EndSuspension).expect("wang is a supervisor");
    assert_eq!(booked(&stage, "wu"), Some(tuesday(540)), "not made nor moved by the emergency");
    assert_ne!(stage.state("gao"), "booked");
}

#[test]
fn who_was_closed_out_before_reads_nothing_of_an_emergency() {
    let mut stage = Stage::new(hours());
    for name in ["li", "wu"] {
        stage.take(name);
    }
    stage
        .staff("3", StaffAct::Open(yunyiban_protocol::WindowId::new("3")))
        .expect("it is free");
    let closing = MORNING.plus(8 * HOUR_MS);
    until(&mut stage, closing);
    stage.pass(1_000);
    suspend(&mut stage, "1", TEXT, None, WhoWaits::Served).expect("wang is a supervisor");
    let view = stage.hall.visit_view(&VisitId::new("li"), stage.now).expect("it is known");
    assert!(matches!(view.status, yunyiban_protocol::VisitStatus::Closed { .. }));
    assert!(view.suspension.is_none(), "closing time ended it, not the emergency");
}

#[test]
fn a_clock_set_back_makes_no_emergency_last_an_hour_longer() {
    let mut stage = Stage::with_windows(hours(), &["1"]);
    let end = stage.now.plus(30 * MINUTE_MS);
    suspend(&mut stage, "1", TEXT, Some(end), WhoWaits::Served).expect("wang is a supervisor");
    stage.now = Timestamp::from_millis(stage.now.as_millis() - i64::from(HOUR_MS));
    stage.restart();
    stage.pass(1);
    let suspension = stage.hall.card(stage.now).suspension.expect("it stands");
    assert!(suspension.since <= stage.now);
    assert!(suspension.until.is_some_and(|until| until <= stage.now.plus(30 * MINUTE_MS)));
    stage.restart();
    assert_eq!(stage.hall.card(stage.now).suspension, Some(suspension), "it is written down");
}

#[test]
fn a_number_whose_moment_was_moved_is_opened_to_once() {
    let mut stage = Stage::with_windows(hours(), &["1"]);
    let (longer, shorter) = (stage.now.plus(HOUR_MS), stage.now.plus(MINUTE_MS));
    suspend(&mut stage, "1", TEXT, Some(longer), WhoWaits::Served).expect("wang is a supervisor");
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    suspend(&mut stage, "1", TEXT, Some(shorter), WhoWaits::Served).expect("wang is a supervisor");
    // Nothing happens for two hours; then both moments are past at once, and somebody else comes first.
    stage.now = stage.now.plus(2 * HOUR_MS);
    stage.take("wu");
    let opened = stage.archive.events.iter().filter(|event| event.cause == "hall_opened");
    assert_eq!(opened.count(), 1);
}
