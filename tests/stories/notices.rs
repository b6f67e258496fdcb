//! Messages to people away from the page, as a provider gets them: signed, tried again, also by the next process, and in the log without a
//! number.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use yunyiban::archive;
use yunyiban_app::ports::notices::{Delivery, DeliveryState};
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

/// Whoever puts the phone away is soon taken for gone.
fn soon_away() -> HallRules {
    HallRules {
        timers: Timers {
            citizen_lease_ms: 200,
            ..Timers::default()
        },
        ..always_open()
    }
}

/// The log once its newest line is as expected: a line is written after the answer is read.
async fn log_where(hall: &TestHall, expected: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
    let read = async {
        loop {
            let store = archive::look(&hall.config.store.url).await.unwrap();
            let log = store.deliveries(&hall.id(), 10).await.unwrap();
            if log.first().is_some_and(&expected) {
                return log;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, read).await.expect("the log says so")
}

#[tokio::test]
async fn a_provider_gets_a_signed_message_again_after_its_own_failure() {
    let provider = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = provider.local_addr().unwrap();
    let mut hall = TestHall::open_where(soon_away(), |config| {
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

    let log = log_where(&hall, |line| line.state == DeliveryState::Delivered).await;
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0].visit, log[0].attempts, log[0].answer.as_str()), (&visit, 2, "ok"));
    assert!(!format!("{log:?}").contains(PHONE));
    hall.close().await;
}

/// She has left her number, in a hall that writes to this provider.
async fn li_nainai_puts_her_phone_away(provider: &TcpListener) -> TestHall {
    let address = provider.local_addr().unwrap();
    let hall = TestHall::open_apart(soon_away(), |config| {
        config.notices.webhook = format!("http://{address}/");
        config.notices.secret = Sensitive::new(SECRET.into());
    })
    .await;
    let mut li_nainai = TestCitizen::takes_a_number(&hall).await;
    done(li_nainai.tells("李奶奶", PHONE).await);
    hall
}

/// Provider and program are down at once: what was decided before is told after.
#[tokio::test]
async fn a_message_refused_before_a_kill_arrives_once_after_it() {
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hall = li_nainai_puts_her_phone_away(&refusing).await;
    let refused = answer(&refusing, "503 Service Unavailable").await;
    drop(refusing);
    let log = log_where(&hall, |line| !line.answer.is_empty()).await;
    assert_eq!((log.len(), log[0].state), (1, DeliveryState::Waiting), "{log:?}");
    hall.process().killer().kill();

    let taking = TcpListener::bind("127.0.0.1:0").await.unwrap();
    hall.config.notices.webhook = format!("http://{}/", taking.local_addr().unwrap());
    hall.start();
    let taken = answer(&taking, "204 No Content").await;
    assert_eq!(taken.headers["yunyiban-delivery"], refused.headers["yunyiban-delivery"]);
    assert_eq!(taken.headers["yunyiban-signature"], signature(&taken));
    assert_eq!(taken.body, refused.body);
    let log = log_where(&hall, |line| line.state == DeliveryState::Delivered).await;
    assert_eq!((log.len(), &log[0].id), (1, &refused.headers["yunyiban-delivery"]), "{log:?}");

    // Nor does the next process send it again: the first to hear from it is whoever puts the phone away after that.
    hall.process().killer().kill();
    hall.start();
    let mut wu_ayi = TestCitizen::takes_a_number(&hall).await;
    done(wu_ayi.tells("吴阿姨", PHONE).await);
    drop(wu_ayi);
    let next = answer(&taking, "204 No Content").await;
    let message: serde_json::Value = serde_json::from_str(&next.body).unwrap();
    assert_eq!(message["number"], "A2");
    assert_ne!(next.headers["yunyiban-delivery"], refused.headers["yunyiban-delivery"]);
}

/// Killed while the provider has not answered, which nobody noted.
#[tokio::test]
async fn a_message_under_way_at_a_kill_is_sent_again_under_its_id() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hall = li_nainai_puts_her_phone_away(&silent).await;
    let (stream, _) = timeout(PATIENCE, silent.accept()).await.expect("the hall sends a message").unwrap();
    let stored = log_where(&hall, |line| line.attempts == 1).await;
    hall.process().killer().kill();
    drop((stream, silent));

    let taking = TcpListener::bind("127.0.0.1:0").await.unwrap();
    hall.config.notices.webhook = format!("http://{}/", taking.local_addr().unwrap());
    hall.start();
    let taken = answer(&taking, "204 No Content").await;
    assert_eq!(taken.headers["yunyiban-delivery"], stored[0].id);
    let log = log_where(&hall, |line| line.state == DeliveryState::Delivered).await;
    assert_eq!(log.len(), 1, "{log:?}");
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
