//! `rules`: shows the rules of a hall, and changes some of them.

use std::fmt::Display;

use clap::Args;
use serde_json::Value;
use yunyiban_core::HallRules;
use yunyiban_core::order::UnknownName;
use yunyiban_protocol::{Timestamp, WindowId};

use super::staff::{audit, one_hall};
use crate::archive;
use crate::config::Config;
use crate::config::read::nearest;
use crate::failure::Failure;
use crate::text::{self, say, tell};

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
    /// [`Failure::UnknownRule`], [`Failure::BadRule`] for a value of another kind, [`Failure::UnknownName`] for a window, item, group
    /// or skill the hall does not have, [`Failure::NoHall`], what
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
        if !self.changes.is_empty() {
            store.put_rules(&hall, &rules).await.map_err(told)?;
            audit(&store, &hall, &format!("rules_changed {}", self.changes.join(" ")), config).await?;
        }
        print(&rules);
        if !self.changes.is_empty() {
            tell(&say("rules_changed", &[("hall", &hall)]));
        }
        Ok(())
    }
}

/// The rules with the changes made, each of the kind the rule had.
fn changed(rules: &HallRules, changes: &[String]) -> Result<HallRules, Failure> {
    let mut json = as_json(rules);
    for change in changes {
        let (key, text) = change.split_once('=').unwrap_or((change, ""));
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
        let value = if place.is_string() {
            Value::String(text.to_owned())
        } else {
            serde_json::from_str(text).map_err(|_| bad())?
        };
        *place = value;
        serde_json::from_value::<HallRules>(json.clone()).map_err(|_| bad())?;
    }
    let rules: HallRules = serde_json::from_value(json).map_err(|cause| Failure::System { reason: cause.to_string() })?;
    match rules.broken_order_rule() {
        None => Ok(rules),
        Some(key) => Err(Failure::BadRule {
            key: key.to_owned(),
            value: as_json(&rules).get(key).map(Value::to_string).unwrap_or_default(),
        }),
    }
}

/// Whether a change is of a rule that names windows, items, groups or skills. Others do not wait for a catalogue to be mended.
fn names_others(change: &str) -> bool {
    ["queues", "skills", "windows"].iter().any(|rule| change.starts_with(rule))
}

fn not_there(unknown: UnknownName) -> Failure {
    let UnknownName { rule, name, known } = unknown;
    let shown: Vec<&str> = known.iter().take(MOST_NAMES).map(String::as_str).collect();
    let known = match known.len() {
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

/// `timers.ring_ms = 30000`, and below it what that is, its unit and what it would be by itself.
fn print(rules: &HallRules) {
    let words = text::rules();
    let defaults = listed("", &as_json(&HallRules::default()));
    for ((key, value), (_, default)) in listed("", &as_json(rules)).iter().zip(&defaults) {
        let meaning = words.get(key).unwrap_or(key);
        tell(&format!("{key} = {value}\n    {}", explained(key, meaning, value, default)));
    }
}

/// What a rule says, and what it would be by itself; a time also in the units people count in.
fn explained(key: &str, meaning: &str, value: &str, default: &str) -> String {
    let times = key.ends_with("_ms").then(|| Some((value.parse().ok()?, default.parse().ok()?)));
    match times.flatten() {
        None => say("rules_meaning", &[("meaning", &meaning), ("default", &default)]),
        Some((time, by_itself)) => {
            let (time, default_time) = (in_units(time), in_units(by_itself));
            let values: [(&str, &dyn Display); 5] = [
                ("meaning", &meaning),
                ("value", &value),
                ("time", &time),
                ("default", &default),
                ("default_time", &default_time),
            ];
            say("rules_meaning_ms", &values)
        }
    }
}

/// Milliseconds as people say them: 「1 分 30 秒」.
fn in_units(millis: u64) -> String {
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
            r#"windows=[{"window":"1","queues":[{"queue":"b","weight":3},{"queue":"b","weight":1}]}]"#.into(),
        ];
        for change in broken {
            assert!(matches!(changed(&HallRules::default(), &[change]), Err(Failure::BadRule { .. })));
        }
    }

    #[test]
    fn every_rule_is_listed_with_its_unit_in_its_name() {
        let lines = listed("", &as_json(&HallRules::default()));
        assert!(lines.contains(&("timers.ring_ms".into(), "20000".into())));
        assert!(lines.contains(&("handshake".into(), "true".into())));
    }

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
        let told = explained("timers.wrap_up_ms", "收尾时间（毫秒）", "90000", "60000");
        assert_eq!(told, "收尾时间（毫秒）。90000 毫秒 = 1 分 30 秒。默认 60000 毫秒 = 1 分。");
        assert_eq!(explained("pick_first", "前几位（位）", "10", "10"), "前几位（位）。默认 10。");
    }

    #[test]
    fn every_rule_is_explained_with_its_unit_and_nothing_else_is() {
        let keys: Vec<String> = listed("", &as_json(&HallRules::default())).into_iter().map(|(key, _)| key).collect();
        let words = text::rules();
        assert_eq!(words.keys().cloned().collect::<Vec<_>>(), keys);
        let timed = words.iter().filter(|(key, _)| key.ends_with("_ms"));
        let without: Vec<_> = timed.filter(|(_, meaning)| !meaning.ends_with("（毫秒）")).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
