//! Tokens: a cookie's secret leads back to its visit, is exchanged at each return, and tells on whoever kept an old one.

use yunyiban_protocol::VisitId;

use crate::event::{Done, Row};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, TokenHash};

/// How fresh a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// The one to bring.
    Present,
    /// The one before, good once more: its successor may have been lost with a reply.
    Previous,
    /// Exchanged before; whoever brings it copied it.
    Old,
}

impl Hall {
    /// A page comes back: gives it a fresh token.
    pub(super) fn resume(&mut self, token: &TokenHash, next: TokenHash) -> Result<Done, Refusal> {
        let &(slot, age) = self.tokens.get(token).ok_or(Refusal::VisitUnknown)?;
        self.turn.actor = crate::Actor::Citizen(self.roll[slot].visit.id.clone());
        match age {
            Age::Present | Age::Previous => Ok(self.exchange(slot, age, next)),
            Age::Old => {
                if !self.is_revoked(slot) {
                    self.revoke(slot);
                }
                Err(Refusal::TokenReused)
            }
        }
    }

    /// Answers with the visit of a token and gives a fresh one.
    pub(super) fn exchange(&mut self, slot: Slot, age: Age, next: TokenHash) -> Done {
        if age == Age::Previous {
            let entry = &self.roll[slot];
            for token in entry.previous.iter().chain([&entry.token]) {
                self.tokens.insert(token.clone(), (slot, Age::Old));
            }
            self.roll[slot].previous = None;
            self.tokens.insert(next.clone(), (slot, Age::Present));
            self.roll[slot].token = next;
        } else {
            self.give_token(slot, next);
        }
        self.note_tokens(slot);
        Done::Visit {
            visit: self.roll[slot].visit.id.clone(),
            resumed: true,
        }
    }

    /// Puts a fresh token in the place of the present one, which stays good once more.
    pub(super) fn give_token(&mut self, slot: Slot, next: TokenHash) {
        let entry = &mut self.roll[slot];
        let present = std::mem::replace(&mut entry.token, next.clone());
        let previous = entry.previous.replace(present.clone());
        if let Some(old) = previous {
            self.tokens.insert(old, (slot, Age::Old));
        }
        self.tokens.insert(present, (slot, Age::Previous));
        self.tokens.insert(next, (slot, Age::Present));
    }

    /// Whether the visit's session was ended.
    pub(super) fn is_revoked(&self, slot: Slot) -> bool {
        let entry = &self.roll[slot];
        entry.token == revoked(&entry.visit.id)
    }

    /// Ends the session: no token leads to the visit any more (T03).
    pub(super) fn revoke(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        let id = entry.visit.id.clone();
        let present = std::mem::replace(&mut entry.token, revoked(&id));
        for token in entry.previous.take().into_iter().chain([present]) {
            self.tokens.insert(token, (slot, Age::Old));
        }
        self.note_tokens(slot);
        self.audit("token_reused", Some(id));
    }

    /// Writes down the tokens of a visit.
    pub(super) fn note_tokens(&mut self, slot: Slot) {
        let entry = &self.roll[slot];
        let (visit, token, previous) = (entry.visit.id.clone(), entry.token.clone(), entry.previous.clone());
        self.outbox.rows.push(Row::Token { visit, token, previous });
    }
}

/// Stands where the hash of a token would: no secret has it, for it is no hash.
fn revoked(visit: &VisitId) -> TokenHash {
    TokenHash(format!("revoked-{visit}"))
}
