//! Closing time (DOMAIN 3.9): every fourth town has hours, and a clock that is set forward past their end closes its halls in
//! the middle of the day; where there are two queues the second closes in it by hours of its own, and what the hours are is changed
//! meanwhile ([`super::hours`]). Who waits is served while a window is on duty, a call-back is kept, and nobody else vanishes before.

use yunyiban_core::{Event, HallRules, Visit, VisitState, Window};
use yunyiban_protocol::{HallId, OpeningHours, Presence, Timestamp, Work};

use super::book::Book;
use super::rules;
use super::timetable::Timetable;
use super::transfer;
use super::truth::{HallTruth, SLACK_MS};

/// When a hall closes, minutes after nine.
const HALL_CLOSES: u16 = 50;
/// The same of the second queue, where it has hours of its own.
const SECOND_CLOSES: u16 = 4;
/// After a change of the hours what was promised for another moment is promised anew within this, milliseconds.
const MOVED_WITHIN_MS: i64 = 5_000;

/// Whether the town of a seed has hours.
pub fn has_hours(seed: u64) -> bool {
    seed % 4 == 1
}

/// Open from midnight to ten to ten.
pub fn write_into(rules: &mut HallRules) {
    rules.always_open = false;
    rules.hours = usual();
    if let Some(second) = rules.queues.get_mut(1) {
        second.hours = week(&[(0, 9 * 60 + SECOND_CLOSES)]);
    }
}

/// The hours with which a hall begins.
pub fn usual() -> Vec<OpeningHours> {
    week(&[(0, 9 * 60 + HALL_CLOSES)])
}

/// Every day from and to so many minutes after midnight.
pub fn week(runs: &[(u16, u16)]) -> Vec<OpeningHours> {
    let run = |(from_minute, to_minute): &(u16, u16)| OpeningHours {
        from_day: 1,
        to_day: 7,
        from_minute: *from_minute,
        to_minute: *to_minute,
    };
    runs.iter().map(run).collect()
}

fn is_second(book: &Book, visit: &Visit) -> bool {
    book.queues.several && visit.queue.as_str() == "b"
}

/// When the queue of a visit closes last on the day of a moment, by one timetable; `None` where it does not open that day.
pub fn last_closing(book: &Book, timetable: &Timetable, visit: &Visit, at: Timestamp) -> Option<Timestamp> {
    timetable.last_closing(is_second(book, visit), at)
}

/// Whether a number may be refused so: while it is closed, and before closing to whoever would by forecast not be served any more;
/// and in an emergency.
pub fn may_refuse(book: &Book, hall: &HallTruth, code: &str, asked_at: i64) -> bool {
    let moments = [asked_at, book.now()].map(|moment| hall.wall(moment));
    let mut in_force = hall.timetables.between(asked_at - SLACK_MS, book.now());
    let is_closed = |timetable: &Timetable, second: bool| moments.iter().any(|at| !timetable.is_open(second, *at));
    let several = book.queues.several;
    match code {
        "hall_closed" => in_force.any(|timetable| is_closed(timetable, false) && (!several || is_closed(timetable, true))),
        "queue_closed" => several && in_force.any(|timetable| is_closed(timetable, false) || is_closed(timetable, true)),
        "last_intake" => in_force.any(|timetable| {
            let closes = |second: bool| timetable.last_closing(second, moments[0]).is_some_and(|closing| closing > moments[0]);
            book.has_hours && (closes(false) || several && closes(true))
        }),
        "hall_suspended" => hall.closed.was_closed_after(asked_at),
        "hall_full" => rules::may_be_full(book, hall, asked_at),
        _ => false,
    }
}

/// Somebody who came by themselves was refused a number: DOMAIN 3.9, by hours that were in force.
pub fn refused(book: &mut Book, hall: &HallId, code: &str, asked_at: i64) {
    if !["hall_closed", "queue_closed", "last_intake"].contains(&code) {
        return;
    }
    let is_right = may_refuse(book, &book.halls[hall], code, asked_at);
    book.hold(is_right, "DOMAIN 3.9", || format!("{hall} says {code}, asked at {asked_at}"));
}

/// DOMAIN 3.9: a number is given while its queue is open; else a telephone number is left for the next opening.
pub fn began(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit) {
    if matches!(visit.state, VisitState::Booked { .. }) {
        return;
    }
    let second = is_second(book, visit);
    let is_open = hall.timetables.stored_at(book.now()).any(|timetable| timetable.is_open(second, event.at));
    book.hold(is_open, "DOMAIN 3.9", || {
        format!("{} is given at {:?} in a queue that is closed", visit.id, event.at)
    });
}

/// DOMAIN 3.9: whatever the hours become, who is promised a moment to come is promised one at which it opens.
pub fn is_promised_an_opening(book: &mut Book, hall: &HallTruth, visit: &Visit, at: Timestamp) {
    let since = hall.timetables.since().max(book.trouble).max(hall.loaded_at);
    if hall.closed.was_closed_after(book.now() - MOVED_WITHIN_MS) || book.now() - since <= MOVED_WITHIN_MS {
        return;
    }
    let is_open = hall.timetables.now().is_open(is_second(book, visit), at);
    book.hold(is_open, "DOMAIN 3.9", || format!("{} is promised {at:?}, when nobody opens", visit.id));
}

/// A visit changed.
pub fn changed(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit) {
    let second = is_second(book, before);
    let closed_by = |timetable: &Timetable, second| timetable.last_closing(second, event.at).is_some_and(|closing| event.at >= closing);
    let mut in_force = hall.timetables.stored_at(book.now());
    let is_over = in_force.any(|timetable| closed_by(timetable, second));
    if event.cause == "rung" && before.state.name() == "callback_kept" && is_over {
        book.seen.saw("callback_rung_after_closing");
    }
    if event.cause != "closing_time" {
        return;
    }
    book.seen.saw("closed_out");
    if !closed_by(hall.timetables.now(), false) {
        book.seen.saw("closed_out_of_queue");
    }
    if hall.timetables.since() == book.now() {
        book.seen.saw("closed_out_by_other_hours");
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
