//! Figures of a test run: one JSON object a line, as `make bench` prints them, with the budget beside the value.

use std::io::Write;

use serde::Serialize;

#[derive(Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: u64,
    unit: &'a str,
    budget: &'a str,
}

/// Prints one, past the harness: a passing test's words are kept back, its figures are not.
pub fn figure(name: &str, value: u64, unit: &str, budget: &str) {
    let line = serde_json::to_string(&Figure { name, value, unit, budget }).expect("texts and a number are always JSON");
    writeln!(std::io::stdout(), "{line}").expect("standard output is there while tests run");
}
