//! Calls (通话): which connection of the relay belongs to whom, and when the gate between two of them is open.
//!
//! One task a hall, so that orders about one page keep their order and media never makes the hall's task wait.
//! The call and the seat follow from who speaks and from the rights the hall posts, never from a message (T14).

pub(crate) mod board;
pub(crate) mod events;
mod hearing;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::warn;
use yunyiban_core::Refusal;
use yunyiban_protocol::{CallNotice, Seat, SeatMedia, ServerMessage, StaffId, VisitId};

use crate::hall_task::HallLines;
use crate::hall_task::operation::trouble_reply;
use crate::house::Outside;
use crate::outbox::OutboxSender;
use crate::ports::media::{CallId, MediaEvent, OfferReason, PeerId};
use crate::switchboard::Party;
use crate::trouble::Trouble;
use board::{Posted, Rights};
use events::PeerOwners;

/// Longest session description a page may send, bytes (T13).
pub(crate) const MAX_SDP_BYTES: usize = 32 * 1_024;
/// Orders and events that may wait for a hall's calls.
pub(crate) const QUEUE: usize = 256;

/// What a page asks about its call.
pub(crate) struct CallOrder {
    /// Who asks.
    pub(crate) party: Party,
    /// On which connection of this party.
    pub(crate) number: u64,
    /// Where the answer goes.
    pub(crate) to: OutboxSender,
    /// What.
    pub(crate) wish: CallWish,
}

/// See [`CallOrder`].
pub(crate) enum CallWish {
    /// A new connection.
    Offer(String),
    /// The answer to our offer.
    Answer(String),
    /// An offer with fresh ICE credentials.
    Restart,
    /// What this seat shows and hears.
    Media(SeatMedia),
}

/// The task.
pub(crate) struct CallTask {
    outside: Arc<Outside>,
    lines: Arc<HallLines>,
    owners: Arc<PeerOwners>,
    orders: mpsc::Receiver<CallOrder>,
    events: mpsc::Receiver<MediaEvent>,
    /// Kept to be registered with each peer.
    event_sender: mpsc::Sender<MediaEvent>,
    rights: Rights,
    /// The one connection each party has.
    peers: BTreeMap<Party, PeerId>,
    /// What each party last said it shows and hears; never stored.
    seat_media: BTreeMap<Party, SeatMedia>,
    /// Gates that are open, and between whom.
    gates: BTreeMap<VisitId, Gate>,
}

/// The two connections that hear each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gate {
    citizen: PeerId,
    staff: PeerId,
    staff_id: StaffId,
}

impl CallTask {
    /// A task that has not begun.
    pub(crate) fn new(outside: Arc<Outside>, lines: Arc<HallLines>, owners: Arc<PeerOwners>, orders: mpsc::Receiver<CallOrder>) -> Self {
        let (event_sender, events) = mpsc::channel(QUEUE);
        Self {
            outside,
            lines,
            owners,
            orders,
            events,
            event_sender,
            rights: Rights::default(),
            peers: BTreeMap::new(),
            seat_media: BTreeMap::new(),
            gates: BTreeMap::new(),
        }
    }

