//! What a staff console asks about itself: sign-in, its session, tickets.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use yunyiban_app::{Refusal, Secret, StaffSession};
use yunyiban_protocol::http::{ChangePassword, SignIn, SignedIn};

use crate::body::read_json;
use crate::cookie;
use crate::door::Door;
use crate::error::HttpProblem;
use crate::front::Caller;

/// Routes under `/api/staff` but the records.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/staff/sign-in", post(sign_in))
        .route("/api/staff/sign-out", post(sign_out))
        .route("/api/staff/password", post(change_password))
        .route("/api/staff/ticket", post(open_ticket))
        .route("/api/staff/me", get(read_session))
        .route("/api/staff/transfer-halls", get(list_transfer_halls))
}

/// Who asks, by the cookie; asked of the archive for every request (T26).
///
/// # Errors
/// `signed_out`, or a failure.
pub(crate) async fn session_of(door: &Door, headers: &HeaderMap) -> Result<StaffSession, HttpProblem> {
    let cookie = cookie::staff_secret(headers).ok_or(Refusal::SignedOut)?;
    Ok(door.house.who(&cookie).await?)
}

async fn sign_in(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let wish: SignIn = read_json(&headers, body, door.front.limits.body).await?;
    let signed_in = door.house.sign_in(wish, caller.address).await?;
    Ok(keep(signed_in, caller))
}

async fn sign_out(State(door): State<Arc<Door>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    match session_of(&door, &headers).await {
        Ok(who) => door.house.sign_out(&who).await?,
        // Signed out twice is signed out.
        Err(problem) if problem == Refusal::SignedOut.into() => {}
        Err(problem) => return Err(problem),
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::forget_staff(caller.https))]).into_response())
}

async fn change_password(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let wish: ChangePassword = read_json(&headers, body, door.front.limits.body).await?;
    let signed_in = door.house.change_password(&who, wish, caller.address).await?;
    Ok(keep(signed_in, caller))
}

async fn open_ticket(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.staff_ticket(&who)?).into_response())
}

async fn read_session(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.signed_in(&who)?).into_response())
}

async fn list_transfer_halls(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.transfer_halls(&who).await?).into_response())
}

fn keep((signed_in, secret): (SignedIn, Secret), caller: Caller) -> Response {
    ([(header::SET_COOKIE, cookie::keep_staff(&secret, caller.https))], Json(signed_in)).into_response()
}
