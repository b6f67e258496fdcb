//! What the archive needs of a database engine.

use std::path::Path;

use async_trait::async_trait;
use yunyiban_app::ports::store::StoreFailure;

use crate::sql::{Fields, Script, Statement};
use crate::trouble::Trouble;

/// SQLite or PostgreSQL, reduced to what differs.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// One query on what is committed.
    async fn read(&self, query: Statement) -> Result<Vec<Fields>, Trouble>;

    /// One script, durable when this returns. The rows of its last statement.
    async fn write(&self, script: Script) -> Result<Vec<Fields>, StoreFailure>;

    /// A copy of the whole archive.
    async fn backup(&self, into: &Path) -> Result<(), StoreFailure>;

    /// Whether this process may take halls over: not when it only looks beside a running server.
    fn may_own(&self) -> bool;
}
