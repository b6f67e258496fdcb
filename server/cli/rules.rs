//! `rules`: shows the rules of a hall, and changes some of them.

use std::collections::BTreeMap;
use std::fmt::Display;

use clap::Args;
use serde_json::Value;
use yunyiban_app::rules::{RULE_CHANGED, value_of};
use yunyiban_core::order::UnknownName;
use yunyiban_core::{Allowed, HallRules, Rule};
use yunyiban_protocol::{Timestamp, WindowId};

use super::staff::{audit, one_hall};
use crate::archive;
use crate::config::Config;
use crate::config::read::nearest;
use crate::failure::Failure;
use crate::text::{self, in_units, say, tell};

/// Known names that are told beside an unknown one, at most.
const MOST_NAMES: usize = 20;

/// `rules`. Without `--set` it only shows; with it the help desk must be closed.
#[derive(Debug, Args)]
pub struct Rules {
    /// Id of the hall; may be left out where there is only one.
    #[arg(long)]
    pub hall: Option<String>,
    /// A rule and its new value, `timers.ring_ms=30000`; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub changes: Vec<String>,
}

impl Rules {
    /// Prints every rule with its value, `key = value`, after the changes, and what it says under it.
    ///
    /// # Errors
    /// [`Failure::UnknownRule`], [`Failure::BadRule`] for a value of another kind, [`Failure::RuleOutOfRange`], [`Failure::RuleContradicts`], [`Failure::UnknownName`] for a window, item, group
    /// or skill the hall does not have, or another hall that is not there, [`Failure::NoHall`], what
    /// [`archive::open`] says; then the rules are the old ones.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let url = &config.store.url;
        let told = |failure| archive::told(url, failure);
        let store = if self.changes.is_empty() {
            archive::look(url).await?
        } else {
            archive::open(url).await?
        };
        let hall = one_hall(&store, self.hall.as_deref(), config).await?;
        let never = Timestamp::from_millis(i64::MAX);
        let image = store.load_hall(&hall, never, never).await.map_err(told)?;
        let image = image.ok_or_else(|| Failure::NoHall {
            hall: hall.to_string(),
            halls: String::new(),
        })?;
        let rules = changed(&image.rules, &self.changes)?;
        if self.changes.iter().any(|change| names_others(change)) {
            let windows: Vec<WindowId> = image.windows.iter().map(|window| window.id.clone()).collect();
            rules
                .unknown_name(&windows, &image.items)
                .map_or(Ok(()), |unknown| Err(not_there(unknown)))?;
        }
        if self.changes.iter().any(|change| change.starts_with("hands_on_to")) {
            let mut others = store.halls().await.map_err(told)?;
            others.retain(|other| *other != hall);
            rules.unknown_hall(&others).map_or(Ok(()), |unknown| Err(not_there(unknown)))?;
        }
        if !self.changes.is_empty() {
            let audited = audit_rows(&image.rules, &self.changes)?;
            store.put_rules(&hall, &rules).await.map_err(told)?;
            for what in audited {
                audit(&store, &hall, &what, config).await?;
            }
        }
        print(&rules);
        if !self.changes.is_empty() {
            tell(&say("rules_changed", &[("hall", &hall)]));
        }
        Ok(())
    }
}

/// The rules with the changes made, each of the kind the rule had and within its range, and none against another.
fn changed(rules: &HallRules, changes: &[String]) -> Result<HallRules, Failure> {
    let changed = changes.iter().try_fold(rules.clone(), |rules, change| with_change(&rules, change))?;
    for rule in changes.iter().filter_map(|change| Rule::named(parts(change).0)) {
        if let Some(other) = rule.contradicted(&changed) {
            return Err(Failure::RuleContradicts {
                key: rule.name.to_owned(),
                value: rule.value(&changed).to_string(),
                other: other.name.to_owned(),
                other_value: other.value(&changed).to_string(),
            });
        }
    }
    match changed.broken_list() {
        None => Ok(changed),
        Some(key) => Err(Failure::BadRule {
            key: key.to_owned(),
            value: as_json(&changed).get(key).map(Value::to_string).unwrap_or_default(),
        }),
    }
}

fn with_change(rules: &HallRules, change: &str) -> Result<HallRules, Failure> {
    let (key, text) = parts(change);
    match Rule::named(key) {
        Some(rule) => with_value(rules, rule, text),
        None => with_json(rules, key, text),
    }
}

