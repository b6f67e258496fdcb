//! Who receives whom: a call is a list of members, each with those it hears, and nothing here knows what kind of seat one has.
//!
//! A page has one row of sections (audio, camera, share) from its first offer on, which sends and receives. Each row
//! receives one member. Whoever hears more than its page has rows for is offered more, which only receive; until the page
//! has agreed, it hears those who came first.

use std::time::Instant;

use yunyiban_app::ports::media::{CallId, CallSeat, MediaEvent};

use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::peer::{Peer, Receiver, SECTIONS};
use crate::sdp::{CodecName, Description, Kind, Section};

/// Rows one page may have: everyone else of a call of five.
pub(crate) const MAX_ROWS: usize = 4;

/// A peer in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) slot: usize,
    /// Slots of the members it hears, the dearest first.
    hears: Vec<usize>,
}

/// Rows a description has: what stands in front of anything refused.
pub(crate) fn rows(description: &Description) -> usize {
    let refused = |section: &Section| matches!(section.kind, Kind::Refused { .. });
    let rows = description.sections.chunks_exact(SECTIONS);
    rows.take_while(|row| !row.iter().any(refused)).count()
}

/// Whether rows can be added: a page that has offered more than the layout has no place for them.
fn can_grow(description: &Description) -> bool {
    description.sections.len() == SECTIONS * rows(description)
}

impl Engine {
    /// Opens the gate between these peers and nobody else.
    pub(crate) fn set_call(&mut self, now: Instant, call: &CallId, seats: &[CallSeat]) {
        let slot_of = |id| self.slots.get(id).copied();
        let mut members: Vec<Member> = Vec::new();
        for seat in seats {
            let Some(slot) = slot_of(&seat.peer).filter(|slot| members.iter().all(|member| member.slot != *slot)) else {
                continue;
            };
            let seated = seat
                .hears
                .iter()
                .filter(|id| **id != seat.peer && seats.iter().any(|other| other.peer == **id));
            let mut hears: Vec<usize> = Vec::new();
            for heard in seated.filter_map(slot_of) {
                if !hears.contains(&heard) && hears.len() < MAX_ROWS {
                    hears.push(heard);
                }
            }
            members.push(Member { slot, hears });
        }
        for gone in self.calls.remove(call).unwrap_or_default() {
            if members.iter().all(|member| member.slot != gone.slot) {
                self.unlink(gone.slot);
            }
        }
        for slot in members.iter().map(|member| member.slot) {
            let other = self.peers[slot].as_ref().and_then(|peer| peer.call.clone()).filter(|other| other != call);
            if let Some(other) = other {
                self.leave(now, &other, slot);
            }
            if let Some(peer) = self.peers[slot].as_mut() {
                peer.call = Some(call.clone());
            }
        }
        if !members.is_empty() {
            self.calls.insert(call.clone(), members);
            self.relink(now, call);
        }
    }

    /// A receiver cannot read what this peer sends, or it hears more than its page has rows for: asks, once, for an offer.
    pub(crate) fn want_offer(&mut self, slot: usize) {
        if let Some(peer) = self.peers[slot].as_mut().filter(|peer| !peer.wants_offer) {
            peer.wants_offer = true;
            self.events.push_back(MediaEvent::WantsOffer(peer.id));
        }
    }

