//! Opening hours: the week with its lunch, and the calendar over it; of the hall, and of a queue that has hours of its own.

use yunyiban_protocol::{DayNote, OpenState, OpeningHours, Timestamp};

use crate::HallRules;
use crate::calendar::{Calendar, DAY_MINUTES, Day, Run};
use crate::hall::Hall;
use crate::hall::matching::QueueIndex;

/// Days ahead in which the next opening and special days are looked for.
const LOOK_AHEAD_DAYS: i64 = 14;

/// When a queue is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours<'a> {
    hall: &'a HallRules,
    calendar: &'a Calendar,
    /// Hours of its own; none: the hall's.
    own: &'a [OpeningHours],
}

impl Hours<'_> {
    /// Open or not, and when that changes.
    pub fn state(&self, now: Timestamp) -> OpenState {
        if self.hall.always_open {
            return OpenState::Open { until: day_end(now) };
        }
        let today = Day::of(now);
        if let Some((_, until)) = self.runs(today).find(|(from, until)| (*from..*until).contains(&now)) {
            return OpenState::Open { until };
        }
        let days = (0..=LOOK_AHEAD_DAYS).map(|days| today.plus(days));
        OpenState::Closed {
            opens_at: days.flat_map(|day| self.runs(day)).map(|(from, _)| from).find(|from| *from > now),
        }
    }

    /// Whether it is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state(now), OpenState::Open { .. })
    }

    /// The first moment from this one on at which it is open, if one is within 14 days.
    pub fn next_opening(&self, from: Timestamp) -> Option<Timestamp> {
        match self.state(from) {
            OpenState::Open { .. } => Some(from),
            OpenState::Closed { opens_at } => opens_at,
        }
    }

    /// When it opens next, after the opening that runs now.
    pub fn session_after(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state(now) {
            OpenState::Open { until } => self.next_opening(until),
            OpenState::Closed { opens_at } => opens_at,
        }
    }

    /// The end of the last opening of the day of a moment; midnight where it never closes, `None` on a day without opening.
    pub fn last_closing(&self, now: Timestamp) -> Option<Timestamp> {
        self.openings_today(now).into_iter().map(|(_, until)| until).max()
    }

    /// From when until when it is open on the day of a moment, in order.
    pub fn openings_today(&self, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        if self.hall.always_open {
            return vec![(day_start(now), day_end(now))];
        }
        self.runs(Day::of(now)).collect()
    }

    fn runs(&self, day: Day) -> impl Iterator<Item = (Timestamp, Timestamp)> + use<> {
        let runs = if self.own.is_empty() {
            self.calendar.runs(&self.hall.hours, day)
        } else {
            self.calendar.runs_of_part(self.own, &self.hall.hours, day)
        };
        runs.into_iter().map(move |run| moments(day, run))
    }
}

