//! A follow-up: whoever was served and takes a number again the same day (FEATURES 48). For the same matter it comes first to the window
//! that knows it. To the window of a talk it rated badly it does not come again while another takes it (DOMAIN 3.5).
//!
//! Nothing of this is shown at any window: how a visit was rated is its citizen's alone. A window that calls somebody by name may do so.

use yunyiban_protocol::{ItemCode, RatingLevel, Timestamp, WindowId};

use crate::hall::Hall;
use crate::hall::hours::day_end;
use crate::hall::roll::{Entry, Slot};

/// What an ended visit says of windows for the next one of its citizen.
#[derive(Default)]
pub(super) struct FollowUp {
    /// Preferred until then.
    pub sticky: Option<Box<(WindowId, Timestamp)>>,
    /// Not wanted again.
    pub refused: Option<Box<WindowId>>,
}

impl Hall {
    /// The window to come back to, or to stay away from. A person who sits at another window meanwhile is looked for there.
    pub(super) fn follow_up(&self, ended: Slot, item: Option<&ItemCode>) -> FollowUp {
        let entry = &self.roll[ended];
        let visit = &entry.visit;
        let Some((staff, window)) = visit.served_by.as_deref() else {
            return FollowUp {
                refused: visit.refused.clone(),
                ..FollowUp::default()
            };
        };
        let window = self.desk_of(staff).map_or(window, |desk| &self.desks[desk].window.id).clone();
        if visit.rating.is_some_and(is_bad) {
            return FollowUp {
                refused: Some(Box::new(window)),
                ..FollowUp::default()
            };
        }
        let refused = visit.refused.clone().filter(|refused| **refused != window);
        let now = self.turn.now;
        let ended_at = visit.state.ended().map_or(now, |(_, at)| at);
        let until = ended_at.plus(self.facts.rules.timers.follow_up_ms).min(day_end(now));
        let again = item.is_some_and(|item| is_about(entry, item)) && until > now;
        FollowUp {
            sticky: again.then(|| Box::new((window, until))),
            refused,
        }
    }

    /// Whether the person at a window takes visits, now or after the one there.
    pub(super) fn note_on_duty(&mut self, desk: usize) {
        if self.is_on_duty_at(desk) {
            self.matching.on_duty.insert(desk);
        } else {
            self.matching.on_duty.remove(&desk);
        }
    }
}

/// 不满意 and 非常不满意.
const fn is_bad(level: RatingLevel) -> bool {
    match level {
        RatingLevel::VeryDissatisfied | RatingLevel::Dissatisfied => true,
        RatingLevel::FairlySatisfied | RatingLevel::Satisfied | RatingLevel::VerySatisfied => false,
    }
}

/// What the citizen chose, or what the window found it to be.
fn is_about(entry: &Entry, item: &ItemCode) -> bool {
    let recorded = entry.record.as_ref().map(|record| &record.item.code);
    entry.visit.item.as_ref() == Some(item) || recorded == Some(item)
}
