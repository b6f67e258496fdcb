//! A relay without media: it makes peers and remembers what it was told. For the tests of other rooms.

use std::sync::Mutex;

use async_trait::async_trait;
use yunyiban_app::ports::media::{CallId, CallSeat, Media, MediaFailure, OfferReason, PeerId};

/// Remembers every order. Descriptions are short words, not SDP.
#[derive(Debug, Default)]
pub struct FakeMedia {
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    made: u64,
    living: Vec<PeerId>,
    calls: Vec<(CallId, Vec<CallSeat>)>,
    answers: Vec<(PeerId, String)>,
}

impl FakeMedia {
    /// An empty relay.
    #[must_use]
    pub fn new() -> FakeMedia {
        FakeMedia::default()
    }

    /// Peers that were made and not closed, oldest first.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerId> {
        self.log().living.clone()
    }

    /// Every `set_call`, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<(CallId, Vec<CallSeat>)> {
        self.log().calls.clone()
    }

    /// The seats a call has now; empty when its gate is shut or was never opened.
    #[must_use]
    pub fn seats(&self, call: &CallId) -> Vec<CallSeat> {
        self.log()
            .calls
            .iter()
            .rev()
            .find(|(other, _)| other == call)
            .map(|(_, seats)| seats.clone())
            .unwrap_or_default()
    }

    /// Every accepted answer, in order.
    #[must_use]
    pub fn answers(&self) -> Vec<(PeerId, String)> {
        self.log().answers.clone()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().expect("no test panics while it holds the log")
    }

    fn living(&self, peer: PeerId) -> Result<(), MediaFailure> {
        if self.log().living.contains(&peer) {
            Ok(())
        } else {
            Err(MediaFailure::NoPeer(peer))
        }
    }
}

#[async_trait]
impl Media for FakeMedia {
    async fn connect(&self, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        if offer.is_empty() {
            return Err(MediaFailure::BadDescription("empty"));
        }
        let mut log = self.log();
        log.made += 1;
        let peer = PeerId(log.made);
        log.living.push(peer);
        Ok((peer, format!("answer {}", peer.0)))
    }

    async fn offer(&self, peer: PeerId, reason: OfferReason) -> Result<String, MediaFailure> {
        self.living(peer)?;
        Ok(match reason {
            OfferReason::Restart => format!("offer restart {}", peer.0),
            OfferReason::Seats => format!("offer seats {}", peer.0),
        })
    }

    async fn accept_answer(&self, peer: PeerId, answer: &str) -> Result<(), MediaFailure> {
        self.living(peer)?;
        self.log().answers.push((peer, answer.to_owned()));
        Ok(())
    }

    async fn set_call(&self, call: &CallId, seats: &[CallSeat]) {
        self.log().calls.push((call.clone(), seats.to_vec()));
    }

    async fn close(&self, peer: PeerId) {
        self.log().living.retain(|living| *living != peer);
    }
}
