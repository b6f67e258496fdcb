//! One person's browser in bad weather: it comes back, asks again under the same key, and sometimes gives up.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::time::timeout;
use yunyiban_protocol::http::{Problem, StaffTicket};
use yunyiban_protocol::{ClientMessage, Reply, RequestKey, ServerMessage, SessionNotice, SessionRequest, TakenNumber, Timestamp};

use super::entry::{Asked, Hour, Log, Op, Phase, Value};
use super::places::{self, at};
use crate::support::chance::Chance;
use crate::support::http::{Answer, Browser};
use crate::support::page::{Page, fresh_key};

/// Whoever gets no answer for so long loads the page again.
const ANSWER_WAIT: Duration = Duration::from_millis(2_500);
/// Between two heartbeats.
const BEAT: Duration = Duration::from_millis(1_000);
/// Between two attempts, milliseconds, at most: twice as long after each that failed, like a page's, up to so long.
const BACKOFF_MS: u64 = 200;
const LONGEST_BACKOFF_MS: u64 = 1_600;
/// Once in so many failures a person asks no more, and never hears what became of it.
const GIVES_UP: u64 = 9;

/// How many pages are looking for the way back.
#[derive(Default)]
pub struct Lost(watch::Sender<u32>);

impl Lost {
    /// Waits until everybody is back.
    pub async fn all_back(&self, at_most: Duration) -> bool {
        timeout(at_most, self.0.subscribe().wait_for(|lost| *lost == 0)).await.is_ok()
    }
}

/// Where the ticket of a socket comes from.
pub enum Door {
    /// `POST /api/halls/{hall}/resume`.
    Citizen(String),
    /// `POST /api/staff/ticket`.
    Staff,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done.
    Done(Option<String>),
    /// A rule said no.
    Refused(String),
    /// The person gave up.
    Unknown,
}

/// A browser and the socket of its page.
pub struct Client {
    /// Who, in the history.
    pub who: String,
    /// The history.
    pub log: Arc<Log>,
    /// What the person does next.
    pub chance: Chance,
    /// The browser.
    pub browser: Browser,
    /// The visit the page is about, in the history.
    pub visit: Option<String>,
    /// Codes behind the links of appointments, for whoever comes.
    pub links: Links,
    /// A console, whose test of itself runs, which it says with each beat.
    pub tests_itself: bool,
    /// Messages nobody has looked at, and when they came.
    pub inbox: VecDeque<(u64, ServerMessage)>,
    door: Door,
    page: Option<Page>,
    seen: Option<u32>,
    beat: Instant,
    /// What the hall's clock showed last, and when.
    clock: Option<(Instant, Timestamp)>,
    lost: Arc<Lost>,
    is_lost: bool,
    thinks_ms: u64,
}

/// Codes behind the links of appointments that were handed out and are in nobody's hand yet.
pub type Links = Arc<Mutex<VecDeque<String>>>;

/// What everybody has in common.
#[derive(Clone)]
pub struct Town {
    /// Links of appointments.
    pub links: Links,
    /// The history.
    pub log: Arc<Log>,
    /// Pages that look for the way back.
    pub lost: Arc<Lost>,
    /// How long people look at the page between two things they do, milliseconds, about.
    pub thinks_ms: u64,
}

impl Client {
    /// Without cookies, at one of the doors of the relay.
    pub fn new(who: String, town: &Town, chance: Chance, at: SocketAddr, door: Door) -> Self {
        Self {
            who,
            log: Arc::clone(&town.log),
            chance,
            browser: Browser::new(at),
            visit: None,
            links: Arc::clone(&town.links),
            inbox: VecDeque::new(),
            door,
            page: None,
            seen: None,
            tests_itself: false,
            beat: Instant::now(),
            clock: None,
            lost: Arc::clone(&town.lost),
            is_lost: false,
            thinks_ms: town.thinks_ms,
        }
    }

