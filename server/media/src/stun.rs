//! The server half of ICE-lite (RFC 8445, section 2.5): binding requests are checked and answered. The relay asks one thing
//! itself, and only where a page seems to have moved: whether the page is really there.

use std::net::{IpAddr, SocketAddr};

use rtc_crypto::{HmacAlgorithm, RTCCrypto, constant_time_eq};

use crate::rtp::{read_u16, read_u32};

const COOKIE: u32 = 0x2112_a442;
const HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const SOFTWARE: u16 = 0x8022;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
/// Attributes one request may carry; browsers send about eight.
const MAX_ATTRIBUTES: usize = 32;

/// The transaction id of a check of ours, drawn at random.
pub(crate) type CheckId = [u8; 12];

/// A STUN message of a kind the relay takes. Nothing in it is proven yet.
pub(crate) enum Message<'p> {
    /// A request that names a peer and claims to know its password.
    Request(Request<'p>),
    /// A request of somebody who names nobody.
    Anonymous,
    /// The answer to a check of ours.
    Response(Response<'p>),
}

/// A binding request that has the right form. Its sender is not known before [`Request::verify`].
pub(crate) struct Request<'p> {
    packet: &'p [u8],
    /// The part of USERNAME before the colon: ours, and the way to the peer.
    pub(crate) local: &'p str,
    /// The part behind it: the page's own.
    pub(crate) remote: &'p str,
    /// The page nominates this path.
    pub(crate) use_candidate: bool,
    integrity_at: usize,
}

/// A binding success. Its sender is not known before [`Response::verify`].
pub(crate) struct Response<'p> {
    packet: &'p [u8],
    integrity_at: usize,
}

impl<'p> Message<'p> {
    /// Reads a binding request or success; every other STUN message is `None`.
    pub(crate) fn parse(packet: &'p [u8]) -> Option<Message<'p>> {
        if packet.len() < HEADER || !packet.len().is_multiple_of(4) || read_u32(packet, 4)? != COOKIE {
            return None;
        }
        if usize::from(read_u16(packet, 2)?) + HEADER != packet.len() {
            return None;
        }
        let attributes = Attributes::read(packet)?;
        match (read_u16(packet, 0)?, attributes.username, attributes.integrity_at) {
            (BINDING_REQUEST, Some((local, remote)), Some(integrity_at)) => Some(Message::Request(Request {
                packet,
                local,
                remote,
                use_candidate: attributes.use_candidate,
                integrity_at,
            })),
            (BINDING_REQUEST, _, _) => Some(Message::Anonymous),
            (BINDING_SUCCESS, _, Some(integrity_at)) => Some(Message::Response(Response { packet, integrity_at })),
            _ => None,
        }
    }
}

/// What the relay reads of a message's attributes.
#[derive(Default)]
struct Attributes<'p> {
    username: Option<(&'p str, &'p str)>,
    use_candidate: bool,
    integrity_at: Option<usize>,
}

