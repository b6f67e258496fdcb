//! The hours in random lives: an administrator changes the week and the special days around the present moment, and what must hold then (DOMAIN 3.9):
//! nobody vanishes, whoever is closed out is told and was served by nobody, and whoever is promised a moment finds the hall open.

use yunyiban_protocol::{CalendarDay, DayKind, OpeningHours, Outcome, Timestamp};

use super::super::people::{Stage, staff_of};
use super::super::steps::Step;
use super::super::timetable::{calendar_act, day, hours_act};
use super::Busy;
use crate::hall::hours::day_start;
use crate::{Act, Actor, Day, HallRules, SpecialDay, StaffAct, Subject, Tell, VisitState};

const DAY_MINUTES: u16 = 24 * 60;

/// A hall with hours that closes at midnight, until somebody changes them.
pub fn by_hours(rules: HallRules) -> HallRules {
    HallRules {
        always_open: false,
        hours: week(&[(0, DAY_MINUTES)]),
        ..rules
    }
}

/// Every day.
fn week(runs: &[(u16, u16)]) -> Vec<OpeningHours> {
    let run = |(from_minute, to_minute): &(u16, u16)| OpeningHours {
        from_day: 1,
        to_day: 7,
        from_minute: *from_minute,
        to_minute: *to_minute,
    };
    runs.iter().map(run).collect()
}

/// Another week, or another day of today or tomorrow; twice as often the hall is open as it is closed soon, or since a while.
pub fn change(stage: &Stage, which: u8, what: u8) -> Act {
    let minute = stage.now.since(day_start(stage.now)) / 60_000;
    let near = |minutes: i64| u16::try_from((i64::from(minute) + minutes).clamp(1, i64::from(DAY_MINUTES) - 2)).expect("it is of this day");
    let soon = near(i64::from(what % 16) - 8);
    let at_noon = [(0, near(-i64::from(what % 3))), (near(3 + i64::from(what % 8)), DAY_MINUTES)];
    let act = match which % 12 {
        0 | 1 => of_week(stage, &[(0, soon)]),
        2 => of_week(stage, &at_noon),
        3..=6 => of_week(stage, &[(0, DAY_MINUTES)]),
        7 => of_days(stage, what, Some((DayKind::Holiday, &[]))),
        8 => of_days(stage, what, Some((DayKind::Short, &[(0, soon)]))),
        9 => of_days(stage, what, Some((DayKind::Working, &at_noon))),
        _ => of_days(stage, what, None),
    };
    Act::Staff { staff: staff_of("1"), act }
}

fn of_week(stage: &Stage, runs: &[(u16, u16)]) -> StaffAct {
    hours_act(None, stage.hall.rules().hours.clone(), week(runs))
}

/// Today mostly, else tomorrow; no other day stays special, of this year and of the next.
fn of_days(stage: &Stage, what: u8, kind: Option<(DayKind, &[(u16, u16)])>) -> StaffAct {
    let seen: Vec<CalendarDay> = stage.hall.calendar().days().map(SpecialDay::view).collect();
    let date = Day::of(stage.now).plus(i64::from(what >= 200)).to_string();
    let days: Vec<CalendarDay> = kind.into_iter().map(|(kind, runs)| day(&date, kind, runs)).collect();
    calendar_act(&seen, &days)
}

/// Whether the hall is open now by what its archive holds.
pub fn is_open(stage: &Stage) -> bool {
    let (rules, today) = (stage.archive.rules(), Day::of(stage.now));
    let runs = stage.archive.calendar().runs(&rules.hours, today);
    let mut moments = runs
        .iter()
        .map(|run| today.at(i64::from(run.from_minute))..today.at(i64::from(run.to_minute)));
    rules.always_open || moments.any(|run| run.contains(&stage.now))
}

/// What is known of the moment before a step.
#[derive(Default)]
pub struct Hours {
    attended: bool,
    waits: bool,
    told: usize,
    events: usize,
    audits: usize,
}

impl Hours {
    /// A step begins.
    pub fn before(&mut self, stage: &Stage) {
        self.attended = stage.hall.desks_at_work().count() > 0;
        self.waits = stage.archive.visits.values().any(|visit| visit.state.waits_on_page());
        (self.told, self.events, self.audits) = (stage.told.len(), stage.archive.events.len(), stage.archive.audits.len());
    }

    /// It is over: E10, also where the hours became others in it.
    pub fn nobody_vanishes(&self, stage: &Stage, step: &Step, busy: &mut Busy) {
        let is_change = matches!(step, Step::Hours(..)) && stage.archive.audits.len() > self.audits;
        if is_change {
            busy.did("the hours were changed");
            if self.waits {
                busy.did("the hours were changed under a wait");
            }
        }
        let told = &stage.told[self.told..];
        for event in &stage.archive.events[self.events..] {
            let Subject::Visit { visit } = &event.after else { continue };
            let VisitState::Closed { outcome, .. } = visit.state else { continue };
            if outcome != Outcome::ClosedOut || event.before.as_deref() == Some("closed") {
                continue;
            }
            assert_eq!((event.cause.as_str(), &event.actor), ("closing_time", &Actor::System));
            assert!(told.contains(&Tell::Visit(visit.id.clone())), "{} is told", visit.number);
            let is_of_before = visit.waits_here_since() < day_start(stage.now);
            assert!(
                !(is_change && self.attended) || is_of_before,
                "a window was on duty: {} is served on",
                visit.number
            );
            if is_change {
                busy.did("closed out by other hours");
            }
        }
    }
}

/// With every timer run, whoever is promised a moment to come is promised one at which the hall opens, and who waits in a hall that closed for the
/// day, and where nobody is at a window, came after that.
pub fn promises_stand(stage: &Stage, is_open: impl Fn(Timestamp) -> bool, closing: Option<Timestamp>) {
    let now = stage.now;
    let is_suspended = stage.hall.suspension_at(now).is_some();
    for visit in stage.archive.visits.values() {
        if let VisitState::Booked { at } = visit.state {
            assert!(is_suspended || is_open(at), "{} is promised {at:?}, when nobody opens", visit.number);
        }
    }
    let over = closing.filter(|closing| *closing <= now && stage.hall.desks_at_work().count() == 0);
    let Some(closing) = over else { return };
    for visit in stage.archive.visits.values().filter(|visit| visit.state.waits_on_page()) {
        // Whoever was handed on to supervisors waits for them until midnight.
        let is_kept = visit.supervised || visit.sticky.as_deref().is_some_and(|(_, until)| *until > now);
        assert!(
            is_kept || visit.waits_here_since() >= closing,
            "{} waits in a hall that is closed for the day",
            visit.number
        );
    }
}
