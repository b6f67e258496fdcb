//! Whoever books and does not come, and slots that the hall itself cannot keep.

use yunyiban_protocol::{DayKind, Outcome, Sensitive, Timestamp, VisitId, WhoWaits};

use super::appointment::{MINUTE_MS, SLOT, booked, monday, until};
use super::left_number::{hours, tuesday};
use super::people::{MORNING, Stage, image, sealed};
use crate::{Calendar, CitizenAct, Day, Hall, NoticeKind, Refusal, SpecialDay, StaffAct, SuspendAct, VisitState};

const DAY_MS: u32 = 24 * 60 * MINUTE_MS;
const PHONE: &str = "13800000001";

/// So many days after that Monday, and minutes after its midnight.
fn day(days: u32, minute: u32) -> Timestamp {
    Day::of(MORNING).start().plus(days * DAY_MS + minute * MINUTE_MS)
}

fn suspend(stage: &mut Stage, until: Option<Timestamp>) {
    let wish = SuspendAct {
        text: sealed(Sensitive::new("线路抢修。".into())),
        until,
        waiting: WhoWaits::Served,
    };
    stage.staff("1", StaffAct::Suspend(wish)).expect("wang is a supervisor");
}

fn slot_of(stage: &Stage, name: &str) -> Option<Timestamp> {
    let VisitState::Booked { at } = stage.archive.visits[&VisitId::new(name)].state else {
        return None;
    };
    Some(at)
}

/// Books for a day and does not come.
fn misses(stage: &mut Stage, name: &str, days: u32) {
    stage.book(name, PHONE, day(days, SLOT)).expect("the slot is free");
    stage.open_link(name, name).expect("it came by a message");
    until(stage, day(days, 700));
    assert_eq!(stage.archive.outcomes[&VisitId::new(name)], Outcome::NoShow);
}

#[test]
fn who_did_not_come_twice_in_thirty_days_books_nothing_for_a_week() {
    let mut stage = monday();
    misses(&mut stage, "li", 1);
    stage.book("li again", PHONE, day(2, SLOT)).expect("once is no more than once");
    stage.citizen("li again", CitizenAct::Leave).expect("taken back in time");
    misses(&mut stage, "li a third time", 3);
    assert_eq!(stage.book("li a fourth time", PHONE, day(4, SLOT)), Err(Refusal::BookingBarred));
    stage.book("wu", "13800000002", day(4, SLOT)).expect("another telephone");
    stage.restart();
    assert_eq!(
        stage.book("li a fifth time", PHONE, day(4, SLOT)),
        Err(Refusal::BookingBarred),
        "also after a restart"
    );
    stage.try_to_take("li in person", None).expect("a number is given as ever");
    until(&mut stage, day(10, 629));
    assert_eq!(stage.book("li a sixth time", PHONE, day(11, SLOT)), Err(Refusal::BookingBarred));
    until(&mut stage, day(10, 631));
    stage.book("li a seventh time", PHONE, day(11, SLOT)).expect("the week is over");
}

#[test]
fn what_lies_longer_apart_does_not_count_together_and_is_forgotten() {
    let mut stage = monday();
    misses(&mut stage, "li", 1);
    assert_eq!(stage.archive.phone_marks.len(), 1, "a mark of the telephone, and of nothing else");
    until(&mut stage, day(32, 560));
    stage.take("wu");
    assert!(stage.archive.phone_marks.is_empty(), "it counts for nothing any more");
    misses(&mut stage, "li again", 35);
    stage.book("li a third time", PHONE, day(36, SLOT)).expect("the first is too long ago");
}

#[test]
fn who_comes_or_takes_it_back_leaves_no_mark() {
    let mut stage = booked();
    assert_eq!(stage.archive.phone_marks.len(), 1);
    until(&mut stage, tuesday(SLOT));
    stage.check_in("li").expect("on time");
    assert!(stage.archive.phone_marks.is_empty());
    stage.book("wu", "13800000002", tuesday(660)).expect("the slot is free");
    stage.citizen("wu", CitizenAct::Leave).expect("taken back");
    assert!(stage.archive.phone_marks.is_empty());
}

