//! Citizens and windows by the thousand against a running server.
//! hallload hold  --address 127.0.0.1:8080 --hall xinqu --n 5000 --conc 64 --hold 5 --sit 600 --pid SERVER
//! hallload drain --address … --hall … --n 2000 --windows 3 --staff name:password,… --pid SERVER
//! `hold`: take number + socket for N citizens, then sit; memory per citizen, CPU per joining, and what sitting costs.
//! `drain`: windows serve the whole line; every message of the citizens' `visit` topic before the ring is counted.
use futures_util::StreamExt;
use load::hall_client::{Http, key, open, say, staff_ticket, take_number, until, Socket, Target};
use load::{busy_between, machine, pct, proc_tree, raise_nofile, Args};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

fn main() {
    raise_nofile();
    let command = std::env::args().nth(1).expect("hold | drain");
    let a = Args::parse(2);
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(a.num("threads", 1.0) as usize).enable_all().build().unwrap();
    let target = Target { address: a.str("address", "127.0.0.1:8080"), hall: a.str("hall", "xinqu") };
    let out = rt.block_on(async {
        match command.as_str() {
            "hold" => hold(&a, target).await,
            "drain" => drain(&a, target).await,
            x => panic!("unknown command {x}"),
        }
    });
    println!("{out}");
    std::process::exit(0); // closing thousands of sockets one by one says nothing
}

struct Joined {
    sockets: Vec<(Value, Socket)>,
    errors: BTreeMap<String, usize>,
    ms: Vec<f64>,
    seconds: f64,
}

