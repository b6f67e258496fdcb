//! What the model says of a referral: the place of who comes from another hall, and the end of who goes to one.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{Timestamp, VisitId, Work};

use super::Model;
use crate::hall::hours::day_start;
use crate::{Event, Referred, ReferredAct, Visit, Window};

/// Who came from another hall, and who went to one.
#[derive(Default)]
pub struct Referrals {
    /// What whoever another hall referred brings of it.
    pub brought: BTreeMap<VisitId, ReferredAct>,
    /// Numbers given at the place of a first arrival.
    pub placed: usize,
    /// Talks that ended because their citizens went to another hall.
    pub went: usize,
    /// Who chose a hall while they waited: they may go without ever having been served.
    chosen: BTreeSet<VisitId>,
    /// The latest arrival that the hall remembers: of those who came since it was built, and of those who were there then.
    latest: Timestamp,
}

impl Referrals {
    /// An order was given.
    pub(super) fn note_arrival(&mut self, event: &Event) {
        if ["took_number", "booked", "checked_in", "checked_in_late"].contains(&event.cause.as_str()) {
            self.latest = self.latest.max(event.at);
        }
    }
}

impl Model {
    /// Q4: whoever brings nothing of another hall stands now, or where the clock was set back behind the last who is there. Whoever was referred stands
    /// at the first arrival, within today and never behind that own place; a visit there gives its place once a day. How often it was handed on, and
    /// whether it is trusted, is as it was there.
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
        let there = self.visits.values().filter(|other| !other.state.is_closed());
        let own = there
            .map(|other| other.order.effective)
            .fold(event.at.max(self.referrals.latest), Ord::max);
        let brought = self.referrals.brought.get(&visit.id);
        let place = brought.map_or(own, |brought| brought.arrived.clamp(day_start(event.at), own));
        assert_eq!(key.effective, place, "the place given at event {}", event.seq);
        let transfers = brought.map_or(0, |brought| brought.transfers);
        let is_supervisors = brought.is_some() && transfers >= self.rules().max_transfers;
        assert_eq!((visit.transfers, visit.supervised), (transfers, is_supervisors), "event {}", event.seq);
        let from = brought.map(|brought| Referred {
            waits_since: Some(brought.waits_since.clamp(day_start(event.at), event.at)),
            ..brought.from.clone()
        });
        assert_eq!(visit.referred.as_deref(), from.as_ref(), "event {}", event.seq);
        let Some(brought) = brought else { return };
        assert!(visit.distrusted || !brought.distrusted, "event {}", event.seq);
        assert!(!used(&brought.from), "a second place for {} at event {}", brought.from.visit, event.seq);
        self.referrals.placed += 1;
    }

    /// The hall was built anew: of the arrivals it knows those who are there.
    pub fn note_rebuilt(&mut self) {
        let there = self.visits.values().filter(|visit| !visit.state.is_closed());
        let came = |visit: &Visit| visit.moves_ahead().next().map_or(visit.order, |credit| credit.from);
        self.referrals.latest = there.map(|visit| came(visit).effective).max().unwrap_or_default();
    }

    /// Named, or come to a number somebody has here, nothing moves; taken, nobody goes on here, and who talked writes it up.
    pub(super) fn hold_referral(&mut self, event: &Event, visit: &Visit) {
        if event.cause == "hall_chosen" {
            self.referrals.chosen.insert(visit.id.clone());
        }
        if event.cause != "referral_taken" {
            let before = &self.visits[&visit.id];
            assert_eq!((&before.state, before.order), (&visit.state, visit.order), "event {}", event.seq);
            return;
        }
        assert!(
            visit.state.is_closed() && (visit.served_at.is_some() || self.referrals.chosen.contains(&visit.id)),
            "{} at event {}",
            visit.number,
            event.seq
        );
        let writes = |window: &Window| matches!(&window.work, Work::WrapUp { visit: of, .. } if *of == visit.id);
        self.referrals.went += usize::from(self.windows.values().any(writes));
    }
}
