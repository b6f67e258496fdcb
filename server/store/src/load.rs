//! Everything a hall in memory is rebuilt from.

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{Calendar, HallImage, StaffMember, TokenHash, Visit, Window, visit_of};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, QueueId, RequestKey, StaffId, Timestamp, VisitId};

use crate::engine::Engine;
use crate::sql::{Fields, Statement, Value, values};
use crate::{calendar, phone_marks, records, rules, suspension};

const HALL: &str = "select name, telephone, demo_notice, rules, seq, last_hash from halls where id = $1";

const QUEUES: &str = "select id from queues where hall = $1 order by ordinal, id";

const WINDOWS: &str = "select body from windows where hall = $1 order by ordinal, id";

const STAFF: &str = "select id, display_name, badge, role from staff where hall = $1 and disabled = false order by id";

const ITEMS: &str = "select brief from items where hall = $1 and listed = true order by ordinal";

const VISITS: &str = "select body, token_hash, previous_token_hash from visits \
    where hall = $1 and (closed_at_ms is null or closed_at_ms >= $2) \
    order by order_seq, id";

const BESIDE: &str = "select beside_tokens.visit, beside_tokens.tokens from visits \
    join beside_tokens on beside_tokens.hall = visits.hall and beside_tokens.visit = visits.id \
    where visits.hall = $1 and (visits.closed_at_ms is null or visits.closed_at_ms >= $2)";
/// As many as the estimate learns from; [`yunyiban_core::setup::LEARNED_VISITS`].
const CLOSED_BEFORE: &str = "select body from visits where hall = $1 and closed_at_ms < $2 order by closed_at_ms desc limit 300";

const ENDED_BEFORE: &str = "select closed_at_ms from visits where hall = $1 and id = $2 and closed_at_ms < $3";

const CONTACTS: &str = "select contacts.visit, contacts.value from visits \
    join contacts on contacts.hall = visits.hall and contacts.visit = visits.id \
    where visits.hall = $1 and (visits.closed_at_ms is null or visits.closed_at_ms >= $2)";

const LAST_NUMBERS: &str = "select queue, max(number_value) from visits where hall = $1 and day >= $2 group by queue order by queue";

const LAST_RECORD: &str = "select max(number_value) from records where hall = $1 and version = 1 and first_saved_at_ms >= $2";

const REQUESTS: &str = "select scope, key, done, at_ms from requests where hall = $1 and at_ms >= $2";

/// Reads the hall. Its owner is the only writer, so the queries need not share a transaction.
pub(crate) async fn hall(
    engine: &impl Engine,
    hall: &HallId,
    day_start: Timestamp,
    requests_since: Timestamp,
) -> Result<Option<HallImage>, StoreFailure> {
    let mut reader = Reader {
        engine,
        hall,
        day_start,
        since: day_start,
    };
    let Some(card) = reader.rows(HALL, values![hall.as_str()]).await?.into_iter().next() else {
        return Ok(None);
    };
    let windows = reader.all(WINDOWS, |row| row.json(0, "a window")).await?;
    reader.since = reader.oldest_at_a_window(&windows).await?;
    let (visits, tokens) = reader.visits().await?;
    Ok(Some(HallImage {
        id: hall.clone(),
        name: card.text(0)?,
        telephone: card.text(1)?,
        demo_notice: card.maybe_text(2)?,
        rules: rules::read(&card.text(3)?)?,
        calendar: Calendar::new(reader.all(calendar::OF_HALL, calendar::day).await?),
        suspended: reader.all(suspension::OF_HALL, suspension::suspended).await?.pop(),
        seq: card.count(4)?,
        last_hash: card.text(5)?,
        queues: reader.all(QUEUES, |row| Ok(QueueId::new(row.text(0)?))).await?,
        windows,
        staff: reader.all(STAFF, staff_member).await?,
        items: reader.all(ITEMS, |row| row.json(0, "an item")).await?,
        closed_before: reader.since_day(CLOSED_BEFORE, |row| row.json(0, "a visit")).await?,
        visits,
        tokens,
        beside: reader
            .since_day(BESIDE, |row| Ok((VisitId::new(row.text(0)?), row.json(1, "the tokens of a visit")?)))
            .await?,
        contacts: reader
            .since_day(CONTACTS, |row| Ok((VisitId::new(row.text(0)?), row.json(1, "a contact")?)))
            .await?,
        phone_marks: reader.all(phone_marks::OF_HALL, phone_marks::kept).await?,
        records: reader
            .since_day(records::OF_VISITS, |row| records::view(row).map(|(_, view)| view))
            .await?,
        last_numbers: reader.last_numbers().await?,
        last_record: reader
            .map(LAST_RECORD, values![hall.as_str(), day_start], |row| Ok(row.maybe_count(0)?.unwrap_or(0)))
            .await?
            .into_iter()
            .next()
            .unwrap_or(0),
        requests: reader.map(REQUESTS, values![hall.as_str(), requests_since], request).await?,
    }))
}

