//! The hall as the forecast sees it (DOMAIN 3.7): its windows, everybody who competes for them, and when nobody serves.

use std::collections::BTreeMap;

use yunyiban_protocol::{BreakReason, ItemCode, Presence, Work};

use crate::eta::{Ahead, Bay, Class, PLAYED_RANKS, Scene};
use crate::hall::line::Spot;
use crate::hall::matching::{Demand, QueueIndex};
use crate::hall::{Desk, Hall};
use crate::{Visit, VisitState};

/// Ranks that are played beyond those who wait: some will join before the next forecast.
const NEWCOMERS: usize = 8;

/// How likely a turn comes to nothing while the phone sleeps, permille.
const GONE_WHILE_AWAY_PERMILLE: u32 = 400;

/// A break that should be over is over in so long. Milliseconds.
const BACK_SOON_MS: u32 = 5 * MINUTE_MS;

/// Who joins is counted over so long, milliseconds, and over no less than the other just after the opening.
const JOINS_COUNTED_MS: u32 = 60 * MINUTE_MS;
const JOINS_COUNTED_LEAST_MS: u32 = 10 * MINUTE_MS;

/// The band of whoever joins (see [`crate::OrderKey::band`]).
const ORDINARY_BAND: u8 = 1;

const MINUTE_MS: u32 = 60_000;

/// Who joined in the last hour, of those who ask the same of windows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joins {
    /// Counted over so long, milliseconds.
    counted_ms: u32,
    people: u32,
    /// Of these, how many went ahead by a credit, and how far together, milliseconds.
    credited: u32,
    ahead_ms: u64,
}

impl Joins {
    /// From one who joins without a credit to the next. Mean, milliseconds.
    fn every_ms(self) -> Option<u32> {
        self.counted_ms.checked_div(self.people - self.credited)
    }

    /// The same of those who do not come without one, and how far they go ahead.
    fn credited_every_ms(self) -> Option<(u32, u32)> {
        let credit_ms = self.ahead_ms.checked_div(self.credited.into())?;
        Some((self.counted_ms / self.credited, u32::try_from(credit_ms).unwrap_or(u32::MAX)))
    }
}

