//! A machine with a root of its own: the programs of this system, nothing of its data, and a hall installed as the handbook says.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::USER;
use crate::stories::deploy::handbook::Handbook;
use crate::stories::deploy::unit::Unit;
use crate::stories::deploy::{self_made_certificate, words};
use crate::support::REPOSITORY;
use crate::support::left_out::{leave_out, leave_out_anywhere};

/// Covered in the mounts of the test alone: what really lies there is neither seen nor touched. It goes with them; nothing below
/// is ever removed by hand.
const ROOT: &str = "/mnt";

/// What the program needs of a system.
const SYSTEM: [&str; 5] = ["usr", "bin", "sbin", "lib", "lib64"];

/// See above.
pub struct Machine {
    handbook: Handbook,
    /// Where the test has accounts beside its own, programs run as the hall's user, without any right beyond.
    by_user: bool,
}

impl Machine {
    /// What the handbook does before `init`. The test must be apart, with mounts and processes of its own.
    pub fn install() -> Self {
        assert_eq!(std::process::id(), 1, "nothing is mounted but in a place of the test's own");
        let accounts = Accounts::read();
        accounts.say_what_is_left_out();
        let machine = Self {
            handbook: Handbook::read(),
            by_user: accounts.are_many(),
        };
        mount(&["-t", "tmpfs", "-o", "mode=755"], "none", "/");
        for folder in SYSTEM {
            match fs::read_link(format!("/{folder}")) {
                Ok(target) => symlink(target, path(&format!("/{folder}"))).unwrap(),
                Err(_) => bind(&format!("/{folder}")),
            }
        }
        mount(&["-t", "proc", "-o", "hidepid=invisible,subset=pid"], "proc", "/proc");
        for device in ["/dev/null", "/dev/urandom"] {
            place(device, device.as_ref());
        }
        mount(&["-t", "tmpfs", "-o", "mode=1777"], "none", "/tmp");
        mount(&["-t", "tmpfs", "-o", "mode=755"], "none", "/usr/local");
        place(
            &machine.handbook.place("target/release/yunyiban"),
            env!("CARGO_BIN_EXE_yunyiban").as_ref(),
        );
        let backup = format!("{REPOSITORY}/deploy/hall/backup");
        place(&machine.handbook.place("deploy/hall/backup"), backup.as_ref());
        let (folders, mode) = machine.handbook.folders();
        for folder in &folders {
            mount(&["-t", "tmpfs", "-o", &format!("mode={mode}")], "none", folder);
            machine.give(folder);
        }
        for closed in ["/", "/usr/local"] {
            run(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(path(closed)));
        }
        machine
    }

    /// The handbook it was installed by.
    pub fn handbook(&self) -> &Handbook {
        &self.handbook
    }

    /// A certificate that the hall's user may read.
    pub fn certify(&self, certificate: &str, key: &str) {
        let made = self_made_certificate();
        for (file, text) in [(certificate, made.certificate), (key, made.key)] {
            fs::write(path(file), text).unwrap();
            fs::set_permissions(path(file), Permissions::from_mode(0o600)).unwrap();
            self.give(file);
        }
    }

    /// Names in a folder, read past every rule.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// A command line by the hall's user.
    pub fn command(&self, line: &[String]) -> Command {
        self.inside(&[], "", line)
    }

    /// A command line with what a unit lets it have: its user and right, and of the hall's folders those it may write.
    pub fn as_unit(&self, unit: &Unit, line: &[String]) -> Command {
        let open = words(unit.value("ReadWritePaths"));
        let (folders, _) = self.handbook.folders();
        let closed: Vec<String> = folders.into_iter().filter(|folder| !open.contains(folder)).collect();
        self.inside(&closed, unit.value("CapabilityBoundingSet"), line)
    }

    /// What a unit of `deploy/hall` starts, as it starts it.
    pub fn unit(&self, name: &str) -> Command {
        let unit = Unit::read(name);
        self.as_unit(&unit, &words(unit.value("ExecStart")))
    }

    fn inside(&self, closed: &[String], right: &str, line: &[String]) -> Command {
        let mut command = Command::new("unshare");
        let close = "for folder in $CLOSED; do mount -o remount,bind,ro \"$folder\"; done; umask 0077; exec \"$@\"";
        command.args(["--mount", "sh", "-euc", close, "sh", "chroot", ROOT]);
        let (_, home) = self.handbook.user();
        command.args(["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", &format!("--chdir={home}")]);
        if self.by_user {
            let rights = match right.strip_prefix("CAP_") {
                Some(right) => format!("-all,+{}", right.to_lowercase()),
                None => "-all".into(),
            };
            command.args([
                "setpriv",
                &format!("--reuid={USER}"),
                &format!("--regid={USER}"),
                "--clear-groups",
                "--no-new-privs",
            ]);
            command.args(["bounding-set", "inh-caps", "ambient-caps"].map(|set| format!("--{set}={rights}")));
        }
        let closed: Vec<String> = closed.iter().map(|folder| format!("{ROOT}{folder}")).collect();
        command.args(line).env("CLOSED", closed.join(" ")).stdin(Stdio::null());
        command
    }

    fn give(&self, file: &str) {
        if self.by_user {
            chown(path(file), Some(USER), Some(USER)).unwrap();
        }
    }
}

/// Where a file of the machine lies in the test.
fn path(file: &str) -> PathBuf {
    PathBuf::from(format!("{ROOT}{file}"))
}

/// Mounts something at a place of the machine.
fn mount(options: &[&str], what: impl AsRef<OsStr>, at: &str) {
    fs::create_dir_all(path(at)).unwrap();
    run(Command::new("mount").args(options).arg(what).arg(path(at)));
}

/// A folder of the system, to be read only.
fn bind(folder: &str) {
    mount(&["-o", "bind,ro"], folder, folder);
}

/// One file of the system or of this repository.
fn place(at: &str, from: &OsStr) {
    fs::create_dir_all(path(at).parent().unwrap()).unwrap();
    fs::write(path(at), "").unwrap();
    run(Command::new("mount").args(["-o", "bind"]).arg(from).arg(path(at)));
}

fn run(command: &mut Command) {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// The accounts there are for a test: those of the machine, or alone the one that began it, by the name of root.
struct Accounts {
    /// Who root is outside.
    root_is: String,
    /// How many there are.
    count: String,
}

impl Accounts {
    fn read() -> Self {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap();
        let mut numbers = map.split_whitespace().skip(1).map(str::to_owned);
        Self {
            root_is: numbers.next().unwrap(),
            count: numbers.next().unwrap(),
        }
    }

    fn are_many(&self) -> bool {
        self.count != "1"
    }

    /// The machine's root can become the hall's user: the automatic check leaves that out only where it has no root.
    fn say_what_is_left_out(&self) {
        if self.are_many() {
            return;
        }
        let (what, why) = (
            "the hall's user and rights in stories::installed",
            "there are no accounts but the test's own",
        );
        match self.root_is.as_str() {
            "0" => leave_out(what, why, "let root mount without a namespace of users (CAP_SYS_ADMIN)"),
            _ => leave_out_anywhere(what, why),
        }
    }
}
