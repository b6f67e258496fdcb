//! When a hall is open, as its rows say: the week of the hall and of a queue of its own, and the special days over them, one
//! timetable after another. Read out by hand, so that it is held against what the hall makes of the same rows.

use yunyiban_core::{Calendar, Day, HallRules};
use yunyiban_protocol::{DayRun, OpeningHours, Timestamp};

use super::rules::InForce;

const MINUTE_MS: i64 = 60_000;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// It never closes.
    pub always_open: bool,
    /// Of the hall.
    pub week: Vec<OpeningHours>,
    /// Of the second queue; empty: the hall's.
    pub of_second: Vec<OpeningHours>,
    /// The special days.
    pub calendar: Calendar,
}

impl Timetable {
    /// What these rules and days say.
    pub fn of(rules: &HallRules, calendar: Calendar) -> Self {
        Self {
            always_open: rules.always_open,
            week: rules.hours.clone(),
            of_second: rules.queues.get(1).map(|queue| queue.hours.clone()).unwrap_or_default(),
            calendar,
        }
    }

    /// Whether it is open at a moment: the second queue, or any other.
    pub fn is_open(&self, second: bool, at: Timestamp) -> bool {
        self.openings(second, at)
            .iter()
            .any(|(from, until)| (*from..*until).contains(&at.as_millis()))
    }

    /// The end of the last opening of the day of a moment; midnight where it never closes, `None` on a day without any.
    pub fn last_closing(&self, second: bool, at: Timestamp) -> Option<Timestamp> {
        let last = self.openings(second, at).into_iter().map(|(_, until)| until).max();
        last.map(Timestamp::from_millis)
    }

    fn openings(&self, second: bool, at: Timestamp) -> Vec<(i64, i64)> {
        let today = Day::of(at);
        let midnight = today.start().as_millis();
        let moments = |run: &DayRun| {
            (
                midnight + i64::from(run.from_minute) * MINUTE_MS,
                midnight + i64::from(run.to_minute) * MINUTE_MS,
            )
        };
        self.runs(second, today).iter().map(moments).collect()
    }

    fn runs(&self, second: bool, day: Day) -> Vec<DayRun> {
        if self.always_open {
            return vec![DayRun {
                from_minute: 0,
                to_minute: 24 * 60,
            }];
        }
        let has_own = second && !self.of_second.is_empty();
        let week = if has_own { &self.of_second } else { &self.week };
        let of_weekday = |hours: &&OpeningHours| (i64::from(hours.from_day)..=i64::from(hours.to_day)).contains(&day.weekday());
        let usual: Vec<DayRun> = week.iter().filter(of_weekday).map(run_of).collect();
        let Some(special) = self.calendar.get(day) else { return usual };
        if !has_own {
            return special.runs.clone();
        }
        // With hours of its own it is open only while the hall is.
        let both = |own: &DayRun| {
            let within = special.runs.iter().map(move |of_hall| DayRun {
                from_minute: own.from_minute.max(of_hall.from_minute),
                to_minute: own.to_minute.min(of_hall.to_minute),
            });
            within.filter(|run| run.from_minute < run.to_minute).collect::<Vec<_>>()
        };
        usual.iter().flat_map(both).collect()
    }
}

fn run_of(hours: &OpeningHours) -> DayRun {
    DayRun {
        from_minute: hours.from_minute,
        to_minute: hours.to_minute,
    }
}

/// The timetables of a hall, one after another.
#[derive(Debug)]
pub struct Timetables(Vec<(i64, Timetable)>);

impl Timetables {
    /// That with which a hall begins.
    pub fn new(rules: &InForce) -> Self {
        Self(vec![(i64::MIN, Timetable::of(rules.now(), Calendar::default()))])
    }

    /// The one stored last.
    pub fn now(&self) -> &Timetable {
        let (_, last) = self.0.last().expect("a hall begins with a timetable");
        last
    }

    /// Since when it is, by the world's clock.
    pub fn since(&self) -> i64 {
        self.0.last().map_or(0, |(since, _)| *since).max(0)
    }

    /// Another one, from this moment on.
    pub fn follow(&mut self, now: i64, next: Timetable) {
        self.0.push((now, next));
    }

    /// The one before the last.
    pub fn before(&self) -> Option<&Timetable> {
        let (_, before) = self.0.iter().rev().nth(1)?;
        Some(before)
    }

    /// Those that were in force at some moment of a span.
    pub fn between(&self, from: i64, to: i64) -> impl Iterator<Item = &Timetable> {
        let ends = self.0.iter().skip(1).map(|(since, _)| *since).chain([i64::MAX]);
        let within = self.0.iter().zip(ends).filter(move |((since, _), end)| *since <= to && *end >= from);
        within.map(|((_, timetable), _)| timetable)
    }

    /// Those by which something was decided that is stored at this moment: in the batch of a change, before it or after.
    pub fn stored_at(&self, moment: i64) -> impl Iterator<Item = &Timetable> {
        self.between(moment, moment)
    }
}
