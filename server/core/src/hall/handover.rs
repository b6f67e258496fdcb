//! 「换一部手机接着办」: a short code moves a visit to another phone of the same person (E12).
//!
//! ~~~text
//! first phone: code ─▶ other phone: brings it, is given a token ─▶ comes with that token ─▶ the visit is there alone
//!                      the first phone simply goes on             └ until then the code is good
//! ~~~
//!
//! The answer that brings the token may be lost, and the other phone with it. So the visit moves only when that token has come
//! back, with a ticket or in a cookie: then the other phone has it, and the first phone's tokens are used up. They tell so,
//! other than those of a cookie that was copied (see [`crate::hall::token`]). One visit, one phone; the way back is the same way.
//!
//! A code, as a hash, and the tokens it gave are kept in memory alone until then: a restart in between undoes what has not
//! happened, the first phone has the visit, and a new code is asked for. After the move only the tokens of the other phone are
//! stored: after a restart a cookie of the first phone leads nowhere, like one made up. One code too many is never open: each
//! visit has one, and a new one takes its place.
//!
//! The link of an appointment goes the same way. Its code is long, stands as a hash in the row and is good until the time to check in is over,
//! however often it is opened: it comes by a message, is forwarded in a family, and is looked for again on the day.

use std::collections::BTreeMap;

use yunyiban_protocol::{RequestKey, Timestamp, VisitId};

use crate::event::{Done, Tell};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::token::{Age, LATE_MS};
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
    /// The operation that brought it last: asked again, because the reply was lost, it gives another token. Another operation,
    /// of a page that was opened anew, takes its place.
    brought_by: Option<RequestKey>,
    /// What that operation was given, oldest first. Any one may be the last to arrive.
    given: Vec<TokenHash>,
}

/// Tokens given to one operation, remembered at most.
const MOST_GIVEN: usize = 8;

