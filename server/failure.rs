//! What can go wrong for a person at the terminal. `Display` is for the log; the person gets the sentence of
//! the code from `web/locales/zh-CN/cli.json`: what happened, and what to do.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::text;

/// Serialised, a failure is its code and the values of its sentence.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Failure {
    /// The file named does not exist.
    #[error("configuration file {path} does not exist")]
    ConfigMissing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or is not TOML.
    #[error("reading configuration file {path}: {reason}")]
    ConfigUnreadable {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A key nobody knows.
    #[error("unknown configuration key {key}, nearest is {nearest}")]
    UnknownKey {
        /// As written.
        key: String,
        /// The known key most like it.
        nearest: String,
    },
    /// An environment variable with our prefix that names no key.
    #[error("unknown environment variable {name}, nearest is {nearest}")]
    UnknownVariable {
        /// As set.
        name: String,
        /// The known one most like it.
        nearest: String,
    },
    /// A value of the wrong kind or out of range.
    #[error("configuration key {key} cannot be {value}")]
    BadValue {
        /// The key or variable.
        key: String,
        /// As written.
        value: String,
    },
    /// Plain HTTP where others could listen in.
    #[error("plain HTTP on {listen}, which others can reach")]
    PlainHttp {
        /// The address.
        listen: SocketAddr,
    },
    /// Another program has the port.
    #[error("port {address} ({what}) is in use")]
    PortInUse {
        /// Which of ours: `server.listen`, `media.listen`.
        what: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("listening on {address} ({what}): {reason}")]
    PortRefused {
        /// Which of ours.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's word.
        reason: String,
    },
}

impl Failure {
    /// The sentence for a person.
    pub fn sentence(&self) -> String {
        let (code, values) = self.parts();
        let values: Vec<(&str, &dyn std::fmt::Display)> = values
            .iter()
            .map(|(name, value)| (name.as_str(), value as &dyn std::fmt::Display))
            .collect();
        text::say(&code, &values)
    }

    fn parts(&self) -> (String, Vec<(String, String)>) {
        let serde_json::Value::Object(mut fields) = serde_json::to_value(self).unwrap_or_default() else {
            return (String::new(), Vec::new());
        };
        let plain = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let code = fields.remove("code").map(plain).unwrap_or_default();
        (code, fields.into_iter().map(|(name, value)| (name, plain(value))).collect())
    }
}
