//! The estimated wait of this hall: what it learns, and who is shown what (DOMAIN 3.7); how the hall looks to the forecast stands in
//! [`crate::hall::scene`]. The wait travels with the place and causes no message of its own.
//!
//! Where all who compete are taken by the same windows alike, they are one line, and a rank is that among all of them. Elsewhere people are
//! told apart by what they ask of windows (queue and skill), and a rank is that among those who ask for the same.

use std::collections::BTreeMap;

use yunyiban_protocol::{Busyness, Outcome, Timestamp, WaitRange, Work};

use crate::eta::{Forecast, PLAYED_RANKS, Ranges, ServiceTimes};
use crate::hall::Hall;
use crate::hall::line::Spot;
use crate::hall::matching::{Demand, QueueIndex};
use crate::hall::roll::{Entry, Slot};
use crate::{OrderKey, Visit, VisitState};

/// The forecast is made anew after this, however much happened: joining costs the same in a line of ten thousand.
/// Milliseconds.
const FORECAST_EVERY_MS: u32 = 10_000;

/// The same while nobody is in line.
const FORECAST_EVERY_IDLE_MS: u32 = 30_000;

const MINUTE_MS: u32 = 60_000;

/// What the hall knows of waits, in memory; learned again from the rows after a restart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waits {
    pub times: ServiceTimes,
    /// Of all who are told apart.
    told: BTreeMap<Demand, Told>,
    /// Of each queue of which nothing can be told, as if it were one line: near enough to say whether the day is full, and shown to nobody.
    rough: BTreeMap<QueueIndex, Forecast>,
    /// They were made by the rules in force.
    by_rules: bool,
}

