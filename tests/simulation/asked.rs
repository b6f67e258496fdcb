//! Nothing happens in somebody's name more often than they asked (I18, and a lost tab is no hang-up).

use yunyiban_core::{Actor, Event, Subject};

use super::book::Book;
use super::referral;
use super::truth::HallTruth;

/// What people must have asked for a change of a visit in their name to happen: as often as it happened.
const ASKED: &[(&str, &[&str])] = &[
    ("here", &["here"]),
    ("citizen_accepted", &["accept"]),
    ("left", &["leave"]),
    ("left_contact", &["contact", "book"]),
    ("citizen_hung_up", &["hang_up"]),
    ("asked_for_later", &["later"]),
    ("returned", &["return"]),
    ("recalled", &["recall"]),
    ("back_early", &["return"]),
    ("waits_on", &["return"]),
    ("callback_asked", &["callback"]),
    ("callback_dialled", &["dial"]),
    ("callback_reached", &["reached"]),
    ("callback_unanswered", &["unanswered"]),
    ("mode_changed", &["mode"]),
    ("rated", &["rate"]),
    ("priority_declared", &["priority"]),
    ("booked", &["book"]),
    ("checked_in", &["check_in"]),
    ("checked_in_late", &["check_in"]),
    ("proof_shown", &["save"]),
    ("proof_not_shown", &["save"]),
    ("record_saved", &["save"]),
    ("share_started", &["share"]),
    ("share_stopped", &["share_stop"]),
    ("window_accepted", &["accept", "pick"]),
    ("picked", &["pick"]),
    ("window_hung_up", &["hang_up"]),
    ("window_withdrew", &["hang_up"]),
    ("parked", &["park"]),
    ("held", &["hold"]),
    ("resumed", &["resume"]),
    ("transfer_begun", &["transfer"]),
    ("transferred_to_line", &["transfer"]),
    ("transferred", &["accept"]),
    ("transfer_taken_back", &["resume"]),
    ("referred", &["refer"]),
    ("hall_chosen", &["choose_hall"]),
    ("referral_withdrawn", &["withdraw"]),
    ("referral_declined", &["decline_referral"]),
    ("suspended", &["suspend"]),
    ("suspension_ended", &["end_suspension"]),
    ("declined_counter", &["decline"]),
    ("declined_other_matter", &["decline"]),
    ("declined_equipment", &["decline"]),
    ("declined_other", &["decline"]),
];

/// What must not happen to a visit, or to a window, of itself.
const NEVER_OF_ITSELF: &[&str] = &[
    "recalled",
    "left",
    "citizen_hung_up",
    "window_hung_up",
    "transfer_begun",
    "transferred",
    "transferred_to_line",
    "transfer_taken_back",
    "callback_asked",
    "callback_reached",
    "callback_unanswered",
    "waits_on",
    "priority_declared",
    "booked",
    "checked_in",
    "checked_in_late",
    "referred",
    "hall_chosen",
    "referred_here",
    "referral_withdrawn",
    "referral_declined",
    "suspended",
    "suspension_ended",
    "probe_failed",
    "probe_passed",
];

/// Something happened to `whom`; `cause` is counted where people ask for it.
pub fn happened(book: &mut Book, hall: &mut HallTruth, event: &Event, whom: &str) {
    let cause = event.cause.as_str();
    if event.actor == Actor::System {
        // Whoever has a number in the other hall has hung up here.
        let went = cause == "citizen_hung_up" && referral::is_elsewhere(book, hall, whom);
        return book.hold(went || !NEVER_OF_ITSELF.contains(&cause), "I18", || {
            format!("{cause} of {whom} in nobody's name")
        });
    }
    // One hang-up in the middle of a transfer calls that off, too: what was asked for is the end.
    let is_end = matches!(&event.after, Subject::Visit { visit } if visit.state.is_closed());
    if cause.ends_with("hung_up") && !is_end {
        return;
    }
    if let Some((_, kinds)) = ASKED.iter().find(|(known, _)| *known == cause) {
        at_most(book, hall, event, whom, kinds);
    }
}

/// The same for what its own feature counts.
pub fn at_most(book: &mut Book, hall: &mut HallTruth, event: &Event, whom: &str, kinds: &[&'static str]) {
    let done = hall.done.entry((event.actor.clone(), event.cause.clone())).or_default();
    *done += 1;
    let (done, asked) = (*done, book.times_asked(&event.actor, kinds));
    book.hold(done <= asked, "I18", || {
        format!(
            "{} of {whom} happened {done} times and was asked {asked} times by {:?}",
            event.cause, event.actor
        )
    });
}
