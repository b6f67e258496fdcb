//! How busy a window was: its share of work in the last hour corrects who has been idle longest (DOMAIN 3.5).

use std::collections::VecDeque;

use yunyiban_protocol::Timestamp;

use crate::Window;

/// How far back work is weighed, milliseconds: one hour.
const HOUR_MS: u32 = 60 * 60 * 1_000;

/// Services of one window that ended in the last hour: from the first word to the written record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Workload {
    /// Begin and end, by end.
    services: VecDeque<(Timestamp, Timestamp)>,
}

impl Workload {
    /// Notes a service, and forgets those of more than an hour ago.
    pub fn note(&mut self, began: Timestamp, ended: Timestamp) {
        while self.services.front().is_some_and(|(_, end)| ended.since(*end) > HOUR_MS) {
            self.services.pop_front();
        }
        self.services.push_back((began, ended));
    }

    /// How long the window has been idle, milliseconds, less the more of its time on duty it worked.
    pub fn corrected_idle_ms(&self, window: &Window, now: Timestamp) -> u32 {
        let idle_ms = u64::from(now.since(window.work_since));
        let since = Timestamp::from_millis(now.as_millis() - i64::from(HOUR_MS)).max(window.presence_since);
        let on_duty_ms = u64::from(now.since(since)).max(1);
        let worked_ms = u64::from(self.worked_ms(since)).min(on_duty_ms);
        (idle_ms * (on_duty_ms - worked_ms) / on_duty_ms) as u32
    }

    /// Milliseconds worked since a moment. Services of a visit that came back may overlap: each moment counts once.
    fn worked_ms(&self, since: Timestamp) -> u32 {
        let mut worked = 0;
        let mut counted_from = None;
        for (began, ended) in self.services.iter().rev() {
            let until = counted_from.map_or(*ended, |moment: Timestamp| moment.min(*ended));
            let from = (*began).max(since);
            worked += until.since(from);
            counted_from = Some(counted_from.map_or(from, |moment: Timestamp| moment.min(from)));
        }
        worked
    }
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::WindowId;

    use super::*;

    const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);

    fn minutes(count: u32) -> Timestamp {
        NINE.plus(count * 60_000)
    }

    /// On duty since nine, idle since the `idle`th minute, with these services.
    fn corrected(services: &[(u32, u32)], idle: u32, now: u32) -> u32 {
        let mut load = Workload::default();
        services.iter().for_each(|(began, ended)| load.note(minutes(*began), minutes(*ended)));
        let window = Window {
            presence_since: NINE,
            work_since: minutes(idle),
            ..Window::new(WindowId::new("1"), "1")
        };
        load.corrected_idle_ms(&window, minutes(now)) / 60_000
    }

    #[test]
    fn the_busier_window_counts_as_idle_for_less() {
        assert_eq!(corrected(&[], 10, 30), 20);
        assert_eq!(corrected(&[(0, 15)], 15, 30), 7);
        assert!(
            corrected(&[(0, 20)], 20, 30) < corrected(&[(0, 5)], 22, 30),
            "ten minutes after much work, eight after little"
        );
    }

    #[test]
    fn a_moment_is_counted_once_and_only_in_the_last_hour() {
        assert_eq!(corrected(&[(0, 10), (5, 10)], 10, 20), 5);
        assert_eq!(corrected(&[(0, 30)], 60, 120), 60);
    }
}
