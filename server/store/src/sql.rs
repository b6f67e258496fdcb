//! Statements and rows, the same for both engines: static text with `$n`, bound values, typed fields.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::{HallId, Timestamp};

/// A value bound to a statement. Each knows its type even when it is null: PostgreSQL asks.
#[derive(Clone, Debug)]
pub enum Value {
    /// `text`.
    Text(Option<String>),
    /// `bigint`.
    Number(Option<i64>),
    /// `boolean`.
    Flag(bool),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(text.into()))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.map(Into::into))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Some(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(Some(number.into()))
    }
}

impl From<Option<u32>> for Value {
    fn from(number: Option<u32>) -> Self {
        Value::Number(number.map(Into::into))
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Value::Number(Some(moment.as_millis()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(moment: Option<Timestamp>) -> Self {
        Value::Number(moment.map(Timestamp::as_millis))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

/// Values in the order of `$1`, `$2` …
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// JSON text of a value of ours.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own types have only string keys and always serialize")
}

/// The snake_case word of a plain enum, as it travels on the wire.
pub(crate) fn word(value: &impl Serialize) -> String {
    json(value).trim_matches('"').into()
}

/// One statement with its values.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text: never built at run time (T23).
    pub(crate) sql: &'static str,
    /// What is bound.
    pub(crate) values: Vec<Value>,
    /// It must give back a row, or the script's hall belongs to another owner.
    pub(crate) fences: bool,
}

impl Statement {
    /// A plain statement.
    pub(crate) fn new(sql: &'static str, values: Vec<Value>) -> Self {
        Self { sql, values, fences: false }
    }

    /// A statement that stops a stale owner by giving back no row.
    pub(crate) fn fence(sql: &'static str, values: Vec<Value>) -> Self {
        Self { sql, values, fences: true }
    }
}

/// Statements that are stored together or not at all. The rows of the last are the answer.
#[derive(Debug)]
pub struct Script {
    /// The hall written to; empty for what belongs to the whole house.
    pub(crate) hall: HallId,
    /// What is being done, for failures.
    pub(crate) doing: String,
    /// In order, at least one.
    pub(crate) statements: Vec<Statement>,
}

impl Script {
    /// For one hall.
    pub(crate) fn of_hall(hall: &HallId, doing: impl Into<String>, statements: Vec<Statement>) -> Self {
        Self {
            hall: hall.clone(),
            doing: doing.into(),
            statements,
        }
    }

    /// For the house.
    pub(crate) fn of_house(doing: impl Into<String>, statement: Statement) -> Self {
        Self {
            hall: HallId::new(""),
            doing: doing.into(),
            statements: vec![statement],
        }
    }
}

/// Values as SQLite takes them.
pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    add_all(&mut arguments, values, SqliteArguments::add, SqliteArguments::add, SqliteArguments::add)?;
    Ok(arguments)
}

/// Values as PostgreSQL takes them.
pub(crate) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    add_all(&mut arguments, values, PgArguments::add, PgArguments::add, PgArguments::add)?;
    Ok(arguments)
}

/// Why a value could not be encoded.
type Encoding = Result<(), sqlx::error::BoxDynError>;

fn add_all<A>(
    arguments: &mut A,
    values: Vec<Value>,
    text: impl Fn(&mut A, Option<String>) -> Encoding,
    number: impl Fn(&mut A, Option<i64>) -> Encoding,
    flag: impl Fn(&mut A, bool) -> Encoding,
) -> Result<(), sqlx::Error> {
    for value in values {
        let added = match value {
            Value::Text(value) => text(arguments, value),
            Value::Number(value) => number(arguments, value),
            Value::Flag(value) => flag(arguments, value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

/// One row of an answer, read by position.
pub enum Fields {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

/// Reads one column on either engine.
macro_rules! get {
    ($fields:expr, $index:expr, $kind:ty) => {
        match $fields {
            Fields::Sqlite(row) => row.try_get::<$kind, _>($index),
            Fields::Postgres(row) => row.try_get::<$kind, _>($index),
        }
        .map_err(|error| StoreFailure::Unreadable(error.to_string()))
    };
}

impl Fields {
    /// Text.
    pub(crate) fn text(&self, index: usize) -> Result<String, StoreFailure> {
        get!(self, index, String)
    }

    /// Text or null.
    pub(crate) fn maybe_text(&self, index: usize) -> Result<Option<String>, StoreFailure> {
        get!(self, index, Option<String>)
    }

    /// A count or number of ours, 0–2³²−1.
    pub(crate) fn count(&self, index: usize) -> Result<u32, StoreFailure> {
        u32::try_from(get!(self, index, i64)?).map_err(|_| StoreFailure::Unreadable(format!("column {index} is no count")))
    }

    /// A moment.
    pub(crate) fn moment(&self, index: usize) -> Result<Timestamp, StoreFailure> {
        Ok(Timestamp::from_millis(get!(self, index, i64)?))
    }

    /// A moment or null.
    pub(crate) fn maybe_moment(&self, index: usize) -> Result<Option<Timestamp>, StoreFailure> {
        Ok(get!(self, index, Option<i64>)?.map(Timestamp::from_millis))
    }

    /// A number or null.
    pub(crate) fn maybe_count(&self, index: usize) -> Result<Option<u32>, StoreFailure> {
        let number = get!(self, index, Option<i64>)?;
        number
            .map(|number| u32::try_from(number).map_err(|_| StoreFailure::Unreadable(format!("column {index} is no count"))))
            .transpose()
    }

    /// Yes or no.
    pub(crate) fn flag(&self, index: usize) -> Result<bool, StoreFailure> {
        get!(self, index, bool)
    }

    /// A value stored as JSON; `what` names it in a failure, whose text never shows the value.
    pub(crate) fn json<T: DeserializeOwned>(&self, index: usize, what: &str) -> Result<T, StoreFailure> {
        parse(&self.text(index)?, what)
    }

    /// A plain enum stored by its word.
    pub(crate) fn word<T: DeserializeOwned>(&self, index: usize, what: &str) -> Result<T, StoreFailure> {
        let text = self.text(index)?;
        serde_json::from_value(serde_json::Value::String(text)).map_err(|_| StoreFailure::Unreadable(format!("{what} has an unknown word")))
    }
}

/// Reads JSON of ours. The failure says where it broke, never what stood there.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreFailure> {
    serde_json::from_str(text).map_err(|error| {
        let kind = error.classify();
        StoreFailure::Unreadable(format!(
            "{what} is damaged or newer than this program ({kind:?} error at column {})",
            error.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sqlx takes a static text, or one that somebody swears to be safe. Nobody here swears (T23), but once: where the
    /// constants of a short script are joined, with nothing between them.
    #[test]
    fn no_statement_is_put_together_at_run_time() {
        let oaths = [
            concat!("Assert", "SqlSafe"),
            concat!("Query", "Builder"),
            concat!(".le", "ak()"),
            concat!("raw", "_sql"),
        ];
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    read += 1;
                    for oath in oaths {
                        let may = usize::from(oath == oaths[0] && path.ends_with("sqlite/texts.rs"));
                        let sworn = text.lines().filter(|line| line.contains(oath) && !line.starts_with("use ")).count();
                        assert_eq!(sworn, may, "{} in {}", oath, path.display());
                    }
                }
            }
        }
        assert!(read > 20, "the sources were found");
    }

    #[test]
    fn damage_is_told_without_the_value() {
        let told = parse::<u32>("\"李奶奶 13812345678\"", "a contact").unwrap_err().to_string();
        assert!(told.contains("a contact") && !told.contains("李奶奶") && !told.contains("138"), "{told}");
    }
}
