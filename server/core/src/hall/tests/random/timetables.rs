//! Random days of a hall whose hours and calendar are changed while people wait: nobody vanishes, and nobody waits in silence.

use proptest::prelude::*;
use yunyiban_protocol::{CalendarDay, DayKind, OpeningHours, Outcome, Presence, WindowId};

use super::super::appointment::until;
use super::super::left_number::hours;
use super::super::looks::a_rebuilt_hall_looks_the_same;
use super::super::people::Stage;
use super::super::timetable::{calendar_act, day, hours_act, week};
use crate::{Actor, Day, StaffAct, Subject, Tell, VisitState};

/// One step of such a day.
#[derive(Clone, Debug)]
enum Turn {
    /// Somebody takes a number, or leaves a telephone number where the hall is closed.
    Comes,
    /// A window sits down, takes a break, or is there again.
    Window(u8, u8),
    /// Another week.
    Week(u8),
    /// Today, or tomorrow, becomes another day.
    Day(bool, u8),
    /// Pages ping.
    Pass(u32),
    /// Nobody's page pings.
    Sleep(u32),
    Restart,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        6 => Just(Turn::Comes),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(which, what)| Turn::Window(which, what)),
        3 => any::<u8>().prop_map(Turn::Week),
        4 => (any::<bool>(), any::<u8>()).prop_map(|(today, what)| Turn::Day(today, what)),
        3 => (0u32..60_000).prop_map(Turn::Pass),
        3 => (0u32..4 * 3_600_000).prop_map(Turn::Sleep),
        1 => Just(Turn::Restart),
    ];
    prop::collection::vec(turn, 20..60)
}

fn weeks(which: u8) -> Vec<OpeningHours> {
    let weeks: [&[(u16, u16)]; 5] = [
        &[(540, 720), (810, 1_020)],
        &[(540, 600)],
        &[(600, 1_200)],
        &[(0, 1_440)],
        &[(480, 540), (1_000, 1_100)],
    ];
    week(weeks[usize::from(which) % weeks.len()])
}

fn days(date: &str, which: u8) -> Option<CalendarDay> {
    match which % 5 {
        0 => Some(day(date, DayKind::Holiday, &[])),
        1 => Some(day(date, DayKind::Short, &[(540, 600)])),
        2 => Some(day(date, DayKind::Short, &[])),
        3 => Some(day(date, DayKind::Working, &[(600, 1_300)])),
        _ => None,
    }
}

/// Who came, and whether a window was on duty before the step.
struct Lived {
    came: usize,
    attended: bool,
    told: usize,
    events: usize,
}

fn play(stage: &mut Stage, lived: &mut Lived, turn: &Turn) {
    match turn {
        Turn::Comes => {
            let name = format!("visitor-{}", lived.came);
            let phone = format!("138{:08}", lived.came);
            let came = stage.try_to_take(&name, None).or_else(|_| stage.leave_number(&name, &phone));
            if came.is_ok() {
                lived.came += 1;
                stage.lives(&name);
            }
        }
        Turn::Window(which, what) => {
            let window = ["2", "3"][usize::from(*which) % 2];
            drop(stage.staff(window, StaffAct::Open(WindowId::new(window))));
            let presence = match what % 3 {
                0 => Presence::OnDemand {},
                1 => Presence::Draining {},
                _ => Presence::Offline {},
            };
            drop(stage.staff(window, StaffAct::Presence { presence, note: None }));
            stage.lives(window);
        }
        Turn::Week(which) => {
            let seen = stage.hall.rules().hours.clone();
            stage.staff("1", hours_act(None, seen, weeks(*which))).expect("it holds together");
        }
        Turn::Day(today, which) => {
            let date = Day::of(stage.now).plus(i64::from(!*today)).to_string();
            let seen: Vec<CalendarDay> = stage.hall.calendar().days().map(crate::SpecialDay::view).collect();
            let others = seen.iter().filter(|known| known.day != date).cloned();
            let wanted: Vec<CalendarDay> = others.chain(days(&date, *which)).collect();
            stage.staff("1", calendar_act(&seen, &wanted)).expect("it holds together");
        }
        Turn::Pass(millis) => stage.pass(*millis),
        Turn::Sleep(millis) => {
            let end = stage.now.plus(*millis);
            until(stage, end);
        }
        Turn::Restart => stage.restart(),
    }
}

fn nobody_vanishes(stage: &Stage, lived: &Lived, turn: &Turn) {
    assert_eq!(stage.archive.visits.len(), lived.came, "whoever came is known");
    let told = &stage.told[lived.told..];
    for event in &stage.archive.events[lived.events..] {
        let Subject::Visit { visit } = &event.after else { continue };
        let VisitState::Closed { outcome, .. } = visit.state else { continue };
        assert!(told.contains(&Tell::Visit(visit.id.clone())), "{} is told", visit.number);
        if outcome == Outcome::ClosedOut {
            assert_eq!((event.cause.as_str(), &event.actor), ("closing_time", &Actor::System));
            let by_a_change = matches!(turn, Turn::Week(_) | Turn::Day(..));
            assert!(!(by_a_change && lived.attended), "a window was on duty: {} is served on", visit.number);
        }
    }
}

fn nobody_waits_in_silence(stage: &Stage) {
    let attended = stage.hall.desks_at_work().count() > 0;
    for visit in stage.archive.visits.values().filter(|visit| visit.state.waits_on_page()) {
        let offer = stage.hall.visit_view(&visit.id, stage.now).and_then(|view| view.offer);
        assert!(offer.is_some() || attended, "{} has a choice", visit.number);
    }
    for visit in stage.archive.visits.values() {
        if let VisitState::Booked { at } = visit.state {
            assert!(at > stage.now, "{} is promised a moment to come", visit.number);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_hours_become_nobody_vanishes_and_everybody_has_a_choice(turns in turns()) {
        let mut stage = Stage::new(hours());
        let mut lived = Lived { came: 0, attended: false, told: 0, events: 0 };
        for turn in &turns {
            lived.attended = stage.hall.desks_at_work().count() > 0;
            (lived.told, lived.events) = (stage.told.len(), stage.archive.events.len());
            play(&mut stage, &mut lived, turn);
            nobody_vanishes(&stage, &lived, turn);
            if stage.hall.next_wake().is_none_or(|at| at > stage.now) {
                nobody_waits_in_silence(&stage);
                a_rebuilt_hall_looks_the_same(&stage);
            }
        }
    }
}
