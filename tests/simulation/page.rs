//! A page as the web's kit makes it: one socket, operations that are repeated under their key until they are answered,
//! heartbeats, and doubt when nobody answers them.

use std::sync::Arc;

use yunyiban_app::Secret;
use yunyiban_core::Actor;
use yunyiban_protocol::{CallRequest, ClientMessage, HallId, PROTOCOL_VERSION, Reply, RequestKey, ServerMessage, SessionNotice, SessionRequest};

use super::book::{Asker, End};
use super::chance::Chance;
use super::town::Town;
use super::wire::Socket;

/// A page waits so long for its welcome (web/kit, `SIGN_IN_MS`).
const SIGN_IN_MS: i64 = 12_000;
/// And so long for an answer to its heartbeat (`SILENCE_MS`).
const SILENCE_MS: i64 = 10_000;
/// An operation is given up after this (`deadlineMs`).
const DEADLINE_MS: i64 = 60_000;
/// Or after so many failures (`MOST_FAILURES`).
const MOST_FAILURES: u32 = 5;

/// Beats while waiting, and in a call.
const SLOW_BEAT_MS: i64 = 25_000;
const FAST_BEAT_MS: i64 = 5_000;

/// What a page lives through.
#[derive(Debug)]
pub enum Happening {
    /// The server said something.
    Told(Box<ServerMessage>),
    /// The moment waited for has come.
    Tick,
    /// The socket is gone.
    Gone,
}

/// See the module.
pub struct Page {
    /// The town.
    pub town: Arc<Town>,
    /// Whose lines it uses.
    pub client: usize,
    /// What it draws.
    pub chance: Chance,
    /// Its heart beats fast.
    pub in_call: bool,
    /// Sent with the heartbeat.
    pub visible: bool,
    /// Said with the heartbeat: a window's test of itself has run.
    tests_itself: bool,
    actor: Actor,
    /// Begins its keys.
    pub name: String,
    number: u32,
    socket: Option<Socket>,
    pending: Vec<Pending>,
    beat_at: i64,
    doubt_at: Option<i64>,
    offered: bool,
}

struct Pending {
    message: ClientMessage,
    key: RequestKey,
    failures: u32,
    deadline: i64,
    retry_at: Option<i64>,
}

impl Page {
    /// A page that is not connected. `name` begins its keys and is its own.
    pub fn new(town: &Arc<Town>, client: usize, name: String, actor: Actor, chance: Chance) -> Self {
        Self {
            town: town.clone(),
            client,
            chance,
            in_call: false,
            visible: true,
            tests_itself: false,
            actor,
            name,
            number: 0,
            socket: None,
            pending: Vec::new(),
            beat_at: 0,
            doubt_at: None,
            offered: false,
        }
    }

    fn now(&self) -> i64 {
        self.town.world.now()
    }

    /// Connects by a ticket; the welcome, if there is one.
    pub async fn connect(&mut self, ticket: String) -> Option<SessionNotice> {
        let hello = SessionRequest::Hello {
            ticket,
            version: PROTOCOL_VERSION,
            seen: None,
        };
        self.sign_in(hello, None).await
    }

    /// Connects by the ticket of the last welcome and the cookie of the phone; the welcome, if there is one.
    pub async fn connect_again(&mut self, ticket: String, seen: u32, cookie: (HallId, Secret)) -> Option<SessionNotice> {
        let again = SessionRequest::Return {
            ticket,
            version: PROTOCOL_VERSION,
            seen: Some(seen),
        };
        self.sign_in(again, Some(cookie)).await
    }

    async fn sign_in(&mut self, first: SessionRequest, cookie: Option<(HallId, Secret)>) -> Option<SessionNotice> {
        self.close();
        if !self.town.is_up() || self.town.net.is_blocked(self.client) {
            self.town.world.sleep(200).await;
            return None;
        }
        let (socket, wire) = self.town.net.connect(self.client);
        self.town.attend(wire, self.actor.clone(), cookie);
        socket.send(ClientMessage::Session(first));
        let first = self.town.world.within(SIGN_IN_MS, socket.next()).await.flatten()?;
        match serde_json::from_str(&first).unwrap() {
            ServerMessage::Session(welcome @ SessionNotice::Welcome { .. }) => {
                self.socket = Some(socket);
                (self.beat_at, self.doubt_at, self.offered) = (self.now() + 1_000, None, false);
                self.repeat();
                Some(welcome)
            }
            _ => None,
        }
    }

    /// Goes away without a word.
    pub fn close(&mut self) {
        self.socket = None;
    }

