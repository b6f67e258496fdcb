//! The network: a connection is a pair of pipes with delay. What is sent on one arrives in order; between two there is no order.
//!
//! A partition holds back what is under way until it is over, as TCP does. A half-open connection loses everything from then on,
//! and neither side is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use yunyiban_protocol::ClientMessage;

use super::chance::Chance;
use super::world::World;

/// What a page does not read waits here; then the sender waits.
const ROOM: usize = 48;

/// So many hundredths of what a disordered client sends are slow.
const DISORDERED_PERCENT: u64 = 45;

/// How long a request is waited for.
pub const REQUEST_MS: i64 = 12_000;

/// The lines of every client.
pub struct Net {
    world: Arc<World>,
    state: Mutex<State>,
}

struct State {
    chance: Chance,
    /// Until when a client is cut off.
    blocked: BTreeMap<usize, i64>,
    /// Until when a client sleeps.
    asleep: BTreeMap<usize, i64>,
    /// Until when what a client sends on one way overtakes what it sent on another.
    disordered: BTreeMap<usize, i64>,
    /// When the last arrives of all that a client sent, or was sent, and on which way.
    last: BTreeMap<(usize, Direction), (i64, Way)>,
    /// How often something arrived before what was sent earlier, while it was disordered.
    overtaken: u32,
    connections: BTreeMap<u64, Arc<Connection>>,
    next: u64,
}

/// To the server, or from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To it.
    Up,
    /// From it.
    Down,
}

/// On which way something is sent: between two ways there is no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A request of its own.
    Request,
    /// The socket of this number.
    Socket(u64),
}

/// One connection.
pub struct Connection {
    /// Whose.
    pub client: usize,
    id: u64,
    lost: AtomicBool,
    up: Pipe<ClientMessage>,
    down: Pipe<Arc<str>>,
}

struct Pipe<T> {
    state: Mutex<PipeState<T>>,
    changed: Notify,
    taken: Notify,
}

struct PipeState<T> {
    under_way: VecDeque<(i64, T)>,
    last: i64,
    ends_at: Option<i64>,
}

impl<T> Pipe<T> {
    fn new() -> Self {
        Self {
            state: Mutex::new(PipeState {
                under_way: VecDeque::new(),
                last: 0,
                ends_at: None,
            }),
            changed: Notify::new(),
            taken: Notify::new(),
        }
    }

    /// Sends. When it arrives, which is not before what was sent earlier here; `None` where the pipe has ended.
    fn put(&self, at: i64, value: T) -> Option<i64> {
        let mut state = self.state.lock().unwrap();
        if state.ends_at.is_some() {
            return None;
        }
        state.last = state.last.max(at);
        let at = state.last;
        state.under_way.push_back((at, value));
        drop(state);
        self.changed.notify_one();
        Some(at)
    }

    fn end(&self, at: i64) {
        let mut state = self.state.lock().unwrap();
        let at = at.max(state.last);
        state.ends_at.get_or_insert(at);
        drop(state);
        self.changed.notify_one();
    }

    fn is_full(&self) -> bool {
        self.state.lock().unwrap().under_way.len() >= ROOM
    }

