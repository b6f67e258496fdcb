//! The relay from outside: pages with real ICE, DTLS and SRTP around a [`Relay`] on a port of its own.

#![expect(clippy::unwrap_used, reason = "a page of a test fails by panicking, as the test does")]

mod page;
mod paths;
mod seats;

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use page::{Browser, DESK, PATIENCE, PHONE, Packet, Page};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use tokio::sync::mpsc;
use yunyiban_app::ports::media::{CallId, CallSeat, Media, MediaEvent, MediaFailure, OfferReason, PeerId};
use yunyiban_media::{Relay, RelayConfig};
use yunyiban_protocol::{HallId, MediaSection, VisitId};

const AUDIO: usize = 0;
const CAMERA: usize = 1;
const SHARE: usize = 2;
/// A VP8 packet that begins a key frame, and one that does not.
const KEY: &[u8] = &[0x10, 0x00, 1, 2, 3];
const DELTA: &[u8] = &[0x10, 0x01, 1, 2, 3];

fn relay() -> (Relay, mpsc::Receiver<MediaEvent>) {
    let (sender, events) = mpsc::channel(64);
    (Relay::bind(RelayConfig::default(), sender).unwrap(), events)
}

fn visit(number: u32) -> CallId {
    CallId {
        hall: HallId::new("hall"),
        visit: VisitId::new(format!("visit-{number}")),
    }
}

/// A page, and the pages it hears.
fn seat(page: &Page, hears: &[&Page]) -> CallSeat {
    CallSeat {
        peer: page.id,
        hears: hears.iter().map(|other| other.id).collect(),
    }
}

async fn call(relay: &Relay, li_nainai: &Page, window_3: &Page) {
    relay
        .set_call(&visit(1), &[seat(li_nainai, &[window_3]), seat(window_3, &[li_nainai])])
        .await;
}

/// Two pages in a call.
async fn talk(phone: Browser, desk: Browser) -> (Relay, mpsc::Receiver<MediaEvent>, Page, Page) {
    let (relay, events) = relay();
    let li_nainai = Page::warm(&relay, phone, 1).await;
    let window_3 = Page::warm(&relay, desk, 2).await;
    call(&relay, &li_nainai, &window_3).await;
    (relay, events, li_nainai, window_3)
}

async fn next_event(events: &mut mpsc::Receiver<MediaEvent>, wanted: MediaEvent) {
    let end = Instant::now() + PATIENCE;
    loop {
        let event = tokio::time::timeout_at(end.into(), events.recv())
            .await
            .unwrap_or_else(|_| panic!("{wanted:?} was not told"));
        if event.expect("the relay runs") == wanted {
            return;
        }
    }
}

#[tokio::test]
async fn one_page_that_floods_its_tcp_paths_silences_nobody() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    let stranger = Page::warm(&relay, Browser { tcp: true, ..PHONE }, 3).await;
    (0..7).for_each(|_| stranger.flood());
    for sequence in 0..200 {
        li_nainai.send(AUDIO, sequence, b"hello");
        assert_eq!(window_3.receive().payload, b"hello");
    }
}

#[tokio::test]
async fn nothing_is_forwarded_before_the_gate_opens_nor_after_it_shuts() {
    let (relay, mut events) = relay();
    let mut li_nainai = Page::warm(&relay, PHONE, 1).await;
    let mut window_3 = Page::warm(&relay, DESK, 2).await;
    next_event(&mut events, MediaEvent::Connected(window_3.id)).await;
    for sequence in 0..20 {
        li_nainai.send(AUDIO, sequence, b"before");
        window_3.send(CAMERA, sequence, KEY);
    }
    // A request behind them on the same socket: once it is answered, all of them have been judged.
    li_nainai.ask_and_hear();
    window_3.ask_and_hear();
    assert_eq!(relay.counters().await.forwarded, 0);

    call(&relay, &li_nainai, &window_3).await;
    li_nainai.send(AUDIO, 20, b"during");
    assert_eq!(window_3.receive().payload, b"during");
    next_event(&mut events, MediaEvent::Flowing(li_nainai.id, MediaSection::Audio)).await;

    relay.set_call(&visit(1), &[]).await;
    let forwarded = relay.counters().await.forwarded;
    li_nainai.send(AUDIO, 21, b"after");
    li_nainai.ask_and_hear();
    assert_eq!(relay.counters().await.forwarded, forwarded);
    window_3.pump();
    assert!(window_3.rtp.is_empty() && li_nainai.rtp.is_empty());
}