impl<'p> Attributes<'p> {
    /// Walks to the integrity or to the end; `None` when an attribute is not whole or there are too many.
    fn read(packet: &'p [u8]) -> Option<Attributes<'p>> {
        let (mut found, mut at) = (Attributes::default(), HEADER);
        for _ in 0..MAX_ATTRIBUTES {
            if at == packet.len() {
                return Some(found);
            }
            let kind = read_u16(packet, at)?;
            let length = usize::from(read_u16(packet, at + 2)?);
            let value = packet.get(at + 4..at + 4 + length)?;
            match kind {
                USERNAME => found.username = Some(std::str::from_utf8(value).ok()?.split_once(':')?),
                USE_CANDIDATE => found.use_candidate = true,
                // What follows the integrity is not covered by it and is not read (RFC 8489, section 14.5).
                MESSAGE_INTEGRITY if length == 20 => {
                    found.integrity_at = Some(at);
                    return Some(found);
                }
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        None
    }
}

/// Whether `packet` was made with this password, up to its integrity.
fn verify(crypto: &dyn RTCCrypto, password: &str, packet: &[u8], integrity_at: usize) -> bool {
    let covered = ((integrity_at + 24 - HEADER) as u16).to_be_bytes();
    let Ok(mut mac) = crypto.new_hmac(HmacAlgorithm::Sha1, password.as_bytes()) else {
        return false;
    };
    let mut tag = [0; 20];
    let message = [&packet[..2], &covered, &packet[4..integrity_at]];
    mac.sign(&message, &mut tag).is_ok() && constant_time_eq(&tag, &packet[integrity_at + 4..integrity_at + 24])
}

impl Response<'_> {
    /// Whether it answers the check with this id and its sender knows the page's own password.
    pub(crate) fn verify(&self, crypto: &dyn RTCCrypto, id: &CheckId, password: &str) -> bool {
        self.packet[8..HEADER] == *id && verify(crypto, password, self.packet, self.integrity_at)
    }
}

impl Request<'_> {
    /// Whether the sender knows the password of the peer it names.
    pub(crate) fn verify(&self, crypto: &dyn RTCCrypto, password: &str) -> bool {
        verify(crypto, password, self.packet, self.integrity_at)
    }

    /// Writes the success response and returns its length (at most 88 bytes).
    pub(crate) fn respond(&self, crypto: &dyn RTCCrypto, password: &str, source: SocketAddr, out: &mut [u8]) -> Option<usize> {
        let transaction = &self.packet[4..HEADER];
        begin(out, BINDING_SUCCESS, transaction.last_chunk()?);
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
        put_integrity(crypto, password, out, &mut at)?;
        put_fingerprint(out, &mut at);
        Some(at)
    }
}

/// Writes a check for a page (RFC 8445, section 7.2) and returns its length, at most 128 bytes with the names browsers draw.
///
/// An ICE-lite side need not ask; it may, and browsers answer whoever knows their password.
pub(crate) fn check(crypto: &dyn RTCCrypto, id: &CheckId, page: (&str, &str), ours: &str, out: &mut [u8]) -> Option<usize> {
    let (ufrag, password) = page;
    begin(out, BINDING_REQUEST, id);
    let mut at = HEADER;
    put(out, &mut at, USERNAME, format!("{ufrag}:{ours}").as_bytes());
    // A host candidate of the one component, and we never control. The tie-breaker breaks no tie here.
    put(out, &mut at, PRIORITY, &(126u32 << 24 | 0xff_ffff).to_be_bytes());
    put(out, &mut at, ICE_CONTROLLED, id.first_chunk::<8>()?);
    put_integrity(crypto, password, out, &mut at)?;
    put_fingerprint(out, &mut at);
    Some(at)
}

/// Tells a stranger that a STUN server of ours is here and that it serves nobody it does not know: 400, with our name.
/// Returns the length, 60 bytes; `None` when the request was shorter, so that nobody is sent more than was sent in his name.
pub(crate) fn refuse(request: &[u8], out: &mut [u8]) -> Option<usize> {
    begin(out, BINDING_ERROR, request.get(8..HEADER)?.first_chunk()?);
    let mut at = HEADER;
    put(out, &mut at, ERROR_CODE, b"\0\0\x04\x00Bad Request");
    put(out, &mut at, SOFTWARE, b"yunyiban");
    put_fingerprint(out, &mut at);
    (at <= request.len()).then_some(at)
}

fn begin(out: &mut [u8], kind: u16, id: &CheckId) {
    out[..2].copy_from_slice(&kind.to_be_bytes());
    out[4..8].copy_from_slice(&COOKIE.to_be_bytes());
    out[8..HEADER].copy_from_slice(id);
}

/// A value ends on a multiple of four bytes; what fills it is zero (RFC 8489, section 14).
fn put(out: &mut [u8], at: &mut usize, kind: u16, value: &[u8]) {
    out[*at..*at + 2].copy_from_slice(&kind.to_be_bytes());
    out[*at + 2..*at + 4].copy_from_slice(&(value.len() as u16).to_be_bytes());
    let (start, end) = (*at + 4, *at + 4 + value.len());
    out[start..end].copy_from_slice(value);
    *at = end.next_multiple_of(4);
    out[end..*at].fill(0);
}

fn put_integrity(crypto: &dyn RTCCrypto, password: &str, out: &mut [u8], at: &mut usize) -> Option<()> {
    set_length(out, *at + 24);
    let mut tag = [0; 20];
    crypto
        .new_hmac(HmacAlgorithm::Sha1, password.as_bytes())
        .ok()?
        .sign(&[&out[..*at]], &mut tag)
        .ok()?;
    put(out, at, MESSAGE_INTEGRITY, &tag);
    Some(())
}

fn put_fingerprint(out: &mut [u8], at: &mut usize) {
    set_length(out, *at + 8);
    let sum = crc32(&out[..*at]) ^ FINGERPRINT_XOR;
    put(out, at, FINGERPRINT, &sum.to_be_bytes());
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
    begin(&mut out, BINDING_REQUEST, b"li_nainai_01");
    let mut at = HEADER;
    put(&mut out, &mut at, USERNAME, username.as_bytes());
    if use_candidate {
        put(&mut out, &mut at, USE_CANDIDATE, &[]);
    }
    put_integrity(provider.crypto(), password, &mut out, &mut at).unwrap();
    out.truncate(at);
    out
}

/// A page's answer to a check, with the password it has.
#[cfg(test)]
pub(crate) fn test_response(check: &[u8], password: &str) -> Vec<u8> {
    let provider = rtc_crypto::default_provider().unwrap();
    let mut out = vec![0; 512];
    let check = Request {
        packet: check,
        local: "",
        remote: "",
        use_candidate: false,
        integrity_at: 0,
    };
    let length = check
        .respond(provider.crypto(), password, SocketAddr::from(([192, 0, 2, 1], 9)), &mut out)
        .unwrap();
    out.truncate(length);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_believed() {
        let provider = rtc_crypto::default_provider().unwrap();
        let packet = test_request("hall:page", "password-of-the-hall", true);
        let Some(Message::Request(request)) = Message::parse(&packet) else {
            panic!("no request")
        };
        assert_eq!((request.local, request.remote), ("hall", "page"));
        assert!(request.use_candidate);
        assert!(request.verify(provider.crypto(), "password-of-the-hall"));
        assert!(!request.verify(provider.crypto(), "password-of-the-mall"));
    }

    #[test]
    fn a_check_is_answered_by_the_page_alone_and_once() {
        let provider = rtc_crypto::default_provider().unwrap();
        let (crypto, mut check) = (provider.crypto(), vec![0; 512]);
        let length = super::check(crypto, b"a check of u", ("page", "password-of-the-page"), "hall", &mut check).unwrap();
        check.truncate(length);
        let Some(Message::Request(request)) = Message::parse(&check) else {
            panic!("no request")
        };
        assert_eq!((request.local, request.remote), ("page", "hall"));
        assert!(request.verify(crypto, "password-of-the-page"));
        let answer = test_response(&check, "password-of-the-page");
        let Some(Message::Response(response)) = Message::parse(&answer) else {
            panic!("no response")
        };
        assert!(response.verify(crypto, b"a check of u", "password-of-the-page"));
        assert!(!response.verify(crypto, b"another chec", "password-of-the-page"));
        assert!(!response.verify(crypto, b"a check of u", "password-of-the-hall"));
    }

    #[test]
    fn a_stranger_is_told_our_name_and_never_more_than_he_said() {
        let mut out = [0; 512];
        let mut request = vec![0; HEADER];
        begin(&mut request, BINDING_REQUEST, b"li_nainai_01");
        assert!(matches!(Message::parse(&request), Some(Message::Anonymous)));
        assert_eq!(refuse(&request, &mut out), None, "shorter than the answer");
        let mut at = HEADER;
        request.resize(60, 0);
        put(&mut request, &mut at, SOFTWARE, &[b' '; 36]);
        set_length(&mut request, at);
        assert!(matches!(Message::parse(&request), Some(Message::Anonymous)));
        assert_eq!(refuse(&request, &mut out), Some(60));
        assert_eq!(out[..4], [1, 0x11, 0, 40]);
        assert!(out[..60].windows(8).any(|word| word == b"yunyiban"));
    }

    #[test]
    fn the_check_value_of_crc_32_comes_out() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_cut_request_is_refused_at_every_length() {
        let packet = test_request("hall:page", "password", false);
        for length in 0..packet.len() {
            assert!(Message::parse(&packet[..length]).is_none());
        }
    }
}
