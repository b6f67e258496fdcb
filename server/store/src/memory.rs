//! The archive in memory: for tests of other rooms, with the failures a real one has.

#[cfg(feature = "planted")]
mod planted;
mod shelf;
mod store;
mod unique;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use yunyiban_app::ports::store::{Account, Session, StoreFailure};
use yunyiban_protocol::{HallId, RatingLevel, Sensitive, StaffId, Timestamp, VisitId};

use shelf::Shelf;

/// How the next commit of a [`MemoryStore`] goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The archive is out of reach; nothing was stored.
    Unavailable,
    /// Everything was stored, but the answer was lost: the caller sees [`StoreFailure::Unavailable`].
    LostReply,
    /// The disk is full; nothing was stored.
    Full,
    /// Another owner took the hall just before; nothing was stored.
    NotOwner,
}

/// An archive that lives as long as the process. Keeps every guard of the real ones.
#[derive(Debug, Default)]
pub struct MemoryStore {
    archive: Mutex<Archive>,
}

/// Everything stored.
#[derive(Debug, Default)]
struct Archive {
    halls: BTreeMap<HallId, Shelf>,
    staff: BTreeMap<(HallId, StaffId), Account>,
    sessions: BTreeMap<String, Session>,
    /// Last sign-in by hall, person and address.
    places: BTreeMap<(HallId, StaffId, String), Timestamp>,
    faults: VecDeque<Fault>,
}

impl MemoryStore {
    /// An empty archive.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a coming commit go wrong: the first fault given meets the first commit, and so on.
    pub fn fail_next_commit(&self, fault: Fault) {
        self.archive().faults.push_back(fault);
    }

    /// Erases name, telephone and words of a visit with their salts, as retention does.
    pub fn erase(&self, hall: &HallId, visit: &VisitId) {
        if let Some(shelf) = self.archive().halls.get_mut(hall) {
            shelf.erase(visit);
        }
    }

    /// The ratings of a hall by visit: level, and when it was given or corrected last. No page reads them through the port.
    pub fn ratings(&self, hall: &HallId) -> BTreeMap<VisitId, (RatingLevel, Timestamp)> {
        self.archive().halls.get(hall).map(|shelf| shelf.ratings.clone()).unwrap_or_default()
    }

    /// A panic elsewhere cannot leave the archive half changed: every change is checked before it is made.
    fn archive(&self) -> MutexGuard<'_, Archive> {
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Archive {
    fn shelf(&self, hall: &HallId) -> Result<&Shelf, StoreFailure> {
        self.halls.get(hall).ok_or_else(|| no_hall(hall))
    }

    /// The account, if it is enabled and its password is still the one checked.
    fn account_by(&mut self, hall: &HallId, staff: &StaffId, checked: &Sensitive<String>) -> Option<&mut Account> {
        let account = self.staff.get_mut(&(hall.clone(), staff.clone()))?;
        (!account.disabled && account.password_hash == *checked).then_some(account)
    }

    fn end_sessions(&mut self, hall: &HallId, staff: &StaffId) {
        self.sessions.retain(|_, session| session.hall != *hall || session.staff != *staff);
    }

    fn shelf_mut(&mut self, hall: &HallId) -> Result<&mut Shelf, StoreFailure> {
        self.halls.get_mut(hall).ok_or_else(|| no_hall(hall))
    }
}

fn no_hall(hall: &HallId) -> StoreFailure {
    StoreFailure::Unreadable(format!("there is no hall {hall}"))
}
