//! Whose waits are told apart (DOMAIN 3.7): everybody alike in the order of one line, else by what they ask of windows.

use super::{Demand, Matching, QueueIndex};
use crate::Visit;

impl Demand {
    /// Where they stand.
    pub const fn queue(self) -> QueueIndex {
        self.queue
    }

    /// Of somebody who needs nothing but the queue.
    pub const fn plain(queue: QueueIndex) -> Self {
        Self {
            queue,
            need: None,
            supervised: false,
        }
    }
}

impl Matching {
    /// How much a minute of waiting weighs at this window for whoever asks this, and after how long a wait it takes them, milliseconds;
    /// `None` where it never does.
    pub fn taken_after(&self, desk: usize, demand: &Demand) -> Option<(u32, u32)> {
        let takes = &self.takes[desk];
        let weight = takes.weights[usize::from(demand.queue)];
        if let Some(is_for) = self.is_for(desk, demand.supervised) {
            return is_for.then_some((weight.max(1), 0));
        }
        let after_ms = match demand.need {
            None => Some(0),
            Some(need) => {
                let steps = takes.lacks[usize::from(need)].filter(|lacks| *lacks == 0 || self.level_step_ms > 0);
                let lowered = steps.map(|steps| steps.saturating_mul(self.level_step_ms));
                let widened = takes.universal.then_some(self.widen_ms);
                [lowered, widened].into_iter().flatten().min()
            }
        };
        after_ms.filter(|_| weight > 0).map(|after_ms| (weight, after_ms))
    }

    /// Queues that compete with this one, over others too: those of its rivals' rivals, and so on, itself included.
    pub fn competing(&self, queue: QueueIndex) -> Vec<QueueIndex> {
        let mut found = vec![queue];
        let mut looked_at = 0;
        while let Some(of) = found.get(looked_at).copied() {
            looked_at += 1;
            let others = self.rivals(of).iter().filter(|rival| !found.contains(rival)).copied();
            found.extend(others.collect::<Vec<_>>());
        }
        found
    }

    /// Whom a wait is told apart from others in this queue: everybody alike in the order of one line, else by what they ask of windows.
    pub fn told_apart(&self, queue: QueueIndex) -> Vec<Demand> {
        if self.is_one_line(queue) {
            return vec![Demand::plain(queue)];
        }
        let theirs = self.demands.iter().filter(|demand| demand.queue == queue && !demand.supervised);
        theirs.copied().collect()
    }

    /// The one of [`Matching::told_apart`] that this visit is; none of them where it waits for a supervisor.
    pub fn told_as(&self, visit: &Visit) -> Demand {
        let demand = self.demand(visit);
        if self.is_one_line(demand.queue) {
            return Demand::plain(demand.queue);
        }
        Demand {
            supervised: self.waits_for_supervisor(visit),
            ..demand
        }
    }
}
