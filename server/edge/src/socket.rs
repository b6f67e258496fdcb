//! The socket of a page: one task, one ticket, small buffers, an end for everything (T05, T11, T12, T18).

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseCode, CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use yunyiban_app::{Connection, Ending, Link, Outgoing, Refusal, Secret, Trouble};
use yunyiban_protocol::{ClientMessage, HallId, Reply, RequestKey, ServerMessage, SessionNotice, SessionRequest};

use crate::config::Limits;
use crate::cookie;
use crate::decode::decode;
use crate::door::{Door, hall_of};
use crate::error::HttpProblem;

/// Largest message, bytes.
const MAX_MESSAGE_BYTES: usize = 64 * 1_024;

/// Largest message taken in at all, bytes; a longer one is refused by its head, unread. What lies between is read to its end and refused
/// too (T12): of a call by a code of its own, and with the socket's closing heard, since nothing unread is left in the connection.
const CEILING_BYTES: usize = MAX_MESSAGE_BYTES + MAX_MESSAGE_BYTES / 4;

/// What a waiting socket costs in memory; the default of 128 KiB would be most of it. Whoever waits says 100 bytes at a time; a long
/// description of a call is read in pieces.
const READ_BUFFER_BYTES: usize = 4 * 1_024;

/// Messages are written one at a time; this only bounds what the library may hold beside them.
const MAX_WRITE_BYTES: usize = 128 * 1_024;

/// Control frames a client may send between two messages. Browsers send none by themselves.
const MAX_CONTROL_FRAMES: u32 = 32;

/// How long a client may take to hear why its socket ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The routes `/ws`, and of a hall the one where a page returns: there alone its cookie comes along. Their origin was checked before
/// them (see [`crate::front`]).
pub(crate) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/ws", get(open_socket))
        .route("/api/halls/{hall}/ws", get(open_again))
}

/// Whose cookie came with the request: the hall and its secret.
type Brought = Option<Box<(HallId, Secret)>>;

async fn open_socket(State(door): State<Arc<Door>>, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>) -> Result<Response, HttpProblem> {
    upgraded(door, upgrade, None)
}

async fn open_again(
    State(door): State<Arc<Door>>,
    Path(hall): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, HttpProblem> {
    let hall = hall_of(&hall)?;
    let brought = cookie::visit_secret(&headers, &hall).map(|secret| Box::new((hall, secret)));
    upgraded(door, upgrade, brought)
}

fn upgraded(door: Arc<Door>, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>, brought: Brought) -> Result<Response, HttpProblem> {
    let upgrade = upgrade.map_err(|_| Refusal::BadMessage)?;
    let bounded = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BYTES)
        .max_message_size(CEILING_BYTES)
        .max_frame_size(CEILING_BYTES);
    // In a task of its own: that of the upgrade keeps the room its handshake needed for as long as it lives.
    Ok(bounded.on_upgrade(move |socket| {
        tokio::spawn(attend(Box::pin(greet(door, Box::new(socket), brought))));
        ready(())
    }))
}

/// Why a socket ends on our side.
enum End {
    /// The page left, or its network did.
    Gone,
    /// The page breaks a bound or a form: tell it why. Boxed, since every waiting socket holds the room for its end.
    Refused(Box<ServerMessage>, CloseCode),
    /// The house ends it and has said why.
    House(Ending),
    /// The page said nothing for too long, or took nothing for too long: nobody is there to hear more.
    Silent,
}

/// Whoever was let in.
struct Guest {
    door: Arc<Door>,
    socket: Box<WebSocket>,
    connection: Box<Connection>,
}

/// Whoever was not, and why.
type TurnedAway = Box<(Box<WebSocket>, End)>;

