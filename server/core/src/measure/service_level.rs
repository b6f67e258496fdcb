//! The service level (接通率): the share of those helped in time, in the two ways the field counts it (DOMAIN 3.11, as in the Asterisk sample).

use yunyiban_protocol::Outcome;

use crate::{Visit, VisitState};

/// Whoever gives up sooner than this has not waited, and counts neither for the hall nor against it (DOMAIN 3.11: short abandons, under
/// 5 s, are told apart; as common in the field). Milliseconds.
pub const SHORT_ABANDON_MS: u32 = 5_000;

/// How many were helped, and how many went away before; of each, how many within the time aimed at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceLevel {
    /// Helped.
    pub answered: u32,
    /// Of these, after a wait no longer than the aim.
    pub answered_within: u32,
    /// Gave up waiting by themselves, but for those who did at once.
    pub abandoned: u32,
    /// Of these, before the aim was over: nobody broke a promise to them.
    pub abandoned_within: u32,
    /// Gave up within [`SHORT_ABANDON_MS`].
    pub abandoned_at_once: u32,
}

impl ServiceLevel {
    /// Counts visits of this hall against a wait of so many milliseconds here; those still waiting count nowhere.
    pub fn of<'a>(visits: impl IntoIterator<Item = &'a Visit>, within_ms: u32) -> Self {
        let mut level = Self::default();
        for visit in visits.into_iter().filter(|visit| !visit.waits_elsewhere()) {
            let came = visit.waits_here_since();
            match (visit.served_at, &visit.state) {
                (Some(served_at), _) => {
                    level.answered += 1;
                    level.answered_within += u32::from(served_at.since(came) <= within_ms);
                }
                (
                    None,
                    VisitState::Closed {
                        outcome: Outcome::Abandoned,
                        at,
                    },
                ) if at.since(came) < SHORT_ABANDON_MS => level.abandoned_at_once += 1,
                (
                    None,
                    VisitState::Closed {
                        outcome: Outcome::Abandoned,
                        at,
                    },
                ) => {
                    level.abandoned += 1;
                    level.abandoned_within += u32::from(at.since(came) <= within_ms);
                }
                (None, _) => {}
            }
        }
        level
    }

    /// SL1, answered within the time ÷ answered, permille; `None` when nobody was.
    pub fn of_answered_permille(&self) -> Option<u32> {
        (1_000 * self.answered_within).checked_div(self.answered)
    }

    /// SL2, (answered + abandoned within the time) ÷ (answered + abandoned), permille; `None` when there was neither.
    pub fn of_all_permille(&self) -> Option<u32> {
        (1_000 * (self.answered_within + self.abandoned_within)).checked_div(self.answered + self.abandoned)
    }
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::{QueueId, Timestamp, VisitId};

    use super::*;
    use crate::OrderKey;

    const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);
    const AIM_MS: u32 = 600_000;

    fn visit(state: Option<(Outcome, u32)>, served_ms: Option<u32>) -> Visit {
        let order = OrderKey {
            band: 1,
            effective: NINE,
            behind: 1,
            seq: 1,
        };
        let mut visit = Visit::new(VisitId::new("li"), QueueId::new("a"), "A1".into(), NINE, order);
        if let Some((outcome, ms)) = state {
            let at = NINE.plus(ms);
            visit.state = VisitState::Closed { outcome, at };
        }
        visit.served_at = served_ms.map(|ms| NINE.plus(ms));
        visit
    }

    #[test]
    fn whoever_goes_early_breaks_no_promise_and_whoever_waits_still_counts_nowhere() {
        let day = [
            visit(Some((Outcome::Served, 900_000)), Some(AIM_MS)),
            visit(None, Some(AIM_MS + 1)),
            visit(Some((Outcome::Abandoned, AIM_MS)), None),
            visit(Some((Outcome::Abandoned, AIM_MS + 1)), None),
            visit(Some((Outcome::Cancelled, 1)), None),
            visit(None, None),
        ];
        let level = ServiceLevel::of(&day, AIM_MS);
        assert_eq!(
            (level.answered, level.answered_within, level.abandoned, level.abandoned_within),
            (2, 1, 2, 1)
        );
        assert_eq!((level.of_answered_permille(), level.of_all_permille()), (Some(500), Some(500)));
    }

    #[test]
    fn whoever_gives_up_at_once_counts_neither_for_the_hall_nor_against_it() {
        let gave_up = |ms| visit(Some((Outcome::Abandoned, ms)), None);
        let day = [gave_up(0), gave_up(SHORT_ABANDON_MS - 1), gave_up(SHORT_ABANDON_MS), gave_up(AIM_MS + 1)];
        let level = ServiceLevel::of(&day, AIM_MS);
        assert_eq!((level.abandoned, level.abandoned_within, level.abandoned_at_once), (2, 1, 2));
        assert_eq!(level.of_all_permille(), Some(500));
        assert_eq!(ServiceLevel::of(&day[..2], AIM_MS).of_all_permille(), None);
    }

    #[test]
    fn a_day_without_anybody_has_no_level() {
        let level = ServiceLevel::of([], AIM_MS);
        assert_eq!((level.of_answered_permille(), level.of_all_permille()), (None, None));
    }
}
