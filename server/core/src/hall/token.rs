//! Tokens: a cookie's secret leads back to its visit, is exchanged at each return by it, and tells on whoever kept an old one (T03).
//! A page that lost its socket returns by tickets of its welcomes beside it, up to eight times in a row: those exchange nothing, and
//! only the token given last is taken there ([`Hall::visit_returned_to`]).
//!
//! A browser has one cookie. Which token is in it follows from what it was given and what it brings:
//!
//! - It **brings** a token: that is the one in the cookie now. The one brought before is used up at once, for its own reply came
//!   long ago. This one stays good, because the reply now on its way may be lost.
//! - Of replies that cross (a page loaded again on a bad line, two pages at once) any one may be the last to arrive. So a token
//!   given and never brought stays good, for hours and across a restart, until another is brought more than [`LATE_MS`] after it
//!   was given: then its reply can no longer arrive and is not in the cookie either.
//! - A token **used up** is in nobody's cookie. Whoever brings it copied it: the session ends and is audited. So does the one of
//!   a thief who keeps returning, at the first return of either that is not within [`LATE_MS`] of the other's.
//!
//! - A token given **for a code** to another phone ([`crate::hall::handover`]) is the visit's once it is brought, or a page signs in
//!   with its ticket. Then those of the first phone are used up **by the move**: they were good until then, and whoever brings one
//!   is told that the visit is there, and nothing else happens.
//!
//! A number taken after an earlier visit is over carries the cookie of that visit with it ([`Hall::carry_over`]), until a page
//! signs in with what the answer brought: then the answer has arrived, and with it another cookie.
//!
//! A place whose session was ended is given up with it ([`Hall::give_up_unreachable`]): the number is taken anew.
//!
//! Our own rotation therefore never ends a session. Used-up tokens are remembered in memory: after a restart one leads nowhere,
//! and is not told from a made-up one.

use std::collections::BTreeSet;

use yunyiban_protocol::{Outcome, VisitId};

use crate::event::{Done, GivenToken, Row, Tell};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::{Refusal, TokenHash, VisitState};

/// How long after it was given a reply may still arrive, milliseconds: pages give up after 15 s.
pub(super) const LATE_MS: u32 = 60_000;
/// Tokens given and not brought, remembered at most beside the last; an older one is unknown.
const MOST_BESIDE: usize = 16;
/// Tokens used up, remembered at most of each visit; an older one is unknown.
const MOST_OLD: usize = 64;

