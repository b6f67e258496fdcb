//! A full hall: thousands wait, hundreds of windows serve, and people keep coming.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use load::hall_client::Target;
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::Notify;

use crate::citizens::{first_beat, join_all, stay, Kept};
use crate::settle;
use crate::windows::sit_down;

/// How long a talk lasts.
const TALK: Duration = Duration::from_secs(10);

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
        let (accepts, id) = (accepts.clone(), waiter.visit["id"].as_str().unwrap_or("").to_owned());
        tokio::spawn(stay(waiter.socket, waiter.visit, first_beat(i, held), move |told| {
            if matches!(told["visit"]["status"]["state"].as_str(), Some("connecting" | "serving")) {
                accepts.lock().unwrap().note(&id);
            }
        }));
    }
    let start = Arc::new(Notify::new());
    let (mut nth, most) = (0.0, a.str("staff", "").split(',').count() as f64);
    let (windows, trouble) = sit_down(a, &target, |mut window| {
        let (start, accepts) = (start.clone(), accepts.clone());
        // Windows accept at any moment of a talk of others, not all at one.
        let later = TALK.mul_f64(nth / most);
        nth += 1.0;
        tokio::spawn(async move {
            let turn = async {
                start.notified().await;
                tokio::time::sleep(later).await;
            };
            window.begin(turn).await?;
            let note = |visit: &str| {
                accepts.lock().unwrap().said.insert(visit.to_owned(), Instant::now());
            };
            window.serve(Duration::MAX, TALK, note).await
        });
    })
    .await;
    let settled_s = settle(pid).await;
    let (p0, m0) = (proc_tree(pid), machine());
    tokio::time::sleep(Duration::from_secs_f64(idle)).await;
    let (p1, m1) = (proc_tree(pid), machine());
    start.notify_waiters();
    let (mut taken_ms, refused) = arrivals(&target, rate, secs).await;
    let (p2, m2) = (proc_tree(pid), machine());
    let mut accepts = std::mem::take(&mut accepts.lock().unwrap().told_ms);
    json!({"bench":"hall-rush","n":n,"held":held,"windows":windows,"errors":joined.errors,"trouble":trouble,"rate":rate,"taken":taken_ms.len(),
        "refused":refused,"take_number_ms":pct(&mut taken_ms),"accepts":accepts.len(),"accept_told_ms":pct(&mut accepts),
        "settled_secs":settled_s,"idle_cpu_percent":(p1.cpu_s-p0.cpu_s)*100.0/idle,"rush_cpu_percent":(p2.cpu_s-p1.cpu_s)*100.0/secs,
        "rss_kib":p2.rss_kib,"machine_busy_idle":busy_between(m0,m1),"machine_busy":busy_between(m1,m2)})
}

/// People who come at a rate, each when it is time, however slow the answers are; gives what those waited who got a number, and how
/// many did not.
async fn arrivals(target: &Target, rate: f64, secs: f64) -> (Vec<f64>, usize) {
    let (began, kept) = (tokio::time::Instant::now(), Kept::of(target));
    let mut tasks = vec![];
    for i in 0..(rate * secs) as usize {
        tokio::time::sleep_until(began + Duration::from_secs_f64(i as f64 / rate)).await;
        let kept = kept.clone();
        tasks.push(tokio::spawn(async move {
            let t = Instant::now();
            kept.take_number(i).await.map(|_| t.elapsed().as_secs_f64() * 1e3)
        }));
    }
    let mut ms = vec![];
    for task in &mut tasks {
        ms.extend(task.await.ok().and_then(Result::ok));
    }
    let refused = tasks.len() - ms.len();
    (ms, refused)
}
