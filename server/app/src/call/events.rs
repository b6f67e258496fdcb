//! What the relay tells by itself, brought to the hall whose connection it is about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::ports::media::{MediaEvent, PeerId};
use crate::sync::lock;

/// Which hall's calls hold which connection.
#[derive(Default)]
pub(crate) struct PeerOwners {
    owners: Mutex<BTreeMap<PeerId, mpsc::Sender<MediaEvent>>>,
}

impl PeerOwners {
    pub(crate) fn put(&self, peer: PeerId, calls: mpsc::Sender<MediaEvent>) {
        lock(&self.owners).insert(peer, calls);
    }

    pub(crate) fn remove(&self, peer: PeerId) {
        lock(&self.owners).remove(&peer);
    }

    fn owner(&self, peer: PeerId) -> Option<mpsc::Sender<MediaEvent>> {
        lock(&self.owners).get(&peer).cloned()
    }
}

/// Hands events on until the relay ends. An event about a connection that nobody holds is about one that was just closed.
pub(crate) async fn hand_on(mut events: mpsc::Receiver<MediaEvent>, owners: Arc<PeerOwners>) {
    while let Some(event) = events.recv().await {
        let peer = match &event {
            MediaEvent::Connected(peer) | MediaEvent::Lost(peer) | MediaEvent::WantsOffer(peer) | MediaEvent::Flowing(peer, _) => *peer,
        };
        if let Some(calls) = owners.owner(peer) {
            // The calls have ended: so has the connection.
            let _ = calls.send(event).await;
        }
    }
}
