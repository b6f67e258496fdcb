//! Opening the archive a setting names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use yunyiban_app::ports::store::Store;
use yunyiban_protocol::Sensitive;

use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::trouble::EngineWord;

/// Why an archive could not be opened, copied or restored. Each says what to do; none shows a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// Neither engine is named.
    #[error("the archive must be named `sqlite:<path of a file>` or `postgres://<user>@<host>/<database>`")]
    Unnamed,
    /// Another process has the file.
    #[error("{} is served by another process: stop that one first, or name another file", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// A file must not be there yet.
    #[error("{} exists already: name a new file, or move this one away", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder cannot be used.
    #[error("{} cannot be used: see that its folder exists and belongs to this user", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's word.
        #[source]
        cause: io::Error,
    },
    /// The database cannot be reached or refuses us.
    #[error("the database cannot be opened: see that it runs and that user, password and name are right")]
    Unreachable {
        /// The engine's word.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer program has been here.
    #[error("the archive was written by a newer program (schema {version}): use that one, or restore an older backup")]
    Newer {
        /// The first migration this program does not know.
        version: i64,
    },
    /// A migration failed; the archive is as it was before that migration.
    #[error("the archive could not be brought to this program's schema")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The file is no archive, or a broken one.
    #[error("{} is damaged: restore a backup ({word})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check found first.
        word: String,
    },
}

/// Opens the archive `url` names, brings it to this program's schema, and makes this process the one that may own halls.
///
/// `sqlite:<path>` (made if missing) or `postgres://…`.
///
/// # Errors
/// See [`OpenFailure`]; nothing has changed but migrations that came through.
pub async fn open(url: &Sensitive<String>) -> Result<Arc<dyn Store>, OpenFailure> {
    match Engine::of(url)? {
        Engine::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path).await?)),
        Engine::Postgres => Ok(Arc::new(PostgresStore::connect(url).await?)),
    }
}

/// Opens an existing archive beside a server that may be running: for backups, checks and accounts.
/// Migrates nothing and cannot take halls over.
///
/// # Errors
/// See [`OpenFailure`].
pub async fn open_beside(url: &Sensitive<String>) -> Result<Arc<dyn Store>, OpenFailure> {
    match Engine::of(url)? {
        Engine::Sqlite(path) => Ok(Arc::new(SqliteStore::open_beside(path).await?)),
        Engine::Postgres => Ok(Arc::new(PostgresStore::connect_beside(url).await?)),
    }
}

/// Whether a server has this archive open. Changes nothing, and keeps no server from beginning.
///
/// # Errors
/// See [`OpenFailure`].
pub async fn is_served(url: &Sensitive<String>) -> Result<bool, OpenFailure> {
    match Engine::of(url)? {
        Engine::Sqlite(path) => crate::sqlite::is_served(path),
        Engine::Postgres => crate::postgres::is_served(url).await,
    }
}

enum Engine<'a> {
    Sqlite(&'a Path),
    Postgres,
}

impl<'a> Engine<'a> {
    fn of(url: &'a Sensitive<String>) -> Result<Self, OpenFailure> {
        let url = url.reveal();
        if let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            Ok(Engine::Sqlite(Path::new(path.strip_prefix("//").unwrap_or(path))))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Engine::Postgres)
        } else {
            Err(OpenFailure::Unnamed)
        }
    }
}

pub(crate) fn unreachable(error: sqlx::Error) -> OpenFailure {
    OpenFailure::Unreachable {
        cause: Box::new(EngineWord(error.to_string())),
    }
}
