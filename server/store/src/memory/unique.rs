//! What may be there only once: the guards of the real archives, kept by hand.

use std::collections::BTreeSet;

use yunyiban_core::{Row, TokenHash, Visit};
use yunyiban_protocol::{BulkId, QueueId, StaffId, VisitId, WindowId};

use crate::columns::{closed_at, day_of, occupied_staff};
use crate::guards;

/// One thing only one row may hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unique {
    Window(WindowId),
    Staff(StaffId),
    Token(TokenHash),
    Number(i64, String),
    Order(QueueId, u32),
    Chat(VisitId, u32),
    RecordVersion(VisitId, u32),
    RecordNumber(String, u32),
    Outcome(VisitId),
    Picture(BulkId),
    WindowStaff(StaffId),
}

impl Unique {
    /// The guard's name, the same as in the real archives.
    pub(super) const fn constraint(&self) -> &'static str {
        match self {
            Unique::Window(_) => guards::VISIT_WINDOW.name,
            Unique::Staff(_) => guards::VISIT_STAFF.name,
            Unique::Token(_) => guards::VISIT_TOKEN.name,
            Unique::Number(..) => guards::VISIT_NUMBER.name,
            Unique::Order(..) => guards::VISIT_ORDER.name,
            Unique::Chat(..) => guards::CHAT_NUMBER.name,
            Unique::RecordVersion(..) => guards::RECORD_VERSION.name,
            Unique::RecordNumber(..) => guards::RECORD_NUMBER.name,
            Unique::Outcome(_) => guards::OUTCOME.name,
            Unique::Picture(_) => guards::PICTURE.name,
            Unique::WindowStaff(_) => guards::WINDOW_STAFF.name,
        }
    }
}

/// What a visit with this token holds.
pub(super) fn held_by_visit(visit: &Visit, token: Option<&TokenHash>) -> Vec<Unique> {
    let mut held = vec![
        Unique::Number(day_of(visit.joined_at), visit.number.to_string()),
        Unique::Order(visit.queue.clone(), visit.order.seq),
    ];
    held.extend(visit.state.window().cloned().map(Unique::Window));
    held.extend(occupied_staff(&visit.state).cloned().map(Unique::Staff));
    if closed_at(&visit.state).is_none() {
        held.extend(token.cloned().map(Unique::Token));
    }
    held
}

/// What a row that is only ever inserted holds.
pub(super) fn held_by_insert(row: &Row) -> Vec<Unique> {
    match row {
        Row::Chat { visit, line } => vec![Unique::Chat(visit.clone(), line.value.number)],
        Row::Record { facts, .. } => vec![
            Unique::RecordVersion(facts.visit.clone(), facts.version),
            Unique::RecordNumber(facts.number.clone(), facts.version),
        ],
        Row::Outcome { visit, .. } => vec![Unique::Outcome(visit.clone())],
        Row::Picture { bulk, .. } => vec![Unique::Picture(bulk.clone())],
        Row::Visit(_)
        | Row::Window(_)
        | Row::Token { .. }
        | Row::Beside { .. }
        | Row::PhoneMark { .. }
        | Row::Contact { .. }
        | Row::Rating { .. }
        | Row::Suspension { .. }
        | Row::Rules { .. }
        | Row::Calendar { .. }
        | Row::Request { .. }
        | Row::Audit { .. } => Vec::new(),
    }
}

/// All that is held in a hall.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(BTreeSet<Unique>);

impl Taken {
    /// Gives `released` back and takes `wanted`, or changes nothing and names what is held already.
    pub(super) fn swap(&mut self, released: Vec<Unique>, wanted: Vec<Unique>) -> Result<(), Unique> {
        let released: BTreeSet<Unique> = released.into_iter().collect();
        let mut fresh = BTreeSet::new();
        for unique in wanted {
            let held = self.0.contains(&unique) && !released.contains(&unique);
            if held || fresh.contains(&unique) {
                return Err(unique);
            }
            fresh.insert(unique);
        }
        for unique in &released {
            self.0.remove(unique);
        }
        self.0.append(&mut fresh);
        Ok(())
    }
}
