//! A page as the relay sees it: ICE, DTLS and SRTP by webrtc-rs' own parts, so that the relay's SRTP and STUN are not tested by themselves.
//! Every packet is made by hand, so a test says exactly what is sent and sees exactly what came.

mod description;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_crypto::{HashAlgorithm, RTCCryptoProvider};
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use yunyiban_app::ports::media::{Media, OfferReason, PeerId};
use yunyiban_media::Relay;

pub use description::attribute;
use description::{candidate, describe};

/// Every page's own ICE password.
const PASSWORD: &str = "pagepagepagepagepagepage";
/// Longest any wait in a test lasts.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What kind of browser a page runs in.
#[derive(Clone, Copy)]
pub struct Browser {
    /// Payload types of Opus, VP8, H.264. Zero: it has not got that codec.
    pub opus: u8,
    pub vp8: u8,
    pub h264: u8,
    pub tcp: bool,
    pub profile: SrtpProtectionProfile,
}

pub const PHONE: Browser = Browser {
    opus: 111,
    vp8: 96,
    h264: 102,
    tcp: false,
    profile: SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
};
/// Other numbers and another protection than [`PHONE`].
pub const DESK: Browser = Browser {
    opus: 109,
    vp8: 120,
    h264: 126,
    tcp: false,
    profile: SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
};

/// One RTP packet, plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}

enum Link {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

pub struct Page {
    pub id: PeerId,
    /// The relay's last description.
    pub answer: String,
    pub rtp: VecDeque<Packet>,
    /// Every RTCP message, cut out of its compound packet.
    pub rtcp: VecDeque<Vec<u8>>,
    pub closed: bool,
    browser: Browser,
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    number: u32,
    link: Link,
    relay: SocketAddr,
    credentials: (String, String),
    dtls: Endpoint,
    keys: Option<(Context, Context)>,
    responses: u32,
    /// Checks of the relay that were answered.
    pub checks: u32,
}

impl Page {
    /// A page with its answer, before anything was sent. `number` tells pages of one test apart.
    pub async fn new(relay: &Relay, browser: Browser, number: u32) -> Page {
        let provider = rtc_crypto::default_provider().unwrap();
        let certificate = Certificate::generate_self_signed(["page".to_owned()], provider.crypto()).unwrap();
        let fingerprint = provider.crypto().hash(HashAlgorithm::Sha256, &certificate.certificate[0]).unwrap();
        let (id, answer) = relay.connect(&describe(browser, number, &fingerprint, &["0", "1", "2"])).await.unwrap();
        let address = candidate(&answer, if browser.tcp { "tcp" } else { "udp" });
        let link = if browser.tcp {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            Link::Tcp(stream, Vec::new())
        } else {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            Link::Udp(socket)
        };
        let config = client_config(&provider, &certificate, browser.profile);
        let mut dtls = Endpoint::new(SocketAddr::from(([127, 0, 0, 1], 1)), TransportProtocol::UDP, None);
        dtls.connect(Instant::now(), RELAY, Arc::new(config), None).unwrap();
        let credentials = (attribute(&answer, "ice-ufrag"), attribute(&answer, "ice-pwd"));
        Page {
            id,
            answer,
            rtp: VecDeque::new(),
            rtcp: VecDeque::new(),
            closed: false,
            browser,
            provider,
            certificate,
            number,
            link,
            relay: address,
            credentials,
            dtls,
            keys: None,
            responses: 0,
            checks: 0,
        }
    }

    /// A page whose ICE and DTLS are finished.
    pub async fn warm(relay: &Relay, browser: Browser, number: u32) -> Page {
        let mut page = Page::new(relay, browser, number).await;
        page.ask();
        page.until("an answer to the STUN request", |page| page.responses > 0);
        page.until("the DTLS handshake", |page| page.keys.is_some());
        page
    }

    /// The page's answer to an offer of the relay; later requests use the offer's credentials.
    pub fn accept(&mut self, offer: &str) -> String {
        self.credentials = (attribute(offer, "ice-ufrag"), attribute(offer, "ice-pwd"));
        if !offer.contains("VP8/90000") {
            self.browser.vp8 = 0;
        }
        let fingerprint = self
            .provider
            .crypto()
            .hash(HashAlgorithm::Sha256, &self.certificate.certificate[0])
            .unwrap();
        self.answer = offer.to_owned();
        let mids: Vec<&str> = offer.lines().filter_map(|line| line.strip_prefix("a=mid:")).collect();
        describe(self.browser, self.number, &fingerprint, &mids).replace("a=setup:actpass", "a=setup:active")
    }

