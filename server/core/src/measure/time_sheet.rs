//! The time sheet (工时): how long each person was there, helped, and paused for which reason (FEATURES 149).

use std::collections::BTreeMap;

use yunyiban_protocol::{BreakReason, Presence, StaffId, Timestamp, WindowId, Work};

use crate::{Event, Subject, Window};

/// Hours of one person, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// At a window and there for citizens: rung by itself, picking by hand, or finishing the last.
    pub on_duty_ms: u64,
    /// Of this, with a citizen or writing one up.
    pub busy_ms: u64,
    /// Paused, by reason.
    pub breaks_ms: BTreeMap<BreakReason, u64>,
    /// At a window for training (培训).
    pub training_ms: u64,
}

/// Hours of everybody who sat at a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeSheet(pub BTreeMap<StaffId, Hours>);

impl TimeSheet {
    /// From the hall's events, oldest first; the last moment is `until`. What a window was like before its first event counts nowhere, so the events
    /// are to begin where nobody sat there: with the day.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>, until: Timestamp) -> Self {
        let mut sheet = Self::default();
        let mut windows: BTreeMap<&WindowId, (&Window, Timestamp)> = BTreeMap::new();
        for event in events {
            let Subject::Window { window } = &event.after else { continue };
            if let Some((before, since)) = windows.insert(&window.id, (window, event.at)) {
                sheet.add(before, since, event.at);
            }
        }
        for (window, since) in windows.into_values() {
            sheet.add(window, since, until);
        }
        sheet
    }

    fn add(&mut self, window: &Window, from: Timestamp, to: Timestamp) {
        let Some(staff) = &window.staff else { return };
        let ms = u64::from(to.since(from));
        let hours = match window.presence {
            Presence::Offline {} => return,
            Presence::Available {} | Presence::OnDemand {} | Presence::Draining {} => {
                let hours = self.0.entry(staff.clone()).or_default();
                hours.on_duty_ms += ms;
                hours.busy_ms += if is_busy(&window.work) { ms } else { 0 };
                return;
            }
            Presence::Break { reason } => self.0.entry(staff.clone()).or_default().breaks_ms.entry(reason).or_default(),
            Presence::Training {} => &mut self.0.entry(staff.clone()).or_default().training_ms,
        };
        *hours += ms;
    }
}

fn is_busy(work: &Work) -> bool {
    match work {
        Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } => true,
        Work::Idle {} | Work::Reserved { .. } | Work::Suspect { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::VisitId;

    use super::*;
    use crate::event::Actor;

    const MINUTE: u32 = 60_000;
    const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);

    fn event(minute: u32, staff: Option<&str>, presence: Presence, work: Work) -> Event {
        let window = Window {
            staff: staff.map(StaffId::new),
            presence,
            work,
            ..Window::new(WindowId::new("1"), "1号窗口")
        };
        Event {
            seq: minute + 1,
            at: NINE.plus(minute * MINUTE),
            actor: Actor::System,
            cause: "presence_chosen".into(),
            before: None,
            after: Subject::Window { window: Box::new(window) },
        }
    }

    #[test]
    fn hours_are_counted_by_person_and_pauses_by_reason() {
        let available = Presence::Available {};
        let pause = |reason| Presence::Break { reason };
        let talking = Work::Talking { visit: VisitId::new("li") };
        let day = [
            event(0, Some("chen"), available, Work::Idle {}),
            event(10, Some("chen"), available, talking),
            event(25, Some("chen"), pause(BreakReason::Meal), Work::Idle {}),
            event(55, Some("chen"), pause(BreakReason::Counter), Work::Idle {}),
            event(60, None, Presence::Offline {}, Work::Idle {}),
            event(90, Some("lin"), Presence::OnDemand {}, Work::Idle {}),
        ];
        let sheet = TimeSheet::of(&day, NINE.plus(100 * MINUTE)).0;
        let minutes = |ms: u64| ms / u64::from(MINUTE);
        let chen = &sheet[&StaffId::new("chen")];
        assert_eq!((minutes(chen.on_duty_ms), minutes(chen.busy_ms)), (25, 15));
        let pauses: Vec<_> = chen.breaks_ms.iter().map(|(reason, ms)| (*reason, minutes(*ms))).collect();
        assert_eq!(pauses, [(BreakReason::Meal, 30), (BreakReason::Counter, 5)]);
        assert_eq!(minutes(sheet[&StaffId::new("lin")].on_duty_ms), 10);
        assert_eq!(sheet.len(), 2);
    }
}
