//! SRTP and SRTCP (RFC 3711, RFC 7714) in place, with the ciphers of `rtc-crypto`.
//!
//! `rtc-srtp` copies each packet into a new buffer and remembers every SSRC it is shown before it has
//! authenticated anything; a relay wants neither. The replay window lives with the stream it belongs to,
//! so what an attacker can fill is what the stream table can hold.

use rtc_crypto::{
    AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, HmacAlgorithm, Mac, RTCCrypto, StreamCipher, StreamCipherAlgorithm, constant_time_eq,
};

use crate::rtp::{Header, read_u32};

/// Room a sealed packet needs behind its plain text.
pub(crate) const OVERHEAD: usize = 20;

const GCM_TAG: usize = 16;
const SHA1_TAG: usize = 10;

/// The protection a DTLS handshake agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Aes128Gcm,
    Aes256Gcm,
    Aes128Sha1,
}

impl Profile {
    /// Length of one side's master key and salt.
    pub(crate) fn lengths(self) -> (usize, usize) {
        match self {
            Profile::Aes128Gcm => (16, 12),
            Profile::Aes256Gcm => (32, 12),
            Profile::Aes128Sha1 => (16, 14),
        }
    }
}

/// One direction of a session.
pub(crate) struct Session {
    rtp: Cipher,
    rtcp: Cipher,
    rtcp_index: u32,
}

enum Cipher {
    Aead {
        key: Box<dyn AeadCipher>,
        salt: [u8; 12],
    },
    Counter {
        key: Box<dyn StreamCipher>,
        mac: Box<dyn Mac>,
        salt: [u8; 14],
    },
}

/// Which packets of a stream have been seen, by 48-bit index.
#[derive(Clone, Default)]
pub(crate) struct Window {
    highest: Option<u64>,
    seen: [u64; WINDOW_WORDS],
}

const WINDOW_WORDS: usize = 16;
const WINDOW: u64 = 64 * WINDOW_WORDS as u64;

impl Session {
    /// Derives the session keys from one side's master key and salt.
    pub(crate) fn new(crypto: &dyn RTCCrypto, profile: Profile, key: &[u8], salt: &[u8]) -> Option<Session> {
        Some(Session {
            rtp: Cipher::derive(crypto, profile, key, salt, 0)?,
            rtcp: Cipher::derive(crypto, profile, key, salt, 3)?,
            rtcp_index: 0,
        })
    }

    /// Opens an RTP packet in place and returns the length of header and payload.
    /// Nothing is remembered unless the packet is authentic.
    pub(crate) fn open_rtp(&mut self, packet: &mut [u8], header: &Header, window: &mut Window) -> Option<usize> {
        let index = window.index_of(header.sequence)?;
        if window.has(index) {
            return None;
        }
        let plain = match &mut self.rtp {
            Cipher::Aead { key, salt } => {
                let end = packet.len().checked_sub(GCM_TAG).filter(|end| *end >= header.length)?;
                let nonce = aead_nonce(salt, header.ssrc, index);
                let (text, tag) = packet.split_at_mut(end);
                let (head, body) = text.split_at_mut(header.length);
                key.open_in_place(&nonce, head, body, tag).ok()?;
                end
            }
            Cipher::Counter { key, mac, salt } => {
                let end = packet.len().checked_sub(SHA1_TAG).filter(|end| *end >= header.length)?;
                let tag = sha1_tag(mac.as_mut(), &packet[..end], &rollover(index).to_be_bytes())?;
                if !constant_time_eq(&tag, &packet[end..]) {
                    return None;
                }
                key.apply_keystream(&counter_iv(salt, header.ssrc, index), &mut packet[header.length..end])
                    .ok()?;
                end
            }
        };
        window.insert(index);
        Some(plain)
    }

