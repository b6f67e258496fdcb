//! A relay that makes connections of nothing and remembers what it was told.

use std::sync::Mutex;

use crate::ports::media::{CallId, CallSeat, Media, MediaFailure, OfferReason, PeerId};
use crate::sync::lock;
use async_trait::async_trait;

/// See the module. Connections are numbered from 1.
#[derive(Default)]
pub(super) struct FakeRelay {
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    peers: u64,
    log: Vec<String>,
}

impl FakeRelay {
    /// What it was told since the last time, one line each: `connect 1`, `gate li_nainai 1 2`, `gate li_nainai`, `close 1`.
    pub(super) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.told).log)
    }

    fn note(&self, line: String) {
        lock(&self.told).log.push(line);
    }
}

#[async_trait]
impl Media for FakeRelay {
    async fn connect(&self, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        if !offer.starts_with("v=0") {
            return Err(MediaFailure::BadDescription("not a description"));
        }
        let mut told = lock(&self.told);
        told.peers += 1;
        let peer = told.peers;
        told.log.push(format!("connect {peer}"));
        Ok((PeerId(peer), format!("v=0 answer {peer}")))
    }

    async fn offer(&self, peer: PeerId, reason: OfferReason) -> Result<String, MediaFailure> {
        self.note(format!("offer {} {reason:?}", peer.0));
        Ok(format!("v=0 offer {}", peer.0))
    }

    async fn accept_answer(&self, peer: PeerId, _answer: &str) -> Result<(), MediaFailure> {
        self.note(format!("answer {}", peer.0));
        Ok(())
    }

    async fn set_call(&self, call: &CallId, seats: &[CallSeat]) {
        let peers: String = seats.iter().map(|seat| format!(" {}", seat.peer.0)).collect();
        self.note(format!("gate {}{peers}", call.visit));
    }

    async fn close(&self, peer: PeerId) {
        self.note(format!("close {}", peer.0));
    }
}
