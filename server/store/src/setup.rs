//! Making a hall, its rules and its catalogue.

use std::collections::BTreeMap;

use yunyiban_app::ports::store::{CatalogueItem, NewHall};
use yunyiban_core::{HallRules, Window};
use yunyiban_protocol::{HallId, ItemCode, WindowId};

use crate::insert::{Insert, insert};
use crate::rules;
use crate::sql::{Script, Statement, Value, json, values};

const CREATE_HALL: &str = "insert into halls (id, name, telephone, demo_notice, rules, epoch, seq, last_hash) \
    values ($1, $2, $3, $4, $5, 0, 0, $6)";

/// A street hall has the single queue `a`.
const CREATE_QUEUE: &str = "insert into queues (hall, id, ordinal) values ($1, 'a', 0)";

const WINDOWS: Insert = insert!("insert into windows (hall, id, ordinal, name, staff, body)", 5, "");

const PUT_RULES: &str = "update halls set rules = $2 where id = $1";

/// The owner in memory goes by the rules of before: it loses the hall, so that it reads these before it stores anything.
const REPLACE_RULES: &str = "update halls set rules = $2, epoch = epoch + 1 where id = $1";

const UNLIST: &str = "update items set listed = false where hall = $1";

const ITEMS: Insert = insert!(
    "insert into items (hall, code, ordinal, name, brief, guide, source, listed)",
    7,
    "on conflict (hall, code) do update set ordinal = excluded.ordinal, name = excluded.name, brief = excluded.brief, \
     guide = excluded.guide, source = excluded.source, listed = excluded.listed"
);

/// A hall without events.
pub(crate) fn create_hall(hall: &NewHall) -> Script {
    let id = &hall.id;
    let mut card: Vec<Value> = values![id.as_str(), hall.name.as_str(), hall.telephone.as_str(), hall.demo_notice.as_deref()];
    card.extend(values![rules::written(&hall.rules), "0".repeat(64)]);
    let mut statements = vec![Statement::new(CREATE_HALL, card), Statement::new(CREATE_QUEUE, values![id.as_str()])];
    let windows = (0_u32..).zip(&hall.windows).map(|(ordinal, (window, name))| {
        let body = json(&Window::new(WindowId::new(window), name.as_str()));
        values![window.as_str(), ordinal, name.as_str(), None::<&str>, body]
    });
    statements.extend(WINDOWS.rows(id, windows.collect()));
    Script::of_hall(id, format!("making hall {id}"), statements)
}

pub(crate) fn put_rules(hall: &HallId, rules: &HallRules) -> Script {
    let replace = Statement::new(REPLACE_RULES, values![hall.as_str(), rules::written(rules)]);
    Script::of_hall(hall, format!("storing the rules of hall {hall}"), vec![replace])
}

/// Replaces them by the owner, who goes by them already.
pub(crate) fn rules(hall: &str, rules: &HallRules) -> Statement {
    Statement::new(PUT_RULES, values![hall, rules::written(rules)])
}

/// Items that are no longer in the catalogue stay, unlisted.
pub(crate) fn put_catalogue(hall: &HallId, items: &[CatalogueItem]) -> Script {
    let rows: BTreeMap<&ItemCode, Vec<Value>> = (0_u32..)
        .zip(items)
        .map(|(ordinal, item)| (&item.brief.code, item_row(ordinal, item)))
        .collect();
    let mut statements = vec![Statement::new(UNLIST, values![hall.as_str()])];
    statements.extend(ITEMS.rows(hall, rows.into_values().collect()));
    Script::of_hall(hall, format!("storing the catalogue of hall {hall}"), statements)
}

fn item_row(ordinal: u32, item: &CatalogueItem) -> Vec<Value> {
    let brief = &item.brief;
    values![
        brief.code.as_str(),
        ordinal,
        brief.name.as_str(),
        json(brief),
        json(&item.guide),
        item.source.as_str(),
        true
    ]
}
