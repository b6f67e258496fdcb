//! A referral (介绍过去) between two halls of this house: what the first gives along, and how it hears that the second has given a number.
//!
//! Where the first does not answer in a moment no number is given: its citizen is still there, and asks again. Where it cannot hear of the number
//! now, it is told again, and once more when the second hall is loaded; nobody waits for that.

use std::sync::{Arc, Weak};

use tokio::sync::{mpsc, oneshot};
use yunyiban_core::{Act, Along, Packet, ReferredAct, ReferredLine};
use yunyiban_protocol::http::{TransferHall, TransferHalls};
use yunyiban_protocol::{ChatBody, ChatLine, HallCard, HallId, OpenState, ShortText, VisitId};

use crate::House;
use crate::hall::HallHandle;
use crate::hall_task::operation::{Operation, Sight};
use crate::ports::Clock;
use crate::ports::spawn::task;
use crate::seal::seal;
use crate::secret::Secret;
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// How long a number waits for what the first hall gives along, milliseconds.
const PACKET_MS: u32 = 2_000;
/// How long it waits for the words said there, milliseconds: it goes without them.
const CHAT_MS: u32 = 1_000;
/// How long the list of halls waits for them, milliseconds.
const CARDS_MS: u32 = 1_000;
/// The newest lines of chat that are given along; the other hall takes of them what it has room for.
const LINES: u32 = 50;
/// Referrals taken that may wait to be told.
const QUEUE: usize = 1_024;
/// How often a hall that cannot hear is told: for an hour.
const TRIES: u32 = 720;
/// Pause between two tries, milliseconds: a hall is loaded again within seconds.
const PAUSE_MS: u32 = 5_000;

/// A number was given to the citizen of a visit of another hall.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The hall that referred.
    pub(crate) from: HallId,
    /// Its visit.
    pub(crate) visit: VisitId,
    /// The hall that has given a number.
    pub(crate) to: HallId,
    /// Its full name.
    pub(crate) name: ShortText,
}

/// Where the halls say what they have given.
pub(crate) struct TakenReferrals(mpsc::Sender<Taken>);

impl TakenReferrals {
    /// With the end at which it is heard.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Taken>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// One too many is let go: it is said again when the hall is loaded.
    pub(crate) fn put(&self, taken: Taken) {
        let _ = self.0.try_send(taken);
    }
}

/// Tells the first halls. None waits for another. Ends when no hall can say anything any more.
pub(crate) async fn run(house: Weak<House>, clock: Arc<dyn Clock>, mut news: mpsc::Receiver<Taken>) {
    while let Some(taken) = news.recv().await {
        let Some(open) = house.upgrade() else { return };
        let telling = tell(house.clone(), clock.clone(), taken);
        open.outside.spawner.spawn("referral", task(telling));
    }
}

/// Until it has heard, or was told often enough.
async fn tell(house: Weak<House>, clock: Arc<dyn Clock>, taken: Taken) {
    for _ in 0..TRIES {
        let Some(open) = house.upgrade() else { return };
        let heard = open.has_heard(&taken).await;
        drop(open);
        if heard {
            return;
        }
        clock.sleep_until(clock.now().plus(PAUSE_MS)).await;
    }
}

impl House {
    /// The halls a citizen of this person's hall may be referred to, as they are now. A hall that does not answer in a second is listed as closed.
    ///
    /// # Errors
    /// `password_must_change`, or a failure of the person's own hall.
    pub async fn transfer_halls(&self, who: &StaffSession) -> Result<TransferHalls, Trouble> {
        who.settled()?;
        let others = self.other_halls(&who.hall).await?;
        let halls = others.iter().map(|(hall, card)| entry(hall, card.as_ref())).collect();
        Ok(TransferHalls { halls })
    }

