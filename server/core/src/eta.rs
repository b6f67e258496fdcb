//! The estimated wait (预计等候): a range that holds, never a minute that is false (DOMAIN 3.7).
//!
//! [`ServiceTimes`] learns how long services take; [`Scene`] is a hall seen for this purpose: its windows, who stands in
//! line, when nobody serves. [`Scene::forecast`] lets the scene play [`RUNS`] times and keeps, for every rank in line, when
//! its turn came early and when it came late. [`Ranges`] turns that into what is shown and keeps it from flickering.
//!
//! The draws are the same in every forecast (common random numbers): what is shown moves when the hall does, and the
//! same hall always shows the same.

mod range;
mod score;
mod service;

pub use range::Ranges;
pub use score::EtaScore;
pub use service::ServiceTimes;

use service::Spread;

/// How often a scene is played.
const RUNS: usize = 200;

/// Ranks that are played; further back the law of large numbers is near enough.
pub const PLAYED_RANKS: usize = 64;

/// The early and the late end of a range, in runs of [`RUNS`]: the 10th and the 85th percentile.
const EARLY: usize = RUNS / 10;
const LATE: usize = RUNS * 85 / 100;

/// The same ends in standard deviations, for ranks that are not played.
const EARLY_DEVIATIONS: f64 = -1.28;
const LATE_DEVIATIONS: f64 = 1.04;

/// How far off the mean service time of the next hours may be, one standard deviation in permille: parts of the
/// day and people differ. Fitted on replayed days (`tests/load/days`) so that the range holds as often as it says.
const DAY_SPREAD_PERMILLE: i64 = 40;

/// A standard normal variable at sixteen even steps, permille: each run has its own pace.
const NORMAL: [i64; 16] = [-1863, -1318, -1010, -776, -579, -402, -237, -78, 78, 237, 402, 579, 776, 1010, 1318, 1863];

/// When a window can take its next visit. Milliseconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bay {
    /// Free then; 0 = idle.
    FreeIn(u32),
    /// A service of this mean has run so long.
    Serving {
        /// Mean of such services.
        mean_ms: u32,
        /// Talked so far.
        elapsed_ms: u32,
    },
    /// The record is being written so long.
    Writing {
        /// So far.
        elapsed_ms: u32,
    },
}

/// One person in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Mean of such services.
    pub mean_ms: u32,
    /// Likelihood that the turn comes to nothing, permille.
    pub gone_permille: u32,
}

/// A hall as the estimate sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene<'a> {
    /// Windows that take visits, now or later.
    pub bays: Vec<Bay>,
    /// The first in line, at most [`PLAYED_RANKS`].
    pub line: Vec<Ahead>,
    /// Ranks to play, at most [`PLAYED_RANKS`].
    pub ranks: usize,
    /// Somebody of whom nothing is known.
    pub anybody: Ahead,
    /// From, to: no service begins then. In order, milliseconds from now.
    pub gaps: Vec<(u32, u32)>,
    /// From the ring to the talk, mean.
    pub handover_ms: u32,
    /// What is known of services.
    pub times: &'a ServiceTimes,
}

/// When a turn comes, milliseconds from the moment of the forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// One in ten comes earlier.
    pub early_ms: u32,
    /// Half come earlier.
    pub middle_ms: u32,
    /// Three in twenty come later.
    pub late_ms: u32,
}

/// When the turn of every rank comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Rank 0 first.
    played: Vec<Turn>,
    tail: Tail,
}

/// What is needed beyond the ranks that were played.
#[derive(Clone, Debug, PartialEq)]
struct Tail {
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
    /// Plays the scene. `None` when no window is expected or too little is known: then only the place is shown.
    pub fn forecast(&self) -> Option<Forecast> {
        if self.bays.is_empty() {
            return None;
        }
        let spread = self.times.spread()?;
        let mut starts = vec![Vec::with_capacity(RUNS); self.ranks.min(PLAYED_RANKS)];
        for run in 0..RUNS {
            self.play(run, &spread, &mut starts);
        }
        let turn = |mut starts: Vec<u32>| {
            starts.sort_unstable();
            Turn {
                early_ms: starts[EARLY],
                middle_ms: starts[RUNS / 2],
                late_ms: starts[LATE],
            }
        };
        let played: Vec<Turn> = starts.into_iter().map(turn).collect();
        Some(Forecast {
            tail: self.tail(&spread),
            played,
        })
    }

