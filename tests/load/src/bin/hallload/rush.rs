//! A full hall: thousands wait, hundreds of windows serve, and people keep coming.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use load::hall_client::{key, open, say, staff_ticket_from, take_number, until, Http, Socket, Target};
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};

use crate::{join_all, ping, BEAT};

/// How long a talk lasts.
const TALK: Duration = Duration::from_secs(10);
/// How often a console beats.
const CONSOLE_BEAT: Duration = Duration::from_secs(5);

/// When windows said that they accept, by visit; and how long their citizens took to hear of it.
#[derive(Default)]
struct Accepts {
    said: HashMap<String, Instant>,
    told_ms: Vec<f64>,
}

impl Accepts {
    fn note(&mut self, visit: &str) {
        if let Some(said) = self.said.remove(visit) {
            self.told_ms.push(said.elapsed().as_secs_f64() * 1e3);
        }
    }
}

pub async fn rush(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 10_000.0) as usize, a.num("pid", 0.0) as u32);
    let (rate, secs, idle) = (a.num("rate", 200.0), a.num("secs", 10.0), a.num("idle", 20.0));
    let joined = join_all(&target, n, 64).await;
    let accepts = Arc::new(Mutex::new(Accepts::default()));
    let held = joined.waiters.len();
    for (i, waiter) in joined.waiters.into_iter().enumerate() {
        let first = BEAT.mul_f64((i + 1) as f64 / held as f64);
        tokio::spawn(citizen(waiter.socket, waiter.visit["id"].as_str().unwrap_or("").to_owned(), first, accepts.clone()));
    }
    let mut consoles = vec![];
    let mut trouble = vec![];
    for (i, pair) in a.str("staff", "").split(',').enumerate() {
        let (name, password) = pair.split_once(':').expect("--staff name:password,…");
        match sit_down(&target, i, name, password).await {
            Ok(socket) => consoles.push(socket),
            Err(e) => trouble.push(e),
        }
    }
    let windows = consoles.len();
    let (start, item) = (Arc::new(tokio::sync::Notify::new()), a.str("item", "YANGBENXXXXXXXXX015209900001000"));
    for socket in consoles {
        tokio::spawn(window(socket, start.clone(), item.clone(), accepts.clone()));
    }
    // Everything that joining left to do is done before the quiet is measured.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (p0, m0) = (proc_tree(pid), machine());
    tokio::time::sleep(Duration::from_secs_f64(idle)).await;
    let (p1, m1) = (proc_tree(pid), machine());
    start.notify_waiters();
    let (mut taken_ms, errors) = arrivals(&target, rate, secs).await;
    let (p2, m2) = (proc_tree(pid), machine());
    let mut accepts = std::mem::take(&mut accepts.lock().unwrap().told_ms);
    json!({"bench":"hall-rush","n":n,"held":held,"windows":windows,"errors":joined.errors,"trouble":trouble,"rate":rate,"taken":taken_ms.len(),
        "refused":errors,"take_number_ms":pct(&mut taken_ms),"accepts":accepts.len(),"accept_told_ms":pct(&mut accepts),
        "idle_cpu_percent":(p1.cpu_s-p0.cpu_s)*100.0/idle,"rush_cpu_percent":(p2.cpu_s-p1.cpu_s)*100.0/secs,
        "rss_kib":p2.rss_kib,"machine_busy_idle":busy_between(m0,m1),"machine_busy":busy_between(m1,m2)})
}

/// People who come at a rate, each when it is time, however slow the answers are.
async fn arrivals(target: &Target, rate: f64, secs: f64) -> (Vec<f64>, usize) {
    let began = tokio::time::Instant::now();
    let free = Arc::new(Mutex::new(Vec::<Http>::new()));
    let mut tasks = vec![];
    for i in 0..(rate * secs) as usize {
        tokio::time::sleep_until(began + Duration::from_secs_f64(i as f64 / rate)).await;
        let (target, free) = (target.clone(), free.clone());
        tasks.push(tokio::spawn(async move {
            let kept = free.lock().unwrap().pop();
            let mut http = match kept {
                Some(http) => http,
                None => Http::open(&target, i).await.ok()?,
            };
            let t = Instant::now();
            let taken = take_number(&target, &mut http, None).await;
            let ms = t.elapsed().as_secs_f64() * 1e3;
            free.lock().unwrap().push(http);
            taken.ok().map(|_| ms)
        }));
    }
    let mut ms = vec![];
    let mut failed = 0;
    for task in tasks {
        match task.await.ok().flatten() {
            Some(taken) => ms.push(taken),
            None => failed += 1,
        }
    }
    (ms, failed)
}

