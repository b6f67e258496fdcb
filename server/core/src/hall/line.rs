//! The order of everyone in line, queue by queue, and the scale on which places are shown.
//!
//! Only the first 52 need a rank: behind them everybody reads "more than 50". So the head is a short sorted list,
//! where ranks are positions, and the rest an ordered set. Joining, leaving and being rung cost the same
//! at ten waiting and at ten thousand, but for the depth of that set.

use std::collections::BTreeSet;

use yunyiban_protocol::Ahead;

use crate::OrderKey;
use crate::hall::matching::QueueIndex;
use crate::hall::roll::Slot;

/// Ranks at which the shown place changes (JOURNEYS, notes to the screens): 1, 2, 3, 4, 5 exactly,
/// then 6–10, about 15, 20, 30, 50, and more than 50.
const STARTS: [usize; 11] = [1, 2, 3, 4, 5, 6, 11, 16, 21, 31, 51];

/// One rank more than the last of [`STARTS`], so that whoever crosses it is seen.
const HEAD: usize = 52;

/// A step of the shown scale: 0 = nobody ahead … 11 = more than 50.
pub(super) type Step = u8;

/// One visit's spot in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Where.
    pub order: OrderKey,
    /// Who.
    pub slot: Slot,
    /// Of which queue.
    pub queue: QueueIndex,
}

/// The order of each queue.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lines {
    queues: Vec<Line>,
}

impl Lines {
    /// So many empty queues.
    pub fn new(queues: usize) -> Self {
        Self {
            queues: vec![Line::default(); queues],
        }
    }

    /// People in line, in all queues.
    pub fn len(&self) -> usize {
        self.queues.iter().map(Line::len).sum()
    }

    /// People in line in one queue.
    pub fn len_of(&self, queue: QueueIndex) -> usize {
        self.of(queue).len()
    }

    /// The first few of a queue in order, at most 52.
    pub fn head(&self, queue: QueueIndex) -> &[Spot] {
        self.of(queue).head()
    }

    /// The first few of these queues together in order, at most 52.
    pub fn first(&self, queues: &[QueueIndex]) -> Vec<Spot> {
        let mut first: Vec<Spot> = queues.iter().flat_map(|queue| self.head(*queue)).copied().collect();
        first.sort_unstable();
        first.truncate(HEAD);
        first
    }

    /// People of its queue ahead of this spot; `None` for more than 50.
    pub fn rank(&self, spot: &Spot) -> Option<usize> {
        self.of(spot.queue).rank(spot)
    }

    /// The step of its queue on which this spot stands.
    pub fn step(&self, spot: &Spot) -> Step {
        self.of(spot.queue).step(spot)
    }

    /// See [`Line::insert`].
    pub fn insert(&mut self, spot: Spot) -> Vec<(Slot, Step)> {
        self.queues[usize::from(spot.queue)].insert(spot)
    }

    /// See [`Line::remove`].
    pub fn remove(&mut self, spot: &Spot) -> Vec<(Slot, Step)> {
        self.queues[usize::from(spot.queue)].remove(spot)
    }

    /// The last key of a queue above `lower`, up to and with `upper`, but for `own`.
    pub fn last_between(&self, queue: QueueIndex, lower: &OrderKey, upper: &OrderKey, own: &OrderKey) -> Option<OrderKey> {
        self.of(queue).last_between(lower, upper, own)
    }

    fn of(&self, queue: QueueIndex) -> &Line {
        &self.queues[usize::from(queue)]
    }
}

/// The order of one queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// The first [`HEAD`], sorted. Shorter only when `tail` is empty.
    head: Vec<Spot>,
    /// The others.
    tail: BTreeSet<Spot>,
}

