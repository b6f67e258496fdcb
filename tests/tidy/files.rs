//! What may stand in a file.

use super::{assert_none, ours, read, wrong_lines};

/// Past this, a file does a second thing.
const MAX_LINES: usize = 500;

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut paths = ours("", &["rs", "ts", "vue", "mjs", "css", "sql"]);
    // The generators are a workspace of their own, carried whole.
    paths.retain(|path| !path.starts_with("tests/load"));
    let long = paths.into_iter().filter_map(|path| {
        let lines = read(&path).lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
    });
    assert_none("files of at most 500 lines", &long.collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["unimple", "mented!"].concat(),
        ["to", "do!("].concat(),
    ];
    let paths = ours("", &["rs", "ts", "vue", "mjs", "css", "sql", "md", "toml", "html"]);
    assert_none(
        "no unfinished work in the tree",
        &wrong_lines(&paths, |line| words.iter().any(|word| line.contains(word))),
    );
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let folders = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    assert_none(
        "no path of one machine",
        &wrong_lines(&ours("", &[]), |line| folders.iter().any(|folder| line.contains(folder))),
    );
}

#[test]
fn tests_wait_for_what_they_expect_and_never_sleep() {
    let words = [["thread::", "sleep"].concat(), ["time::", "sleep"].concat(), ["#[ig", "nore"].concat()];
    let mut paths = ours("tests", &["rs"]);
    paths.retain(|path| !path.starts_with("tests/load"));
    assert_none(
        "no sleep and no skipped test",
        &wrong_lines(&paths, |line| words.iter().any(|word| line.contains(word))),
    );
}

#[test]
fn a_select_says_in_which_order_it_looks() {
    let select = ["select", "! {"].concat();
    let paths = ours("server/core", &["rs"]).into_iter().chain(ours("server/app", &["rs"]));
    let unordered = paths.flat_map(|path| {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().collect();
        let wrong = |(n, line): (usize, &&str)| {
            (line.contains(&select) && lines.get(n + 1)?.trim() != "biased;").then(|| format!("{}:{}", path.display(), n + 1))
        };
        lines.iter().enumerate().filter_map(wrong).collect::<Vec<_>>()
    });
    assert_none("`biased;` first in every select", &unordered.collect::<Vec<_>>());
}

#[test]
fn core_and_app_have_no_clock_no_chance_and_no_unordered_map() {
    let mut paths = ours("server/core/src", &["rs"]);
    paths.extend(ours("server/app/src", &["rs"]));
    let words = [
        "HashMap",
        "HashSet",
        "Instant::now",
        "SystemTime",
        "tokio::spawn",
        "tokio::time",
        "std::thread",
        "getrandom",
        "println!",
    ];
    // The simple forms of the ports are for tests of every room.
    paths.retain(|path| path.file_name().is_some_and(|name| name != "testing.rs" && name != "tests.rs"));
    assert_none(
        "time, chance and tasks are ports",
        &wrong_lines(&paths, |line| {
            !line.trim_start().starts_with("//") && words.iter().any(|word| line.contains(word))
        }),
    );
}