    /// Seals the RTP packet of `length` bytes at the front of `packet`; `index` is its 48-bit number.
    pub(crate) fn seal_rtp(&mut self, packet: &mut [u8], header_length: usize, length: usize, ssrc: u32, index: u64) -> Option<usize> {
        match &mut self.rtp {
            Cipher::Aead { key, salt } => {
                let nonce = aead_nonce(salt, ssrc, index);
                let (text, rest) = packet.split_at_mut(length);
                let (head, body) = text.split_at_mut(header_length);
                key.seal_in_place(&nonce, head, body, rest.get_mut(..GCM_TAG)?).ok()?;
                Some(length + GCM_TAG)
            }
            Cipher::Counter { key, mac, salt } => {
                key.apply_keystream(&counter_iv(salt, ssrc, index), &mut packet[header_length..length])
                    .ok()?;
                let tag = sha1_tag(mac.as_mut(), &packet[..length], &rollover(index).to_be_bytes())?;
                packet.get_mut(length..length + SHA1_TAG)?.copy_from_slice(&tag);
                Some(length + SHA1_TAG)
            }
        }
    }

    /// Opens a compound RTCP packet in place and returns its length, its sender and its number.
    /// The caller keeps the window of each sender.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Option<(usize, u32, u32)> {
        let ssrc = read_u32(packet, 4)?;
        match &mut self.rtcp {
            Cipher::Aead { key, salt } => {
                let trailer = packet.len().checked_sub(4)?;
                let end = trailer.checked_sub(GCM_TAG).filter(|end| *end >= 8)?;
                let word = read_u32(packet, trailer)?;
                if word & 0x8000_0000 == 0 {
                    return None;
                }
                let mut associated = [0; 12];
                associated[..8].copy_from_slice(&packet[..8]);
                associated[8..].copy_from_slice(&word.to_be_bytes());
                let nonce = aead_nonce(salt, ssrc, u64::from(word & 0x7fff_ffff));
                let (text, tag) = packet[..trailer].split_at_mut(end);
                key.open_in_place(&nonce, &associated, &mut text[8..], tag).ok()?;
                Some((end, ssrc, word & 0x7fff_ffff))
            }
            Cipher::Counter { key, mac, salt } => {
                let trailer = packet.len().checked_sub(SHA1_TAG)?;
                let end = trailer.checked_sub(4).filter(|end| *end >= 8)?;
                let word = read_u32(packet, end)?;
                let tag = sha1_tag(mac.as_mut(), &packet[..trailer], &[])?;
                if word & 0x8000_0000 == 0 || !constant_time_eq(&tag, &packet[trailer..]) {
                    return None;
                }
                key.apply_keystream(&counter_iv(salt, ssrc, u64::from(word & 0x7fff_ffff)), &mut packet[8..end])
                    .ok()?;
                Some((end, ssrc, word & 0x7fff_ffff))
            }
        }
    }

    /// Seals the compound RTCP packet of `length` bytes at the front of `packet`.
    pub(crate) fn seal_rtcp(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        let ssrc = read_u32(packet, 4)?;
        self.rtcp_index = (self.rtcp_index + 1) & 0x7fff_ffff;
        let index = u64::from(self.rtcp_index);
        let word = (self.rtcp_index | 0x8000_0000).to_be_bytes();
        if packet.len() < length + OVERHEAD || length < 8 {
            return None;
        }
        match &mut self.rtcp {
            Cipher::Aead { key, salt } => {
                let mut associated = [0; 12];
                associated[..8].copy_from_slice(&packet[..8]);
                associated[8..].copy_from_slice(&word);
                let (text, rest) = packet.split_at_mut(length);
                key.seal_in_place(&aead_nonce(salt, ssrc, index), &associated, &mut text[8..], &mut rest[..GCM_TAG])
                    .ok()?;
                rest[GCM_TAG..GCM_TAG + 4].copy_from_slice(&word);
                Some(length + GCM_TAG + 4)
            }
            Cipher::Counter { key, mac, salt } => {
                key.apply_keystream(&counter_iv(salt, ssrc, index), &mut packet[8..length]).ok()?;
                packet[length..length + 4].copy_from_slice(&word);
                let tag = sha1_tag(mac.as_mut(), &packet[..length + 4], &[])?;
                packet[length + 4..length + 4 + SHA1_TAG].copy_from_slice(&tag);
                Some(length + 4 + SHA1_TAG)
            }
        }
    }
}

