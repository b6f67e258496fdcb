//! Appointments (预约): people who telephone and are booked a slot at a desk, open the link or forget it, and check in early, late or never
//! (whoever forgets again and again is in [`super::no_show`]); and what is promised of it. A slot moves only to a later one, the order is given once, by the person's own act, and no further than Q7 lets anybody go.

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_app::{House, Trouble};
use yunyiban_core::appointment::AppointmentRules;
use yunyiban_core::{Actor, Done, Event, Visit, VisitState};
use yunyiban_protocol::http::{BookAppointment, SignIn};
use yunyiban_protocol::{ContactView, ItemCode, Outcome, RequestKey, Sensitive, Timestamp, VisitId, VisitRequest};

use super::book::{Asker, Book, End};
use super::callback::telephone;
use super::chance::Chance;
use super::citizen::Tab;
use super::person::Person;
use super::timetable::Timetable;
use super::town::{Employee, Town};
use super::truth::HallTruth;
use super::{closing, no_show, priority};

/// Numbers given at a desk are counted from here: no page leaves one like it.
const BOOKED_TIMES: u32 = 1_000;
/// A slot every so long, milliseconds.
const SLOT_MS: u32 = 20_000;
/// After so long without an answer the desk gives up, or the person throws the link away, milliseconds.
const PATIENCE_MS: i64 = 60_000;

/// What was asked for at desks, by its key.
pub type Booked = BTreeMap<RequestKey, Booking>;

/// An appointment asked for.
#[derive(Clone, Debug)]
pub struct Booking {
    /// For whom.
    pub person: usize,
    /// The telephone named.
    pub phone: String,
    /// Who sits at the desk.
    by: Actor,
    /// What came of it.
    pub visit: Option<VisitId>,
}

/// Slots that fit into a quarter of an hour; a restart takes the time of one.
pub fn rules() -> AppointmentRules {
    AppointmentRules {
        slot_ms: SLOT_MS,
        per_slot: 2,
        early_ms: 15_000,
        grace_ms: 10_000,
        late_ms: 60_000,
        credit_ms: 90_000,
        late_credit_ms: 45_000,
        no_shows: 2,
        no_shows_within_ms: 150_000,
        barred_ms: 100_000,
        ..AppointmentRules::default()
    }
}

/// I18: what was asked for once is booked once.
pub fn answered(book: &mut Book, key: &RequestKey, done: &Done) {
    let (Done::Visit { visit, .. }, Some(booking)) = (done, book.booked.get_mut(key)) else {
        return;
    };
    let first = booking.visit.get_or_insert_with(|| visit.clone()).clone();
    book.hold(first == *visit, "I18", || format!("{key} booked {first} and {visit}"));
}

/// What this appointment was asked for as.
pub fn booking<'a>(book: &'a Book, visit: &VisitId) -> Option<&'a Booking> {
    book.booked.values().find(|booking| booking.visit.as_ref() == Some(visit))
}

/// Whose appointment this is.
pub fn owner(book: &mut Book, visit: &VisitId) -> Option<usize> {
    let person = booking(book, visit)?.person;
    book.seen.saw("booked");
    Some(person)
}

/// From when on nobody checks in for this slot any more by one timetable.
pub fn checked_in_until(book: &Book, timetable: &Timetable, visit: &Visit, at: Timestamp) -> Timestamp {
    let late = at.plus(rules().late_ms);
    let closing = closing::last_closing(book, timetable, visit, at).filter(|closing| *closing > at);
    closing.map_or(late, |closing| late.min(closing))
}

/// The same by the hours of now; where they are stored in this moment, of before and of now.
pub fn late_from(book: &Book, hall: &HallTruth, visit: &Visit, at: Timestamp) -> Vec<Timestamp> {
    let in_force = hall.timetables.stored_at(book.now());
    in_force.map(|timetable| checked_in_until(book, timetable, visit, at)).collect()
}

