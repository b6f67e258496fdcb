//! The table of special days as offices keep it: one line a day, `date,kind,name[,hours]`.

use std::path::Path;

use yunyiban_core::{Day, Run, SpecialDay};
use yunyiban_protocol::DayKind;

use crate::failure::Failure;

/// One line, not yet believed.
pub(super) struct Line<'a> {
    pub date: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub hours: &'a str,
}

/// Reads a table. A heading, empty lines and lines that begin with `#` are passed over.
pub(super) fn read(path: &Path) -> Result<Vec<SpecialDay>, Failure> {
    let bytes = std::fs::read(path).map_err(|cause| Failure::Unreadable {
        path: path.to_owned(),
        reason: cause.to_string(),
    })?;
    let refused = |line: usize, value: String| Failure::Calendar {
        path: path.to_owned(),
        line,
        value,
    };
    let text = String::from_utf8(bytes).map_err(|_| refused(1, "UTF-8".into()))?;
    let days = days(&text).map_err(|(line, value)| refused(line, value))?;
    if days.is_empty() { Err(refused(1, String::new())) } else { Ok(days) }
}

/// The days of a table, or the line that cannot be read and what is wrong in it.
fn days(text: &str) -> Result<Vec<SpecialDay>, (usize, String)> {
    let mut days: Vec<SpecialDay> = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    for (line, number) in lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
        if number == 1 && line.starts_with("date") {
            continue;
        }
        let mut cells = line.split([',', '，']).map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let read = Line {
            date: cell(),
            kind: cell(),
            name: cell(),
            hours: cell(),
        };
        let special = read.read().map_err(|wrong| (number, wrong))?;
        if days.iter().any(|known| known.day == special.day) {
            return Err((number, special.day.to_string()));
        }
        days.push(special);
    }
    Ok(days)
}

impl Line<'_> {
    /// The day, or the part that cannot be read.
    pub fn read(&self) -> Result<SpecialDay, String> {
        let wrong = |part: &str| part.to_owned();
        let kind = match self.kind {
            "holiday" | "放假" => DayKind::Holiday,
            "working" | "上班" => DayKind::Working,
            "short" | "半天" => DayKind::Short,
            other => return Err(wrong(other)),
        };
        if self.name.is_empty() || self.name.chars().count() > 20 {
            return Err(wrong(self.name));
        }
        Ok(SpecialDay {
            day: date(self.date).ok_or_else(|| wrong(self.date))?,
            kind,
            name: self.name.to_owned(),
            runs: hours(self.hours).ok_or_else(|| wrong(self.hours))?,
        })
    }
}

/// `2027-02-06`, and as spreadsheets write it: `2027/2/6`.
pub(super) fn date(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [year, month, day] => Day::named(&format!("{year}-{month:0>2}-{day:0>2}")),
        _ => Day::named(text),
    }
}

/// `09:00-12:00 13:30-15:00`, in order and apart; empty for none.
fn hours(text: &str) -> Option<Vec<Run>> {
    let runs: Vec<Run> = text.split_whitespace().map(run).collect::<Option<_>>()?;
    let sound = runs.iter().all(|run| run.from_minute < run.to_minute) && runs.windows(2).all(|two| two[0].to_minute <= two[1].from_minute);
    sound.then_some(runs)
}

fn run(text: &str) -> Option<Run> {
    let (from, to) = text.split_once('-')?;
    Some(Run {
        from_minute: minute(from)?,
        to_minute: minute(to)?,
    })
}

/// `09:00` as minutes after midnight; `24:00` is the end of the day.
pub(crate) fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

/// Hours as [`hours`] reads them.
pub(super) fn hours_words(runs: &[Run]) -> String {
    let words = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let runs: Vec<String> = runs
        .iter()
        .map(|run| format!("{}-{}", words(run.from_minute), words(run.to_minute)))
        .collect();
    runs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_offices_write_it() {
        let text = "\u{feff}date,kind,name,hours\n# 国办通知\n2027-02-05,holiday,春节\n\n2027/2/20,上班，春节调休\n2027-02-04,short,除夕前一天,09:00-12:00 13:30-15:00\n";
        let days = days(text).unwrap();
        let words: Vec<_> = days
            .iter()
            .map(|special| (special.day.to_string(), special.kind, special.name.as_str(), hours_words(&special.runs)))
            .collect();
        assert_eq!(
            words,
            [
                ("2027-02-05".into(), DayKind::Holiday, "春节", String::new()),
                ("2027-02-20".into(), DayKind::Working, "春节调休", String::new()),
                ("2027-02-04".into(), DayKind::Short, "除夕前一天", "09:00-12:00 13:30-15:00".into()),
            ]
        );
    }

    #[test]
    fn the_line_that_cannot_be_read_is_named_with_what_is_wrong() {
        for (text, line, wrong) in [
            ("2027-02-30,holiday,春节", 1, "2027-02-30"),
            ("date,kind,name\n2027-02-05,off,春节", 2, "off"),
            ("2027-02-05,holiday,", 1, ""),
            ("2027-02-05,short,除夕,12:00-09:00", 1, "12:00-09:00"),
            ("2027-02-05,short,除夕,09:00-12:00 11:00-13:00", 1, "09:00-12:00 11:00-13:00"),
            ("2027-02-05,short,除夕,9点", 1, "9点"),
            ("2027-02-05,holiday,春节\n2027/2/5,working,春节", 2, "2027-02-05"),
        ] {
            assert_eq!(days(text), Err((line, wrong.to_owned())), "{text}");
        }
    }
}
