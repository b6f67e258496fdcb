//! One page's connection: its credentials, its path, its keys and its streams.

use std::time::{Duration, Instant};

use yunyiban_app::ports::media::{CallId, PeerId};
use yunyiban_protocol::MediaSection;

use crate::dtls::Handshake;
use crate::incoming::Incoming;
use crate::outbox::{Outbox, PACKET, Path};
use crate::outgoing::Outgoing;
use crate::paths::Known;
use crate::rtcp::Writer;
use crate::sdp::Description;
use crate::srtp::{Session, Window};
use crate::transport::Arrivals;

/// Sections of the layout.
pub(crate) const SECTIONS: usize = MediaSection::ALL.len();
/// Paths one page may have alive; a phone with two networks, both families and TCP has eight.
pub(crate) const MAX_PATHS: usize = 8;
/// Streams one page may send: media and repair of each section, and as many again after a change.
pub(crate) const MAX_STREAMS: usize = 12;
/// Senders of RTCP one page may be.
const MAX_REPORTERS: usize = 16;
/// What a page may send in a second; 20 Mbit/s is a screen in full motion.
const MAX_BYTES_A_SECOND: usize = 2_500_000;
const MAX_PACKETS_A_SECOND: usize = 5_000;
/// A handshake has about ten datagrams each way, and each is repeated at most once a second.
const MAX_HANDSHAKE_PACKETS_A_SECOND: usize = 200;

/// A peer of the relay.
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    /// What both sides agreed on: the page's numbers, and only codecs the relay answered.
    pub(crate) agreed: Description,
    /// Sent in the last offer of ours. It stays: a page that was asked twice, by a change of network and a new socket,
    /// answers twice, and both answers are to no more than this.
    pub(crate) offered: Option<Description>,
    pub(crate) credentials: Credentials,
    /// Credentials of a restart; they replace the others when the page first uses them.
    pub(crate) restart: Option<Credentials>,
    /// Version of the last description we wrote.
    pub(crate) version: u32,
    /// Where packets for the page go.
    pub(crate) path: Option<Path>,
    /// Every path a valid request came from, the last used last.
    pub(crate) paths: Vec<Known>,
    pub(crate) last_request: Option<Instant>,
    pub(crate) born: Instant,
    pub(crate) handshake: Handshake,
    pub(crate) keys: Option<Keys>,
    pub(crate) incoming: Vec<Incoming>,
    /// Streams seen so far.
    pub(crate) streams: u64,
    pub(crate) outgoing: [Outgoing; SECTIONS],
    pub(crate) arrivals: Arrivals,
    pub(crate) call: Option<CallId>,
    /// Slots of the peers that receive what this one sends.
    pub(crate) receivers: Vec<usize>,
    /// Slot of the peer this one receives from.
    pub(crate) source: Option<usize>,
    /// Sections whose first packet has been told.
    pub(crate) flowing: [bool; SECTIONS],
    /// An offer with other codecs has been asked for and has not been answered.
    pub(crate) wants_offer: bool,
    /// Bits a second that may be sent to the page, by its own estimate.
    pub(crate) estimate: Estimate,
    pub(crate) last_report: Instant,
    /// What the page has sent this second, by what was authentic.
    pub(crate) meter: Meter,
    /// DTLS datagrams, which anybody can send in the page's name. They have a measure of their own.
    pub(crate) handshakes: Meter,
    sent: Sent,
}

/// What has gone to a page, as of the last time somebody asked.
struct Sent {
    at: Instant,
    octets: u32,
    rate: u64,
}

/// Both directions of SRTP.
pub(crate) struct Keys {
    pub(crate) theirs: Session,
    pub(crate) ours: Session,
    reporters: Vec<(u32, Window)>,
}

/// ICE credentials of our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// What came in the running second, and how much may.
pub(crate) struct Meter {
    since: Instant,
    packets: usize,
    bytes: usize,
    most: (usize, usize),
}

impl Peer {
    pub(crate) fn new(
        now: Instant,
        id: PeerId,
        agreed: Description,
        credentials: Credentials,
        handshake: Handshake,
        streams: [(u32, u32); SECTIONS],
    ) -> Peer {
        Peer {
            id,
            agreed,
            offered: None,
            credentials,
            restart: None,
            version: 1,
            path: None,
            paths: Vec::new(),
            last_request: None,
            born: now,
            handshake,
            keys: None,
            incoming: Vec::new(),
            streams: 0,
            outgoing: streams.map(|(ssrc, repair)| Outgoing::new(ssrc, repair)),
            arrivals: Arrivals::new(now),
            call: None,
            receivers: Vec::new(),
            source: None,
            flowing: [false; SECTIONS],
            wants_offer: false,
            estimate: Estimate::default(),
            last_report: now,
            meter: Meter::new(now, MAX_PACKETS_A_SECOND, MAX_BYTES_A_SECOND),
            handshakes: Meter::new(now, MAX_HANDSHAKE_PACKETS_A_SECOND, MAX_BYTES_A_SECOND),
            sent: Sent { at: now, octets: 0, rate: 0 },
        }
    }

