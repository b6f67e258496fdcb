//! The orders of the port about one peer: it is made, asked to agree anew, and ended. [`crate::seats`] has those about calls.

use std::time::Instant;

use yunyiban_app::ports::media::{MediaFailure, OfferReason, PeerId};

use crate::dtls::Handshake;
use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::peer::{Credentials, Peer, SECTIONS};
use crate::sdp::{self, Description, Kind, Local};
use crate::seats::rows;

impl Engine {
    /// A page's first offer: makes the peer and answers.
    pub(crate) fn connect(&mut self, now: Instant, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        if self.slots.len() >= self.max_peers {
            return Err(MediaFailure::Full);
        }
        let mut agreed = sdp::parse(offer, sdp::MAX_SECTIONS).map_err(MediaFailure::BadDescription)?;
        for section in &agreed.sections[..SECTIONS] {
            if section.codecs.is_empty() || matches!(section.kind, Kind::Refused { .. }) {
                return Err(MediaFailure::BadDescription("a section has no codec the relay forwards"));
            }
        }
        for section in &mut agreed.sections[SECTIONS..] {
            section.refuse();
        }
        let handshake = Handshake::new(&self.identity, agreed.fingerprint).map_err(MediaFailure::Relay)?;
        let credentials = self.credentials()?;
        let outgoing = self.new_streams(SECTIONS)?;
        self.last_peer += 1;
        let id = PeerId(self.last_peer);
        let slot = self.peers.iter().position(Option::is_none).unwrap_or_else(|| {
            self.peers.push(None);
            self.peers.len() - 1
        });
        self.ufrags.insert(credentials.ufrag.clone(), slot);
        self.slots.insert(id, slot);
        let peer = Peer::new(now, id, agreed, credentials, handshake, outgoing);
        let answer = self.describe(&peer, &peer.agreed, &peer.credentials, "passive");
        self.peers[slot] = Some(peer);
        Ok((id, answer))
    }

    /// An offer of ours: new credentials, or what the seats want.
    pub(crate) fn offer(&mut self, id: PeerId, reason: OfferReason) -> Result<String, MediaFailure> {
        let slot = self.slot(id)?;
        let fresh = match reason {
            OfferReason::Restart => Some(self.credentials()?),
            OfferReason::Seats => None,
        };
        let offered = match reason {
            OfferReason::Restart => self.peers[slot].as_ref().map(Peer::offered_layout),
            OfferReason::Seats => self.wanted_layout(slot),
        };
        let offered = offered.ok_or(MediaFailure::NoPeer(id))?;
        let streams = self.peers[slot].as_ref().map_or(0, |peer| peer.outgoing.len());
        let more = self.new_streams((SECTIONS * rows(&offered)).saturating_sub(streams))?;
        let peer = self.peers[slot].as_mut().ok_or(MediaFailure::NoPeer(id))?;
        peer.outgoing.extend(more);
        let unused = fresh.and_then(|fresh| {
            self.ufrags.insert(fresh.ufrag.clone(), slot);
            peer.restart.replace(fresh)
        });
        if let Some(unused) = unused {
            self.ufrags.remove(&unused.ufrag);
        }
        peer.version += 1;
        peer.offered = Some(offered);
        let peer = self.peers[slot].as_ref().ok_or(MediaFailure::NoPeer(id))?;
        let offered = peer.offered.as_ref().unwrap_or(&peer.agreed);
        Ok(self.describe(peer, offered, peer.restart.as_ref().unwrap_or(&peer.credentials), "actpass"))
    }

    /// The page's answer to the last offer of ours.
    pub(crate) fn accept_answer(&mut self, now: Instant, id: PeerId, answer: &str) -> Result<(), MediaFailure> {
        let slot = self.slot(id)?;
        let peer = self.peers[slot].as_mut().ok_or(MediaFailure::NoPeer(id))?;
        let offered = peer.offered.as_ref().ok_or(MediaFailure::BadDescription("there was no offer"))?;
        let answer = sdp::parse(answer, offered.sections.len()).map_err(MediaFailure::BadDescription)?;
        let agreed = agree(offered, &answer).map_err(MediaFailure::BadDescription)?;
        if rows(&agreed) < peer.rows.len() {
            return Err(MediaFailure::BadDescription("sections agreed on before are missing"));
        }
        peer.rows.resize(rows(&agreed), None);
        peer.agreed = agreed;
        peer.wants_offer = false;
        self.check_new_paths(now, slot);
        let peer = self.peers[slot].as_mut().ok_or(MediaFailure::NoPeer(id))?;
        if let Some(call) = peer.call.clone() {
            self.relink(now, &call);
        }
        Ok(())
    }

