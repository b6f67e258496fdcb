//! 「换一部手机接着办」: a short code moves a visit to another phone of the same person (E12).
//!
//! The phone that has the visit asks for a code; whoever types it on another phone within [`HANDOVER_MS`] has the visit from
//! then on, and the first phone has it no more: one visit, one phone. The way back is the same way. The first phone's tokens
//! are used up by the move and tell so, other than those of a cookie that was copied (see [`crate::hall::token`]).
//!
//! A code is kept in memory alone, as a hash: after a restart a new one is asked for. One too many is never open: each visit
//! has one, and a new one takes its place.

use std::collections::BTreeMap;

use yunyiban_protocol::{RequestKey, Timestamp};

use crate::event::{Done, Tell};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::token::Age;
use crate::{Refusal, TakeHandoverAct, TokenHash, VisitState};

/// How long a code is good, milliseconds: to find the other phone, open the page and type six digits.
pub const HANDOVER_MS: u32 = 10 * 60_000;

/// The codes of a hall.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Handovers {
    by_visit: BTreeMap<Slot, Handover>,
}

#[derive(Clone, Debug, PartialEq)]
struct Handover {
    code: TokenHash,
    until: Timestamp,
    /// It was used, by this operation: asked again, because the reply was lost, it gives another token.
    taken: Option<RequestKey>,
}

impl Handovers {
    /// The visit is over, or its code is.
    pub fn forget(&mut self, slot: Slot) {
        self.by_visit.remove(&slot);
    }

    /// The visit of a code that is good. Every code is looked at, and every byte of it, so that the time taken says nothing of
    /// how near a guess was. Two visits that drew the same code are told apart by nobody: then it leads nowhere.
    fn find(&self, code: &TokenHash, now: Timestamp) -> Option<(Slot, &Handover)> {
        let mut found = None;
        let mut times = 0;
        for (slot, handover) in &self.by_visit {
            if handover.code.is_same(code) && now < handover.until {
                times += 1;
                found = Some((*slot, handover));
            }
        }
        found.filter(|_| times == 1)
    }
}

impl Hall {
    /// A phone with a visit asks for a code; the one it was given before is good no more.
    pub(super) fn offer_handover(&mut self, token: &TokenHash, code: TokenHash) -> Result<Done, Refusal> {
        let &(slot, age) = self.tokens.get(token).ok_or(Refusal::VisitUnknown)?;
        match age {
            Age::Present | Age::Previous => {}
            Age::Moved => return Err(Refusal::HandedOver),
            Age::Old => return Err(Refusal::TokenReused),
        }
        self.may_move(slot)?;
        let until = self.turn.now.plus(HANDOVER_MS);
        let handover = Handover { code, until, taken: None };
        self.handovers.by_visit.insert(slot, handover);
        Ok(Done::Nothing)
    }

    /// The other phone brings the code, and has the visit from now on.
    pub(super) fn take_handover(&mut self, take: TakeHandoverAct) -> Result<Done, Refusal> {
        let (slot, handover) = self.handovers.find(&take.code, self.turn.now).ok_or(Refusal::CodeWrong)?;
        let visit = self.roll[slot].visit.id.clone();
        let moved = Done::Visit {
            visit: visit.clone(),
            resumed: true,
        };
        if let Some(key) = &handover.taken {
            let is_lost_reply = *key == take.key && self.roll[slot].previous().is_none();
            if !is_lost_reply || self.is_revoked(slot) {
                return Err(Refusal::CodeWrong);
            }
            self.give_token(slot, take.token);
            return Ok(moved);
        }
        let brought = take.known.as_ref().and_then(|known| self.good_token(known));
        if let (Some((own, age)), Some(known)) = (brought, &take.known)
            && own == slot
        {
            // It is on this phone already: the code stays good for another.
            return self.exchange(own, known, age, take.token);
        }
        self.may_move(slot)?;
        if let Some((own, _)) = brought.filter(|(own, _)| !self.roll[*own].visit.state.is_closed()) {
            if !take.leave_own {
                return Err(Refusal::OwnVisit);
            }
            self.turn.actor = crate::Actor::Citizen(self.roll[own].visit.id.clone());
            self.leave(own)?;
        }
        self.turn.actor = crate::Actor::Citizen(visit.clone());
        self.move_tokens(slot, take.token);
        if let Some(handover) = self.handovers.by_visit.get_mut(&slot) {
            handover.taken = Some(take.key);
        }
        // The first phone's page is told that it ends here, so nobody is on it.
        let page = &mut self.roll[slot].page;
        (page.online, page.visible) = (false, false);
        self.outbox.tell(Tell::Moved(visit.clone()));
        self.audit("moved_to_another_phone", Some(visit));
        Ok(moved)
    }

    /// A visit moves while nobody talks or is about to: a call is for both phones to end first.
    fn may_move(&self, slot: Slot) -> Result<(), Refusal> {
        match self.roll[slot].visit.state {
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Parked { .. }
            | VisitState::CallbackKept { .. } => Ok(()),
            VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. } => Err(Refusal::NotNow),
            VisitState::Closed { .. } => Err(Refusal::VisitClosed),
        }
    }
}
