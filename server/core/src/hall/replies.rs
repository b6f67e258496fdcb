//! Replies already given, by request key (I18).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use yunyiban_protocol::{RequestKey, StaffId, Timestamp, VisitId};

use crate::event::Done;
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::input::{Act, StaffAct};
use crate::{Actor, Refusal, TakeNumberAct, TokenHash};

/// How long a reply is kept, milliseconds: 24 h.
const KEPT_MS: u32 = 24 * 60 * 60 * 1_000;

/// Old ones are looked for this often, milliseconds: an hour.
const SWEPT_EVERY_MS: u32 = 60 * 60 * 1_000;

/// Replies kept of one person; asked again for an older one, it is done again.
const MOST_OF_ONE: usize = 256;

/// Replies kept of all who have no cookie, and as many of all who bring one. A cookie changes with each number and each
/// return, so neither is bounded by the people there are; a hall gives some hundred numbers a day.
const MOST_OF_ALL: usize = 20_000;

/// Within which an operation's key must be its own: a person's, so that nobody reads another's reply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Whoever took a number is known by the key alone, which is why pages draw it at random.
    NoCookie,
    /// Who takes a number with a cookie, or comes back.
    Cookie(TokenHash),
    /// A citizen.
    Visit(VisitId),
    /// A staff member.
    Staff(StaffId),
}

impl Scope {
    /// Whose scope an act is done in; `None` for what nobody asked for.
    pub fn of(act: &Act) -> Option<Self> {
        match act {
            Act::TakeNumber(take) => Some(take.known.clone().map_or(Scope::NoCookie, Scope::Cookie)),
            Act::Resume { token, .. } => Some(Scope::Cookie(token.clone())),
            Act::Citizen { visit, .. } => Some(Scope::Visit(visit.clone())),
            Act::Staff { staff, .. } => Some(Scope::Staff(staff.clone())),
            // A code is used once, and knows by itself who used it.
            Act::OfferHandover { .. } | Act::TakeHandover(_) | Act::ReferralTaken { .. } | Act::Heard(_) | Act::Wake => None,
        }
    }

    /// Whose scope the reply is kept in. A new number is known by its key alone: until the reply arrives another tab may have
    /// exchanged the cookie.
    pub fn after(self, done: &Done) -> Self {
        match (self, done) {
            (Scope::Cookie(_), Done::Visit { resumed: false, .. }) => Scope::NoCookie,
            (scope, _) => scope,
        }
    }

    /// As the archive has it.
    pub fn text(&self) -> String {
        match self {
            Scope::NoCookie => "t:".to_owned(),
            Scope::Cookie(token) => format!("t:{token}"),
            Scope::Visit(visit) => format!("v:{visit}"),
            Scope::Staff(staff) => format!("s:{staff}"),
        }
    }

    /// From the archive; `None` for what this version does not know.
    pub fn read(text: &str) -> Option<Self> {
        Some(match text.split_once(':')? {
            ("t", "") => Scope::NoCookie,
            ("t", token) => Scope::Cookie(TokenHash::new(token)),
            ("v", visit) => Scope::Visit(VisitId::new(visit)),
            ("s", staff) => Scope::Staff(StaffId::new(staff)),
            _ => return None,
        })
    }
}

/// A reply, and when it was given.
type Given = (Done, Timestamp);

/// The newest replies of the last 24 h; those over age go at the next sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Replies {
    /// Of those without a cookie: nobody who has one pushes theirs out.
    of_strangers: Newest<()>,
    /// Of those with a cookie.
    of_cookies: Newest<TokenHash>,
    /// Of each citizen and each staff member, oldest first.
    of_one: BTreeMap<Scope, VecDeque<(RequestKey, Given)>>,
    /// The last sweep.
    swept_at: Timestamp,
    /// The moment of the newest.
    newest: Timestamp,
}

