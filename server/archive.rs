//! Opening the archive the configuration names, and its failures in words for the terminal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::Sensitive;
use yunyiban_store::OpenFailure;

use crate::failure::{Failure, causes};
use crate::running;

/// Opens the archive to serve it: no other process may have it.
///
/// # Errors
/// [`Failure::DatabaseMissing`], [`Failure::DatabaseLocked`], [`Failure::DatabaseNewer`], [`Failure::DatabaseDamaged`],
/// [`Failure::Database`].
pub async fn open(url: &str) -> Result<Arc<dyn Store>, Failure> {
    must_exist(url)?;
    yunyiban_store::open(&Sensitive::new(url.to_owned()))
        .await
        .map_err(|failure| opening(url, failure))
}

/// The same, making an SQLite file and its folder when they are missing.
///
/// # Errors
/// As [`open`], and [`Failure::Unwritable`].
pub async fn create(url: &str) -> Result<Arc<dyn Store>, Failure> {
    if let Ok(file) = sqlite_file(url)
        && let Some(folder) = file.parent()
    {
        std::fs::create_dir_all(folder).map_err(|cause| Failure::writing(folder, &cause))?;
    }
    yunyiban_store::open(&Sensitive::new(url.to_owned()))
        .await
        .map_err(|failure| opening(url, failure))
}

/// Opens the archive beside a help desk that may be open.
///
/// # Errors
/// As [`open`], but for [`Failure::DatabaseLocked`].
pub async fn look(url: &str) -> Result<Arc<dyn Store>, Failure> {
    must_exist(url)?;
    yunyiban_store::open_beside(&Sensitive::new(url.to_owned()))
        .await
        .map_err(|failure| opening(url, failure))
}

/// Whether another process has the archive: its help desk is open. Only looks: nothing is migrated, no `serve` is held up.
pub async fn is_served(url: &str) -> bool {
    matches!(yunyiban_store::is_served(&Sensitive::new(url.to_owned())).await, Ok(true))
}

/// The file of an SQLite archive.
///
/// # Errors
/// [`Failure::OnlySqlite`].
pub fn sqlite_file(url: &str) -> Result<PathBuf, Failure> {
    let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    path.map(PathBuf::from).ok_or_else(|| Failure::OnlySqlite { url: shown(url) })
}

/// The archive's name without a password.
pub fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((engine, _)), Some((_, rest))) => format!("{engine}://…@{rest}"),
        _ => url.to_owned(),
    }
}

/// What the archive said of one operation.
pub fn told(url: &str, failure: StoreFailure) -> Failure {
    match failure {
        StoreFailure::Full { doing } => Failure::DiskFull { doing },
        other @ (StoreFailure::Unavailable { .. } | StoreFailure::NotOwner { .. } | StoreFailure::Guard { .. } | StoreFailure::Unreadable(_)) => {
            Failure::Database {
                url: shown(url),
                reason: causes(&other),
            }
        }
    }
}

fn must_exist(url: &str) -> Result<(), Failure> {
    match sqlite_file(url) {
        Ok(path) if !path.exists() => Err(Failure::DatabaseMissing { path }),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What the archive said of being opened.
pub fn opening(url: &str, failure: OpenFailure) -> Failure {
    let file = |path: &Path, cause: &std::io::Error| Failure::writing(path, cause);
    match failure {
        OpenFailure::Unnamed => Failure::BadValue {
            key: "store.url".into(),
            value: shown(url),
        },
        OpenFailure::InUse { .. } => Failure::DatabaseLocked {
            url: shown(url),
            stop: running::how_to_stop(url),
        },
        OpenFailure::Exists { path } => Failure::Exists { path },
        OpenFailure::File { path, cause } => file(&path, &cause),
        OpenFailure::Newer { version } => Failure::DatabaseNewer { version },
        OpenFailure::Damaged { path, word } => Failure::DatabaseDamaged { path, word },
        other @ (OpenFailure::Unreachable { .. } | OpenFailure::Migration(_)) => Failure::Database {
            url: shown(url),
            reason: causes(&other),
        },
    }
}
