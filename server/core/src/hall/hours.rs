//! Opening hours: the week with its lunch, and the calendar over it.

use yunyiban_protocol::{DayNote, OpenState, Timestamp};

use crate::HallRules;
use crate::calendar::{Calendar, DAY_MINUTES, Day, Run};

/// Days ahead in which the next opening and special days are looked for.
const LOOK_AHEAD_DAYS: i64 = 14;

/// Open or not, and when that changes.
pub(super) fn open_state(rules: &HallRules, calendar: &Calendar, now: Timestamp) -> OpenState {
    let today = Day::of(now);
    if rules.always_open {
        return OpenState::Open { until: day_end(now) };
    }
    let runs = |day: Day| calendar.runs(&rules.hours, day).into_iter().map(move |run| moments(day, run));
    if let Some((_, until)) = runs(today).find(|(from, until)| (*from..*until).contains(&now)) {
        return OpenState::Open { until };
    }
    let days = (0..=LOOK_AHEAD_DAYS).map(|days| today.plus(days));
    OpenState::Closed {
        opens_at: days.flat_map(runs).map(|(from, _)| from).find(|from| *from > now),
    }
}

/// The first moment from this one on at which the hall is open, if one is within 14 days.
pub(super) fn next_opening(rules: &HallRules, calendar: &Calendar, from: Timestamp) -> Option<Timestamp> {
    match open_state(rules, calendar, from) {
        OpenState::Open { .. } => Some(from),
        OpenState::Closed { opens_at } => opens_at,
    }
}

/// When the hall opens next, after the opening that runs now.
pub(super) fn session_after(rules: &HallRules, calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
    match open_state(rules, calendar, now) {
        OpenState::Open { until } => next_opening(rules, calendar, until),
        OpenState::Closed { opens_at } => opens_at,
    }
}

/// The end of the last opening of the day of a moment; midnight where the hall never closes, `None` on a day without opening.
pub(super) fn last_closing(rules: &HallRules, calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
    if rules.always_open {
        return Some(day_end(now));
    }
    openings_today(rules, calendar, now).into_iter().map(|(_, until)| until).max()
}

/// From when until when the hall is open on the day of a moment, in order.
pub(super) fn openings_today(rules: &HallRules, calendar: &Calendar, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let today = Day::of(now);
    if rules.always_open {
        return vec![(today.start(), day_end(now))];
    }
    calendar.runs(&rules.hours, today).into_iter().map(|run| moments(today, run)).collect()
}

/// The special days people should know of now, neighbours of one kind and name together.
pub(super) fn day_notes(calendar: &Calendar, now: Timestamp) -> Vec<DayNote> {
    let today = Day::of(now);
    let mut notes: Vec<DayNote> = Vec::new();
    for special in calendar.between(today, today.plus(LOOK_AHEAD_DAYS)) {
        let day = special.day;
        match notes.last_mut() {
            Some(note) if note.to == day.plus(-1).start() && note.kind == special.kind && note.name == special.name => note.to = day.start(),
            Some(_) | None => notes.push(DayNote {
                from: day.start(),
                to: day.start(),
                kind: special.kind,
                name: special.name.clone(),
            }),
        }
    }
    notes
}

/// The day of a moment, counted from 1970 in local time.
pub(super) fn day_of(now: Timestamp) -> i64 {
    Day::of(now).number()
}

/// When the day of a moment began.
pub(super) fn day_start(now: Timestamp) -> Timestamp {
    Day::of(now).start()
}

/// When the day of a moment ends.
pub(super) fn day_end(now: Timestamp) -> Timestamp {
    Day::of(now).at(DAY_MINUTES)
}

/// The local date of a moment as `20261123`.
pub(super) fn date_of(now: Timestamp) -> String {
    Day::of(now).to_string().replace('-', "")
}

