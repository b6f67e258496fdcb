//! Figures of a day (DOMAIN 3.11): each is defined once, here, whoever prints or shows it.

mod put_right;
mod service_level;
mod time_sheet;

pub use service_level::{SHORT_ABANDON_MS, ServiceLevel};
pub use time_sheet::{Hours, TimeSheet};
