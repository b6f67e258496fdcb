//! The rules of a hall, read and changed by its administrators.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use yunyiban_protocol::http::ChangeRule;

use crate::body::read_json;
use crate::door::Door;
use crate::error::HttpProblem;
use crate::staff::session_of;

/// Routes of `/api/staff/rules`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new().route("/api/staff/rules", get(list_rules).post(change_rule))
}

async fn list_rules(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.rules(&who).await?).into_response())
}

async fn change_rule(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: ChangeRule = read_json(&headers, body, door.front.limits.body).await?;
    door.house.change_rule(&who, wish).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
