//! 过号 for long: the place near the front is given away, the number is kept. Three towns of ten wait for nobody long, and there many
//! leave the phone in a pocket just when they are called: they come back late, to the end of the line.

use yunyiban_core::{Event, HallRules, Visit, VisitState};
use yunyiban_protocol::VisitStatus;

use super::book::Book;
use super::chance::Chance;
use super::citizen::Tab;
use super::truth::HallTruth;

/// Whether the halls of a seed wait for nobody long.
pub fn is_hurried(seed: u64) -> bool {
    Chance::new(seed, 19).percent(30)
}

/// Whoever does not answer once has missed the turn, and a minute later the place is given away; the number is kept for five.
pub fn write_into(rules: &mut HallRules) {
    let timers = &mut rules.timers;
    (timers.challenge_ms, timers.challenge_skips, timers.citizen_accept_ms) = (15_000, 0, 20_000);
    (timers.later_ms, timers.missed_return_ms, timers.missed_keeps_ms) = (40_000, 60_000, 300_000);
}

impl Tab {
    /// Called, and the phone is in a pocket until the place is given away; `true` then.
    pub(super) fn is_in_a_pocket(&mut self, status: &VisitStatus, draw: usize) -> bool {
        let misses = match status {
            VisitStatus::Calling { .. } => (60..85).contains(&draw),
            VisitStatus::Connecting { .. } => (70..95).contains(&draw),
            _ => false,
        };
        let town = &self.person.town;
        if !misses || town.is_calm() || !town.is_hurried() {
            return false;
        }
        !self.puts_phone_away(100_000, 250_000)
    }
}

/// DOMAIN 3.6: whoever comes back in time stands near the front, and later at the end of the line; where an appointment was given
/// its time it may be behind that.
pub fn changed(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    if event.cause == "missed_again" {
        book.seen.saw("missed_again");
        let is_as_before = matches!(after.state, VisitState::Missed { until, late: true, .. } if before.kept_until == Some(until));
        return book.hold(is_as_before, "DOMAIN 3.6", || {
            format!("{} was called again in vain and is kept otherwise than before", after.id)
        });
    }
    if event.cause == "away_over" {
        let kept = before.kept_until.is_some_and(|until| until > event.at);
        return book.hold(!kept, "DOMAIN 3.6", || {
            format!("{} was called again, which ended what was kept", after.id)
        });
    }
    let VisitState::Missed { late: is_late, since, until } = before.state else {
        return;
    };
    if event.cause == "recalled" {
        // Neither is a promise broken by it, nor a number kept for longer than any.
        let longest = since.as_millis() + hall.rules.longest_between(0, book.now(), |timers| timers.missed_keeps_ms);
        let is_kept = after
            .kept_until
            .is_some_and(|kept| kept >= until && kept.as_millis() <= longest.max(until.as_millis()));
        book.hold(is_kept && after.recalls == before.recalls + 1, "DOMAIN 3.6", || {
            format!("{} was kept until {until:?} and called again until {:?}", after.id, after.kept_until)
        });
    }
    match event.cause.as_str() {
        "recalled" if !is_late => {
            book.seen.saw("recalled");
            book.hold(after.returns == before.returns && !after.here, "DOMAIN 3.2", || {
                format!("{} was called again and has returned {} times", after.id, after.returns)
            });
        }
        "missed_late" => book.seen.saw("missed_late"),
        "returned" | "recalled" if is_late => {
            book.seen.saw("returned_to_the_end");
            let mut waiting = hall
                .visits
                .values()
                .map(|at| &at.row)
                .filter(|other| other.state.in_line() && other.queue == after.queue);
            let behind = waiting.find(|other| other.id != after.id && other.appointment.is_none() && other.order > after.order);
            let behind = behind.map(|other| other.id.clone());
            book.hold(behind.is_none() && after.order.band == 1, "DOMAIN 3.6", || {
                format!("{} came back late and stands before {behind:?}", after.id)
            });
        }
        _ => {}
    }
}
