//! A referral (介绍过去, DOMAIN 3.8 "to hall"), as the two halls keep it: each in the row of its own visit.

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{ChatBody, ContactView, HallId, ItemCode, Seat, ShortText, Timestamp, VisitId};

use crate::event::Sealed;

/// Where a window sends its citizen on to, or where one who waits chose to go: in the row of the visit there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The other hall.
    pub hall: HallId,
    /// Its full name when it was named.
    pub name: ShortText,
    /// When it was named.
    pub at: Timestamp,
    /// Until when a number taken there stands at the place of the first arrival.
    pub until: Timestamp,
    /// No window named it: who waits chose a sister hall.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
    /// When this hall heard that the number was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
}

/// Where a visit was referred from: in its row in the other hall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referred {
    /// The hall it came from.
    pub hall: HallId,
    /// Its full name.
    pub hall_name: ShortText,
    /// The visit there. It gives credit once.
    pub visit: VisitId,
    /// Its number there.
    pub number: ShortText,
    /// Since when it waits, there and here, by the clock of this hall; where the number here was given for the referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<Timestamp>,
}

/// What a wish for a number brings of another hall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Along {
    /// It names none.
    #[default]
    Nothing,
    /// What the hall named gives along.
    Packet(Box<ReferredAct>),
    /// The hall named gives nothing along: it sent nobody here, or not any more.
    Refused,
}

/// What the first hall gives along, to whoever brings its cookie to the second; not sealed yet. What was shown, allowed or declared does not
/// travel, nor does the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where from.
    pub from: Referred,
    /// What it is about there.
    pub item: Option<ItemCode>,
    /// The first arrival, by which a line orders it; less than any credit given there, which is asked for anew.
    pub arrived: Timestamp,
    /// Since when it waits.
    pub waits_since: Timestamp,
    /// Name and telephone, where either was left.
    pub contact: Option<ContactView>,
    /// Lines of chat so far.
    pub chat_lines: u32,
    /// Transfers so far, with this one: what a hall may hand on holds across halls.
    pub transfers: u32,
    /// A word of this citizen was asked for its proof in vain that day.
    pub distrusted: bool,
}

/// The same as it reaches the second hall: see [`crate::TakeNumberAct::referred`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferredAct {
    /// Where from.
    pub from: Referred,
    /// What it is about there: taken over where the citizen chose nothing here and this hall handles it now.
    pub item: Option<ItemCode>,
    /// The first arrival.
    pub arrived: Timestamp,
    /// Since when it waits.
    pub waits_since: Timestamp,
    /// Name and telephone, where either was left.
    pub contact: Option<Sealed<ContactView>>,
    /// The newest lines of chat, oldest first: who said them and when.
    pub chat: Vec<ReferredLine>,
    /// Transfers so far, with this one.
    pub transfers: u32,
    /// No credit is given for a word of this citizen that day.
    pub distrusted: bool,
}

/// A line of chat that was said in the first hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferredLine {
    /// Who.
    pub from: Seat,
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: Sealed<ChatBody>,
}
