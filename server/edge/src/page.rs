//! Pages: the citizen's with its hall inside, the staff's, and a few plain ones for when there is no hall to show.

use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use yunyiban_app::{HallSign, Refusal, Trouble};
use yunyiban_protocol::HallId;

use crate::door::{Door, hall_of};
use crate::error::HttpProblem;
use crate::front::Caller;
use crate::headers::page_policy;
use crate::origin::own_origin;
use crate::words::{Plain, call, hotline};

/// Routes of pages and their files.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/", get(show_halls))
        .route("/h", get(show_halls))
        .route("/h/", get(show_halls))
        .route("/h/{hall}", get(show_citizen_page))
        .route("/h/{hall}/", get(drop_slash))
        .route("/staff", get(show_staff_page))
        .route("/staff/{*screen}", get(show_staff_page))
        .route("/assets/{*file}", get(send_asset))
        .route("/door.css", get(send_style))
}

/// Where the citizen page takes the hall's facts: its text says the rest.
const MARK: &str = "<!--hall-->";

async fn show_citizen_page(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Path(hall): Path<String>,
    headers: HeaderMap,
) -> Response {
    let known = match hall_of(&hall) {
        Ok(hall) => door.house.hall_card(&hall).await.map_err(HttpProblem::from),
        Err(problem) => Err(problem),
    };
    let policy = policy(&headers, caller);
    match (known, door.assets.text("citizen/index.html")) {
        (Ok(card), Some(page)) => web_page(&page.replacen(MARK, &inline_json(&card), 1), policy),
        (Ok(_), None) => plain_page(StatusCode::SERVICE_UNAVAILABLE, Plain::Unbuilt, "", policy),
        (Err(HttpProblem::House(Trouble::Failed { .. })), _) => {
            plain_page(StatusCode::SERVICE_UNAVAILABLE, Plain::Failed, &by_telephone(&door, &hall), policy)
        }
        (Err(_), _) => show_ways_on(&signs(&door), policy),
    }
}

/// Who typed the link from a poster, or a program that tidied it up, may have put a stroke behind it.
async fn drop_slash(Path(hall): Path<String>) -> Response {
    match hall_of(&hall) {
        Ok(hall) => Redirect::permanent(&format!("/h/{hall}")).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn show_staff_page(State(door): State<Arc<Door>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    let policy = policy(&headers, caller);
    match door.assets.text("staff/index.html") {
        Some(page) => web_page(page, policy),
        None => plain_page(StatusCode::SERVICE_UNAVAILABLE, Plain::Unbuilt, "", policy),
    }
}

async fn show_halls(State(door): State<Arc<Door>>, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    if let [only] = door.halls.as_slice() {
        return Redirect::temporary(&format!("/h/{only}")).into_response();
    }
    let policy = policy(&headers, caller);
    let signs = signs(&door);
    if signs.is_empty() {
        return plain_page(StatusCode::NOT_FOUND, Plain::Empty, "", policy);
    }
    plain_page(StatusCode::OK, Plain::Halls, &format!("<ul>{}</ul>", entries(&signs)), policy)
}

/// Over the door of each hall of this house.
fn signs(door: &Door) -> Vec<HallSign> {
    door.halls.iter().filter_map(|hall| door.house.hall_sign(hall).ok()).collect()
}

/// For whoever looks for another hall: those that are here, and a telephone: the hall's where there is one alone.
fn show_ways_on(signs: &[HallSign], policy: HeaderValue) -> Response {
    let (page, telephone) = match signs {
        [] => (Plain::Empty, hotline()),
        [only] => (Plain::Unknown, only.telephone.as_str()),
        [_, _, ..] => (Plain::Unknown, hotline()),
    };
    let more = format!("<ul>{}{}</ul>", entries(signs), call_entry(telephone));
    plain_page(StatusCode::NOT_FOUND, page, &more, policy)
}

/// Of a hall that cannot answer now.
fn by_telephone(door: &Door, hall: &str) -> String {
    let sign = hall_of(hall).ok().and_then(|hall| door.house.hall_sign(&hall).ok());
    let telephone = sign.as_ref().map_or(hotline(), |sign| &sign.telephone);
    format!("<ul>{}</ul>", call_entry(telephone))
}

async fn send_asset(State(door): State<Arc<Door>>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response, HttpProblem> {
    door.assets
        .answer(&format!("assets/{file}"), &headers)
        .ok_or(HttpProblem::NoRoute(StatusCode::NOT_FOUND))
}

async fn send_style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, include_str!("page/door.css")).into_response()
}

/// No route: people who typed or copied a link hear it in a sentence, programs as a problem.
pub(crate) async fn show_lost(uri: Uri, Extension(caller): Extension<Caller>, headers: HeaderMap) -> Response {
    let for_programs = ["/api/", "/assets/", "/ws"].iter().any(|place| uri.path().starts_with(place));
    if for_programs || !wants_page(&headers) {
        return HttpProblem::NoRoute(StatusCode::NOT_FOUND).into_response();
    }
    let more = format!("<ul>{}</ul>", call_entry(hotline()));
    plain_page(StatusCode::NOT_FOUND, Plain::Lost, &more, policy(&headers, caller))
}

/// Somebody of a network that is not served: where to call instead.
pub(crate) fn show_blocked(headers: &HeaderMap, caller: Caller) -> Response {
    if !wants_page(headers) {
        return HttpProblem::from(Refusal::NetworkBlocked).into_response();
    }
    let more = format!("<ul>{}</ul>", call_entry(hotline()));
    plain_page(StatusCode::FORBIDDEN, Plain::Blocked, &more, policy(headers, caller))
}

/// Whether a browser is going to a page, as against a script fetching data.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|kinds| kinds.to_str().is_ok_and(|kinds| kinds.contains("text/html")))
}

