//! Figures of a test run: one JSON object a line, as `make bench` prints them, with the budget beside the value.

use std::io::Write;
use std::sync::OnceLock;

use serde::Serialize;

/// One figure.
#[derive(Clone, Serialize)]
pub struct Figure<'a> {
    name: &'a str,
    value: u64,
    unit: &'a str,
    /// `<= 2000`, `>= 10`, `= 0`, perhaps with words after it; empty where it is only said.
    budget: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amid: Option<&'a str>,
    /// Of the whole machine since the tests began to measure, 0 to 1.
    machine_busy: f64,
}

impl<'a> Figure<'a> {
    /// A figure that is measured once.
    pub fn new(name: &'a str, value: u64, unit: &'a str, budget: &'a str) -> Self {
        Self {
            name,
            value,
            unit,
            budget,
            store: None,
            amid: None,
            machine_busy: machine_busy(),
        }
    }

    /// Of what is measured on each store.
    pub fn on(mut self, store: &'a str) -> Self {
        self.store = Some(store);
        self
    }

    /// Of what is measured in the middle of different things.
    pub fn amid(mut self, scene: &'a str) -> Self {
        self.amid = Some(scene);
        self
    }
}

/// How a line begins.
const BEGINS: &str = r#"{"name":"#;

/// Ticks of the machine's processors that were busy, and all, when the first test began to measure.
static BEGUN: OnceLock<(u64, u64)> = OnceLock::new();

/// A test begins to measure.
pub fn measure() {
    BEGUN.get_or_init(ticks);
}

fn machine_busy() -> f64 {
    let (busy, all) = *BEGUN.get_or_init(ticks);
    let (busy_now, all_now) = ticks();
    let thousandths = (busy_now - busy) * 1_000 / (all_now - all).max(1);
    f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
}

/// The first line of `/proc/stat`: user, nice, system, idle, waiting for input, and others.
fn ticks() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/stat").expect("Linux says how busy it is");
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first.split_whitespace().skip(1).take(8).map(|word| word.parse().unwrap()).collect();
    let all: u64 = ticks.iter().sum();
    (all - ticks[3] - ticks[4], all)
}

/// Prints one, past the harness: a passing test's words are kept back, its figures are not.
pub fn figure(name: &str, value: u64, unit: &str, budget: &str) {
    figure_of(&Figure::new(name, value, unit, budget));
}

/// The same of what is measured on each store.
pub fn figure_on(store: &str, name: &str, value: u64, unit: &str, budget: &str) {
    figure_of(&Figure::new(name, value, unit, budget).on(store));
}

/// The same of any.
pub fn figure_of(figure: &Figure<'_>) {
    say(&serde_json::to_string(figure).expect("texts and numbers are always JSON"));
}

/// Prints again what another run of a test printed; there the first may stand behind the name of the test.
pub fn repeat(said: &str) {
    said.lines().filter_map(|line| line.find(BEGINS).map(|at| &line[at..])).for_each(say);
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is there while tests run");
}
