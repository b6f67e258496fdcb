//! 「上班时间和日历」 changed while people wait: in force at once, and nobody vanishes.

use yunyiban_protocol::http::RuleValue;
use yunyiban_protocol::{
    CalendarDay, ClosedCause, DayKind, DayRun, OpenState, OpeningHours, Outcome, Presence, QueueId, Timestamp, VisitId, VisitStatus, WaitOffer,
};

use super::appointment::{MINUTE_MS, SLOT, booked, until};
use super::left_number::{PHONES, evening, hours, tuesday};
use super::matching::two_queues;
use super::people::{MORNING, Stage, staff_of};
use super::script::play;
use crate::{
    Act, Actor, ChangeCalendarAct, ChangeHoursAct, ChangeRuleAct, Day, Done, HallRules, Input, NoticeKind, Refusal, Rule, StaffAct, Tell, VisitState,
};

const HOUR_MS: u32 = 60 * MINUTE_MS;

/// Monday to Friday, from and to so many minutes after midnight.
pub fn week(runs: &[(u16, u16)]) -> Vec<OpeningHours> {
    let run = |(from_minute, to_minute): &(u16, u16)| OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute: *from_minute,
        to_minute: *to_minute,
    };
    runs.iter().map(run).collect()
}

pub fn day(date: &str, kind: DayKind, runs: &[(u16, u16)]) -> CalendarDay {
    let run = |(from_minute, to_minute): &(u16, u16)| DayRun {
        from_minute: *from_minute,
        to_minute: *to_minute,
    };
    CalendarDay {
        day: date.into(),
        kind,
        name: "春节".into(),
        runs: runs.iter().map(run).collect(),
    }
}

/// Monday, the day of the stories.
fn today(kind: DayKind, runs: &[(u16, u16)]) -> CalendarDay {
    day("2026-11-23", kind, runs)
}

pub fn hours_act(queue: Option<&str>, seen: Vec<OpeningHours>, hours: Vec<OpeningHours>) -> StaffAct {
    let queue = queue.map(QueueId::new);
    StaffAct::ChangeHours(ChangeHoursAct { queue, seen, hours })
}

pub fn calendar_act(seen: &[CalendarDay], days: &[CalendarDay]) -> StaffAct {
    let (seen, days) = (seen.to_vec(), days.to_vec());
    StaffAct::ChangeCalendar(ChangeCalendarAct { seen, days })
}

/// 王老师 at window 1 is the supervisor of the stories.
fn set_week(stage: &mut Stage, hours: Vec<OpeningHours>) -> Result<Done, Refusal> {
    let seen = stage.hall.rules().hours.clone();
    stage.staff("1", hours_act(None, seen, hours))
}

fn set_days(stage: &mut Stage, seen: &[CalendarDay], days: &[CalendarDay]) {
    assert_eq!(stage.staff("1", calendar_act(seen, days)), Ok(Done::Nothing));
}

fn outcome(stage: &Stage, name: &str) -> Option<Outcome> {
    let VisitState::Closed { outcome, .. } = stage.archive.visits[&VisitId::new(name)].state else {
        return None;
    };
    Some(outcome)
}

fn is_told(stage: &Stage, name: &str) -> bool {
    stage.told.contains(&Tell::Visit(VisitId::new(name)))
}

fn offer(stage: &Stage, name: &str) -> Option<WaitOffer> {
    stage.view(name).offer
}

/// Ten o'clock, with 李奶奶 and 吴大叔 in line and no window.
fn two_wait() -> Stage {
    let mut stage = Stage::new(hours());
    stage.pass(HOUR_MS);
    ["li", "wu"].iter().for_each(|name| drop(stage.take(name)));
    stage.told.clear();
    stage
}

#[test]
fn other_hours_are_in_force_at_once_and_after_a_restart() {
    let mut stage = Stage::new(hours());
    stage.take("li");
    assert_eq!(set_week(&mut stage, week(&[(540, 690), (810, 1_050)])), Ok(Done::Nothing));
    for _ in 0..2 {
        let open = OpenState::Open {
            until: MORNING.plus(150 * MINUTE_MS),
        };
        assert_eq!(stage.hall.card(stage.now).open, open);
        assert_eq!(stage.state("li"), "waiting");
        stage.restart();
    }
    assert_eq!(
        stage.archive.audits,
        ["hours_changed - 1-5/09:00-12:00 1-5/13:30-17:00 > 1-5/09:00-11:30 1-5/13:30-17:30"]
    );
}