    /// Asks the relay for an offer and answers it.
    pub async fn renegotiate(&mut self, relay: &Relay, reason: OfferReason) -> String {
        let offer = relay.offer(self.id, reason).await.unwrap();
        let answer = self.accept(&offer);
        relay.accept_answer(self.id, &answer).await.unwrap();
        offer
    }

    /// Sends a STUN request with the credentials it has.
    pub fn ask(&mut self) {
        let request = self.captured_request();
        self.send_raw(&request);
    }

    /// One more ICE-TCP path of this page, filled with empty frames for as long as the relay takes them.
    pub fn flood(&self) {
        let mut stream = TcpStream::connect(self.relay).unwrap();
        let request = self.captured_request();
        stream.write_all(&(request.len() as u16).to_be_bytes()).unwrap();
        stream.write_all(&request).unwrap();
        std::thread::spawn(move || while stream.write_all(&[0; 4096]).is_ok() {});
    }

    /// From now on the page is somewhere else, as after a change of network; the old place is given back.
    pub fn move_away(&mut self) -> UdpSocket {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        match std::mem::replace(&mut self.link, Link::Udp(socket)) {
            Link::Udp(old) => old,
            Link::Tcp(..) => panic!("the page is on TCP"),
        }
    }

    /// A request as the page would send it now, not sent.
    pub fn captured_request(&self) -> Vec<u8> {
        request(&*self.provider, &self.credentials.0, &self.credentials.1)
    }

    /// Asks and waits for the answer.
    pub fn ask_and_hear(&mut self) {
        let before = self.responses;
        self.ask();
        self.until("an answer to the STUN request", |page| page.responses > before);
    }

    pub fn ssrc(&self, section: usize) -> u32 {
        1000 * self.number + section as u32
    }

    /// The SSRC the relay has announced last for what it sends in a section.
    pub fn relay_ssrc(&self, section: usize) -> u32 {
        let block = self.answer.split("m=").nth(section + 1).unwrap();
        attribute(block, "ssrc").split(' ').next().unwrap().parse().unwrap()
    }

    /// Sends an RTP packet of the page's own stream in a section, as VP8 or Opus.
    pub fn send(&mut self, section: usize, sequence: u16, payload: &[u8]) {
        let payload_type = match (section, self.browser.vp8) {
            (0, _) => self.browser.opus,
            (_, 0) => self.browser.h264,
            (_, vp8) => vp8,
        };
        let packet = self.seal(section, payload_type, sequence, payload);
        self.send_raw(&packet);
    }

