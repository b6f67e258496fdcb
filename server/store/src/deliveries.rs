//! The delivery log of messages to people away from the page.

use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_app::ports::store::StoreFailure;
use yunyiban_protocol::{HallId, VisitId};

use crate::sql::{Fields, Script, Statement, values, word};

const PUT: &str = "insert into deliveries (hall, id, visit, kind, at_ms, attempts, state, answer, tried_at_ms) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    on conflict (hall, id) do update set \
    attempts = excluded.attempts, state = excluded.state, answer = excluded.answer, tried_at_ms = excluded.tried_at_ms";

const NEWEST: &str = "select id, visit, kind, at_ms, attempts, state, answer, tried_at_ms from deliveries \
    where hall = $1 \
    order by at_ms desc, id desc \
    limit $2";

pub(crate) fn put(hall: &HallId, delivery: &Delivery) -> Script {
    let values = values![
        hall.as_str(),
        delivery.id.as_str(),
        delivery.visit.as_str(),
        delivery.kind.as_str(),
        delivery.at,
        delivery.attempts,
        word(&delivery.state),
        delivery.answer.as_str(),
        delivery.tried_at
    ];
    Script::of_hall(hall, format!("noting a delivery of hall {hall}"), vec![Statement::new(PUT, values)])
}

pub(crate) fn newest(hall: &HallId, limit: u32) -> Statement {
    Statement::new(NEWEST, values![hall.as_str(), limit])
}

/// Reads a line of the log.
pub(crate) fn delivery(row: &Fields) -> Result<Delivery, StoreFailure> {
    let state: DeliveryState = row.word(5, "a delivery's state")?;
    Ok(Delivery {
        id: row.text(0)?,
        visit: VisitId::new(row.text(1)?),
        kind: row.text(2)?,
        at: row.moment(3)?,
        attempts: row.count(4)?,
        state,
        answer: row.text(6)?,
        tried_at: row.moment(7)?,
    })
}
