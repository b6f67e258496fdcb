//! Return tickets: a page whose socket was lost opens another without asking over HTTP first.
//!
//! Each welcome of a citizen's page brings one. It is good once, for this visit alone, and only together with the cookie whose
//! token it was given for: a copied cookie is no ticket, and a ticket read off a page opens nothing in another browser. Kept is
//! half a hash of both, in memory alone and while the visit is live: a restart, or a later page of the visit, makes it worth nothing, and then the
//! page asks with its cookie as when it was opened. Thousands wait, and what is kept of each is a few bytes.
//!
//! A return draws no fresh token, so that a copied cookie could live on for as long as the page returns by tickets (T03).
//! Therefore [`IN_A_ROW`] follow each other at most; the next return is by the cookie, and exchanges it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use yunyiban_core::TokenHash;
use yunyiban_protocol::VisitId;

use crate::ports::Random;
use crate::text::{is_random_id, random_id};

/// Returns by ticket after one by the cookie.
const IN_A_ROW: u8 = 8;

/// What a page brings to return.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReturnTicket(String);

impl ReturnTicket {
    /// What was said, and the visit it says it is for; whether it is, its hash knows. `None`: it has not the form of a ticket, and
    /// nothing more is made of it.
    pub(crate) fn read(text: String) -> Option<(Self, VisitId)> {
        let (secret, visit) = text.split_once('.')?;
        if !is_random_id(secret) || !is_random_id(visit) {
            return None;
        }
        let visit = VisitId::new(visit);
        Some((Self(text), visit))
    }

    fn draw(visit: &VisitId, random: &dyn Random) -> Self {
        Self(format!("{}.{visit}", random_id(random)))
    }

    /// The text, for the page alone.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// The ticket is in the hash with the token, so that neither fits without the other.
    fn with(&self, token: &TokenHash) -> [u8; 16] {
        let hash = Sha256::new().chain_update(self.0.as_bytes()).chain_update([0]);
        first_of(&hash.chain_update(token.text().as_bytes()).finalize())
    }
}

/// The first bytes of a hash.
fn first_of<const N: usize>(hash: &[u8]) -> [u8; N] {
    std::array::from_fn(|index| hash[index])
}

/// The tickets of one hall that are good.
#[derive(Default)]
pub(crate) struct ReturnTickets {
    good: BTreeMap<Place, Good>,
}

/// Where the ticket of a visit is kept. Should two visits ever have one place, the later ticket is good, and whoever brings the other asks.
type Place = [u8; 8];

fn place_of(visit: &VisitId) -> Place {
    first_of(&Sha256::digest(visit.as_str().as_bytes()))
}

struct Good {
    hash: [u8; 16],
    /// Returns that may still follow each other, this one included.
    left: u8,
}

impl ReturnTickets {
    /// The ticket of a page that was let in by an answer to its cookie. Another page's of this visit is good no more.
    pub(crate) fn give(&mut self, visit: &VisitId, token: &TokenHash, random: &dyn Random) -> String {
        self.keep(visit, token, IN_A_ROW, random)
    }

    /// Whether a ticket opens a socket of this visit. It stays good.
    pub(crate) fn is_good(&self, ticket: &ReturnTicket, visit: &VisitId, token: &TokenHash) -> bool {
        self.good.get(&place_of(visit)).is_some_and(|good| good.hash == ticket.with(token))
    }

    /// Uses up the ticket of a visit, which was brought. Gives the one for the return after this, unless that is to be by the cookie.
    pub(crate) fn exchange(&mut self, visit: &VisitId, token: &TokenHash, random: &dyn Random) -> Option<String> {
        let used = self.good.remove(&place_of(visit))?;
        let left = used.left - 1;
        (left > 0).then(|| self.keep(visit, token, left, random))
    }

    /// The visit is over: nobody returns to it.
    pub(crate) fn forget(&mut self, visit: &VisitId) {
        self.good.remove(&place_of(visit));
    }

    /// The same of all visits but these.
    pub(crate) fn forget_all_but(&mut self, live: &[VisitId]) {
        let live: BTreeSet<Place> = live.iter().map(place_of).collect();
        self.good.retain(|place, _| live.contains(place));
    }

    fn keep(&mut self, visit: &VisitId, token: &TokenHash, left: u8, random: &dyn Random) -> String {
        let ticket = ReturnTicket::draw(visit, random);
        let hash = ticket.with(token);
        self.good.insert(place_of(visit), Good { hash, left });
        ticket.into_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    fn visit(name: &str) -> VisitId {
        VisitId::new(format!("{name:_>22}"))
    }

    fn token(name: &str) -> TokenHash {
        TokenHash::new(name)
    }

    /// A return of a visit; the ticket of the next, if it was let in.
    fn returns(tickets: &mut ReturnTickets, ticket: &str, cookie: &str, random: &SeededRandom) -> Option<Option<String>> {
        let (ticket, visit) = ReturnTicket::read(ticket.to_owned())?;
        let token = token(cookie);
        tickets.is_good(&ticket, &visit, &token).then(|| tickets.exchange(&visit, &token, random))
    }

    #[test]
    fn a_ticket_opens_one_socket_and_brings_the_next() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let first = tickets.give(&visit("li_nainai"), &token("cookie"), &random);
        let second = returns(&mut tickets, &first, "cookie", &random).unwrap().unwrap();
        assert_eq!(returns(&mut tickets, &first, "cookie", &random), None, "used twice");
        assert!(returns(&mut tickets, &second, "cookie", &random).is_some(), "and what is good stays so");
    }

