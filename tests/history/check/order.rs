//! Linearizability (I1–I3, I10, I19): the archive's order is one that people could have seen. Whatever was answered before something else was asked
//! stands before it there, and whoever took a number before another asked for one stands before them in the line.

use crate::history::archive::Archive;
use crate::history::check::effects::{Effect, effects};
use crate::history::entry::Op;
use crate::history::reading::History;

/// What stands the wrong way round.
pub fn kept(history: &History, archive: &Archive) -> Vec<String> {
    let mut wrong: Vec<String> = turned_round(effects(history, archive))
        .into_iter()
        .map(|(before, after)| format!("{before:?} was over before {after:?} was asked, and stands behind it"))
        .collect();
    let arrivals = history.done(Op::Take).filter_map(|take| {
        Some(Effect {
            begun_us: take.begun_us,
            ended_us: take.ended_us,
            seq: archive.visits.get(take.told.visit.as_deref()?)?.order,
            op: Op::Take,
        })
    });
    let arrivals = turned_round(arrivals.collect());
    wrong.extend(
        arrivals
            .into_iter()
            .map(|(before, after)| format!("number {before:?} was told before {after:?} was asked for, and is later")),
    );
    wrong
}

/// Pairs of which the first ended before the second began, and has the greater number.
fn turned_round(mut effects: Vec<Effect>) -> Vec<(Effect, Effect)> {
    let mut ended = effects.clone();
    ended.sort_by_key(|effect| effect.ended_us);
    effects.sort_by_key(|effect| effect.begun_us);
    let (mut wrong, mut over, mut newest) = (Vec::new(), ended.into_iter().peekable(), None::<Effect>);
    for effect in effects {
        while let Some(before) = over.next_if(|before| before.ended_us < effect.begun_us) {
            newest = newest.filter(|newest| newest.seq > before.seq).or(Some(before));
        }
        if let Some(before) = newest.filter(|newest| newest.seq > effect.seq) {
            wrong.push((before, effect));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    #[test]
    fn a_good_day_is_good() {
        let (history, archive) = good_day();
        assert_eq!(kept(&history, &archive), Vec::<String>::new());
    }

    #[test]
    fn an_answer_before_its_event_is_found() {
        let (mut history, archive) = good_day();
        // Wang's number was asked for, and told, before Li's was asked for.
        for take in history
            .operations
            .iter_mut()
            .filter(|take| take.op == Op::Take && take.who == "citizen-2")
        {
            (take.begun_us, take.ended_us) = (1, 2);
        }
        assert!(kept(&history, &archive).len() >= 2, "in the events and in the line");
    }

    #[test]
    fn what_overlaps_may_stand_either_way() {
        let effect = |begun_us, ended_us, seq| Effect {
            begun_us,
            ended_us,
            seq,
            op: Op::Here,
        };
        assert_eq!(turned_round(vec![effect(0, 10, 2), effect(5, 15, 1)]), []);
        assert_eq!(turned_round(vec![effect(0, 4, 2), effect(5, 15, 1)]).len(), 1);
        assert_eq!(turned_round(vec![effect(0, 4, 2), effect(1, 3, 1), effect(5, 15, 1)]).len(), 1);
    }
}
