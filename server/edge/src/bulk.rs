//! The bulk lane: pictures of papers come and go here, their ids on the socket.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use tokio::sync::SemaphorePermit;
use yunyiban_app::bulk::{MAX_PICTURE_BYTES, Viewer};
use yunyiban_app::{Refusal, Trouble};
use yunyiban_protocol::BulkId;
use yunyiban_protocol::http::Uploaded;

use crate::body::read_bytes;
use crate::cookie;
use crate::door::{Door, hall_of};
use crate::error::HttpProblem;
use crate::front::Caller;
use crate::staff::session_of;

/// Routes of `/api/bulk`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/bulk", post(send_picture))
        .route("/api/bulk/{bulk}", get(read_picture))
}

/// A browser may hold a visit and a staff session at once; `?hall=xinqu` says the visit is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    hall: Option<String>,
}

async fn send_picture(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Query(side): Query<Side>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let viewer = match side.hall {
        Some(hall) => citizen_of(&headers, &hall)?,
        None => Viewer::Staff(session_of(&door, &headers).await?),
    };
    let patience = door.front.limits.picture;
    let _room = match room_for(&door, &viewer).await {
        Ok(room) => room,
        Err(problem) => {
            // Thrown away as it comes: a browser that is cut off while it sends never reads why.
            let _ = read_bytes(body, 0, patience).await;
            return Err(problem);
        }
    };
    let picture = read_bytes(body, MAX_PICTURE_BYTES, patience).await?;
    let bulk = door.house.upload(&viewer, picture, caller.address).await?;
    Ok(Json(Uploaded { bulk }).into_response())
}

/// Room for a picture, for whoever has a visit to send it for: nothing of a body is kept before both are known (T11).
async fn room_for<'a>(door: &'a Door, viewer: &Viewer) -> Result<SemaphorePermit<'a>, HttpProblem> {
    door.house.may_upload(viewer).await?;
    door.pictures.try_acquire().map_err(|_| Refusal::TooMany.into())
}

/// Any right this browser holds will do, its visits first.
async fn read_picture(State(door): State<Arc<Door>>, Path(bulk): Path<String>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let bulk = BulkId::new(bulk);
    for (hall, cookie) in cookie::visit_secrets(&headers) {
        match door.house.picture(&Viewer::Citizen { hall, cookie }, &bulk).await {
            Ok(picture) => return Ok(show(picture.kind.media_type(), picture.bytes)),
            Err(Trouble::Refused(_) | Trouble::Later { .. }) => {}
            Err(trouble @ Trouble::Failed { .. }) => return Err(trouble.into()),
        }
    }
    if cookie::staff_secret(&headers).is_none() {
        return Err(Refusal::VisitUnknown.into());
    }
    let viewer = Viewer::Staff(session_of(&door, &headers).await?);
    let picture = door.house.picture(&viewer, &bulk).await?;
    Ok(show(picture.kind.media_type(), picture.bytes))
}

fn citizen_of(headers: &HeaderMap, hall: &str) -> Result<Viewer, HttpProblem> {
    let hall = hall_of(hall)?;
    let cookie = cookie::visit_secret(headers, &hall).ok_or(Refusal::VisitUnknown)?;
    Ok(Viewer::Citizen { hall, cookie })
}

/// A picture in our pages, and nothing but a picture when opened alone: see [`crate::headers::seal`].
fn show(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, bytes).into_response()
}
