//! A lock file beside the database: the mark of the one process that serves it.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::open::OpenFailure;

/// Held as long as this value lives. The file stays; only the system's lock on it counts, and that ends with the process.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `database`, in `<database>.lock`.
    pub(super) fn take(database: &Path) -> Result<Self, OpenFailure> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&name);
        let file = file.map_err(|cause| OpenFailure::File {
            path: name.clone().into(),
            cause,
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenFailure::InUse { path: database.into() }),
            Err(TryLockError::Error(cause)) => Err(OpenFailure::File { path: name.into(), cause }),
        }
    }
}
