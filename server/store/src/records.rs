//! Records (办件登记): lists of the newest versions, and every version of one.

use yunyiban_app::ports::store::{RecordQuery, StoreFailure};
use yunyiban_core::RecordWords;
use yunyiban_protocol::{HallId, ItemCode, ItemRef, RecordId, RecordView, StaffId, Timestamp, VisitId};

use crate::cursor::{Cursor, page_size};
use crate::sql::{Fields, Statement, Value, parse, values};

/// Columns in the order [`view`] reads them.
macro_rules! select {
    ($($rest:literal),+) => {
        concat!(
            "select records.id, records.number, records.visit, records.visit_number, records.version, records.item, records.item_name, ",
            "records.kind, records.result, records.words, records.staff_name, records.window_name, records.joined_at_ms, ",
            "records.served_at_ms, records.ended_at_ms, records.saved_at_ms, records.first_saved_at_ms from records ",
            $($rest),+
        )
    };
}

const LIST: &str = select!(
    "where hall = $1 and first_saved_at_ms >= $2 and first_saved_at_ms < $3 ",
    "and (cast($4 as text) is null or item = $4) ",
    "and (cast($5 as text) is null or staff = $5) ",
    "and (first_saved_at_ms < $6 or (first_saved_at_ms = $6 and visit < $7)) ",
    "and not exists (select 1 from records newer where newer.hall = records.hall ",
    "and newer.visit = records.visit and newer.version > records.version) ",
    "order by first_saved_at_ms desc, visit desc ",
    "limit $8"
);

const VERSIONS: &str = select!("where hall = $1 and visit = $2 order by version");

/// Newest versions of the live visits of a hall and those that ended since `$2`.
pub(crate) const OF_VISITS: &str = select!(
    "join visits on visits.hall = records.hall and visits.id = records.visit ",
    "where records.hall = $1 and (visits.closed_at_ms is null or visits.closed_at_ms >= $2) ",
    "and not exists (select 1 from records newer where newer.hall = records.hall ",
    "and newer.visit = records.visit and newer.version > records.version)"
);

/// Lists one record more than a page, to know whether there is a next one.
pub(crate) fn list(hall: &HallId, query: &RecordQuery, after: &Cursor) -> Statement {
    let item = query.item.as_ref().map(ItemCode::as_str);
    let staff = query.staff.as_ref().map(StaffId::as_str);
    let mut values: Vec<Value> = values![hall.as_str(), query.from, query.to, item, staff];
    values.extend(values![after.first_saved_at, after.visit.as_str(), page_size(query) + 1]);
    Statement::new(LIST, values)
}

/// Lists all versions.
pub(crate) fn versions(hall: &HallId, visit: &VisitId) -> Statement {
    Statement::new(VERSIONS, values![hall.as_str(), visit.as_str()])
}

/// Reads a version, and when the first was saved. Erased words are empty.
pub(crate) fn view(row: &Fields) -> Result<(Timestamp, RecordView), StoreFailure> {
    let words: Option<RecordWords> = row.maybe_text(9)?.map(|text| parse(&text, "the words of a record")).transpose()?;
    let (note, next_step) = words.map_or_else(Default::default, |words| (words.note, words.next_step));
    let view = RecordView {
        id: RecordId::new(row.text(0)?),
        number: row.text(1)?,
        visit: VisitId::new(row.text(2)?),
        visit_number: row.text(3)?,
        version: row.count(4)?,
        item: ItemRef {
            code: ItemCode::new(row.text(5)?),
            name: row.text(6)?,
        },
        kind: row.word(7, "a kind of record")?,
        result: row.word(8, "a result of a record")?,
        note,
        next_step,
        staff_name: row.text(10)?,
        window_name: row.text(11)?,
        joined_at: row.moment(12)?,
        served_at: row.maybe_moment(13)?,
        ended_at: row.maybe_moment(14)?,
        saved_at: row.moment(15)?,
    };
    Ok((row.moment(16)?, view))
}
