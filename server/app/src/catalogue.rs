//! Import of a hall's catalogue of service items (事项目录) from JSON.

use crate::ports::store::CatalogueItem;

/// Why a catalogue is not taken. Names the item, so that a person can mend the file.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFailure {
    /// Not JSON, or not of the schema's shape.
    #[error("the catalogue cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// A rule of the catalogue is broken.
    #[error("item {item}: {rule}")]
    Broken {
        /// Code of the item, or its place when it has none.
        item: String,
        /// Which rule, in words.
        rule: &'static str,
    },
}

/// Reads a catalogue file (`catalogue.schema.json`) into items in its order.
///
/// # Errors
/// [`CatalogueFailure`].
pub fn read_catalogue(json: &str) -> Result<Vec<CatalogueItem>, CatalogueFailure> {
    let _ = json;
    todo!()
}
