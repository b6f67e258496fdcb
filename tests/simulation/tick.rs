//! What must hold at every moment, not only when something is stored: nobody waits for what could be, nothing outlives its
//! timer, nobody silent counts as present, no gate stays open.

use yunyiban_core::{Actor, Timers, Visit, VisitState, Window};
use yunyiban_protocol::{CallMode, HallId, Presence, Timestamp, VisitId, WindowId, Work};

use super::appointment;
use super::archive::look_again;
use super::book::Book;
use super::closing;
use super::notices;
use super::probe;
use super::referral;
use super::town::Town;
use super::transfer;
use super::truth::{HallTruth, Standing};

/// A wait of the rules, milliseconds.
pub type Length = fn(&Timers) -> u32;

/// How often it is looked, milliseconds.
pub const EVERY_MS: i64 = 500;

/// Q11: a visit and a window do not wait for each other longer.
const PAIR_MS: i64 = 1_000;
/// L3: nothing is older than its timer and this.
const LATE_MS: i64 = 5_000;

/// Looks, once.
pub fn tick(town: &Town) {
    let mut book = town.book.lock().unwrap();
    // A hall's task survives its panic, and nobody is to notice; here each is a bug found.
    if town.house().is_some_and(|house| house.panics() > 0) {
        book.fail("panic", "a hall's task panicked");
    }
    if !town.is_up() || book.halls.values().any(|hall| hall.is_waiting) {
        book.in_trouble();
    }
    look_again(&mut book);
    town.check_gates(&mut book);
    for id in book.halls.keys().cloned().collect::<Vec<HallId>>() {
        let Some(hall) = book.halls.remove(&id) else { continue };
        work_is_conserved(&mut book, &hall);
        nothing_is_stuck(&mut book, &hall);
        nobody_silent_is_present(&mut book, &hall);
        notices::nobody_is_forgotten(&mut book, &hall);
        referral::nothing_is_open_too_long(&mut book, &hall);
        referral::the_first_hall_hears(&mut book, &hall);
        book.halls.insert(id, hall);
    }
}

/// Q11, L1.
fn work_is_conserved(book: &mut Book, hall: &HallTruth) {
    let Some(since) = hall.pair_since else { return };
    let waited = book.now() - since.max(book.trouble).max(hall.loaded_at);
    book.hold(waited <= PAIR_MS + EVERY_MS, "Q11", || {
        format!("a visit and a window wait for each other for {waited} ms")
    });
}

/// The moment a timer that ran for so long since then must have fired.
fn due(book: &Book, hall: &HallTruth, since: i64, millis: i64) -> i64 {
    let grace = hall.loaded_at + i64::from(hall.rules.now().timers.restart_grace_ms);
    let end = since + millis;
    let end = if since <= hall.loaded_at { end.max(grace) + hall.allowance } else { end };
    end.max(book.trouble) + LATE_MS
}