    #[test]
    fn neither_ticket_nor_cookie_is_enough() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let ticket = tickets.give(&visit("li_nainai"), &token("cookie"), &random);
        let (secret, _) = ticket.split_once('.').unwrap();
        for (ticket, cookie) in [
            (ticket.as_str(), "another cookie"),
            (&format!("{:_>22}.{}", "made-up", visit("li_nainai")), "cookie"),
            (&format!("{secret}.{}", visit("wang_bo")), "cookie"),
            (&format!("{ticket}."), "cookie"),
            (secret, "cookie"),
            ("", "cookie"),
        ] {
            assert_eq!(returns(&mut tickets, ticket, cookie, &random), None, "{ticket} with {cookie}");
        }
        assert!(returns(&mut tickets, &ticket, "cookie", &random).is_some());
    }

    #[test]
    fn a_later_page_makes_the_ticket_of_the_one_before_worth_nothing() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let older = tickets.give(&visit("li_nainai"), &token("cookie"), &random);
        tickets.give(&visit("li_nainai"), &token("cookie after it"), &random);
        assert_eq!(returns(&mut tickets, &older, "cookie", &random), None);
        assert_eq!(returns(&mut tickets, &older, "cookie after it", &random), None);
    }

    #[test]
    fn a_restarted_server_knows_no_ticket() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let ticket = tickets.give(&visit("li_nainai"), &token("cookie"), &random);
        assert_eq!(returns(&mut ReturnTickets::default(), &ticket, "cookie", &random), None);
    }

    #[test]
    fn nothing_is_kept_of_a_visit_that_is_over() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let [li_nainai, wang_bo, chen] = ["li_nainai", "wang_bo", "chen"].map(visit);
        let given = [&li_nainai, &wang_bo, &chen].map(|visit| tickets.give(visit, &token("cookie"), &random));
        tickets.forget(&li_nainai);
        assert_eq!(tickets.good.len(), 2);
        tickets.forget_all_but(&[li_nainai, chen]);
        assert_eq!(tickets.good.len(), 1);
        let good = given.map(|ticket| returns(&mut tickets, &ticket, "cookie", &random).is_some());
        assert_eq!(good, [false, false, true]);
    }

    #[test]
    fn the_ninth_return_in_a_row_is_by_the_cookie() {
        let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(1));
        let mut ticket = Some(tickets.give(&visit("li_nainai"), &token("cookie"), &random));
        for number in 1..=IN_A_ROW {
            let next = returns(&mut tickets, &ticket.unwrap(), "cookie", &random).unwrap();
            assert_eq!(next.is_some(), number < IN_A_ROW, "return {number}");
            ticket = next;
        }
        assert!(tickets.good.is_empty());
    }

    /// One ticket ever given: whose, for which cookie, and which return in a row it is for.
    #[derive(Clone)]
    struct Given {
        text: String,
        visit: u8,
        cookie: u8,
        nth: u8,
    }

    /// A number below `below`.
    fn draw(random: &SeededRandom, below: usize) -> usize {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % below as u64) as usize
    }

    /// Of all tickets ever given of a visit the last alone is good, once, with its own cookie, and never after a restart.
    #[test]
    fn in_whatever_order_people_come_the_newest_ticket_of_a_visit_is_good_with_its_own_cookie_alone() {
        for seed in 0..500 {
            let chance = SeededRandom::new(seed);
            let (mut tickets, random) = (ReturnTickets::default(), SeededRandom::new(!seed));
            let (mut given, mut good) = (Vec::<Given>::new(), BTreeMap::<u8, usize>::new());
            for _ in 0..100 {
                let (who, cookie) = (draw(&chance, 3) as u8, draw(&chance, 3) as u8);
                let next = match draw(&chance, 16) {
                    // A page is let in by an answer to its cookie.
                    0..4 => {
                        let text = tickets.give(&visit(&who.to_string()), &token(&cookie.to_string()), &random);
                        Some((who, cookie, 1, text))
                    }
                    // The server starts again.
                    4 => {
                        tickets = ReturnTickets::default();
                        good.clear();
                        None
                    }
                    // Somebody brings one of the tickets ever given, often a late one, with some cookie.
                    _ if given.is_empty() => None,
                    late => {
                        let newest = given.len() - 1;
                        let index = if late < 11 { newest } else { draw(&chance, given.len()) };
                        let Given {
                            text,
                            visit,
                            cookie: own,
                            nth,
                        } = given[index].clone();
                        let cookie = if late < 9 { own } else { cookie };
                        let fits = good.get(&visit) == Some(&index) && cookie == own;
                        let next = returns(&mut tickets, &text, &cookie.to_string(), &random);
                        assert_eq!(next.is_some(), fits, "seed {seed}");
                        next.and_then(|next| {
                            assert_eq!(next.is_some(), nth < IN_A_ROW, "seed {seed}");
                            good.remove(&visit);
                            next.map(|text| (visit, cookie, nth + 1, text))
                        })
                    }
                };
                if let Some((visit, cookie, nth, text)) = next {
                    good.insert(visit, given.len());
                    given.push(Given { text, visit, cookie, nth });
                }
            }
            let mut texts: Vec<&str> = given.iter().map(|given| given.text.as_str()).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), given.len(), "no ticket is drawn twice");
        }
    }
}
