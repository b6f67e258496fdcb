//! What pages say about media: reports go to the receivers, requests and estimates to the sender, repairs come from the history.

use std::time::Instant;

use crate::engine::Engine;
use crate::forward::Packet;
use crate::outgoing::Source;
use crate::peer::{Peer, Receiver, SECTIONS};
use crate::rtcp::{Message, messages, nacked};

impl Engine {
    /// One compound SRTCP packet from a validated path.
    pub(crate) fn receive_rtcp(&mut self, now: Instant, slot: usize, datagram: &mut [u8]) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        if peer.meter.is_full(now) {
            self.counters.flooded += 1;
            return;
        }
        let Some(length) = peer.keys.as_mut().and_then(|keys| keys.open_rtcp(datagram)) else {
            self.counters.refused += 1;
            return;
        };
        peer.meter.allow(now, datagram.len());
        for message in messages(&datagram[..length]) {
            // Most lead to a packet of ours, and many fit into one of theirs.
            if !self.peers[slot].as_mut().is_some_and(|peer| peer.meter.allow(now, 0)) {
                self.counters.flooded += 1;
                return;
            }
            match message {
                Message::SenderReport { ssrc, ntp, timestamp } => self.pass_report(now, slot, ssrc, ntp, timestamp),
                Message::Nack { ssrc, pairs } => self.send_again(now, slot, ssrc, pairs),
                Message::KeyFrame { ssrc } => self.want_key_frame(now, slot, ssrc),
                Message::Remb { bits } => self.pass_estimate(now, slot, bits),
            }
        }
    }

    /// The receivers of a stream learn its clock, in their numbers, so that lips and voice stay together.
    fn pass_report(&mut self, now: Instant, slot: usize, ssrc: u32, ntp: u64, timestamp: u32) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let Some(stream) = peer.incoming.iter_mut().find(|stream| stream.ssrc == ssrc) else {
            return;
        };
        let Some(media) = &mut stream.media else { return };
        media.reported(now, ntp);
        let (section, source) = (
            stream.section,
            Source {
                peer: peer.id,
                stream: stream.number,
            },
        );
        for place in 0..peer.receivers.len() {
            let Some(Receiver { slot: to, row }) = self.peers[slot].as_ref().map(|peer| peer.receivers[place]) else {
                continue;
            };
            let Some(receiver) = self.peers[to].as_mut() else { continue };
            let stream = &receiver.outgoing[SECTIONS * row + section];
            let Some(timestamp) = stream.timestamp(source, timestamp) else {
                continue;
            };
            let (ours, packets, octets) = (stream.ssrc, stream.packets, stream.octets);
            receiver.send_rtcp(&mut self.outbox, Some(ours), |writer| {
                writer.sender_report(ntp, timestamp, packets, octets)
            });
        }
    }

    /// A receiver has lost packets of the stream we send it.
    fn send_again(&mut self, now: Instant, slot: usize, ssrc: u32, pairs: &[u8]) {
        for number in nacked(pairs) {
            let Some(peer) = self.peers[slot].as_ref() else { return };
            let Some((row, section)) = peer.place_of(ssrc) else { return };
            let Some((source, theirs, ours)) = peer.outgoing[SECTIONS * row + section].find(number) else {
                continue;
            };
            let Some(sender) = peer.rows[row] else { return };
            // Sender and receiver are two places of one table: the packet is copied out between them.
            let Some(sender) = self.peers[sender].as_mut().filter(|sender| sender.id == source.peer) else {
                return;
            };
            let Some(stored) = sender
                .incoming
                .iter_mut()
                .find(|stream| stream.number == source.stream)
                .and_then(|stream| stream.media.as_mut()?.history.again(now, theirs))
            else {
                continue;
            };
            self.scratch.clear();
            self.scratch.extend_from_slice(&stored.payload);
            let packet = Packet {
                source,
                section,
                codec: stored.codec,
                index: theirs,
                timestamp: stored.timestamp,
                marker: stored.marker,
                padding: false,
                payload: &self.scratch,
            };
            let Some(peer) = self.peers[slot].as_mut() else { return };
            if peer.send_repair(now, &packet, row, ours, &mut self.outbox) {
                self.counters.resent += 1;
            }
        }
    }

    fn want_key_frame(&mut self, now: Instant, slot: usize, ssrc: u32) {
        let Some(peer) = self.peers[slot].as_ref() else { return };
        let Some((row, section)) = peer.place_of(ssrc) else { return };
        let Some(sender) = peer.rows[row].and_then(|sender| self.peers[sender].as_mut()) else {
            return;
        };
        sender.want_key_frames(now, Some(section), &mut self.outbox);
    }

    /// A page must not send more than the slowest of its receivers can take, so far as that is known.
    fn pass_estimate(&mut self, now: Instant, slot: usize, bits: u64) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let rate = peer.sending_rate(now);
        peer.estimate.told(now, bits, rate);
        for row in 0..peer.rows.len() {
            if let Some(sender) = self.peers[slot].as_ref().and_then(|peer| peer.rows[row]) {
                self.limit(sender);
            }
        }
    }

    /// Tells a page what its receivers can take. Who hears several has its link shared out among them.
    fn limit(&mut self, sender: usize) {
        let Some(receivers) = self.peers[sender].as_ref().map(|sender| &sender.receivers) else {
            return;
        };
        let share = |peer: &Peer| Some(peer.estimate.limit? / peer.rows.iter().flatten().count().max(1) as u64);
        let lowest = receivers.iter().filter_map(|receiver| share(self.peers[receiver.slot].as_ref()?)).min();
        let (Some(bits), Some(sender)) = (lowest, self.peers[sender].as_mut()) else {
            return;
        };
        let streams: Vec<u32> = sender
            .incoming
            .iter()
            .filter(|stream| stream.media.is_some())
            .map(|stream| stream.ssrc)
            .collect();
        if sender
            .agreed
            .sections
            .iter()
            .any(|section| section.codecs.iter().any(|codec| codec.feedback.remb))
        {
            sender.send_rtcp(&mut self.outbox, None, |writer| writer.remb(bits, &streams));
        }
    }
}