/// Waits, answers 「我在」 and 「接听」 at once, and notes when it hears of an accept.
async fn citizen(mut socket: Socket, id: String, first: Duration, accepts: Arc<Mutex<Accepts>>) {
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + first, BEAT);
    loop {
        let heard = tokio::select! {
            heard = socket.next() => heard,
            _ = beat.tick() => {
                let _ = say(&mut socket, ping()).await;
                continue;
            }
        };
        let Some(Ok(message)) = heard else { return };
        let text = message.to_text().unwrap_or("");
        if !text.contains("\"status\"") {
            continue;
        }
        let Ok(told) = serde_json::from_str::<Value>(text) else { continue };
        let status = &told["visit"]["status"];
        match status["state"].as_str() {
            Some("calling") => {
                let _ = say(&mut socket, json!({"topic":"visit","type":"here","key":key(),"microphone":"live"})).await;
            }
            Some("connecting" | "serving") => {
                accepts.lock().unwrap().note(&id);
                if status["state"] == "connecting" {
                    let _ = say(&mut socket, json!({"topic":"visit","type":"accept","key":key()})).await;
                }
            }
            _ => {}
        }
    }
}

/// Signs in and opens a window, on a break.
async fn sit_down(target: &Target, i: usize, name: &str, password: &str) -> Result<Socket, String> {
    let ticket = staff_ticket_from(target, i, name, password).await?;
    let (mut socket, _) = open(target, i, &ticket, &Value::Null).await?;
    say(&mut socket, json!({"topic":"window","type":"open","key":key(),"window":(i + 1).to_string()})).await?;
    let rest = json!({"is":"break","reason":"rest"});
    say(&mut socket, json!({"topic":"window","type":"presence","key":key(),"presence":rest,"note":null})).await?;
    Ok(socket)
}

/// Reads until a message fits, beating meanwhile.
async fn listen(socket: &mut Socket, fits: impl Fn(&Value) -> bool + Copy) -> Option<Value> {
    loop {
        match until(socket, CONSOLE_BEAT, fits).await {
            Ok(message) => return Some(message),
            Err(cause) if cause.contains("in time") => say(socket, ping()).await.ok()?,
            Err(_) => return None,
        }
    }
}

/// On duty from `start`: accepts, talks, hangs up, logs, next.
async fn window(mut socket: Socket, start: Arc<tokio::sync::Notify>, item: String, accepts: Arc<Mutex<Accepts>>) -> Option<()> {
    let begins = start.notified();
    tokio::pin!(begins);
    loop {
        tokio::select! {
            () = &mut begins => break,
            heard = until(&mut socket, CONSOLE_BEAT, |_| false) => {
                if heard.is_err_and(|cause| !cause.contains("in time")) {
                    return None;
                }
                say(&mut socket, ping()).await.ok()?;
            }
        }
    }
    say(&mut socket, json!({"topic":"window","type":"presence","key":key(),"presence":{"is":"available"},"note":null})).await.ok()?;
    loop {
        let rung = listen(&mut socket, |m| m["topic"] == "window" && m["type"] == "rung").await?;
        let visit = rung["visit"]["id"].clone();
        accepts.lock().unwrap().said.insert(visit.as_str()?.to_owned(), Instant::now());
        say(&mut socket, json!({"topic":"window","type":"accept","key":key(),"visit":visit})).await.ok()?;
        listen(&mut socket, |m| m["type"] == "visit" && m["visit"]["status"]["state"] == "serving").await?;
        let ends = Instant::now() + TALK;
        while Instant::now() < ends {
            let _ = until(&mut socket, CONSOLE_BEAT.min(ends - Instant::now()), |_| false).await;
            say(&mut socket, ping()).await.ok()?;
        }
        say(&mut socket, json!({"topic":"window","type":"hang_up","key":key()})).await.ok()?;
        let draft = json!({"item":item,"kind":"answer","result":"answered","note":"","next_step":""});
        say(&mut socket, json!({"topic":"record","type":"save","key":key(),"visit":visit,"draft":draft})).await.ok()?;
        say(&mut socket, json!({"topic":"window","type":"finish","key":key()})).await.ok()?;
    }
}
