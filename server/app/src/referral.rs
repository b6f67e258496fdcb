//! A referral (介绍过去) between two halls of this house: what the first gives along, and how it hears that the second has given a number.
//!
//! Neither hall waits for the other. Where the first does not answer in a moment, the number is given as to anybody; where it cannot hear now, it
//! is told again, and once more when the second hall is loaded.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use tokio::sync::{mpsc, oneshot};
use yunyiban_core::{Act, Packet, ReferredAct, ReferredLine};
use yunyiban_protocol::http::{TransferHall, TransferHalls};
use yunyiban_protocol::{ChatBody, ChatLine, HallCard, HallId, OpenState, Timestamp, VisitId};

use crate::House;
use crate::hall::HallHandle;
use crate::hall_task::operation::Operation;
use crate::ports::Clock;
use crate::seal::seal;
use crate::secret::Secret;
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// How long a number waits for what the first hall gives along, milliseconds.
const PACKET_MS: u32 = 1_000;
/// How long the list of halls waits for them, milliseconds.
const CARDS_MS: u32 = 1_000;
/// The last lines of chat that are given along.
const LINES: u32 = 50;
/// Referrals taken that may wait to be told.
const QUEUE: usize = 1_024;
/// How often a hall that cannot hear is told.
const TRIES: u32 = 12;
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

/// Tells the first halls, each until it has heard or it was tried often enough. Ends when no hall can say anything any more.
pub(crate) async fn run(house: Weak<House>, clock: Arc<dyn Clock>, mut news: mpsc::Receiver<Taken>) {
    // All pause as long, so that the first in is the first due.
    let mut waiting: VecDeque<(Timestamp, u32, Taken)> = VecDeque::new();
    loop {
        let due = waiting.front().map(|(at, ..)| *at);
        let sleep = async {
            match due {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let next = tokio::select! {
            biased;
            () = sleep => waiting.pop_front().map(|(_, tries, taken)| (tries, taken)),
            taken = news.recv(), if waiting.len() < QUEUE => match taken {
                Some(taken) => Some((0, taken)),
                None => return,
            },
        };
        let Some((tries, taken)) = next else { continue };
        let Some(house) = house.upgrade() else { return };
        if !house.has_heard(&taken).await && tries + 1 < TRIES {
            waiting.push_back((clock.now().plus(PAUSE_MS), tries + 1, taken));
        }
    }
}

impl House {
    /// The halls a citizen of this person's hall may be referred to, as they are now. A hall that does not answer in a second is listed as closed.
    ///
    /// # Errors
    /// `password_must_change`, or a failure of the person's own hall.
    pub async fn transfer_halls(&self, who: &StaffSession) -> Result<TransferHalls, Trouble> {
        who.settled()?;
        let own = self.hall(&who.hall)?;
        let named = own
            .look(&self.outside, self.settings.answer_ms, |sight| sight.hall.rules().hands_on_to.clone())
            .await?;
        let until = self.outside.clock.now().plus(CARDS_MS);
        let others = named.iter().filter(|hall| **hall != who.hall).filter_map(|hall| self.hall(hall).ok());
        // All are asked before any is waited for.
        let asked: Vec<_> = others.map(|hall| (ask_card(&hall), hall)).collect();
        let mut halls = Vec::with_capacity(asked.len());
        for (answered, hall) in asked {
            let card = tokio::select! {
                biased;
                card = answered => card.ok(),
                () = self.outside.clock.sleep_until(until) => None,
            };
            halls.push(entry(&hall, card.as_ref()));
        }
        Ok(TransferHalls { halls })
    }

    /// What the first hall gives along for this cookie, in a moment or not at all; sealed anew.
    pub(crate) async fn packet(&self, from: &HallId, to: &HallId, cookie: &Secret) -> Option<Box<ReferredAct>> {
        let until = self.outside.clock.now().plus(PACKET_MS);
        let (packet, chat) = tokio::select! {
            biased;
            packet = self.read_packet(from, to, cookie) => packet?,
            () = self.outside.clock.sleep_until(until) => return None,
        };
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
        Some(Box::new(ReferredAct {
            from: packet.from,
            item: packet.item,
            arrived: packet.arrived,
            waits_since: packet.waits_since,
            contact: packet.contact.map(|contact| seal(contact, random)),
            chat: chat.into_iter().filter_map(line).collect(),
        }))
    }

    async fn read_packet(&self, from: &HallId, to: &HallId, cookie: &Secret) -> Option<(Packet, Vec<ChatLine>)> {
        let (hall, token, other) = (self.hall(from).ok()?, cookie.hash(), to.clone());
        let packet = hall.look(&self.outside, PACKET_MS, move |sight| sight.hall.packet(&token, &other, sight.now));
        let packet = packet.await.ok()??;
        if packet.chat_lines == 0 {
            return Some((packet, Vec::new()));
        }
        let after = packet.chat_lines.saturating_sub(LINES);
        let chat = self.outside.store.chat_after(from, &packet.from.visit, after, LINES).await;
        Some((packet, chat.unwrap_or_default()))
    }

    /// Tells a hall of a number its citizen took elsewhere; `false` where it could not hear.
    async fn has_heard(&self, taken: &Taken) -> bool {
        // A hall that is not here, or a visit it has forgotten, is nobody to be told.
        let Ok(hall) = self.hall(&taken.from) else { return true };
        let act = Act::ReferralTaken {
            visit: taken.visit.clone(),
            hall: taken.to.clone(),
        };
        !matches!(
            hall.act(&self.outside, self.settings.answer_ms, act).await,
            Err(Trouble::Failed { .. } | Trouble::Later { .. })
        )
    }
}

fn ask_card(hall: &HallHandle) -> oneshot::Receiver<HallCard> {
    let (answer, answered) = oneshot::channel();
    hall.put(Operation::Look(Box::new(move |sight| drop(answer.send(sight.hall.card(sight.now))))));
    answered
}

fn entry(hall: &HallHandle, card: Option<&HallCard>) -> TransferHall {
    let gives_numbers = |card: &HallCard| matches!(card.open, OpenState::Open { .. }) && card.closed_because.is_none();
    TransferHall {
        id: hall.lines.id.clone(),
        name: hall.facts().name.clone(),
        open: card.is_some_and(gives_numbers),
        waiting: card.map_or(0, |card| card.busyness.waiting),
    }
}
