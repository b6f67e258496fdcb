//! What a day shows in figures, and whether it counts: a day without all that was to go wrong, or with little else, proves nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::archive::{About, Archive};
use super::check::{judge, recovered, sleepers};
use super::entry::{Op, Phase};
use super::faults::{Kind, Report};
use super::reading::{History, Operation};
use crate::support::figure::figure_on;

/// What is done beside numbers and talks: how often at least on a day, and on a long one. A day without says nothing about it.
const DEEDS: [(&str, Deed, u64, u64); 22] = [
    ("rule_changed", Deed::Done(Op::Rule), 3, 60),
    ("suspended", Deed::Event("suspended"), 2, 20),
    ("number_left", Deed::Event("left_number"), 4, 40),
    ("left_number_opened", Deed::Event("hall_opened"), 2, 20),
    ("callback_asked", Deed::Event("callback_asked"), 8, 80),
    ("callback_dialled", Deed::Done(Op::Dial), 3, 30),
    ("callback_reached", Deed::Event("callback_reached"), 2, 20),
    ("callback_unanswered", Deed::Event("callback_unanswered"), 1, 10),
    ("callback_waits_on", Deed::Event("waits_on"), 2, 20),
    ("priority_declared", Deed::Event("priority_declared"), 12, 120),
    ("booked", Deed::Event("booked"), 5, 50),
    ("link_opened", Deed::Done(Op::OpenLink), 5, 50),
    ("checked_in", Deed::Event("checked_in"), 3, 30),
    ("no_show", Deed::Event("no_show"), 0, 3),
    ("picked", Deed::Event("picked"), 10, 100),
    ("picked_by_name", Deed::Audited(&["pick", "pick_overtaking"]), 2, 50),
    ("picked_out_of_turn", Deed::Audited(&["pick_overtaking"]), 1, 30),
    ("rested", Deed::Done(Op::Rest), 8, 80),
    ("handed_over", Deed::Done(Op::HandOver), 15, 150),
    ("first_phone_turned_away", Deed::Refused(Op::OldPhone), 15, 150),
    ("closed_hall_refused", Deed::Refused(Op::Take), 4, 40),
    ("slept", Deed::Done(Op::Sleep), 1, 2),
];
/// How often somebody is silent so long in peace that the hall has to say so.
const SLEEPERS: u64 = 1;
/// At least so many hundredths of what was asked was done, and of what was asked and answered while nothing went wrong (GUARANTEES 5c).
const COMPLETED: u64 = 80;
const COMPLETED_OUTSIDE: u64 = 95;

/// How something that is done is counted.
#[derive(Clone, Copy)]
enum Deed {
    /// Operations that were done.
    Done(Op),
    /// Operations that were refused.
    Refused(Op),
    /// Events with this cause.
    Event(&'static str),
    /// Audit rows of these words.
    Audited(&'static [&'static str]),
}

/// At least so many hundredths of the operations lie outside every fault.
const OUTSIDE: u64 = 20;
/// No longer than this nothing goes wrong.
const PEACE: Duration = Duration::from_secs(10);
/// Everybody is back.
const BACK: Duration = Duration::from_secs(30);

/// Whether it ended as it should: of who has no right to something, by a refusal.
fn is_done(operation: &Operation) -> bool {
    operation.end == Phase::Ok || matches!(operation.op, Op::Intrude | Op::OldPhone)
}

