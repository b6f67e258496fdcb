//! How busy a window was: its share of work in the last hour corrects who has been idle longest (DOMAIN 3.5).

use yunyiban_protocol::{Timestamp, Work};

use crate::Window;

/// How far back work is weighed, milliseconds: one hour.
const HOUR_MS: u32 = 60 * 60 * 1_000;

/// What a window does for its visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labour {
    /// It talks, or holds the talk.
    Talk,
    /// It writes it up.
    Writing,
}

/// What a window works at, if it does.
pub(super) fn labour(work: &Work) -> Option<Labour> {
    match work {
        Work::Talking { .. } | Work::Holding { .. } => Some(Labour::Talk),
        Work::WrapUp { .. } => Some(Labour::Writing),
        Work::Idle {} | Work::Reserved { .. } | Work::Connecting { .. } | Work::Suspect { .. } => None,
    }
}

/// Notes what a window worked, and forgets what ended more than an hour ago. What follows at once is one piece of work.
pub(super) fn note_work(window: &mut Window, began: Timestamp, ended: Timestamp) {
    window.worked.retain(|(_, end)| ended.since(*end) <= HOUR_MS);
    match window.worked.last_mut() {
        Some((_, end)) if *end == began => *end = ended,
        Some(_) | None => window.worked.push((began, ended)),
    }
}

/// How long the window has been idle, milliseconds, less the more of its time on duty it worked.
pub(super) fn corrected_idle_ms(window: &Window, now: Timestamp) -> u32 {
    let idle_ms = u64::from(now.since(window.work_since));
    let since = Timestamp::from_millis(now.as_millis() - i64::from(HOUR_MS)).max(window.presence_since);
    let on_duty_ms = u64::from(now.since(since)).max(1);
    let worked = window.worked.iter().map(|(began, ended)| u64::from(ended.since((*began).max(since))));
    let worked_ms = worked.sum::<u64>().min(on_duty_ms);
    (idle_ms * (on_duty_ms - worked_ms) / on_duty_ms) as u32
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::WindowId;

    use super::*;

    const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);

    fn minutes(count: u32) -> Timestamp {
        NINE.plus(count * 60_000)
    }

    /// On duty since nine, idle since the `idle`th minute, with this work done.
    fn corrected(worked: &[(u32, u32)], idle: u32, now: u32) -> u32 {
        let mut window = Window {
            presence_since: NINE,
            work_since: minutes(idle),
            ..Window::new(WindowId::new("1"), "1")
        };
        worked
            .iter()
            .for_each(|(began, ended)| note_work(&mut window, minutes(*began), minutes(*ended)));
        corrected_idle_ms(&window, minutes(now)) / 60_000
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
    fn work_is_counted_only_in_the_last_hour() {
        assert_eq!(corrected(&[(0, 10), (10, 15)], 15, 30), 7);
        assert_eq!(corrected(&[(0, 30)], 60, 120), 60);
    }

    #[test]
    fn what_is_kept_of_a_window_is_bounded_by_the_hour() {
        let mut window = Window::new(WindowId::new("1"), "1");
        for minute in 0..600 {
            note_work(&mut window, minutes(minute), minutes(minute).plus(30_000));
            note_work(&mut window, minutes(minute).plus(30_000), minutes(minute).plus(40_000));
        }
        assert_eq!(window.worked.len(), 61);
    }
}
