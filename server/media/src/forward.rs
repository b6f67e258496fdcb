//! From one page to the others: media, and the reports and requests about it.

use std::time::Instant;

use yunyiban_app::ports::media::{MediaEvent, PeerId};
use yunyiban_protocol::MediaSection;

use crate::engine::{Counters, Engine};
use crate::incoming::{Incoming, Media, begins_key_frame};
use crate::outbox::{Outbox, PACKET};
use crate::outgoing::Source;
use crate::peer::{MAX_STREAMS, Peer, SECTIONS};
use crate::rtcp::{Message, messages, nacked};
use crate::rtp::{self, Header, read_u16};
use crate::sdp::CodecName;
use crate::srtp::{OVERHEAD, Window};

/// Longest payload that still fits a packet of ours with header, repair number and seal.
const MAX_PAYLOAD: usize = PACKET - 20 - 2 - OVERHEAD;

/// A packet of media between its sender and its receivers.
struct Packet<'p> {
    source: Source,
    section: usize,
    codec: CodecName,
    index: u64,
    timestamp: u32,
    marker: bool,
    /// Nothing but padding, kept so that numbers stay continuous.
    padding: bool,
    payload: &'p [u8],
}

impl Engine {
    /// One SRTP packet from a validated path.
    pub(crate) fn receive_rtp(&mut self, now: Instant, slot: usize, datagram: &mut [u8]) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let Some(packet) = peer.open(now, datagram, &mut self.counters) else {
            return;
        };
        let mut news = None;
        if !peer.receivers.is_empty() && !peer.flowing[packet.section] {
            peer.flowing[packet.section] = true;
            news = Some(MediaEvent::Flowing(peer.id, MediaSection::ALL[packet.section]));
        }
        peer.ask_for(now, packet.source.stream, &mut self.outbox);
        let mut mismatch = false;
        for place in 0..self.peers[slot].as_ref().map_or(0, |peer| peer.receivers.len()) {
            let receiver = self.peers[slot].as_ref().map(|peer| peer.receivers[place]);
            let Some(receiver) = receiver.and_then(|slot| self.peers[slot].as_mut()) else {
                continue;
            };
            match receiver.forward(now, &packet, &mut self.outbox) {
                Forwarded::Yes => self.counters.forwarded += 1,
                Forwarded::NoCodec => mismatch = true,
                Forwarded::NotNow => {}
            }
        }
        self.events.extend(news);
        if mismatch {
            self.want_offer(slot);
        }
    }

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
            let receiver = self.peers[slot].as_ref().map(|peer| peer.receivers[place]);
            let Some(receiver) = receiver.and_then(|slot| self.peers[slot].as_mut()) else {
                continue;
            };
            let stream = &receiver.outgoing[section];
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
            let Some(section) = peer.outgoing.iter().position(|stream| stream.ssrc == ssrc) else {
                return;
            };
            let Some((source, theirs, ours)) = peer.outgoing[section].find(number) else {
                continue;
            };
            let Some(sender) = peer.source else { return };
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
            if peer.send_repair(now, &packet, ours, &mut self.outbox) {
                self.counters.resent += 1;
            }
        }
    }

    fn want_key_frame(&mut self, now: Instant, slot: usize, ssrc: u32) {
        let Some(peer) = self.peers[slot].as_ref() else { return };
        let Some(section) = peer.outgoing.iter().position(|stream| stream.ssrc == ssrc) else {
            return;
        };
        let Some(sender) = peer.source.and_then(|sender| self.peers[sender].as_mut()) else {
            return;
        };
        sender.want_key_frames(now, Some(section), &mut self.outbox);
    }

    /// A page must not send more than the slowest of its receivers can take, so far as that is known.
    fn pass_estimate(&mut self, now: Instant, slot: usize, bits: u64) {
        let Some(peer) = self.peers[slot].as_mut() else { return };
        let rate = peer.sending_rate(now);
        peer.estimate.told(now, bits, rate);
        let Some(sender) = peer.source else { return };
        let Some(receivers) = self.peers[sender].as_ref().map(|sender| &sender.receivers) else {
            return;
        };
        let lowest = receivers.iter().filter_map(|slot| self.peers[*slot].as_ref()?.estimate.limit).min();
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

/// What became of a packet for one receiver.
enum Forwarded {
    Yes,
    NoCodec,
    NotNow,
}

impl Peer {
    /// Opens a packet of this page and finds out whose it is. The payload stays where it arrived.
    fn open<'p>(&mut self, now: Instant, datagram: &'p mut [u8], counters: &mut Counters) -> Option<Packet<'p>> {
        let Some(header) = Header::parse(datagram) else {
            counters.malformed += 1;
            return None;
        };
        if self.meter.is_full(now) {
            counters.flooded += 1;
            return None;
        }
        let place = self.incoming.iter().position(|stream| stream.ssrc == header.ssrc);
        let mut fresh = Window::default();
        let window = match place {
            Some(place) => &mut self.incoming[place].window,
            None => &mut fresh,
        };
        let before = window.highest();
        let Some(length) = self.keys.as_mut().and_then(|keys| keys.theirs.open_rtp(datagram, &header, window)) else {
            counters.refused += 1;
            return None;
        };
        // Only what is authentic counts, or whoever sends in the page's name could use up what the page may say.
        self.meter.allow(now, datagram.len());
        let index = window.index_of(header.sequence)?;
        let packet = &datagram[..length];
        let Some(padding) = rtp::padding_length(packet, &header) else {
            counters.malformed += 1;
            return None;
        };
        let place = match place {
            Some(place) => place,
            None => self.learn(now, &header, packet, fresh)?,
        };
        self.note_arrival(now, &header, packet);
        let section = self.incoming[place].section;
        let (codec, repair) = self.agreed.sections[section]
            .codec_of(header.payload_type)
            .map(|(codec, repair)| (codec.name, repair))?;
        self.incoming[place].last = now;
        let id = self.id;
        let payload = &packet[header.length..length - padding];
        if repair {
            let original = self
                .incoming
                .iter_mut()
                .filter(|stream| stream.section == section && stream.media.is_some())
                .max_by_key(|stream| stream.last)?;
            return original.recover(now, id, codec, header, payload);
        }
        let stream = &mut self.incoming[place];
        let media = stream.media.as_mut()?;
        media.codec = codec;
        media.arrived(now, index, before, header.timestamp);
        if begins_key_frame(codec, payload) {
            media.key_frame.arrived();
        }
        let only_padding = payload.is_empty() && padding > 0;
        if !only_padding {
            media.history.keep(now, index, codec, header.marker, header.timestamp, payload);
        }
        Some(Packet {
            source: Source {
                peer: id,
                stream: stream.number,
            },
            section,
            codec,
            index,
            timestamp: header.timestamp,
            marker: header.marker,
            padding: only_padding,
            payload: if only_padding { &packet[header.length..] } else { payload },
        })
    }

    /// A stream seen for the first time, by an authentic packet.
    fn learn(&mut self, now: Instant, header: &Header, packet: &[u8], window: Window) -> Option<usize> {
        let section = self.section_of(header, packet)?;
        let (codec, repair) = self.agreed.sections[section].codec_of(header.payload_type)?;
        let media = (!repair).then(|| Box::new(Media::new(now, codec.name, codec.feedback.nack)));
        self.streams += 1;
        let stream = Incoming {
            number: self.streams,
            ssrc: header.ssrc,
            section,
            window,
            last: now,
            media,
        };
        if self.incoming.len() < MAX_STREAMS {
            self.incoming.push(stream);
            return Some(self.incoming.len() - 1);
        }
        let oldest = self
            .incoming
            .iter()
            .enumerate()
            .min_by_key(|(_, stream)| stream.last)
            .map(|(place, _)| place)?;
        self.incoming[oldest] = stream;
        Some(oldest)
    }

    /// By the section's name in the packet, by what the description announced, or by the only section that has the type.
    fn section_of(&self, header: &Header, packet: &[u8]) -> Option<usize> {
        let layout = &self.agreed.sections[..SECTIONS];
        let named = layout.iter().position(|section| {
            let name = section.extensions.mid.and_then(|id| header.extension(packet, id));
            name == Some(section.mid.as_bytes())
        });
        let announced = || {
            layout
                .iter()
                .position(|section| section.ssrc == Some(header.ssrc) || section.repair_ssrc == Some(header.ssrc))
        };
        let only = || {
            let mut having = layout
                .iter()
                .enumerate()
                .filter(|(_, section)| section.codec_of(header.payload_type).is_some());
            having.next().filter(|_| having.next().is_none()).map(|(place, _)| place)
        };
        named.or_else(announced).or_else(only)
    }

    /// Numbers of the whole connection stand in every packet that is asked to carry them.
    fn note_arrival(&mut self, now: Instant, header: &Header, packet: &[u8]) {
        let id = self.agreed.sections[..SECTIONS].iter().find_map(|section| section.extensions.transport);
        if let Some(number) = id.and_then(|id| header.extension(packet, id)).and_then(|value| read_u16(value, 0)) {
            self.arrivals.note(now, number);
        }
    }

    /// Asks this page at once for what its stream just lost, and for a key frame somebody waits for.
    fn ask_for(&mut self, now: Instant, number: u64, outbox: &mut Outbox) {
        let Some(stream) = self.incoming.iter_mut().find(|stream| stream.number == number) else {
            return;
        };
        let ssrc = stream.ssrc;
        let Some(media) = &mut stream.media else { return };
        let missing = media.nack(now);
        let key_frame = !self.receivers.is_empty() && media.key_frame.ask(now);
        if missing.is_empty() && !key_frame {
            return;
        }
        self.send_rtcp(outbox, None, |writer| {
            if !missing.is_empty() {
                writer.nack(ssrc, &missing);
            }
            if key_frame {
                writer.key_frame(ssrc);
            }
        });
    }

    /// Wants a key frame of the running pictures of this page, of one section or of all.
    pub(crate) fn want_key_frames(&mut self, now: Instant, only: Option<usize>, outbox: &mut Outbox) {
        for place in 0..self.incoming.len() {
            let stream = &mut self.incoming[place];
            if only.is_some_and(|section| section != stream.section) {
                continue;
            }
            let number = stream.number;
            if let Some(media) = stream.media.as_mut().filter(|media| media.codec != CodecName::Opus) {
                media.key_frame.want();
                self.ask_for(now, number, outbox);
            }
        }
    }

    /// Sends a packet of another page to this one.
    fn forward(&mut self, now: Instant, packet: &Packet<'_>, outbox: &mut Outbox) -> Forwarded {
        let send_time = send_time(now, self.born);
        let section = &self.agreed.sections[packet.section];
        let Some(codec) = section.codec(packet.codec) else {
            return Forwarded::NoCodec;
        };
        let (Some(path), Some(keys), true) = (self.path, &mut self.keys, section.receives && packet.payload.len() <= MAX_PAYLOAD) else {
            return Forwarded::NotNow;
        };
        let stream = &mut self.outgoing[packet.section];
        let Some((index, timestamp)) = stream.number(now, packet.source, packet.codec, packet.index, packet.timestamp) else {
            return Forwarded::NotNow;
        };
        let header = rtp::Outgoing {
            marker: packet.marker,
            padding: packet.padding,
            payload_type: codec.payload_type,
            sequence: index as u16,
            timestamp,
            ssrc: stream.ssrc,
            // Where there is no stream of repairs a packet is sent again byte for byte, so its bytes must not tell the time:
            // one number sealed with two contents gives the key away (RFC 7714, section 8.4).
            send_time: section
                .extensions
                .send_time
                .filter(|_| codec.repair.is_some() || !codec.feedback.nack)
                .map(|id| (id, send_time)),
        };
        stream.packets = stream.packets.wrapping_add(1);
        stream.octets = stream.octets.wrapping_add(packet.payload.len() as u32);
        outbox.push(path, |out| {
            let head = header.write(out);
            let length = head + packet.payload.len();
            out[head..length].copy_from_slice(packet.payload);
            keys.ours.seal_rtp(out, head, length, header.ssrc, index)
        });
        Forwarded::Yes
    }

    /// Sends a kept packet again: in the stream of repairs, or as it was where the page has none.
    fn send_repair(&mut self, now: Instant, packet: &Packet<'_>, index: u64, outbox: &mut Outbox) -> bool {
        let send_time = send_time(now, self.born);
        let section = &self.agreed.sections[packet.section];
        let Some(codec) = section.codec(packet.codec) else { return false };
        let stream = &mut self.outgoing[packet.section];
        let Some((_, timestamp)) = stream.number(now, packet.source, packet.codec, packet.index, packet.timestamp) else {
            return false;
        };
        let (Some(path), Some(keys)) = (self.path, &mut self.keys) else {
            return false;
        };
        let original = (index as u16).to_be_bytes();
        let (payload_type, ssrc, index, prefix) = match codec.repair {
            Some(repair) => (repair, stream.repair_ssrc, stream.next_repair(), &original[..]),
            None if codec.feedback.nack => (codec.payload_type, stream.ssrc, index, &[][..]),
            None => return false,
        };
        let send_time = section.extensions.send_time.filter(|_| codec.repair.is_some()).map(|id| (id, send_time));
        let header = rtp::Outgoing {
            marker: packet.marker,
            padding: false,
            payload_type,
            sequence: index as u16,
            timestamp,
            ssrc,
            send_time,
        };
        outbox.push(path, |out| {
            let head = header.write(out);
            let start = head + prefix.len();
            let length = start + packet.payload.len();
            out[head..start].copy_from_slice(prefix);
            out.get_mut(start..length)?.copy_from_slice(packet.payload);
            keys.ours.seal_rtp(out, head, length, ssrc, index)
        });
        true
    }
}

