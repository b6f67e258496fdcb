//! Commit, then tell (I6, I19): whatever a page was shown with an event number is what the archive says at that event.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::archive::{About, Archive, Standing};
use crate::history::entry::Op;
use crate::history::reading::{History, Sight};

/// What was shown and never stored, or stored otherwise.
pub fn true_to_the_archive(history: &History, archive: &Archive) -> Vec<String> {
    let mut standings: BTreeMap<&str, Vec<(u32, &Standing)>> = BTreeMap::new();
    let mut picked: BTreeSet<u32> = BTreeSet::new();
    for fact in &archive.facts {
        if let About::Visit(standing) = &fact.about {
            standings.entry(&standing.visit).or_default().push((fact.seq, standing));
            picked.extend((fact.cause == "picked").then_some(fact.seq));
        }
    }
    let before = |sight: &Sight| {
        let standings = standings.get(sight.value.visit.as_deref()?)?;
        let after = standings.partition_point(|(seq, _)| Some(*seq) <= sight.value.seq);
        Some(&standings[..after])
    };
    let at = |sight: &Sight| -> Option<&Standing> { before(sight)?.last().map(|(_, standing)| *standing) };
    // Whoever is picked is rung and accepted in one turn, and places are told before it.
    let is_just_picked = |sight: &Sight| match before(sight) {
        Some([.., (seq, _), (_, now)]) => picked.contains(seq) && now.state == "connecting" && sight.value.text.as_deref() == Some("place"),
        _ => false,
    };
    // Whoever is told the place and then the state at one event was told both of one batch, whatever else happened in it.
    let states: BTreeSet<_> = history
        .sights
        .iter()
        .filter(|sight| sight.value.text.as_deref() != Some("place"))
        .map(moment_of)
        .collect();
    let is_put_right = |sight: &Sight| sight.value.text.as_deref() == Some("place") && states.contains(&moment_of(sight));
    let untrue = history.sights.iter().filter(|sight| match sight.op {
        Op::Offer => !at(sight).is_some_and(|is| is_rung_at(is, sight.value.window.as_ref())),
        Op::ReadPosition => {
            let is_so = at(sight).is_some_and(|is| is_shown_as(is, sight.value.text.as_deref().unwrap_or_default()));
            !is_so && !is_just_picked(sight) && !is_put_right(sight)
        }
        _ => false,
    });
    untrue
        .map(|sight| {
            format!(
                "{} was shown {:?}, and it is {:?}",
                sight.who,
                sight.value,
                at(sight).map(|is| (&is.state, &is.window))
            )
        })
        .collect()
}

/// Who was shown which visit, at which event.
fn moment_of(sight: &Sight) -> (&str, Option<&str>, Option<u32>) {
    (&sight.who, sight.value.visit.as_deref(), sight.value.seq)
}

/// For whoever waits, and for a talk that is to go on there.
fn is_rung_at(standing: &Standing, window: Option<&String>) -> bool {
    match standing.state.as_str() {
        "ringing" => standing.window.as_ref() == window,
        "transferring" => standing.to.as_ref() == window,
        _ => false,
    }
}

/// A page that reads this is back: whoever is away is shown as waiting, and so is whoever is called.
fn is_shown_as(standing: &Standing, text: &str) -> bool {
    match text {
        "waiting" => matches!(standing.state.as_str(), "waiting" | "away" | "calling"),
        // Places are told before whoever of them was rung in the same batch.
        "place" => matches!(standing.state.as_str(), "waiting" | "away" | "calling" | "callback_kept" | "ringing"),
        other => standing.state == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::check::example::good_day;

    fn with(op: Op, change: impl Fn(&mut Sight)) -> usize {
        let (mut history, archive) = good_day();
        change(history.sights.iter_mut().find(|sight| sight.op == op).unwrap());
        true_to_the_archive(&history, &archive).len()
    }

    #[test]
    fn a_good_day_is_good() {
        assert_eq!(with(Op::Offer, |_| {}), 0);
    }

    #[test]
    fn a_ring_at_another_window_or_before_it_was_stored_is_found() {
        assert_eq!(with(Op::Offer, |offer| offer.value.window = Some("2".into())), 1);
        assert_eq!(with(Op::Offer, |offer| offer.value.seq = Some(6)), 1);
    }

    #[test]
    fn a_place_of_whoever_is_served_is_found_but_not_of_who_was_picked_in_that_turn() {
        for (cause, found) in [("picked", 0), ("rung", 1)] {
            let (mut history, mut archive) = good_day();
            archive.facts.iter_mut().find(|fact| fact.cause == "rung").unwrap().cause = cause.into();
            let shown = history.sights.iter_mut().find(|sight| sight.op == Op::ReadPosition).unwrap();
            (shown.value.seq, shown.value.text) = (Some(8), Some("place".into()));
            assert_eq!(true_to_the_archive(&history, &archive).len(), found, "{cause}");
        }
    }

    #[test]
    fn a_place_is_put_right_by_the_state_told_at_the_same_event_and_by_none_of_another() {
        for (seq, found) in [(8, 0), (9, 1)] {
            let (mut history, archive) = good_day();
            let shown = history.sights.iter_mut().find(|sight| sight.op == Op::ReadPosition).unwrap();
            (shown.value.seq, shown.value.text) = (Some(8), Some("place".into()));
            let mut state = shown.clone();
            (state.value.seq, state.value.text) = (Some(seq), Some("connecting".into()));
            history.sights.push(state);
            let untrue = true_to_the_archive(&history, &archive);
            assert_eq!(untrue.iter().filter(|wrong| wrong.contains("place")).count(), found, "{seq}");
        }
    }

    #[test]
    fn a_state_that_was_never_stored_is_found() {
        assert_eq!(with(Op::ReadPosition, |shown| shown.value.text = Some("closed".into())), 1);
        assert_eq!(with(Op::ReadPosition, |shown| shown.value.seq = Some(0)), 1);
        assert_eq!(with(Op::ReadPosition, |shown| shown.value.visit = Some("nobody".into())), 1);
    }
}
