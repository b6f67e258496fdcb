//! A hall installed as the handbook says, with everything where a real machine has it: its user, its ports, what `deploy/hall` runs
//! there with no more than its units let it have, and `doctor` is content with it.

mod machine;

use std::process::{Command, Output, Stdio};

use machine::Machine;

use crate::stories::deploy::unit::Unit;
use crate::support::namespace::{Own, is_apart};
use crate::support::process::{Watched, read_until};

/// The number the image of `deploy/hall` gives its user; no account of this machine needs it.
pub const USER: u32 = 10_001;

/// An address the hall's network has beside its own.
const ADDRESS: &str = "192.168.77.6";

#[track_caller]
fn well(output: &Output) -> String {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

fn ip(arguments: &[&str]) {
    well(&Command::new("ip").args(arguments).output().unwrap());
}

fn line(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_hall_installed_by_the_handbook_opens_and_doctor_is_content() {
    if !is_apart(
        "stories::installed::a_hall_installed_by_the_handbook_opens_and_doctor_is_content",
        Own::Machine,
    ) {
        return;
    }
    ip(&["link", "set", "lo", "up"]);
    ip(&["address", "add", ADDRESS, "dev", "lo"]);
    let machine = Machine::install();
    let config = machine.handbook().config();
    let (certificate, key) = ("/etc/yunyiban/certificate.pem", "/etc/yunyiban/key.pem");
    machine.certify(certificate, key);
    let mut init = line(&["yunyiban", "--config", &config, "init"]);
    init.extend(machine.handbook().init());
    init.extend(line(&[
        "--name",
        "新区街道便民服务中心",
        "--id",
        "xinqu",
        "--administrator",
        "wang",
        "--origin",
        "https://localhost",
    ]));
    init.extend(line(&["--certificate", certificate, "--key", key]));
    well(&machine.command(&init).output().unwrap());
    let doctor = line(&["yunyiban", "--config", &config, "doctor"]);

    let mut serve = machine
        .unit("yunyiban.service")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = serve.stderr.take().unwrap();
    let _serve = Watched::new(serve);
    let lines = read_until(log, |line| line.contains("the help desk is open"));
    let opened = lines.unwrap_or_else(|lines| panic!("the help desk opens: {lines:?}")).pop().unwrap();
    assert!(opened.contains("listen=0.0.0.0:443"), "without being root: {opened}");
    let said = well(&machine.command(&doctor).output().unwrap());
    assert!(said.contains("UDP") && said.contains("TCP"), "{said}");

    well(&machine.unit("yunyiban-backup.service").output().unwrap());
    let backups = machine.names("/var/backups/yunyiban");
    assert_eq!(backups.len(), 1, "one backup, and nothing of the drill: {backups:?}");
}

#[test]
fn a_unit_writes_in_its_folders_and_nowhere_else() {
    if !is_apart("stories::installed::a_unit_writes_in_its_folders_and_nowhere_else", Own::Machine) {
        return;
    }
    let machine = Machine::install();
    let places = ["/var/lib/yunyiban", "/var/backups/yunyiban", "/etc/yunyiban", "/usr/local/bin", "/var"];
    for (name, open) in [("yunyiban.service", 1), ("yunyiban-backup.service", 2)] {
        let unit = Unit::read(name);
        for (n, place) in places.iter().enumerate() {
            let touched = machine.as_unit(&unit, &line(&["touch", &format!("{place}/{name}")])).output().unwrap();
            assert_eq!(
                touched.status.success(),
                n < open,
                "{name} in {place}: {}",
                String::from_utf8_lossy(&touched.stderr)
            );
        }
    }
}
