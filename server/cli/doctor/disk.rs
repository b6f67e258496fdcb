//! Room on the disk for database and pictures.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Finding;
use crate::archive;
use crate::config::Config;
use crate::text::say;

/// Less than this is not enough for a day of pictures and the nightly backup.
const NEEDED_MIB: u64 = 1_024;

/// The disks of database and pictures, each once.
pub fn look(config: &Config) -> Vec<Finding> {
    let needed_mib = NEEDED_MIB.max(config.files.keep_free_mib.into());
    let database = archive::sqlite_file(&config.store.url).ok();
    let mut folders: Vec<&Path> = database.iter().chain([&config.files.folder]).map(|path| existing(path)).collect();
    folders.dedup_by_key(|folder| folder.metadata().map(|of| of.dev()).ok());
    folders.into_iter().map(|folder| room(folder, needed_mib)).collect()
}

fn room(folder: &Path, needed_mib: u64) -> Finding {
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
