//! The rules of a hall as a row keeps them: what differs from the defaults and nothing else, so that a program of before, which does
//! not know the newest rules, still opens the hall as long as nobody has set one of those.

use serde_json::{Map, Value};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::HallRules;

/// What differs from the defaults, as JSON. A default that changes with the program reaches every hall that never set the rule.
pub(crate) fn written(rules: &HallRules) -> String {
    let all = as_json(rules);
    differing(&all, &as_json(&HallRules::default()))
        .unwrap_or_else(|| Value::Object(Map::new()))
        .to_string()
}

/// The rules a row keeps. A rule this program does not know, of a later program or one that went, is passed over and logged: the
/// hall opens. Whoever sets rules is told instead.
pub(crate) fn read(text: &str) -> Result<HallRules, StoreFailure> {
    let unreadable = |cause: serde_json::Error| StoreFailure::Unreadable(format!("the hall's rules: {cause}"));
    let mut rules: Value = serde_json::from_str(text).map_err(unreadable)?;
    let mut unknown = Vec::new();
    pass_over(&mut rules, &as_json(&HallRules::default()), "", &mut unknown);
    for rule in unknown {
        tracing::warn!(rule, "rule {rule} is not known to this program and does not apply");
    }
    serde_json::from_value(rules).map_err(unreadable)
}

fn as_json(rules: &HallRules) -> Value {
    serde_json::to_value(rules).expect("rules are numbers, words and lists")
}

/// What of `value` is not what it is in `default`; `None` when nothing is.
fn differing(value: &Value, default: &Value) -> Option<Value> {
    let (Value::Object(value), Value::Object(default)) = (value, default) else {
        return (value != default).then(|| value.clone());
    };
    let own = |(name, value): (&String, &Value)| {
        let rest = default.get(name).map_or_else(|| Some(value.clone()), |default| differing(value, default));
        rest.map(|rest| (name.clone(), rest))
    };
    let own: Map<String, Value> = value.iter().filter_map(own).collect();
    (!own.is_empty()).then_some(Value::Object(own))
}

/// Takes out what `known` does not name, and gives its keys.
fn pass_over(rules: &mut Value, known: &Value, above: &str, unknown: &mut Vec<String>) {
    let (Value::Object(rules), Value::Object(known)) = (rules, known) else {
        return;
    };
    rules.retain(|name, value| {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match known.get(name) {
            Some(known) => pass_over(value, known, &key, unknown),
            None => unknown.push(key),
        }
        known.contains_key(name)
    });
}

#[cfg(test)]
mod tests {
    use yunyiban_core::Timers;

    use super::*;

    #[test]
    fn a_row_holds_what_differs_from_the_defaults_so_that_an_older_program_reads_it() {
        assert_eq!(written(&HallRules::default()), "{}");
        let rules = HallRules {
            handshake: false,
            timers: Timers {
                ring_ms: 30_000,
                ..Timers::default()
            },
            ..HallRules::default()
        };
        assert_eq!(written(&rules), r#"{"handshake":false,"timers":{"ring_ms":30000}}"#);
        assert_eq!(read(&written(&rules)).unwrap(), rules);
    }

    #[test]
    fn a_row_of_before_that_holds_everything_is_read_as_ever() {
        let rules = HallRules {
            max_live_visits: 7,
            ..HallRules::default()
        };
        assert_eq!(read(&as_json(&rules).to_string()).unwrap(), rules);
    }

    #[test]
    fn a_rule_that_went_or_is_of_a_later_program_does_not_close_the_hall() {
        let mut json = as_json(&HallRules::default());
        json["timers"]["max_wait_ms"] = 3_600_000.into();
        json["of_tomorrow"] = true.into();
        assert_eq!(read(&json.to_string()).unwrap(), HallRules::default());
    }

    #[test]
    fn a_value_of_another_kind_is_no_rule() {
        for text in [r#"{"timers":{"ring_ms":"soon"}}"#, r#"{"timers":5}"#, "rules"] {
            assert!(matches!(read(text), Err(StoreFailure::Unreadable(_))), "{text}");
        }
    }
}
