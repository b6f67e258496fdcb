//! How many may stand in the door at once, in all and from one address (T11).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum_server::accept::Accept;
use futures_util::future::Either;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::Service;
use yunyiban_app::AddressBucket;
use yunyiban_protocol::http::Problem;

use crate::config::{Limits, Transport};
use crate::counts::Counts;
use crate::headers::{page_policy, seal};
use crate::page::{plain_page, wants_page};
use crate::words::Plain;

/// The kernel gives a connection up whose bytes nobody takes for so long, whatever is in them; it costs no memory of ours.
const UNTAKEN: Duration = Duration::from_secs(30);

/// When to come back to a full door, milliseconds.
const RETRY_MS: u32 = 5_000;

/// Counts connections, sockets included, from the first byte to the last.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    most: u32,
    most_per_address: u32,
    uncounted: Vec<IpAddr>,
    counts: Arc<Counts>,
    standing: Mutex<Standing>,
    empty: Notify,
}

#[derive(Default)]
struct Standing {
    all: u32,
    by_address: BTreeMap<AddressBucket, u32>,
}

/// One connection's stand; leaving it is dropping it.
pub struct Stand {
    gate: Gate,
    address: AddressBucket,
}

/// Whether a newcomer is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Served,
    /// Too many: hears so.
    ToldBusy,
}

impl Gate {
    /// As configured; what it lets in and refuses is told to `counts`.
    pub(crate) fn new(limits: &Limits, transport: &Transport, counts: Arc<Counts>) -> Self {
        let uncounted = match transport {
            Transport::Proxied { trusted } => trusted.clone(),
            Transport::Plain | Transport::Tls { .. } => Vec::new(),
        };
        Self(Arc::new(Inner {
            most: limits.connections,
            most_per_address: limits.connections_per_address,
            uncounted,
            counts,
            standing: Mutex::default(),
            empty: Notify::new(),
        }))
    }

    /// Waits until nobody stands in the door.
    pub async fn empty(&self) {
        loop {
            let emptied = self.0.empty.notified();
            if self.standing().all == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// `None`: so many that they are not even told.
    fn enter(&self, address: IpAddr) -> Option<(Stand, Verdict)> {
        let is_counted = !self.0.uncounted.contains(&address.to_canonical());
        let address = AddressBucket::of(address);
        let mut standing = self.standing();
        if standing.all >= self.0.most.saturating_mul(2) {
            self.0.counts.note_crowded_out();
            return None;
        }
        standing.all += 1;
        self.0.counts.note_connections(standing.all);
        let of_address = standing.by_address.entry(address).or_default();
        *of_address += 1;
        let too_many_of_address = is_counted && *of_address > self.0.most_per_address;
        let verdict = if too_many_of_address || standing.all > self.0.most {
            self.0.counts.note_crowded_out();
            Verdict::ToldBusy
        } else {
            Verdict::Served
        };
        Some((Stand { gate: self.clone(), address }, verdict))
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let mut standing = self.gate.standing();
        standing.all -= 1;
        self.gate.0.counts.note_connections(standing.all);
        if let Some(of_address) = standing.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                standing.by_address.remove(&self.address);
            }
        }
        if standing.all == 0 {
            self.gate.0.empty.notify_waiters();
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Counted;
    type Service = Admission<S>;
    type Future = Ready<io::Result<(Counted, Admission<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.admit(stream, service))
    }
}

impl Gate {
    fn admit<S>(&self, stream: TcpStream, service: S) -> io::Result<(Counted, Admission<S>)> {
        let address = stream.peer_addr()?.ip();
        let (stand, verdict) = self.enter(address).ok_or(io::ErrorKind::ConnectionRefused)?;
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_user_timeout(Some(UNTAKEN))?;
        Ok((Counted { stream, _stand: stand }, Admission { service, verdict }))
    }
}

/// A connection that is counted as long as it lives, also after it has become a socket.
pub struct Counted {
    stream: TcpStream,
    _stand: Stand,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Serves a connection, or tells it that the house is full and closes it.
#[derive(Clone)]
pub struct Admission<S> {
    service: S,
    verdict: Verdict,
}

impl<S, B> Service<Request<B>> for Admission<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.verdict {
            Verdict::Served => Either::Left(self.service.call(request)),
            Verdict::ToldBusy => Either::Right(ready(Ok(busy(request.headers())))),
        }
    }
}

fn busy(request: &HeaderMap) -> Response<Body> {
    let mut answer = if wants_page(request) {
        plain_page(StatusCode::SERVICE_UNAVAILABLE, Plain::Failed, "", page_policy(None))
    } else {
        let problem = Problem {
            code: "busy".to_owned(),
            request: String::new(),
            retry_ms: Some(RETRY_MS),
        };
        (StatusCode::SERVICE_UNAVAILABLE, axum::Json(problem)).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_MS / 1_000));
    seal(headers, false);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(connections: u32, connections_per_address: u32) -> Gate {
        Gate::new(
            &Limits {
                connections,
                connections_per_address,
                ..Limits::default()
            },
            &Transport::Plain,
            Arc::default(),
        )
    }

    fn verdict(entered: &Option<(Stand, Verdict)>) -> Option<Verdict> {
        entered.as_ref().map(|(_, verdict)| *verdict)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_third_is_told_and_the_fifth_is_not_even_told() {
        let gate = gate(2, 10);
        let standing: Vec<_> = (0..5).map(|_| gate.enter(address("10.0.0.1"))).collect();
        let verdicts: Vec<_> = standing.iter().map(verdict).collect();
        let (served, told) = (Some(Verdict::Served), Some(Verdict::ToldBusy));
        assert_eq!(verdicts, [served, served, told, told, None]);
        drop(standing);
        assert_eq!(verdict(&gate.enter(address("10.0.0.1"))), served);
    }

    #[test]
    fn one_address_does_not_fill_the_door_for_others() {
        let gate = gate(10, 1);
        let _first = gate.enter(address("2001:db8::1"));
        let same_household = gate.enter(address("2001:db8::ffff"));
        assert_eq!(verdict(&same_household), Some(Verdict::ToldBusy));
        assert_eq!(verdict(&gate.enter(address("2001:db8:0:1::1"))), Some(Verdict::Served));
        let _mapped = gate.enter(address("::ffff:10.0.0.1"));
        assert_eq!(verdict(&gate.enter(address("10.0.0.1"))), Some(Verdict::ToldBusy));
    }

    #[test]
    fn a_trusted_proxy_is_not_one_person() {
        let trusted = vec![address("10.0.0.1"), address("2001:db8::1")];
        let limits = Limits {
            connections_per_address: 1,
            ..Limits::default()
        };
        let gate = Gate::new(&limits, &Transport::Proxied { trusted }, Arc::default());
        for proxy in ["10.0.0.1", "2001:db8::1"] {
            let _first = gate.enter(address(proxy));
            assert_eq!(verdict(&gate.enter(address(proxy))), Some(Verdict::Served), "{proxy}");
        }
    }

    #[tokio::test]
    async fn the_door_is_empty_when_the_last_has_left() {
        let gate = gate(2, 2);
        gate.empty().await;
        let stand = gate.enter(address("10.0.0.1"));
        let watching = gate.clone();
        let empty = tokio::spawn(async move { watching.empty().await });
        tokio::task::yield_now().await;
        assert!(!empty.is_finished());
        drop(stand);
        empty.await.unwrap();
    }
}
