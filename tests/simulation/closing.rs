//! Closing time (DOMAIN 3.9): every fourth town has hours, and a clock that is set forward past their end closes its halls in
//! the middle of the day; where there are two queues the second closes in it by hours of its own. Who waits is served while a window is on duty, a call-back is kept, and nobody else vanishes before.

use yunyiban_core::{Event, HallRules, Visit, Window};
use yunyiban_protocol::{OpeningHours, Presence, Timestamp, Work};

use super::book::Book;
use super::rules;
use super::town::NINE;
use super::transfer;
use super::truth::HallTruth;

/// When a hall closes, minutes after nine.
const HALL_CLOSES: u16 = 50;
/// The same of the second queue, where it has hours of its own.
const SECOND_CLOSES: u16 = 4;

/// Whether the town of a seed has hours.
pub fn has_hours(seed: u64) -> bool {
    seed % 4 == 1
}

/// Open from midnight to ten to ten.
pub fn write_into(rules: &mut HallRules) {
    rules.always_open = false;
    rules.hours = until(HALL_CLOSES);
    if let Some(second) = rules.queues.get_mut(1) {
        second.hours = until(SECOND_CLOSES);
    }
}

fn until(minutes: u16) -> Vec<OpeningHours> {
    vec![OpeningHours {
        from_day: 1,
        to_day: 7,
        from_minute: 0,
        to_minute: 9 * 60 + minutes,
    }]
}

fn closes_at(minutes: u16) -> Timestamp {
    Timestamp::from_millis(NINE + i64::from(minutes) * 60_000)
}

/// When the queue of a visit closes.
fn closing_of(book: &Book, visit: &Visit) -> Timestamp {
    let is_second = book.queues.several && visit.queue.as_str() == "b";
    closes_at(if is_second { SECOND_CLOSES } else { HALL_CLOSES })
}

/// When the queue of a visit closes last on the day of a moment; at midnight where it never does.
pub fn last_closing(book: &Book, visit: &Visit, at: Timestamp) -> Timestamp {
    const DAY_MS: i64 = 24 * 60 * 60_000;
    let midnight = NINE - 9 * 60 * 60_000;
    let days = (at.as_millis() - midnight).div_euclid(DAY_MS);
    let today = if book.has_hours {
        closing_of(book, visit).as_millis()
    } else {
        midnight + DAY_MS
    };
    Timestamp::from_millis(today + days * DAY_MS)
}

/// Whether a number may be refused so: after closing, and before it to whoever would by forecast not be served any more;
/// and in an emergency.
pub fn may_refuse(book: &Book, hall: &HallTruth, code: &str, asked_at: i64) -> bool {
    match code {
        "hall_closed" => book.has_hours && hall.wall(book.now()) >= closes_at(HALL_CLOSES),
        "queue_closed" => book.has_hours && book.queues.several && hall.wall(book.now()) >= closes_at(SECOND_CLOSES),
        "last_intake" => book.has_hours,
        "hall_suspended" => hall.closed.was_closed_after(asked_at),
        "hall_full" => rules::may_be_full(book, hall, asked_at),
        _ => false,
    }
}

/// A visit changed.
pub fn changed(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit) {
    let is_over = book.has_hours && event.at >= closing_of(book, before);
    if event.cause == "rung" && before.state.name() == "callback_kept" && is_over {
        book.seen.saw("callback_rung_after_closing");
    }
    if event.cause != "closing_time" {
        return;
    }
    book.seen.saw("closed_out");
    if event.at < closes_at(HALL_CLOSES) {
        book.seen.saw("closed_out_of_queue");
    }
    let id = &before.id;
    book.hold(is_over, "Q8", || format!("{id} is closed out at {:?}", event.at));
    let taker = hall
        .windows
        .values()
        .map(|at| &at.row)
        .find(|window| takes(book, hall, before, window, event.at));
    let story = taker.map(|window| format!("{id} is closed out while {} is {:?}", window.id, window.work));
    if let Some(story) = story {
        book.fail("E10", &story);
    }
}

/// Whether somebody is there who would take the visit, now or after another.
fn takes(book: &Book, hall: &HallTruth, visit: &Visit, window: &Window, at: Timestamp) -> bool {
    let on_duty = match &window.work {
        Work::Suspect { until: None, .. } => false,
        Work::Idle {} | Work::WrapUp { .. } | Work::Suspect { .. } => matches!(window.presence, Presence::Available {} | Presence::OnDemand {}),
        Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } => true,
    };
    on_duty && window.staff.is_some() && transfer::weight(book, hall, visit, &window.id, at).is_some()
}
