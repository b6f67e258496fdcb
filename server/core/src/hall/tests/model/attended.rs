//! What the model says of who may be waited for at all, and of a clock that was set back.

use yunyiban_protocol::{Presence, Work};

use super::Model;
use crate::{Event, Visit, Window};

impl Model {
    /// Q8: whether a window takes such a visit now, after the one it has, or once it has waited long enough.
    pub fn is_attended(&self, visit: &Visit) -> bool {
        let for_supervisor = visit.supervised && self.windows.values().any(|window| self.is_supervisors(window));
        let takes = |window: &&Window| {
            let rules = self.window_rules(&window.id);
            let universal = rules.is_none_or(|rules| rules.universal);
            self.queue_weight(rules, &self.queue(visit)) > 0 && (universal || self.meets(rules, visit))
        };
        let mut on_duty = self.windows.values().filter(|window| is_on_duty(window));
        on_duty.any(|window| if for_supervisor { self.is_supervisors(window) } else { takes(&window) })
    }

    /// F20: the hall counted this window back, and with it all that it worked.
    pub(super) fn count_back(&mut self, event: &Event, window: &Window) {
        if event.cause != "clock_set_back" {
            return;
        }
        let by = self.windows[&window.id].presence_since.as_millis() - window.presence_since.as_millis();
        if let Some(since) = self.busy_since.get_mut(&window.id) {
            *since -= by;
        }
        let spans = self.worked.get_mut(&window.id).into_iter().flatten();
        spans.for_each(|(began, ended)| (*began, *ended) = (*began - by, *ended - by));
    }
}

/// Somebody sits there who takes visits, or has one.
fn is_on_duty(window: &Window) -> bool {
    let takes = matches!(window.presence, Presence::Available {} | Presence::OnDemand {});
    let is = match &window.work {
        Work::Idle {} | Work::WrapUp { .. } | Work::Suspect { until: Some(_), .. } => takes,
        Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } => true,
        Work::Suspect { until: None, .. } => false,
    };
    is && window.staff.is_some()
}
