//! The orders of the port: peers are made, asked to offer again, let into calls, and ended.

use std::time::Instant;

use yunyiban_app::ports::media::{CallId, MediaEvent, MediaFailure, OfferReason, PeerId};
use yunyiban_protocol::Seat;

use crate::dtls::Handshake;
use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::peer::{Credentials, Peer, SECTIONS};
use crate::plan;
use crate::sdp::{self, CodecName, Description, Kind, Local};

impl Engine {
    /// A page's first offer: makes the peer and answers.
    pub(crate) fn connect(&mut self, now: Instant, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        if self.slots.len() >= self.max_peers {
            return Err(MediaFailure::Full);
        }
        let agreed = sdp::parse(offer).map_err(MediaFailure::BadDescription)?;
        for section in &agreed.sections[..SECTIONS] {
            if section.codecs.is_empty() || matches!(section.kind, Kind::Refused { .. }) {
                return Err(MediaFailure::BadDescription("a section has no codec the relay forwards"));
            }
        }
        let handshake = Handshake::new(&self.identity, agreed.fingerprint).map_err(MediaFailure::Relay)?;
        let credentials = self.credentials()?;
        let mut streams = [(0, 0); SECTIONS];
        for stream in &mut streams {
            *stream = (self.random_ssrc()?, self.random_ssrc()?);
        }
        self.last_peer += 1;
        let id = PeerId(self.last_peer);
        let slot = self.peers.iter().position(Option::is_none).unwrap_or_else(|| {
            self.peers.push(None);
            self.peers.len() - 1
        });
        self.ufrags.insert(credentials.ufrag.clone(), slot);
        self.slots.insert(id, slot);
        let peer = Peer::new(now, id, agreed, credentials, handshake, streams);
        let answer = self.describe(&peer, &peer.agreed, &peer.credentials, "passive");
        self.peers[slot] = Some(peer);
        Ok((id, answer))
    }

    /// An offer of ours: new credentials, or fewer codecs.
    pub(crate) fn offer(&mut self, id: PeerId, reason: OfferReason) -> Result<String, MediaFailure> {
        let slot = self.slot(id)?;
        let fresh = match reason {
            OfferReason::Restart => Some(self.credentials()?),
            OfferReason::Codec => None,
        };
        let common = match reason {
            OfferReason::Restart => None,
            OfferReason::Codec => Some(self.common_codecs(slot)),
        };
        let peer = self.peers[slot].as_mut().ok_or(MediaFailure::NoPeer(id))?;
        let mut offered = peer.agreed.clone();
        if let Some(common) = common {
            for section in &mut offered.sections[..SECTIONS] {
                if section.codecs.iter().any(|codec| common.contains(&codec.name)) {
                    section.codecs.retain(|codec| common.contains(&codec.name));
                }
            }
        }
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
        let answer = sdp::parse(answer).map_err(MediaFailure::BadDescription)?;
        let offered = peer.offered.as_ref().ok_or(MediaFailure::BadDescription("there was no offer"))?;
        peer.agreed = agree(offered, &answer).map_err(MediaFailure::BadDescription)?;
        peer.wants_offer = false;
        self.check_new_paths(now, slot);
        let peer = self.peers[slot].as_mut().ok_or(MediaFailure::NoPeer(id))?;
        if let Some(call) = peer.call.clone() {
            self.relink(now, &call);
        }
        Ok(())
    }

