//! Backup, the drill of bringing it back, and what `doctor` sees.

use clap::Parser;
use yunyiban::cli::backup::{Backup, Restore};
use yunyiban::cli::doctor::{Finding, examine};
use yunyiban::cli::init::Init;
use yunyiban::cli::{Arguments, Command};
use yunyiban::config::Config;
use yunyiban::config::read::load;
use yunyiban::failure::Failure;

use crate::support::hall::config_in;
use crate::support::{TestCitizen, TestHall};

fn wrong(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .filter_map(|finding| if let Finding::Wrong(text) = finding { Some(text.as_str()) } else { None })
        .collect()
}

#[tokio::test]
async fn a_backup_of_an_open_hall_comes_back_elsewhere_with_its_line() {
    let mut hall = TestHall::open().await;
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    let picture = hall.path("data/files/xinqu/photo");
    std::fs::create_dir_all(picture.parent().unwrap()).unwrap();
    std::fs::write(&picture, [0xff, 0xd8, 0xff]).unwrap();
    let to = hall.path("backup");
    Backup { to: to.clone() }.run(&hall.config).await.unwrap();
    assert!(matches!(Backup { to: to.clone() }.run(&hall.config).await, Err(Failure::Exists { .. })));
    assert!(
        matches!(Restore { from: to.clone() }.run(&hall.config).await, Err(Failure::Exists { .. })),
        "never over a hall that is there"
    );
    hall.close().await;

    let elsewhere = tempfile::tempdir().unwrap();
    let config = config_in(elsewhere.path());
    Restore { from: to.clone() }.run(&config).await.unwrap();
    let again = tempfile::tempdir().unwrap();
    let twice = Restore { from: to }.run(&config_in(again.path())).await;
    assert!(twice.is_ok(), "a backup can be brought back as often as it is needed: {twice:?}");
    assert_eq!(wrong(&examine(&config).await), Vec::<&str>::new());
    assert_eq!(
        std::fs::read(elsewhere.path().join("data/files/xinqu/photo")).unwrap(),
        [0xff, 0xd8, 0xff]
    );
    hall.config = config;
    hall.restart().await;
    let back = TestCitizen::comes_back(&hall, li_nainai.browser.clone()).await;
    assert_eq!(back.visit.number, li_nainai.visit.number);
}

#[tokio::test]
async fn a_changed_missing_or_foreign_file_in_a_backup_stops_the_restore() {
    let hall = TestHall::open().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let config = config_in(elsewhere.path());
    for (name, spoil) in [
        ("changed", spoil_database as fn(&std::path::Path)),
        ("missing", lose_database),
        ("foreign", add_file),
        ("no list", lose_list),
    ] {
        let to = hall.path(name);
        Backup { to: to.clone() }.run(&hall.config).await.unwrap();
        spoil(&to);
        let failure = Restore { from: to }.run(&config).await.unwrap_err();
        assert!(matches!(failure, Failure::BrokenBackup { .. }), "{name}: {failure}");
        assert!(!elsewhere.path().join("data").exists(), "{name}: nothing was restored");
    }
}

fn spoil_database(backup: &std::path::Path) {
    let path = backup.join("yunyiban.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn lose_database(backup: &std::path::Path) {
    std::fs::remove_file(backup.join("yunyiban.db")).unwrap();
}

fn add_file(backup: &std::path::Path) {
    std::fs::write(backup.join("files/foreign"), "x").unwrap();
}

fn lose_list(backup: &std::path::Path) {
    std::fs::remove_file(backup.join("backup.json")).unwrap();
}

#[tokio::test]
async fn a_backup_of_a_damaged_hall_leaves_nothing_behind_when_it_is_refused() {
    let mut hall = TestHall::open().await;
    TestCitizen::takes_a_number(&hall).await;
    hall.close().await;
    hall.tamper("update visits set number = 'A7', body = replace(body, '\"A1\"', '\"A7\"')")
        .await;
    let to = hall.path("backup");
    Backup { to: to.clone() }.run(&hall.config).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let failure = Restore { from: to }.run(&config_in(elsewhere.path())).await.unwrap_err();
    assert!(matches!(failure, Failure::BrokenBackup { .. }), "{failure}");
    assert_eq!(std::fs::read_dir(elsewhere.path().join("data")).unwrap().count(), 0);
}

#[tokio::test]
async fn doctor_finds_nothing_in_an_open_hall_and_in_a_closed_one() {
    let mut hall = TestHall::open().await;
    TestCitizen::takes_a_number(&hall).await;
    let mut config = hall.config.clone();
    config.server.listen = hall.address();
    config.media.listen = hall.media_address();
    assert_eq!(wrong(&examine(&config).await), Vec::<&str>::new());
    hall.close().await;
    assert_eq!(wrong(&examine(&hall.config).await), Vec::<&str>::new());
}

#[tokio::test]
async fn doctor_sees_a_row_that_is_not_what_its_events_say() {
    let mut hall = TestHall::open().await;
    TestCitizen::takes_a_number(&hall).await;
    hall.close().await;
    for (statement, expected) in [
        ("update visits set number = 'A7', body = replace(body, '\"A1\"', '\"A7\"')", "visits"),
        ("update events set body = replace(body, 'took_number', 'took_nothing')", "第 1 条断了"),
    ] {
        hall.tamper(statement).await;
        let findings = examine(&hall.config).await;
        assert!(wrong(&findings).iter().any(|text| text.contains(expected)), "{statement}: {findings:?}");
    }
}

#[tokio::test]
async fn doctor_names_a_taken_port_and_a_missing_database_with_what_mends_them() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config_in(folder.path());
    config.server.listen = taken.local_addr().unwrap();
    config.media.listen = taken.local_addr().unwrap();
    let findings = examine(&config).await;
    let wrong = wrong(&findings);
    for expected in ["server.listen", "media.listen", "yunyiban init"] {
        assert!(wrong.iter().any(|text| text.contains(expected)), "{expected}: {wrong:?}");
    }
}

#[tokio::test]
async fn init_makes_a_hall_that_doctor_finds_well_and_never_makes_it_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yunyiban.toml");
    let data = folder.path().join("data").display().to_string();
    let line = [
        "yunyiban",
        "init",
        "--name",
        "新区街道便民服务中心",
        "--id",
        "xinqu",
        "--administrator",
        "chen",
        "--windows",
        "4",
    ];
    let given = line
        .iter()
        .copied()
        .chain(["--listen", "127.0.0.1:0", "--media", "127.0.0.1:0", "--data", &data]);
    let Command::Init(init) = Arguments::try_parse_from(given).unwrap().command else {
        panic!("init is init")
    };
    init.run(&file).await.unwrap();
    let config: Config = load(Some(&file), std::iter::empty()).unwrap();
    assert_eq!(wrong(&examine(&config).await), Vec::<&str>::new());
    assert!(matches!(init.run(&file).await, Err(Failure::Exists { .. })));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(init.run(&file).await, Err(Failure::HallExists { .. })));
    assert!(matches!(Init::default().run(&file).await, Err(Failure::FlagMissing { flag: "--name" })));
}