impl Hall {
    /// When a queue is open.
    pub(super) fn hours_of(&self, queue: QueueIndex) -> Hours<'_> {
        let rules = &self.facts.rules;
        Hours {
            hall: rules,
            calendar: &self.facts.calendar,
            own: rules.queues.get(usize::from(queue)).map_or(&[], |queue| &queue.hours),
        }
    }

    /// The first of these queues' moments.
    pub(super) fn first_of<'a>(&'a self, queues: &[QueueIndex], moment: impl Fn(Hours<'a>) -> Option<Timestamp>) -> Option<Timestamp> {
        queues.iter().filter_map(|queue| moment(self.hours_of(*queue))).min()
    }

    /// Whether any of these queues is open by its hours, and when that changes.
    pub(super) fn open_by_hours(&self, queues: &[QueueIndex], now: Timestamp) -> OpenState {
        let states = || queues.iter().map(|queue| self.hours_of(*queue).state(now));
        let until = |state| if let OpenState::Open { until } = state { Some(until) } else { None };
        let opens_at = |state| if let OpenState::Closed { opens_at } = state { opens_at } else { None };
        match states().filter_map(until).max() {
            Some(until) => OpenState::Open { until },
            None => OpenState::Closed {
                opens_at: states().filter_map(opens_at).min(),
            },
        }
    }
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
    use yunyiban_protocol::DayKind;

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

    /// Hours of the hall itself.
    fn of<'a>(rules: &'a HallRules, calendar: &'a Calendar) -> Hours<'a> {
        Hours {
            hall: rules,
            calendar,
            own: &[],
        }
    }

    #[test]
    fn open_in_the_morning_until_noon() {
        assert_eq!(
            of(&rules(), &Calendar::default()).state(monday(540)),
            OpenState::Open { until: monday(720) }
        );
        assert_eq!(
            of(&rules(), &Calendar::default()).state(monday(719)),
            OpenState::Open { until: monday(720) }
        );
    }

    #[test]
    fn closed_at_noon_until_half_past_one() {
        assert_eq!(
            of(&rules(), &Calendar::default()).state(monday(720)),
            OpenState::Closed { opens_at: Some(monday(810)) }
        );
    }

    #[test]
    fn closed_on_friday_evening_until_monday() {
        let friday = monday(4 * DAY_MINUTES + 1_020);
        assert_eq!(
            of(&rules(), &Calendar::default()).state(friday),
            OpenState::Closed {
                opens_at: Some(monday(7 * DAY_MINUTES + 540))
            }
        );
    }

    #[test]
    fn the_day_closes_once_after_its_last_opening() {
        let evening = Some(monday(1_020));
        for minute in [0, 600, 750, 1_020, 1_439] {
            assert_eq!(of(&rules(), &Calendar::default()).last_closing(monday(minute)), evening, "{minute}");
        }
        assert_eq!(
            of(&rules(), &Calendar::default()).last_closing(monday(5 * DAY_MINUTES + 600)),
            None,
            "nobody opens on Saturday"
        );
    }

    #[test]
    fn no_hours_means_no_opening() {
        assert_eq!(
            of(&HallRules::default(), &Calendar::default()).state(monday(600)),
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
            of(&rules, &Calendar::default()).state(monday(5)),
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
            assert_eq!(of(&rules(), &calendar).state(at(day, minute)), after, "{day} {minute}");
        }
        assert_eq!(
            of(&rules(), &calendar).last_closing(at("2027-02-08", 600)),
            None,
            "nobody opens on a holiday"
        );
    }

    #[test]
    fn a_sunday_worked_for_the_holiday_has_lunch_like_any_day() {
        let calendar = spring_festival();
        let sunday = "2027-02-14";
        assert_eq!(of(&rules(), &calendar).state(at(sunday, 600)), OpenState::Open { until: at(sunday, 720) });
        assert_eq!(
            of(&rules(), &calendar).state(at(sunday, 750)),
            OpenState::Closed {
                opens_at: Some(at(sunday, 810))
            }
        );
        assert_eq!(of(&rules(), &calendar).last_closing(at(sunday, 0)), Some(at(sunday, 1_020)));
        assert_eq!(
            of(&rules(), &calendar).state(at("2027-02-13", 600)),
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

    /// A queue of Tuesday and Thursday afternoons.
    const AFTERNOONS: [OpeningHours; 2] = [afternoon_of(2), afternoon_of(4)];

    const fn afternoon_of(day: u8) -> OpeningHours {
        OpeningHours {
            from_day: day,
            to_day: day,
            from_minute: 840,
            to_minute: 960,
        }
    }

    #[test]
    fn a_queue_with_hours_of_its_own_keeps_them() {
        let (rules, calendar) = (rules(), Calendar::default());
        let afternoons = Hours {
            own: &AFTERNOONS,
            ..of(&rules, &calendar)
        };
        let (tuesday, thursday) = (DAY_MINUTES, 3 * DAY_MINUTES);
        assert_eq!(
            afternoons.state(monday(600)),
            OpenState::Closed {
                opens_at: Some(monday(tuesday + 840))
            }
        );
        assert_eq!(
            afternoons.state(monday(tuesday + 900)),
            OpenState::Open {
                until: monday(tuesday + 960)
            }
        );
        assert_eq!(afternoons.last_closing(monday(600)), None);
        assert_eq!(afternoons.last_closing(monday(tuesday)), Some(monday(tuesday + 960)));
        assert_eq!(afternoons.session_after(monday(tuesday + 900)), Some(monday(thursday + 840)));
    }

    #[test]
    fn on_a_special_day_a_queue_is_open_only_while_the_hall_is() {
        let rules = rules();
        let special = |day: &str, kind, runs: &[(u16, u16)]| SpecialDay {
            day: Day::named(day).expect("a date"),
            kind,
            name: "调整".into(),
            runs: runs
                .iter()
                .map(|(from_minute, to_minute)| Run {
                    from_minute: *from_minute,
                    to_minute: *to_minute,
                })
                .collect(),
        };
        let calendar = Calendar::new([
            special("2026-11-24", DayKind::Short, &[]),
            special("2026-11-26", DayKind::Short, &[(600, 900)]),
            special("2026-11-28", DayKind::Working, &[]),
            special("2026-12-01", DayKind::Holiday, &[]),
        ]);
        let afternoons = Hours {
            own: &AFTERNOONS,
            ..of(&rules, &calendar)
        };
        for (day, openings) in [
            ("2026-11-24", vec![]),
            ("2026-11-26", vec![(840, 900)]),
            ("2026-11-28", vec![(840, 960)]),
            ("2026-12-01", vec![]),
            ("2026-12-03", vec![(840, 960)]),
        ] {
            let told: Vec<_> = openings.into_iter().map(|(from, until)| (at(day, from), at(day, until))).collect();
            assert_eq!(afternoons.openings_today(at(day, 600)), told, "{day}");
        }
    }
}
