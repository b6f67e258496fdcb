use std::io;
use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::routing::{get, post};
use axum::{Extension, Json};
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;
use yunyiban_app::sheet::SheetWords;
use yunyiban_protocol::TakeNumber;
use yunyiban_protocol::http::Problem;

use super::*;
use crate::body::read_json;
use crate::origin::OwnHost;

const PEER: &str = "192.168.1.20";

/// Who is not served in these tests.
const BLOCKED: &str = "203.0.113.0/24";

fn front(transport: Transport) -> Arc<Front> {
    let config = EdgeConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        transport,
        origins: AllowedOrigins::new(["https://help.xinqu.cn".to_owned()], OwnHost::Ignored),
        halls: vec![],
        metrics_from: vec![],
        sheet: SheetWords::default(),
        limits: Limits {
            blocked: vec![BLOCKED.parse().unwrap()],
            ..Limits::default()
        },
    };
    Arc::new(Front::new(&config, 7_402))
}

/// The front before three small routes: one looks, one changes, one tells who calls.
async fn ask(transport: Transport, request: axum::http::request::Builder, body: &str) -> Response {
    let take = |headers: HeaderMap, body: Body| async move {
        let wish: Result<TakeNumber, HttpProblem> = read_json(&headers, body, Limits::default().body).await;
        wish.map(Json).map_err(IntoResponse::into_response)
    };
    let look = |Path(hall): Path<String>| async move { hall };
    let tell = |Extension(caller): Extension<Caller>| async move { format!("{} {}", caller.address, caller.https) };
    let router = Router::new()
        .route("/halls/{hall}", get(look))
        .route("/halls/{hall}/visits", post(take))
        .route("/who", get(tell));
    let mut request = request.body(Body::from(body.to_owned())).unwrap();
    let peer: IpAddr = PEER.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 50_000))));
    front(transport).before(router).oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 100_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn problem(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let problem: Problem = serde_json::from_str(&text(response).await).unwrap();
    (status, problem.code, problem.request)
}

fn told(status: u16, code: &str) -> (u16, String, String) {
    (status, code.to_owned(), "7402-000001".to_owned())
}

fn post_from(origin: Option<&str>) -> axum::http::request::Builder {
    let request = Request::post("/halls/xinqu/visits")
        .header("host", "help.xinqu.cn")
        .header("content-type", "application/json");
    match origin {
        Some(origin) => request.header("origin", HeaderValue::from_bytes(origin.as_bytes()).unwrap()),
        None => request,
    }
}

const WISH: &str = r#"{"key":"k1234567","item":null,"notice_version":"1"}"#;

#[tokio::test]
async fn our_own_page_takes_a_number() {
    let answer = ask(Transport::Plain, post_from(Some("https://help.xinqu.cn")), WISH).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    for origin in [None, Some("null"), Some("https://evil.cn"), Some("https://help.xinqu.cn.evil.cn")] {
        let answer = ask(Transport::Plain, post_from(origin), WISH).await;
        assert_eq!(problem(answer).await, told(403, "foreign_origin"), "{origin:?}");
    }
}

#[tokio::test]
async fn a_foreign_page_opens_no_socket() {
    for origin in [None, Some("null"), Some("https://evil.cn"), Some("https://help.xinqu.cn:444")] {
        let mut request = Request::get("/halls/xinqu")
            .header("host", "help.xinqu.cn")
            .header("upgrade", "websocket")
            .header("connection", "upgrade");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(
            problem(ask(Transport::Plain, request, "").await).await,
            told(403, "foreign_origin"),
            "{origin:?}"
        );
    }
}