    /// One life of the scene: when each rank's talk began.
    fn play(&self, run: usize, spread: &Spread, starts: &mut [Vec<u32>]) {
        let mut chance = Chance::of_run(run);
        let pace = self.pace_permille() + NORMAL[run % NORMAL.len()] * spread.doubt_permille().max(DAY_SPREAD_PERMILLE) / 1_000;
        let paced = |ms: u32| u32::try_from(i64::from(ms) * pace.max(300) / 1_000).unwrap_or(u32::MAX);
        let mut free: Vec<u32> = self
            .bays
            .iter()
            .map(|bay| match *bay {
                Bay::FreeIn(ms) => ms,
                Bay::Serving { mean_ms, elapsed_ms } => spread
                    .rest(paced(mean_ms), elapsed_ms, chance.next())
                    .saturating_add(self.break_after(&mut chance)),
                Bay::Writing { elapsed_ms } => spread
                    .rest(self.times.writing_ms(), elapsed_ms, chance.next())
                    .saturating_add(self.break_after(&mut chance)),
            })
            .collect();
        for (rank, begun) in starts.iter_mut().enumerate() {
            // The windows are few: looking at each is quicker than keeping them in order.
            let Some(next) = (0..free.len()).min_by_key(|window| free[*window]) else {
                return;
            };
            let begins = self.after_gaps(free[next]).saturating_add(self.handover_ms);
            begun.push(begins);
            let ahead = self.line.get(rank).unwrap_or(&self.anybody);
            let (comes, takes) = (chance.next() % 1_000, chance.next());
            let rests = self.break_after(&mut chance);
            free[next] = if comes < u64::from(ahead.gone_permille) {
                begins.saturating_sub(self.handover_ms)
            } else {
                begins.saturating_add(spread.draw(paced(ahead.mean_ms), takes)).saturating_add(rests)
            };
        }
    }

    /// How much longer services are than those that are over: of a few begun together the short ones end first, so talks
    /// that go on count for half of what they have lasted. Of many that is next to nothing. Permille.
    fn pace_permille(&self) -> i64 {
        let running: i64 = self
            .bays
            .iter()
            .map(|bay| {
                if let Bay::Serving { elapsed_ms, .. } = bay {
                    i64::from(*elapsed_ms)
                } else {
                    0
                }
            })
            .sum();
        1_000 + running * 500 / self.times.measured_ms().max(1)
    }

    /// How long the window rests after a service: mostly not at all.
    fn break_after(&self, chance: &mut Chance) -> u32 {
        let (rests, long) = (chance.next() % 1_000, chance.next() % 1_000);
        if rests < u64::from(self.times.rest_permille()) {
            // Between half and one and a half of the mean.
            u32::try_from(u64::from(self.times.rest_ms()) * (500 + long) / 1_000).unwrap_or(u32::MAX)
        } else {
            0
        }
    }

    fn after_gaps(&self, moment: u32) -> u32 {
        let gap = self.gaps.iter().find(|(from, to)| (*from..*to).contains(&moment));
        gap.map_or(moment, |(_, to)| *to)
    }

    fn tail(&self, spread: &Spread) -> Tail {
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
            step_ms: cycle / windows,
            variance: (deviation / windows).powi(2),
            gaps: self.gaps.clone(),
            handover_ms: self.handover_ms,
        }
    }
}

impl Forecast {
    /// The turn of somebody with so many ahead.
    pub fn turn(&self, rank: usize) -> Turn {
        if let Some(turn) = self.played.get(rank) {
            return *turn;
        }
        let tail = &self.tail;
        let ranks = rank as f64;
        let mean = tail.offset_ms + ranks * tail.step_ms;
        let doubt = mean * DAY_SPREAD_PERMILLE as f64 / 1_000.0;
        let deviation = (ranks * tail.variance + doubt * doubt).sqrt();
        let last = self.played.last().copied().unwrap_or_default();
        let at = |deviations: f64| {
            let open = (mean + deviations * deviation).max(0.0).min(f64::from(u32::MAX / 2)) as u32;
            tail.through_gaps(open).saturating_add(tail.handover_ms)
        };
        Turn {
            early_ms: at(EARLY_DEVIATIONS).max(last.early_ms),
            middle_ms: at(0.0).max(last.middle_ms),
            late_ms: at(LATE_DEVIATIONS).max(last.late_ms),
        }
    }
}