#[test]
fn nobody_is_blamed_whom_perhaps_no_message_reached() {
    let mut stage = booked();
    until(&mut stage, tuesday(700));
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::NoShow);
    assert!(stage.archive.phone_marks.is_empty(), "the link was never opened");
}

#[test]
fn a_link_that_was_opened_is_remembered_over_a_restart() {
    let mut stage = booked();
    stage.open_link("li", "li's phone").expect("it came by a message");
    stage.restart();
    until(&mut stage, tuesday(700));
    assert_eq!(stage.archive.phone_marks.len(), 1, "it was known when to come");
}

#[test]
fn slots_put_off_are_no_fuller_than_booked_ones() {
    let mut stage = monday();
    let names = ["li", "wu", "gao", "tan", "deng", "xu"];
    for (number, name) in (0..).zip(names) {
        let at = tuesday(if number < 4 { SLOT } else { SLOT + 30 });
        stage.book(name, &format!("1380000000{number}"), at).expect("four in a slot");
    }
    stage.book("zhou", "13800000008", tuesday(810)).expect("the slot is free");
    suspend(&mut stage, Some(tuesday(720)));
    stage.pass(1);
    let slots: Vec<_> = names.iter().map(|name| slot_of(&stage, name)).collect();
    let (first, second) = (Some(tuesday(810)), Some(tuesday(840)));
    assert_eq!(slots, [first, first, first, second, second, second], "one of four was given already");
}

#[test]
fn a_slot_that_is_put_off_itself_takes_no_room_of_another() {
    let mut stage = monday();
    let names = ["li", "wu", "gao", "tan"];
    for (number, name) in names.iter().enumerate() {
        stage.book(name, &format!("1380000000{number}"), tuesday(540)).expect("four in a slot");
    }
    let mut changed = stage.archive.image(stage.now);
    changed.rules.hours[0].from_minute = 555;
    stage.hall = Hall::new(changed, stage.now);
    stage.pass(1);
    let slots: Vec<_> = names.iter().map(|name| slot_of(&stage, name)).collect();
    assert_eq!(
        slots,
        [Some(tuesday(555)); 4],
        "it opens a quarter of an hour later, and nobody else is there"
    );
}

#[test]
fn the_earlier_slot_is_put_off_to_the_earlier_one_whoever_booked_first() {
    let mut stage = monday();
    let later = ["wu", "gao", "tan", "deng"];
    for (number, name) in later.iter().enumerate() {
        stage.book(name, &format!("1380000001{number}"), tuesday(600)).expect("four in a slot");
    }
    let earlier = ["li", "xu"];
    for (number, name) in earlier.iter().enumerate() {
        stage.book(name, &format!("1380000002{number}"), tuesday(SLOT)).expect("four in a slot");
    }
    suspend(&mut stage, Some(tuesday(720)));
    stage.pass(1);
    let slots: Vec<_> = earlier.iter().chain(&later).map(|name| slot_of(&stage, name)).collect();
    let (first, second) = (Some(tuesday(810)), Some(tuesday(840)));
    assert_eq!(slots, [first, first, first, first, second, second]);
}

#[test]
fn nobody_whose_slot_is_put_off_is_sent_away_because_all_others_are_full() {
    let mut stage = monday();
    stage.book("li", PHONE, tuesday(SLOT)).expect("the slot is free");
    let mut changed = stage.archive.image(stage.now);
    changed.rules.appointments.per_slot = 0;
    stage.hall = Hall::new(changed, stage.now);
    suspend(&mut stage, Some(tuesday(720)));
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(810)));
}

