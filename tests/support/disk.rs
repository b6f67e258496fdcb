//! A small disk in memory, which can be filled. Only apart from the machine ([`super::namespace::is_apart`]): it goes with the mounts of the test.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted on a folder of its own.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// A disk of so many MiB that every account may write.
    pub fn mount(mib: u32) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        disk.mounts(format!("size={mib}m,mode=1777"));
        disk
    }

    /// Takes all room but a few pages, however large the disk is: it is made as small as what lies on it.
    ///
    /// Somebody may write between the look and the change: then it is looked again.
    pub fn shrink(&self) {
        let shrunk = (0..20).any(|_| {
            let room = rustix::fs::statvfs(self.path()).unwrap();
            let used = (room.f_blocks - room.f_bfree) * room.f_frsize;
            self.mount_as(&format!("remount,size={}", used + 16 * room.f_frsize)).is_ok()
        });
        assert!(shrunk, "the disk does not become smaller");
    }

    /// Gives so many MiB in all.
    pub fn grow(&self, mib: u32) {
        self.mounts(format!("remount,size={mib}m"));
    }

    fn mounts(&self, how: impl Display) {
        let how = how.to_string();
        self.mount_as(&how).unwrap_or_else(|cause| panic!("{how}: {cause}"));
    }

    fn mount_as(&self, how: &str) -> Result<(), String> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", how, "tmpfs"]);
        let mounted = mount.arg(self.path()).output().unwrap();
        let cause = || String::from_utf8_lossy(&mounted.stderr).into_owned();
        mounted.status.success().then_some(()).ok_or_else(cause)
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
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
