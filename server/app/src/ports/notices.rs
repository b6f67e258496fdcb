//! Messages to people away from the page: where a text-message or WeChat provider plugs in.

use async_trait::async_trait;
use yunyiban_core::NoticeKind;
use yunyiban_protocol::{HallId, Sensitive, Timestamp, VisitId};

/// One message. The number is for the provider alone and never reaches a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Random; the same at every attempt, so that a provider can drop what it has seen.
    pub id: String,
    /// The hall.
    pub hall: HallId,
    /// Its full name.
    pub hall_name: String,
    /// The visit.
    pub visit: VisitId,
    /// Its number, `A12`.
    pub number: String,
    /// Whom to write to.
    pub phone: Sensitive<String>,
    /// What leads to its page; only where the kind is about a link.
    pub link: Option<Sensitive<String>>,
    /// What about.
    pub kind: NoticeKind,
    /// When it became due.
    pub at: Timestamp,
}

/// An attempt came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeFailure {
    /// The provider answered something else than success.
    #[error("status {0}")]
    Status(u16),
    /// The provider was out of reach, or did not answer in time. A stable word: `connect`, `timeout`, `tls`, `answer`.
    #[error("{0}")]
    Unreachable(&'static str),
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried again.
    Waiting,
    /// The provider took it.
    Delivered,
    /// Given up: too often, or too late to be of use.
    GivenUp,
}

/// One line of the delivery log. Holds no number and no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// [`Notice::id`].
    pub id: String,
    /// The visit.
    pub visit: VisitId,
    /// What about: `near_turn`, `missed`, `callback_failed`, `booked`, `put_off`, `called_off`.
    pub kind: String,
    /// When it became due.
    pub at: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// How it stands.
    pub state: DeliveryState,
    /// What the last attempt met: `ok`, `status 500`, `timeout` …
    pub answer: String,
    /// When that was.
    pub tried_at: Timestamp,
}

/// The way out. One attempt a call: trying again is the house's business.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Hands a message to the provider.
    ///
    /// # Errors
    /// [`NoticeFailure`]; whether the provider has it is then unknown.
    async fn deliver(&self, notice: &Notice) -> Result<(), NoticeFailure>;
}

/// The word of a kind, for the log and the provider.
pub const fn kind_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::NearTurn { .. } => "near_turn",
        NoticeKind::Missed => "missed",
        NoticeKind::CallbackFailed => "callback_failed",
        NoticeKind::Booked { .. } => "booked",
        NoticeKind::PutOff { .. } => "put_off",
        NoticeKind::CalledOff { .. } => "called_off",
    }
}
