//! Groups of roles that talk to each other.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::{Notify, Semaphore};
use tokio_tungstenite::tungstenite::Message;

use crate::{dial, fill, r2, Ws};

struct Group {
    vars: Mutex<HashMap<String, String>>,
    note: Notify,
}

struct Role {
    ws_tx: SplitSink<Ws, Message>,
    ws_rx: SplitStream<Ws>,
    backlog: std::collections::VecDeque<String>,
}

fn capture(text: &str, pre: &str, post: &str) -> Option<String> {
    let a = text.find(pre)? + pre.len();
    let b = text[a..].find(post)? + a;
    Some(text[a..b].to_string())
}

async fn do_steps(
    steps: &Value,
    role: &str,
    r: &mut Role,
    g: &Group,
    i: usize,
    seq: u64,
    pad: &str,
    auto: &[(String, String)],
    marks: &mut Vec<(String, Instant)>,
    wait: Duration,
) -> Result<(), String> {
    for step in steps.as_array().into_iter().flatten() {
        if let Some(s) = step["send"].as_str() {
            let vars = g.vars.lock().unwrap().clone();
            r.ws_tx.send(Message::text(fill(s, i, &vars, seq, pad))).await.map_err(|e| e.to_string())?;
        } else if let Some(x) = step["expect"].as_str() {
            let vars = g.vars.lock().unwrap().clone();
            let x = fill(x, i, &vars, seq, pad);
            let t = if let Some(p) = r.backlog.iter().position(|t| t.contains(&x)) {
                r.backlog.remove(p).unwrap()
            } else {
                loop {
                    match tokio::time::timeout(wait, r.ws_rx.next()).await {
                        Ok(Some(Ok(m))) => {
                            let Ok(t) = m.to_text() else { continue };
                            if let Some((_, ans)) = auto.iter().find(|(q, _)| q == t) {
                                let _ = r.ws_tx.send(Message::text(ans.clone())).await;
                                continue;
                            }
                            if t.contains(&x) {
                                break t.to_string();
                            }
                            if r.backlog.len() > 64 {
                                r.backlog.pop_front();
                            }
                            r.backlog.push_back(t.to_string());
                        }
                        Ok(_) => return Err(format!("{role}: closed before {}", step["expect"])),
                        Err(_) => return Err(format!("{role}: timed out waiting for {}", step["expect"])),
                    }
                }
            };
            if let Some(c) = step["capture"].as_object() {
                let mut v = g.vars.lock().unwrap();
                for (k, pp) in c {
                    match capture(&t, pp[0].as_str().unwrap_or(""), pp[1].as_str().unwrap_or("")) {
                        Some(x) => v.insert(k.clone(), x),
                        None => return Err(format!("{role}: nothing to capture for {k}")),
                    };
                }
                drop(v);
                g.note.notify_waiters();
            }
        } else if let Some(k) = step["await"].as_str() {
            let end = Instant::now() + wait;
            loop {
                let n = g.note.notified();
                if g.vars.lock().unwrap().contains_key(k) {
                    break;
                }
                if tokio::time::timeout(Duration::from_millis(50), n).await.is_err() && Instant::now() > end {
                    return Err(format!("{role}: timed out awaiting {k}"));
                }
            }
        } else if let Some(k) = step["set"].as_str() {
            g.vars.lock().unwrap().insert(k.into(), "1".into());
            g.note.notify_waiters();
        } else if let Some(k) = step["mark"].as_str() {
            marks.push((k.into(), Instant::now()));
        } else if let Some(ms) = step["sleep_ms"].as_f64() {
            tokio::time::sleep(Duration::from_secs_f64(ms / 1e3)).await;
        }
    }
    Ok(())
}