/// A day that is over.
pub struct Figures<'a> {
    /// Where its archive is.
    pub store: &'static str,
    /// How many operations were asked for.
    pub operations: u64,
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
        let completed = self.completed(|_| true);
        assert!(completed >= COMPLETED, "void: {completed} % of what was asked was done");
        let outside = self.completed_outside();
        assert!(
            outside >= COMPLETED_OUTSIDE,
            "void: {outside} % of what was asked while nothing went wrong was done"
        );
        let seldom = self.tell_of_deeds(archive);
        assert!(seldom.is_empty(), "void: too seldom to prove anything: {seldom:?}");
        if self.is_long {
            self.hold_to_times();
        }
    }

    /// Operations, and the hundredths of them outside faults.
    fn tell_of_the_day(&self, archive: &Archive) -> (u64, u64) {
        let (counted, outside) = self.history.counted();
        let share = outside * 100 / counted.max(1);
        let size = |length| u64::try_from(length).unwrap();
        self.figure("history_ops", counted, "operations", &format!(">= {}", self.operations));
        self.figure("history_outside_faults", share, "%", &format!(">= {OUTSIDE}"));
        self.figure("history_completed", self.completed(|_| true), "%", &format!(">= {COMPLETED}"));
        self.figure(
            "history_completed_outside_faults",
            self.completed_outside(),
            "%",
            &format!(">= {COMPLETED_OUTSIDE}"),
        );
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

    /// Hundredths of what was asked, of those to be counted, that was done, and not refused nor never heard of again.
    fn completed(&self, counts: impl Fn(&Operation) -> bool) -> u64 {
        let asked = self.history.operations.iter();
        let counted: Vec<&Operation> = asked.filter(|operation| operation.op.is_counted() && counts(operation)).collect();
        let done = counted.iter().filter(|operation| is_done(operation)).count();
        (done * 100 / counted.len().max(1)) as u64
    }

    /// The same of what lies outside every fault.
    fn completed_outside(&self) -> u64 {
        self.completed(|operation| self.history.is_outside_faults(operation))
    }

    /// What happened too seldom.
    fn tell_of_deeds(&self, archive: &Archive) -> Vec<&'static str> {
        let mut seldom = Vec::new();
        for (name, deed, least, least_of_long) in DEEDS {
            let least = if self.is_long { least_of_long } else { least };
            let times = self.times(deed, archive);
            self.figure(&format!("history_{name}"), times, "times", &format!(">= {least}"));
            if times < least {
                seldom.push(name);
            }
        }
        let slept = sleepers(self.history, archive) as u64;
        self.figure("history_slept_in_peace", slept, "times", &format!(">= {SLEEPERS}"));
        if slept < SLEEPERS {
            seldom.push("slept_in_peace");
        }
        seldom
    }

    fn times(&self, deed: Deed, archive: &Archive) -> u64 {
        let ended = |op, end| {
            let all = self.history.operations.iter();
            all.filter(|operation| operation.op == op && operation.end == end).count()
        };
        let times = match deed {
            Deed::Done(op) => ended(op, Phase::Ok),
            Deed::Refused(op) => ended(op, Phase::Fail),
            Deed::Event(cause) => {
                let about = |about: &About| matches!(about, About::Visit(_) | About::Hall { .. });
                archive.facts.iter().filter(|fact| fact.cause == cause && about(&fact.about)).count()
            }
            Deed::Audited(words) => words.iter().filter_map(|word| archive.audited.get(*word)).map(Vec::len).sum(),
        };
        times as u64
    }

    fn tell_of_kills(&self, wrong: &BTreeMap<&'static str, Vec<String>>) {
        let sum = |checks: &[&str]| checks.iter().map(|check| wrong[check].len() as u64).sum();
        self.figure("kills", self.report.kills, "kills", ">= 1");
        let lost = [
            "queue_lost",
            "promises",
            "rules",
            "set_chat",
            "set_outcomes",
            "set_records",
            "set_ratings",
            "ways_back",
            "told_truth",
        ];
        self.figure("kills_lost", sum(&lost), "things", "= 0");
        let doubled = [
            "queue_unexpected",
            "queue_duplicated",
            "unique_ids",
            "leases",
            "in_nobodys_name",
            "phones",
        ];
        self.figure("kills_doubled", sum(&doubled), "things", "= 0");
        self.figure(
            "kills_reordered",
            sum(&["real_time_order", "fifo", "places", "moves", "overtaking"]),
            "things",
            "= 0",
        );
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
