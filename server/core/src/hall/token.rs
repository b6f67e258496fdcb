//! Tokens: a cookie's secret leads back to its visit, is exchanged at each return by it, and tells on whoever kept an old one (T03).
//! A page that lost its socket returns by tickets of its welcomes beside it, up to eight times in a row: those exchange nothing, and
//! only the token given last is taken there ([`Hall::visit_returned_to`]).
//!
//! A browser has one cookie. Which token is in it follows from what it was given and what it brings:
//!
//! - It **brings** a token: that is the one in the cookie now. The one brought before is used up at once, for its own reply came
//!   long ago. This one stays good, because the reply now on its way may be lost.
//! - A page **signs in** with the ticket that came with a token: that one has arrived. Another may have been in the cookie a moment
//!   before, and be on its way here. So the one that arrived is used up by it no sooner than any other that was given.
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
//! A number taken after an earlier visit is over carries the cookie of that visit with it, until its answer has arrived and nothing
//! sent before is under way ([`crate::hall::carry_over`]).
//!
//! A place whose session was ended is given up with it ([`Hall::give_up_unreachable`]): the number is taken anew.
//!
//! Our own rotation therefore never ends a session. Used-up tokens are remembered in memory: after a restart one leads nowhere,
//! and is not told from a made-up one.

use std::collections::BTreeSet;

use yunyiban_protocol::{Outcome, VisitId};

use crate::event::{Done, GivenToken, Row, Tell};
use crate::hall::Hall;
use crate::hall::roll::{Slot, Trail};
use crate::{Refusal, TokenHash, VisitState};

/// How long after it was given a reply may still arrive, milliseconds: pages give up after 15 s.
pub(super) const LATE_MS: u32 = 60_000;
/// Tokens given and not brought, remembered at most beside the last; an older one is unknown.
pub(super) const MOST_BESIDE: usize = 16;
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
        let age = if self.is_carried_over(slot, brought) { Age::Old } else { age };
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
        while self.roll[slot].beside().len() > MOST_BESIDE {
            let first = self.roll[slot].trail().beside.remove(0);
            if self.roll[slot].previous() != Some(&first.token) {
                self.tokens.remove(&first.token);
            }
        }
        self.note_tokens(slot);
    }

    /// A page signs in with the ticket that came with a token of this visit: that token has arrived. One that is used up tells
    /// nothing. A token given to another phone moves the visit there.
    pub(super) fn sign_in(&mut self, slot: Slot, token: &TokenHash) -> Result<(), Refusal> {
        match self.tokens.get(token) {
            Some((of, Age::Arriving)) if *of == slot => return self.finish_move(slot, token),
            Some((of, Age::Present | Age::Previous)) if *of == slot => {}
            Some(_) | None => return Ok(()),
        }
        self.end_carried(slot, token);
        self.note_arrival(slot, token);
        Ok(())
    }

    /// That an answer has arrived is kept, also over a restart, where it tells something: a number given for a referral is given to nobody
    /// again (T03), and what was carried from the visit before is not in the cookie.
    fn note_arrival(&mut self, slot: Slot, token: &TokenHash) {
        let entry = &self.roll[slot];
        let carried = entry.carried();
        let is_news = match entry.previous() {
            None => entry.visit.referred.is_some() || !carried.is_empty(),
            Some(previous) => carried.contains(previous),
        };
        if !is_news || carried.contains(token) {
            return;
        }
        let at = self.turn.now;
        let trail = self.roll[slot].trail();
        let before = trail.previous.replace(token.clone());
        trail.beside.extend(before.map(|token| GivenToken { token, at }));
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

    /// Whether this token was good until its visit moved to another phone: then a page that signed in with it speaks for it no more.
    pub fn was_handed_over(&self, token: &TokenHash) -> bool {
        matches!(self.tokens.get(token), Some((_, Age::Moved)))
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
        trail.carried_until = None;
        let beside = trail.beside.drain(..).map(|given| given.token);
        let good = beside.chain(trail.previous.take()).chain([present]);
        // An appointment had none before its link was opened.
        for token in good.filter(|token| !token.is_empty()).collect::<BTreeSet<_>>() {
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

    /// This token is in the cookie now: the one that came back before is used up, and so is what can no longer arrive.
    fn bring(&mut self, slot: Slot, brought: &TokenHash) {
        self.end_carried(slot, brought);
        let now = self.turn.now;
        let entry = &mut self.roll[slot];
        let trail: &mut Trail = entry.trail.get_or_insert_default();
        let are_under_way = trail.carried_until.is_some_and(|until| now < until);
        let under_way = if are_under_way { trail.carried.as_slice() } else { &[] };
        if under_way.contains(brought) {
            // It was, when this was sent: another has arrived since.
            return;
        }
        let last = GivenToken {
            token: std::mem::replace(&mut entry.token, brought.clone()),
            at: entry.token_at,
        };
        let before = trail.previous.replace(brought.clone()).filter(|before| before != brought);
        let sent_before = before.iter().filter(|before| under_way.contains(before)).cloned();
        let given = trail.beside.drain(..).chain([last]);
        let given = given.chain(sent_before.map(|token| GivenToken { token, at: now }));
        let given = given.filter(|given| given.token != *brought);
        let (on_the_way, lost): (Vec<_>, Vec<_>) = given.partition(|given| now.since(given.at) <= LATE_MS || under_way.contains(&given.token));
        // Where it was not brought, but a page signed in with it, the one brought now may have been sent before it arrived.
        let before = before.filter(|before| on_the_way.iter().all(|given| given.token != *before));
        trail.beside = on_the_way;
        let lost = lost.into_iter().map(|given| given.token);
        for token in before.into_iter().chain(lost).collect::<BTreeSet<_>>() {
            self.use_up(slot, token);
        }
        self.tokens.insert(brought.clone(), (slot, Age::Previous));
    }

    pub(super) fn use_up(&mut self, slot: Slot, token: TokenHash) {
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

    /// Writes down the tokens of a visit: the last given, the one that came back last, and those beside them if they are others than before.
    pub(super) fn note_tokens(&mut self, slot: Slot) {
        self.note_beside(slot);
        let entry = &self.roll[slot];
        let (visit, token, previous) = (entry.visit.id.clone(), entry.token.clone(), entry.previous().cloned());
        self.outbox.rows.push(Row::Token { visit, token, previous });
    }

    /// The same of those beside alone.
    pub(super) fn note_beside(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        let visit = entry.visit.id.clone();
        if let Some(trail) = entry.trail.as_deref_mut()
            && trail.beside_noted != trail.beside
        {
            trail.beside_noted.clone_from(&trail.beside);
            let beside = trail.beside.clone();
            self.outbox.rows.push(Row::Beside { visit, beside });
        }
    }
}

/// Stands where the hash of a token would once its tokens lead to a later visit: no secret has it, for it is no hash.
pub(super) fn moved(visit: &VisitId) -> TokenHash {
    TokenHash::new(&format!("moved-{visit}"))
}

/// Stands where the hash of a token would: no secret has it, for it is no hash.
fn revoked(visit: &VisitId) -> TokenHash {
    TokenHash::new(&format!("revoked-{visit}"))
}
