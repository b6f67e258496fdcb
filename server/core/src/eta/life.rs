//! One life of a scene: window after window becomes free and takes whom the hall would ring there, until every rank asked for has had its turn.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::service::Spread;
use super::{Ahead, Bay, Chance, Class, DAY_SPREAD_PERMILLE, NORMAL, Scene};

/// Services played in one life, at most: where classes compete, those of the others count, too.
const MOST_SERVICES: usize = 256;

/// An exponential variable of mean 1 at sixteen even steps, permille: from one who joins to the next.
const EXPONENTIAL: [u64; 16] = [32, 99, 170, 247, 331, 422, 522, 633, 758, 902, 1069, 1271, 1523, 1863, 2386, 3773];

pub(super) struct Life<'a> {
    scene: &'a Scene<'a>,
    spread: &'a Spread,
    chance: Chance,
    /// Who joins is drawn apart, so that it changes nothing in how long services take.
    joins: Chance,
    /// Of this life, permille of the mean.
    pace: i64,
    /// When each bay is free, and its number: the next to be free first. One for which nobody comes any more is not among them.
    free: BinaryHeap<Reverse<(u32, usize)>>,
    heads: Vec<Head>,
}

/// Nobody comes there any more.
const NEVER: u32 = u32::MAX;

/// Who is next in a class.
struct Head {
    /// How many of its line had their turn.
    taken: usize,
    /// When whoever is next behind the line joins.
    joins_at: u32,
}

/// The next of a class: who, from when on (before now is negative), and counted as if since when.
struct Next {
    ahead: Ahead,
    from: i64,
    since: i64,
    /// When the wait began that counts for a skill.
    here_since: i64,
}

/// What a free bay does.
enum Choice {
    Takes(usize),
    /// Somebody may come for it then.
    WaitsUntil(u32),
}

impl<'a> Life<'a> {
    pub fn of(scene: &'a Scene<'a>, spread: &'a Spread, run: usize) -> Self {
        let pace = scene.pace_permille() + NORMAL[run % NORMAL.len()] * spread.doubt_permille().max(DAY_SPREAD_PERMILLE) / 1_000;
        let mut life = Self {
            scene,
            spread,
            chance: Chance::of_run(run),
            joins: Chance::of_run(run + 0x1000),
            pace,
            free: BinaryHeap::with_capacity(scene.bays.len()),
            heads: Vec::with_capacity(scene.classes.len()),
        };
        for (number, bay) in scene.bays.iter().enumerate() {
            let free = life.rest_of(bay);
            life.free.push(Reverse((free, number)));
        }
        for class in &scene.classes {
            let joins_at = life.gap_between_two(class);
            life.heads.push(Head { taken: 0, joins_at });
        }
        life
    }

    /// Notes when each rank's talk began. Returns how many services were begun, of anybody but of whoever joins with credit: they go ahead of
    /// those near behind the line, and of nobody far back.
    pub fn play(mut self, starts: &mut [Vec<u32>]) -> usize {
        let (mut rank, mut services, mut played) = (0, 0, 0);
        while rank < starts.len() && played < MOST_SERVICES {
            let Some(Reverse((free, bay))) = self.free.pop() else { break };
            let at = self.scene.after_gaps(free);
            let free = match self.choice(bay, at) {
                Choice::WaitsUntil(moment) => moment,
                Choice::Takes(class) => {
                    played += 1;
                    services += usize::from(self.scene.classes[class].credit_ms == 0);
                    if class == self.scene.asked {
                        starts[rank].push(at.saturating_add(self.scene.handover_ms));
                        rank += 1;
                    }
                    self.serve(class, at)
                }
            };
            if free < NEVER {
                self.free.push(Reverse((free, bay)));
            }
        }
        services
    }

    fn paced(&self, ms: u32) -> u32 {
        u32::try_from(i64::from(ms) * self.pace.max(300) / 1_000).unwrap_or(u32::MAX)
    }

