//! The citizen's side.

use yunyiban_protocol::{Ahead, CallMode, EndOfLine, Place, Promises, ShareView, Timestamp, VisitId, VisitStatus, VisitView};

use crate::hall::Hall;
use crate::hall::rating::may_rate;
use crate::hall::referral::{referral_view, referred_view};
use crate::hall::roll::Entry;
use crate::setup::CallRights;
use crate::{HallRules, Visit, VisitState};

impl Hall {
    /// Everything the citizen's page shows; `None` when the visit is unknown.
    pub fn visit_view(&self, visit: &VisitId, now: Timestamp) -> Option<VisitView> {
        let entry = self.roll.get(visit)?;
        let visit = &entry.visit;
        Some(VisitView {
            id: visit.id.clone(),
            number: visit.number.to_string(),
            reference: visit.reference.to_string(),
            item: self.item_ref(visit.item.as_ref()),
            joined_at: visit.joined_at,
            contact: entry.contact.as_deref().cloned().unwrap_or_default(),
            status: self.status(entry, now),
            shares: shares(visit),
            slip: self.slip_of(entry),
            rating: visit.rating,
            may_rate: may_rate(visit, now),
            offer: self.offer(entry, now),
            hung_up: visit.hung_up,
            callback: self.callback_view(visit),
            suspension: self.suspension_told_to(visit),
            priority: visit.priority.is_some(),
            may_declare_priority: self.credit_offered(visit).is_ok(),
            promises: promises(&self.facts.rules),
            sisters_from: self.sisters_from(visit),
            referral: referral_view(visit, now),
            referred: referred_view(visit),
        })
    }

    /// Whose sound and picture may flow now. The gate is open only while both are together, by sound and picture.
    pub fn call_rights(&self, visit: &VisitId) -> CallRights {
        // Where the session was ended, whoever holds the page may be the thief.
        let Some(entry) = self.roll.get(visit).filter(|_| !self.session_ended(visit)) else {
            return CallRights {
                open: false,
                staff: None,
                warm: false,
            };
        };
        match &entry.visit.state {
            VisitState::Serving { staff, mode, .. } => CallRights {
                open: *mode == CallMode::Media,
                staff: Some(staff.clone()),
                warm: true,
            },
            VisitState::Connecting { staff, .. }
            | VisitState::Held { staff, .. }
            | VisitState::Dropped { staff, .. }
            | VisitState::Transferring { staff, .. } => CallRights {
                open: false,
                staff: Some(staff.clone()),
                warm: true,
            },
            VisitState::Ringing { .. } => CallRights {
                open: false,
                staff: None,
                warm: entry.visit.here,
            },
            VisitState::Waiting { .. } => CallRights {
                open: false,
                staff: None,
                warm: entry.visit.here && self.is_warm(entry),
            },
            VisitState::Booked { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => CallRights {
                open: false,
                staff: None,
                warm: false,
            },
        }
    }

    pub(super) fn status(&self, entry: &Entry, now: Timestamp) -> VisitStatus {
        let visit = &entry.visit;
        match &visit.state {
            VisitState::Booked { at } => VisitStatus::Booked {
                at: *at,
                check_in: self.check_in_view(visit, now),
            },
            VisitState::Waiting { .. } | VisitState::Away { .. } => VisitStatus::Waiting {
                place: self.place_in_line(entry),
                here: visit.here,
            },
            VisitState::Calling { since, until } => VisitStatus::Calling {
                place: self.place_in_line(entry),
                until: self.graced(*since, *until),
                alert: self.alert_at((*since, *until), now),
            },
            VisitState::Missed { since, until, .. } => VisitStatus::Missed {
                until: self.graced(*since, *until),
                end_of_line: self.end_of_line(visit),
                back_at: visit.back_at.map(|back_at| self.graced(*since, back_at)),
            },
            VisitState::Ringing { .. } => VisitStatus::Ringing {},
            VisitState::Connecting { since, window, staff, until } => VisitStatus::Connecting {
                staff: self.staff_card(staff, window),
                until: self.graced(*since, *until),
                may_wait: !visit.waited_once && visit.callback.is_none(),
            },
            VisitState::Serving { since, window, staff, mode } => VisitStatus::Serving {
                staff: self.staff_card(staff, window),
                since: *since,
                mode: *mode,
            },
            VisitState::Held { since, window, staff, .. } => VisitStatus::Held {
                staff: self.staff_card(staff, window),
                since: *since,
            },
            VisitState::Parked { since, until } => VisitStatus::Parked {
                until: self.graced(*since, *until),
            },
            VisitState::Dropped {
                since, window, staff, until, ..
            } => VisitStatus::Dropped {
                staff: self.staff_card(staff, window),
                until: self.graced(*since, *until),
            },
            VisitState::Transferring { to, .. } => VisitStatus::Transferring {
                to: to.as_ref().and_then(|window| self.card_of_window(window)),
            },
            VisitState::CallbackKept { .. } => VisitStatus::CallbackKept { place: self.place_of(entry) },
            VisitState::Closed { outcome, at } => VisitStatus::Closed { outcome: *outcome, at: *at },
        }
    }

    /// Whether the visit is among the few that hold a warm connection: those who would be rung first.
    fn is_warm(&self, entry: &Entry) -> bool {
        entry.spot.is_some_and(|spot| {
            let most = self.most_warmed(spot.queue);
            self.turns.ready_ahead(&spot, most, &self.unattended) < most
        })
    }

    /// Whether a missed number is kept for a return to the end of the line.
    fn end_of_line(&self, visit: &Visit) -> Option<EndOfLine> {
        if matches!(visit.state, VisitState::Missed { late: true, .. }) {
            return Some(EndOfLine::Now);
        }
        self.missed_keeps_until(visit).map(|_| EndOfLine::Later)
    }

    fn place_in_line(&self, entry: &Entry) -> Place {
        self.place_of(entry).unwrap_or(Place {
            ahead: Ahead::Exact { count: 0 },
            wait: None,
            serving: None,
            cause: None,
            shared: false,
        })
    }
}

/// What the page says of the rules.
const fn promises(rules: &HallRules) -> Promises {
    let timers = &rules.timers;
    Promises {
        away_ms: timers.citizen_lease_ms,
        later_ms: timers.later_ms,
        missed_keeps_ms: timers.missed_return_ms,
        missed_after: timers.missed_return_after,
        callback_attempts: timers.callback_attempts,
        hold_notice_ms: timers.hold_notice_ms,
    }
}

pub(super) fn shares(visit: &Visit) -> Vec<ShareView> {
    visit.shares.iter().map(|(from, kind)| ShareView { from: *from, kind: *kind }).collect()
}
