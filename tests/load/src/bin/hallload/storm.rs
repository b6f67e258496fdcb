//! Every socket is lost at once, and everybody comes back.
use std::sync::Arc;
use std::time::{Duration, Instant};

use load::hall_client::{open, open_again, resume, Back, Socket, Target};
use load::{busy_between, machine, proc_tree, Args};
use serde_json::{json, Value};
use tokio::sync::Semaphore;

use crate::citizens::{join_all, Kept, Waiter};
use crate::settle;

/// One who comes back: what the page held of last time, and the visit.
#[derive(Clone)]
struct Lost {
    cookie: String,
    back: Option<Back>,
    visit: Value,
}

/// One who came back.
struct Returned {
    waiter: Waiter,
    /// It is not another visit, as far as the page was told.
    same: bool,
    /// By a request with the cookie, not by the ticket of the last welcome.
    asked: bool,
}

/// The shortest delay of a page, with its upper half drawn by chance, doubled with each try (web/kit/connection, `backoffMs`).
const FIRST_DELAY_MS: u64 = 500;
const LONGEST_DELAY_MS: u64 = 15_000;

pub async fn storm(a: &Args, target: Target) -> Value {
    let (n, pid, conc) = (a.num("n", 5_000.0) as usize, a.num("pid", 0.0) as u32, a.num("conc", 64.0) as usize);
    let joined = join_all(&target, n, conc).await;
    let held = joined.waiters.len();
    let people = lose(joined.waiters, pid).await;

    let m0 = machine();
    let by_ticket = straight(&target, people, conc, pid).await;
    let m1 = machine();

    // As after a restart of the server, which knows no tickets: each by a request with the cookie.
    let mut people = lose(by_ticket.back, pid).await;
    for lost in &mut people {
        lost.back = None;
    }
    let by_request = straight(&target, people, conc, pid).await;

    // As pages do.
    let people = lose(by_request.back, pid).await;
    let t1 = Instant::now();
    let again = come_back(&target, people, None).await;
    let all_back_s = t1.elapsed().as_secs_f64();
    let second = by_ticket.second + by_request.second + again.iter().filter(|back| !back.same).count() + led_elsewhere(&target, &again).await;
    json!({"bench":"hall-storm","n":n,"held":held,"errors":joined.errors,"returned":by_ticket.returned,"returned_by_asking":by_ticket.asked,
        "second_visits":second,"cpu_us_per_resume":by_ticket.cpu_us,"secs_without_chance":by_ticket.secs,
        "returned_by_request":by_request.returned,"cpu_us_per_request":by_request.cpu_us,
        "returned_with_chance":again.len(),"all_back_secs":all_back_s,"machine_busy":busy_between(m0,m1)})
}

/// A return of everybody without chance.
struct Straight {
    back: Vec<Waiter>,
    returned: usize,
    asked: usize,
    /// Whoever found another visit.
    second: usize,
    /// What one return cost the server.
    cpu_us: f64,
    secs: f64,
}

/// As many at a time as the floor's handshakes.
async fn straight(target: &Target, people: Vec<Lost>, conc: usize, pid: u32) -> Straight {
    let (before, began) = (proc_tree(pid), Instant::now());
    let back = come_back(target, people, Some(conc)).await;
    let (after, secs) = (proc_tree(pid), began.elapsed().as_secs_f64());
    let returned = back.len();
    Straight {
        returned,
        asked: back.iter().filter(|back| back.asked).count(),
        second: back.iter().filter(|back| !back.same).count(),
        cpu_us: ((after.cpu_s - before.cpu_s) * 1e6 / returned.max(1) as f64).round(),
        secs,
        back: back.into_iter().map(|back| back.waiter).collect(),
    }
}

/// Drops all sockets at once, and lets the server find out.
async fn lose(waiters: Vec<Waiter>, pid: u32) -> Vec<Lost> {
    let (people, sockets): (Vec<Lost>, Vec<Socket>) = waiters
        .into_iter()
        .map(|w| {
            (
                Lost {
                    cookie: w.cookie,
                    back: w.back,
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

/// Everybody back on a socket. `conc`: so many at a time, else each by its own clock.
async fn come_back(target: &Target, people: Vec<Lost>, conc: Option<usize>) -> Vec<Returned> {
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

/// As a page does: by what the last welcome brought; where that opens nothing, by the cookie.
async fn try_once(target: &Target, i: usize, lost: &Lost, kept: &Kept) -> Result<Returned, String> {
    if let Some(back) = &lost.back {
        if let Ok((socket, welcome)) = open_again(target, i, &lost.cookie, back).await {
            let waiter = Waiter {
                visit: lost.visit.clone(),
                cookie: lost.cookie.clone(),
                back: Back::of(&welcome),
                socket,
            };
            let told = &welcome["visit"]["id"];
            return Ok(Returned {
                waiter,
                same: told.is_null() || *told == lost.visit["id"],
                asked: false,
            });
        }
    }
    let mut http = kept.take(i).await?;
    let taken = resume(target, &mut http, &lost.cookie).await?;
    kept.give(http);
    let (socket, welcome) = open(target, i, &taken.ticket, &taken.seq).await?;
    let same = taken.visit["id"] == lost.visit["id"];
    let waiter = Waiter {
        visit: taken.visit,
        cookie: taken.cookie,
        back: Back::of(&welcome),
        socket,
    };
    Ok(Returned { waiter, same, asked: true })
}

/// How many cookies lead to another visit than the page's own: a view that was not sent again proves nothing.
async fn led_elsewhere(target: &Target, back: &[Returned]) -> usize {
    let kept = Kept::of(target);
    let mut elsewhere = 0;
    for (i, Returned { waiter, .. }) in back.iter().enumerate() {
        let same = async {
            let mut http = kept.take(i).await?;
            let taken = resume(target, &mut http, &waiter.cookie).await?;
            kept.give(http);
            Ok::<_, String>(taken.visit["id"] == waiter.visit["id"])
        };
        elsewhere += usize::from(same.await != Ok(true));
    }
    elsewhere
}

fn delay(tries: u32) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    let step = (FIRST_DELAY_MS << tries.min(5)).min(LONGEST_DELAY_MS);
    let chance = std::collections::hash_map::RandomState::new().build_hasher().finish() % (step / 2 + 1);
    Duration::from_millis(step / 2 + chance)
}