    fn rest_of(&mut self, bay: &Bay) -> u32 {
        let rest = match *bay {
            Bay::FreeIn(ms) => return ms,
            Bay::Serving { mean_ms, elapsed_ms } => self.spread.rest(self.paced(mean_ms), elapsed_ms, self.chance.next()),
            Bay::Writing { elapsed_ms } => self.spread.rest(self.scene.times.writing_ms(), elapsed_ms, self.chance.next()),
        };
        rest.saturating_add(self.scene.break_after(&mut self.chance))
    }

    /// Takes the next of a class. Returns when the window is free again.
    fn serve(&mut self, class: usize, at: u32) -> u32 {
        let ahead = self.take(class);
        let begins = at.saturating_add(self.scene.handover_ms);
        let (comes, takes) = (self.chance.next() % 1_000, self.chance.next());
        let rests = self.scene.break_after(&mut self.chance);
        if comes < u64::from(ahead.gone_permille) {
            at
        } else {
            begins
                .saturating_add(self.spread.draw(self.paced(ahead.mean_ms), takes))
                .saturating_add(rests)
        }
    }

    fn take(&mut self, class: usize) -> Ahead {
        let of = &self.scene.classes[class];
        let head = &mut self.heads[class];
        if let Some(ahead) = of.line.get(head.taken) {
            head.taken += 1;
            return *ahead;
        }
        if class != self.scene.asked && !of.is_longer {
            let next = self.gap_between_two(of);
            let head = &mut self.heads[class];
            head.joins_at = head.joins_at.saturating_add(next);
        }
        self.scene.anybody
    }

    fn gap_between_two(&mut self, class: &Class) -> u32 {
        let drawn = EXPONENTIAL[(self.joins.next() % EXPONENTIAL.len() as u64) as usize];
        let ms = |mean: u32| u32::try_from(u64::from(mean) * drawn / 1_000).unwrap_or(NEVER);
        class.joins_every_ms.map_or(NEVER, ms)
    }

    /// Whom the hall would ring here: the next of each class that is taken, the smallest band first, then the longest wait by weight.
    fn choice(&self, bay: usize, at: u32) -> Choice {
        let moment = i64::from(at);
        let mut best = None;
        let mut later = i64::from(NEVER);
        for class in 0..self.heads.len() {
            let of = &self.scene.classes[class];
            let weight = of.weights[bay];
            if weight == 0 {
                continue;
            }
            let Some(next) = self.next(class) else { continue };
            let taken_from = next.from.max(next.here_since + i64::from(of.after_ms[bay]));
            if taken_from > moment {
                later = later.min(taken_from);
            } else {
                let waited = (moment - next.since) as u64 * u64::from(weight);
                // Among equals whoever was here first.
                let rank = (next.ahead.band, Reverse(waited), next.since, class);
                best = Some(best.map_or(rank, |first| rank.min(first)));
            }
        }
        match best {
            Some((.., class)) => Choice::Takes(class),
            None => Choice::WaitsUntil(u32::try_from(later).unwrap_or(NEVER)),
        }
    }

    /// The next of a class: of its line; then, of the class asked for, who joins now; of the others who joins later.
    fn next(&self, class: usize) -> Option<Next> {
        let (of, head) = (&self.scene.classes[class], &self.heads[class]);
        if let Some(ahead) = of.line.get(head.taken) {
            let since = -i64::from(ahead.waited_ms);
            return Some(Next {
                ahead: *ahead,
                from: since,
                since,
                here_since: -i64::from(ahead.here_ms),
            });
        }
        let from = if of.is_longer {
            // They came after the last whom we see.
            of.line.last().map_or(0, |last| -i64::from(last.waited_ms))
        } else if class == self.scene.asked {
            0
        } else {
            i64::from(head.joins_at)
        };
        (from < i64::from(NEVER)).then(|| Next {
            ahead: self.scene.anybody,
            from,
            since: from - i64::from(of.credit_ms),
            here_since: from,
        })
    }
}
