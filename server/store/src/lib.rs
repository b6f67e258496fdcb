//! The archive: `app`'s port `Store` on SQLite, on PostgreSQL and in memory.
//!
//! Reading order:
//!
//! 1. `migrations/` beside the rooms: the tables. `guards`: what may be there only once.
//! 2. `sql` and `insert`: statements as constants of the program, values, rows.
//! 3. `commit`: one batch of a hall as a script. `load`: the hall read back. `records`, `accounts`, `setup`, `rules`.
//! 4. `store`: the port on any `engine`; `sqlite` and `postgres` are the engines. `trouble`: their failures.
//! 5. `memory`: the same port without a database, for tests of other rooms.
//!
//! What is deliberately absent: a statement put together at run time, and a rule of the hall.

mod accounts;
mod calendar;
mod columns;
mod commit;
#[cfg(test)]
mod contract;
mod cursor;
mod deliveries;
mod engine;
mod guards;
mod insert;
mod load;
mod memory;
mod migrations;
mod open;
mod phone_marks;
mod postgres;
mod records;
mod rules;
mod setup;
mod sql;
mod sqlite;
mod store;
mod suspension;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trouble;

pub use memory::{Fault, MemoryStore};
pub use open::{OpenFailure, is_served, open, open_beside};
pub use postgres::{Postgres, PostgresStore};
pub use sqlite::{Sqlite, SqliteStore, restore};
pub use store::SqlStore;