    /// Operations without an answer.
    pub fn waits(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Asks for something; a hasty finger asks twice with one key.
    pub fn ask(&mut self, kind: &'static str, message: impl FnOnce(RequestKey) -> ClientMessage) -> RequestKey {
        self.number += 1;
        let key = RequestKey::new(format!("{}-{:05}", self.name, self.number));
        let message = message(key.clone());
        let asker = Asker::Actor(self.actor.clone());
        let mut book = self.town.book.lock().unwrap();
        book.invoke(asker, kind, &key);
        book.handovers.asks(&key, self.client);
        drop(book);
        let twice = !self.town.is_calm() && self.chance.percent(10);
        self.send(message.clone());
        if twice {
            self.send(message.clone());
        }
        self.pending.push(Pending {
            message,
            key: key.clone(),
            failures: 0,
            deadline: self.now() + DEADLINE_MS,
            retry_at: None,
        });
        key
    }

    /// Offers a connection for sound and picture, once a socket.
    pub fn offer(&mut self, who: String) {
        if !std::mem::replace(&mut self.offered, true) {
            self.send(ClientMessage::Call(CallRequest::Offer { sdp: who }));
        }
    }

    /// The offer was refused, or its connection is lost.
    pub fn offer_again(&mut self) {
        self.offered = false;
    }

    /// What happens next, until a moment.
    pub async fn next(&mut self, until: i64) -> Happening {
        loop {
            self.look_at_pending();
            let Some(socket) = &self.socket else {
                return Happening::Gone;
            };
            let retry = self.pending.iter().filter_map(|pending| pending.retry_at).min().unwrap_or(i64::MAX);
            let wake = until.min(self.beat_at).min(self.doubt_at.unwrap_or(i64::MAX)).min(retry);
            let text = tokio::select! {
                biased;
                text = socket.next() => Some(text),
                () = self.town.world.sleep_until(wake) => None,
            };
            match text {
                Some(Some(text)) => {
                    self.doubt_at = None;
                    if let Some(message) = self.read(&text) {
                        return Happening::Told(Box::new(message));
                    }
                }
                Some(None) => {
                    self.close();
                    return Happening::Gone;
                }
                None => {
                    let now = self.now();
                    if self.doubt_at.is_some_and(|at| at <= now) {
                        self.close();
                        return Happening::Gone;
                    }
                    if self.beat_at <= now {
                        self.beat();
                    }
                    if until <= now {
                        return Happening::Tick;
                    }
                }
            }
        }
    }

    fn beat(&mut self) {
        let visible = self.visible;
        self.send(ClientMessage::Session(SessionRequest::Ping { visible }));
        if self.tests_itself {
            self.send(ClientMessage::Session(SessionRequest::Tested {}));
        }
        let every = if self.in_call { FAST_BEAT_MS } else { SLOW_BEAT_MS };
        let now = self.now();
        self.beat_at = now + every;
        self.doubt_at.get_or_insert(now + SILENCE_MS);
    }

    /// Whether the test of a window runs; once it does it is said at once.
    pub fn tests(&mut self, runs: bool) {
        if runs && !std::mem::replace(&mut self.tests_itself, runs) {
            self.send(ClientMessage::Session(SessionRequest::Tested {}));
        }
        self.tests_itself = runs;
    }

    /// Beats at once: something changed.
    pub fn beat_soon(&mut self) {
        self.beat_at = self.now();
    }

    fn send(&self, message: ClientMessage) {
        if let Some(socket) = &self.socket {
            socket.send(message);
        }
    }

    fn repeat(&mut self) {
        for at in 0..self.pending.len() {
            self.pending[at].retry_at = None;
            self.send(self.pending[at].message.clone());
        }
    }

    fn look_at_pending(&mut self) {
        let now = self.now();
        let pending = std::mem::take(&mut self.pending);
        for mut pending in pending {
            if pending.deadline <= now || pending.failures >= MOST_FAILURES {
                self.town.book.lock().unwrap().complete(&pending.key, End::Unknown);
                continue;
            }
            if pending.retry_at.is_some_and(|at| at <= now) {
                pending.retry_at = None;
                self.send(pending.message.clone());
            }
            self.pending.push(pending);
        }
    }

    fn dials(&self, key: &RequestKey) -> bool {
        let book = self.town.book.lock().unwrap();
        book.ops.get(key).is_some_and(|op| op.kind == "dial")
    }

    /// Takes replies for itself, and passes on what was done.
    fn read(&mut self, text: &str) -> Option<ServerMessage> {
        let message = serde_json::from_str(text).unwrap();
        let (key, end) = match &message {
            ServerMessage::Session(SessionNotice::Pong { .. }) => return None,
            // A number looked up under a key again is looked up anew, and never kept with the key.
            ServerMessage::Reply(Reply::Done { key, .. }) if self.dials(key) => (key.clone(), End::Done(None)),
            ServerMessage::Reply(Reply::Done { key, value }) => (key.clone(), End::Done(value.clone())),
            ServerMessage::Reply(Reply::Refused { key: Some(key), code }) => (key.clone(), End::Refused(code.clone())),
            ServerMessage::Reply(Reply::Failed {
                key: Some(key), retry_ms, ..
            }) => {
                let retry_at = self.now() + i64::from(*retry_ms);
                if let Some(pending) = self.pending.iter_mut().find(|pending| pending.key == *key) {
                    pending.failures += 1;
                    pending.retry_at = Some(retry_at);
                }
                return None;
            }
            _ => return Some(message),
        };
        self.pending.retain(|pending| pending.key != key);
        let is_done = matches!(end, End::Done(_));
        self.town.book.lock().unwrap().complete(&key, end);
        is_done.then_some(message)
    }
}