    /// Bits of media a second sent to the page since this was last asked, or over the last fifth of a second.
    pub(crate) fn sending_rate(&mut self, now: Instant) -> u64 {
        let elapsed = now.duration_since(self.sent.at);
        if elapsed >= Duration::from_millis(200) {
            let octets = self.outgoing.iter().fold(0u32, |sum, stream| sum.wrapping_add(stream.octets));
            let bits = 8 * u64::from(octets.wrapping_sub(self.sent.octets));
            self.sent = Sent {
                at: now,
                octets,
                rate: bits * 1000 / elapsed.as_millis() as u64,
            };
        }
        self.sent.rate
    }

    /// Sends one compound RTCP packet, in the name of our stream of sound unless `sender` says otherwise.
    pub(crate) fn send_rtcp(&mut self, outbox: &mut Outbox, sender: Option<u32>, write: impl FnOnce(&mut Writer<'_>)) {
        let sender = sender.unwrap_or(self.outgoing[0].ssrc);
        let (Some(path), Some(keys)) = (self.path, &mut self.keys) else { return };
        outbox.push(path, |packet| {
            let mut writer = Writer::new(&mut packet[..PACKET - crate::srtp::OVERHEAD], sender);
            write(&mut writer);
            let length = writer.finish()?;
            keys.ours.seal_rtcp(packet, length)
        });
    }

    /// Puts what the handshake has to say into the outbox.
    pub(crate) fn send_handshake(&mut self, outbox: &mut Outbox) {
        let Some(path) = self.path else { return };
        while let Some(datagram) = self.handshake.transmit() {
            outbox.push(path, |packet| {
                packet.get_mut(..datagram.len())?.copy_from_slice(&datagram);
                Some(datagram.len())
            });
        }
    }
}

impl Meter {
    fn new(now: Instant, packets: usize, bytes: usize) -> Meter {
        Meter {
            since: now,
            packets: 0,
            bytes: 0,
            most: (packets, bytes),
        }
    }

    /// Whether more came than may: the rest of this second is not worth a look.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= Duration::from_secs(1) {
            (self.since, self.packets, self.bytes) = (now, 0, 0);
        }
        self.packets >= self.most.0 || self.bytes >= self.most.1
    }

    /// Counts what came, unless the measure is full.
    pub(crate) fn allow(&mut self, now: Instant, bytes: usize) -> bool {
        let allowed = !self.is_full(now);
        if allowed {
            self.packets += 1;
            self.bytes += bytes;
        }
        allowed
    }
}

/// What a page says of its downlink.
///
/// A browser's estimate never exceeds one and a half times what it gets. While it gets little because little is sent, the
/// estimate says nothing about the link, and as a limit it would slow the first picture of a shared screen.
#[derive(Default)]
pub(crate) struct Estimate {
    /// Bits a second that may be sent to the page.
    pub(crate) limit: Option<u64>,
    last: u64,
    /// When the page last found its link full.
    full: Option<Instant>,
}

impl Estimate {
    /// Estimates below this are not believed: sound alone needs more.
    const LOWEST: u64 = 50_000;
    /// How far a sender may go beyond the estimate of a link that is not full, and of one that was full lately.
    const ROOM: (u64, u64) = (6, 2);
    /// How long a full link is remembered.
    const CAUTION: Duration = Duration::from_secs(10);

    /// The page has told its estimate while `rate` bits a second were sent to it.
    pub(crate) fn told(&mut self, now: Instant, bits: u64, rate: u64) {
        if bits < self.last / 10 * 9 {
            self.full = Some(now);
        }
        self.last = bits;
        let calm = self.full.is_none_or(|full| now.duration_since(full) > Estimate::CAUTION);
        let room = if calm { Estimate::ROOM.0 } else { Estimate::ROOM.1 };
        let bits = if bits > rate / 4 * 5 { bits.saturating_mul(room) } else { bits };
        self.limit = Some(bits.max(Estimate::LOWEST));
    }
}

impl Keys {
    pub(crate) fn new(theirs: Session, ours: Session) -> Keys {
        Keys {
            theirs,
            ours,
            reporters: Vec::new(),
        }
    }

    /// Opens a compound RTCP packet and returns its length; a repeated one is `None`.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Option<usize> {
        let (length, sender, index) = self.theirs.open_rtcp(packet)?;
        let window = match self.reporters.iter_mut().position(|(ssrc, _)| *ssrc == sender) {
            Some(place) => &mut self.reporters[place].1,
            None if self.reporters.len() < MAX_REPORTERS => {
                self.reporters.push((sender, Window::default()));
                &mut self.reporters.last_mut()?.1
            }
            None => return None,
        };
        if window.has(u64::from(index)) {
            return None;
        }
        window.insert(u64::from(index));
        Some(length)
    }
}
