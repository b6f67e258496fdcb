//! Everything that travels on a socket: `{"topic":"share","type":"start",…}`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CallNotice, CallRequest, ChatNotice, ChatRequest, QueueNotice, RatingRequest, RecordRequest, RequestKey, SessionNotice, SessionRequest,
    ShareRequest, SuspensionNotice, SuspensionRequest, VisitNotice, VisitRequest, WindowNotice, WindowRequest,
};

/// From a page. At most 64 KiB as JSON, unknown fields refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The socket itself.
    Session(SessionRequest),
    /// The citizen's own visit.
    Visit(VisitRequest),
    /// The staff member's window.
    Window(WindowRequest),
    /// Sound and picture.
    Call(CallRequest),
    /// Who shows what.
    Share(ShareRequest),
    /// Text.
    Chat(ChatRequest),
    /// The record.
    Record(RecordRequest),
    /// The rating.
    Rating(RatingRequest),
    /// The emergency close.
    Suspension(SuspensionRequest),
}

impl ClientMessage {
    /// The key of an operation; `None` for what is never answered by one. Its form is not checked yet.
    pub fn key(&self) -> Option<&RequestKey> {
        match self {
            Self::Session(SessionRequest::Hello { .. } | SessionRequest::Return { .. } | SessionRequest::Tested {} | SessionRequest::Ping { .. })
            | Self::Call(CallRequest::Offer { .. } | CallRequest::Answer { .. } | CallRequest::Restart {} | CallRequest::Media { .. })
            | Self::Chat(ChatRequest::After { .. }) => None,
            Self::Visit(request) => Some(request.key()),
            Self::Window(request) => Some(request.key()),
            Self::Suspension(request) => Some(request.key()),
            Self::Call(CallRequest::Mode { key, .. })
            | Self::Share(ShareRequest::Start { key, .. } | ShareRequest::Stop { key, .. })
            | Self::Chat(ChatRequest::Say { key, .. })
            | Self::Record(RecordRequest::Save { key, .. })
            | Self::Rating(RatingRequest::Rate { key, .. }) => Some(key),
        }
    }
}

/// To a page. Clients ignore topics and types they do not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The socket itself.
    Session(SessionNotice),
    /// The answer to an operation with a key.
    Reply(Reply),
    /// The citizen's own visit.
    Visit(VisitNotice),
    /// The line.
    Queue(QueueNotice),
    /// Windows.
    Window(WindowNotice),
    /// Sound and picture.
    Call(CallNotice),
    /// Text.
    Chat(ChatNotice),
    /// The emergency close.
    Suspension(SuspensionNotice),
}

/// The answer to an operation, told only after the archive has stored it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    /// Done, now or at an earlier try with the same key.
    Done {
        /// The operation.
        key: RequestKey,
        /// A value some operations give (a number of a chat line, a telephone number, a record's number).
        value: Option<String>,
    },
    /// A rule said no; nothing changed.
    Refused {
        /// The operation; absent for messages without a key.
        key: Option<RequestKey>,
        /// Which rule: its sentence is in `web/locales`.
        code: String,
    },
    /// The world failed; whether it happened is unknown: repeat with the same key.
    Failed {
        /// The operation.
        key: Option<RequestKey>,
        /// What failed: `store_unavailable`, `relay_unavailable`.
        code: String,
        /// When to repeat, milliseconds.
        retry_ms: u32,
    },
}