#[tokio::test]
async fn every_section_goes_to_the_same_section_under_the_receivers_own_numbers() {
    let (_relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    for (section, payload_type) in [(AUDIO, DESK.opus), (CAMERA, DESK.vp8), (SHARE, DESK.vp8)] {
        li_nainai.send(section, 7, KEY);
        let ssrc = window_3.relay_ssrc(section);
        assert_eq!(
            window_3.receive(),
            Packet {
                payload_type,
                sequence: 7,
                timestamp: 7 * 960,
                ssrc,
                payload: KEY.to_vec()
            }
        );
    }
    window_3.send(SHARE, 9, KEY);
    let back = li_nainai.receive();
    assert_eq!((back.payload_type, back.ssrc), (PHONE.vp8, li_nainai.relay_ssrc(SHARE)));
}

#[tokio::test]
async fn every_protection_profile_works_and_so_does_tcp() {
    for profile in [
        SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
        SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
    ] {
        let (_relay, _events, mut li_nainai, mut window_3) = talk(Browser { profile, tcp: true, ..PHONE }, Browser { profile, ..DESK }).await;
        for sequence in 0..50 {
            li_nainai.send(AUDIO, sequence, b"by tcp");
            assert_eq!(window_3.receive().sequence, sequence);
            window_3.send(CAMERA, sequence, &[0x10; 1100]);
            assert_eq!(li_nainai.receive().payload.len(), 1100);
        }
    }
}

#[tokio::test]
async fn a_tcp_connection_that_proves_nothing_is_closed() {
    let (relay, _events) = relay();
    let mut li_nainai = Page::new(&relay, Browser { tcp: true, ..PHONE }, 1).await;
    li_nainai.send_raw(b"\x16\xfe\xfd not a request");
    li_nainai.until("the end of the connection", |page| page.closed);
}

#[tokio::test]
async fn who_sends_what_a_receiver_cannot_read_is_offered_what_it_can() {
    let (relay, mut events, mut li_nainai, mut window_3) = talk(PHONE, Browser { vp8: 0, ..DESK }).await;
    next_event(&mut events, MediaEvent::WantsOffer(li_nainai.id)).await;
    li_nainai.send(CAMERA, 1, KEY);
    li_nainai.send(AUDIO, 1, b"voice goes on");
    assert_eq!(window_3.receive().payload, b"voice goes on");
    let offer = li_nainai.renegotiate(&relay, OfferReason::Seats).await;
    assert!(offer.contains("H264/90000") && !offer.contains("VP8"));
    li_nainai.send(CAMERA, 2, &[0x65, 1, 2]);
    let packet = window_3.receive();
    assert_eq!((packet.payload_type, packet.payload), (DESK.h264, vec![0x65, 1, 2]));
}

#[tokio::test]
async fn a_restart_keeps_the_old_path_until_the_new_one_is_used() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    let old = (
        page::attribute(&li_nainai.answer, "ice-ufrag"),
        page::attribute(&li_nainai.answer, "ice-pwd"),
    );
    let offer = relay.offer(li_nainai.id, OfferReason::Restart).await.unwrap();
    li_nainai.ask_and_hear();
    li_nainai.send(AUDIO, 1, b"meanwhile");
    assert_eq!(window_3.receive().payload, b"meanwhile");

    let answer = li_nainai.accept(&offer);
    relay.accept_answer(li_nainai.id, &answer).await.unwrap();
    assert_ne!(page::attribute(&offer, "ice-ufrag"), old.0);
    li_nainai.ask_and_hear();
    li_nainai.send(AUDIO, 2, b"afterwards");
    assert_eq!(window_3.receive().payload, b"afterwards");
    window_3.send(AUDIO, 1, b"and back");
    assert_eq!(li_nainai.receive().payload, b"and back");

    let foreign = relay.counters().await.foreign;
    let provider = rtc_crypto::default_provider().unwrap();
    li_nainai.send_raw(&page::request(&*provider, &old.0, &old.1));
    li_nainai.ask_and_hear();
    assert_eq!(relay.counters().await.foreign, foreign + 1, "the old name is gone");
}

#[tokio::test]
async fn packets_of_strangers_reach_nobody() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let provider = rtc_crypto::default_provider().unwrap();
    let ufrag = page::attribute(&li_nainai.answer, "ice-ufrag");
    stranger
        .send_to(&page::request(&*provider, &ufrag, "a guessed password of hers"), relay.local_addr())
        .unwrap();
    let replayed = li_nainai.seal(AUDIO, PHONE.opus, 1, b"overheard");
    stranger.send_to(&replayed, relay.local_addr()).unwrap();
    stranger.send_to(b"\x16\xfe\xfd a forged ClientHello", relay.local_addr()).unwrap();
    // From her own address, but not sealed with her key.
    let mut forged = li_nainai.seal(AUDIO, PHONE.opus, 2, b"forged");
    forged[20] ^= 1;
    li_nainai.send_raw(&forged);
    li_nainai.send_raw(&replayed);
    li_nainai.send_raw(&replayed);
    assert_eq!(window_3.receive().payload, b"overheard");
    li_nainai.ask_and_hear();
    let counters = relay.counters().await;
    assert_eq!((counters.foreign, counters.refused, counters.forwarded), (3, 2, 1));
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv(&mut [0; 100]).is_err(), "a stranger is not answered");
}