fn policy(headers: &HeaderMap, caller: Caller) -> HeaderValue {
    page_policy(own_origin(headers, caller.https).as_deref())
}

fn web_page(page: &str, policy: HeaderValue) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page.to_owned())).into_response()
}

/// A page of two sentences: what it is, and what to do next; and `more`, the ways on.
pub(crate) fn plain_page(status: StatusCode, page: Plain, more: &str, policy: HeaderValue) -> Response {
    let filled = include_str!("page/door.html")
        .replace("{title}", &escape(page.title()))
        .replace("{next}", &escape(page.next()));
    let page = filled.replace("{more}", more);
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

fn entries(signs: &[HallSign]) -> String {
    signs.iter().map(|sign| entry(&sign.id, &sign.name)).collect()
}

fn call_entry(telephone: &str) -> String {
    format!(
        "<li><a class=\"call\" href=\"tel:{}\">{}</a></li>",
        escape(telephone),
        escape(&call(telephone))
    )
}

fn entry(hall: &HallId, name: &str) -> String {
    format!("<li><a href=\"/h/{hall}\">{}</a></li>", escape(name))
}

/// JSON that cannot leave a `<script>` element: what could end it, or a line of it, is written as an escape.
fn inline_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("wire types have text keys and finite numbers, so they are always JSON");
    let mut safe = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(letter))),
            plain => safe.push(plain),
        }
    }
    safe
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::{Busyness, HallCard, OpenState, Timestamp};

    use super::*;

    fn card(name: &str) -> HallCard {
        HallCard {
            id: HallId::new("xinqu"),
            name: name.into(),
            telephone: "12345".into(),
            demo_notice: None,
            open: OpenState::Closed { opens_at: None },
            closed_because: None,
            suspension: None,
            calls_back_from: None,
            sisters: None,
            closed_queues: vec![],
            special_days: Vec::new(),
            hours: vec![],
            busyness: Busyness::default(),
            long_wait_ms: 0,
            notice_version: "1".into(),
            items: Vec::new().into(),
            now: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_halls_name_cannot_leave_its_script() {
        for name in [
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "]]>&lt;",
            "a\u{2028}b\u{2029}c",
            "\"'\\",
            "新区街道便民服务中心",
        ] {
            let json = inline_json(&card(name));
            assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
            assert_eq!(serde_json::from_str::<HallCard>(&json).unwrap(), card(name));
        }
    }

    #[tokio::test]
    async fn a_wrong_link_leads_to_the_halls_there_are_and_to_a_telephone() {
        let sign = |id: &str| HallSign {
            id: HallId::new(id),
            name: format!("{id}中心"),
            telephone: "057188880000".into(),
        };
        for (halls, title, telephone) in [
            (&[][..], "这里还没有大厅", "12345"),
            (&["xinqu"][..], "没有找到这个大厅", "057188880000"),
            (&["xinqu", "laocheng"][..], "没有找到这个大厅", "12345"),
        ] {
            let signs: Vec<HallSign> = halls.iter().map(|hall| sign(hall)).collect();
            let answer = show_ways_on(&signs, HeaderValue::from_static("default-src 'none'"));
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            let page = axum::body::to_bytes(answer.into_body(), 100_000).await.unwrap();
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert!(page.contains(title) && page.contains(&format!("href=\"tel:{telephone}\"")), "{page}");
            for hall in halls {
                assert!(page.contains(&format!("<a href=\"/h/{hall}\">{hall}中心</a>")), "{page}");
            }
        }
    }

    #[test]
    fn a_halls_name_cannot_become_markup_in_the_list() {
        let line = entry(&HallId::new("xinqu"), "<img src=x onerror='a'>\"&");
        assert_eq!(line, "<li><a href=\"/h/xinqu\">&lt;img src=x onerror=&#39;a&#39;&gt;&quot;&amp;</a></li>");
    }

    #[test]
    fn the_citizen_page_keeps_the_hall_in_a_script_that_never_runs() {
        let page = include_str!("../../../web/citizen/index.html");
        let (before, after) = page.split_once(MARK).unwrap();
        assert!(before.trim_end().ends_with("<script type=\"application/json\" id=\"hall\">"));
        assert!(after.trim_start().starts_with("</script>"));
    }
}
