//! CPU of one small durable write on this disk: one row and its index, WAL, synchronous=FULL, one transaction each. The log is as
//! long as SQLite has it: with ours, which is longer and grows for most of these few writes, one costs half as much again, and the
//! floor is the cheaper.
//! write_floor FOLDER [COUNT]
use load::{busy_between, machine};
use rusqlite::{params, Connection};
use serde_json::json;

fn process_cpu() -> f64 {
    // SAFETY: clock_gettime fills the timespec it is given.
    unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t);
        t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
    }
}

fn main() -> rusqlite::Result<()> {
    let folder = std::env::args().nth(1).expect("write_floor FOLDER [COUNT]");
    let count: u32 = std::env::args().nth(2).map_or(2000, |n| n.parse().expect("a number"));
    let path = std::path::Path::new(&folder).join("floor.db");
    let db = Connection::open(&path)?;
    db.execute_batch(
        "pragma journal_mode=wal; pragma synchronous=full;
         create table visits (hall text not null, id text not null, number text not null, state text not null, data text not null, primary key (hall, id));
         create unique index by_number on visits (hall, number);",
    )?;
    let mut insert = db.prepare("insert into visits (hall, id, number, state, data) values ($1, $2, $3, $4, $5)")?;
    let data = "x".repeat(600);
    let (m, began) = (machine(), process_cpu());
    for i in 0..count {
        db.execute_batch("begin immediate")?;
        insert.execute(params!["xinqu", format!("{i:022}"), format!("A{i}"), "waiting", data])?;
        db.execute_batch("commit")?;
    }
    let us = (process_cpu() - began) * 1e6 / f64::from(count);
    println!("{}", json!({"bench":"write-floor","writes":count,"cpu_us_per_write":us.round(),"machine_busy":busy_between(m, machine())}));
    std::fs::remove_file(path).ok();
    Ok(())
}