    /// Ends a peer.
    pub(crate) fn close(&mut self, now: Instant, id: PeerId) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        if let Some(peer) = self.peers[slot].as_mut() {
            peer.handshake.close(now);
            peer.send_handshake(&mut self.outbox);
        }
        self.remove(now, slot);
    }

    /// Forgets everything about a peer.
    pub(crate) fn remove(&mut self, now: Instant, slot: usize) {
        if let Some(call) = self.peers[slot].as_ref().and_then(|peer| peer.call.clone()) {
            self.leave(now, &call, slot);
        }
        let Some(peer) = self.peers[slot].take() else { return };
        self.slots.remove(&peer.id);
        self.ufrags.remove(&peer.credentials.ufrag);
        if let Some(restart) = &peer.restart {
            self.ufrags.remove(&restart.ufrag);
        }
        for known in &peer.paths {
            self.forget_route(known.path);
        }
    }

    fn describe(&self, peer: &Peer, description: &Description, credentials: &Credentials, setup: &'static str) -> String {
        let streams: Vec<_> = peer.outgoing.iter().map(|stream| (stream.ssrc, stream.repair_ssrc)).collect();
        sdp::write(
            description,
            &Local {
                ufrag: &credentials.ufrag,
                password: &credentials.password,
                fingerprint: self.identity.fingerprint,
                candidates: &self.candidates,
                session: peer.id.0,
                version: peer.version,
                setup,
                streams: &streams,
            },
        )
    }

    fn slot(&self, id: PeerId) -> Result<usize, MediaFailure> {
        self.slots.get(&id).copied().ok_or(MediaFailure::NoPeer(id))
    }

    /// 48 bits of name and 144 bits of password (RFC 8445, section 5.3, asks for 24 and 128).
    fn credentials(&self) -> Result<Credentials, MediaFailure> {
        Ok(Credentials {
            ufrag: self.random_word(8)?,
            password: self.random_word(24)?,
        })
    }

    fn random_word(&self, length: usize) -> Result<String, MediaFailure> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut bytes = [0; 32];
        self.random(&mut bytes)?;
        Ok(bytes
            .iter()
            .take(length)
            .map(|byte| char::from(LETTERS[usize::from(byte & 63)]))
            .collect())
    }

    fn new_streams(&self, count: usize) -> Result<Vec<Outgoing>, MediaFailure> {
        (0..count).map(|_| Ok(Outgoing::new(self.random_ssrc()?, self.random_ssrc()?))).collect()
    }

    fn random_ssrc(&self) -> Result<u32, MediaFailure> {
        let mut bytes = [0; 4];
        self.random(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes) | 1)
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), MediaFailure> {
        self.identity
            .provider
            .random()
            .fill(bytes)
            .map_err(|error| MediaFailure::Relay(error.to_string()))
    }
}

/// What an offer of ours became by the page's answer: same sections, same numbers, no more codecs than offered.
fn agree(offered: &Description, answer: &Description) -> Result<Description, &'static str> {
    if answer.fingerprint != offered.fingerprint {
        return Err("the certificate has changed");
    }
    // An answer that crossed a later offer of more rows is still good for those it has.
    let rows = rows(offered).min(rows(answer));
    let mids = |description: &Description| {
        let layout = description.sections.iter().take(SECTIONS * rows);
        layout.map(|section| section.mid.clone()).collect::<Vec<_>>()
    };
    if rows == 0 || mids(answer) != mids(offered) {
        return Err("the sections are not those of the offer");
    }
    let mut agreed = offered.clone();
    agreed.ice = answer.ice.clone();
    agreed.sections.truncate(answer.sections.len().max(SECTIONS * rows));
    for (section, answered) in agreed.sections.iter_mut().zip(&answer.sections).take(SECTIONS * rows) {
        section.codecs.retain(|codec| {
            answered
                .codecs
                .iter()
                .any(|other| other.name == codec.name && other.payload_type == codec.payload_type)
        });
        if section.codecs.is_empty() {
            return Err("a section has no codec left");
        }
        (section.sends, section.receives) = (answered.sends, answered.receives);
        section.ssrc = answered.ssrc.or(section.ssrc);
        section.repair_ssrc = answered.repair_ssrc.or(section.repair_ssrc);
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtls::Identity;

    #[test]
    fn a_page_asked_twice_may_answer_twice() {
        let now = Instant::now();
        let mut engine = Engine::new(Identity::generate().unwrap(), Vec::new(), 10);
        let page = crate::sdp::tests::offer();
        let (id, _) = engine.connect(now, &page).unwrap();
        assert!(engine.accept_answer(now, id, &page).is_err(), "nobody asked");
        engine.offer(id, OfferReason::Restart).unwrap();
        engine.offer(id, OfferReason::Restart).unwrap();
        assert_eq!(engine.accept_answer(now, id, &page), Ok(()));
        assert_eq!(engine.accept_answer(now, id, &page), Ok(()));
        assert_eq!(engine.ufrags.len(), 2, "the name in use and the last one offered");
    }
}
