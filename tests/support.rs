//! A hall with its people, as the stories need them: [`TestHall`] is the built server on free ports with an SQLite file in a
//! folder of its own; [`TestCitizen`] and [`TestStaff`] speak to it over real sockets, as pages do.

pub mod chance;
pub mod citizen;
pub mod disk;
pub mod figure;
pub mod hall;
pub mod http;
pub mod left_out;
pub mod namespace;
pub mod order;
pub mod page;
pub mod process;
pub mod staff;

pub use citizen::TestCitizen;
pub use hall::TestHall;
pub use staff::TestStaff;

use std::time::Duration;

use page::done;

/// Where the files of this repository are.
pub const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// Nothing here takes so long; a story that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// li_nainai with the first number of the day, and chen_laoshi at window 1, together.
pub async fn in_a_talk(hall: &TestHall) -> (TestCitizen, TestStaff) {
    let mut li_nainai = TestCitizen::takes_a_number(hall).await;
    done(li_nainai.is_here().await);
    let mut chen_laoshi = TestStaff::signs_in(hall, "chen_laoshi").await;
    chen_laoshi.opens_window("1").await;
    chen_laoshi.serves(&mut li_nainai).await;
    (li_nainai, chen_laoshi)
}