/// Name and value of `timers.ring_ms=30000`.
fn parts(change: &str) -> (&str, &str) {
    change.split_once('=').unwrap_or((change, ""))
}

/// A number or a switch, as the screen sets it.
fn with_value(rules: &HallRules, rule: &Rule, text: &str) -> Result<HallRules, Failure> {
    let bad = || Failure::BadRule {
        key: rule.name.to_owned(),
        value: text.to_owned(),
    };
    let value = value_of(text).ok_or_else(bad)?;
    rule.written(rules, value).map_err(|_| match rule.allowed {
        Allowed::Number { least, most } => Failure::RuleOutOfRange {
            key: rule.name.to_owned(),
            value: text.to_owned(),
            range: range(rule.name, least, most),
        },
        Allowed::Switch => bad(),
    })
}

/// A list or a text, set whole.
fn with_json(rules: &HallRules, key: &str, text: &str) -> Result<HallRules, Failure> {
    let mut json = as_json(rules);
    let bad = || Failure::BadRule {
        key: key.to_owned(),
        value: text.to_owned(),
    };
    let known = || listed("", &as_json(rules)).into_iter().map(|(known, _)| known);
    let place = json.pointer_mut(&format!("/{}", key.replace('.', "/")));
    let place = place.ok_or_else(|| Failure::UnknownRule {
        key: key.to_owned(),
        nearest: nearest(key, known()),
    })?;
    *place = if place.is_string() {
        Value::String(text.to_owned())
    } else {
        serde_json::from_str(text).map_err(|_| bad())?
    };
    serde_json::from_value(json).map_err(|_| bad())
}

/// What is audited of each change, in order.
fn audit_rows(rules: &HallRules, changes: &[String]) -> Result<Vec<String>, Failure> {
    let mut before = rules.clone();
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        rows.push(audit_row(change, &before));
        before = with_change(&before, change)?;
    }
    Ok(rows)
}

/// What it is now, and of a number or a switch also what it was.
fn audit_row(change: &str, before: &HallRules) -> String {
    let (key, text) = parts(change);
    Rule::named(key).map_or_else(
        || format!("{RULE_CHANGED} {key} {text}"),
        |rule| format!("{RULE_CHANGED} {key} {} {text}", rule.value(before)),
    )
}

/// Whether a change is of a rule that names windows, items, groups or skills. Others do not wait for a catalogue to be mended.
fn names_others(change: &str) -> bool {
    ["queues", "skills", "windows"].iter().any(|rule| change.starts_with(rule))
}

fn not_there(unknown: UnknownName) -> Failure {
    let UnknownName { rule, name, known } = unknown;
    let shown: Vec<&str> = known.iter().take(MOST_NAMES).map(String::as_str).collect();
    let known = match known.len() {
        0 if rule == "hands_on_to" => say("rules_no_other_hall", &[]),
        0 => say("rules_none_known", &[]),
        all if all > MOST_NAMES => say("rules_more_known", &[("shown", &shown.join("、")), ("all", &all)]),
        _ => shown.join("、"),
    };
    Failure::UnknownName {
        key: rule.to_owned(),
        name,
        known,
    }
}

fn as_json(rules: &HallRules) -> Value {
    serde_json::to_value(rules).expect("rules are numbers, words and lists")
}

/// `timers.ring_ms = 30000`, and below it what that is, its unit, what it would be by itself and what it may be.
fn print(rules: &HallRules) {
    let (words, units) = (text::rules(), text::rule_units());
    let defaults = listed("", &as_json(&HallRules::default()));
    for ((key, value), (_, default)) in listed("", &as_json(rules)).iter().zip(&defaults) {
        let meaning = words.get(key).unwrap_or(key);
        tell(&format!("{key} = {value}\n    {}", explained(key, meaning, &units, (value, default))));
    }
}

