//! WebSocket load: hold | script | fanout. See ../README.md for the flags and the script form.
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use load::{busy_between, machine, pct, proc_tree, raise_nofile, Args};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

type Ws = WebSocketStream<TcpStream>;

fn main() {
    raise_nofile();
    let cmd = std::env::args().nth(1).expect("hold | script | fanout");
    let a = Arc::new(Args::parse(2));
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(a.num("threads", 1.0) as usize)
        .enable_all()
        .build()
        .unwrap();
    let out = rt.block_on(async {
        match cmd.as_str() {
            "hold" => hold(a).await,
            "script" => script(a).await,
            "fanout" => fanout(a).await,
            x => panic!("unknown command {x}"),
        }
    });
    println!("{out}");
    std::process::exit(0); // closing tens of thousands of sockets one by one says nothing
}

fn rand64() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

fn fill(t: &str, i: usize, vars: &HashMap<String, String>, seq: u64, pad: &str) -> String {
    let mut s = t.replace("{i}", &i.to_string()).replace("{seq}", &seq.to_string()).replace("{pad}", pad);
    while s.contains("{rand}") {
        s = s.replacen("{rand}", &format!("{:016x}", rand64()), 1);
    }
    if s.contains('{') {
        for (k, v) in vars {
            s = s.replace(&format!("{{{k}}}"), v);
        }
    }
    s
}

/// Connects from 127.0.0.x, so that one target port holds more than 28,000 connections.
async fn dial(url: &str, sub: Option<&str>, cookie: Option<&str>, i: usize) -> Result<Ws, String> {
    let mut req = url.into_client_request().map_err(|e| e.to_string())?;
    if let Some(s) = sub {
        req.headers_mut().insert("Sec-WebSocket-Protocol", s.parse().unwrap());
    }
    if let Some(c) = cookie {
        req.headers_mut().insert("Cookie", c.parse().unwrap());
    }
    let host = req.uri().host().unwrap_or("127.0.0.1").to_string();
    let port = req.uri().port_u16().unwrap_or(80);
    let sock = TcpSocket::new_v4().map_err(|e| e.to_string())?;
    let src = format!("127.0.0.{}:0", 2 + (i / 20000) % 200);
    unsafe {
        // choose the port at connect time: an early choice crawls once ports fill up
        let on = 1i32;
        use std::os::fd::AsRawFd;
        libc::setsockopt(sock.as_raw_fd(), libc::SOL_IP, libc::IP_BIND_ADDRESS_NO_PORT, &on as *const i32 as *const _, 4);
    }
    sock.bind(src.parse().unwrap()).map_err(|e| format!("bind {e}"))?;
    let host = if host == "localhost" { "127.0.0.1".into() } else { host };
    let s = sock.connect(format!("{host}:{port}").parse().unwrap()).await.map_err(|e| format!("connect {e}"))?;
    let _ = s.set_nodelay(true);
    // small buffers, or the generator is heavier than the server under test
    let cfg = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0);
    let (ws, _) = tokio_tungstenite::client_async_with_config(req, s, Some(cfg)).await.map_err(|e| e.to_string())?;
    Ok(ws)
}

fn auto_of(a: &Args) -> Vec<(String, String)> {
    // --auto '2=>3' answers engine.io's ping
    a.get("auto").map(|x| x.split(',').filter_map(|p| p.split_once("=>")).map(|(p, q)| (p.into(), q.into())).collect()).unwrap_or_default()
}

/// Opens `n` connections, `conc` handshakes at a time; `hello` is a JSON list of
/// {"send":..} / {"expect":..} done once on each. Connections stay open in `keep`.
struct Opened {
    lat: Vec<f64>,
    errs: HashMap<String, usize>,
    keep: Vec<(usize, Ws)>,
    secs: f64,
}

