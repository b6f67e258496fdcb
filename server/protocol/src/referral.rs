//! A referral (介绍过去): a window sends its citizen on to another hall of the same installation, or one who waits chooses it, where a number is taken in the usual
//! way, at the place of the first arrival. Each hall decides alone: nothing is moved.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{HallId, Timestamp};

/// The hall a citizen is referred to, as both sides of the visit read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReferralView {
    /// The other hall; also the word of its page, `/h/<hall>`.
    pub hall: HallId,
    /// Its full name.
    pub name: String,
    /// Until when a number taken there stands at the place of the first arrival.
    pub until: Timestamp,
    /// A number was taken there.
    pub taken: bool,
    /// No window named it: the citizen chose it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub chosen: bool,
}

/// Where a visit was referred from, as both sides of it read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReferredView {
    /// Full name of the hall.
    pub hall_name: String,
    /// The number there, `A12`.
    pub number: String,
    /// When the number here was taken: lines of chat from before were said there.
    pub at: Timestamp,
}