    /// Opens the gate between these peers and nobody else.
    pub(crate) fn set_call(&mut self, now: Instant, call: &CallId, seats: &[(Seat, PeerId)]) {
        let mut members: Vec<(Seat, usize)> = Vec::new();
        for (seat, id) in seats {
            if let Some(slot) = self.slots.get(id).filter(|slot| members.iter().all(|(_, member)| member != *slot)) {
                members.push((*seat, *slot));
            }
        }
        for (_, slot) in self.calls.remove(call).unwrap_or_default() {
            if members.iter().all(|(_, member)| *member != slot) {
                self.unlink(slot);
            }
        }
        for (_, slot) in &members {
            let other = self.peers[*slot]
                .as_ref()
                .and_then(|peer| peer.call.clone())
                .filter(|other| other != call);
            if let Some(other) = other {
                self.leave(now, &other, *slot);
            }
            if let Some(peer) = self.peers[*slot].as_mut() {
                peer.call = Some(call.clone());
            }
        }
        if !members.is_empty() {
            self.calls.insert(call.clone(), members);
            self.relink(now, call);
        }
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

    /// A receiver cannot read what this peer sends: asks, once, for an offer.
    pub(crate) fn want_offer(&mut self, slot: usize) {
        if let Some(peer) = self.peers[slot].as_mut().filter(|peer| !peer.wants_offer) {
            peer.wants_offer = true;
            self.events.push_back(MediaEvent::WantsOffer(peer.id));
        }
    }

    fn leave(&mut self, now: Instant, call: &CallId, slot: usize) {
        self.unlink(slot);
        let Some(members) = self.calls.get_mut(call) else { return };
        members.retain(|(_, member)| *member != slot);
        if members.is_empty() {
            self.calls.remove(call);
        } else {
            self.relink(now, call);
        }
    }

    /// Shuts the gate for one peer, in both directions.
    fn unlink(&mut self, slot: usize) {
        if let Some(peer) = self.peers[slot].as_mut() {
            peer.call = None;
            peer.source = None;
            peer.outgoing.iter_mut().for_each(Outgoing::detach);
            peer.receivers.clear();
            peer.flowing = [false; SECTIONS];
        }
    }

    /// Makes the links of a call what its seats say, and asks for key frames where a receiver is new.
    fn relink(&mut self, now: Instant, call: &CallId) {
        let Some(members) = self.calls.get(call).cloned() else { return };
        let links = plan::links(&members);
        for (_, slot) in &members {
            let receivers: Vec<usize> = links.iter().filter(|link| link.from == *slot).map(|link| link.to).collect();
            let source = links.iter().find(|link| link.to == *slot).map(|link| link.from);
            let unreadable = receivers.iter().any(|receiver| !self.reads(*receiver, *slot));
            let Some(peer) = self.peers[*slot].as_mut() else { continue };
            let anyone_new = receivers.iter().any(|receiver| !peer.receivers.contains(receiver));
            if receivers.is_empty() {
                peer.flowing = [false; SECTIONS];
            }
            peer.receivers = receivers;
            if peer.source != source {
                peer.source = source;
                peer.outgoing.iter_mut().for_each(Outgoing::detach);
            }
            if anyone_new {
                peer.want_key_frames(now, None, &mut self.outbox);
            }
            if unreadable {
                self.want_offer(*slot);
            }
        }
    }

    /// Whether a receiver has the codec this sender prefers, and so sends, in every section.
    fn reads(&self, receiver: usize, sender: usize) -> bool {
        let (Some(receiver), Some(sender)) = (&self.peers[receiver], &self.peers[sender]) else {
            return true;
        };
        let pairs = receiver.agreed.sections.iter().zip(&sender.agreed.sections).take(SECTIONS);
        pairs
            .filter_map(|(receiving, sending)| Some(receiving.codec(sending.codecs.first()?.name).is_some()))
            .all(|has| has)
    }

    /// Codecs every receiver of this peer has.
    fn common_codecs(&self, slot: usize) -> Vec<CodecName> {
        let receivers = self.peers[slot].as_ref().map(|peer| peer.receivers.as_slice()).unwrap_or_default();
        let has = |slot: &usize, name| {
            self.peers[*slot]
                .as_ref()
                .is_none_or(|peer| peer.agreed.sections[..SECTIONS].iter().any(|section| section.codec(name).is_some()))
        };
        [CodecName::Opus, CodecName::Vp8, CodecName::H264]
            .into_iter()
            .filter(|name| receivers.iter().all(|slot| has(slot, *name)))
            .collect()
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
    let mids = |description: &Description| {
        description
            .sections
            .iter()
            .take(SECTIONS)
            .map(|section| section.mid.clone())
            .collect::<Vec<_>>()
    };
    if mids(answer) != mids(offered) {
        return Err("the sections are not those of the offer");
    }
    let mut agreed = offered.clone();
    agreed.ice = answer.ice.clone();
    for (section, answered) in agreed.sections.iter_mut().zip(&answer.sections).take(SECTIONS) {
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
