//! One batch of a hall as a script: the fence, then events, rows and messages, as few statements as they need.

use std::collections::BTreeMap;

use yunyiban_app::ports::store::{ChainedEvent, HallBatch};
use yunyiban_core::{RecordFacts, RecordWords, Row, Sealed, TokenHash, Visit, Window};
use yunyiban_protocol::{HallId, VisitId, WindowId};

use crate::accounts::audit_statements;
use crate::columns::{actor_text, closed_at, day_of, occupied_staff, subject_of, trailing_number};
use crate::insert::{Insert, insert};
use crate::sql::{Script, Statement, Value, json, values, word};
use crate::{calendar, deliveries, phone_marks, setup, suspension};

/// Grows the hall's number only for the owner who knows it (I17). A batch without events leaves number and hash.
const FENCE: &str = "update halls set seq = $2, last_hash = coalesce($3, last_hash) \
    where id = $1 and epoch = $4 and seq = $5 \
    returning seq";

const EVENTS: Insert = insert!(
    "insert into events (hall, seq, at_ms, actor, cause, subject, visit, window_id, body, prev_hash, hash)",
    10,
    ""
);

/// What was written once when the number was given is left alone: fewer indexes move.
const VISITS: Insert = insert!(
    "insert into visits (hall, id, number, number_value, day, joined_at_ms, queue, state, order_band, order_effective_ms, order_seq, \
     window_id, staff, closed_at_ms, token_hash, previous_token_hash, body)",
    16,
    "on conflict (hall, id) do update set \
     queue = excluded.queue, state = excluded.state, \
     order_band = excluded.order_band, order_effective_ms = excluded.order_effective_ms, order_seq = excluded.order_seq, \
     window_id = excluded.window_id, staff = excluded.staff, closed_at_ms = excluded.closed_at_ms, \
     token_hash = coalesce(excluded.token_hash, visits.token_hash), \
     previous_token_hash = case when excluded.token_hash is null then visits.previous_token_hash else excluded.previous_token_hash end, \
     body = excluded.body"
);

const LET_VISIT_GO: &str = "update visits set window_id = null, staff = null where hall = $1 and id = $2";

/// When a network comes back, a whole batch is people who return.
const TOKENS: Insert = insert!(
    "with given (hall, visit, token, previous) as (",
    3,
    ") update visits set token_hash = given.token, previous_token_hash = given.previous from given \
     where visits.hall = given.hall and visits.id = given.visit"
);

const BESIDE: &str = "insert into beside_tokens (hall, visit, tokens) values ($1, $2, $3) \
    on conflict (hall, visit) do update set tokens = excluded.tokens";

const WINDOWS: Insert = insert!(
    "insert into windows (hall, id, ordinal, name, staff, body)",
    5,
    "on conflict (hall, id) do update set name = excluded.name, staff = excluded.staff, body = excluded.body"
);

const LET_WINDOW_GO: &str = "update windows set staff = null where hall = $1 and id = $2";

const CONTACT: &str = "insert into contacts (hall, visit, value, salt, digest) values ($1, $2, $3, $4, $5) \
    on conflict (hall, visit) do update set value = excluded.value, salt = excluded.salt, digest = excluded.digest";

const CHAT_LINES: Insert = insert!("insert into chat_lines (hall, visit, number, value, salt, digest)", 5, "");

/// Names are written down as they are now: a record does not change when the catalogue does.
const RECORD: &str = "insert into records (hall, visit, version, id, number, number_value, item, kind, result, staff, window_id, \
    joined_at_ms, served_at_ms, ended_at_ms, saved_at_ms, words, salt, digest, \
    visit_number, item_name, staff_name, window_name, first_saved_at_ms) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
    coalesce((select number from visits where hall = $1 and id = $2), ''), \
    coalesce((select name from items where hall = $1 and code = $7), $7), \
    coalesce((select display_name from staff where hall = $1 and id = $10), $10), \
    coalesce((select name from windows where hall = $1 and id = $11), $11), \
    coalesce((select saved_at_ms from records where hall = $1 and visit = $2 and version = 1), $15))";

/// A corrected level takes the place of the one before; the event of each stays.
const RATING: &str = "insert into ratings (hall, visit, level, at_ms) values ($1, $2, $3, $4) \
    on conflict (hall, visit) do update set level = excluded.level, at_ms = excluded.at_ms";

const OUTCOME: &str = "insert into outcomes (hall, visit, outcome, at_ms) values ($1, $2, $3, $4)";

const PICTURE: &str = "insert into pictures (hall, visit, bulk) values ($1, $2, $3)";

