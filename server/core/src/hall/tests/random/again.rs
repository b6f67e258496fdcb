//! I18: what was asked before is asked again by the same key, at once, later, or after a restart, and is done once.

use std::collections::VecDeque;

use yunyiban_protocol::{RequestKey, Timestamp};

use super::super::people::Stage;
use super::phones::Phones;
use super::{Busy, asker};
use crate::{Act, Done, Input, Refusal};

/// Requests remembered.
const MOST: usize = 12;
/// So long a key is asked again at most, milliseconds: replies are kept for a day.
const LATEST_MS: u32 = 12 * 3_600_000;

/// What was asked and done, oldest first.
#[derive(Default)]
pub struct Asked(VecDeque<Request>);

#[derive(Clone)]
struct Request {
    key: RequestKey,
    act: Act,
    done: Done,
    at: Timestamp,
    /// The phone that took the number.
    by: Option<&'static str>,
}

impl Asked {
    /// Remembers a request that was done.
    pub fn note(&mut self, stage: &Stage, phones: &Phones, input: &Input, done: &Done) {
        // A number shown again is a second look at it: whoever asks looks anew.
        let Some(key) = input.key.clone().filter(|_| *done != Done::Phone) else {
            return;
        };
        let by = if let Done::Visit { visit, .. } = done {
            phones.holder(visit)
        } else {
            None
        };
        let (act, done, at) = (input.act.clone(), done.clone(), stage.now);
        self.0.push_back(Request { key, act, done, at, by });
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// One of them is asked again: the same reply, and nothing that whoever asks did is done. On a phone that a visit has left, its number is not given
    /// again (E12).
    pub fn again(&self, stage: &mut Stage, phones: &mut Phones, which: u8, busy: &mut Busy) {
        let Some(mut request) = self.0.get(usize::from(which) % self.0.len().max(1)).cloned() else {
            return;
        };
        if stage.now.since(request.at) > LATEST_MS {
            return;
        }
        if let (Act::TakeNumber(take), Done::Visit { visit, .. }) = (&mut request.act, &request.done) {
            if phones.holder(visit).is_none_or(|name| phones.visit(name) != *visit) {
                return;
            }
            // The answer is lost once more, and the token in it.
            take.token = phones.fresh_token();
            if self.is_elsewhere(stage, phones, &request, busy) {
                return;
            }
        }
        let events = stage.archive.events.len();
        let (key, act) = (Some(request.key), request.act.clone());
        let reply = stage.handle(Input { key, act });
        assert_eq!(reply, Ok(request.done), "asked again: {:?}", request.act);
        let asker = asker(&request.act);
        let twice = stage.archive.events[events..].iter().find(|event| Some(&event.actor) == asker.as_ref());
        assert_eq!(twice, None, "the same key does nothing twice");
        busy.did("asked again");
    }

    /// Whether the visit of this number is on another phone by now, and whoever asks again is told so; or is back by another move, which only its cookie
    /// tells.
    fn is_elsewhere(&self, stage: &mut Stage, phones: &Phones, request: &Request, busy: &mut Busy) -> bool {
        let Done::Visit { visit, .. } = &request.done else { return false };
        let row = &stage.archive.visits[visit];
        if row.moves == 0 {
            return false;
        }
        let is_there = phones.holder(visit) == request.by;
        let (key, act) = (Some(request.key.clone()), request.act.clone());
        let is_over = row.state.is_closed();
        let reply = stage.handle(Input { key, act });
        let told = Err(if is_over { Refusal::VisitUnknown } else { Refusal::HandedOver });
        assert!(
            reply == told || is_there && reply == Ok(request.done.clone()),
            "{visit} has moved: {reply:?}"
        );
        busy.did("asked again on the first phone");
        true
    }
}
