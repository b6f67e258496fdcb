//! The units of `deploy/hall`: what they start is in the program and lies where the handbook puts it, by whom it gives it to.

use std::path::Path;
use std::process::{Command, Stdio};

use yunyiban::cli;

use super::handbook::Handbook;
use super::{set_up, understood, words};
use crate::support::REPOSITORY;
use crate::support::left_out::leave_out_anywhere;

/// Most that `systemd-analyze security` may find exposed, in tenths: 0 is nothing, 100 everything. Ours have 16 and 15; what is left
/// is what a server on port 443 needs.
const MOST_EXPOSED: &str = "20";

/// One unit as systemd reads it: settings by key, in order.
pub struct Unit {
    name: String,
    settings: Vec<(String, String)>,
}

impl Unit {
    /// Reads one of `deploy/hall`.
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(path(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let settings = lines
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.into(), value.into()));
        Self {
            name: name.to_owned(),
            settings: settings.collect(),
        }
    }

    fn values(&self, key: &str) -> Vec<&str> {
        self.settings
            .iter()
            .filter(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The one value of a key.
    #[track_caller]
    pub fn value(&self, key: &str) -> &str {
        let [value] = self.values(key)[..] else {
            panic!("{} has {key} once", self.name)
        };
        value
    }
}

fn path(name: &str) -> String {
    format!("{REPOSITORY}/deploy/hall/{name}")
}

fn services() -> [Unit; 2] {
    ["yunyiban.service", "yunyiban-backup.service"].map(Unit::read)
}

#[test]
fn the_units_start_what_the_program_knows_where_the_handbook_puts_it() {
    let handbook = Handbook::read();
    let [serve, backup] = services();
    let line = words(serve.value("ExecStart"));
    assert_eq!(line[0], handbook.place("target/release/yunyiban"));
    let asked = understood(&line[1..]);
    assert!(matches!(asked.command, cli::Command::Serve(_)));
    assert_eq!(asked.config, Path::new(&handbook.config()));

    let line = words(backup.value("ExecStart"));
    let folder = line.last().unwrap();
    assert_eq!(line, [handbook.place("deploy/hall/backup"), handbook.config(), folder.clone()]);
    assert!(words(backup.value("ReadWritePaths")).contains(folder), "it may write there");
}

#[test]
fn the_units_run_by_the_handbooks_user_and_write_where_the_hall_writes() {
    let handbook = Handbook::read();
    let (user, home) = handbook.user();
    let (folders, mode) = handbook.folders();
    assert!(
        folders.iter().any(|folder| handbook.config().starts_with(&format!("{folder}/"))),
        "init may write its file"
    );
    let hall = set_up(&handbook.init());
    let database = hall.store.url.strip_prefix("sqlite:").unwrap();
    for unit in services() {
        assert_eq!((unit.value("User"), unit.value("Group")), (user.as_str(), user.as_str()));
        assert_eq!(unit.value("WorkingDirectory"), home);
        assert_eq!(unit.value("ProtectSystem"), "strict", "nothing else may be written");
        let writes = words(unit.value("ReadWritePaths"));
        assert!(writes.iter().all(|path| folders.contains(path)), "the handbook makes {writes:?}");
        for written in [Path::new(database), &hall.files.folder] {
            assert!(
                writes.iter().any(|folder| written.starts_with(folder)),
                "{} is writable",
                written.display()
            );
        }
    }
    let [serve, _] = services();
    assert_eq!(format!("/var/lib/{}", serve.value("StateDirectory")), home);
    assert_eq!(
        serve.value("StateDirectoryMode"),
        format!("0{mode}"),
        "systemd and the handbook give the same mode"
    );
}

#[test]
fn what_the_handbook_turns_on_can_be_turned_on() {
    let handbook = Handbook::read();
    for name in handbook.enabled() {
        let name = if name.contains('.') { name } else { format!("{name}.service") };
        assert!(!Unit::read(&name).value("WantedBy").is_empty(), "{name}");
    }
    // A timer starts the service of its own name.
    assert!(handbook.enabled().contains(&"yunyiban-backup.timer".into()));
    let timer = Unit::read("yunyiban-backup.timer");
    assert_eq!(timer.value("OnCalendar"), "*-*-* 02:00:00", "02:00, as the handbook says");
}

#[test]
fn the_ports_are_those_of_the_list() {
    let hall = set_up(&Handbook::read().init());
    let (web, media) = (hall.server.listen.port(), hall.media.listen.port());
    let list = std::fs::read_to_string(path("PORTS.md")).unwrap();
    let rows = list
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<[String; 3]> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            [cells[1], cells[2], cells[5].trim_matches('`')].map(str::to_owned)
        })
        .collect();
    let row = |port: u16, protocol: &str, key: &str| [port.to_string(), protocol.to_owned(), key.to_owned()];
    assert_eq!(
        rows,
        [
            row(web, "TCP", "server.listen"),
            row(media, "UDP", "media.listen"),
            row(media, "TCP", "media.listen")
        ]
    );
    let [serve, backup] = services();
    assert!(web < 1024, "a port for which a right is needed");
    let right = "CAP_NET_BIND_SERVICE";
    assert_eq!((serve.value("AmbientCapabilities"), serve.value("CapabilityBoundingSet")), (right, right));
    assert_eq!(backup.value("CapabilityBoundingSet"), "");
}

/// Reads the files alone: nothing is started.
#[test]
fn systemd_knows_every_setting_and_finds_little_exposed() {
    let analyze = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).stdin(Stdio::null()).output();
    let knows = analyze(&["--help"]).is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--offline"));
    if !knows {
        // Not every system has systemd, and the program needs none.
        let why = "systemd-analyze is not here, or too old to read a unit that is not installed";
        return leave_out_anywhere("what systemd says of the units", why);
    }
    for unit in services() {
        let threshold = format!("--threshold={MOST_EXPOSED}");
        let read = analyze(&["security", "--no-pager", "--offline=true", &threshold, &path(&unit.name)]).unwrap();
        let said = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success() && !said.contains("ignoring"), "{}: {said}", unit.name);
    }
    let timer = Unit::read("yunyiban-backup.timer");
    assert!(analyze(&["calendar", timer.value("OnCalendar")]).unwrap().status.success());
}
