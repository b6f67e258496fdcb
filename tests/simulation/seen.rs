//! How often what people may do was done: a promise about what never happens says nothing. Each kind happens so often in a
//! thousand days at least, or the run says that it proved too little.

use std::collections::BTreeMap;

use crate::support::figure::figure;

/// Days the least of each kind is given for.
pub const DAYS: u64 = 1_000;

/// What is counted, and how often it happens at least.
pub const KINDS: [(&str, u32); 96] = [
    ("callback_asked", 400),
    ("callback_waits_on", 60),
    ("callback_rung", 500),
    ("callback_dialled", 300),
    ("callback_reached", 150),
    ("callback_unanswered", 100),
    ("callback_failed", 15),
    ("callback_not_made", 8),
    ("callback_over", 8),
    ("callback_accepted_on_page", 80),
    ("callback_rung_after_closing", 5),
    ("missed_late", 150),
    ("returned_to_the_end", 120),
    ("recalled", 50),
    ("missed_again", 8),
    ("closed_out", 40),
    ("closed_out_of_queue", 5),
    ("closed_out_by_other_hours", 6),
    ("hours_of_week", 400),
    ("hours_of_day", 200),
    ("hours_changed_under_a_wait", 100),
    ("hours_changed_meanwhile", 100),
    ("slot_cut_off", 8),
    ("suspended", 300),
    ("suspension_over", 40),
    ("suspension_ended", 100),
    ("number_left", 100),
    ("left_number_opened", 40),
    ("left_number_put_off", 8),
    ("transfer_to_window", 500),
    ("transfer_accepted", 300),
    ("transfer_declined", 25),
    ("transfer_unanswered", 6),
    ("transfer_taken_back", 40),
    ("transfer_window_lost", 10),
    ("transfer_origin_lost", 3),
    ("transfer_to_line", 700),
    ("transfer_by_telephone", 15),
    ("transfer_to_supervisor", 100),
    ("transfer_to_busy_supervisor", 40),
    ("rung_at_supervisor", 80),
    ("transfer_ended_a_share", 80),
    ("probe_failed", 1000),
    ("probe_failed_while_rung", 150),
    ("probe_failed_while_talking", 60),
    ("probe_passed", 700),
    ("rung_after_mending", 500),
    ("rung_after_a_test_again", 50),
    ("priority_declared", 700),
    ("proof_shown", 400),
    ("proof_not_shown", 250),
    ("notice_delivered", 150),
    ("notice_failed", 40),
    ("ring_moved", 10),
    ("booked", 100),
    ("checked_in", 50),
    ("checked_in_late", 5),
    ("no_show", 20),
    ("slot_put_off", 5),
    ("blamed", 80),
    ("booking_barred", 120),
    ("booked_after_a_bar", 20),
    ("referred", 1200),
    ("hall_chosen", 100),
    ("referral_withdrawn", 200),
    ("referral_declined", 120),
    ("referral_over", 150),
    ("referral_followed", 500),
    ("referral_refused", 40),
    ("referral_taken", 600),
    ("referral_taken_after_its_end", 1),
    ("referred_here", 80),
    ("went_to_other_hall", 70),
    ("crash_between_halls", 60),
    ("chat_brought", 600),
    ("contact_brought", 150),
    ("handover_offered", 450),
    ("handover_moved", 240),
    ("handover_in_vain", 120),
    ("here_on_another_phone", 140),
    ("first_phone_ended", 100),
    ("first_phone_turned_away", 100),
    ("code_used_again", 50),
    ("two_tabs_after_an_end", 80),
    ("found_in_second_tab", 25),
    ("rule_of_asking", 100),
    ("rule_of_capacity", 100),
    ("rule_of_order", 200),
    ("rule_of_time", 500),
    ("rule_of_else", 30),
    ("rule_changed_under_a_wait", 20),
    ("rule_changed_meanwhile", 5),
    ("hall_full", 50),
    ("clock_set_under_the_server", 500),
    ("lines_disordered", 500),
    ("overtaken_on_another_line", 150),
];

/// Counts of many days.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<&'static str, u32>);

impl Seen {
    /// One more of a kind.
    pub fn saw(&mut self, kind: &'static str) {
        debug_assert!(KINDS.iter().any(|(known, _)| *known == kind), "{kind} is not counted");
        *self.0.entry(kind).or_default() += 1;
    }

    /// Another day.
    pub fn add(&mut self, day: &Seen) {
        for (kind, times) in &day.0 {
            *self.0.entry(kind).or_default() += times;
        }
    }

    /// Prints each kind, and gives what happened too seldom in so many days.
    pub fn print(&self, days: u64) -> Vec<&'static str> {
        let mut seldom = Vec::new();
        for (kind, least) in KINDS {
            let times = self.0.get(kind).copied().unwrap_or_default();
            let least = u64::from(least) * days / DAYS;
            // Of fewer days nothing can be expected.
            let is_held = days >= DAYS;
            let budget = if is_held { format!(">= {least}") } else { String::new() };
            figure(&format!("sim_{kind}"), times.into(), "times", &budget);
            if is_held && u64::from(times) < least {
                seldom.push(kind);
            }
        }
        seldom
    }
}
