//! One stream a page receives: our own SSRC and numbers, continuous whoever the source is.

use std::time::Instant;

use yunyiban_app::ports::media::PeerId;

use crate::incoming::clock_rate;
use crate::sdp::CodecName;

/// Where the packets of an outgoing stream come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) peer: PeerId,
    /// Its [`Incoming::number`](crate::incoming::Incoming::number).
    pub(crate) stream: u64,
}

/// The numbers of one stream toward one page. They last as long as the page's connection.
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    pub(crate) repair_ssrc: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    repair_next: u64,
    source: Option<Shift>,
    /// Highest index sent, its timestamp, and when it left.
    last: Option<(u64, u32, Instant)>,
}

/// How numbers of the current source become ours.
struct Shift {
    source: Source,
    index: i64,
    timestamp: u32,
    /// The first of our indices this source has; what it sends late from before that is dropped.
    floor: u64,
}

impl Outgoing {
    pub(crate) fn new(ssrc: u32, repair_ssrc: u32) -> Outgoing {
        Outgoing {
            ssrc,
            repair_ssrc,
            packets: 0,
            octets: 0,
            repair_next: 1,
            source: None,
            last: None,
        }
    }

    /// Our index and timestamp of a packet; `None` when it is too late to have one.
    pub(crate) fn number(&mut self, now: Instant, source: Source, codec: CodecName, index: u64, timestamp: u32) -> Option<(u64, u32)> {
        if self.source.as_ref().is_none_or(|shift| shift.source != source) {
            self.switch(now, source, codec, index, timestamp);
        }
        let shift = self.source.as_ref()?;
        let ours = index.checked_add_signed(shift.index).filter(|ours| *ours >= shift.floor)?;
        let stamp = timestamp.wrapping_add(shift.timestamp);
        if self.last.is_none_or(|(last, ..)| ours > last) {
            self.last = Some((ours, stamp, now));
        }
        Some((ours, stamp))
    }

    /// The page's time of a source's timestamp, for sender reports.
    pub(crate) fn timestamp(&self, source: Source, timestamp: u32) -> Option<u32> {
        let shift = self.source.as_ref().filter(|shift| shift.source == source)?;
        Some(timestamp.wrapping_add(shift.timestamp))
    }

    /// Source, its index and our index of a packet the page has not got.
    pub(crate) fn find(&self, number: u16) -> Option<(Source, u64, u64)> {
        let (last, ..) = self.last?;
        let shift = self.source.as_ref()?;
        let ours = last
            .checked_add_signed(i64::from(number.wrapping_sub(last as u16) as i16))
            .filter(|ours| *ours >= shift.floor && *ours <= last)?;
        Some((shift.source, ours.checked_add_signed(-shift.index)?, ours))
    }

    /// The gate has moved: what the source sent until now, and what it sends while the gate is shut, can never be asked for.
    pub(crate) fn detach(&mut self) {
        self.source = None;
    }

    /// The index of the next retransmission.
    pub(crate) fn next_repair(&mut self) -> u64 {
        self.repair_next += 1;
        self.repair_next
    }

    fn switch(&mut self, now: Instant, source: Source, codec: CodecName, index: u64, timestamp: u32) {
        let (floor, stamp) = match self.last {
            // In the lower half: the page must guess rollover counter 0 from the first packet it happens to see.
            None => (index & 0x7fff, timestamp),
            Some((last, stamp, at)) => {
                let elapsed = now.duration_since(at).as_micros() * u128::from(clock_rate(codec)) / 1_000_000;
                (last + 1, stamp.wrapping_add((elapsed as u32).max(1)))
            }
        };
        self.source = Some(Shift {
            source,
            index: floor as i64 - index as i64,
            timestamp: stamp.wrapping_sub(timestamp),
            floor,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_new_source_goes_on_where_the_old_one_stopped() {
        let now = Instant::now();
        let mut stream = Outgoing::new(1, 2);
        let (first, second) = (Source { peer: PeerId(1), stream: 1 }, Source { peer: PeerId(2), stream: 1 });
        assert_eq!(stream.number(now, first, CodecName::Vp8, 65_540, 5), Some((4, 5)));
        assert_eq!(stream.number(now, first, CodecName::Vp8, 65_541, 6), Some((5, 6)));
        let later = now + Duration::from_secs(1);
        assert_eq!(stream.number(later, second, CodecName::Vp8, 7, 1_000_000), Some((6, 90_006)));
        assert_eq!(stream.number(later, second, CodecName::Vp8, 6, 999_000), None, "from before the switch");
        assert_eq!(stream.find(6), Some((second, 7, 6)));
        assert_eq!(stream.find(5), None, "the old source is gone");
        stream.detach();
        assert_eq!(stream.find(6), None, "the gate has moved");
        assert_eq!(stream.number(later, second, CodecName::Vp8, 50, 0).map(|(index, _)| index), Some(7));
    }

    #[test]
    fn a_forgotten_stream_that_comes_again_never_has_a_number_sealed_twice() {
        let now = Instant::now();
        let mut stream = Outgoing::new(1, 2);
        let (first, again) = (Source { peer: PeerId(1), stream: 1 }, Source { peer: PeerId(1), stream: 13 });
        assert_eq!(stream.number(now, first, CodecName::Opus, 5, 0), Some((5, 0)));
        assert_eq!(stream.number(now, again, CodecName::Opus, 5, 0).map(|(index, _)| index), Some(6));
    }
}