impl Handovers {
    /// The visit of a code that is good. Every code is looked at, and every byte of it, so that the time taken says nothing of
    /// how near a guess was. Two visits that drew the same code are told apart by nobody: then it leads nowhere.
    fn find(&self, code: &TokenHash, now: Timestamp) -> Option<Slot> {
        let mut found = None;
        let mut times = 0;
        for (slot, handover) in &self.by_visit {
            if handover.code.is_same(code) && now < handover.until {
                times += 1;
                found = Some(*slot);
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
            Age::Arriving => return Err(Refusal::VisitUnknown),
            Age::Moved => return Err(Refusal::HandedOver),
            Age::Old => return Err(Refusal::TokenReused),
        }
        self.may_move(slot)?;
        self.forget_handover(slot);
        let handover = Handover {
            code,
            until: self.turn.now.plus(HANDOVER_MS),
            brought_by: None,
            given: Vec::new(),
        };
        self.handovers.by_visit.insert(slot, handover);
        Ok(Done::Nothing)
    }

    /// The visit that a code leads to, for whoever counts how often.
    pub fn visit_by_code(&self, code: &TokenHash, now: Timestamp) -> Option<&VisitId> {
        let slot = self.handovers.find(code, now).or_else(|| self.visit_by_link(code))?;
        Some(&self.roll[slot].visit.id)
    }

    /// The visit is over, or its code is: what it gave and did not arrive leads nowhere.
    pub(super) fn forget_handover(&mut self, slot: Slot) {
        let given = self.handovers.by_visit.remove(&slot).map(|handover| handover.given);
        for token in given.into_iter().flatten() {
            self.tokens.remove(&token);
        }
    }

    /// The other phone brings the code, and is given what leads to the visit.
    pub(super) fn take_handover(&mut self, take: TakeHandoverAct) -> Result<Done, Refusal> {
        let typed = self.handovers.find(&take.code, self.turn.now);
        let slot = typed.or_else(|| self.visit_by_link(&take.code)).ok_or(Refusal::CodeWrong)?;
        let visit = self.roll[slot].visit.id.clone();
        let brought = take.known.as_ref().and_then(|known| self.good_token(known));
        if let (Some((own, age)), Some(known)) = (brought, &take.known)
            && own == slot
        {
            // It is on this phone already: the code stays good for another.
            return self.exchange(own, known, age, take.token);
        }
        self.may_move(slot)?;
        if typed.is_none() && !self.link_is_good(slot) {
            return Err(Refusal::CodeWrong);
        }
        if let Some((own, _)) = brought.filter(|(own, _)| !self.roll[*own].visit.state.is_closed()) {
            if !take.leave_own {
                return Err(Refusal::OwnVisit);
            }
            self.turn.actor = crate::Actor::Citizen(self.roll[own].visit.id.clone());
            self.leave(own)?;
        }
        if typed.is_none() {
            self.open_link(slot, take.code);
        }
        self.give_on_the_way(slot, take.key, take.token);
        Ok(Done::Visit { visit, resumed: true })
    }

    /// The live visit whose link has this code. It is long: whoever looks it up by its first bytes learns nothing of the rest.
    fn visit_by_link(&self, code: &TokenHash) -> Option<Slot> {
        self.links.get(code).copied()
    }

    /// The link of an appointment is no code to be typed: it leads to the visit again and again, until the time to check in is over.
    fn link_is_good(&self, slot: Slot) -> bool {
        let visit = &self.roll[slot].visit;
        let at = visit.appointment.as_ref().map(|appointment| appointment.slot);
        at.is_some_and(|at| self.turn.now < self.check_in_times(self.matching.index_of(&visit.queue), at).until)
    }

    /// The visit is on its way to the phone that opened its link, as if it had brought a code.
    fn open_link(&mut self, slot: Slot, code: TokenHash) {
        let until = self.turn.now.plus(HANDOVER_MS);
        let opened = Handover {
            code,
            until,
            brought_by: None,
            given: Vec::new(),
        };
        let handover = self.handovers.by_visit.entry(slot).or_insert(opened);
        handover.until = handover.until.max(until);
    }

    /// Gives a token of which nobody knows yet whether it arrives.
    fn give_on_the_way(&mut self, slot: Slot, key: RequestKey, token: TokenHash) {
        let Some(handover) = self.handovers.by_visit.get_mut(&slot) else {
            return;
        };
        if handover.brought_by.as_ref() != Some(&key) {
            handover.brought_by = Some(key);
            for lost in handover.given.drain(..) {
                self.tokens.remove(&lost);
            }
        }
        // Brought in its last minute, the answer has its time to arrive still.
        handover.until = handover.until.max(self.turn.now.plus(LATE_MS));
        self.tokens.insert(token.clone(), (slot, Age::Arriving));
        handover.given.push(token);
        if handover.given.len() > MOST_GIVEN {
            let first = handover.given.remove(0);
            self.tokens.remove(&first);
        }
    }

    /// A token given for a code has come back from the other phone: the visit is there now, and on the first phone no more.
    pub(super) fn finish_move(&mut self, slot: Slot, token: &TokenHash) -> Result<(), Refusal> {
        let handover = self.handovers.by_visit.get(&slot).filter(|handover| self.turn.now < handover.until);
        let given = handover.map(|handover| handover.given.clone()).ok_or(Refusal::VisitUnknown)?;
        self.may_move(slot)?;
        let visit = self.roll[slot].visit.id.clone();
        self.turn.actor = crate::Actor::Citizen(visit.clone());
        self.handovers.by_visit.remove(&slot);
        let others = given.into_iter().filter(|other| other != token).collect();
        let had_none = self.roll[slot].token.is_empty();
        self.move_tokens(slot, token.clone(), others);
        // The first phone's page is told that it ends here, so nobody is on it.
        let page = &mut self.roll[slot].page;
        (page.online, page.visible) = (false, false);
        if !had_none {
            self.alter(slot, "moved_to_another_phone", |visit| visit.moves += 1);
        }
        self.ask_here_anew(slot);
        self.outbox.tell(Tell::Moved(visit.clone()));
        self.audit(if had_none { "link_opened" } else { "moved_to_another_phone" }, Some(visit));
        Ok(())
    }

    /// Whether a token was given for a code and not brought while that was good: then it leads nowhere, and keeps nobody from a number of their own.
    pub(super) fn came_too_late(&self, slot: Slot, age: Age) -> bool {
        let is_good = |handover: &Handover| self.turn.now < handover.until;
        age == Age::Arriving && !self.handovers.by_visit.get(&slot).is_some_and(is_good)
    }

    /// 「我在」 was said on the first phone, or a talk there was it: the other one opens its microphone, and answers, once somebody has tapped there. Whoever
    /// asked for a minute comes back into the line by itself as promised, and taps 「接听」 in any case.
    fn ask_here_anew(&mut self, slot: Slot) {
        let visit = &self.roll[slot].visit;
        if visit.here_at.is_some() || visit.here && visit.back_at.is_none() {
            self.alter(slot, "here_on_another_phone", |visit| (visit.here, visit.here_at) = (false, None));
        }
    }

    /// A visit moves while nobody talks or is about to: a call is for both phones to end first.
    pub(super) fn may_move(&self, slot: Slot) -> Result<(), Refusal> {
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
