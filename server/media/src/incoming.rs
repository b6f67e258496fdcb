//! One stream a page sends: what has arrived, what is missing, what can be sent again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::history::History;
use crate::rtcp::ReportBlock;
use crate::sdp::CodecName;
use crate::srtp::Window;

/// A gap longer than this is not repaired; a key frame is asked for instead.
const MAX_GAP: u64 = 100;
const MAX_MISSING: usize = 200;
const NACK_AGAIN: Duration = Duration::from_millis(60);
const NACK_TRIES: u8 = 8;
const KEY_FRAME_PAUSE: Duration = Duration::from_millis(300);
const KEY_FRAME_LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A stream, known by its SSRC from its first authentic packet on.
pub(crate) struct Incoming {
    /// Of the page's streams, never given twice: an SSRC that was forgotten and comes again is another stream,
    /// because its packets may carry old numbers with new contents.
    pub(crate) number: u64,
    pub(crate) ssrc: u32,
    /// Place in the layout.
    pub(crate) section: usize,
    pub(crate) window: Window,
    pub(crate) last: Instant,
    /// `None` for a stream of retransmissions.
    pub(crate) media: Option<Box<Media>>,
}

/// What a stream of sound or picture has beyond its window.
pub(crate) struct Media {
    pub(crate) codec: CodecName,
    pub(crate) history: History,
    /// The page sends lost packets again when asked.
    repaired: bool,
    pub(crate) key_frame: KeyFrame,
    missing: VecDeque<Missing>,
    first: Option<u64>,
    received: u64,
    expected_before: u64,
    received_before: u64,
    jitter: f64,
    transit: Option<i64>,
    start: Instant,
    report: Option<(u32, Instant)>,
}

struct Missing {
    index: u64,
    tries: u8,
    due: Instant,
}

impl Media {
    /// `repaired`: the page has agreed to send lost packets again.
    pub(crate) fn new(now: Instant, codec: CodecName, repaired: bool) -> Media {
        Media {
            codec,
            history: History::default(),
            repaired,
            key_frame: KeyFrame::default(),
            missing: VecDeque::new(),
            first: None,
            received: 0,
            expected_before: 0,
            received_before: 0,
            jitter: 0.0,
            transit: None,
            start: now,
            report: None,
        }
    }

    /// Notes an arrival; `highest` is the highest index before it. `true`: packets are newly missing.
    pub(crate) fn arrived(&mut self, now: Instant, index: u64, highest: u64, timestamp: u32) -> bool {
        let first = *self.first.get_or_insert(index);
        self.received += 1;
        self.note_jitter(now, timestamp);
        if index <= highest || index == first {
            self.missing.retain(|missing| missing.index != index);
            return false;
        }
        if !self.repaired || index == highest + 1 {
            return false;
        }
        if index - highest > MAX_GAP {
            self.missing.clear();
            self.key_frame.want();
            return false;
        }
        for index in highest + 1..index {
            if self.missing.len() == MAX_MISSING {
                self.missing.pop_front();
            }
            self.missing.push_back(Missing { index, tries: 0, due: now });
        }
        true
    }

    /// The page's clock, told by its sender report.
    pub(crate) fn reported(&mut self, now: Instant, ntp: u64) {
        self.report = Some(((ntp >> 16) as u32, now));
    }

    /// Numbers to ask for now, in rising order.
    pub(crate) fn nack(&mut self, now: Instant) -> Vec<u16> {
        let mut numbers = Vec::new();
        self.missing.retain_mut(|missing| {
            if missing.due > now {
                return true;
            }
            numbers.push(missing.index as u16);
            missing.tries += 1;
            missing.due = now + NACK_AGAIN;
            missing.tries < NACK_TRIES
        });
        numbers
    }

    /// RFC 3550, appendix A.3.
    pub(crate) fn report_block(&mut self, now: Instant, ssrc: u32, highest: u64) -> Option<ReportBlock> {
        let expected = highest + 1 - self.first?;
        let expected_since = expected.saturating_sub(self.expected_before);
        let received_since = self.received - self.received_before;
        (self.expected_before, self.received_before) = (expected, self.received);
        let lost_since = expected_since.saturating_sub(received_since);
        let (last_report, delay) = self.report.map_or((0, 0), |(ntp, at)| {
            (ntp, (now.duration_since(at).as_micros() * 65_536 / 1_000_000) as u32)
        });
        Some(ReportBlock {
            ssrc,
            fraction_lost: (lost_since * 256).checked_div(expected_since).unwrap_or(0).min(255) as u8,
            lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: highest as u32,
            jitter: self.jitter as u32,
            last_report,
            delay,
        })
    }

