//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of a page arrived,
//! so that the page can find out what its uplink carries.

use std::time::{Duration, Instant};

/// How often a page is told. Chromium asks for 50 to 250 ms.
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);
/// Arrivals remembered between two reports; more are not worth a longer report.
const MAX_ARRIVALS: usize = 512;
/// Numbers one report may span, gaps included.
const MAX_SPAN: u64 = 1024;
const TICK_US: i64 = 250;

/// Arrivals of one page not reported yet.
pub(crate) struct Arrivals {
    start: Instant,
    highest: Option<u64>,
    arrivals: Vec<(u64, i64)>,
    next: u64,
    count: u8,
    reported: Instant,
}

impl Arrivals {
    pub(crate) fn new(now: Instant) -> Arrivals {
        Arrivals {
            start: now,
            highest: None,
            arrivals: Vec::new(),
            next: 0,
            count: 0,
            reported: now,
        }
    }

    /// A packet with this number has come.
    pub(crate) fn note(&mut self, now: Instant, number: u16) {
        let index = match self.highest {
            // One turn of the counter ahead, so that the first late packet is not below zero.
            None => 0x1_0000 | u64::from(number),
            Some(highest) => highest.saturating_add_signed(i64::from(number.wrapping_sub(highest as u16) as i16)),
        };
        if self.highest.is_none() {
            self.next = index;
        }
        self.highest = self.highest.max(Some(index));
        if self.arrivals.len() < MAX_ARRIVALS {
            self.arrivals.push((index, now.duration_since(self.start).as_micros() as i64));
        }
    }

    /// Writes the body of a report into `out` when one is due, and forgets what it told.
    pub(crate) fn report(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        if self.arrivals.is_empty() || now.duration_since(self.reported) < INTERVAL {
            return false;
        }
        self.reported = now;
        self.arrivals.sort_unstable();
        self.arrivals.dedup_by_key(|(index, _)| *index);
        let last = self.arrivals[self.arrivals.len() - 1].0;
        // From the first number not yet told, so that losses at the seam are seen; or from a late one before it.
        let first = self.arrivals[0].0.min(self.next).max(last.saturating_sub(MAX_SPAN - 1));
        self.next = last + 1;
        let told = self.arrivals.partition_point(|(index, _)| *index < first);
        write_body(&self.arrivals[told..], first, last, self.count, out);
        self.count = self.count.wrapping_add(1);
        self.arrivals.clear();
        true
    }
}

/// `arrivals` is sorted and lies within `first..=last`.
fn write_body(arrivals: &[(u64, i64)], first: u64, last: u64, count: u8, out: &mut Vec<u8>) {
    out.clear();
    let reference = arrivals.iter().map(|(_, at)| at.div_euclid(64_000)).min().unwrap_or(0);
    out.extend_from_slice(&(first as u16).to_be_bytes());
    out.extend_from_slice(&((last - first + 1) as u16).to_be_bytes());
    out.extend_from_slice(&(((reference as u32) & 0x00ff_ffff) << 8 | u32::from(count)).to_be_bytes());
    let mut deltas = Vec::with_capacity(arrivals.len() * 2);
    let mut symbols = vec![0u16; (last - first + 1) as usize];
    let mut previous = reference * 64_000 / TICK_US;
    for &(index, at) in arrivals {
        let ticks = at / TICK_US;
        let delta = (ticks - previous).clamp(i64::from(i16::MIN), i64::from(i16::MAX));
        previous += delta;
        let symbol = &mut symbols[(index - first) as usize];
        match u8::try_from(delta) {
            Ok(small) => {
                *symbol = 1;
                deltas.push(small);
            }
            Err(_) => {
                *symbol = 2;
                deltas.extend_from_slice(&(delta as i16).to_be_bytes());
            }
        }
    }
    // Status vector chunks of seven two-bit symbols each.
    for chunk in symbols.chunks(7) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0xc000u16, |bits, (place, symbol)| bits | symbol << (12 - 2 * place));
        out.extend_from_slice(&bits.to_be_bytes());
    }
    out.append(&mut deltas);
    // Zero padding stands outside the symbols and deltas, so no reader takes it for either.
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_between_two_reports_is_told() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let mut out = Vec::new();
        arrivals.note(start, 65534);
        assert!(!arrivals.report(start + INTERVAL / 2, &mut out), "not due");
        assert!(arrivals.report(start + INTERVAL, &mut out));
        assert_eq!(out[..4], [0xff, 0xfe, 0, 1]);
        arrivals.note(start + INTERVAL * 2, 0);
        assert!(arrivals.report(start + INTERVAL * 2, &mut out));
        assert_eq!(out[..4], [0xff, 0xff, 0, 2], "65535 was lost");
        assert_eq!(out[7], 1, "second report");
        assert_eq!(
            u16::from_be_bytes([out[8], out[9]]) >> 10,
            0b11_00_01,
            "lost, then a small step or a large one"
        );
    }
}
