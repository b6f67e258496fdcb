//! Citizens: they take numbers over kept connections, wait on a socket, and answer what they are asked at once.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use load::hall_client::{key, open, say, take_number, Back, Http, Socket, Taken, Target};
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::Semaphore;
use tokio::time::interval_at;

/// How often a waiting page beats; a socket silent for longer is closed.
const BEAT: Duration = Duration::from_secs(25);

/// The connections that loaded the pages, which stay open: as many as were asked over at once.
pub struct Kept {
    target: Target,
    free: Mutex<Vec<Http>>,
}

impl Kept {
    pub fn of(target: &Target) -> Arc<Self> {
        Arc::new(Self {
            target: target.clone(),
            free: Mutex::default(),
        })
    }

    /// One that is free, or another from the address of number `i`. Whoever got an answer over it gives it back.
    pub async fn take(&self, i: usize) -> Result<Http, String> {
        let free = self.free.lock().unwrap().pop();
        match free {
            Some(http) => Ok(http),
            None => Http::open(&self.target, i).await,
        }
    }

    pub fn give(&self, http: Http) {
        self.free.lock().unwrap().push(http);
    }

    /// A new number, for a phone that still has the cookie of an earlier day: the house looks at it before it gives another.
    pub async fn take_number(&self, i: usize) -> Result<Taken, String> {
        let mut http = self.take(i).await?;
        let earlier = format!("yyb_v_{}=earlier-day-{i:031}", self.target.hall);
        let taken = take_number(&self.target, &mut http, Some(&earlier)).await?;
        self.give(http);
        Ok(taken)
    }
}

/// A citizen in line.
pub struct Waiter {
    pub visit: Value,
    pub cookie: String,
    pub back: Option<Back>,
    pub socket: Socket,
}

#[derive(Default)]
pub struct Joined {
    pub waiters: Vec<Waiter>,
    pub errors: BTreeMap<String, usize>,
    ms: Vec<f64>,
    seconds: f64,
}

/// `n` take a number and open a socket, `conc` at a time.
pub async fn join_all(target: &Target, n: usize, conc: usize) -> Joined {
    let (gate, kept) = (Arc::new(Semaphore::new(conc)), Kept::of(target));
    let began = Instant::now();
    let mut tasks = vec![];
    for i in 0..n {
        let permit = gate.clone().acquire_owned().await.expect("the gate stays open");
        let (target, kept) = (target.clone(), kept.clone());
        tasks.push(tokio::spawn(async move {
            let _permit = permit;
            let t = Instant::now();
            let taken = kept.take_number(i).await?;
            let (socket, welcome) = open(&target, i, &taken.ticket, &taken.seq).await?;
            let now = &welcome["visit"];
            Ok::<_, String>((
                Waiter {
                    visit: if now.is_null() { taken.visit } else { now.clone() },
                    cookie: taken.cookie,
                    back: Back::of(&welcome),
                    socket,
                },
                t.elapsed(),
            ))
        }));
    }
    let mut out = Joined::default();
    for task in tasks {
        match task.await.unwrap_or_else(|e| Err(e.to_string())) {
            Ok((waiter, took)) => {
                out.ms.push(took.as_secs_f64() * 1e3);
                out.waiters.push(waiter);
            }
            Err(e) => *out.errors.entry(e).or_insert(0) += 1,
        }
    }
    out.seconds = began.elapsed().as_secs_f64();
    out
}

/// What a page says at once to what it is asked.
fn answer(status: &Value) -> Option<Value> {
    match status["state"].as_str() {
        Some("calling") => Some(json!({"topic":"visit","type":"here","key":key(),"microphone":"live"})),
        Some("connecting") => Some(json!({"topic":"visit","type":"accept","key":key()})),
        _ => None,
    }
}

/// A page that stays open until its visit or its socket ends: beats, first after `first`; answers 「我在」 and 「接听」 at once, also
/// where it came with the welcome. `hears` is given every message of the `visit` topic.
pub async fn stay(mut socket: Socket, welcomed: Value, first: Duration, mut hears: impl FnMut(&Value)) {
    if let Some(answer) = answer(&welcomed["status"]) {
        if say(&mut socket, answer).await.is_err() {
            return;
        }
    }
    let mut beat = interval_at(tokio::time::Instant::now() + first, BEAT);
    loop {
        let heard = tokio::select! {
            heard = socket.next() => heard,
            _ = beat.tick() => match say(&mut socket, ping()).await {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        let Some(Ok(message)) = heard else { return };
        let Ok(told) = serde_json::from_str::<Value>(message.to_text().unwrap_or("")) else {
            continue;
        };
        if told["topic"] != "visit" {
            continue;
        }
        hears(&told);
        let status = &told["visit"]["status"];
        if status["state"] == "closed" {
            return;
        }
        let Some(answer) = answer(status) else { continue };
        if say(&mut socket, answer).await.is_err() {
            return;
        }
    }
}

/// When the page of number `i` of `n` beats first: they are spread over one beat.
pub fn first_beat(i: usize, n: usize) -> Duration {
    BEAT.mul_f64((i + 1) as f64 / n as f64)
}

pub fn ping() -> Value {
    json!({"topic":"session","type":"ping","visible":true})
}

pub async fn hold(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 1000.0) as usize, a.num("pid", 0.0) as u32);
    // one joins and leaves first: code, templates and the hall are in memory before the count begins
    drop(join_all(&target, 1, 1).await);
    let (p0, m0) = (proc_tree(pid), machine());
    let joined = join_all(&target, n, a.num("conc", 64.0) as usize).await;
    let (p1, m1) = (proc_tree(pid), machine());
    let open = joined.waiters.len();
    let held = Arc::new(AtomicUsize::new(open));
    for (i, Waiter { visit, socket, .. }) in joined.waiters.into_iter().enumerate() {
        let held = held.clone();
        tokio::spawn(async move {
            stay(socket, visit, first_beat(i, open), |_| {}).await;
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
