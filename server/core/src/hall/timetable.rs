//! 「上班时间和日历」: an administrator changes the week of the hall or of a queue, and its special days, while it is open (DOMAIN 3.9).
//!
//! In force at once, and stored with an audit row that says what was and what is. Closing time then does what it always does: who waits
//! is served while a window is on duty, and told when nobody is left (`closing`); numbers left and appointments move to an opening that
//! stands (`left_number`, `put_off`).

use std::collections::BTreeSet;

use yunyiban_protocol::{CalendarDay, OpeningHours, StaffId};

use crate::calendar::{Day, SpecialDay, table, week};
use crate::event::{Done, Row};
use crate::hall::Hall;
use crate::hall::text::check_text;
use crate::input::{ChangeCalendarAct, ChangeHoursAct};
use crate::{Calendar, Refusal};

/// Most special days of the years that are changed at once: a year has about forty.
const MOST_DAYS: usize = 1_000;

impl Hall {
    /// The special days in force.
    pub fn calendar(&self) -> &Calendar {
        &self.facts.calendar
    }

    /// Changes the week of the hall or of a queue.
    pub(super) fn change_hours(&mut self, staff: &StaffId, wish: ChangeHoursAct) -> Result<Done, Refusal> {
        self.is_supervisor(staff)?;
        let ChangeHoursAct { queue, seen, hours } = wish;
        week::check(&hours)?;
        let mut rules = Box::new(self.rules().clone());
        let place: &mut Vec<OpeningHours> = match &queue {
            None if hours.is_empty() => return Err(Refusal::HoursMissing),
            None => &mut rules.hours,
            Some(queue) => {
                let queue = rules.queues.iter_mut().find(|rules| rules.id == *queue);
                &mut queue.ok_or(Refusal::QueueUnknown)?.hours
            }
        };
        if *place != seen {
            return Err(Refusal::HoursChanged);
        }
        if *place == hours {
            return Ok(Done::Nothing);
        }
        let words = week::changed_words(queue.as_ref(), place, &hours);
        *place = hours;
        self.outbox.rows.push(Row::Rules { rules: rules.clone() });
        self.audit(&format!("hours_changed {words}"), None);
        self.keeping_check_ins(|hall| hall.go_by(*rules));
        self.open_by_other_hours();
        Ok(Done::Nothing)
    }

    /// Changes the special days of the years that occur.
    pub(super) fn change_calendar(&mut self, staff: &StaffId, wish: ChangeCalendarAct) -> Result<Done, Refusal> {
        self.is_supervisor(staff)?;
        let (seen, days) = (days_of(&wish.seen)?, days_of(&wish.days)?);
        let years = table::years_of(seen.iter().chain(&days));
        let before = self.calendar();
        if before.of_years(&years).into_iter().ne(seen.iter()) {
            return Err(Refusal::HoursChanged);
        }
        let after = before.with_years(&years, days);
        if after == *before {
            return Ok(Done::Nothing);
        }
        let words = table::changed_words(before, &after);
        self.outbox.rows.push(Row::Calendar { calendar: after.clone() });
        self.audit(&format!("calendar_changed {words}"), None);
        self.keeping_check_ins(|hall| {
            hall.facts.calendar = after;
            hall.go_by(hall.facts.rules.clone());
        });
        self.open_by_other_hours();
        Ok(Done::Nothing)
    }

    /// Whoever left a number reads the moment it makes.
    fn open_by_other_hours(&mut self) {
        let since = self.suspended.as_ref().map(|suspended| suspended.suspension.since);
        self.as_system(|hall| hall.book_left_numbers_anew(since));
    }
}

/// The days as the calendar has them, in order.
fn days_of(views: &[CalendarDay]) -> Result<Vec<SpecialDay>, Refusal> {
    if views.len() > MOST_DAYS {
        return Err(Refusal::HoursTooMany);
    }
    let mut days: Vec<SpecialDay> = views.iter().map(day_of).collect::<Result<_, _>>()?;
    let dates: BTreeSet<Day> = days.iter().map(|special| special.day).collect();
    if dates.len() < days.len() {
        return Err(Refusal::DayTwice);
    }
    days.sort_by_key(|special| special.day);
    Ok(days)
}

fn day_of(view: &CalendarDay) -> Result<SpecialDay, Refusal> {
    let day = Day::named(&view.day).ok_or(Refusal::DayUnknown)?;
    check_text(&view.name, usize::MAX)?;
    if !table::is_name(&view.name) {
        return Err(Refusal::BadText);
    }
    let mut runs = view.runs.clone();
    runs.sort_unstable();
    week::check_day(&runs)?;
    Ok(SpecialDay {
        day,
        kind: view.kind,
        name: view.name.clone(),
        runs,
    })
}
