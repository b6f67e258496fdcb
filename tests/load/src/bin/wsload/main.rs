//! WebSocket load: hold | script | fanout. See ../README.md for the flags and the script form.
use futures_util::{SinkExt, StreamExt};
use load::{busy_between, machine, pct, proc_tree, raise_nofile, Args};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

mod fanout;
mod role;
mod script;

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
            "script" => script::script(a).await,
            "fanout" => fanout::fanout(a).await,
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

/// What came of opening many; connections stay open in `keep`.
#[derive(Default)]
struct Opened {
    lat: Vec<f64>,
    errs: HashMap<String, usize>,
    keep: Vec<(usize, Ws)>,
    secs: f64,
}

/// How one connection is opened.
struct Door {
    url: String,
    sub: Option<String>,
    cookie: Option<String>,
    hello: Value,
}

/// Opens `n` connections, `conc` handshakes at a time; `hello` is a JSON list of
/// {"send":..} / {"expect":..} done once on each.
async fn open_all(a: &Arc<Args>, n: usize, url: &str, hello: &Value) -> Opened {
    let conc = a.num("conc", 64.0) as usize;
    let rate = a.num("rate", 0.0);
    let own = |s: &str| s.to_string();
    let door = Arc::new(Door { url: own(url), sub: a.get("sub").map(own), cookie: a.get("cookie").map(own), hello: hello.clone() });
    let sem = Arc::new(Semaphore::new(conc));
    let out = Arc::new(Mutex::new(Opened::default()));
    let t0 = Instant::now();
    let mut js = vec![];
    for i in 0..n {
        if rate > 0.0 {
            let due = t0 + Duration::from_secs_f64(i as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
        }
        let p = sem.clone().acquire_owned().await.unwrap();
        let (out, door) = (out.clone(), door.clone());
        js.push(tokio::spawn(async move {
            let t = Instant::now();
            let r = open_one(&door, i).await;
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
    let mut o = std::mem::take(&mut *out.lock().unwrap());
    o.secs = t0.elapsed().as_secs_f64();
    o
}

async fn open_one(door: &Door, i: usize) -> Result<Ws, String> {
    let vars = HashMap::new();
    let u = fill(&door.url, i, &vars, 0, "");
    let c = door.cookie.as_ref().map(|c| fill(c, i, &vars, 0, ""));
    let mut ws = dial(&u, door.sub.as_deref(), c.as_deref(), i).await?;
    for step in door.hello.as_array().into_iter().flatten() {
        if let Some(s) = step["send"].as_str() {
            ws.send(Message::text(fill(s, i, &vars, 0, ""))).await.map_err(|e| e.to_string())?;
        } else if let Some(x) = step["expect"].as_str() {
            expect(&mut ws, &fill(x, i, &vars, 0, "")).await?;
        }
    }
    Ok(ws)
}

async fn expect(ws: &mut Ws, x: &str) -> Result<(), String> {
    loop {
        match tokio::time::timeout(Duration::from_secs(30), ws.next()).await {
            Ok(Some(Ok(m))) => {
                if m.to_text().map(|t| t.contains(x)).unwrap_or(false) {
                    return Ok(());
                }
            }
            Ok(_) => return Err(format!("closed before {x}")),
            Err(_) => return Err(format!("30 s without {x}")),
        }
    }
}

fn hello_of(a: &Args) -> Value {
    a.get("hello").map(|h| serde_json::from_str(h).expect("--hello wants JSON")).unwrap_or(Value::Null)
}

/// What is said each `--every` seconds: as long as a page's heartbeat.
const BEAT: &str = r#"{"topic":"session","type":"ping","visible":true}"#;

async fn hold(a: Arc<Args>) -> Value {
    let n = a.num("n", 1000.0) as usize;
    let pid = a.num("pid", 0.0) as u32;
    let auto = auto_of(&a);
    let (p0, m0) = (proc_tree(pid), machine());
    let o = open_all(&a, n, &a.str("url", "ws://127.0.0.1:9100/ws"), &hello_of(&a)).await;
    let (p1, m1) = (proc_tree(pid), machine());
    let ok = o.keep.len();
    let dead = Arc::new(AtomicUsize::new(0));
    // Without `--every` nobody says anything. With it the first words are spread over one beat.
    let every = a.get("every").map(|_| Duration::from_secs_f64(a.num("every", 25.0)));
    for (i, mut ws) in o.keep {
        let (auto, dead) = (auto.clone(), dead.clone());
        tokio::spawn(async move {
            let beat = every.unwrap_or(Duration::from_secs(1));
            let first = tokio::time::Instant::now() + beat.mul_f64((i + 1) as f64 / n as f64);
            let mut beat = tokio::time::interval_at(first, beat);
            loop {
                let heard = tokio::select! {
                    heard = ws.next() => heard,
                    _ = beat.tick(), if every.is_some() => match ws.send(Message::text(BEAT)).await {
                        Ok(()) => continue,
                        Err(_) => break,
                    },
                };
                let Some(Ok(m)) = heard else { break };
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
