//! Hostile input (T13, T16, T17), the short form: whatever the parsers are fed, from strangers or under a page's own keys, nothing
//! panics and nothing grows. Seeds are real messages; the same chance each run, so that what was found is found again.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yunyiban_app::ports::media::{CallId, CallSeat};
use yunyiban_protocol::{HallId, VisitId};

use crate::dtls::{Handshake, Identity};
use crate::engine::{Counters, Engine};
use crate::incoming::begins_key_frame;
use crate::outbox::Path;
use crate::paths::tests::{PHONE, connected, from, request_of, shake_hands};
use crate::peer::{MAX_PATHS, MAX_REPORTERS, MAX_STREAMS};
use crate::rtcp::{messages, nacked};
use crate::rtp::{self, Header};
use crate::sdp::{self, CodecName, Local, MAX_SECTIONS};
use crate::srtp::Session;
use crate::stun::{self, Message, test_response};
use crate::tcp::{self, FromTcp};

/// Numbers that look random and are the same each time.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.below(256) as u8).collect()
    }

    /// One of the seeds, broken in a few places; at times not broken at all.
    fn broken(&mut self, seeds: &[Vec<u8>]) -> Input {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..self.below(5) {
            let place = self.below(input.len() + 1);
            match self.below(6) {
                0 | 1 if place < input.len() => input[place] = self.below(256) as u8,
                // Where a length or a count stands, its ends are the likeliest to hurt.
                2 if place < input.len() => input[place] = [0, 1, 3, 4, 0x7f, 0x80, 0xfe, 0xff][self.below(8)],
                3 => input.truncate(place),
                4 => drop(input.splice(place..place, self.bytes(24))),
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let part = self.below(other.len() + 1);
                    input.splice(place.., other[part..].iter().copied());
                }
            }
        }
        input.truncate(2048);
        Input(input)
    }
}

/// What was fed, told when it is what failed.
struct Input(Vec<u8>);

impl Drop for Input {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was {:02x?}", self.0);
        }
    }
}

fn rtp_seeds() -> Vec<Vec<u8>> {
    vec![
        [&[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5], &[0x55; 30][..]].concat(),
        [
            &[0xb2, 96, 0, 2, 0, 0, 0, 1, 0, 0, 3, 0xe8, 1, 1, 1, 1, 2, 2, 2, 2][..],
            &[0xbe, 0xde, 0, 2, 0x40, b'1', 0x22, 1, 2, 3, 0, 0],
            &[0x90, 0x80, 0x81, 0x23, 0, 7, 0, 3],
        ]
        .concat(),
        [
            &[0x90, 97, 0, 3, 0, 0, 0, 1, 0, 0, 3, 0xe9, 0x10, 0, 0, 1, 4, 1, b'1', 0][..],
            &[0, 2, 0x10, 0, 1],
        ]
        .concat(),
        [&[0xa0, 102, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8][..], &[0x7c, 0x85, 1, 2, 0, 0, 0, 4]].concat(),
    ]
}

