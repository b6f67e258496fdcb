//! Room on the disk for database and pictures.

use std::path::Path;

use super::Finding;
use crate::archive;
use crate::config::Config;
use crate::text::say;

/// Less than this is not enough for a day of pictures and the nightly backup.
const NEEDED_MIB: u64 = 1_024;

/// The disk of the database, or of the pictures when the database is elsewhere.
pub fn look(config: &Config) -> Finding {
    let file = archive::sqlite_file(&config.store.url).unwrap_or_else(|_| config.files.folder.clone());
    let folder = existing(&file);
    let needed_mib = NEEDED_MIB.max(config.files.keep_free_mib.into());
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free_mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
            let values: [(&str, &dyn std::fmt::Display); 3] = [("folder", &folder.display()), ("free", &free_mib), ("needed", &needed_mib)];
            if free_mib < needed_mib {
                Finding::Wrong(say("doctor_disk_full", &values))
            } else {
                Finding::Fine(say("doctor_disk", &values))
            }
        }
        Err(cause) => Finding::Wrong(say("doctor_disk_unreadable", &[("folder", &folder.display()), ("reason", &cause)])),
    }
}

/// The nearest folder above that exists.
fn existing(path: &Path) -> &Path {
    path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}
