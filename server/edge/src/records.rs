//! Records of a hall: listed, looked into, exported.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use yunyiban_app::Refusal;
use yunyiban_app::records::RecordFilter;
use yunyiban_protocol::{ItemCode, StaffId, VisitId};

use crate::door::Door;
use crate::error::HttpProblem;
use crate::staff::session_of;

/// Routes of `/api/staff/records`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/api/staff/records", get(list_records))
        .route("/api/staff/records/{visit}", get(list_versions))
        .route("/api/staff/records.csv", get(export_records))
}

/// The query as a page writes it; an empty field is an absent one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    day: String,
    text: String,
    staff: String,
    item: String,
    cursor: String,
}

impl From<Wanted> for RecordFilter {
    fn from(wanted: Wanted) -> Self {
        let given = |text: String| (!text.is_empty()).then_some(text);
        Self {
            day: given(wanted.day),
            text: given(wanted.text),
            staff: given(wanted.staff).map(StaffId::new),
            item: given(wanted.item).map(ItemCode::new),
            cursor: given(wanted.cursor),
        }
    }
}

type Asked = Result<Query<Wanted>, QueryRejection>;

async fn list_records(State(door): State<Arc<Door>>, headers: HeaderMap, query: Asked) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.records(&who, &filter(query)?).await?).into_response())
}

async fn list_versions(State(door): State<Arc<Door>>, headers: HeaderMap, Path(visit): Path<String>) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    Ok(Json(door.house.record_versions(&who, &VisitId::new(visit)).await?).into_response())
}

async fn export_records(State(door): State<Arc<Door>>, headers: HeaderMap, query: Asked) -> Result<Response, HttpProblem> {
    let who = session_of(&door, &headers).await?;
    let filter = filter(query)?;
    let sheet = door.house.records_csv(&who, &filter, &door.sheet).await?;
    let named = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, file_name(filter.day.as_deref())),
    ];
    Ok((named, sheet).into_response())
}

fn filter(query: Asked) -> Result<RecordFilter, HttpProblem> {
    let Query(wanted) = query.map_err(|_| Refusal::BadMessage)?;
    Ok(wanted.into())
}

/// `records-2026-11-23.csv`; only digits and hyphens of the day get into the name.
fn file_name(day: Option<&str>) -> HeaderValue {
    let day = day.filter(|day| day.len() <= 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    let name = day.map_or("records.csv".to_owned(), |day| format!("records-{day}.csv"));
    HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).expect("digits and hyphens make a header value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_of_the_form_is_no_filter() {
        let Query(wanted) = Query::<Wanted>::try_from_uri(&"/r?day=2026-11-23&text=&item=".parse().unwrap()).unwrap();
        assert_eq!(
            RecordFilter::from(wanted),
            RecordFilter {
                day: Some("2026-11-23".into()),
                ..RecordFilter::default()
            }
        );
        assert!(Query::<Wanted>::try_from_uri(&"/r?hall=laocheng".parse().unwrap()).is_err());
    }

    #[test]
    fn the_name_of_the_sheet_holds_nothing_but_the_day() {
        assert_eq!(file_name(Some("2026-11-23")), "attachment; filename=\"records-2026-11-23.csv\"");
        assert_eq!(file_name(Some("\"; evil")), "attachment; filename=\"records.csv\"");
        assert_eq!(file_name(None), "attachment; filename=\"records.csv\"");
    }
}
