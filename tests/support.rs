//! A hall with its people, as the stories need them: [`TestHall`] is the built server on free ports with an SQLite file in a
//! folder of its own; [`TestCitizen`] and [`TestStaff`] speak to it over real sockets, as pages do.

pub mod citizen;
pub mod hall;
pub mod http;
pub mod page;
pub mod process;
pub mod staff;

pub use citizen::TestCitizen;
pub use hall::TestHall;
pub use staff::TestStaff;

use std::time::Duration;

/// Nothing here takes so long; a story that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
