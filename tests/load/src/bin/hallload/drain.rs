//! Windows serve the whole line. They are on duty before it forms, and take nobody by themselves until all have come: what a line is
//! told does not depend on whether anybody is there.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use load::hall_client::Target;
use load::{busy_between, machine, pct, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::watch;

use crate::citizens::{first_beat, join_all, stay, Waiter};
use crate::windows::sit_down;

/// A window that is not rung for so long has nobody left to serve.
const NOBODY: Duration = Duration::from_secs(8);

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

    fn hear(&mut self, told: &Value) {
        let status = &told["visit"]["status"];
        let state = status["state"].as_str().unwrap_or("place");
        if self.rung_at.is_none() && matches!(state, "ringing" | "connecting" | "serving") {
            self.rung_at = told["seq"].as_u64();
        }
        if self.rung_at.is_none() {
            self.messages += 1;
            let place = if state == "place" { &told["place"] } else { &status["place"] };
            if !place.is_null() {
                self.last_ahead = place["ahead"].clone();
            }
        }
    }
}

/// One citizen of the drain, who counts what it is told.
async fn citizen(waiter: Waiter, first: Duration) -> Seen {
    let number = waiter.visit["number"]
        .as_str()
        .and_then(|n| n.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok())
        .unwrap_or(0);
    let mut seen = Seen {
        number,
        messages: 0,
        last_ahead: waiter.visit["status"]["place"]["ahead"].clone(),
        rung_at: None,
    };
    stay(waiter.socket, waiter.visit, first, |told| seen.hear(told)).await;
    seen
}

pub async fn drain(a: &Args, target: Target) -> Value {
    let (n, pid) = (a.num("n", 2000.0) as usize, a.num("pid", 0.0) as u32);
    let m0 = machine();
    let (start, all_came) = watch::channel(false);
    let (served, mut windows) = (Arc::new(Mutex::new(0)), vec![]);
    let (_, mut trouble) = sit_down(a, &target, |mut window| {
        let (served, mut all_came) = (served.clone(), all_came.clone());
        windows.push(tokio::spawn(async move {
            window.is(json!({"is":"on_demand"})).await?;
            window.begin(async move { drop(all_came.wait_for(|came| *came).await) }).await?;
            *served.lock().unwrap() += window.serve(NOBODY, Duration::ZERO, |_| {}).await?;
            Ok::<_, String>(())
        }));
    })
    .await;
    let joined = join_all(&target, n, 32).await;
    let people: Vec<_> = joined
        .waiters
        .into_iter()
        .enumerate()
        .map(|(i, waiter)| tokio::spawn(citizen(waiter, first_beat(i, n))))
        .collect();
    let (p0, began) = (proc_tree(pid), Instant::now());
    start.send_replace(true);
    for window in windows {
        if let Ok(Err(e)) = window.await {
            trouble.push(e);
        }
    }
    let (p1, secs) = (proc_tree(pid), began.elapsed().as_secs_f64());
    let mut seen = vec![];
    for person in people {
        seen.extend(tokio::time::timeout(Duration::from_secs(2), person).await.ok().and_then(Result::ok));
    }
    let mut counts: Vec<f64> = seen.iter().filter(|s| s.rung_at.is_some()).map(|s| s.messages as f64).collect();
    let exact = seen.iter().filter(|s| s.rung_at.is_some() && s.was_exact(&seen)).count();
    let mean = counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    let served = *served.lock().unwrap();
    json!({"bench":"hall-drain","n":n,"errors":joined.errors,"trouble":trouble,"served":served,"reached":counts.len(),
        "messages_mean":(mean*100.0).round()/100.0,"messages":pct(&mut counts),"last_place_exact":exact,
        "cpu_us_per_served":((p1.cpu_s-p0.cpu_s)*1e6/served.max(1) as f64).round(),"secs":secs,"machine_busy":busy_between(m0,machine())})
}
