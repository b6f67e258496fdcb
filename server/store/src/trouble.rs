//! What an engine can say, as the port's failures.

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::HallId;

use crate::guards;

/// Why a script or a query was not done. Can be told to several who shared a transaction.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A fence gave back no row.
    NotOwner,
    /// A guard stopped it.
    Guard(String),
    /// No room on the disk.
    Full,
    /// Anything else, in the engine's words.
    Engine(EngineWord),
}

/// The engine's message without the detail, which repeats stored values.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineWord(pub(crate) String);

impl Trouble {
    /// In words of ours, for trouble no engine told.
    pub(crate) fn told(text: impl Into<String>) -> Self {
        Trouble::Engine(EngineWord(text.into()))
    }

    /// As the port names it.
    pub(crate) fn failure(self, hall: &HallId, doing: impl Into<String>) -> StoreFailure {
        match self {
            Trouble::NotOwner => StoreFailure::NotOwner { hall: hall.clone() },
            Trouble::Guard(constraint) => StoreFailure::Guard {
                hall: hall.clone(),
                constraint,
            },
            Trouble::Full => StoreFailure::Full { doing: doing.into() },
            Trouble::Engine(word) => StoreFailure::Unavailable {
                doing: doing.into(),
                cause: word.into(),
            },
        }
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        let Some(told) = error.as_database_error() else {
            return Trouble::told(error.to_string());
        };
        if let Some(error) = told.try_downcast_ref::<PgDatabaseError>() {
            postgres_trouble(error)
        } else if told.try_downcast_ref::<SqliteError>().is_some() {
            sqlite_trouble(told.code().as_deref().unwrap_or_default(), told.message())
        } else {
            Trouble::told(told.message())
        }
    }
}

/// SQLSTATE classes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres_trouble(error: &PgDatabaseError) -> Trouble {
    const UNIQUE_VIOLATION: &str = "23505";
    const DISK_FULL: &str = "53100";
    match (error.code(), error.constraint()) {
        (DISK_FULL, _) => Trouble::Full,
        (UNIQUE_VIOLATION, Some(name)) => Trouble::Guard(guards::by_name(name).map_or(name, |guard| guard.name).into()),
        _ => Trouble::told(error.message()),
    }
}

/// Result codes: <https://www.sqlite.org/rescode.html>. The lowest byte is the primary code.
fn sqlite_trouble(code: &str, message: &str) -> Trouble {
    const FULL: i32 = 13;
    // What readers and writers share lies on the same disk, also when nothing is written.
    const NO_ROOM_TO_SHARE: i32 = 10 | (19 << 8);
    const UNIQUE: &str = "UNIQUE constraint failed: ";
    let extended = code.parse::<i32>().unwrap_or(0);
    let primary = extended & 0xff;
    match message.strip_prefix(UNIQUE) {
        Some(columns) => Trouble::Guard(guards::by_columns(columns).map_or(columns, |guard| guard.name).into()),
        None if primary == FULL || extended == NO_ROOM_TO_SHARE => Trouble::Full,
        None => Trouble::told(message),
    }
}
