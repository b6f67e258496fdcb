//! Asks a media port whether our relay is behind it: a binding request that names nobody (RFC 8489), which the relay refuses by
//! its name, over UDP and over TCP in the frames of ICE-TCP (RFC 4571).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use yunyiban_app::ports::Random;

use super::ports::PATIENCE;
use crate::adapters::SystemRandom;
use crate::text::say;

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_ERROR: [u8; 2] = [0x01, 0x11];
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const SOFTWARE: u16 = 0x8022;
const HEADER: usize = 20;
/// Nobody is sent more than was sent in his name, so the question is as long as its answer.
const QUESTION: &[u8; 44] = b"yunyiban doctor: is a relay behind this port";
const OUR_NAME: &[u8] = b"yunyiban";
/// A datagram may be lost, also on the way to ourselves; and a relay asked too often is silent for a second.
const TRIES: u32 = 4;

/// Over UDP.
///
/// # Errors
/// Nobody answers, or it is not our relay.
pub fn ask_by_udp(address: SocketAddr) -> io::Result<()> {
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(PATIENCE / TRIES))?;
    let question = question();
    let mut answer = [0; 512];
    for _ in 0..TRIES {
        socket.send(&question)?;
        match socket.recv(&mut answer) {
            Ok(length) => return is_ours(&question, &answer[..length]),
            Err(cause) if is_silence(&cause) => {}
            Err(cause) => return Err(cause),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

/// Over TCP.
///
/// # Errors
/// As [`ask_by_udp`].
pub fn ask_by_tcp(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE / TRIES))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let question = question();
    let framed = [&length_of(&question), question.as_slice()].concat();
    let mut length = Err(ErrorKind::TimedOut.into());
    for _ in 0..TRIES {
        stream.write_all(&framed)?;
        length = read_length(&mut stream);
        if !length.as_ref().is_err_and(is_silence) {
            break;
        }
    }
    let length = length?;
    let mut answer = vec![0; length.min(512)];
    stream.read_exact(&mut answer)?;
    is_ours(&question, &answer)
}

fn read_length(stream: &mut TcpStream) -> io::Result<usize> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    Ok(usize::from(u16::from_be_bytes(length)))
}

fn is_silence(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn question() -> Vec<u8> {
    let mut transaction = [0; 12];
    SystemRandom.fill(&mut transaction);
    let attribute = [SOFTWARE.to_be_bytes(), length_of(QUESTION)].concat();
    let body = [attribute.as_slice(), QUESTION].concat();
    [BINDING_REQUEST.as_slice(), &length_of(&body), &COOKIE, &transaction, &body].concat()
}

fn length_of(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).expect("a question is short").to_be_bytes()
}

fn is_ours(question: &[u8], answer: &[u8]) -> io::Result<()> {
    let refused = answer.len() >= HEADER && answer[..2] == BINDING_ERROR && answer[4..HEADER] == question[4..HEADER];
    if refused && name_in(&answer[HEADER..]) == Some(OUR_NAME) {
        return Ok(());
    }
    Err(io::Error::other(say("doctor_media_stranger", &[])))
}

/// The value of SOFTWARE among attributes: kind, length, value, filled up to four bytes.
fn name_in(mut attributes: &[u8]) -> Option<&[u8]> {
    loop {
        let (head, rest) = attributes.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if [head[0], head[1]] == SOFTWARE.to_be_bytes() {
            return rest.get(..length);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
}