    /// Another phone at the same door; the socket of the one before dies unsaid.
    pub fn forget(&mut self) {
        self.browser = Browser::new(self.browser.server());
        self.hang(false);
        self.inbox.clear();
        (self.page, self.visit, self.seen) = (None, None, None);
    }

    /// Looks at the page for a while, whatever comes.
    pub async fn thinks(&mut self) {
        let length = Duration::from_millis(self.chance.between(self.thinks_ms / 2, 3 * self.thinks_ms / 2));
        let since = Instant::now();
        while let Some(left) = length.checked_sub(since.elapsed()) {
            if !self.listens(left).await {
                return;
            }
        }
    }

    /// What the person thinks about for so long.
    pub async fn rest(&mut self, most_ms: u64) {
        let length = Duration::from_millis(self.chance.between(1, most_ms));
        self.log.passes(length).await;
    }

    /// One request; `None` when no whole answer comes.
    pub async fn post(&mut self, path: &str, body: &str) -> Option<Answer> {
        let headers = [("content-type", "application/json")];
        timeout(ANSWER_WAIT, self.browser.try_send("POST", path, body, &headers))
            .await
            .ok()
            .flatten()
    }

    /// Reads something anyone may read.
    pub async fn get(&mut self, path: &str) -> Option<Answer> {
        timeout(ANSWER_WAIT, self.browser.try_send("GET", path, "", &[])).await.ok().flatten()
    }

    /// Opens a socket with the ticket of an answer, and waits to be welcomed.
    pub async fn opens(&mut self, ticket: &str) -> bool {
        let opening = async {
            let mut page = Page::try_open(&self.browser, ticket, self.seen).await?;
            loop {
                let message = page.next().await?;
                let is_welcome = matches!(message, ServerMessage::Session(SessionNotice::Welcome { .. }));
                let is_over = matches!(message, ServerMessage::Session(SessionNotice::Ended { .. }));
                self.inbox.push_back((self.log.now_us(), message));
                if is_welcome || is_over {
                    return is_welcome.then_some(page);
                }
            }
        };
        self.page = timeout(ANSWER_WAIT, opening).await.ok().flatten();
        self.beat = Instant::now();
        self.hang(self.page.is_none());
        self.page.is_some()
    }

    /// Loads the page again: the way back by the cookie. One attempt.
    pub async fn comes_back(&mut self) -> bool {
        self.page = None;
        let asked = self.log.invoke(&self.who, Op::Resume, self.value());
        let (path, body) = match &self.door {
            Door::Citizen(hall) => (format!("/api/halls/{hall}/resume"), json!({ "version": 2 }).to_string()),
            Door::Staff => ("/api/staff/ticket".to_owned(), "{}".to_owned()),
        };
        let Some(answer) = self.post(&path, &body).await else {
            self.log.end(asked, Phase::Unknown, self.value());
            return false;
        };
        if answer.status != 200 {
            let (phase, code) = trouble(&answer);
            self.log.meets(&code);
            let value = Value {
                code: Some(code),
                ..self.value()
            };
            self.log.end(asked, phase, value);
            if answer.status == 204 {
                // What ended is known on its day, and the clock has jumped over a midnight: its page begins anew.
                self.forget();
            }
            return false;
        }
        let (ticket, value) = match &self.door {
            Door::Citizen(_) => {
                let taken: TakenNumber = answer.json();
                let ticket = taken.ticket.clone();
                (ticket, places::of_taken(&taken))
            }
            Door::Staff => (answer.json::<StaffTicket>().ticket, self.value()),
        };
        if self.opens(&ticket).await {
            self.log.end(asked, Phase::Ok, value);
            return true;
        }
        self.log.end(asked, Phase::Unknown, self.value());
        false
    }

