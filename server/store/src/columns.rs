//! What the archive reads out of a row to guard it and to find it again.

use yunyiban_core::{Actor, Event, Subject, VisitState};
use yunyiban_protocol::{StaffId, Timestamp, VisitId, WindowId};

/// Days since 1970 in the time zone of every hall: Asia/Shanghai, UTC+8 without summer time (DOMAIN 3.9).
pub(crate) fn day_of(moment: Timestamp) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    // Whoever wants nothing of the past asks from a moment that never comes.
    moment.as_millis().saturating_add(8 * HOUR_MS).div_euclid(24 * HOUR_MS)
}

/// The digits a number ends in: 12 of `A12`, 7 of `20261123-0007`; 0 when there are none or too many.
pub(crate) fn trailing_number(number: &str) -> u32 {
    let digits = number.len() - number.bytes().rev().take_while(u8::is_ascii_digit).count();
    number[digits..].parse().unwrap_or(0)
}

/// The person a visit occupies now: from the window's accept to the drop grace.
pub(crate) fn occupied_staff(state: &VisitState) -> Option<&StaffId> {
    match state {
        VisitState::Connecting { staff, .. }
        | VisitState::Serving { staff, .. }
        | VisitState::Held { staff, .. }
        | VisitState::Dropped { staff, .. }
        | VisitState::Transferring { staff, .. } => Some(staff),
        VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::Away { .. }
        | VisitState::Calling { .. }
        | VisitState::Missed { .. }
        | VisitState::Ringing { .. }
        | VisitState::Parked { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Closed { .. } => None,
    }
}

/// When a visit ended.
pub(crate) fn closed_at(state: &VisitState) -> Option<Timestamp> {
    state.ended().map(|(_, at)| at)
}

/// An actor as audit and events name it: `staff:…`, `citizen:…`, `system`.
pub(crate) fn actor_text(actor: &Actor) -> String {
    match actor {
        Actor::Citizen(visit) => format!("citizen:{visit}"),
        Actor::Staff(staff) => format!("staff:{staff}"),
        Actor::System => "system".into(),
    }
}

/// What an event is about: the word, the visit, the window.
pub(crate) fn subject_of(event: &Event) -> (&'static str, Option<&VisitId>, Option<&WindowId>) {
    match &event.after {
        Subject::Visit { visit } => ("visit", Some(&visit.id), visit.state.window()),
        Subject::Window { window } => ("window", None, Some(&window.id)),
        Subject::Contact { visit, .. } => ("contact", Some(visit), None),
        Subject::Chat { visit, .. } => ("chat", Some(visit), None),
        Subject::Record { record, .. } => ("record", Some(&record.visit), Some(&record.window)),
        Subject::Rating { visit, .. } => ("rating", Some(visit), None),
        Subject::Hall { .. } => ("hall", None, None),
        Subject::Looked { visit, .. } => ("looked", Some(visit), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_shanghai() {
        let midnight = Timestamp::from_millis(1_795_363_200_000);
        assert_eq!(day_of(midnight), day_of(midnight.plus(86_399_999)));
        assert_eq!(day_of(midnight), day_of(Timestamp::from_millis(midnight.as_millis() - 1)) + 1);
    }

    #[test]
    fn a_moment_that_never_comes_has_a_day() {
        assert!(day_of(Timestamp::from_millis(i64::MAX)) > day_of(Timestamp::from_millis(i64::MAX / 2)));
    }

    #[test]
    fn numbers_end_in_their_count() {
        assert_eq!(trailing_number("A12"), 12);
        assert_eq!(trailing_number("20261123-0007"), 7);
        assert_eq!(trailing_number("A"), 0);
        assert_eq!(trailing_number(""), 0);
    }
}
