//! The table of special days as offices keep it: one line a day, `date,kind,name[,hours]`.

use std::collections::BTreeSet;

use yunyiban_protocol::DayKind;

use super::{Calendar, Day, Run, SpecialDay};

/// Longest name of a day, characters.
const NAME: usize = 20;
/// What stands between two days where several are written in one line; no name has it.
const BETWEEN: &str = "; ";

/// One line, not yet believed.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// `2027-02-06`, or `2027/2/6`.
    pub date: &'a str,
    /// `holiday`, `working` or `short`, or the Chinese word.
    pub kind: &'a str,
    /// Why.
    pub name: &'a str,
    /// `09:00-12:00 13:30-15:00`; empty for none.
    pub hours: &'a str,
}

/// The days of a table. A heading, empty lines and lines that begin with `#` are passed over.
///
/// # Errors
/// The line that cannot be read, from 1, and what is wrong in it; line 1 and nothing where the table has no day.
pub fn read(text: &str) -> Result<Vec<SpecialDay>, (usize, String)> {
    let mut days: Vec<SpecialDay> = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    for (line, number) in lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
        if number == 1 && line.starts_with("date") {
            continue;
        }
        let special = Line::of(line).read().map_err(|wrong| (number, wrong))?;
        if days.iter().any(|known| known.day == special.day) {
            return Err((number, special.day.to_string()));
        }
        days.push(special);
    }
    if days.is_empty() { Err((1, String::new())) } else { Ok(days) }
}

impl<'a> Line<'a> {
    /// The cells of a line.
    fn of(line: &'a str) -> Self {
        let mut cells = line.split([',', '，']).map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        Self {
            date: cell(),
            kind: cell(),
            name: cell(),
            hours: cell(),
        }
    }

    /// The day.
    ///
    /// # Errors
    /// The part that cannot be read.
    pub fn read(self) -> Result<SpecialDay, String> {
        let wrong = |part: &str| part.to_owned();
        let kind = match self.kind {
            "holiday" | "放假" => DayKind::Holiday,
            "working" | "上班" => DayKind::Working,
            "short" | "半天" => DayKind::Short,
            other => return Err(wrong(other)),
        };
        if !is_name(self.name) {
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

/// Whether a day may be called so: 1–20 characters, none of which the table or the audit has between two things.
pub fn is_name(name: &str) -> bool {
    let between = |c: char| c.is_control() || matches!(c, ',' | '，' | ';' | '>');
    !name.trim().is_empty() && name.chars().count() <= NAME && !name.chars().any(between)
}

/// `2027-02-06`, and as spreadsheets write it: `2027/2/6`.
pub fn date(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [year, month, day] => Day::named(&format!("{year}-{month:0>2}-{day:0>2}")),
        _ => Day::named(text),
    }
}

/// `09:00-12:00 13:30-15:00`, in order and apart; empty for none.
pub fn hours(text: &str) -> Option<Vec<Run>> {
    let runs: Vec<Run> = text.split_whitespace().map(run).collect::<Option<_>>()?;
    let sound = runs.iter().all(|run| run.from_minute < run.to_minute) && runs.windows(2).all(|two| two[0].to_minute <= two[1].from_minute);
    sound.then_some(runs)
}

pub(super) fn run(text: &str) -> Option<Run> {
    let (from, to) = text.split_once('-')?;
    Some(Run {
        from_minute: minute(from)?,
        to_minute: minute(to)?,
    })
}

/// `09:00` as minutes after midnight; `24:00` is the end of the day.
pub fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

/// Hours as [`hours`] reads them.
pub fn hours_words(runs: &[Run]) -> String {
    runs.iter().map(run_words).collect::<Vec<_>>().join(" ")
}

pub(super) fn run_words(run: &Run) -> String {
    let words = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", words(run.from_minute), words(run.to_minute))
}

/// What an audit row says of a change, and [`changed_of`] reads: the days that differ as they were and as they are, each as a line
/// of the table.
pub fn changed_words(before: &Calendar, after: &Calendar) -> String {
    let differing = |one: &Calendar, other: &Calendar| {
        let differs = |special: &&SpecialDay| other.get(special.day) != Some(*special);
        let lines: Vec<String> = one.days().filter(differs).map(line_words).collect();
        if lines.is_empty() { "-".to_owned() } else { lines.join(BETWEEN) }
    };
    format!("{} > {}", differing(before, after), differing(after, before))
}

/// The days before and after.
pub fn changed_of(words: &str) -> Option<(Vec<SpecialDay>, Vec<SpecialDay>)> {
    let (before, after) = words.split_once(" > ")?;
    let days = |lines: &str| -> Option<Vec<SpecialDay>> {
        let lines = lines.split(BETWEEN).filter(|line| *line != "-");
        lines.map(|line| Line::of(line).read().ok()).collect()
    };
    Some((days(before)?, days(after)?))
}

fn line_words(special: &SpecialDay) -> String {
    let kind = match special.kind {
        DayKind::Holiday => "holiday",
        DayKind::Working => "working",
        DayKind::Short => "short",
    };
    let line = format!("{},{kind},{},{}", special.day, special.name, hours_words(&special.runs));
    line.trim_end_matches(',').to_owned()
}

/// The years that have one of these days.
pub fn years_of<'a>(days: impl IntoIterator<Item = &'a SpecialDay>) -> BTreeSet<i64> {
    days.into_iter().map(SpecialDay::year).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_offices_write_it() {
        let text = "\u{feff}date,kind,name,hours\n# 国办通知\n2027-02-05,holiday,春节\n\n2027/2/20,上班，春节调休\n2027-02-04,short,除夕前一天,09:00-12:00 13:30-15:00\n";
        let days = read(text).unwrap();
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
            ("", 1, ""),
            ("2027-02-30,holiday,春节", 1, "2027-02-30"),
            ("date,kind,name\n2027-02-05,off,春节", 2, "off"),
            ("2027-02-05,holiday,", 1, ""),
            ("2027-02-05,holiday,春节;假", 1, "春节;假"),
            ("2027-02-05,short,除夕,12:00-09:00", 1, "12:00-09:00"),
            ("2027-02-05,short,除夕,09:00-12:00 11:00-13:00", 1, "09:00-12:00 11:00-13:00"),
            ("2027-02-05,short,除夕,9点", 1, "9点"),
            ("2027-02-05,holiday,春节\n2027/2/5,working,春节", 2, "2027-02-05"),
        ] {
            assert_eq!(read(text), Err((line, wrong.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_audit_row_says_which_days_were_what_and_reads_back() {
        let days = |text: &str| read(text).unwrap();
        let before = Calendar::new(days(
            "2027-02-04,short,除夕 前一天,09:00-12:00\n2027-02-05,holiday,春节\n2027-02-06,holiday,春节",
        ));
        let after = Calendar::new(days("2027-02-05,holiday,春节\n2027-02-06,working,春节"));
        let words = changed_words(&before, &after);
        assert_eq!(
            words,
            "2027-02-04,short,除夕 前一天,09:00-12:00; 2027-02-06,holiday,春节 > 2027-02-06,working,春节"
        );
        let (was, is) = changed_of(&words).unwrap();
        assert_eq!((was.len(), is.len()), (2, 1));
        assert_eq!(was[0].runs, hours("09:00-12:00").unwrap());
        let none = changed_of(&changed_words(&after, &Calendar::default())).unwrap();
        assert_eq!((none.0.len(), none.1), (2, vec![]));
        assert_eq!(changed_of("2027"), None);
    }
}