    /// Runs until nobody can ask any more; then every connection of the hall ends.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::select! {
                biased;
                () = self.lines.board.changed() => self.follow().await,
                Some(event) = self.events.recv() => self.hear(event).await,
                order = self.orders.recv() => match order {
                    Some(order) => {
                        self.follow().await;
                        self.take(order).await;
                    }
                    None => break,
                },
            }
        }
        for party in self.peers.keys().cloned().collect::<Vec<_>>() {
            self.close(&party).await;
        }
    }

    async fn take(&mut self, order: CallOrder) {
        let CallOrder { party, number, to, wish } = order;
        if !self.lines.switchboard.is_present(&party, number) {
            // The page was replaced meanwhile. Its connection must not take the place of the newer page's.
            return;
        }
        let answered = match wish {
            CallWish::Offer(sdp) => self.connect(&party, &sdp).await.map(|sdp| Some(CallNotice::Answer { sdp })),
            CallWish::Answer(sdp) => self.accept_answer(&party, &sdp).await.map(|()| None),
            CallWish::Restart => self.restart(&party).await,
            CallWish::Media(media) => {
                self.show(party, media);
                Ok(None)
            }
        };
        match answered {
            Ok(Some(notice)) => to.send(&ServerMessage::Call(notice)),
            Ok(None) => {}
            Err(trouble) => to.send(&trouble_reply(None, trouble)),
        }
    }

    /// A new connection takes the place of the one the party had.
    async fn connect(&mut self, party: &Party, offer: &str) -> Result<String, Trouble> {
        if offer.len() > MAX_SDP_BYTES {
            return Err(Refusal::BadDescription.into());
        }
        if !self.may_connect(party) {
            return Err(Refusal::NotNow.into());
        }
        let (peer, answer) = self.outside.media.connect(offer).await.map_err(|failure| {
            warn!(hall.id = %self.lines.id, error = %failure, "a connection of hall {} was not made: {failure}", self.lines.id);
            Trouble::from(&failure)
        })?;
        self.owners.put(peer, self.event_sender.clone());
        let older = self.peers.insert(party.clone(), peer);
        self.settle_party(party).await;
        if let Some(older) = older {
            self.end(older).await;
        }
        Ok(answer)
    }

    async fn accept_answer(&mut self, party: &Party, answer: &str) -> Result<(), Trouble> {
        if answer.len() > MAX_SDP_BYTES {
            return Err(Refusal::BadDescription.into());
        }
        let peer = self.peers.get(party).ok_or(Refusal::NotNow)?;
        self.outside
            .media
            .accept_answer(*peer, answer)
            .await
            .map_err(|failure| Trouble::from(&failure))
    }

    /// A party without a connection is told to make a new one: that is what it would do next anyway.
    async fn restart(&mut self, party: &Party) -> Result<Option<CallNotice>, Trouble> {
        let Some(&peer) = self.peers.get(party) else {
            return Ok(Some(CallNotice::Lost {}));
        };
        match self.outside.media.offer(peer, OfferReason::Restart).await {
            Ok(sdp) => Ok(Some(CallNotice::Offer { sdp })),
            Err(failure) => {
                warn!(hall.id = %self.lines.id, error = %failure, "a connection of hall {} was not restarted: {failure}", self.lines.id);
                self.close(party).await;
                Ok(Some(CallNotice::Lost {}))
            }
        }
    }

    /// Remembers what a seat shows and tells the other side of an open call, nobody else.
    fn show(&mut self, party: Party, media: SeatMedia) {
        if let Some(other) = self.other_side(&party) {
            self.lines.switchboard.send(&other, &media_notice(&party, media));
        }
        if self.may_connect(&party) {
            self.seat_media.insert(party, media);
        }
    }

    async fn hear(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Lost(peer) => {
                if let Some(party) = self.party_of(peer) {
                    self.close(&party).await;
                    self.lines.switchboard.send(&party, &ServerMessage::Call(CallNotice::Lost {}));
                }
            }
            MediaEvent::WantsOffer(peer) => {
                if let Some(party) = self.party_of(peer) {
                    match self.outside.media.offer(peer, OfferReason::Seats).await {
                        Ok(sdp) => self.lines.switchboard.send(&party, &ServerMessage::Call(CallNotice::Offer { sdp })),
                        Err(failure) => {
                            warn!(hall.id = %self.lines.id, error = %failure, "no other layout was agreed in hall {}: {failure}", self.lines.id)
                        }
                    }
                }
            }
            MediaEvent::Connected(_) | MediaEvent::Flowing(..) => {}
        }
    }

    /// Takes what the hall posted: opens and shuts gates, ends connections that have lost their right.
    async fn follow(&mut self) {
        let mut posted = self.lines.board.take();
        for visit in std::mem::take(&mut posted.moved) {
            let first_phone = Party::Citizen(visit);
            self.seat_media.remove(&first_phone);
            self.close(&first_phone).await;
        }
        let Posted { rights, seats, afresh, .. } = &posted;
        if rights.is_empty() && seats.is_empty() && !afresh {
            return;
        }
        let touched = self.rights.follow(posted);
        for visit in &touched.visits {
            self.settle(visit).await;
            let citizen = Party::Citizen(visit.clone());
            if self.rights.of(visit).is_none() {
                self.seat_media.remove(&citizen);
                let had = self.close(&citizen).await;
                if had && !touched.over.contains(visit) {
                    self.lines.switchboard.send(&citizen, &ServerMessage::Call(CallNotice::Lost {}));
                }
            }
        }
        for staff in touched.staff {
            let staff = Party::Staff(staff);
            if !self.may_connect(&staff) {
                self.seat_media.remove(&staff);
                self.close(&staff).await;
            }
        }
    }

    /// A citizen near the head or in a call; a staff member who sits at a window or is in a call.
    fn may_connect(&self, party: &Party) -> bool {
        match party {
            Party::Citizen(visit) => self.rights.of(visit).is_some(),
            Party::Staff(staff) => self.rights.sits(staff) || !self.rights.visits_of(staff).is_empty(),
        }
    }

    async fn settle_party(&mut self, party: &Party) {
        match party {
            Party::Citizen(visit) => self.settle(visit).await,
            Party::Staff(staff) => {
                for visit in self.rights.visits_of(staff) {
                    self.settle(&visit).await;
                }
            }
        }
    }

    /// Makes the gate of a visit what its rights say now.
    async fn settle(&mut self, visit: &VisitId) {
        let wanted = self.wanted_gate(visit);
        if self.gates.get(visit) == wanted.as_ref() {
            return;
        }
        let call = CallId {
            hall: self.lines.id.clone(),
            visit: visit.clone(),
        };
        match wanted {
            Some(gate) => {
                let seats = hearing::seats(&[(Seat::Citizen, gate.citizen), (Seat::Staff, gate.staff)]);
                self.outside.media.set_call(&call, &seats).await;
                self.introduce(visit, &gate.staff_id);
                self.gates.insert(visit.clone(), gate);
            }
            #[cfg(feature = "planted")]
            None if crate::hall_task::planted::leaves_gates_open() => {}
            None => {
                self.outside.media.set_call(&call, &[]).await;
                self.gates.remove(visit);
            }
        }
    }

    fn wanted_gate(&self, visit: &VisitId) -> Option<Gate> {
        let rights = self.rights.of(visit).filter(|rights| rights.open)?;
        let staff_id = rights.staff.clone()?;
        let citizen = *self.peers.get(&Party::Citizen(visit.clone()))?;
        let staff = *self.peers.get(&Party::Staff(staff_id.clone()))?;
        Some(Gate { citizen, staff, staff_id })
    }

    /// Tells each side what the other shows, as far as it has said.
    fn introduce(&self, visit: &VisitId, staff: &StaffId) {
        let citizen = Party::Citizen(visit.clone());
        let staff = Party::Staff(staff.clone());
        for (from, to) in [(&citizen, &staff), (&staff, &citizen)] {
            if let Some(media) = self.seat_media.get(from) {
                self.lines.switchboard.send(to, &media_notice(from, *media));
            }
        }
    }

    /// The party a party's call is with, if its rights are open.
    fn other_side(&self, party: &Party) -> Option<Party> {
        match party {
            Party::Citizen(visit) => self.rights.of(visit).filter(|rights| rights.open)?.staff.clone().map(Party::Staff),
            Party::Staff(staff) => {
                let mut visits = self.rights.visits_of(staff).into_iter();
                visits
                    .find(|visit| self.rights.of(visit).is_some_and(|rights| rights.open))
                    .map(Party::Citizen)
            }
        }
    }

    fn party_of(&self, peer: PeerId) -> Option<Party> {
        self.peers.iter().find(|(_, held)| **held == peer).map(|(party, _)| party.clone())
    }

    /// Ends the connection of a party; `true` when it had one.
    async fn close(&mut self, party: &Party) -> bool {
        let Some(peer) = self.peers.remove(party) else {
            return false;
        };
        self.settle_party(party).await;
        self.end(peer).await;
        true
    }

    async fn end(&self, peer: PeerId) {
        self.owners.remove(peer);
        self.outside.media.close(peer).await;
    }
}

fn media_notice(from: &Party, media: SeatMedia) -> ServerMessage {
    let seat = match from {
        Party::Citizen(_) => Seat::Citizen,
        Party::Staff(_) => Seat::Staff,
    };
    ServerMessage::Call(CallNotice::Media { seat, media })
}
