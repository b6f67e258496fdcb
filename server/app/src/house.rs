//! The house: every hall of this node, its citizens, its staff, and their sockets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use yunyiban_core::Refusal;
use yunyiban_protocol::HallId;

use crate::bucket::AddressCap;
use crate::call::events::{PeerOwners, hand_on};
use crate::hall::HallHandle;
use crate::notices::{self, Letterbox};
use crate::outbox::Ending;
use crate::password;
use crate::ports::media::MediaEvent;
use crate::ports::spawn::task;
use crate::ports::store::StoreFailure;
use crate::ports::{Clock, Files, Media, Notices, Random, Spawner, Store};
use crate::referral::{self, TakenReferrals};
use crate::session_watch;
use crate::settings::Settings;
use crate::sign_in::Clerk;
use crate::sister::SeenSisters;
use crate::sync::lock;
use crate::ticket::Tickets;
use crate::trouble::Trouble;

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
    /// Messages to people away from the page; `None` where no provider is configured.
    pub notices: Option<Arc<dyn Notices>>,
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
    /// Every hall's task does its work: none is gone, and none has done nothing but panic lately.
    pub tasks: bool,
}

/// The house. Methods are grouped by who asks: [`crate::citizen`], [`crate::staff`], [`crate::records`],
/// [`crate::rules`], [`crate::bulk`], [`crate::connection`].
pub struct House {
    pub(crate) outside: Arc<Outside>,
    pub(crate) settings: Settings,
    pub(crate) tickets: Tickets,
    pub(crate) clerk: Clerk,
    pub(crate) sign_ins_by_address: Mutex<AddressCap>,
    pub(crate) citizen_picture_bytes: Mutex<AddressCap>,
    pub(crate) staff_picture_bytes: Mutex<AddressCap>,
    pub(crate) seen_sisters: SeenSisters,
    visits_by_address: Arc<Mutex<AddressCap>>,
    peer_owners: Arc<PeerOwners>,
    halls: Mutex<BTreeMap<HallId, Arc<HallHandle>>>,
    connections: AtomicU64,
    stopped: AtomicBool,
}

/// The outside, as every task of the house holds it.
pub(crate) struct Outside {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) media: Arc<dyn Media>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) spawner: Arc<dyn Spawner>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) letterbox: Letterbox,
    pub(crate) taken: TakenReferrals,
}

impl House {
    /// Opens every hall of the archive and starts its tasks. They end when the house is dropped.
    ///
    /// # Errors
    /// [`StartFailure`]; then nothing runs.
    pub async fn start(ports: Ports, settings: Settings) -> Result<Arc<House>, StartFailure> {
        password::is_possible(settings.password_cost).map_err(StartFailure::PasswordCost)?;
        let Ports {
            store,
            media,
            media_events,
            clock,
            random,
            spawner,
            files,
            notices,
        } = ports;
        let (letterbox, slot) = Letterbox::new(notices);
        let (taken, news) = TakenReferrals::new();
        let outside = Arc::new(Outside {
            store,
            media,
            clock,
            random,
            spawner,
            files,
            letterbox,
            taken,
        });
        let peer_owners = Arc::new(PeerOwners::default());
        let house = Arc::new(House {
            tickets: Tickets::new(settings.ticket_ms),
            clerk: Clerk::start(&outside, &settings),
            sign_ins_by_address: Mutex::new(AddressCap::a_minute(settings.sign_ins_a_minute)),
            citizen_picture_bytes: Mutex::new(AddressCap::an_hour(settings.picture_bytes_an_hour)),
            staff_picture_bytes: Mutex::new(AddressCap::an_hour(settings.picture_bytes_an_hour)),
            seen_sisters: SeenSisters::default(),
            visits_by_address: Arc::new(Mutex::new(AddressCap::a_minute(settings.visits_a_minute))),
            peer_owners: peer_owners.clone(),
            halls: Mutex::default(),
            connections: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            outside: outside.clone(),
            settings,
        });
        if let Some(slot) = slot {
            notices::start(&outside, slot);
        }
        for hall in outside.store.halls().await.map_err(StartFailure::Halls)? {
            house.open_hall(&hall).await?;
        }
        outside.spawner.spawn("media events", task(hand_on(media_events, peer_owners)));
        outside
            .spawner
            .spawn("session watch", task(session_watch::run(Arc::downgrade(&house), outside.clock.clone())));
        // Once every hall is open, for any may be told.
        outside
            .spawner
            .spawn("referrals", task(referral::run(Arc::downgrade(&house), outside.clock.clone(), news)));
        Ok(house)
    }

    /// Opens a hall made after the start; one that is open stays as it is.
    ///
    /// # Errors
    /// [`StartFailure::Hall`].
    pub async fn open_hall(&self, hall: &HallId) -> Result<(), StartFailure> {
        if lock(&self.halls).contains_key(hall) {
            return Ok(());
        }
        let (visits, left) = (self.visits_by_address.clone(), AddressCap::a_night(self.settings.left_numbers_a_night));
        let opened = HallHandle::open(&self.outside, hall, visits, left, self.peer_owners.clone()).await;
        let handle = opened.map_err(|cause| StartFailure::Hall { hall: hall.clone(), cause })?;
        lock(&self.halls).insert(hall.clone(), Arc::new(handle));
        Ok(())
    }

    /// How the house is. Costs a round trip to the archive's disk.
    pub async fn health(&self) -> Health {
        let halls = self.all_halls();
        let sockets: usize = halls.iter().map(|hall| hall.lines.switchboard.count()).sum();
        Health {
            halls: u32::try_from(halls.len()).unwrap_or(u32::MAX),
            sockets: u32::try_from(sockets).unwrap_or(u32::MAX),
            store: self.outside.store.check().await.is_ok(),
            tasks: halls.iter().all(|hall| hall.works()),
        }
    }

    /// How often a hall's task has panicked since the start and was begun again: each is a bug of ours.
    pub fn panics(&self) -> u32 {
        self.all_halls().iter().map(|hall| hall.lines.panics.count()).sum()
    }

    /// Ends every socket with [`Ending::Stopping`] and opens no new ones. Nothing is lost: what was acknowledged is stored.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        for hall in self.all_halls() {
            hall.lines.switchboard.end_all(Ending::Stopping);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(crate) fn hall(&self, hall: &HallId) -> Result<Arc<HallHandle>, Trouble> {
        lock(&self.halls).get(hall).cloned().ok_or(Trouble::Refused(Refusal::HallUnknown))
    }

    pub(crate) fn all_halls(&self) -> Vec<Arc<HallHandle>> {
        lock(&self.halls).values().cloned().collect()
    }

    /// A number no other connection has.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}
