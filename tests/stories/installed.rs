//! A hall installed as the handbook says: its paths, its user, what `deploy/hall` runs there, and `doctor` is content with it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use yunyiban_edge::self_signed;
use yunyiban_protocol::Timestamp;

use crate::stories::deploy::unit::Unit;
use crate::support::REPOSITORY;
use crate::support::process::Watched;

/// The number the image of `deploy/hall` gives its user; no account of this machine needs it.
pub const USER: u32 = 10_001;

/// A root of its own with everything in it where a real machine has it.
struct Machine {
    root: tempfile::TempDir,
    /// Tests that run as root run the programs as the hall's user, who may write nowhere but where the handbook lets them.
    as_user: bool,
}

impl Machine {
    /// `install`, as the handbook has it.
    fn install() -> Self {
        let machine = Self {
            root: tempfile::tempdir().unwrap(),
            as_user: is_root(),
        };
        std::fs::set_permissions(machine.root.path(), PermissionsExt::from_mode(0o755)).unwrap();
        machine.file("/usr/local/bin/yunyiban", Path::new(env!("CARGO_BIN_EXE_yunyiban")));
        machine.file("/usr/local/lib/yunyiban-backup", &Path::new(REPOSITORY).join("deploy/hall/backup"));
        for folder in ["/var/lib/yunyiban", "/etc/yunyiban", "/var/backups/yunyiban"] {
            std::fs::create_dir_all(machine.path(folder)).unwrap();
            machine.give(folder, 0o750);
        }
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    fn file(&self, to: &str, from: &Path) {
        std::fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        std::fs::copy(from, self.path(to)).unwrap();
        std::fs::set_permissions(self.path(to), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// To the hall's user.
    fn give(&self, path: &str, mode: u32) {
        std::fs::set_permissions(self.path(path), PermissionsExt::from_mode(mode)).unwrap();
        if self.as_user {
            chown(self.path(path), Some(USER), Some(USER)).unwrap();
        }
    }

    /// A certificate that the hall's user may read.
    fn certify(&self, certificate: &str, key: &str) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let made = self_signed(vec!["localhost".into()], Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())).unwrap();
        for (path, text) in [(certificate, made.certificate), (key, made.key)] {
            std::fs::write(self.path(path), text).unwrap();
            self.give(path, 0o600);
        }
    }

    /// A command line of a real machine, in this root, by the hall's user, without any right beyond.
    fn command(&self, line: &str) -> Command {
        let mut words = line.split_whitespace().map(|word| {
            if word.starts_with('/') {
                self.path(word).into_os_string()
            } else {
                word.into()
            }
        });
        let program = words.next().unwrap();
        let mut command = if self.as_user {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={USER}"), format!("--regid={USER}")]);
            command.args(["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        let path = format!("{}:/usr/bin:/bin", self.path("/usr/local/bin").display());
        command.args(words).current_dir(self.path("/var/lib/yunyiban")).stdin(Stdio::null());
        command.env_clear().env("PATH", path);
        command
    }

    /// What a unit of `deploy/hall` starts.
    fn unit(&self, name: &str) -> Command {
        self.command(Unit::read(name).value("ExecStart"))
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

#[track_caller]
fn well(output: &Output) -> String {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

/// The addresses the open help desk has, from its log: `listen` and `media`.
fn addresses(log: impl std::io::Read) -> (SocketAddr, SocketAddr) {
    let opened = BufReader::new(log)
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains("the help desk is open"));
    let line = opened.expect("the help desk opens");
    let value = |key: &str| {
        let (_, after) = line.split_once(key).unwrap();
        after.split_whitespace().next().unwrap().parse().unwrap()
    };
    (value("listen="), value("media="))
}

#[test]
fn a_hall_installed_by_the_handbook_opens_and_doctor_is_content() {
    let machine = Machine::install();
    let (certificate, key) = ("/etc/yunyiban/certificate.pem", "/etc/yunyiban/key.pem");
    machine.certify(certificate, key);
    let init = machine
        .command("/usr/local/bin/yunyiban --config /etc/yunyiban/yunyiban.toml init --data /var/lib/yunyiban")
        .args([
            "--name",
            "新区街道便民服务中心",
            "--id",
            "xinqu",
            "--telephone",
            "12345",
            "--windows",
            "3",
        ])
        .args(["--administrator", "wang", "--display-name", "王主任", "--badge", "0001"])
        .args(["--listen", "127.0.0.1:0", "--media", "127.0.0.1:0", "--origin", "https://localhost"])
        .arg("--certificate")
        .arg(machine.path(certificate))
        .arg("--key")
        .arg(machine.path(key))
        .output()
        .unwrap();
    well(&init);
    let doctor = "/usr/local/bin/yunyiban --config /etc/yunyiban/yunyiban.toml doctor";
    well(&machine.command(doctor).output().unwrap());

    let mut serve = machine
        .unit("yunyiban.service")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = serve.stderr.take().unwrap();
    let _serve = Watched::new(serve);
    let (listen, media) = addresses(log);
    let open = machine
        .command(doctor)
        .env("YUNYIBAN_SERVER__LISTEN", listen.to_string())
        .env("YUNYIBAN_MEDIA__LISTEN", media.to_string())
        .output()
        .unwrap();
    let said = well(&open);
    assert!(said.contains("UDP") && said.contains("TCP"), "{said}");

    well(&machine.unit("yunyiban-backup.service").output().unwrap());
    let backups = std::fs::read_dir(machine.path("/var/backups/yunyiban")).unwrap();
    assert_eq!(backups.count(), 1, "one backup, and nothing of the drill");
}
