//! Text beside the call, pictures, and name and telephone.

use yunyiban_protocol::{BulkId, ChatBody, ChatLine, ContactView, Seat, StaffId, VisitId};

use crate::event::{Done, Row, Sealed, Subject, Tell};
use crate::hall::Hall;
use crate::hall::roll::Slot;
use crate::hall::text::{CHAT, check_contact, check_text};
use crate::{Refusal, VisitState};

/// Changes of name and telephone in one visit, at most.
const MOST_CONTACTS: u32 = 20;

impl Hall {
    /// A line from the citizen, at any time before the end.
    pub(super) fn citizen_says(&mut self, slot: Slot, body: Sealed<ChatBody>) -> Result<Done, Refusal> {
        self.say(slot, Seat::Citizen, body)
    }

    /// A line from the window, once it has accepted.
    pub(super) fn staff_says(&mut self, desk: usize, body: Sealed<ChatBody>) -> Result<Done, Refusal> {
        let slot = self.accepted_visit(desk)?;
        self.say(slot, Seat::Staff, body)
    }

    /// A picture was uploaded for a visit.
    pub(super) fn upload(&mut self, slot: Slot, bulk: BulkId) -> Result<Done, Refusal> {
        self.has_room_for_picture(slot)?;
        let id = self.roll[slot].visit.id.clone();
        self.alter_quietly(slot, "picture_uploaded", |visit| visit.pictures += 1);
        self.outbox.rows.push(Row::Picture { visit: id, bulk });
        Ok(Done::Nothing)
    }

    /// A picture from the window.
    pub(super) fn staff_uploads(&mut self, desk: usize, bulk: BulkId) -> Result<Done, Refusal> {
        let slot = self.accepted_visit(desk)?;
        self.upload(slot, bulk)
    }

    /// Whether a picture of the citizen would be taken now: asked before a byte of it is.
    ///
    /// # Errors
    /// As the upload itself.
    pub fn citizen_may_upload(&self, visit: &VisitId) -> Result<(), Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        if self.is_revoked(slot) {
            return Err(Refusal::TokenReused);
        }
        if self.roll[slot].visit.state.is_closed() {
            return Err(Refusal::VisitClosed);
        }
        self.has_room_for_picture(slot)
    }

    /// The same for a picture from the window this person sits at.
    ///
    /// # Errors
    /// As the upload itself.
    pub fn staff_may_upload(&self, staff: &StaffId) -> Result<(), Refusal> {
        let desk = self.desk_of(staff).ok_or(Refusal::NoWindow)?;
        self.has_room_for_picture(self.accepted_visit(desk)?)
    }

    fn has_room_for_picture(&self, slot: Slot) -> Result<(), Refusal> {
        if self.roll[slot].visit.pictures >= self.facts.rules.max_pictures {
            return Err(Refusal::TooManyPictures);
        }
        Ok(())
    }

    /// Name and telephone, replacing what was left before.
    pub(super) fn leave_contact(&mut self, slot: Slot, contact: Sealed<ContactView>) -> Result<Done, Refusal> {
        check_contact(&contact.value)?;
        if self.roll[slot].visit.contacts >= MOST_CONTACTS {
            return Err(Refusal::TooMany);
        }
        if self.roll[slot].visit.callback.is_some() {
            self.may_be_called(Some(slot), &contact.value)?;
        }
        self.file_contact(slot, contact, "left_contact");
        Ok(Done::Nothing)
    }

    /// The same, once it was checked.
    pub(super) fn file_contact(&mut self, slot: Slot, contact: Sealed<ContactView>, cause: &str) {
        self.tell_same_phone(slot);
        self.alter_quietly(slot, cause, |visit| visit.contacts += 1);
        self.leave_phone(slot);
        self.roll[slot].contact = Some(Box::new(contact.value.clone()));
        self.enter_phone(slot);
        self.tell_same_phone(slot);
        let entry = &self.roll[slot];
        let visit = entry.visit.id.clone();
        if let Some(window) = entry.visit.state.window() {
            self.outbox.tell(Tell::Served(window.clone()));
        }
        self.outbox.tell(Tell::Line);
        self.outbox.tell(Tell::Visit(visit.clone()));
        self.push_event(
            cause,
            None,
            Subject::Contact {
                visit: visit.clone(),
                digest: contact.digest.clone(),
            },
        );
        self.outbox.rows.push(Row::Contact { visit, contact });
    }

    /// Telephone number left, for [`Done::Phone`] after its audit row is stored.
    pub fn phone(&self, visit: &VisitId) -> Option<yunyiban_protocol::Sensitive<String>> {
        self.roll.get(visit)?.phone().cloned()
    }

    /// A line of chat accepted since the last drain, or in what was drained last and is being told now.
    pub fn fresh_line(&self, visit: &VisitId, number: u32) -> Option<ChatLine> {
        self.outbox.fresh_line(visit, number).cloned()
    }

    fn say(&mut self, slot: Slot, from: Seat, body: Sealed<ChatBody>) -> Result<Done, Refusal> {
        if let ChatBody::Text { text } = &body.value {
            check_text(text.reveal(), CHAT)?;
            if text.reveal().trim().is_empty() {
                return Err(Refusal::BadText);
            }
        }
        let visit = &self.roll[slot].visit;
        if visit.chat_lines >= self.facts.rules.max_chat_lines {
            return Err(Refusal::TooManyLines);
        }
        let (id, number) = (visit.id.clone(), visit.chat_lines + 1);
        self.alter_quietly(slot, "said", |visit| visit.chat_lines = number);
        let Sealed { value, salt, digest } = body;
        self.push_event(
            "said",
            None,
            Subject::Chat {
                visit: id.clone(),
                number,
                from,
                digest: digest.clone(),
            },
        );
        let line = ChatLine {
            number,
            from,
            body: value,
            at: self.turn.now,
        };
        self.outbox.keep_line(id.clone(), line.clone());
        self.outbox.rows.push(Row::Chat {
            visit: id.clone(),
            line: Sealed { value: line, salt, digest },
        });
        self.outbox.tell(Tell::Chat(id, number));
        Ok(Done::Value { text: number.to_string() })
    }

    /// The visit a window has accepted and not yet ended.
    fn accepted_visit(&self, desk: usize) -> Result<Slot, Refusal> {
        let slot = self.visit_at(desk).ok_or(Refusal::NotNow)?;
        match self.roll[slot].visit.state {
            VisitState::Connecting { .. } | VisitState::Serving { .. } | VisitState::Held { .. } | VisitState::Dropped { .. } => Ok(slot),
            VisitState::Closed { .. } => Err(Refusal::VisitClosed),
            VisitState::Booked { .. }
            | VisitState::Waiting { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Parked { .. }
            | VisitState::Transferring { .. }
            | VisitState::CallbackKept { .. } => Err(Refusal::NotNow),
        }
    }
}
