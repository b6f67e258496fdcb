//! RTCP (RFC 3550, 4585, 5104): what pages report and ask, and what the relay reports and asks.

use crate::rtp::{read_u16, read_u24, read_u32};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// Messages read from one compound packet.
const MAX_MESSAGES: usize = 32;

/// One message of a compound packet, as far as the relay cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message<'p> {
    /// The page's clock at an RTP time of one of its streams.
    SenderReport { ssrc: u32, ntp: u64, timestamp: u32 },
    /// Packets of our stream that have not arrived; pairs of first number and bits of the 16 behind it.
    Nack { ssrc: u32, pairs: &'p [u8] },
    /// The picture of our stream cannot be decoded (PLI or FIR).
    KeyFrame { ssrc: u32 },
    /// Bits a second the page can take, by its own estimate.
    Remb { bits: u64 },
}

/// The messages of a decrypted compound packet. Broken ones end the walk.
pub(crate) fn messages(mut packet: &[u8]) -> impl Iterator<Item = Message<'_>> {
    let mut left = MAX_MESSAGES;
    std::iter::from_fn(move || {
        while left > 0 && packet.len() >= 4 && packet[0] >> 6 == 2 {
            left -= 1;
            let length = 4 * (usize::from(read_u16(packet, 2)?) + 1);
            let message = packet.get(..length)?;
            packet = &packet[length..];
            if let Some(found) = read(message) {
                return Some(found);
            }
        }
        None
    })
}

/// The packet numbers a NACK names.
pub(crate) fn nacked(pairs: &[u8]) -> impl Iterator<Item = u16> {
    pairs.chunks_exact(4).flat_map(|pair| {
        let first = u16::from_be_bytes([pair[0], pair[1]]);
        let behind = u16::from_be_bytes([pair[2], pair[3]]);
        std::iter::once(first).chain(
            (0..16)
                .filter(move |bit| behind & 1 << bit != 0)
                .map(move |bit| first.wrapping_add(bit + 1)),
        )
    })
}

fn read(message: &[u8]) -> Option<Message<'_>> {
    let format = message[0] & 0x1f;
    match (message[1], format) {
        (SENDER_REPORT, _) => Some(Message::SenderReport {
            ssrc: read_u32(message, 4)?,
            ntp: u64::from(read_u32(message, 8)?) << 32 | u64::from(read_u32(message, 12)?),
            timestamp: read_u32(message, 16)?,
        }),
        (TRANSPORT_FEEDBACK, 1) => Some(Message::Nack {
            ssrc: read_u32(message, 8)?,
            pairs: message.get(12..)?,
        }),
        (PAYLOAD_FEEDBACK, 1) => Some(Message::KeyFrame { ssrc: read_u32(message, 8)? }),
        (PAYLOAD_FEEDBACK, 4) => Some(Message::KeyFrame {
            ssrc: read_u32(message, 12)?,
        }),
        (PAYLOAD_FEEDBACK, 15) if message.get(12..16)? == b"REMB" => {
            let rate = read_u24(message, 17)?;
            Some(Message::Remb {
                bits: u64::from(rate & 0x3_ffff).checked_shl(rate >> 18).unwrap_or(u64::MAX),
            })
        }
        _ => None,
    }
}

/// What the relay has received of one stream (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportBlock {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) lost: u32,
    pub(crate) highest: u32,
    pub(crate) jitter: u32,
    pub(crate) last_report: u32,
    pub(crate) delay: u32,
}

/// Writes a compound packet piece by piece. A piece that does not fit is left out.
pub(crate) struct Writer<'o> {
    out: &'o mut [u8],
    at: usize,
    sender: u32,
}

