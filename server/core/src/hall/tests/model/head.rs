//! Q6: who comes to the head because of us, and who does not.

use yunyiban_protocol::Work;

use super::Model;
use crate::{Event, OrderKey, Visit, Window};

impl Model {
    /// A talk that broke and was not taken up again, or a window that was lost after it had accepted: ahead of all that are no such case,
    /// in the order they had, and first to the same window.
    pub(super) fn hold_head(&self, event: &Event, visit: &Visit) {
        let before = &self.visits[&visit.id];
        let (number, seq) = (&visit.number, event.seq);
        let was = if event.cause == "setup_failed" { "connecting" } else { "dropped" };
        assert_eq!(before.state.name(), was, "{number} comes to the head at event {seq}");
        assert_eq!(visit.order, OrderKey { band: 0, ..before.order }, "the place given at event {seq}");
        assert!(visit.state.in_line(), "{number} waits at the head at event {seq}");
        let until = event.at.plus(self.rules().timers.sticky_ms);
        let sticky = visit.sticky.as_deref().map(|(window, until)| (window, *until));
        assert_eq!(sticky, before.state.window().map(|window| (window, until)), "event {seq}");
    }

    /// Nobody whom a lost window was about to take is anywhere else.
    pub(super) fn hold_lost_window(&self, event: &Event, window: &Window) {
        let Some(Work::Connecting { visit, .. }) = self.windows.get(&window.id).map(|before| &before.work) else {
            return;
        };
        let visit = &self.visits[visit];
        assert_eq!(visit.order.band, 0, "{} was lost with its window at event {}", visit.number, event.seq);
    }
}
