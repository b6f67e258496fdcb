//! The estimated wait (预计等候): a range that holds, never a minute that is false (DOMAIN 3.7).
//!
//! [`ServiceTimes`] learns how long services take; [`Scene`] is a hall seen for this purpose: its windows, who stands in
//! line, when nobody serves. [`Scene::forecast`] lets the scene play [`RUNS`] times and keeps, for every rank in line, when
//! its turn came early and when it came late. [`Ranges`] turns that into what is shown and keeps it from flickering.
//!
//! The draws are the same in every forecast (common random numbers): what is shown moves when the hall does, and the
//! same hall always shows the same.

mod life;
mod range;
mod score;
mod service;
mod tail;

pub use range::Ranges;
pub use score::EtaScore;
pub use service::ServiceTimes;

use life::Life;
use tail::Tail;

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
    /// A smaller one goes first, whatever the waits.
    pub band: u8,
    /// Effective wait until now: what was waited, and credit.
    pub waited_ms: u32,
    /// What was waited here, without credit: the longer it is, the more windows take who asks for a skill.
    pub here_ms: u32,
}

/// People whom the same windows take, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// How much a minute of their waiting weighs at each bay, once it takes them; 0 = never.
    pub weights: Vec<u32>,
    /// After how long a wait each bay takes them, milliseconds: more than 0 where less of a skill is asked by then.
    pub after_ms: Vec<u32>,
    /// The first in line.
    pub line: Vec<Ahead>,
    /// More stand behind those.
    pub is_longer: bool,
    /// From one who joins to the next, mean; `None` where nobody does.
    pub joins_every_ms: Option<u32>,
    /// Whoever joins goes ahead of those who came no longer than this before.
    pub credit_ms: u32,
}

/// A hall as the estimate sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene<'a> {
    /// Windows that take visits, now or later.
    pub bays: Vec<Bay>,
    /// Everybody who competes for them. In the order of one line there is one class.
    pub classes: Vec<Class>,
    /// The class whose turns are asked for.
    pub asked: usize,
    /// Ranks in it to play, at most [`PLAYED_RANKS`].
    pub ranks: usize,
    /// Somebody of whom nothing is known, who joins now.
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

impl Scene<'_> {
    /// Plays the scene. `None` when no window is expected to take them or too little is known: then only the place is shown.
    pub fn forecast(&self) -> Option<Forecast> {
        if self.bays.is_empty() {
            return None;
        }
        let spread = self.times.spread()?;
        let mut starts = vec![Vec::with_capacity(RUNS); self.ranks.min(PLAYED_RANKS)];
        let mut services = 0;
        for run in 0..RUNS {
            services += Life::of(self, &spread, run).play(&mut starts);
        }
        // Where not every life came so far, nothing can be said of how many do.
        starts.retain(|starts| starts.len() == RUNS);
        if starts.is_empty() && self.ranks > 0 {
            return None;
        }
        let asked = starts.len() * RUNS;
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
            tail: self.tail(&spread, services as f64 / asked.max(1) as f64),
            played,
        })
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
}

impl Forecast {
    /// The turn of somebody with so many of the same class ahead.
    pub fn turn(&self, rank: usize) -> Turn {
        if let Some(turn) = self.played.get(rank) {
            return *turn;
        }
        self.tail.turn(rank, self.played.last().copied().unwrap_or_default())
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

    fn anybody(times: &ServiceTimes) -> Ahead {
        Ahead {
            mean_ms: times.hall_mean_ms(),
            gone_permille: 0,
            band: 1,
            waited_ms: 0,
            here_ms: 0,
        }
    }

    /// So many who have waited so long, and what their waiting weighs at each bay.
    fn class(times: &ServiceTimes, weights: &[u32], waiting: usize, waited_ms: u32) -> Class {
        let ahead = Ahead { waited_ms, ..anybody(times) };
        Class {
            weights: weights.to_vec(),
            after_ms: vec![0; weights.len()],
            line: vec![ahead; waiting],
            is_longer: false,
            joins_every_ms: None,
            credit_ms: 0,
        }
    }

    fn scene(times: &ServiceTimes, bays: Vec<Bay>, waiting: usize) -> Scene<'_> {
        Scene {
            classes: vec![class(times, &vec![1; bays.len()], waiting, 0)],
            asked: 0,
            bays,
            ranks: waiting + 1,
            anybody: anybody(times),
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

    /// The middle turn of whoever joins the class asked for.
    fn newcomer(scene: &Scene<'_>) -> u32 {
        let rank = scene.classes[scene.asked].line.len();
        let scene = Scene {
            ranks: rank + 1,
            ..scene.clone()
        };
        scene.forecast().map_or(u32::MAX, |forecast| forecast.turn(rank).middle_ms)
    }

    /// Two idle windows and two queues: what each weighs there, and how many wait. Those of the second came a minute before those of the first.
    fn two_queues<'a>(times: &'a ServiceTimes, weights: [[u32; 2]; 2], waiting: [usize; 2]) -> Scene<'a> {
        let classes = [0, 1].map(|of| class(times, &weights[of], waiting[of], (1 + of as u32) * MINUTE_MS));
        Scene {
            classes: classes.to_vec(),
            ..scene(times, vec![Bay::FreeIn(0); 2], 0)
        }
    }

