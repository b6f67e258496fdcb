//! What only a server does: being out of reach, being locked, being copied by its own tools.

use std::path::Path;
use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use yunyiban_app::ports::store::{Store, StoreFailure};
use yunyiban_protocol::Sensitive;

use super::PostgresStore;
use crate::contract::sample::{Scribe, ids, load, put, visit, xinqu};
use crate::testing::PostgresServer;

#[tokio::test]
async fn a_database_out_of_reach_is_told_without_its_password() {
    let url = Sensitive::new("postgres://yunyiban:geheim-8812@127.0.0.1:1/archive".to_owned());
    let refused = PostgresStore::connect(&url).await.err().unwrap();
    assert!(!format!("{refused} {refused:?}").contains("geheim-8812"));
    let misspelt = Sensitive::new("postgres://yunyiban:geheim-8812@127.0.0.1:port/archive".to_owned());
    let refused = PostgresStore::connect(&misspelt).await.err().unwrap();
    assert!(!format!("{refused} {refused:?}").contains("geheim-8812"));
}

/// Somebody locks the table by hand: the commit fails within its time, nothing of it is stored, and the next one comes through.
#[tokio::test]
async fn a_locked_table_sheds_load_instead_of_gathering_it() {
    let url = PostgresServer::shared().new_database();
    let store: Arc<dyn Store> = Arc::new(PostgresStore::connect(&url).await.unwrap());
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;
    let mut other = PgConnection::connect(url.reveal()).await.unwrap();
    let mut lock = other.begin().await.unwrap();
    sqlx::query("lock table visits in access exclusive mode")
        .execute(&mut *lock)
        .await
        .unwrap();

    assert!(matches!(scribe.commit(vec![put(&visit(1))]).await, Err(StoreFailure::Unavailable { .. })));

    lock.rollback().await.unwrap();
    scribe.commit(vec![put(&visit(2))]).await.unwrap();
    let image = load(&store, &xinqu()).await;
    assert_eq!((image.seq, ids(&image)), (1, vec![visit(2).id]));
}

/// The answer is lost with the connection: the batch is not there, or it is there whole, and the hall says which.
#[tokio::test]
async fn a_broken_connection_loses_nothing_that_was_told() {
    let url = PostgresServer::shared().new_database();
    let store: Arc<dyn Store> = Arc::new(PostgresStore::connect(&url).await.unwrap());
    let mut scribe = Scribe::of_new(&store, &xinqu()).await;
    let mut other = PgConnection::connect(url.reveal()).await.unwrap();
    let mut told = 0;
    for number in 1..=20 {
        let kill = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()";
        sqlx::query(kill).execute(&mut other).await.unwrap();
        if scribe.commit(vec![put(&visit(number))]).await.is_ok() {
            told += 1;
        } else {
            scribe = Scribe::take(&store, &xinqu()).await;
        }
    }
    let stored = load(&store, &xinqu()).await.visits.len();
    assert!(stored >= told, "{told} told, {stored} stored");
    scribe.commit(vec![put(&visit(21))]).await.unwrap();
}

/// `doctor` looks at a database that a newer program has yet to migrate, and at one that is served.
#[tokio::test]
async fn a_look_sees_the_server_and_changes_nothing() {
    let url = PostgresServer::shared().new_database();
    assert!(!crate::is_served(&url).await.unwrap());
    let mut other = PgConnection::connect(url.reveal()).await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(tables, 0, "nothing was migrated");

    let store = PostgresStore::connect(&url).await.unwrap();
    store.check().await.unwrap();
    assert!(crate::is_served(&url).await.unwrap());
    let beside = PostgresStore::connect_beside(&url).await.unwrap();
    drop(store);
    drop(beside);
}

#[tokio::test]
async fn a_copy_is_left_to_the_databases_own_tool() {
    let url = PostgresServer::shared().new_database();
    let store = PostgresStore::connect(&url).await.unwrap();
    let Err(StoreFailure::Unavailable { cause, .. }) = store.backup(Path::new("/tmp/archive.dump")).await else {
        panic!("no copy is made");
    };
    assert!(cause.to_string().contains("pg_dump --format=custom --file=/tmp/archive.dump"));
}
