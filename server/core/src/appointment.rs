//! Appointments (预约): the rules of a hall, what a visit keeps of its own, and what is remembered of whoever does not come.

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{ContactView, ItemCode, Timestamp, VisitId};

use crate::event::Sealed;
use crate::{OrderKey, TokenHash};

/// When appointments are taken, how they are kept, and what follows when they are not (DOMAIN 3.5, 3.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppointmentRules {
    /// Appointments to come at once, at most (T10).
    pub most_booked: u32,
    /// How far ahead one may be booked, milliseconds.
    pub ahead_ms: u32,
    /// Length of a slot, milliseconds: one begins with each opening, and so long after another.
    pub slot_ms: u32,
    /// Appointments that one queue takes in the time of one slot; 0: none are taken.
    pub per_slot: u32,
    /// So long before the slot one may check in, milliseconds.
    pub early_ms: u32,
    /// So long after its beginning one is still on time, milliseconds.
    pub grace_ms: u32,
    /// So long after its beginning one may check in at all, milliseconds, but not after the queue's last closing of that day.
    pub late_ms: u32,
    /// Credit for being on time, milliseconds of waiting. Like any credit it reaches no further than [`crate::OrderRules::overtaken_ms`].
    pub credit_ms: u32,
    /// Credit of whoever comes late, milliseconds of waiting.
    pub late_credit_ms: u32,
    /// So many appointments that one telephone did not come to end its bookings for a while.
    pub no_shows: u32,
    /// They count together within so long, milliseconds.
    pub no_shows_within_ms: u32,
    /// How long nothing is booked for that telephone after the last, milliseconds. Numbers are given to it as ever.
    pub barred_ms: u32,
}

impl Default for AppointmentRules {
    fn default() -> Self {
        const MINUTE: u32 = 60_000;
        const DAY: u32 = 24 * 60 * MINUTE;
        Self {
            most_booked: 500,
            ahead_ms: 7 * DAY,
            slot_ms: 30 * MINUTE,
            per_slot: 4,
            early_ms: 15 * MINUTE,
            grace_ms: 10 * MINUTE,
            late_ms: 60 * MINUTE,
            credit_ms: 15 * MINUTE,
            late_credit_ms: 15 * MINUTE / 2,
            no_shows: 2,
            no_shows_within_ms: 30 * DAY,
            barred_ms: 7 * DAY,
        }
    }
}

/// The appointment of a visit, also once it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The beginning of its slot, as the citizen was told last.
    pub slot: Timestamp,
    /// Hash of the code in its link.
    pub link: TokenHash,
    /// The hall could not keep the slot that was booked: nobody is blamed for not coming to this one.
    #[serde(default)]
    pub put_off: bool,
    /// What came of checking in; absent before.
    #[serde(default)]
    pub credit: Option<Credit>,
}

/// The order a visit would have by its arrival, and the one it was given: everybody between the two was overtaken (Q7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// By arrival.
    pub from: OrderKey,
    /// With credit.
    pub to: OrderKey,
}

/// By which two bookings of one telephone are known to be of one: a keyed hash of its digits, made by `app`, lower-case hex. The key is the hall's alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneMark(pub String);

/// A mark with what it is kept for. It stands in no event and goes once it counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMark {
    /// Whose.
    pub mark: PhoneMark,
    /// When the person did not come; `None` while the appointment is to come.
    pub missed_at: Option<Timestamp>,
}

/// A person at a desk books for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookAct {
    /// Drawn by the app.
    pub visit: VisitId,
    /// Four random digits.
    pub reference: String,
    /// Hash of the code of the link, drawn by the app.
    pub link: TokenHash,
    /// Of the telephone.
    pub mark: PhoneMark,
    /// The matter; known to be in the catalogue.
    pub item: Option<ItemCode>,
    /// The beginning of the slot.
    pub slot: Timestamp,
    /// Name and telephone; the telephone is needed.
    pub contact: Sealed<ContactView>,
}
