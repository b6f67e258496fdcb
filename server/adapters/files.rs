//! Pictures in a folder: `<folder>/<hall>/<id>`, written whole under another name and then renamed.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use yunyiban_app::ports::{FileFailure, Files};
use yunyiban_protocol::{BulkId, HallId};

/// The folder of a one-box hall.
pub struct FileFolder {
    root: PathBuf,
    /// Bytes that are left free on its disk.
    kept_free: u64,
}

impl FileFolder {
    /// Makes the folder when it is missing. A file that would leave less than `kept_free` bytes of its disk is not written.
    ///
    /// # Errors
    /// The system's, when it cannot be made.
    pub fn open(root: &Path, kept_free: u64) -> std::io::Result<Self> {
        std::fs::create_dir_all(root)?;
        Ok(Self {
            root: root.into(),
            kept_free,
        })
    }

    fn path(&self, hall: &HallId, id: &BulkId) -> Result<PathBuf, FileFailure> {
        // Both are drawn by the house; what is not a plain name is a mistake of ours and goes nowhere near the disk.
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if plain(hall.as_str()) && plain(id.as_str()) {
            Ok(self.root.join(hall.as_str()).join(id.as_str()))
        } else {
            Err(failure(format!("naming the file {id} of hall {hall}"), ErrorKind::InvalidInput.into()))
        }
    }
}

#[async_trait]
impl Files for FileFolder {
    async fn put(&self, hall: &HallId, id: &BulkId, bytes: Vec<u8>) -> Result<(), FileFailure> {
        let path = self.path(hall, id)?;
        let (root, kept_free) = (self.root.clone(), self.kept_free);
        away(format!("writing file {id} of hall {hall}"), move || {
            leaves_room(&root, kept_free, bytes.len())?;
            write_whole(&path, &bytes)
        })
        .await
    }

    async fn get(&self, hall: &HallId, id: &BulkId) -> Result<Option<Vec<u8>>, FileFailure> {
        let path = self.path(hall, id)?;
        away(format!("reading file {id} of hall {hall}"), move || absent_is_none(std::fs::read(&path))).await
    }

    async fn remove(&self, hall: &HallId, id: &BulkId) -> Result<(), FileFailure> {
        let path = self.path(hall, id)?;
        away(format!("removing file {id} of hall {hall}"), move || {
            absent_is_none(std::fs::remove_file(&path)).map(|_| ())
        })
        .await
    }
}

/// Whether so much is left of the folder's disk once `length` bytes are written.
fn leaves_room(folder: &Path, kept_free: u64, length: usize) -> std::io::Result<()> {
    let disk = rustix::fs::statvfs(folder)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = u64::try_from(length).unwrap_or(u64::MAX).saturating_add(kept_free);
    if free < needed {
        return Err(ErrorKind::StorageFull.into());
    }
    Ok(())
}

/// Durable when it returns: bytes, name and folder are on the disk.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    let partial = path.with_extension("partial");
    let written = std::fs::File::create(&partial).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    if let Err(cause) = written.and_then(|()| std::fs::rename(&partial, path)) {
        // The cause is told; what is left of the partial file is worth nothing.
        let _ = std::fs::remove_file(&partial);
        return Err(cause);
    }
    std::fs::File::open(folder)?.sync_all()
}

fn absent_is_none<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Disk work away from the tasks.
async fn away<T: Send + 'static>(doing: String, work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, FileFailure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => Err(failure(doing, cause)),
        Err(cause) => Err(FileFailure::Unavailable {
            doing,
            cause: Box::new(cause),
        }),
    }
}

fn failure(doing: String, cause: std::io::Error) -> FileFailure {
    if matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return FileFailure::Full { doing };
    }
    FileFailure::Unavailable {
        doing,
        cause: Box::new(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (HallId, BulkId) {
        (HallId::new("xinqu"), BulkId::new("photo-of-li_nainai"))
    }

    #[tokio::test]
    async fn a_picture_comes_back_as_it_was_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let files = FileFolder::open(folder.path(), 0).unwrap();
        let (hall, id) = names();
        assert_eq!(files.get(&hall, &id).await.unwrap(), None);
        files.put(&hall, &id, vec![1, 2, 3]).await.unwrap();
        assert_eq!(files.get(&hall, &id).await.unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(
            files.get(&HallId::new("jiucheng"), &id).await.unwrap(),
            None,
            "another hall has no such picture"
        );
        files.remove(&hall, &id).await.unwrap();
        files.remove(&hall, &id).await.unwrap();
        assert_eq!(files.get(&hall, &id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_left_of_the_disk_is_not_for_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let (hall, id) = names();
        FileFolder::open(folder.path(), 0).unwrap().put(&hall, &id, vec![1, 2, 3]).await.unwrap();
        let files = FileFolder::open(folder.path(), u64::MAX).unwrap();
        let refused = files.put(&hall, &BulkId::new("another"), vec![4]).await;
        assert!(matches!(refused, Err(FileFailure::Full { .. })), "{refused:?}");
        assert_eq!(files.get(&hall, &id).await.unwrap(), Some(vec![1, 2, 3]), "what is there is shown");
        assert_eq!(std::fs::read_dir(folder.path().join("xinqu")).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_name_that_climbs_out_of_the_folder_goes_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let files = FileFolder::open(&folder.path().join("files"), 0).unwrap();
        let (hall, _) = names();
        for name in ["../stolen", "", "a/b", "a\0b", ".."] {
            files.put(&hall, &BulkId::new(name), vec![1]).await.unwrap_err();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
