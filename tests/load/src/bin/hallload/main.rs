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
use load::hall_client::Target;
use load::{proc_tree, raise_nofile, Args};
use std::time::Duration;

mod citizens;
mod drain;
mod flood;
mod rush;
mod storm;
mod windows;

fn main() {
    raise_nofile();
    let command = std::env::args().nth(1).expect("hold | drain | rush | storm | flood");
    let a = Args::parse(2);
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(a.num("threads", 1.0) as usize)
        .enable_all()
        .build()
        .unwrap();
    let target = Target {
        address: a.str("address", "127.0.0.1:8080"),
        hall: a.str("hall", "xinqu"),
    };
    let out = rt.block_on(async {
        match command.as_str() {
            "hold" => citizens::hold(&a, target).await,
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

/// Waits until the server has done what it was left with: until a second in which it worked no less than in the one before.
/// Gives the seconds.
async fn settle(pid: u32) -> usize {
    const LONGEST: usize = 30;
    let (mut cpu_s, mut before) = (proc_tree(pid).cpu_s, f64::INFINITY);
    for second in 1..LONGEST {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = proc_tree(pid).cpu_s;
        let used = now - cpu_s;
        if used >= before {
            return second;
        }
        (cpu_s, before) = (now, used);
    }
    LONGEST
}