/// What a rule says, its value and what it would be by itself, and what it may be; a time also in the units people count in.
fn explained(key: &str, meaning: &str, units: &BTreeMap<String, String>, (value, default): (&str, &str)) -> String {
    let meant: [(&str, &dyn Display); 2] = [("meaning", &meaning), ("default", &default)];
    let (least, most) = match Rule::named(key).map(|rule| rule.allowed) {
        None => return say("rules_meaning", &meant),
        Some(Allowed::Switch) => return say("rules_meaning_switch", &meant),
        Some(Allowed::Number { least, most }) => (least, most),
    };
    let range = range(key, least, most);
    if !key.ends_with("_ms") {
        let unit = units.get(key).map_or("", String::as_str);
        return say("rules_meaning_number", &[meant[0], meant[1], ("unit", &unit), ("range", &range)]);
    }
    let said = |text: &str| in_units(text.parse().unwrap_or_default());
    let (time, default_time) = (said(value), said(default));
    let values: [(&str, &dyn Display); 6] = [
        meant[0],
        meant[1],
        ("value", &value),
        ("time", &time),
        ("default_time", &default_time),
        ("range", &range),
    ];
    say("rules_meaning_ms", &values)
}

/// Smallest and largest, a time in both units.
fn range(key: &str, least: u32, most: u32) -> String {
    if !key.ends_with("_ms") {
        return say("rules_range", &[("least", &least), ("most", &most)]);
    }
    let (least_time, most_time) = (in_units(least.into()), in_units(most.into()));
    let values: [(&str, &dyn Display); 4] = [("least", &least), ("most", &most), ("least_time", &least_time), ("most_time", &most_time)];
    say("rules_range_ms", &values)
}

