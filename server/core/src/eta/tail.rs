//! What is said of ranks that are not played: so far back the law of large numbers is near enough.

use super::service::Spread;
use super::{Bay, DAY_SPREAD_PERMILLE, EARLY_DEVIATIONS, LATE_DEVIATIONS, Scene, Turn};

/// What is needed beyond the ranks that were played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tail {
    /// Of everybody, until the first window is free for rank 0.
    offset_ms: f64,
    /// From one turn to the next.
    step_ms: f64,
    /// Variance that each rank adds, in square milliseconds.
    variance: f64,
    gaps: Vec<(u32, u32)>,
    handover_ms: u32,
}

impl Scene<'_> {
    /// `services_a_turn`: services that are begun, of anybody, for one turn of the class asked for.
    pub(super) fn tail(&self, spread: &Spread, services_a_turn: f64) -> Tail {
        let windows = self.bays.len() as f64;
        let whole = f64::from(self.anybody.mean_ms) * self.pace_permille() as f64 / 1_000.0;
        let served = f64::from(1_000 - self.anybody.gone_permille.min(1_000)) / 1_000.0;
        let resting = f64::from(self.times.rest_ms()) * f64::from(self.times.rest_permille()) / 1_000.0;
        let cycle = (whole + f64::from(self.handover_ms) + resting) * served;
        let rest = |bay: &Bay| match *bay {
            Bay::FreeIn(ms) => f64::from(ms),
            Bay::Serving { mean_ms, elapsed_ms } => (f64::from(mean_ms) - f64::from(elapsed_ms)).max(f64::from(mean_ms) / 3.0),
            Bay::Writing { elapsed_ms } => (f64::from(self.times.writing_ms()) - f64::from(elapsed_ms)).max(0.0),
        };
        let rests: f64 = self.bays.iter().map(rest).sum();
        let deviation = whole * spread.deviation();
        Tail {
            // All windows together have done their rests when each has; the first of them is free half a service earlier.
            offset_ms: (rests / windows - cycle * (windows - 1.0) / (2.0 * windows)).max(0.0),
            step_ms: services_a_turn * cycle / windows,
            variance: services_a_turn * (deviation / windows).powi(2),
            gaps: self.gaps.clone(),
            handover_ms: self.handover_ms,
        }
    }
}

impl Tail {
    /// The turn of somebody with so many ahead; never earlier than the last that was played.
    pub fn turn(&self, rank: usize, last: Turn) -> Turn {
        let ranks = rank as f64;
        let mean = self.offset_ms + ranks * self.step_ms;
        let doubt = mean * DAY_SPREAD_PERMILLE as f64 / 1_000.0;
        let deviation = (ranks * self.variance + doubt * doubt).sqrt();
        let at = |deviations: f64| {
            let open = (mean + deviations * deviation).max(0.0).min(f64::from(u32::MAX / 2)) as u32;
            self.through_gaps(open).saturating_add(self.handover_ms)
        };
        Turn {
            early_ms: at(EARLY_DEVIATIONS).max(last.early_ms),
            middle_ms: at(0.0).max(last.middle_ms),
            late_ms: at(LATE_DEVIATIONS).max(last.late_ms),
        }
    }

    /// The moment at which so much open time has passed.
    fn through_gaps(&self, open_ms: u32) -> u32 {
        self.gaps.iter().fold(
            open_ms,
            |moment, (from, to)| {
                if moment < *from { moment } else { moment.saturating_add(to - from) }
            },
        )
    }
}