impl Hall {
    /// The hall as somebody sees it who asks this of windows. `joins`: see [`Hall::joins`].
    pub(super) fn scene(&self, told: &Demand, joins: &BTreeMap<Demand, Joins>) -> Scene<'_> {
        let queue = told.queue();
        if self.matching.is_one_line(queue) {
            return self.scene_as_one_line(queue, joins);
        }
        let competing = self.matching.competing(queue);
        let (desks, scene) = self.windows_of(queue, &competing);
        let (classes, asked) = self.classes(told, &competing, &desks, joins);
        Scene {
            ranks: (self.waiting_as(told) + NEWCOMERS).min(PLAYED_RANKS),
            classes,
            asked,
            ..scene
        }
    }

    /// The same as if everybody who competes stood in one line before the windows that serve any of them.
    pub(super) fn scene_as_one_line(&self, queue: QueueIndex, joins: &BTreeMap<Demand, Joins>) -> Scene<'_> {
        let rivals = self.matching.rivals(queue);
        let (desks, scene) = self.windows_of(queue, rivals);
        let line = self.line.first(rivals);
        let class = Class {
            line: line.iter().map(|spot| self.ahead(spot)).collect(),
            ..empty(vec![1; desks.len()])
        };
        let credited = joins.iter().filter(|(demand, _)| rivals.contains(&demand.queue()));
        let credited = credited.filter_map(|(_, joins)| with_credit(*joins, &class));
        Scene {
            ranks: (self.waiting_with(queue) + NEWCOMERS).min(PLAYED_RANKS),
            classes: std::iter::once(class.clone()).chain(credited).collect(),
            ..scene
        }
    }

    /// The windows that serve any of these queues, and nobody before them. Their numbers are those of the bays.
    fn windows_of(&self, queue: QueueIndex, competing: &[QueueIndex]) -> (Vec<usize>, Scene<'_>) {
        let gaps = self.gaps(queue);
        let in_gap = gaps.first().filter(|(from, _)| *from == 0).map(|(_, until)| *until);
        let serving = (0..self.desks.len()).filter(|desk| competing.iter().any(|other| self.matching.serves(*desk, *other)));
        let (desks, bays): (Vec<usize>, Vec<Bay>) = serving.filter_map(|desk| Some((desk, self.bay(&self.desks[desk], in_gap)?))).unzip();
        // Whoever serves while the hall is closed at noon does not wait for the afternoon.
        let at_work = in_gap.is_some() && bays.iter().any(|bay| !matches!(bay, Bay::FreeIn(ms) if *ms > 0));
        let scene = Scene {
            bays,
            classes: Vec::new(),
            asked: 0,
            ranks: 0,
            anybody: self.anybody(),
            gaps: gaps.into_iter().filter(|(from, _)| !(at_work && *from == 0)).collect(),
            handover_ms: self.waits.times.handover_ms(),
            times: &self.waits.times,
        };
        (desks, scene)
    }

    /// Everybody who competes, by what they ask of windows; and the number of those asked for.
    fn classes(&self, asked: &Demand, queues: &[QueueIndex], desks: &[usize], joins: &BTreeMap<Demand, Joins>) -> (Vec<Class>, usize) {
        let class = |demand: &Demand| {
            let taken = desks.iter().map(|desk| self.matching.taken_after(*desk, demand).unwrap_or_default());
            let (weights, after_ms) = taken.unzip();
            Class {
                after_ms,
                is_longer: self.line.len_of(demand.queue()) > self.line.head(demand.queue()).len(),
                joins_every_ms: None,
                credit_ms: 0,
                ..empty(weights)
            }
        };
        let mut classes = BTreeMap::from([(*asked, class(asked))]);
        for spot in queues.iter().flat_map(|queue| self.line.head(*queue)) {
            let demand = self.matching.told_as(&self.roll[spot.slot].visit);
            classes.entry(demand).or_insert_with(|| class(&demand)).line.push(self.ahead(spot));
        }
        let competing = || joins.iter().filter(|(demand, _)| queues.contains(&demand.queue()));
        for (demand, joins) in competing() {
            classes.entry(*demand).or_insert_with(|| class(demand)).joins_every_ms = joins.every_ms();
        }
        let number = classes.keys().position(|demand| demand == asked).unwrap_or_default();
        let credited = competing().filter_map(|(demand, joins)| with_credit(*joins, &class(demand)));
        let credited: Vec<Class> = credited.collect();
        (classes.into_values().chain(credited).collect(), number)
    }

    /// Who joined in the last hour, by what they ask of windows; where all stand in one line, only those who went ahead by a credit.
    /// Looks at everybody the hall remembers.
    pub(super) fn joins(&self) -> BTreeMap<Demand, Joins> {
        let now = self.turn.now;
        let counted_ms = |queue: QueueIndex| {
            let opened = self.hours_of(queue).openings_today(now).first().map(|(from, _)| *from);
            let open_ms = opened.map_or(JOINS_COUNTED_MS, |opened| now.since(opened));
            open_ms.clamp(JOINS_COUNTED_LEAST_MS, JOINS_COUNTED_MS)
        };
        let queues = self.matching.every_queue();
        let counted_ms: Vec<u32> = queues.iter().map(|queue| counted_ms(*queue)).collect();
        let one_line = queues.iter().all(|queue| self.matching.is_one_line(*queue));
        let mut joined: BTreeMap<Demand, Joins> = BTreeMap::new();
        for (_, entry) in self.roll.iter() {
            let (visit, since) = (&entry.visit, entry.visit.waits_here_since());
            let credit = visit.moves_ahead().next();
            if since > now
                || now.since(since) >= JOINS_COUNTED_MS
                || (one_line && credit.is_none())
                || matches!(visit.state, VisitState::Booked { .. })
            {
                continue;
            }
            let demand = self.matching.told_as(visit);
            let counted_ms = counted_ms[usize::from(demand.queue())];
            if now.since(since) < counted_ms {
                let joins = joined.entry(demand).or_insert(Joins {
                    counted_ms,
                    people: 0,
                    credited: 0,
                    ahead_ms: 0,
                });
                joins.people += 1;
                joins.credited += u32::from(credit.is_some());
                joins.ahead_ms += credit.map_or(0, |credit| u64::from(credit.from.effective.since(credit.to.effective)));
            }
        }
        joined
    }

    fn ahead(&self, spot: &Spot) -> Ahead {
        let visit = &self.roll[spot.slot].visit;
        let gone_permille = self.waits.times.gone_permille();
        let now = self.turn.now;
        Ahead {
            mean_ms: self.mean_of(visit),
            gone_permille: match visit.state {
                VisitState::Away { .. } => gone_permille.max(GONE_WHILE_AWAY_PERMILLE),
                VisitState::Waiting { .. } if visit.here => 0,
                VisitState::Booked { .. }
                | VisitState::Waiting { .. }
                | VisitState::Calling { .. }
                | VisitState::Missed { .. }
                | VisitState::Ringing { .. }
                | VisitState::Connecting { .. }
                | VisitState::Serving { .. }
                | VisitState::Held { .. }
                | VisitState::Parked { .. }
                | VisitState::Dropped { .. }
                | VisitState::Transferring { .. }
                | VisitState::CallbackKept { .. }
                | VisitState::Closed { .. } => gone_permille,
            },
            band: spot.order.band,
            waited_ms: now.since(spot.order.effective),
            here_ms: now.since(visit.waits_since()),
        }
    }

    /// When the window can take its next visit; `None` when it takes none.
    fn bay(&self, desk: &Desk, gap_ends_ms: Option<u32>) -> Option<Bay> {
        let now = self.turn.now;
        let window = &desk.window;
        window.staff.as_ref()?;
        let away_ms = match window.presence {
            Presence::Available {} | Presence::OnDemand {} => 0,
            Presence::Break { reason } => {
                let left_ms = usual_break_ms(reason)?.saturating_sub(now.since(window.presence_since)).max(BACK_SOON_MS);
                gap_ends_ms.unwrap_or(left_ms)
            }
            Presence::Offline {} | Presence::Draining {} | Presence::Training {} => return None,
        };
        let mean_ms = |visit| self.roll.get(visit).map_or(self.anybody().mean_ms, |entry| self.mean_of(&entry.visit));
        let busy = match &window.work {
            Work::Idle {} => Bay::FreeIn(0),
            Work::Suspect { until, .. } => Bay::FreeIn((*until)?.since(now)),
            Work::Reserved { visit, .. } | Work::Connecting { visit, .. } => Bay::Serving {
                mean_ms: mean_ms(visit),
                elapsed_ms: 0,
            },
            Work::Talking { visit } | Work::Holding { visit } => Bay::Serving {
                mean_ms: mean_ms(visit),
                elapsed_ms: now.since(self.roll.get(visit).and_then(|entry| entry.visit.served_at).unwrap_or(window.work_since)),
            },
            Work::WrapUp { .. } => Bay::Writing {
                elapsed_ms: now.since(window.work_since),
            },
        };
        Some(match busy {
            Bay::FreeIn(ms) => Bay::FreeIn(ms.max(away_ms)),
            Bay::Serving { .. } | Bay::Writing { .. } if away_ms > 0 => Bay::FreeIn(away_ms),
            Bay::Serving { .. } | Bay::Writing { .. } => busy,
        })
    }

    /// When today no service of a queue begins between two openings, from and to, milliseconds from now.
    fn gaps(&self, queue: QueueIndex) -> Vec<(u32, u32)> {
        let now = self.turn.now;
        let openings = self.hours_of(queue).openings_today(now);
        let before_first = openings.first().map(|(from, _)| (now, *from));
        let between = openings.windows(2).map(|two| (two[0].1, two[1].0));
        let gaps = before_first.into_iter().chain(between).map(|(from, to)| (from.since(now), to.since(now)));
        gaps.filter(|(from, to)| from < to).collect()
    }

    /// A newcomer of whom nothing is known.
    pub(super) fn anybody(&self) -> Ahead {
        Ahead {
            mean_ms: self.waits.times.hall_mean_ms(),
            gone_permille: self.waits.times.gone_permille(),
            band: ORDINARY_BAND,
            waited_ms: 0,
            here_ms: 0,
        }
    }

    pub(super) fn mean_of(&self, visit: &Visit) -> u32 {
        match &visit.item {
            None => self.waits.times.hall_mean_ms(),
            item @ Some(_) => self.waits.times.mean_ms(item.as_ref(), self.group_of(item.as_ref())),
        }
    }

    pub(super) fn group_of(&self, item: Option<&ItemCode>) -> Option<&str> {
        self.facts.groups.get(item?).map(String::as_str)
    }
}

/// Those of a class who join with a credit; nobody is there yet.
fn with_credit(joins: Joins, of: &Class) -> Option<Class> {
    let (every_ms, credit_ms) = joins.credited_every_ms()?;
    Some(Class {
        line: Vec::new(),
        is_longer: false,
        joins_every_ms: Some(every_ms),
        credit_ms,
        ..of.clone()
    })
}

/// A class in which nobody is.
fn empty(weights: Vec<u32>) -> Class {
    Class {
        after_ms: vec![0; weights.len()],
        weights,
        line: Vec::new(),
        is_longer: false,
        joins_every_ms: None,
        credit_ms: 0,
    }
}

/// How long people are away for this reason; `None` when nobody can say.
fn usual_break_ms(reason: BreakReason) -> Option<u32> {
    let minutes = match reason {
        BreakReason::Rest | BreakReason::Counter => 15,
        BreakReason::BackOffice | BreakReason::Other => 20,
        BreakReason::Meal => 45,
        BreakReason::Meeting | BreakReason::Equipment | BreakReason::Training => return None,
    };
    Some(minutes * MINUTE_MS)
}
