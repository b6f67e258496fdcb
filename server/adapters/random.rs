//! The system's randomness.

use yunyiban_app::ports::Random;

/// Draws from the operating system.
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system cannot give random bytes: nothing secret could be made.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
