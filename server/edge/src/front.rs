//! What stands before every route: who calls, from where, by which right, and how each answer is sealed and logged.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::{Instrument, debug, info, info_span, warn};
use yunyiban_app::Refusal;

use crate::config::{EdgeConfig, Limits, Transport};
use crate::counts::Counts;
use crate::error::{self, HttpProblem};
use crate::headers;
use crate::origin::AllowedOrigins;
use crate::page::{show_blocked, show_lost};

/// The part of the door that knows nothing of the house.
pub struct Front {
    /// Bounds and waits.
    pub limits: Limits,
    pub(crate) origins: AllowedOrigins,
    transport: Transport,
    numbers: Numbers,
    /// What the door counts.
    pub(crate) counts: Arc<Counts>,
}

/// Who calls, as far as the network tells; put into each request before its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person's network address, behind trusted proxies too.
    pub address: IpAddr,
    /// The person's browser speaks HTTPS.
    pub https: bool,
}

impl Front {
    /// As configured. The last four digits of `start` tell this start of the program from others in the numbers of requests.
    pub fn new(config: &EdgeConfig, start: u32) -> Self {
        Self {
            limits: config.limits.clone(),
            origins: config.origins.clone(),
            transport: config.transport.clone(),
            numbers: Numbers {
                start: start % 10_000,
                next: AtomicU64::new(1),
            },
            counts: Arc::default(),
        }
    }

    /// Puts this front before all routes of `router`, its fallback included.
    pub fn before(self: &Arc<Self>, router: Router) -> Router {
        router
            .fallback(show_lost)
            .method_not_allowed_fallback(|| async { HttpProblem::NoRoute(StatusCode::METHOD_NOT_ALLOWED) })
            .layer(middleware::from_fn_with_state(Arc::clone(self), attend))
    }

    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> Caller {
        match &self.transport {
            Transport::Plain => Caller { address: peer, https: false },
            Transport::Tls { .. } => Caller { address: peer, https: true },
            Transport::Proxied { trusted } => behind_proxy(peer, headers, trusted),
        }
    }

    /// Whether the installation does not serve whoever calls (row 58). How such a page looks is for everybody.
    fn is_blocked(&self, request: &Request, caller: Caller) -> bool {
        request.uri().path() != "/door.css" && self.limits.blocked.iter().any(|network| network.contains(caller.address))
    }

    /// A foreign page may look at what is public; it may change nothing and open nothing (T05).
    fn admit(&self, request: &Request, caller: Caller) -> Result<(), HttpProblem> {
        if request.version() > Version::HTTP_11 {
            return Err(HttpProblem::NoRoute(StatusCode::HTTP_VERSION_NOT_SUPPORTED));
        }
        let looks_only = matches!(*request.method(), Method::GET | Method::HEAD) && !request.headers().contains_key(header::UPGRADE);
        if looks_only || self.origins.accept(request.headers(), caller.https) {
            return Ok(());
        }
        Err(Refusal::ForeignOrigin.into())
    }
}

async fn attend(State(front): State<Arc<Front>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    let since = Instant::now();
    let number = front.numbers.draw();
    let caller = front.caller(peer.ip(), request.headers());
    let method = request.method().clone();
    // The pattern, never the path: ids and queries of persons stay out of the log (T25).
    let route = request.extensions().get::<MatchedPath>().cloned();
    let answer = match front.admit(&request, caller) {
        _ if front.is_blocked(&request, caller) => show_blocked(request.headers(), caller),
        Ok(()) => {
            request.extensions_mut().insert(caller);
            // What goes wrong inside is logged there, under the number the person reads out.
            next.run(request).instrument(info_span!("request", number)).await
        }
        Err(problem) => problem.into_response(),
    };
    let mut answer = error::finish(answer, &number);
    headers::seal(answer.headers_mut(), caller.https);
    front.counts.note_answer(answer.status());
    let (status, route) = (answer.status(), route.as_ref().map_or("none", MatchedPath::as_str));
    let elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    match status.as_u16() {
        500.. => warn!(request = number, %method, route, status = status.as_u16(), elapsed_ms, "request {number} failed"),
        400.. => info!(request = number, %method, route, status = status.as_u16(), elapsed_ms, "request {number} refused"),
        _ => debug!(request = number, %method, route, status = status.as_u16(), elapsed_ms, "request {number} answered"),
    }
    answer
}

/// The last address in `X-Forwarded-For` that is not one of our proxies: what stands before it anyone can write.
fn behind_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Caller {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return Caller { address: peer, https: false };
    }
    let values = |name: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
            .join(",")
    };
    let chain = values("x-forwarded-for");
    let addresses = chain
        .rsplit(',')
        .map_while(|address| address.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical()));
    let mut address = peer;
    for hop in addresses {
        address = hop;
        if !trusted.contains(&hop) {
            break;
        }
    }
    let https = values("x-forwarded-proto")
        .rsplit(',')
        .next()
        .is_some_and(|scheme| scheme.trim() == "https");
    Caller { address, https }
}

/// Numbers of requests, made to be read out: four digits of this start, then a count.
struct Numbers {
    start: u32,
    next: AtomicU64,
}

impl Numbers {
    fn draw(&self) -> String {
        format!("{:04}-{:06}", self.start, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests;
