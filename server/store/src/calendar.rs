//! The special days of a hall.

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{Calendar, Day, SpecialDay};
use yunyiban_protocol::HallId;

use crate::insert::{Insert, insert};
use crate::sql::{Fields, Script, Statement, Value, json, values, word};

/// Every special day: a year has about forty.
pub(crate) const OF_HALL: &str = "select day, kind, name, runs from calendar_days where hall = $1 order by day limit 10000";

const FORGET: &str = "delete from calendar_days where hall = $1";

const DAYS: Insert = insert!("insert into calendar_days (hall, day, kind, name, runs)", 4, "");

/// The owner in memory goes by the days of before: it loses the hall, so that it reads these before it stores anything.
const LOSE_OWNER: &str = "update halls set epoch = epoch + 1 where id = $1";

/// Replaces them all, beside the owner.
pub(crate) fn put(hall: &HallId, calendar: &Calendar) -> Script {
    let mut statements = vec![Statement::new(LOSE_OWNER, values![hall.as_str()])];
    statements.extend(replace(hall, calendar));
    Script::of_hall(hall, format!("storing the calendar of hall {hall}"), statements)
}

/// Replaces them by the owner, who goes by them already.
pub(crate) fn replace(hall: &HallId, calendar: &Calendar) -> Vec<Statement> {
    let mut statements = vec![Statement::new(FORGET, values![hall.as_str()])];
    statements.extend(DAYS.rows(hall, calendar.days().map(row).collect()));
    statements
}

/// One of them.
pub(crate) fn day(fields: &Fields) -> Result<SpecialDay, StoreFailure> {
    let date = fields.text(0)?;
    Ok(SpecialDay {
        day: Day::named(&date).ok_or_else(|| StoreFailure::Unreadable(format!("the calendar has a day {date}")))?,
        kind: fields.word(1, "a special day")?,
        name: fields.text(2)?,
        runs: fields.json(3, "the hours of a special day")?,
    })
}

fn row(special: &SpecialDay) -> Vec<Value> {
    values![special.day.to_string(), word(&special.kind), special.name.as_str(), json(&special.runs)]
}
