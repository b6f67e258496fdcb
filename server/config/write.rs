//! Writing a configuration: the commented example with other values.

use super::Config;

/// Every key with its comment, as `init` leaves it for the operator.
pub fn commented(config: &Config) -> String {
    let table = toml::Table::try_from(config).expect("a configuration is plain values under string keys");
    let mut section = "";
    let mut text = String::new();
    for line in include_str!("../../deploy/yunyiban.example.toml").lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let key = line.split_once(" = ").map(|(key, _)| key).filter(|key| !key.starts_with('#'));
        match key.and_then(|key| table.get(section)?.get(key).map(|value| (key, value))) {
            Some((key, value)) => text.push_str(&format!("{key} = {}", value)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}