/// Every rule and its value, as JSON; the keys are always the same.
fn listed(prefix: &str, json: &Value) -> Vec<(String, String)> {
    match json {
        Value::Object(rules) => rules
            .iter()
            .flat_map(|(name, value)| listed(&if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") }, value))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => vec![(prefix.to_owned(), json.to_string())],
    }
}

#[cfg(test)]
mod tests {
    use yunyiban_core::RULES;
    use yunyiban_protocol::HallId;

    use super::*;

    #[test]
    fn a_rule_is_changed_by_its_name_and_kept_in_its_kind() {
        let rules = changed(&HallRules::default(), &["timers.ring_ms=30000".into(), "handshake=false".into()]).unwrap();
        assert_eq!((rules.timers.ring_ms, rules.handshake), (30_000, false));
    }

    #[test]
    fn a_rule_nobody_knows_or_a_value_of_another_kind_changes_nothing() {
        for change in ["timers.ring=1", "timers.ring_ms=soon", "handshake", "timers=5"] {
            assert!(
                matches!(
                    changed(&HallRules::default(), &[change.into()]),
                    Err(Failure::BadRule { .. } | Failure::UnknownRule { .. })
                ),
                "{change}"
            );
        }
    }

    #[test]
    fn a_misspelt_rule_is_answered_with_the_nearest() {
        let told = changed(&HallRules::default(), &["timers.rings_ms=1".into()]);
        assert!(matches!(told, Err(Failure::UnknownRule { nearest, .. }) if nearest == "timers.ring_ms"));
    }

    #[test]
    fn queues_and_windows_are_set_whole_and_must_hold_together() {
        let queues = r#"queues=[{"id":"a","name":"综合"},{"id":"b","name":"社保医保","groups":["社会保险"]}]"#;
        let windows = |queue: &str| format!(r#"windows=[{{"window":"1","queues":[{{"queue":"{queue}","weight":3}}]}}]"#);
        let rules = changed(&HallRules::default(), &[queues.into(), windows("b")]).unwrap();
        assert_eq!((rules.queues.len(), rules.windows[0].queues[0].weight), (2, 3));
        let broken = [
            windows("b"),
            r#"queues=[{"id":"A1","name":"综合"}]"#.into(),
            r#"queues=[{"id":"a"}]"#.into(),
            r#"queues=[{"id":"a","name":"综合","hours":[{"from_day":1,"to_day":8,"from_minute":540,"to_minute":720}]}]"#.into(),
            r#"hours=[{"from_day":1,"to_day":5,"from_minute":720,"to_minute":540}]"#.into(),
            r#"windows=[{"window":"1","queues":[{"queue":"b","weight":3},{"queue":"b","weight":1}]}]"#.into(),
        ];
        for change in broken {
            assert!(matches!(changed(&HallRules::default(), &[change]), Err(Failure::BadRule { .. })));
        }
    }

    #[test]
    fn halls_to_refer_to_are_others_of_the_installation_and_named_once() {
        let rules = changed(&HallRules::default(), &[r#"hands_on_to=["laocheng"]"#.into()]).unwrap();
        assert_eq!(rules.unknown_hall(&[HallId::new("laocheng"), HallId::new("xincheng")]), None);
        let told = not_there(rules.unknown_hall(&[HallId::new("xincheng")]).unwrap()).sentence();
        assert!(
            told.contains("hands_on_to 里写了「laocheng」") && told.contains("可以写的有：xincheng"),
            "{told}"
        );
        let told = not_there(rules.unknown_hall(&[]).unwrap()).sentence();
        assert!(told.contains("没有别的大厅"), "{told}");
        for twice in [r#"hands_on_to=["laocheng","laocheng"]"#, r#"hands_on_to=[""]"#, "hands_on_to=laocheng"] {
            assert!(matches!(changed(&HallRules::default(), &[twice.into()]), Err(Failure::BadRule { .. })));
        }
    }

    #[test]
    fn every_rule_is_listed_with_its_unit_in_its_name() {
        let lines = listed("", &as_json(&HallRules::default()));
        assert!(lines.contains(&("timers.ring_ms".into(), "20000".into())));
        assert!(lines.contains(&("handshake".into(), "true".into())));
    }

    #[test]
    fn a_number_the_hall_would_not_work_with_is_told_with_its_range() {
        let told = changed(&HallRules::default(), &["timers.ring_ms=0".into()]).unwrap_err().sentence();
        assert!(
            told.contains("timers.ring_ms 不能是 0") && told.contains("5000–300000 毫秒，就是 5 秒到 5 分"),
            "{told}"
        );
        let told = changed(&HallRules::default(), &["max_live_visits=0".into()]).unwrap_err().sentence();
        assert!(told.contains("max_live_visits 不能是 0") && told.contains("1–100000"), "{told}");
    }

    #[test]
    fn what_is_audited_says_what_a_number_was_before_each_change_and_what_a_list_is() {
        let changes = ["timers.ring_ms=30000", "queues=[]", "timers.ring_ms=40000"].map(String::from);
        assert_eq!(
            audit_rows(&HallRules::default(), &changes).unwrap(),
            [
                "rule_changed timers.ring_ms 20000 30000",
                "rule_changed queues []",
                "rule_changed timers.ring_ms 30000 40000"
            ]
        );
    }

    #[test]
    fn two_numbers_that_contradict_are_told_by_name_once_all_changes_are_made() {
        let alone = changed(&HallRules::default(), &["timers.ring_ms=90000".into()]).unwrap_err().sentence();
        assert!(
            alone.contains("timers.ring_ms") && alone.contains("timers.ring_total_ms 是 60000"),
            "{alone}"
        );
        let both = ["timers.ring_ms=90000", "timers.ring_total_ms=180000"].map(String::from);
        assert!(changed(&HallRules::default(), &both).is_ok());
    }

    #[test]
    fn a_time_is_explained_in_milliseconds_and_in_the_units_people_count_in() {
        let units = text::rule_units();
        assert_eq!(
            explained("timers.wrap_up_ms", "收尾时间", &units, ("90000", "60000")),
            "收尾时间（毫秒）。90000 毫秒 = 1 分 30 秒。默认 60000 毫秒 = 1 分。可以是 10000–3600000 毫秒，就是 10 秒到 1 小时。"
        );
        assert_eq!(
            explained("pick_first", "前几位", &units, ("10", "10")),
            "前几位（位）。默认 10。可以是 0–30。"
        );
        assert_eq!(
            explained("handshake", "先问", &units, ("true", "true")),
            "先问，true 或 false。默认 true。"
        );
        assert_eq!(explained("queues", "队列", &units, ("[]", "[]")), "队列。默认 []。");
    }

    #[test]
    fn every_rule_is_explained_with_its_unit_and_nothing_else_is() {
        let keys: Vec<String> = listed("", &as_json(&HallRules::default())).into_iter().map(|(key, _)| key).collect();
        let words = text::rules();
        assert_eq!(words.keys().cloned().collect::<Vec<_>>(), keys);
        let counted = RULES
            .iter()
            .filter(|rule| matches!(rule.allowed, Allowed::Number { .. }) && !rule.name.ends_with("_ms"));
        let counted: Vec<String> = counted.map(|rule| rule.name.to_owned()).collect();
        assert_eq!(text::rule_units().keys().cloned().collect::<Vec<_>>(), counted);
    }
}
