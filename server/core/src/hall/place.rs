//! Places as shown: pushed only when what is shown changes, and never worse without a cause (Q5).

use std::collections::BTreeMap;

use yunyiban_protocol::{Place, PlaceCause, VisitId};

use crate::VisitState;
use crate::hall::Hall;
use crate::hall::line::{Spot, Step, ahead};
use crate::hall::roll::{Entry, Slot};
use crate::hall::turns::Stand;

/// What the input being handled moved in the line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moves {
    /// Visits that changed step, and the step each was shown before.
    shown: BTreeMap<Slot, Step>,
    /// Somebody whose call broke, or was lost before it began, came back ahead of them.
    pub after_drop: bool,
    /// Somebody declared a priority, or kept an appointment, and goes ahead of them.
    pub priority: bool,
    /// Somebody from another hall, who came there earlier, stands ahead of them.
    pub referred: bool,
}

impl Moves {
    /// Why others stand worse, when there is something to show.
    fn cause(&self) -> Option<PlaceCause> {
        let priority = self.priority.then_some(PlaceCause::Priority);
        let referred = self.referred.then_some(PlaceCause::Referred);
        self.after_drop.then_some(PlaceCause::ReturnedAfterDrop).or(priority).or(referred)
    }
}

impl Hall {
    /// Takes a visit out of one spot and into another, and notes who crossed a step.
    pub(super) fn move_in_line(&mut self, from: Option<Spot>, to: Option<Spot>) {
        let mut crossed = from.map(|spot| self.line.remove(&spot)).unwrap_or_default();
        crossed.extend(to.map(|spot| self.line.insert(spot)).unwrap_or_default());
        for (slot, step) in crossed {
            let kept = self.roll[slot].visit.kept_ahead;
            self.turn.moves.shown.entry(slot).or_insert(kept.map_or(step, |kept| kept.min(step)));
        }
    }

    /// Tells those whose shown place got better, and keeps the shown place of those who were overtaken:
    /// with the cause when there is one to show, else with the number they know.
    pub(super) fn settle_places(&mut self) {
        let moves = std::mem::take(&mut self.turn.moves);
        let cause = moves.cause();
        for (slot, before) in moves.shown {
            let entry = &self.roll[slot];
            let Some(now) = self.shown_step(entry) else { continue };
            self.roll[slot].told = self.seq;
            if now < before {
                self.tell_place(slot);
            } else if now > before
                && let Some(cause) = cause
            {
                self.alter_quietly(slot, "place_worse", |visit| visit.place_cause = Some(cause));
                self.tell_place(slot);
            } else if now > before {
                self.alter_quietly(slot, "place_kept", |visit| visit.kept_ahead = Some(before));
            }
        }
    }

    /// An idle window takes the next who can be rung and waits for nobody who is asked 「我在」 (DOMAIN 3.6); a call-back is asked nothing
    /// at all. Whoever is asked, now or in this turn, and stands ahead of `rung` keeps a place that says nothing of this: the cause does.
    pub(super) fn tell_those_passed(&mut self, rung: &Spot, desk: usize) {
        let is_passed = |entry: &Entry| {
            let asked = entry.stand.filter(|filed| matches!(filed.stand, Stand::Calling | Stand::Askable));
            entry.visit.place_cause.is_none() && asked.is_some_and(|filed| self.matching.weight(desk, &filed.lane).is_some())
        };
        let ahead = self
            .line
            .head(rung.queue)
            .iter()
            .take(self.places_asked())
            .take_while(|spot| *spot < rung);
        let passed: Vec<Slot> = ahead.map(|spot| spot.slot).filter(|slot| is_passed(&self.roll[*slot])).collect();
        for slot in passed {
            self.alter_quietly(slot, "passed", |visit| visit.place_cause = Some(PlaceCause::Passed));
            self.tell_place(slot);
        }
    }

    fn tell_place(&mut self, slot: Slot) {
        if let Some(place) = self.place_of(&self.roll[slot]) {
            self.outbox.tell_place(slot, place);
        }
    }

    /// The step its citizen knows: what was shown before this input, if that was better.
    pub(super) fn known_step(&self, slot: Slot) -> Option<Step> {
        let before = self.turn.moves.shown.get(&slot).copied();
        self.shown_step(&self.roll[slot]).map(|now| before.map_or(now, |before| before.min(now)))
    }

    /// The step a visit in line is shown on.
    pub(super) fn shown_step(&self, entry: &Entry) -> Option<Step> {
        let step = self.line.step(&entry.spot?);
        Some(entry.visit.kept_ahead.map_or(step, |kept| kept.min(step)))
    }

    /// Whether a visit waits as it did at this event: neither it nor its shown place has changed.
    pub fn was_told_nothing_since(&self, visit: &VisitId, seen: u32) -> bool {
        self.roll
            .get(visit)
            .is_some_and(|entry| matches!(entry.visit.state, VisitState::Waiting { .. }) && entry.told <= seen)
    }

    /// The place of a visit as shown; `None` when it is unknown or not in line.
    pub fn place(&self, visit: &VisitId) -> Option<Place> {
        self.place_of(self.roll.get(visit)?)
    }

    pub(super) fn place_of(&self, entry: &Entry) -> Option<Place> {
        let step = self.shown_step(entry)?;
        let queue = entry.spot?.queue;
        Some(Place {
            ahead: ahead(step),
            wait: self.wait_of(entry),
            serving: if step <= 3 { self.serving_number(queue) } else { None },
            cause: entry.visit.place_cause,
            shared: !self.matching.goes_in_order(queue) || self.matching.waits_for_supervisor(&entry.visit) || entry.visit.refused.is_some(),
        })
    }
}
