//! Acknowledged operations a second on SQLite, beside a floor that writes the same rows and bytes in the same batches
//! with statements prepared once and no house around them. One JSON object a line.
//!
//! `cargo run --release -p yunyiban-store --example durable_ops`

mod machine;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use machine::Machine;
use rusqlite::{Connection, params};
use yunyiban_app::ports::store::{ChainedEvent, HallBatch, NewHall, Store};
use yunyiban_core::{Actor, Done, Event, HallRules, Row, Subject, TokenHash, Visit};
use yunyiban_protocol::{HallId, RequestKey, Timestamp};
use yunyiban_store::SqliteStore;
use yunyiban_store::testing::Scratch;

/// Rounds of ours and the floor in turns, so that a busy moment of the machine meets both.
const ROUNDS: u32 = 8;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    for (batches, operations) in [(100, 1), (10, 200)] {
        let machine = Machine::look();
        let (ours, floor) = compare(batches, operations).await;
        let (value, floor) = (per_second(batches * operations, ours), per_second(batches * operations, floor));
        let (ratio, busy) = (value / floor, machine.busy_since());
        println!(
            r#"{{"name":"durable_ops","at_once":{operations},"value":{value:.0},"unit":"operations/s","floor":{floor:.0},"ratio":{ratio:.2},"bar":0.5,"machine_busy":{busy:.3}}}"#
        );
    }
    let machine = Machine::look();
    let (halls, busy) = (many_halls().await, machine.busy_since());
    println!(r#"{{"name":"durable_ops_of_200_halls","value":{halls:.0},"unit":"operations/s","floor":null,"ratio":null,"machine_busy":{busy:.3}}}"#);
}

fn per_second(operations: u32, took: Duration) -> f64 {
    f64::from(operations * ROUNDS) / took.as_secs_f64()
}

/// The time ours and the floor take for the same batches.
async fn compare(batches: u32, operations: u32) -> (Duration, Duration) {
    let folder = Scratch::new();
    let (ours_path, floor_path) = (folder.path("ours.db"), folder.path("floor.db"));
    // The floor's file is made by the same migrations and then left to it.
    drop(new_store(&floor_path).await);
    let ours = new_store(&ours_path).await;
    let mut floor = Floor::open(&floor_path);
    let (mut ours_took, mut floor_took) = (Duration::ZERO, Duration::ZERO);
    let mut desk = Desk::new("xinqu", ours.take_hall(&HallId::new("xinqu")).await.expect("the hall is there").epoch);
    for _ in 0..ROUNDS {
        let round: Vec<HallBatch> = (0..batches).map(|_| desk.take_numbers(operations)).collect();
        let again = round.clone();
        let start = Instant::now();
        for batch in round {
            ours.commit(batch).await.expect("the disk has room");
        }
        ours_took += start.elapsed();
        let start = Instant::now();
        for batch in &again {
            floor.commit(batch).expect("the disk has room");
        }
        floor_took += start.elapsed();
    }
    (ours_took, floor_took)
}

/// 200 halls each store one operation at the same moment: they share transactions.
async fn many_halls() -> f64 {
    let folder = Scratch::new();
    let store = Arc::new(SqliteStore::open(&folder.path("halls.db")).await.expect("the folder can be written"));
    let mut desks = Vec::new();
    for number in 0..200 {
        let id = format!("hall-{number}");
        store.create_hall(&new_hall(&id)).await.expect("the hall is new");
        desks.push(Desk::new(
            &id,
            store.take_hall(&HallId::new(id.as_str())).await.expect("the hall is there").epoch,
        ));
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let commits: Vec<_> = desks
            .iter_mut()
            .map(|desk| {
                let (store, batch) = (store.clone(), desk.take_numbers(1));
                tokio::spawn(async move { store.commit(batch).await })
            })
            .collect();
        for commit in commits {
            commit.await.expect("no panic").expect("the disk has room");
        }
    }
    per_second(200, start.elapsed())
}

async fn new_store(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).await.expect("the folder can be written");
    store.create_hall(&new_hall("xinqu")).await.expect("the hall is new");
    store
}

fn new_hall(id: &str) -> NewHall {
    let (id, name, telephone) = (HallId::new(id), "新区街道便民服务中心".into(), "12345".into());
    NewHall {
        id,
        name,
        telephone,
        demo_notice: None,
        rules: HallRules::default(),
        windows: Vec::new(),
    }
}

/// Takes numbers as a hall does: an event, a visit, its token and the reply to its request.
struct Desk {
    hall: HallId,
    epoch: u32,
    seq: u32,
}

impl Desk {
    fn new(hall: &str, epoch: u32) -> Self {
        Self {
            hall: HallId::new(hall),
            epoch,
            seq: 0,
        }
    }

