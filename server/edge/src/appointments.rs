//! Appointments of a hall: booked at a desk, listed, called off.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use yunyiban_app::Refusal;
use yunyiban_protocol::VisitId;
use yunyiban_protocol::http::{BookAppointment, CallOff};

use crate::body::read_json;
use crate::door::Door;
use crate::error::HttpProblem;
use crate::origin::named_origin;
use crate::staff::session_of;

/// Routes of `/api/staff/appointments`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/staff/appointments", get(list_appointments).post(book_appointment))
        .route("/api/staff/appointments/{visit}/call-off", post(call_off))
}

/// The query as a page writes it; an empty field is an absent one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    day: String,
}

async fn list_appointments(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let Query(Wanted { day }) = query.map_err(|_| Refusal::BadMessage)?;
    let day = Some(day.as_str()).filter(|day| !day.is_empty());
    Ok(Json(door.house.appointments(&who, day).await?).into_response())
}

async fn book_appointment(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: BookAppointment = read_json(&headers, body, door.front.limits.body).await?;
    let named = named_origin(&headers)?;
    let origin = door.front.origins.of_citizens().unwrap_or(named);
    let booked = door.house.book(&who, wish, origin).await?;
    Ok(Json(booked).into_response())
}

async fn call_off(State(door): State<Arc<Door>>, headers: HeaderMap, Path(visit): Path<String>, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: CallOff = read_json(&headers, body, door.front.limits.body).await?;
    door.house.call_off(&who, VisitId::new(visit), wish).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
