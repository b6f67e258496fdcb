//! What `doctor` finds of the machine itself: the room on its disks, and its clock.

use std::path::{Path, PathBuf};
use std::process::Output;

use yunyiban::config::Config;

use crate::support::disk::SmallDisk;
use crate::support::hall::always_open;
use crate::support::namespace::{Own, is_apart};
use crate::support::{TestCitizen, TestHall, process};

/// A day of the wall clock.
const DAY_MS: i64 = 86_400_000;

/// The line that begins so, and whether `doctor` found all well.
fn line(looked: &Output, begins: &str) -> (String, bool) {
    let said = String::from_utf8_lossy(&looked.stdout);
    let found = said.lines().find(|line| line.contains(begins));
    (found.unwrap_or_else(|| panic!("{begins}: {said}")).to_owned(), looked.status.success())
}

/// The line of a problem, which names what mends it; the program's end says that there is one.
fn names(looked: &Output, begins: &str, mends: &[&str]) {
    let (line, well) = line(looked, begins);
    assert!(line.starts_with('✗') && !well, "{line}");
    for word in mends {
        assert!(line.contains(word), "{word}: {line}");
    }
}

fn is_fine(looked: &Output, begins: &str) {
    let (line, _) = line(looked, begins);
    assert!(line.starts_with('✓'), "{line}");
}

/// A hall whose database is on this disk, closed.
async fn hall_on(disk: &SmallDisk, change: impl FnOnce(&mut Config)) -> TestHall {
    let url = format!("sqlite:{}", disk.path().join("hall.db").display());
    TestHall::make_closed(always_open(), &[], |config| {
        config.store.url = url;
        config.files.folder = disk.path().join("files");
        change(config);
    })
    .await
}

#[tokio::test]
async fn little_room_is_told_with_the_settings_that_lead_to_another_disk() {
    if !is_apart(
        "stories::doctor::machine::little_room_is_told_with_the_settings_that_lead_to_another_disk",
        Own::Mounts,
    ) {
        return;
    }
    let disk = SmallDisk::mount(1_000);
    let mut hall = hall_on(&disk, |_| {}).await;
    let doctor = |config: &Config| process::run(config, hall.folder.path(), &["doctor"]);
    let place = disk.path().display().to_string();
    let mends = [place.as_str(), "store.url", "files.folder"];
    names(&doctor(&hall.config), "磁盘：", &[&mends[..], &["只剩 99", "至少要 1024 MiB"]].concat());

    disk.grow(3_000);
    let looked = doctor(&hall.config);
    is_fine(&looked, "磁盘：");
    assert!(looked.status.success(), "{looked:?}");

    let mut spare = hall.config.clone();
    spare.files.keep_free_mib = 4_000;
    names(&doctor(&spare), "磁盘：", &[&mends[..], &["至少要 4000 MiB"]].concat());

    // Where nothing more can be written everything is still read.
    disk.shrink();
    let looked = doctor(&hall.config);
    names(&looked, "磁盘：", &[&mends[..], &["只剩 0 MiB"]].concat());
    is_fine(&looked, "数据库：");

    // Not even what is needed to read it finds a place: the same disk, not a database that does not run. The program before may or
    // may not have left that behind as it ended.
    let _ = std::fs::remove_file(disk.path().join("hall.db-shm"));
    let ballast = disk.fill();
    let looked = doctor(&hall.config);
    names(&looked, "磁盘：", &[&mends[..], &["只剩 0 MiB"]].concat());
    names(&looked, "hall.db", &["磁盘满了", "df -h"]);
    std::fs::remove_file(ballast).unwrap();

    hall.start();
    let looked = process::run(&hall.config, hall.folder.path(), &["doctor"]);
    names(&looked, "磁盘：", &mends);
    is_fine(&looked, "数据库：");
}

#[tokio::test]
async fn the_disk_of_the_pictures_is_looked_at_where_it_is_another() {
    if !is_apart(
        "stories::doctor::machine::the_disk_of_the_pictures_is_looked_at_where_it_is_another",
        Own::Mounts,
    ) {
        return;
    }
    let (large, small) = (SmallDisk::mount(3_000), SmallDisk::mount(10));
    let hall = hall_on(&large, |config| config.files.folder = small.path().join("not/made/yet")).await;
    let looked = process::run(&hall.config, hall.folder.path(), &["doctor"]);
    is_fine(&looked, &format!("磁盘：{} ", large.path().display()));
    names(&looked, &format!("磁盘：{} ", small.path().display()), &["只剩 10 MiB", "files.folder"]);
}

/// What `doctor` says where the wall clock is ahead by so much.
fn asked_by_a_clock(config: &Config, folder: &Path, ahead_ms: i64) -> Output {
    let clock = moved(folder, ahead_ms);
    process::command(config, folder)
        .arg("doctor")
        .env("TEST_WALL_CLOCK_MS", clock)
        .output()
        .unwrap()
}

fn moved(folder: &Path, ahead_ms: i64) -> PathBuf {
    let clock = folder.join("wall-clock-ms");
    std::fs::write(&clock, ahead_ms.to_string()).unwrap();
    clock
}

#[tokio::test]
async fn a_clock_behind_the_program_itself_is_told_with_the_command_that_sets_it() {
    let hall = TestHall::make_closed(always_open(), &[], |_| {}).await;
    let folder = hall.folder.path();
    is_fine(&asked_by_a_clock(&hall.config, folder, 0), "时钟：");
    let looked = asked_by_a_clock(&hall.config, folder, -20 * 365 * DAY_MS);
    names(&looked, "时钟：比这个程序", &["timedatectl set-ntp true"]);
}

#[tokio::test]
async fn a_clock_behind_what_has_happened_is_told_with_the_command_that_sets_it() {
    let mut hall = TestHall::make_closed(always_open(), &[], |_| {}).await;
    let clock = moved(hall.folder.path(), 2 * DAY_MS);
    hall.environment.push(("TEST_WALL_CLOCK_MS", clock));
    hall.start();
    let li_nainai = TestCitizen::takes_a_number(&hall).await;
    assert_eq!(li_nainai.visit.number, "A1");
    hall.kill();

    let folder = hall.folder.path();
    is_fine(&asked_by_a_clock(&hall.config, folder, 2 * DAY_MS), "数据库：");
    let looked = asked_by_a_clock(&hall.config, folder, 0);
    is_fine(&looked, "时钟：正常");
    names(&looked, "时钟：大厅 xinqu", &["timedatectl set-ntp true"]);
}