impl Replies {
    /// Those of the archive, by their moments.
    pub fn again(mut requests: Vec<(String, RequestKey, Done, Timestamp)>) -> Self {
        let mut replies = Self::default();
        requests.sort_by_key(|(.., at)| *at);
        for (scope, key, done, at) in requests {
            if let Some(scope) = Scope::read(&scope) {
                replies.file(&scope, &key, &done, at);
                replies.newest = at;
            }
        }
        replies
    }

    /// The reply given before.
    pub fn find(&self, scope: &Scope, key: &RequestKey) -> Option<Done> {
        let given = match scope {
            Scope::NoCookie => self.of_strangers.find(&(), key),
            Scope::Cookie(token) => self.of_cookies.find(token, key),
            Scope::Visit(_) | Scope::Staff(_) => {
                let replies = self.of_one.get(scope)?;
                replies.iter().rev().find(|(other, _)| other == key).map(|(_, given)| given)
            }
        };
        given.map(|(done, _)| done.clone())
    }

    /// Keeps a reply that [`Replies::find`] did not find, and forgets the old ones now and then. The moment to store with it:
    /// after a restart replies are put in order by their moments, so each is later than the one before, also where the clock
    /// was set back; then all of them are kept so much longer.
    pub fn keep(&mut self, scope: &Scope, key: &RequestKey, done: &Done, now: Timestamp) -> Timestamp {
        let at = now.max(self.newest.plus(1));
        self.newest = at;
        self.file(scope, key, done, at);
        at
    }

    fn file(&mut self, scope: &Scope, key: &RequestKey, done: &Done, at: Timestamp) {
        if at.since(self.swept_at) >= SWEPT_EVERY_MS {
            self.sweep(at);
        }
        let given = (done.clone(), at);
        match scope {
            Scope::NoCookie => self.of_strangers.keep((), key, given),
            Scope::Cookie(token) => self.of_cookies.keep(token.clone(), key, given),
            Scope::Visit(_) | Scope::Staff(_) => {
                let replies = self.of_one.entry(scope.clone()).or_default();
                replies.push_back((key.clone(), given));
                if replies.len() > MOST_OF_ONE {
                    replies.pop_front();
                }
            }
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        self.of_strangers.sweep(now);
        self.of_cookies.sweep(now);
        self.of_one.retain(|_, replies| {
            replies.retain(|(_, given)| is_young(given, now));
            !replies.is_empty()
        });
        self.swept_at = now;
    }
}

/// Replies to many people, of which the oldest go when there are more than [`MOST_OF_ALL`]. One for every number of the
/// day, so that each takes little room.
#[derive(Clone, Debug, PartialEq)]
struct Newest<S> {
    given: BTreeMap<Arc<(S, RequestKey)>, Given>,
    /// Each once, oldest first.
    by_age: VecDeque<Arc<(S, RequestKey)>>,
}

impl<S> Default for Newest<S> {
    fn default() -> Self {
        Self {
            given: BTreeMap::new(),
            by_age: VecDeque::new(),
        }
    }
}

impl<S: Clone + Ord> Newest<S> {
    fn find(&self, scope: &S, key: &RequestKey) -> Option<&Given> {
        self.given.get(&(scope.clone(), key.clone()))
    }

    /// Keeps what [`Newest::find`] did not find: nothing is given twice.
    fn keep(&mut self, scope: S, key: &RequestKey, given: Given) {
        let asked = Arc::new((scope, key.clone()));
        self.by_age.push_back(asked.clone());
        self.given.insert(asked, given);
        while self.given.len() > MOST_OF_ALL {
            self.forget_oldest();
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let is_old = |asked| self.given.get(asked).is_none_or(|given| !is_young(given, now));
        let old = self.by_age.iter().take_while(|asked| is_old(*asked)).count();
        (0..old).for_each(|_| self.forget_oldest());
    }

    fn forget_oldest(&mut self) {
        if let Some(asked) = self.by_age.pop_front() {
            self.given.remove(&asked);
        }
    }
}

/// Whether a reply is kept still.
fn is_young((_, at): &Given, now: Timestamp) -> bool {
    now.since(*at) <= KEPT_MS
}

impl Hall {
    /// The reply given before. Whoever has another number by now keeps that one: the key that took one whose answer was lost leads to no second (Q1).
    pub(super) fn reply_given(&self, scope: &Scope, key: &RequestKey, act: &Act) -> Option<Done> {
        let by_key_alone = || {
            let Act::TakeNumber(take) = act else { return None };
            let done = self.replies.find(&Scope::NoCookie, key)?;
            let own = take.known.as_ref().and_then(|known| self.good_token(known));
            let own = own.map(|(slot, _)| &self.roll[slot].visit).filter(|own| !own.state.is_closed());
            let is_other = own.is_some_and(|own| matches!(&done, Done::Visit { visit, .. } if *visit != own.id));
            (!is_other).then_some(done)
        };
        self.replies.find(scope, key).or_else(by_key_alone)
    }

