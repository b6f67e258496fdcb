//! How often signs of life are taken.

use yunyiban_protocol::Timestamp;

/// Signs are taken at once, and then no more often than this: ten thousand pages give four hundred a second, and a lease of a
/// minute is none the worse for a tenth of a second. Whatever is asked takes them along.
const PAUSE_MS: u32 = 100;

/// When signs were taken last.
#[derive(Debug, Default)]
pub(super) struct SignPace {
    taken_at: Option<Timestamp>,
}

impl SignPace {
    /// When those that come are to be taken, at the earliest.
    pub(super) fn earliest(&self, now: Timestamp) -> Timestamp {
        // A clock that was set back holds nobody up for longer.
        self.taken_at.map_or(now, |taken_at| taken_at.plus(PAUSE_MS).min(now.plus(PAUSE_MS)))
    }

    /// They are taken.
    pub(super) fn note_taken(&mut self, now: Timestamp) {
        self.taken_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_795_406_400_000);

    #[test]
    fn the_first_are_taken_at_once_and_those_of_the_next_tenth_of_a_second_together() {
        let mut pace = SignPace::default();
        assert_eq!(pace.earliest(NOON), NOON);
        pace.note_taken(NOON);
        assert_eq!(pace.earliest(NOON.plus(10)), NOON.plus(100));
        assert!(pace.earliest(NOON.plus(500)) <= NOON.plus(500));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nobody_up() {
        let mut pace = SignPace::default();
        pace.note_taken(NOON.plus(3_600_000));
        assert_eq!(pace.earliest(NOON), NOON.plus(100));
    }
}
