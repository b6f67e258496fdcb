//! 跨大厅转接: the page of a visit that goes on in another hall comes after it, with that hall's cookie.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use yunyiban_app::Refusal;
use yunyiban_protocol::http::{Follow, Followed};

use crate::body::read_json;
use crate::cookie;
use crate::door::{Door, hall_of};
use crate::error::HttpProblem;
use crate::front::Caller;

/// Routes under `/api/halls`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new().route("/api/halls/{hall}/follow", post(follow_visit))
}

async fn follow_visit(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Path(hall): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let Follow {} = read_json(&headers, body, door.front.limits.body).await?;
    let cookie = cookie::visit_secret(&headers, &hall).ok_or(Refusal::VisitUnknown)?;
    let (hall, secret) = door.house.follow(&hall, &cookie).await?;
    let kept = [(header::SET_COOKIE, cookie::keep_visit(&hall, &secret, caller.https))];
    Ok((kept, Json(Followed { hall })).into_response())
}