    /// The reply again. A person who lost the reply to taking a number also lost the token in it, so that one is
    /// given anew. Where the session was ended, a key brings it back no more than a cookie (T03).
    pub(super) fn repeat(&mut self, done: Done, act: Act) -> Result<Done, Refusal> {
        if done == Done::Phone {
            // Meanwhile the window may have another visit.
            return self.act(act);
        }
        if let (
            Act::Staff {
                staff,
                act: StaffAct::Book(book),
            },
            Done::Visit { visit, .. },
        ) = (&act, &done)
        {
            self.turn.actor = Actor::Staff(staff.clone());
            self.link_anew(visit, &book.link);
        }
        let again = if let (Act::TakeNumber(take), Done::Visit { visit, .. }) = (&act, &done) {
            self.token_anew(visit, take)?
        } else {
            None
        };
        self.hear_who_asks(&act);
        if let Some((slot, token)) = again {
            self.give_token(slot, token);
        }
        Ok(done)
    }

    /// What is given where the reply to taking a number is asked for again; `None` where that token was given.
    fn token_anew(&self, visit: &VisitId, take: &TakeNumberAct) -> Result<Option<(Slot, TokenHash)>, Refusal> {
        let Some(slot) = self.roll.find(visit).filter(|slot| self.roll[*slot].token != take.token) else {
            return Ok(None);
        };
        if self.is_revoked(slot) {
            return Err(Refusal::TokenReused);
        }
        if self.asks_from_first_phone(slot, take.known.as_ref()) {
            let is_over = self.roll[slot].visit.state.is_closed();
            return Err(if is_over { Refusal::VisitUnknown } else { Refusal::HandedOver });
        }
        Ok(Some((slot, take.token.clone())))
    }

    /// Whether a reply asked for again is for the phone the visit has left (E12). Whoever brings a token that is good is on the other one.
    fn asks_from_first_phone(&self, slot: Slot, known: Option<&TokenHash>) -> bool {
        let is_on_other = known.and_then(|known| self.good_token(known)).is_some_and(|(of, _)| of == slot);
        self.roll[slot].visit.moves > 0 && !is_on_other
    }

