//! Sound and picture as the house needs them: a relay that forwards and never decodes.

use async_trait::async_trait;
use yunyiban_protocol::{HallId, MediaSection, VisitId};

/// One peer connection in the relay. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// The call a set of peers belongs to: one visit of one hall.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// The hall.
    pub hall: HallId,
    /// The visit.
    pub visit: VisitId,
}

/// One seat of a call. Who hears whom is nowhere else: a companion who speaks, a supervisor who only listens and a whisper for
/// one are three lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSeat {
    /// Its connection.
    pub peer: PeerId,
    /// Whose sound and pictures it receives, the dearest first; each has a row of sections to itself, at most four.
    /// Who is not in the call is not heard.
    pub hears: Vec<PeerId>,
}

/// Why the relay or a page wants a new offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferReason {
    /// The page's network changed: new ICE credentials.
    Restart,
    /// The call's seats want another layout: only codecs that all receivers of this peer have, and a row of sections for
    /// everyone it hears.
    Seats,
}

/// What the relay tells by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// ICE and DTLS are up: packets can flow once the gate is open.
    Connected(PeerId),
    /// No valid STUN request for the lease (15 s), or DTLS failed. The peer is gone.
    Lost(PeerId),
    /// Ask for an offer with [`Media::offer`] and [`OfferReason::Seats`] and carry it to the page.
    WantsOffer(PeerId),
    /// First packet of a section seen from this peer since its gate opened.
    Flowing(PeerId, MediaSection),
}

/// What the relay holds, and what it has counted since it began. Numbers alone: nothing of a call or a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaCounts {
    /// Connections, those of no call included.
    pub peers: u32,
    /// Calls with an open gate.
    pub calls: u32,
    /// Their seats.
    pub seats: u32,
    /// Packets forwarded, once for each receiver.
    pub forwarded: u64,
    /// Packets sent again on request.
    pub resent: u64,
    /// Packets that could not be sent.
    pub unsent: u64,
    /// Packets that were broken or of no kind the relay knows.
    pub malformed: u64,
    /// Packets of strangers.
    pub foreign: u64,
    /// Packets that failed to authenticate, or came twice.
    pub refused: u64,
    /// Packets over the rate of a page.
    pub flooded: u64,
}

/// What can go wrong. The peer named is unchanged unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaFailure {
    /// The SDP is too long, too rich, or not what the layout asks for.
    #[error("the session description is refused: {0}")]
    BadDescription(&'static str),
    /// No such peer (any more).
    #[error("peer {0:?} does not exist")]
    NoPeer(PeerId),
    /// The relay is full.
    #[error("the relay holds its limit of peers")]
    Full,
    /// The library failed; the peer is closed.
    #[error("relay: {0}")]
    Relay(String),
}

/// The relay. One peer connection a seat, ICE-lite, every call on one UDP port and ICE-TCP on the same number.
///
/// A peer belongs to no call when it is made (warm): nothing it sends is forwarded anywhere.
/// [`Media::set_call`] is the gate: the peers named there, and only they, hear whom it says they hear.
///
/// A page's first three sections send, and receive one seat. For each further seat it is offered three more, in the same order,
/// which only receive.
#[async_trait]
pub trait Media: Send + Sync {
    /// Makes a peer from a page's first offer, whose sections are [`MediaSection::ALL`] in order, and gives the SDP answer.
    ///
    /// # Errors
    /// [`MediaFailure::BadDescription`], [`MediaFailure::Full`], [`MediaFailure::Relay`]; then no peer exists.
    async fn connect(&self, offer: &str) -> Result<(PeerId, String), MediaFailure>;

    /// A server offer for an existing peer. The page's answer comes back through [`Media::accept_answer`].
    ///
    /// # Errors
    /// [`MediaFailure::NoPeer`], [`MediaFailure::Relay`].
    async fn offer(&self, peer: PeerId, reason: OfferReason) -> Result<String, MediaFailure>;

    /// The page's answer to [`Media::offer`].
    ///
    /// # Errors
    /// [`MediaFailure::NoPeer`], [`MediaFailure::BadDescription`], [`MediaFailure::Relay`].
    async fn accept_answer(&self, peer: PeerId, answer: &str) -> Result<(), MediaFailure>;

    /// Opens the gate between exactly these seats, replacing what the call had before; an empty list shuts it.
    /// Idempotent. Key frames of every running picture are asked for whenever a receiver is new.
    /// No packet is forwarded to or from a peer that is in no call.
    async fn set_call(&self, call: &CallId, seats: &[CallSeat]);

    /// Ends a peer: its sockets state is forgotten, it leaves its call. Unknown peers are ignored.
    async fn close(&self, peer: PeerId);

    /// What is held and was counted. All zero where nothing is counted, or the relay has stopped.
    async fn counts(&self) -> MediaCounts {
        MediaCounts::default()
    }
}
