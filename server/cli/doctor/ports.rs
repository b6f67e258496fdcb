//! The port for browsers: free while the help desk is closed, answering while it is open.

use std::fmt::Display;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::{Finding, HelpDesk};
use crate::config::Config;
use crate::failure::Failure;
use crate::running;
use crate::text::say;

/// How long a port of this machine may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// `server.listen`.
pub fn look(config: &Config, help_desk: HelpDesk) -> Finding {
    let address = config.server.listen;
    match help_desk {
        HelpDesk::Closed => match TcpListener::bind(address) {
            Ok(_) => Finding::Fine(say("doctor_port_free", &[("address", &address)])),
            Err(cause) => Finding::Wrong(refused("server.listen", address, &cause).sentence()),
        },
        HelpDesk::Open => match TcpStream::connect_timeout(&near(address), PATIENCE) {
            Ok(_) => Finding::Fine(say("doctor_port_answers", &[("address", &address)])),
            Err(cause) => {
                let restart = running::how_to_restart(&config.store.url);
                let values: [(&str, &dyn Display); 3] = [("address", &address), ("reason", &cause), ("restart", &restart)];
                Finding::Wrong(say("doctor_port_silent", &values))
            }
        },
    }
}

/// Why `address` cannot be listened on, as the person at the terminal is told.
pub fn refused(what: &'static str, address: SocketAddr, cause: &std::io::Error) -> Failure {
    if cause.kind() == ErrorKind::AddrInUse {
        return Failure::PortInUse { what, address };
    }
    Failure::PortRefused {
        what,
        address,
        reason: cause.to_string(),
    }
}

/// Where this machine itself reaches a listener: a wildcard is reached on the loopback address.
pub fn near(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}
