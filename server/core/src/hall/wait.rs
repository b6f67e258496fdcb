//! The estimated wait of this hall: what it learns, how it looks to the forecast, and who is shown what (DOMAIN 3.7).
//! The wait travels with the place and causes no message of its own.

use yunyiban_protocol::{BreakReason, Busyness, ItemCode, Outcome, Presence, Timestamp, WaitRange, Work};

use crate::eta::{Ahead, Bay, Forecast, PLAYED_RANKS, Ranges, Scene, ServiceTimes};
use crate::hall::line::Spot;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::{Entry, Slot};
use crate::hall::{Desk, Hall};
use crate::{Visit, VisitState};

/// The forecast is made anew after this, however much happened: joining costs the same in a line of ten thousand.
/// Milliseconds.
const FORECAST_EVERY_MS: u32 = 10_000;

/// The same while nobody is in line.
const FORECAST_EVERY_IDLE_MS: u32 = 30_000;

/// Ranks that are played beyond those who wait: some will join before the next forecast.
const NEWCOMERS: usize = 8;

/// How likely a turn comes to nothing while the phone sleeps, permille.
const GONE_WHILE_AWAY_PERMILLE: u32 = 400;

/// A break that should be over is over in so long. Milliseconds.
const BACK_SOON_MS: u32 = 5 * MINUTE_MS;

const MINUTE_MS: u32 = 60_000;

/// What the hall knows of waits, in memory; learned again from the rows after a restart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waits {
    pub times: ServiceTimes,
    /// Of each queue.
    ranges: Vec<Ranges>,
    /// Of each queue of which no wait is shown: as if everybody whom its windows take stood in one line. Near enough to
    /// say whether the day is full.
    rough: Vec<Option<Forecast>>,
    /// When they were made.
    made_at: Option<Timestamp>,
}

impl Hall {
    /// The wait of somebody in line, by the true place. Far back, where nobody counts ranks, it is what was
    /// shown at joining less what has passed since.
    pub(super) fn wait_of(&self, entry: &Entry) -> Option<WaitRange> {
        let spot = entry.spot?;
        if self.matching.waits_for_supervisor(&entry.visit) {
            // It waits for one person, whatever the line does.
            return None;
        }
        let ranges = self.waits.ranges.get(usize::from(spot.queue))?;
        if let Some(rank) = self.rank_among_rivals(&spot) {
            return ranges.of_rank(rank);
        }
        let (nearest, shown) = (ranges.of_rank(PLAYED_RANKS - 1)?, entry.visit.shown_wait?);
        let passed = self.turn.now.since(entry.visit.waits_here_since()) / MINUTE_MS;
        let from_minutes = shown.from_minutes.saturating_sub(passed).max(nearest.from_minutes);
        Some(WaitRange {
            from_minutes,
            to_minutes: shown.to_minutes.saturating_sub(passed).max(nearest.to_minutes).max(from_minutes + 1),
        })
    }

    /// The wait shown to a visit that is about to stand in line. The forecast is not made again before it is told.
    pub(super) fn wait_on_joining(&mut self, slot: Slot) -> Option<WaitRange> {
        self.forecast_after(FORECAST_EVERY_MS);
        let visit = &self.roll[slot].visit;
        if self.matching.waits_for_supervisor(visit) {
            return None;
        }
        let (order, queue) = (visit.order, self.matching.index_of(&visit.queue));
        let rank = self.rank_among_rivals(&Spot { order, slot, queue }).unwrap_or(self.waiting_with(queue));
        self.waits.ranges.get(usize::from(queue))?.of_rank(rank)
    }

    /// People ahead in all queues that the same windows take; `None` for more than 50 in one of them.
    fn rank_among_rivals(&self, spot: &Spot) -> Option<usize> {
        let rivals = self.matching.rivals(spot.queue);
        rivals.iter().map(|queue| self.line.rank(&Spot { queue: *queue, ..*spot })).sum()
    }

    /// People in line in all queues that compete with this one.
    fn waiting_with(&self, queue: QueueIndex) -> usize {
        self.matching.rivals(queue).iter().map(|rival| self.line.len_of(*rival)).sum()
    }

    /// How busy the hall is.
    pub(super) fn busyness(&self) -> Busyness {
        Busyness {
            waiting: self.line.len() as u32,
            windows: self.windows_on_duty() as u32,
            returning: self.windows_returning() as u32,
            wait: self.wait_of_newcomers(),
        }
    }

    /// What somebody would wait who has not said yet for what: the queues together.
    fn wait_of_newcomers(&self) -> Option<WaitRange> {
        let waits = (0..)
            .zip(&self.waits.ranges)
            .map(|(queue, ranges)| ranges.of_rank(self.waiting_with(queue)));
        waits.reduce(|one, other| {
            let (one, other) = (one?, other?);
            Some(WaitRange {
                from_minutes: one.from_minutes.min(other.from_minutes),
                to_minutes: one.to_minutes.max(other.to_minutes),
            })
        })?
    }

    /// Whether a newcomer's service in this queue would by forecast end after this moment.
    pub(super) fn would_end_after(&self, queue: QueueIndex, closing: Timestamp, now: Timestamp) -> bool {
        let (waits, index, waiting) = (&self.waits, usize::from(queue), self.waiting_with(queue));
        let told = waits.ranges.get(index).and_then(|ranges| ranges.turn(waiting));
        let turn = told.or_else(|| Some(waits.rough.get(index)?.as_ref()?.turn(waiting)));
        turn.is_some_and(|turn| now.plus(turn.middle_ms).plus(self.anybody().mean_ms) > closing)
    }

