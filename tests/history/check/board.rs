//! The board (I11): how many wait, as anyone may read it, is what the events said at some moment between the question and its answer.

use crate::history::archive::{About, Archive};
use crate::history::check::effects::effects;
use crate::history::entry::Op;
use crate::history::reading::History;

/// Counts that were never true while they were asked for.
pub fn counted(history: &History, archive: &Archive) -> Vec<String> {
    let waiting = waiting(archive);
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
        let to = after.map_or(waiting.len(), |nth| begun[nth].1 as usize);
        let possible = &waiting[from.min(waiting.len() - 1)..to.clamp(from + 1, waiting.len())];
        let told = read.told.ahead?;
        (!possible.contains(&told)).then(|| {
            format!(
                "{} was told that {told} wait at {}, between events {from} and {to}",
                read.who, read.begun_us
            )
        })
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
    fn a_count_that_was_true_before_or_never_is_found() {
        for told in [0, 1, 7] {
            let (mut history, archive) = good_day();
            let read = history.operations.iter_mut().find(|operation| operation.op == Op::ReadBoard).unwrap();
            read.told.ahead = Some(told);
            assert_eq!(counted(&history, &archive).len(), 1, "{told}");
        }
    }
}
