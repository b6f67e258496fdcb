//! `GET /healthz`: for load balancers, `doctor`, and people with a browser.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use tokio::time::Instant;
use yunyiban_app::Health;

use crate::door::Door;
use crate::front::Caller;
use crate::headers::page_policy;
use crate::origin::own_origin;
use crate::page::{plain_page, wants_page};
use crate::words::Plain;

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

async fn read_health(State(door): State<Arc<Door>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    let health = match door.pulse.fresh() {
        Some(health) => health,
        None => door.pulse.keep(door.house.health().await),
    };
    let (code, status, page) = match health {
        Health { store: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", Plain::StoreDown),
        Health { tasks: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "hall_broken", Plain::HallBroken),
        Health { .. } => (StatusCode::OK, "ok", Plain::Well),
    };
    if wants_page(&headers) {
        return plain_page(code, page, "", page_policy(own_origin(&headers, caller.https).as_deref()));
    }
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
