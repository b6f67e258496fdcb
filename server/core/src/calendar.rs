//! The calendar of a hall (工作日历): national holidays, working weekends (调休) and short days, over the weekly hours.
//!
//! The State Council names each year's holidays and the weekends worked for them in one notice, so a day is special by
//! its date and everything else follows the week. Dates are the hall's own (Asia/Shanghai: UTC+8, no summer time since 1991).

pub mod table;
pub mod week;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use yunyiban_protocol::DayRun as Run;
use yunyiban_protocol::{CalendarDay, DayKind, OpeningHours, Timestamp};

/// Minutes of a day.
pub const DAY_MINUTES: i64 = 24 * 60;

const MINUTE_MS: i64 = 60_000;
const OFFSET_MINUTES: i64 = 8 * 60;

/// A date, counted in days from 1970-01-01. Written `2027-02-06`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The date of a moment in the hall's time.
    pub fn of(now: Timestamp) -> Self {
        Self(local_minute(now).div_euclid(DAY_MINUTES))
    }

    /// A date written `2027-02-06`; `None` when there is no such day in the years 1970–9999.
    pub fn named(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [year, month, day] = [(); 3].map(|()| parts.next());
        let number = |part: Option<&str>, digits: usize| {
            let part = part.filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
            part.parse::<i64>().ok()
        };
        let date = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
        if parts.next().is_some() || date.0 < 1970 || !(1..=12).contains(&date.1) {
            return None;
        }
        let named = Self(days_before(date));
        (named.date() == date).then_some(named)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Midnight that begins it.
    pub const fn start(self) -> Timestamp {
        self.at(0)
    }

    /// So many minutes after its midnight.
    pub const fn at(self, minute: i64) -> Timestamp {
        Timestamp::from_millis((self.0 * DAY_MINUTES + minute - OFFSET_MINUTES) * MINUTE_MS)
    }

    /// 1 = Monday … 7 = Sunday. 1970-01-01 was a Thursday.
    pub const fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7) + 1
    }

    /// Year, month and day (days to civil date as in H. Hinnant, "chrono-compatible low-level date algorithms").
    pub const fn date(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The minute of a moment in the hall's time, counted from 1970.
pub(crate) fn local_minute(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(MINUTE_MS) + OFFSET_MINUTES
}

/// A day that is not like its weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialDay {
    /// Which day.
    pub day: Day,
    /// How it differs.
    pub kind: DayKind,
    /// Why, as the notice says: `春节`.
    pub name: String,
    /// Its own hours in order; empty for those of its kind (see [`Calendar::runs`]).
    pub runs: Vec<Run>,
}

impl SpecialDay {
    /// As pages have it.
    pub fn view(&self) -> CalendarDay {
        CalendarDay {
            day: self.day.to_string(),
            kind: self.kind,
            name: self.name.clone(),
            runs: self.runs.clone(),
        }
    }

    /// Its year.
    pub const fn year(&self) -> i64 {
        self.day.date().0
    }
}

/// The special days of a hall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Day, SpecialDay>,
}

impl Calendar {
    /// A calendar of these days; of two for one date the later counts.
    pub fn new(days: impl IntoIterator<Item = SpecialDay>) -> Self {
        Self {
            days: days.into_iter().map(|day| (day.day, day)).collect(),
        }
    }

    /// What is special about a day.
    pub fn get(&self, day: Day) -> Option<&SpecialDay> {
        self.days.get(&day)
    }

    /// Every special day, in order.
    pub fn days(&self) -> impl Iterator<Item = &SpecialDay> {
        self.days.values()
    }

    /// The special days from `from` on, before `to`, in order.
    pub fn between(&self, from: Day, to: Day) -> impl Iterator<Item = &SpecialDay> {
        self.days.range(from..to.max(from)).map(|(_, day)| day)
    }

    /// The special days of these years, in order.
    pub fn of_years(&self, years: &BTreeSet<i64>) -> Vec<&SpecialDay> {
        self.days().filter(|special| years.contains(&special.year())).collect()
    }

    /// The calendar with these days for all that it had of these years; other years stay.
    #[must_use]
    pub fn with_years(&self, years: &BTreeSet<i64>, days: Vec<SpecialDay>) -> Self {
        let others = self.days().filter(|special| !years.contains(&special.year()));
        Self::new(others.cloned().chain(days))
    }

    /// When a hall with these weekly hours is open on a day, in order; empty when it is not.
    ///
    /// A holiday has no hours but those written beside it (a duty window). A weekend that is worked has the hours
    /// of its weekday, or where that has none those of the first weekday with hours: Monday's. A short day
    /// without hours of its own has the first run of what it would have been: the morning.
    pub fn runs(&self, hours: &[OpeningHours], day: Day) -> Vec<Run> {
        let weekly = weekly_runs(hours, day.weekday());
        let Some(special) = self.get(day) else { return weekly };
        if !special.runs.is_empty() {
            return special.runs.clone();
        }
        match special.kind {
            DayKind::Holiday => Vec::new(),
            DayKind::Working if weekly.is_empty() => a_working_day(hours),
            DayKind::Working => weekly,
            DayKind::Short => {
                let whole = if weekly.is_empty() { a_working_day(hours) } else { weekly };
                whole.into_iter().take(1).collect()
            }
        }
    }