#[tokio::test]
async fn anyone_may_look_at_what_is_public() {
    let answer = ask(Transport::Plain, Request::get("/halls/xinqu").header("origin", "https://evil.cn"), "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn every_no_has_a_code_and_a_number() {
    for path in ["/nowhere", "/api/nowhere", "/assets/nowhere.js"] {
        let nowhere = ask(Transport::Plain, Request::get(path), "").await;
        assert_eq!(problem(nowhere).await, told(404, "page_outdated"), "{path}");
    }
    let origin = "https://help.xinqu.cn";
    let wrong_verb = ask(Transport::Plain, Request::delete("/halls/xinqu").header("origin", origin), "").await;
    assert_eq!(wrong_verb.headers()["allow"], "GET,HEAD");
    assert_eq!(problem(wrong_verb).await, told(405, "page_outdated"));
    let bad_path = ask(Transport::Plain, Request::get("/halls/%ff"), "").await;
    assert_eq!(problem(bad_path).await, told(400, "bad_message"));
    let large = format!(r#"{{"key":"k1234567","item":"{}","notice_version":"1"}}"#, "x".repeat(70_000));
    assert_eq!(
        problem(ask(Transport::Plain, post_from(Some(origin)), &large).await).await,
        told(413, "too_large")
    );
    let unknown_field = WISH.replace("item", "window");
    assert_eq!(
        problem(ask(Transport::Plain, post_from(Some(origin)), &unknown_field).await).await,
        told(400, "bad_message")
    );
}

#[tokio::test]
async fn a_person_with_a_wrong_link_reads_a_sentence() {
    let answer = ask(Transport::Plain, Request::get("/h/").header("accept", "text/html,*/*"), "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    for (name, begins) in [
        ("content-security-policy", "default-src 'none'; script-src 'self';"),
        ("permissions-policy", "camera=(self), "),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert!(answer.headers()[name].to_str().unwrap().starts_with(begins), "{name}");
    }
    let page = text(answer).await;
    for said in ["请重新扫一次大厅的二维码", "取过的号都还在", "href=\"tel:12345\""] {
        assert!(page.contains(said), "{said} in {page}");
    }
}

#[tokio::test]
async fn a_network_that_is_not_served_reads_where_to_call_and_changes_nothing() {
    let behind = || Transport::Proxied {
        trusted: vec![PEER.parse().unwrap()],
    };
    let from = |address: &str, path: &str| Request::get(path).header("x-forwarded-for", address).header("accept", "text/html");
    let answer = ask(behind(), from("203.0.113.9", "/halls/xinqu"), "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = text(answer).await;
    for said in ["这个网络暂时不能网上取号", "请打电话", "href=\"tel:12345\""] {
        assert!(page.contains(said), "{said} in {page}");
    }
    let wish = post_from(Some("https://help.xinqu.cn")).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(problem(ask(behind(), wish, WISH).await).await, told(403, "network_blocked"));
    let neighbour = ask(behind(), from("203.0.114.9", "/halls/xinqu"), "").await;
    assert_eq!(neighbour.status(), StatusCode::OK);
    // Whoever writes the header without being a proxy is looked at themselves.
    let direct = ask(Transport::Plain, from("203.0.113.9", "/halls/xinqu"), "").await;
    assert_eq!(direct.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_a_trusted_proxy_says_who_calls() {
    let forwarded = || {
        Request::get("/who")
            .header("x-forwarded-for", "8.8.8.8, 36.1.2.3, 10.0.0.9")
            .header("x-forwarded-proto", "https")
    };
    let trusted = |addresses: &[&str]| Transport::Proxied {
        trusted: addresses.iter().map(|address| address.parse().unwrap()).collect(),
    };
    let who = |transport| async { text(ask(transport, forwarded(), "").await).await };
    assert_eq!(who(trusted(&[PEER, "10.0.0.9"])).await, "36.1.2.3 true");
    assert_eq!(who(trusted(&[PEER])).await, "10.0.0.9 true");
    assert_eq!(who(trusted(&["10.0.0.9"])).await, "192.168.1.20 false");
    assert_eq!(who(Transport::Plain).await, "192.168.1.20 false");
}

/// Everything logged while it is the subscriber.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;
    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn nothing_a_person_sends_reaches_the_log() {
    const CANARY: &str = "110101199003077758";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    // For all tests of this program: whether a line is wanted is remembered by where it is written, across threads.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let everywhere = || {
        let request = Request::post(format!("/halls/{CANARY}/visits?phone={CANARY}"));
        let request = request
            .header("host", "help.xinqu.cn")
            .header("content-type", "application/json")
            .header("user-agent", CANARY);
        request
            .header("cookie", format!("yyb_s={CANARY}"))
            .header("authorization", format!("Bearer {CANARY}"))
    };
    for (origin, body) in [("https://help.xinqu.cn", format!("{{\"{CANARY}\"")), (CANARY, CANARY.to_owned())] {
        ask(Transport::Plain, everywhere().header("origin", origin), &body).await;
    }
    ask(Transport::Plain, Request::get(format!("/{CANARY}")).header("x-forwarded-for", CANARY), "").await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/halls/{hall}/visits") && log.contains("7402-000001"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
}
