//! The relay without sockets and clocks: datagrams and orders in, datagrams and events out.
//!
//! Reading order: [`Engine::receive`] sorts a datagram by its first byte (RFC 7983); `stun` below and [`crate::forward`]
//! take it from there; [`crate::signal`] answers the orders of the port; [`Engine::tick`] does what is due.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use yunyiban_app::ports::media::{CallId, MediaEvent, PeerId};
use yunyiban_protocol::Seat;

use crate::dtls::{Identity, Outcome};
use crate::outbox::{Outbox, Path};
use crate::peer::{Keys, MAX_PATHS, Peer};
use crate::rtcp::ReportBlock;
use crate::rtp;
use crate::stun::Request;

/// Without a valid STUN request for this long a peer is lost.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// A page on a slow network has this long to send its first one.
const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How often [`Engine::tick`] wants to be called while there are peers.
pub(crate) const TICK: Duration = Duration::from_millis(25);
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
    /// The way of every packet that is not STUN. An address is here only after a valid request from it.
    pub(crate) routes: HashMap<Path, Route>,
    /// The way of STUN.
    pub(crate) ufrags: HashMap<String, usize>,
    pub(crate) calls: HashMap<CallId, Vec<(Seat, usize)>>,
    pub(crate) last_peer: u64,
    pub(crate) outbox: Outbox,
    /// Told in order; there are never more than a few for each peer.
    pub(crate) events: VecDeque<MediaEvent>,
    pub(crate) counters: Counters,
    pub(crate) scratch: Vec<u8>,
}

/// Where packets from a path go.
pub(crate) struct Route {
    pub(crate) slot: usize,
    seen: Instant,
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
        }
    }

    /// Takes one datagram, or one frame of a TCP connection.
    pub(crate) fn receive(&mut self, now: Instant, path: Path, datagram: &mut [u8]) {
        match datagram.first() {
            Some(0..=3) => self.receive_stun(now, path, datagram),
            Some(20..=63) => match self.routes.get(&path) {
                Some(route) => self.receive_dtls(now, route.slot, datagram),
                None => self.counters.foreign += 1,
            },
            Some(128..=191) => match self.routes.get(&path) {
                Some(route) if rtp::is_rtcp(datagram) => self.receive_rtcp(now, route.slot, datagram),
                Some(route) => self.receive_rtp(now, route.slot, datagram),
                None => self.counters.foreign += 1,
            },
            Some(_) | None => self.counters.malformed += 1,
        }
    }

    fn receive_stun(&mut self, now: Instant, path: Path, datagram: &[u8]) {
        let Some(request) = Request::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        let Some((slot, peer)) = self.ufrags.get(request.local).and_then(|slot| Some((*slot, self.peers[*slot].as_mut()?))) else {
            self.counters.foreign += 1;
            return;
        };
        let crypto = self.identity.provider.crypto();
        let credentials = match &peer.restart {
            Some(restart) if restart.ufrag == request.local => restart,
            Some(_) | None => &peer.credentials,
        };
        if !request.verify(crypto, &credentials.password) {
            self.counters.foreign += 1;
            return;
        }
        match self.routes.get_mut(&path) {
            // Another living peer is there. Whoever sends this may know its own password and still have forged the address.
            Some(route) if route.slot != slot && now.duration_since(route.seen) < LEASE => {
                self.counters.foreign += 1;
                return;
            }
            Some(route) => *route = Route { slot, seen: now },
            None => {
                self.routes.insert(path, Route { slot, seen: now });
            }
        }
        let source = match path {
            Path::Udp { page, .. } => page,
            // Behind a TCP connection the mapped address is not used for anything.
            Path::Tcp(_) => SocketAddr::from(([0, 0, 0, 0], 9)),
        };
        self.outbox
            .push(path, |packet| request.respond(crypto, &credentials.password, source, packet));
        if peer.restart.as_ref().is_some_and(|restart| restart.ufrag == request.local)
            && let Some(restart) = peer.restart.take()
        {
            let old = std::mem::replace(&mut peer.credentials, restart);
            self.ufrags.remove(&old.ufrag);
        }
        peer.last_request = Some(now);
        if request.use_candidate || peer.path.is_none() {
            peer.path = Some(path);
        }
        peer.paths.retain(|known| *known != path);
        peer.paths.push(path);
        if peer.paths.len() > MAX_PATHS {
            let oldest = peer.paths.remove(0);
            self.routes.remove(&oldest);
        }
    }

    fn receive_dtls(&mut self, now: Instant, slot: usize, datagram: &[u8]) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        if !peer.allow(now, datagram.len()) {
            self.counters.flooded += 1;
            return;
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
                .copied()
                .filter(|path| self.routes.get(path).is_none_or(|route| now.duration_since(route.seen) >= LEASE))
                .collect();
            for path in lost {
                self.forget_path(slot, path);
            }
        }
    }

    /// A path is gone, because it is old or because its connection closed.
    pub(crate) fn forget_path(&mut self, slot: usize, path: Path) {
        self.routes.remove(&path);
        let Some(peer) = self.peers[slot].as_mut() else { return };
        peer.paths.retain(|known| *known != path);
        if peer.path == Some(path) {
            peer.path = peer.paths.last().copied();
        }
    }

    /// A TCP connection has ended.
    pub(crate) fn disconnected(&mut self, path: Path) {
        if let Some(route) = self.routes.get(&path) {
            self.forget_path(route.slot, path);
        }
    }

    /// Whether a TCP connection has proved whose it is.
    pub(crate) fn knows(&self, path: Path) -> bool {
        self.routes.contains_key(&path)
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
    use std::net::Ipv4Addr;

    use super::*;
    use crate::stun::test_request;

    const PHONE: Path = Path::Udp {
        page: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 5000),
        ours: None,
    };

    /// An engine, a warm page in it, and the page's request.
    fn warm(now: Instant) -> (Engine, PeerId, Vec<u8>) {
        let mut engine = Engine::new(Identity::generate().unwrap(), Vec::new(), 10);
        let (id, _) = engine.connect(now, &crate::sdp::tests::offer()).unwrap();
        let request = request_of(&engine, id);
        (engine, id, request)
    }

    fn request_of(engine: &Engine, id: PeerId) -> Vec<u8> {
        let credentials = &engine.peers[engine.slots[&id]].as_ref().unwrap().credentials;
        test_request(&format!("{}:page", credentials.ufrag), &credentials.password, true)
    }

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

    #[test]
    fn a_living_peers_address_is_not_taken_over() {
        let start = Instant::now();
        let (mut engine, _, mut request) = warm(start);
        engine.receive(start, PHONE, &mut request);
        let (other, _) = engine.connect(start, &crate::sdp::tests::offer()).unwrap();
        let mut forged = request_of(&engine, other);
        engine.receive(start, PHONE, &mut forged);
        assert_eq!((engine.counters.foreign, engine.routes[&PHONE].slot), (1, 0));
        engine.receive(start + LEASE, PHONE, &mut forged);
        assert_eq!(engine.routes[&PHONE].slot, 1, "a port that was given to another phone");
    }

    #[test]
    fn a_page_has_a_bounded_number_of_paths() {
        let start = Instant::now();
        let (mut engine, _, mut request) = warm(start);
        for port in 0..100 {
            engine.receive(start, Path::Tcp(port), &mut request);
        }
        assert_eq!(engine.routes.len(), MAX_PATHS);
        assert_eq!(engine.peers[0].as_ref().unwrap().path, Some(Path::Tcp(99)));
    }
}
