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

/// N connections listen; connection 0 (or --trigger-url) sends --trigger; the time until
/// the last of them has --match, and the server's CPU per delivered message.
pub async fn fanout(a: Arc<Args>) -> Value {
    let n = a.num("n", 1000.0) as usize;
    let pid = a.num("pid", 0.0) as u32;
    let rounds = a.num("rounds", 20.0) as u64;
    let trig = a.str("trigger", "{\"t\":\"pos\",\"seq\":{seq}}");
    let pat = a.str("match", "\"seq\":{seq}}");
    let o = open_all(&a, n, &a.str("url", "ws://127.0.0.1:9100/bcast"), &hello_of(&a)).await;
    let ok = o.keep.len();
    let cur = Arc::new(Mutex::new((String::new(), Instant::now())));
    let lat = Arc::new(Mutex::new(Vec::<f64>::new()));
    let got = Arc::new(AtomicUsize::new(0));
    let all = Arc::new(Notify::new());
    let mut tx0: Option<SplitSink<Ws, Message>> = None;
    for (k, (_, ws)) in o.keep.into_iter().enumerate() {
        let (tx, mut rx): (_, SplitStream<Ws>) = ws.split();
        let hold_tx = if k == 0 && a.get("trigger-url").is_none() {
            tx0 = Some(tx);
            None
        } else {
            Some(tx)
        };
        let (cur, lat, got, all) = (cur.clone(), lat.clone(), got.clone(), all.clone());
        tokio::spawn(async move {
            let _keep = hold_tx;
            while let Some(Ok(m)) = rx.next().await {
                if let Ok(t) = m.to_text() {
                    let (p, t0) = cur.lock().unwrap().clone();
                    if !p.is_empty() && t.contains(&p) {
                        lat.lock().unwrap().push(t0.elapsed().as_secs_f64() * 1e3);
                        if got.fetch_add(1, Relaxed) + 1 == ok {
                            all.notify_one();
                        }
                    }
                }
            }
        });
    }
    if let Some(u) = a.get("trigger-url") {
        let ws = dial(&fill(u, n, &HashMap::new(), 0, ""), a.get("sub"), a.get("cookie"), n).await.expect("trigger connection");
        let (tx, mut rx) = ws.split();
        tokio::spawn(async move { while rx.next().await.is_some() {} });
        tx0 = Some(tx);
    }
    let mut tx0 = tx0.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (p0, m0) = (proc_tree(pid), machine());
    let mut last = vec![];
    let mut missing = 0;
    for seq in 1..=rounds {
        got.store(0, Relaxed);
        let t0 = Instant::now();
        *cur.lock().unwrap() = (fill(&pat, 0, &HashMap::new(), seq, ""), t0);
        tx0.send(Message::text(fill(&trig, 0, &HashMap::new(), seq, ""))).await.unwrap();
        if tokio::time::timeout(Duration::from_secs(20), all.notified()).await.is_err() {
            missing += ok - got.load(Relaxed);
        }
        last.push(t0.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (p1, m1) = (proc_tree(pid), machine());
    let mut lat = lat.lock().unwrap().clone();
    json!({"bench":"ws-fanout","n":ok,"open_errors":o.errs,"rounds":rounds,"each_ms":pct(&mut lat),"last_of_all_ms":pct(&mut last),"missing":missing,
        "server_cpu_us_per_delivery":((p1.cpu_s-p0.cpu_s)*1e6/(ok as f64*rounds as f64)*100.0).round()/100.0,"machine_busy":busy_between(m0,m1)})
}
