//! One connection of a script's group, and the steps it takes.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

use crate::script::Plan;
use crate::{dial, fill, Ws};

/// What the roles of a group tell each other.
#[derive(Default)]
pub struct Group {
    vars: Mutex<HashMap<String, String>>,
    note: Notify,
}

impl Group {
    fn set(&self, key: &str) {
        self.vars.lock().unwrap().insert(key.into(), "1".into());
        self.note.notify_waiters();
    }

    /// Keeps parts of a message: `wanted` names each by what stands before and after it.
    fn capture(&self, message: &str, wanted: &Map<String, Value>, role: &str) -> Result<(), String> {
        let mut vars = self.vars.lock().unwrap();
        for (key, around) in wanted {
            match between(message, around[0].as_str().unwrap_or(""), around[1].as_str().unwrap_or("")) {
                Some(part) => vars.insert(key.clone(), part),
                None => return Err(format!("{role}: nothing to capture for {key}")),
            };
        }
        drop(vars);
        self.note.notify_waiters();
        Ok(())
    }

    async fn has(&self, key: &str, role: &str, wait: Duration) -> Result<(), String> {
        let end = Instant::now() + wait;
        loop {
            let told = self.note.notified();
            if self.vars.lock().unwrap().contains_key(key) {
                return Ok(());
            }
            if tokio::time::timeout(Duration::from_millis(50), told).await.is_err() && Instant::now() > end {
                return Err(format!("{role}: timed out awaiting {key}"));
            }
        }
    }
}

fn between(text: &str, pre: &str, post: &str) -> Option<String> {
    let a = text.find(pre)? + pre.len();
    let b = text[a..].find(post)? + a;
    Some(text[a..b].to_string())
}

/// A moment of a round the script marks.
pub type Mark = (String, Instant);

/// Somebody of group `i`.
pub struct Place {
    pub plan: Arc<Plan>,
    pub group: Arc<Group>,
    pub name: String,
    pub i: usize,
}

pub struct Role {
    pub at: Place,
    ws_tx: SplitSink<Ws, Message>,
    ws_rx: SplitStream<Ws>,
    backlog: VecDeque<String>,
}

impl Role {
    /// Connects and takes the steps of `open`; with it, how long that took in milliseconds.
    pub async fn open(at: Place) -> Result<(Role, f64), String> {
        let plan = at.plan.clone();
        let told = plan.role(&at.name);
        let url = fill(told["url"].as_str().ok_or("role without url")?, at.i, &HashMap::new(), 0, "").replace("{base}", &plan.base);
        let cookie = told["cookie"].as_str().map(|c| fill(c, at.i, &HashMap::new(), 0, ""));
        let t = Instant::now();
        let ws = dial(&url, told["subprotocol"].as_str(), cookie.as_deref(), 2 * at.i).await?;
        let (ws_tx, ws_rx) = ws.split();
        let mut role = Role {
            at,
            ws_tx,
            ws_rx,
            backlog: VecDeque::new(),
        };
        role.take(&told["open"], 0, &mut vec![]).await?;
        Ok((role, t.elapsed().as_secs_f64() * 1e3))
    }

    /// Takes the steps of round `seq` one after another; its marks are added to `marks`.
    pub async fn take(&mut self, steps: &Value, seq: u64, marks: &mut Vec<Mark>) -> Result<(), String> {
        for step in steps.as_array().into_iter().flatten() {
            if let Some(s) = step["send"].as_str() {
                let text = self.fill(s, seq);
                self.ws_tx.send(Message::text(text)).await.map_err(|e| e.to_string())?;
            } else if let Some(x) = step["expect"].as_str() {
                let x = self.fill(x, seq);
                let heard = self.expect(&x, &step["expect"]).await?;
                if let Some(wanted) = step["capture"].as_object() {
                    self.at.group.capture(&heard, wanted, &self.at.name)?;
                }
            } else if let Some(k) = step["await"].as_str() {
                self.at.group.has(k, &self.at.name, self.at.plan.wait).await?;
            } else if let Some(k) = step["set"].as_str() {
                self.at.group.set(k);
            } else if let Some(k) = step["mark"].as_str() {
                marks.push((k.into(), Instant::now()));
            } else if let Some(ms) = step["sleep_ms"].as_f64() {
                tokio::time::sleep(Duration::from_secs_f64(ms / 1e3)).await;
            }
        }
        Ok(())
    }

    fn fill(&self, text: &str, seq: u64) -> String {
        let vars = self.at.group.vars.lock().unwrap().clone();
        fill(text, self.at.i, &vars, seq, &self.at.plan.pad)
    }

    /// The first message with `x` in it, also of those that came before anybody asked; a failure names it as the script writes it.
    async fn expect(&mut self, x: &str, written: &Value) -> Result<String, String> {
        if let Some(heard) = self.backlog.iter().position(|t| t.contains(x)).and_then(|p| self.backlog.remove(p)) {
            return Ok(heard);
        }
        loop {
            match tokio::time::timeout(self.at.plan.wait, self.ws_rx.next()).await {
                Ok(Some(Ok(m))) => {
                    let Ok(t) = m.to_text() else { continue };
                    if self.answers(t).await {
                        continue;
                    }
                    if t.contains(x) {
                        return Ok(t.to_string());
                    }
                    if self.backlog.len() > 64 {
                        self.backlog.pop_front();
                    }
                    self.backlog.push_back(t.to_string());
                }
                Ok(_) => return Err(format!("{}: closed before {written}", self.at.name)),
                Err(_) => return Err(format!("{}: timed out waiting for {written}", self.at.name)),
            }
        }
    }

    /// Answers what the script answers by itself; whether it was that.
    async fn answers(&mut self, text: &str) -> bool {
        let Some((_, answer)) = self.at.plan.auto.iter().find(|(question, _)| question == text) else {
            return false;
        };
        let _ = self.ws_tx.send(Message::text(answer.clone())).await;
        true
    }

    /// Hears and answers the next message, if one comes within `wait`.
    pub async fn stay(&mut self, wait: Duration) -> Stayed {
        match tokio::time::timeout(wait, self.ws_rx.next()).await {
            Ok(Some(Ok(m))) => {
                if let Ok(t) = m.to_text() {
                    self.answers(t).await;
                }
                Stayed::Heard
            }
            Ok(_) => Stayed::Closed,
            Err(_) => Stayed::Silence,
        }
    }
}

/// What a role with nothing to do met.
pub enum Stayed {
    Heard,
    Silence,
    Closed,
}
