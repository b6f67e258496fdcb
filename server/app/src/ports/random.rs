//! The one way to draw.

/// A source of secrets: every byte unpredictable, except in tests, where a seed replays a run.
pub trait Random: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}
