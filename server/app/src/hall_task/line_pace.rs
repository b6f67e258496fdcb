//! How often the windows are told the line.

use yunyiban_protocol::Timestamp;

/// The line is told at once, and then no more often than this: each telling carries up to thirty people to every window, and
/// nobody who looks at them follows more.
const PAUSE_MS: u32 = 250;

/// When the line was told last, and whether it is another one since.
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

    /// When it is to be told; `None` while all know it. A clock that was set back delays it by no more than the pause.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let earliest = self
            .told_at
            .filter(|told_at| *told_at <= now)
            .map_or(now, |told_at| told_at.plus(PAUSE_MS));
        self.changed.then_some(earliest)
    }

    /// Whether it is to be told now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.due(now).is_some_and(|due| due <= now)
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
        assert!(pace.is_due(NOON));
        pace.note_told(NOON);
        assert_eq!(pace.due(NOON.plus(10)), None);
        pace.note_change();
        pace.note_change();
        assert_eq!(pace.due(NOON.plus(10)), Some(NOON.plus(250)));
        assert!(!pace.is_due(NOON.plus(249)));
        assert!(pace.is_due(NOON.plus(250)));
    }

    #[test]
    fn a_clock_set_back_holds_nothing_up() {
        let mut pace = LinePace::default();
        pace.note_told(NOON.plus(3_600_000));
        pace.note_change();
        assert!(pace.is_due(NOON));
    }
}
