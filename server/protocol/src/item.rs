//! Service items (事项) as pages see them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ItemCode;

/// An item by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ItemRef {
    /// Code in the hall's catalogue.
    pub code: ItemCode,
    /// Official name.
    pub name: String,
}

/// An item in a list that can be searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ItemBrief {
    /// Code in the hall's catalogue.
    pub code: ItemCode,
    /// Official name.
    pub name: String,
    /// Everyday names and spoken words.
    pub aliases: Vec<String>,
    /// Group shown as a heading (社会保险).
    pub group: String,
    /// Initials of the pinyin of the name and then of each alias, lower case, a blank between: `jmylbxcb ylbx`.
    /// Empty on the hall's card, which is small: the whole list is fetched with the first letter typed.
    pub initials: String,
}

/// What to bring and how it goes, for the waiting screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ItemGuide {
    /// The item.
    pub item: ItemRef,
    /// Names of the materials everybody needs, with the note for each.
    pub materials: Vec<(String, String)>,
    /// Steps in order.
    pub steps: Vec<String>,
    /// Fee as text.
    pub fee: String,
    /// Working days promised; 0 = on the spot.
    pub promised_limit_days: u16,
}
