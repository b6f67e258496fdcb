//! The phones of random lives: each has a cookie, and what it leads to is one visit (Q1, I25). Answers get lost, two tabs ask at once, cookies
//! are copied, and a visit moves from one phone to another by a code.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{RequestKey, VisitId};

use super::super::people::Stage;
use super::super::steps::CITIZENS;
use super::Busy;
use crate::{Act, Along, Done, Heard, Input, Refusal, TakeHandoverAct, TakeNumberAct, TokenHash};

/// A cookie.
#[derive(Clone)]
struct Cookie {
    token: TokenHash,
    /// The visit it was given for.
    visit: VisitId,
    /// The first that the phone had of this visit: what a thief would copy.
    first: TokenHash,
    /// It was given for a code, and has not been brought yet.
    is_arriving: bool,
}

/// What is in each phone, and on which phone each visit is.
#[derive(Default)]
pub struct Phones {
    cookies: BTreeMap<&'static str, Cookie>,
    on: BTreeMap<VisitId, &'static str>,
    /// Somebody else holds the cookie, too: who comes with it is who the program cannot know.
    copied: BTreeSet<VisitId>,
    /// Visits whose cookie came back from a phone: its answer has arrived.
    arrived: BTreeSet<VisitId>,
    drawn: usize,
}

impl Phones {
    /// A secret not given before.
    pub fn fresh_token(&mut self) -> TokenHash {
        self.drawn += 1;
        TokenHash::new(&format!("token {}", self.drawn))
    }

    /// What this phone brings.
    pub fn token(&self, name: &str) -> Option<TokenHash> {
        self.cookies.get(name).map(|cookie| cookie.token.clone())
    }

    /// The visit that the page on this phone shows.
    pub fn visit(&self, name: &str) -> VisitId {
        let cookie = self.cookies.get(name).filter(|cookie| self.is_on(&cookie.visit, name));
        cookie.map_or_else(|| VisitId::new("nobody's"), |cookie| cookie.visit.clone())
    }

    /// Whether the visit is on this phone, and on no other that a thief may have.
    pub fn is_on(&self, visit: &VisitId, name: &str) -> bool {
        self.on.get(visit) == Some(&name)
    }