    fn take_numbers(&mut self, count: u32) -> HallBatch {
        let old_seq = self.seq;
        let (mut events, mut rows) = (Vec::new(), Vec::new());
        for seq in old_seq + 1..=old_seq + count {
            let visit = Box::new(visit(seq));
            let after = Subject::Visit { visit: visit.clone() };
            let actor = Actor::Citizen(visit.id.clone());
            let event = Event {
                seq,
                at: visit.joined_at,
                actor,
                cause: "took_number".into(),
                before: None,
                after,
            };
            let json = serde_json::to_string(&event).expect("events serialize");
            events.push(ChainedEvent {
                event,
                json,
                prev_hash: format!("{:064x}", seq - 1),
                hash: format!("{seq:064x}"),
            });
            rows.push(Row::Token {
                visit: visit.id.clone(),
                token: TokenHash::new(&format!("{seq:064x}")),
                previous: None,
            });
            let done = Done::Visit {
                visit: visit.id.clone(),
                resumed: false,
            };
            let key = RequestKey::new(format!("request-{seq:014}"));
            rows.push(Row::Request {
                scope: visit.id.to_string(),
                key,
                done,
                at: visit.joined_at,
            });
            rows.push(Row::Visit(visit));
        }
        self.seq += count;
        HallBatch {
            hall: self.hall.clone(),
            epoch: self.epoch,
            old_seq,
            events,
            rows,
            deliveries: Vec::new(),
        }
    }
}

fn visit(number: u32) -> Visit {
    let text = format!(
        r#"{{"id":"visit-{number:016}","queue":"a","number":"A{number}","reference":"0417","item":"11350000003591037R4442125015000",
        "notice_version":"2026-11","device":"wechat_android","joined_at":1795395600000,
        "order":{{"band":1,"effective":1795395600000,"seq":{number}}},
        "state":{{"is":"waiting","since":1795395600000,"not_before":null,"skip_until_ring":null}},
        "skipped":0,"returns":0,"waited_once":false,"sticky":null,"last_window":null,"ringing_since":null,"served_at":null,"served_by":null,
        "shares":[],"chat_lines":0,"pictures":0,"record_versions":0,"rating_invited":false,"rating":null}}"#
    );
    serde_json::from_str(&text).expect("a waiting visit")
}

/// The same rows through one connection, one prepared statement a row.
struct Floor {
    connection: Connection,
}

impl Floor {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the file is there");
        connection
            .execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000")
            .expect("pragmas are known");
        Self { connection }
    }

    fn commit(&mut self, batch: &HallBatch) -> rusqlite::Result<()> {
        let hall = batch.hall.as_str();
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let last = batch.events.last().expect("every batch here has events");
        let fence = "update halls set seq = ?1, last_hash = ?2 where id = ?3 and seq = ?4";
        let fenced = transaction
            .prepare_cached(fence)?
            .execute(params![last.event.seq, last.hash, hall, batch.old_seq])?;
        assert_eq!(fenced, 1);
        for stored in &batch.events {
            let Event {
                seq,
                at,
                actor,
                cause,
                after,
                ..
            } = &stored.event;
            let (Subject::Visit { visit }, Actor::Citizen(citizen)) = (after, actor) else {
                unreachable!("numbers are taken here")
            };
            let insert = "insert into events (hall, seq, at_ms, actor, cause, subject, visit, window_id, body, prev_hash, hash) \
                values (?1, ?2, ?3, ?4, ?5, 'visit', ?6, null, ?7, ?8, ?9)";
            let actor = format!("citizen:{citizen}");
            let values = params![
                hall,
                seq,
                at.as_millis(),
                actor,
                cause,
                visit.id.as_str(),
                stored.json,
                stored.prev_hash,
                stored.hash
            ];
            transaction.prepare_cached(insert)?.execute(values)?;
        }
        for rows in batch.rows.chunks(3) {
            let [Row::Token { token, .. }, Row::Request { scope, key, done, at }, Row::Visit(visit)] = rows else {
                unreachable!("as the desk made them")
            };
            insert_visit(&transaction, hall, visit, token)?;
            insert_request(&transaction, hall, (scope, key), done, *at)?;
        }
        transaction.commit()
    }
}

fn insert_visit(connection: &Connection, hall: &str, visit: &Visit, token: &TokenHash) -> rusqlite::Result<usize> {
    let insert = "insert into visits (hall, id, queue, number, number_value, day, joined_at_ms, state, order_band, order_effective_ms, \
        order_seq, token_hash, body) values (?1, ?2, ?3, ?4, ?5, 20780, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let body = serde_json::to_string(visit).expect("visits serialize");
    let (id, queue, order, state) = (visit.id.as_str(), visit.queue.as_str(), visit.order, visit.state.name());
    let (joined_at, effective) = (visit.joined_at.as_millis(), order.effective.as_millis());
    let values = params![
        hall,
        id,
        queue,
        visit.number.as_str(),
        order.seq,
        joined_at,
        state,
        order.band,
        effective,
        order.seq,
        token.text(),
        body
    ];
    connection.prepare_cached(insert)?.execute(values)
}

fn insert_request(connection: &Connection, hall: &str, asked: (&str, &RequestKey), done: &Done, at: Timestamp) -> rusqlite::Result<usize> {
    let insert = "insert into requests (hall, scope, key, done, at_ms) values (?1, ?2, ?3, ?4, ?5)";
    let done = serde_json::to_string(done).expect("replies serialize");
    connection
        .prepare_cached(insert)?
        .execute(params![hall, asked.0, asked.1.as_str(), done, at.as_millis()])
}
