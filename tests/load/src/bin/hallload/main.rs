//! Citizens and windows by the thousand against a running server.
//! hallload hold  --address 127.0.0.1:8080 --hall xinqu --n 5000 --conc 64 --hold 5 --sit 600 --pid SERVER
//! hallload drain --address … --hall … --n 2000 --staff name:password,… --pid SERVER
//! hallload rush  --address … --hall … --n 10000 --staff … --rate 200 --secs 10 --idle 20 --pid SERVER
//! hallload storm --address … --hall … --n 5000 --conc 64 --pid SERVER
//! hallload flood --address … --hall … --n 10000 --honest 500 --rate 20
//! `hold`: take number + socket for N citizens, then sit; memory per citizen, CPU per joining, and what sitting costs.
//! `drain`: windows serve the whole line; every message of the citizens' `visit` topic before the ring is counted.
//! `rush`: N wait while windows serve and more arrive at a rate; how long taking a number and being told of an accept takes.
//! `storm`: all sockets are dropped at once; what coming back costs, and how soon all are there again.
//! `flood`: one browser asks for N numbers as fast as it can; how others get theirs meanwhile.
use futures_util::StreamExt;
use load::hall_client::{open, say, take_number, Http, Socket, Target};
use load::{busy_between, machine, pct, proc_tree, raise_nofile, Args};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

mod drain;
mod flood;
mod rush;
mod storm;

fn main() {
    raise_nofile();
    let command = std::env::args().nth(1).expect("hold | drain | rush | storm | flood");
    let a = Args::parse(2);
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(a.num("threads", 1.0) as usize).enable_all().build().unwrap();
    let target = Target { address: a.str("address", "127.0.0.1:8080"), hall: a.str("hall", "xinqu") };
    let out = rt.block_on(async {
        match command.as_str() {
            "hold" => hold(&a, target).await,
            "drain" => drain::drain(&a, target).await,
            "rush" => rush::rush(&a, target).await,
            "storm" => storm::storm(&a, target).await,
            "flood" => flood::flood(&a, target).await,
            x => panic!("unknown command {x}"),
        }
    });
    println!("{out}");
    std::process::exit(0); // closing thousands of sockets one by one says nothing
}

/// A citizen in line.
struct Waiter {
    visit: Value,
    cookie: String,
    socket: Socket,
}

struct Joined {
    waiters: Vec<Waiter>,
    errors: BTreeMap<String, usize>,
    ms: Vec<f64>,
    seconds: f64,
}

async fn join_all(target: &Target, n: usize, conc: usize) -> Joined {
    let gate = Arc::new(Semaphore::new(conc));
    // A page takes its number over the connection that loaded it.
    let kept = Arc::new(Mutex::new(Vec::<Http>::new()));
    let out = Arc::new(Mutex::new(Joined { waiters: vec![], errors: BTreeMap::new(), ms: vec![], seconds: 0.0 }));
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
                let taken = take_number(&target, &mut http, None).await?;
                kept.lock().unwrap().push(http);
                let (socket, _) = open(&target, i, &taken.ticket, &taken.seq).await?;
                Ok::<_, String>(Waiter { visit: taken.visit, cookie: taken.cookie, socket })
            }
            .await;
            let mut out = out.lock().unwrap();
            match joined {
                Ok(waiter) => {
                    out.ms.push(t.elapsed().as_secs_f64() * 1e3);
                    out.waiters.push(waiter);
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
    let open = joined.waiters.len();
    let held = Arc::new(AtomicUsize::new(open));
    for (i, Waiter { socket, .. }) in joined.waiters.into_iter().enumerate() {
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
