//! Counters of the day: numbers given and visits served.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{Outcome, QueueId, ShortText, StaffId, Timestamp};

use crate::hall::hours::day_of;
use crate::{Visit, VisitState};

/// What was counted since the start of the day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// The day, counted from 1970 in the hall's time.
    pub day: i64,
    /// Last number given in each queue.
    pub last_numbers: BTreeMap<QueueId, u32>,
    /// Numbers of yesterday that were still called when the day began.
    pub called_over_midnight: BTreeSet<ShortText>,
    /// Records numbered.
    pub last_record: u32,
    /// Visits not closed.
    pub live: u32,
    /// Of them, appointments to come.
    pub booked: u32,
    /// Visits served and the milliseconds they talked, by person.
    served: BTreeMap<StaffId, (u32, u64)>,
}

impl Tally {
    /// The counters of a day as the archive kept them.
    pub fn new(day: i64, last_numbers: BTreeMap<QueueId, u32>, last_record: u32) -> Self {
        Self {
            day,
            last_numbers,
            last_record,
            ..Self::default()
        }
    }

    /// Counts the number of a visit where it was given: it may have been transferred to another queue since.
    pub fn note_number(&mut self, queues: &[QueueId], visit: &Visit) {
        let digits = visit.number.len() - visit.number.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (letter, count) = visit.number.split_at(digits);
        let given = queues.iter().find(|queue| queue.as_str().to_uppercase() == letter);
        if let (Some(queue), Ok(count)) = (given, count.parse::<u32>()) {
            let last = self.last_numbers.entry(queue.clone()).or_default();
            *last = count.max(*last);
        }
    }

    /// Starts the counters anew on a new day. Returns whether it is one.
    pub fn turn_day(&mut self, now: Timestamp) -> bool {
        let day = day_of(now);
        if day <= self.day {
            return false;
        }
        *self = Self {
            day,
            live: self.live,
            booked: self.booked,
            ..Self::default()
        };
        true
    }

    /// Counts the end of a live visit.
    pub fn close(&mut self, visit: &Visit) {
        self.live = self.live.saturating_sub(1);
        self.count_served(visit);
    }

    /// Counts a visit that ended as served.
    pub fn count_served(&mut self, visit: &Visit) {
        if let (
            VisitState::Closed {
                outcome: Outcome::Served,
                at,
            },
            Some((staff, _)),
            Some(began),
        ) = (&visit.state, visit.served_by.as_deref(), visit.served_at)
        {
            let (visits, talked) = self.served.entry(staff.clone()).or_default();
            *visits += 1;
            *talked += u64::from(at.since(began));
        }
    }

    /// Visits served by a person and their mean talk, milliseconds.
    pub fn served_by(&self, staff: &StaffId) -> (u32, u32) {
        let (visits, talked) = self.served.get(staff).copied().unwrap_or_default();
        (visits, talked.checked_div(u64::from(visits)).unwrap_or(0) as u32)
    }
}
