//! 「上班时间和日历」: what administrators read of the hall's week and its special days, and change while it is open.

use yunyiban_core::calendar::{table, week};
use yunyiban_core::{ChangeCalendarAct, ChangeHoursAct, Day, Hall, SpecialDay, StaffAct};
use yunyiban_protocol::hours::{ChangeCalendar, ChangeHours, HoursChange, HoursChanged, HoursPage, QueueHours, TableRead};
use yunyiban_protocol::{CalendarDay, Timestamp};

use crate::House;
use crate::ports::store::Audited;
use crate::rules::{CHANGES, People, done_by};
use crate::staff::StaffSession;
use crate::trouble::Trouble;

/// First words of the audit rows of a change, as the core writes them.
const HOURS_CHANGED: &str = "hours_changed";
const CALENDAR_CHANGED: &str = "calendar_changed";

impl House {
    /// The week of the hall and of its queues, its special days, and the newest changes. Administrators only.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, or a failure.
    pub async fn hours(&self, who: &StaffSession) -> Result<HoursPage, Trouble> {
        who.administrates()?;
        let hall = self.hall(&who.hall)?;
        let page = hall
            .look(&self.outside, self.settings.answer_ms, |sight| view(sight.hall, sight.now))
            .await?;
        let people = self.people_of(&who.hall).await?;
        let mut audited = self.changes_audited(&who.hall, HOURS_CHANGED).await?;
        audited.extend(self.changes_audited(&who.hall, CALENDAR_CHANGED).await?);
        audited.sort_by_key(|row| std::cmp::Reverse(row.at));
        let changes = audited.iter().filter_map(|row| change_of(row, &people)).take(CHANGES as usize);
        Ok(HoursPage {
            changes: changes.collect(),
            ..page
        })
    }

    /// Changes the week of the open hall or of a queue. Administrators only. Audited in the same transaction, in force at once:
    /// closing time does to whoever waits what it always does, and nobody else is touched.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, `bad_key`, `queue_unknown`, `hours_missing`, `hours_backwards`, `hours_overlap`,
    /// `hours_too_many`, `hours_changed` (others meanwhile): then the hours are the old ones. Or a failure: repeat with the same key.
    pub async fn change_hours(&self, who: &StaffSession, wish: ChangeHours) -> Result<(), Trouble> {
        who.administrates()?;
        let ChangeHours { key, queue, seen, hours } = wish;
        let act = StaffAct::ChangeHours(ChangeHoursAct { queue, seen, hours });
        self.administer(who, key, act).await
    }

    /// Changes the special days of the years that occur, in the same way.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`, `bad_key`, `bad_text` (a name), `day_unknown`, `day_twice`, `hours_backwards`,
    /// `hours_overlap`, `hours_too_many`, `hours_changed`: then the days are the old ones. Or a failure: repeat with the same key.
    pub async fn change_calendar(&self, who: &StaffSession, wish: ChangeCalendar) -> Result<(), Trouble> {
        who.administrates()?;
        let ChangeCalendar { key, seen, days } = wish;
        let act = StaffAct::ChangeCalendar(ChangeCalendarAct { seen, days });
        self.administer(who, key, act).await
    }

    /// Reads a table of special days as the command line does, and changes nothing. Administrators only.
    ///
    /// # Errors
    /// `not_allowed`, `password_must_change`.
    pub fn read_calendar_table(&self, who: &StaffSession, text: &str) -> Result<TableRead, Trouble> {
        who.administrates()?;
        Ok(match table::read(text) {
            Ok(days) => TableRead::Days { days: views(&days) },
            Err((line, value)) => TableRead::Wrong {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                value,
            },
        })
    }
}

fn view(hall: &Hall, now: Timestamp) -> HoursPage {
    let rules = hall.rules();
    let queues = rules.queues.iter().map(|queue| QueueHours {
        id: queue.id.clone(),
        name: queue.name.clone(),
        hours: queue.hours.clone(),
    });
    HoursPage {
        always_open: rules.always_open,
        today: Day::of(now).to_string(),
        hours: rules.hours.clone(),
        queues: queues.collect(),
        days: hall.calendar().days().map(SpecialDay::view).collect(),
        changes: Vec::new(),
    }
}

fn views(days: &[SpecialDay]) -> Vec<CalendarDay> {
    days.iter().map(SpecialDay::view).collect()
}

fn change_of(row: &Audited, people: &People) -> Option<HoursChange> {
    let (word, words) = row.what.split_once(' ')?;
    let what = if word == HOURS_CHANGED {
        let (queue, before, after) = week::changed_of(words)?;
        HoursChanged::Week { queue, before, after }
    } else {
        let (before, after) = table::changed_of(words)?;
        HoursChanged::Days {
            before: views(&before),
            after: views(&after),
        }
    };
    Some(HoursChange {
        at: row.at,
        by: done_by(row, people),
        what,
    })
}
