//! One socket of a page: what it says, what it has heard.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use yunyiban_protocol::{ClientMessage, PROTOCOL_VERSION, Reply, RequestKey, ServerMessage, SessionNotice, SessionRequest};

use super::PATIENCE;
use super::http::Browser;

/// An open socket after its hello.
pub struct Page {
    socket: WebSocketStream<TcpStream>,
    /// Everything heard, oldest first.
    pub heard: Vec<ServerMessage>,
}

impl Page {
    /// Opens a socket with a ticket. `seen` is the newest event number the page knows.
    pub async fn open(browser: &Browser, ticket: &str, seen: Option<u32>) -> Self {
        Self::try_open(browser, ticket, seen).await.expect("the server opens a socket")
    }

    /// The same; `None` when the server dies meanwhile.
    pub async fn try_open(browser: &Browser, ticket: &str, seen: Option<u32>) -> Option<Self> {
        let mut page = Self::silent(browser, browser.origin()).await?;
        page.try_say(&hello(ticket, seen)).await?;
        Some(page)
    }

    /// A socket that has said nothing yet, from a page of some origin; `None` when it is not opened.
    pub async fn silent(browser: &Browser, origin: String) -> Option<Self> {
        let stream = TcpStream::connect(browser.server()).await.ok()?;
        Self::upgrade(stream, browser, origin).await
    }

    /// A page whose socket was lost: where the cookie comes along, by the ticket of its last welcome.
    pub async fn returned(browser: &Browser, hall: &str, ticket: &str, seen: Option<u32>) -> Self {
        let path = format!("/api/halls/{hall}/ws");
        let stream = TcpStream::connect(browser.server()).await.unwrap();
        let cookies = browser.cookie_line();
        let mut page = Self::upgrade_at(&path, stream, browser, browser.origin(), &cookies)
            .await
            .expect("the server opens a socket");
        let again = SessionRequest::Return {
            ticket: ticket.into(),
            version: PROTOCOL_VERSION,
            seen,
        };
        page.say(&ClientMessage::Session(again)).await;
        page
    }

    /// The ticket of the last welcome, if it brought one.
    pub fn return_ticket(&self) -> Option<String> {
        let welcome = self.heard.iter().rev().find_map(|message| {
            if let ServerMessage::Session(SessionNotice::Welcome { return_ticket, .. }) = message {
                Some(return_ticket.clone())
            } else {
                None
            }
        });
        welcome.flatten()
    }

    /// The same as [`Page::open`] over a connection with properties of its own.
    pub async fn over(stream: TcpStream, browser: &Browser, ticket: &str) -> Self {
        let mut page = Self::upgrade(stream, browser, browser.origin()).await.expect("the server opens a socket");
        page.say(&hello(ticket, None)).await;
        page
    }

    async fn upgrade(stream: TcpStream, browser: &Browser, origin: String) -> Option<Self> {
        Self::upgrade_at("/ws", stream, browser, origin, "").await
    }

    async fn upgrade_at(path: &str, stream: TcpStream, browser: &Browser, origin: String, cookies: &str) -> Option<Self> {
        let mut request = format!("ws://{}{path}", browser.server()).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        if !cookies.is_empty() {
            request.headers_mut().insert("cookie", cookies.parse().unwrap());
        }
        let opening = client_async_with_config(request, stream, Some(config()));
        let (socket, _) = timeout(PATIENCE, opening).await.unwrap().ok()?;
        Some(Self { socket, heard: Vec::new() })
    }

    /// Says one message.
    pub async fn say(&mut self, message: &ClientMessage) {
        self.say_text(&serde_json::to_string(message).unwrap()).await;
    }

    /// The same; `None` when the server is dead.
    pub async fn try_say(&mut self, message: &ClientMessage) -> Option<()> {
        let text = serde_json::to_string(message).unwrap();
        self.socket.send(Message::text(text)).await.ok()
    }

    /// Says any text.
    pub async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message; `None` once the server has ended the socket.
    pub async fn hear(&mut self) -> Option<ServerMessage> {
        let message = timeout(PATIENCE, self.next()).await.expect("the server says something")?;
        self.heard.push(message.clone());
        Some(message)
    }

    /// The same, however long it takes, and not kept in [`Page::heard`].
    pub async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{cause}: {text}")));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The answer to an operation, from what was heard or what comes.
    pub async fn reply(&mut self, key: &RequestKey) -> Reply {
        self.try_reply(key).await.expect("the socket is open until the answer has come")
    }

    /// The same; `None` when the socket ends before.
    pub async fn try_reply(&mut self, key: &RequestKey) -> Option<Reply> {
        loop {
            let known = self.heard.iter().rev().find_map(|message| reply_to(message, key));
            if known.is_some() {
                return known;
            }
            self.hear().await?;
        }
    }
}

/// A page hears little at once; there may be ten thousand of them in a process.
fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 * 1_024)
}

fn hello(ticket: &str, seen: Option<u32>) -> ClientMessage {
    ClientMessage::Session(SessionRequest::Hello {
        ticket: ticket.into(),
        version: PROTOCOL_VERSION,
        seen,
    })
}

/// The answer to the operation, if this message is it.
fn reply_to(message: &ServerMessage, key: &RequestKey) -> Option<Reply> {
    if let ServerMessage::Reply(reply) = message
        && key_of(reply) == Some(key)
    {
        return Some(reply.clone());
    }
    None
}

fn key_of(reply: &Reply) -> Option<&RequestKey> {
    match reply {
        Reply::Done { key, .. } => Some(key),
        Reply::Refused { key, .. } | Reply::Failed { key, .. } => key.as_ref(),
    }
}

/// A key no other operation of this process has.
pub fn fresh_key() -> RequestKey {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    RequestKey::new(format!("story-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// What a done operation gave; panics with the refusal otherwise.
#[track_caller]
pub fn done(reply: Reply) -> Option<String> {
    match reply {
        Reply::Done { value, .. } => value,
        Reply::Refused { code, .. } | Reply::Failed { code, .. } => panic!("not done: {code}"),
    }
}

/// The code of a refused operation.
#[track_caller]
pub fn refused(reply: Reply) -> String {
    match reply {
        Reply::Refused { code, .. } => code,
        Reply::Done { .. } | Reply::Failed { .. } => panic!("not refused: {reply:?}"),
    }
}
