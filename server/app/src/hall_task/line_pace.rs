//! How often the windows are told the line.

use yunyiban_protocol::Timestamp;

/// The line is told at once, and then no more often than this: each telling carries thirty people or more to every window, and
/// nobody who looks at them follows more.
const PAUSE_MS: u32 = 250;

/// When the line was told last, and whether it is another one since. What is not told when a commit fails is told with everything
/// else once the hall is loaded again.
#[derive(Debug, Default)]
pub(super) struct LinePace {
    told_at: Option<Timestamp>,
    changed: bool,
}

impl LinePace {
    /// The line is another one.
    pub(super) fn note_change(&mut self) {
        self.changed = true;
    }

    /// When it is to be told; `None` while all know it.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let earliest = self.told_at.map_or(now, |told_at| told_at.plus(PAUSE_MS));
        self.changed.then_some(earliest)
    }

    /// Whether it is to be told now; `beside_window`: together with what a window does, of which it must not be a step behind.
    pub(super) fn is_due(&self, now: Timestamp, beside_window: bool) -> bool {
        self.changed && (beside_window || self.due(now).is_some_and(|due| due <= now))
    }

    /// It is told.
    pub(super) fn note_told(&mut self, now: Timestamp) {
        self.told_at = Some(now);
        self.changed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_795_406_400_000);

    #[test]
    fn the_first_change_is_told_at_once_and_those_of_the_next_quarter_second_together() {
        let mut pace = LinePace::default();
        assert_eq!(pace.due(NOON), None);
        pace.note_change();
        assert!(pace.is_due(NOON, false));
        pace.note_told(NOON);
        assert_eq!(pace.due(NOON.plus(10)), None);
        pace.note_change();
        pace.note_change();
        assert_eq!(pace.due(NOON.plus(10)), Some(NOON.plus(250)));
        assert!(!pace.is_due(NOON.plus(249), false));
        assert!(pace.is_due(NOON.plus(250), false));
    }

    #[test]
    fn beside_what_a_window_does_a_changed_line_does_not_wait() {
        let mut pace = LinePace::default();
        pace.note_told(NOON);
        assert!(!pace.is_due(NOON.plus(10), true), "nothing changed");
        pace.note_change();
        assert!(pace.is_due(NOON.plus(10), true));
    }
}
