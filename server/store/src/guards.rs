//! The archive's guards: unique indexes that stop a state which must not be (GUARANTEES, 5b).
//!
//! PostgreSQL reports a broken guard by its name, SQLite by its columns; this is the one table between them.

/// A guard: its name, and how SQLite spells it in `UNIQUE constraint failed: …`.
pub(crate) struct Guard {
    /// The constraint's name in the migrations.
    pub(crate) name: &'static str,
    /// Its columns as SQLite lists them.
    pub(crate) columns: &'static str,
}

const fn guard(name: &'static str, columns: &'static str) -> Guard {
    Guard { name, columns }
}

/// One hall an id.
pub(crate) const HALL_ID: Guard = guard("halls_id", "halls.id");
/// One person at one window.
pub(crate) const WINDOW_STAFF: Guard = guard("windows_staff", "windows.hall, windows.staff");
/// One sign-in name a house.
pub(crate) const SIGN_IN_NAME: Guard = guard("staff_sign_in_name", "staff.sign_in_name");
/// One number a day.
pub(crate) const VISIT_NUMBER: Guard = guard("visits_number", "visits.hall, visits.day, visits.number");
/// One place in the order of a queue (I10).
pub(crate) const VISIT_ORDER: Guard = guard("visits_order", "visits.hall, visits.queue, visits.order_seq");
/// One visit at a window (I1).
pub(crate) const VISIT_WINDOW: Guard = guard("visits_window", "visits.hall, visits.window_id");
/// One visit with a person (I2).
pub(crate) const VISIT_STAFF: Guard = guard("visits_staff", "visits.hall, visits.staff");
/// One live visit a token (I25).
pub(crate) const VISIT_TOKEN: Guard = guard("visits_token", "visits.hall, visits.token_hash");
/// One event a number.
pub(crate) const EVENT_SEQ: Guard = guard("events_seq", "events.hall, events.seq");
/// One line of chat a number (I20).
pub(crate) const CHAT_NUMBER: Guard = guard("chat_lines_number", "chat_lines.hall, chat_lines.visit, chat_lines.number");
/// One record version a number.
pub(crate) const RECORD_VERSION: Guard = guard("records_version", "records.hall, records.visit, records.version");
/// One record a number.
pub(crate) const RECORD_NUMBER: Guard = guard("records_number", "records.hall, records.number, records.version");
/// One rating a visit: a correction takes its place, so that this never stops anything.
pub(crate) const RATING: Guard = guard("ratings_visit", "ratings.hall, ratings.visit");
/// One outcome a visit (I5).
pub(crate) const OUTCOME: Guard = guard("outcomes_visit", "outcomes.hall, outcomes.visit");
/// One owner a picture.
pub(crate) const PICTURE: Guard = guard("pictures_bulk", "pictures.hall, pictures.bulk");

/// All of them.
pub(crate) const GUARDS: &[Guard] = &[
    HALL_ID,
    WINDOW_STAFF,
    SIGN_IN_NAME,
    VISIT_NUMBER,
    VISIT_ORDER,
    VISIT_WINDOW,
    VISIT_STAFF,
    VISIT_TOKEN,
    EVENT_SEQ,
    CHAT_NUMBER,
    RECORD_VERSION,
    RECORD_NUMBER,
    RATING,
    OUTCOME,
    PICTURE,
];

/// The guard SQLite means with these columns.
pub(crate) fn by_columns(columns: &str) -> Option<&'static Guard> {
    GUARDS.iter().find(|guard| guard.columns == columns)
}

/// The guard PostgreSQL means with this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Guard> {
    GUARDS.iter().find(|guard| guard.name == name)
}
