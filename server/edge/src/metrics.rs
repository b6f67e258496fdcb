//! `GET /metrics`: the house in numbers, in Prometheus' text format 0.0.4. No personal word, and no label with an id.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::time::timeout;
use yunyiban_app::Figures;
use yunyiban_app::figures::{COMMIT_BOUNDS_MS, CommitFigures};
use yunyiban_app::ports::media::MediaCounts;

use crate::counts::Counts;
use crate::door::Door;
use crate::front::Caller;
use crate::page::show_lost;
use crate::process::Process;

/// A reader waits 10 s by default, and asks again soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// What only proxies write. The machine itself does not come through one: such a request has been carried from elsewhere, and may
/// look as if it came from here.
const OF_PROXIES: [&str; 4] = ["x-forwarded-for", "x-forwarded-proto", "forwarded", "via"];

/// The route `/metrics`.
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new().route("/metrics", get(read_metrics))
}

async fn read_metrics(State(door): State<Arc<Door>>, Extension(caller): Extension<Caller>, headers: HeaderMap, uri: Uri) -> Response {
    if !may_read(&door, caller, &headers) {
        return show_lost(uri, Extension(caller), headers).await;
    }
    let Ok(figures) = timeout(PATIENCE, door.house.figures()).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let text = told(&figures, &door.front.counts, &Process::look());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn may_read(door: &Door, caller: Caller, headers: &HeaderMap) -> bool {
    let carried = OF_PROXIES.iter().any(|name| headers.contains_key(HeaderName::from_static(name)));
    !carried && door.metrics_from.contains(&caller.address.to_canonical())
}

fn told(figures: &Figures, counts: &Counts, process: &Process) -> String {
    let mut page = Page::default();
    page.series(
        "yunyiban_build_info",
        "gauge",
        "The program's version.",
        &[("version", env!("CARGO_PKG_VERSION"), 1)],
    );
    of_halls(&mut page, figures);
    of_commits(&mut page, &figures.commits);
    of_relay(&mut page, &figures.relay);
    of_door(&mut page, figures, counts);
    page.one("process_resident_memory_bytes", "gauge", "Memory in use.", process.resident_bytes);
    page.one("process_open_fds", "gauge", "Open files and sockets.", process.open_files);
    page.seconds("process_cpu_seconds_total", "counter", "Processor time used.", process.cpu_ms);
    page.0
}

fn of_halls(page: &mut Page, figures: &Figures) {
    page.one("yunyiban_halls", "gauge", "Halls open here.", u64::from(figures.halls));
    page.one(
        "yunyiban_halls_answering",
        "gauge",
        "Halls that answered this question; only what they hold is counted.",
        u64::from(figures.halls_answering),
    );
    let states: Vec<_> = figures
        .census
        .visits
        .iter()
        .map(|(state, count)| ("state", *state, u64::from(*count)))
        .collect();
    page.series(
        "yunyiban_visits",
        "gauge",
        "Visits that are not over, by state; a state nobody is in is absent.",
        &states,
    );
    page.one("yunyiban_in_line", "gauge", "People in line.", u64::from(figures.census.in_line));
    page.one(
        "yunyiban_windows_on_duty",
        "gauge",
        "Windows on duty.",
        u64::from(figures.census.windows_on_duty),
    );
    page.one(
        "yunyiban_operations_waiting",
        "gauge",
        "Operations that wait for their hall.",
        figures.operations_waiting,
    );
    page.one(
        "yunyiban_panics_total",
        "counter",
        "Times a hall was begun again after a fault of the program.",
        figures.panics,
    );
}

fn of_commits(page: &mut Page, commits: &CommitFigures) {
    const NAME: &str = "yunyiban_commit_seconds";
    page.head(NAME, "histogram", "Time until a commit stood in the archive, or had failed.");
    let mut within = 0;
    for (place, count) in commits.by_time.iter().enumerate() {
        within += count;
        let bound = COMMIT_BOUNDS_MS
            .get(place)
            .map_or_else(|| "+Inf".to_owned(), |bound| seconds(u64::from(*bound)));
        page.line(format_args!("{NAME}_bucket{{le=\"{bound}\"}} {within}"));
    }
    page.line(format_args!("{NAME}_sum {}", seconds(commits.sum_ms)));
    page.line(format_args!("{NAME}_count {within}"));
    page.one(
        "yunyiban_commits_failed_total",
        "counter",
        "Commits that failed, or whose end is unknown.",
        commits.failed,
    );
    page.one(
        "yunyiban_commits_waiting",
        "gauge",
        "Commits the archive has not answered yet.",
        commits.waiting,
    );
}

fn of_relay(page: &mut Page, relay: &MediaCounts) {
    page.one("yunyiban_relay_peers", "gauge", "Connections of the relay.", u64::from(relay.peers));
    page.one("yunyiban_calls", "gauge", "Calls whose sides hear each other.", u64::from(relay.calls));
    page.one("yunyiban_call_seats", "gauge", "Seats of these calls.", u64::from(relay.seats));
    page.one(
        "yunyiban_relay_packets_total",
        "counter",
        "Packets forwarded, once a receiver.",
        relay.forwarded,
    );
    page.one(
        "yunyiban_relay_packets_resent_total",
        "counter",
        "Packets sent again on request.",
        relay.resent,
    );
    page.series(
        "yunyiban_relay_packets_dropped_total",
        "counter",
        "Packets not forwarded, by reason.",
        &[
            ("reason", "malformed", relay.malformed),
            ("reason", "foreign", relay.foreign),
            ("reason", "refused", relay.refused),
            ("reason", "flooded", relay.flooded),
            ("reason", "unsent", relay.unsent),
        ],
    );
}

fn of_door(page: &mut Page, figures: &Figures, counts: &Counts) {
    page.one(
        "yunyiban_connections",
        "gauge",
        "Connections standing in the door, sockets included.",
        counts.connections(),
    );
    page.series(
        "yunyiban_sockets",
        "gauge",
        "Sockets open.",
        &[("side", "citizen", figures.citizen_sockets), ("side", "console", figures.console_sockets)],
    );
    page.one(
        "yunyiban_tickets",
        "gauge",
        "Tickets for sockets given and not used yet.",
        figures.tickets,
    );
    let answers = counts.answers().map(|(class, count)| ("class", class, count));
    page.series("yunyiban_requests_total", "counter", "Requests answered, by class of status.", &answers);
    page.series(
        "yunyiban_limited_total",
        "counter",
        "What was refused by a limit.",
        &[
            ("what", "connection", counts.crowded_out()),
            ("what", "request", counts.limited()),
            ("what", "message", figures.messages_refused),
            ("what", "socket", figures.floods),
        ],
    );
}

/// The text as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        self.line(format_args!("{name} {value}"));
    }

    fn seconds(&mut self, name: &str, kind: &str, help: &str, ms: u64) {
        self.head(name, kind, help);
        self.line(format_args!("{name} {}", seconds(ms)));
    }

    /// One line for each value of a label: name, value, count. All are words of the program.
    fn series(&mut self, name: &str, kind: &str, help: &str, series: &[(&str, &str, u64)]) {
        self.head(name, kind, help);
        for (label, word, value) in series {
            self.line(format_args!("{name}{{{label}=\"{word}\"}} {value}"));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a text takes whatever is written to it");
    }
}

/// Milliseconds as seconds, exactly.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_of_commits_hold_all_that_came_before_them() {
        let mut commits = CommitFigures {
            sum_ms: 5_003,
            failed: 1,
            ..CommitFigures::default()
        };
        (commits.by_time[1], commits.by_time[10]) = (2, 1);
        let mut page = Page::default();
        of_commits(&mut page, &commits);
        for line in [
            "yunyiban_commit_seconds_bucket{le=\"0.001\"} 0",
            "yunyiban_commit_seconds_bucket{le=\"0.002\"} 2",
            "yunyiban_commit_seconds_bucket{le=\"2.000\"} 2",
            "yunyiban_commit_seconds_bucket{le=\"+Inf\"} 3",
            "yunyiban_commit_seconds_sum 5.003",
            "yunyiban_commit_seconds_count 3",
            "yunyiban_commits_failed_total 1",
        ] {
            assert!(page.0.lines().any(|written| written == line), "{line}\n{}", page.0);
        }
    }

    #[test]
    fn every_series_has_one_head_and_a_number() {
        let page = told(&Figures::default(), &Counts::default(), &Process::look());
        let mut names: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(names.iter().any(|known| name.starts_with(known)), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
