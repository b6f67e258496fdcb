//! `GET /healthz`: for load balancers, `doctor`, and people with a browser.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::time::Instant;
use yunyiban_app::Health;

use crate::door::Door;

/// The last look at the house. A look costs a round trip to the disk, so strangers cannot make more than one a second.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<(Instant, Health)>>);

const FRESH: Duration = Duration::from_secs(1);

/// The route `/healthz`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new().route("/healthz", get(read_health))
}

#[derive(Serialize)]
struct HealthView {
    status: &'static str,
    halls: u32,
    sockets: u32,
}

async fn read_health(State(door): State<Arc<Door>>) -> Response {
    let health = match door.pulse.fresh() {
        Some(health) => health,
        None => door.pulse.keep(door.house.health().await),
    };
    let (code, status) = match health {
        Health { store: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"),
        Health { tasks: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "hall_broken"),
        Health { .. } => (StatusCode::OK, "ok"),
    };
    (
        code,
        Json(HealthView {
            status,
            halls: health.halls,
            sockets: health.sockets,
        }),
    )
        .into_response()
}

impl Pulse {
    /// The last look if it is fresh. An old one is renewed by the caller alone: others see it as fresh meanwhile.
    fn fresh(&self) -> Option<Health> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, health) = last.as_mut()?;
        if at.elapsed() < FRESH {
            return Some(*health);
        }
        *at = Instant::now();
        None
    }

    fn keep(&self, health: Health) -> Health {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), health));
        health
    }
}
