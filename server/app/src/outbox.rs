//! What waits to be sent to one page: bounded, coalescing, already text.

use std::sync::Arc;

/// What the socket does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Send this JSON text.
    Text(Arc<str>),
    /// Close, for this reason. Nothing follows.
    Close(Ending),
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The same visit or console was opened elsewhere; the page was told and must not return by itself.
    Replaced,
    /// Signed out, disabled, or the visit is forgotten; the page was told.
    Ended,
    /// The page reads too slowly (T18). It may come back and gets a snapshot.
    TooSlow,
    /// The page sends too much (T12).
    TooMany,
    /// The house closes or lost its archive for long. It may come back.
    Stopping,
}

/// The reading end, for the socket's task.
pub struct Outbox {}

impl Outbox {
    /// The next thing to do, in order; waits for one. `None` after [`Outgoing::Close`]. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Outgoing> {
        todo!()
    }
}
