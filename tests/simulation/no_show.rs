//! Whoever books and does not come (爽约): people whom an appointment slips again and again, and what is promised of blame. Nobody
//! is barred but for appointments that were missed, so many within the time they count together; and whoever missed so many is.
//! Only an appointment is missed that the person knew of, whose slot the hall kept and for which the house was up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yunyiban_core::{Event, KeptMark, PhoneMark, Visit};
use yunyiban_protocol::{HallId, RequestKey, Timestamp, VisitId};

use super::appointment::{booking, late_from, rules};
use super::book::Book;
use super::chance::Chance;
use super::citizen::Tab;
use super::person::Person;
use super::town::Employee;
use super::truth::{HallTruth, SLACK_MS};

/// Of a hundred people who are booked, so many forget to come.
pub const FORGETFUL_PERCENT: u64 = 25;
/// They telephone no more after this moment.
const CALLS_UNTIL: i64 = 420_000;

/// What a hall knows of those who did not come.
#[derive(Debug, Default)]
pub struct Blame {
    /// Visits whose link was opened, or that began on a page.
    pub opened: BTreeSet<VisitId>,
    /// The marks of telephones as stored.
    marks: BTreeMap<VisitId, KeptMark>,
    /// Which telephone each is of.
    phones: BTreeMap<PhoneMark, String>,
    /// When appointments of a telephone were missed, in the order of storing.
    missed: BTreeMap<String, Vec<Timestamp>>,
}

/// A mark was stored, or is gone: what is remembered of a missed appointment not before it counts for nothing.
pub fn marked(book: &mut Book, hall: &mut HallTruth, visit: &VisitId, mark: Option<&KeptMark>) {
    let before = match mark {
        Some(mark) => hall.blame.marks.insert(visit.clone(), mark.clone()),
        None => hall.blame.marks.remove(visit),
    };
    let Some(missed_at) = before.and_then(|before| before.missed_at) else {
        return;
    };
    let kept_ms = rules().no_shows_within_ms.max(rules().barred_ms);
    let now = hall.wall(book.now());
    let is_old = missed_at.plus(kept_ms) <= now.plus(SLACK_MS as u32);
    book.hold(mark.is_none() && is_old, "DOMAIN 3.5", || {
        format!("{visit}, missed at {missed_at:?}, is {mark:?} at {now:?}")
    });
}

/// An appointment was booked: for a telephone that is not barred at this moment.
pub fn began(book: &mut Book, hall: &mut HallTruth, event: &Event, visit: &Visit) {
    let Some(phone) = booking(book, &visit.id)
        .filter(|_| event.cause == "booked")
        .map(|booking| booking.phone.clone())
    else {
        return;
    };
    let missed = hall.blame.missed.get(&phone).cloned().unwrap_or_default();
    book.hold(!is_barred(&missed, event.at), "DOMAIN 3.5", || {
        format!("{} is booked at {:?} for a telephone that missed {missed:?}", visit.id, event.at)
    });
    if barred_until(&missed).is_some() {
        book.seen.saw("booked_after_a_bar");
    }
    if let Some(KeptMark { mark, .. }) = hall.blame.marks.get(&visit.id) {
        let known = hall.blame.phones.entry(mark.clone()).or_insert_with(|| phone.clone());
        let same = *known == phone && hall.blame.phones.values().filter(|other| **other == phone).count() == 1;
        book.hold(same, "I15", || format!("{phone} has the mark of another, or two"));
    }
}

