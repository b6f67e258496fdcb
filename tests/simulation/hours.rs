//! 「上班时间和日历」: where a town has hours its administrators change them now and then, two of them at once among others: the hall
//! closes in a few minutes or is closed since a few, at noon, a queue by hours of its own, today becomes a short day or a holiday.
//! What was acknowledged is in force and stored with its audit row, and nobody loses by it what was promised: who waits is
//! judged in [`super::closing`], who has an appointment here and in [`super::appointment`].

use std::pin::Pin;
use std::sync::Arc;

use yunyiban_app::{House, StaffSession, Trouble};
use yunyiban_core::calendar::{table, week};
use yunyiban_core::{Actor, Calendar, Day, HallRules, SpecialDay, Visit, VisitState, Window};
use yunyiban_protocol::hours::{ChangeCalendar, ChangeHours, HoursPage};
use yunyiban_protocol::{CalendarDay, DayKind, DayRun, OpeningHours, Presence, QueueId, RequestKey, Timestamp, VisitId, Work};

use super::appointment::checked_in_until;
use super::book::{Asker, Book, End};
use super::chance::Chance;
use super::closing;
use super::rules::{self, PATIENCE_MS};
use super::staff::Console;
use super::timetable::Timetable;
use super::town::{Employee, NINE, Town};
use super::truth::HallTruth;

/// First words of the audit rows.
const WEEK_AUDITED: &str = "hours_changed ";
const DAYS_AUDITED: &str = "calendar_changed ";

/// So long an administrator waits for a bad moment, milliseconds.
const BAD_MOMENT_MS: i64 = 30_000;

/// What an administrator wants.
#[derive(Clone, Debug)]
enum Wish {
    /// Another week of the hall, or of a queue.
    Week(ChangeHours),
    /// Other special days.
    Days(ChangeCalendar),
}

impl Wish {
    const fn key(&self) -> &RequestKey {
        match self {
            Wish::Week(ChangeHours { key, .. }) | Wish::Days(ChangeCalendar { key, .. }) => key,
        }
    }

    /// As its audit row has it.
    fn as_audited(&self) -> String {
        match self {
            Wish::Week(wish) => format!("{WEEK_AUDITED}{}", week::changed_words(wish.queue.as_ref(), &wish.seen, &wish.hours)),
            Wish::Days(wish) => {
                let calendar = |days: &[CalendarDay]| Calendar::new(days.iter().map(special));
                format!("{DAYS_AUDITED}{}", table::changed_words(&calendar(&wish.seen), &calendar(&wish.days)))
            }
        }
    }

    /// Whether this timetable has what was wished.
    fn is_in(&self, timetable: &Timetable) -> bool {
        match self {
            Wish::Week(wish) => *week_of(timetable, wish.queue.as_ref()) == wish.hours,
            Wish::Days(wish) => timetable.calendar.days().map(SpecialDay::view).eq(wish.days.iter().cloned()),
        }
    }

    /// Whether it has what was seen.
    fn was_seen_in(&self, timetable: &Timetable) -> bool {
        match self {
            Wish::Week(wish) => *week_of(timetable, wish.queue.as_ref()) == wish.seen,
            Wish::Days(wish) => timetable.calendar.days().map(SpecialDay::view).eq(wish.seen.iter().cloned()),
        }
    }
}

const fn week_of<'a>(timetable: &'a Timetable, queue: Option<&QueueId>) -> &'a Vec<OpeningHours> {
    if queue.is_some() { &timetable.of_second } else { &timetable.week }
}

fn special(view: &CalendarDay) -> SpecialDay {
    SpecialDay {
        day: Day::named(&view.day).expect("a date"),
        kind: view.kind,
        name: view.name.clone(),
        runs: view.runs.clone(),
    }
}

/// Whether an audit row tells of this.
pub fn is_audited(what: &str) -> bool {
    [WEEK_AUDITED, DAYS_AUDITED].iter().any(|words| what.starts_with(words))
}

/// Whether rules were stored for the sake of the hours in them.
pub fn are_others(before: &HallRules, rules: &HallRules) -> bool {
    let of = |rules: &HallRules| Timetable::of(rules, Calendar::default());
    of(before) != of(rules)
}

