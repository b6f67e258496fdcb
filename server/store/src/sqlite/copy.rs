//! Backup and restore of a SQLite archive.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions, Connection, Row};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::HallId;

use super::{connect, lock::Lock, no_room, options, reading};
use crate::migrations::migrate_sqlite;
use crate::open::{OpenFailure, unreachable};
use crate::trouble::Trouble;

/// Copies the archive as it is at one moment into a new file, while the writer goes on.
pub(super) async fn backup(from: &Path, into: &Path) -> Result<(), StoreFailure> {
    let copied = match Unfinished::create(into) {
        Ok(target) => match copy_into(from, &target).await {
            Ok(()) => target.finish().map_err(told),
            Err(trouble) => Err(trouble),
        },
        Err(error) => Err(told(error)),
    };
    copied.map_err(|trouble| trouble.failure(&HallId::new(""), format!("copying the archive to {}", into.display())))
}

/// Makes the archive `to` from the backup `from`: checks every page and index, copies, and brings it to this program's schema.
///
/// # Errors
/// [`OpenFailure::Damaged`] or [`OpenFailure::Newer`] for a bad backup, [`OpenFailure::Exists`] when `to` is there,
/// [`OpenFailure::InUse`] when `to` is served; then `to` has not been made.
pub async fn restore(from: &Path, to: &Path) -> Result<(), OpenFailure> {
    let _lock = Lock::take(to)?;
    check(from).await?;
    let target = Unfinished::create(to).map_err(|cause| {
        if cause.kind() == io::ErrorKind::AlreadyExists {
            OpenFailure::Exists { path: to.into() }
        } else {
            OpenFailure::File { path: to.into(), cause }
        }
    })?;
    copy_into(from, &target).await.map_err(|trouble| match trouble {
        Trouble::Engine(word) => OpenFailure::Unreachable { cause: word.into() },
        Trouble::Full => no_room(to),
        Trouble::NotOwner | Trouble::Guard(_) => OpenFailure::Damaged {
            path: from.into(),
            word: "a guard is broken".into(),
        },
    })?;
    let mut connection = connect(to, options(to)).await?;
    migrate_sqlite(&mut connection).await?;
    connection.close().await.map_err(unreachable)?;
    target.finish().map_err(|cause| OpenFailure::File { path: to.into(), cause })
}

async fn check(path: &Path) -> Result<(), OpenFailure> {
    let damaged = |word: String| OpenFailure::Damaged { path: path.into(), word };
    let mut connection = reading(path).connect().await.map_err(unreachable)?;
    let found = sqlx::query("pragma integrity_check(1)").fetch_one(&mut connection).await;
    let word: String = found.and_then(|row| row.try_get(0)).map_err(|error| damaged(error.to_string()))?;
    if word == "ok" { Ok(()) } else { Err(damaged(word)) }
}

async fn copy_into(from: &Path, target: &Unfinished) -> Result<(), Trouble> {
    let name = target.path.to_str().ok_or_else(|| Trouble::told("the file's name is not UTF-8"))?;
    let mut connection = reading(from).connect().await?;
    sqlx::query("vacuum into $1").bind(name).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn told(error: io::Error) -> Trouble {
    Trouble::told(error.to_string())
}

/// A new, empty file for its user alone; taken away again unless it is finished.
struct Unfinished {
    path: PathBuf,
    finished: bool,
}

impl Unfinished {
    fn create(path: &Path) -> io::Result<Self> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Self {
            path: path.into(),
            finished: false,
        })
    }

    /// SQLite does not sync such a copy: file and folder are synced here.
    fn finish(mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: a failed copy is also told to be one.
            std::fs::remove_file(&self.path).ok();
        }
    }
}
