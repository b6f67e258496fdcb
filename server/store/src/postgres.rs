//! The archive in PostgreSQL, for a city: one transaction a hall, every wait bounded.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::{HallId, Sensitive};

use crate::engine::Engine;
use crate::migrations::migrate_postgres;
use crate::open::{OpenFailure, unreachable};
use crate::sql::{Fields, Script, Statement, postgres_arguments};
use crate::store::SqlStore;
use crate::trouble::Trouble;

/// Connections a node. A hall has at most one batch in flight.
const CONNECTIONS: u32 = 8;

/// How long a call waits for a connection before it fails: a citizen gets an honest answer within 2 s (F11).
const CONNECTION_WAIT: Duration = Duration::from_secs(2);

/// Limits of the server for our sessions, milliseconds: a slow or locked database sheds load instead of gathering it (F12).
const LIMITS_MS: [(&str, &str); 3] = [
    ("statement_timeout", "5000"),
    ("lock_timeout", "2000"),
    ("idle_in_transaction_session_timeout", "10000"),
];

/// What the connections of a server call themselves.
const SERVER: &str = "yunyiban serve";

const SERVERS: &str = "select count(*) from pg_stat_activity where datname = current_database() and application_name = $1";

/// The archive of a city.
pub type PostgresStore = SqlStore<Postgres>;

/// A PostgreSQL database.
pub struct Postgres {
    pool: PgPool,
    may_own: bool,
}

impl PostgresStore {
    /// Connects for a server and brings the database to this program's schema.
    ///
    /// # Errors
    /// See [`OpenFailure`].
    pub async fn connect(url: &Sensitive<String>) -> Result<Self, OpenFailure> {
        let options = options(url)?;
        // Migrations may take longer than a call may.
        let mut connection = options.connect().await.map_err(unreachable)?;
        migrate_postgres(&mut connection).await?;
        connection.close().await.map_err(unreachable)?;
        Ok(Self {
            engine: Postgres {
                // One stays connected however quiet the hall is, so that `is_served` finds it.
                pool: pool(options.application_name(SERVER), 1),
                may_own: true,
            },
        })
    }

    /// Connects beside a running server: migrates nothing and cannot take halls over.
    ///
    /// # Errors
    /// See [`OpenFailure`].
    pub async fn connect_beside(url: &Sensitive<String>) -> Result<Self, OpenFailure> {
        let pool = pool(options(url)?, 0);
        pool.acquire().await.map_err(unreachable)?;
        Ok(Self {
            engine: Postgres { pool, may_own: false },
        })
    }
}

impl Postgres {
    async fn run(&self, script: Script) -> Result<Vec<Fields>, Trouble> {
        let mut transaction = self.pool.begin().await?;
        let mut rows = Vec::new();
        for statement in script.statements {
            let arguments = postgres_arguments(statement.values)?;
            rows = sqlx::query_with(statement.sql, arguments).fetch_all(&mut *transaction).await?;
            if statement.fences && rows.is_empty() {
                return Err(Trouble::NotOwner);
            }
        }
        transaction.commit().await?;
        Ok(rows.into_iter().map(Fields::Postgres).collect())
    }
}

#[async_trait]
impl Engine for Postgres {
    async fn read(&self, query: Statement) -> Result<Vec<Fields>, Trouble> {
        let arguments = postgres_arguments(query.values)?;
        let rows = sqlx::query_with(query.sql, arguments).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(Fields::Postgres).collect())
    }

    async fn write(&self, script: Script) -> Result<Vec<Fields>, StoreFailure> {
        let (hall, doing) = (script.hall.clone(), script.doing.clone());
        self.run(script).await.map_err(|trouble| trouble.failure(&hall, doing))
    }

    /// PostgreSQL has its own tools, which copy while it runs and restore on any version: they are named, not rebuilt.
    async fn backup(&self, into: &Path) -> Result<(), StoreFailure> {
        let word = format!(
            "a PostgreSQL archive is copied with: pg_dump --format=custom --file={} <database>",
            into.display()
        );
        Err(Trouble::told(word).failure(&HallId::new(""), "copying the archive"))
    }

    fn may_own(&self) -> bool {
        self.may_own
    }
}

/// The failure never repeats the address: it may hold a password.
fn options(url: &Sensitive<String>) -> Result<PgConnectOptions, OpenFailure> {
    let options = PgConnectOptions::from_str(url.reveal()).map_err(|_| OpenFailure::Unnamed)?;
    Ok(options.application_name("yunyiban").disable_statement_logging())
}

/// Whether a server is connected.
pub(crate) async fn is_served(url: &Sensitive<String>) -> Result<bool, OpenFailure> {
    let mut connection = options(url)?.connect().await.map_err(unreachable)?;
    let servers: i64 = sqlx::query_scalar(SERVERS)
        .bind(SERVER)
        .fetch_one(&mut connection)
        .await
        .map_err(unreachable)?;
    connection.close().await.map_err(unreachable)?;
    Ok(servers > 0)
}

fn pool(options: PgConnectOptions, least: u32) -> PgPool {
    let pool = PgPoolOptions::new()
        .min_connections(least)
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECTION_WAIT);
    pool.connect_lazy_with(options.options(LIMITS_MS))
}
