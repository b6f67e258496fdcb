//! Days at window 1, by the minute from nine.

use yunyiban_protocol::VisitId;

use super::*;
use crate::event::Actor;

const MINUTE: u32 = 60_000;
const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);
const AVAILABLE: Presence = Presence::Available {};
const MEAL: Presence = Presence::Break { reason: BreakReason::Meal };
const IDLE: Work = Work::Idle {};

fn window(staff: Option<&str>, presence: Presence, work: Work) -> Window {
    Window {
        staff: staff.map(StaffId::new),
        presence,
        work,
        ..Window::new(WindowId::new("1"), "1号窗口")
    }
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(NINE.as_millis() + minute * i64::from(MINUTE))
}

fn event(at: i64, window: Window) -> Event {
    Event {
        seq: 1,
        at: minute(at),
        actor: Actor::System,
        cause: "presence_chosen".into(),
        before: None,
        after: Subject::Window { window: Box::new(window) },
    }
}

/// What becomes of chen's window at a minute.
fn chen(at: i64, presence: Presence, work: Work) -> Event {
    event(at, window(Some("chen"), presence, work))
}

fn nobody(at: i64) -> Event {
    event(at, window(None, Presence::Offline {}, IDLE))
}

fn talking() -> Work {
    Work::Talking { visit: VisitId::new("li") }
}

fn writing() -> Work {
    Work::WrapUp {
        visit: VisitId::new("li"),
        until: NINE,
        overdue: false,
    }
}

fn suspect(reason: SuspectReason, until: Option<Timestamp>) -> Work {
    Work::Suspect { reason, until }
}

/// Until 100 minutes after nine.
fn sheet(at_nine: &[Window], events: &[Event]) -> TimeSheet {
    TimeSheet::of(at_nine, events, (NINE, minute(100)), minute(100))
}

/// Minutes of one person: on duty, busy, held back, at table, in training.
fn minutes(sheet: &TimeSheet, staff: &str) -> [u64; 5] {
    let hours = sheet.hours.get(&StaffId::new(staff)).cloned().unwrap_or_default();
    let meal = hours.breaks_ms.get(&BreakReason::Meal).copied().unwrap_or_default();
    [hours.on_duty_ms, hours.busy_ms, hours.held_back_ms, meal, hours.training_ms].map(|ms| ms / u64::from(MINUTE))
}

#[test]
fn hours_are_counted_by_person_and_pauses_by_reason() {
    let counter = Presence::Break {
        reason: BreakReason::Counter,
    };
    let day = [
        chen(0, AVAILABLE, IDLE),
        chen(10, AVAILABLE, talking()),
        chen(25, MEAL, IDLE),
        chen(55, counter, IDLE),
        nobody(60),
        event(90, window(Some("lin"), Presence::OnDemand {}, IDLE)),
    ];
    let sheet = sheet(&[], &day);
    assert_eq!(minutes(&sheet, "chen"), [25, 15, 0, 30, 0]);
    let pauses = &sheet.hours[&StaffId::new("chen")].breaks_ms;
    assert_eq!(pauses[&BreakReason::Counter], 5 * u64::from(MINUTE));
    assert_eq!(minutes(&sheet, "lin"), [10, 0, 0, 0, 0]);
    assert_eq!((sheet.hours.len(), sheet.clock_off_ms), (2, 0));
}

#[test]
fn a_window_whose_page_fell_silent_or_that_answers_no_ring_is_not_on_duty() {
    let lost = suspect(SuspectReason::LeaseLost, None);
    let day = [chen(0, AVAILABLE, IDLE), chen(20, AVAILABLE, lost), chen(50, AVAILABLE, IDLE), nobody(60)];
    assert_eq!(minutes(&sheet(&[], &day), "chen"), [30, 0, 30, 0, 0]);
    let first = suspect(SuspectReason::RingUnanswered, Some(minute(21)));
    let second = suspect(SuspectReason::RingUnanswered, None);
    let day = [
        chen(0, AVAILABLE, IDLE),
        chen(20, AVAILABLE, first),
        chen(21, AVAILABLE, second),
        nobody(60),
    ];
    assert_eq!(minutes(&sheet(&[], &day), "chen"), [21, 0, 39, 0, 0]);
}