    /// A sealed packet, not sent.
    pub fn seal(&mut self, section: usize, payload_type: u8, sequence: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80, payload_type];
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&(u32::from(sequence) * 960).to_be_bytes());
        packet.extend_from_slice(&self.ssrc(section).to_be_bytes());
        packet.extend_from_slice(payload);
        self.keys.as_mut().unwrap().1.encrypt_rtp(&packet).unwrap().to_vec()
    }

    /// A packet in the stream of repairs, not sent: the number of what it repairs stands in front.
    pub fn seal_repair(&mut self, section: usize, original: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80, self.browser.vp8 + 1, 0, 1];
        packet.extend_from_slice(&(u32::from(original) * 960).to_be_bytes());
        packet.extend_from_slice(&(self.ssrc(section) + 500).to_be_bytes());
        packet.extend_from_slice(&original.to_be_bytes());
        packet.extend_from_slice(payload);
        self.keys.as_mut().unwrap().1.encrypt_rtp(&packet).unwrap().to_vec()
    }

    /// Sends one RTCP message: type, format, and what stands behind the sender's SSRC.
    pub fn send_rtcp(&mut self, kind: u8, format: u8, body: &[u8]) {
        let mut message = vec![0x80 | format, kind];
        message.extend_from_slice(&((1 + body.len() / 4) as u16).to_be_bytes());
        message.extend_from_slice(&self.ssrc(0).to_be_bytes());
        message.extend_from_slice(body);
        let sealed = self.keys.as_mut().unwrap().1.encrypt_rtcp(&message).unwrap();
        self.send_raw(&sealed);
    }

    pub fn send_raw(&mut self, packet: &[u8]) {
        match &mut self.link {
            Link::Udp(socket) => drop(socket.send_to(packet, self.relay).unwrap()),
            Link::Tcp(stream, _) => {
                stream.write_all(&(packet.len() as u16).to_be_bytes()).unwrap();
                stream.write_all(packet).unwrap();
            }
        }
    }

    /// Reads until `done`, or fails naming what was waited for.
    pub fn until(&mut self, what: &str, done: impl Fn(&Page) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < end, "{what} did not come");
            self.pump();
        }
    }

    /// The next RTP packet.
    pub fn receive(&mut self) -> Packet {
        self.until("an RTP packet", |page| !page.rtp.is_empty());
        self.rtp.pop_front().unwrap()
    }

    /// The next RTCP message of a type and format.
    pub fn hear(&mut self, kind: u8, format: u8) -> Vec<u8> {
        let wanted = |message: &Vec<u8>| message[1] == kind && message[0] & 0x1f == format;
        self.until("an RTCP message", |page| page.rtcp.iter().any(wanted));
        let place = self.rtcp.iter().position(wanted).unwrap();
        self.rtcp.remove(place).unwrap()
    }

    /// Waits a moment for one packet and takes what waits.
    pub fn pump(&mut self) {
        // Before the relay knows the address there is nobody to shake hands with.
        while self.responses > 0
            && let Some(message) = self.dtls.poll_transmit()
        {
            self.send_raw(&message.message);
        }
        let mut buffer = [0; 2048];
        while let Some(length) = self.read(&mut buffer) {
            self.take(&buffer[..length]);
        }
        // The relay works in a thread of its own: let it.
        std::thread::sleep(Duration::from_micros(100));
        let _ = self.dtls.handle_timeout(RELAY, Instant::now());
    }

    fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match &mut self.link {
            Link::Udp(socket) => socket.recv(buffer).ok(),
            Link::Tcp(stream, waiting) => {
                let mut chunk = [0; 4096];
                match stream.read(&mut chunk) {
                    Ok(0) => self.closed = true,
                    Ok(count) => waiting.extend_from_slice(&chunk[..count]),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
                let length = usize::from(u16::from_be_bytes([*waiting.first()?, *waiting.get(1)?]));
                let frame = waiting.get(2..2 + length)?;
                buffer[..length].copy_from_slice(frame);
                waiting.drain(..2 + length);
                Some(length)
            }
        }
    }

    fn take(&mut self, packet: &[u8]) {
        match packet[0] {
            0..=3 => self.take_response(packet),
            20..=63 => match self.dtls.read(Instant::now(), RELAY, None, BytesMut::from(packet)) {
                Ok(events) => {
                    for event in events {
                        match event {
                            EndpointEvent::HandshakeComplete => self.keys = Some(keys(&self.dtls, &*self.provider)),
                            EndpointEvent::PeerClosed => self.closed = true,
                            EndpointEvent::ApplicationData(_) | _ => {}
                        }
                    }
                }
                Err(_) => self.closed = true,
            },
            _ => {
                let Some((theirs, _)) = &mut self.keys else { return };
                if (192..=223).contains(&packet[1]) {
                    let plain = theirs.decrypt_rtcp(packet).unwrap();
                    let mut rest = &plain[..];
                    while rest.len() >= 4 {
                        let (message, behind) = rest.split_at(4 * (usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 1));
                        self.rtcp.push_back(message.to_vec());
                        rest = behind;
                    }
                } else {
                    let plain = theirs.decrypt_rtp(packet).unwrap();
                    let word = |at: usize| u32::from_be_bytes([plain[at], plain[at + 1], plain[at + 2], plain[at + 3]]);
                    assert_eq!(plain[0], 0x80, "no extension was agreed on");
                    self.rtp.push_back(Packet {
                        payload_type: plain[1] & 0x7f,
                        sequence: word(0) as u16,
                        timestamp: word(4),
                        ssrc: word(8),
                        payload: plain[12..].to_vec(),
                    });
                }
            }
        }
    }

    /// The relay asks whether the page is here.
    fn answer_check(&mut self, check: &mut Message) {
        let provider = self.provider.clone();
        let crypto = provider.crypto();
        MessageIntegrity::check(check, PASSWORD.as_bytes(), crypto).unwrap();
        FINGERPRINT.check(check).unwrap();
        let mut answer = Message::new();
        answer.transaction_id = check.transaction_id;
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(PASSWORD.to_owned(), crypto);
        let setters: Vec<Box<dyn Setter + '_>> = vec![
            Box::new(check.transaction_id),
            Box::new(BINDING_SUCCESS),
            Box::new(integrity),
            Box::new(FINGERPRINT),
        ];
        answer.build(&setters).unwrap();
        self.send_raw(&answer.raw);
        self.checks += 1;
    }

    fn take_response(&mut self, packet: &[u8]) {
        let mut message = Message::new();
        message.write(packet).unwrap();
        if message.typ == BINDING_REQUEST {
            return self.answer_check(&mut message);
        }
        assert_eq!(message.typ, BINDING_SUCCESS);
        MessageIntegrity::check(&mut message, self.credentials.1.as_bytes(), self.provider.crypto()).unwrap();
        FINGERPRINT.check(&message).unwrap();
        self.responses += 1;
    }
}

