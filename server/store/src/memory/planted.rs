//! Known bugs of the archive, switched on by a test ([`yunyiban_core::planted`]). No release has this module.

use std::cell::RefCell;
use std::collections::BTreeMap;

use yunyiban_core::HallImage;
use yunyiban_core::planted::{Planted, is_planted};
use yunyiban_protocol::HallId;

thread_local! {
    static REPLICA: RefCell<BTreeMap<HallId, HallImage>> = const { RefCell::new(BTreeMap::new()) };
}

/// [`Planted::MissingEpoch`]
pub(super) fn takes_any_owner() -> bool {
    is_planted(Planted::MissingEpoch)
}

/// [`Planted::ReplicaRead`]: visits and windows as they were when the hall was loaded the time before.
pub(super) fn from_a_replica(image: HallImage) -> HallImage {
    if !is_planted(Planted::ReplicaRead) {
        REPLICA.take();
        return image;
    }
    if image.seq == 0 {
        REPLICA.with_borrow_mut(|replica| replica.remove(&image.id));
    }
    let before = REPLICA.with_borrow_mut(|replica| replica.insert(image.id.clone(), image.clone()));
    let Some(HallImage { visits, windows, .. }) = before else {
        return image;
    };
    HallImage { visits, windows, ..image }
}
