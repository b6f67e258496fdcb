//! One browser asks for thousands of numbers, while others come as usual.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use load::hall_client::{take_number, Http, Target};
use load::{busy_between, machine, pct, Args};
use serde_json::{json, Value};

/// Requests of the flood under way at once.
const AT_ONCE: usize = 64;
/// An honest number given later has not been given in time.
const IN_TIME_MS: f64 = 2_000.0;

pub async fn flood(a: &Args, target: Target) -> Value {
    let (n, honest, rate) = (a.num("n", 10_000.0) as usize, a.num("honest", 500.0) as usize, a.num("rate", 20.0));
    let m0 = machine();
    let mut http = Http::open(&target, 0).await.expect("the server answers");
    let first = take_number(&target, &mut http, None).await.expect("the first number");
    let numbers = Arc::new(Mutex::new(BTreeSet::from([first.visit["id"].to_string()])));
    let left = Arc::new(Mutex::new(n));
    let began = Instant::now();
    let flooders: Vec<_> = (0..AT_ONCE)
        .map(|_| tokio::spawn(flooder(target.clone(), first.cookie.clone(), left.clone(), numbers.clone())))
        .collect();
    let others: Vec<_> = (0..honest)
        .map(|i| {
            let target = target.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs_f64(i as f64 / rate)).await;
                let t = Instant::now();
                let mut http = Http::open(&target, i + 1).await.ok()?;
                take_number(&target, &mut http, None).await.ok()?;
                Some(t.elapsed().as_secs_f64() * 1e3)
            })
        })
        .collect();
    let mut refused = 0;
    for flooder in flooders {
        refused += flooder.await.unwrap_or_default();
    }
    let flood_s = began.elapsed().as_secs_f64();
    let mut ms = vec![];
    for other in others {
        ms.extend(other.await.ok().flatten());
    }
    let in_time = ms.iter().filter(|ms| **ms <= IN_TIME_MS).count();
    let numbers = numbers.lock().unwrap().len();
    json!({"bench":"hall-flood","n":n,"numbers":numbers,"refused":refused,"flood_secs":flood_s,"honest":honest,"honest_in_time":in_time,
        "honest_ms":pct(&mut ms),"machine_busy":busy_between(m0,machine())})
}

/// Asks with the one cookie until nothing is left to ask; gives how often it was refused. It stays the first: a browser whose
/// requests cross brings used-up ones, and is taken for a thief (T03).
async fn flooder(target: Target, cookie: String, left: Arc<Mutex<usize>>, numbers: Arc<Mutex<BTreeSet<String>>>) -> usize {
    let (mut refused, mut http) = (0, None);
    loop {
        {
            let mut left = left.lock().unwrap();
            if *left == 0 {
                return refused;
            }
            *left -= 1;
        }
        if http.is_none() {
            http = Http::open(&target, 0).await.ok();
        }
        let Some(open) = http.as_mut() else {
            refused += 1;
            continue;
        };
        match take_number(&target, open, Some(&cookie)).await {
            Ok(taken) => {
                numbers.lock().unwrap().insert(taken.visit["id"].to_string());
            }
            Err(_) => {
                refused += 1;
                http = None;
            }
        }
    }
}