impl<'o> Writer<'o> {
    /// Writes in the name of `sender` into `out`.
    pub(crate) fn new(out: &'o mut [u8], sender: u32) -> Writer<'o> {
        Writer { out, at: 0, sender }
    }

    /// Length of what has been written; `None` for nothing.
    pub(crate) fn finish(self) -> Option<usize> {
        (self.at > 0).then_some(self.at)
    }

    /// A receiver report of at most 31 blocks.
    pub(crate) fn receiver_report(&mut self, blocks: &[ReportBlock]) {
        let Some(mut body) = self.begin(RECEIVER_REPORT, blocks.len() as u8 & 0x1f, 24 * blocks.len()) else {
            return;
        };
        for block in blocks {
            let words = [
                block.ssrc,
                u32::from(block.fraction_lost) << 24 | block.lost & 0x00ff_ffff,
                block.highest,
                block.jitter,
                block.last_report,
                block.delay,
            ];
            for word in words {
                let (field, rest) = body.split_at_mut(4);
                field.copy_from_slice(&word.to_be_bytes());
                body = rest;
            }
        }
    }

    /// A sender report for one of our streams; `sender` is that stream.
    pub(crate) fn sender_report(&mut self, ntp: u64, timestamp: u32, packets: u32, octets: u32) {
        let Some(body) = self.begin(SENDER_REPORT, 0, 20) else { return };
        body[..8].copy_from_slice(&ntp.to_be_bytes());
        body[8..12].copy_from_slice(&timestamp.to_be_bytes());
        body[12..16].copy_from_slice(&packets.to_be_bytes());
        body[16..20].copy_from_slice(&octets.to_be_bytes());
    }

    /// Asks for a key frame.
    pub(crate) fn key_frame(&mut self, ssrc: u32) {
        let Some(body) = self.begin(PAYLOAD_FEEDBACK, 1, 4) else { return };
        body.copy_from_slice(&ssrc.to_be_bytes());
    }

    /// Asks again for packets, in rising order of their numbers.
    pub(crate) fn nack(&mut self, ssrc: u32, numbers: &[u16]) {
        let mut pairs: Vec<(u16, u16)> = Vec::new();
        for &number in numbers {
            match pairs.last_mut() {
                Some((first, behind)) if (1..=16).contains(&number.wrapping_sub(*first)) => *behind |= 1 << (number.wrapping_sub(*first) - 1),
                Some(_) | None => pairs.push((number, 0)),
            }
        }
        let Some(body) = self.begin(TRANSPORT_FEEDBACK, 1, 4 + 4 * pairs.len()) else {
            return;
        };
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        for (field, (first, behind)) in body[4..].chunks_exact_mut(4).zip(pairs) {
            field[..2].copy_from_slice(&first.to_be_bytes());
            field[2..].copy_from_slice(&behind.to_be_bytes());
        }
    }

    /// Tells the bits a second the streams together may take.
    pub(crate) fn remb(&mut self, bits: u64, streams: &[u32]) {
        let Some(body) = self.begin(PAYLOAD_FEEDBACK, 15, 12 + 4 * streams.len()) else {
            return;
        };
        let exponent = (64 - bits.leading_zeros()).saturating_sub(18);
        let word = (streams.len() as u32) << 24 | exponent << 18 | (bits >> exponent) as u32;
        body[..4].fill(0);
        body[4..8].copy_from_slice(b"REMB");
        body[8..12].copy_from_slice(&word.to_be_bytes());
        for (field, ssrc) in body[12..].chunks_exact_mut(4).zip(streams) {
            field.copy_from_slice(&ssrc.to_be_bytes());
        }
    }

    /// A transport-wide feedback whose body is ready, a multiple of 4 bytes.
    pub(crate) fn transport(&mut self, ssrc: u32, feedback: &[u8]) {
        let Some(body) = self.begin(TRANSPORT_FEEDBACK, 15, 4 + feedback.len()) else {
            return;
        };
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4..].copy_from_slice(feedback);
    }

    fn begin(&mut self, kind: u8, format: u8, body: usize) -> Option<&mut [u8]> {
        let message = self.out.get_mut(self.at..self.at + 8 + body)?;
        message[0] = 0x80 | format;
        message[1] = kind;
        message[2..4].copy_from_slice(&((1 + body / 4) as u16).to_be_bytes());
        message[4..8].copy_from_slice(&self.sender.to_be_bytes());
        self.at += 8 + body;
        Some(&mut message[8..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut out = [0; 512];
        let mut writer = Writer::new(&mut out, 1);
        writer.sender_report(5 << 32, 6, 7, 8);
        writer.key_frame(9);
        writer.nack(10, &[65535, 0, 3, 40]);
        writer.remb(2_500_000, &[11, 12]);
        let length = writer.finish().unwrap();
        let read: Vec<_> = messages(&out[..length]).collect();
        assert_eq!(
            read[0],
            Message::SenderReport {
                ssrc: 1,
                ntp: 5 << 32,
                timestamp: 6
            }
        );
        assert_eq!(read[1], Message::KeyFrame { ssrc: 9 });
        let Message::Nack { ssrc: 10, pairs } = read[2] else { panic!("no NACK") };
        assert_eq!(nacked(pairs).collect::<Vec<_>>(), [65535, 0, 3, 40]);
        let Message::Remb { bits } = read[3] else { panic!("no REMB") };
        assert!((2_490_000..=2_500_000).contains(&bits));
    }
}
