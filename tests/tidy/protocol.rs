//! PROTOCOL.md has a section for every message, and none for a message that is gone.

use std::collections::BTreeSet;

use super::{ours, read};

/// `→ visit.here` for every variant of `VisitRequest`, `← visit.place` for every variant of `VisitNotice`.
fn messages() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for path in ours("server/protocol/src", &["rs"]) {
        let text = read(&path);
        let mut inside: Option<(char, String)> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("pub enum ").and_then(|rest| rest.strip_suffix(" {")) {
                inside = direction(name);
            } else if line == "}" {
                inside = None;
            } else if let (Some((arrow, topic)), Some(variant)) = (&inside, variant(line)) {
                all.insert(format!("{arrow} {topic}.{}", snake_case(variant)));
            }
        }
    }
    all
}

fn direction(name: &str) -> Option<(char, String)> {
    if name == "Reply" {
        return Some(('←', "reply".into()));
    }
    let request = name.strip_suffix("Request").map(|topic| ('→', topic.to_lowercase()));
    request.or_else(|| name.strip_suffix("Notice").map(|topic| ('←', topic.to_lowercase())))
}

/// The name of a variant on a line indented by one step.
fn variant(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("    ")
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))?;
    rest.split([' ', '{', '(', ',']).next()
}

pub fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && place > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[test]
fn every_message_has_a_section_and_every_section_a_message() {
    let told: BTreeSet<String> = read("server/protocol/PROTOCOL.md")
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::to_owned)
        .collect();
    let said = messages();
    assert!(said.len() > 50, "the messages were found: {}", said.len());
    let missing: Vec<_> = said.difference(&told).collect();
    let gone: Vec<_> = told.difference(&said).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "without a section: {missing:?}; without a message: {gone:?}"
    );
}
