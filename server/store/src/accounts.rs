//! Accounts of staff, their sessions, and what is audited outside a hall's writer.

use yunyiban_app::ports::store::{Account, Audited, Session, StoreFailure};
use yunyiban_core::StaffMember;
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, Sensitive, StaffId, Timestamp};

use crate::sql::{Fields, Script, Statement, Value, values, word};

/// Columns in the order [`account`] reads them.
macro_rules! select_staff {
    ($rest:literal) => {
        concat!(
            "select hall, id, sign_in_name, display_name, badge, role, password_hash, must_change, disabled, failures, locked_until_ms ",
            "from staff ",
            $rest
        )
    };
}

const BY_NAME: &str = select_staff!("where sign_in_name = $1");

const BY_ID: &str = select_staff!("where hall = $1 and id = $2");

const OF_HALL: &str = select_staff!("where hall = $1");

const ADD_ACCOUNT: &str = "insert into staff \
    (hall, id, sign_in_name, display_name, badge, role, password_hash, must_change, disabled, failures, locked_until_ms) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const NOTE_FAILURES: &str = "update staff set failures = $3, locked_until_ms = $4 where hall = $1 and id = $2";

const CHOOSE_PASSWORD: &str = "update staff set password_hash = $4, must_change = false \
    where hall = $1 and id = $2 and password_hash = $3 and disabled = false returning id";

const RESET_PASSWORD: &str = "update staff set password_hash = $3, must_change = true, disabled = false, failures = 0, locked_until_ms = null \
    where hall = $1 and id = $2";

const DISABLE: &str = "update staff set disabled = true where hall = $1 and id = $2";

const SESSION: &str = "select token_hash, staff, hall, created_at_ms, seen_at_ms, expires_at_ms from sessions where token_hash = $1";

/// Also where nothing changes, the row is written: whoever changes the password at this moment waits for the session, and ends it.
const LEAVE_PASSWORD: &str = "update staff set password_hash = $4 \
    where hall = $1 and id = $2 and password_hash = $3 and disabled = false returning id";

const BEGIN_SESSION: &str = "insert into sessions (token_hash, hall, staff, created_at_ms, seen_at_ms, expires_at_ms) \
    values ($1, $2, $3, $4, $5, $6)";

/// Browsers that were closed never bring their cookies again.
const FORGET_SESSIONS: &str = "delete from sessions where hall = $1 and expires_at_ms <= $2";

const NOTE_USE: &str = "update sessions set seen_at_ms = $2 where token_hash = $1";

const END_SESSION: &str = "delete from sessions where token_hash = $1";

const END_SESSIONS: &str = "delete from sessions where hall = $1 and staff = $2";

const PLACE: &str = "select seen_at_ms from staff_places where hall = $1 and staff = $2 and address = $3 and seen_at_ms >= $4";

const NOTE_PLACE: &str = "insert into staff_places (hall, staff, address, seen_at_ms) values ($1, $2, $3, $4) \
    on conflict (hall, staff, address) do update set seen_at_ms = excluded.seen_at_ms";

const FORGET_PLACES: &str = "delete from staff_places where hall = $1 and staff = $2 and seen_at_ms < $3";

/// The first word of what was done, and a space or nothing behind it.
const AUDITED: &str = "select at_ms, actor, what from audit \
    where hall = $1 and at_ms >= $2 and (what = $3 or substr(what, 1, cast($4 as integer)) = $5) \
    order by coalesce(seq, at_ms) desc, actor desc, what desc \
    limit $6";

/// The next of the audit's own sequence: one more than the last, and never below the moment, so that rows of a program that knows
/// no sequence stand among the others by theirs.
const NEXT_AUDIT: &str = "update halls set last_audit = case when last_audit < $2 then $2 else last_audit + 1 end where id = $1";

const AUDIT: &str = "insert into audit (hall, at_ms, actor, what, visit, seq) \
    values ($1, $2, $3, $4, $5, (select last_audit from halls where id = $1))";

pub(crate) fn by_name(sign_in_name: &str) -> Statement {
    Statement::new(BY_NAME, values![sign_in_name])
}

pub(crate) fn by_id(hall: &HallId, staff: &StaffId) -> Statement {
    Statement::new(BY_ID, values![hall.as_str(), staff.as_str()])
}

pub(crate) fn of_hall(hall: &HallId) -> Statement {
    Statement::new(OF_HALL, values![hall.as_str()])
}

pub(crate) fn add(account: &Account) -> Script {
    let hall = &account.hall;
    let member = &account.member;
    let mut values: Vec<Value> = values![hall.as_str(), member.id.as_str(), account.sign_in_name.as_str()];
    values.extend(values![
        member.display_name.as_str(),
        member.badge.as_str(),
        word(&account.role),
        account.password_hash.reveal().as_str()
    ]);
    values.extend(values![account.must_change, account.disabled, account.failures, account.locked_until]);
    Script::of_hall(
        hall,
        format!("storing an account of hall {hall}"),
        vec![Statement::new(ADD_ACCOUNT, values)],
    )
}

pub(crate) fn note_failures(hall: &HallId, staff: &StaffId, failures: u32, locked_until: Option<Timestamp>) -> Script {
    let values = values![hall.as_str(), staff.as_str(), failures, locked_until];
    Script::of_hall(
        hall,
        format!("counting wrong passwords in hall {hall}"),
        vec![Statement::new(NOTE_FAILURES, values)],
    )
}

