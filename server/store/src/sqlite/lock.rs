//! A lock file beside the database: the mark of the one process that serves it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::open::OpenFailure;

/// Held as long as this value lives. The file stays; only the system's lock on it counts, and that ends with the process.
pub(super) struct Lock {
    _file: File,
}

/// A lock that is only looked at is held for a moment: so often, and with such pauses, it is tried again.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);

impl Lock {
    /// Takes the lock of `database`, in `<database>.lock`.
    pub(super) fn take(database: &Path) -> Result<Self, OpenFailure> {
        let name = name_of(database);
        let failed = |cause| OpenFailure::File { path: name.clone(), cause };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&name).map_err(failed)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
            }
        }
        Err(OpenFailure::InUse { path: database.into() })
    }
}

/// Whether a process holds the lock of `database`. Shared, so that of two who look neither takes the other for a server.
pub(super) fn is_held(database: &Path) -> Result<bool, OpenFailure> {
    let name = name_of(database);
    let failed = |cause| OpenFailure::File { path: name.clone(), cause };
    let file = match File::open(&name) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(failed(cause)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

fn name_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
