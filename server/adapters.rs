//! The outside as it is: system clock, the system's randomness, tokio's tasks, a folder of files.

pub mod clock;
pub mod files;
pub mod random;
pub mod spawner;

pub use clock::SystemClock;
pub use files::FileFolder;
pub use random::SystemRandom;
pub use spawner::TokioSpawner;
