//! Opening hours, in the hall's time (Asia/Shanghai: UTC+8, no summer time since 1991).

use yunyiban_protocol::{OpenState, OpeningHours, Timestamp};

use crate::HallRules;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;
const OFFSET_MINUTES: i64 = 8 * 60;

/// Days ahead in which the next opening is looked for.
const LOOK_AHEAD_DAYS: i64 = 14;

/// Whether visits are taken.
pub(super) fn is_open(rules: &HallRules, now: Timestamp) -> bool {
    matches!(open_state(rules, now), OpenState::Open { .. })
}

/// Open or not, and when that changes.
pub(super) fn open_state(rules: &HallRules, now: Timestamp) -> OpenState {
    let minute = local_minute(now);
    let day = minute.div_euclid(DAY_MINUTES);
    if rules.always_open {
        return OpenState::Open { until: day_end(now) };
    }
    let runs = |day: i64| rules.hours.iter().filter(move |hours| covers(hours, day));
    let within = runs(day).find(|hours| (opens(hours, day)..closes(hours, day)).contains(&minute));
    if let Some(hours) = within {
        return OpenState::Open {
            until: at_minute(closes(hours, day)),
        };
    }
    let next = (day..=day + LOOK_AHEAD_DAYS)
        .flat_map(|day| runs(day).map(move |hours| opens(hours, day)))
        .filter(|opening| *opening > minute)
        .min();
    OpenState::Closed {
        opens_at: next.map(at_minute),
    }
}

/// The end of the last opening of the day of a moment; midnight where the hall never closes, `None` on a day without opening.
pub(super) fn last_closing(rules: &HallRules, now: Timestamp) -> Option<Timestamp> {
    let day = day_of(now);
    if rules.always_open {
        return Some(day_end(now));
    }
    let todays = rules.hours.iter().filter(|hours| covers(hours, day));
    todays.map(|hours| closes(hours, day)).max().map(at_minute)
}

/// The day of a moment, counted from 1970 in local time.
pub(super) fn day_of(now: Timestamp) -> i64 {
    local_minute(now).div_euclid(DAY_MINUTES)
}

/// When the day of a moment began.
pub(super) fn day_start(now: Timestamp) -> Timestamp {
    at_minute(day_of(now) * DAY_MINUTES)
}

/// When the day of a moment ends.
pub(super) fn day_end(now: Timestamp) -> Timestamp {
    at_minute((day_of(now) + 1) * DAY_MINUTES)
}

/// The local date of a moment as `20261123` (days to civil date as in H. Hinnant, "chrono-compatible low-level date algorithms").
pub(super) fn date_of(now: Timestamp) -> String {
    let days = day_of(now) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

fn local_minute(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(MINUTE_MS) + OFFSET_MINUTES
}

fn at_minute(local: i64) -> Timestamp {
    Timestamp::from_millis((local - OFFSET_MINUTES) * MINUTE_MS)
}

/// Whether the run falls on that day. 1970-01-01 was a Thursday.
fn covers(hours: &OpeningHours, day: i64) -> bool {
    let weekday = (day + 3).rem_euclid(7) + 1;
    (i64::from(hours.from_day)..=i64::from(hours.to_day)).contains(&weekday)
}

fn opens(hours: &OpeningHours, day: i64) -> i64 {
    day * DAY_MINUTES + i64::from(hours.from_minute)
}

fn closes(hours: &OpeningHours, day: i64) -> i64 {
    day * DAY_MINUTES + i64::from(hours.to_minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-11-23, so many minutes after midnight in Shanghai.
    fn monday(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_795_363_200_000 + minute * MINUTE_MS)
    }

    fn rules() -> HallRules {
        let run = |from_minute, to_minute| OpeningHours {
            from_day: 1,
            to_day: 5,
            from_minute,
            to_minute,
        };
        HallRules {
            hours: vec![run(540, 720), run(810, 1_020)],
            ..HallRules::default()
        }
    }

    #[test]
    fn open_in_the_morning_until_noon() {
        assert_eq!(open_state(&rules(), monday(540)), OpenState::Open { until: monday(720) });
        assert_eq!(open_state(&rules(), monday(719)), OpenState::Open { until: monday(720) });
    }

    #[test]
    fn closed_at_noon_until_half_past_one() {
        assert_eq!(open_state(&rules(), monday(720)), OpenState::Closed { opens_at: Some(monday(810)) });
    }

    #[test]
    fn closed_on_friday_evening_until_monday() {
        let friday = monday(4 * DAY_MINUTES + 1_020);
        assert_eq!(
            open_state(&rules(), friday),
            OpenState::Closed {
                opens_at: Some(monday(7 * DAY_MINUTES + 540))
            }
        );
    }

    #[test]
    fn the_day_closes_once_after_its_last_opening() {
        let evening = Some(monday(1_020));
        for minute in [0, 600, 750, 1_020, 1_439] {
            assert_eq!(last_closing(&rules(), monday(minute)), evening, "{minute}");
        }
        assert_eq!(last_closing(&rules(), monday(5 * DAY_MINUTES + 600)), None, "nobody opens on Saturday");
    }

    #[test]
    fn no_hours_means_no_opening() {
        assert_eq!(open_state(&HallRules::default(), monday(600)), OpenState::Closed { opens_at: None });
    }

    #[test]
    fn always_open_ends_with_the_day() {
        let rules = HallRules {
            always_open: true,
            ..HallRules::default()
        };
        assert_eq!(open_state(&rules, monday(5)), OpenState::Open { until: monday(DAY_MINUTES) });
    }

    #[test]
    fn a_day_turns_at_midnight_in_shanghai() {
        assert_eq!(date_of(monday(0)), "20261123");
        assert_eq!(date_of(Timestamp::from_millis(monday(0).as_millis() - 1)), "20261122");
        assert_eq!(date_of(Timestamp::from_millis(951_782_400_000)), "20000229");
        assert_eq!(day_start(monday(700)), monday(0));
    }
}
