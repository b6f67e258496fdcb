//! Rows as they are stored: what stands in one only, and that the others say what the events say.

use std::collections::BTreeMap;

use yunyiban_core::Row;

use super::book::Book;
use super::truth::HallTruth;
use super::{appointment, handover, hours, no_show, rules};

/// One was stored.
pub fn stored(book: &mut Book, hall: &mut HallTruth, row: &Row) {
    match row {
        Row::Outcome { visit, .. } => *hall.outcomes.entry(visit.clone()).or_default() += 1,
        Row::Request { key, done, .. } => {
            hall.keys.insert(key.clone());
            appointment::answered(book, key, done);
            handover::answered(book, key);
        }
        Row::Token { visit, token, .. } => {
            book.tokens.insert(token.clone());
            hall.blame.opened.insert(visit.clone());
            hall.referrals.tokens.insert(visit.clone(), (token.clone(), book.now()));
        }
        Row::Audit {
            what, visit: Some(visit), ..
        } if matches!(what.as_str(), "moved_to_another_phone" | "link_opened") => handover::moved(book, hall, visit),
        Row::Rules { rules } => rules::stored(book, hall, rules),
        Row::Calendar { calendar } => hours::days_stored(book, hall, calendar),
        Row::Audit { at, actor, what, .. } if rules::is_audited(what) => rules::audited(book, hall, *at, actor, what),
        Row::PhoneMark { visit, mark } => no_show::marked(book, hall, visit, mark.as_ref()),
        Row::Contact { visit, contact } => {
            let phone = contact.value.phone.as_ref().map(|phone| phone.reveal().clone());
            book.phones.entry(visit.clone()).or_default().extend(phone);
        }
        Row::Visit(_)
        | Row::Window(_)
        | Row::Beside { .. }
        | Row::Chat { .. }
        | Row::Record { .. }
        | Row::Rating { .. }
        | Row::Suspension { .. }
        | Row::Picture { .. }
        | Row::Audit { .. } => {}
    }
}

/// Q3: the last row of each visit and window is what its events say; I5: one outcome, when closed.
pub fn are_the_fold(book: &mut Book, hall: &HallTruth, rows: &[Row]) {
    // One that changes hands twice in a batch is written twice: first as it was in between.
    let (mut visits, mut windows) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        match row {
            Row::Visit(visit) => drop(visits.insert(&visit.id, visit)),
            Row::Window(window) => drop(windows.insert(&window.id, window)),
            Row::Outcome { visit, .. } => {
                let closed = hall.visits.get(visit).is_some_and(|standing| standing.row.state.is_closed());
                book.hold(closed && hall.outcomes[visit] == 1, "I5", || {
                    format!("an outcome of {visit}, which has one or is not over")
                });
            }
            Row::Token { .. }
            | Row::Beside { .. }
            | Row::PhoneMark { .. }
            | Row::Contact { .. }
            | Row::Chat { .. }
            | Row::Record { .. }
            | Row::Rating { .. }
            | Row::Suspension { .. }
            | Row::Rules { .. }
            | Row::Calendar { .. }
            | Row::Picture { .. }
            | Row::Request { .. }
            | Row::Audit { .. } => {}
        }
    }
    for (id, row) in windows {
        let folded = hall.windows.get(id).map(|standing| &standing.row);
        book.hold(folded == Some(&**row), "Q3", || format!("the row of {id} is not the fold"));
    }
    for (id, row) in visits {
        let folded = hall.visits.get(id).map(|standing| &standing.row);
        book.hold(folded == Some(&**row), "Q3", || format!("the row of {id} is not the fold"));
        let outcomes = hall.outcomes.get(id).copied().unwrap_or_default();
        book.hold(outcomes == u32::from(row.state.is_closed()), "I5", || {
            format!("{id} is {} with {outcomes} outcomes", row.state.name())
        });
    }
}
