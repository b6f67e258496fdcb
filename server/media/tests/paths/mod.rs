//! Who reaches the relay, and where it reaches a page: strangers, replayed requests, changed networks, idle connections.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::page::{self, Browser, DESK, PATIENCE, PHONE, Page};
use super::{AUDIO, call, relay, talk};

fn stranger() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn frame(packet: &[u8]) -> Vec<u8> {
    [&(packet.len() as u16).to_be_bytes(), packet].concat()
}

#[tokio::test]
async fn a_stranger_who_asks_hears_that_the_relay_is_here() {
    let (relay, _events) = relay();
    let (socket, mut buffer) = (stranger(), [0; 1500]);
    for request in [
        page::anonymous_request(),
        page::request(&*rtc_crypto::default_provider().unwrap(), "nobody", "a password of nobody's"),
    ] {
        socket.send_to(&request, relay.local_addr()).unwrap();
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(page::refusal(&buffer[..length]), (400, "yunyiban".to_owned()));
        assert!(length <= request.len(), "whoever forges an address gains nothing");
    }
    let mut stream = TcpStream::connect(relay.local_addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&frame(&page::anonymous_request())).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(usize::from(u16::from_be_bytes([answer[0], answer[1]])), answer.len() - 2);
    assert_eq!(page::refusal(&answer[2..]), (400, "yunyiban".to_owned()), "and then the connection ends");
}

#[tokio::test]
async fn a_flood_of_strangers_requests_is_hardly_answered() {
    let (relay, _events, mut li_nainai, _window_3) = talk(PHONE, DESK).await;
    let (socket, mut buffer, mut answers) = (stranger(), [0; 1500], 0);
    let begun = Instant::now();
    for _ in 0..2000 {
        socket.send_to(&page::anonymous_request(), relay.local_addr()).unwrap();
    }
    // Answered behind all of them.
    li_nainai.ask_and_hear();
    let seconds = begun.elapsed().as_secs() + 1;
    socket.set_nonblocking(true).unwrap();
    while socket.recv(&mut buffer).is_ok() {
        answers += 1;
    }
    assert!(answers > 0 && answers <= 5 * (seconds + 1), "{answers} answers in {seconds} s");
}

#[tokio::test]
async fn a_captured_request_sent_from_elsewhere_brings_nothing_but_small_questions() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    let thief = stranger();
    let mut wire = TcpStream::connect(relay.local_addr()).unwrap();
    let captured = li_nainai.captured_request();
    for sequence in 0..50 {
        thief.send_to(&captured, relay.local_addr()).unwrap();
        wire.write_all(&frame(&captured)).unwrap();
        window_3.send(AUDIO, sequence, b"for her alone");
        assert_eq!(li_nainai.receive().payload, b"for her alone");
    }
    thief.set_nonblocking(true).unwrap();
    wire.set_nonblocking(true).unwrap();
    let (mut buffer, mut bytes, mut by_wire) = ([0; 1500], 0, Vec::new());
    while let Ok(length) = thief.recv(&mut buffer) {
        assert!(buffer[0] <= 3, "only STUN");
        bytes += length;
    }
    assert!(bytes <= 2 * 50 * captured.len());
    assert_eq!(wire.read_to_end(&mut by_wire).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(by_wire.len() <= 2 * 50 * captured.len() && by_wire[2] <= 3);
    assert_eq!(li_nainai.checks, 0, "she has not moved");
}

/// F06: the old network is gone at once, nothing more comes from there.
#[tokio::test]
async fn a_page_on_another_network_is_heard_and_hears_again_within_two_seconds() {
    let (relay, _events, mut li_nainai, mut window_3) = talk(PHONE, DESK).await;
    for turn in 0..5u16 {
        let moved = Instant::now();
        drop(li_nainai.move_away());
        if turn % 2 == 1 {
            // As pages do; the others are a NAT that gave another port.
            li_nainai.renegotiate(&relay, yunyiban_app::ports::media::OfferReason::Restart).await;
        }
        li_nainai.ask();
        li_nainai.until("a check of the relay", |page| page.checks == u32::from(turn) + 1);
        li_nainai.ask_and_hear();
        li_nainai.send(AUDIO, turn, b"can you hear me");
        assert_eq!(window_3.receive().payload, b"can you hear me");
        window_3.send(AUDIO, turn, b"yes");
        assert_eq!(li_nainai.receive().payload, b"yes");
        assert!(moved.elapsed() < Duration::from_secs(2));
    }
}

/// T11 for ICE-TCP.
#[tokio::test]
async fn a_thousand_idle_connections_keep_nobody_out_and_are_gone_soon() {
    let (relay, _events) = relay();
    let begun = Instant::now();
    let elsewhere = SocketAddr::from(([127, 0, 0, 9], 0));
    let mut idle: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&elsewhere.into()).unwrap();
            socket.connect(&relay.local_addr().into()).unwrap();
            socket.into()
        })
        .collect();
    let mut li_nainai = Page::warm(&relay, Browser { tcp: true, ..PHONE }, 1).await;
    let mut window_3 = Page::warm(&relay, Browser { tcp: true, ..DESK }, 2).await;
    let ended = |stream: &mut TcpStream| {
        stream.set_nonblocking(true).unwrap();
        stream.read(&mut [0; 1]).is_ok_and(|count| count == 0)
    };
    let gone = idle.iter_mut().filter_map(|stream| ended(stream).then_some(())).count();
    assert!(gone > 900, "{gone} had gone before her");
    call(&relay, &li_nainai, &window_3).await;
    for stream in &mut idle {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "ended by the relay");
    }
    assert!(begun.elapsed() < Duration::from_secs(15));
    li_nainai.send(AUDIO, 1, b"still here");
    assert_eq!(window_3.receive().payload, b"still here");
}