impl Incoming {
    /// A packet that came again in the stream of repairs: its number stands in front (RFC 4588, section 4).
    fn recover<'p>(&mut self, now: Instant, peer: PeerId, codec: CodecName, header: Header, payload: &'p [u8]) -> Option<Packet<'p>> {
        let number = read_u16(payload, 0)?;
        let payload = &payload[2..];
        let index = self.window.index_of(number)?;
        let highest = self.window.highest();
        // Ahead of the stream it is a probe of the link, not a repair.
        if payload.is_empty() || index > highest || self.window.has(index) {
            return None;
        }
        self.window.insert(index);
        let media = self.media.as_mut()?;
        media.arrived(now, index, highest, header.timestamp);
        if begins_key_frame(codec, payload) {
            media.key_frame.arrived();
        }
        media.history.keep(now, index, codec, header.marker, header.timestamp, payload);
        Some(Packet {
            source: Source { peer, stream: self.number },
            section: self.section,
            codec,
            index,
            timestamp: header.timestamp,
            marker: header.marker,
            padding: false,
            payload,
        })
    }
}

/// abs-send-time: seconds as 6.18 bits of fixed point. Only differences count, so any start will do.
fn send_time(now: Instant, start: Instant) -> u32 {
    ((now.duration_since(start).as_micros() << 18) / 1_000_000) as u32 & 0x00ff_ffff
}
