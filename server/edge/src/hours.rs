//! The week and the special days of a hall, read and changed by its administrators.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use yunyiban_protocol::hours::{ChangeCalendar, ChangeHours, ReadTable};

use crate::body::read_json_within;
use crate::door::Door;
use crate::error::HttpProblem;
use crate::staff::session_of;

/// Largest body, bytes: special days of several years, as they are and as they are to be.
const MOST_BYTES: usize = 256 * 1_024;

/// Routes of `/api/staff/hours` and `/api/staff/calendar`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/staff/hours", get(list_hours).post(change_hours))
        .route("/api/staff/calendar", post(change_calendar))
        .route("/api/staff/calendar/table", post(read_table))
}

async fn list_hours(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.hours(&who).await?).into_response())
}

async fn change_hours(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: ChangeHours = read_json_within(&headers, body, MOST_BYTES, door.front.limits.body).await?;
    door.house.change_hours(&who, wish).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn change_calendar(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: ChangeCalendar = read_json_within(&headers, body, MOST_BYTES, door.front.limits.body).await?;
    door.house.change_calendar(&who, wish).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn read_table(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let ReadTable { text } = read_json_within(&headers, body, MOST_BYTES, door.front.limits.body).await?;
    Ok(Json(door.house.read_calendar_table(&who, &text)?).into_response())
}
