//! Somebody without any right, who tries all the same: whatever is answered but a refusal is written down.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, PROTOCOL_VERSION, Reply, Sensitive, ServerMessage, SessionNotice, SessionRequest, WindowRequest,
};

use super::entry::{Hour, Log, Op, Phase, Value};
use crate::support::chance::Chance;
use crate::support::http::Browser;
use crate::support::page::{Page, fresh_key};

/// Between two attempts, milliseconds, at most.
const RESTS_MS: u64 = 400;
/// Whoever is not answered by then is not.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is tried.
const TRIES: [&str; 4] = ["a made-up ticket", "no hello", "a made-up cookie", "a made-up session"];

/// One of them.
pub struct Intruder {
    /// Who, in the history.
    pub who: String,
    /// The history.
    pub log: Arc<Log>,
    /// What is tried next.
    pub chance: Chance,
    /// A door of the relay.
    pub door: SocketAddr,
    /// The hall.
    pub hall: String,
}

impl Intruder {
    /// Tries until the evening.
    pub async fn lurks(mut self) {
        while !self.log.is(Hour::Evening) {
            let rest = Duration::from_millis(self.chance.between(1, RESTS_MS));
            self.log.passes(rest).await;
            self.tries().await;
        }
    }

    async fn tries(&mut self) {
        let way = TRIES[usize::try_from(self.chance.between(0, TRIES.len() as u64 - 1)).unwrap()];
        let value = Value {
            text: Some(way.to_owned()),
            ..Value::default()
        };
        let asked = self.log.invoke(&self.who, Op::Intrude, value);
        let answered = match way {
            "a made-up ticket" => self.by_socket(true).await,
            "no hello" => self.by_socket(false).await,
            "a made-up cookie" => self.by_http("yyb_visit", &format!("/api/halls/{}/resume", self.hall)).await,
            _ => self.by_http("yyb_staff", "/api/staff/ticket").await,
        };
        let (phase, code) = match answered {
            Some(None) => (Phase::Fail, None),
            Some(Some(answer)) => (Phase::Ok, Some(answer)),
            None => (Phase::Unknown, None),
        };
        self.log.end(asked, phase, Value { code, ..Value::default() });
    }

    /// What a socket answers that is no refusal; `None` when there is none.
    async fn by_socket(&mut self, says_hello: bool) -> Option<Option<String>> {
        let browser = Browser::new(self.door);
        let attempt = async {
            let mut page = Page::silent(&browser, browser.origin()).await?;
            let key = fresh_key();
            let hello = ClientMessage::Session(SessionRequest::Hello {
                ticket: format!("{key}-aaaaaaaaaaaaaaaaaaaaaa"),
                version: PROTOCOL_VERSION,
                seen: None,
            });
            let text = Sensitive::new("我也要".to_owned());
            let body = ChatBody::Text { text };
            let say = ClientMessage::Chat(ChatRequest::Say { key: key.clone(), body });
            let pick = ClientMessage::Window(WindowRequest::Pick { key, visit: None });
            for message in [says_hello.then_some(hello), Some(say), Some(pick)].into_iter().flatten() {
                // A door that falls shut meanwhile is an answer as well.
                page.try_say(&message).await;
            }
            let mut answered = None;
            while let Some(message) = page.next().await {
                if !is_refusal(&message) {
                    answered = Some(serde_json::to_string(&message).unwrap());
                }
            }
            Some(answered)
        };
        timeout(PATIENCE, attempt).await.ok().flatten()
    }

    async fn by_http(&mut self, cookie: &str, path: &str) -> Option<Option<String>> {
        let mut browser = Browser::new(self.door);
        browser.keep(cookie, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        let headers = [("content-type", "application/json")];
        let answer = timeout(PATIENCE, browser.try_send("POST", path, "{}", &headers)).await.ok().flatten()?;
        match answer.status {
            400..=499 => Some(None),
            500.. => None,
            _ => Some(Some(answer.body)),
        }
    }
}

fn is_refusal(message: &ServerMessage) -> bool {
    matches!(
        message,
        ServerMessage::Session(SessionNotice::Ended { .. }) | ServerMessage::Reply(Reply::Refused { .. } | Reply::Failed { .. })
    )
}