    /// On which phone the visit is, where nobody copied its cookie.
    pub fn holder(&self, visit: &VisitId) -> Option<&'static str> {
        self.on.get(visit).copied().filter(|_| !self.copied.contains(visit))
    }

    /// An answer with a visit and a token has arrived on this phone, whose visit it is now.
    fn arrives(&mut self, name: &'static str, visit: &VisitId, token: TokenHash) {
        self.on.insert(visit.clone(), name);
        let first = self.cookies.get(name).filter(|cookie| cookie.visit == *visit);
        let first = first.map_or_else(|| token.clone(), |cookie| cookie.first.clone());
        let visit = visit.clone();
        let cookie = Cookie {
            token,
            visit,
            first,
            is_arriving: false,
        };
        self.cookies.insert(name, cookie);
    }

    /// What was on its way to this phone has come back from it: the visit is there.
    fn is_there(&mut self, name: &'static str, visit: VisitId) {
        self.arrived.insert(visit.clone());
        self.on.insert(visit, name);
        self.cookies.get_mut(name).into_iter().for_each(|cookie| cookie.is_arriving = false);
    }

    /// The answer to taking a number arrives.
    pub fn has_taken(&mut self, stage: &Stage, name: &'static str, take: &TakeNumberAct, result: &Result<Done, Refusal>) {
        if let Ok(Done::Visit { visit, resumed }) = result {
            let mut arriving = self.cookies.get(name).filter(|cookie| cookie.is_arriving).into_iter();
            let is_own = self.is_on(visit, name) || self.copied.contains(visit) || arriving.any(|cookie| cookie.visit == *visit);
            if *resumed && take.known.is_some() && is_own {
                self.arrived.insert(visit.clone());
            } else if *resumed {
                self.is_given_again(stage, visit, &take.along);
            }
            // What leads to the visit before leads to this one until a page signs in, on whatever phone it is.
            let before = self.cookies.get(name).map(|cookie| &cookie.visit);
            if before.is_some_and(|before| self.copied.contains(before)) {
                self.copied.insert(visit.clone());
            }
            self.arrives(name, visit, take.token.clone());
            return;
        }
        // A cookie that leads to no live visit of this phone takes nobody's number from whoever brings it.
        let is_copied = self.cookies.get(name).is_some_and(|cookie| self.copied.contains(&cookie.visit));
        let may_be = [
            Refusal::HallFull,
            Refusal::HallSuspended,
            Refusal::ReferralOver,
            Refusal::BookedHere,
            Refusal::PhoneTaken,
        ];
        let elsewhere = [Refusal::HandedOver, Refusal::NotNow];
        let closed = [Refusal::HallClosed, Refusal::LastIntake];
        let refusal = result.as_ref().err();
        let may_close = !stage.archive.rules().always_open;
        let expected =
            refusal.is_some_and(|refusal| may_be.contains(refusal) || elsewhere.contains(refusal) || may_close && closed.contains(refusal));
        assert!(expected || is_copied, "{name} is given no number: {refusal:?}");
    }

    /// Only the number of the same referral is given again, whose answer never arrived (T03). Two phones may have it from then on.
    fn is_given_again(&mut self, stage: &Stage, visit: &VisitId, along: &Along) {
        let Along::Packet(packet) = along else {
            panic!("{visit} went elsewhere {along:?}");
        };
        let from = stage.archive.visits[visit].referred.as_ref().map(|referred| &referred.visit);
        assert_eq!(from, Some(&packet.from.visit), "the number of another referral");
        assert!(!self.arrived.contains(visit), "{visit} is on a phone");
        self.copied.insert(visit.clone());
    }

    /// A second tab asks with the same cookie while the answer to the first is under way, or its page signs in: Q1 holds, and either answer may be
    /// the last.
    pub fn second_tab(&mut self, stage: &mut Stage, first: &TakeNumberAct, busy: &mut Busy) {
        let Some((name, visit)) = self.given(&first.token) else { return };
        // Midnight may have ended what the first tab found.
        if self.copied.contains(&visit) || stage.archive.visits[&visit].state.is_closed() {
            return;
        }
        if self.drawn % 4 < 2 {
            let token = first.token.clone();
            let signs_in = Heard::CitizenSignedIn { visit: visit.clone(), token };
            assert_eq!(stage.act(Act::Heard(signs_in)), Ok(Done::Nothing));
            self.arrived.insert(visit.clone());
            busy.did("signed in before the second tab");
        }
        let second = TakeNumberAct {
            visit: VisitId::new(format!("of a second tab {}", self.drawn)),
            token: self.fresh_token(),
            ..first.clone()
        };
        let token = second.token.clone();
        let found = stage.act(Act::TakeNumber(second));
        let is_first = Done::Visit {
            visit: visit.clone(),
            resumed: true,
        };
        assert_eq!(found, Ok(is_first), "two tabs of {name}");
        busy.did("found by a second tab");
        if self.drawn.is_multiple_of(2) {
            self.arrives(name, &visit, token);
        }
    }

    /// On which phone this token is, and what it leads to.
    fn given(&self, token: &TokenHash) -> Option<(&'static str, VisitId)> {
        let mut cookies = self.cookies.iter();
        cookies
            .find(|(_, cookie)| cookie.token == *token)
            .map(|(name, cookie)| (*name, cookie.visit.clone()))
    }

    /// A page comes back with its cookie. Of the answers some are lost, and some cookies were copied before.
    pub fn come_back(&mut self, stage: &mut Stage, name: &'static str, how: u8, busy: &mut Busy) {
        let Some(cookie) = self.cookies.get(name).cloned() else { return };
        let is_thief = how >= 248;
        let brought = if is_thief { cookie.first.clone() } else { cookie.token.clone() };
        let next = self.fresh_token();
        let key = stage.fresh_key();
        let result = stage.handle(Input {
            key: Some(key),
            act: Act::Resume {
                token: brought,
                next: next.clone(),
            },
        });
        if result.is_ok() {
            self.arrived.insert(cookie.visit.clone());
        }
        if is_thief {
            self.copied.insert(cookie.visit);
            return;
        }
        self.hold_return(stage, name, &cookie, &result);
        if result.is_err() {
            return;
        }
        busy.did("came back by the cookie");
        let moves = !self.is_on(&cookie.visit, name);
        if moves {
            busy.did("moved to another phone");
        }
        if moves || !how.is_multiple_of(3) {
            self.arrives(name, &cookie.visit, next.clone());
        }
        if how.is_multiple_of(2) && self.token(name).as_ref() == Some(&next) {
            let visit = cookie.visit;
            let signs_in = Act::Heard(Heard::CitizenSignedIn { visit, token: next });
            assert_eq!(stage.act(signs_in), Ok(Done::Nothing));
        }
    }

    /// The cookie of a visit that the hall knows leads back to it, unless the visit went to another phone or the cookie was copied.
    fn hold_return(&self, stage: &Stage, name: &str, cookie: &Cookie, result: &Result<Done, Refusal>) {
        let visit = &cookie.visit;
        if self.copied.contains(visit) || stage.hall.roll.find(visit).is_none() {
            return;
        }
        let found = Ok(Done::Visit {
            visit: visit.clone(),
            resumed: true,
        });
        let elsewhere = [
            Err(Refusal::HandedOver),
            Err(Refusal::VisitUnknown),
            Err(Refusal::NotNow),
            Err(Refusal::VisitClosed),
        ];
        let is_here = self.is_on(visit, name);
        let may_find = is_here || cookie.is_arriving;
        let expected = may_find && *result == found || !is_here && elsewhere.contains(result);
        assert!(expected, "{name} comes back to {result:?}");
    }

    /// 「换一部手机接着办」: one phone asks for a code, another brings it; the code may not be typed, the answer not arrive, nor the page come back.
    pub fn hand_over(&mut self, stage: &mut Stage, (from, to, how): (u8, u8, u8), busy: &mut Busy) {
        let [from, to] = [from, to].map(|who| CITIZENS[usize::from(who) % CITIZENS.len()]);
        let Some(token) = self.token(from) else { return };
        let code = self.fresh_token();
        let offered = Act::OfferHandover { token, code: code.clone() };
        if stage.act(offered).is_err() {
            return;
        }
        busy.did("a code was given");
        let token = self.fresh_token();
        let take = TakeHandoverAct {
            key: RequestKey::new(format!("handover {}", self.drawn)),
            code,
            known: self.token(to),
            token: token.clone(),
            leave_own: !how.is_multiple_of(4),
        };
        if how % 8 == 1 {
            return;
        }
        let Ok(Done::Visit { visit, .. }) = stage.act(Act::TakeHandover(take)) else {
            return;
        };
        busy.did("a code was typed");
        let is_there = self.is_on(&visit, to);
        if how % 8 == 3 {
            return;
        }
        // The answer replaces the cookie; whose the visit is, is known once the token comes back.
        let first = token.clone();
        let cookie = Cookie {
            token: token.clone(),
            visit: visit.clone(),
            first,
            is_arriving: true,
        };
        self.cookies.insert(to, cookie);
        if is_there || how % 8 == 5 {
            return;
        }
        let signs_in = Heard::CitizenSignedIn { visit: visit.clone(), token };
        match stage.act(Act::Heard(signs_in)) {
            Ok(_) => {
                self.is_there(to, visit);
                busy.did("moved to another phone");
            }
            Err(refusal) => assert_eq!(refusal, Refusal::NotNow, "{to} signs in"),
        }
    }

    /// Q1, I25: of the visits on one phone one lives. A session that was ended is nobody's, and who has a copied cookie is unknown.
    pub fn nobody_lives_twice(&self, stage: &Stage) {
        let mut live: BTreeMap<&str, &VisitId> = BTreeMap::new();
        for visit in stage.archive.visits.values().filter(|visit| !visit.state.is_closed()) {
            let Some(holder) = self.holder(&visit.id) else { continue };
            if !stage.hall.session_ended(&visit.id) {
                assert_eq!(
                    live.insert(holder, &visit.id),
                    None,
                    "{holder} has {} beside another live visit",
                    visit.id
                );
            }
        }
    }
}
