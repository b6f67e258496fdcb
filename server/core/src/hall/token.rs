//! Tokens: a cookie's secret leads back to its visit, is exchanged at each return, and tells on whoever kept an old one.

use yunyiban_protocol::VisitId;

use crate::event::{Done, Row};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, TokenHash};

/// Tokens given for one that was brought again and again, remembered at most.
const MOST_BESIDE: usize = 16;
/// Tokens used up, remembered at most of each visit; an older one is unknown.
const MOST_OLD: usize = 64;

/// How fresh a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Given, and not brought yet: its reply may have been lost.
    Present,
    /// Brought last: good until one given for it is brought, however many replies are lost on the way.
    Previous,
    /// Used up: whoever brings it copied it.
    Old,
}

impl Hall {
    /// A page comes back: gives it a fresh token.
    pub(super) fn resume(&mut self, token: &TokenHash, next: TokenHash) -> Result<Done, Refusal> {
        let &(slot, age) = self.tokens.get(token).ok_or(Refusal::VisitUnknown)?;
        self.exchange(slot, token, age, next)
    }

    /// Answers with the visit of a token and gives a fresh one; one used up ends the session.
    ///
    /// A page that reloads while the network or the archive is slow brings the same token many times, and of the
    /// replies any one may be the last to arrive. So all tokens given for one are good until one of them is brought,
    /// which shows that it arrived: only then are the others, and the one before, used up.
    pub(super) fn exchange(&mut self, slot: Slot, brought: &TokenHash, age: Age, next: TokenHash) -> Result<Done, Refusal> {
        let visit = self.roll[slot].visit.id.clone();
        self.turn.actor = crate::Actor::Citizen(visit.clone());
        match age {
            Age::Present => self.use_up_before(slot, brought),
            Age::Previous => {}
            Age::Old => {
                if !self.is_revoked(slot) {
                    self.revoke(slot);
                }
                return Err(Refusal::TokenReused);
            }
        }
        self.give_token(slot, next);
        Ok(Done::Visit { visit, resumed: true })
    }

    /// Gives one more token; those given before stay good until one is brought.
    pub(super) fn give_token(&mut self, slot: Slot, next: TokenHash) {
        self.tokens.insert(next.clone(), (slot, Age::Present));
        let entry = &mut self.roll[slot];
        let last = std::mem::replace(&mut entry.token, next);
        if entry.previous.as_ref() != Some(&last) {
            entry.beside.push(last);
        }
        if entry.beside.len() > MOST_BESIDE {
            let first = entry.beside.remove(0);
            self.use_up(slot, first);
        }
        self.note_tokens(slot);
    }

    /// The visit a token leads to, for whoever only looks; a token used up leads nowhere.
    pub fn visit_by_token(&self, token: &TokenHash) -> Option<&VisitId> {
        let (slot, age) = self.tokens.get(token)?;
        match age {
            Age::Present | Age::Previous => Some(&self.roll[*slot].visit.id),
            Age::Old => None,
        }
    }

    /// Whether the visit's session was ended.
    pub(super) fn is_revoked(&self, slot: Slot) -> bool {
        let entry = &self.roll[slot];
        entry.token == revoked(&entry.visit.id)
    }

    /// Ends the session: no token leads to the visit any more (T03).
    fn revoke(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        let id = entry.visit.id.clone();
        let present = std::mem::replace(&mut entry.token, revoked(&id));
        let good: Vec<TokenHash> = entry.beside.drain(..).chain(entry.previous.take()).chain([present]).collect();
        for token in good {
            self.use_up(slot, token);
        }
        self.note_tokens(slot);
        self.audit("token_reused", Some(id));
    }

    /// A given token was brought, so it arrived: the one before and those given beside it are used up.
    fn use_up_before(&mut self, slot: Slot, brought: &TokenHash) {
        let entry = &mut self.roll[slot];
        let last = std::mem::replace(&mut entry.token, brought.clone());
        let before = entry.previous.replace(brought.clone());
        let others: Vec<TokenHash> = before.into_iter().chain(entry.beside.drain(..)).chain([last]).collect();
        for token in others {
            if token != *brought {
                self.use_up(slot, token);
            }
        }
        self.tokens.insert(brought.clone(), (slot, Age::Previous));
    }

    fn use_up(&mut self, slot: Slot, token: TokenHash) {
        self.tokens.insert(token.clone(), (slot, Age::Old));
        let old = &mut self.roll[slot].old;
        old.push_back(token);
        if old.len() > MOST_OLD
            && let Some(forgotten) = old.pop_front()
        {
            self.tokens.remove(&forgotten);
        }
    }

    /// Writes down the tokens of a visit: the last given, and the others that are good.
    pub(super) fn note_tokens(&mut self, slot: Slot) {
        let entry = &self.roll[slot];
        let (visit, token) = (entry.visit.id.clone(), entry.token.clone());
        let previous = as_one(entry.previous.as_ref(), &entry.beside);
        self.outbox.rows.push(Row::Token { visit, token, previous });
    }
}

/// Between hashes that are stored as one text. No hash has it.
const BETWEEN: char = '+';

/// The token brought last and those given beside the present one, for the archive: any of them may be the one the phone has.
fn as_one(previous: Option<&TokenHash>, beside: &[TokenHash]) -> Option<TokenHash> {
    let all: Vec<String> = previous.into_iter().chain(beside).map(TokenHash::text).collect();
    (!all.is_empty()).then(|| TokenHash::new(&all.join(&BETWEEN.to_string())))
}

/// What [`as_one`] put together, the one brought last first.
pub(super) fn one_by_one(stored: Option<TokenHash>) -> impl Iterator<Item = TokenHash> {
    let text = stored.map(|stored| stored.text()).unwrap_or_default();
    let all: Vec<TokenHash> = text.split(BETWEEN).filter(|text| !text.is_empty()).map(TokenHash::new).collect();
    all.into_iter()
}

/// Stands where the hash of a token would: no secret has it, for it is no hash.
fn revoked(visit: &VisitId) -> TokenHash {
    TokenHash::new(&format!("revoked-{visit}"))
}
