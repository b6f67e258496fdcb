//! The archive against the diary, read beside the server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use yunyiban::{archive, cli};
use yunyiban_app::ports::Store;
use yunyiban_core::window::visit_of;
use yunyiban_core::{HallImage, OrderKey, Subject, VisitState};
use yunyiban_protocol::{ChatBody, HallId, Timestamp, VisitId};

use super::diary::Diary;
use super::found::Found;

const EVENTS: u32 = 1_000;
const LINES: u32 = 1_000;

/// The places of all who are not through, in order.
pub struct Line(Vec<(OrderKey, VisitId)>);

/// Whether everything told is there, once.
pub async fn check(url: &str, diary: &Diary, found: &mut Found) {
    let store = archive::look(url).await.unwrap();
    let hall = HallId::new(cli::demo::HALL);
    let image = image(&store, &hall).await;
    numbers_are_kept(&image, diary, found);
    nobody_is_held_twice(&image, found);
    lines_are_kept(&store, &hall, diary, found).await;
    records_are_kept(&store, &hall, diary, found).await;
    everyone_has_one_outcome(&store, &hall, &image, found).await;
}

/// The line as the archive has it.
pub async fn line(url: &str) -> Line {
    let store = archive::look(url).await.unwrap();
    let image = image(&store, &HallId::new(cli::demo::HALL)).await;
    let live = image.visits.into_iter().filter(|visit| !visit.state.is_closed());
    let mut line: Vec<_> = live.map(|visit| (visit.order, visit.id)).collect();
    line.sort();
    Line(line)
}

impl Line {
    /// Whoever stood in the line of `before` and still does has the place given then, and stands where they stood. How many these are.
    pub fn is_the_one_of(&self, before: &Self, found: &mut Found) -> usize {
        let still: BTreeSet<&VisitId> = self.0.iter().map(|(_, visit)| visit).collect();
        let stood: BTreeSet<&VisitId> = before.0.iter().map(|(_, visit)| visit).collect();
        let were: Vec<_> = before.0.iter().filter(|(_, visit)| still.contains(visit)).collect();
        let are: Vec<_> = self.0.iter().filter(|(_, visit)| stood.contains(visit)).collect();
        note_others(&were, &are, "the line of before", found);
        are.len()
    }

    /// What a window was told of the line is the order that the archive has. How many it was told of are still there.
    pub fn is_told_as(&self, told: &[VisitId], found: &mut Found) -> usize {
        let told: Vec<_> = told.iter().filter(|visit| self.0.iter().any(|(_, here)| here == *visit)).collect();
        let order: Vec<_> = self.0.iter().map(|(_, visit)| visit).filter(|visit| told.contains(visit)).collect();
        note_others(&told, &order, "the line as it was told", found);
        told.len()
    }
}

/// Notes whoever stands elsewhere than in the line of before.
fn note_others<T: PartialEq + Debug>(were: &[T], are: &[T], what: &str, found: &mut Found) {
    let moved = were.iter().zip(are).filter(|(were, are)| were != are);
    found
        .reordered
        .extend(moved.map(|(were, are)| format!("{what}: {are:?} stands where {were:?} stood")));
}

async fn image(store: &Arc<dyn Store>, hall: &HallId) -> HallImage {
    let beginning = Timestamp::from_millis(0);
    store.load_hall(hall, beginning, beginning).await.unwrap().unwrap()
}

fn numbers_are_kept(image: &HallImage, diary: &Diary, found: &mut Found) {
    let kept: BTreeMap<&VisitId, _> = image.visits.iter().map(|visit| (&visit.id, visit)).collect();
    let mut numbers = BTreeSet::new();
    let again = image.visits.iter().filter(|visit| !numbers.insert(visit.number.as_str()));
    found.doubled.extend(again.map(|visit| format!("{} was given twice", visit.number)));
    let mut line = Vec::new();
    for (visit, told) in &diary.numbers() {
        match kept.get(visit).filter(|kept| kept.number == told.number) {
            Some(kept) => line.push((told.asked, told.told, kept.number[1..].parse::<u32>().unwrap())),
            None => found.lost.push(format!("{visit} with {} is gone", told.number)),
        }
    }
    for (asked, _, number) in &line {
        // Whoever held a number before another was asked for stands before it.
        let earlier = line.iter().filter(|(_, told, _)| told < asked).map(|(_, _, number)| number).max();
        if earlier.is_some_and(|earlier| earlier >= number) {
            found.reordered.push(format!("A{number} stands before {earlier:?}"));
        }
    }
}

