//! 「换一部手机接着办」: the code, its link as text and dots, and the other phone that brings it (E12).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use yunyiban_app::Refusal;
use yunyiban_protocol::Sensitive;
use yunyiban_protocol::http::{HandoverCode, OfferHandover, TakeHandover};

use crate::body::read_json;
use crate::citizen::keep;
use crate::cookie;
use crate::door::{Door, hall_of};
use crate::error::HttpProblem;
use crate::front::Caller;
use crate::origin::named_origin;
use crate::qr::qr_dots;

/// Routes under `/api/halls`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/halls/{hall}/handover", post(offer_handover))
        .route("/api/halls/{hall}/handover/take", post(take_handover))
}

async fn offer_handover(State(door): State<Arc<Door>>, Path(hall): Path<String>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let OfferHandover {} = read_json(&headers, body, door.front.limits.body).await?;
    let cookie = cookie::visit_secret(&headers, &hall).ok_or(Refusal::VisitUnknown)?;
    let offered = door.house.offer_handover(&hall, cookie).await?;
    // The other phone opens the same address.
    let origin = named_origin(&headers)?;
    let link = format!("{origin}/h/{hall}#{}", offered.code.reveal());
    let dots = qr_dots(&link).map_err(|_| Refusal::TooLarge)?;
    Ok(Json(HandoverCode {
        code: offered.code,
        good_for_ms: offered.good_for_ms,
        link: Sensitive::new(link),
        dots: Sensitive::new(dots),
    })
    .into_response())
}

async fn take_handover(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Path(hall): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let wish: TakeHandover = read_json(&headers, body, door.front.limits.body).await?;
    let cookie = cookie::visit_secret(&headers, &hall);
    let taken = door.house.take_handover(&hall, wish, cookie, caller.address).await?;
    Ok(keep(&hall, taken, caller))
}