#[test]
fn a_day_made_shorter_closes_at_its_new_time_as_any_day_does() {
    let mut stage = two_wait();
    set_days(&mut stage, &[], &[today(DayKind::Short, &[(540, 660)])]);
    assert_eq!((outcome(&stage, "li"), offer(&stage, "wu")), (None, Some(WaitOffer::NoWindow)));
    stage.pass(MORNING.plus(2 * HOUR_MS).since(stage.now) - 1);
    assert_eq!(outcome(&stage, "li"), None, "until eleven they wait on");
    stage.pass(1);
    for name in ["li", "wu"] {
        assert_eq!(outcome(&stage, name), Some(Outcome::ClosedOut));
        assert!(is_told(&stage, name), "{name} reads why, and may leave a number");
    }
    let closings = stage.archive.events.iter().filter(|event| event.cause == "closing_time");
    assert!(closings.clone().all(|event| event.actor == Actor::System));
    assert_eq!(closings.count(), 2);
    stage.leave_number("li again", PHONES[0]).expect("for the next opening");
    assert_eq!(stage.state("li again"), "booked");
}

#[test]
fn a_day_that_is_over_by_its_new_hours_goes_on_while_a_window_is_on_duty() {
    let mut stage = two_wait();
    stage.open("3");
    stage.pass(1);
    set_days(&mut stage, &[], &[today(DayKind::Short, &[(540, 570)])]);
    assert_eq!(stage.try_to_take("late", None), Err(Refusal::HallClosed));
    for step in [
        "w3 accepts li",
        "li accepts",
        "w3 hangs up",
        "w3 saves li",
        "w3 finishes",
        "w3 accepts wu",
        "wu accepts",
    ] {
        play(&mut stage, step, "timetable");
    }
    assert_eq!((outcome(&stage, "li"), stage.state("wu")), (Some(Outcome::Served), "serving"));
}

#[test]
fn where_no_window_is_left_whoever_came_before_the_new_closing_is_told_that_it_is_over() {
    let mut stage = Stage::new(hours());
    stage.take("li");
    stage.pass(HOUR_MS);
    stage.take("wu");
    stage.told.clear();
    set_days(&mut stage, &[], &[today(DayKind::Short, &[(540, 570)])]);
    assert_eq!(outcome(&stage, "li"), Some(Outcome::ClosedOut));
    assert!(is_told(&stage, "li"));
    assert_eq!(offer(&stage, "wu"), Some(WaitOffer::NoWindow), "wu, who came later, is offered a call");
    assert_eq!(stage.hall.card(stage.now).closed_because, Some(ClosedCause::Hours));
}

#[test]
fn a_day_made_a_holiday_gives_no_more_numbers_and_keeps_who_waits() {
    let mut stage = two_wait();
    set_days(&mut stage, &[], &[today(DayKind::Holiday, &[])]);
    assert_eq!(stage.try_to_take("late", None), Err(Refusal::HallClosed));
    assert_eq!(stage.hall.card(stage.now).special_days.len(), 1);
    assert_eq!((stage.state("li"), offer(&stage, "li")), ("waiting", Some(WaitOffer::NoWindow)));
    stage.pass(14 * HOUR_MS);
    assert_eq!(outcome(&stage, "li"), Some(Outcome::ClosedOut), "at midnight, as ever");
}

#[test]
fn a_day_made_longer_goes_on_past_the_closing_there_was() {
    let mut stage = two_wait();
    set_week(&mut stage, week(&[(540, 1_200)])).expect("it holds together");
    let evening = Day::of(MORNING).at(1_020);
    stage.pass(evening.since(stage.now) + MINUTE_MS);
    assert_eq!(stage.state("li"), "waiting");
    stage.take("late");
    stage.pass(3 * HOUR_MS);
    for name in ["li", "wu", "late"] {
        assert_eq!(outcome(&stage, name), Some(Outcome::ClosedOut), "{name}");
    }
}

#[test]
fn a_queue_is_given_hours_of_its_own_and_follows_the_hall_again() {
    let HallRules { queues, windows, .. } = two_queues();
    let mut stage = Stage::new(HallRules { queues, windows, ..hours() });
    let tuesdays = vec![OpeningHours {
        from_day: 2,
        to_day: 2,
        from_minute: 840,
        to_minute: 960,
    }];
    let own = hours_act(Some("b"), Vec::new(), tuesdays.clone());
    assert_eq!(stage.staff("1", own), Ok(Done::Nothing));
    let closed = stage.hall.card(stage.now).closed_queues;
    assert_eq!(closed.iter().map(|queue| queue.calls_back_from).collect::<Vec<_>>(), [Some(tuesday(840))]);
    assert_eq!(stage.staff("1", hours_act(Some("b"), tuesdays, Vec::new())), Ok(Done::Nothing));
    assert!(stage.hall.card(stage.now).closed_queues.is_empty());
    assert_eq!(stage.staff("1", hours_act(Some("z"), Vec::new(), Vec::new())), Err(Refusal::QueueUnknown));
}