fn nobody_is_held_twice(image: &HallImage, found: &mut Found) {
    let mut held = BTreeSet::new();
    for window in &image.windows {
        if let Some(visit) = visit_of(&window.work)
            && !held.insert(visit.clone())
        {
            found.doubled.push(format!("{visit} is held by two windows"));
        }
    }
    let mut windows = BTreeSet::new();
    for window in image.visits.iter().filter_map(|visit| visit.state.window()) {
        if !windows.insert(window.clone()) {
            found.doubled.push(format!("window {window} holds two visits"));
        }
    }
}

async fn lines_are_kept(store: &Arc<dyn Store>, hall: &HallId, diary: &Diary, found: &mut Found) {
    let mut kept: BTreeMap<VisitId, BTreeMap<String, String>> = BTreeMap::new();
    for (visit, number, text) in diary.lines() {
        if !kept.contains_key(&visit) {
            let lines = store.chat_after(hall, &visit, 0, LINES).await.unwrap();
            let texts = lines.into_iter().filter_map(|line| match line.body {
                ChatBody::Text { text } => Some((line.number.to_string(), text.into_revealed())),
                ChatBody::Picture { .. } => None,
            });
            kept.insert(visit.clone(), texts.collect());
        }
        if kept[&visit].get(&number) != Some(&text) {
            found.lost.push(format!("line {number} of {visit}"));
        }
    }
}

async fn records_are_kept(store: &Arc<dyn Store>, hall: &HallId, diary: &Diary, found: &mut Found) {
    for (visit, note) in diary.records() {
        let versions = store.record_versions(hall, &visit).await.unwrap();
        match versions.iter().filter(|version| *version.note.reveal() == note).count() {
            0 => found.lost.push(format!("the record of {visit}: {note}")),
            1 => {}
            _ => found.doubled.push(format!("the record of {visit}: {note}")),
        }
    }
}

async fn everyone_has_one_outcome(store: &Arc<dyn Store>, hall: &HallId, image: &HallImage, found: &mut Found) {
    let mut closed: BTreeMap<VisitId, u32> = BTreeMap::new();
    let mut after = 0;
    loop {
        let events = store.events_after(hall, after, EVENTS).await.unwrap();
        let Some(last) = events.last().map(|chained| chained.event.seq) else {
            break;
        };
        for event in events.into_iter().map(|chained| chained.event) {
            if let Subject::Visit { visit } = event.after
                && visit.state.is_closed()
                && event.before.as_deref() != Some("closed")
            {
                *closed.entry(visit.id.clone()).or_default() += 1;
            }
        }
        after = last;
    }
    for visit in &image.visits {
        let expected = u32::from(matches!(visit.state, VisitState::Closed { .. }));
        let outcomes = closed.get(&visit.id).copied().unwrap_or_default();
        let wrong = if outcomes < expected { &mut found.lost } else { &mut found.doubled };
        if outcomes != expected {
            wrong.push(format!("{} has {outcomes} outcomes", visit.number));
        }
    }
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::Timestamp;

    use super::*;

    fn line_of(names: &[&str]) -> Line {
        let place = |seq: u32| OrderKey {
            band: 1,
            effective: Timestamp::from_millis(i64::from(seq)),
            behind: seq,
            seq,
        };
        Line((1..).zip(names).map(|(seq, name)| (place(seq), VisitId::new(*name))).collect())
    }

    #[test]
    fn whoever_stands_elsewhere_after_a_kill_is_found() {
        let before = line_of(&["li", "wang", "zhao"]);
        let mut found = Found::default();
        assert_eq!(before.is_the_one_of(&before, &mut found), 3);
        // Zhao has gone meanwhile, and gao came.
        let later = Line([&before.0[..2], &line_of(&["", "", "", "gao"]).0[3..]].concat());
        assert_eq!(later.is_the_one_of(&before, &mut found), 2);
        found.hold();
        line_of(&["wang", "li", "zhao"]).is_the_one_of(&before, &mut found);
        assert_eq!((found.lost.len(), found.doubled.len(), found.reordered.len()), (0, 0, 2));
    }

    #[test]
    fn a_line_told_in_another_order_is_found() {
        let told = ["wang", "li"].map(VisitId::new);
        let mut found = Found::default();
        assert_eq!(line_of(&["li", "wang"]).is_told_as(&told, &mut found), 2);
        assert_eq!(found.reordered.len(), 2);
    }
}
