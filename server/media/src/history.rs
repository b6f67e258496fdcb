//! The last moments of a stream, kept so that a page that lost a packet can have it again.

use std::time::{Duration, Instant};

use crate::sdp::CodecName;

/// What is older is too late to be shown.
const KEPT: Duration = Duration::from_millis(1000);
/// What is younger is not given up: the ring grows. Less than [`KEPT`], so that a burst after a stall does not double it.
const OWED: Duration = Duration::from_millis(600);
const FEWEST: usize = 32;
/// With packets of 1200 bytes this is about 1.2 MB, one second at 10 Mbit/s.
const MOST: usize = 1024;
/// The same packet is not sent again within this time: two requests crossed on the way.
const RESEND_PAUSE: Duration = Duration::from_millis(15);
/// A browser gives up after ten requests. One that does not may not turn small requests into a flood.
const MOST_RESENDS: u8 = 10;

/// Packets by index, in a ring that grows with the rate of the stream.
#[derive(Default)]
pub(crate) struct History {
    ring: Vec<Stored>,
}

/// A packet as it came.
pub(crate) struct Stored {
    index: u64,
    at: Instant,
    resent: Option<Instant>,
    resends: u8,
    pub(crate) codec: CodecName,
    pub(crate) marker: bool,
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

impl History {
    /// Keeps a packet; the oldest one gives its place.
    pub(crate) fn keep(&mut self, now: Instant, index: u64, codec: CodecName, marker: bool, timestamp: u32, payload: &[u8]) {
        if self.ring.is_empty() || (self.ring.len() < MOST && now.duration_since(self.at(index).at) < OWED && self.at(index).index != u64::MAX) {
            self.grow(now);
        }
        let stored = self.at(index);
        stored.index = index;
        stored.at = now;
        stored.resent = None;
        stored.resends = 0;
        stored.codec = codec;
        stored.marker = marker;
        stored.timestamp = timestamp;
        stored.payload.clear();
        stored.payload.extend_from_slice(payload);
    }

    /// A packet to send again, unless it was just sent or is too old.
    pub(crate) fn again(&mut self, now: Instant, index: u64) -> Option<&Stored> {
        if self.ring.is_empty() {
            return None;
        }
        let stored = self.at(index);
        let just_sent = stored.resent.is_some_and(|at| now.duration_since(at) < RESEND_PAUSE);
        if stored.index != index || now.duration_since(stored.at) > KEPT || just_sent || stored.resends == MOST_RESENDS {
            return None;
        }
        stored.resent = Some(now);
        stored.resends += 1;
        Some(stored)
    }

    /// Gives the memory back when the stream has paused.
    pub(crate) fn rest(&mut self) {
        self.ring = Vec::new();
    }

    fn at(&mut self, index: u64) -> &mut Stored {
        let place = index as usize & (self.ring.len() - 1);
        &mut self.ring[place]
    }

    /// Doubles the ring; its length is a power of two.
    fn grow(&mut self, now: Instant) {
        let length = (self.ring.len() * 2).max(FEWEST);
        let empty = || Stored {
            index: u64::MAX,
            at: now,
            resent: None,
            resends: 0,
            codec: CodecName::Vp8,
            marker: false,
            timestamp: 0,
            payload: Vec::new(),
        };
        let kept = std::mem::replace(&mut self.ring, std::iter::repeat_with(empty).take(length).collect());
        for stored in kept.into_iter().filter(|stored| stored.index != u64::MAX) {
            let index = stored.index;
            *self.at(index) = stored;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_sent_again_as_often_as_a_browser_asks_and_no_more() {
        let now = Instant::now();
        let mut history = History::default();
        history.keep(now, 7, CodecName::Vp8, false, 0, &[1]);
        let sent = (0..60).filter(|turn| history.again(now + *turn * RESEND_PAUSE, 7).is_some()).count();
        assert_eq!(sent, usize::from(MOST_RESENDS));
    }

    #[test]
    fn a_second_is_kept_and_memory_is_bounded() {
        let start = Instant::now();
        let mut history = History::default();
        for index in 0..5000u64 {
            let now = start + Duration::from_millis(index);
            history.keep(now, index, CodecName::Vp8, false, 0, &index.to_be_bytes());
        }
        let now = start + Duration::from_millis(4999);
        assert_eq!(history.again(now, 4100).unwrap().payload, 4100u64.to_be_bytes());
        assert!(history.again(now, 4100).is_none(), "just sent");
        assert!(history.again(now, 3000).is_none(), "too old");
        assert!(history.again(now, 5000).is_none(), "not yet");
        assert_eq!(history.ring.len(), MOST);
    }
}
