//! The time sheet (工时): how long each person was there, helped, and paused for which reason (FEATURES 149).
//!
//! The time of a person is what they chose, but for three things. Busy work is duty whatever was chosen meanwhile: a pause
//! chosen during a talk begins when talk and wrap-up are over. Whoever lets the last one be the last is on duty until that one is
//! done. And a window that is not rung until 「我回来了」, because its page fell silent or its rings went unanswered, is not on
//! duty from the moment the hall found out: presence is what a person chose and the hall never writes it (DOMAIN 3.3), and until
//! that moment the hall rang the window. One whose own test failed is: the person is there, the device is not.

use std::collections::BTreeMap;

use yunyiban_protocol::{BreakReason, Presence, StaffId, SuspectReason, Timestamp, WindowId, Work};

use super::put_right::put_right;
use crate::{Event, Subject, Window};

/// Hours of one person, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// At a window and there for citizens: rung by itself, picking by hand, or with one.
    pub on_duty_ms: u64,
    /// Of this, with a citizen or writing one up.
    pub busy_ms: u64,
    /// On duty by choice, and not rung because nobody seemed to be there (暂停叫号); no part of the duty.
    pub held_back_ms: u64,
    /// Paused, by reason.
    pub breaks_ms: BTreeMap<BreakReason, u64>,
    /// At a window for training (培训).
    pub training_ms: u64,
}

/// Hours of everybody who sat at a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeSheet {
    /// By person; nobody with nothing.
    pub hours: BTreeMap<StaffId, Hours>,
    /// The furthest a clock was wrong, milliseconds, among the events of this time: so much of the hours may be missing or too
    /// much. Mostly 0.
    pub clock_off_ms: u64,
}

impl TimeSheet {
    /// Of the time between two moments, or until `now`: from the windows as they were before the events, and events in order, also
    /// of before and after, by which is seen whose clock was wrong.
    ///
    /// A clock that was wrong for a while, by hours or by days, moves only what was written meanwhile, to the nearest moment its
    /// neighbours allow: so nothing is negative, nothing counts twice, and no other day is touched.
    pub fn of(at_first: &[Window], events: &[Event], (from, until): (Timestamp, Timestamp), now: Timestamp) -> Self {
        let mut sheet = Self::default();
        let is_of_this = |moment: &Timestamp| (from..=until).contains(moment);
        let until = until.min(now);
        let told: Vec<Timestamp> = events.iter().map(|event| event.at).collect();
        let mut windows: BTreeMap<&WindowId, (&Window, Timestamp)> = at_first.iter().map(|window| (&window.id, (window, from))).collect();
        for (event, moment) in events.iter().zip(put_right(&told, now)) {
            if [event.at, moment].iter().any(is_of_this) {
                sheet.clock_off_ms = sheet.clock_off_ms.max(event.at.as_millis().abs_diff(moment.as_millis()));
            }
            let Subject::Window { window } = &event.after else { continue };
            let at = moment.max(from).min(until);
            if let Some((before, since)) = windows.insert(&window.id, (window, at)) {
                sheet.add(before, since, at);
            }
        }
        for (window, since) in windows.into_values() {
            sheet.add(window, since, until);
        }
        sheet
    }

    fn add(&mut self, window: &Window, from: Timestamp, to: Timestamp) {
        let ms = u64::from(to.since(from));
        let (Some(staff), Some(spent), true) = (&window.staff, spent(window), ms > 0) else {
            return;
        };
        let hours = self.hours.entry(staff.clone()).or_default();
        match spent {
            Spent::Busy => {
                hours.on_duty_ms += ms;
                hours.busy_ms += ms;
            }
            Spent::OnDuty => hours.on_duty_ms += ms,
            Spent::HeldBack => hours.held_back_ms += ms,
            Spent::Break(reason) => *hours.breaks_ms.entry(reason).or_default() += ms,
            Spent::Training => hours.training_ms += ms,
        }
    }
}

/// What the time of a person goes to.
enum Spent {
    Busy,
    OnDuty,
    HeldBack,
    Break(BreakReason),
    Training,
}

fn spent(window: &Window) -> Option<Spent> {
    if is_busy(&window.work) {
        return Some(Spent::Busy);
    }
    match window.presence {
        Presence::Available {} | Presence::OnDemand {} if is_held_back(&window.work) => Some(Spent::HeldBack),
        Presence::Available {} | Presence::OnDemand {} => Some(Spent::OnDuty),
        Presence::Break { reason } => Some(Spent::Break(reason)),
        Presence::Training {} => Some(Spent::Training),
        // The last one is done.
        Presence::Draining {} | Presence::Offline {} => None,
    }
}

fn is_busy(work: &Work) -> bool {
    match work {
        Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } => true,
        Work::Idle {} | Work::Reserved { .. } | Work::Suspect { .. } => false,
    }
}

/// Not rung until the person says 「我回来了」, for nobody seems to be there.
fn is_held_back(work: &Work) -> bool {
    match work {
        Work::Suspect { reason, until } => match reason {
            SuspectReason::LeaseLost => true,
            SuspectReason::RingUnanswered => until.is_none(),
            SuspectReason::ProbeFailed => false,
        },
        Work::Idle {} | Work::Reserved { .. } | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } => false,
    }
}

#[cfg(test)]
mod tests;
