//! Request bodies: bounded in size and time, JSON read once into its type (T11, T12).

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use yunyiban_app::Refusal;

use crate::decode::decode;
use crate::error::HttpProblem;

/// Largest JSON body, bytes.
pub const MAX_JSON_BYTES: usize = 16 * 1_024;

/// So much of a body that is too large is still taken and thrown away, bytes: a browser that is cut off while it sends
/// never reads the answer. Photos of phones are below this.
const MAX_WASTE_BYTES: usize = 16 * 1_024 * 1_024;

/// The JSON of a request. A page of another site cannot send this content type without asking first, which we never grant.
///
/// # Errors
/// `bad_message`, `too_large`, or the body is too slow.
pub async fn read_json<T: DeserializeOwned>(headers: &HeaderMap, body: Body, patience: Duration) -> Result<T, HttpProblem> {
    read_json_within(headers, body, MAX_JSON_BYTES, patience).await
}

/// The same of a body of at most `limit` bytes.
///
/// # Errors
/// As [`read_json`].
pub async fn read_json_within<T: DeserializeOwned>(headers: &HeaderMap, body: Body, limit: usize, patience: Duration) -> Result<T, HttpProblem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::BadMessage.into());
    }
    let json = read_bytes(body, limit, patience).await?;
    decode(&json).map_err(|_| Refusal::BadMessage.into())
}

/// The bytes of a request.
///
/// # Errors
/// `too_large` above `limit`; `bad_message` when the connection breaks; or the body is too slow.
pub async fn read_bytes(body: Body, limit: usize, patience: Duration) -> Result<Vec<u8>, HttpProblem> {
    timeout(patience, gather(body, limit)).await.unwrap_or(Err(HttpProblem::TooSlow))
}

async fn gather(body: Body, limit: usize) -> Result<Vec<u8>, HttpProblem> {
    let mut kept = Vec::new();
    let mut wasted = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BadMessage)?;
        if wasted == 0 && kept.len() + chunk.len() <= limit {
            kept.extend_from_slice(&chunk);
            continue;
        }
        wasted += kept.len() + chunk.len();
        kept = Vec::new();
        if wasted > MAX_WASTE_BYTES {
            break;
        }
    }
    if wasted > 0 { Err(Refusal::TooLarge.into()) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream;
    use yunyiban_protocol::TakeNumber;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);
    const WISH: &str = r#"{"key":"k1234567","item":null,"notice_version":"1"}"#;

    fn kind(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, header::HeaderValue::from_static(kind))])
    }

    async fn read(content_type: &'static str, body: impl Into<Body>) -> Result<TakeNumber, HttpProblem> {
        read_json(&kind(content_type), body.into(), PATIENCE).await
    }

    #[tokio::test]
    async fn a_wish_is_read_in_any_spelling_of_its_type() {
        for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=utf-8"] {
            assert!(read(content_type, WISH).await.is_ok(), "{content_type}");
        }
    }

    #[tokio::test]
    async fn a_form_of_another_site_is_not_read() {
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "",
            "application/json5",
        ] {
            assert_eq!(read(content_type, WISH).await, Err(Refusal::BadMessage.into()), "{content_type}");
        }
    }

    #[tokio::test]
    async fn seventy_kilobytes_are_told_to_be_too_large() {
        let large = format!(r#"{{"key":"{}","item":null,"notice_version":"1"}}"#, "k".repeat(70_000));
        assert_eq!(read("application/json", large).await, Err(Refusal::TooLarge.into()));
    }

    #[tokio::test]
    async fn a_body_in_many_pieces_is_one_body() {
        let pieces = stream::iter(WISH.bytes().map(|byte| Ok::<_, std::io::Error>(Bytes::copy_from_slice(&[byte]))));
        assert!(read("application/json", Body::from_stream(pieces)).await.is_ok());
        let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1_000]));
        let too_many = stream::iter((0..17).map(move |_| chunk()));
        assert_eq!(read("application/json", Body::from_stream(too_many)).await, Err(Refusal::TooLarge.into()));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let stalled = stream::pending::<Result<Bytes, std::io::Error>>();
        let answer = read_bytes(Body::from_stream(stalled), MAX_JSON_BYTES, Duration::ZERO).await;
        assert_eq!(answer, Err(HttpProblem::TooSlow));
    }
}
