//! `catalogue`: replaces the service items of a hall from a file.

use std::path::{Path, PathBuf};

use clap::Args;
use yunyiban_app::catalogue::read_catalogue;
use yunyiban_app::ports::store::CatalogueItem;

use super::staff::{audit, one_hall};
use crate::archive;
use crate::config::Config;
use crate::failure::{Failure, causes};
use crate::text::{say, tell};

/// `catalogue`.
#[derive(Debug, Args)]
pub struct Import {
    /// Id of the hall; may be left out where there is only one.
    #[arg(long)]
    pub hall: Option<String>,
    /// Catalogue of items, JSON as in server/demo/catalogue.schema.json.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
}

impl Import {
    /// Replaces the items.
    ///
    /// # Errors
    /// [`Failure::Unreadable`], [`Failure::Catalogue`], [`Failure::NoHall`], what [`archive::open`] says; then the items
    /// are the old ones.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let items = read(&self.from)?;
        let store = archive::open(&config.store.url).await?;
        let hall = one_hall(&store, self.hall.as_deref(), config).await?;
        store
            .put_catalogue(&hall, &items)
            .await
            .map_err(|failure| archive::told(&config.store.url, failure))?;
        audit(&store, &hall, "catalogue_replaced", config).await?;
        tell(&say("catalogue_replaced", &[("hall", &hall), ("count", &items.len())]));
        Ok(())
    }
}

/// The items of a file.
///
/// # Errors
/// [`Failure::Unreadable`], [`Failure::Catalogue`].
pub fn read(path: &Path) -> Result<Vec<CatalogueItem>, Failure> {
    let json = std::fs::read_to_string(path).map_err(|cause| Failure::reading(path, &cause))?;
    read_catalogue(&json).map_err(|failure| Failure::Catalogue {
        path: path.into(),
        reason: causes(&failure),
    })
}
