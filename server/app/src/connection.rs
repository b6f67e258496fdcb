//! One socket of a page, from its ticket to its end.

use std::sync::Arc;

use yunyiban_core::Refusal;
use yunyiban_protocol::{ClientMessage, RequestKey};

use crate::House;
use crate::outbox::Outbox;
use crate::trouble::Trouble;

/// A signed-in socket: what it hears is in `link`, what it says comes out of `outbox`, so that both can run at once.
pub struct Connection {
    /// Takes the page's messages.
    pub link: Link,
    /// Gives what to send; begins with `session.welcome`.
    pub outbox: Outbox,
}

/// The listening half of a [`Connection`]. Dropping it ends the connection; the visit or window goes on.
pub struct Link {}

impl Link {
    /// Takes one message. Answers come out of the outbox, in the order of the archive; this returns without waiting for it.
    pub async fn handle(&self, message: ClientMessage) {
        todo!()
    }

    /// Answers a message that could not be read (not JSON, unknown field, too large). Counts against the limit of messages.
    pub fn refuse(&self, key: Option<RequestKey>, refusal: Refusal) {
        todo!()
    }

    /// The socket is gone. The same as dropping the link.
    pub fn closed(self) {}
}

impl House {
    /// Opens a connection by a ticket, which is used up. `version` and `seen` are those of `session.hello`.
    /// An older connection of the same visit or console is told `session.replaced` and ends.
    ///
    /// # Errors
    /// `bad_ticket`, `page_outdated`, `visit_unknown`, `signed_out`, or a failure.
    pub async fn connect(self: &Arc<Self>, ticket: &str, version: u16, seen: Option<u32>) -> Result<Connection, Trouble> {
        todo!()
    }
}
