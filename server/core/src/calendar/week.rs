//! The weekly hours of a hall or a queue: what they may be, and how an audit row says them.

use yunyiban_protocol::{OpeningHours, QueueId};

use super::table::{run, run_words};
use super::{Run, weekly_runs};
use crate::Refusal;

/// Most runs of a week: every day of its own, each with three breaks.
const MOST_RUNS: usize = 28;

/// Whether these hours hold together: each run within its day and week and ending after it begins, and no two of one day over each other.
///
/// # Errors
/// [`Refusal::HoursTooMany`], [`Refusal::HoursBackwards`], [`Refusal::HoursOverlap`].
pub fn check(hours: &[OpeningHours]) -> Result<(), Refusal> {
    if hours.len() > MOST_RUNS {
        return Err(Refusal::HoursTooMany);
    }
    if !hours.iter().all(OpeningHours::is_sound) {
        return Err(Refusal::HoursBackwards);
    }
    let overlaps = |weekday| weekly_runs(hours, weekday).windows(2).any(|two| two[0].to_minute > two[1].from_minute);
    if (1..=7).any(overlaps) { Err(Refusal::HoursOverlap) } else { Ok(()) }
}

/// The same of one day's own hours, in order.
///
/// # Errors
/// [`Refusal::HoursTooMany`], [`Refusal::HoursBackwards`], [`Refusal::HoursOverlap`].
pub fn check_day(runs: &[Run]) -> Result<(), Refusal> {
    let of_monday = |run: &Run| OpeningHours {
        from_day: 1,
        to_day: 1,
        from_minute: run.from_minute,
        to_minute: run.to_minute,
    };
    check(&runs.iter().map(of_monday).collect::<Vec<_>>())
}

/// What an audit row says of a change, and [`changed_of`] reads: whose week, `-` for the hall's, what it was and what it is.
pub fn changed_words(queue: Option<&QueueId>, before: &[OpeningHours], after: &[OpeningHours]) -> String {
    let queue = queue.map_or("-", QueueId::as_str);
    format!("{queue} {} > {}", week_words(before), week_words(after))
}

/// Whose week, and its hours before and after.
pub fn changed_of(words: &str) -> Option<(Option<QueueId>, Vec<OpeningHours>, Vec<OpeningHours>)> {
    let (queue, words) = words.split_once(' ')?;
    let (before, after) = words.split_once(" > ")?;
    let queue = (queue != "-").then(|| QueueId::new(queue));
    Some((queue, week_of(before)?, week_of(after)?))
}

/// `1-5/09:00-12:00 1-5/13:30-17:00`; `-` for none.
fn week_words(hours: &[OpeningHours]) -> String {
    let words = |hours: &OpeningHours| {
        let run = Run {
            from_minute: hours.from_minute,
            to_minute: hours.to_minute,
        };
        format!("{}-{}/{}", hours.from_day, hours.to_day, run_words(&run))
    };
    if hours.is_empty() {
        return "-".to_owned();
    }
    hours.iter().map(words).collect::<Vec<_>>().join(" ")
}

fn week_of(words: &str) -> Option<Vec<OpeningHours>> {
    let of = |word: &str| {
        let (days, hours) = word.split_once('/')?;
        let (from_day, to_day) = days.split_once('-')?;
        let Run { from_minute, to_minute } = run(hours)?;
        Some(OpeningHours {
            from_day: from_day.parse().ok()?,
            to_day: to_day.parse().ok()?,
            from_minute,
            to_minute,
        })
    };
    words.split(' ').filter(|word| *word != "-").map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of((from_day, to_day, from_minute, to_minute): (u8, u8, u16, u16)) -> OpeningHours {
        OpeningHours {
            from_day,
            to_day,
            from_minute,
            to_minute,
        }
    }

    fn week(runs: &[(u8, u8, u16, u16)]) -> Vec<OpeningHours> {
        runs.iter().copied().map(of).collect()
    }

    #[test]
    fn a_week_that_does_not_hold_together_is_refused_for_what_is_wrong() {
        let lunch = [(1, 5, 540, 720), (1, 5, 810, 1_020)];
        for (hours, told) in [
            (week(&lunch), Ok(())),
            (week(&[(1, 5, 540, 720), (1, 5, 720, 1_020)]), Ok(())),
            (week(&[(1, 5, 540, 720), (6, 7, 600, 660)]), Ok(())),
            (week(&[(1, 7, 0, 1_440)]), Ok(())),
            (week(&[(1, 5, 720, 540)]), Err(Refusal::HoursBackwards)),
            (week(&[(1, 5, 540, 540)]), Err(Refusal::HoursBackwards)),
            (week(&[(5, 1, 540, 720)]), Err(Refusal::HoursBackwards)),
            (week(&[(1, 8, 540, 720)]), Err(Refusal::HoursBackwards)),
            (week(&[(1, 5, 540, 1_441)]), Err(Refusal::HoursBackwards)),
            (week(&[(1, 5, 810, 1_020), (1, 5, 540, 811)]), Err(Refusal::HoursOverlap)),
            (week(&[(1, 5, 540, 720), (3, 3, 600, 660)]), Err(Refusal::HoursOverlap)),
            (vec![of(lunch[0]); 29], Err(Refusal::HoursTooMany)),
        ] {
            assert_eq!(check(&hours), told, "{hours:?}");
        }
    }

    #[test]
    fn an_audit_row_says_whose_week_was_what_and_reads_back() {
        let (before, after) = (week(&[(1, 5, 540, 720), (1, 5, 810, 1_020)]), week(&[(2, 2, 840, 960)]));
        let words = changed_words(None, &before, &after);
        assert_eq!(words, "- 1-5/09:00-12:00 1-5/13:30-17:00 > 2-2/14:00-16:00");
        assert_eq!(changed_of(&words), Some((None, before.clone(), after)));
        let queue = QueueId::new("b");
        let words = changed_words(Some(&queue), &before, &[]);
        assert_eq!(changed_of(&words), Some((Some(queue), before, vec![])));
        assert_eq!(changed_of("b"), None);
    }
}
