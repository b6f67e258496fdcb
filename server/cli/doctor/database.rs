//! The database: whole, of this program's time, its chain unbroken, its rows the fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_app::chain::{FIRST_HASH, check_chain};
use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{HallImage, Subject, Suspension, Visit, Window};
use yunyiban_protocol::{HallId, Timestamp, VisitId, WindowId};

use super::Finding;
use crate::adapters::clock::wall_ms;
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::text::say;

/// Events read at once.
const PAGE: u32 = 500;

/// A clock may be corrected by so much without anybody noticing.
const MINUTE_MS: u32 = 60_000;

/// Everything there is to see of the database.
pub async fn look(config: &Config) -> Vec<Finding> {
    match examine(&config.store.url).await {
        Ok(problems) if problems.is_empty() => vec![Finding::Fine(say("doctor_database", &[("url", &archive::shown(&config.store.url))]))],
        Ok(problems) => problems.into_iter().map(Finding::Wrong).collect(),
        Err(failure) => vec![Finding::Wrong(failure.sentence())],
    }
}

/// What is wrong with every hall of a database, also beside a running help desk.
///
/// # Errors
/// What [`archive::look`] says.
pub async fn examine(url: &str) -> Result<Vec<String>, Failure> {
    let told = |failure| archive::told(url, failure);
    let mut problems = Vec::new();
    let store = archive::look(url).await?;
    let halls = store.halls().await.map_err(told)?;
    if halls.is_empty() {
        problems.push(say("doctor_no_hall", &[]));
    }
    for hall in &halls {
        problems.extend(examine_hall(&store, hall).await.map_err(told)?);
    }
    Ok(problems)
}

async fn examine_hall(store: &Arc<dyn Store>, hall: &HallId) -> Result<Vec<String>, StoreFailure> {
    let beginning = Timestamp::from_millis(0);
    // Read before the events: a help desk that goes on only adds events behind it.
    let Some(image) = store.load_hall(hall, beginning, beginning).await? else {
        return Ok(vec![say("doctor_hall_gone", &[("hall", hall)])]);
    };
    let mut fold = Fold {
        hash: FIRST_HASH.into(),
        ..Fold::default()
    };
    while fold.seq < image.seq {
        let mut page = store.events_after(hall, fold.seq, PAGE).await?;
        page.retain(|chained| chained.event.seq <= image.seq);
        if page.is_empty() {
            break;
        }
        match check_chain(&page, fold.seq, &fold.hash) {
            Ok(hash) => fold.hash = hash,
            Err(seq) => return Ok(vec![say("doctor_chain_broken", &[("hall", hall), ("seq", &seq)])]),
        }
        for chained in page {
            fold.newest = fold.newest.max(chained.event.at);
            fold.add(chained.event.seq, chained.event.after);
        }
    }
    if fold.seq != image.seq || fold.hash != image.last_hash {
        return Ok(vec![say(
            "doctor_chain_short",
            &[("hall", hall), ("seq", &fold.seq), ("expected", &image.seq)],
        )]);
    }
    if fold.newest > Timestamp::from_millis(wall_ms()).plus(MINUTE_MS) {
        return Ok(vec![say("doctor_clock_behind_events", &[("hall", hall)])]);
    }
    Ok(fold
        .differences(&image)
        .into_iter()
        .map(|row| say("doctor_row_differs", &[("hall", hall), ("row", &row)]))
        .collect())
}

/// Rows as the events alone tell them.
#[derive(Default)]
struct Fold {
    seq: u32,
    hash: String,
    newest: Timestamp,
    visits: BTreeMap<VisitId, Visit>,
    windows: BTreeMap<WindowId, Window>,
    suspension: Option<Suspension>,
}

impl Fold {
    fn add(&mut self, seq: u32, after: Subject) {
        self.seq = seq;
        match after {
            Subject::Visit { visit } => {
                self.visits.insert(visit.id.clone(), *visit);
            }
            Subject::Window { window } => {
                self.windows.insert(window.id.clone(), *window);
            }
            Subject::Hall { suspension } => self.suspension = suspension,
            // Side rows: events hold their digests only, and erasing them leaves the chain whole.
            Subject::Contact { .. } | Subject::Chat { .. } | Subject::Record { .. } | Subject::Rating { .. } | Subject::Looked { .. } => {}
        }
    }

    /// Names of rows that are not what the events say, or that no event made.
    fn differences(&self, image: &HallImage) -> Vec<String> {
        let stored: BTreeMap<&VisitId, &Visit> = image.visits.iter().map(|visit| (&visit.id, visit)).collect();
        let told = self
            .visits
            .iter()
            .filter(|(id, visit)| stored.get(id) != Some(visit))
            .map(|(id, _)| format!("visits {id}"));
        let untold = stored
            .keys()
            .filter(|id| !self.visits.contains_key(**id))
            .map(|id| format!("visits {id}"));
        let windows = image
            .windows
            .iter()
            .filter(|window| self.windows.get(&window.id).is_some_and(|told| told != *window));
        let suspension = image.suspended.as_ref().map(|suspended| &suspended.suspension);
        let suspended = (suspension != self.suspension.as_ref()).then(|| "suspensions".to_owned());
        told.chain(untold)
            .chain(windows.map(|window| format!("windows {}", window.id)))
            .chain(suspended)
            .collect()
    }
}