    /// Asks over HTTP, under a key in the body, again and again until it is answered; whatever is no success is the end of it.
    pub async fn ask_over_http(&mut self, asked: Asked, path: &str, body: &str) -> Result<(Asked, Answer), End> {
        loop {
            if let Some(answer) = self.post(path, body).await {
                if (200..300).contains(&answer.status) {
                    return Ok((asked, answer));
                }
                let (phase, code) = trouble(&answer);
                self.log.meets(&code);
                if phase == Phase::Fail {
                    let value = Value {
                        code: Some(code.clone()),
                        ..Value::default()
                    };
                    self.log.end(asked, phase, value);
                    return Err(End::Refused(code));
                }
            }
            if self.gives_up() {
                self.log.end(asked, Phase::Unknown, Value::default());
                return Err(End::Unknown);
            }
            self.rest(BACKOFF_MS).await;
        }
    }

    /// What the hall's clock shows, as far as the page knows.
    pub fn hall_time(&self) -> Option<Timestamp> {
        let (at, shown) = self.clock?;
        Some(shown.plus(u32::try_from(at.elapsed().as_millis()).ok()?))
    }

    /// Comes back until it succeeds, until there is nothing to come back to, or until the person has had enough.
    pub async fn finds_back(&mut self) -> bool {
        self.hang(true);
        let mut backoff_ms = BACKOFF_MS;
        while self.has_a_way_back() && !self.comes_back().await {
            if self.gives_up() {
                self.hang(false);
                return false;
            }
            self.rest(backoff_ms).await;
            backoff_ms = (2 * backoff_ms).min(LONGEST_BACKOFF_MS);
        }
        self.hang(!self.is_open());
        self.is_open()
    }

    /// Whether the browser keeps anything that leads to a visit, or a console.
    pub fn has_a_way_back(&self) -> bool {
        matches!(self.door, Door::Staff) || self.visit.is_some()
    }

    /// Does one operation under a key of its own, again and again until it is answered.
    pub async fn ask(&mut self, op: Op, value: Value, message: impl FnOnce(RequestKey) -> ClientMessage) -> End {
        let key = fresh_key();
        let value = Value {
            key: Some(key.to_string()),
            ..value
        };
        let asked = self.log.invoke(&self.who, op, value);
        let message = message(key.clone());
        loop {
            if self.page.is_none() && !self.finds_back().await {
                break;
            }
            match self.asks_once(&message, &key).await {
                Some(Reply::Done { value: told, .. }) => {
                    let value = Value {
                        number: told.clone(),
                        ..self.value()
                    };
                    self.log.end(asked, Phase::Ok, value);
                    return End::Done(told);
                }
                Some(Reply::Refused { code, .. }) => {
                    let value = Value {
                        code: Some(code.clone()),
                        ..self.value()
                    };
                    self.log.end(asked, Phase::Fail, value);
                    return End::Refused(code);
                }
                Some(Reply::Failed { code, .. }) => {
                    self.log.meets(&code);
                    self.rest(BACKOFF_MS).await;
                }
                None => self.page = None,
            }
            if self.gives_up() {
                break;
            }
        }
        self.log.end(asked, Phase::Unknown, self.value());
        End::Unknown
    }

    async fn asks_once(&mut self, message: &ClientMessage, key: &RequestKey) -> Option<Reply> {
        self.page.as_mut()?.try_say(message).await?;
        let since = Instant::now();
        while let Some(left) = ANSWER_WAIT.checked_sub(since.elapsed()) {
            match self.hears(left).await? {
                Some(ServerMessage::Reply(reply)) if places::is_reply_to(&reply, key) => return Some(reply),
                Some(message) => self.inbox.push_back((self.log.now_us(), message)),
                None => {}
            }
        }
        None
    }

    /// Waits for the answer to a heartbeat, so that everything told before has come; `false` when the page is gone.
    pub async fn catches_up(&mut self) -> bool {
        if self.beats().await.is_none() {
            return self.is_gone();
        }
        let since = Instant::now();
        while let Some(left) = ANSWER_WAIT.checked_sub(since.elapsed()) {
            match self.hears(left).await {
                Some(Some(ServerMessage::Session(SessionNotice::Pong { .. }))) => return true,
                Some(Some(message)) => self.inbox.push_back((self.log.now_us(), message)),
                Some(None) => {}
                None => break,
            }
        }
        self.is_gone()
    }