fn promised(stage: &Stage, name: &str) -> Timestamp {
    let VisitStatus::Booked { at, .. } = stage.view(name).status else {
        panic!("{name} is to be called, or has a slot")
    };
    at
}

#[test]
fn a_number_left_is_called_when_the_hall_opens_by_its_new_hours() {
    let mut stage = evening();
    stage.leave_number("li", PHONES[0]).expect("the hall is closed");
    stage.told.clear();
    set_week(&mut stage, week(&[(510, 720)])).expect("it holds together");
    assert_eq!((promised(&stage, "li"), is_told(&stage, "li")), (tuesday(510), true));
    let holiday = [day("2026-11-24", DayKind::Holiday, &[])];
    set_days(&mut stage, &[], &holiday);
    assert_eq!(promised(&stage, "li"), tuesday(510 + 24 * 60), "the day after");
    set_days(&mut stage, &holiday, &[]);
    assert_eq!(promised(&stage, "li"), tuesday(510));
    stage.pass(tuesday(510).since(stage.now));
    assert_eq!(stage.state("li"), "callback_kept");
}

#[test]
fn an_appointment_on_a_day_that_becomes_a_holiday_is_put_off_and_its_citizen_told() {
    let mut stage = booked();
    stage.told.clear();
    set_days(&mut stage, &[], &[day("2026-11-24", DayKind::Holiday, &[])]);
    let wednesday = tuesday(540 + 24 * 60);
    let now = stage.now;
    until(&mut stage, now.plus(1));
    assert_eq!(promised(&stage, "li"), wednesday);
    assert_eq!(stage.notices(), [("li", NoticeKind::PutOff { at: wednesday })]);
}

#[test]
fn a_table_replaces_the_years_it_has_days_of_and_the_audit_says_what_was_and_is() {
    let mut stage = Stage::new(hours());
    let old = [day("2027-02-05", DayKind::Holiday, &[]), day("2027-02-06", DayKind::Holiday, &[])];
    let other = day("2028-01-03", DayKind::Holiday, &[]);
    set_days(&mut stage, &[], &[old[1].clone(), old[0].clone(), other.clone()]);
    let new = [old[1].clone(), day("2027-02-20", DayKind::Working, &[(540, 720)])];
    set_days(&mut stage, &old, &new);
    stage.restart();
    let kept: Vec<CalendarDay> = stage.hall.calendar().days().map(crate::SpecialDay::view).collect();
    assert_eq!(kept, [new[0].clone(), new[1].clone(), other]);
    assert_eq!(
        stage.archive.audits[1],
        "calendar_changed 2027-02-05,holiday,春节 > 2027-02-20,working,春节,09:00-12:00"
    );
}

#[test]
fn what_is_wrong_is_refused_and_changes_nothing() {
    let mut stage = Stage::new(hours());
    let present = stage.hall.rules().hours.clone();
    let holiday = today(DayKind::Holiday, &[]);
    let named = |name: &str| CalendarDay {
        name: name.into(),
        ..holiday.clone()
    };
    for (act, refusal) in [
        (hours_act(None, present.clone(), week(&[(720, 540)])), Refusal::HoursBackwards),
        (hours_act(None, present.clone(), week(&[(540, 720), (660, 1_020)])), Refusal::HoursOverlap),
        (hours_act(None, present.clone(), Vec::new()), Refusal::HoursMissing),
        (hours_act(None, week(&[(540, 720)]), week(&[(540, 660)])), Refusal::HoursChanged),
        (calendar_act(&[], &[holiday.clone(), holiday.clone()]), Refusal::DayTwice),
        (calendar_act(&[], &[day("2027-02-30", DayKind::Holiday, &[])]), Refusal::DayUnknown),
        (calendar_act(&[], &[today(DayKind::Short, &[(720, 540)])]), Refusal::HoursBackwards),
        (
            calendar_act(&[], &[today(DayKind::Short, &[(540, 720), (700, 800)])]),
            Refusal::HoursOverlap,
        ),
        (calendar_act(&[], &[named("")]), Refusal::BadText),
        (calendar_act(&[], &[named("春节,")]), Refusal::BadText),
        (calendar_act(&[], &[named("春\u{202e}节")]), Refusal::BadText),
        (calendar_act(std::slice::from_ref(&holiday), &[]), Refusal::HoursChanged),
        (calendar_act(&[], &vec![holiday.clone(); 1_001]), Refusal::HoursTooMany),
    ] {
        assert_eq!(stage.staff("1", act.clone()), Err(refusal), "{act:?}");
    }
    let by_nobody = [hours_act(None, present, week(&[(540, 660)])), calendar_act(&[], &[holiday])];
    for act in by_nobody {
        assert_eq!(stage.staff("3", act), Err(Refusal::NotAllowed), "陈老师 is no supervisor");
    }
    assert_eq!(stage.hall.rules(), &hours());
    assert_eq!(stage.hall.calendar().days().count(), 0);
    assert!(stage.archive.audits.is_empty());
}

