//! Windows serve the whole line.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use load::hall_client::{key, open, say, staff_ticket, until, Socket, Target};
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::time::MissedTickBehavior;

use crate::{join_all, ping, BEAT};

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

pub async fn drain(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 2000.0) as usize, a.num("pid", 0.0) as u32);
    let item = a.str("item", "YANGBENXXXXXXXXX015209900001000");
    let m0 = machine();
    let joined = join_all(&target, n, 32).await;
    let seen = Arc::new(Mutex::new(vec![]));
    let people: Vec<_> = joined.waiters.into_iter().map(|waiter| tokio::spawn(citizen(waiter.socket, waiter.visit, seen.clone()))).collect();
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
