//! Sign-in of sockets: the first message decides who speaks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ConsoleView, Timestamp, VisitView};

/// Version of the protocol spoken by this server. What each knows and the one before does not is in PROTOCOL.md, "Changing it".
pub const PROTOCOL_VERSION: u16 = 4;

/// From a page about its socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionRequest {
    /// The first message, within 5 s.
    Hello {
        /// From an HTTP answer, used once.
        ticket: String,
        /// Protocol version of the page.
        version: u16,
        /// The hall's event number the page has seen. A citizen's page whose visit still waits, and was told nothing since, gets no
        /// snapshot.
        seen: Option<u32>,
    },
    /// The first message instead, of a citizen's page whose socket was lost: it returns to its visit without an HTTP request, by what
    /// the last welcome brought and the cookie of the request that opened this socket.
    Return {
        /// The `return_ticket` of the last welcome, used once.
        ticket: String,
        /// Protocol version of the page.
        version: u16,
        /// The number of the last message heard. Messages of one number may be several, so that only a page told nothing at it or
        /// since gets no snapshot.
        seen: Option<u32>,
    },
    /// The window's test of itself has just run, whatever it found: each 5 s from a window. Never stored, never answered. A window is rung
    /// only while the last is fresh (DOMAIN 3.3).
    Tested {},
    /// Heartbeat: each 25 s waiting, 5 s in a call; each 5 s from a window. Never stored.
    Ping {
        /// The page is visible.
        visible: bool,
    },
}

/// How long a page tries for a call before it steps down, by the rules of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MediaSetup {
    /// Milliseconds one attempt at a connection lasts; in vain, the next one is made with the voice alone.
    pub attempt_ms: u32,
    /// Milliseconds of attempts in vain, all together, after which text and telephone are offered. Not below `attempt_ms`.
    pub text_ms: u32,
}

/// To a page about its socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SessionNotice {
    /// The ticket was good.
    Welcome {
        /// Lower of the two versions.
        version: u16,
        /// The hall's event number.
        seq: u32,
        /// Server time.
        now: Timestamp,
        /// Snapshot for a citizen; absent when nothing was told it since `seen`.
        visit: Option<Box<VisitView>>,
        /// Snapshot for a staff console, always: several messages carry one event number.
        console: Option<Box<ConsoleView>>,
        /// Opens one more socket of this page with [`SessionRequest::Return`]. Absent for a console, and where the next return is to be
        /// by `resume`. In the page's memory alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        return_ticket: Option<String>,
        /// The rule a page goes by in its calls, until [`SessionNotice::Rules`] says another. Always from this server.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        media_setup: Option<MediaSetup>,
    },
    /// A rule of the open hall was changed: what the welcome said of rules, as it is now.
    Rules {
        /// Counts from the next attempt.
        media_setup: MediaSetup,
    },
    /// Answer to a ping.
    Pong {
        /// Server time.
        now: Timestamp,
    },
    /// The same visit or console was opened elsewhere; this socket ends and must not return by itself. Told once.
    Replaced {},
    /// Signed out, disabled or the visit is forgotten; this socket ends.
    Ended {
        /// A refusal code.
        code: String,
    },
}
