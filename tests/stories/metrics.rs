//! The house in numbers, for the machine itself, and in a sentence, for people.

use std::net::IpAddr;

use crate::support::hall::always_open;
use crate::support::http::Browser;
use crate::support::{TestCitizen, TestHall, in_a_talk};

/// What `/metrics` says.
async fn read(hall: &TestHall) -> String {
    let answer = Browser::new(hall.address()).get("/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    answer.body
}

/// The number of one series.
fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{metrics}")).parse().unwrap()
}

#[tokio::test]
async fn the_operator_counts_visits_windows_commits_and_sockets() {
    let hall = TestHall::open().await;
    let before = read(&hall).await;
    assert_eq!(value(&before, "yunyiban_in_line"), 0.0);
    let (li_nainai, _chen_laoshi) = in_a_talk(&hall).await;
    let _wang_bo = TestCitizen::takes_a_number(&hall).await;
    let metrics = read(&hall).await;
    for (series, expected) in [
        ("yunyiban_visits{state=\"serving\"}", 1.0),
        ("yunyiban_in_line", 1.0),
        ("yunyiban_windows_on_duty", 1.0),
        ("yunyiban_sockets{side=\"citizen\"}", 2.0),
        ("yunyiban_sockets{side=\"console\"}", 1.0),
        ("yunyiban_halls", 1.0),
        ("yunyiban_halls_answering", 1.0),
        ("yunyiban_commits_waiting", 0.0),
        ("yunyiban_commits_failed_total", 0.0),
        ("yunyiban_panics_total", 0.0),
        (concat!("yunyiban_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
    ] {
        assert_eq!(value(&metrics, series), expected, "{series}");
    }
    let commits = |metrics: &str| value(metrics, "yunyiban_commit_seconds_count");
    assert!(commits(&metrics) >= commits(&before) + 2.0, "each number was a commit");
    assert_eq!(commits(&metrics), value(&metrics, "yunyiban_commit_seconds_bucket{le=\"+Inf\"}"));
    assert!(value(&metrics, "process_resident_memory_bytes") > 1e6);
    assert!(value(&metrics, "yunyiban_connections") >= 4.0, "three sockets, and whoever asks");
    for personal in [
        li_nainai.visit.id.as_str(),
        li_nainai.visit.number.as_str(),
        "chen_laoshi",
        "陈老师",
        "xinqu",
    ] {
        assert!(!metrics.contains(personal), "{personal} is nothing for figures");
    }
}

#[tokio::test]
async fn what_a_limit_refuses_is_counted() {
    let hall = TestHall::open_where(always_open(), |config| config.limits.sign_ins_per_address_per_minute = 1).await;
    let mut stranger = Browser::new(hall.address());
    let wish = serde_json::json!({ "name": "chen_laoshi", "password": "guess" });
    let statuses = [
        stranger.post("/api/staff/sign-in", &wish).await.status,
        stranger.post("/api/staff/sign-in", &wish).await.status,
    ];
    assert_eq!(statuses[1], 429, "{statuses:?}");
    let metrics = read(&hall).await;
    assert_eq!(value(&metrics, "yunyiban_limited_total{what=\"request\"}"), 1.0);
    assert!(value(&metrics, "yunyiban_requests_total{class=\"4xx\"}") >= 2.0);
}

#[tokio::test]
async fn to_strangers_there_are_no_metrics() {
    let hall = TestHall::open().await;
    let elsewhere: IpAddr = "127.0.0.9".parse().unwrap();
    assert_eq!(Browser::at(elsewhere, hall.address()).get("/metrics").await.status, 404);
    let mut carried = Browser::new(hall.address());
    let through_a_proxy = carried.send("GET", "/metrics", "", &[("x-forwarded-for", "127.0.0.1")]).await;
    assert_eq!(
        through_a_proxy.status, 404,
        "a proxy on this machine makes everybody look like the machine"
    );
    assert_eq!(
        through_a_proxy.code(),
        carried.get("/nothing-is-here").await.code(),
        "as for any address that is not there"
    );

    let open_to = TestHall::open_where(always_open(), |config| config.server.metrics_from = vec![elsewhere]).await;
    assert_eq!(Browser::at(elsewhere, open_to.address()).get("/metrics").await.status, 200);
    assert_eq!(
        Browser::new(open_to.address()).get("/metrics").await.status,
        404,
        "the list is the whole list"
    );
}

#[tokio::test]
async fn a_person_reads_in_a_sentence_how_the_house_is() {
    let hall = TestHall::open().await;
    let mut browser = Browser::new(hall.address());
    let page = browser.send("GET", "/healthz", "", &[("accept", "text/html,*/*;q=0.8")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("系统正常") && page.body.contains("yunyiban doctor"), "{}", page.body);
    assert!(
        browser.get("/healthz").await.body.contains("\"status\":\"ok\""),
        "machines read what they read before"
    );
}
