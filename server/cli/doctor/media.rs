//! The port for sound and picture, over UDP and over TCP, at every address browsers are told.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::ports::{PATIENCE, near, refused};
use super::stun::{ask_by_tcp, ask_by_udp};
use super::{Finding, HelpDesk};
use crate::config::Config;
use crate::text::say;

/// Ports tried where the system chooses.
const PORT_TRIES: u32 = 16;

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
    let (udp, tcp) = match bind_both(listen) {
        Ok(both) => both,
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

/// Where the system chooses the port, somebody may have the one it chose for UDP by TCP: then another is chosen, as the relay
/// does it.
fn bind_both(listen: SocketAddr) -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 0;
    loop {
        let udp = UdpSocket::bind(listen)?;
        match TcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(_) if listen.port() == 0 && tries < PORT_TRIES => tries += 1,
            Err(cause) => return Err(cause),
        }
    }
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
    let deadline = Instant::now() + PATIENCE;
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    UdpSocket::bind(any)?.send_to(WORD, address)?;
    let mut heard = [0; WORD.len()];
    // Pages of a help desk that was stopped may still knock: what they say is passed over and gains no time.
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        listener.set_read_timeout(Some(left))?;
        let (length, _) = listener.recv_from(&mut heard)?;
        if &heard[..length] == WORD {
            return Ok(());
        }
    }
}

fn tcp_comes_through(listener: &TcpListener, address: SocketAddr) -> std::io::Result<()> {
    // The kernel completes the connection before it is accepted, so one thread can do both ends. Where the address leads to
    // another machine, that one has the connection and nobody comes here.
    let mut calling = TcpStream::connect_timeout(&address, PATIENCE)?;
    let mut called = accept_soon(listener)?;
    called.set_read_timeout(Some(PATIENCE))?;
    calling.write_all(WORD)?;
    let mut heard = [0; WORD.len()];
    called.read_exact(&mut heard)
}

fn accept_soon(listener: &TcpListener) -> std::io::Result<TcpStream> {
    const PAUSE: Duration = Duration::from_millis(10);
    let deadline = Instant::now() + PATIENCE;
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((called, _)) => {
                called.set_nonblocking(false)?;
                return Ok(called);
            }
            Err(cause) if cause.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => thread::sleep(PAUSE),
            Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
            Err(cause) => return Err(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_elsewhere_is_given_up() {
        let (ours, elsewhere) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let told = tcp_comes_through(&ours, elsewhere.local_addr().unwrap());
        assert_eq!(told.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(tcp_comes_through(&ours, ours.local_addr().unwrap()).is_ok());
    }

    #[test]
    fn pages_that_knock_do_not_keep_the_doctor_waiting() {
        let (ours, elsewhere) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (to, page) = (ours.local_addr().unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        thread::scope(|scope| {
            let looking = scope.spawn(|| udp_comes_through(&ours, elsewhere.local_addr().unwrap()));
            while !looking.is_finished() {
                page.send_to(b"knock", to).unwrap();
                thread::yield_now();
            }
            assert!(looking.join().unwrap().is_err());
        });
    }
}
