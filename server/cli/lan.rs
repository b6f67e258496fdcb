//! This machine's own address on the local network, for `make run LAN=1`.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use crate::failure::Failure;

/// The address packets to the outside leave from. No packet is sent: connecting a UDP socket only asks the
/// routing table. The destination is documentation space (RFC 5737).
///
/// # Errors
/// [`Failure::NoNetwork`] without a route.
pub fn own_address() -> Result<IpAddr, Failure> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(|cause| Failure::System { reason: cause.to_string() })?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).map_err(|_| Failure::NoNetwork {})?;
    let address = socket.local_addr().map_err(|_| Failure::NoNetwork {})?.ip();
    if address.is_loopback() || address.is_unspecified() {
        Err(Failure::NoNetwork {})
    } else {
        Ok(address)
    }
}