fn moments(day: Day, run: Run) -> (Timestamp, Timestamp) {
    (day.at(i64::from(run.from_minute)), day.at(i64::from(run.to_minute)))
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::{DayKind, OpeningHours};

    use super::*;
    use crate::calendar::SpecialDay;

    const MINUTE_MS: i64 = 60_000;

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
        assert_eq!(
            open_state(&rules(), &Calendar::default(), monday(540)),
            OpenState::Open { until: monday(720) }
        );
        assert_eq!(
            open_state(&rules(), &Calendar::default(), monday(719)),
            OpenState::Open { until: monday(720) }
        );
    }

    #[test]
    fn closed_at_noon_until_half_past_one() {
        assert_eq!(
            open_state(&rules(), &Calendar::default(), monday(720)),
            OpenState::Closed { opens_at: Some(monday(810)) }
        );
    }

    #[test]
    fn closed_on_friday_evening_until_monday() {
        let friday = monday(4 * DAY_MINUTES + 1_020);
        assert_eq!(
            open_state(&rules(), &Calendar::default(), friday),
            OpenState::Closed {
                opens_at: Some(monday(7 * DAY_MINUTES + 540))
            }
        );
    }

    #[test]
    fn the_day_closes_once_after_its_last_opening() {
        let evening = Some(monday(1_020));
        for minute in [0, 600, 750, 1_020, 1_439] {
            assert_eq!(last_closing(&rules(), &Calendar::default(), monday(minute)), evening, "{minute}");
        }
        assert_eq!(
            last_closing(&rules(), &Calendar::default(), monday(5 * DAY_MINUTES + 600)),
            None,
            "nobody opens on Saturday"
        );
    }

    #[test]
    fn no_hours_means_no_opening() {
        assert_eq!(
            open_state(&HallRules::default(), &Calendar::default(), monday(600)),
            OpenState::Closed { opens_at: None }
        );
    }

    #[test]
    fn always_open_ends_with_the_day() {
        let rules = HallRules {
            always_open: true,
            ..HallRules::default()
        };
        assert_eq!(
            open_state(&rules, &Calendar::default(), monday(5)),
            OpenState::Open { until: monday(DAY_MINUTES) }
        );
    }

    #[test]
    fn a_day_turns_at_midnight_in_shanghai() {
        assert_eq!(date_of(monday(0)), "20261123");
        assert_eq!(date_of(Timestamp::from_millis(monday(0).as_millis() - 1)), "20261122");
        assert_eq!(date_of(Timestamp::from_millis(951_782_400_000)), "20000229");
        assert_eq!(day_start(monday(700)), monday(0));
    }

    /// 春节 2027 as a notice would have it: the 5th to the 11th of February off, Sunday the 14th worked.
    fn spring_festival() -> Calendar {
        let special = |day: &str, kind| SpecialDay {
            day: Day::named(day).expect("a date"),
            kind,
            name: "春节".into(),
            runs: Vec::new(),
        };
        let off = (5..=11).map(|day| special(&format!("2027-02-{day:02}"), DayKind::Holiday));
        Calendar::new(off.chain([special("2027-02-14", DayKind::Working)]))
    }

    fn at(day: &str, minute: i64) -> Timestamp {
        Day::named(day).expect("a date").at(minute)
    }

    #[test]
    fn on_the_eve_of_a_holiday_week_the_next_opening_is_after_it() {
        let calendar = spring_festival();
        let after = OpenState::Closed {
            opens_at: Some(at("2027-02-12", 540)),
        };
        for (day, minute) in [("2027-02-04", 1_020), ("2027-02-05", 600), ("2027-02-08", 0), ("2027-02-11", 1_439)] {
            assert_eq!(open_state(&rules(), &calendar, at(day, minute)), after, "{day} {minute}");
        }
        assert_eq!(
            last_closing(&rules(), &calendar, at("2027-02-08", 600)),
            None,
            "nobody opens on a holiday"
        );
    }

    #[test]
    fn a_sunday_worked_for_the_holiday_has_lunch_like_any_day() {
        let calendar = spring_festival();
        let sunday = "2027-02-14";
        assert_eq!(
            open_state(&rules(), &calendar, at(sunday, 600)),
            OpenState::Open { until: at(sunday, 720) }
        );
        assert_eq!(
            open_state(&rules(), &calendar, at(sunday, 750)),
            OpenState::Closed {
                opens_at: Some(at(sunday, 810))
            }
        );
        assert_eq!(last_closing(&rules(), &calendar, at(sunday, 0)), Some(at(sunday, 1_020)));
        assert_eq!(
            open_state(&rules(), &calendar, at("2027-02-13", 600)),
            OpenState::Closed {
                opens_at: Some(at(sunday, 540))
            },
            "the Saturday before stays free"
        );
    }

    #[test]
    fn a_run_of_days_is_told_as_one() {
        let calendar = spring_festival();
        let note = |from, to, kind| DayNote {
            from: at(from, 0),
            to: at(to, 0),
            kind,
            name: "春节".into(),
        };
        let holiday = |from| note(from, "2027-02-11", DayKind::Holiday);
        let worked = note("2027-02-14", "2027-02-14", DayKind::Working);
        assert_eq!(day_notes(&calendar, at("2027-02-01", 600)), [holiday("2027-02-05"), worked.clone()]);
        assert_eq!(
            day_notes(&calendar, at("2027-02-07", 600)),
            [holiday("2027-02-07"), worked],
            "what is over is not told"
        );
        assert_eq!(day_notes(&calendar, at("2027-02-15", 0)), []);
    }
}
