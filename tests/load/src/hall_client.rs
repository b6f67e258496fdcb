//! A citizen and a staff member as the server sees them: HTTP/1.1, a cookie, a ticket, a socket.
use futures_util::{SinkExt, StreamExt};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

pub type Socket = WebSocketStream<tokio::net::TcpStream>;

/// Where the server listens, `127.0.0.1:8080`, and the hall's word.
#[derive(Clone)]
pub struct Target {
    pub address: String,
    pub hall: String,
}

static KEYS: AtomicU64 = AtomicU64::new(1);

/// A request key no other operation of this process has.
pub fn key() -> String {
    format!("load-{}-{:08}", std::process::id(), KEYS.fetch_add(1, Relaxed))
}

/// Connects from `127.0.0.2…`, so that one port holds more than 28,000 connections.
async fn dial(address: &str, i: usize) -> Result<tokio::net::TcpStream, String> {
    let socket = TcpSocket::new_v4().map_err(|e| e.to_string())?;
    if address.starts_with("127.") {
        let from = format!("127.0.0.{}:0", 2 + i % 8);
        socket.bind(from.parse().expect("a loopback address")).map_err(|e| e.to_string())?;
    }
    socket.connect(address.parse().map_err(|e| format!("{address}: {e}"))?).await.map_err(|e| e.to_string())
}

/// An HTTP connection that is kept, as a browser keeps the one that loaded the page.
pub struct Http {
    address: String,
    tcp: tokio::net::TcpStream,
}

impl Http {
    pub async fn open(target: &Target, i: usize) -> Result<Self, String> {
        Ok(Self { address: target.address.clone(), tcp: dial(&target.address, i).await? })
    }

    /// One POST; gives status, cookies set (`a=b; c=d`) and body.
    pub async fn post(&mut self, path: &str, cookie: Option<&str>, body: &Value) -> Result<(u16, String, Value), String> {
        let body = body.to_string();
        let cookie = cookie.map(|c| format!("Cookie: {c}\r\n")).unwrap_or_default();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {a}\r\nOrigin: http://{a}\r\nContent-Type: application/json\r\n{cookie}Content-Length: {n}\r\n\r\n{body}",
            a = self.address,
            n = body.len()
        );
        self.tcp.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
        tokio::time::timeout(Duration::from_secs(60), self.answer()).await.map_err(|_| "no answer in 60 s".to_string())?
    }

    async fn answer(&mut self) -> Result<(u16, String, Value), String> {
        let mut raw = Vec::new();
        loop {
            if self.tcp.read_buf(&mut raw).await.map_err(|e| e.to_string())? == 0 {
                return Err("the connection closed".into());
            }
            let text = String::from_utf8_lossy(&raw);
            let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
            let fields: Vec<(&str, &str)> = head.lines().filter_map(|l| l.split_once(": ")).collect();
            let length = fields.iter().find(|(k, _)| k.eq_ignore_ascii_case("content-length")).and_then(|(_, v)| v.parse().ok());
            if rest.len() < length.unwrap_or(0) {
                continue;
            }
            let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or("no status")?;
            let cookies: Vec<&str> = fields
                .iter()
                .filter(|(k, _)| k.eq_ignore_ascii_case("set-cookie"))
                .map(|(_, v)| v.split(';').next().unwrap_or(""))
                .collect();
            return Ok((status, cookies.join("; "), serde_json::from_str(rest.trim()).unwrap_or(Value::Null)));
        }
    }
}

/// Opens a socket with a ticket, as a page that has seen event `seen`, and waits for the welcome.
pub async fn open(target: &Target, i: usize, ticket: &str, seen: &Value) -> Result<(Socket, Value), String> {
    let request = format!("ws://{}/ws", target.address).into_client_request().map_err(|e| e.to_string())?;
    let hello = json!({"topic":"session","type":"hello","ticket":ticket,"version":2,"seen":seen});
    upgrade(target, i, request, hello).await
}

/// What a page may return with: of its last welcome.
#[derive(Clone)]
pub struct Back {
    ticket: String,
    seen: Value,
}

impl Back {
    /// `None` where the server gives no ticket.
    pub fn of(welcome: &Value) -> Option<Self> {
        let ticket = welcome["return_ticket"].as_str()?.to_owned();
        Some(Self { ticket, seen: welcome["seq"].clone() })
    }
}

