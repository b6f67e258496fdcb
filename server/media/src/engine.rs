//! The relay without sockets and clocks: datagrams and orders in, datagrams and events out.
//!
//! Reading order: [`Engine::receive`] sorts a datagram by its first byte (RFC 7983); [`crate::paths`] and [`crate::forward`]
//! take it from there; [`crate::signal`] answers the orders of the port; [`Engine::tick`] does what is due.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use yunyiban_app::ports::media::{CallId, MediaCounts, MediaEvent, PeerId};

use crate::dtls::{Identity, Outcome};
use crate::outbox::{Outbox, Path};
use crate::peer::{Keys, Meter, Peer};
use crate::rtcp::ReportBlock;
use crate::rtp;
use crate::seats::Member;
use crate::strangers::Strangers;

/// Without a valid STUN request for this long a peer is lost.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// A page on a slow network has this long to send its first one.
const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How often [`Engine::tick`] wants to be called while there are peers.
pub(crate) const TICK: Duration = Duration::from_millis(25);
/// Each costs a look at every stream there is.
const MAX_STRAYS_A_SECOND: usize = 200;
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// A stream silent for this long keeps no history.
const STREAM_REST: Duration = Duration::from_secs(3);

/// Every peer and call of one relay.
pub(crate) struct Engine {
    pub(crate) identity: Identity,
    /// Addresses for the descriptions.
    pub(crate) candidates: Vec<SocketAddr>,
    pub(crate) max_peers: usize,
    pub(crate) peers: Vec<Option<Peer>>,
    pub(crate) slots: HashMap<PeerId, usize>,
    /// The way of every packet that is not STUN. An address is here only after a valid request or authentic media from it.
    pub(crate) routes: HashMap<Path, Route>,
    /// The way of STUN.
    pub(crate) ufrags: HashMap<String, usize>,
    pub(crate) calls: HashMap<CallId, Vec<Member>>,
    pub(crate) last_peer: u64,
    pub(crate) outbox: Outbox,
    /// Told in order; there are never more than a few for each peer.
    pub(crate) events: VecDeque<MediaEvent>,
    pub(crate) counters: Counters,
    pub(crate) scratch: Vec<u8>,
    pub(crate) strangers: Strangers,
    /// Media from addresses nobody knows, as far as it is looked at.
    pub(crate) strays: Meter,
    /// TCP connections no page is reached by any more; the driver ends them.
    pub(crate) hung_up: Vec<u64>,
}

/// Where packets from a path go.
pub(crate) struct Route {
    pub(crate) slot: usize,
    pub(crate) seen: Instant,
}

/// What the relay has counted since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets forwarded, once for each receiver.
    pub forwarded: u64,
    /// Packets sent again on request.
    pub resent: u64,
    /// Packets that were no STUN, DTLS, RTP or RTCP, or broken.
    pub malformed: u64,
    /// Packets from an address no valid request came from, or requests with a wrong name or password.
    pub foreign: u64,
    /// Packets that failed to authenticate, or had been seen.
    pub refused: u64,
    /// Packets over the rate of a page.
    pub flooded: u64,
    /// Packets the relay could not send.
    pub unsent: u64,
}

impl Engine {
    pub(crate) fn new(identity: Identity, candidates: Vec<SocketAddr>, max_peers: usize) -> Engine {
        Engine {
            identity,
            candidates,
            max_peers,
            peers: Vec::new(),
            slots: HashMap::new(),
            routes: HashMap::new(),
            ufrags: HashMap::new(),
            calls: HashMap::new(),
            last_peer: 0,
            outbox: Outbox::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            scratch: Vec::new(),
            strangers: Strangers::default(),
            strays: Meter::new(MAX_STRAYS_A_SECOND, usize::MAX),
            hung_up: Vec::new(),
        }
    }

    /// What is held and was counted, as the house is told it.
    pub(crate) fn counts(&self) -> MediaCounts {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let Counters {
            forwarded,
            resent,
            malformed,
            foreign,
            refused,
            flooded,
            unsent,
        } = self.counters;
        MediaCounts {
            peers: count(self.slots.len()),
            calls: count(self.calls.len()),
            seats: count(self.calls.values().map(Vec::len).sum()),
            forwarded,
            resent,
            unsent,
            malformed,
            foreign,
            refused,
            flooded,
        }
    }

    /// Takes one datagram, or one frame of a TCP connection.
    pub(crate) fn receive(&mut self, now: Instant, path: Path, datagram: &mut [u8]) {
        match datagram.first() {
            Some(0..=3) => self.receive_stun(now, path, datagram),
            Some(20..=63) => match self.routes.get(&path) {
                Some(route) => self.receive_dtls(now, path, route.slot, datagram),
                None => self.counters.foreign += 1,
            },
            Some(128..=191) => match self.routes.get(&path) {
                Some(route) if rtp::is_rtcp(datagram) => self.receive_rtcp(now, route.slot, datagram),
                Some(route) => {
                    self.receive_rtp(now, route.slot, datagram);
                }
                None => self.receive_stray(now, path, datagram),
            },
            Some(_) | None => self.counters.malformed += 1,
        }
    }

