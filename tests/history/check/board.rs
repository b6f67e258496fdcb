//! The board (I11, I28): how many wait, and how many windows are on duty, as anyone may read it, is what the events said at some moment between
//! the question and its answer.

use crate::history::archive::{About, Archive};
use crate::history::check::effects::effects;
use crate::history::entry::{Op, Value};
use crate::history::reading::History;

/// Counts of those who wait that were never true while they were asked for.
pub fn counted(history: &History, archive: &Archive) -> Vec<String> {
    untrue(history, archive, &waiting(archive), |told| told.ahead)
}

/// The same of windows on duty.
pub fn on_duty(history: &History, archive: &Archive) -> Vec<String> {
    untrue(history, archive, &open(archive), |told| told.windows)
}

fn untrue(history: &History, archive: &Archive, counts: &[u32], told: impl Fn(&Value) -> Option<u32>) -> Vec<String> {
    let effects = effects(history, archive);
    // By end: the newest event that was surely there. By beginning, from behind: the first that surely was not.
    let mut ended: Vec<(u64, u32)> = effects.iter().map(|effect| (effect.ended_us, effect.seq)).collect();
    ended.sort_unstable();
    grow(&mut ended, u32::max);
    let mut begun: Vec<(u64, u32)> = effects.iter().map(|effect| (effect.begun_us, effect.seq)).collect();
    begun.sort_unstable_by(|one, other| other.cmp(one));
    grow(&mut begun, u32::min);
    let untrue = history.done(Op::ReadBoard).filter_map(|read| {
        let before = ended.partition_point(|(end, _)| *end < read.begun_us).checked_sub(1);
        let after = begun.partition_point(|(begin, _)| *begin > read.ended_us).checked_sub(1);
        let from = before.map_or(0, |nth| ended[nth].1) as usize;
        let to = after.map_or(counts.len(), |nth| begun[nth].1 as usize);
        let possible = &counts[from.min(counts.len() - 1)..to.clamp(from + 1, counts.len())];
        let told = told(&read.told)?;
        (!possible.contains(&told)).then(|| format!("{} was told of {told} at {}, between events {from} and {to}", read.who, read.begun_us))
    });
    untrue.collect()
}

/// How many stand in line after each event; the first before any.
fn waiting(archive: &Archive) -> Vec<u32> {
    let mut in_line = std::collections::BTreeSet::new();
    let mut counts = vec![0];
    for fact in &archive.facts {
        if let About::Visit(standing) = &fact.about {
            if standing.in_line {
                in_line.insert(standing.visit.as_str());
            } else {
                in_line.remove(standing.visit.as_str());
            }
        }
        counts.push(u32::try_from(in_line.len()).unwrap());
    }
    counts
}

/// How many windows take visits after each event.
fn open(archive: &Archive) -> Vec<u32> {
    let mut on_duty = std::collections::BTreeSet::new();
    let mut counts = vec![0];
    for fact in &archive.facts {
        if let About::Window(desk) = &fact.about {
            if desk.is_on_duty {
                on_duty.insert(desk.window.as_str());
            } else {
                on_duty.remove(desk.window.as_str());
            }
        }
        counts.push(u32::try_from(on_duty.len()).unwrap());
    }
    counts
}

/// Each number with all before it.
fn grow(pairs: &mut [(u64, u32)], join: fn(u32, u32) -> u32) {
    let mut so_far = None;
    for (_, number) in pairs {
        *number = so_far.map_or(*number, |so_far| join(so_far, *number));
        so_far = Some(*number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(counted(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn windows_on_duty_that_were_never_so_many_are_found() {
        let (mut history, mut archive) = good_day();
        for fact in &mut archive.facts {
            if let About::Window(desk) = &mut fact.about {
                desk.is_on_duty = true;
            }
        }
        let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadBoard).unwrap();
        read.told.windows = Some(0);
        assert_eq!(on_duty(&history, &archive), Vec::<String>::new());
        let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadBoard).unwrap();
        read.told.windows = Some(1);
        assert_eq!(on_duty(&history, &archive).len(), 1, "nobody sits there before the ring");
    }

    #[test]
    fn a_count_that_was_true_before_or_never_is_found() {
        for told in [0, 1, 7] {
            let (mut history, archive) = good_day();
            let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadBoard).unwrap();
            read.told.ahead = Some(told);
            assert_eq!(counted(&history, &archive).len(), 1, "{told}");
        }
    }
}
