//! The emergency close (紧急停办) and numbers left while a hall is closed: a supervisor at no window closes a hall now and then,
//! people who find it closed leave a telephone number. No number is given meanwhile, nobody who has one loses it by it, and
//! whoever left a telephone number is called when the hall opens, in the order of leaving.

use std::sync::Arc;

use yunyiban_core::{Actor, Event, Suspension, Visit, VisitState};
use yunyiban_protocol::{ClientMessage, ContactView, Outcome, Sensitive, SuspensionRequest, TakenNumber, Timestamp, VisitStatus, WhoWaits};

use super::asked;
use super::book::Book;
use super::callback::telephone;
use super::chance::Chance;
use super::person::{Person, Wish};
use super::staff::Console;
use super::town::NINE;
use super::truth::{HallTruth, SLACK_MS};

/// An emergency of the simulated day lasts at most so long, milliseconds.
const LONGEST_MS: i64 = 40_000;

/// What is known of the emergency close of a hall.
#[derive(Debug, Default)]
pub struct Closed {
    /// It stands.
    now: Option<Suspension>,
    /// When the last ended.
    ended_at: i64,
}

impl Closed {
    /// Whether it stands, and no promise to call runs out.
    pub fn is_closed(&self) -> bool {
        self.now.is_some()
    }

    /// Whether it stood at some moment after this one.
    pub fn was_closed_after(&self, moment: i64) -> bool {
        self.now.is_some() || self.ended_at >= moment - SLACK_MS
    }
}

/// It began, changed or ended.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, after: Option<&Suspension>) {
    let cause = event.cause.as_str();
    asked::happened(book, hall, event, "the hall");
    let name = if hall.closed.now.is_some() { "suspended" } else { "open" };
    book.hold(event.before.as_deref() == Some(name), "Q3", || {
        format!("the hall was {name}, {cause} says {:?}", event.before)
    });
    match (cause, after) {
        ("suspended", Some(after)) => {
            let by = event.actor == Actor::Staff(after.by.clone());
            book.hold(by, "I23", || format!("{:?} closes the hall for {}", event.actor, after.by));
            book.seen.saw("suspended");
        }
        ("clock_set_back", Some(after)) => {
            let was = hall.closed.now.as_ref().map(|was| was.since);
            let is_back = event.actor == Actor::System && was.is_some_and(|was| after.since < was);
            book.hold(is_back, "F20", || format!("an emergency since {was:?} stands since {:?}", after.since));
        }
        ("suspension_ended", None) => book.seen.saw("suspension_ended"),
        ("suspension_over", None) => {
            let until = hall.closed.now.as_ref().and_then(|was| was.until);
            let is_due = event.actor == Actor::System && until.is_some_and(|until| until <= event.at);
            book.hold(is_due, "DOMAIN 3.9", || format!("an emergency until {until:?} is over at {:?}", event.at));
            book.seen.saw("suspension_over");
        }
        _ => book.fail("DOMAIN 3.9", &format!("{cause} leaves {after:?}")),
    }
    if after.is_none() {
        hall.closed.ended_at = book.now();
    }
    hall.closed.now = after.cloned();
}

/// A number was given.
pub fn began(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit) {
    let (id, left) = (&visit.id, visit.callback.is_some() || visit.appointment.is_some());
    let in_force = hall.closed.now.as_ref().is_some_and(|now| now.until.is_none_or(|until| until > event.at));
    let booked = matches!(visit.state, VisitState::Booked { at } if at > event.at);
    book.hold(left || !in_force, "DOMAIN 3.9", || {
        format!("{id} is given while the hall is closed in an emergency")
    });
    book.hold(!in_force || booked, "DOMAIN 3.9", || {
        format!("{id} is {:?} while the hall is closed", visit.state)
    });
    if visit.callback.is_some() {
        book.seen.saw("number_left");
    }
}

