//! The few fields of RTP (RFC 3550) a relay reads and rewrites.

/// Length of a header without contributing sources and extensions.
pub(crate) const FIXED_HEADER: usize = 12;

/// What stands in front of a payload. Offsets are into the packet it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) padding: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    /// Where the payload begins.
    pub(crate) length: usize,
    extension: Option<Extension>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extension {
    profile: u16,
    start: usize,
    end: usize,
}

impl Header {
    /// Reads a header; `None` when the packet is not whole.
    pub(crate) fn parse(packet: &[u8]) -> Option<Header> {
        if packet.len() < FIXED_HEADER || packet[0] >> 6 != 2 {
            return None;
        }
        let sources = usize::from(packet[0] & 0x0f);
        let mut length = FIXED_HEADER + 4 * sources;
        let mut extension = None;
        if packet[0] & 0x10 != 0 {
            let profile = read_u16(packet, length)?;
            let words = usize::from(read_u16(packet, length + 2)?);
            let start = length + 4;
            length = start + 4 * words;
            extension = Some(Extension { profile, start, end: length });
        }
        if packet.len() < length {
            return None;
        }
        Some(Header {
            marker: packet[1] & 0x80 != 0,
            padding: packet[0] & 0x20 != 0,
            payload_type: packet[1] & 0x7f,
            sequence: read_u16(packet, 2)?,
            timestamp: read_u32(packet, 4)?,
            ssrc: read_u32(packet, 8)?,
            length,
            extension,
        })
    }

    /// The value of a header extension (RFC 8285, both forms).
    pub(crate) fn extension<'p>(&self, packet: &'p [u8], id: u8) -> Option<&'p [u8]> {
        let Extension { profile, start, end } = self.extension?;
        let block = packet.get(start..end)?;
        match profile {
            0xbede => one_byte_extension(block, id),
            0x1000..=0x100f => two_byte_extension(block, id),
            _ => None,
        }
    }
}

/// The header of a packet we send: our own numbers, and at most the time it leaves.
pub(crate) struct Outgoing {
    pub(crate) marker: bool,
    pub(crate) padding: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    /// Extension id and 24-bit value of abs-send-time.
    pub(crate) send_time: Option<(u8, u32)>,
}

impl Outgoing {
    /// Writes the header and returns its length: 12 or 20 bytes.
    pub(crate) fn write(&self, packet: &mut [u8]) -> usize {
        packet[0] = 0x80 | u8::from(self.padding) << 5 | u8::from(self.send_time.is_some()) << 4;
        packet[1] = u8::from(self.marker) << 7 | self.payload_type;
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        let Some((id, time)) = self.send_time else { return FIXED_HEADER };
        packet[12..16].copy_from_slice(&[0xbe, 0xde, 0, 1]);
        packet[16] = id << 4 | 2;
        packet[17..20].copy_from_slice(&time.to_be_bytes()[1..]);
        FIXED_HEADER + 8
    }
}

/// Whether a packet of the media range is RTCP (RFC 5761, section 4).
pub(crate) fn is_rtcp(packet: &[u8]) -> bool {
    packet.len() >= 8 && (192..=223).contains(&packet[1])
}

/// Bytes of padding at the end of a decrypted packet; `None` when the count is a lie.
pub(crate) fn padding_length(packet: &[u8], header: &Header) -> Option<usize> {
    if !header.padding {
        return Some(0);
    }
    let count = usize::from(*packet.last()?);
    (count > 0 && header.length + count <= packet.len()).then_some(count)
}

pub(crate) fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([field[0], field[1]]))
}

pub(crate) fn read_u24(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + 3)?;
    Some(u32::from_be_bytes([0, field[0], field[1], field[2]]))
}

pub(crate) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([field[0], field[1], field[2], field[3]]))
}

fn one_byte_extension(block: &[u8], id: u8) -> Option<&[u8]> {
    let mut at = 0;
    while let Some(&head) = block.get(at) {
        if head == 0 {
            at += 1;
            continue;
        }
        if head >> 4 == 15 {
            return None;
        }
        let length = usize::from(head & 0x0f) + 1;
        if head >> 4 == id {
            return block.get(at + 1..at + 1 + length);
        }
        at += 1 + length;
    }
    None
}

fn two_byte_extension(block: &[u8], id: u8) -> Option<&[u8]> {
    let mut at = 0;
    while let Some(&head) = block.get(at) {
        if head == 0 {
            at += 1;
            continue;
        }
        let length = usize::from(*block.get(at + 1)?);
        if head == id {
            return block.get(at + 2..at + 2 + length);
        }
        at += 2 + length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_header_reads_back() {
        let mut packet = [0u8; 64];
        let out = Outgoing {
            marker: true,
            padding: false,
            payload_type: 96,
            sequence: 7,
            timestamp: 9,
            ssrc: 11,
            send_time: Some((3, 0x0a_0b0c)),
        };
        let length = out.write(&mut packet);
        let header = Header::parse(&packet).unwrap();
        assert_eq!((header.length, header.sequence, header.timestamp, header.ssrc), (length, 7, 9, 11));
        assert_eq!(header.extension(&packet, 3), Some(&[0x0a, 0x0b, 0x0c][..]));
        assert_eq!(header.extension(&packet, 4), None);
    }

    #[test]
    fn an_extension_longer_than_the_packet_is_refused() {
        let mut packet = [0u8; 20];
        packet[0] = 0x90;
        packet[14..16].copy_from_slice(&200u16.to_be_bytes());
        assert_eq!(Header::parse(&packet), None);
    }
}
