//! A part of this machine of its own: what a test mounts and which addresses it has concern nobody else there, and end with it.

use std::process::Command;
use std::time::Duration;

use super::left_out::leave_out;
use super::process::ends_within;
use super::{figure, left_out};

/// Set by hand on a machine that cannot do it, never by the automatic check: the tests that need it are then left out aloud.
const WITHOUT: &str = "TESTS_WITHOUT_NAMESPACES";

/// Set for the test that runs apart.
const APART: &str = "YYB_TEST_RUNS_APART";

/// No story lasts longer, with all that it waits for.
const WHOLE_STORY: Duration = Duration::from_secs(180);

/// What a test has for itself.
#[derive(Clone, Copy, Debug)]
pub enum Own {
    /// Mounts.
    Mounts,
    /// A network without any address, and the ports of no other.
    Network,
    /// Mounts, processes and a network; accounts too, where the machine's root runs the tests.
    Machine,
}

/// Whether the story is to be told here. The first time it is not: the test `name` is run again, apart from the rest of the
/// machine, and fails here when it fails there.
pub fn is_apart(name: &str, own: Own) -> bool {
    is_apart_for(name, own, WHOLE_STORY)
}

/// The same of a story that lasts longer.
pub fn is_apart_for(name: &str, own: Own, at_most: Duration) -> bool {
    if std::env::var_os(APART).is_some() {
        return true;
    }
    let Some(mut apart) = unshare(own) else {
        let instead = "run the tests as root, or let accounts make namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)";
        assert!(
            std::env::var_os(WITHOUT).is_some(),
            "{name} needs a namespace of its own ({own:?}), and this account may make none: {instead}. \
             Where neither can be, {WITHOUT}=1 leaves it out, but never in the automatic check."
        );
        leave_out(name, &format!("{WITHOUT} is set"), instead);
        return false;
    };
    let test = std::env::current_exe().unwrap();
    apart.arg(test).args([name, "--exact", "--nocapture", "--test-threads=1"]);
    let (well, said) = ends_within(at_most, apart.env(APART, "1"));
    figure::repeat(&said);
    assert!(well && said.contains("test result: ok. 1 passed"), "apart: {said}");
    left_out::repeat(&said);
    false
}

/// What begins a program apart, as root there; `None` where this account may not.
fn unshare(own: Own) -> Option<Command> {
    let kinds: &[&str] = match own {
        Own::Mounts => &["--mount"],
        Own::Network => &["--net"],
        Own::Machine => &["--mount", "--net", "--pid", "--fork", "--kill-child"],
    };
    let alone: &[&str] = &["--user", "--map-root-user"];
    // Alone among its accounts a root can become nobody else.
    let ways = match own {
        Own::Mounts | Own::Network => [alone, &[]],
        Own::Machine => [&[], alone],
    };
    let begun = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way).args(kinds);
        command
    };
    let way = ways
        .into_iter()
        .find(|way| begun(way).arg("true").output().is_ok_and(|tried| tried.status.success()))?;
    Some(begun(way))
}
