//! What an installed hall runs by itself, and that the files of `deploy/hall` speak of the program as it is.

pub mod handbook;
mod image;
pub mod unit;

use std::path::Path;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use tokio::process::Command;
use yunyiban::cli::Arguments;
use yunyiban::config::Config;
use yunyiban::config::read::load;
use yunyiban::config::write::commented;
use yunyiban_edge::{SelfSigned, self_signed};
use yunyiban_protocol::Timestamp;

use crate::support::process::in_folder;
use crate::support::{REPOSITORY, TestCitizen, TestHall};

#[tokio::test]
async fn the_nightly_backup_of_an_open_hall_is_proven_to_come_back() {
    let hall = TestHall::open().await;
    TestCitizen::takes_a_number(&hall).await;
    let (config, backups) = (hall.path("yunyiban.toml"), hall.path("backups"));
    std::fs::write(&config, commented(&hall.config)).unwrap();
    for left_over in ["2026-11-20T020000.partial", "drill.aB3dE6"] {
        std::fs::create_dir_all(backups.join(left_over)).unwrap();
    }
    assert!(nightly_backup(&hall, &config, &backups).await);
    let kept: Vec<_> = std::fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "one backup and nothing of the drill: {kept:?}");
    assert!(kept[0].join("backup.json").is_file());
}

#[tokio::test]
async fn the_nightly_backup_fails_aloud_when_the_hall_is_damaged() {
    let mut hall = TestHall::open().await;
    TestCitizen::takes_a_number(&hall).await;
    hall.close().await;
    hall.tamper("update visits set number = 'A7', body = replace(body, '\"A1\"', '\"A7\"')")
        .await;
    let (config, backups) = (hall.path("yunyiban.toml"), hall.path("backups"));
    std::fs::write(&config, commented(&hall.config)).unwrap();
    std::fs::create_dir(&backups).unwrap();
    assert!(!nightly_backup(&hall, &config, &backups).await, "the drill sees it");
    assert_eq!(
        std::fs::read_dir(&backups).unwrap().count(),
        0,
        "a night that failed leaves nothing to fill the disk"
    );
}

/// Runs `deploy/hall/backup` as the timer does where the hall's archive is set by environment; whether it ended well.
async fn nightly_backup(hall: &TestHall, config: &Path, backups: &Path) -> bool {
    let script = Path::new(REPOSITORY).join("deploy/hall/backup");
    let mut command = Command::new(script);
    command.arg(config).arg(backups).env("PROGRAM", env!("CARGO_BIN_EXE_yunyiban"));
    command.env("YUNYIBAN_STORE__URL", &hall.config.store.url);
    let ended = command.stdin(Stdio::null()).output().await.unwrap();
    if !ended.status.success() {
        println!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    }
    ended.status.success()
}

/// What the program makes of these arguments.
#[track_caller]
fn understood(arguments: &[String]) -> Arguments {
    let name = [env!("CARGO_PKG_NAME").to_owned()];
    Arguments::try_parse_from(name.iter().chain(arguments)).unwrap_or_else(|wrong| panic!("{arguments:?}: {wrong}"))
}

/// The words of a line as a shell takes them apart: quotes keep some together, a comment ends the line.
pub fn words(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let (mut quote, mut within) = (None, false);
    for letter in line.chars() {
        match (quote, letter) {
            (None, '#') if !within => break,
            (None, ' ') => within = false,
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), close) if open == close => quote = None,
            (None | Some(_), letter) => {
                if !within {
                    found.push(String::new());
                }
                within = true;
                found.last_mut().unwrap().push(letter);
            }
        }
    }
    found
}

/// The configuration that `init` writes with these flags for a hall with a name of its own. A folder stands for the machine:
/// what is to lie at `/var` lies below it, and the configuration is told as the machine has it.
fn set_up(flags: &[String]) -> Config {
    let own = [
        "--name",
        "新区街道便民服务中心",
        "--administrator",
        "wang",
        "--origin",
        "https://help.xinqu.cn",
    ];
    let certificate = ["--certificate", "certificate.pem", "--key", "key.pem"];
    let machine = tempfile::tempdir().unwrap();
    let root = machine.path().to_str().unwrap();
    let made = self_made_certificate();
    for (file, text) in [("certificate.pem", made.certificate), ("key.pem", made.key)] {
        std::fs::write(machine.path().join(file), text).unwrap();
    }
    let flags = flags.iter().map(|flag| match flag.strip_prefix('/') {
        Some(below) => format!("{root}/{below}"),
        None => flag.clone(),
    });
    let mut init = in_folder(machine.path());
    init.arg("init").args(own).args(certificate).args(flags);
    let ended = init.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let file = machine.path().join("yunyiban.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, written.replace(&format!("{root}/"), "/")).unwrap();
    load(Some(&file), std::iter::empty()).unwrap()
}

/// A certificate of `localhost` by nobody but itself.
pub fn self_made_certificate() -> SelfSigned {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    self_signed(vec!["localhost".into()], Timestamp::from_millis(i64::try_from(now).unwrap())).unwrap()
}
