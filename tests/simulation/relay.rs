//! A relay without media that remembers which gates are open, between whom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use yunyiban_app::ports::media::{CallId, CallSeat, Media, MediaFailure, OfferReason, PeerId};
use yunyiban_core::VisitState;
use yunyiban_protocol::CallMode;

use super::book::Book;

/// Rights travel from the hall to the calls within this.
const SLACK_MS: i64 = 1_000;

/// See the module. A page's offer is its name: `citizen 3`, `staff chen`.
pub struct SimRelay {
    book: Arc<Mutex<Book>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    made: u64,
    names: BTreeMap<PeerId, String>,
    open: BTreeMap<CallId, i64>,
}

impl SimRelay {
    /// A relay that has just started.
    pub fn new(book: Arc<Mutex<Book>>) -> Arc<Self> {
        Arc::new(Self {
            book,
            state: Mutex::default(),
        })
    }

    /// I16: a gate is open only while both are together, and shut within a second after.
    pub fn check(&self, book: &mut Book) {
        let now = book.now();
        let mut state = self.state.lock().unwrap();
        for (call, allowed) in &mut state.open {
            if is_together(book, call) {
                *allowed = now;
            }
            let since = now - (*allowed).max(book.trouble);
            book.hold(since <= SLACK_MS, "I16", || {
                format!("the gate of {} is open {since} ms after its call", call.visit)
            });
        }
    }

    fn opened(&self, call: &CallId, seats: &[CallSeat]) {
        let mut book = self.book.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        if seats.is_empty() {
            state.open.remove(call);
            return;
        }
        let now = book.now();
        state.open.entry(call.clone()).or_insert(now);
        let visit = book.halls.get(&call.hall).and_then(|hall| hall.visits.get(&call.visit));
        let Some(standing) = visit else {
            let story = format!("a gate is open for {} which is not stored", call.visit);
            return book.fail("I14", &story);
        };
        let (visit, entered) = (standing.row.clone(), standing.entered);
        // I14: in a call sit its citizen and the person who serves it.
        let owner = book.owners.get(&call.visit).map(|owner| format!("citizen {owner}"));
        let server = match &visit.state {
            VisitState::Serving { staff, .. } => Some(format!("staff {staff}")),
            _ => visit.served_by.as_deref().map(|(staff, _)| format!("staff {staff}")),
        };
        for CallSeat { peer, hears } in seats {
            for peer in hears.iter().chain([peer]) {
                let name = state.names.get(peer).cloned();
                let belongs = name.is_some() && (name == owner || name == server);
                book.hold(belongs, "I14", || format!("{name:?} sits in a call of {owner:?} and {server:?}"));
            }
        }
        let fresh = now - entered <= SLACK_MS || now - book.trouble <= SLACK_MS;
        let together = is_together(&book, call);
        book.hold(together || fresh, "I16", || {
            format!("the gate of {} opens while it is {}", call.visit, visit.state.name())
        });
    }
}

fn is_together(book: &Book, call: &CallId) -> bool {
    let visit = book.halls.get(&call.hall).and_then(|hall| hall.visits.get(&call.visit));
    visit.is_some_and(|standing| matches!(standing.row.state, VisitState::Serving { mode: CallMode::Media, .. }))
}

#[async_trait]
impl Media for SimRelay {
    async fn connect(&self, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        let mut state = self.state.lock().unwrap();
        state.made += 1;
        let peer = PeerId(state.made);
        state.names.insert(peer, offer.to_owned());
        Ok((peer, format!("answer to {offer}")))
    }

    async fn offer(&self, peer: PeerId, _reason: OfferReason) -> Result<String, MediaFailure> {
        let state = self.state.lock().unwrap();
        let name = state.names.get(&peer).ok_or(MediaFailure::NoPeer(peer))?;
        Ok(format!("offer to {name}"))
    }

    async fn accept_answer(&self, peer: PeerId, _answer: &str) -> Result<(), MediaFailure> {
        let state = self.state.lock().unwrap();
        state.names.get(&peer).map(|_| ()).ok_or(MediaFailure::NoPeer(peer))
    }

    async fn set_call(&self, call: &CallId, seats: &[CallSeat]) {
        self.opened(call, seats);
    }

    async fn close(&self, peer: PeerId) {
        self.state.lock().unwrap().names.remove(&peer);
    }
}