    fn receive_dtls(&mut self, now: Instant, path: Path, slot: usize, datagram: &[u8]) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        if !peer.handshakes.allow(now, datagram.len()) {
            self.counters.flooded += 1;
            return;
        }
        if peer.keys.is_none() {
            // Whoever ends the handshake has read what we sent here: it is the page's path from then on.
            peer.path = Some(path);
        }
        let outcome = peer.handshake.receive(&self.identity, now, datagram);
        peer.send_handshake(&mut self.outbox);
        match outcome {
            Outcome::Going => {}
            Outcome::Keys(keys) => {
                let (theirs, ours) = *keys;
                peer.keys = Some(Keys::new(theirs, ours));
                self.events.push_back(MediaEvent::Connected(peer.id));
            }
            Outcome::Closed => self.lose(now, slot),
        }
    }

    /// Does what is due: repeats, reports, and farewells to peers that went silent.
    pub(crate) fn tick(&mut self, now: Instant) {
        for slot in 0..self.peers.len() {
            let Some(peer) = self.peers[slot].as_mut() else { continue };
            let alive = match peer.last_request {
                Some(last) => now.duration_since(last) < LEASE,
                None => now.duration_since(peer.born) < FIRST_REQUEST,
            };
            if !alive || !peer.handshake.tick(now) {
                self.lose(now, slot);
                continue;
            }
            peer.send_handshake(&mut self.outbox);
            if peer.keys.is_some() {
                tick_streams(peer, now, &mut self.outbox, &mut self.scratch);
            }
            let lost: Vec<Path> = peer
                .paths
                .iter()
                .map(|known| known.path)
                .filter(|path| self.routes.get(path).is_none_or(|route| now.duration_since(route.seen) >= LEASE))
                .collect();
            for path in lost {
                self.forget_path(now, slot, path);
            }
        }
    }

    fn lose(&mut self, now: Instant, slot: usize) {
        if let Some(id) = self.peers[slot].as_ref().map(|peer| peer.id) {
            self.remove(now, slot);
            self.events.push_back(MediaEvent::Lost(id));
        }
    }
}

/// What one connected peer's page is to be told or asked now, in one packet.
fn tick_streams(peer: &mut Peer, now: Instant, outbox: &mut crate::outbox::Outbox, scratch: &mut Vec<u8>) {
    let has_feedback = peer.arrivals.report(now, scratch);
    let mut blocks: Vec<ReportBlock> = Vec::new();
    let (mut numbers, mut key_frames) = (Vec::new(), Vec::new());
    let reports = now.duration_since(peer.last_report) >= REPORT_EVERY;
    if reports {
        peer.last_report = now;
    }
    let mut any_stream = 0;
    for stream in &mut peer.incoming {
        let highest = stream.window.highest();
        let Some(media) = &mut stream.media else { continue };
        any_stream = stream.ssrc;
        let silent = now.duration_since(stream.last);
        if silent >= STREAM_REST {
            media.history.rest();
            continue;
        }
        if reports {
            blocks.extend(media.report_block(now, stream.ssrc, highest));
        }
        let missing = media.nack(now);
        if !missing.is_empty() {
            numbers.push((stream.ssrc, missing));
        }
        if !peer.receivers.is_empty() && media.key_frame.ask(now) {
            key_frames.push(stream.ssrc);
        }
    }
    if !has_feedback && blocks.is_empty() && numbers.is_empty() && key_frames.is_empty() {
        return;
    }
    peer.send_rtcp(outbox, None, |writer| {
        if !blocks.is_empty() {
            writer.receiver_report(&blocks);
        }
        numbers.iter().for_each(|(ssrc, missing)| writer.nack(*ssrc, missing));
        key_frames.iter().for_each(|ssrc| writer.key_frame(*ssrc));
        if has_feedback {
            writer.transport(any_stream, scratch);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::tests::{PHONE, warm};

    #[test]
    fn a_silent_peer_is_lost_after_its_lease_and_leaves_nothing_behind() {
        let start = Instant::now();
        let (mut engine, id, mut request) = warm(start);
        let asked = start + FIRST_REQUEST / 2;
        engine.receive(asked, PHONE, &mut request);
        assert_eq!(engine.outbox.packets().len(), 1, "answered");
        engine.tick(asked + LEASE - TICK);
        assert!(engine.events.is_empty());
        engine.tick(asked + LEASE);
        assert_eq!(engine.events, [MediaEvent::Lost(id)]);
        assert!(engine.routes.is_empty() && engine.ufrags.is_empty() && engine.slots.is_empty());
    }

    #[test]
    fn a_page_that_never_asks_is_lost_too() {
        let start = Instant::now();
        let (mut engine, id, _) = warm(start);
        engine.tick(start + LEASE);
        assert!(engine.events.is_empty(), "a slow network has longer");
        engine.tick(start + FIRST_REQUEST);
        assert_eq!(engine.events, [MediaEvent::Lost(id)]);
    }
}