/// Thousands of sockets wait, and what a task may hold at any time it holds all the time, arguments twice. So the
/// socket and its connection are boxed, and so is all that is brief: greeting, writing, hearing, farewell.
async fn attend(greeting: Pin<Box<impl Future<Output = Result<Guest, TurnedAway>>>>) {
    let mut guest = match greeting.await {
        Ok(guest) => guest,
        Err(turned_away) => {
            let (socket, end) = *turned_away;
            return Box::pin(part(socket, end)).await;
        }
    };
    let end = converse(&mut guest).await;
    // The house need not fill an outbox nobody reads while the farewell takes its time.
    let Guest { socket, connection, door } = guest;
    drop((connection, door));
    Box::pin(part(socket, end)).await;
}

/// The first message signs the socket in.
async fn greet(door: Arc<Door>, mut socket: Box<WebSocket>, brought: Brought) -> Result<Guest, TurnedAway> {
    match sign_in(&door, &mut socket, brought).await {
        Ok(connection) => Ok(Guest {
            door,
            socket,
            connection: Box::new(connection),
        }),
        Err(end) => Err(Box::new((socket, end))),
    }
}

async fn sign_in(door: &Door, socket: &mut WebSocket, brought: Brought) -> Result<Connection, End> {
    let first = timeout(door.front.limits.hello, socket.recv()).await.map_err(|_| End::Silent)?;
    let text = match first {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => return Err(refused(Refusal::BadMessage)),
        Some(Err(_)) => return Err(refused(Refusal::TooLarge)),
    };
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(refused(Refusal::TooLarge));
    }
    let connected = match (decode(text.as_bytes()), brought) {
        (Ok(ClientMessage::Session(SessionRequest::Hello { ticket, version, seen })), _) => door.house.connect(&ticket, version, seen).await,
        (Ok(ClientMessage::Session(SessionRequest::Return { ticket, version, seen })), Some(brought)) => {
            let (hall, cookie) = *brought;
            door.house.connect_again(&hall, &cookie, ticket, version, seen).await
        }
        (Ok(ClientMessage::Session(SessionRequest::Return { .. })), None) => Err(Refusal::BadTicket.into()),
        (Ok(_) | Err(_), _) => return Err(refused(Refusal::BadMessage)),
    };
    connected.map_err(|trouble| match trouble {
        Trouble::Refused(refusal) | Trouble::Later { refusal, .. } => {
            let ended = SessionNotice::Ended {
                code: refusal.code().to_owned(),
            };
            End::Refused(Box::new(ServerMessage::Session(ended)), close_code::POLICY)
        }
        Trouble::Failed { code, retry_ms } => {
            let failed = Reply::Failed {
                key: None,
                code: code.to_owned(),
                retry_ms,
            };
            End::Refused(Box::new(ServerMessage::Reply(failed)), close_code::AGAIN)
        }
    })
}

/// Both directions, until one side ends it. What the house says goes first.
async fn converse(guest: &mut Guest) -> End {
    let mut control_frames = 0;
    let silence = sleep(guest.door.front.limits.idle);
    tokio::pin!(silence);
    loop {
        tokio::select! {
            biased;
            outgoing = guest.connection.outbox.next() => match outgoing {
                Some(Outgoing::Text(text)) => {
                    if let Err(end) = Box::pin(write(&guest.door.front.limits, &mut guest.socket, &text)).await {
                        return end;
                    }
                }
                Some(Outgoing::Close(ending)) => return End::House(ending),
                None => return End::Gone,
            },
            incoming = guest.socket.next() => match incoming {
                Some(Ok(Message::Text(text))) => {
                    if text.len() > MAX_MESSAGE_BYTES {
                        return too_long(&text);
                    }
                    control_frames = 0;
                    silence.as_mut().reset(Instant::now() + guest.door.front.limits.idle);
                    Box::pin(hear(&guest.connection.link, &text)).await;
                }
                Some(Ok(Message::Binary(_))) => guest.connection.link.refuse(None, Refusal::BadMessage),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                    control_frames += 1;
                    if control_frames > MAX_CONTROL_FRAMES {
                        return refused(Refusal::TooMany);
                    }
                }
                Some(Ok(Message::Close(_))) | None => return End::Gone,
                // On a living connection a browser can cause one error only: a frame above the ceiling.
                Some(Err(_)) => return refused(Refusal::TooLarge),
            },
            () = &mut silence => return End::Silent,
        }
    }
}

