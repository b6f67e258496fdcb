//! What the model says of a clock that was set back.

use super::Model;
use crate::{Event, Window};

impl Model {
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
