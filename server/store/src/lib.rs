//! The archive: `app`'s port `Store` on SQLite, on PostgreSQL and in memory.

mod columns;
mod cursor;
mod guards;
mod memory;

pub use memory::{Fault, MemoryStore};