#[test]
fn nobody_is_blamed_whom_the_house_may_have_kept_from_coming() {
    let mut stage = booked();
    stage.open_link("li", "li's phone").expect("it came by a message");
    until(&mut stage, tuesday(SLOT + 20));
    stage.restart();
    until(&mut stage, tuesday(700));
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::NoShow);
    assert!(stage.archive.phone_marks.is_empty());
}

#[test]
fn a_house_that_was_down_over_the_time_to_check_in_puts_the_slot_off() {
    let mut stage = booked();
    stage.open_link("li", "li's phone").expect("it came by a message");
    until(&mut stage, tuesday(SLOT - 60));
    stage.now = tuesday(700);
    stage.restart();
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(810)), "the next opening");
    assert_eq!(stage.notices(), [("li", NoticeKind::PutOff { at: tuesday(810) })]);
    until(&mut stage, tuesday(900));
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::NoShow);
    assert!(stage.archive.phone_marks.is_empty(), "nobody asked whether the new slot suits");
}

#[test]
fn an_emergency_with_an_end_puts_off_the_slots_it_lasts_over_at_once() {
    let mut stage = monday();
    stage.book("li", PHONE, tuesday(SLOT)).expect("the slot is free");
    stage.book("wu", "13800000002", tuesday(900)).expect("the slot is free");
    suspend(&mut stage, Some(tuesday(600)));
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(600)));
    assert_eq!(slot_of(&stage, "wu"), Some(tuesday(900)), "it is over by then");
    assert_eq!(stage.notices(), [("li", NoticeKind::PutOff { at: tuesday(600) })]);
    stage.staff("1", StaffAct::EndSuspension).expect("it lasts");
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(600)), "nobody is brought forward");
    until(&mut stage, tuesday(605));
    stage.check_in("li").expect("on time for the slot there is now");
}

#[test]
fn an_emergency_without_an_end_puts_off_when_it_is_time_to_check_in() {
    let mut stage = booked();
    suspend(&mut stage, None);
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(SLOT)), "it may be over by then");
    until(&mut stage, tuesday(555));
    assert_eq!(slot_of(&stage, "li"), Some(tuesday(810)));
    until(&mut stage, tuesday(795));
    assert_eq!(slot_of(&stage, "li"), Some(day(2, 540)), "and again");
    assert_eq!(stage.notices().len(), 2);
}

#[test]
fn nobody_checks_in_while_the_hall_is_closed_in_an_emergency() {
    let mut stage = booked();
    until(&mut stage, tuesday(560));
    suspend(&mut stage, Some(tuesday(565)));
    assert_eq!(stage.check_in("li"), Err(Refusal::HallSuspended));
    until(&mut stage, tuesday(566));
    stage.check_in("li").expect("the slot stood");
}

#[test]
fn a_changed_calendar_puts_off_with_the_next_start() {
    let mut stage = booked();
    let mut changed = stage.archive.image(stage.now);
    let special = |day: Day| SpecialDay {
        day,
        kind: DayKind::Holiday,
        name: "调整".into(),
        runs: Vec::new(),
    };
    changed.calendar = Calendar::new([special(Day::of(MORNING).plus(1))]);
    stage.hall = Hall::new(changed, stage.now);
    stage.pass(1);
    assert_eq!(slot_of(&stage, "li"), Some(day(2, 540)));
    assert_eq!(stage.notices(), [("li", NoticeKind::PutOff { at: day(2, 540) })]);
}

#[test]
fn with_no_opening_in_sight_it_is_called_off() {
    let mut stage = booked();
    let mut changed = stage.archive.image(stage.now);
    changed.rules.hours.clear();
    assert_eq!(image(hours()).rules.hours.len(), 2);
    stage.hall = Hall::new(changed, stage.now);
    stage.pass(1);
    assert_eq!(stage.archive.outcomes[&VisitId::new("li")], Outcome::Cancelled);
    assert_eq!(stage.notices(), [("li", NoticeKind::CalledOff { at: tuesday(SLOT) })]);
}