/// Stopped like a stale owner where the password is another one.
pub(crate) fn choose_password(hall: &HallId, staff: &StaffId, checked: &Sensitive<String>, hash: &Sensitive<String>) -> Script {
    let choose = values![hall.as_str(), staff.as_str(), checked.reveal().as_str(), hash.reveal().as_str()];
    Script::of_hall(
        hall,
        format!("changing a password in hall {hall}"),
        vec![Statement::fence(CHOOSE_PASSWORD, choose), end_all(hall, staff)],
    )
}

pub(crate) fn reset_password(hall: &HallId, staff: &StaffId, hash: &Sensitive<String>) -> Script {
    let reset = values![hall.as_str(), staff.as_str(), hash.reveal().as_str()];
    Script::of_hall(
        hall,
        format!("giving a one-time password in hall {hall}"),
        vec![Statement::new(RESET_PASSWORD, reset), end_all(hall, staff)],
    )
}

pub(crate) fn disable(hall: &HallId, staff: &StaffId) -> Script {
    let disable = Statement::new(DISABLE, values![hall.as_str(), staff.as_str()]);
    Script::of_hall(hall, format!("disabling an account of hall {hall}"), vec![disable, end_all(hall, staff)])
}

/// Reads an account.
pub(crate) fn account(row: &Fields) -> Result<Account, StoreFailure> {
    let role: Role = row.word(5, "a role")?;
    Ok(Account {
        hall: HallId::new(row.text(0)?),
        member: StaffMember {
            id: StaffId::new(row.text(1)?),
            display_name: row.text(3)?,
            badge: row.text(4)?,
            supervisor: role == Role::Administrator,
        },
        sign_in_name: row.text(2)?,
        role,
        password_hash: Sensitive::new(row.text(6)?),
        must_change: row.flag(7)?,
        disabled: row.flag(8)?,
        failures: row.count(9)?,
        locked_until: row.maybe_moment(10)?,
    })
}

pub(crate) fn session(token_hash: &str) -> Statement {
    Statement::new(SESSION, values![token_hash])
}

/// Reads a session.
pub(crate) fn session_row(row: &Fields) -> Result<Session, StoreFailure> {
    Ok(Session {
        token_hash: row.text(0)?,
        staff: StaffId::new(row.text(1)?),
        hall: HallId::new(row.text(2)?),
        created_at: row.moment(3)?,
        seen_at: row.moment(4)?,
        expires_at: row.moment(5)?,
    })
}

/// Stopped like a stale owner where the password is another one.
pub(crate) fn begin_session(session: &Session, checked: &Sensitive<String>, left: &Sensitive<String>) -> Script {
    let hall = &session.hall;
    let leave = values![hall.as_str(), session.staff.as_str(), checked.reveal().as_str(), left.reveal().as_str()];
    let mut begin: Vec<Value> = values![session.token_hash.as_str(), hall.as_str(), session.staff.as_str()];
    begin.extend(values![session.created_at, session.seen_at, session.expires_at]);
    Script::of_hall(
        hall,
        format!("storing a session of hall {hall}"),
        vec![
            Statement::fence(LEAVE_PASSWORD, leave),
            Statement::new(FORGET_SESSIONS, values![hall.as_str(), session.created_at]),
            Statement::new(BEGIN_SESSION, begin),
        ],
    )
}

pub(crate) fn note_use(token_hash: &str, at: Timestamp) -> Script {
    Script::of_house("noting the use of a session", Statement::new(NOTE_USE, values![token_hash, at]))
}

pub(crate) fn end_session(token_hash: &str) -> Script {
    Script::of_house("ending a session", Statement::new(END_SESSION, values![token_hash]))
}

pub(crate) fn end_sessions(hall: &HallId, staff: &StaffId) -> Script {
    Script::of_hall(
        hall,
        format!("ending the sessions of a person of hall {hall}"),
        vec![end_all(hall, staff)],
    )
}

fn end_all(hall: &HallId, staff: &StaffId) -> Statement {
    Statement::new(END_SESSIONS, values![hall.as_str(), staff.as_str()])
}

pub(crate) fn place(hall: &HallId, staff: &StaffId, address: &str, since: Timestamp) -> Statement {
    Statement::new(PLACE, values![hall.as_str(), staff.as_str(), address, since])
}

pub(crate) fn note_place(hall: &HallId, staff: &StaffId, address: &str, at: Timestamp, keep_since: Timestamp) -> Script {
    Script::of_hall(
        hall,
        format!("noting an address of hall {hall}"),
        vec![
            Statement::new(FORGET_PLACES, values![hall.as_str(), staff.as_str(), keep_since]),
            Statement::new(NOTE_PLACE, values![hall.as_str(), staff.as_str(), address, at]),
        ],
    )
}

pub(crate) fn audited(hall: &HallId, first: &str, since: Timestamp, limit: u32) -> Statement {
    let begun = format!("{first} ");
    let length = u32::try_from(begun.chars().count()).expect("a word is short");
    Statement::new(AUDITED, values![hall.as_str(), since, first, length, begun, limit])
}

pub(crate) fn audit_row(row: &Fields) -> Result<Audited, StoreFailure> {
    Ok(Audited {
        at: row.moment(0)?,
        actor: row.text(1)?,
        what: row.text(2)?,
    })
}

pub(crate) fn audit(hall: &HallId, at: Timestamp, actor: &str, what: &str) -> Script {
    let row = audit_statements(hall.as_str(), at, actor, what, None);
    Script::of_hall(hall, format!("auditing in hall {hall}"), row.into())
}

/// One audit row behind every one there is.
pub(crate) fn audit_statements(hall: &str, at: Timestamp, actor: &str, what: &str, visit: Option<&str>) -> [Statement; 2] {
    [
        Statement::new(NEXT_AUDIT, values![hall, at]),
        Statement::new(AUDIT, values![hall, at, actor, what, visit]),
    ]
}
