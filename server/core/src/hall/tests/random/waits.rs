//! Q8: nobody waits in silence. Whoever waits for what no window takes, or longer than promised, has an offer and was told so; and nobody waits past a
//! closing.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{VisitId, WaitOffer};

use super::super::model::Model;
use super::super::people::Stage;
use super::Busy;
use crate::hall::hours::day_start;
use crate::{Tell, VisitState};

/// Offers as they were told.
#[derive(Default)]
pub struct Waits {
    offers: BTreeMap<VisitId, WaitOffer>,
    /// Whom the last look met: the answer to who took a number since is their whole page.
    met: BTreeSet<VisitId>,
    told: usize,
    /// The hall was built anew since they were looked at: every page asks what there is.
    rebuilt: bool,
}

impl Waits {
    /// The hall was built anew.
    pub fn note_rebuilt(&mut self) {
        self.rebuilt = true;
    }

    /// Looks at every wait. Asked once every timer due has run.
    pub fn nobody_waits_in_silence(&mut self, stage: &Stage, model: &Model, busy: &mut Busy) {
        let (now, long_wait_ms) = (stage.now, stage.archive.rules().timers.long_wait_ms);
        let told = &stage.told[self.told..];
        let rebuilt = std::mem::take(&mut self.rebuilt);
        let before = std::mem::take(&mut self.offers);
        for visit in stage.archive.visits.values().filter(|visit| visit.state.waits_on_page()) {
            let offer = stage.hall.visit_view(&visit.id, now).and_then(|view| view.offer);
            let is_long = now.since(visit.waits_here_since()) >= long_wait_ms;
            let is_attended = model.is_attended(visit);
            assert!(
                offer.is_some() || is_attended && !is_long,
                "{} is offered nothing; a window takes it: {is_attended}, it waits long: {is_long}",
                visit.number
            );
            let Some(offer) = offer else { continue };
            if before.get(&visit.id) != Some(&offer) {
                let is_told = rebuilt || told.contains(&Tell::Visit(visit.id.clone())) || !self.met.contains(&visit.id);
                let is_away = matches!(visit.state, VisitState::Away { .. });
                assert!(is_told || is_away, "{} was not told of {offer:?}", visit.number);
                if !is_told {
                    // It reads so when the page is back.
                    continue;
                }
                busy.did(&format!("offered {offer:?}"));
            }
            self.offers.insert(visit.id.clone(), offer);
        }
        self.told = stage.told.len();
        self.met = stage.archive.visits.keys().cloned().collect();
    }
}

/// A closing is the end of every wait of its day; here all day is open, so it is midnight. A call-back is kept over it, and of a talk of today the wait
/// is of today.
pub fn nobody_waits_past_a_closing(stage: &Stage) {
    let closing = day_start(stage.now);
    for visit in stage.archive.visits.values() {
        let waits = visit.state.waits_on_page() || matches!(visit.state, VisitState::Missed { .. } | VisitState::Parked { .. });
        let began = visit.waits_here_since();
        let began = visit.served_at.map_or(began, |served_at| began.max(day_start(served_at)));
        assert!(!waits || began >= closing, "{} waits since {began:?} over midnight", visit.number);
    }
}
