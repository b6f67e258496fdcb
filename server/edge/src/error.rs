//! Everything that is not a success: the only match from refusals to status codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use yunyiban_app::{Refusal, Trouble};
use yunyiban_protocol::http::Problem;

/// Why a request is not done. Becomes a [`Problem`] with the number of its request in [`finish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpProblem {
    /// The house says no, or cannot.
    House(Trouble),
    /// No such address, or not with this verb: a page of another version asks.
    NoRoute(StatusCode),
    /// The body did not come in time.
    TooSlow,
}

/// Rides on a response from a handler to [`finish`].
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    code: &'static str,
    retry_ms: Option<u32>,
}

impl From<Trouble> for HttpProblem {
    fn from(trouble: Trouble) -> Self {
        Self::House(trouble)
    }
}

impl From<Refusal> for HttpProblem {
    fn from(refusal: Refusal) -> Self {
        Self::House(Trouble::Refused(refusal))
    }
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let (status, code, retry_ms) = match self {
            Self::House(Trouble::Refused(refusal)) => (status_of(refusal), refusal.code(), None),
            Self::House(Trouble::Later { refusal, retry_ms }) => (status_of(refusal), refusal.code(), Some(retry_ms)),
            Self::House(Trouble::Failed { code, retry_ms }) => (StatusCode::SERVICE_UNAVAILABLE, code, Some(retry_ms)),
            Self::NoRoute(status) => (status, Refusal::PageOutdated.code(), None),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, Refusal::BadMessage.code(), None),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Unfinished { code, retry_ms });
        response
    }
}

/// Gives an answer that is not a success its body: code, number of the request, when to repeat.
/// What the framework refused by itself (it says so in plain text) gets a code here too; pages and data stay as they are.
pub fn finish(mut response: Response, request: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let marked = response.extensions_mut().remove::<Unfinished>();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if marked.is_none() && !plain {
        return response;
    }
    let Unfinished { code, retry_ms } = marked.unwrap_or(Unfinished {
        code: Refusal::BadMessage.code(),
        retry_ms: None,
    });
    let problem = axum::Json(Problem {
        code: code.to_owned(),
        request: request.to_owned(),
        retry_ms,
    });
    let mut answer = (status, problem).into_response();
    if let Some(retry_ms) = retry_ms {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(retry_ms.div_ceil(1_000)));
    }
    if let Some(allowed) = response.headers_mut().remove(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

/// The status of a refusal (RFC 9110, section 15). Pages decide by the code; the status is for everything between.
const fn status_of(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::BadMessage => StatusCode::BAD_REQUEST,
        Refusal::TokenReused | Refusal::HandedOver | Refusal::SignInWrong | Refusal::SignedOut | Refusal::BadTicket => StatusCode::UNAUTHORIZED,
        Refusal::NotAllowed | Refusal::PasswordMustChange | Refusal::ForeignOrigin | Refusal::NetworkBlocked => StatusCode::FORBIDDEN,
        Refusal::HallUnknown | Refusal::ItemUnknown | Refusal::VisitUnknown | Refusal::WindowUnknown | Refusal::QueueUnknown => StatusCode::NOT_FOUND,
        Refusal::CodeWrong | Refusal::RuleUnknown => StatusCode::NOT_FOUND,
        Refusal::OwnVisit | Refusal::RuleChanged | Refusal::HoursChanged => StatusCode::CONFLICT,
        Refusal::VisitClosed => StatusCode::GONE,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::BadPicture => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::BadKey | Refusal::BadName | Refusal::BadPhone | Refusal::BadText | Refusal::BadDescription => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::HoursBackwards | Refusal::HoursOverlap | Refusal::HoursMissing | Refusal::HoursTooMany => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::DayUnknown | Refusal::DayTwice => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::ReasonMissing | Refusal::PasswordWeak | Refusal::BadMoment | Refusal::RuleOutOfRange | Refusal::RuleContradicts => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::TooMany | Refusal::ChatTooFast | Refusal::PicturesPaused | Refusal::SignInLocked => StatusCode::TOO_MANY_REQUESTS,
        Refusal::HallClosed | Refusal::QueueClosed | Refusal::LastIntake | Refusal::HallFull | Refusal::NoticeOutdated | Refusal::PageOutdated => {
            StatusCode::CONFLICT
        }
        Refusal::NotNow | Refusal::UsedUp | Refusal::RingOver | Refusal::NobodyWaiting | Refusal::PickTooFar => StatusCode::CONFLICT,
        Refusal::WindowTaken | Refusal::NoWindow | Refusal::WindowBusy | Refusal::RecordMissing | Refusal::PassedOn | Refusal::NoPhone => {
            StatusCode::CONFLICT
        }
        Refusal::TargetBusy
        | Refusal::TransfersUsedUp
        | Refusal::RecallsUsedUp
        | Refusal::NoSupervisor
        | Refusal::ForSupervisor
        | Refusal::HallSuspended
        | Refusal::PhoneTaken => StatusCode::CONFLICT,
        Refusal::NoSlot | Refusal::SlotFull | Refusal::BookingBarred | Refusal::TooEarly => StatusCode::CONFLICT,
        Refusal::AlreadyRated
        | Refusal::NotServed
        | Refusal::TooManyPictures
        | Refusal::TooManyLines
        | Refusal::ReferralOver
        | Refusal::BookedHere
        | Refusal::Replaced => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn problem(problem: HttpProblem) -> (StatusCode, Problem) {
        read(finish(problem.into_response(), "7402-000123")).await
    }

    async fn read(response: Response) -> (StatusCode, Problem) {
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_refusal_is_told_with_its_code_and_the_number_of_the_request() {
        for refusal in Refusal::ALL {
            let (status, body) = problem((*refusal).into()).await;
            assert!(status.is_client_error(), "{refusal}");
            assert_eq!(
                (body.code.as_str(), body.request.as_str(), body.retry_ms),
                (refusal.code(), "7402-000123", None)
            );
        }
    }

    #[tokio::test]
    async fn a_failure_says_when_to_repeat() {
        let failed = HttpProblem::House(Trouble::Failed {
            code: "store_unavailable",
            retry_ms: 1_500,
        });
        let answer = finish(failed.into_response(), "7402-000123");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "2");
        let (status, body) = read(answer).await;
        assert_eq!(
            (status, body.code.as_str(), body.retry_ms),
            (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", Some(1_500))
        );
    }

    #[tokio::test]
    async fn a_refusal_for_a_while_says_how_long() {
        let locked = HttpProblem::House(Trouble::Later {
            refusal: Refusal::SignInLocked,
            retry_ms: 840_000,
        });
        let answer = finish(locked.into_response(), "7402-000123");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "840");
        let (status, body) = read(answer).await;
        assert_eq!(
            (status, body.code.as_str(), body.retry_ms),
            (StatusCode::TOO_MANY_REQUESTS, "sign_in_locked", Some(840_000))
        );
    }

    #[tokio::test]
    async fn what_the_framework_refuses_is_told_in_the_same_form() {
        let (status, body) = read(finish(
            (StatusCode::BAD_REQUEST, "Invalid `Upgrade` header").into_response(),
            "7402-000123",
        ))
        .await;
        assert_eq!((status, body.code.as_str()), (StatusCode::BAD_REQUEST, "bad_message"));
    }

    #[tokio::test]
    async fn a_page_for_people_stays_a_page() {
        let page = (StatusCode::NOT_FOUND, axum::response::Html("<h1>x</h1>")).into_response();
        let answer = finish(page, "7402-000123");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    }
}