    /// The halls a hall hands on to, each with its card; without one where it does not answer in a second.
    pub(crate) async fn other_halls(&self, own: &HallId) -> Result<Vec<(Arc<HallHandle>, Option<HallCard>)>, Trouble> {
        let named = self
            .hall(own)?
            .look(&self.outside, self.settings.answer_ms, |sight| sight.hall.rules().hands_on_to.clone())
            .await?;
        let until = self.outside.clock.now().plus(CARDS_MS);
        let others = named.iter().filter(|hall| *hall != own).filter_map(|hall| self.hall(hall).ok());
        // All are asked before any is waited for.
        let asked: Vec<_> = others.map(|hall| (ask_card(&hall), hall)).collect();
        let mut halls = Vec::with_capacity(asked.len());
        for (answered, hall) in asked {
            let card = tokio::select! {
                biased;
                card = answered => card.ok(),
                () = self.outside.clock.sleep_until(until) => None,
            };
            halls.push((hall, card));
        }
        Ok(halls)
    }

    /// What the first hall gives along for this cookie, sealed anew. Its words come along if they can be read in a moment.
    ///
    /// # Errors
    /// The first hall does not answer now; its citizen still has everything there, and asks again.
    pub(crate) async fn packet(&self, from: &HallId, to: &HallId, cookie: &Secret) -> Result<Along, Trouble> {
        let Ok(hall) = self.hall(from) else { return Ok(Along::Refused) };
        let (token, other) = (cookie.hash(), to.clone());
        let look = move |sight: &Sight<'_>| sight.hall.packet(&token, &other, sight.now);
        let Some(packet) = hall.look(&self.outside, PACKET_MS, look).await? else {
            return Ok(Along::Refused);
        };
        let chat = self.chat_along(from, &packet).await;
        let random = self.outside.random.as_ref();
        let line = |line: ChatLine| match line.body {
            body @ ChatBody::Text { .. } => Some(ReferredLine {
                from: line.from,
                at: line.at,
                body: seal(body, random),
            }),
            // Pictures stay where they were shown.
            ChatBody::Picture { .. } => None,
        };
        Ok(Along::Packet(Box::new(ReferredAct {
            from: packet.from,
            item: packet.item,
            arrived: packet.arrived,
            waits_since: packet.waits_since,
            contact: packet.contact.map(|contact| seal(contact, random)),
            chat: chat.into_iter().filter_map(line).collect(),
            transfers: packet.transfers,
            distrusted: packet.distrusted,
        })))
    }

    async fn chat_along(&self, from: &HallId, packet: &Packet) -> Vec<ChatLine> {
        if packet.chat_lines == 0 {
            return Vec::new();
        }
        let until = self.outside.clock.now().plus(CHAT_MS);
        let after = packet.chat_lines.saturating_sub(LINES);
        tokio::select! {
            biased;
            chat = self.outside.store.chat_after(from, &packet.from.visit, after, LINES) => chat.unwrap_or_default(),
            () = self.outside.clock.sleep_until(until) => Vec::new(),
        }
    }

    /// Tells a hall of a number its citizen took elsewhere; `false` where it could not hear.
    async fn has_heard(&self, taken: &Taken) -> bool {
        // A hall that is not here, or a visit it has forgotten, is nobody to be told.
        let Ok(hall) = self.hall(&taken.from) else { return true };
        let act = Act::ReferralTaken {
            visit: taken.visit.clone(),
            hall: taken.to.clone(),
            name: taken.name.clone(),
        };
        !matches!(
            hall.act(&self.outside, self.settings.answer_ms, act).await,
            Err(Trouble::Failed { .. } | Trouble::Later { .. })
        )
    }
}

/// Whether a hall gives numbers now.
pub(crate) fn gives_numbers(card: &HallCard) -> bool {
    matches!(card.open, OpenState::Open { .. }) && card.closed_because.is_none()
}

fn ask_card(hall: &HallHandle) -> oneshot::Receiver<HallCard> {
    let (answer, answered) = oneshot::channel();
    hall.put(Operation::Look(Box::new(move |sight| drop(answer.send(sight.hall.card(sight.now))))));
    answered
}

fn entry(hall: &HallHandle, card: Option<&HallCard>) -> TransferHall {
    TransferHall {
        id: hall.lines.id.clone(),
        name: hall.facts().name.clone(),
        open: card.is_some_and(gives_numbers),
        waiting: card.map_or(0, |card| card.busyness.waiting),
    }
}
