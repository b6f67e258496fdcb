//! Packets on their way out, written in place and sent in batches.

use std::net::{IpAddr, SocketAddr};

/// Room of one packet: an Ethernet frame's worth. What is longer is not ours to send.
pub(crate) const PACKET: usize = 1500;
/// Packets waiting at most; a relay that fills this in one turn drops the rest.
const CAPACITY: usize = 2048;

/// How a peer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Path {
    /// The page's address, and which of our own addresses it spoke to when we listen on all of them.
    Udp { page: SocketAddr, ours: Option<IpAddr> },
    /// An accepted ICE-TCP connection, numbered, and the page's end of it.
    Tcp { page: SocketAddr, connection: u64 },
}

impl Path {
    /// The address the page is seen at.
    pub(crate) fn page(self) -> SocketAddr {
        match self {
            Path::Udp { page, .. } | Path::Tcp { page, .. } => page,
        }
    }
}

/// The packets of one turn, in order.
#[derive(Default)]
pub(crate) struct Outbox {
    slots: Vec<Slot>,
    used: usize,
    /// Packets that found no room.
    pub(crate) dropped: u64,
}

/// One packet.
pub(crate) struct Slot {
    pub(crate) path: Path,
    length: usize,
    bytes: Box<[u8; PACKET]>,
}

impl Slot {
    pub(crate) fn packet(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Outbox {
    /// Lets `write` fill a packet for `path`; it says how long the packet became, or `None` to send nothing.
    pub(crate) fn push(&mut self, path: Path, write: impl FnOnce(&mut [u8; PACKET]) -> Option<usize>) {
        if self.used == CAPACITY {
            self.dropped += 1;
            return;
        }
        if self.used == self.slots.len() {
            self.slots.push(Slot {
                path,
                length: 0,
                bytes: Box::new([0; PACKET]),
            });
        }
        let slot = &mut self.slots[self.used];
        if let Some(length) = write(&mut slot.bytes) {
            slot.path = path;
            slot.length = length;
            self.used += 1;
        }
    }

    /// What waits.
    pub(crate) fn packets(&self) -> &[Slot] {
        &self.slots[..self.used]
    }

    /// Forgets what waits. A burst's memory is given back.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.slots.truncate(256);
    }
}
