//! The port for sound and picture, over UDP and over TCP, at every address browsers are told.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};

use super::ports::{PATIENCE, near, refused};
use super::stun::{ask_by_tcp, ask_by_udp};
use super::{Finding, HelpDesk};
use crate::config::Config;
use crate::text::say;

/// While the help desk is closed this program takes the port itself and reaches it through each address told to browsers;
/// while it is open, its relay must answer there.
pub async fn look(config: &Config, help_desk: HelpDesk) -> Vec<Finding> {
    let config = config.clone();
    let looked = tokio::task::spawn_blocking(move || match help_desk {
        HelpDesk::Closed => reach_ourselves(&config),
        HelpDesk::Open => reach_help_desk(&config),
    });
    looked.await.unwrap_or_default()
}

fn reach_ourselves(config: &Config) -> Vec<Finding> {
    let listen = config.media.listen;
    let (udp, tcp) = match UdpSocket::bind(listen).and_then(|udp| Ok((TcpListener::bind(udp.local_addr()?)?, udp))) {
        Ok((tcp, udp)) => (udp, tcp),
        Err(cause) => return vec![Finding::Wrong(refused("media.listen", listen, &cause).sentence())],
    };
    let port = udp.local_addr().map_or(listen.port(), |address| address.port());
    let mut findings = Vec::new();
    for ip in told(config) {
        let address = SocketAddr::new(ip, port);
        findings.push(finding("UDP", address, udp_comes_through(&udp, address)));
        findings.push(finding("TCP", address, tcp_comes_through(&tcp, address)));
    }
    findings
}

fn reach_help_desk(config: &Config) -> Vec<Finding> {
    let addresses = told(config).into_iter().map(|ip| SocketAddr::new(ip, config.media.listen.port()));
    let findings = addresses.map(|address| [finding("UDP", address, ask_by_udp(address)), finding("TCP", address, ask_by_tcp(address))]);
    findings.flatten().collect()
}

/// What browsers are told, as far as it is set; addresses found by the relay itself are this machine's.
fn told(config: &Config) -> Vec<IpAddr> {
    if config.media.advertised.is_empty() {
        vec![near(config.media.listen).ip()]
    } else {
        config.media.advertised.clone()
    }
}

fn finding(transport: &str, address: SocketAddr, result: std::io::Result<()>) -> Finding {
    match result {
        Ok(()) => Finding::Fine(say("doctor_media", &[("transport", &transport), ("address", &address)])),
        Err(cause) => Finding::Wrong(say(
            "doctor_media_unreachable",
            &[
                ("transport", &transport),
                ("address", &address),
                ("port", &address.port()),
                ("reason", &cause),
            ],
        )),
    }
}

const WORD: &[u8] = b"yunyiban doctor";

fn udp_comes_through(listener: &UdpSocket, address: SocketAddr) -> std::io::Result<()> {
    listener.set_read_timeout(Some(PATIENCE))?;
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    UdpSocket::bind(any)?.send_to(WORD, address)?;
    let mut heard = [0; WORD.len()];
    loop {
        let (length, _) = listener.recv_from(&mut heard)?;
        if &heard[..length] == WORD {
            return Ok(());
        }
    }
}

fn tcp_comes_through(listener: &TcpListener, address: SocketAddr) -> std::io::Result<()> {
    // The kernel completes the connection before it is accepted, so one thread can do both ends.
    let mut calling = TcpStream::connect_timeout(&address, PATIENCE)?;
    listener.set_nonblocking(false)?;
    let (mut called, _) = listener.accept()?;
    called.set_read_timeout(Some(PATIENCE))?;
    calling.write_all(WORD)?;
    let mut heard = [0; WORD.len()];
    called.read_exact(&mut heard)
}
