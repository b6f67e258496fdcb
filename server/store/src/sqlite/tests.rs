//! What only a file does: locks, copies, damage, a full disk.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use sqlx::{ConnectOptions, Connection};
use yunyiban_app::ports::store::{Store, StoreFailure};
use yunyiban_protocol::Sensitive;

use super::{SqliteStore, options, restore};
use crate::OpenFailure;
use crate::contract::sample::{Scribe, chat, closed, ids, line, load, put, visit, xinqu};
use crate::testing::Scratch;

#[tokio::test]
async fn a_second_process_is_refused_and_a_restart_goes_on_at_once() {
    let folder = Scratch::new();
    let path = folder.path("hall.db");
    let first: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut scribe = Scribe::of_new(&first, &xinqu()).await;
    scribe.commit(vec![put(&visit(1))]).await.unwrap();

    let refused = SqliteStore::open(&path).await.err().unwrap();
    assert!(matches!(&refused, OpenFailure::InUse { path: of } if of == &path));
    assert!(refused.to_string().contains("stop that one first"));

    drop((scribe, first));
    let second: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let scribe = Scribe::take(&second, &xinqu()).await;
    assert_eq!((scribe.seq, scribe.epoch), (1, 2));
}

#[tokio::test]
async fn beside_a_running_server_accounts_change_and_halls_do_not() {
    let folder = Scratch::new();
    let path = folder.path("hall.db");
    let server: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut scribe = Scribe::of_new(&server, &xinqu()).await;

    let beside: Arc<dyn Store> = Arc::new(SqliteStore::open_beside(&path).await.unwrap());
    beside.add_account(&crate::contract::sample::chen_laoshi(&xinqu())).await.unwrap();
    assert!(matches!(beside.take_hall(&xinqu()).await, Err(StoreFailure::Unavailable { .. })));

    assert_eq!(server.accounts(&xinqu()).await.unwrap().len(), 1);
    scribe.commit(vec![put(&visit(1))]).await.unwrap();
    assert_eq!(ids(&load(&beside, &xinqu()).await), [visit(1).id]);
}

#[tokio::test]
async fn a_look_sees_the_server_and_changes_nothing() {
    let folder = Scratch::new();
    let path = folder.path("hall.db");
    let url = Sensitive::new(format!("sqlite:{}", path.display()));
    assert!(!crate::is_served(&url).await.unwrap());
    assert!(!path.exists() && !folder.path("hall.db.lock").exists(), "nothing was made");
    let server = SqliteStore::open(&path).await.unwrap();
    assert!(crate::is_served(&url).await.unwrap() && crate::is_served(&url).await.unwrap());
    drop(server);
    assert!(!crate::is_served(&url).await.unwrap());
}

#[tokio::test]
async fn nothing_is_opened_beside_a_server_that_never_ran() {
    let folder = Scratch::new();
    assert!(SqliteStore::open_beside(&folder.path("missing.db")).await.is_err());
    assert!(!folder.path("missing.db").exists());
}

