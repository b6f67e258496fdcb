//! What this machine cannot do is left out, and never in silence: a passing test's words are kept back by the harness, these are not.

use std::io::Write;

/// Begins the line that says so.
const LEFT_OUT: &str = "LEFT OUT: ";

/// Set by the automatic check, which leaves nothing out that a machine for it must be able to do.
const CI: &str = "CI";

/// Whether the automatic check runs the tests.
fn in_ci() -> bool {
    std::env::var_os(CI).is_some()
}

/// Leaves out what every machine of the automatic check can do; fails there, `instead` says how.
pub fn leave_out(what: &str, why: &str, instead: &str) {
    assert!(!in_ci(), "{what} is not left out in the automatic check ({why}): {instead}");
    leave_out_anywhere(what, why);
}

/// Leaves out what needs a program that no machine must have, in the automatic check, too.
pub fn leave_out_anywhere(what: &str, why: &str) {
    say(&format!("{LEFT_OUT}{what}: {why}"));
}

/// Says again what another run of a test left out. Where one runs alone, the harness has begun the line with its name.
pub fn repeat(said: &str) {
    said.lines().filter_map(|line| line.find(LEFT_OUT).map(|at| &line[at..])).for_each(say);
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is there while tests run");
}
