//! What the citizen's side asks over HTTP: the hall's facts, a number, the way back.

use std::net::IpAddr;
use std::sync::Arc;

use yunyiban_protocol::{HallCard, HallId, ItemBrief, ItemCode, ItemGuide, TakeNumber, TakenNumber};

use crate::House;
use crate::secret::Secret;
use crate::trouble::Trouble;

impl House {
    /// The first screen's facts.
    ///
    /// # Errors
    /// `hall_unknown`, or a failure.
    pub async fn hall_card(&self, hall: &HallId) -> Result<HallCard, Trouble> {
        todo!()
    }

    /// The whole catalogue in order, shared.
    ///
    /// # Errors
    /// `hall_unknown`.
    pub fn items(&self, hall: &HallId) -> Result<Arc<Vec<ItemBrief>>, Trouble> {
        todo!()
    }

    /// What to bring for an item, and how it goes.
    ///
    /// # Errors
    /// `hall_unknown`, `item_unknown`, or a failure of the archive.
    pub async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<ItemGuide, Trouble> {
        todo!()
    }

    /// Takes a number, or finds the live visit of this cookie. The secret replaces the cookie.
    /// `device` is the kind of device, one word (`wechat_android`), at most 32 characters; `from` is the address the limit counts.
    ///
    /// # Errors
    /// `hall_unknown`, `bad_key`, `item_unknown`, `too_many` (from this address), what the core refuses, or a failure:
    /// then repeat with the same key.
    pub async fn take_number(
        &self,
        hall: &HallId,
        wish: TakeNumber,
        cookie: Option<Secret>,
        device: String,
        from: IpAddr,
    ) -> Result<(TakenNumber, Secret), Trouble> {
        todo!()
    }

    /// A page comes back with its cookie: the same visit, a fresh secret that replaces the cookie.
    ///
    /// # Errors
    /// `hall_unknown`, `visit_unknown`, `token_reused`, or a failure: the old cookie is then good once more.
    pub async fn resume(&self, hall: &HallId, cookie: Secret) -> Result<(TakenNumber, Secret), Trouble> {
        todo!()
    }
}