/// What a server says to a request that names nobody it knows: the code and its own name.
pub fn refusal(packet: &[u8]) -> (u16, String) {
    let mut message = Message::new();
    message.write(packet).unwrap();
    assert_eq!(message.typ, BINDING_ERROR);
    FINGERPRINT.check(&message).unwrap();
    let code = message.get(rtc_stun::attributes::ATTR_ERROR_CODE).unwrap();
    let software = message.get(rtc_stun::attributes::ATTR_SOFTWARE).unwrap();
    (u16::from(code[2]) * 100 + u16::from(code[3]), String::from_utf8(software).unwrap())
}

/// A binding request of somebody who knows no peer, at least as long as its answer.
pub fn anonymous_request() -> Vec<u8> {
    let mut message = Message::new();
    let name = TextAttribute::new(
        rtc_stun::attributes::ATTR_SOFTWARE,
        "a doctor who wants to know whether a relay is there".into(),
    );
    let setters: Vec<Box<dyn Setter>> = vec![Box::new(BINDING_REQUEST), Box::new(TransactionId::new()), Box::new(name)];
    message.build(&setters).unwrap();
    message.raw
}

/// The name `rtc-dtls` knows the relay by; it is never resolved.
const RELAY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2);

/// A binding request as pages send it.
pub fn request(provider: &dyn RTCCryptoProvider, ufrag: &str, password: &str) -> Vec<u8> {
    let mut message = Message::new();
    let nominate = rtc_stun::attributes::RawAttribute {
        typ: ATTR_USE_CANDIDATE,
        length: 0,
        value: Vec::new(),
    };
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), provider.crypto());
    let setters: Vec<Box<dyn Setter + '_>> = vec![
        Box::new(BINDING_REQUEST),
        Box::new(TransactionId::new()),
        Box::new(TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:page"))),
        Box::new(nominate),
        Box::new(integrity),
        Box::new(FINGERPRINT),
    ];
    message.build(&setters).unwrap();
    message.raw
}

fn client_config(
    provider: &Arc<dyn RTCCryptoProvider>,
    certificate: &Certificate,
    profile: SrtpProtectionProfile,
) -> rtc_dtls::config::HandshakeConfig {
    ConfigBuilder::default()
        .with_crypto_provider(provider.clone())
        .with_certificates(vec![certificate.clone()])
        .with_srtp_protection_profiles(vec![profile])
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .build(true, Some(RELAY))
        .unwrap()
}

fn keys(dtls: &Endpoint, provider: &dyn RTCCryptoProvider) -> (Context, Context) {
    let state = dtls.get_connection_state(RELAY).unwrap();
    let profile = match state.srtp_protection_profile() {
        SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
        SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => ProtectionProfile::AeadAes256Gcm,
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32 | SrtpProtectionProfile::Unsupported | _ => panic!("no profile was agreed on"),
    };
    let (key, salt) = (profile.key_len(), profile.salt_len());
    let material = state
        .export_keying_material("EXTRACTOR-dtls_srtp", &[], 2 * (key + salt))
        .unwrap()
        .into_bytes();
    let (keys, salts) = material.split_at(2 * key);
    let context = |key: &[u8], salt: &[u8]| Context::new(key, salt, profile, None, None, provider.crypto()).unwrap();
    (context(&keys[key..], &salts[salt..]), context(&keys[..key], &salts[..salt]))
}
