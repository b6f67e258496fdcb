//! What is shown of a forecast: whole steps, rounded outward, and steady.

use yunyiban_protocol::WaitRange;

use super::{Forecast, PLAYED_RANKS, Turn};

/// Minutes that are shown. Beyond, whole hours are near enough.
const STEPS: [u32; 30] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 25, 28, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 105, 120,
];

const MINUTE_MS: u32 = 60_000;

/// A bound that is shown stays while the forecast passes its step by no more than this, permille.
const STEADY_PERMILLE: u64 = 100;

/// The ranges shown now, by rank.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranges {
    forecast: Option<Forecast>,
    shown: Vec<WaitRange>,
}

impl Ranges {
    /// Takes the new forecast; what is shown of a rank moves only as far as it must.
    pub fn renew(&mut self, forecast: Option<Forecast>) {
        let before = std::mem::take(&mut self.shown);
        if let Some(forecast) = &forecast {
            let ranks = 0..PLAYED_RANKS;
            self.shown = ranks.map(|rank| steadied(forecast.turn(rank), before.get(rank).copied())).collect();
        }
        self.forecast = forecast;
    }

    /// The range of somebody with so many ahead; `None` when only the place is shown.
    pub fn of_rank(&self, rank: usize) -> Option<WaitRange> {
        let forecast = self.forecast.as_ref()?;
        Some(self.shown.get(rank).copied().unwrap_or_else(|| outward(forecast.turn(rank))))
    }

    /// When that turn comes, milliseconds from the forecast.
    pub fn turn(&self, rank: usize) -> Option<Turn> {
        self.forecast.as_ref().map(|forecast| forecast.turn(rank))
    }
}

/// Minutes as a step at or below.
fn below(ms: u32) -> u32 {
    let minutes = ms / MINUTE_MS;
    let step = STEPS.iter().rev().find(|step| **step <= minutes);
    match step {
        None => STEPS[0],
        Some(_) if minutes >= 180 => minutes / 60 * 60,
        Some(step) => *step,
    }
}

/// Minutes as a step at or above, and above `from`.
fn above(ms: u32, from: u32) -> u32 {
    let minutes = ms.div_ceil(MINUTE_MS);
    let step = STEPS.iter().find(|step| **step >= minutes && **step > from);
    step.copied().unwrap_or_else(|| (minutes.div_ceil(60) * 60).max(from / 60 * 60 + 60))
}

fn outward(turn: Turn) -> WaitRange {
    let from_minutes = below(turn.early_ms);
    WaitRange {
        from_minutes,
        to_minutes: above(turn.late_ms, from_minutes),
    }
}

/// The new range, each bound kept where it was if a tenth more or less would have kept it there.
fn steadied(turn: Turn, before: Option<WaitRange>) -> WaitRange {
    let fresh = outward(turn);
    let Some(before) = before else { return fresh };
    let (less, more) = (1_000 - STEADY_PERMILLE, 1_000 + STEADY_PERMILLE);
    let by = |ms: u32, permille: u64| u32::try_from(u64::from(ms) * permille / 1_000).unwrap_or(u32::MAX);
    let stays = |bound: u32, lowest: u32, highest: u32| (lowest..=highest).contains(&bound);
    let from_minutes = if stays(before.from_minutes, below(by(turn.early_ms, less)), below(by(turn.early_ms, more))) {
        before.from_minutes
    } else {
        fresh.from_minutes
    };
    let highest = above(by(turn.late_ms, more), from_minutes);
    let to_minutes = if stays(before.to_minutes, above(by(turn.late_ms, less), from_minutes), highest) {
        before.to_minutes
    } else {
        above(turn.late_ms, from_minutes)
    };
    WaitRange { from_minutes, to_minutes }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turn(early: u32, late: u32) -> Turn {
        Turn {
            early_ms: early,
            middle_ms: early.midpoint(late),
            late_ms: late,
        }
    }

    fn range(from_minutes: u32, to_minutes: u32) -> WaitRange {
        WaitRange { from_minutes, to_minutes }
    }

    #[test]
    fn ranges_are_rounded_outward_never_zero_and_never_one_minute_exactly() {
        assert_eq!(outward(turn(0, 0)), range(1, 2));
        assert_eq!(outward(turn(5 * MINUTE_MS, 5 * MINUTE_MS)), range(5, 6));
        assert_eq!(outward(turn(11 * MINUTE_MS, 21 * MINUTE_MS)), range(10, 22));
        assert_eq!(outward(turn(119 * MINUTE_MS, 121 * MINUTE_MS)), range(105, 180));
        assert_eq!(outward(turn(130 * MINUTE_MS, 150 * MINUTE_MS)), range(120, 180));
        assert_eq!(outward(turn(200 * MINUTE_MS, 400 * MINUTE_MS)), range(180, 420));
    }

    #[test]
    fn a_range_does_not_flicker_at_a_step() {
        let shown = steadied(turn(10 * MINUTE_MS, 16 * MINUTE_MS), None);
        assert_eq!(shown, range(10, 16));
        let wobbled = steadied(turn(10 * MINUTE_MS - 20_000, 16 * MINUTE_MS + 20_000), Some(shown));
        assert_eq!(wobbled, shown, "a third of a minute is no news");
        assert_eq!(steadied(turn(6 * MINUTE_MS, 9 * MINUTE_MS), Some(shown)), range(6, 9));
    }

    proptest! {
        #[test]
        fn every_range_holds_its_turn_but_for_a_tenth(early in 0u32..30_000_000, longer in 0u32..30_000_000, before in prop::option::of((1u32..200, 1u32..200))) {
            let turn = turn(early, early + longer);
            let before = before.map(|(from, more)| range(from, from + more));
            let shown = steadied(turn, before);
            prop_assert!(shown.from_minutes >= 1 && shown.from_minutes < shown.to_minutes);
            prop_assert!(shown.from_minutes == 1 || u64::from(shown.from_minutes) * 60_000 * 1_000 <= u64::from(turn.early_ms) * 1_100);
            prop_assert!(u64::from(shown.to_minutes) * 60_000 * 1_000 + 60_000_000 >= u64::from(turn.late_ms) * 900);
        }
    }
}