    /// RFC 3550, appendix A.8.
    fn note_jitter(&mut self, now: Instant, timestamp: u32) {
        let clock = i64::from(clock_rate(self.codec));
        let arrival = now.duration_since(self.start).as_micros() as i64 * clock / 1_000_000;
        let transit = arrival - i64::from(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            // A timestamp that wrapped, or a source that jumped, is no jitter.
            let change = (transit - before).unsigned_abs();
            if change < clock.unsigned_abs() {
                self.jitter += (change as f64 - self.jitter) / 16.0;
            }
        }
    }
}

/// The wish for a key frame, repeated with growing pauses until one comes.
#[derive(Default)]
pub(crate) struct KeyFrame {
    wanted: bool,
    asked: Option<Instant>,
    pause: Duration,
}

impl KeyFrame {
    /// A receiver cannot decode without one.
    pub(crate) fn want(&mut self) {
        if !self.wanted {
            self.wanted = true;
            self.pause = KEY_FRAME_PAUSE;
        }
    }

    /// One has come.
    pub(crate) fn arrived(&mut self) {
        self.wanted = false;
    }

    /// Whether to ask now; asking is then taken for done.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        if !self.wanted || self.asked.is_some_and(|asked| now.duration_since(asked) < self.pause) {
            return false;
        }
        self.pause = if self.asked.is_some() {
            (self.pause * 2).min(KEY_FRAME_LONGEST_PAUSE)
        } else {
            KEY_FRAME_PAUSE
        };
        self.asked = Some(now);
        true
    }
}

/// Ticks of a codec's RTP clock in a second.
pub(crate) fn clock_rate(codec: CodecName) -> u32 {
    match codec {
        CodecName::Opus => 48_000,
        CodecName::Vp8 | CodecName::H264 => 90_000,
    }
}

/// Whether a payload begins a key frame.
pub(crate) fn begins_key_frame(codec: CodecName, payload: &[u8]) -> bool {
    match codec {
        CodecName::Opus => false,
        CodecName::Vp8 => vp8_key_frame(payload).unwrap_or(false),
        CodecName::H264 => h264_key_frame(payload).unwrap_or(false),
    }
}

/// RFC 7741, section 4.2: the first partition's first packet, and the inverse key frame bit behind the descriptor.
fn vp8_key_frame(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    let mut at = 1;
    if first & 0x80 != 0 {
        let more = *payload.get(at)?;
        at += 1;
        if more & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(more & 0x40 != 0) + usize::from(more & 0x30 != 0);
    }
    Some(first & 0x17 == 0x10 && payload.get(at)? & 1 == 0)
}

/// RFC 6184: a sequence parameter set (7) or a slice of an IDR picture (5), alone, in a STAP-A or beginning an FU-A.
fn h264_key_frame(payload: &[u8]) -> Option<bool> {
    let is_key = |kind: u8| kind & 0x1f == 5 || kind & 0x1f == 7;
    match payload.first()? & 0x1f {
        24 => Some(is_key(*payload.get(3)?)),
        28 => Some(payload.get(1)? & 0x80 != 0 && is_key(*payload.get(1)?)),
        _ => Some(is_key(*payload.first()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_known_by_their_first_bytes() {
        assert!(begins_key_frame(CodecName::Vp8, &[0x10, 0x00]));
        assert!(!begins_key_frame(CodecName::Vp8, &[0x10, 0x01]));
        assert!(
            begins_key_frame(CodecName::Vp8, &[0x90, 0x80, 0x81, 0x23, 0x00]),
            "with a two-byte picture id"
        );
        assert!(begins_key_frame(CodecName::H264, &[0x67, 0]));
        assert!(begins_key_frame(CodecName::H264, &[0x78, 0, 9, 0x67]));
        assert!(begins_key_frame(CodecName::H264, &[0x7c, 0x85]));
        assert!(!begins_key_frame(CodecName::H264, &[0x7c, 0x05]));
        assert!(!begins_key_frame(CodecName::H264, &[]));
    }

    #[test]
    fn a_gap_is_asked_for_until_it_is_filled() {
        let now = Instant::now();
        let mut media = Media::new(now, CodecName::Vp8, true);
        assert!(!media.arrived(now, 10, 0, 0));
        assert!(media.arrived(now, 13, 10, 0));
        assert_eq!(media.nack(now), [11, 12]);
        assert!(media.nack(now).is_empty(), "not at once again");
        media.arrived(now, 11, 13, 0);
        assert_eq!(media.nack(now + NACK_AGAIN), [12]);
        let block = media.report_block(now, 1, 13).unwrap();
        assert_eq!((block.lost, block.fraction_lost), (1, 64));
    }

    #[test]
    fn a_key_frame_is_asked_for_again_but_not_in_a_hurry() {
        let now = Instant::now();
        let mut wish = KeyFrame::default();
        assert!(!wish.ask(now));
        wish.want();
        assert!(wish.ask(now));
        assert!(!wish.ask(now + KEY_FRAME_PAUSE / 2));
        assert!(wish.ask(now + KEY_FRAME_PAUSE));
        wish.arrived();
        assert!(!wish.ask(now + KEY_FRAME_PAUSE * 20));
    }
}
