//! The archive against the diary, read beside the server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yunyiban::{archive, cli};
use yunyiban_app::ports::Store;
use yunyiban_core::window::visit_of;
use yunyiban_core::{HallImage, OrderKey, Subject, VisitState};
use yunyiban_protocol::{ChatBody, HallId, Timestamp, VisitId};

use super::diary::Diary;

const EVENTS: u32 = 1_000;
const LINES: u32 = 1_000;

/// The places of all who are not through, in order.
pub struct Line(Vec<(OrderKey, VisitId)>);

/// Everything told is there, once.
pub async fn check(url: &str, diary: &Diary) {
    let store = archive::look(url).await.unwrap();
    let hall = HallId::new(cli::demo::HALL);
    let image = image(&store, &hall).await;
    numbers_are_kept(&image, diary);
    nobody_is_held_twice(&image);
    lines_are_kept(&store, &hall, diary).await;
    records_are_kept(&store, &hall, diary).await;
    everyone_has_one_outcome(&store, &hall, &image).await;
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
    pub fn is_the_one_of(&self, before: &Self) -> usize {
        let still: BTreeSet<&VisitId> = self.0.iter().map(|(_, visit)| visit).collect();
        let stood: BTreeSet<&VisitId> = before.0.iter().map(|(_, visit)| visit).collect();
        let were: Vec<_> = before.0.iter().filter(|(_, visit)| still.contains(visit)).collect();
        let are: Vec<_> = self.0.iter().filter(|(_, visit)| stood.contains(visit)).collect();
        assert_eq!(are, were, "the line after the kill is the one of before");
        are.len()
    }

    /// What a window was told of the line is the order that the archive has. How many it was told of are still there.
    pub fn is_told_as(&self, told: &[VisitId]) -> usize {
        let told: Vec<_> = told.iter().filter(|visit| self.0.iter().any(|(_, here)| here == *visit)).collect();
        let order: Vec<_> = self.0.iter().map(|(_, visit)| visit).filter(|visit| told.contains(visit)).collect();
        assert_eq!(told, order, "the line told is the one that is kept");
        told.len()
    }
}

async fn image(store: &Arc<dyn Store>, hall: &HallId) -> HallImage {
    let beginning = Timestamp::from_millis(0);
    store.load_hall(hall, beginning, beginning).await.unwrap().unwrap()
}

fn numbers_are_kept(image: &HallImage, diary: &Diary) {
    let kept: BTreeMap<&VisitId, _> = image.visits.iter().map(|visit| (&visit.id, visit)).collect();
    let numbers: BTreeSet<&str> = image.visits.iter().map(|visit| visit.number.as_str()).collect();
    assert_eq!(numbers.len(), image.visits.len(), "no number twice");
    let told = diary.numbers();
    let mut line = Vec::new();
    for (visit, told) in &told {
        let kept = kept.get(visit).unwrap_or_else(|| panic!("{visit} with {} is gone", told.number));
        assert_eq!(kept.number, told.number);
        line.push((told.asked, told.told, kept.number[1..].parse::<u32>().unwrap()));
    }
    for (asked, _, number) in &line {
        // Whoever held a number before another was asked for stands before it.
        let earlier = line.iter().filter(|(_, told, _)| told < asked).map(|(_, _, number)| number).max();
        assert!(earlier.is_none_or(|earlier| earlier < number), "A{number} stands before {earlier:?}");
    }
}

fn nobody_is_held_twice(image: &HallImage) {
    let mut held = BTreeSet::new();
    for window in &image.windows {
        if let Some(visit) = visit_of(&window.work) {
            assert!(held.insert(visit.clone()), "{visit} is held by two windows");
        }
    }
    let mut windows = BTreeSet::new();
    for window in image.visits.iter().filter_map(|visit| visit.state.window()) {
        assert!(windows.insert(window.clone()), "window {window} holds two visits");
    }
}

async fn lines_are_kept(store: &Arc<dyn Store>, hall: &HallId, diary: &Diary) {
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
        assert_eq!(kept[&visit].get(&number), Some(&text), "line {number} of {visit}");
    }
}

async fn records_are_kept(store: &Arc<dyn Store>, hall: &HallId, diary: &Diary) {
    for (visit, note) in diary.records() {
        let versions = store.record_versions(hall, &visit).await.unwrap();
        let count = versions.iter().filter(|version| *version.note.reveal() == note).count();
        assert_eq!(count, 1, "the record of {visit}: {note}");
    }
}

async fn everyone_has_one_outcome(store: &Arc<dyn Store>, hall: &HallId, image: &HallImage) {
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
        let expected = matches!(visit.state, VisitState::Closed { .. }).then_some(1);
        assert_eq!(closed.get(&visit.id).copied(), expected, "outcomes of {}", visit.number);
    }
}
