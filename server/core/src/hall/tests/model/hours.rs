//! What the model says of the hours: when the hall is open, by its week and its special days.

use yunyiban_protocol::Timestamp;

use super::Model;
use crate::{Calendar, Day, HallRules};

impl Model {
    /// Whether the hall is open by its hours.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let openings = openings(&self.image.rules, &self.image.calendar, at);
        openings.iter().any(|(from, until)| (*from..*until).contains(&at))
    }

    /// Whether an opening begins then.
    pub(super) fn opens_at(&self, at: Timestamp) -> bool {
        self.is_open(at) && !self.is_open(Timestamp::from_millis(at.as_millis() - 1))
    }

    /// The end of its last opening of the day of a moment; midnight where it never closes.
    pub fn last_closing(&self, at: Timestamp) -> Option<Timestamp> {
        last_closing(&self.image.rules, &self.image.calendar, at)
    }

    /// Until when whoever has this slot may check in: by what is in force, and by what was in force before this step where that is later.
    pub(super) fn checked_in_until(&self, at: Timestamp) -> Timestamp {
        let until = |rules: &HallRules, calendar: &Calendar| {
            let late = at.plus(rules.appointments.late_ms);
            let closing = last_closing(rules, calendar, at).filter(|closing| *closing > at);
            closing.map_or(late, |closing| closing.min(late))
        };
        let (rules, calendar) = &self.before;
        until(&self.image.rules, &self.image.calendar).max(until(rules, calendar))
    }
}

fn last_closing(rules: &HallRules, calendar: &Calendar, at: Timestamp) -> Option<Timestamp> {
    openings(rules, calendar, at).into_iter().map(|(_, until)| until).max()
}

fn openings(rules: &HallRules, calendar: &Calendar, at: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let today = Day::of(at);
    if rules.always_open {
        return vec![(today.start(), today.plus(1).start())];
    }
    let runs = calendar.runs(&rules.hours, today);
    let moments = runs
        .iter()
        .map(|run| (today.at(i64::from(run.from_minute)), today.at(i64::from(run.to_minute))));
    moments.collect()
}
