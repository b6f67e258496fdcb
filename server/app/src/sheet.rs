//! Sheets (CSV) that no program takes for formulas.

use std::collections::BTreeMap;

/// The words of a sheet, from `web/locales`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetWords {
    /// Headings in the order of [`COLUMNS`].
    pub headings: Vec<String>,
    /// Kinds of help and results by their word on the wire (`answer`, `not_done`).
    pub values: BTreeMap<String, String>,
}

/// The columns of the sheet of records, in order.
pub const COLUMNS: [&str; 14] = [
    "number", "visit_number", "item", "kind", "result", "note", "next_step", "staff", "window", "joined_at", "served_at", "ended_at", "saved_at", "version",
];
