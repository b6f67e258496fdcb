//! Figures of a test run: one JSON object a line, as `make bench` prints them, with the budget beside the value.

use std::io::Write;

use serde_json::{Value, json};

/// Prints one, past the harness: a passing test's words are kept back, its figures are not.
pub fn figure(name: &str, value: u64, unit: &str, budget: &str) {
    print(&json!({ "name": name, "value": value, "unit": unit, "budget": budget }));
}

/// The same of what is measured on each store.
pub fn figure_on(store: &str, name: &str, value: u64, unit: &str, budget: &str) {
    print(&json!({ "name": name, "value": value, "unit": unit, "budget": budget, "store": store }));
}

fn print(line: &Value) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is there while tests run");
}