struct Reader<'a, E> {
    engine: &'a E,
    hall: &'a HallId,
    day_start: Timestamp,
    /// Closed visits are read since then.
    since: Timestamp,
}

impl<E: Engine> Reader<'_, E> {
    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Fields>, StoreFailure> {
        let rows = self.engine.read(Statement::new(sql, values)).await;
        rows.map_err(|trouble| trouble.failure(self.hall, format!("loading hall {}", self.hall)))
    }

    async fn map<T>(&self, sql: &'static str, values: Vec<Value>, read: impl Fn(&Fields) -> Result<T, StoreFailure>) -> Result<Vec<T>, StoreFailure> {
        self.rows(sql, values).await?.iter().map(read).collect()
    }

    /// Rows of the whole hall.
    async fn all<T>(&self, sql: &'static str, read: impl Fn(&Fields) -> Result<T, StoreFailure>) -> Result<Vec<T>, StoreFailure> {
        self.map(sql, values![self.hall.as_str()], read).await
    }

    /// The start of the day, or when the visit ended that a window still writes up over midnight.
    async fn oldest_at_a_window(&self, windows: &[Window]) -> Result<Timestamp, StoreFailure> {
        let mut oldest = self.day_start;
        for visit in windows.iter().filter_map(|window| visit_of(&window.work)) {
            let values = values![self.hall.as_str(), visit.as_str(), self.day_start];
            let ended = self.map(ENDED_BEFORE, values, |row| row.moment(0)).await?;
            oldest = ended.into_iter().fold(oldest, Timestamp::min);
        }
        Ok(oldest)
    }

    /// Rows of live visits, of the day, and of what is written up over midnight.
    async fn since_day<T>(&self, sql: &'static str, read: impl Fn(&Fields) -> Result<T, StoreFailure>) -> Result<Vec<T>, StoreFailure> {
        self.map(sql, values![self.hall.as_str(), self.since], read).await
    }

    async fn visits(&self) -> Result<(Vec<Visit>, Vec<(VisitId, TokenHash, Option<TokenHash>)>), StoreFailure> {
        let mut visits = Vec::new();
        let mut tokens = Vec::new();
        for row in self.rows(VISITS, values![self.hall.as_str(), self.since]).await? {
            let visit: Visit = row.json(0, "a visit")?;
            if let Some(token) = row.maybe_text(1)? {
                tokens.push((
                    visit.id.clone(),
                    TokenHash::new(&token),
                    row.maybe_text(2)?.map(|text| TokenHash::new(&text)),
                ));
            }
            visits.push(visit);
        }
        Ok((visits, tokens))
    }

    async fn last_numbers(&self) -> Result<Vec<(QueueId, u32)>, StoreFailure> {
        let day = crate::columns::day_of(self.day_start);
        self.map(LAST_NUMBERS, values![self.hall.as_str(), day], |row| {
            Ok((QueueId::new(row.text(0)?), row.count(1)?))
        })
        .await
    }
}

fn staff_member(row: &Fields) -> Result<StaffMember, StoreFailure> {
    Ok(StaffMember {
        id: StaffId::new(row.text(0)?),
        display_name: row.text(1)?,
        badge: row.text(2)?,
        supervisor: row.word::<Role>(3, "a role")? == Role::Administrator,
    })
}

fn request(row: &Fields) -> Result<(String, RequestKey, yunyiban_core::Done, Timestamp), StoreFailure> {
    Ok((row.text(0)?, RequestKey::new(row.text(1)?), row.json(2, "a reply")?, row.moment(3)?))
}
