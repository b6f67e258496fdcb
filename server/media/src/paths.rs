//! How a page is reached.
//!
//! A request with the right password makes a path known: what comes from it is looked at. It does not make media go there,
//! because whoever has seen one such request can send it again from any address, and an ICE-lite side, which asks nothing,
//! would send a stranger or a victim the whole call. So:
//!
//! - Until the keys are there, only the handshake is sent, to where the page's last datagram of it came from. The path
//!   on which the handshake ends is the page's.
//! - Afterwards, when a request nominates another path, a check of our own goes there (RFC 8445, section 7.2; what RFC 7675 wants of
//!   whoever sends). Media follows when the page has answered it with its own password, one round trip later,
//!   and goes where it went until then. This holds for every move, back to an old path too, and for TCP.
//!
//! What a replayed request gets is an answer and a check, together hardly longer than itself.

use std::time::{Duration, Instant};

use crate::engine::{Engine, LEASE, Route};
use crate::outbox::Path;
use crate::peer::MAX_PATHS;
use crate::stun::{self, CheckId, Message, Request, Response};

/// An unanswered check keeps its id this long, so that an answer from a slow network still counts.
const CHECK_LIFE: Duration = Duration::from_secs(3);
/// A check is not repeated sooner, however many requests come.
const CHECK_PAUSE: Duration = Duration::from_millis(40);

/// A path a valid request came from.
pub(crate) struct Known {
    pub(crate) path: Path,
    /// The page's own name in the last request.
    remote: String,
    /// The page wants to be reached here.
    nominated: bool,
    check: Option<Check>,
}

/// What was asked and not answered.
struct Check {
    id: CheckId,
    begun: Instant,
    sent: Instant,
}

impl Engine {
    pub(crate) fn receive_stun(&mut self, now: Instant, path: Path, datagram: &[u8]) {
        match Message::parse(datagram) {
            Some(Message::Request(request)) => self.receive_request(now, path, &request, datagram),
            Some(Message::Anonymous) => self.refuse(now, path, datagram),
            Some(Message::Response(response)) => self.receive_answer(path, &response),
            None => self.counters.malformed += 1,
        }
    }

    fn receive_request(&mut self, now: Instant, path: Path, request: &Request<'_>, datagram: &[u8]) {
        let Some((slot, peer)) = self.ufrags.get(request.local).and_then(|slot| Some((*slot, self.peers[*slot].as_mut()?))) else {
            self.refuse(now, path, datagram);
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
        let other = self.routes.get(&path).filter(|route| route.slot != slot);
        if other.is_some_and(|route| now.duration_since(route.seen) < LEASE) {
            // Another living peer is there. Whoever sends this may know its own password and still have forged the address.
            self.counters.foreign += 1;
            return;
        }
        let before = other.map(|route| route.slot);
        self.outbox
            .push(path, |packet| request.respond(crypto, &credentials.password, path.page(), packet));
        if peer.restart.as_ref().is_some_and(|restart| restart.ufrag == request.local)
            && let Some(restart) = peer.restart.take()
        {
            let old = std::mem::replace(&mut peer.credentials, restart);
            self.ufrags.remove(&old.ufrag);
        }
        peer.last_request = Some(now);
        if let Some(before) = before {
            self.forget_path(now, before, path);
        }
        self.routes.insert(path, Route { slot, seen: now });
        self.note_path(slot, path, request);
        self.lead(now, slot, path);
    }

    /// Puts a path behind those that were used before it. Of too many the oldest goes, but never the one in use.
    fn note_path(&mut self, slot: usize, path: Path, request: &Request<'_>) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let check = match peer.paths.iter().position(|known| known.path == path) {
            Some(place) => peer.paths.remove(place).check,
            None => None,
        };
        peer.paths.push(Known {
            path,
            remote: request.remote.to_owned(),
            nominated: request.use_candidate,
            check,
        });
        if peer.paths.len() > MAX_PATHS
            && let Some(oldest) = peer.paths.iter().position(|known| Some(known.path) != peer.path)
        {
            let oldest = peer.paths.remove(oldest).path;
            self.forget_route(oldest);
        }
    }

