//! The relay as the house sees it: the [`Media`] port, and a thread behind it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Instant;

use async_trait::async_trait;
use rtc_shared::ifaces::ifaces;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{mpsc, oneshot};
use yunyiban_app::ports::media::{CallId, CallSeat, Media, MediaCounts, MediaEvent, MediaFailure, OfferReason, PeerId};

use crate::batch;
use crate::driver::{self, Driver};
use crate::dtls::Identity;
use crate::engine::{Counters, Engine};

/// Orders waiting for the thread.
const ORDERS: usize = 256;
/// Bytes the kernel may hold for us in each direction: 20 ms of 200 calls. The system's limit may be lower.
const SOCKET_BUFFER: usize = 4 << 20;
/// TCP connections the kernel may hold for us to accept: of a flood none must wait for its second SYN.
const BACKLOG: i32 = 1024;
/// Addresses found by ourselves and told to pages; each is two candidates of the forty a description may have.
const MAX_ADVERTISED: usize = 6;
/// Ports tried until one is free for both UDP and TCP.
const PORT_TRIES: usize = 16;

/// Where a relay listens, what it tells pages, and how many it takes.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Address and port for UDP and TCP alike. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Addresses pages are told, the best first. Empty: the listening address, or with a wildcard the machine's own.
    pub advertised: Vec<IpAddr>,
    /// Most peers at once.
    pub max_peers: usize,
}

impl Default for RelayConfig {
    fn default() -> RelayConfig {
        RelayConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertised: Vec::new(),
            max_peers: 2000,
        }
    }
}

/// Why a relay could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BindFailure {
    /// The port is taken, or the address is not of this machine.
    #[error("binding the media port {0}")]
    Bind(SocketAddr, #[source] io::Error),
    /// Certificate or thread.
    #[error("starting the relay: {0}")]
    Start(String),
}

/// A running relay. Dropping the last clone ends it.
#[derive(Clone, Debug)]
pub struct Relay {
    orders: mpsc::Sender<Order>,
    local_addr: SocketAddr,
}

/// One call of the port, and where its result goes.
#[derive(Debug)]
pub(crate) enum Order {
    Connect(String, oneshot::Sender<Result<(PeerId, String), MediaFailure>>),
    Offer(PeerId, OfferReason, oneshot::Sender<Result<String, MediaFailure>>),
    AcceptAnswer(PeerId, String, oneshot::Sender<Result<(), MediaFailure>>),
    SetCall(CallId, Vec<CallSeat>, oneshot::Sender<()>),
    Close(PeerId, oneshot::Sender<()>),
    Counters(oneshot::Sender<Counters>),
    Counts(oneshot::Sender<MediaCounts>),
}

impl Relay {
    /// Binds UDP and TCP on one port and begins to serve. Events go to `events` in order.
    ///
    /// # Errors
    /// [`BindFailure`]; nothing is left running.
    pub fn bind(config: RelayConfig, events: mpsc::Sender<MediaEvent>) -> Result<Relay, BindFailure> {
        let (udp, tcp) = bind_both(config.listen).map_err(|error| BindFailure::Bind(config.listen, error))?;
        let local_addr = udp.local_addr().map_err(|error| BindFailure::Bind(config.listen, error))?;
        if local_addr.ip().is_unspecified() {
            batch::want_our_address(&udp).map_err(|error| BindFailure::Bind(local_addr, error))?;
        }
        let identity = Identity::generate().map_err(BindFailure::Start)?;
        let candidates = advertised(&config, local_addr)
            .into_iter()
            .map(|ip| SocketAddr::new(ip, local_addr.port()))
            .collect();
        let (orders, waiting) = mpsc::channel(ORDERS);
        let driver = Driver {
            engine: Engine::new(identity, candidates, config.max_peers),
            udp,
            tcp,
            orders: waiting,
            events,
        };
        std::thread::Builder::new()
            .name("media".into())
            .spawn(move || {
                if let Err(error) = driver::run(driver) {
                    tracing::error!(%error, "the relay has stopped: {error}");
                }
            })
            .map_err(|error| BindFailure::Start(error.to_string()))?;
        Ok(Relay { orders, local_addr })
    }

