//! The house: every hall of this node, its citizens, its staff, and their sockets.

use std::sync::Arc;

use tokio::sync::mpsc;
use yunyiban_protocol::HallId;

use crate::ports::media::MediaEvent;
use crate::ports::store::StoreFailure;
use crate::ports::{Clock, Files, Media, Random, Spawner, Store};
use crate::settings::Settings;

/// Everything the house needs of the outside.
pub struct Ports {
    /// The archive.
    pub store: Arc<dyn Store>,
    /// The relay.
    pub media: Arc<dyn Media>,
    /// What the relay tells by itself.
    pub media_events: mpsc::Receiver<MediaEvent>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Tasks.
    pub spawner: Arc<dyn Spawner>,
    /// Pictures.
    pub files: Arc<dyn Files>,
}

/// Why the house does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartFailure {
    /// The archive could not list its halls.
    #[error("reading the list of halls")]
    Halls(#[source] StoreFailure),
    /// A hall could not be loaded.
    #[error("loading hall {hall}")]
    Hall {
        /// Which.
        hall: HallId,
        /// Why.
        #[source]
        cause: StoreFailure,
    },
    /// The hall is not in the archive.
    #[error("hall {0} is not in the archive")]
    NoHall(HallId),
    /// The password cost is out of Argon2's range.
    #[error("the password cost is out of range: {0}")]
    PasswordCost(String),
}

/// How the house is, for health pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Halls open here.
    pub halls: u32,
    /// Sockets alive.
    pub sockets: u32,
    /// The archive answers a round trip to its disk.
    pub store: bool,
}

/// The house. Methods are grouped by who asks: [`crate::citizen`], [`crate::staff`], [`crate::records`],
/// [`crate::bulk`], [`crate::connection`].
pub struct House {}

impl House {
    /// Opens every hall of the archive and starts its tasks.
    ///
    /// # Errors
    /// [`StartFailure`]; then nothing runs.
    pub async fn start(ports: Ports, settings: Settings) -> Result<Arc<House>, StartFailure> {
        todo!()
    }

    /// Opens a hall made after the start.
    ///
    /// # Errors
    /// [`StartFailure::NoHall`], [`StartFailure::Hall`].
    pub async fn open_hall(&self, hall: &HallId) -> Result<(), StartFailure> {
        todo!()
    }

    /// How the house is. Costs a round trip to the archive's disk.
    pub async fn health(&self) -> Health {
        todo!()
    }

    /// Ends every socket with [`crate::outbox::Ending::Stopping`] and takes no new ones. Nothing is lost:
    /// what was acknowledged is stored.
    pub fn stop(&self) {
        todo!()
    }
}