    /// Follows the page to a path, as far as it may be followed there by now.
    fn lead(&mut self, now: Instant, slot: usize, path: Path) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let Some(known) = peer.paths.iter().find(|known| known.path == path) else {
            return;
        };
        let wanted = peer.path != Some(path) && (known.nominated || peer.path.is_none());
        if wanted && peer.keys.is_none() {
            peer.path = Some(path);
        } else if wanted {
            self.check(now, slot, path);
        }
    }

    /// Asks the page whether it is there. It can only be asked once its name of the path's last request has come in a description.
    fn check(&mut self, now: Instant, slot: usize, path: Path) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let ice = &peer.agreed.ice;
        let Some(known) = peer.paths.iter_mut().find(|known| known.path == path && known.remote == ice.ufrag) else {
            return;
        };
        let running = known.check.as_ref().filter(|check| now.duration_since(check.begun) < CHECK_LIFE);
        let check = match running {
            Some(check) if now.duration_since(check.sent) < CHECK_PAUSE => return,
            Some(check) => Check { sent: now, ..*check },
            None => {
                let mut id = [0; 12];
                if self.identity.provider.random().fill(&mut id).is_err() {
                    return;
                }
                Check { id, begun: now, sent: now }
            }
        };
        let (crypto, ours) = (self.identity.provider.crypto(), &peer.credentials.ufrag);
        self.outbox
            .push(path, |packet| stun::check(crypto, &check.id, (&ice.ufrag, &ice.password), ours, packet));
        known.check = Some(check);
    }

    /// The page is where it says it is.
    fn receive_answer(&mut self, path: Path, response: &Response<'_>) {
        let crypto = self.identity.provider.crypto();
        let peer = self.routes.get(&path).and_then(|route| self.peers[route.slot].as_mut());
        let answered = peer.and_then(|peer| {
            let known = peer.paths.iter_mut().find(|known| known.path == path)?;
            let check = known.check.take_if(|check| response.verify(crypto, &check.id, &peer.agreed.ice.password));
            check.map(|_| peer.path = Some(path))
        });
        if answered.is_none() {
            self.counters.foreign += 1;
        }
    }

    /// The page's new name and password have come: it may have been seen under them already.
    pub(crate) fn check_new_paths(&mut self, now: Instant, slot: usize) {
        let paths: Vec<Path> = self.peers[slot]
            .as_ref()
            .map(|peer| peer.paths.iter().map(|known| known.path).collect())
            .unwrap_or_default();
        for path in paths {
            self.lead(now, slot, path);
        }
    }

    /// A path is gone, because it is old or because its connection closed.
    pub(crate) fn forget_path(&mut self, now: Instant, slot: usize, path: Path) {
        self.forget_route(path);
        let Some(peer) = self.peers[slot].as_mut() else { return };
        peer.paths.retain(|known| known.path != path);
        if peer.path == Some(path) {
            peer.path = None;
            self.check_new_paths(now, slot);
        }
    }

    /// What comes from there is no longer anybody's.
    pub(crate) fn forget_route(&mut self, path: Path) {
        self.routes.remove(&path);
        if let Path::Tcp { connection, .. } = path {
            self.hung_up.push(connection);
        }
    }

    /// A TCP connection has ended.
    pub(crate) fn disconnected(&mut self, now: Instant, path: Path) {
        if let Some(route) = self.routes.get(&path) {
            self.forget_path(now, route.slot, path);
        }
    }

    /// Whether a path is a page's.
    pub(crate) fn knows(&self, path: Path) -> bool {
        self.routes.contains_key(&path)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use yunyiban_app::ports::media::PeerId;

    use super::*;
    use crate::dtls::Identity;
    use crate::peer::Keys;
    use crate::srtp::tests::pair;
    use crate::srtp::{Profile, Session};
    use crate::stun::{test_request, test_response};

    pub(crate) const PHONE: Path = from(5000);

    pub(crate) const fn from(port: u16) -> Path {
        Path::Udp {
            page: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), port),
            ours: None,
        }
    }

    /// An engine, a warm page in it, and the page's request.
    pub(crate) fn warm(now: Instant) -> (Engine, PeerId, Vec<u8>) {
        let mut engine = Engine::new(Identity::generate().unwrap(), Vec::new(), 10);
        let (id, _) = engine.connect(now, &crate::sdp::tests::offer()).unwrap();
        let request = request_of(&engine, id);
        (engine, id, request)
    }

    /// The same after the handshake, and the page's end of what it sends.
    pub(crate) fn connected(now: Instant) -> (Engine, PeerId, Vec<u8>, Session) {
        let (mut engine, id, mut request) = warm(now);
        engine.receive(now, PHONE, &mut request);
        let ((page, theirs), (ours, _)) = (pair(Profile::Aes128Gcm), pair(Profile::Aes128Gcm));
        let slot = engine.slots[&id];
        engine.peers[slot].as_mut().unwrap().keys = Some(Keys::new(theirs, ours));
        engine.outbox.clear();
        (engine, id, request, page)
    }

    fn request_of(engine: &Engine, id: PeerId) -> Vec<u8> {
        let credentials = &engine.peers[engine.slots[&id]].as_ref().unwrap().credentials;
        test_request(&format!("{}:page", credentials.ufrag), &credentials.password, true)
    }

    fn path(engine: &Engine) -> Option<Path> {
        engine.peers[0].as_ref().unwrap().path
    }

    /// What went to a path since the last time: the lengths, and the check if there was one.
    fn sent(engine: &mut Engine, to: Path) -> (Vec<usize>, Option<Vec<u8>>) {
        let slots = engine.outbox.packets().iter().filter(|slot| slot.path == to);
        let packets: Vec<Vec<u8>> = slots.map(|slot| slot.packet().to_vec()).collect();
        engine.outbox.clear();
        let check = packets.iter().find(|packet| packet[..2] == [0, 1]).cloned();
        (packets.iter().map(Vec::len).collect(), check)
    }

    const PASSWORD: &str = "pagepagepagepagepagepage";

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
        assert_eq!(path(&engine), None, "and is no longer the first one's");
    }

    #[test]
    fn a_page_has_a_bounded_number_of_paths_and_keeps_the_one_in_use() {
        let start = Instant::now();
        let (mut engine, _, mut request, _) = connected(start);
        for connection in 0..100 {
            let page = SocketAddr::from(([192, 0, 2, 8], 9));
            engine.receive(start, Path::Tcp { page, connection }, &mut request);
        }
        assert_eq!((engine.routes.len(), engine.hung_up.len()), (MAX_PATHS, 100 + 1 - MAX_PATHS));
        assert_eq!(path(&engine), Some(PHONE));
        assert!(engine.knows(PHONE));
    }

    #[test]
    fn a_request_sent_again_from_elsewhere_takes_no_media_away() {
        let start = Instant::now();
        let (mut engine, _, mut request, _) = connected(start);
        for elsewhere in [
            from(6666),
            Path::Tcp {
                page: SocketAddr::from(([198, 51, 100, 9], 9)),
                connection: 1,
            },
        ] {
            let mut bytes = 0;
            for turn in 0..100 {
                engine.receive(start + turn * Duration::from_millis(1), elsewhere, &mut request);
                bytes += sent(&mut engine, elsewhere).0.iter().sum::<usize>();
            }
            assert!(bytes < 2 * 100 * request.len(), "{bytes} bytes for 100 requests of {}", request.len());
            assert_eq!(path(&engine), Some(PHONE));
        }
    }

    #[test]
    fn a_page_that_moved_is_followed_when_it_answers_there() {
        let start = Instant::now();
        let (mut engine, _, mut request, _) = connected(start);
        let mobile = from(7000);
        engine.receive(start, mobile, &mut request);
        let check = sent(&mut engine, mobile).1.expect("a check");
        let mut guessed = test_response(&check, "a password that is guessed");
        let mut answer = test_response(&check, PASSWORD);
        engine.receive(start, mobile, &mut guessed);
        engine.receive(start, PHONE, &mut answer.clone());
        assert_eq!((path(&engine), engine.counters.foreign), (Some(PHONE), 2));
        engine.receive(start, mobile, &mut answer);
        assert_eq!(path(&engine), Some(mobile));
        // Back again, the same way: what was once true of a path is not true for ever.
        engine.receive(start, PHONE, &mut request);
        engine.receive(start, PHONE, &mut answer);
        assert_eq!(path(&engine), Some(mobile));
        let check = sent(&mut engine, PHONE).1.expect("another check");
        engine.receive(start, PHONE, &mut test_response(&check, PASSWORD));
        assert_eq!(path(&engine), Some(PHONE));
    }

    #[test]
    fn an_answer_from_a_slow_network_counts_though_the_page_asked_again_meanwhile() {
        let start = Instant::now();
        let (mut engine, _, mut request, _) = connected(start);
        engine.receive(start, from(7000), &mut request);
        let first = sent(&mut engine, from(7000)).1.expect("a check");
        engine.receive(start + Duration::from_millis(480), from(7000), &mut request);
        let second = sent(&mut engine, from(7000)).1.expect("the same check");
        assert_eq!(first, second);
        engine.receive(start + Duration::from_millis(600), from(7000), &mut test_response(&first, PASSWORD));
        assert_eq!(path(&engine), Some(from(7000)));
    }

    #[test]
    fn a_page_seen_under_a_new_name_is_asked_when_its_answer_brings_the_password() {
        let start = Instant::now();
        let (mut engine, id, _, _) = connected(start);
        engine.offer(id, yunyiban_app::ports::media::OfferReason::Restart).unwrap();
        let fresh = engine.peers[0].as_ref().unwrap().restart.clone().unwrap();
        let mut request = test_request(&format!("{}:moved", fresh.ufrag), &fresh.password, true);
        engine.receive(start, from(7000), &mut request);
        assert_eq!(sent(&mut engine, from(7000)).1, None, "nobody could answer it yet");
        let description = crate::sdp::tests::offer()
            .replace("ufrag:page", "ufrag:moved")
            .replace(PASSWORD, "movedmovedmovedmovedmoved");
        engine.accept_answer(start, id, &description).unwrap();
        let check = sent(&mut engine, from(7000)).1.expect("a check");
        engine.receive(start, from(7000), &mut test_response(&check, "movedmovedmovedmovedmoved"));
        assert_eq!(path(&engine), Some(from(7000)));
    }

    #[test]
    fn when_the_path_in_use_is_gone_the_page_is_asked_on_the_others() {
        let start = Instant::now();
        let (mut engine, id, mut request, _) = connected(start);
        engine.receive(start, from(7000), &mut request);
        sent(&mut engine, from(7000));
        engine.forget_path(start + CHECK_PAUSE, engine.slots[&id], PHONE);
        assert_eq!(path(&engine), None);
        let check = sent(&mut engine, from(7000)).1.expect("a check");
        engine.receive(start + CHECK_PAUSE, from(7000), &mut test_response(&check, PASSWORD));
        assert_eq!(path(&engine), Some(from(7000)));
    }

    /// T16, T17: junk in a page's name costs the page nothing, in the same second.
    #[test]
    fn what_others_send_in_a_pages_name_uses_up_none_of_its_measure() {
        let start = Instant::now();
        let (mut engine, _, _, mut page) = connected(start);
        let voice = crate::srtp::tests::sealed_as(&mut page, 111, 5);
        for _ in 0..20_000 {
            let mut forged = voice.clone();
            forged[20] ^= 1;
            engine.receive(start, PHONE, &mut forged);
            engine.receive(
                start,
                PHONE,
                &mut [0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            );
            engine.receive(start, PHONE, &mut [23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 7]);
        }
        engine.receive(start, PHONE, &mut voice.clone());
        assert_eq!(engine.peers[0].as_ref().unwrap().incoming.len(), 1, "heard: {:?}", engine.counters);
        assert!(engine.counters.refused >= 40_000 && engine.counters.flooded > 0);
    }
}
