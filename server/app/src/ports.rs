//! What the house needs of the outside: small traits, each with a real and a simple in-memory form.
//!
//! The simple forms of time, chance, spawning and files are in the `testing` module.

pub mod files;
pub mod media;
pub mod notices;
pub mod random;
pub mod spawn;
pub mod store;
pub mod time;

pub use files::{FileFailure, Files};
pub use media::{CallId, Media, MediaEvent, MediaFailure, OfferReason, PeerId};
pub use notices::Notices;
pub use random::Random;
pub use spawn::{Spawner, Task};
pub use store::{Store, StoreFailure};
pub use time::Clock;
