//! `backup` and `restore`: one folder with the database, the pictures, and a list of what belongs to it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::doctor::database;
use crate::adapters::clock::wall_ms;
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::text::{say, tell};

/// `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Folder to make; it must not exist yet.
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Folder made by `backup`.
    #[arg(long, value_name = "FOLDER")]
    pub from: PathBuf,
}

const DATABASE: &str = "yunyiban.db";
const PICTURES: &str = "files";
const LIST: &str = "backup.json";

/// What belongs to a backup. Without it, or with one file changed, nothing is restored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// Version of the program that made it.
    program: String,
    /// When, milliseconds since 1970 UTC.
    made_at_ms: i64,
    /// SHA-256 of each file by its path in the folder.
    files: BTreeMap<String, String>,
}

impl Backup {
    /// Copies database, then pictures: every picture the copied database names was stored before it. The list comes last.
    ///
    /// # Errors
    /// [`Failure::Exists`], [`Failure::DiskFull`], [`Failure::Unwritable`], what [`archive::look`] says. A folder
    /// without its list is no backup.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = archive::look(&config.store.url).await?;
        std::fs::create_dir(&self.to).map_err(|cause| Failure::writing(&self.to, &cause))?;
        store
            .backup(&self.to.join(DATABASE))
            .await
            .map_err(|failure| archive::told(&config.store.url, failure))?;
        copy_tree(&config.files.folder, &self.to.join(PICTURES))?;
        let mut files = BTreeMap::new();
        list_files(&self.to, &self.to, &mut files)?;
        let list = List {
            program: env!("CARGO_PKG_VERSION").into(),
            made_at_ms: wall_ms(),
            files,
        };
        let json = serde_json::to_string_pretty(&list).map_err(|cause| Failure::System { reason: cause.to_string() })?;
        let path = self.to.join(LIST);
        std::fs::write(&path, json).map_err(|cause| Failure::writing(&path, &cause))?;
        tell(&say("backup_done", &[("folder", &self.to.display()), ("files", &list.files.len())]));
        Ok(())
    }
}

impl Restore {
    /// Checks the backup whole, then puts it where the configuration says, then checks the database there.
    ///
    /// # Errors
    /// [`Failure::Exists`] over a database or pictures that are there, [`Failure::BrokenBackup`], [`Failure::OnlySqlite`],
    /// a file's failure.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let database = archive::sqlite_file(&config.store.url)?;
        for path in [&database, &config.files.folder] {
            if path.exists() && !is_empty_folder(path) {
                return Err(Failure::Exists { path: path.clone() });
            }
        }
        let list = self.checked()?;
        if let Err(failure) = self.bring_back(config, &database).await {
            // None of it was there before.
            forget(&database, &config.files.folder);
            return Err(failure);
        }
        tell(&say("restore_done", &[("folder", &self.from.display()), ("files", &list.files.len())]));
        Ok(())
    }

    async fn bring_back(&self, config: &Config, database: &Path) -> Result<(), Failure> {
        let url = &config.store.url;
        if let Some(folder) = database.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| Failure::writing(folder, &cause))?;
        }
        copy_tree(&self.from.join(PICTURES), &config.files.folder)?;
        let restored = yunyiban_store::restore(&self.from.join(DATABASE), database).await;
        restored.map_err(|failure| archive::opening(url, failure))?;
        match database::examine(url).await?.into_iter().next() {
            Some(reason) => Err(Failure::BrokenBackup {
                path: self.from.clone(),
                reason,
            }),
            None => Ok(()),
        }
    }

    fn checked(&self) -> Result<List, Failure> {
        let broken = |reason: String| Failure::BrokenBackup {
            path: self.from.clone(),
            reason,
        };
        let json = std::fs::read_to_string(self.from.join(LIST)).map_err(|cause| broken(format!("{LIST}: {cause}")))?;
        let list: List = serde_json::from_str(&json).map_err(|cause| broken(format!("{LIST}: {cause}")))?;
        let mut found = BTreeMap::new();
        list_files(&self.from, &self.from, &mut found)?;
        found.remove(LIST);
        for (name, hash) in &list.files {
            match found.remove(name) {
                Some(now) if now == *hash => {}
                Some(_) => return Err(broken(say("backup_changed", &[("file", name)]))),
                None => return Err(broken(say("backup_missing", &[("file", name)]))),
            }
        }
        match found.pop_first() {
            Some((name, _)) => Err(broken(say("backup_foreign", &[("file", &name)]))),
            None => Ok(list),
        }
    }
}

/// Takes away a restore that failed. What cannot be removed stops the next one with its name.
fn forget(database: &Path, pictures: &Path) {
    for ending in ["", "-wal", "-shm", ".lock"] {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
    let _ = std::fs::remove_dir_all(pictures);
}

fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Copies a folder with everything in it; one that is not there is empty.
fn copy_tree(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to).map_err(|cause| Failure::writing(to, &cause))?;
    for path in entries(from)? {
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_tree(&path, &to.join(name))?;
        } else if path.extension().is_none_or(|ending| ending != "partial") {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Copies one file, durable when it returns.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::copy(from, to)
        .and_then(|_| std::fs::File::open(to)?.sync_all())
        .map_err(|cause| Failure::writing(to, &cause))
}

fn list_files(root: &Path, folder: &Path, into: &mut BTreeMap<String, String>) -> Result<(), Failure> {
    for path in entries(folder)? {
        if path.is_dir() {
            list_files(root, &path, into)?;
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            into.insert(name, hash(&path)?);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    read.map_err(|cause| Failure::reading(folder, &cause))
}

/// SHA-256 of a file, lower-case hex.
fn hash(path: &Path) -> Result<String, Failure> {
    let mut digest = Sha256::new();
    let mut block = vec![0; 64 << 10];
    let told = |cause: std::io::Error| Failure::reading(path, &cause);
    let mut file = std::fs::File::open(path).map_err(told)?;
    loop {
        match file.read(&mut block).map_err(told)? {
            0 => break,
            read => digest.update(&block[..read]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