    /// The same for a part of the hall with hours of its own: on a special day it is open only while the hall is.
    pub fn runs_of_part(&self, own: &[OpeningHours], hall: &[OpeningHours], day: Day) -> Vec<Run> {
        let weekly = weekly_runs(own, day.weekday());
        let Some(special) = self.get(day) else { return weekly };
        let usual = match special.kind {
            DayKind::Working | DayKind::Short if weekly.is_empty() => a_working_day(own),
            DayKind::Holiday | DayKind::Working | DayKind::Short => weekly,
        };
        let hall = self.runs(hall, day);
        usual.iter().flat_map(|run| hall.iter().filter_map(|open| shared(*run, *open))).collect()
    }
}

/// The time of this run in which the other, too, is open.
fn shared(run: Run, other: Run) -> Option<Run> {
    let (from_minute, to_minute) = (run.from_minute.max(other.from_minute), run.to_minute.min(other.to_minute));
    (from_minute < to_minute).then_some(Run { from_minute, to_minute })
}

/// The hours of the first weekday that has any.
fn a_working_day(hours: &[OpeningHours]) -> Vec<Run> {
    (1..=7)
        .map(|weekday| weekly_runs(hours, weekday))
        .find(|runs| !runs.is_empty())
        .unwrap_or_default()
}

fn weekly_runs(hours: &[OpeningHours], weekday: i64) -> Vec<Run> {
    let on_it = |hours: &&OpeningHours| (i64::from(hours.from_day)..=i64::from(hours.to_day)).contains(&weekday);
    let mut runs: Vec<Run> = hours
        .iter()
        .filter(on_it)
        .map(|hours| Run {
            from_minute: hours.from_minute,
            to_minute: hours.to_minute,
        })
        .collect();
    runs.sort_unstable();
    runs
}

/// Days from 1970-01-01 to a date. Years are counted from March, so that the leap day is the last.
const fn days_before((year, month, day): (i64, i64, i64)) -> i64 {
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (from_march * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::named(text).expect("a date")
    }

    fn run(from_minute: u16, to_minute: u16) -> Run {
        Run { from_minute, to_minute }
    }

    fn special(date: &str, kind: DayKind, name: &str) -> SpecialDay {
        SpecialDay {
            day: day(date),
            kind,
            name: name.into(),
            runs: Vec::new(),
        }
    }

    /// Monday to Friday, nine to noon and half past one to five.
    fn weekdays() -> Vec<OpeningHours> {
        [(540, 720), (810, 1_020)]
            .map(|(from_minute, to_minute)| OpeningHours {
                from_day: 1,
                to_day: 5,
                from_minute,
                to_minute,
            })
            .to_vec()
    }

    #[test]
    fn a_date_is_read_and_written_the_same() {
        for text in ["1970-01-01", "1999-12-31", "2000-02-29", "2026-11-23", "2027-02-06", "2100-03-01"] {
            assert_eq!(day(text).to_string(), text);
        }
        assert_eq!(
            (day("1970-01-01").number(), day("2026-11-23").weekday(), day("2027-02-07").weekday()),
            (0, 1, 7)
        );
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in [
            "",
            "2027-2-6",
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027/02/06",
            "+027-02-06",
            "2027-02-06-1",
            "1969-12-31",
        ] {
            assert_eq!(Day::named(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_hall() {
        let midnight = day("2026-11-23").start();
        assert_eq!(midnight, Timestamp::from_millis(1_795_363_200_000));
        assert_eq!(Day::of(Timestamp::from_millis(midnight.as_millis() - 1)), day("2026-11-22"));
        assert_eq!(Day::of(midnight), day("2026-11-23"));
    }

    #[test]
    fn a_holiday_is_closed_and_the_weekend_worked_for_it_is_open_like_a_monday() {
        let calendar = Calendar::new([
            special("2027-02-05", DayKind::Holiday, "春节"),
            special("2027-02-06", DayKind::Holiday, "春节"),
            special("2027-02-20", DayKind::Working, "春节"),
        ]);
        let open = [run(540, 720), run(810, 1_020)];
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-05")), [], "a Friday");
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-20")), open, "a Saturday");
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-21")), [], "the Sunday after it");
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-22")), open);
    }

    #[test]
    fn a_short_day_has_its_own_hours_or_the_morning() {
        let mut eve = special("2027-02-04", DayKind::Short, "除夕前一天");
        let mut duty = special("2027-02-08", DayKind::Holiday, "春节值班");
        duty.runs = vec![run(600, 660)];
        let calendar = Calendar::new([eve.clone(), duty]);
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-04")), [run(540, 720)]);
        assert_eq!(calendar.runs(&weekdays(), day("2027-02-08")), [run(600, 660)], "one window is on duty");
        eve.runs = vec![run(540, 720), run(810, 900)];
        assert_eq!(Calendar::new([eve]).runs(&weekdays(), day("2027-02-04")), [run(540, 720), run(810, 900)]);
    }
}
