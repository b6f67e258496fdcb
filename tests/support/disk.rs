//! A small disk in memory, which can be filled. Only apart from the machine ([`super::namespace::is_apart`]): it goes with the mounts of the test.

use std::ffi::CString;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

/// Mounted on a folder of its own.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// A disk of so many MiB that every account may write.
    pub fn mount(mib: u32) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        let how = CString::new(format!("size={mib}m,mode=1777")).unwrap();
        mount("tmpfs", disk.path(), "tmpfs", MountFlags::empty(), how.as_c_str()).unwrap();
        disk
    }

    /// Takes all room but a few pages, however large the disk is: it is made as small as what lies on it.
    ///
    /// Somebody may write between the look and the change: then it is looked again.
    pub fn shrink(&self) {
        let tries = (0..20).map(|_| {
            let room = rustix::fs::statvfs(self.path()).unwrap();
            let used = (room.f_blocks - room.f_bfree) * room.f_frsize;
            self.resize(&format!("size={}", used + 16 * room.f_frsize))
        });
        let refused: Vec<_> = tries.map_while(Result::err).collect();
        assert!(refused.len() < 20, "the disk does not become smaller: {refused:?}");
    }

    /// Gives so many MiB in all.
    pub fn grow(&self, mib: u32) {
        self.resize(&format!("size={mib}m")).unwrap();
    }

    fn resize(&self, size: &str) -> rustix::io::Result<()> {
        mount_remount(self.path(), MountFlags::empty(), size)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all room and gives the file that holds it.
    pub fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        let refused = std::iter::repeat_with(|| file.write_all(&[1; 4_096])).find_map(Result::err).unwrap();
        assert_eq!(refused.kind(), ErrorKind::StorageFull);
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What cannot be unmounted goes with the namespace; the empty folder under it is left to be removed.
        let _ = unmount(self.path(), UnmountFlags::DETACH);
    }
}
