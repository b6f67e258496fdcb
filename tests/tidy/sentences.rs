//! Every code and every sentence finds the other.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban::text::sentences;
use yunyiban_app::{Refusal, Trouble};

use super::protocol::snake_case;
use super::{assert_none, ours, read};

fn locale(name: &str) -> BTreeMap<String, String> {
    serde_json::from_str(&read(format!("web/locales/zh-CN/{name}.json"))).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

#[test]
fn every_locale_file_is_one_flat_object_of_sentences() {
    for path in ours("web/locales", &["json"]) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let empty = locale(&name)
            .into_iter()
            .filter(|(_, sentence)| sentence.trim().is_empty())
            .map(|(key, _)| key);
        assert_none(&format!("no empty sentence in {name}"), &empty.collect::<Vec<_>>());
    }
}

#[test]
fn every_refusal_and_failure_has_a_sentence_for_citizens_and_staff() {
    let codes = Refusal::ALL.iter().map(|refusal| refusal.code()).chain(Trouble::CODES.iter().copied());
    let (citizens, staff) = (locale("refusals"), locale("staff-refusals"));
    let silent = codes
        .filter(|code| !citizens.contains_key(*code) && !staff.contains_key(*code))
        .map(str::to_owned);
    assert_none("a sentence for every code", &silent.collect::<Vec<_>>());
}

#[test]
fn every_word_of_the_terminal_is_said_and_every_sentence_used() {
    let mut said: BTreeSet<String> = variants_of_failure();
    for path in ours("server", &["rs"]) {
        said.extend(keys_in(&read(&path)));
    }
    let known: BTreeSet<String> = sentences().keys().cloned().collect();
    let missing: Vec<_> = said.difference(&known).cloned().collect();
    let unused: Vec<_> = known.difference(&said).cloned().collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "without a sentence: {missing:?}; never said: {unused:?}"
    );
}

#[test]
fn every_failure_fills_the_places_of_its_sentence() {
    let failures = [
        yunyiban::failure::Failure::ConfigMissing { path: "a.toml".into() },
        yunyiban::failure::Failure::DatabaseLocked {
            url: "sqlite:a.db".into(),
            stop: yunyiban::running::how_to_stop("sqlite:a.db"),
        },
        yunyiban::failure::Failure::PortInUse {
            what: "server.listen",
            address: ([127, 0, 0, 1], 8080).into(),
        },
        yunyiban::failure::Failure::DiskFull { doing: "x".into() },
        yunyiban::failure::Failure::Certificate {
            certificate: "a.pem".into(),
            key: "a.key".into(),
            reason: "x".into(),
        },
        yunyiban::failure::Failure::NoHall {
            hall: "x".into(),
            halls: "y".into(),
        },
    ];
    for failure in failures {
        assert!(!failure.sentence().contains(['{', '}']), "{}", failure.sentence());
    }
}

/// What `doctor` says beside problems.
const NO_PROBLEM: [&str; 11] = [
    "doctor_fine",
    "doctor_wrong",
    "doctor_disk",
    "doctor_clock",
    "doctor_certificate",
    "doctor_running",
    "doctor_port_free",
    "doctor_port_answers",
    "doctor_media",
    // A reason within another sentence.
    "doctor_media_stranger",
    "doctor_database",
];

/// Failures that `doctor` prints as they are.
const OF_DOCTOR: [&str; 8] = [
    "certificate",
    "database",
    "database_damaged",
    "database_missing",
    "database_newer",
    "disk_full",
    "port_in_use",
    "port_refused",
];

/// A command begins so, or a setting, or what stands in its place.
const MENDS: [&str; 12] = [
    "yunyiban ",
    "timedatectl ",
    "df -h",
    "ss -lptn",
    "store.url",
    "files.folder",
    "tls.certificate",
    "server.public_origins",
    "media.listen",
    "media.advertised",
    "{what}",
    "{restart}",
];

#[test]
fn every_problem_doctor_prints_names_the_command_or_setting_that_mends_it() {
    let is_problem = |key: &str| OF_DOCTOR.contains(&key) || key.starts_with("doctor_") && !NO_PROBLEM.contains(&key);
    let problems: Vec<_> = sentences().iter().filter(|(key, _)| is_problem(key)).collect();
    let helpless = problems
        .iter()
        .filter(|(_, sentence)| !MENDS.iter().any(|mends| sentence.contains(mends)));
    assert_none(
        "a command or setting for every problem",
        &helpless.map(|(key, _)| (*key).clone()).collect::<Vec<_>>(),
    );
    assert!(problems.len() > OF_DOCTOR.len(), "{problems:?}");
}

/// `Failure::UnknownKey` → `unknown_key`.
fn variants_of_failure() -> BTreeSet<String> {
    let text = read("server/failure.rs");
    let body = text.split("pub enum Failure {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let lines = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    lines.filter_map(|line| line.split(' ').next()).map(snake_case).collect()
}

/// First arguments of `say(…)`, `ask(…)`, and keys kept in a table of people.
fn keys_in(text: &str) -> Vec<String> {
    let openings = ["say(", "ask(", "display_name: "];
    let arguments = openings
        .iter()
        .flat_map(|opening| text.split(opening).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"'));
    let keys = arguments.filter_map(|rest| rest.split('"').next());
    keys.filter(|key| key.contains('_') && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .map(str::to_owned)
        .collect()
}