#[tokio::test]
async fn a_page_with_another_certificate_than_announced_is_lost() {
    let (relay, mut events) = relay();
    let honest = Page::new(&relay, PHONE, 1).await;
    let mut thief = Page::new(&relay, PHONE, 2).await;
    // The thief answers for the honest page: right name and password, wrong certificate.
    thief.accept(&honest.answer);
    thief.ask_and_hear();
    thief.until("the end of the handshake", |page| page.closed);
    next_event(&mut events, MediaEvent::Lost(honest.id)).await;
    assert_eq!(relay.offer(honest.id, OfferReason::Restart).await, Err(MediaFailure::NoPeer(honest.id)));
}

#[tokio::test]
async fn lost_packets_are_asked_for_and_sent_again() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    for sequence in [10, 11, 13] {
        li_nainai.send(CAMERA, sequence, &[0x10, 0x01, sequence as u8]);
    }
    let nack = li_nainai.hear(205, 1);
    assert_eq!(
        nack[8..],
        [li_nainai.ssrc(CAMERA).to_be_bytes().as_slice(), &[0, 12, 0, 0]].concat(),
        "12 never came"
    );
    // It comes again in the stream of repairs, its number in front.
    let repaired = li_nainai.seal_repair(CAMERA, 12, &[0x10, 0x01, 12]);
    li_nainai.send_raw(&repaired);
    let sequences: Vec<u16> = (0..4).map(|_| window_3.receive().sequence).collect();
    assert_eq!(sequences, [10, 11, 13, 12]);
    // Now the window has lost one.
    let body = [window_3.relay_ssrc(CAMERA).to_be_bytes().as_slice(), &[0, 11, 0, 0]].concat();
    window_3.send_rtcp(205, 1, &body);
    let again = window_3.receive();
    assert_eq!((again.payload_type, again.payload), (DESK.vp8 + 1, vec![0, 11, 0x10, 0x01, 11]));
    assert_eq!(relay.counters().await.resent, 1);
}

#[tokio::test]
async fn what_was_said_while_the_gate_was_shut_cannot_be_asked_for() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    li_nainai.send(CAMERA, 10, KEY);
    assert_eq!(window_3.receive().sequence, 10);
    relay.set_call(&visit(1), &[]).await;
    li_nainai.send(CAMERA, 11, b"private");
    li_nainai.ask_and_hear();
    call(&relay, &li_nainai, &window_3).await;
    li_nainai.send(CAMERA, 12, DELTA);
    assert_eq!(window_3.receive().sequence, 11, "no gap to ask about");
    let ssrc = window_3.relay_ssrc(CAMERA).to_be_bytes();
    window_3.send_rtcp(205, 1, &[ssrc.as_slice(), &[0, 9, 0xff, 0xff]].concat());
    assert_eq!(window_3.receive().payload, [&[0, 11], DELTA].concat());
    window_3.ask_and_hear();
    window_3.pump();
    assert!(window_3.rtp.is_empty());
}

#[tokio::test]
async fn a_key_frame_is_asked_for_until_one_comes() {
    let (relay, mut events) = relay();
    let mut li_nainai = Page::warm(&relay, PHONE, 1).await;
    let mut window_3 = Page::warm(&relay, DESK, 2).await;
    next_event(&mut events, MediaEvent::Connected(window_3.id)).await;
    li_nainai.send(CAMERA, 1, KEY);
    li_nainai.ask_and_hear();
    call(&relay, &li_nainai, &window_3).await;
    let first = li_nainai.hear(206, 1);
    assert_eq!(first[8..], li_nainai.ssrc(CAMERA).to_be_bytes());
    li_nainai.send(CAMERA, 2, DELTA);
    li_nainai.hear(206, 1);
    li_nainai.send(CAMERA, 3, KEY);
    li_nainai.ask_and_hear();
    li_nainai.rtcp.clear();
    // The window cannot decode: it asks, and so does the relay.
    window_3.send_rtcp(206, 1, &window_3.relay_ssrc(CAMERA).to_be_bytes());
    li_nainai.hear(206, 1);
}

