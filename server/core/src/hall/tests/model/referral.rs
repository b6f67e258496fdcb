//! What the model says of a referral: the place of who comes from another hall, and the end of who goes to one.

use std::collections::BTreeMap;

use yunyiban_protocol::{Timestamp, VisitId, Work};

use super::Model;
use crate::hall::hours::day_start;
use crate::{Event, Referred, Visit, Window};

/// Who came from another hall, and who went to one.
#[derive(Default)]
pub struct Referrals {
    /// When whoever brings something of another hall first arrived there.
    pub arrived: BTreeMap<VisitId, Timestamp>,
    /// Numbers given at the place of a first arrival.
    pub placed: usize,
    /// Talks that ended because their citizens went to another hall.
    pub went: usize,
}

impl Model {
    /// Q4: whoever another hall referred stands at the first arrival, within today; everybody else behind all who came before. A visit there gives its
    /// place once a day.
    pub(super) fn hold_place(&mut self, event: &Event, visit: &Visit) {
        let key = visit.order;
        assert_eq!(
            (key.band, key.behind, key.seq),
            (1, event.seq, event.seq),
            "the order given at event {}",
            event.seq
        );
        let used = |from: &Referred| {
            let today = self.visits.values().filter(|other| other.joined_at >= day_start(event.at));
            let mut others = today.filter_map(|other| other.referred.as_deref());
            others.any(|other| other.visit == from.visit)
        };
        let Some(from) = visit.referred.as_deref() else {
            assert!(key.effective >= event.at, "a newcomer at event {}", event.seq);
            let brings = self.referrals.arrived.contains_key(&visit.id);
            assert!(!brings, "{} is given no place for what it brings, at event {}", visit.number, event.seq);
            return;
        };
        assert!(!used(from), "a second place for {} at event {}", from.visit, event.seq);
        let arrived = self.referrals.arrived[&visit.id].clamp(day_start(event.at), event.at);
        assert_eq!(key.effective, arrived, "the place given at event {}", event.seq);
        self.referrals.placed += 1;
    }

    /// Named, nothing moves; taken, nobody goes on here, and who talked writes it up.
    pub(super) fn hold_referral(&mut self, event: &Event, visit: &Visit) {
        if event.cause == "referred" {
            let (before, after) = (&self.visits[&visit.id].state, &visit.state);
            assert_eq!(before, after, "the talk at event {}", event.seq);
            return;
        }
        assert!(
            visit.state.is_closed() && visit.served_at.is_some(),
            "{} at event {}",
            visit.number,
            event.seq
        );
        let writes = |window: &Window| matches!(&window.work, Work::WrapUp { visit: of, .. } if *of == visit.id);
        self.referrals.went += usize::from(self.windows.values().any(writes));
    }
}
