//! The cookie of a visit that is over takes the next number, and is carried over to that visit: until the answer arrives it is the one in the browser.
//!
//! ~~~text
//! number taken ─▶ carried ──something given for it came back──▶ under way at most ──LATE_MS──▶ used up
//! ~~~
//!
//! Two tabs may have asked with it at once. The answer of the first arrives, and its page signs in, before the request of the second does. So what was
//! carried stays good for [`LATE_MS`] after a token of the new visit came back, brought or with the ticket of a page: no request that was sent before
//! is under way for longer. Whoever brings it meanwhile finds the number of the first (Q1), and it says nothing of what is in the cookie by then. Whoever
//! brings it later copied it (T03). Where nothing has come back the answer may be lost: then it is the cookie still, and stays good.
//!
//! Of the visit before, a reply may be under way when the number is taken, and arrive after its answer. Such a token is no worse than one given for the
//! new visit, and follows the rules of those ([`crate::hall::token`]).
//!
//! The time is kept in memory alone. Stored is what was carried, among the tokens beside the last, until it is used up. So a restart within the time loses
//! nobody's number and parts no two tabs; after it what was carried is like anything given when the number was taken, and is used up as another is
//! brought later than [`LATE_MS`] after that: every page that was there comes back with its cookie. A restart after the time forgets it: it leads nowhere.

use std::collections::BTreeSet;

use crate::TokenHash;
use crate::event::GivenToken;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::token::{Age, LATE_MS, MOST_BESIDE, moved};

impl Hall {
    /// What was good for the visit before leads here now, and no more there. `known`: the one that was brought.
    pub(super) fn carry_over(&mut self, slot: Slot, from: Slot, known: &TokenHash) {
        let at = self.turn.now;
        let ended = &mut self.roll[from];
        let moved = moved(&ended.visit.id);
        let last = GivenToken {
            token: std::mem::replace(&mut ended.token, moved),
            at: ended.token_at,
        };
        let trail = ended.trail();
        trail.carried_until = None;
        let came_back: BTreeSet<TokenHash> = trail
            .carried
            .drain(..)
            .chain(trail.previous.take())
            .filter(|token| token != known)
            .collect();
        let given: Vec<GivenToken> = trail
            .beside
            .drain(..)
            .chain([last])
            .filter(|given| given.token != *known && !came_back.contains(&given.token))
            .collect();
        let (on_the_way, lost): (Vec<_>, Vec<_>) = given.into_iter().partition(|given| at.since(given.at) <= LATE_MS);
        let lost = lost.into_iter().map(|given| given.token);
        // The one that was brought stands last: it is the last to go.
        let arrived = came_back.into_iter().chain(lost).chain([known.clone()]);

        let leads_there = |token: &TokenHash| self.good_token(token).is_some_and(|(of, _)| of == from);
        let mut carried: Vec<TokenHash> = arrived.filter(leads_there).collect();
        let on_the_way = on_the_way.into_iter().filter(|given| leads_there(&given.token));
        let mut beside: Vec<GivenToken> = on_the_way
            .chain(carried.iter().map(|token| GivenToken { token: token.clone(), at }))
            .collect();
        for too_many in beside.drain(..beside.len().saturating_sub(MOST_BESIDE)) {
            self.tokens.remove(&too_many.token);
            carried.retain(|token| *token != too_many.token);
        }
        for given in &beside {
            self.tokens.insert(given.token.clone(), (slot, Age::Present));
        }
        let trail = self.roll[slot].trail();
        trail.beside.extend(beside);
        trail.carried = carried;
        self.note_tokens(from);
    }

    /// A token of this visit came back. Was it none of the visit before, those are in nobody's cookie from now on.
    pub(super) fn end_carried(&mut self, slot: Slot, came_back: &TokenHash) {
        let until = self.turn.now.plus(LATE_MS);
        let Some(trail) = self.roll[slot].trail.as_deref_mut() else { return };
        if trail.carried.is_empty() || trail.carried_until.is_some() || trail.carried.contains(came_back) {
            return;
        }
        trail.carried_until = Some(until);
        self.rearm(slot);
    }

    /// Whether this was carried, and can be under way no more: its time may be over before that is looked at.
    pub(super) fn is_carried_over(&self, slot: Slot, token: &TokenHash) -> bool {
        let entry = &self.roll[slot];
        entry.carried_until().is_some_and(|until| until <= self.turn.now) && entry.carried().contains(token)
    }

    /// No request with what was carried is under way any more.
    pub(super) fn use_up_carried(&mut self, slot: Slot) {
        let trail = self.roll[slot].trail();
        trail.carried_until = None;
        let carried = std::mem::take(&mut trail.carried);
        trail.beside.retain(|given| !carried.contains(&given.token));
        for token in carried {
            if self.good_token(&token).is_some_and(|(of, _)| of == slot) {
                self.use_up(slot, token);
            }
        }
        self.note_beside(slot);
    }
}
