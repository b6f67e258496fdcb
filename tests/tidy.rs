//! Rules of the repository that no compiler knows. Each test names the file and line that breaks its rule.

mod files;
mod promises;
mod protocol;
mod rooms;
mod sentences;
mod web;

use std::path::{Path, PathBuf};

/// Folders that hold nothing written by us.
const FOREIGN: &[&str] = &["target", "node_modules", "dist", ".git", "data", "output", "generated"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// Every file of ours under `folder` with one of these endings, by its path from the root, in order.
fn ours(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|path| endings.is_empty() || path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)));
    let mut found: Vec<PathBuf> = found.iter().map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect();
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A second work tree has a file where the first has `.git`.
        if FOREIGN.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// `file:line: text` of every line that `is_wrong`.
fn wrong_lines(paths: &[PathBuf], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for path in paths {
        // Pictures and sounds are not text.
        let Ok(text) = std::fs::read_to_string(root().join(path)) else {
            continue;
        };
        let lines = text.lines().enumerate().filter(|(_, line)| is_wrong(line));
        wrong.extend(lines.map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim())));
    }
    wrong
}

#[track_caller]
fn assert_none(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}\n{}", wrong.join("\n"));
}
