//! Replies already given, by request key (I18).

use std::collections::{BTreeMap, VecDeque};

use yunyiban_protocol::{RequestKey, Timestamp};

use crate::Refusal;
use crate::event::Done;
use crate::hall::Hall;
use crate::input::Act;

/// How long a reply is kept, milliseconds: 24 h.
const KEPT_MS: u32 = 24 * 60 * 60 * 1_000;

/// The replies of the last 24 h.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Replies {
    by_key: BTreeMap<(String, RequestKey), Done>,
    by_age: VecDeque<(Timestamp, String, RequestKey)>,
}

impl Replies {
    /// The reply given before.
    pub fn find(&self, scope: &str, key: &RequestKey) -> Option<Done> {
        self.by_key.get(&(scope.to_owned(), key.clone())).cloned()
    }

    /// Keeps a reply and forgets the old ones.
    pub fn keep(&mut self, scope: &str, key: &RequestKey, done: &Done, now: Timestamp) {
        while let Some((_, scope, key)) = self.by_age.pop_front_if(|(at, ..)| now.since(*at) > KEPT_MS) {
            self.by_key.remove(&(scope, key));
        }
        self.by_key.insert((scope.to_owned(), key.clone()), done.clone());
        self.by_age.push_back((now, scope.to_owned(), key.clone()));
    }
}

impl Hall {
    /// The reply again. A person who lost the reply to taking a number also lost the token in it, so that one is
    /// given anew.
    pub(super) fn repeat(&mut self, done: Done, act: Act) -> Result<Done, Refusal> {
        if done == Done::Phone {
            // Meanwhile the window may have another visit.
            return self.act(act);
        }
        if let (Act::TakeNumber(take), Done::Visit { visit, .. }) = (act, &done)
            && let Some(slot) = self.roll.find(visit)
            && self.roll[slot].token != take.token
        {
            self.give_token(slot, take.token);
        }
        Ok(done)
    }
}