/// The rules were stored with another week in them, and nothing else is other; what its audit row says.
pub fn week_stored(book: &mut Book, hall: &mut HallTruth, before: &HallRules, rules: &HallRules) -> String {
    let next = Timetable::of(rules, hall.timetables.now().calendar.clone());
    let mut only = before.clone();
    only.hours.clone_from(&next.week);
    if let Some(second) = only.queues.get_mut(1) {
        second.hours.clone_from(&next.of_second);
    }
    let now = hall.timetables.now();
    let (of_hall, of_second) = (now.week != next.week, now.of_second != next.of_second);
    book.hold(only == *rules && of_hall != of_second, "I23", || "more changed with the hours".to_owned());
    let queue = of_second.then(|| QueueId::new("b"));
    let (was, is) = (week_of(now, queue.as_ref()), week_of(&next, queue.as_ref()));
    let words = week::changed_words(queue.as_ref(), was, is);
    book.seen.saw("hours_of_week");
    comes_into_force(book, hall, next);
    format!("{WEEK_AUDITED}{words}")
}

/// Special days were stored.
pub fn days_stored(book: &mut Book, hall: &mut HallTruth, calendar: &Calendar) {
    let now = hall.timetables.now();
    let text = format!("{DAYS_AUDITED}{}", table::changed_words(&now.calendar, calendar));
    let next = Timetable {
        calendar: calendar.clone(),
        ..now.clone()
    };
    book.seen.saw("hours_of_day");
    comes_into_force(book, hall, next);
    rules::was_made(book, hall, text);
}

fn comes_into_force(book: &mut Book, hall: &mut HallTruth, next: Timetable) {
    if hall.visits.values().any(|at| at.row.state.waits_on_page()) {
        book.seen.saw("hours_changed_under_a_wait");
    }
    hall.timetables.follow(book.now(), next);
}