async fn join_all(target: &Target, n: usize, conc: usize) -> Joined {
    let gate = Arc::new(Semaphore::new(conc));
    // A page takes its number over the connection that loaded it.
    let kept = Arc::new(Mutex::new(Vec::<Http>::new()));
    let out = Arc::new(Mutex::new(Joined { sockets: vec![], errors: BTreeMap::new(), ms: vec![], seconds: 0.0 }));
    let began = Instant::now();
    let mut tasks = vec![];
    for i in 0..n {
        let permit = gate.clone().acquire_owned().await.expect("the gate stays open");
        let (target, out, kept) = (target.clone(), out.clone(), kept.clone());
        tasks.push(tokio::spawn(async move {
            let t = Instant::now();
            let joined = async {
                let free = kept.lock().unwrap().pop();
                let mut http = match free {
                    Some(http) => http,
                    None => Http::open(&target, i).await?,
                };
                let (ticket, answer) = take_number(&target, &mut http).await?;
                kept.lock().unwrap().push(http);
                let (socket, _) = open(&target, i, &ticket, &answer["seq"]).await?;
                Ok::<_, String>((answer["visit"].clone(), socket))
            }
            .await;
            let mut out = out.lock().unwrap();
            match joined {
                Ok(pair) => {
                    out.ms.push(t.elapsed().as_secs_f64() * 1e3);
                    out.sockets.push(pair);
                }
                Err(e) => *out.errors.entry(e).or_insert(0) += 1,
            }
            drop(permit);
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
    let mut out = Arc::into_inner(out).expect("every task has ended").into_inner().unwrap();
    out.seconds = began.elapsed().as_secs_f64();
    out
}

async fn hold(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 1000.0) as usize, a.num("pid", 0.0) as u32);
    // one joins and leaves first: code, templates and the hall are in memory before the count begins
    drop(join_all(&target, 1, 1).await);
    let (p0, m0) = (proc_tree(pid), machine());
    let joined = join_all(&target, n, a.num("conc", 64.0) as usize).await;
    let (p1, m1) = (proc_tree(pid), machine());
    let open = joined.sockets.len();
    let held = Arc::new(AtomicUsize::new(open));
    for (i, (_, socket)) in joined.sockets.into_iter().enumerate() {
        let (held, first) = (held.clone(), BEAT.mul_f64((i + 1) as f64 / open as f64));
        tokio::spawn(async move {
            wait(socket, first).await;
            held.fetch_sub(1, Relaxed);
        });
    }
    tokio::time::sleep(Duration::from_secs_f64(a.num("hold", 5.0))).await;
    let p2 = proc_tree(pid);
    let (sit, m2) = (a.num("sit", 0.0), machine());
    tokio::time::sleep(Duration::from_secs_f64(sit)).await;
    let p3 = proc_tree(pid);
    let mut ms = joined.ms;
    json!({"bench":"hall-hold","n":n,"open":open,"errors":joined.errors,"open_secs":joined.seconds,"join_ms":pct(&mut ms),
        "server":{"rss_before_kib":p0.rss_kib,"rss_held_kib":p2.rss_kib,
            "bytes_per_citizen":((p2.rss_kib as f64-p0.rss_kib as f64)*1024.0/open.max(1) as f64).round(),
            "cpu_us_per_join":((p1.cpu_s-p0.cpu_s)*1e6/open.max(1) as f64).round()},
        "sat":{"secs":sit,"open":held.load(Relaxed),"rss_grown_kib":p3.rss_kib as i64-p2.rss_kib as i64,
            "cpu_percent":(p3.cpu_s-p2.cpu_s)*100.0/sit.max(1.0),"machine_busy":busy_between(m2,machine())},
        "machine_busy":busy_between(m0,m1)})
}

/// A waiting page: beats, and reads what it is told, until its socket ends.
async fn wait(mut socket: Socket, first: Duration) {
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + first, BEAT);
    loop {
        tokio::select! {
            heard = socket.next() => {
                if !matches!(heard, Some(Ok(_))) {
                    return;
                }
            }
            _ = beat.tick() => {
                if say(&mut socket, ping()).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn ping() -> Value {
    json!({"topic":"session","type":"ping","visible":true})
}

/// How often a waiting page beats; a socket silent for longer is closed.
const BEAT: Duration = Duration::from_secs(25);
/// Between two messages of a window: a socket may send 20 a second.
const PACE: Duration = Duration::from_millis(51);

/// What one citizen was told until the ring.
struct Seen {
    /// `7` of `A7`: the order of the line.
    number: u64,
    messages: usize,
    last_ahead: Value,
    /// The hall's event number of the ring.
    rung_at: Option<u64>,
}

impl Seen {
    /// The place shown last is the number of people who came before and were rung after.
    fn was_exact(&self, all: &[Seen]) -> bool {
        let before = |other: &&Seen| other.number < self.number && other.rung_at.unwrap_or(u64::MAX) > self.rung_at.unwrap_or(0);
        self.last_ahead == json!({"is":"exact","count":all.iter().filter(before).count()})
    }
}

/// One citizen of the drain: beats as a page does, answers 「我在」 and 「接听」 at once, counts what it is told.
async fn citizen(mut socket: Socket, first: Value, seen: Arc<Mutex<Vec<Seen>>>) {
    let number = first["number"].as_str().and_then(|n| n.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()).unwrap_or(0);
    let mut mine = Seen { number, messages: 0, last_ahead: first["status"]["place"]["ahead"].clone(), rung_at: None };
    let mut beat = tokio::time::interval(BEAT);
    loop {
        let heard = tokio::select! {
            heard = socket.next() => heard,
            _ = beat.tick() => {
                let _ = say(&mut socket, ping()).await;
                continue;
            }
        };
        let Some(Ok(m)) = heard else { break };
        let Ok(v) = serde_json::from_str::<Value>(m.to_text().unwrap_or("")) else { continue };
        if v["topic"] != "visit" {
            continue;
        }
        let status = &v["visit"]["status"];
        let state = status["state"].as_str().unwrap_or("place");
        if mine.rung_at.is_none() && matches!(state, "ringing" | "connecting" | "serving") {
            mine.rung_at = v["seq"].as_u64();
        }
        if mine.rung_at.is_none() {
            mine.messages += 1;
            let place = if state == "place" { &v["place"] } else { &status["place"] };
            if !place.is_null() {
                mine.last_ahead = place["ahead"].clone();
            }
        }
        match state {
            "calling" => {
                let _ = say(&mut socket, json!({"topic":"visit","type":"here","key":key(),"microphone":"live"})).await;
            }
            "connecting" if status["accepted"] != true => {
                let _ = say(&mut socket, json!({"topic":"visit","type":"accept","key":key()})).await;
            }
            "closed" => break,
            _ => {}
        }
    }
    seen.lock().unwrap().push(mine);
}

/// One window: on duty, accepts, hangs up, logs, next; until nobody comes for a while.
async fn window(target: Target, name: String, password: String, number: usize, item: String, served: Arc<Mutex<usize>>) -> Result<(), String> {
    let ticket = staff_ticket(&target, &name, &password).await?;
    let (mut socket, _) = open(&target, 0, &ticket, &Value::Null).await?;
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    say(&mut socket, json!({"topic":"window","type":"open","key":key(),"window":number.to_string()})).await?;
    say(&mut socket, json!({"topic":"window","type":"presence","key":key(),"presence":{"is":"available"},"note":null})).await?;
    loop {
        let wait = Duration::from_secs(8);
        let Ok(rung) = until(&mut socket, wait, |m| m["topic"] == "window" && m["type"] == "rung").await else { return Ok(()) };
        let visit = rung["visit"]["id"].clone();
        pace.tick().await;
        say(&mut socket, json!({"topic":"window","type":"accept","key":key(),"visit":visit})).await?;
        until(&mut socket, wait, |m| m["type"] == "visit" && m["visit"]["status"]["state"] == "serving").await?;
        pace.tick().await;
        say(&mut socket, json!({"topic":"window","type":"hang_up","key":key()})).await?;
        let draft = json!({"item":item,"kind":"answer","result":"answered","note":"","next_step":""});
        pace.tick().await;
        say(&mut socket, json!({"topic":"record","type":"save","key":key(),"visit":visit,"draft":draft})).await?;
        pace.tick().await;
        say(&mut socket, json!({"topic":"window","type":"finish","key":key()})).await?;
        *served.lock().unwrap() += 1;
    }
}

async fn drain(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 2000.0) as usize, a.num("pid", 0.0) as u32);
    let item = a.str("item", "YANGBENXXXXXXXXX015209900001000");
    let m0 = machine();
    let joined = join_all(&target, n, 32).await;
    let seen = Arc::new(Mutex::new(vec![]));
    let people: Vec<_> = joined.sockets.into_iter().map(|(visit, socket)| tokio::spawn(citizen(socket, visit, seen.clone()))).collect();
    let (p0, began) = (proc_tree(pid), Instant::now());
    let served = Arc::new(Mutex::new(0));
    let windows: Vec<_> = a
        .str("staff", "")
        .split(',')
        .enumerate()
        .map(|(i, pair)| {
            let (name, password) = pair.split_once(':').expect("--staff name:password,…");
            tokio::spawn(window(target.clone(), name.into(), password.into(), i + 1, item.clone(), served.clone()))
        })
        .collect();
    let mut trouble = vec![];
    for w in windows {
        if let Ok(Err(e)) = w.await {
            trouble.push(e);
        }
    }
    let p1 = proc_tree(pid);
    for person in people {
        let _ = tokio::time::timeout(Duration::from_secs(2), person).await;
    }
    let seen = seen.lock().unwrap();
    let mut counts: Vec<f64> = seen.iter().filter(|s| s.rung_at.is_some()).map(|s| s.messages as f64).collect();
    let exact = seen.iter().filter(|s| s.rung_at.is_some() && s.was_exact(&seen)).count();
    let mean = counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    let served = *served.lock().unwrap();
    json!({"bench":"hall-drain","n":n,"errors":joined.errors,"trouble":trouble,"served":served,"reached":counts.len(),
        "messages_mean":(mean*100.0).round()/100.0,"messages":pct(&mut counts),"last_place_exact":exact,
        "cpu_us_per_served":((p1.cpu_s-p0.cpu_s)*1e6/served.max(1) as f64).round(),"secs":began.elapsed().as_secs_f64(),"machine_busy":busy_between(m0,machine())})
}
