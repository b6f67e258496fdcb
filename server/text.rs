//! Sentences this program writes itself, from the same files the pages read: `web/locales/zh-CN`, embedded.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;
use std::sync::LazyLock;

static COMMAND_LINE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| read(include_str!("../web/locales/zh-CN/cli.json")));

/// The sentence of `key` for the terminal, every `{name}` filled in. A key without a sentence is said as it is.
pub fn say(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut sentence = COMMAND_LINE.get(key).cloned().unwrap_or_else(|| key.to_owned());
    for (name, value) in values {
        sentence = sentence.replace(&format!("{{{name}}}"), &value.to_string());
    }
    sentence
}

/// Milliseconds as people say them: 「1 分 30 秒」.
pub fn in_units(millis: u64) -> String {
    type Unit = (fn(u64) -> String, u64);
    const UNITS: [Unit; 5] = [
        (|count| say("time_days", &[("count", &count)]), 86_400_000),
        (|count| say("time_hours", &[("count", &count)]), 3_600_000),
        (|count| say("time_minutes", &[("count", &count)]), 60_000),
        (seconds, 1_000),
        (|count| say("time_millis", &[("count", &count)]), 1),
    ];
    if millis == 0 {
        return seconds(0);
    }
    let mut rest = millis;
    let parts = UNITS.iter().filter_map(|(said, length)| {
        let count = rest / length;
        rest %= length;
        (count > 0).then(|| said(count))
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn seconds(count: u64) -> String {
    say("time_seconds", &[("count", &count)])
}

/// Writes a line to the terminal. One that nobody reads any more (`yunyiban rules | head -1`) ends nothing.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Every sentence of the terminal by key.
pub fn sentences() -> &'static BTreeMap<String, String> {
    &COMMAND_LINE
}

/// Words of the sheet of records: headings as `heading_<column>`, values by their word on the wire.
pub fn sheet() -> BTreeMap<String, String> {
    read(include_str!("../web/locales/zh-CN/sheet.json"))
}

/// Messages to people away from the page, by what they are about.
pub fn notices() -> BTreeMap<String, String> {
    read(include_str!("../web/locales/zh-CN/notices.json"))
}

/// The program's own help, by the path of a command or switch: `staff.add.name`.
pub fn help() -> &'static BTreeMap<String, String> {
    static HELP: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| read(include_str!("../web/locales/zh-CN/help.json")));
    &HELP
}

/// What each rule of a hall that is a count is counted in, by its key.
pub fn rule_units() -> BTreeMap<String, String> {
    read(include_str!("../web/locales/zh-CN/rule-units.json"))
}

/// What each rule of a hall says, by its key.
pub fn rules() -> BTreeMap<String, String> {
    read(include_str!("../web/locales/zh-CN/rules.json"))
}

fn read(file: &str) -> BTreeMap<String, String> {
    serde_json::from_str(file).expect("a file of web/locales is one object of sentences; a test reads every one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_the_units_people_count_in() {
        for (millis, said) in [
            (0, "0 秒"),
            (400, "400 毫秒"),
            (20_000, "20 秒"),
            (90_000, "1 分 30 秒"),
            (259_200_000, "3 天"),
            (5_400_500, "1 小时 30 分 500 毫秒"),
        ] {
            assert_eq!(in_units(millis), said);
        }
    }
}