async fn write(limits: &Limits, socket: &mut WebSocket, text: &str) -> Result<(), End> {
    match timeout(limits.write, socket.send(Message::Text(Utf8Bytes::from(text)))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Silent),
    }
}

async fn hear(link: &Link, text: &str) {
    match decode(text.as_bytes()) {
        Ok(message) => link.handle(message).await,
        Err(_) => link.refuse(key_of(text), Refusal::BadMessage),
    }
}

/// The key of an operation that cannot be read otherwise, so that the page knows which one will not happen.
fn key_of(text: &str) -> Option<RequestKey> {
    #[derive(Deserialize)]
    struct Keyed {
        key: RequestKey,
    }
    let Keyed { key } = decode(text.as_bytes()).ok()?;
    key.is_well_formed().then_some(key)
}

fn refused(refusal: Refusal) -> End {
    let code = if refusal == Refusal::TooLarge {
        close_code::SIZE
    } else {
        close_code::POLICY
    };
    refused_by(refusal, code)
}

/// Of a call nobody can write less or choose a smaller picture: what is too long there says that the call did not start. Pages write
/// the topic first, so that it is known without reading the whole.
fn too_long(text: &str) -> End {
    const OF_A_CALL: &str = r#"{"topic":"call","#;
    let refusal = if text.starts_with(OF_A_CALL) {
        Refusal::BadDescription
    } else {
        Refusal::TooLarge
    };
    refused_by(refusal, close_code::SIZE)
}

fn refused_by(refusal: Refusal, code: CloseCode) -> End {
    let refused = Reply::Refused {
        key: None,
        code: refusal.code().to_owned(),
    };
    End::Refused(Box::new(ServerMessage::Reply(refused)), code)
}

/// Last words, then the closing handshake: the page's own close is waited for, since a connection cut
/// with bytes unread would take our last words with it.
async fn part(mut socket: Box<WebSocket>, end: End) {
    let (words, code) = match end {
        End::Refused(words, code) => (Some(words), code),
        End::House(ending) => (None, code_of(ending)),
        End::Gone => (None, close_code::NORMAL),
        End::Silent => return,
    };
    let farewell = async {
        if let Some(words) = words {
            let json = serde_json::to_string(&words).expect("wire types have text keys and finite numbers, so they are always JSON");
            socket.send(Message::text(json)).await?;
        }
        socket
            .send(Message::Close(Some(CloseFrame {
                code,
                reason: Utf8Bytes::default(),
            })))
            .await?;
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<(), axum::Error>(())
    };
    // Whoever does not listen to the end misses it.
    let _ = timeout(LAST_WORDS, farewell).await;
}

/// What the browser is told; our pages go by the messages before it (RFC 6455, section 7.4.1).
const fn code_of(ending: Ending) -> CloseCode {
    match ending {
        Ending::Replaced | Ending::Ended => close_code::NORMAL,
        Ending::TooSlow => close_code::AGAIN,
        Ending::TooMany => close_code::POLICY,
        Ending::Stopping => close_code::RESTART,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_operation_is_refused_by_its_key() {
        let key = |text: &str| key_of(text).map(|key| key.to_string());
        assert_eq!(
            key(r#"{"topic":"chat","type":"say","key":"k1234567","colour":"red"}"#).as_deref(),
            Some("k1234567")
        );
        assert_eq!(key(r#"{"topic":"chat","type":"say","key":"short"}"#), None);
        assert_eq!(key(r#"{"topic":"chat","type":"say","key":["k1234567"]}"#), None);
        assert_eq!(key(&format!(r#"{{"key":"k1234567","deep":{}{}}}"#, "[".repeat(20), "]".repeat(20))), None);
        assert_eq!(key("k1234567"), None);
    }
}
