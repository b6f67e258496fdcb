//! What a citizen's page asks: the hall, its items, a number, the way back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use yunyiban_app::versions::visit_for;
use yunyiban_app::{Cookies, Refusal, Secret, Trouble};
use yunyiban_protocol::http::Resume;
use yunyiban_protocol::{HallId, ItemCode, TakeNumber, TakenNumber};

use crate::body::read_json;
use crate::cookie;
use crate::device::device_kind;
use crate::door::{Door, hall_of};
use crate::error::HttpProblem;
use crate::front::Caller;

/// The first version whose pages read an empty answer to `resume`; older ones are refused, as they know it.
const KNOWS_NO_CONTENT: u16 = 2;

/// Routes under `/api/halls`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/halls/{hall}", get(read_hall))
        .route("/api/halls/{hall}/sisters", get(list_sisters))
        .route("/api/halls/{hall}/items", get(list_items))
        .route("/api/halls/{hall}/items/{code}", get(read_item))
        .route("/api/halls/{hall}/visits", post(take_number))
        .route("/api/halls/{hall}/resume", post(resume_visit))
        .merge(crate::handover::routes())
}

async fn read_hall(State(door): State<Arc<Door>>, Path(hall): Path<String>) -> Result<Response, HttpProblem> {
    let card = door.house.hall_card(&hall_of(&hall)?).await?;
    Ok(Json(card).into_response())
}

/// The query as a page writes it; an empty field is an absent one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Matter {
    item: String,
}

async fn list_sisters(
    State(door): State<Arc<Door>>,
    Path(hall): Path<String>,
    query: Result<Query<Matter>, QueryRejection>,
) -> Result<Response, HttpProblem> {
    let Query(Matter { item }) = query.map_err(|_| Refusal::BadMessage)?;
    let item = Some(ItemCode::new(item)).filter(|item| !item.as_str().is_empty());
    let sisters = door.house.sister_halls(&hall_of(&hall)?, item.as_ref()).await?;
    Ok(Json(sisters).into_response())
}

async fn list_items(State(door): State<Arc<Door>>, Path(hall): Path<String>) -> Result<Response, HttpProblem> {
    let items = door.house.items(&hall_of(&hall)?)?;
    Ok(Json(&*items).into_response())
}

async fn read_item(State(door): State<Arc<Door>>, Path((hall, code)): Path<(String, String)>) -> Result<Response, HttpProblem> {
    let guide = door.house.item_guide(&hall_of(&hall)?, &ItemCode::new(code)).await?;
    Ok(Json(guide).into_response())
}

async fn take_number(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Path(hall): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let wish: TakeNumber = read_json(&headers, body, door.front.limits.body).await?;
    let cookies = Cookies {
        own: cookie::visit_secret(&headers, &hall),
        origin: wish.from.as_ref().and_then(|first| cookie::visit_secret(&headers, first)),
    };
    let device = device_kind(&headers).to_owned();
    let taken = door.house.take_number(&hall, wish, cookies, device, caller.address).await?;
    Ok(keep(&hall, taken, caller))
}

async fn resume_visit(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Path(hall): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let Resume { version } = read_json(&headers, body, door.front.limits.body).await?;
    let found = match cookie::visit_secret(&headers, &hall) {
        Some(cookie) => door.house.resume(&hall, cookie).await,
        None => Err(Refusal::VisitUnknown.into()),
    };
    match found {
        // Every page asks when it opens, for only the server can read the cookie: nothing kept is no mistake.
        Err(Trouble::Refused(Refusal::VisitUnknown)) if version >= KNOWS_NO_CONTENT => Ok(StatusCode::NO_CONTENT.into_response()),
        found => {
            let (mut taken, secret) = found?;
            taken.visit = visit_for(version, taken.visit);
            Ok(keep(&hall, (taken, secret), caller))
        }
    }
}

/// The answer that brings a visit, with its cookie.
pub(crate) fn keep(hall: &HallId, (taken, secret): (TakenNumber, Secret), caller: Caller) -> Response {
    ([(header::SET_COOKIE, cookie::keep_visit(hall, &secret, caller.https))], Json(taken)).into_response()
}
