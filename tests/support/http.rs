//! As much of HTTP as a page needs, over a plain socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use super::PATIENCE;

/// A browser's view of one server: it keeps cookies and tells its origin.
#[derive(Clone, Debug)]
pub struct Browser {
    from: IpAddr,
    server: SocketAddr,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200 and the like.
    pub status: u16,
    /// Names in lower case; the last one of a name.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
}

impl Browser {
    /// Without cookies.
    pub fn new(server: SocketAddr) -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into(), server)
    }

    /// The same at another address: any of 127.0.0.0/8 will do.
    pub fn at(from: IpAddr, server: SocketAddr) -> Self {
        Self {
            from,
            server,
            origin: format!("http://{server}"),
            cookies: BTreeMap::new(),
        }
    }

    /// The same cookies at another address: a restarted server has another port.
    pub fn moved_to(mut self, server: SocketAddr) -> Self {
        self.server = server;
        self.origin = format!("http://{server}");
        self
    }

    /// The address pages come from.
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// The server's address.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// Cookies as they are sent.
    pub fn cookie_line(&self) -> String {
        self.cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Keeps a cookie that the server did not give.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// `GET`.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", &[]).await
    }

    /// `POST` of JSON.
    pub async fn post(&mut self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_string(body).unwrap();
        self.send("POST", path, &body, &[("content-type", "application/json")]).await
    }

    /// `POST` of a picture.
    pub async fn post_bytes(&mut self, path: &str, body: &[u8]) -> Answer {
        self.exchange("POST", path, body, &[]).await.expect("the server answers whole")
    }

    /// `POST` of JSON from a page of another site.
    pub async fn post_from(mut self, origin: &str, path: &str, body: &str) -> Answer {
        self.origin = origin.to_owned();
        self.send("POST", path, body, &[("content-type", "application/json")]).await
    }

    /// Any request, with headers beside the usual ones.
    pub async fn send(&mut self, verb: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_send(verb, path, body, headers).await.expect("the server answers whole")
    }

    /// The same; `None` when the server dies before its answer is whole.
    pub async fn try_send(&mut self, verb: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Option<Answer> {
        self.exchange(verb, path, body.as_bytes(), headers).await
    }

    async fn exchange(&mut self, verb: &str, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Option<Answer> {
        let mut head = format!(
            "{verb} {path} HTTP/1.1\r\nhost: {}\r\norigin: {}\r\nconnection: close\r\n",
            self.server,
            self.origin()
        );
        if !self.cookies.is_empty() {
            head += &format!("cookie: {}\r\n", self.cookie_line());
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        let exchange = async {
            let socket = TcpSocket::new_v4().ok()?;
            socket.bind(SocketAddr::new(self.from, 0)).ok()?;
            let mut socket = socket.connect(self.server).await.ok()?;
            // A server may answer, and end, before it has read all of a body it refuses.
            let written = socket.write_all(&[head.as_bytes(), body].concat()).await;
            let mut bytes = Vec::new();
            let read = socket.read_to_end(&mut bytes).await;
            (written.and(read).is_ok() || !bytes.is_empty()).then_some(bytes)
        };
        let bytes = timeout(PATIENCE, exchange).await.expect("the server answers in time")?;
        self.read(&bytes)
    }

    fn read(&mut self, bytes: &[u8]) -> Option<Answer> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = BTreeMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            if name == "set-cookie" {
                let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            headers.insert(name.to_owned(), value.to_owned());
        }
        let body = &bytes[end + 4..];
        let body = if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            unchunk(body)?
        } else {
            body.to_vec()
        };
        let promised = headers.get("content-length").map_or(body.len(), |length| length.parse().unwrap());
        (body.len() == promised).then(|| Answer {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|cause| panic!("{cause}: {}", self.body))
    }

    /// The code of an answer that is no success.
    #[track_caller]
    pub fn code(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.body);
        let problem: yunyiban_protocol::http::Problem = serde_json::from_str(&self.body).unwrap();
        problem.code
    }
}

/// `None` when the last chunk is missing.
fn unchunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = body.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(line + 2..line + 2 + size)?);
        body = body.get(line + 2 + size + 2..)?;
    }
}