impl Cipher {
    /// `first_label` is 0 for RTP and 3 for RTCP: cipher key, authentication key, salt (RFC 3711, section 4.3).
    fn derive(crypto: &dyn RTCCrypto, profile: Profile, key: &[u8], salt: &[u8], first_label: u8) -> Option<Cipher> {
        let (algorithm, block) = match profile {
            Profile::Aes128Gcm => (Some(AeadAlgorithm::Aes128Gcm), BlockCipherAlgorithm::Aes128),
            Profile::Aes256Gcm => (Some(AeadAlgorithm::Aes256Gcm), BlockCipherAlgorithm::Aes256),
            Profile::Aes128Sha1 => (None, BlockCipherAlgorithm::Aes128),
        };
        let mut session_key = [0; 32];
        let session_key = &mut session_key[..key.len()];
        derive_key(crypto, block, key, salt, first_label, session_key)?;
        match algorithm {
            Some(algorithm) => {
                let mut session_salt = [0; 12];
                derive_key(crypto, block, key, salt, first_label + 2, &mut session_salt)?;
                Some(Cipher::Aead {
                    key: crypto.new_aead(algorithm, session_key).ok()?,
                    salt: session_salt,
                })
            }
            None => {
                let (mut session_salt, mut authentication) = ([0; 14], [0; 20]);
                derive_key(crypto, block, key, salt, first_label + 1, &mut authentication)?;
                derive_key(crypto, block, key, salt, first_label + 2, &mut session_salt)?;
                Some(Cipher::Counter {
                    key: crypto.new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, session_key).ok()?,
                    mac: crypto.new_hmac(HmacAlgorithm::Sha1, &authentication).ok()?,
                    salt: session_salt,
                })
            }
        }
    }
}

impl Window {
    /// The index nearest to the highest seen (RFC 3711, section 3.3.1); `None` when it cannot be.
    pub(crate) fn index_of(&self, sequence: u16) -> Option<u64> {
        let Some(highest) = self.highest else { return Some(u64::from(sequence)) };
        highest.checked_add_signed(i64::from(sequence.wrapping_sub(highest as u16) as i16))
    }

    /// Seen already, or too old to tell.
    pub(crate) fn has(&self, index: u64) -> bool {
        let Some(highest) = self.highest else { return false };
        if index > highest {
            return false;
        }
        highest - index >= WINDOW || self.seen[Self::word(index)] & (1 << (index % 64)) != 0
    }

    /// Remembers an authentic packet.
    pub(crate) fn insert(&mut self, index: u64) {
        let from = self.highest.map_or(index, |highest| highest + 1);
        if index >= from {
            if index - from >= WINDOW {
                self.seen = [0; WINDOW_WORDS];
            } else {
                for skipped in from..index {
                    self.seen[Self::word(skipped)] &= !(1 << (skipped % 64));
                }
            }
            self.highest = Some(index);
        }
        self.seen[Self::word(index)] |= 1 << (index % 64);
    }

    /// The highest index seen.
    pub(crate) fn highest(&self) -> u64 {
        self.highest.unwrap_or(0)
    }

    fn word(index: u64) -> usize {
        (index / 64) as usize % WINDOW_WORDS
    }
}

fn rollover(index: u64) -> u32 {
    (index >> 16) as u32
}

/// RFC 7714, sections 8.1 and 9.1. An RTCP index is below 2^31, so both forms are one.
fn aead_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
    nonce.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
    nonce
}

/// RFC 3711, section 4.1.1.
fn counter_iv(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    iv[4..8].iter_mut().zip(ssrc.to_be_bytes()).for_each(|(byte, ssrc)| *byte ^= ssrc);
    iv[8..14]
        .iter_mut()
        .zip(&index.to_be_bytes()[2..])
        .for_each(|(byte, index)| *byte ^= index);
    iv
}

fn sha1_tag(mac: &mut dyn Mac, packet: &[u8], rollover: &[u8]) -> Option<[u8; SHA1_TAG]> {
    let mut whole = [0; 20];
    mac.sign(&[packet, rollover], &mut whole).ok()?;
    let mut tag = [0; SHA1_TAG];
    tag.copy_from_slice(&whole[..SHA1_TAG]);
    Some(tag)
}

