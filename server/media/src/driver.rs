//! The engine's only hands: one thread that owns the sockets, reads and writes in batches, and lets nothing else in.

use std::io;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use yunyiban_app::ports::media::MediaEvent;

use crate::batch::{self, Reader};
use crate::connections::Connections;
use crate::engine::{Engine, TICK};
use crate::outbox::Path;
use crate::relay::Order;
use crate::tcp::{self, FromTcp};

/// From this many packets a second on, the driver lets datagrams gather after each turn, so that one wake-up serves many.
const BUSY: u32 = 1000;
/// How long it lets them gather. A tenth of what a browser's jitter buffer holds at least.
const GATHER: Duration = Duration::from_micros(1000);
/// Events kept for a reader that does not read.
const MOST_EVENTS: usize = 10_000;
/// Frames of ICE-TCP taken before the UDP socket is looked at again: as much as one batch of datagrams.
const MOST_FRAMES: usize = batch::BATCH;
/// Batches read before orders and timers have their turn.
const MOST_BATCHES: usize = 8;

/// The sockets of a relay and everything that waits on them.
pub(crate) struct Driver {
    pub(crate) engine: Engine,
    pub(crate) udp: std::net::UdpSocket,
    pub(crate) tcp: std::net::TcpListener,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) events: mpsc::Sender<MediaEvent>,
}

/// Runs until every handle of the relay is gone.
pub(crate) fn run(driver: Driver) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, drive(driver))
}

async fn drive(driver: Driver) -> io::Result<()> {
    let Driver {
        mut engine,
        udp,
        tcp,
        mut orders,
        events,
    } = driver;
    let udp = UdpSocket::from_std(udp)?;
    let (to_driver, mut from_tcp) = mpsc::channel(256);
    tokio::task::spawn_local(tcp::listen(tokio::net::TcpListener::from_std(tcp)?, to_driver));
    let mut connections = Connections::default();
    let (mut reader, mut pace) = (
        Reader::new(),
        Pace {
            since: Instant::now(),
            packets: 0,
            busy: false,
        },
    );
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let idle = engine.slots.is_empty() && engine.events.is_empty();
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => order.carry_out(&mut engine, Instant::now()),
                None => return Ok(()),
            },
            // Ahead of the socket, which a flood keeps readable for ever.
            _ = ticks.tick(), if !idle => engine.tick(Instant::now()),
            message = from_tcp.recv() => {
                let Some(message) = message else {
                    return Err(io::Error::other("the TCP listener has ended"));
                };
                receive_tcp(&mut engine, &udp, &mut connections, message);
                for _ in 1..MOST_FRAMES {
                    let Ok(message) = from_tcp.try_recv() else { break };
                    receive_tcp(&mut engine, &udp, &mut connections, message);
                }
                // One page can keep this arm ready for ever, and everybody's datagrams wait behind it.
                read_all(&mut engine, &mut reader, &udp, &connections);
            }
            ready = udp.readable() => {
                ready?;
                let count = read_all(&mut engine, &mut reader, &udp, &connections);
                if pace.is_busy(Instant::now(), count) {
                    // Nothing else lives on this thread, and everything on it can wait this long.
                    std::thread::sleep(GATHER);
                }
            }
        }
        flush(&mut engine, &udp, &connections);
        connections.hang_up(engine.hung_up.drain(..));
        tell(&mut engine, &events);
    }
}

/// Hands over what has happened. A slow reader gets its events in order, later; one that never reads loses the newest.
fn tell(engine: &mut Engine, events: &mpsc::Sender<MediaEvent>) {
    while let Some(event) = engine.events.pop_front() {
        if let Err(mpsc::error::TrySendError::Full(event)) = events.try_send(event) {
            engine.events.push_front(event);
            engine.events.truncate(MOST_EVENTS);
            break;
        }
    }
}

/// How busy the last tenth of a second was.
struct Pace {
    since: Instant,
    packets: u32,
    busy: bool,
}

impl Pace {
    fn is_busy(&mut self, now: Instant, packets: u32) -> bool {
        self.packets += packets;
        let elapsed = now.duration_since(self.since);
        if elapsed >= Duration::from_millis(100) {
            self.busy = u128::from(self.packets) * 1000 / elapsed.as_millis() > u128::from(BUSY);
            (self.since, self.packets) = (now, 0);
        }
        self.busy
    }
}

/// Takes what waits on the socket, and says how much it was.
fn read_all(engine: &mut Engine, reader: &mut Reader, socket: &UdpSocket, connections: &Connections) -> u32 {
    let mut taken = 0;
    // A short batch means that nothing is left, which tokio wants to hear as this error; it saves the call that would say so.
    let nothing_left = || Err(io::ErrorKind::WouldBlock.into());
    for _ in 0..MOST_BATCHES {
        let drained: io::Result<()> = socket.try_io(Interest::READABLE, || {
            let count = reader.read(socket)?;
            let now = Instant::now();
            for index in 0..count {
                if let Some((path, datagram)) = reader.datagram(index) {
                    engine.receive(now, path, datagram);
                }
            }
            flush(engine, socket, connections);
            taken += count as u32;
            if count < batch::BATCH { nothing_left() } else { Ok(()) }
        });
        match drained {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // An ICMP error of some page concerns nobody else.
            Ok(()) | Err(_) => {}
        }
    }
    taken
}

fn receive_tcp(engine: &mut Engine, socket: &UdpSocket, connections: &mut Connections, message: FromTcp) {
    match message {
        FromTcp::Opened { path, writer } => connections.open(path, writer),
        FromTcp::Frame { path, frame } => {
            let mut frame = BytesMut::from(frame);
            engine.receive(Instant::now(), path, &mut frame);
            if engine.knows(path) {
                connections.proved(path);
            } else {
                // The first frame must prove whose connection it is. A stranger still hears the answer.
                flush(engine, socket, connections);
                connections.close(path);
            }
        }
        FromTcp::Closed { path } => {
            connections.close(path);
            engine.disconnected(Instant::now(), path);
        }
    }
}

/// Sends what the engine has written and empties its outbox.
fn flush(engine: &mut Engine, socket: &UdpSocket, connections: &Connections) {
    engine.counters.unsent += batch::send(socket, engine.outbox.packets());
    for slot in engine.outbox.packets() {
        if let Path::Tcp { connection, .. } = slot.path
            && let Some(writer) = connections.writer(connection)
            && writer.try_send(tcp::frame(slot.packet())).is_err()
        {
            // A slow connection loses packets, as a slow link does.
            engine.counters.unsent += 1;
        }
    }
    engine.outbox.clear();
}