/// The time to check in is over.
pub fn did_not_come(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, at: Timestamp) {
    let id = &before.id;
    let up_since = hall.wall(hall.loaded_at).as_millis();
    let until = late_from(book, hall, before, at).into_iter().max().unwrap_or_default().as_millis();
    book.hold(up_since - SLACK_MS < until, "Q8", || {
        format!("{id} is missed, and the house was down until {up_since}")
    });
    let was_put_off = before.appointment.as_ref().is_some_and(|appointment| appointment.put_off);
    let knew = hall.blame.opened.contains(id) && !was_put_off;
    let may_be = knew && up_since - SLACK_MS <= at.as_millis();
    let must_be = knew && up_since + SLACK_MS <= at.as_millis();
    let mark = hall.blame.marks.get(id).map(|kept| kept.missed_at);
    let is_blamed = mark == Some(Some(event.at));
    let is_right = if is_blamed { may_be } else { !must_be && mark.is_none() };
    book.hold(is_right, "DOMAIN 3.5", || {
        let opened = hall.blame.opened.contains(id);
        format!(
            "{id} of {at:?} is missed at {:?}, link opened {opened}, put off {was_put_off}, up since {up_since}: {mark:?}",
            event.at
        )
    });
    let Some(phone) = booking(book, id).map(|booking| booking.phone.clone()) else {
        return;
    };
    if is_blamed {
        hall.blame.missed.entry(phone).or_default().push(event.at);
        book.seen.saw("blamed");
    }
}

/// At the end of each batch: a mark stands for an appointment to come or one that was missed, and for nothing else.
pub fn marks_are_right(book: &mut Book, hall: &HallTruth) {
    let marks = &hall.blame.marks;
    for (id, standing) in &hall.visits {
        let Some(_) = &standing.row.appointment else { continue };
        let to_come = standing.row.state.name() == "booked";
        let is_marked = marks.get(id).is_some_and(|kept| kept.missed_at.is_none());
        book.hold(to_come == is_marked, "I15", || {
            format!("{id} is {} and has the mark {:?}", standing.row.state.name(), marks.get(id))
        });
    }
    let stray = marks
        .keys()
        .find(|id| hall.visits.get(*id).is_none_or(|standing| standing.row.appointment.is_none()));
    book.hold(stray.is_none(), "I15", || format!("{stray:?} is no appointment and has a mark"));
}

/// A desk was told no. `asked_at`: what the clock of the hall showed when it was asked.
pub fn refused(book: &mut Book, hall: &HallId, key: &RequestKey, code: &str, asked_at: Timestamp) {
    if code != "booking_barred" {
        return;
    }
    book.seen.saw("booking_barred");
    let phone = &book.booked[key].phone;
    let missed = book.halls[hall].blame.missed.get(phone).cloned().unwrap_or_default();
    // Another may have been missed between the asking and the answer, and the clock may have been set.
    let answered_at = book.halls[hall].wall(book.now());
    let is_barred_by = |missed: &[Timestamp]| is_barred(missed, asked_at) || is_barred(missed, answered_at);
    let was_barred = (0..=missed.len()).any(|known| is_barred_by(&missed[..known]));
    book.hold(was_barred, "DOMAIN 3.5", || {
        format!("{key} is refused, asked at {asked_at:?}, for a telephone that missed {missed:?}")
    });
}

/// Until when nothing is booked for a telephone that missed these; `None`: they count for nothing.
fn barred_until(missed: &[Timestamp]) -> Option<Timestamp> {
    let rules = rules();
    let last = missed.iter().max()?;
    let together = missed.iter().filter(|at| at.plus(rules.no_shows_within_ms) >= *last).count();
    (together >= rules.no_shows as usize).then(|| last.plus(rules.barred_ms))
}

fn is_barred(missed: &[Timestamp], now: Timestamp) -> bool {
    barred_until(missed).is_some_and(|until| now < until)
}

/// Somebody who is booked again and again and never comes. Most open the link: they know of it.
pub async fn forgets(person: &Arc<Person>, employee: &Employee, name: &str, seed: u64, mut chance: Chance) {
    let town = person.town.clone();
    for times in 0.. {
        town.world.sleep(chance.between(3_000, 20_000)).await;
        if town.world.now() > CALLS_UNTIL {
            return;
        }
        let key = RequestKey::new(format!("{name}-again{times}"));
        let ahead = chance.between(1_000, 30_000);
        let code = person.is_booked(&key, ahead, employee, &mut chance).await;
        if let Some(code) = code.filter(|_| chance.percent(85)) {
            town.world.sleep(chance.between(500, 5_000)).await;
            let opens = format!("{name}-glance{times}");
            if let Ok(taken) = person.opens_link(&opens, &code, &mut chance).await {
                let tab = Tab::new(person, &taken.visit.id.clone(), format!("{name}f{times}"), seed, true);
                tab.by_link().glance(taken).await;
            }
        }
    }
}
