//! What the hall's task lets the calls know: whose sound and picture may flow, and who sits at a window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tokio::sync::Notify;
use yunyiban_core::CallRights;
use yunyiban_protocol::{StaffId, VisitId, WindowId};

use crate::sync::lock;

/// Of each visit only the newest rights wait, so that the hall's task never waits for media and no change is lost.
#[derive(Default)]
pub(crate) struct CallBoard {
    posted: Mutex<Posted>,
    changed: Notify,
}

/// What changed since the last time it was taken.
#[derive(Default)]
pub(crate) struct Posted {
    /// Rights of visits; `None` when the visit is over.
    pub(crate) rights: BTreeMap<VisitId, Option<CallRights>>,
    /// Who sits at which window.
    pub(crate) seats: BTreeMap<WindowId, Option<StaffId>>,
    /// Visits that go on at another phone: what the first had of a call ends.
    pub(crate) moved: BTreeSet<VisitId>,
    /// The hall was loaded again: what is not named here is over.
    pub(crate) afresh: bool,
}

impl CallBoard {
    /// Posts what a visit's sides may do now; `None` when it is over.
    pub(crate) fn post_rights(&self, visit: &VisitId, rights: Option<CallRights>) {
        lock(&self.posted).rights.insert(visit.clone(), rights);
        self.changed.notify_one();
    }

    /// Posts who sits at a window now.
    pub(crate) fn post_seat(&self, window: &WindowId, staff: Option<StaffId>) {
        lock(&self.posted).seats.insert(window.clone(), staff);
        self.changed.notify_one();
    }

    /// Posts that a visit goes on at another phone.
    pub(crate) fn post_moved(&self, visit: &VisitId) {
        lock(&self.posted).moved.insert(visit.clone());
        self.changed.notify_one();
    }

    /// Posts everything, after the hall was loaded.
    pub(crate) fn post_afresh(&self, rights: BTreeMap<VisitId, Option<CallRights>>, seats: BTreeMap<WindowId, Option<StaffId>>) {
        *lock(&self.posted) = Posted {
            rights,
            seats,
            moved: BTreeSet::new(),
            afresh: true,
        };
        self.changed.notify_one();
    }

    /// What waits.
    pub(crate) fn take(&self) -> Posted {
        std::mem::take(&mut lock(&self.posted))
    }

    /// Waits for something that was not taken.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// The rights and seats as they are, kept by the calls.
#[derive(Default)]
pub(crate) struct Rights {
    visits: BTreeMap<VisitId, CallRights>,
    seats: BTreeMap<WindowId, StaffId>,
}

/// Whom a posting may matter to.
#[derive(Default)]
pub(crate) struct Touched {
    /// Visits whose rights may have changed.
    pub(crate) visits: BTreeSet<VisitId>,
    /// Visits that are over.
    pub(crate) over: BTreeSet<VisitId>,
    /// People who may have got up.
    pub(crate) staff: BTreeSet<StaffId>,
}

impl Rights {
    /// Follows what was posted.
    pub(crate) fn follow(&mut self, posted: Posted) -> Touched {
        let mut touched = Touched::default();
        if posted.afresh {
            touched.over.extend(
                std::mem::take(&mut self.visits)
                    .into_keys()
                    .filter(|visit| !posted.rights.contains_key(visit)),
            );
            touched.staff.extend(std::mem::take(&mut self.seats).into_values());
        }
        for (visit, rights) in posted.rights {
            match rights {
                Some(rights) if rights.open || rights.warm => drop(self.visits.insert(visit.clone(), rights)),
                Some(_) => drop(self.visits.remove(&visit)),
                None => {
                    self.visits.remove(&visit);
                    touched.over.insert(visit.clone());
                }
            }
            touched.visits.insert(visit);
        }
        for (window, sitting) in posted.seats {
            let before = match sitting {
                Some(sitting) => self.seats.insert(window, sitting),
                None => self.seats.remove(&window),
            };
            touched.staff.extend(before);
        }
        touched.visits.extend(touched.over.iter().cloned());
        touched
    }

    /// What the visit's sides may do; `None` when it is far from any call, or over.
    pub(crate) fn of(&self, visit: &VisitId) -> Option<&CallRights> {
        self.visits.get(visit)
    }

    /// Whether this person sits at a window.
    pub(crate) fn sits(&self, staff: &StaffId) -> bool {
        self.seats.values().any(|sitting| sitting == staff)
    }

    /// Visits in which this person takes the staff seat.
    pub(crate) fn visits_of(&self, staff: &StaffId) -> Vec<VisitId> {
        self.visits
            .iter()
            .filter(|(_, rights)| rights.staff.as_ref() == Some(staff))
            .map(|(visit, _)| visit.clone())
            .collect()
    }
}