/// The audit row says when: whoever could still check in by the hours of before, and by those of now could not since a while, is put
/// off, and is not taken for somebody who did not come.
pub fn audited(book: &Book, hall: &mut HallTruth, at: Timestamp) {
    let Some(before) = hall.timetables.before() else { return };
    let now = hall.timetables.now();
    let booked = hall.visits.values().map(|at| &at.row).filter(|visit| visit.appointment.is_some());
    let is_cut = |slot| {
        move |visit: &Visit| {
            let until = |timetable: &Timetable| checked_in_until(book, timetable, visit, slot);
            until(before) > at && until(now) <= at
        }
    };
    let cut = booked.filter(|visit| matches!(visit.state, VisitState::Booked { at: slot } if is_cut(slot)(visit)));
    let cut: Vec<VisitId> = cut.map(|visit| visit.id.clone()).collect();
    hall.cut_off.extend(cut);
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

/// Somebody who may change the hours, and the page with them.
struct Timekeeper {
    town: Arc<Town>,
    employee: Employee,
    line: usize,
    chance: Chance,
    name: String,
    shown: Option<HoursPage>,
    asked: u32,
}

/// Changes the hours a few times; before things calm down they are as usual again.
pub async fn timekeeper(town: Arc<Town>, employee: Employee, line: usize, seed: u64, calm_from: i64) {
    let mut chance = Chance::new(seed, 4_000 + line as u64);
    let changes = chance.between(2, 7);
    let world = town.world.clone();
    let mut keeper = Timekeeper {
        town,
        employee,
        line,
        chance,
        name: format!("hours{line}"),
        shown: None,
        asked: 0,
    };
    for _ in 0..changes {
        let rest = keeper.chance.between(1_000, 70_000);
        world.sleep(rest).await;
        if world.now() > calm_from - PATIENCE_MS {
            break;
        }
        if keeper.chance.percent(70) && keeper.sees_a_bad_moment().await {
            keeper.changes(Timekeeper::closes_at_once).await;
        } else {
            keeper.changes(Timekeeper::wants).await;
        }
    }
    world.sleep_until(calm_from - PATIENCE_MS / 2).await;
    keeper.shown = None;
    keeper.changes(|keeper, key| keeper.week(key, None, closing::usual())).await;
    keeper.changes(|keeper, key| keeper.days(key, &[])).await;
}

impl Timekeeper {
    /// Waits a while for a moment at which it hurts most that the day ends: somebody waits and nobody is at a window, or somebody with an
    /// appointment is on the way.
    async fn sees_a_bad_moment(&self) -> bool {
        let until = self.town.world.now() + BAD_MOMENT_MS;
        while self.town.world.now() < until {
            if self.is_bad_moment() {
                return true;
            }
            self.town.world.sleep(700).await;
        }
        false
    }

    fn is_bad_moment(&self) -> bool {
        let book = self.town.book.lock().unwrap();
        let hall = &book.halls[&self.employee.hall];
        let now = hall.wall(book.now()).as_millis();
        let minute = now - now.rem_euclid(60_000);
        let is_waiting = hall.visits.values().any(|at| at.row.state.waits_on_page());
        let is_on_the_way = hall.visits.values().any(|at| match at.row.state {
            VisitState::Booked { at: slot } => {
                at.row.appointment.is_some()
                    && slot.as_millis() < minute
                    && checked_in_until(&book, hall.timetables.now(), &at.row, slot).as_millis() > now
            }
            _ => false,
        });
        let is_at_work = |window: &Window| {
            let is_there = matches!(window.presence, Presence::Available {} | Presence::OnDemand {});
            window.staff.is_some() && (is_there || !matches!(window.work, Work::Idle {} | Work::Suspect { .. }))
        };
        is_on_the_way || is_waiting && !hall.windows.values().any(|at| is_at_work(&at.row))
    }

    /// The day is over with this minute.
    fn closes_at_once(&mut self, key: RequestKey) -> Option<Wish> {
        let minute = self.minute()?;
        self.week(key, None, closing::week(&[(0, u16::try_from(minute).ok()?)]))
    }

    /// Minutes since midnight by the hall's clock.
    fn minute(&self) -> Option<i64> {
        let book = self.town.book.lock().unwrap();
        let wall = book.halls.get(&self.employee.hall)?.wall(book.now());
        Some((wall.as_millis() - Day::of(wall).start().as_millis()) / 60_000)
    }

    /// Something of the next minutes: a hall that closes tomorrow is of no day.
    fn wants(&mut self, key: RequestKey) -> Option<Wish> {
        let minute = self.minute()?;
        let chance = &mut self.chance;
        let clock = |minutes: i64| u16::try_from((minute + minutes).clamp(1, 24 * 60 - 1)).unwrap_or(1);
        let soon = clock(chance.between(-3, 5));
        let (noon, after) = (clock(chance.between(-1, 2)), clock(chance.between(3, 6)));
        let with_noon = [(0, noon), (after, 23 * 60 + 59)];
        let several = self.town.queues().several;
        let what = chance.below(100);
        let tomorrow = chance.percent(20);
        let day = |kind, runs: &[(u16, u16)]| a_day(tomorrow, kind, runs);
        match what {
            0..=24 if several => self.week(key, Some("b"), closing::week(&[(0, soon)])),
            25..=29 if several => self.week(key, Some("b"), Vec::new()),
            0..=17 => self.week(key, None, closing::week(&[(0, soon)])),
            18..=37 => self.week(key, None, closing::week(&with_noon)),
            38..=52 => self.week(key, None, closing::usual()),
            53..=57 => self.week(key, None, closing::week(&[(0, 24 * 60)])),
            58..=65 => self.days(key, &[day(DayKind::Holiday, &[])]),
            66..=78 => self.days(key, &[day(DayKind::Short, &[(0, soon)])]),
            79..=86 => self.days(key, &[day(DayKind::Working, &with_noon)]),
            _ => self.days(key, &[]),
        }
    }

    fn week(&self, key: RequestKey, queue: Option<&str>, hours: Vec<OpeningHours>) -> Option<Wish> {
        let shown = self.shown.as_ref()?;
        let seen = match queue {
            None => shown.hours.clone(),
            Some(id) => shown.queues.iter().find(|queue| queue.id.as_str() == id)?.hours.clone(),
        };
        let queue = queue.map(QueueId::new);
        (seen != hours).then_some(Wish::Week(ChangeHours { key, queue, seen, hours }))
    }

    fn days(&self, key: RequestKey, days: &[CalendarDay]) -> Option<Wish> {
        let (seen, days) = (self.shown.as_ref()?.days.clone(), days.to_vec());
        (seen != days).then_some(Wish::Days(ChangeCalendar { key, seen, days }))
    }

    /// Goes by the page that is open, or loads it again; asks under one key until there is an answer.
    async fn changes(&mut self, wants: impl FnOnce(&mut Self, RequestKey) -> Option<Wish>) {
        if self.shown.is_none() || self.chance.percent(80) {
            self.reads().await;
        }
        self.asked += 1;
        let key = RequestKey::new(format!("{}-{}", self.name, self.asked));
        let Some(wish) = wants(self, key) else { return };
        let (town, since) = (self.town.clone(), self.town.world.now());
        let by = Actor::Staff(self.employee.id.clone());
        {
            let mut book = town.book.lock().unwrap();
            book.wishes.insert(wish.key().clone(), wish.as_audited());
            book.invoke(Asker::Actor(by.clone()), "hours", wish.key());
        }
        while town.world.now() - since <= PATIENCE_MS {
            let (asked, of, by) = (wish.clone(), town.clone(), by.clone());
            let call = |house: Arc<House>, who: StaffSession| -> Answer<()> {
                Box::pin(async move {
                    let asked_at = of.world.now();
                    match asked {
                        Wish::Week(wish) => house.change_hours(&who, wish).await?,
                        Wish::Days(wish) => house.change_calendar(&who, wish).await?,
                    }
                    // The same answer once more is a sign of life, too.
                    of.book.lock().unwrap().hear_at(by, asked_at);
                    Ok(())
                })
            };
            match rules::asks(&self.town, &self.employee, self.line, call).await {
                Some(Ok(())) => return self.have_changed(&wish, since),
                Some(Err(Trouble::Refused(refusal))) => return self.is_refused(&wish, refusal.code(), since),
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            let pause = self.chance.between(300, 3_000);
            town.world.sleep(pause).await;
        }
        town.book.lock().unwrap().complete(wish.key(), End::Unknown);
    }

    /// I3, I19: they are in force, and in the archive.
    fn have_changed(&self, wish: &Wish, since: i64) {
        let mut book = self.town.book.lock().unwrap();
        book.complete(wish.key(), End::Done(None));
        book.acknowledge(wish.key());
        let timetables = &book.halls[&self.employee.hall].timetables;
        let is_there = timetables.between(since, book.now()).any(|timetable| wish.is_in(timetable));
        book.hold(is_there, "I3", || format!("{wish:?} was acknowledged and is not in force"));
    }

    /// Of two who change the same hours the second is told.
    fn is_refused(&mut self, wish: &Wish, code: &str, since: i64) {
        self.shown = None;
        let mut book = self.town.book.lock().unwrap();
        book.complete(wish.key(), End::Refused(code.into()));
        let timetables = &book.halls[&self.employee.hall].timetables;
        let is_other = timetables.between(since, book.now()).any(|timetable| !wish.was_seen_in(timetable));
        let is_right = code == "hours_changed" && is_other;
        if is_right {
            book.seen.saw("hours_changed_meanwhile");
        }
        book.hold(is_right, "I3", || format!("{wish:?} is refused by {code}"));
    }

    /// I19: what is read is what is stored.
    async fn reads(&mut self) {
        let asked_at = self.town.world.now();
        let call = |house: Arc<House>, who: StaffSession| -> Answer<HoursPage> { Box::pin(async move { house.hours(&who).await }) };
        let Some(Ok(shown)) = rules::asks(&self.town, &self.employee, self.line, call).await else {
            return;
        };
        let mut book = self.town.book.lock().unwrap();
        let is_shown = |timetable: &Timetable| {
            let of_second = shown.queues.get(1).map(|queue| &queue.hours);
            timetable.week == shown.hours
                && of_second.is_none_or(|hours| *hours == timetable.of_second)
                && timetable.calendar.days().map(SpecialDay::view).eq(shown.days.iter().cloned())
        };
        let is_true = book.halls[&self.employee.hall].timetables.between(asked_at, book.now()).any(is_shown);
        book.hold(is_true, "I19", || format!("{} reads hours that were not stored", self.name));
        drop(book);
        self.shown = Some(shown);
    }
}

impl Console {
    /// The hall is closed, and whoever is at a window has a break.
    pub(super) fn goes_for_lunch(&self, draw: usize) -> bool {
        let book = self.town.book.lock().unwrap();
        let hall = &book.halls[&self.employee.hall];
        (60..90).contains(&draw) && !hall.timetables.now().is_open(false, hall.wall(book.now()))
    }
}

/// The day of the town, or the next, as another than its weekday.
fn a_day(tomorrow: bool, kind: DayKind, runs: &[(u16, u16)]) -> CalendarDay {
    let run = |(from_minute, to_minute): &(u16, u16)| DayRun {
        from_minute: *from_minute,
        to_minute: *to_minute,
    };
    let today = Day::of(Timestamp::from_millis(NINE));
    CalendarDay {
        day: today.plus(i64::from(tomorrow)).to_string(),
        kind,
        name: "调整".into(),
        runs: runs.iter().map(run).collect(),
    }
}
