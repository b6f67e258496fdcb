//! The door of a house: opens, stands, closes.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tracing::info;
use yunyiban_app::House;

use crate::asset::Assets;
use crate::config::EdgeConfig;
use crate::door::Door;
use crate::front::Front;
use crate::health::Pulse;
use crate::stand::{EdgeFailure, Stand};
use crate::{bulk, citizen, health, page, records, socket, staff};

/// An open door.
pub struct EdgeHandle {
    stand: Stand,
    house: Arc<House>,
}

/// Opens the door and stands in it until `shutdown`, then lets everyone leave.
///
/// # Errors
/// [`EdgeFailure`]; what the house had stored is stored.
pub async fn serve(config: EdgeConfig, house: Arc<House>, shutdown: impl Future<Output = ()>) -> Result<(), EdgeFailure> {
    let mut door = open(config, house)?;
    tokio::select! {
        biased;
        () = shutdown => door.close().await,
        failure = door.fallen() => Err(failure),
    }
}

/// Opens the door: it answers from now on. Must be called inside a tokio runtime.
///
/// # Errors
/// [`EdgeFailure::Listen`], [`EdgeFailure::Tls`]; then nothing runs.
pub fn open(config: EdgeConfig, house: Arc<House>) -> Result<EdgeHandle, EdgeFailure> {
    let stand = Stand::open(&config, routes(&config, Arc::clone(&house)))?;
    info!(address = %stand.address(), "the door is open");
    Ok(EdgeHandle { stand, house })
}

impl EdgeHandle {
    /// Where the door really is, also when port 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.stand.address()
    }

    /// Waits for what should not happen: that the door falls shut by itself.
    pub async fn fallen(&mut self) -> EdgeFailure {
        self.stand.fallen().await
    }

    /// Takes no more connections, lets requests finish, has the house tell every socket to come back later,
    /// and waits until all have left, [`crate::Limits::farewell`] at most.
    ///
    /// # Errors
    /// [`EdgeFailure::Serving`] when the door had fallen shut before.
    pub async fn close(self) -> Result<(), EdgeFailure> {
        self.stand.turn_away();
        self.house.stop();
        self.stand.close().await
    }
}

/// Every route, by audience, behind the one front.
fn routes(config: &EdgeConfig, house: Arc<House>) -> Router {
    let front = Arc::new(Front::new(config, std::process::id()));
    let door = Arc::new(Door {
        house,
        front: Arc::clone(&front),
        assets: Assets::built(),
        halls: config.halls.clone(),
        sheet: config.sheet.clone(),
        pulse: Pulse::default(),
    });
    let pages = page::routes().merge(health::routes());
    let people = citizen::routes().merge(staff::routes()).merge(records::routes()).merge(bulk::routes());
    front.before(pages.merge(people).merge(socket::routes()).with_state(door))
}
