//! Figures of a test run: one JSON object a line, as `make bench` prints them, with the budget beside the value.

use std::io::Write;

use serde::Serialize;

#[derive(Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: u64,
    unit: &'a str,
    budget: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
}

/// How a line begins.
const BEGINS: &str = r#"{"name":"#;

/// Prints one, past the harness: a passing test's words are kept back, its figures are not.
pub fn figure(name: &str, value: u64, unit: &str, budget: &str) {
    print(&Figure {
        name,
        value,
        unit,
        budget,
        store: None,
    });
}

/// The same of what is measured on each store.
pub fn figure_on(store: &str, name: &str, value: u64, unit: &str, budget: &str) {
    let store = Some(store);
    print(&Figure {
        name,
        value,
        unit,
        budget,
        store,
    });
}

/// Prints again what another run of a test printed; there the first may stand behind the name of the test.
pub fn repeat(said: &str) {
    said.lines().filter_map(|line| line.find(BEGINS).map(|at| &line[at..])).for_each(say);
}

fn print(figure: &Figure<'_>) {
    say(&serde_json::to_string(figure).expect("texts and a number are always JSON"));
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is there while tests run");
}