    /// Where it listens, with the port it got.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// What has been counted since the start. All zero once the relay has stopped.
    pub async fn counters(&self) -> Counters {
        self.ask(Order::Counters).await.unwrap_or_default()
    }

    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, MediaFailure> {
        let stopped = || MediaFailure::Relay("the relay has stopped".into());
        let (sender, receiver) = oneshot::channel();
        self.orders.send(order(sender)).await.map_err(|_| stopped())?;
        receiver.await.map_err(|_| stopped())
    }
}

#[async_trait]
impl Media for Relay {
    async fn connect(&self, offer: &str) -> Result<(PeerId, String), MediaFailure> {
        self.ask(|reply| Order::Connect(offer.to_owned(), reply)).await?
    }

    async fn offer(&self, peer: PeerId, reason: OfferReason) -> Result<String, MediaFailure> {
        self.ask(|reply| Order::Offer(peer, reason, reply)).await?
    }

    async fn accept_answer(&self, peer: PeerId, answer: &str) -> Result<(), MediaFailure> {
        self.ask(|reply| Order::AcceptAnswer(peer, answer.to_owned(), reply)).await?
    }

    async fn set_call(&self, call: &CallId, seats: &[CallSeat]) {
        // A relay that has stopped forwards nothing: the gate is shut.
        let _ = self.ask(|reply| Order::SetCall(call.clone(), seats.to_vec(), reply)).await;
    }

    async fn close(&self, peer: PeerId) {
        let _ = self.ask(|reply| Order::Close(peer, reply)).await;
    }

    async fn counts(&self) -> MediaCounts {
        self.ask(Order::Counts).await.unwrap_or_default()
    }
}

impl Order {
    /// Does it. Nobody may be waiting for the result any more; that is no failure.
    pub(crate) fn carry_out(self, engine: &mut Engine, now: Instant) {
        match self {
            Order::Connect(offer, reply) => {
                let _ = reply.send(engine.connect(now, &offer));
            }
            Order::Offer(peer, reason, reply) => {
                let _ = reply.send(engine.offer(peer, reason));
            }
            Order::AcceptAnswer(peer, answer, reply) => {
                let _ = reply.send(engine.accept_answer(now, peer, &answer));
            }
            Order::SetCall(call, seats, reply) => {
                engine.set_call(now, &call, &seats);
                let _ = reply.send(());
            }
            Order::Close(peer, reply) => {
                engine.close(now, peer);
                let _ = reply.send(());
            }
            Order::Counters(reply) => {
                let _ = reply.send(engine.counters);
            }
            Order::Counts(reply) => {
                let _ = reply.send(engine.counts());
            }
        }
    }
}

fn bind_both(listen: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 0;
    loop {
        let udp = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
        udp.set_nonblocking(true)?;
        // As much as the system allows.
        let _ = udp.set_recv_buffer_size(SOCKET_BUFFER);
        let _ = udp.set_send_buffer_size(SOCKET_BUFFER);
        udp.bind(&listen.into())?;
        let udp: UdpSocket = udp.into();
        match listen_tcp(udp.local_addr()?) {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(_) if listen.port() == 0 && tries < PORT_TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn listen_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let tcp = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As the standard library does it: a restart need not wait for connections of before.
    tcp.set_reuse_address(true)?;
    tcp.set_nonblocking(true)?;
    tcp.bind(&address.into())?;
    tcp.listen(BACKLOG)?;
    Ok(tcp.into())
}

fn advertised(config: &RelayConfig, local: SocketAddr) -> Vec<IpAddr> {
    if !config.advertised.is_empty() {
        return config.advertised.clone();
    }
    if !local.ip().is_unspecified() {
        return vec![local.ip()];
    }
    // A socket of IPv6 takes IPv4 as well. Link-local addresses mean nothing without the name of the link.
    let useful = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => local.is_ipv6() && !ip.is_loopback() && !ip.is_unicast_link_local(),
    };
    let own: Vec<IpAddr> = ifaces()
        .unwrap_or_default()
        .into_iter()
        .filter_map(|interface| Some(interface.addr?.ip()))
        .filter(useful)
        .take(MAX_ADVERTISED)
        .collect();
    if own.is_empty() { vec![Ipv4Addr::LOCALHOST.into()] } else { own }
}