/// The hall remembers the newest of each person; what it forgot it may do again, and then that reply is the one kept.
const REQUESTS: Insert = insert!(
    "insert into requests (hall, scope, key, done, at_ms)",
    4,
    "on conflict (hall, scope, key) do update set done = excluded.done, at_ms = excluded.at_ms"
);

/// The whole batch.
pub(crate) fn script(batch: HallBatch) -> Script {
    let HallBatch {
        hall,
        epoch,
        old_seq,
        events,
        rows,
        deliveries,
    } = batch;
    let doing = format!("committing {} events of hall {hall}", events.len());
    let mut statements = vec![fence(&hall, epoch, old_seq, events.last())];
    statements.extend(EVENTS.rows(&hall, events.into_iter().map(event_row).collect()));
    statements.extend(row_statements(&hall, rows));
    statements.extend(deliveries::rows(&hall, &deliveries));
    Script { hall, doing, statements }
}

fn fence(hall: &HallId, epoch: u32, old_seq: u32, last: Option<&ChainedEvent>) -> Statement {
    let new_seq = last.map_or(old_seq, |last| last.event.seq);
    let new_hash = last.map(|last| last.hash.as_str());
    Statement::fence(FENCE, values![hall.as_str(), new_seq, new_hash, epoch, old_seq])
}

fn event_row(chained: ChainedEvent) -> Vec<Value> {
    let event = &chained.event;
    let (subject, visit, window) = subject_of(event);
    let (visit, window) = (visit.map(VisitId::as_str), window.map(WindowId::as_str));
    let mut row = values![
        event.seq,
        event.at,
        actor_text(&event.actor),
        event.cause.as_str(),
        subject,
        visit,
        window
    ];
    row.extend(values![chained.json, chained.prev_hash, chained.hash]);
    row
}

/// Present and previous token.
type Tokens = (TokenHash, Option<TokenHash>);

/// A row that may be written several times in a batch: only the last counts.
struct Latest<T> {
    row: T,
    /// An earlier row of the batch may have let go what the archive still holds for it.
    rewritten: bool,
}

/// Rows of one batch, by table.
#[derive(Default)]
struct Tables {
    visits: BTreeMap<VisitId, Latest<Visit>>,
    windows: BTreeMap<WindowId, Latest<Window>>,
    tokens: BTreeMap<VisitId, Tokens>,
    chat_lines: Vec<Vec<Value>>,
    requests: Vec<Vec<Value>>,
    single: Vec<Statement>,
}

fn row_statements(hall: &HallId, rows: Vec<Row>) -> Vec<Statement> {
    let mut tables = Tables::default();
    for row in rows {
        tables.add(hall, row);
    }
    tables.statements(hall)
}

impl Tables {
    fn add(&mut self, of_hall: &HallId, row: Row) {
        let hall = of_hall.as_str();
        match row {
            Row::Visit(visit) => keep_latest(&mut self.visits, visit.id.clone(), *visit),
            Row::Window(window) => keep_latest(&mut self.windows, window.id.clone(), *window),
            Row::Token { visit, token, previous } => {
                self.tokens.insert(visit, (token, previous));
            }
            Row::Beside { visit, beside } => {
                let values = values![hall, visit.as_str(), json(&beside)];
                self.single.push(Statement::new(BESIDE, values));
            }
            Row::Contact { visit, contact } => {
                let Sealed { value, salt, digest } = contact;
                self.single
                    .push(Statement::new(CONTACT, values![hall, visit.as_str(), json(&value), salt, digest.0]));
            }
            Row::Chat { visit, line } => {
                let Sealed { value, salt, digest } = line;
                self.chat_lines.push(values![visit.as_str(), value.number, json(&value), salt, digest.0]);
            }
            Row::PhoneMark { visit, mark } => self.single.push(phone_marks::put(hall, &visit, mark)),
            Row::Suspension { suspension } => self.single.push(suspension::put(hall, suspension)),
            Row::Rules { rules } => self.single.push(setup::rules(hall, &rules)),
            Row::Calendar { calendar } => self.single.extend(calendar::replace(of_hall, &calendar)),
            Row::Record { facts, words } => self.single.push(record(hall, &facts, words)),
            Row::Rating { visit, level, at } => self.single.push(Statement::new(RATING, values![hall, visit.as_str(), word(&level), at])),
            Row::Outcome { visit, outcome, at } => self
                .single
                .push(Statement::new(OUTCOME, values![hall, visit.as_str(), word(&outcome), at])),
            Row::Picture { visit, bulk } => self.single.push(Statement::new(PICTURE, values![hall, visit.as_str(), bulk.as_str()])),
            Row::Request { scope, key, done, at } => self.requests.push(values![scope, key.as_str(), json(&done), at]),
            Row::Audit {
                at,
                actor,
                what,
                words,
                visit,
            } => {
                let what = words.map_or_else(|| what.clone(), |words| format!("{what} {}", words.reveal()));
                let visit = visit.as_ref().map(VisitId::as_str);
                self.single.extend(audit_statements(hall, at, &actor_text(&actor), &what, visit));
            }
        }
    }

