//! The server half of ICE-lite: binding requests are checked and answered, nothing is ever asked (RFC 8445, section 2.5).

use std::net::{IpAddr, SocketAddr};

use rtc_crypto::{HmacAlgorithm, RTCCrypto, constant_time_eq};

use crate::rtp::{read_u16, read_u32};

const COOKIE: u32 = 0x2112_a442;
const HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
/// Attributes one request may carry; browsers send about eight.
const MAX_ATTRIBUTES: usize = 32;

/// A binding request that has the right form. Its sender is not known before [`Request::verify`].
pub(crate) struct Request<'p> {
    packet: &'p [u8],
    /// The part of USERNAME before the colon: ours, and the way to the peer.
    pub(crate) local: &'p str,
    /// The page nominates this path.
    pub(crate) use_candidate: bool,
    integrity_at: usize,
}

impl<'p> Request<'p> {
    /// Reads a binding request; every other STUN message is `None`.
    pub(crate) fn parse(packet: &'p [u8]) -> Option<Request<'p>> {
        if packet.len() < HEADER || !packet.len().is_multiple_of(4) || read_u16(packet, 0)? != BINDING_REQUEST || read_u32(packet, 4)? != COOKIE {
            return None;
        }
        if usize::from(read_u16(packet, 2)?) + HEADER != packet.len() {
            return None;
        }
        let (mut local, mut use_candidate, mut at) = (None, false, HEADER);
        for _ in 0..MAX_ATTRIBUTES {
            let kind = read_u16(packet, at)?;
            let length = usize::from(read_u16(packet, at + 2)?);
            let value = packet.get(at + 4..at + 4 + length)?;
            match kind {
                USERNAME => local = std::str::from_utf8(value).ok()?.split_once(':').map(|(local, _)| local),
                USE_CANDIDATE => use_candidate = true,
                // What follows the integrity is not covered by it and is not read (RFC 8489, section 14.5).
                MESSAGE_INTEGRITY if length == 20 => {
                    return Some(Request {
                        packet,
                        local: local?,
                        use_candidate,
                        integrity_at: at,
                    });
                }
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        None
    }

    /// Whether the sender knows the password of the peer it names.
    pub(crate) fn verify(&self, crypto: &dyn RTCCrypto, password: &str) -> bool {
        let covered = ((self.integrity_at + 24 - HEADER) as u16).to_be_bytes();
        let Ok(mut mac) = crypto.new_hmac(HmacAlgorithm::Sha1, password.as_bytes()) else {
            return false;
        };
        let mut tag = [0; 20];
        let message = [&self.packet[..2], &covered, &self.packet[4..self.integrity_at]];
        mac.sign(&message, &mut tag).is_ok() && constant_time_eq(&tag, &self.packet[self.integrity_at + 4..self.integrity_at + 24])
    }

    /// Writes the success response and returns its length (at most 88 bytes).
    pub(crate) fn respond(&self, crypto: &dyn RTCCrypto, password: &str, source: SocketAddr, out: &mut [u8]) -> Option<usize> {
        let transaction = &self.packet[4..HEADER];
        out[..2].copy_from_slice(&BINDING_SUCCESS.to_be_bytes());
        out[4..HEADER].copy_from_slice(transaction);
        let mut at = HEADER;
        let mut address = [0u8; 20];
        let port = source.port() ^ (COOKIE >> 16) as u16;
        address[2..4].copy_from_slice(&port.to_be_bytes());
        let length = match source.ip().to_canonical() {
            IpAddr::V4(ip) => {
                address[1] = 1;
                address[4..8].copy_from_slice(&ip.octets());
                8
            }
            IpAddr::V6(ip) => {
                address[1] = 2;
                address[4..20].copy_from_slice(&ip.octets());
                20
            }
        };
        address[4..length].iter_mut().zip(transaction).for_each(|(byte, mask)| *byte ^= mask);
        put(out, &mut at, XOR_MAPPED_ADDRESS, &address[..length]);
        set_length(out, at + 24);
        let mut tag = [0; 20];
        crypto
            .new_hmac(HmacAlgorithm::Sha1, password.as_bytes())
            .ok()?
            .sign(&[&out[..at]], &mut tag)
            .ok()?;
        put(out, &mut at, MESSAGE_INTEGRITY, &tag);
        set_length(out, at + 8);
        let sum = crc32(&out[..at]) ^ FINGERPRINT_XOR;
        put(out, &mut at, FINGERPRINT, &sum.to_be_bytes());
        Some(at)
    }
}

fn put(out: &mut [u8], at: &mut usize, kind: u16, value: &[u8]) {
    out[*at..*at + 2].copy_from_slice(&kind.to_be_bytes());
    out[*at + 2..*at + 4].copy_from_slice(&(value.len() as u16).to_be_bytes());
    out[*at + 4..*at + 4 + value.len()].copy_from_slice(value);
    *at += 4 + value.len();
}

fn set_length(out: &mut [u8], end: usize) {
    out[2..4].copy_from_slice(&((end - HEADER) as u16).to_be_bytes());
}

/// CRC-32 as FINGERPRINT wants it (ITU V.42). Responses are short and rare: no table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

/// Builds requests the way a page does, for tests of whoever answers them.
#[cfg(test)]
pub(crate) fn test_request(username: &str, password: &str, use_candidate: bool) -> Vec<u8> {
    let provider = rtc_crypto::default_provider().unwrap();
    let mut out = vec![0; 512];
    out[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
    out[4..8].copy_from_slice(&COOKIE.to_be_bytes());
    out[8..20].copy_from_slice(b"li_nainai_01");
    let mut at = HEADER;
    put(&mut out, &mut at, USERNAME, username.as_bytes());
    at = at.next_multiple_of(4);
    if use_candidate {
        put(&mut out, &mut at, USE_CANDIDATE, &[]);
    }
    set_length(&mut out, at + 24);
    let mut tag = [0; 20];
    provider
        .crypto()
        .new_hmac(HmacAlgorithm::Sha1, password.as_bytes())
        .unwrap()
        .sign(&[&out[..at]], &mut tag)
        .unwrap();
    put(&mut out, &mut at, MESSAGE_INTEGRITY, &tag);
    out.truncate(at);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_believed() {
        let provider = rtc_crypto::default_provider().unwrap();
        let packet = test_request("hall:page", "password-of-the-hall", true);
        let request = Request::parse(&packet).unwrap();
        assert_eq!(request.local, "hall");
        assert!(request.use_candidate);
        assert!(request.verify(provider.crypto(), "password-of-the-hall"));
        assert!(!request.verify(provider.crypto(), "password-of-the-mall"));
    }

    #[test]
    fn the_check_value_of_crc_32_comes_out() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_cut_request_is_refused_at_every_length() {
        let packet = test_request("hall:page", "password", false);
        for length in 0..packet.len() {
            assert!(Request::parse(&packet[..length]).is_none());
        }
    }
}
