//! Taking a hall over from the archive.

use std::collections::BTreeSet;
use std::sync::Arc;

use yunyiban_core::Hall;
use yunyiban_protocol::{HallId, ItemBrief, ItemCode, Timestamp, VisitId};

use super::owed::owed;
use crate::day::{day_end, day_start};
use crate::house::Outside;
use crate::ports::notices::Delivery;
use crate::ports::store::{HallLease, StoreFailure};

/// A hall as it was in the archive.
pub(crate) struct Loaded {
    pub(crate) hall: Hall,
    pub(crate) lease: HallLease,
    pub(crate) seq: u32,
    pub(crate) last_hash: String,
    pub(crate) day_end: Timestamp,
    pub(crate) facts: Arc<Facts>,
    /// Visits that are not over.
    pub(crate) live: Vec<VisitId>,
    /// Messages that wait, and that nobody has in hand.
    pub(crate) owed: Vec<Delivery>,
    /// When.
    pub(crate) at: Timestamp,
}

/// What does not change between two loads, for whoever only reads it.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Full name of the hall.
    pub(crate) name: String,
    /// Where it is called.
    pub(crate) telephone: String,
    /// The catalogue in order.
    pub(crate) items: Arc<Vec<ItemBrief>>,
    /// Its codes.
    pub(crate) codes: BTreeSet<ItemCode>,
}

/// Takes the hall over and reads it.
pub(crate) async fn load(outside: &Outside, id: &HallId) -> Result<Loaded, StoreFailure> {
    let lease = outside.store.take_hall(id).await?;
    read(outside, id, lease).await
}

/// Reads the hall as the owner that this lease says.
pub(crate) async fn read(outside: &Outside, id: &HallId, lease: HallLease) -> Result<Loaded, StoreFailure> {
    let now = outside.clock.now();
    let owed = owed(outside, id).await?;
    let image = outside.store.load_hall(id, day_start(now), requests_since(now)).await?;
    let image = image.ok_or_else(|| StoreFailure::Unreadable(format!("hall {id} is not in the archive")))?;
    let facts = Facts {
        name: image.name.clone(),
        telephone: image.telephone.clone(),
        items: Arc::new(image.items.clone()),
        codes: image.items.iter().map(|item| item.code.clone()).collect(),
    };
    Ok(Loaded {
        lease,
        seq: image.seq,
        last_hash: image.last_hash.clone(),
        day_end: day_end(now),
        facts: Arc::new(facts),
        live: image
            .visits
            .iter()
            .filter(|visit| !visit.state.is_closed())
            .map(|visit| visit.id.clone())
            .collect(),
        owed,
        at: now,
        hall: Hall::new(image, now),
    })
}

/// Replies are kept for 24 hours.
pub(crate) fn requests_since(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis() - 24 * 3_600 * 1_000)
}