/// L3.
fn nothing_is_stuck(book: &mut Book, hall: &HallTruth) {
    let now = book.now();
    for (id, standing) in &hall.visits {
        no_end_is_far_away(book, hall, standing);
        if let Some(millis) = timer(hall, standing) {
            let due = due(book, hall, standing.entered, millis);
            book.hold(now <= due, "L3", || {
                format!(
                    "{id} is {} since {}, which ends after {millis} ms",
                    standing.row.state.name(),
                    standing.entered
                )
            });
        }
        if let VisitState::Booked { at } = standing.row.state {
            let until = match standing.row.appointment {
                Some(_) => appointment::late_from(book, hall, &standing.row, at).into_iter().max().unwrap_or(at),
                None => at,
            };
            let late = hall.wall(now).as_millis() - until.as_millis() - hall.allowance;
            let fresh = now - book.trouble.max(hall.loaded_at) <= LATE_MS;
            book.hold(fresh || late <= LATE_MS, "L3", || format!("{id} is booked {late} ms after it is over"));
            closing::is_promised_an_opening(book, hall, &standing.row, at);
        }
        if let (VisitState::CallbackKept { .. }, Some(kept)) = (&standing.row.state, hall.callbacks.get(id)) {
            let due = due(book, hall, kept.asked_at, i64::from(hall.rules.now().timers.callback_keeps_ms));
            let due = due.max(standing.entered + LATE_MS);
            let is_suspended = hall.closed.is_closed();
            book.hold(is_suspended || now <= due, "L3", || {
                format!("{id} is to be called since {}", kept.asked_at)
            });
        }
        if let Some(lease_ms) = lease(hall, &standing.row.state) {
            let heard = last_heard(book, &Actor::Citizen(VisitId::clone(id)));
            let due = due_of_lease(book, hall, heard, lease_ms).max(due_of_lease(book, hall, standing.entered, lease_ms));
            book.hold(now <= due, "L3", || {
                format!("{id} is {} and was last heard at {heard}", standing.row.state.name())
            });
        }
    }
    for (id, standing) in &hall.windows {
        let length: Length = match standing.row.work {
            Work::WrapUp { overdue: false, .. } if standing.row.extended => |timers| timers.wrap_up_extended_ms,
            Work::WrapUp { overdue: false, .. } => |timers| timers.wrap_up_ms,
            Work::Suspect { until: Some(_), .. } => |timers| timers.ring_pause_ms,
            _ => continue,
        };
        let millis = written(hall, standing.row.work_since, standing.entered, length);
        // A presence chosen since the hall was loaded makes another row of the same work, which has the grace still.
        let ran_at_load = standing.row.work_since <= hall.wall(hall.loaded_at);
        let since = if ran_at_load {
            standing.entered.min(hall.loaded_at)
        } else {
            standing.entered
        };
        let due = due(book, hall, since, millis);
        book.hold(now <= due, "L3", || format!("{id} is {:?} since {}", standing.row.work, standing.entered));
    }
}

/// How long something ends after it began that has its end written down: by the rules of then, whatever they have become since. A
/// state may have been written anew in between, with the same end.
fn written(hall: &HallTruth, since: Timestamp, entered: i64, length: impl Fn(&Timers) -> u32) -> i64 {
    let began = (since.as_millis() - hall.offset).min(entered);
    hall.rules.longest_between(began, entered, length)
}

/// The end of a lease, which is counted anew from the last sign where its length has changed.
fn due_of_lease(book: &Book, hall: &HallTruth, heard: i64, lease_ms: i64) -> i64 {
    due(book, hall, heard, lease_ms).max(hall.rules.since() + LATE_MS)
}

/// F20: no end is further ahead by the hall's clock than its timer is long, whatever was done to the clock.
fn no_end_is_far_away(book: &mut Book, hall: &HallTruth, standing: &Standing<Visit>) {
    let visit = &standing.row;
    let (until, millis) = match (&visit.state, timer(hall, standing)) {
        (VisitState::CallbackKept { not_before, .. }, _) => {
            let pause_ms = hall.callbacks.get(&visit.id).and_then(|kept| kept.longest_pause_ms());
            let (Some(until), Some(pause_ms)) = (*not_before, pause_ms) else {
                return;
            };
            (until, pause_ms)
        }
        (
            VisitState::Transferring { until, .. }
            | VisitState::Ringing { until, .. }
            | VisitState::Away { until, .. }
            | VisitState::Parked { until, .. }
            | VisitState::Dropped { until, .. }
            | VisitState::Held { until, .. },
            Some(millis),
        ) => (*until, millis),
        (VisitState::Missed { since, until, .. }, _) => (*until, written(hall, *since, standing.entered, missed_for(&visit.state))),
        _ => return,
    };
    let now = book.now();
    let left = until.as_millis() - hall.wall(now).as_millis();
    let fresh = now - book.trouble <= LATE_MS;
    book.hold(fresh || left <= millis + LATE_MS, "F20", || {
        format!("{} is {} for {left} ms more", visit.id, visit.state.name())
    });
}

/// How long a visit may be in this state, milliseconds: by the rules under which it began.
fn timer(hall: &HallTruth, standing: &Standing<Visit>) -> Option<i64> {
    let (since, length) = length_of(&standing.row)?;
    Some(written(hall, since, standing.entered, length))
}

