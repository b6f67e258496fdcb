//! The door of a house: opens, stands, closes.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::sync::Semaphore;
use tracing::info;
use yunyiban_app::House;

use crate::asset::Assets;
use crate::config::EdgeConfig;
use crate::door::{Door, MOST_PICTURES};
use crate::front::Front;
use crate::health::Pulse;
use crate::stand::{EdgeFailure, Stand};
use crate::{appointments, bulk, citizen, health, hours, metrics, page, records, rules, socket, staff};

/// An open door.
pub struct EdgeHandle {
    stand: Stand,
    house: Arc<House>,
}

/// Opens the door: it answers from now on. Must be called inside a tokio runtime.
///
/// # Errors
/// [`EdgeFailure::Listen`], [`EdgeFailure::Tls`]; then nothing runs.
pub fn open(config: EdgeConfig, house: Arc<House>) -> Result<EdgeHandle, EdgeFailure> {
    let front = Arc::new(Front::new(&config, std::process::id()));
    let counts = Arc::clone(&front.counts);
    let stand = Stand::open(&config, routes(&config, front, Arc::clone(&house)), counts)?;
    info!(address = %stand.address(), "the door is open");
    Ok(EdgeHandle { stand, house })
}

impl EdgeHandle {
    /// Where the door really is, also when port 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.stand.address()
    }

    /// Stays open until `shutdown`; then takes no more connections, lets requests finish, has the house tell every socket to come
    /// back later, and waits until all have left, [`crate::Limits::farewell`] at most.
    ///
    /// # Errors
    /// [`EdgeFailure::Serving`] as soon as the door falls shut by itself; the sockets are told to come back later then too.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), EdgeFailure> {
        self.stand.run_until(shutdown, || self.house.stop()).await
    }
}

/// Every route, by audience, behind the one front.
fn routes(config: &EdgeConfig, front: Arc<Front>, house: Arc<House>) -> Router {
    let door = Arc::new(Door {
        house,
        front: Arc::clone(&front),
        assets: Assets::built(),
        halls: config.halls.clone(),
        metrics_from: config.metrics_from.clone(),
        sheet: config.sheet.clone(),
        pulse: Pulse::default(),
        pictures: Semaphore::new(MOST_PICTURES),
    });
    let pages = page::routes().merge(health::routes()).merge(metrics::routes());
    let people = citizen::routes()
        .merge(staff::routes())
        .merge(records::routes())
        .merge(rules::routes())
        .merge(hours::routes())
        .merge(appointments::routes())
        .merge(bulk::routes());
    front.before(pages.merge(people).merge(socket::routes()).with_state(door))
}