fn rtcp_seeds() -> Vec<Vec<u8>> {
    let mut compound = vec![0; 256];
    let mut writer = crate::rtcp::Writer::new(&mut compound, 5);
    writer.sender_report(1 << 40, 2, 3, 4);
    writer.nack(6, &[1, 2, 9, 65535]);
    writer.key_frame(6);
    writer.remb(300_000, &[5, 6]);
    let length = writer.finish().unwrap();
    compound.truncate(length);
    vec![
        compound,
        vec![
            0x81, 201, 0, 7, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        vec![0x84, 206, 0, 4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 1, 0, 0, 0],
        vec![0x8f, 205, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 1, 0, 1, 0, 0, 0, 1],
    ]
}

#[test]
fn packets_of_media_and_reports_are_read_or_refused() {
    let (mut chance, seeds) = (Chance(0x9e37_79b9_7f4a_7c15), [rtp_seeds(), rtcp_seeds()].concat());
    let mut whole = 0;
    for _ in 0..100_000 {
        let input = chance.broken(&seeds);
        let packet = &input.0;
        if let Some(header) = Header::parse(packet) {
            whole += 1;
            assert!(header.length <= packet.len());
            let found = (0..=15).filter_map(|id| header.extension(packet, id)).map(<[u8]>::len).max();
            assert!(found.is_none_or(|longest| longest < 256));
            assert!(rtp::padding_length(packet, &header).is_none_or(|padding| header.length + padding <= packet.len()));
            for codec in [CodecName::Opus, CodecName::Vp8, CodecName::H264] {
                begins_key_frame(codec, &packet[header.length..]);
            }
        }
        let asked: usize = messages(packet)
            .map(|message| {
                if let crate::rtcp::Message::Nack { pairs, .. } = message {
                    nacked(pairs).count()
                } else {
                    1
                }
            })
            .sum();
        assert!(asked <= 17 * packet.len() / 4 + 1);
    }
    assert!(whole > 10_000, "{whole} were whole");
}

#[test]
fn descriptions_become_a_model_that_reads_back_or_are_refused() {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let seeds = [
        sdp::tests::offer().into_bytes(),
        sdp::tests::offer().replace("42e01f", "640c1f").into_bytes(),
    ];
    let (mut whole, local) = (
        0,
        Local {
            ufrag: "hall",
            password: "hallhallhallhallhallhall",
            fingerprint: [7; 32],
            candidates: &[],
            session: 1,
            version: 1,
            setup: "passive",
            streams: &[(5, 6), (7, 8), (9, 10)],
        },
    );
    for _ in 0..20_000 {
        let mut lines: Vec<String> = String::from_utf8_lossy(&seeds[chance.below(2)]).lines().map(String::from).collect();
        for _ in 0..chance.below(4) {
            let (one, other) = (chance.below(lines.len()), chance.below(lines.len()));
            match chance.below(4) {
                0 => lines.swap(one, other),
                1 => drop(lines.remove(one)),
                2 => lines.insert(one, lines[other].clone()),
                _ => lines[one] = String::from_utf8_lossy(&chance.broken(&[lines[one].clone().into_bytes()]).0).into_owned(),
            }
        }
        let input = Input(lines.join("\r\n").into_bytes());
        let Ok(offer) = sdp::parse(&String::from_utf8_lossy(&input.0), MAX_SECTIONS) else {
            continue;
        };
        whole += 1;
        let written = sdp::write(&offer, &local);
        assert!(written.len() <= 2 * sdp::MAX_BYTES);
        let as_a_page = written.replace("a=ice-lite\r\n", "").replace("a=setup:passive", "a=setup:active");
        if let Ok(again) = sdp::parse(&as_a_page, MAX_SECTIONS) {
            for (one, other) in offer.sections.iter().zip(&again.sections).take(3) {
                assert_eq!((&one.mid, &one.codecs, one.extensions), (&other.mid, &other.codecs, other.extensions));
            }
        }
    }
    assert!(whole > 1000, "{whole} were whole");
}

#[tokio::test(start_paused = true)]
async fn frames_of_a_stream_are_its_bytes_however_they_come() {
    let mut chance = Chance(0xda94_2042_e4dd_58b5);
    let seeds: Vec<Vec<u8>> = [rtp_seeds(), rtcp_seeds()]
        .concat()
        .iter()
        .map(|packet| tcp::frame(packet).to_vec())
        .collect();
    let mut frames = 0;
    for _ in 0..10_000 {
        let stream = Input((0..chance.below(6)).flat_map(|_| chance.broken(&seeds).0.clone()).collect());
        let (driver, mut taken) = mpsc::channel(10_000);
        // The end of the stream, or a frame too long for any packet.
        tcp::read(&stream.0[..], from_wire(1), &driver).await.unwrap_err();
        let mut at = 0;
        while let Ok(FromTcp::Frame { frame, .. }) = taken.try_recv() {
            frames += 1;
            let framed = tcp::frame(&frame);
            assert_eq!(stream.0[at..at + framed.len()], framed);
            at += framed.len();
        }
    }
    assert!(frames > 5_000, "{frames} frames");
}

#[test]
fn first_flights_of_a_handshake_are_answered_or_refused() {
    let identity = Identity::generate().unwrap();
    let mut chance = Chance(0xbf58_476d_1ce4_e5b9);
    let (mut page, fingerprint) = crate::dtls::tests::page(&identity);
    let seeds: Vec<Vec<u8>> = std::iter::from_fn(|| page.poll_transmit()).map(|sent| sent.message.to_vec()).collect();
    let mut hall = Handshake::new(&identity, fingerprint).unwrap();
    for _ in 0..10_000 {
        let input = chance.broken(&seeds);
        if matches!(hall.receive(&identity, Instant::now(), &input.0), crate::dtls::Outcome::Closed) {
            hall = Handshake::new(&identity, fingerprint).unwrap();
        }
        let answers: usize = std::iter::from_fn(|| hall.transmit()).map(|answer| answer.len()).sum();
        assert!(answers < 8 * 1024, "{answers} bytes in answer to one datagram");
    }
}

fn from_wire(connection: u64) -> Path {
    Path::Tcp {
        page: PHONE.page(),
        connection,
    }
}

const DESK: Path = from(8000);

/// Strangers' and replayed STUN from many places, forged media, and nonsense under the page's own keys, with the clock running.
#[test]
fn an_engine_fed_with_everything_neither_falls_nor_grows() {
    let start = Instant::now();
    let (mut engine, id, request, li_nainai) = connected(start);
    let (other, _) = engine.connect(start, &sdp::tests::offer()).unwrap();
    let window_3 = shake_hands(&mut engine, start, other, DESK);
    let camera = |id| engine.peers[engine.slots[id]].as_ref().unwrap().outgoing[1].ssrc;
    let mut pages = [(PHONE, li_nainai, camera(&id), 0), (DESK, window_3, camera(&other), 0)];
    let hears = |peer, heard| CallSeat { peer, hears: vec![heard] };
    let call = CallId {
        hall: HallId::new("hall"),
        visit: VisitId::new("visit"),
    };
    engine.set_call(start, &call, &[hears(id, other), hears(other, id)]);
    let requests = vec![
        request.clone(),
        request_of(&engine, other),
        stun::tests::anonymous(),
        test_response(&request, "pagepagepagepagepagepage"),
    ];
    let (rtp, rtcp) = (rtp_seeds(), rtcp_seeds());
    let mut chance = Chance(0x94d0_49bb_1331_11eb);
    for round in 0..60_000u32 {
        let now = start + round * Duration::from_micros(500);
        let (path, page, ssrc, last) = &mut pages[chance.below(2)];
        let mut input = match chance.below(4) {
            0 => chance.broken(&requests),
            1 => chance.broken(&[rtp.as_slice(), rtcp.as_slice()].concat()),
            2 => sealed_rtp(page, chance.broken(&rtp), u64::from(round)),
            _ => sealed_rtcp(page, aimed(chance.broken(&rtcp), *ssrc, *last)),
        };
        let path = match chance.below(8) {
            0 => from(chance.below(65_536) as u16),
            1 => from_wire(chance.below(1000) as u64),
            _ => *path,
        };
        // A page's own handshake is its own to break; the test above does.
        if !input.0.first().is_some_and(|first| (20..=63).contains(first)) {
            engine.receive(now, path, &mut input.0);
        }
        if round % 50 == 0 {
            engine.receive(now, PHONE, &mut requests[0].clone());
            engine.receive(now, DESK, &mut requests[1].clone());
            engine.tick(now);
        }
        for (path, _, ssrc, last) in &mut pages {
            let sent = engine.outbox.packets().iter().filter(|slot| slot.path == *path);
            let mut pictures = sent.filter_map(|slot| Header::parse(slot.packet())).filter(|header| header.ssrc == *ssrc);
            *last = pictures.next_back().map_or(*last, |header| header.sequence);
        }
        engine.outbox.clear();
        engine.hung_up.clear();
        engine.events.clear();
        assert_bounded(&engine);
    }
    assert!(
        engine.slots.contains_key(&id) && engine.slots.contains_key(&other),
        "both are still there"
    );
    assert_met_everything(&engine.counters);
}

/// Good packets went through, and bad ones of every kind did not.
fn assert_met_everything(counters: &Counters) {
    let bad = [counters.foreign, counters.refused, counters.malformed];
    assert!(
        counters.forwarded > 1000 && counters.resent > 0 && bad.iter().all(|count| *count > 1000),
        "{counters:?}"
    );
}

fn assert_bounded(engine: &Engine) {
    let peers = engine.peers.iter().flatten();
    for peer in peers {
        assert!(peer.paths.len() <= MAX_PATHS && peer.incoming.len() <= MAX_STREAMS);
        assert!(peer.keys.as_ref().is_none_or(|keys| keys.reporters() <= MAX_REPORTERS));
    }
    assert!(engine.routes.len() <= engine.peers.len() * MAX_PATHS && engine.ufrags.len() <= 2 * engine.peers.len());
}

/// Sealed well, whatever is inside.
fn sealed_rtp(page: &mut Session, mut input: Input, index: u64) -> Input {
    if let Some(header) = Header::parse(&input.0) {
        let length = input.0.len();
        input.0[2..4].copy_from_slice(&(index as u16).to_be_bytes());
        input.0.resize(length + 64, 0);
        let sealed = page.seal_rtp(&mut input.0, header.length, length, header.ssrc, index).unwrap_or(length);
        input.0.truncate(sealed);
    }
    input
}

/// About the relay's stream of pictures, and its last packets.
fn aimed(mut input: Input, ssrc: u32, last: u16) -> Input {
    if let Some(about) = input.0.get_mut(8..12) {
        about.copy_from_slice(&ssrc.to_be_bytes());
    }
    if let Some(number) = input.0.get_mut(12..14) {
        number.copy_from_slice(&last.wrapping_sub(8).to_be_bytes());
    }
    input
}

fn sealed_rtcp(page: &mut Session, mut input: Input) -> Input {
    let length = input.0.len();
    input.0.resize(length + 64, 0);
    let sealed = page.seal_rtcp(&mut input.0, length).unwrap_or(length);
    input.0.truncate(sealed);
    input
}

#[test]
fn requests_are_read_or_refused() {
    let provider = rtc_crypto::default_provider().unwrap();
    let whole = stun::test_request("hall:page", "password-of-the-hall", true);
    let seeds = [whole.clone(), stun::tests::anonymous(), test_response(&whole, "password-of-the-page")];
    let mut chance = Chance(0x1d87_2b41_c9a5_3f07);
    for _ in 0..100_000 {
        let input = chance.broken(&seeds);
        match Message::parse(&input.0) {
            Some(Message::Request(request)) => assert!(!request.verify(provider.crypto(), "guessed")),
            Some(Message::Response(response)) => assert!(!response.verify(provider.crypto(), b"a check of u", "guessed")),
            Some(Message::Anonymous) => {
                let answer = stun::refuse(&input.0, &mut [0; 512]);
                assert!(answer.is_none_or(|length| length <= input.0.len()));
            }
            None => {}
        }
    }
}