/// What is shown to those who are told the same.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    ranges: Ranges,
    made_at: Timestamp,
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
        let told = self.matching.told_as(&entry.visit);
        let ranges = &self.waits.told.get(&told)?.ranges;
        let nearest = match self.rank_as(&told, &spot) {
            Ok(rank) => return ranges.of_rank(rank),
            Err(least) => ranges.of_rank(least)?,
        };
        let shown = entry.visit.shown_wait?;
        let passed = self.turn.now.since(entry.visit.waits_here_since()) / MINUTE_MS;
        let from_minutes = shown.from_minutes.saturating_sub(passed).max(nearest.from_minutes);
        Some(WaitRange {
            from_minutes,
            to_minutes: shown.to_minutes.saturating_sub(passed).max(nearest.to_minutes).max(from_minutes + 1),
        })
    }

    /// The wait shown to a visit that is about to stand in line. The forecast is not made again before it is told.
    pub(super) fn wait_on_joining(&mut self, slot: Slot) -> Option<WaitRange> {
        self.forecast_for(slot);
        let visit = &self.roll[slot].visit;
        self.wait_in_order(visit, slot, visit.order)
    }

    /// The wait shown to a visit that is about to go ahead to this place, counted like the one shown at joining from when it began to wait.
    pub(super) fn wait_on_going_ahead(&mut self, slot: Slot, order: OrderKey) -> Option<WaitRange> {
        self.forecast_for(slot);
        let visit = &self.roll[slot].visit;
        let told = self.wait_in_order(visit, slot, order)?;
        let passed_ms = self.turn.now.since(visit.waits_here_since());
        Some(WaitRange {
            from_minutes: told.from_minutes + passed_ms / MINUTE_MS,
            to_minutes: told.to_minutes + passed_ms.div_ceil(MINUTE_MS),
        })
    }

    fn wait_in_order(&self, visit: &Visit, slot: Slot, order: OrderKey) -> Option<WaitRange> {
        if self.matching.waits_for_supervisor(visit) {
            return None;
        }
        let told = self.matching.told_as(visit);
        let spot = Spot {
            order,
            slot,
            queue: told.queue(),
        };
        let rank = self.rank_as(&told, &spot).unwrap_or(self.waiting_as(&told));
        self.waits.told.get(&told)?.ranges.of_rank(rank)
    }

    /// People ahead of this spot who are told the same; far back, where nobody counts, at least how many.
    fn rank_as(&self, told: &Demand, spot: &Spot) -> Result<usize, usize> {
        if self.matching.is_one_line(spot.queue) {
            let rivals = self.matching.rivals(spot.queue);
            let ranks: Option<usize> = rivals.iter().map(|queue| self.line.rank(&Spot { queue: *queue, ..*spot })).sum();
            return ranks.ok_or(PLAYED_RANKS - 1);
        }
        let head = self.line.head(spot.queue);
        match self.line.rank(spot) {
            Some(rank) => Ok(self.alike(told, &head[..rank])),
            None => Err(self.alike(told, head)),
        }
    }

    /// How many in line are told the same. Behind the first fifty nobody is looked at: as many as among them.
    pub(super) fn waiting_as(&self, told: &Demand) -> usize {
        let queue = told.queue();
        if self.matching.is_one_line(queue) {
            return self.waiting_with(queue);
        }
        let head = self.line.head(queue);
        self.alike(told, head) * self.line.len_of(queue) / head.len().max(1)
    }

    /// People in line in all queues that compete with this one.
    pub(super) fn waiting_with(&self, queue: QueueIndex) -> usize {
        self.matching.rivals(queue).iter().map(|rival| self.line.len_of(*rival)).sum()
    }

    fn alike(&self, told: &Demand, spots: &[Spot]) -> usize {
        let is_alike = |spot: &&Spot| self.matching.told_as(&self.roll[spot.slot].visit) == *told;
        spots.iter().filter(is_alike).count()
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
        let plain = self.matching.every_queue().into_iter().map(Demand::plain);
        let waits = plain.map(|told| self.waits.told.get(&told)?.ranges.of_rank(self.waiting_as(&told)));
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
        let told = Demand::plain(queue);
        let turn = self.waits.told.get(&told).and_then(|of| of.ranges.turn(self.waiting_as(&told)));
        let turn = turn.or_else(|| Some(self.waits.rough.get(&queue)?.turn(self.waiting_with(queue))));
        turn.is_some_and(|turn| now.plus(turn.middle_ms).plus(self.anybody().mean_ms) > closing)
    }

    /// The rules are others: the next who asks gets a forecast by them.
    pub(super) fn forecast_anew(&mut self) {
        self.waits.by_rules = false;
    }

    /// Makes the oldest forecast anew when it is old: one in a turn, so that no turn is longer because many are told apart.
    pub(super) fn forecast_again(&mut self) {
        self.forecast_all_by_rules();
        let every_ms = if self.line.len() == 0 {
            FORECAST_EVERY_IDLE_MS
        } else {
            FORECAST_EVERY_MS
        };
        let oldest = self
            .waits
            .told
            .iter()
            .min_by_key(|(_, of)| of.made_at)
            .map(|(told, of)| (*told, of.made_at));
        if let Some((told, _)) = oldest.filter(|(_, made_at)| self.turn.now.since(*made_at) >= every_ms) {
            self.forecast(&told);
        }
    }

    /// Makes the forecast anew that is told to this visit, when it is old.
    fn forecast_for(&mut self, slot: Slot) {
        self.forecast_all_by_rules();
        let told = self.matching.told_as(&self.roll[slot].visit);
        let made_at = self.waits.told.get(&told).map(|of| of.made_at);
        if made_at.is_some_and(|made_at| self.turn.now.since(made_at) >= FORECAST_EVERY_MS) {
            self.forecast(&told);
        }
    }

    fn forecast_all_by_rules(&mut self) {
        if self.waits.by_rules {
            return;
        }
        let queues = self.matching.every_queue();
        let told: Vec<Demand> = queues.into_iter().flat_map(|queue| self.matching.told_apart(queue)).collect();
        self.waits.told.retain(|before, _| told.contains(before));
        self.waits.rough.clear();
        told.iter().for_each(|told| self.forecast(told));
        self.waits.by_rules = true;
    }

    fn forecast(&mut self, told: &Demand) {
        let (now, queue, joins) = (self.turn.now, told.queue(), self.joins());
        let forecast = self.scene(told, &joins).forecast();
        if *told == Demand::plain(queue) {
            let is_told = forecast.is_some() || self.matching.is_one_line(queue);
            let rough = if is_told {
                None
            } else {
                self.scene_as_one_line(queue, &joins).forecast()
            };
            self.waits.rough.remove(&queue);
            self.waits.rough.extend(rough.map(|rough| (queue, rough)));
        }
        let of = self.waits.told.entry(*told).or_insert_with(|| Told {
            ranges: Ranges::default(),
            made_at: now,
        });
        of.made_at = now;
        of.ranges.renew(forecast);
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
        if visit.waits_elsewhere() {
            return;
        }
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
}