    #[test]
    fn where_windows_take_unlike_queues_each_waits_for_its_own() {
        let times = six_minutes();
        let alone = newcomer(&two_queues(&times, [[1, 0], [0, 1]], [4, 20]));
        let shared = newcomer(&two_queues(&times, [[1, 0], [1, 1]], [4, 20]));
        let one_line = newcomer(&scene(&times, vec![Bay::FreeIn(0)], 4));
        assert!(
            alone.abs_diff(one_line) < MINUTE_MS,
            "the other queue has a window of its own: {alone} {one_line}"
        );
        assert!(alone < shared, "where a window takes both, who came before goes before: {alone} {shared}");
    }

    #[test]
    fn what_weighs_more_goes_ahead_also_of_those_who_came_before() {
        let times = six_minutes();
        let third = |weights, asked| {
            let scene = Scene {
                asked,
                ranks: 3,
                ..two_queues(&times, weights, [6, 6])
            };
            scene.forecast().expect("enough is known").turn(2).middle_ms
        };
        let (even, heavy) = ([[1, 1], [1, 1]], [[3, 1], [1, 1]]);
        assert!(third(heavy, 1) > third(even, 1) && third(heavy, 0) < third(even, 0));
        let mut joined = two_queues(&times, [[3, 3], [1, 1]], [6, 6]);
        joined.asked = 1;
        let nobody_joins = newcomer(&joined);
        joined.classes[0].joins_every_ms = Some(5 * MINUTE_MS);
        assert!(newcomer(&joined) > nobody_joins, "who joins later in the heavier queue goes ahead, too");
    }

    /// Two windows, six in line who came so long ago, and others who join each three minutes with such a credit.
    fn joined_with_credit(times: &ServiceTimes, waited_ms: u32, credit_ms: u32) -> Scene<'_> {
        let line = class(times, &[1, 1], 6, waited_ms);
        let credited = Class {
            joins_every_ms: Some(3 * MINUTE_MS),
            credit_ms,
            ..class(times, &[1, 1], 0, 0)
        };
        Scene {
            classes: vec![line, credited],
            ..scene(times, vec![Bay::FreeIn(0); 2], 6)
        }
    }

    #[test]
    fn who_joins_with_a_credit_goes_ahead_of_who_came_within_it_and_of_nobody_else() {
        let times = six_minutes();
        let waits = |credit_ms| newcomer(&joined_with_credit(&times, MINUTE_MS, credit_ms));
        let nobody_joins = newcomer(&scene(&times, vec![Bay::FreeIn(0); 2], 6));
        assert_eq!(waits(0), nobody_joins, "who joins later without one stands behind");
        assert!(waits(10 * MINUTE_MS) > nobody_joins + 3 * MINUTE_MS, "three go ahead of the newcomer");
        let turns = |scene: &Scene<'_>| {
            let forecast = scene.forecast().expect("enough is known");
            (0..6).map(|rank| forecast.turn(rank)).collect::<Vec<_>>()
        };
        let came_before = turns(&joined_with_credit(&times, 20 * MINUTE_MS, 10 * MINUTE_MS));
        assert_eq!(came_before, turns(&scene(&times, vec![Bay::FreeIn(0); 2], 6)), "they came longer before");
    }

    #[test]
    fn a_skill_waits_for_its_window_until_universal_ones_take_it_too() {
        let times = six_minutes();
        let skilled = |after_ms| {
            let mut scene = two_queues(&times, [[1, 1], [1, 1]], [2, 0]);
            scene.classes[0].after_ms = vec![0, after_ms];
            newcomer(&scene)
        };
        let one_window = newcomer(&scene(&times, vec![Bay::FreeIn(0)], 2));
        let two_windows = newcomer(&scene(&times, vec![Bay::FreeIn(0); 2], 2));
        assert_eq!((skilled(u32::MAX), skilled(0)), (one_window, two_windows));
        assert!((two_windows..one_window).contains(&skilled(3 * MINUTE_MS)));
    }

    #[test]
    fn of_a_class_that_no_window_takes_nothing_is_said() {
        let times = six_minutes();
        assert_eq!(newcomer(&two_queues(&times, [[0, 0], [1, 1]], [3, 0])), u32::MAX);
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