/// An appointment to come changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let VisitState::Booked { at } = before.state else { return };
    if before.appointment.is_none() {
        return;
    }
    let id = &after.id;
    match (event.cause.as_str(), &after.state) {
        ("checked_in" | "checked_in_late", VisitState::Waiting { .. }) => checked_in(book, hall, event, after, at),
        ("no_show", VisitState::Closed { outcome, .. }) => {
            let is_over = late_from(book, hall, before, at).iter().any(|until| event.at >= *until);
            let is_right = *outcome == Outcome::NoShow && event.actor == Actor::System && is_over && !hall.cut_off.contains(id);
            book.hold(is_right, "DOMAIN 3.5", || {
                format!("{id}, booked for {at:?}, ends as {outcome:?} at {:?}", event.at)
            });
            book.seen.saw("no_show");
            no_show::did_not_come(book, hall, event, before, at);
        }
        ("put_off", VisitState::Booked { at: later }) => {
            let told = after.appointment.as_ref().is_some_and(|kept| kept.slot == *later && kept.put_off);
            book.hold(*later > at && *later > event.at && told, "Q8", || {
                format!("{id} is put off from {at:?} to {later:?} at {:?}", event.at)
            });
            book.seen.saw("slot_put_off");
            if hall.cut_off.remove(id) {
                book.seen.saw("slot_cut_off");
            }
        }
        ("left" | "no_opening", VisitState::Closed { outcome, .. }) => {
            book.hold(*outcome == Outcome::Cancelled, "I5", || {
                format!("{id} is taken back and ends as {outcome:?}")
            });
        }
        ("left_contact" | "link_given_anew" | "clock_set_back" | "said", VisitState::Booked { at: same }) => {
            if event.cause == "link_given_anew"
                && let Some(by) = booking(book, id).map(|booking| booking.by.clone())
            {
                // The desk asked again.
                book.hear_at(by, event.at.as_millis() - hall.offset);
            }
            let moved = *same != at && event.cause != "clock_set_back";
            book.hold(!moved, "Q8", || format!("{} moves {id} from {at:?} to {same:?}", event.cause));
        }
        (cause, _) => book.fail("Q8", &format!("an appointment, {id}, is {} by {cause}", after.state.name())),
    }
}

/// Q4, Q7: the order is given by the person's own act, in time, and like any credit.
fn checked_in(book: &mut Book, hall: &mut HallTruth, event: &Event, after: &Visit, at: Timestamp) {
    let (id, rules) = (&after.id, rules());
    let own = event.actor == Actor::Citizen(id.clone());
    book.hold(own, "Q4", || format!("{:?} checks {id} in", event.actor));
    let early = at.since(event.at) > rules.early_ms && event.at < at;
    let is_late = event.cause == "checked_in_late";
    let on_time = |until: Timestamp| event.at <= at.plus(rules.grace_ms).min(until);
    let in_time = late_from(book, hall, after, at)
        .into_iter()
        .any(|until| event.at < until && is_late != on_time(until));
    book.hold(!early && in_time, "DOMAIN 3.5", || {
        format!("{id}, booked for {at:?}, is {} at {:?}", event.cause, event.at)
    });
    book.hold(!hall.closed.is_closed(), "DOMAIN 3.9", || {
        format!("{id} is checked in while the hall is closed")
    });
    let Some(credit) = after.appointment.as_ref().and_then(|kept| kept.credit) else {
        return book.fail("Q4", &format!("{id} is checked in and has no credit"));
    };
    book.hold(credit.to == after.order, "Q4", || {
        format!("{id} stands at {:?} and has {credit:?}", after.order)
    });
    priority::went_ahead(book, hall, id, credit.from.effective, credit);
    book.seen.saw(if is_late { "checked_in_late" } else { "checked_in" });
}

impl Tab {
    /// An appointment is to come: the button is there when it is time.
    pub(super) fn waits_for_slot(&mut self, is_open: bool, draw: usize) {
        let calm = self.person.town.is_calm();
        match draw {
            0..=1 if !calm => self.visit("leave", |key| VisitRequest::Leave { key }),
            // Now and then too early, to hear when to come.
            2..=40 if is_open || draw == 2 => {
                let notice_version = "2026-11".to_owned();
                self.visit("check_in", |key| VisitRequest::CheckIn { key, notice_version });
            }
            _ => {}
        }
    }
}

