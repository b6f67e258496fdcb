//! The emergency close of a hall (紧急停办) as its row keeps it.

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{Sensitive, StaffId, Timestamp, WhoWaits};

use crate::event::{Digest, Sealed};

/// A hall that gives no numbers for now, whatever its hours say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Who closed it.
    pub by: StaffId,
    /// When it ends by itself; `None`: when somebody ends it.
    pub until: Option<Timestamp>,
    /// What happens to those who wait.
    pub waiting: WhoWaits,
    /// HMAC of the text, which lies beside.
    pub digest: Digest,
}

/// The same with the text that citizens read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// Codes and times.
    pub suspension: Suspension,
    /// Why, and what to do.
    pub text: Sealed<Sensitive<String>>,
}

impl From<(Suspension, Sealed<Sensitive<String>>)> for Suspended {
    fn from((suspension, text): (Suspension, Sealed<Sensitive<String>>)) -> Self {
        Self { suspension, text }
    }
}

/// What is asked for an emergency close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendAct {
    /// Why, and what to do: 1–200 characters.
    pub text: Sealed<Sensitive<String>>,
    /// When it ends by itself, if somebody can say.
    pub until: Option<Timestamp>,
    /// What happens to those who wait.
    pub waiting: WhoWaits,
}