#[test]
fn who_mends_a_microphone_is_there() {
    let deaf = suspect(SuspectReason::ProbeFailed, None);
    let day = [chen(0, AVAILABLE, IDLE), chen(20, AVAILABLE, deaf), nobody(60)];
    assert_eq!(minutes(&sheet(&[], &day), "chen"), [60, 0, 0, 0, 0]);
}

#[test]
fn a_pause_chosen_during_a_talk_begins_when_talk_and_record_are_done() {
    for (chosen, after) in [
        (MEAL, [30, 30, 0, 20, 0]),
        (Presence::Training {}, [30, 30, 0, 0, 20]),
        (Presence::Offline {}, [30, 30, 0, 0, 0]),
        (Presence::Draining {}, [30, 30, 0, 0, 0]),
    ] {
        let day = [
            chen(0, AVAILABLE, talking()),
            chen(10, chosen, talking()),
            chen(25, chosen, writing()),
            chen(30, chosen, IDLE),
            nobody(50),
        ];
        assert_eq!(minutes(&sheet(&[], &day), "chen"), after, "{chosen:?}");
    }
}

#[test]
fn what_a_window_was_at_midnight_counts_from_midnight() {
    let left_on = [window(Some("chen"), AVAILABLE, IDLE)];
    assert_eq!(minutes(&sheet(&left_on, &[nobody(40)]), "chen"), [40, 0, 0, 0, 0]);
    assert_eq!(minutes(&sheet(&left_on, &[]), "chen"), [100, 0, 0, 0, 0], "nothing happened all day");
    let at_table = [window(Some("chen"), MEAL, IDLE)];
    assert_eq!(minutes(&sheet(&at_table, &[nobody(40)]), "chen"), [0, 0, 0, 40, 0]);
    assert_eq!(sheet(&[window(None, Presence::Offline {}, IDLE)], &[nobody(40)]).hours.len(), 0);
}

#[test]
fn a_clock_that_is_put_right_takes_hours_but_gives_none_and_is_told() {
    // Half past nine is an hour ahead; what follows is the right clock.
    let day = [chen(0, AVAILABLE, IDLE), chen(70, MEAL, IDLE), chen(20, AVAILABLE, IDLE), nobody(60)];
    let wrong = sheet(&[], &day);
    assert_eq!(minutes(&wrong, "chen"), [60, 0, 0, 0, 0]);
    assert_eq!(wrong.clock_off_ms, 50 * u64::from(MINUTE));
    // Ten years ahead, and before nine again: nothing is left to count by.
    let ahead = 10 * 365 * 24 * 60;
    let day = [chen(0, AVAILABLE, IDLE), chen(ahead, AVAILABLE, talking()), chen(-5, MEAL, IDLE)];
    let absurd = sheet(&[], &day);
    assert_eq!(minutes(&absurd, "chen"), [0, 0, 0, 100, 0]);
    let day = [chen(0, AVAILABLE, IDLE), chen(ahead, AVAILABLE, talking()), chen(20, MEAL, IDLE)];
    let absurd = sheet(&[], &day);
    assert_eq!(minutes(&absurd, "chen"), [20, 0, 0, 80, 0]);
    assert!(absurd.clock_off_ms > 9 * 365 * 24 * 3_600_000);
    // The clock that asks is the one that is behind.
    let early = TimeSheet::of(&[window(Some("chen"), AVAILABLE, IDLE)], &[nobody(40)], (NINE, minute(100)), minute(-30));
    assert_eq!((early.hours.len(), early.clock_off_ms), (0, 70 * u64::from(MINUTE)));
}

#[test]
fn a_clock_that_was_days_behind_for_a_while_moves_what_was_written_meanwhile_and_nothing_else() {
    let days = 3 * 24 * 60;
    let day = [
        nobody(-10),
        chen(0, AVAILABLE, IDLE),
        chen(30, MEAL, IDLE),
        chen(40 - days, AVAILABLE, IDLE),
        chen(50 - days, AVAILABLE, talking()),
        chen(60, AVAILABLE, IDLE),
        nobody(80),
    ];
    // The pause ends when it began at the earliest: what came after is of half past nine or later.
    assert_eq!(minutes(&sheet(&[], &day), "chen"), [80, 30, 0, 0, 0]);
    let (from, until) = (minute(-days), minute(100 - days));
    let wrong = TimeSheet::of(&[], &day, (from, until), minute(100));
    assert_eq!(wrong.hours.len(), 0, "nobody was there three days ago");
    assert!(wrong.clock_off_ms > 2 * 24 * 3_600_000);
}
