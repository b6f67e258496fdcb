//! Reading the configuration: file, environment, and what is wrong with either.

use std::path::Path;

use toml::{Table, Value};
use yunyiban_edge::Network;

use super::Config;
use crate::failure::Failure;

/// Prefix of environment overrides: `YUNYIBAN_SERVER__LISTEN` is `server.listen`.
const PREFIX: &str = "YUNYIBAN_";

/// Shortest key of a signature, characters.
const SHORTEST_SECRET: usize = 16;

/// The file, when one is named, then the environment on top, then the checks no single key can see.
///
/// # Errors
/// [`Failure::ConfigMissing`], [`Failure::ConfigUnreadable`], [`Failure::UnknownKey`],
/// [`Failure::BadValue`], [`Failure::PlainHttp`].
pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Config, Failure> {
    let known = defaults();
    let mut table = match file {
        Some(path) => read_file(path)?,
        None => Table::new(),
    };
    for key in leaves(&table) {
        if find(&known, &key).is_none() {
            return Err(unknown(&key, &known));
        }
    }
    for (name, text) in environment {
        if let Some(rest) = name.strip_prefix(PREFIX) {
            let key = rest.to_lowercase().replace("__", ".");
            let Some(default) = find(&known, &key) else {
                return Err(Failure::UnknownVariable {
                    name,
                    nearest: variable(&nearest(&key, leaves(&known))),
                });
            };
            let value = typed(&text, default).ok_or(Failure::BadValue { key: name, value: text })?;
            put(&mut table, &key, value);
        }
    }
    let config = Config::deserialize_table(table)?;
    check(&config)?;
    Ok(config)
}

/// The defaults as a table: at once the list of all keys.
pub fn defaults() -> Table {
    Table::try_from(Config::default()).expect("the default configuration is plain values under string keys")
}

/// Every `section.key` of a table, in order.
pub fn leaves(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (section, value) in table {
        match value.as_table() {
            Some(inner) => keys.extend(inner.keys().map(|key| format!("{section}.{key}"))),
            None => keys.push(section.clone()),
        }
    }
    keys
}

impl Config {
    fn deserialize_table(table: Table) -> Result<Self, Failure> {
        table.clone().try_into().map_err(|error: toml::de::Error| {
            // The library names the key in its last line; the value shown is what the person wrote there.
            let said = error.to_string();
            let key = said.split('`').rev().nth(1).unwrap_or_default().to_owned();
            let value = find(&table, &key).map_or_else(|| error.message().to_owned(), Value::to_string);
            Failure::BadValue { key, value }
        })
    }
}

fn read_file(path: &Path) -> Result<Table, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| {
        if cause.kind() == std::io::ErrorKind::NotFound {
            Failure::ConfigMissing { path: path.into() }
        } else {
            Failure::ConfigUnreadable {
                path: path.into(),
                reason: cause.to_string(),
            }
        }
    })?;
    text.parse().map_err(|cause: toml::de::Error| Failure::ConfigUnreadable {
        path: path.into(),
        reason: cause.to_string(),
    })
}

fn find<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (section, name) = key.split_once('.')?;
    table.get(section)?.as_table()?.get(name)
}

fn put(table: &mut Table, key: &str, value: Value) {
    if let Some((section, name)) = key.split_once('.') {
        let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(inner) = inner.as_table_mut() {
            inner.insert(name.into(), value);
        }
    }
}

/// An environment text as the type its default has; lists are separated by commas.
fn typed(text: &str, default: &Value) -> Option<Value> {
    Some(match default {
        Value::String(_) => Value::String(text.into()),
        Value::Integer(_) => Value::Integer(text.trim().parse().ok()?),
        Value::Boolean(_) => Value::Boolean(text.trim().parse().ok()?),
        Value::Array(_) => Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| part.into())
                .collect(),
        ),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => return None,
    })
}

fn unknown(key: &str, known: &Table) -> Failure {
    Failure::UnknownKey {
        key: key.into(),
        nearest: nearest(key, leaves(known)),
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// The known key with the fewest letters to change.
pub fn nearest(key: &str, known: impl IntoIterator<Item = String>) -> String {
    known.into_iter().min_by_key(|candidate| distance(key, candidate)).unwrap_or_default()
}

/// Levenshtein's distance: letters inserted, removed or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// What no single key can see.
fn check(config: &Config) -> Result<(), Failure> {
    let reachable = !config.server.listen.ip().is_loopback();
    if reachable && !config.serves_https() && !config.tls.plain_http_behind_proxy {
        return Err(Failure::PlainHttp {
            listen: config.server.listen,
        });
    }
    for origin in &config.server.public_origins {
        if !is_origin(origin) {
            return Err(Failure::BadValue {
                key: "server.public_origins".into(),
                value: origin.clone(),
            });
        }
    }
    let is_network = |text: &String| text.parse::<Network>().is_ok();
    if let Some(text) = config.limits.blocked_networks.iter().find(|text| !is_network(text)) {
        return Err(Failure::BadValue {
            key: "limits.blocked_networks".into(),
            value: text.clone(),
        });
    }
    let notices = &config.notices;
    if !notices.webhook.is_empty() && notices.secret.reveal().chars().count() < SHORTEST_SECRET {
        return Err(Failure::BadValue {
            key: "notices.secret".into(),
            value: notices.secret.to_string(),
        });
    }
    if !config.store.url.starts_with("sqlite:") && !config.store.url.starts_with("postgres:") {
        return Err(Failure::BadValue {
            key: "store.url".into(),
            value: config.store.url.clone(),
        });
    }
    Ok(())
}

/// Whether the text is `http[s]://host[:port]` with nothing behind it.
pub fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@', '*']))
}