#[tokio::test]
async fn a_folder_that_is_missing_is_named() {
    let folder = Scratch::new();
    let refused = SqliteStore::open(&folder.path("nowhere/hall.db")).await.err().unwrap();
    assert!(
        matches!(&refused, OpenFailure::File { path, .. } if path.ends_with("nowhere/hall.db.lock")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_backup_is_complete_private_and_never_over_another_file() {
    let folder = Scratch::new();
    let (path, copy, restored) = (folder.path("hall.db"), folder.path("copy.db"), folder.path("restored.db"));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;
    scribe.commit(vec![put(&visit(1)), chat(&visit(1), &line(1, "您好"))]).await.unwrap();

    store.backup(&copy).await.unwrap();
    scribe.commit(vec![put(&visit(2))]).await.unwrap();
    assert!(
        matches!(store.backup(&copy).await, Err(StoreFailure::Unavailable { .. })),
        "the copy is not written over"
    );
    for file in [&path, &copy] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }

    restore(&copy, &restored).await.unwrap();
    assert!(matches!(restore(&copy, &restored).await, Err(OpenFailure::Exists { .. })));
    assert!(matches!(restore(&copy, &path).await, Err(OpenFailure::InUse { .. })));
    let again: Arc<dyn Store> = Arc::new(SqliteStore::open(&restored).await.unwrap());
    assert_eq!(ids(&load(&again, &xinqu()).await), [visit(1).id], "as it was when the copy was made");
    assert_eq!(again.chat_after(&xinqu(), &visit(1).id, 0, 10).await.unwrap(), [line(1, "您好")]);
    Scribe::take(&again, &xinqu()).await.commit(vec![put(&visit(3))]).await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let folder = Scratch::new();
    let (path, copy, restored) = (folder.path("hall.db"), folder.path("copy.db"), folder.path("restored.db"));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;
    scribe.commit((1..300).map(|number| put(&visit(number))).collect()).await.unwrap();
    store.backup(&copy).await.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    std::fs::write(&copy, bytes).unwrap();

    assert!(matches!(restore(&copy, &restored).await, Err(OpenFailure::Damaged { .. })));
    std::fs::write(&copy, "no database at all, but long enough to look like something").unwrap();
    assert!(matches!(restore(&copy, &restored).await, Err(OpenFailure::Damaged { .. })));
    assert!(!restored.exists());
}

#[tokio::test]
async fn an_archive_of_a_newer_program_is_left_alone() {
    let folder = Scratch::new();
    let path = folder.path("hall.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let mut connection = options(&path).connect().await.unwrap();
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let refused = SqliteStore::open(&path).await.err().unwrap();
    assert!(matches!(refused, OpenFailure::Newer { version: 9999 }), "{refused}");
}

/// The file may not grow past 120 pages: every engine path behaves as on a full disk.
#[tokio::test]
async fn a_full_file_refuses_writes_and_keeps_what_was_told() {
    let folder = Scratch::new();
    let path = folder.path("hall.db");
    let store = SqliteStore::open_with(&path, options(&path).pragma("max_page_count", "120"))
        .await
        .unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;

    let told = fill(&mut scribe).await;

    assert_eq!(ids(&load(&store, &xinqu()).await).len(), told, "reads go on");
    assert!(
        matches!(scribe.commit(vec![put(&visit(10_000))]).await, Err(StoreFailure::Full { .. })),
        "and writes are refused again"
    );
    drop((scribe, store));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    assert_eq!(ids(&load(&store, &xinqu()).await).len(), told, "nothing told is lost");
}

/// A real small disk, where this machine lets a test mount one; the test above stands for it elsewhere.
#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.folder.path("hall.db");
    let ballast = disk.folder.path("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;

    let told = fill(&mut scribe).await;
    assert_eq!(ids(&load(&store, &xinqu()).await).len(), told, "reads go on");

    std::fs::remove_file(ballast).unwrap();
    scribe.commit(vec![put(&closed(&visit(1), visit(1).joined_at))]).await.unwrap();
    drop((scribe, store));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let all = store.load_hall(&xinqu(), visit(0).joined_at, visit(0).joined_at).await.unwrap().unwrap();
    assert_eq!(all.visits.len(), told, "nothing told is lost");
}

/// Takes numbers until there is no room and gives how many were told.
async fn fill(scribe: &mut Scribe) -> usize {
    for number in 1_u32.. {
        match scribe.commit(vec![put(&visit(number))]).await {
            Ok(()) => {}
            Err(StoreFailure::Full { doing }) => {
                assert_eq!(doing, "committing 1 events of hall xinqu");
                return number as usize - 1;
            }
            Err(other) => panic!("after {number} numbers: {other:?}"),
        }
        assert!(number < 50_000, "it never fills");
    }
    unreachable!("numbers do not run out before the disk does")
}

struct SmallDisk {
    folder: Scratch,
}

impl SmallDisk {
    /// 3 MiB in memory; `None` where mounting is not allowed.
    fn mount() -> Option<Self> {
        let folder = Scratch::new();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
            .arg(folder.path(""))
            .output()
            .ok()?;
        mount.status.success().then_some(Self { folder })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(self.folder.path("")).status().ok();
    }
}