/// Since when, by the hall's clock, it runs towards an end that was written down, and which wait of the rules that was.
pub fn length_of(visit: &Visit) -> Option<(Timestamp, Length)> {
    let (since, length): (&Timestamp, Length) = match &visit.state {
        VisitState::Away { since, .. } => (since, |timers| timers.away_keeps_ms),
        VisitState::Calling { since, .. } => (since, |timers| timers.challenge_ms),
        VisitState::Missed { since, .. } if visit.back_at.is_some() => (since, |timers| timers.later_ms),
        VisitState::Missed { since, .. } => (since, missed_for(&visit.state)),
        VisitState::Connecting { since, .. } if visit.callback.is_some() => (since, |timers| timers.callback_dial_ms),
        VisitState::Connecting { since, .. } => (since, |timers| timers.citizen_accept_ms),
        VisitState::Ringing { since, .. } | VisitState::Transferring { since, .. } => (since, |timers| timers.ring_ms),
        VisitState::Parked { since, .. } => (since, |timers| timers.park_ms),
        VisitState::Dropped { since, .. } => (since, |timers| timers.drop_grace_ms),
        VisitState::Held { since, .. } => (since, |timers| timers.hold_ms),
        _ => return None,
    };
    Some((*since, length))
}

/// How long a missed number is kept: near the front, or for a return to the end of the line.
fn missed_for(state: &VisitState) -> Length {
    match state {
        VisitState::Missed { late: true, .. } => |timers| timers.missed_keeps_ms,
        _ => |timers| timers.missed_return_ms,
    }
}

/// How long its page may be silent by the rules of now, milliseconds.
fn lease(hall: &HallTruth, state: &VisitState) -> Option<i64> {
    let timers = &hall.rules.now().timers;
    match state {
        VisitState::Waiting { .. } | VisitState::Held { .. } => Some(i64::from(timers.citizen_lease_ms)),
        VisitState::Serving {
            mode: CallMode::Media | CallMode::Text,
            ..
        } => Some(i64::from(timers.call_lease_ms)),
        _ => None,
    }
}

fn last_heard(book: &Book, who: &Actor) -> i64 {
    book.heard_before(who, book.now()).unwrap_or_default()
}

/// I28, I6: whoever counts as on duty was heard within the lease.
fn nobody_silent_is_present(book: &mut Book, hall: &HallTruth) {
    let now = book.now();
    for (id, Standing { row: window, entered }) in &hall.windows {
        let Some(staff) = &window.staff else { continue };
        let on_duty = matches!(window.presence, Presence::Available {} | Presence::OnDemand {});
        let counts = match &window.work {
            Work::Idle {} => on_duty,
            Work::Reserved { .. } | Work::Connecting { .. } => true,
            Work::Talking { visit } | Work::Holding { visit } => hall.visits.get(visit).is_some_and(|at| at.row.state.name() != "dropped"),
            Work::WrapUp { .. } | Work::Suspect { .. } => false,
        };
        if counts {
            let heard = last_heard(book, &Actor::Staff(staff.clone()));
            let lease_ms = i64::from(hall.rules.now().timers.window_lease_ms);
            let due = due_of_lease(book, hall, heard, lease_ms).max(due_of_lease(book, hall, *entered, lease_ms));
            book.hold(now <= due, "I28", || {
                format!("{} is {:?} and was last heard at {heard}", WindowId::clone(id), window.work)
            });
        }
    }
}

/// Q11: notes since when a visit and a window wait for each other.
pub fn note_pair(book: &Book, hall: &mut HallTruth) {
    let (at, handshake) = (hall.wall(book.now()), hall.rules.now().handshake);
    let ready = |visit: &Visit| HallTruth::is_ready(visit, handshake, at) || hall.is_doubted(visit, handshake, at);
    let free: Vec<&Window> = hall
        .windows
        .values()
        .map(|at| &at.row)
        .filter(|window| HallTruth::is_free(window, at) && probe::is_tested(book, hall, window))
        .collect();
    let waits = !free.is_empty()
        && hall.visits.values().map(|standing| &standing.row).any(|visit| {
            let taken = |window: &&Window| transfer::weight(book, hall, visit, &window.id, at).is_some();
            let suits = |window: &&Window| taken(window) && !HallTruth::is_spared(visit, &window.id, at);
            ready(visit) && free.iter().any(suits)
        });
    hall.pair_since = match (waits, hall.pair_since) {
        (true, None) => Some(book.now()),
        (true, since) => since,
        (false, _) => None,
    };
}
