//! Messages to people away from the page: where a text-message or WeChat provider plugs in.

use async_trait::async_trait;
use yunyiban_core::NoticeKind;
use yunyiban_protocol::{HallId, Sensitive, Timestamp, VisitId};

/// One message. The number is for the provider alone and never reaches a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Random; the same at every attempt, also after a restart, so that a provider can drop what it has seen.
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
    /// To be tried, or to be tried again.
    Waiting,
    /// The provider took it.
    Delivered,
    /// Given up: too often, too late to be of use, or nobody left to write to.
    GivenUp,
}

/// One line of the delivery log. Holds no number and no name; whoever sends it looks the number up in the hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// [`Notice::id`].
    pub id: String,
    /// The visit.
    pub visit: VisitId,
    /// What about: `near_turn`, `missed`, `callback_failed`, `booked`, `put_off`, `called_off`.
    pub kind: String,
    /// See [`ahead`].
    pub ahead: Option<u32>,
    /// See [`slot`].
    pub slot: Option<Timestamp>,
    /// When it became due.
    pub at: Timestamp,
    /// Attempts begun.
    pub attempts: u32,
    /// How it stands.
    pub state: DeliveryState,
    /// What the last attempt met: `ok`, `status 500`, `timeout` …; empty while none has ended. Or why there is none any more: `too_late`,
    /// `too_often`, `no_phone`, `not_stored` (what it said is in no row), `outdated` (it is no longer so), `replaced` (a newer one says more).
    pub answer: String,
    /// When that was.
    pub tried_at: Timestamp,
}

impl Delivery {
    /// The line of a message that nobody has tried yet.
    pub fn first(notice: &Notice) -> Self {
        Self {
            id: notice.id.clone(),
            visit: notice.visit.clone(),
            kind: kind_word(notice.kind).to_owned(),
            ahead: ahead(notice.kind),
            slot: slot(notice.kind),
            at: notice.at,
            attempts: 0,
            state: DeliveryState::Waiting,
            answer: String::new(),
            tried_at: notice.at,
        }
    }

    /// What it says, where the line says it whole. One of `booked` does not: its link is in no row.
    pub fn notice_kind(&self) -> Option<NoticeKind> {
        match self.kind.as_str() {
            "near_turn" => self.ahead.map(|ahead| NoticeKind::NearTurn { ahead }),
            "missed" => Some(NoticeKind::Missed),
            "callback_failed" => Some(NoticeKind::CallbackFailed),
            "put_off" => self.slot.map(|at| NoticeKind::PutOff { at }),
            "called_off" => self.slot.map(|at| NoticeKind::CalledOff { at }),
            _ => None,
        }
    }
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

/// People ahead, where the kind tells of them.
pub const fn ahead(kind: NoticeKind) -> Option<u32> {
    match kind {
        NoticeKind::NearTurn { ahead } => Some(ahead),
        NoticeKind::Missed | NoticeKind::CallbackFailed | NoticeKind::Booked { .. } | NoticeKind::PutOff { .. } | NoticeKind::CalledOff { .. } => {
            None
        }
    }
}

/// The slot of an appointment, where the kind is about one.
pub const fn slot(kind: NoticeKind) -> Option<Timestamp> {
    match kind {
        NoticeKind::Booked { at } | NoticeKind::PutOff { at } | NoticeKind::CalledOff { at } => Some(at),
        NoticeKind::NearTurn { .. } | NoticeKind::Missed | NoticeKind::CallbackFailed => None,
    }
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
