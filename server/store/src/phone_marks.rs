//! By which telephones appointments were booked: marks, never numbers, and the key they are made by.

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{KeptMark, PhoneMark};
use yunyiban_protocol::{HallId, VisitId};

use crate::sql::{Fields, Script, Statement, values};

/// Those of a hall, by visit.
pub(crate) const OF_HALL: &str = "select visit, mark, missed_at_ms from phone_marks where hall = $1 order by visit";

const KEEP: &str = "insert into phone_marks (hall, visit, mark, missed_at_ms) values ($1, $2, $3, $4) \
    on conflict (hall, visit) do update set mark = excluded.mark, missed_at_ms = excluded.missed_at_ms";

const FORGET: &str = "delete from phone_marks where hall = $1 and visit = $2";

const KEY: &str = "update halls set phone_key = coalesce(phone_key, $2) where id = $1 returning phone_key";

/// Keeps the mark of a visit, or forgets it.
pub(crate) fn put(hall: &str, visit: &VisitId, mark: Option<KeptMark>) -> Statement {
    match mark {
        Some(KeptMark { mark, missed_at }) => Statement::new(KEEP, values![hall, visit.as_str(), mark.0, missed_at]),
        None => Statement::new(FORGET, values![hall, visit.as_str()]),
    }
}

/// As it is kept.
pub(crate) fn kept(fields: &Fields) -> Result<(VisitId, KeptMark), StoreFailure> {
    let kept = KeptMark {
        mark: PhoneMark(fields.text(1)?),
        missed_at: fields.maybe_moment(2)?,
    };
    Ok((VisitId::new(fields.text(0)?), kept))
}

/// The key of the hall; the fresh one where it has none yet.
pub(crate) fn key(hall: &HallId, fresh: &str) -> Script {
    let doing = format!("reading the key of telephones of hall {hall}");
    Script::of_hall(hall, doing, vec![Statement::new(KEY, values![hall.as_str(), fresh])])
}