/// A visit changed: numbers left wait for the opening and for nothing else.
pub fn visit_changed(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let VisitState::Booked { at } = before.state else { return };
    if before.appointment.is_some() {
        return;
    }
    let id = &after.id;
    let in_force = hall.closed.now.is_some();
    match (event.cause.as_str(), &after.state) {
        ("hall_opened", VisitState::CallbackKept { .. }) => {
            book.hold(!in_force && at <= event.at, "DOMAIN 3.9", || {
                format!("the hall opens to {id} at {:?}, not at {at:?}", event.at)
            });
            let earlier = |other: &Visit| {
                other.appointment.is_none() && other.order < after.order && matches!(other.state, VisitState::Booked { at: other } if other <= at)
            };
            let passed = hall
                .visits
                .values()
                .map(|at| &at.row)
                .find(|other| earlier(other))
                .map(|other| other.id.clone());
            book.hold(passed.is_none(), "I9", || {
                format!("the hall opens to {id} before {passed:?}, who left a number before")
            });
            book.seen.saw("left_number_opened");
        }
        ("opening_put_off", VisitState::Booked { at: later }) => {
            book.hold(*later > event.at && *later > at, "Q8", || {
                format!("{id} is put off from {at:?} to {later:?} at {:?}", event.at)
            });
            book.seen.saw("left_number_put_off");
        }
        ("opens_earlier", VisitState::Booked { at: earlier }) => {
            book.hold(*earlier < at, "Q8", || format!("{id} is brought forward from {at:?} to {earlier:?}"));
        }
        ("left", VisitState::Closed { outcome, .. }) => {
            book.hold(*outcome == Outcome::Cancelled, "I5", || {
                format!("{id} was taken back and ends as {outcome:?}")
            });
        }
        ("left_number" | "left_contact" | "clock_set_back" | "said" | "referred_here", VisitState::Booked { .. }) => {}
        (cause, _) => book.fail("Q8", &format!("a number left, {id}, is {} by {cause}", after.state.name())),
    }
}

impl Console {
    /// A supervisor: closes the hall in an emergency now and then, and opens it again.
    pub(super) fn watches_over_the_hall(&mut self, draw: usize, calm: bool) {
        match draw {
            0..=7 if self.suspended => self.asks("end_suspension", |key| SuspensionRequest::End { key }),
            _ if self.suspended && calm => self.asks("end_suspension", |key| SuspensionRequest::End { key }),
            // It lasts longer than was said.
            8..=19 if self.suspended => self.closes_the_hall(),
            0..=1 if !calm && !self.suspended => self.closes_the_hall(),
            _ => {}
        }
    }

    fn closes_the_hall(&mut self) {
        let chance = &mut self.page.chance;
        let ends = chance.percent(70).then(|| chance.between(2_000, LONGEST_MS));
        let waiting = if chance.percent(50) { WhoWaits::CalledBack } else { WhoWaits::Served };
        let until = ends.map(|millis| Timestamp::from_millis(NINE + self.now() + millis));
        let text = Sensitive::new("线路抢修。".into());
        self.asks("suspend", |key| SuspensionRequest::Begin { key, text, until, waiting });
    }

    fn asks(&mut self, kind: &'static str, request: impl FnOnce(yunyiban_protocol::RequestKey) -> SuspensionRequest) {
        self.page.ask(kind, |key| ClientMessage::Suspension(request(key)));
    }
}

impl Person {
    /// Takes a number; most of those who find the hall closed leave a telephone number instead, and some do so at once.
    pub async fn take_or_leave_number(self: &Arc<Self>, name: &str, chance: &mut Chance) -> Option<TakenNumber> {
        let (at_once, then) = (chance.percent(8), chance.percent(80));
        if !at_once {
            let taken = self.take(&format!("{name}-take"), chance).await;
            if taken.is_some() || !then {
                return taken;
            }
        }
        let callback = ContactView {
            name: None,
            phone: Some(Sensitive::new(telephone(self.number, 1_000))),
        };
        let wish = Wish {
            callback: Some(callback),
            ..Wish::default()
        };
        let taken = self.ask_for_number(&format!("{name}-leave"), wish, chance).await;
        let booked = taken
            .as_ref()
            .is_some_and(|taken| matches!(taken.visit.status, VisitStatus::Booked { .. }));
        if booked && self.town.is_calm() {
            self.town.world.sleep(1_000).await;
        }
        taken
    }
}