    /// Says something that is answered by no key; `false` when the page is gone.
    pub async fn says(&mut self, message: &ClientMessage) -> bool {
        let said = match self.page.as_mut() {
            Some(page) => page.try_say(message).await,
            None => None,
        };
        said.is_some() || self.is_gone()
    }

    /// Looks at the page for so long, with heartbeats, and keeps what comes; `false` when the page is gone.
    pub async fn listens(&mut self, length: Duration) -> bool {
        let since = Instant::now();
        loop {
            let left = length.saturating_sub(since.elapsed());
            match self.hears(left).await {
                Some(Some(message)) => {
                    self.inbox.push_back((self.log.now_us(), message));
                    return true;
                }
                Some(None) if since.elapsed() >= length => return true,
                Some(None) => {}
                None => return self.is_gone(),
            }
        }
    }

    /// The next message within the time, or `Some(None)` when a heartbeat was due or the time is over; `None` when the socket is gone.
    async fn hears(&mut self, within: Duration) -> Option<Option<ServerMessage>> {
        if self.beat.elapsed() >= BEAT {
            self.beats().await?;
        }
        let wait = within.min(BEAT.saturating_sub(self.beat.elapsed()));
        let page = self.page.as_mut()?;
        let Ok(message) = timeout(wait, page.next()).await else {
            return Some(None);
        };
        let message = message?;
        if let ServerMessage::Session(SessionNotice::Pong { now }) = &message {
            self.clock = Some((Instant::now(), *now));
        }
        // A late hello of the page before may win; whoever holds the phone then taps 「在这里继续」.
        let is_over = matches!(message, ServerMessage::Session(SessionNotice::Replaced {} | SessionNotice::Ended { .. }));
        (!is_over).then_some(Some(message))
    }

    async fn beats(&mut self) -> Option<()> {
        self.beat = Instant::now();
        let ping = ClientMessage::Session(SessionRequest::Ping { visible: true });
        let page = self.page.as_mut()?;
        page.try_say(&ping).await?;
        if self.tests_itself {
            page.try_say(&ClientMessage::Session(SessionRequest::Tested {})).await?;
        }
        Some(())
    }

    /// The page is loaded again at the next occasion.
    fn is_gone(&mut self) -> bool {
        self.page = None;
        false
    }

    /// Whether a socket is open as far as the page knows.
    pub fn is_open(&self) -> bool {
        self.page.is_some()
    }

    /// Leaves the page without a word.
    pub fn closes(&mut self) {
        self.page = None;
    }

    /// The newest event number the page knows.
    pub fn has_seen(&mut self, seq: u32) {
        self.seen = Some(seq);
    }

    /// What every entry of this person says.
    pub fn value(&self) -> Value {
        at(self.visit.as_deref())
    }

    /// Whether the person asks no more.
    pub fn gives_up(&mut self) -> bool {
        !self.log.is(Hour::Evening) && self.chance.once_in(GIVES_UP)
    }

    fn hang(&mut self, is_lost: bool) {
        if std::mem::replace(&mut self.is_lost, is_lost) != is_lost {
            self.lost.0.send_modify(|lost| if is_lost { *lost += 1 } else { *lost -= 1 });
        }
    }
}

/// What an answer that is no success says: `unknown` for what may be repeated.
pub fn trouble(answer: &Answer) -> (Phase, String) {
    let code = serde_json::from_str(&answer.body).map_or_else(|_| answer.body.clone(), |problem: Problem| problem.code);
    let phase = if answer.status >= 500 { Phase::Unknown } else { Phase::Fail };
    (phase, code)
}
