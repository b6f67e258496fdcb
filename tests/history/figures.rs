//! What a day shows in figures, and whether it counts: a day without all that was to go wrong, or with little else, proves nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::archive::Archive;
use super::check::{judge, recovered};
use super::faults::{Kind, Report};
use super::reading::History;
use crate::support::figure::figure_on;

/// At least so many hundredths of the operations lie outside every fault.
const OUTSIDE: u64 = 20;
/// No longer than this nothing goes wrong.
const PEACE: Duration = Duration::from_secs(10);
/// Everybody is back.
const BACK: Duration = Duration::from_secs(30);

/// A day that is over.
pub struct Figures<'a> {
    /// Where its archive is.
    pub store: &'static str,
    /// A long one is alone on its machine and is held to the times promised.
    pub is_long: bool,
    /// What was written down.
    pub history: &'a History,
    /// What went wrong.
    pub report: &'a Report,
}

impl Figures<'_> {
    /// Prints them all.
    ///
    /// # Panics
    /// When the day is void, a check is not valid, or a promised time was not kept on a long day.
    pub fn tell(&self, archive: &Archive) {
        let mut wrong = judge(self.history, archive);
        let (counted, share) = self.tell_of_the_day(archive);
        self.tell_of_kills(&wrong);
        wrong.retain(|_, found| !found.is_empty());
        self.figure("history_valid", u64::from(wrong.is_empty()), "1 = every check is", "= 1");
        for (check, found) in &wrong {
            eprintln!("{check}: {} wrong", found.len());
            found.iter().take(10).for_each(|wrong| eprintln!("    {wrong}"));
        }
        assert!(wrong.is_empty(), "every check is valid");
        assert!(counted > 0 && share >= OUTSIDE, "void: {share} % of {counted} operations outside faults");
        let missing: Vec<Kind> = self
            .report
            .planned
            .iter()
            .filter(|kind| !self.report.fired.contains_key(kind))
            .copied()
            .collect();
        assert!(missing.is_empty(), "void: {missing:?} never fired");
        if self.is_long {
            self.hold_to_times();
        }
    }

    /// Operations, and the hundredths of them outside faults.
    fn tell_of_the_day(&self, archive: &Archive) -> (u64, u64) {
        let (counted, outside) = self.history.counted();
        let share = outside * 100 / counted.max(1);
        let size = |length| u64::try_from(length).unwrap();
        self.figure("history_ops", counted, "operations", ">= 200000 in make soak");
        self.figure("history_outside_faults", share, "%", ">= 20");
        for kind in &self.report.planned {
            let fired = self.report.fired.get(kind).copied().unwrap_or_default();
            self.figure(&format!("history_{}", kind.name()), fired, "faults", ">= 1");
        }
        self.figure("history_longest_peace", self.history.longest_peace_us() / 1_000, "ms", "<= 10000");
        self.figure("history_visits", size(archive.visits.len()), "visits", "");
        self.figure("history_events", size(archive.facts.len()), "events", "");
        self.figure("history_recovered_unknown", size(recovered(self.history, archive)), "numbers", "");
        (counted, share)
    }

    fn tell_of_kills(&self, wrong: &BTreeMap<&'static str, Vec<String>>) {
        let sum = |checks: &[&str]| checks.iter().map(|check| wrong[check].len() as u64).sum();
        self.figure("kills", self.report.kills, "kills", "");
        let lost = [
            "queue_lost",
            "set_chat",
            "set_outcomes",
            "set_records",
            "set_ratings",
            "ways_back",
            "told_truth",
        ];
        self.figure("kills_lost", sum(&lost), "things", "= 0");
        let doubled = ["queue_unexpected", "queue_duplicated", "unique_ids", "leases", "in_nobodys_name"];
        self.figure("kills_doubled", sum(&doubled), "things", "= 0");
        self.figure("kills_reordered", sum(&["real_time_order", "fifo", "places"]), "things", "= 0");
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        let budget = format!("<= {}", millis(self.promised_ready()));
        self.figure("ready_after_kill", millis(self.report.worst_ready), "ms, worst", &budget);
        self.figure("all_back", millis(self.report.worst_back), "ms, worst", "<= 30000");
    }

    fn hold_to_times(&self) {
        let (ready, promised) = (self.report.worst_ready, self.promised_ready());
        assert!(ready <= promised, "ready {ready:?} after a kill, promised {promised:?}");
        assert!(self.report.worst_back <= BACK, "everybody back {:?} after a kill", self.report.worst_back);
        let peace = Duration::from_micros(self.history.longest_peace_us());
        assert!(peace <= PEACE, "void: nothing went wrong for {peace:?}");
    }

    fn promised_ready(&self) -> Duration {
        Duration::from_secs(if self.store == "sqlite" { 2 } else { 5 })
    }

    fn figure(&self, name: &str, value: u64, unit: &str, budget: &str) {
        figure_on(self.store, name, value, unit, budget);
    }
}
