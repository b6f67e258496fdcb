//! The chain of a hall's events: each holds the hash of the one before, so that none can be changed, dropped or moved unseen (T27).

use sha2::{Digest as _, Sha256};
use yunyiban_core::Event;

use crate::ports::store::ChainedEvent;
use crate::text::hex;

/// Hash before the first event: 64 zeros.
pub const FIRST_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Chains events behind the one whose hash is `last_hash`.
pub(crate) fn chain(events: Vec<Event>, last_hash: &str) -> Vec<ChainedEvent> {
    let mut prev_hash = last_hash.to_owned();
    events
        .into_iter()
        .map(|event| {
            let json = serde_json::to_string(&event).expect("events have text keys only, so they always serialise");
            let hash = hash_of(&prev_hash, &json);
            let prev_hash = std::mem::replace(&mut prev_hash, hash.clone());
            ChainedEvent {
                event,
                json,
                prev_hash,
                hash,
            }
        })
        .collect()
}

/// Checks a run of events that follows the event numbered `seq` with `last_hash`: number of the first that does not fit,
/// or the hash of the last one. For `doctor`, restore drills and tests.
///
/// # Errors
/// The number of the first event whose number, text or hash does not follow.
pub fn check_chain(events: &[ChainedEvent], seq: u32, last_hash: &str) -> Result<String, u32> {
    let mut expected = seq;
    let mut prev_hash = last_hash.to_owned();
    for chained in events {
        expected += 1;
        let told = serde_json::from_str::<Event>(&chained.json).is_ok_and(|event| event == chained.event);
        let follows = chained.event.seq == expected && chained.prev_hash == prev_hash && chained.hash == hash_of(&prev_hash, &chained.json);
        if !(told && follows) {
            return Err(chained.event.seq);
        }
        prev_hash.clone_from(&chained.hash);
    }
    Ok(prev_hash)
}

fn hash_of(prev_hash: &str, json: &str) -> String {
    let mut sha = Sha256::new();
    sha.update(prev_hash.as_bytes());
    sha.update(json.as_bytes());
    hex(&sha.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use yunyiban_core::{Actor, Subject};
    use yunyiban_protocol::{RatingLevel, Timestamp, VisitId};

    fn three_events() -> Vec<ChainedEvent> {
        let event = |seq| Event {
            seq,
            at: Timestamp::from_millis(i64::from(seq)),
            actor: Actor::System,
            cause: "rated".into(),
            before: None,
            after: Subject::Rating {
                visit: VisitId::new("li_nainai"),
                level: RatingLevel::Satisfied,
            },
        };
        chain((1..=3).map(event).collect(), FIRST_HASH)
    }

    #[test]
    fn a_whole_chain_ends_in_its_last_hash() {
        let events = three_events();
        assert_eq!(check_chain(&events, 0, FIRST_HASH), Ok(events[2].hash.clone()));
        assert_eq!(check_chain(&events[1..], 1, &events[0].hash), Ok(events[2].hash.clone()));
    }

    #[test]
    fn a_changed_event_is_found() {
        let mut events = three_events();
        events[1].json = events[1].json.replace("satisfied", "dissatisfied");
        assert_eq!(check_chain(&events, 0, FIRST_HASH), Err(2));
        let mut events = three_events();
        events[1].event.cause = "invented".into();
        assert_eq!(check_chain(&events, 0, FIRST_HASH), Err(2));
    }

    #[test]
    fn a_dropped_or_moved_event_is_found() {
        let mut dropped = three_events();
        dropped.remove(1);
        assert_eq!(check_chain(&dropped, 0, FIRST_HASH), Err(3));
        let mut moved = three_events();
        moved.swap(0, 1);
        assert_eq!(check_chain(&moved, 0, FIRST_HASH), Err(2));
    }

    #[test]
    fn the_same_events_always_give_the_same_hashes() {
        assert_eq!(three_events(), three_events());
    }
}