/// How fresh a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Given, and not brought yet: its reply may have been lost.
    Present,
    /// Brought last.
    Previous,
    /// Given to another phone, and not the visit's before it is known to have arrived.
    Arriving,
    /// Used up by a move to another phone: whoever brings it is told so.
    Moved,
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
    pub(super) fn exchange(&mut self, slot: Slot, brought: &TokenHash, age: Age, next: TokenHash) -> Result<Done, Refusal> {
        let visit = self.roll[slot].visit.id.clone();
        self.turn.actor = crate::Actor::Citizen(visit.clone());
        match age {
            Age::Present | Age::Previous => self.bring(slot, brought),
            Age::Arriving => {
                self.finish_move(slot, brought)?;
                self.bring(slot, brought);
            }
            Age::Moved if self.roll[slot].visit.state.is_closed() => return Err(Refusal::VisitUnknown),
            Age::Moved => return Err(Refusal::HandedOver),
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

    /// Gives one more token.
    pub(super) fn give_token(&mut self, slot: Slot, next: TokenHash) {
        self.tokens.insert(next.clone(), (slot, Age::Present));
        let entry = &mut self.roll[slot];
        let last = GivenToken {
            token: std::mem::replace(&mut entry.token, next),
            at: std::mem::replace(&mut entry.token_at, self.turn.now),
        };
        if entry.previous() != Some(&last.token) {
            entry.trail().beside.push(last);
        }
        if entry.beside().len() > MOST_BESIDE {
            let first = entry.trail().beside.remove(0);
            self.tokens.remove(&first.token);
        }
        self.note_tokens(slot);
    }

    /// The cookie that took this number led to a visit that is over, and until the answer arrives it is the one in the browser.
    /// So what was good for that visit leads here now, and no more there: of two requests under way at once the second finds the
    /// number of the first (Q1), and a lost answer loses no number. `known`: the one that was brought.
    pub(super) fn carry_over(&mut self, slot: Slot, from: Slot, known: &TokenHash) {
        let at = self.turn.now;
        let ended = &mut self.roll[from];
        let moved = moved(&ended.visit.id);
        let last = std::mem::replace(&mut ended.token, moved);
        let trail = ended.trail();
        let beside = trail.beside.drain(..).map(|given| given.token);
        let good: Vec<TokenHash> = beside.chain(trail.previous.take()).chain([last]).collect();
        let leads_there = |token: &TokenHash| self.good_token(token).is_some_and(|(of, _)| of == from);
        let mut good: BTreeSet<TokenHash> = good.into_iter().filter(leads_there).collect();
        good.remove(known);
        let good: Vec<TokenHash> = good.into_iter().chain([known.clone()]).collect();
        let (too_many, carried) = good.split_at(good.len().saturating_sub(MOST_BESIDE));
        for token in too_many {
            self.tokens.remove(token);
        }
        for token in carried {
            self.tokens.insert(token.clone(), (slot, Age::Present));
        }
        let trail = self.roll[slot].trail();
        let beside = carried.iter().map(|token| GivenToken { token: token.clone(), at });
        trail.beside.extend(beside);
        trail.carried = carried.to_vec();
        self.note_tokens(from);
    }

    /// A page signs in with the ticket that came with a token of this visit: so that token is in the cookie, and none of the
    /// visit before is. Whoever brings one of those copied it (T03). A token given to another phone moves the visit there.
    pub(super) fn sign_in(&mut self, slot: Slot, token: &TokenHash) -> Result<(), Refusal> {
        if matches!(self.tokens.get(token), Some((of, Age::Arriving)) if *of == slot) {
            return self.finish_move(slot, token);
        }
        self.use_up_carried(slot, token);
        self.note_arrival(slot, token);
        Ok(())
    }

    /// Of a number given for a referral it is kept, also over a restart, that its answer has arrived: it is given to nobody again (T03).
    fn note_arrival(&mut self, slot: Slot, token: &TokenHash) {
        let entry = &self.roll[slot];
        let is_first = entry.visit.referred.is_some() && entry.previous().is_none();
        if is_first && self.good_token(token).is_some_and(|(of, _)| of == slot) {
            self.roll[slot].trail().previous = Some(token.clone());
            self.note_tokens(slot);
        }
    }

    /// `arrived`: what the page signed in with.
    fn use_up_carried(&mut self, slot: Slot, arrived: &TokenHash) {
        let entry = &mut self.roll[slot];
        let Some(trail) = entry.trail.as_deref_mut().filter(|trail| !trail.carried.is_empty()) else {
            return;
        };
        let carried = std::mem::take(&mut trail.carried);
        trail.beside.retain(|given| !carried.contains(&given.token));
        if trail.previous.as_ref().is_some_and(|previous| carried.contains(previous)) {
            trail.previous = Some(arrived.clone());
        }
        for token in carried {
            if self.good_token(&token).is_some_and(|(of, _)| of == slot) {
                self.use_up(slot, token);
            }
        }
        self.note_tokens(slot);
    }

    /// The visit a token leads to, for whoever only looks; a token used up leads nowhere.
    pub fn visit_by_token(&self, token: &TokenHash) -> Option<&VisitId> {
        let (slot, _) = self.good_token(token)?;
        Some(&self.roll[slot].visit.id)
    }

    /// The live visit a page returns to with this token as it is. Only the one given last is taken: where another was given since,
    /// by whatever page, this one is to be brought ([`Hall::resume`]), so that a copy of it is found out (T03).
    pub fn visit_returned_to(&self, token: &TokenHash) -> Option<&VisitId> {
        let entry = &self.roll[self.good_token(token)?.0];
        (entry.token == *token && !entry.visit.state.is_closed()).then_some(&entry.visit.id)
    }

    /// The visit of a token that is not used up.
    pub(super) fn good_token(&self, token: &TokenHash) -> Option<(Slot, Age)> {
        let &(slot, age) = self.tokens.get(token)?;
        matches!(age, Age::Present | Age::Previous).then_some((slot, age))
    }

    /// Whether a page may open a socket with the ticket that came with this token: not after its visit has moved to another
    /// phone, and not before it has moved to this one.
    ///
    /// # Errors
    /// `handed_over`, `visit_unknown`, or `not_now`: the first phone is rung meanwhile, or talks.
    pub fn may_sign_in(&self, token: &TokenHash) -> Result<(), Refusal> {
        match self.tokens.get(token) {
            Some((_, Age::Present | Age::Previous | Age::Old)) => Ok(()),
            Some((slot, Age::Moved)) if !self.roll[*slot].visit.state.is_closed() => Err(Refusal::HandedOver),
            Some((slot, Age::Arriving)) => Err(self.may_move(*slot).err().unwrap_or(Refusal::VisitUnknown)),
            Some((_, Age::Moved)) | None => Err(Refusal::VisitUnknown),
        }
    }

    /// Whether the visit's session was ended: then nobody speaks for it, whatever else was given before (T03).
    pub fn session_ended(&self, visit: &VisitId) -> bool {
        self.roll.find(visit).is_some_and(|slot| self.is_revoked(slot))
    }

    /// The same, by its slot.
    pub(super) fn is_revoked(&self, slot: Slot) -> bool {
        let entry = &self.roll[slot];
        entry.token == revoked(&entry.visit.id)
    }

    /// Ends the session: no token leads to the visit any more (T03).
    fn revoke(&mut self, slot: Slot) {
        let id = self.roll[slot].visit.id.clone();
        self.forget_handover(slot);
        self.use_up_all(slot, revoked(&id), Age::Old);
        self.note_tokens(slot);
        self.outbox.tell(Tell::Rights(id.clone()));
        self.audit("token_reused", Some(id));
        self.as_system(|hall| hall.give_up_unreachable(slot));
    }

    /// The visit has a fresh token on another phone, and `others` whose replies may still arrive there; none of those before is
    /// good. The first phone copied nothing and is told where its visit is.
    pub(super) fn move_tokens(&mut self, slot: Slot, next: TokenHash, others: Vec<TokenHash>) {
        self.use_up_all(slot, next.clone(), Age::Moved);
        let at = self.turn.now;
        self.roll[slot].token_at = at;
        for token in others.iter().chain([&next]) {
            self.tokens.insert(token.clone(), (slot, Age::Present));
        }
        let beside = others.into_iter().map(|token| GivenToken { token, at });
        let trail = self.roll[slot].trail();
        trail.beside.extend(beside);
        // It came back from there, or a page signed in with its ticket.
        trail.previous = Some(next);
        self.note_tokens(slot);
    }

    /// Puts `next` in the place of every token that was good.
    fn use_up_all(&mut self, slot: Slot, next: TokenHash, age: Age) {
        let entry = &mut self.roll[slot];
        let present = std::mem::replace(&mut entry.token, next);
        let trail = entry.trail();
        trail.carried.clear();
        let beside = trail.beside.drain(..).map(|given| given.token);
        let good = beside.chain(trail.previous.take()).chain([present]);
        // An appointment had none before its link was opened.
        for token in good.filter(|token| !token.is_empty()).collect::<Vec<_>>() {
            self.use_up_as(slot, token, age);
        }
    }

    /// Of a visit whose session was ended, the place: nobody can come back to it, and a window rung for it would ring nobody.
    /// A call-back needs no page, and a talk is for its window to end; when it comes back into line it is given up there.
    pub(super) fn give_up_unreachable(&mut self, slot: Slot) {
        let visit = &self.roll[slot].visit;
        if !self.is_revoked(slot) || visit.callback.is_some() {
            return;
        }
        match visit.state {
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Parked { .. } => {}
            VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. }
            | VisitState::Closed { .. } => return,
        }
        let desk = self.desk_at(slot);
        self.close(slot, Outcome::Rejected, "session_ended");
        if let Some(desk) = desk {
            self.free_window(desk, "session_ended");
        }
    }

    /// This token is in the cookie now: the one brought before is used up, and so is what can no longer arrive.
    fn bring(&mut self, slot: Slot, brought: &TokenHash) {
        let now = self.turn.now;
        let entry = &mut self.roll[slot];
        let last = GivenToken {
            token: std::mem::replace(&mut entry.token, brought.clone()),
            at: entry.token_at,
        };
        let trail = entry.trail();
        let before = trail.previous.replace(brought.clone());
        let given = trail.beside.drain(..).chain([last]).filter(|given| given.token != *brought);
        let given = given.filter(|given| before.as_ref() != Some(&given.token));
        let (on_the_way, lost): (Vec<_>, Vec<_>) = given.partition(|given| now.since(given.at) <= LATE_MS);
        trail.beside = on_the_way;
        let lost = lost.into_iter().map(|given| given.token);
        let used_up: Vec<TokenHash> = before.into_iter().filter(|before| before != brought).chain(lost).collect();
        for token in used_up {
            self.use_up(slot, token);
        }
        self.tokens.insert(brought.clone(), (slot, Age::Previous));
    }

    fn use_up(&mut self, slot: Slot, token: TokenHash) {
        self.use_up_as(slot, token, Age::Old);
    }

    fn use_up_as(&mut self, slot: Slot, token: TokenHash, age: Age) {
        self.tokens.insert(token.clone(), (slot, age));
        let old = &mut self.roll[slot].trail().old;
        old.push_back(token);
        if old.len() > MOST_OLD
            && let Some(forgotten) = old.pop_front()
        {
            self.tokens.remove(&forgotten);
        }
    }

    /// Writes down the tokens of a visit: the last given, the last brought, and those beside them if they are others than before.
    pub(super) fn note_tokens(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        let (visit, token, previous) = (entry.visit.id.clone(), entry.token.clone(), entry.previous().cloned());
        if let Some(trail) = entry.trail.as_deref_mut()
            && trail.beside_noted != trail.beside
        {
            trail.beside_noted.clone_from(&trail.beside);
            let (visit, beside) = (visit.clone(), trail.beside.clone());
            self.outbox.rows.push(Row::Beside { visit, beside });
        }
        self.outbox.rows.push(Row::Token { visit, token, previous });
    }
}

/// Stands where the hash of a token would once its tokens lead to a later visit: no secret has it, for it is no hash.
fn moved(visit: &VisitId) -> TokenHash {
    TokenHash::new(&format!("moved-{visit}"))
}

/// Stands where the hash of a token would: no secret has it, for it is no hash.
fn revoked(visit: &VisitId) -> TokenHash {
    TokenHash::new(&format!("revoked-{visit}"))
}
