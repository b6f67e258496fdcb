//! Where pictures of the bulk lane lie: a folder on one box, a bucket in a city.

use async_trait::async_trait;
use yunyiban_protocol::{BulkId, HallId};

/// The file store failed.
#[derive(Debug, thiserror::Error)]
pub enum FileFailure {
    /// No room: nothing was written.
    #[error("no room for files while {doing}")]
    Full {
        /// What was being done: `writing picture x of hall xinqu`.
        doing: String,
    },
    /// Anything else.
    #[error("{doing}")]
    Unavailable {
        /// What was being done.
        doing: String,
        /// The system's word.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Files by hall and id. Ids are drawn by the house and never come from a page's file name.
#[async_trait]
pub trait Files: Send + Sync {
    /// Stores a file durably, whole or not at all.
    ///
    /// # Errors
    /// [`FileFailure::Full`], [`FileFailure::Unavailable`]; then there is no such file.
    async fn put(&self, hall: &HallId, id: &BulkId, bytes: Vec<u8>) -> Result<(), FileFailure>;

    /// The bytes, or `None` when there is no such file.
    ///
    /// # Errors
    /// [`FileFailure::Unavailable`].
    async fn get(&self, hall: &HallId, id: &BulkId) -> Result<Option<Vec<u8>>, FileFailure>;

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// [`FileFailure::Unavailable`].
    async fn remove(&self, hall: &HallId, id: &BulkId) -> Result<(), FileFailure>;
}
