//! The checks (GUARANTEES 5c): pure functions over a history and what the archive says in the end, each a list of what is wrong.
//!
//! The archive's chain of events is the order in which everything happened; so each check asks two things: whether that order is a legal one, and
//! whether it is the one people saw in real time. Each has planted wrong days beside it, on [`example`], which it must find.

mod board;
mod chain;
mod doors;
mod effects;
mod example;
mod fifo;
mod ids;
mod leases;
mod moments;
mod order;
mod overtaking;
mod phones;
mod places;
mod promises;
mod queue;
mod rules;
mod sets;
mod suspension;
mod telling;
mod waits;
mod windows;

use std::collections::BTreeMap;

use super::archive::Archive;
use super::reading::History;

/// One check.
type Check = fn(&History, &Archive) -> Vec<String>;

/// Every check by its name.
const CHECKS: [(&str, Check); 28] = [
    ("queue_lost", queue::lost),
    ("queue_unexpected", queue::unexpected),
    ("queue_duplicated", queue::duplicated),
    ("set_chat", sets::chat),
    ("set_outcomes", sets::outcomes),
    ("set_records", sets::records),
    ("set_ratings", sets::ratings),
    ("unique_ids", ids::unique),
    ("leases", leases::exclusive),
    ("told_truth", telling::true_to_the_archive),
    ("real_time_order", order::kept),
    ("fifo", fifo::kept),
    ("places", places::monotonic),
    ("board", board::counted),
    ("chain", chain::whole),
    ("moves", overtaking::kept),
    ("overtaking", overtaking::bounded),
    ("promises", promises::kept),
    ("told_numbers", promises::numbers),
    ("suspension", suspension::kept),
    ("rules", rules::kept),
    ("phones", phones::moved),
    ("picks", windows::picks),
    ("rings", windows::rings),
    ("present", windows::present),
    ("on_duty", board::on_duty),
    ("served", waits::served),
    ("over", waits::over),
];

/// What each check finds; those of the doors last.
pub fn judge(history: &History, archive: &Archive) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<_, _> = CHECKS.into_iter().map(|(name, check)| (name, check(history, archive))).collect();
    found.insert("in_nobodys_name", effects::unasked(history, archive));
    found.insert("doors", doors::shut(history));
    found.insert("ways_back", doors::open_to_their_own(history, archive));
    found
}

pub use queue::recovered;
pub use windows::sleepers;
