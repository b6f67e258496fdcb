//! What may stand in a file.

use super::{assert_none, ours, read, wrong_lines};

/// Past this, a file does a second thing.
const MAX_LINES: usize = 500;

/// What fits a screen; `clippy.toml` says it too, but its lint does not look into what `#[tokio::test]` makes.
const MAX_LINES_OF_A_FUNCTION: usize = 60;

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long = ours("", &["rs", "ts", "vue", "mjs", "css", "sql"]).into_iter().filter_map(|path| {
        let lines = read(&path).lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
    });
    assert_none("files of at most 500 lines", &long.collect::<Vec<_>>());
}

#[test]
fn every_function_fits_a_screen() {
    let found = |path: std::path::PathBuf| {
        let text = read(&path);
        let long: Vec<_> = long_functions(&text)
            .into_iter()
            .map(|name| format!("{}: {name}", path.display()))
            .collect();
        long
    };
    let long: Vec<_> = ours("", &["rs"]).into_iter().flat_map(found).collect();
    assert_none("functions of at most 60 lines", &long);
}

#[test]
fn a_long_function_is_found_wherever_it_stands() {
    let body = |lines: usize| "        one();\n\n        // Why.\n".repeat(lines);
    let text = |lines| {
        format!(
            "mod m {{\n    #[tokio::test]\n    async fn tells() {{\n{}    }}\n\n    pub(crate) const fn short() {{}}\n}}\n",
            body(lines)
        )
    };
    assert!(long_functions(&text(60)).is_empty(), "60 lines fit");
    assert_eq!(long_functions(&text(61)), ["async fn tells() {"]);
}

/// The first lines of functions with more lines than fit, blank ones and comments not counted. The format puts the end of each
/// below its beginning.
fn long_functions(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_function = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with("fn")).collect();
        line.contains("fn ")
            && words
                .iter()
                .all(|word| word.starts_with("pub") || ["const", "async", "unsafe"].contains(word))
    };
    let is_long = |(at, line): &(usize, &&str)| {
        let body = lines[at + 1..]
            .iter()
            .take_while(|next| **next != format!("{}}}", " ".repeat(indent(line))));
        let code = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        is_function(line) && line.trim_end().ends_with('{') && body.filter(code).count() > MAX_LINES_OF_A_FUNCTION
    };
    lines.iter().enumerate().filter(is_long).map(|(_, line)| line.trim()).collect()
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
