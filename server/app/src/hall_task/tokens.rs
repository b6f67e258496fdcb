//! Which cookie belongs to which visit: the fold of the token rows, for the bulk lane and the limit of new visits.

use std::collections::BTreeMap;

use yunyiban_core::{HallImage, Row, TokenHash};
use yunyiban_protocol::VisitId;

/// Cookies of the day, by hash. The core alone decides who may resume; this only finds.
#[derive(Default)]
pub(crate) struct Tokens {
    visits: BTreeMap<TokenHash, VisitId>,
    hashes: BTreeMap<VisitId, Vec<TokenHash>>,
}

impl Tokens {
    /// From the archive.
    pub(crate) fn of(image: &HallImage) -> Self {
        let mut tokens = Self::default();
        for (visit, token, previous) in &image.tokens {
            tokens.put(visit, token, previous.as_ref());
        }
        tokens
    }

    /// The visit of a present token, or of the one before it.
    pub(crate) fn visit(&self, token: &TokenHash) -> Option<&VisitId> {
        self.visits.get(token)
    }

    /// Follows a row that was stored.
    pub(crate) fn follow(&mut self, row: &Row) {
        if let Row::Token { visit, token, previous } = row {
            self.put(visit, token, previous.as_ref());
        }
    }

    /// Lets go of the cookies of other visits.
    pub(crate) fn keep(&mut self, keep: impl Fn(&VisitId) -> bool) {
        self.hashes.retain(|visit, _| keep(visit));
        let hashes = &self.hashes;
        self.visits.retain(|_, visit| hashes.contains_key(visit));
    }

    fn put(&mut self, visit: &VisitId, token: &TokenHash, previous: Option<&TokenHash>) {
        let present: Vec<TokenHash> = [Some(token), previous].into_iter().flatten().cloned().collect();
        for hash in &present {
            self.visits.insert(hash.clone(), visit.clone());
        }
        for gone in self.hashes.insert(visit.clone(), present.clone()).unwrap_or_default() {
            if !present.contains(&gone) {
                self.visits.remove(&gone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_until_two_newer_ones_have_replaced_it() {
        let li_nainai = VisitId::new("li_nainai");
        let token = |text: &str| TokenHash(text.into());
        let row = |present: &str, previous: Option<&str>| Row::Token {
            visit: li_nainai.clone(),
            token: token(present),
            previous: previous.map(token),
        };
        let mut tokens = Tokens::default();
        tokens.follow(&row("first", None));
        tokens.follow(&row("second", Some("first")));
        assert_eq!(tokens.visit(&token("first")), Some(&li_nainai));
        assert_eq!(tokens.visit(&token("second")), Some(&li_nainai));
        tokens.follow(&row("third", Some("second")));
        assert_eq!(tokens.visit(&token("first")), None);
        assert_eq!(tokens.visit(&token("third")), Some(&li_nainai));
    }
}
