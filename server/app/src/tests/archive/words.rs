//! How the archive in memory names people and failures.

use yunyiban_core::Actor;

use crate::ports::store::StoreFailure;

pub(super) fn name_of(actor: &Actor) -> &str {
    match actor {
        Actor::Citizen(visit) => visit.as_str(),
        Actor::Staff(staff) => staff.as_str(),
        Actor::System => "system",
    }
}

pub(super) fn out_of_reach(doing: &str) -> StoreFailure {
    StoreFailure::Unavailable {
        doing: doing.into(),
        cause: "the cable is pulled".into(),
    }
}
