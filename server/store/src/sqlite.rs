//! The archive in one SQLite file: write-ahead log, every commit on the disk before it is told.
//!
//! One task owns the one connection that writes; a few others only read. A lock file beside the database tells a
//! second process that the first is alive, however it may end.

mod copy;
mod lock;
#[cfg(test)]
mod tests;
mod texts;
mod writer;

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use yunyiban_app::ports::store::StoreFailure;

use crate::engine::Engine;
use crate::migrations::migrate_sqlite;
use crate::open::OpenFailure;
use crate::sql::{Fields, Script, Statement, sqlite_arguments};
use crate::store::SqlStore;
use crate::trouble::{EngineWord, Trouble};

pub use copy::restore;
use lock::Lock;
use writer::Writer;

/// How long a statement waits for another process (a backup, an account set by hand) to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that only read. A hall's pages read little: its state is in memory.
const READERS: u32 = 2;

/// Pages each connection keeps, as `PRAGMA cache_size` takes it: 512 KiB, a quarter of SQLite's own default. The system
/// keeps the file in memory anyway, and a hall answers from its own.
const CACHE: &str = "-512";

/// The same of the one that writes: the pages a full batch changes, or it would write them out and read them back before the commit.
const WRITERS_CACHE: &str = "-2048";

/// From so many pages on the log is written into the file, four times SQLite's own default: with thousands in line each commit
/// touches other pages, and each of them is then written once for several commits. About 16 MiB of disk, more while something
/// long, such as a backup, is read.
const LOGGED_PAGES: &str = "4000";

/// The archive of a street hall.
pub type SqliteStore = SqlStore<Sqlite>;

/// A SQLite file with its writer and readers.
pub struct Sqlite {
    path: PathBuf,
    writer: Writer,
    readers: SqlitePool,
    /// Held while this process may own halls; the system lets go of it when the process ends, however it ends.
    lock: Option<Lock>,
}

/// Whether another process serves the file.
pub(crate) fn is_served(path: &Path) -> Result<bool, OpenFailure> {
    lock::is_held(path)
}

impl SqliteStore {
    /// Opens the file for a server, making it (readable by its user alone) if it is missing.
    ///
    /// # Errors
    /// [`OpenFailure::InUse`] when another process serves it; else see [`OpenFailure`].
    pub async fn open(path: &Path) -> Result<Self, OpenFailure> {
        Self::open_with(path, options(path)).await
    }

    async fn open_with(path: &Path, options: SqliteConnectOptions) -> Result<Self, OpenFailure> {
        let lock = Lock::take(path)?;
        make_private(path)?;
        let mut connection = connect(path, options).await?;
        migrate_sqlite(&mut connection).await?;
        Ok(Self {
            engine: Sqlite::new(path, connection, Some(lock)),
        })
    }

    /// Opens an existing file beside the server that may be using it.
    ///
    /// # Errors
    /// See [`OpenFailure`].
    pub async fn open_beside(path: &Path) -> Result<Self, OpenFailure> {
        let connection = connect(path, options(path)).await?;
        Ok(Self {
            engine: Sqlite::new(path, connection, None),
        })
    }
}

impl Sqlite {
    fn new(path: &Path, connection: SqliteConnection, lock: Option<Lock>) -> Self {
        let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(BUSY_TIMEOUT);
        let readers = readers.connect_lazy_with(reading(path).pragma("cache_size", CACHE));
        Self {
            path: path.into(),
            writer: Writer::start(connection),
            readers,
            lock,
        }
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn read(&self, query: Statement) -> Result<Vec<Fields>, Trouble> {
        let arguments = sqlite_arguments(query.values)?;
        let rows = sqlx::query_with(query.sql, arguments).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(Fields::Sqlite).collect())
    }

    async fn write(&self, script: Script) -> Result<Vec<Fields>, StoreFailure> {
        self.writer.write(script).await
    }

    async fn backup(&self, into: &Path) -> Result<(), StoreFailure> {
        copy::backup(&self.path, into).await
    }

    fn may_own(&self) -> bool {
        self.lock.is_some()
    }
}

async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<SqliteConnection, OpenFailure> {
    options.connect().await.map_err(|error| {
        let word = EngineWord(error.to_string());
        match Trouble::from(error) {
            Trouble::Full => no_room(path),
            Trouble::Engine(_) | Trouble::NotOwner | Trouble::Guard(_) => OpenFailure::Unreachable { cause: word.into() },
        }
    })
}

/// No room on the disk of this file.
fn no_room(path: &Path) -> OpenFailure {
    OpenFailure::File {
        path: path.into(),
        cause: io::ErrorKind::StorageFull.into(),
    }
}

/// How a connection that writes is opened. `synchronous=FULL` syncs the log at each commit: what is told is on the disk.
fn options(path: &Path) -> SqliteConnectOptions {
    reading(path)
        .read_only(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", WRITERS_CACHE)
        .pragma("wal_autocheckpoint", LOGGED_PAGES)
        // What a statement of many rows would need to undo itself alone lies in memory, not in a file of its own.
        .pragma("temp_store", "memory")
}

/// How a connection that only reads is opened: the file stays as it is.
fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

/// Makes the file with rights for its user alone; the log beside it takes the same. An existing file is left as it is.
fn make_private(path: &Path) -> Result<(), OpenFailure> {
    let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map(|_| ()).map_err(|cause| OpenFailure::File { path: path.into(), cause })
}
