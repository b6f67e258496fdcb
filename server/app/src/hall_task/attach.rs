//! A page comes onto its line: by what it signs in, and what it is told first.

use std::sync::Arc;

use yunyiban_core::{Refusal, TokenHash};
use yunyiban_protocol::{ConsoleView, ServerMessage, SessionNotice, StaffId, Timestamp, VisitId, VisitView};

use super::operation::{Attach, OpenSession, SignedBy};
use super::{HallLines, HallTask};
use crate::return_ticket::ReturnTicket;
use crate::switchboard::{Line, Party};
use crate::trouble::Trouble;
use crate::versions::visit_for;

/// A page that was let in is on its line until this is dropped. Before, nothing is kept of whoever says to be somebody.
pub(crate) struct OnLine {
    lines: Arc<HallLines>,
    /// Who listens.
    pub(crate) party: Party,
    /// Tells the connection from later ones of the same party.
    pub(crate) number: u64,
    /// What a citizen's page signed in with.
    pub(crate) signed_with: Option<TokenHash>,
}

impl Drop for OnLine {
    fn drop(&mut self) {
        self.lines.signs.gone(self.party.clone(), self.number);
    }
}

/// What a page is told first.
#[derive(Default)]
struct First {
    visit: Option<Box<VisitView>>,
    console: Option<Box<ConsoleView>>,
    return_ticket: Option<String>,
}

impl HallTask {
    /// Puts a page on its line, with a snapshot unless it is a citizen's that has seen its visit as it is.
    pub(super) fn attach(&mut self, attach: Attach, now: Timestamp) {
        let Attach {
            party,
            number,
            to,
            by,
            version,
            seen,
            answer,
        } = attach;
        if answer.is_closed() {
            return;
        }
        let signed_with = by.token().cloned();
        let mut session = None;
        let first = match (&party, by) {
            (Party::Citizen(visit), SignedBy::Ticket(token)) => self.let_in(visit, &token, seen, now),
            (Party::Citizen(visit), SignedBy::Return(ticket, token)) => self.let_in_again(visit, &ticket, &token, seen, now),
            (Party::Staff(staff), SignedBy::Session(open)) => self.let_in_console(staff, open, &mut session, now),
            (Party::Citizen(_), SignedBy::Session(_)) | (Party::Staff(_), SignedBy::Ticket(_) | SignedBy::Return(..)) => Err(Refusal::BadTicket),
        };
        let First {
            visit,
            console,
            return_ticket,
        } = match first {
            Ok(first) => first,
            Err(refusal) => return drop(answer.send(Err(Trouble::from(refusal)))),
        };
        to.send(&ServerMessage::Session(SessionNotice::Welcome {
            version,
            seq: self.seq,
            now,
            visit: visit.map(|visit| Box::new(visit_for(version, *visit))),
            console,
            return_ticket,
            media_setup: Some(self.hall.media_setup()),
        }));
        #[cfg(feature = "planted")]
        self.take_for_a_leave(&party, now);
        // Whether it is in view the page says itself: a phone in a pocket connects again too.
        self.lines.signs.heard(&party, false);
        let line = Line {
            number,
            to,
            version,
            session,
        };
        self.lines.switchboard.attach(party.clone(), line);
        // Whoever asked may have gone meanwhile: then the answer is dropped, and says so.
        drop(answer.send(Ok(OnLine {
            lines: self.lines.clone(),
            party,
            number,
            signed_with,
        })));
    }

    /// By the ticket that came with a number, or with an answer to the cookie.
    fn let_in(&mut self, visit: &VisitId, token: &TokenHash, seen: Option<u32>, now: Timestamp) -> Result<First, Refusal> {
        self.hall.may_sign_in(token)?;
        // A ticket may have been drawn before the session ended.
        if self.hall.session_ended(visit) {
            return Err(Refusal::TokenReused);
        }
        let view = self.hall.visit_view(visit, now).ok_or(Refusal::VisitUnknown)?;
        let known = seen.is_some_and(|seen| seen == self.seq || self.hall.was_told_nothing_since(visit, seen));
        let returns = self.hall.visit_returned_to(token) == Some(visit);
        Ok(First {
            visit: (!known).then(|| Box::new(view)),
            return_ticket: returns.then(|| self.return_tickets.give(visit, token, self.outside.random.as_ref())),
            ..First::default()
        })
    }

    /// By what the last welcome brought, with the cookie. Whatever does not fit is one answer, upon which the page asks by its
    /// cookie and hears what is the matter.
    fn let_in_again(
        &mut self,
        visit: &VisitId,
        ticket: &ReturnTicket,
        token: &TokenHash,
        seen: Option<u32>,
        now: Timestamp,
    ) -> Result<First, Refusal> {
        if self.hall.visit_returned_to(token) != Some(visit) {
            return Err(Refusal::BadTicket);
        }
        if !self.return_tickets.is_good(ticket, visit, token) {
            return Err(Refusal::BadTicket);
        }
        if !self.may_return(visit.clone(), now) {
            return Err(Refusal::TooMany);
        }
        let return_ticket = self.return_tickets.exchange(visit, token, self.outside.random.as_ref());
        // The page counts by messages: of several of one number it may have heard the first only.
        let known = seen.and_then(|seen| seen.checked_sub(1));
        let known = known.is_some_and(|before| self.hall.was_told_nothing_since(visit, before));
        let view = if known { None } else { self.hall.visit_view(visit, now).map(Box::new) };
        Ok(First {
            visit: view,
            return_ticket,
            ..First::default()
        })
    }

    fn let_in_console(
        &mut self,
        staff: &StaffId,
        OpenSession { token_hash, member }: OpenSession,
        session: &mut Option<Box<str>>,
        now: Timestamp,
    ) -> Result<First, Refusal> {
        // The account may be younger than the hall in memory: `staff add` runs beside the server.
        self.hall.introduce(member);
        *session = Some(token_hash.into_boxed_str());
        // Of several messages with one number a console may have had the first only.
        let view = self.hall.console(staff, now).ok_or(Refusal::SignedOut)?;
        Ok(First {
            console: Some(Box::new(view)),
            ..First::default()
        })
    }
}