    /// Visits before their side rows. Whoever lets a window go is written before whoever takes one, so that the
    /// guards, which look at every single row, see no window twice on the way.
    fn statements(mut self, hall: &HallId) -> Vec<Statement> {
        let mut statements = Vec::new();
        let (taking, free): (Vec<_>, Vec<_>) = self.windows.into_values().partition(|window| window.row.staff.is_some());
        let rewritten = taking.iter().filter(|window| window.rewritten);
        statements.extend(rewritten.map(|window| Statement::new(LET_WINDOW_GO, values![hall.as_str(), window.row.id.as_str()])));
        statements.extend(WINDOWS.rows(hall, free.iter().chain(&taking).map(|window| window_row(&window.row)).collect()));

        let (taking, free): (Vec<_>, Vec<_>) = self.visits.into_values().partition(|visit| visit.row.state.window().is_some());
        let rewritten = taking.iter().filter(|visit| visit.rewritten);
        statements.extend(rewritten.map(|visit| Statement::new(LET_VISIT_GO, values![hall.as_str(), visit.row.id.as_str()])));
        let visits = free
            .iter()
            .chain(&taking)
            .map(|visit| visit_row(&visit.row, self.tokens.remove(&visit.row.id)));
        statements.extend(VISITS.rows(hall, visits.collect()));

        let tokens = self.tokens.into_iter().map(|(visit, (token, previous))| {
            let previous = previous.as_ref().map(TokenHash::text);
            values![visit.as_str(), token.text(), previous.as_deref()]
        });
        statements.extend(TOKENS.rows(hall, tokens.collect()));
        statements.extend(CHAT_LINES.rows(hall, self.chat_lines));
        statements.extend(self.single);
        statements.extend(REQUESTS.rows(hall, self.requests));
        statements
    }
}

fn keep_latest<K: Ord, T>(rows: &mut BTreeMap<K, Latest<T>>, key: K, row: T) {
    let rewritten = rows.contains_key(&key);
    rows.insert(key, Latest { row, rewritten });
}

fn visit_row(visit: &Visit, tokens: Option<Tokens>) -> Vec<Value> {
    let (token, previous) = tokens.map_or((None, None), |(token, previous)| (Some(token.text()), previous.map(|hash| hash.text())));
    let mut row = values![
        visit.id.as_str(),
        visit.number.as_str(),
        trailing_number(&visit.number),
        day_of(visit.joined_at),
        visit.joined_at
    ];
    row.extend(values![
        visit.queue.as_str(),
        visit.state.name(),
        u32::from(visit.order.band),
        visit.order.effective,
        visit.order.seq
    ]);
    row.extend(values![
        visit.state.window().map(WindowId::as_str),
        occupied_staff(&visit.state).map(yunyiban_protocol::StaffId::as_str),
        closed_at(&visit.state),
        token.as_deref(),
        previous.as_deref(),
        json(visit),
    ]);
    row
}

/// A window that `create_hall` did not make stands last.
pub(crate) fn window_row(window: &Window) -> Vec<Value> {
    const LAST: u32 = u32::MAX;
    let staff = window.staff.as_ref().map(yunyiban_protocol::StaffId::as_str);
    values![window.id.as_str(), LAST, window.name.as_str(), staff, json(window)]
}

fn record(hall: &str, facts: &RecordFacts, words: Sealed<RecordWords>) -> Statement {
    let Sealed { value, salt, digest } = words;
    let mut values = values![hall, facts.visit.as_str(), facts.version, facts.id.as_str(), facts.number.as_str()];
    values.extend(values![
        trailing_number(&facts.number),
        facts.item.as_str(),
        word(&facts.kind),
        word(&facts.result)
    ]);
    values.extend(values![
        facts.staff.as_str(),
        facts.window.as_str(),
        facts.joined_at,
        facts.served_at,
        facts.ended_at,
        facts.saved_at
    ]);
    values.extend(values![json(&value), salt, digest.0]);
    Statement::new(RECORD, values)
}
