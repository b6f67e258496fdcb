//! Groups of roles that talk to each other.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::r2;
use crate::role::{Group, Mark, Place, Role, Stayed};

/// What is asked for: the script and how often it is played.
pub struct Plan {
    script: Value,
    names: Vec<String>,
    /// The role whose rounds are timed.
    timed: String,
    groups: usize,
    rate: f64,
    pub auto: Vec<(String, String)>,
    pub pad: String,
    pub base: String,
    pub wait: Duration,
}

impl Plan {
    fn of(a: &Args) -> Plan {
        let text = std::fs::read_to_string(a.get("file").expect("--file")).expect("script file");
        let script: Value = serde_json::from_str(&text).expect("script JSON");
        let pair = |p: &Value| Some((p[0].as_str()?.to_string(), p[1].as_str()?.to_string()));
        let names: Vec<String> = script["roles"].as_object().expect("roles").keys().cloned().collect();
        Plan {
            timed: script["timed"].as_str().unwrap_or(&names[0]).to_string(),
            groups: a.num("groups", 10.0) as usize,
            rate: a.num("rate", 0.0),
            auto: script["auto"].as_array().into_iter().flatten().filter_map(pair).collect(),
            pad: "x".repeat(a.num("pad", 200.0) as usize),
            base: a.str("base", ""),
            wait: Duration::from_secs_f64(a.num("timeout", 20.0)),
            names,
            script,
        }
    }

    pub fn role(&self, name: &str) -> &Value {
        &self.script["roles"][name]
    }
}

/// What was seen so far, by everybody together; times in milliseconds.
#[derive(Default)]
struct Seen {
    rounds_ms: Mutex<Vec<f64>>,
    opens_ms: Mutex<Vec<f64>>,
    spans_ms: Mutex<HashMap<String, Vec<f64>>>,
    errors: Mutex<HashMap<String, usize>>,
    rounds: AtomicU64,
    ready: AtomicUsize,
    /// When the first round begins, once everybody is there.
    go: OnceLock<Instant>,
    stop: AtomicBool,
}

impl Seen {
    fn error(&self, error: String) {
        *self.errors.lock().unwrap().entry(error).or_insert(0) += 1;
    }

    fn round(&self, ms: f64) {
        self.rounds_ms.lock().unwrap().push(ms);
        self.rounds.fetch_add(1, Relaxed);
    }

    /// The time from each mark of `name`'s round to the next.
    fn spans(&self, name: &str, marks: &[Mark]) {
        if marks.len() < 2 {
            return;
        }
        let mut spans = self.spans_ms.lock().unwrap();
        for w in marks.windows(2) {
            spans
                .entry(format!("{name}:{}", w[1].0))
                .or_default()
                .push((w[1].1 - w[0].1).as_secs_f64() * 1e3);
        }
    }

    async fn stopped(&self) {
        while !self.stop.load(Relaxed) {
            tokio::time::sleep(Duration::from_millis(50)).await
        }
    }
}

