//! How often the range held (DOMAIN 3.7: the nightly score).

use crate::Visit;

/// A wait shorter than this is no wait: nobody looks at a range. Milliseconds.
const WAITED_MS: u32 = 60_000;

/// Whoever waits longer than this cares how wide the range was. Milliseconds.
const WAITED_LONG_MS: u32 = 5 * 60_000;

/// Served visits held against the range that was shown when their number was taken, or a priority declared since.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EtaScore {
    /// Served after a wait of a minute or more.
    pub waited: u32,
    /// Of these, how many were shown a range at joining.
    pub shown: u32,
    /// Of these, how many were served inside it.
    pub held: u32,
    /// Width of the range over the wait, permille, of those who waited five minutes or more; sorted.
    widths: Vec<u32>,
}

impl EtaScore {
    /// The score of these visits.
    pub fn of<'a>(visits: impl IntoIterator<Item = &'a Visit>) -> Self {
        let mut score = Self::default();
        for visit in visits {
            let Some(served_at) = visit.served_at else { continue };
            let waited_ms = served_at.since(visit.waits_here_since());
            if waited_ms < WAITED_MS {
                continue;
            }
            score.waited += 1;
            let Some(range) = visit.shown_wait else { continue };
            score.shown += 1;
            let (from_ms, to_ms) = (range.from_minutes.saturating_mul(60_000), range.to_minutes.saturating_mul(60_000));
            score.held += u32::from((from_ms..=to_ms).contains(&waited_ms));
            if waited_ms >= WAITED_LONG_MS {
                score.widths.push((u64::from(to_ms - from_ms) * 1_000 / u64::from(waited_ms)) as u32);
            }
        }
        score.widths.sort_unstable();
        score
    }

    /// Share of the waits that fell into their range, permille; a wait without a range did not. `None` when nobody waited.
    pub fn hit_permille(&self) -> Option<u32> {
        (1_000 * self.held).checked_div(self.waited)
    }

    /// The same in whole percent, as people are told it.
    pub fn hit_percent(&self) -> Option<u32> {
        self.hit_permille().map(|permille| (permille + 5) / 10)
    }

    /// The middle width of a range over the wait, permille. `None` when nobody waited long.
    pub fn width_permille(&self) -> Option<u32> {
        self.widths.get(self.widths.len() / 2).copied()
    }
}
