//! The emergency close of a hall.

use yunyiban_app::ports::store::StoreFailure;
use yunyiban_core::{Sealed, Suspended, Suspension};
use yunyiban_protocol::Sensitive;

use crate::sql::{Fields, Statement, json, values};

/// One row at most.
pub(crate) const OF_HALL: &str = "select body, value, salt from suspensions where hall = $1";

const BEGIN: &str = "insert into suspensions (hall, body, value, salt, digest) values ($1, $2, $3, $4, $5) \
    on conflict (hall) do update set \
    body = excluded.body, value = excluded.value, salt = excluded.salt, digest = excluded.digest";

const END: &str = "delete from suspensions where hall = $1";

/// Replaces it.
pub(crate) fn put(hall: &str, suspension: Option<(Suspension, Sealed<Sensitive<String>>)>) -> Statement {
    match suspension {
        Some((suspension, Sealed { value, salt, digest })) => Statement::new(BEGIN, values![hall, json(&suspension), json(&value), salt, digest.0]),
        None => Statement::new(END, values![hall]),
    }
}

/// As it is kept.
pub(crate) fn suspended(fields: &Fields) -> Result<Suspended, StoreFailure> {
    let suspension: Suspension = fields.json(0, "an emergency close")?;
    let text = Sealed {
        value: fields.json(1, "the text of an emergency close")?,
        salt: fields.text(2)?,
        digest: suspension.digest.clone(),
    };
    Ok(Suspended { suspension, text })
}