    /// Whoever asks again lives, although nothing is done again.
    fn hear_who_asks(&mut self, act: &Act) {
        match act {
            Act::Citizen { visit, .. } => {
                if let Some(slot) = self.roll.find(visit) {
                    self.hear_citizen(slot);
                }
            }
            Act::Staff { staff, .. } => {
                if let Some(desk) = self.desk_of(staff) {
                    self.hear_window(desk);
                }
            }
            Act::TakeNumber(_)
            | Act::Resume { .. }
            | Act::OfferHandover { .. }
            | Act::TakeHandover(_)
            | Act::ReferralTaken { .. }
            | Act::Heard(_)
            | Act::Wake => {}
        }
        self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINE: Timestamp = Timestamp::from_millis(1_795_395_600_000);

    fn visit(name: &str) -> Scope {
        Scope::Visit(VisitId::new(name))
    }

    fn key(number: usize) -> RequestKey {
        RequestKey::new(format!("key-{number:08}"))
    }

    #[test]
    fn of_one_person_the_newest_are_kept_and_of_the_next_all() {
        let mut replies = Replies::default();
        replies.keep(&visit("wu"), &key(0), &Done::Nothing, NINE);
        for number in 0..10_000 {
            replies.keep(&visit("li"), &key(number), &Done::Nothing, NINE);
        }
        assert_eq!(replies.find(&visit("li"), &key(9_999 - MOST_OF_ONE)), None);
        assert_eq!(replies.find(&visit("li"), &key(10_000 - MOST_OF_ONE)), Some(Done::Nothing));
        assert_eq!(replies.find(&visit("wu"), &key(0)), Some(Done::Nothing));
        assert_eq!(replies.of_one.values().map(VecDeque::len).sum::<usize>(), MOST_OF_ONE + 1);
    }

    #[test]
    fn those_without_a_cookie_do_not_push_each_other_out() {
        let mut replies = Replies::default();
        for number in 0..1_000 {
            replies.keep(&Scope::NoCookie, &key(number), &Done::Nothing, NINE);
        }
        assert_eq!(replies.find(&Scope::NoCookie, &key(0)), Some(Done::Nothing));
    }

    #[test]
    fn whoever_takes_numbers_all_day_fills_only_his_share_and_pushes_out_no_stranger() {
        let mut replies = Replies::default();
        let cookie = |number: usize| Scope::Cookie(TokenHash::new(&format!("{number:064x}")));
        replies.keep(&Scope::NoCookie, &key(0), &Done::Nothing, NINE);
        for number in 0..86_400 {
            replies.keep(&cookie(number), &key(number), &Done::Nothing, NINE.plus(number as u32));
        }
        assert_eq!(replies.of_cookies.given.len(), MOST_OF_ALL);
        assert_eq!(replies.of_cookies.by_age.len(), MOST_OF_ALL);
        assert_eq!(replies.find(&cookie(86_400 - MOST_OF_ALL - 1), &key(86_400 - MOST_OF_ALL - 1)), None);
        assert_eq!(replies.find(&cookie(86_399), &key(86_399)), Some(Done::Nothing));
        assert_eq!(replies.find(&Scope::NoCookie, &key(0)), Some(Done::Nothing));
    }

    #[test]
    fn replies_given_after_the_clock_was_set_back_come_after_those_before_and_all_are_forgotten_in_time() {
        let hour = KEPT_MS / 24;
        let given = |scope: Scope, number| (scope.text(), key(number), Done::Nothing, NINE.plus(hour));
        let mut replies = Replies::again(vec![given(Scope::NoCookie, 0), given(visit("li"), 1)]);
        let at = replies.keep(&Scope::NoCookie, &key(2), &Done::Nothing, NINE);
        assert_eq!(at, NINE.plus(hour + 1));
        replies.keep(&Scope::NoCookie, &key(3), &Done::Nothing, NINE.plus(KEPT_MS + 2 * hour));
        let strangers: Vec<_> = (0..4).map(|number| replies.find(&Scope::NoCookie, &key(number)).is_some()).collect();
        assert_eq!(strangers, [false, false, false, true]);
        assert_eq!(replies.find(&visit("li"), &key(1)), None);
        assert_eq!(replies.of_strangers.by_age.len(), replies.of_strangers.given.len());
    }

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let cookie = Scope::Cookie(TokenHash::new(&"ab".repeat(32)));
        for scope in [Scope::NoCookie, cookie, visit("li"), Scope::Staff(StaffId::new("chen"))] {
            assert_eq!(Scope::read(&scope.text()), Some(scope));
        }
        assert_eq!(Scope::read("citizen"), None);
    }

    #[test]
    fn after_a_day_all_is_forgotten() {
        let mut replies = Replies::default();
        for scope in [visit("li"), visit("wu"), Scope::NoCookie] {
            replies.keep(&scope, &key(0), &Done::Nothing, NINE);
        }
        // Each of the three is a moment later than the one before.
        replies.keep(&visit("gao"), &key(1), &Done::Nothing, NINE.plus(KEPT_MS + 3));
        assert_eq!((replies.of_strangers.given.len(), replies.of_one.len()), (0, 1));
    }
}