#[test]
fn of_two_who_change_the_same_year_the_second_is_told_and_another_year_is_free() {
    let mut stage = Stage::new(hours());
    set_days(&mut stage, &[], &[today(DayKind::Holiday, &[])]);
    let second = calendar_act(&[], &[today(DayKind::Working, &[])]);
    assert_eq!(stage.staff("1", second), Err(Refusal::HoursChanged));
    set_days(&mut stage, &[], &[day("2027-01-01", DayKind::Holiday, &[])]);
    assert_eq!(stage.hall.calendar().days().count(), 2);
}

#[test]
fn the_same_key_changes_the_hours_once() {
    let mut stage = Stage::new(hours());
    let act = hours_act(None, stage.hall.rules().hours.clone(), week(&[(540, 660)]));
    let input = Input {
        key: Some(stage.fresh_key()),
        act: Act::Staff { staff: staff_of("1"), act },
    };
    assert_eq!(stage.handle(input.clone()), Ok(Done::Nothing));
    stage.restart();
    assert_eq!(stage.handle(input), Ok(Done::Nothing));
    assert_eq!(stage.archive.audits.len(), 1);
}

#[test]
fn a_talk_and_a_ring_go_on_whatever_the_hours_become() {
    let mut stage = Stage::with_windows(hours(), &["1", "3"]);
    stage.take("li");
    for step in ["w1 takes a break", "w3 accepts li", "li accepts"] {
        play(&mut stage, step, "timetable");
    }
    stage
        .staff(
            "1",
            StaffAct::Presence {
                presence: Presence::Available {},
                note: None,
            },
        )
        .expect("anybody may be available");
    stage.take("wu");
    assert_eq!((stage.state("li"), stage.state("wu")), ("serving", "ringing"));
    set_days(&mut stage, &[], &[today(DayKind::Holiday, &[])]);
    stage.pass(1);
    assert_eq!((stage.state("li"), stage.state("wu")), ("serving", "ringing"));
}

/// Tuesday, twenty minutes after li's appointment: she knows of it, and may still check in late.
fn on_the_way() -> Stage {
    let mut stage = booked();
    stage.open_link("li", "li's phone").expect("it came by a message");
    until(&mut stage, tuesday(SLOT + 20));
    assert!(stage.hall.visit_view(&VisitId::new("li"), stage.now).is_some());
    stage
}

/// She is told another moment, and is not taken for somebody who did not come.
fn is_put_off(stage: &mut Stage) {
    stage.pass(1);
    assert_eq!((stage.state("li"), outcome(stage, "li")), ("booked", None), "she could still come");
    assert!(matches!(stage.notices().last(), Some(("li", NoticeKind::PutOff { .. }))));
    assert!(
        stage.archive.phone_marks.values().all(|kept| kept.missed_at.is_none()),
        "and is not blamed"
    );
}

#[test]
fn who_may_still_check_in_when_the_hall_is_closed_earlier_is_put_off_and_not_blamed() {
    let mut stage = on_the_way();
    set_days(&mut stage, &[], &[day("2026-11-24", DayKind::Short, &[(540, SLOT as u16 + 10)])]);
    is_put_off(&mut stage);
    let mut stage = on_the_way();
    set_week(&mut stage, week(&[(540, SLOT as u16 + 10)])).expect("it holds together");
    is_put_off(&mut stage);
}

#[test]
fn who_may_still_check_in_when_less_time_is_given_for_it_is_put_off_and_not_blamed() {
    let mut stage = on_the_way();
    let rule = Rule::named("appointments.late_ms").expect("it is in the table");
    let wish = ChangeRuleAct {
        rule: rule.name.into(),
        seen: rule.value(stage.hall.rules()),
        value: RuleValue::Number(15 * MINUTE_MS),
    };
    stage.staff("1", StaffAct::ChangeRule(wish)).expect("it is in its range");
    is_put_off(&mut stage);
}
