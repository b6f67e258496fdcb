//! The delivery log of messages to people away from the page.

use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::{HallId, VisitId};

use crate::insert::{Insert, insert};
use crate::sql::{Fields, Script, Statement, Value, values, word};

/// What a message says stays as it was stored first, and so does how it ended: a process whose hall another has taken meanwhile may come late.
const PUT: Insert = insert!(
    "insert into deliveries (hall, id, visit, kind, ahead, slot_at_ms, at_ms, attempts, state, answer, tried_at_ms)",
    10,
    "on conflict (hall, id) do update set \
     attempts = excluded.attempts, state = excluded.state, answer = excluded.answer, tried_at_ms = excluded.tried_at_ms \
     where deliveries.state = 'waiting'"
);

const NEWEST: &str = "select id, visit, kind, at_ms, attempts, state, answer, tried_at_ms, ahead, slot_at_ms from deliveries \
    where hall = $1 \
    order by at_ms desc, id desc \
    limit $2";

const WAITING: &str = "select id, visit, kind, at_ms, attempts, state, answer, tried_at_ms, ahead, slot_at_ms from deliveries \
    where hall = $1 and state = 'waiting' \
    order by at_ms desc, id desc \
    limit $2";

pub(crate) fn put(hall: &HallId, delivery: &Delivery) -> Script {
    Script::of_hall(hall, format!("noting a delivery of hall {hall}"), rows(hall, [delivery]))
}

/// Statements that insert or replace these lines.
pub(crate) fn rows<'a>(hall: &HallId, deliveries: impl IntoIterator<Item = &'a Delivery>) -> Vec<Statement> {
    PUT.rows(hall, deliveries.into_iter().map(row).collect())
}

fn row(delivery: &Delivery) -> Vec<Value> {
    let mut row = values![
        delivery.id.as_str(),
        delivery.visit.as_str(),
        delivery.kind.as_str(),
        delivery.ahead,
        delivery.slot,
        delivery.at
    ];
    row.extend(values![
        delivery.attempts,
        word(&delivery.state),
        delivery.answer.as_str(),
        delivery.tried_at
    ]);
    row
}

pub(crate) fn newest(hall: &HallId, limit: u32) -> Statement {
    Statement::new(NEWEST, values![hall.as_str(), limit])
}

/// Those that wait, newest first.
pub(crate) fn waiting(hall: &HallId, limit: u32) -> Statement {
    Statement::new(WAITING, values![hall.as_str(), limit])
}

/// Reads a line of the log.
pub(crate) fn delivery(row: &Fields) -> Result<Delivery, StoreFailure> {
    let state: DeliveryState = row.word(5, "a delivery's state")?;
    Ok(Delivery {
        id: row.text(0)?,
        visit: VisitId::new(row.text(1)?),
        kind: row.text(2)?,
        ahead: row.maybe_count(8)?,
        slot: row.maybe_moment(9)?,
        at: row.moment(3)?,
        attempts: row.count(4)?,
        state,
        answer: row.text(6)?,
        tried_at: row.moment(7)?,
    })
}
