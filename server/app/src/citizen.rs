//! What the citizen's side asks over HTTP: the hall's facts, a number, the way back.

use std::net::IpAddr;
use std::sync::Arc;

use yunyiban_core::{Act, Along, Input, Refusal, TakeNumberAct};
use yunyiban_protocol::{HallCard, HallId, ItemBrief, ItemCode, ItemGuide, TakeNumber, TakenNumber, VisitId};

use crate::House;
use crate::bucket::AddressBucket;
use crate::hall_task::operation::{Enter, Entered, Operation};
use crate::ports::Random;
use crate::seal::seal;
use crate::secret::Secret;
use crate::text::random_id;
use crate::ticket::Grant;
use crate::trouble::Trouble;

/// Longest kind of device, bytes; the rest is cut off.
const MAX_DEVICE_BYTES: usize = 32;

/// What stands over a hall's door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallSign {
    /// The hall.
    pub id: HallId,
    /// Full name.
    pub name: String,
    /// Where it is called.
    pub telephone: String,
}

/// What a browser brings that wants a number.
#[derive(Clone, Debug, Default)]
pub struct Cookies {
    /// Of this hall.
    pub own: Option<Secret>,
    /// Of the hall that referred the citizen here ([`TakeNumber::from`]).
    pub origin: Option<Secret>,
}

impl House {
    /// What stands over the door of a hall; nothing of it is asked now, so it costs nobody's turn.
    ///
    /// # Errors
    /// `hall_unknown`.
    pub fn hall_sign(&self, hall: &HallId) -> Result<HallSign, Trouble> {
        let facts = self.hall(hall)?.facts();
        Ok(HallSign {
            id: hall.clone(),
            name: facts.name.clone(),
            telephone: facts.telephone.clone(),
        })
    }

    /// The first screen's facts.
    ///
    /// # Errors
    /// `hall_unknown`, or a failure.
    pub async fn hall_card(&self, hall: &HallId) -> Result<HallCard, Trouble> {
        self.hall(hall)?
            .look(&self.outside, self.settings.answer_ms, |sight| sight.hall.card(sight.now))
            .await
    }

    /// The whole catalogue in order, shared.
    ///
    /// # Errors
    /// `hall_unknown`.
    pub fn items(&self, hall: &HallId) -> Result<Arc<Vec<ItemBrief>>, Trouble> {
        Ok(self.hall(hall)?.facts().items.clone())
    }

    /// What to bring for an item, and how it goes.
    ///
    /// # Errors
    /// `hall_unknown`, `item_unknown`, or a failure of the archive.
    pub async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<ItemGuide, Trouble> {
        if !self.hall(hall)?.facts().codes.contains(item) {
            return Err(Refusal::ItemUnknown.into());
        }
        let guide = self
            .outside
            .store
            .item_guide(hall, item)
            .await
            .map_err(|failure| Trouble::told(&failure))?;
        guide.ok_or(Trouble::Refused(Refusal::ItemUnknown))
    }

    /// Takes a number, or finds the live visit of this cookie. The secret replaces the cookie.
    /// Where another hall referred the citizen here, its cookie gives the place of the first arrival; without it, or where that hall knows of no
    /// referral, none is given (`referral_over`): the citizen still has everything there.
    /// `device` is the kind of device, one word (`wechat_android`), at most 32 characters; `from` is the address the limit counts.
    ///
    /// # Errors
    /// `hall_unknown`, `bad_key`, `item_unknown`, `too_many` (from this address), what the core refuses, or a failure:
    /// then repeat with the same key.
    pub async fn take_number(
        &self,
        hall: &HallId,
        wish: TakeNumber,
        cookies: Cookies,
        device: String,
        from: IpAddr,
    ) -> Result<(TakenNumber, Secret), Trouble> {
        if !wish.key.is_well_formed() {
            return Err(Refusal::BadKey.into());
        }
        let along = match (&wish.from, &cookies.origin) {
            (None, _) => Along::Nothing,
            (Some(_), None) => Along::Refused,
            (Some(first), Some(cookie)) => self.packet(first, hall, cookie).await?,
        };
        let random = self.outside.random.as_ref();
        let secret = Secret::draw(random);
        let act = Act::TakeNumber(TakeNumberAct {
            visit: VisitId::new(random_id(random)),
            reference: four_digits(random),
            known: cookies.own.map(|cookie| cookie.hash()),
            token: secret.hash(),
            item: wish.item,
            notice_version: wish.notice_version,
            callback: wish.callback.map(|contact| seal(contact, random)),
            along,
            device: device.chars().take_while(char::is_ascii).take(MAX_DEVICE_BYTES).collect(),
        });
        let input = Input { key: Some(wish.key), act };
        let taken = self.enter(hall, input, &secret, Some(AddressBucket::of(from))).await?;
        Ok((taken, secret))
    }

    /// A page comes back with its cookie: the same visit, a fresh secret that replaces the cookie.
    ///
    /// # Errors
    /// `hall_unknown`, `visit_unknown`, `token_reused`, `handed_over`, `too_many` (of this visit), or a failure: the old cookie is then good once more.
    pub async fn resume(&self, hall: &HallId, cookie: Secret) -> Result<(TakenNumber, Secret), Trouble> {
        let secret = Secret::draw(self.outside.random.as_ref());
        let act = Act::Resume {
            token: cookie.hash(),
            next: secret.hash(),
        };
        let taken = self.enter(hall, Input { key: None, act }, &secret, None).await?;
        Ok((taken, secret))
    }

    pub(crate) async fn enter(&self, hall: &HallId, input: Input, secret: &Secret, from: Option<AddressBucket>) -> Result<TakenNumber, Trouble> {
        let handle = self.hall(hall)?;
        let operation = |answer| Operation::Enter(Enter { input, from, answer });
        let Entered { visit, seq, card, resumed } = handle.ask(&self.outside, self.settings.answer_ms, operation).await?;
        let grant = Grant::Citizen {
            hall: hall.clone(),
            visit: visit.id.clone(),
            token: secret.hash(),
        };
        let ticket = self.tickets.give(grant, self.outside.random.as_ref(), self.outside.clock.now());
        Ok(TakenNumber {
            visit,
            seq,
            ticket,
            resumed,
            hall: card,
        })
    }
}

/// Four digits to read out: a label, never a key, so that the last of 65,536 values need not be even.
pub(crate) fn four_digits(random: &dyn Random) -> String {
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    format!("{:04}", u16::from_be_bytes(bytes) % 10_000)
}
