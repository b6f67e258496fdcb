//! Q8: what whoever waits is offered, and that they are told of it.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{Presence, Timestamp, VisitId, WaitOffer, Work};

use super::Model;
use crate::hall::tests::people::Stage;
use crate::{HallRules, Tell, Visit, Window};

/// What was offered when this was looked at last.
#[derive(Default)]
pub struct Offers {
    of: BTreeMap<VisitId, Option<WaitOffer>>,
    /// Tells seen.
    told: usize,
    /// Where these change every page is told everything: the rules, and the hall in memory.
    by: Option<(HallRules, Timestamp)>,
}

impl Model {
    /// The hall offers what the rows say; and with every timer run, whoever is offered something else than before was told.
    pub(super) fn hold_offers(&mut self, stage: &Stage) {
        let waiting = self.visits.values().filter(|visit| !visit.state.is_closed());
        let of: BTreeMap<VisitId, Option<WaitOffer>> = waiting.map(|visit| (visit.id.clone(), self.offer(visit, stage.now))).collect();
        for (id, offer) in &of {
            let shown = stage.hall.visit_view(id, stage.now).map(|view| view.offer);
            assert_eq!(shown.unwrap_or(*offer), *offer, "what {id} is offered");
        }
        if stage.hall.next_wake().is_some_and(|at| at <= stage.now) {
            return;
        }
        let told: BTreeSet<&Tell> = stage.told[self.offers.told..].iter().collect();
        let by = Some((self.rules().clone(), stage.hall.rebuilt_at));
        if self.offers.by == by {
            let others = of
                .iter()
                .filter(|(id, offer)| self.offers.of.get(*id).is_some_and(|before| before != *offer));
            // Whoever is away reads it on coming back.
            let mut here = others.map(|(id, _)| id).filter(|id| self.visits[*id].state.name() != "away");
            let untold = here.find(|id| !told.contains(&Tell::Visit((*id).clone())));
            assert_eq!(untold, None, "was told nothing");
        }
        self.offers = Offers {
            of,
            told: stage.told.len(),
            by,
        };
    }

    fn offer(&self, visit: &Visit, now: Timestamp) -> Option<WaitOffer> {
        if !["waiting", "away", "calling"].contains(&visit.state.name()) {
            return None;
        }
        if !self.is_attended(visit) {
            return Some(WaitOffer::NoWindow);
        }
        let waited_ms = now.since(visit.waits_here_since());
        let rules = self.rules();
        let waits_for_skill = self.skill_needed(visit).is_some() && !was_rung(visit);
        let sooner_ms = if waits_for_skill { rules.order.skill_wait_ms } else { u32::MAX };
        (waited_ms >= rules.timers.long_wait_ms.min(sooner_ms)).then_some(WaitOffer::LongWait)
    }

    /// Whether a window takes such a visit now, after the one it has, or once it has waited long enough.
    pub fn is_attended(&self, visit: &Visit) -> bool {
        self.windows.values().any(|window| self.will_take(window, visit))
    }

    /// Somebody is there who will ring for it, or pick it, now or after the visit there.
    pub(super) fn will_take(&self, window: &Window, visit: &Visit) -> bool {
        let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
        let wants = matches!(window.presence, Presence::Available {} | Presence::OnDemand {});
        if window.staff.is_none() || is_paused || !wants {
            return false;
        }
        if visit.supervised && self.windows.values().any(|window| self.is_supervisors(window)) {
            return self.is_supervisors(window);
        }
        let rules = self.window_rules(&window.id);
        let in_the_end = if self.rules().order.level_step_ms > 0 { u32::MAX } else { 0 };
        let is_universal = rules.is_none_or(|rules| rules.universal);
        self.queue_weight(rules, &self.queue(visit)) > 0 && (is_universal || self.meets(rules, visit, in_the_end))
    }
}

/// A window is or was rung, so far as the row says.
fn was_rung(visit: &Visit) -> bool {
    let in_vain = visit.ringing_since.is_some() || visit.last_window.is_some();
    in_vain || visit.served_at.is_some() || visit.waited_once
}