/// Somebody who telephoned: booked at a desk, and most open the link that comes.
pub async fn guest(person: Arc<Person>, employee: Employee, seed: u64, calls_at: i64) {
    let town = person.town.clone();
    let mut chance = Chance::new(seed, 12);
    let name = format!("g{:03}", person.number);
    if chance.percent(no_show::FORGETFUL_PERCENT) {
        return no_show::forgets(&person, &employee, &name, seed, chance).await;
    }
    town.world.sleep_until(calls_at).await;
    let key = RequestKey::new(format!("{name}-book"));
    let ahead = chance.between(20_000, 150_000);
    let Some(code) = person.is_booked(&key, ahead, &employee, &mut chance).await else {
        return;
    };
    if chance.percent(20) {
        return;
    }
    town.world.sleep(chance.between(1_000, 20_000)).await;
    for times in 0.. {
        let key = format!("{name}-open{times}");
        let Ok(taken) = person.opens_link(&key, &code, &mut chance).await else {
            return;
        };
        let tab = Tab::new(&person, &taken.visit.id, format!("{name}t{times}"), seed, true);
        if tab.by_link().live(Some(taken)).await {
            return;
        }
    }
}

type Answer<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

impl Person {
    /// The desk asks until there is an answer; the code of the last one, which is the one that is good.
    pub(super) async fn is_booked(self: &Arc<Self>, key: &RequestKey, ahead: i64, employee: &Employee, chance: &mut Chance) -> Option<String> {
        let town = &self.town;
        let phone = telephone(self.number, BOOKED_TIMES);
        let by = Actor::Staff(employee.id.clone());
        let since = town.world.now();
        let at = {
            let mut book = town.book.lock().unwrap();
            let booking = Booking {
                person: self.number,
                phone: phone.clone(),
                by: by.clone(),
                visit: None,
            };
            book.booked.insert(key.clone(), booking);
            book.invoke(Asker::Actor(by), "book", key);
            let soon = book.halls[&self.hall].wall(since + ahead).as_millis();
            let slot = i64::from(SLOT_MS);
            Timestamp::from_millis(soon - soon % slot + slot)
        };
        let wish = BookAppointment {
            key: key.clone(),
            item: town.queues().item_of(self.number).map(ItemCode::new),
            at,
            contact: ContactView {
                name: None,
                phone: Some(Sensitive::new(phone)),
            },
        };
        loop {
            let asked_at = town.book.lock().unwrap().halls[&self.hall].wall(town.world.now());
            let answer = self.asks_desk(&wish, employee).await;
            match answer {
                Some(Ok((visit, link))) => {
                    let mut book = town.book.lock().unwrap();
                    book.acknowledge(key);
                    book.complete(key, End::Done(Some(visit.to_string())));
                    return link.split_once('#').map(|(_, code)| code.to_owned());
                }
                Some(Err(Trouble::Refused(refusal))) => {
                    let mut book = town.book.lock().unwrap();
                    no_show::refused(&mut book, &self.hall, key, refusal.code(), asked_at);
                    book.complete(key, End::Refused(refusal.code().into()));
                    return None;
                }
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            if town.world.now() - since > PATIENCE_MS {
                town.book.lock().unwrap().complete(key, End::Unknown);
                return None;
            }
            town.world.sleep(chance.between(300, 3_000)).await;
        }
    }

    /// One try over the desk's own line, signed in for it.
    async fn asks_desk(self: &Arc<Self>, wish: &BookAppointment, employee: &Employee) -> Option<Result<(VisitId, String), Trouble>> {
        let sign_in = SignIn {
            name: employee.name.clone(),
            password: employee.password.clone(),
        };
        let (wish, from) = (wish.clone(), Town::address(self.number));
        let call = move |house: Arc<House>| -> Answer<(VisitId, String)> {
            Box::pin(async move {
                let (_, cookie) = house.sign_in(sign_in, from).await?;
                let who = house.who(&cookie).await?;
                let booked = house.book(&who, wish, "https://hall").await?;
                Ok((booked.appointment.visit, booked.link.reveal().clone()))
            })
        };
        self.town.request(self.number, call).await
    }
}
