//! The ICE-TCP connections of the driver: how to write to each, and which have not yet proved whose they are.
//!
//! A connection that has proved it belongs to a peer, and a peer has few paths. The others are few at any time, because one
//! more ends the oldest: a page proves itself within a round trip, so its place lasts long enough even in a flood,
//! and whoever only holds places loses them.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use tokio::sync::mpsc;

use yunyiban_app::AddressBucket;

use crate::outbox::Path;

/// Connections that have proved nothing, all together.
const UNPROVEN: usize = 256;
/// The same from one address: a whole hall behind one Wi-Fi, connecting within one round trip.
const UNPROVEN_OF_ONE: usize = 32;

/// Every open connection. Dropping its writer ends it.
#[derive(Default)]
pub(crate) struct Connections {
    writers: HashMap<u64, mpsc::Sender<Bytes>>,
    /// Those that have proved nothing, the oldest first, and where they come from.
    unproven: VecDeque<(u64, AddressBucket)>,
}

impl Connections {
    /// Takes a connection, and ends another that has been idle longest when there are too many.
    pub(crate) fn open(&mut self, path: Path, writer: mpsc::Sender<Bytes>) {
        let Path::Tcp { page, connection } = path else { return };
        let address = AddressBucket::of(page.ip());
        let same = self.unproven.iter().filter(|(_, other)| *other == address).count();
        let oldest = match (same >= UNPROVEN_OF_ONE, self.unproven.len() >= UNPROVEN) {
            (true, _) => self.unproven.iter().position(|(_, other)| *other == address),
            (false, true) => Some(0),
            (false, false) => None,
        };
        if let Some((oldest, _)) = oldest.and_then(|place| self.unproven.remove(place)) {
            self.writers.remove(&oldest);
        }
        self.unproven.push_back((connection, address));
        self.writers.insert(connection, writer);
    }

    /// Its place among the others is free.
    pub(crate) fn proved(&mut self, path: Path) {
        if let Path::Tcp { connection, .. } = path
            && let Some(place) = self.unproven.iter().position(|(other, _)| *other == connection)
        {
            self.unproven.remove(place);
        }
    }

    /// Ends a connection once what waits for it is written.
    pub(crate) fn close(&mut self, path: Path) {
        self.proved(path);
        if let Path::Tcp { connection, .. } = path {
            self.writers.remove(&connection);
        }
    }

    /// Ends connections of peers.
    pub(crate) fn hang_up(&mut self, connections: impl Iterator<Item = u64>) {
        for connection in connections {
            self.writers.remove(&connection);
        }
    }

    /// The way to write to a connection.
    pub(crate) fn writer(&self, connection: u64) -> Option<&mpsc::Sender<Bytes>> {
        self.writers.get(&connection)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr, SocketAddr};

    use super::*;

    /// Opens a connection and gives the end that hears when it is over.
    fn open(connections: &mut Connections, address: IpAddr, connection: u64) -> (Path, mpsc::Receiver<Bytes>) {
        let (writer, frames) = mpsc::channel(1);
        let path = Path::Tcp {
            page: SocketAddr::new(address, 9),
            connection,
        };
        connections.open(path, writer);
        (path, frames)
    }

    #[test]
    fn idle_connections_of_one_address_push_out_one_another_and_nobody_else() {
        let mut connections = Connections::default();
        let (page, here) = open(&mut connections, [192, 0, 2, 7].into(), 0);
        let idle: Vec<_> = (1..=1000)
            .map(|number| open(&mut connections, [198, 51, 100, 1].into(), number).1)
            .collect();
        assert_eq!(idle.iter().filter(|frames| !frames.is_closed()).count(), UNPROVEN_OF_ONE);
        assert!(!here.is_closed());
        connections.proved(page);
        assert_eq!(connections.writers.len(), 1 + UNPROVEN_OF_ONE);
    }

    #[test]
    fn idle_connections_of_many_addresses_do_not_push_out_who_has_proved_himself() {
        let mut connections = Connections::default();
        let (page, here) = open(&mut connections, [192, 0, 2, 7].into(), 0);
        connections.proved(page);
        for number in 1..=10_000u64 {
            let network = Ipv6Addr::from_bits(u128::from(number) << 64);
            open(&mut connections, network.into(), number);
        }
        assert_eq!((connections.writers.len(), connections.unproven.len()), (1 + UNPROVEN, UNPROVEN));
        assert!(!here.is_closed());
        connections.close(page);
        assert!(here.is_closed());
    }
}
