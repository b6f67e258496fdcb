//! One speaks, everybody hears: how soon.
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

use crate::{dial, fill, hello_of, open_all, Ws};

type Mouth = SplitSink<Ws, Message>;

/// A connection in its halves; the one who speaks has given the first away.
type End = (Option<Mouth>, SplitStream<Ws>);

/// What those who listen are told and tell.
struct Ears {
    /// What this round's message has in it, and when it was sent.
    cur: Mutex<(String, Instant)>,
    lat: Mutex<Vec<f64>>,
    got: AtomicUsize,
    /// How many listen.
    of: usize,
    all: Notify,
}

impl Ears {
    fn hear(&self, text: &str) {
        let (pattern, sent) = self.cur.lock().unwrap().clone();
        if !pattern.is_empty() && text.contains(&pattern) {
            self.lat.lock().unwrap().push(sent.elapsed().as_secs_f64() * 1e3);
            if self.got.fetch_add(1, Relaxed) + 1 == self.of {
                self.all.notify_one();
            }
        }
    }
}

/// N connections listen; connection 0 (or --trigger-url) sends --trigger; the time until
/// the last of them has --match, and the server's CPU per delivered message.
pub async fn fanout(a: Arc<Args>) -> Value {
    let n = a.num("n", 1000.0) as usize;
    let pid = a.num("pid", 0.0) as u32;
    let rounds = a.num("rounds", 20.0) as u64;
    let o = open_all(&a, n, &a.str("url", "ws://127.0.0.1:9100/bcast"), &hello_of(&a)).await;
    let ok = o.keep.len();
    let ears = Arc::new(Ears {
        cur: Mutex::new((String::new(), Instant::now())),
        lat: Mutex::new(vec![]),
        got: AtomicUsize::new(0),
        of: ok,
        all: Notify::new(),
    });
    let mut ends: Vec<End> = o.keep.into_iter().map(|(_, ws)| ws.split()).map(|(tx, rx)| (Some(tx), rx)).collect();
    let mut mouth = match a.get("trigger-url") {
        Some(u) => dial_mouth(&a, u, n).await,
        None => ends.first_mut().and_then(|(tx, _)| tx.take()).expect("a connection to speak on"),
    };
    listen(ends, &ears);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (p0, m0) = (proc_tree(pid), machine());
    let (mut last, missing) = speak(&a, rounds, &mut mouth, &ears).await;
    let (p1, m1) = (proc_tree(pid), machine());
    let mut lat = ears.lat.lock().unwrap().clone();
    json!({"bench":"ws-fanout","n":ok,"open_errors":o.errs,"rounds":rounds,"each_ms":pct(&mut lat),"last_of_all_ms":pct(&mut last),"missing":missing,
        "server_cpu_us_per_delivery":((p1.cpu_s-p0.cpu_s)*1e6/(ok as f64*rounds as f64)*100.0).round()/100.0,"machine_busy":busy_between(m0,m1)})
}

/// Has everybody hear until the connection ends.
fn listen(ends: Vec<End>, ears: &Arc<Ears>) {
    for (mouth, mut rx) in ends {
        let ears = ears.clone();
        tokio::spawn(async move {
            let _keep = mouth;
            while let Some(Ok(m)) = rx.next().await {
                if let Ok(t) = m.to_text() {
                    ears.hear(t);
                }
            }
        });
    }
}

async fn dial_mouth(a: &Args, url: &str, n: usize) -> Mouth {
    let ws = dial(&fill(url, n, &HashMap::new(), 0, ""), a.get("sub"), a.get("cookie"), n)
        .await
        .expect("trigger connection");
    let (tx, mut rx) = ws.split();
    tokio::spawn(async move { while rx.next().await.is_some() {} });
    tx
}

/// One message a round; how long the last to hear it took in milliseconds, round by round, and how many never heard.
async fn speak(a: &Args, rounds: u64, mouth: &mut Mouth, ears: &Ears) -> (Vec<f64>, usize) {
    let trig = a.str("trigger", "{\"t\":\"pos\",\"seq\":{seq}}");
    let pat = a.str("match", "\"seq\":{seq}}");
    let mut last = vec![];
    let mut missing = 0;
    for seq in 1..=rounds {
        ears.got.store(0, Relaxed);
        let t0 = Instant::now();
        *ears.cur.lock().unwrap() = (fill(&pat, 0, &HashMap::new(), seq, ""), t0);
        mouth.send(Message::text(fill(&trig, 0, &HashMap::new(), seq, ""))).await.unwrap();
        if tokio::time::timeout(Duration::from_secs(20), ears.all.notified()).await.is_err() {
            missing += ears.of - ears.got.load(Relaxed);
        }
        last.push(t0.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (last, missing)
}