async fn open_all(a: &Arc<Args>, n: usize, url: &str, hello: &Value) -> Opened {
    let conc = a.num("conc", 64.0) as usize;
    let rate = a.num("rate", 0.0);
    let sub = a.get("sub").map(|s| s.to_string());
    let cookie = a.get("cookie").map(|s| s.to_string());
    let sem = Arc::new(Semaphore::new(conc));
    let out = Arc::new(Mutex::new(Opened { lat: vec![], errs: HashMap::new(), keep: vec![], secs: 0.0 }));
    let t0 = Instant::now();
    let mut js = vec![];
    for i in 0..n {
        if rate > 0.0 {
            let due = t0 + Duration::from_secs_f64(i as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
        }
        let p = sem.clone().acquire_owned().await.unwrap();
        let (out, url, sub, cookie, hello) = (out.clone(), url.to_string(), sub.clone(), cookie.clone(), hello.clone());
        js.push(tokio::spawn(async move {
            let vars = HashMap::new();
            let t = Instant::now();
            let r = async {
                let u = fill(&url, i, &vars, 0, "");
                let c = cookie.as_ref().map(|c| fill(c, i, &vars, 0, ""));
                let mut ws = dial(&u, sub.as_deref(), c.as_deref(), i).await?;
                for step in hello.as_array().into_iter().flatten() {
                    if let Some(s) = step["send"].as_str() {
                        ws.send(Message::text(fill(s, i, &vars, 0, ""))).await.map_err(|e| e.to_string())?;
                    } else if let Some(x) = step["expect"].as_str() {
                        let x = fill(x, i, &vars, 0, "");
                        loop {
                            match tokio::time::timeout(Duration::from_secs(30), ws.next()).await {
                                Ok(Some(Ok(m))) => {
                                    if m.to_text().map(|t| t.contains(&x)).unwrap_or(false) {
                                        break;
                                    }
                                }
                                Ok(_) => return Err(format!("closed before {x}")),
                                Err(_) => return Err(format!("30 s without {x}")),
                            }
                        }
                    }
                }
                Ok::<Ws, String>(ws)
            }
            .await;
            let ms = t.elapsed().as_secs_f64() * 1e3;
            let mut o = out.lock().unwrap();
            match r {
                Ok(ws) => {
                    o.lat.push(ms);
                    o.keep.push((i, ws));
                }
                Err(e) => *o.errs.entry(e).or_insert(0) += 1,
            }
            drop(p);
        }));
    }
    for j in js {
        let _ = j.await;
    }
    let mut o = std::mem::replace(&mut *out.lock().unwrap(), Opened { lat: vec![], errs: HashMap::new(), keep: vec![], secs: 0.0 });
    o.secs = t0.elapsed().as_secs_f64();
    o
}

fn hello_of(a: &Args) -> Value {
    a.get("hello").map(|h| serde_json::from_str(h).expect("--hello wants JSON")).unwrap_or(Value::Null)
}

async fn hold(a: Arc<Args>) -> Value {
    let n = a.num("n", 1000.0) as usize;
    let pid = a.num("pid", 0.0) as u32;
    let auto = auto_of(&a);
    let (p0, m0) = (proc_tree(pid), machine());
    let o = open_all(&a, n, &a.str("url", "ws://127.0.0.1:9100/ws"), &hello_of(&a)).await;
    let (p1, m1) = (proc_tree(pid), machine());
    let ok = o.keep.len();
    let dead = Arc::new(AtomicUsize::new(0));
    for (_, mut ws) in o.keep {
        let (auto, dead) = (auto.clone(), dead.clone());
        tokio::spawn(async move {
            while let Some(Ok(m)) = ws.next().await {
                if let Ok(t) = m.to_text() {
                    if let Some((_, ans)) = auto.iter().find(|(q, _)| q == t) {
                        let _ = ws.send(Message::text(ans.clone())).await;
                    }
                }
            }
            dead.fetch_add(1, Relaxed);
        });
    }
    tokio::time::sleep(Duration::from_secs_f64(a.num("hold", 5.0))).await;
    let (p2, m2) = (proc_tree(pid), machine());
    let hold_s = a.num("hold", 5.0);
    let mut lat = o.lat;
    json!({"bench":"ws-hold","n":n,"open":ok,"errors":o.errs,"open_secs":r2(o.secs),"handshakes_per_s":(ok as f64/o.secs).round(),
        "handshake_ms":pct(&mut lat),"dead_after_hold":dead.load(Relaxed),
        "server":{"rss_before_kib":p0.rss_kib,"rss_open_kib":p1.rss_kib,"rss_held_kib":p2.rss_kib,
            "bytes_per_conn":((p2.rss_kib as f64-p0.rss_kib as f64)*1024.0/ok.max(1) as f64).round(),
            "cpu_us_per_handshake":((p1.cpu_s-p0.cpu_s)*1e6/ok.max(1) as f64).round(),
            "idle_cpu_pct":r2((p2.cpu_s-p1.cpu_s)/hold_s*100.0),"fds":p2.fds},
        "machine_busy_open":busy_between(m0,m1),"machine_busy_hold":busy_between(m1,m2)})
}

fn r2(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// N connections listen; connection 0 (or --trigger-url) sends --trigger; the time until
/// the last of them has --match, and the server's CPU per delivered message.
async fn fanout(a: Arc<Args>) -> Value {
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

// ---- script: groups of roles that talk to each other ----

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
async fn script(a: Arc<Args>) -> Value {
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
