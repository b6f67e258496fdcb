//! How many there are of what, for the operator's figures: counts alone, nothing of anybody.

use std::collections::BTreeMap;

use crate::Hall;

/// What a hall holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Visits that are not over, by the name of their state; states nobody is in are absent.
    pub visits: BTreeMap<&'static str, u32>,
    /// People in line.
    pub in_line: u32,
    /// Windows on duty.
    pub windows_on_duty: u32,
}

impl Hall {
    /// Counts what the hall holds now. One look at each visit of the day.
    pub fn census(&self) -> Census {
        let mut visits = BTreeMap::new();
        for (_, entry) in self.roll.iter() {
            if !entry.visit.state.is_closed() {
                *visits.entry(entry.visit.state.name()).or_default() += 1;
            }
        }
        let busyness = self.busyness();
        Census {
            visits,
            in_line: busyness.waiting,
            windows_on_duty: busyness.windows,
        }
    }
}

impl Census {
    /// Both together: a house of several halls is told as one.
    pub fn add(&mut self, other: &Census) {
        for (state, count) in &other.visits {
            *self.visits.entry(state).or_default() += count;
        }
        self.in_line += other.in_line;
        self.windows_on_duty += other.windows_on_duty;
    }
}
