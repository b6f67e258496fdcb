//! 跨大厅转接: windows that hand a talk on to the other hall, whose page follows it, and what is promised of it: the visit is live in
//! one hall and no more, whatever dies between the two commits; what was said is there; and whoever waits is not forgotten on the way.

use std::sync::{Arc, Mutex};

use yunyiban_app::{Secret, Trouble};
use yunyiban_core::{Event, Visit, VisitState};
use yunyiban_protocol::{HallId, TakenNumber, VisitId};

use super::book::Book;
use super::citizen::Tab;
use super::person::Person;
use super::staff::Console;
use super::town::{LAOCHENG, XINQU};
use super::truth::HallTruth;

/// The other hall of the town.
pub fn beside(hall: &HallId) -> HallId {
    HallId::new(if hall.as_str() == XINQU { LAOCHENG } else { XINQU })
}

/// A visit came into this hall. Its owner is whoever owned it there.
pub fn came(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit) {
    let id = &visit.id;
    let from = visit.crossing.as_ref().and_then(|crossing| crossing.from.clone());
    let Some(from) = from else {
        return book.fail("I4", &format!("{id} came from nowhere by {}", event.cause));
    };
    let twice = |other: &Visit| {
        let crossing = other.crossing.as_ref().and_then(|crossing| crossing.from.as_ref());
        crossing.is_some_and(|other| other.visit == from.visit)
    };
    let again = hall.visits.values().any(|standing| twice(&standing.row));
    book.hold(!again, "I18", || format!("{} came here twice", from.visit));
    let there = book
        .halls
        .get(&from.hall)
        .and_then(|hall| hall.visits.get(&from.visit))
        .map(|standing| standing.row.clone());
    let is_on_its_way = there
        .as_ref()
        .is_some_and(|row| matches!(row.state, VisitState::Transferring { to_hall: Some(_), .. }));
    book.hold(is_on_its_way, "I1", || {
        format!("{id} is here while {} is {:?}", from.visit, there.as_ref().map(|row| row.state.name()))
    });
    if let Some(there) = there {
        let same = there.joined_at == visit.joined_at && there.order.effective == visit.order.effective && there.reference == visit.reference;
        book.hold(same && visit.shares.is_empty(), "Q4", || format!("{id} is not what {} was", from.visit));
        book.hold(there.chat_lines == visit.chat_lines, "I20", || {
            format!("{id} lost what was said of {}", from.visit)
        });
    }
    if let Some(owner) = book.owners.get(&from.visit).copied() {
        book.owners.insert(id.clone(), owner);
    }
    book.seen.saw("crossing_came");
}

/// A visit left its hall: it is in the other one.
pub fn left(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit) {
    let to = visit.crossing.as_ref().and_then(|crossing| crossing.to.clone());
    let is_there = to
        .as_ref()
        .is_some_and(|to| book.halls.get(&to.hall).is_some_and(|hall| hall.visits.contains_key(&to.visit)));
    book.hold(is_there, "I3", || format!("{} left by {} and is nowhere", visit.id, event.cause));
    book.seen.saw("crossing_left");
    let began = hall.visits.get(&visit.id).map(|standing| standing.entered);
    if began.is_some_and(|began| began < hall.loaded_at) {
        book.seen.saw("crossing_over_restart");
    }
}

/// Whether the visit whose citizen wrote a line is one that this hall's visit of those people came from.
pub fn wrote_before(hall: &HallTruth, writer: &VisitId, had: impl Fn(&VisitId) -> bool) -> bool {
    let came_from = |visit: &Visit| {
        let from = visit.crossing.as_ref().and_then(|crossing| crossing.from.as_ref());
        from.is_some_and(|from| from.visit == *writer)
    };
    hall.visits.values().any(|standing| came_from(&standing.row) && had(&standing.row.id))
}

impl Console {
    /// Whoever came from the other hall is not sent back to it.
    pub(super) fn may_cross(&self) -> bool {
        self.served.as_ref().is_some_and(|served| served.came_from.is_none())
    }
}

impl Person {
    /// The visit goes on in the other hall: the page there, and what it was told first. `None` when another number was taken meanwhile.
    pub async fn follow(self: &Arc<Self>, seed: u64) -> Option<(Tab, TakenNumber)> {
        let (hall, secret) = self.ask_where().await?;
        self.town.book.lock().unwrap().seen.saw("crossing_followed");
        let there = Arc::new(Person {
            town: self.town.clone(),
            number: self.number,
            hall,
            cookie: Mutex::new(Some(secret)),
            asking: tokio::sync::Mutex::new(()),
            shown: Mutex::default(),
        });
        loop {
            match there.resume().await {
                Some(Ok(taken)) => {
                    let name = format!("c{:03}x{seed}", self.number);
                    return Some((Tab::new(&there, &taken.visit.id, name, seed, true), taken));
                }
                Some(Err(Trouble::Refused(refusal))) if refusal.code() != "too_many" => {
                    let story = format!("person {} followed and was told {}", self.number, refusal.code());
                    self.town.book.lock().unwrap().fail("I3", &story);
                    return None;
                }
                Some(Err(_)) | None => self.town.world.sleep(900).await,
            }
        }
    }

    async fn ask_where(self: &Arc<Self>) -> Option<(HallId, Secret)> {
        loop {
            let cookie = self.cookie.lock().unwrap().clone()?;
            let hall = self.hall.clone();
            let call = move |house: Arc<yunyiban_app::House>| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
                Box::pin(async move { house.follow(&hall, &cookie).await })
            };
            match self.town.request(self.number, call).await {
                Some(Ok(there)) => return Some(there),
                // The cookie is of another number by now.
                Some(Err(Trouble::Refused(_))) => return None,
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => self.town.world.sleep(900).await,
            }
        }
    }
}