/// --file s.json --groups G --secs S --rate R (loops per second over all groups; 0 = back to back)
pub async fn script(a: Arc<Args>) -> Value {
    let plan = Arc::new(Plan::of(&a));
    let seen = Arc::new(Seen::default());
    let secs = a.num("secs", 10.0);
    let pid = a.num("pid", 0.0) as u32;
    let p0 = proc_tree(pid);
    seat(&plan, &seen, a.num("conc", 16.0) as usize * plan.names.len()).await;
    let t_open = Instant::now();
    while seen.ready.load(Relaxed) < plan.groups * plan.names.len() && t_open.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (p1, m1) = (proc_tree(pid), machine());
    seen.go.get_or_init(|| Instant::now() + Duration::from_millis(50));
    let t0 = Instant::now();
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
    let n = seen.rounds.load(Relaxed);
    let (p2, m2) = (proc_tree(pid), machine());
    let el = t0.elapsed().as_secs_f64();
    seen.stop.store(true, Relaxed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut l = seen.rounds_ms.lock().unwrap().clone();
    let mut o = seen.opens_ms.lock().unwrap().clone();
    let mut sp = serde_json::Map::new();
    for (k, v) in seen.spans_ms.lock().unwrap().iter_mut() {
        sp.insert(k.clone(), pct(v));
    }
    let e = seen.errors.lock().unwrap().clone();
    json!({"bench":"ws-script","file":a.get("file"),"groups":plan.groups,"roles":plan.names,"rate_asked":plan.rate,"loops":n,"loops_per_s":(n as f64/el*10.0).round()/10.0,
        "loop_ms":pct(&mut l),"open_ms":pct(&mut o),"spans_ms":sp,"errors":e,
        "server":{"rss_before_kib":p0.rss_kib,"rss_open_kib":p1.rss_kib,"rss_end_kib":p2.rss_kib,
        "cpu_us_per_loop":((p2.cpu_s-p1.cpu_s)*1e6/n.max(1) as f64).round(),"cpu_cores":r2((p2.cpu_s-p1.cpu_s)/el)},
        "machine_busy":busy_between(m1,m2)})
}

/// Begins everybody's day, `conc` of them opening at a time.
async fn seat(plan: &Arc<Plan>, seen: &Arc<Seen>, conc: usize) {
    let sem = Arc::new(Semaphore::new(conc));
    for i in 0..plan.groups {
        let group = Arc::new(Group::default());
        for name in &plan.names {
            let permit = sem.clone().acquire_owned().await.unwrap();
            let at = Place {
                plan: plan.clone(),
                group: group.clone(),
                name: name.clone(),
                i,
            };
            tokio::spawn(play(at, seen.clone(), permit));
        }
    }
}

async fn play(at: Place, seen: Arc<Seen>, permit: OwnedSemaphorePermit) {
    let opened = Role::open(at).await;
    if let Ok((_, ms)) = &opened {
        seen.opens_ms.lock().unwrap().push(*ms);
    }
    drop(permit);
    seen.ready.fetch_add(1, Relaxed);
    let role = match opened {
        Ok((role, _)) => role,
        Err(e) => return seen.error(format!("open {e}")),
    };
    let go = loop {
        match seen.go.get() {
            Some(go) => break *go,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    if let Err(e) = rounds(role, &seen, go).await {
        seen.error(format!("loop {e}"));
    }
}

/// One round after another, until all stop or the connection of somebody who only listens is closed.
async fn rounds(mut role: Role, seen: &Seen, go: Instant) -> Result<(), String> {
    let plan = role.at.plan.clone();
    let name = role.at.name.clone();
    let steps = &plan.role(&name)["loop"];
    let only_stays = steps.as_array().is_none_or(|x| x.is_empty());
    let is_timed = name == plan.timed;
    let mut seq = 0u64;
    while !seen.stop.load(Relaxed) {
        seq += 1;
        let mut t = Instant::now();
        if is_timed && plan.rate > 0.0 {
            // open loop: the wait for a late start counts as latency
            let per = plan.groups as f64 / plan.rate;
            t = go + Duration::from_secs_f64(per * (role.at.i as f64 / plan.groups as f64 + (seq - 1) as f64));
            tokio::time::sleep_until(t.into()).await;
            if seen.stop.load(Relaxed) {
                break;
            }
        }
        let mut marks = vec![("start".to_string(), t)];
        tokio::select! {
            done = role.take(steps, seq, &mut marks) => done?,
            _ = seen.stopped() => break,
        }
        if is_timed {
            seen.round(t.elapsed().as_secs_f64() * 1e3);
        }
        seen.spans(&name, &marks);
        if only_stays && !is_still_there(&mut role, seen).await {
            break;
        }
    }
    Ok(())
}

/// Hears and answers until it is quiet for a moment or all stop; whether the connection is still there.
async fn is_still_there(role: &mut Role, seen: &Seen) -> bool {
    loop {
        match role.stay(Duration::from_millis(200)).await {
            Stayed::Heard if !seen.stop.load(Relaxed) => {}
            Stayed::Heard | Stayed::Silence => return true,
            Stayed::Closed => return false,
        }
    }
}
