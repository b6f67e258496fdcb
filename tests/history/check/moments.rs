//! Between which moments of real time an event was stored, as far as people saw it; and when nothing went wrong.

use crate::history::archive::Archive;
use crate::history::check::effects::effects;
use crate::history::reading::{History, NEVER};

/// After a fault everybody is back, and what ran before a restart has had its grace.
const GRACE_US: u64 = 6_000_000;

/// The moments of a day.
pub struct Moments {
    not_before: Vec<u64>,
    not_after: Vec<u64>,
    /// When anybody wrote down anything for the last time.
    ends_us: u64,
    /// From the grace of each fault to the next fault.
    peace: Vec<(u64, u64)>,
}

impl Moments {
    /// Whoever was answered saw it stored, and nothing is stored before somebody asked for what comes before it.
    pub fn of(history: &History, archive: &Archive) -> Self {
        let newest = archive.facts.last().map_or(0, |fact| fact.seq) as usize;
        let (mut not_before, mut not_after) = (vec![0; newest + 2], vec![NEVER; newest + 2]);
        for effect in effects(history, archive) {
            let seq = effect.seq as usize;
            not_before[seq] = effect.begun_us.max(not_before[seq]);
            not_after[seq] = effect.ended_us.min(not_after[seq]);
        }
        for sight in &history.sights {
            if let Some(seq) = sight.value.seq.map(|seq| seq as usize).filter(|seq| *seq <= newest) {
                not_after[seq] = sight.at_us.min(not_after[seq]);
            }
        }
        for seq in 1..not_before.len() {
            not_before[seq] = not_before[seq].max(not_before[seq - 1]);
        }
        for seq in (1..not_after.len()).rev() {
            not_after[seq - 1] = not_after[seq - 1].min(not_after[seq]);
        }
        Self {
            not_before,
            not_after,
            ends_us: history.ends_us(),
            peace: peace(history),
        }
    }

    /// The event was not stored before this moment.
    pub fn not_before(&self, seq: u32) -> u64 {
        self.not_before[seq as usize]
    }

    /// It was stored by this moment.
    pub fn not_after(&self, seq: u32) -> u64 {
        self.not_after[seq as usize]
    }

    /// How long what one event began and another ended surely lasted while nothing went wrong, milliseconds.
    pub fn lasted_in_peace_ms(&self, from: u32, to: u32) -> u64 {
        self.peace_within_ms(self.not_after(from), self.not_before(to))
    }

    /// The same of what nothing has ended: up to the end of the history.
    pub fn lasted_on_in_peace_ms(&self, from: u32) -> u64 {
        self.peace_within_ms(self.not_after(from), self.ends_us)
    }

    /// The longest time within a span in which nothing went wrong, milliseconds.
    pub fn peace_within_ms(&self, from_us: u64, to_us: u64) -> u64 {
        let overlaps = self.peace.iter().map(|(begin, end)| to_us.min(*end).saturating_sub(from_us.max(*begin)));
        overlaps.max().unwrap_or_default() / 1_000
    }
}

fn peace(history: &History) -> Vec<(u64, u64)> {
    let begins = history.faults.iter().map(|fault| fault.ended_us.saturating_add(GRACE_US));
    let ends = history.faults.iter().map(|fault| fault.begun_us).chain([NEVER]);
    [0].into_iter().chain(begins).zip(ends).filter(|(begin, end)| begin < end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;
    use crate::history::reading::Fault;

    #[test]
    fn an_event_lies_between_its_question_and_its_answer() {
        let (history, archive) = good_day();
        let moments = Moments::of(&history, &archive);
        assert_eq!((moments.not_before(1), moments.not_after(1)), (10, 20));
        assert!(
            moments.not_before(7) >= moments.not_before(6) && moments.not_after(7) <= 85,
            "the ring was seen at 85"
        );
    }

    #[test]
    fn peace_begins_after_the_grace_of_a_fault() {
        let (mut history, archive) = good_day();
        let fault = |begun_us, ended_us| Fault {
            kind: "kill".into(),
            begun_us,
            ended_us,
            has_fired: true,
        };
        history.faults = vec![fault(1_000_000, 2_000_000), fault(10_000_000, 11_000_000)];
        let moments = Moments::of(&history, &archive);
        assert_eq!(moments.peace_within_ms(0, 30_000_000), 13_000);
        assert_eq!(moments.peace_within_ms(2_000_000, 16_000_000), 2_000);
    }
}
