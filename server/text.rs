//! Sentences of the command line, from the same files the pages read: `web/locales/zh-CN/cli.json`, embedded.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

static SENTENCES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file = include_str!("../web/locales/zh-CN/cli.json");
    serde_json::from_str(file).expect("cli.json is one object of sentences; `cargo test` reads it")
});

/// The sentence of `key` with every `{name}` filled in. A key without a sentence is said as it is.
pub fn say(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut sentence = SENTENCES.get(key).cloned().unwrap_or_else(|| key.to_owned());
    for (name, value) in values {
        sentence = sentence.replace(&format!("{{{name}}}"), &value.to_string());
    }
    sentence
}

/// Every sentence by key.
pub fn sentences() -> &'static BTreeMap<String, String> {
    &SENTENCES
}
