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

/// Numbers that no administrator sets, by file and sentence.
const FIXED_NUMBERS: &[(&str, &str, &str)] = &[
    ("cli", "day_eta_width", "what the day's score counts is no rule"),
    ("cli", "staff_disabled", "how soon the program looks at a session again"),
    ("help", "init.id", "length of an id"),
    ("help", "staff.add.name", "length of a name to sign in"),
    ("handover", "offer_type", "digits of a code of the house"),
    ("handover", "offer_note", "how long a code is good is HANDOVER_MS of the core"),
    ("handover", "hint", "digits of a code of the house"),
    ("handover", "code", "digits of a code of the house"),
    ("handover", "six_digits", "digits of a code of the house"),
    ("handover", "back_hint", "digits of a code of the house"),
    ("missed", "kept_missed_two", "said when the rule says two, as people say two"),
    ("queue", "phone_length", "digits of a mobile number"),
    ("refusals", "bad_phone", "digits of a telephone number"),
    ("staff-refusals", "password_weak", "length of a password, which the program asks for"),
    ("staff", "password_differs", "the two fields of the page"),
    ("staff", "password_rule", "length of a password, which the program asks for"),
    ("staff", "password_short", "length of a password, which the program asks for"),
];

/// A rule is changed on a page of the console, and a sentence that says its number would then be false.
#[test]
fn no_sentence_says_a_number_that_a_rule_may_change() {
    let known = |file: &str, key: &str| FIXED_NUMBERS.iter().any(|(its, of, _)| *its == file && *of == key);
    let mut counting = Vec::new();
    for path in ours("web/locales", &["json"]) {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let counted = locale(&file).into_iter().filter(|(_, sentence)| counts(sentence));
        counting.extend(counted.map(|(key, sentence)| (file.clone(), key, sentence)));
    }
    let said = counting.iter().filter(|(file, key, _)| !known(file, key));
    let said = said.map(|(file, key, sentence)| format!("{file}.{key}: {sentence}"));
    assert_none("a number of a rule comes with a view and stands in a {place}", &said.collect::<Vec<_>>());
    let gone = FIXED_NUMBERS
        .iter()
        .filter(|(file, key, _)| !counting.iter().any(|(its, of, _)| its == file && of == key));
    assert_none(
        "no exception for what is not said",
        &gone.map(|(file, key, _)| format!("{file}.{key}")).collect::<Vec<_>>(),
    );
}

/// Whether a digit, or a numeral of two and more, counts minutes, seconds, times, people or hours.
fn counts(sentence: &str) -> bool {
    let units = ["分钟", "秒", "次", "位", "小时"];
    units.iter().flat_map(|unit| sentence.match_indices(unit)).any(|(at, _)| {
        let before = sentence[..at].trim_end();
        before.ends_with(|last: char| last.is_ascii_digit() || "两三四五六七八九十".contains(last))
    })
}

#[test]
fn a_number_in_a_sentence_is_seen() {
    for said in ["等 1 分钟", "最多打2次", "过两位就到您", "30 秒", "三小时"] {
        assert!(counts(said), "{said}");
    }
    for said in ["等 {time}", "再试一次", "下一位", "前面还有 {count} 位", "9:00–12:00"] {
        assert!(!counts(said), "{said}");
    }
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
