//! The outside as it is: system clock, the system's randomness, tokio's tasks, a folder of files, a provider of messages.

pub mod clock;
pub mod files;
pub mod random;
pub mod spawner;
pub mod webhook;

pub use clock::SystemClock;
pub use files::FileFolder;
pub use random::SystemRandom;
pub use spawner::TokioSpawner;
pub use webhook::Webhook;