/// Opens a socket again, as a page that lost the one before.
pub async fn open_again(target: &Target, i: usize, cookie: &str, back: &Back) -> Result<(Socket, Value), String> {
    let mut request = format!("ws://{}/api/halls/{}/ws", target.address, target.hall).into_client_request().map_err(|e| e.to_string())?;
    request.headers_mut().insert("Cookie", cookie.parse().expect("a header"));
    let again = json!({"topic":"session","type":"return","ticket":back.ticket,"version":2,"seen":back.seen});
    upgrade(target, i, request, again).await
}

async fn upgrade(target: &Target, i: usize, mut request: Request, first: Value) -> Result<(Socket, Value), String> {
    request.headers_mut().insert("Origin", format!("http://{}", target.address).parse().expect("a header"));
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let (mut socket, _) =
        tokio_tungstenite::client_async_with_config(request, dial(&target.address, i).await?, Some(config)).await.map_err(|e| e.to_string())?;
    say(&mut socket, first).await?;
    let welcome = until(&mut socket, Duration::from_secs(60), |m| m["topic"] == "session" && m["type"] == "welcome").await?;
    Ok((socket, welcome))
}

pub async fn say(socket: &mut Socket, message: Value) -> Result<(), String> {
    socket.send(Message::text(message.to_string())).await.map_err(|e| e.to_string())
}

/// Reads until a message fits.
pub async fn until(socket: &mut Socket, patience: Duration, fits: impl Fn(&Value) -> bool) -> Result<Value, String> {
    let end = Instant::now() + patience;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, socket.next()).await {
            Ok(Some(Ok(m))) => {
                let Ok(text) = m.to_text() else { continue };
                let Ok(v) = serde_json::from_str::<Value>(text) else { continue };
                if fits(&v) {
                    return Ok(v);
                }
            }
            Ok(_) => return Err("the socket closed".into()),
            Err(_) => return Err("nothing that fits came in time".into()),
        }
    }
}

/// A number taken or found again.
pub struct Taken {
    /// For one socket.
    pub ticket: String,
    /// Leads back next time.
    pub cookie: String,
    /// The visit as the page is told.
    pub visit: Value,
    /// The hall's event number it is told as of.
    pub seq: Value,
}

impl Taken {
    fn of((status, cookie, answer): (u16, String, Value)) -> Result<Self, String> {
        if status != 200 && status != 201 {
            return Err(format!("number: {status} {answer}"));
        }
        let ticket = answer["ticket"].as_str().unwrap_or("").to_string();
        Ok(Self { ticket, cookie, visit: answer["visit"].clone(), seq: answer["seq"].clone() })
    }
}

/// Takes a number, as a browser with this cookie does.
pub async fn take_number(target: &Target, http: &mut Http, cookie: Option<&str>) -> Result<Taken, String> {
    let version = std::env::var("NOTICE_VERSION").unwrap_or_else(|_| "2026-11".into());
    let body = json!({"key": key(), "item": null, "notice_version": version});
    Taken::of(http.post(&format!("/api/halls/{}/visits", target.hall), cookie, &body).await?)
}

/// Comes back by the cookie.
pub async fn resume(target: &Target, http: &mut Http, cookie: &str) -> Result<Taken, String> {
    Taken::of(http.post(&format!("/api/halls/{}/resume", target.hall), Some(cookie), &json!({"version": 2})).await?)
}

/// Signs a staff member in (changing a one-time password first) and gives a ticket. Each number `i` has an address of eight, for one
/// address signs in only so often a minute.
pub async fn staff_ticket(target: &Target, i: usize, name: &str, password: &str) -> Result<String, String> {
    let mut http = Http::open(target, i).await?;
    let (status, mut cookie, who) = http.post("/api/staff/sign-in", None, &json!({"name": name, "password": password})).await?;
    if status != 200 {
        return Err(format!("sign in {name}: {status} {who}"));
    }
    if who["must_change_password"] == true {
        let body = json!({"present": password, "wanted": format!("{password}-own-9")});
        let (status, fresh, answer) = http.post("/api/staff/password", Some(&cookie), &body).await?;
        if status != 200 {
            return Err(format!("choose a password for {name}: {status} {answer}"));
        }
        if !fresh.is_empty() {
            cookie = fresh;
        }
    }
    let (status, _, answer) = http.post("/api/staff/ticket", Some(&cookie), &json!({})).await?;
    if status != 200 {
        return Err(format!("ticket for {name}: {status} {answer}"));
    }
    Ok(answer["ticket"].as_str().unwrap_or("").to_string())
}
