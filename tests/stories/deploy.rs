//! What an installed hall runs by itself.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use yunyiban::config::write::commented;

use crate::support::{TestCitizen, TestHall};

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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/hall/backup");
    let mut command = Command::new(script);
    command.arg(config).arg(backups).env("PROGRAM", env!("CARGO_BIN_EXE_yunyiban"));
    command.env("YUNYIBAN_STORE__URL", &hall.config.store.url);
    let ended = command.stdin(Stdio::null()).output().await.unwrap();
    if !ended.status.success() {
        println!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    }
    ended.status.success()
}
