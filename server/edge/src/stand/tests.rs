use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use yunyiban_app::sheet::SheetWords;
use yunyiban_protocol::Timestamp;

use super::*;
use crate::body::read_bytes;
use crate::error::HttpProblem;
use crate::origin::{AllowedOrigins, OwnHost};

/// Time-outs of these tests: far above what an idle machine needs, far below what a person waits.
const SHORT: Duration = Duration::from_millis(200);

fn limits() -> Limits {
    Limits {
        farewell: Duration::from_secs(2),
        ..Limits::default()
    }
}

fn config(transport: Transport, limits: Limits) -> EdgeConfig {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    EdgeConfig {
        listen,
        transport,
        origins: AllowedOrigins::new([], OwnHost::Allowed),
        halls: vec![],
        metrics_from: vec![],
        sheet: SheetWords::default(),
        limits,
    }
}

fn open(limits: Limits) -> Stand {
    let patience = limits.body;
    let take = move |_: HeaderMap, body: Body| async move {
        read_bytes(body, 16, patience)
            .await
            .map(|bytes| bytes.len().to_string())
            .map_err(|problem: HttpProblem| problem)
    };
    let routes = Router::new().route("/look", get(|| async { "seen" })).route("/take", post(take));
    Stand::open(&config(Transport::Plain, limits), routes, Arc::default()).unwrap()
}

/// Sends bytes and reads until the other side closes.
async fn say(stand: &Stand, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(stand.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut heard = Vec::new();
    // A connection that is cut and one that is closed are both an end.
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

const LOOK: &[u8] = b"GET /look HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_page_is_answered() {
    let stand = open(limits());
    assert!(say(&stand, LOOK).await.ends_with("seen"));
}

#[tokio::test]
async fn a_slow_head_is_cut_off_and_others_are_served() {
    let stand = open(Limits { head: SHORT, ..limits() });
    for half in [&b""[..], b"G", b"GET /look HTTP/1.1\r\nhost: x\r\n", b"PRI * HTTP/2.0\r\n"] {
        let (slow, quick) = tokio::join!(say(&stand, half), say(&stand, LOOK));
        assert!(!slow.contains("seen") && quick.ends_with("seen"), "{slow}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_says_nothing_more_is_let_go() {
    let stand = open(Limits { head: SHORT, ..limits() });
    let heard = say(&stand, b"GET /look HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(heard.ends_with("seen"), "{heard}");
}

#[tokio::test]
async fn a_body_that_stops_halfway_is_given_up() {
    let stand = open(Limits { body: SHORT, ..limits() });
    let heard = say(&stand, b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
}

#[tokio::test]
async fn a_body_that_is_too_large_hears_so() {
    let stand = open(limits());
    let mut request = b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\nconnection: close\r\n\r\n".to_vec();
    request.resize(request.len() + 1_000_000, b'x');
    let heard = say(&stand, &request).await;
    assert!(heard.starts_with("HTTP/1.1 413"), "{heard}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let stand = open(limits());
    let endless = format!("GET /look HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    assert!(!say(&stand, endless.as_bytes()).await.contains("seen"));
}

#[tokio::test]
async fn a_full_door_says_when_to_come_back() {
    let stand = open(Limits { connections: 1, ..limits() });
    let mut first = TcpStream::connect(stand.address()).await.unwrap();
    first.write_all(b"GET /look HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    first.read_u8().await.unwrap();
    let heard = say(&stand, LOOK).await;
    assert!(heard.starts_with("HTTP/1.1 503") && heard.contains("\"retry_ms\":5000"), "{heard}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = open(limits());
    let second = EdgeConfig {
        listen: first.address(),
        ..config(Transport::Plain, limits())
    };
    let Err(EdgeFailure::Listen { address, cause }) = Stand::open(&second, Router::new(), Arc::default()) else {
        panic!("the port was shared")
    };
    assert_eq!((address, cause.kind()), (first.address(), io::ErrorKind::AddrInUse));
}

#[tokio::test]
async fn a_closed_door_is_closed() {
    let stand = open(limits());
    let address = stand.address();
    stand.run_until(async {}, || {}).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_door_that_falls_shut_by_itself_is_noticed_and_everyone_is_told() {
    let stand = open(limits());
    let address = stand.address();
    stand.server.abort();
    let mut told = false;
    let Err(EdgeFailure::Serving { address: fallen, .. }) = stand.run_until(std::future::pending(), || told = true).await else {
        panic!("nobody noticed")
    };
    assert_eq!((fallen, told), (address, true));
}

#[tokio::test]
async fn our_own_certificate_opens_a_door() {
    let folder = std::env::temp_dir().join(format!("yunyiban-edge-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (certificate, key) = (folder.join("own.pem"), folder.join("own.key"));
    let made = crate::tls::self_signed(vec!["127.0.0.1".into(), "hall.local".into()], Timestamp::from_millis(1_795_000_000_000)).unwrap();
    std::fs::write(&certificate, made.certificate).unwrap();
    std::fs::write(&key, made.key).unwrap();
    let stand = Stand::open(
        &config(
            Transport::Tls {
                certificate: certificate.clone(),
                key,
            },
            limits(),
        ),
        Router::new(),
        Arc::default(),
    )
    .unwrap();
    // A client hello is answered with a handshake record (RFC 8446, section 5.1); plain words with an alert.
    let heard = say(&stand, LOOK).await;
    assert_eq!(heard.as_bytes().first(), Some(&21));
    stand.run_until(async {}, || {}).await.unwrap();
    let swapped = Transport::Tls {
        certificate: certificate.clone(),
        key: certificate,
    };
    assert!(matches!(
        Stand::open(&config(swapped, limits()), Router::new(), Arc::default()),
        Err(EdgeFailure::Tls(_))
    ));
    std::fs::remove_dir_all(&folder).unwrap();
}