#[tokio::test]
async fn clocks_and_estimates_are_passed_on() {
    let (_relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    li_nainai.send(AUDIO, 5, b"voice");
    window_3.receive();
    let ntp = 0x1234_5678_9abc_def0u64;
    let body = [ntp.to_be_bytes().as_slice(), &4800u32.to_be_bytes(), &[0; 8]].concat();
    li_nainai.send_rtcp(200, 0, &body);
    let report = window_3.hear(200, 0);
    assert_eq!(report[4..8], window_3.relay_ssrc(AUDIO).to_be_bytes());
    assert_eq!(report[8..16], ntp.to_be_bytes());
    assert_eq!(report[16..20], 4800u32.to_be_bytes());
    assert_eq!(report[20..24], 1u32.to_be_bytes(), "one packet so far");
    // 200 000 bits a second, for a link that carries next to nothing: no limit worth the name, but passed on.
    let body = [&[0; 4], b"REMB", [1, 0, 0x03, 0x0d].as_slice(), &[0, 0, 0, 1]].concat();
    window_3.send_rtcp(206, 15, &body);
    li_nainai.hear(206, 15);
    // Receiver reports come by themselves.
    let report = li_nainai.hear(201, 1);
    assert_eq!(report[8..12], li_nainai.ssrc(AUDIO).to_be_bytes());
    assert_eq!(report[24..28], 0x5678_9abcu32.to_be_bytes(), "the middle of the last report's clock");
}

#[tokio::test]
async fn a_new_connection_takes_the_old_ones_seat_and_the_picture_goes_on() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    li_nainai.send(CAMERA, 100, KEY);
    let before = window_3.receive();
    let mut again = Page::warm(&relay, PHONE, 5).await;
    call(&relay, &again, &window_3).await;
    relay.close(li_nainai.id).await;
    li_nainai.until("the farewell", |page| page.closed);
    again.send(CAMERA, 7, KEY);
    let after = window_3.receive();
    assert_eq!((after.ssrc, after.sequence), (before.ssrc, before.sequence + 1));
}

#[tokio::test]
async fn a_full_relay_says_so() {
    let (sender, _events) = mpsc::channel(8);
    let relay = Relay::bind(
        RelayConfig {
            max_peers: 1,
            ..RelayConfig::default()
        },
        sender,
    )
    .unwrap();
    let page = Page::new(&relay, PHONE, 1).await;
    assert_eq!(relay.connect("v=0").await, Err(MediaFailure::Full));
    relay.close(page.id).await;
    relay.close(PeerId(99)).await;
    assert!(matches!(relay.connect("v=0").await, Err(MediaFailure::BadDescription(_))));
}

/// T17: whatever arrives, from a stranger or under her own address and keys, the call goes on.
#[tokio::test]
async fn fifty_thousand_broken_packets_change_nothing() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    let provider = rtc_crypto::default_provider().unwrap();
    let ufrag = page::attribute(&li_nainai.answer, "ice-ufrag");
    let seeds = [
        page::request(&*provider, &ufrag, "wrong"),
        li_nainai.seal(CAMERA, PHONE.vp8, 1, &[0x90, 0x80, 0x81, 0x23, 0x00]),
        vec![
            22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 20, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8,
        ],
        vec![0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0xff, 0xff],
        vec![0xb0, 96, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9, 0xbe, 0xde, 0xff, 0xff, 1, 2, 3],
    ];
    let mut chance = 0x2545_f491_4f6c_dd1du64;
    let mut draw = move |below: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        (chance % below as u64) as usize
    };
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    for round in 0..50_000 {
        let mut packet = seeds[draw(seeds.len())].clone();
        for _ in 0..=draw(4) {
            let place = draw(packet.len());
            packet[place] = draw(256) as u8;
        }
        packet.truncate(1 + draw(packet.len()));
        if round % 3 == 0 {
            stranger.send_to(&packet, relay.local_addr()).unwrap();
        } else {
            li_nainai.send_raw(&packet);
        }
        if round % 500 == 0 {
            // Sealed well, but nonsense inside.
            let nonsense: Vec<u8> = (0..4 * (1 + draw(8))).map(|_| draw(256) as u8).collect();
            li_nainai.send_rtcp(200 + draw(8) as u8, draw(32) as u8, &nonsense);
            li_nainai.ask_and_hear();
            assert!(Instant::now() < until, "the relay does not keep up");
        }
    }
    // A new second, and with it a new allowance for the page that sent all this.
    let end = Instant::now() + PATIENCE;
    let mut sequence = 1000;
    // One of the broken packets may have been broken into what it was before.
    let unbroken = |packet: &Packet| packet.payload == b"still here";
    while !window_3.rtp.iter().any(unbroken) {
        assert!(Instant::now() < end, "the call has ended");
        li_nainai.send(AUDIO, sequence, b"still here");
        sequence += 1;
        li_nainai.ask_and_hear();
        window_3.pump();
    }
    let counters = relay.counters().await;
    assert!(counters.malformed > 1000 && counters.foreign > 1000, "{counters:?}");
}
