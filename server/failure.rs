//! What can go wrong for a person at the terminal. `Display` is for the log; the person gets the sentence of
//! the code from `web/locales/zh-CN/cli.json`: what happened, and what to do.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
    /// A rule of a hall nobody knows.
    #[error("unknown rule {key}, nearest is {nearest}")]
    UnknownRule {
        /// As written.
        key: String,
        /// The known rule most like it.
        nearest: String,
    },
    /// A rule of a hall cannot be this.
    #[error("rule {key} cannot be {value}")]
    BadRule {
        /// Which.
        key: String,
        /// As written.
        value: String,
    },
    /// A number of a hall's rules that the hall would not work with.
    #[error("rule {key} cannot be {value}, only {range}")]
    RuleOutOfRange {
        /// Which.
        key: String,
        /// As written.
        value: String,
        /// Smallest and largest in words.
        range: String,
    },
    /// Two numbers of a hall's rules of which one is a part of the other, and longer.
    #[error("rule {key} cannot be {value} while {other} is {other_value}")]
    RuleContradicts {
        /// Which.
        key: String,
        /// As it would be.
        value: String,
        /// The other.
        other: String,
        /// What that is.
        other_value: String,
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
    /// A name in a hall's rules that the hall does not have.
    #[error("rule {key} names {name}, which the hall does not have")]
    UnknownName {
        /// The rule.
        key: String,
        /// The name.
        name: String,
        /// Some of those it has, and how many more.
        known: String,
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
    /// A flag that has no default, where nobody can be asked.
    #[error("{flag} is missing")]
    FlagMissing {
        /// The flag.
        flag: &'static str,
    },
    /// A flag whose value is not understood.
    #[error("{flag} cannot be {value}")]
    BadFlag {
        /// The flag.
        flag: &'static str,
        /// As given.
        value: String,
    },
    /// This machine has no address on a network.
    #[error("no route to any network")]
    NoNetwork {},
    /// What must be new is there already.
    #[error("{path} exists already")]
    Exists {
        /// File or folder.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("reading {path}: {reason}")]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        reason: String,
    },
    /// A file or folder cannot be written.
    #[error("writing {path}: {reason}")]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        reason: String,
    },
    /// The disk is full.
    #[error("no room on the disk while {doing}")]
    DiskFull {
        /// What was being done.
        doing: String,
    },
    /// Certificate or key cannot be used.
    #[error("certificate {certificate}, key {key}: {reason}")]
    Certificate {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process has the database.
    #[error("database {url} is in use by another process")]
    DatabaseLocked {
        /// The database.
        url: String,
        /// How the other one is stopped, in words.
        stop: String,
    },
    /// There is no database file yet.
    #[error("database file {path} does not exist")]
    DatabaseMissing {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote the database.
    #[error("the database has schema {version}, newer than this program's")]
    DatabaseNewer {
        /// The first migration this program does not know.
        version: i64,
    },
    /// The database file is damaged.
    #[error("database file {path} is damaged: {word}")]
    DatabaseDamaged {
        /// The file.
        path: PathBuf,
        /// What the check found first.
        word: String,
    },
    /// The database cannot be opened or answers with an error.
    #[error("database {url}: {reason}")]
    Database {
        /// The database.
        url: String,
        /// Every cause in turn.
        reason: String,
    },
    /// The hall exists already.
    #[error("hall {hall} exists already")]
    HallExists {
        /// The hall.
        hall: String,
    },
    /// No such hall.
    #[error("no hall {hall}")]
    NoHall {
        /// The hall.
        hall: String,
        /// Those there are.
        halls: String,
    },
    /// The sign-in name is taken.
    #[error("sign-in name {name} is taken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// No account has this name.
    #[error("no account named {name}")]
    NoAccount {
        /// The name.
        name: String,
    },
    /// A catalogue that is not taken.
    #[error("catalogue {path}: {reason}")]
    Catalogue {
        /// The file.
        path: PathBuf,
        /// Which item, which rule.
        reason: String,
    },
    /// A table of special days that is not taken.
    #[error("calendar {path}: line {line}: {value}")]
    Calendar {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What cannot be read there.
        value: String,
    },
    /// A backup that is not whole.
    #[error("backup {path}: {reason}")]
    BrokenBackup {
        /// The backup.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What only the embedded database does.
    #[error("{url} is not an SQLite file")]
    OnlySqlite {
        /// The database.
        url: String,
    },
    /// The relay could not begin.
    #[error("starting the relay: {reason}")]
    Relay {
        /// Why.
        reason: String,
    },
    /// The house could not open.
    #[error("opening the house: {reason}")]
    House {
        /// Every cause in turn.
        reason: String,
    },
    /// The operating system refused something that always works.
    #[error("the system: {reason}")]
    System {
        /// Its word.
        reason: String,
    },
}

impl Failure {
    /// A file operation that failed while writing `path`.
    pub fn writing(path: &Path, cause: &std::io::Error) -> Self {
        if matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            Failure::DiskFull {
                doing: path.display().to_string(),
            }
        } else if cause.kind() == ErrorKind::AlreadyExists {
            Failure::Exists { path: path.into() }
        } else {
            Failure::Unwritable {
                path: path.into(),
                reason: cause.to_string(),
            }
        }
    }

    /// A file operation that failed while reading `path`.
    pub fn reading(path: &Path, cause: &std::io::Error) -> Self {
        Failure::Unreadable {
            path: path.into(),
            reason: cause.to_string(),
        }
    }

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

/// A failure and everything that caused it, outermost first.
pub fn causes(failure: &dyn std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut next = failure.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
