//! Every socket is lost at once, and everybody comes back.
use std::sync::Arc;
use std::time::{Duration, Instant};

use load::hall_client::{open, resume, Socket, Target};
use load::{busy_between, machine, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::Semaphore;

use crate::citizens::{join_all, Kept, Waiter};
use crate::settle;

/// One who comes back: the cookie of last time, and the number of the visit.
#[derive(Clone)]
struct Lost {
    cookie: String,
    visit: Value,
}

/// The shortest delay of a page, with its upper half drawn by chance, doubled with each try (web/kit/connection, `backoffMs`).
const FIRST_DELAY_MS: u64 = 500;
const LONGEST_DELAY_MS: u64 = 15_000;

pub async fn storm(a: &Args, target: Target) -> Value {
    let (n, pid, conc) = (a.num("n", 5_000.0) as usize, a.num("pid", 0.0) as u32, a.num("conc", 64.0) as usize);
    let joined = join_all(&target, n, conc).await;
    let held = joined.waiters.len();
    let people = lose(joined.waiters, pid).await;

    // Without chance: as many at a time as the floor's handshakes.
    let (p0, m0, t0) = (proc_tree(pid), machine(), Instant::now());
    let back = come_back(&target, people, Some(conc)).await;
    let (p1, m1, straight_s) = (proc_tree(pid), machine(), t0.elapsed().as_secs_f64());
    let (returned, second) = (back.len(), back.iter().filter(|(_, same)| !same).count());

    // As pages do.
    let people = lose(back.into_iter().map(|(waiter, _)| waiter).collect(), pid).await;
    let t1 = Instant::now();
    let again = come_back(&target, people, None).await;
    json!({"bench":"hall-storm","n":n,"held":held,"errors":joined.errors,"returned":returned,"second_visits":second + again.iter().filter(|(_, same)| !same).count(),
        "cpu_us_per_resume":((p1.cpu_s-p0.cpu_s)*1e6/returned.max(1) as f64).round(),"secs_without_chance":straight_s,
        "returned_with_chance":again.len(),"all_back_secs":t1.elapsed().as_secs_f64(),"machine_busy":busy_between(m0,m1)})
}

/// Drops all sockets at once, and lets the server find out.
async fn lose(waiters: Vec<Waiter>, pid: u32) -> Vec<Lost> {
    let (people, sockets): (Vec<Lost>, Vec<Socket>) = waiters
        .into_iter()
        .map(|w| {
            (
                Lost {
                    cookie: w.cookie,
                    visit: w.visit,
                },
                w.socket,
            )
        })
        .unzip();
    drop(sockets);
    settle(pid).await;
    people
}

/// Everybody back on a socket, with whether it is the same visit. `conc`: so many at a time, else each by its own clock.
async fn come_back(target: &Target, people: Vec<Lost>, conc: Option<usize>) -> Vec<(Waiter, bool)> {
    let gate = Arc::new(Semaphore::new(conc.unwrap_or(Semaphore::MAX_PERMITS)));
    let kept = Kept::of(target);
    let mut tasks = vec![];
    for (i, lost) in people.into_iter().enumerate() {
        let (target, gate, kept) = (target.clone(), gate.clone(), kept.clone());
        tasks.push(tokio::spawn(async move {
            let mut tries = 0;
            loop {
                if conc.is_none() {
                    tokio::time::sleep(delay(tries)).await;
                }
                let _permit = gate.acquire().await.ok()?;
                match try_once(&target, i, &lost, &kept).await {
                    Ok(back) => return Some(back),
                    Err(_) if tries < 20 => tries += 1,
                    Err(_) => return None,
                }
            }
        }));
    }
    let mut back = vec![];
    for task in tasks {
        back.extend(task.await.ok().flatten());
    }
    back
}

async fn try_once(target: &Target, i: usize, lost: &Lost, kept: &Kept) -> Result<(Waiter, bool), String> {
    let mut http = kept.take(i).await?;
    let taken = resume(target, &mut http, &lost.cookie).await?;
    kept.give(http);
    let (socket, _) = open(target, i, &taken.ticket, &taken.seq).await?;
    let same = taken.visit["id"] == lost.visit["id"];
    Ok((
        Waiter {
            visit: taken.visit,
            cookie: taken.cookie,
            socket,
        },
        same,
    ))
}

fn delay(tries: u32) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    let step = (FIRST_DELAY_MS << tries.min(5)).min(LONGEST_DELAY_MS);
    let chance = std::collections::hash_map::RandomState::new().build_hasher().finish() % (step / 2 + 1);
    Duration::from_millis(step / 2 + chance)
}