/// AES in counter mode over zeros, keyed by the master key (RFC 3711, section 4.3.3).
fn derive_key(crypto: &dyn RTCCrypto, block: BlockCipherAlgorithm, key: &[u8], salt: &[u8], label: u8, out: &mut [u8]) -> Option<()> {
    let mut input = [0; 16];
    input[..salt.len()].copy_from_slice(salt);
    input[7] ^= label;
    for (count, chunk) in out.chunks_mut(16).enumerate() {
        let mut stream = input;
        stream[14..].copy_from_slice(&(count as u16).to_be_bytes());
        crypto.block_encrypt(block, key, &mut stream).ok()?;
        chunk.copy_from_slice(&stream[..chunk.len()]);
    }
    Some(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rtp::Outgoing;

    /// Both ends of one direction.
    pub(crate) fn pair(profile: Profile) -> (Session, Session) {
        let provider = rtc_crypto::default_provider().unwrap();
        let (key, salt) = profile.lengths();
        let (key, salt) = (vec![7; key], vec![9; salt]);
        let make = || Session::new(provider.crypto(), profile, &key, &salt).unwrap();
        (make(), make())
    }

    fn sealed(session: &mut Session, sequence: u16, index: u64) -> Vec<u8> {
        sealed_packet(session, 96, 5, sequence, index)
    }

    /// The first packet of a stream.
    pub(crate) fn sealed_as(session: &mut Session, payload_type: u8, ssrc: u32) -> Vec<u8> {
        sealed_packet(session, payload_type, ssrc, 1, 1)
    }

    fn sealed_packet(session: &mut Session, payload_type: u8, ssrc: u32, sequence: u16, index: u64) -> Vec<u8> {
        let mut packet = vec![0; 200];
        let head = Outgoing {
            marker: false,
            padding: false,
            payload_type,
            sequence,
            timestamp: 1,
            ssrc,
            send_time: None,
        }
        .write(&mut packet);
        packet[head..100].fill(0x55);
        let length = session.seal_rtp(&mut packet, head, 100, ssrc, index).unwrap();
        packet.truncate(length);
        packet
    }

    /// RFC 3711, appendix B.3: the key derivation test vectors.
    #[test]
    fn keys_are_derived_as_the_rfc_shows() {
        let provider = rtc_crypto::default_provider().unwrap();
        let key = [
            0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39,
        ];
        let salt = [0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6];
        let mut out = [0; 16];
        derive_key(provider.crypto(), BlockCipherAlgorithm::Aes128, &key, &salt, 0, &mut out).unwrap();
        assert_eq!(
            out,
            [
                0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee, 0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87
            ]
        );
    }

    #[test]
    fn what_is_sealed_opens_once_and_only_unchanged() {
        for profile in [Profile::Aes128Gcm, Profile::Aes256Gcm, Profile::Aes128Sha1] {
            let (mut sender, mut receiver) = pair(profile);
            let mut window = Window::default();
            let packet = sealed(&mut sender, 65535, 65535);
            let header = Header::parse(&packet).unwrap();
            let mut forged = packet.clone();
            forged[50] ^= 1;
            assert_eq!(receiver.open_rtp(&mut forged, &header, &mut window), None);
            assert_eq!(receiver.open_rtp(&mut packet.clone(), &header, &mut window), Some(100));
            assert_eq!(receiver.open_rtp(&mut packet.clone(), &header, &mut window), None, "replayed");
            let mut wrapped = sealed(&mut sender, 0, 65536);
            let header = Header::parse(&wrapped).unwrap();
            assert_eq!(receiver.open_rtp(&mut wrapped, &header, &mut window), Some(100), "rollover");
            assert!(wrapped[12..100].iter().all(|byte| *byte == 0x55));
        }
    }

    #[test]
    fn rtcp_opens_only_unchanged() {
        for profile in [Profile::Aes128Gcm, Profile::Aes256Gcm, Profile::Aes128Sha1] {
            let (mut sender, mut receiver) = pair(profile);
            let mut packet = vec![0; 64];
            packet[..12].copy_from_slice(&[0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
            let length = sender.seal_rtcp(&mut packet, 12).unwrap();
            packet.truncate(length);
            let mut forged = packet.clone();
            forged[9] ^= 1;
            assert_eq!(receiver.open_rtcp(&mut forged), None);
            assert_eq!(receiver.open_rtcp(&mut packet), Some((12, 1, 1)));
            assert_eq!(packet[8..12], [0, 0, 0, 2]);
        }
    }
}