impl Line {
    /// People in line.
    pub fn len(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    /// The first few in order, at most 52.
    pub fn head(&self) -> &[Spot] {
        &self.head
    }

    /// People ahead of this spot, or of where it would stand; `None` for more than 50.
    pub fn rank(&self, spot: &Spot) -> Option<usize> {
        let rank = self.head.partition_point(|other| other < spot);
        (rank < HEAD - 1).then_some(rank)
    }

    /// The step on which this spot stands.
    pub fn step(&self, spot: &Spot) -> Step {
        step(self.rank(spot).unwrap_or(HEAD))
    }

    /// Lets a visit in. Returns who was pushed down a step, and the step each stood on.
    pub fn insert(&mut self, spot: Spot) -> Vec<(Slot, Step)> {
        let rank = self.head.partition_point(|other| *other < spot);
        if rank == HEAD || (rank == self.head.len() && !self.tail.is_empty()) {
            self.tail.insert(spot);
            return Vec::new();
        }
        self.head.insert(rank, spot);
        let pushed = self.at_starts(rank, |start| start);
        if self.head.len() > HEAD
            && let Some(last) = self.head.pop()
        {
            self.tail.insert(last);
        }
        pushed.into_iter().map(|(slot, start)| (slot, step(start - 1))).collect()
    }

    /// Lets a visit out. Returns who came up a step, and the step each stood on.
    pub fn remove(&mut self, spot: &Spot) -> Vec<(Slot, Step)> {
        let Ok(rank) = self.head.binary_search(spot) else {
            self.tail.remove(spot);
            return Vec::new();
        };
        self.head.remove(rank);
        if let Some(next) = self.tail.pop_first() {
            self.head.push(next);
        }
        let raised = self.at_starts(rank, |start| start - 1);
        raised.into_iter().map(|(slot, start)| (slot, step(start))).collect()
    }

    /// See [`Lines::last_between`].
    fn last_between(&self, lower: &OrderKey, upper: &OrderKey, own: &OrderKey) -> Option<OrderKey> {
        let spot = |order: &OrderKey, slot| Spot {
            order: *order,
            slot: Slot(slot),
            queue: 0,
        };
        let tail = self.tail.range(spot(lower, 0)..=spot(upper, u32::MAX)).rev().map(|spot| spot.order);
        let head = self.head.iter().rev().map(|spot| spot.order);
        tail.chain(head).find(|order| order > lower && order <= upper && order != own)
    }

    /// For every start behind `rank`: who stands now at the position it names.
    fn at_starts(&self, rank: usize, position: impl Fn(usize) -> usize) -> Vec<(Slot, usize)> {
        let behind = STARTS.iter().filter(|start| **start > rank);
        behind
            .filter_map(|start| self.head.get(position(*start)).map(|spot| (spot.slot, *start)))
            .collect()
    }
}

/// The step of a rank.
fn step(rank: usize) -> Step {
    STARTS.partition_point(|start| *start <= rank) as Step
}

/// Ranks that look like this step, first and last; the last step has no end.
fn ranks(step: Step) -> (usize, Option<usize>) {
    let step = usize::from(step);
    let first = if step == 0 { 0 } else { STARTS[step - 1] };
    (first, STARTS.get(step).map(|next| next - 1))
}

/// The step on which somebody with so many people ahead stands.
#[cfg(test)]
pub(super) fn step_of(rank: usize) -> Step {
    step(rank)
}

/// How a step is shown.
pub(super) fn ahead(step: Step) -> Ahead {
    match ranks(step) {
        (from, None) => Ahead::Over { count: from as u32 - 1 },
        (from, Some(to)) if from == to => Ahead::Exact { count: from as u32 },
        (6, Some(to)) => Ahead::Between { from: 6, to: to as u32 },
        (_, Some(to)) => Ahead::About { count: to as u32 },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yunyiban_protocol::Timestamp;

    use super::*;

    fn spot(number: u32) -> Spot {
        let order = OrderKey {
            band: 1,
            effective: Timestamp::from_millis(0),
            behind: number,
            seq: number,
        };
        Spot {
            order,
            slot: Slot(number),
            queue: 0,
        }
    }

    #[test]
    fn the_scale_reads_as_the_screens_say() {
        let shown: Vec<Ahead> = [0, 5, 6, 10, 11, 15, 16, 20, 21, 30, 31, 50, 51, 9_000]
            .into_iter()
            .map(|rank| ahead(step(rank)))
            .collect();
        let about = |count| Ahead::About { count };
        let between = Ahead::Between { from: 6, to: 10 };
        let exact = |count| Ahead::Exact { count };
        let over = Ahead::Over { count: 50 };
        let wanted = [
            exact(0),
            exact(5),
            between,
            between,
            about(15),
            about(15),
            about(20),
            about(20),
            about(30),
            about(30),
            about(50),
            about(50),
            over,
            over,
        ];
        assert_eq!(shown, wanted);
    }

    proptest! {
        /// Whoever changes step is named, with the step before; nobody else is.
        #[test]
        fn those_who_cross_are_named_and_nobody_else(moves in prop::collection::vec((0u32..150, any::<bool>()), 1..200)) {
            let mut line = Line::default();
            let mut model: BTreeSet<Spot> = BTreeSet::new();
            let steps = |model: &BTreeSet<Spot>| -> Vec<(Slot, Step)> { model.iter().enumerate().map(|(rank, spot)| (spot.slot, step(rank))).collect() };
            for (number, join) in moves {
                let spot = spot(number);
                let before = steps(&model);
                let mut crossed = if join {
                    if !model.insert(spot) { continue }
                    line.insert(spot)
                } else {
                    if !model.remove(&spot) { continue }
                    line.remove(&spot)
                };
                let after = steps(&model);
                let mut wanted: Vec<(Slot, Step)> = before.into_iter().filter(|(slot, step)| after.iter().any(|(other, now)| other == slot && now != step)).collect();
                wanted.sort();
                crossed.sort();
                prop_assert_eq!(crossed, wanted);
                prop_assert_eq!(line.len(), model.len());
                for (rank, spot) in model.iter().enumerate() {
                    prop_assert_eq!(line.rank(spot), (rank <= 50).then_some(rank));
                }
            }
        }
    }
}
