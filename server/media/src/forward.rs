//! From one page to the others: media. [`crate::feedback`] has the reports and requests about it.

use std::time::Instant;

use yunyiban_app::ports::media::{MediaEvent, PeerId};
use yunyiban_protocol::MediaSection;

use crate::engine::{Counters, Engine};
use crate::incoming::{Incoming, Media, begins_key_frame};
use crate::outbox::{Outbox, PACKET};
use crate::outgoing::Source;
use crate::peer::{MAX_STREAMS, Peer, Receiver, SECTIONS};
use crate::rtp::{self, Header, read_u16};
use crate::sdp::CodecName;
use crate::srtp::{OVERHEAD, Window};

/// Longest payload that still fits a packet of ours with header, repair number and seal.
const MAX_PAYLOAD: usize = PACKET - 20 - 2 - OVERHEAD;

/// A packet of media between its sender and its receivers.
pub(crate) struct Packet<'p> {
    pub(crate) source: Source,
    pub(crate) section: usize,
    pub(crate) codec: CodecName,
    pub(crate) index: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// Nothing but padding, kept so that numbers stay continuous.
    pub(crate) padding: bool,
    pub(crate) payload: &'p [u8],
}

impl Engine {
    /// One SRTP packet, as a rule from a path the page is known by. `true`: it was authentic, new, and of a stream the relay forwards.
    pub(crate) fn receive_rtp(&mut self, now: Instant, slot: usize, datagram: &mut [u8]) -> bool {
        let Some(peer) = self.peers[slot].as_mut() else { return false };
        let Some(packet) = peer.open(now, datagram, &mut self.counters) else {
            return false;
        };
        let mut news = None;
        if !peer.receivers.is_empty() && !peer.flowing[packet.section] {
            peer.flowing[packet.section] = true;
            news = Some(MediaEvent::Flowing(peer.id, MediaSection::ALL[packet.section]));
        }
        peer.ask_for(now, packet.source.stream, &mut self.outbox);
        let mut mismatch = false;
        for place in 0..self.peers[slot].as_ref().map_or(0, |peer| peer.receivers.len()) {
            let Some(Receiver { slot: to, row }) = self.peers[slot].as_ref().map(|peer| peer.receivers[place]) else {
                continue;
            };
            let Some(receiver) = self.peers[to].as_mut() else { continue };
            match receiver.forward(now, &packet, row, &mut self.outbox) {
                Forwarded::Yes => self.counters.forwarded += 1,
                Forwarded::NoCodec => mismatch = true,
                Forwarded::NotNow => {}
            }
        }
        self.events.extend(news);
        if mismatch {
            self.want_offer(slot);
        }
        true
    }
}

/// What became of a packet for one receiver.
enum Forwarded {
    Yes,
    NoCodec,
    NotNow,
}

/// What was inside an authentic packet.
struct Opened<'p> {
    index: u64,
    /// The highest index of the stream before it.
    highest: u64,
    /// All of it, of a packet that holds nothing else.
    padding: Option<&'p [u8]>,
    payload: &'p [u8],
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
        let highest = window.highest();
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
        let payload = &packet[header.length..length - padding];
        let opened = Opened {
            index,
            highest,
            padding: (payload.is_empty() && padding > 0).then(|| &packet[header.length..]),
            payload,
        };
        self.attribute(now, place, header, opened)
    }

    /// Whose an authentic packet is: of its own stream, or a repair of another.
    fn attribute<'p>(&mut self, now: Instant, place: usize, header: Header, opened: Opened<'p>) -> Option<Packet<'p>> {
        let section = self.incoming[place].section;
        let (codec, is_repair) = self.agreed.sections[section]
            .codec_of(header.payload_type)
            .map(|(codec, repair)| (codec.name, repair))?;
        self.incoming[place].last = now;
        let id = self.id;
        if is_repair {
            let streams = self.incoming.iter_mut();
            let repaired = streams.filter(|stream| stream.section == section && stream.media.is_some());
            let original = repaired.max_by_key(|stream| stream.last)?;
            return original.recover(now, id, codec, header, opened.payload);
        }
        let stream = &mut self.incoming[place];
        let packet = Packet {
            source: Source {
                peer: id,
                stream: stream.number,
            },
            section,
            codec,
            index: opened.index,
            timestamp: header.timestamp,
            marker: header.marker,
            padding: opened.padding.is_some(),
            payload: opened.padding.unwrap_or(opened.payload),
        };
        let media = stream.media.as_mut()?;
        media.codec = codec;
        media.keep(now, &packet, opened.highest);
        Some(packet)
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

    /// Row and section of a stream of ours.
    pub(crate) fn place_of(&self, ssrc: u32) -> Option<(usize, usize)> {
        let place = self.outgoing.iter().position(|stream| stream.ssrc == ssrc)?;
        (place < SECTIONS * self.rows.len()).then_some((place / SECTIONS, place % SECTIONS))
    }

    /// Sends a packet of another page to this one.
    fn forward(&mut self, now: Instant, packet: &Packet<'_>, row: usize, outbox: &mut Outbox) -> Forwarded {
        let send_time = send_time(now, self.born);
        let place = SECTIONS * row + packet.section;
        let section = &self.agreed.sections[place];
        let Some(codec) = section.codec(packet.codec) else {
            return Forwarded::NoCodec;
        };
        let (Some(path), Some(keys), true) = (self.path, &mut self.keys, section.receives && packet.payload.len() <= MAX_PAYLOAD) else {
            return Forwarded::NotNow;
        };
        let stream = &mut self.outgoing[place];
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
    pub(crate) fn send_repair(&mut self, now: Instant, packet: &Packet<'_>, row: usize, index: u64, outbox: &mut Outbox) -> bool {
        let send_time = send_time(now, self.born);
        let place = SECTIONS * row + packet.section;
        let section = &self.agreed.sections[place];
        let Some(codec) = section.codec(packet.codec) else { return false };
        let stream = &mut self.outgoing[place];
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
        let packet = Packet {
            source: Source { peer, stream: self.number },
            section: self.section,
            codec,
            index,
            timestamp: header.timestamp,
            marker: header.marker,
            padding: false,
            payload,
        };
        self.media.as_mut()?.keep(now, &packet, highest);
        Some(packet)
    }
}

impl Media {
    /// Takes note of a packet and keeps it for whoever asks for it again; `highest` is the highest index before it.
    fn keep(&mut self, now: Instant, packet: &Packet<'_>, highest: u64) {
        self.arrived(now, packet.index, highest, packet.timestamp);
        if packet.padding {
            return;
        }
        if begins_key_frame(packet.codec, packet.payload) {
            self.key_frame.arrived();
        }
        self.history
            .keep(now, packet.index, packet.codec, packet.marker, packet.timestamp, packet.payload);
    }
}

/// abs-send-time: seconds as 6.18 bits of fixed point. Only differences count, so any start will do.
fn send_time(now: Instant, start: Instant) -> u32 {
    ((now.duration_since(start).as_micros() << 18) / 1_000_000) as u32 & 0x00ff_ffff
}
