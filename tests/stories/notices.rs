//! Messages to people away from the page, as a provider gets them: signed, tried again, and in the log without a number.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use yunyiban::archive;
use yunyiban_app::ports::notices::DeliveryState;
use yunyiban_core::{HallRules, Timers};
use yunyiban_protocol::Sensitive;

use crate::support::hall::always_open;
use crate::support::page::done;
use crate::support::{PATIENCE, TestCitizen, TestHall};

/// What the hall signs with.
pub const SECRET: &str = "a-secret-of-the-provider";
const PHONE: &str = "13987654321";

/// One request of the hall, as it came.
pub struct Request {
    line: String,
    headers: BTreeMap<String, String>,
    /// As it came.
    pub body: String,
}

/// Takes one request and answers it with this status line.
pub async fn answer(provider: &TcpListener, status: &str) -> Request {
    let (mut stream, _) = timeout(PATIENCE, provider.accept()).await.expect("the hall sends a message").unwrap();
    let mut text = String::new();
    loop {
        let mut part = [0; 1_024];
        let count = stream.read(&mut part).await.unwrap();
        text.push_str(std::str::from_utf8(&part[..count]).unwrap());
        if let Some(request) = whole(&text) {
            stream
                .write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes())
                .await
                .unwrap();
            return request;
        }
        assert!(count > 0, "the request ended early: {text}");
    }
}

fn whole(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() == length).then(|| Request {
        line,
        headers,
        body: body.to_owned(),
    })
}

/// What the provider computes for itself.
fn signature(request: &Request) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{}.{}", request.headers["yunyiban-timestamp"], request.body).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

#[tokio::test]
async fn a_provider_gets_a_signed_message_again_after_its_own_failure() {
    let provider = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = provider.local_addr().unwrap();
    let rules = HallRules {
        timers: Timers {
            citizen_lease_ms: 200,
            ..Timers::default()
        },
        ..always_open()
    };
    let mut hall = TestHall::open_where(rules, |config| {
        config.notices.webhook = format!("http://{address}/send?to=sms");
        config.notices.secret = Sensitive::new(SECRET.into());
    })
    .await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    let visit = li_nainai.visit.id.clone();
    done(li_nainai.tells("李奶奶", PHONE).await);
    drop(li_nainai);

    let first = answer(&provider, "500 Internal Server Error").await;
    let second = answer(&provider, "204 No Content").await;
    for request in [&first, &second] {
        assert_eq!(request.line, "POST /send?to=sms HTTP/1.1");
        assert_eq!(request.headers["yunyiban-signature"], signature(request));
        assert_eq!(request.headers["content-type"], "application/json");
    }
    assert_eq!(first.body, second.body);
    assert_eq!(first.headers["yunyiban-delivery"], second.headers["yunyiban-delivery"]);
    let message: serde_json::Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!(message["kind"], "near_turn");
    assert_eq!(message["phone"], PHONE);
    assert_eq!(message["number"], "A1");
    assert_eq!(
        message["text"],
        "【新区街道便民服务中心】马上就到您的 A1 号了。请现在打开排队页面，点「我在」。"
    );

    let log = loop {
        // The line is written once the answer is read.
        let store = archive::look(&hall.config.store.url).await.unwrap();
        let log = store.deliveries(&hall.id(), 10).await.unwrap();
        if log.first().is_some_and(|line| line.state == DeliveryState::Delivered) {
            break log;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0].visit, log[0].attempts, log[0].answer.as_str()), (&visit, 2, "ok"));
    assert!(!format!("{log:?}").contains(PHONE));
    hall.close().await;
}

#[tokio::test]
async fn a_provider_without_a_proper_secret_is_refused_at_the_start() {
    let read = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunyiban.toml");
        std::fs::write(&file, text).unwrap();
        yunyiban::config::read::load(Some(&file), std::iter::empty())
    };
    let failure = read("[notices]\nwebhook = 'https://sms.example.cn/'\nsecret = 'short'").unwrap_err();
    assert!(
        failure.sentence().contains("notices.secret") && !failure.sentence().contains("short"),
        "{}",
        failure.sentence()
    );
    assert!(read("[notices]\nwebhook = 'https://sms.example.cn/'\nsecret = 'long-enough-for-a-key'").is_ok());
}