    /// The next that has arrived; `None` at the end. May be dropped and called again.
    async fn next(&self, world: &Arc<World>) -> Option<T> {
        loop {
            let wait = {
                let mut state = self.state.lock().unwrap();
                let now = world.now();
                match state.under_way.front() {
                    Some((at, _)) if *at <= now => {
                        let value = state.under_way.pop_front().map(|(_, value)| value);
                        drop(state);
                        self.taken.notify_one();
                        return value;
                    }
                    Some((at, _)) => Some(*at),
                    None if state.ends_at.is_some_and(|at| at <= now) => return None,
                    None => state.ends_at,
                }
            };
            match wait {
                Some(at) => tokio::select! {
                    biased;
                    () = world.sleep_until(at) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }
}

impl Net {
    /// Lines on which nothing runs yet.
    pub fn new(world: Arc<World>, seed: u64) -> Self {
        Self {
            world,
            state: Mutex::new(State {
                chance: Chance::new(seed, 2),
                blocked: BTreeMap::new(),
                asleep: BTreeMap::new(),
                disordered: BTreeMap::new(),
                last: BTreeMap::new(),
                overtaken: 0,
                connections: BTreeMap::new(),
                next: 0,
            }),
        }
    }

    /// Cuts a client off until a moment.
    pub fn block(&self, client: usize, until: i64) {
        let mut state = self.state.lock().unwrap();
        let blocked = state.blocked.entry(client).or_default();
        *blocked = (*blocked).max(until);
    }

    /// Puts a client to sleep until a moment: it sends and reads nothing.
    pub fn sleep(&self, client: usize, until: i64) {
        let mut state = self.state.lock().unwrap();
        let asleep = state.asleep.entry(client).or_default();
        *asleep = (*asleep).max(until);
    }

    /// Until when a client sleeps.
    pub fn asleep_until(&self, client: usize) -> i64 {
        self.state.lock().unwrap().asleep.get(&client).copied().unwrap_or_default()
    }

    /// Lets what a client sends and is sent overtake each other until a moment: each message takes its own time, some of them seconds.
    pub fn disorder(&self, client: usize, until: i64) {
        let mut state = self.state.lock().unwrap();
        let disordered = state.disordered.entry(client).or_default();
        *disordered = (*disordered).max(until);
    }

    /// How often something was overtaken because of that.
    pub fn overtaken(&self) -> u32 {
        self.state.lock().unwrap().overtaken
    }

    /// Clients with more than one connection.
    pub fn with_two_lines(&self) -> Vec<usize> {
        let state = self.state.lock().unwrap();
        let mut lines: BTreeMap<usize, u32> = BTreeMap::new();
        let alive = state.connections.values().filter(|connection| !connection.lost.load(Ordering::Relaxed));
        alive.for_each(|connection| *lines.entry(connection.client).or_default() += 1);
        lines.into_iter().filter(|(_, lines)| *lines > 1).map(|(client, _)| client).collect()
    }

    /// Something is under way to a client or from it, and arrives then.
    pub fn is_sent(&self, client: usize, direction: Direction, way: Way, at: i64) {
        let now = self.world.now();
        let mut state = self.state.lock().unwrap();
        let is_disordered = state.disordered.get(&client).is_some_and(|until| *until > now);
        let last = state.last.get(&(client, direction)).copied();
        let overtakes = last.is_some_and(|(last, other)| at < last && (way != other || way == Way::Request));
        state.overtaken += u32::from(is_disordered && overtakes);
        if last.is_none_or(|(last, _)| last <= at) {
            state.last.insert((client, direction), (at, way));
        }
    }

    /// Whether the client is cut off.
    pub fn is_blocked(&self, client: usize) -> bool {
        self.state
            .lock()
            .unwrap()
            .blocked
            .get(&client)
            .is_some_and(|until| *until > self.world.now())
    }

    /// When something sent now arrives.
    pub fn arrival(&self, client: usize) -> i64 {
        let mut state = self.state.lock().unwrap();
        let now = self.world.now();
        let is_disordered = state.disordered.get(&client).is_some_and(|until| *until > now);
        let slow = state.chance.percent(if is_disordered { DISORDERED_PERCENT } else { 3 });
        let delay = if slow {
            state.chance.between(200, 2_500)
        } else {
            state.chance.between(3, 70)
        };
        let from = state.blocked.get(&client).copied().unwrap_or_default().max(now);
        from + delay
    }

    /// Whether this request, or its answer, is lost.
    pub fn loses(&self, percent: u64) -> bool {
        self.state.lock().unwrap().chance.percent(percent)
    }

    /// A new connection: the client's end and the server's.
    pub fn connect(self: &Arc<Self>, client: usize) -> (Socket, Wire) {
        let mut state = self.state.lock().unwrap();
        state.next += 1;
        let connection = Arc::new(Connection {
            client,
            id: state.next,
            lost: AtomicBool::new(false),
            up: Pipe::new(),
            down: Pipe::new(),
        });
        state.connections.insert(connection.id, connection.clone());
        drop(state);
        let socket = Socket {
            net: self.clone(),
            connection: connection.clone(),
        };
        (
            socket,
            Wire {
                net: self.clone(),
                connection,
            },
        )
    }

    /// Cuts every connection of a client; both sides are told.
    pub fn cut(&self, client: usize) {
        for connection in self.of(client) {
            let at = self.arrival(client);
            connection.up.end(at);
            connection.down.end(at);
        }
    }

    /// Loses every connection of a client; nobody is told.
    pub fn lose(&self, client: usize) {
        self.of(client)
            .iter()
            .for_each(|connection| connection.lost.store(true, Ordering::Relaxed));
    }

    /// Loses every connection, as when the server's power goes.
    pub fn lose_all(&self) {
        let state = self.state.lock().unwrap();
        state
            .connections
            .values()
            .for_each(|connection| connection.lost.store(true, Ordering::Relaxed));
    }

    fn of(&self, client: usize) -> Vec<Arc<Connection>> {
        let state = self.state.lock().unwrap();
        state
            .connections
            .values()
            .filter(|connection| connection.client == client)
            .cloned()
            .collect()
    }

    fn forget(&self, id: u64) {
        self.state.lock().unwrap().connections.remove(&id);
    }
}

/// The client's end; dropping it closes the connection.
pub struct Socket {
    net: Arc<Net>,
    connection: Arc<Connection>,
}

impl Socket {
    /// Sends, without waiting.
    pub fn send(&self, message: ClientMessage) {
        let connection = &self.connection;
        if !connection.lost.load(Ordering::Relaxed)
            && let Some(at) = connection.up.put(self.net.arrival(connection.client), message)
        {
            self.net.is_sent(connection.client, Direction::Up, Way::Socket(connection.id), at);
        }
    }

    /// The next message; `None` when the connection is closed. May be dropped and called again.
    pub async fn next(&self) -> Option<Arc<str>> {
        self.connection.down.next(&self.net.world).await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let connection = &self.connection;
        if !connection.lost.load(Ordering::Relaxed) {
            connection.up.end(self.net.arrival(connection.client));
        }
        self.net.forget(connection.id);
    }
}

/// The server's end; dropping it closes the connection.
pub struct Wire {
    net: Arc<Net>,
    connection: Arc<Connection>,
}

impl Wire {
    /// Sends once there is room.
    pub async fn send(&self, text: Arc<str>) {
        let connection = &self.connection;
        while connection.down.is_full() {
            connection.down.taken.notified().await;
        }
        if !connection.lost.load(Ordering::Relaxed)
            && let Some(at) = connection.down.put(self.net.arrival(connection.client), text)
        {
            self.net.is_sent(connection.client, Direction::Down, Way::Socket(connection.id), at);
        }
    }

    /// The next message; `None` when the connection is closed. May be dropped and called again.
    pub async fn next(&self) -> Option<ClientMessage> {
        self.connection.up.next(&self.net.world).await
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let connection = &self.connection;
        if !connection.lost.load(Ordering::Relaxed) {
            connection.down.end(self.net.arrival(connection.client));
        }
    }
}