impl Tail {
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

/// Draws that are the same each time: splitmix64 (Steele, Lea, Flood 2014), begun at the number of the run.
struct Chance(u64);

impl Chance {
    fn of_run(run: usize) -> Self {
        Self((run as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u32 = 60_000;

    /// Services of four to eight minutes, six on average, in one item.
    fn six_minutes() -> ServiceTimes {
        let mut times = ServiceTimes::default();
        for minutes in [4, 5, 6, 7, 8].repeat(12) {
            times.learn(None, None, minutes * MINUTE_MS);
        }
        times
    }

    fn scene(times: &ServiceTimes, bays: Vec<Bay>, waiting: usize) -> Scene<'_> {
        let anybody = Ahead {
            mean_ms: times.hall_mean_ms(),
            gone_permille: 0,
        };
        Scene {
            bays,
            line: vec![anybody; waiting],
            ranks: waiting + 1,
            anybody,
            gaps: Vec::new(),
            handover_ms: 10_000,
            times,
        }
    }

    fn minutes(turn: Turn) -> (u32, u32) {
        (turn.early_ms / MINUTE_MS, turn.late_ms / MINUTE_MS)
    }

    #[test]
    fn an_idle_window_takes_the_first_at_once() {
        let times = six_minutes();
        let turn = scene(&times, vec![Bay::FreeIn(0)], 0).forecast().expect("enough is known").turn(0);
        assert_eq!((turn.early_ms, turn.late_ms), (10_000, 10_000));
    }

    #[test]
    fn the_wait_grows_with_the_line_and_shrinks_with_the_windows() {
        let times = six_minutes();
        let middle = |windows, rank| {
            let forecast = scene(&times, vec![Bay::FreeIn(0); windows], 12).forecast().expect("enough is known");
            forecast.turn(rank).middle_ms
        };
        assert!((55 * MINUTE_MS..80 * MINUTE_MS).contains(&middle(1, 10)), "{}", middle(1, 10));
        assert!(middle(1, 10) > middle(1, 5) && middle(1, 5) > middle(2, 5) && middle(2, 5) > middle(4, 5));
    }

    #[test]
    fn a_talk_that_has_lasted_long_leaves_little_but_never_nothing() {
        let times = six_minutes();
        let serving = |elapsed| Bay::Serving {
            mean_ms: 6 * MINUTE_MS,
            elapsed_ms: elapsed * MINUTE_MS,
        };
        let middle = |elapsed| {
            scene(&times, vec![serving(elapsed)], 0)
                .forecast()
                .expect("enough is known")
                .turn(0)
                .middle_ms
        };
        assert!(middle(0) > middle(4), "{} {}", middle(0), middle(4));
        assert!(middle(30) > 20_000, "longer than any before: nobody knows, but it goes on");
    }

    #[test]
    fn nobody_is_called_at_lunch() {
        let times = six_minutes();
        let mut lunch = scene(&times, vec![Bay::FreeIn(0)], 3);
        lunch.gaps = vec![(5 * MINUTE_MS, 95 * MINUTE_MS)];
        let forecast = lunch.forecast().expect("enough is known");
        assert_eq!(minutes(forecast.turn(0)), (0, 0));
        assert!(forecast.turn(2).early_ms >= 95 * MINUTE_MS, "two services do not fit before lunch");
    }

    #[test]
    fn far_back_the_range_goes_on_where_the_played_ranks_end() {
        let times = six_minutes();
        for windows in [1, 3, 40] {
            let bays = vec![
                Bay::Serving {
                    mean_ms: 6 * MINUTE_MS,
                    elapsed_ms: 3 * MINUTE_MS
                };
                windows
            ];
            let forecast = scene(&times, bays, PLAYED_RANKS).forecast().expect("enough is known");
            let (played, beyond) = (forecast.turn(PLAYED_RANKS - 1), forecast.turn(PLAYED_RANKS));
            let close = |a: u32, b: u32| f64::from(a.abs_diff(b)) <= 0.25 * f64::from(a.max(2 * MINUTE_MS));
            assert!(
                close(played.early_ms, beyond.early_ms) && close(played.late_ms, beyond.late_ms),
                "{windows} windows: {played:?} then {beyond:?}"
            );
            let turns: Vec<Turn> = (0..200).map(|rank| forecast.turn(rank)).collect();
            assert!(
                turns.windows(2).all(|two| two[0].late_ms <= two[1].late_ms),
                "never earlier than whoever is ahead"
            );
        }
    }

    #[test]
    fn without_windows_or_with_thin_data_nothing_is_said() {
        let times = six_minutes();
        assert_eq!(scene(&times, Vec::new(), 3).forecast(), None);
        let mut thin = ServiceTimes::default();
        (0..2).for_each(|_| thin.learn(None, None, MINUTE_MS));
        assert_eq!(scene(&thin, vec![Bay::FreeIn(0)], 3).forecast(), None);
    }
}