    /// The rules are others: the next who asks gets a forecast by them.
    pub(super) fn forecast_anew(&mut self) {
        self.waits.made_at = None;
    }

    /// Makes the forecast anew when it is old.
    pub(super) fn forecast_again(&mut self) {
        let nobody_waits = self.line.len() == 0;
        self.forecast_after(if nobody_waits { FORECAST_EVERY_IDLE_MS } else { FORECAST_EVERY_MS });
    }

    fn forecast_after(&mut self, every_ms: u32) {
        let now = self.turn.now;
        if self.waits.made_at.is_some_and(|made| now.since(made) < every_ms) {
            return;
        }
        let queues = 0..self.matching.queues.len() as QueueIndex;
        // Where nobody can say yet who will be taken before whom, only the place is shown.
        let forecasts: Vec<_> = queues
            .map(|queue| (self.scene(queue).forecast(), self.matching.is_one_line(queue)))
            .collect();
        let Waits { ranges, rough, .. } = &mut self.waits;
        ranges.resize_with(forecasts.len(), Ranges::default);
        rough.clear();
        for (ranges, (forecast, is_shown)) in ranges.iter_mut().zip(forecasts) {
            let (shown, hidden) = if is_shown { (forecast, None) } else { (None, forecast) };
            ranges.renew(shown);
            rough.push(hidden);
        }
        self.waits.made_at = Some(now);
    }

    /// Learns from a service that was written up.
    pub(super) fn learn_service(&mut self, slot: Slot) {
        let visit = self.roll[slot].visit.clone();
        self.learn_from(&visit);
    }

    /// The same from a row.
    pub(super) fn learn_from(&mut self, visit: &Visit) {
        if let (Some(began), Some(ended)) = (visit.served_at, visit.wrapped_at) {
            let group = self.group_of(visit.item.as_ref()).map(str::to_owned);
            self.waits.times.learn(visit.item.clone(), group, ended.since(began));
        }
        if let (VisitState::Closed { at, .. }, Some(ended)) = (&visit.state, visit.wrapped_at) {
            self.waits.times.learn_writing(ended.since(*at));
        }
    }

    /// Learns whether a place in line came to something.
    pub(super) fn learn_end(&mut self, visit: &Visit) {
        let VisitState::Closed { outcome, .. } = visit.state else { return };
        match outcome {
            Outcome::Served => self.waits.times.learn_came(),
            Outcome::Abandoned | Outcome::Expired => self.waits.times.learn_gone(),
            // Whoever did not come to an appointment stood in no line.
            Outcome::NoShow | Outcome::Cancelled | Outcome::ClosedOut | Outcome::Rejected | Outcome::Failed => {}
        }
    }

    /// The number of whoever of the queue began to be served last.
    pub(super) fn serving_number(&self, queue: QueueIndex) -> Option<String> {
        let talking = self.desks.iter().filter_map(|desk| match &desk.window.work {
            Work::Talking { visit } | Work::Holding { visit } => self.roll.get(visit),
            Work::Idle {} | Work::Reserved { .. } | Work::Connecting { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => None,
        });
        talking
            .filter(|entry| self.matching.index_of(&entry.visit.queue) == queue)
            .max_by_key(|entry| (entry.visit.state.talking_since(), entry.visit.order))
            .map(|entry| entry.visit.number.to_string())
    }

    /// The hall as somebody in this queue sees it: everybody who competes stands in one line before the windows that
    /// serve any of them.
    fn scene(&self, queue: QueueIndex) -> Scene<'_> {
        let rivals = self.matching.rivals(queue);
        let waiting = self.waiting_with(queue);
        let times = &self.waits.times;
        let gone_permille = times.gone_permille();
        let ahead = |spot: &Spot| {
            let visit = &self.roll[spot.slot].visit;
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
            }
        };
        let gaps = self.gaps(queue);
        let in_gap = gaps.first().filter(|(from, _)| *from == 0).map(|(_, until)| *until);
        let desks = (0..self.desks.len()).filter(|desk| rivals.iter().any(|rival| self.matching.serves(*desk, *rival)));
        let bays: Vec<Bay> = desks.filter_map(|desk| self.bay(&self.desks[desk], in_gap)).collect();
        // Whoever serves while the hall is closed at noon does not wait for the afternoon.
        let at_work = in_gap.is_some() && bays.iter().any(|bay| !matches!(bay, Bay::FreeIn(ms) if *ms > 0));
        let line = self.line.first(rivals);
        Scene {
            line: line.iter().map(ahead).collect(),
            ranks: (waiting + NEWCOMERS).min(PLAYED_RANKS),
            anybody: self.anybody(),
            gaps: gaps.into_iter().filter(|(from, _)| !(at_work && *from == 0)).collect(),
            handover_ms: times.handover_ms(),
            times,
            bays,
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
    fn anybody(&self) -> Ahead {
        Ahead {
            mean_ms: self.waits.times.hall_mean_ms(),
            gone_permille: self.waits.times.gone_permille(),
        }
    }

    fn mean_of(&self, visit: &Visit) -> u32 {
        match &visit.item {
            None => self.waits.times.hall_mean_ms(),
            item @ Some(_) => self.waits.times.mean_ms(item.as_ref(), self.group_of(item.as_ref())),
        }
    }

    fn group_of(&self, item: Option<&ItemCode>) -> Option<&str> {
        self.facts.groups.get(item?).map(String::as_str)
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
