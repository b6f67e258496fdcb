//! What an operation answers when it is not done.

use tracing::error;
use yunyiban_core::Refusal;

use crate::ports::files::FileFailure;
use crate::ports::media::MediaFailure;
use crate::ports::store::StoreFailure;

/// Why something was not done, as far as the person asking is concerned. Details are in the log, once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A rule said no; nothing changed.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// A rule said no for a while; nothing changed.
    #[error("refused for {retry_ms} ms: {refusal}")]
    Later {
        /// Which rule.
        refusal: Refusal,
        /// When it may say otherwise, milliseconds from now.
        retry_ms: u32,
    },
    /// The world failed; whether it happened is unknown. Repeat with the same key.
    #[error("failed: {code}")]
    Failed {
        /// A stable word whose sentence is in `web/locales`: one of [`Trouble::CODES`].
        code: &'static str,
        /// When to repeat, milliseconds.
        retry_ms: u32,
    },
}

impl Trouble {
    /// Every code of [`Trouble::Failed`]; `web/locales` is held against this list by a test.
    pub const CODES: &'static [&'static str] = &["store_unavailable", "disk_full", "no_room_for_pictures", "relay_unavailable", "busy"];

    /// The stable code of either kind.
    pub fn code(&self) -> &'static str {
        match self {
            Trouble::Refused(refusal) | Trouble::Later { refusal, .. } => refusal.code(),
            Trouble::Failed { code, .. } => code,
        }
    }

    /// What a person is told of a failed read or write outside a hall's task; the log has the rest.
    pub(crate) fn told(failure: &StoreFailure) -> Self {
        error!(error = %failure, cause = ?std::error::Error::source(failure), "{failure}");
        Trouble::from(failure)
    }

    /// The archive cannot be reached.
    pub(crate) const fn store_unavailable() -> Self {
        Trouble::Failed {
            code: "store_unavailable",
            retry_ms: 2_000,
        }
    }

    /// The disk is full: reading goes on.
    pub(crate) const fn disk_full() -> Self {
        Trouble::Failed {
            code: "disk_full",
            retry_ms: 10_000,
        }
    }

    /// What is left of the disk is kept for everything but pictures.
    pub(crate) const fn no_room_for_pictures() -> Self {
        Trouble::Failed {
            code: "no_room_for_pictures",
            retry_ms: 60_000,
        }
    }

    /// The relay cannot take this now.
    pub(crate) const fn relay_unavailable() -> Self {
        Trouble::Failed {
            code: "relay_unavailable",
            retry_ms: 2_000,
        }
    }

    /// A queue is at its bound: load is shed.
    pub(crate) const fn busy() -> Self {
        Trouble::Failed {
            code: "busy",
            retry_ms: 1_000,
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Trouble::Refused(refusal)
    }
}

impl From<&StoreFailure> for Trouble {
    fn from(failure: &StoreFailure) -> Self {
        match failure {
            StoreFailure::Full { .. } => Trouble::disk_full(),
            StoreFailure::Unavailable { .. } | StoreFailure::NotOwner { .. } | StoreFailure::Guard { .. } | StoreFailure::Unreadable(_) => {
                Trouble::store_unavailable()
            }
        }
    }
}

impl From<&FileFailure> for Trouble {
    fn from(failure: &FileFailure) -> Self {
        match failure {
            FileFailure::Full { .. } => Trouble::disk_full(),
            FileFailure::Unavailable { .. } => Trouble::store_unavailable(),
        }
    }
}

impl From<&MediaFailure> for Trouble {
    fn from(failure: &MediaFailure) -> Self {
        match failure {
            MediaFailure::BadDescription(_) => Trouble::Refused(Refusal::BadDescription),
            MediaFailure::NoPeer(_) | MediaFailure::Full | MediaFailure::Relay(_) => Trouble::relay_unavailable(),
        }
    }
}