    pub(crate) fn leave(&mut self, now: Instant, call: &CallId, slot: usize) {
        self.unlink(slot);
        let Some(members) = self.calls.get_mut(call) else { return };
        members.retain(|member| member.slot != slot);
        // The slot may soon be another's.
        members.iter_mut().for_each(|member| member.hears.retain(|heard| *heard != slot));
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
            peer.rows.fill(None);
            peer.outgoing.iter_mut().for_each(Outgoing::detach);
            peer.receivers.clear();
            peer.flowing = [false; SECTIONS];
        }
    }

    /// Makes the links of a call what its members hear, and asks for key frames where a receiver is new.
    pub(crate) fn relink(&mut self, now: Instant, call: &CallId) {
        let Some(members) = self.calls.get(call).cloned() else { return };
        for member in &members {
            if self.fill_rows(member) {
                self.want_offer(member.slot);
            }
        }
        for Member { slot, .. } in &members {
            let mut receivers = Vec::new();
            for other in &members {
                let rows = self.peers[other.slot].as_ref().map(|peer| peer.rows.as_slice()).unwrap_or_default();
                let row = rows.iter().position(|heard| *heard == Some(*slot));
                receivers.extend(row.map(|row| Receiver { slot: other.slot, row }));
            }
            let unreadable = receivers.iter().any(|receiver| !self.reads(receiver.slot, *slot));
            let Some(peer) = self.peers[*slot].as_mut() else { continue };
            let anyone_new = receivers.iter().any(|receiver| !peer.receivers.contains(receiver));
            if receivers.is_empty() {
                peer.flowing = [false; SECTIONS];
            }
            peer.receivers = receivers;
            if anyone_new {
                peer.want_key_frames(now, None, &mut self.outbox);
            }
            if unreadable {
                self.want_offer(*slot);
            }
        }
    }

    /// Gives everyone a member hears a row. Who has one keeps it, so that nobody jumps from picture to picture.
    /// `true`: there are too few.
    fn fill_rows(&mut self, member: &Member) -> bool {
        let Some(peer) = self.peers[member.slot].as_mut() else { return false };
        let mut rows = peer.rows.clone();
        rows.iter_mut().for_each(|row| *row = row.filter(|heard| member.hears.contains(heard)));
        let mut unheard = member.hears.iter().copied().filter(|heard| !peer.rows.contains(&Some(*heard)));
        rows.iter_mut().filter(|row| row.is_none()).for_each(|row| *row = unheard.next());
        let too_few = unheard.next().is_some() && can_grow(&peer.agreed);
        for (row, heard) in rows.into_iter().enumerate() {
            if peer.rows[row] != heard {
                peer.rows[row] = heard;
                peer.outgoing[SECTIONS * row..SECTIONS * (row + 1)].iter_mut().for_each(Outgoing::detach);
            }
        }
        too_few
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

    /// What a peer and its page ought to agree on, so that all its receivers can read it and it has a row for everyone it hears.
    pub(crate) fn wanted_layout(&self, slot: usize) -> Option<Description> {
        let common = self.common_codecs(slot);
        let peer = self.peers[slot].as_ref()?;
        let mut wanted = peer.offered_layout();
        for section in &mut wanted.sections[..SECTIONS] {
            if section.codecs.iter().any(|codec| common.contains(&codec.name)) {
                section.codecs.retain(|codec| common.contains(&codec.name));
            }
        }
        let call = peer.call.as_ref().and_then(|call| self.calls.get(call));
        let member = call.and_then(|members| members.iter().find(|member| member.slot == slot));
        let heard = member.map_or(0, |member| member.hears.len());
        let missing = if can_grow(&wanted) { rows(&wanted)..heard } else { 0..0 };
        for place in SECTIONS * missing.start..SECTIONS * missing.end {
            wanted.sections.push(Section {
                // Not a name a browser gives: theirs are short numbers.
                mid: format!("row{place}"),
                sends: false,
                receives: true,
                ssrc: None,
                repair_ssrc: None,
                ..peer.agreed.sections[place % SECTIONS].clone()
            });
        }
        Some(wanted)
    }

    /// Codecs every receiver of this peer has.
    fn common_codecs(&self, slot: usize) -> Vec<CodecName> {
        let receivers = self.peers[slot].as_ref().map(|peer| peer.receivers.as_slice()).unwrap_or_default();
        let has = |receiver: &Receiver, name| {
            self.peers[receiver.slot]
                .as_ref()
                .is_none_or(|peer| peer.agreed.sections[..SECTIONS].iter().any(|section| section.codec(name).is_some()))
        };
        [CodecName::Opus, CodecName::Vp8, CodecName::H264]
            .into_iter()
            .filter(|name| receivers.iter().all(|receiver| has(receiver, *name)))
            .collect()
    }
}

impl Peer {
    /// What is agreed on, and behind it the rows that were offered and not answered yet: no offer may have fewer sections than one
    /// before it (RFC 8829, section 5.2.2).
    pub(crate) fn offered_layout(&self) -> Description {
        let mut layout = self.agreed.clone();
        let unanswered = self
            .offered
            .iter()
            .flat_map(|offered| offered.sections.iter().skip(self.agreed.sections.len()));
        layout.sections.extend(unanswered.cloned());
        layout
    }
}