/// --file s.json --groups G --secs S --rate R (loops per second over all groups; 0 = back to back)
pub async fn script(a: Arc<Args>) -> Value {
    let text = std::fs::read_to_string(a.get("file").expect("--file")).expect("script file");
    let sc: Arc<Value> = Arc::new(serde_json::from_str(&text).expect("script JSON"));
    let groups = a.num("groups", 10.0) as usize;
    let secs = a.num("secs", 10.0);
    let rate = a.num("rate", 0.0);
    let pid = a.num("pid", 0.0) as u32;
    let pad = "x".repeat(a.num("pad", 200.0) as usize);
    let base = a.str("base", "");
    let wait = Duration::from_secs_f64(a.num("timeout", 20.0));
    let auto: Vec<(String, String)> = sc["auto"]
        .as_array()
        .map(|v| v.iter().filter_map(|p| Some((p[0].as_str()?.to_string(), p[1].as_str()?.to_string()))).collect())
        .unwrap_or_default();
    let names: Vec<String> = sc["roles"].as_object().expect("roles").keys().cloned().collect();
    let timed = sc["timed"].as_str().unwrap_or(&names[0]).to_string();
    let lats = Arc::new(Mutex::new(Vec::<f64>::new()));
    let opens = Arc::new(Mutex::new(Vec::<f64>::new()));
    let spans = Arc::new(Mutex::new(HashMap::<String, Vec<f64>>::new()));
    let errs = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let loops = Arc::new(AtomicU64::new(0));
    let ready = Arc::new(AtomicUsize::new(0));
    let go = Arc::new(AtomicBool::new(false));
    let stop = Arc::new(AtomicBool::new(false));
    let start = Arc::new(Mutex::new(Instant::now()));
    let p0 = proc_tree(pid);
    let sem = Arc::new(Semaphore::new(a.num("conc", 16.0) as usize * names.len()));
    let mut js = vec![];
    for i in 0..groups {
        let g = Arc::new(Group { vars: Mutex::new(HashMap::new()), note: Notify::new() });
        for name in &names {
            let (sc, g, name, pad, auto, base) = (sc.clone(), g.clone(), name.clone(), pad.clone(), auto.clone(), base.clone());
            let (lats, opens, spans, errs, loops, ready, go, stop, start) =
                (lats.clone(), opens.clone(), spans.clone(), errs.clone(), loops.clone(), ready.clone(), go.clone(), stop.clone(), start.clone());
            let is_timed = name == timed;
            let permit = sem.clone().acquire_owned().await.unwrap();
            js.push(tokio::spawn(async move {
                let rd = &sc["roles"][&name];
                let mut marks = vec![];
                let r = async {
                    let u = fill(rd["url"].as_str().ok_or("role without url")?, i, &HashMap::new(), 0, "").replace("{base}", &base);
                    let cookie = rd["cookie"].as_str().map(|c| fill(c, i, &HashMap::new(), 0, ""));
                    let t = Instant::now();
                    let ws = dial(&u, rd["subprotocol"].as_str(), cookie.as_deref(), 2 * i).await?;
                    let (ws_tx, ws_rx) = ws.split();
                    let mut r = Role { ws_tx, ws_rx, backlog: Default::default() };
                    do_steps(&rd["open"], &name, &mut r, &g, i, 0, &pad, &auto, &mut marks, wait).await?;
                    opens.lock().unwrap().push(t.elapsed().as_secs_f64() * 1e3);
                    Ok::<Role, String>(r)
                }
                .await;
                drop(permit);
                ready.fetch_add(1, Relaxed);
                let mut r = match r {
                    Ok(r) => r,
                    Err(e) => {
                        *errs.lock().unwrap().entry(format!("open {e}")).or_insert(0) += 1;
                        return;
                    }
                };
                while !go.load(Relaxed) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                let t_go = *start.lock().unwrap();
                let mut seq = 0u64;
                while !stop.load(Relaxed) {
                    seq += 1;
                    let mut t = Instant::now();
                    if is_timed && rate > 0.0 {
                        // open loop: the wait for a late start counts as latency
                        let per = groups as f64 / rate;
                        let due = t_go + Duration::from_secs_f64(per * (i as f64 / groups as f64 + (seq - 1) as f64));
                        tokio::time::sleep_until(due.into()).await;
                        if stop.load(Relaxed) {
                            break;
                        }
                        t = due;
                    }
                    let mut marks = vec![("start".to_string(), t)];
                    let res = tokio::select! {
                        x = do_steps(&rd["loop"], &name, &mut r, &g, i, seq, &pad, &auto, &mut marks, wait) => x,
                        _ = async { while !stop.load(Relaxed) { tokio::time::sleep(Duration::from_millis(50)).await } } => break,
                    };
                    match res {
                        Ok(()) => {
                            if is_timed {
                                lats.lock().unwrap().push(t.elapsed().as_secs_f64() * 1e3);
                                loops.fetch_add(1, Relaxed);
                            }
                            if marks.len() > 1 {
                                let mut s = spans.lock().unwrap();
                                for w in marks.windows(2) {
                                    s.entry(format!("{name}:{}", w[1].0)).or_default().push((w[1].1 - w[0].1).as_secs_f64() * 1e3);
                                }
                            }
                        }
                        Err(e) => {
                            *errs.lock().unwrap().entry(format!("loop {e}")).or_insert(0) += 1;
                            return;
                        }
                    }
                    if rd["loop"].as_array().map(|x| x.is_empty()).unwrap_or(true) {
                        // nothing to do but stay
                        while let Ok(x) = tokio::time::timeout(Duration::from_millis(200), r.ws_rx.next()).await {
                            match x {
                                Some(Ok(m)) => {
                                    if let Ok(t) = m.to_text() {
                                        if let Some((_, ans)) = auto.iter().find(|(q, _)| q == t) {
                                            let _ = r.ws_tx.send(Message::text(ans.clone())).await;
                                        }
                                    }
                                }
                                _ => return,
                            }
                            if stop.load(Relaxed) {
                                break;
                            }
                        }
                    }
                }
            }));
        }
    }
    let t_open = Instant::now();
    while ready.load(Relaxed) < groups * names.len() && t_open.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (p1, m1) = (proc_tree(pid), machine());
    *start.lock().unwrap() = Instant::now() + Duration::from_millis(50);
    go.store(true, Relaxed);
    let t0 = Instant::now();
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
    let n = loops.load(Relaxed);
    let (p2, m2) = (proc_tree(pid), machine());
    let el = t0.elapsed().as_secs_f64();
    stop.store(true, Relaxed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut l = lats.lock().unwrap().clone();
    let mut o = opens.lock().unwrap().clone();
    let mut sp = serde_json::Map::new();
    for (k, v) in spans.lock().unwrap().iter_mut() {
        sp.insert(k.clone(), pct(v));
    }
    let e = errs.lock().unwrap().clone();
    json!({"bench":"ws-script","file":a.get("file"),"groups":groups,"roles":names,"rate_asked":rate,"loops":n,"loops_per_s":(n as f64/el*10.0).round()/10.0,
        "loop_ms":pct(&mut l),"open_ms":pct(&mut o),"spans_ms":sp,"errors":e,
        "server":{"rss_before_kib":p0.rss_kib,"rss_open_kib":p1.rss_kib,"rss_end_kib":p2.rss_kib,
        "cpu_us_per_loop":((p2.cpu_s-p1.cpu_s)*1e6/n.max(1) as f64).round(),"cpu_cores":r2((p2.cpu_s-p1.cpu_s)/el)},
        "machine_busy":busy_between(m1,m2)})
}
