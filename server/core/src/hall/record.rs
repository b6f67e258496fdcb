//! 办件登记: the form is the window's, the facts are the system's (T29).

use yunyiban_protocol::{ItemRef, RecordDraft, RecordId, RecordView, ShortText, Slip, StaffId, Timestamp, VisitId, WindowId};

use crate::event::{Done, RecordFacts, RecordWords, Row, Sealed, Subject, Tell};
use crate::hall::Hall;
use crate::hall::hours::date_of;
use crate::hall::roll::Entry;
use crate::hall::text::{NEXT_STEP, NOTE, check_text};
use crate::{Refusal, Visit};

impl Hall {
    /// Saves a version, for the visit at this person's window or an earlier one of the day that nobody served after them.
    /// The first version gets the record's number, which is the reply.
    pub(super) fn save_record(
        &mut self,
        staff: &StaffId,
        visit: &VisitId,
        record: RecordId,
        draft: RecordDraft,
        words: Sealed<RecordWords>,
    ) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        let entry = &self.roll[slot];
        let window = writes_record(staff, &entry.visit)?;
        check_text(words.value.note.reveal(), NOTE)?;
        check_text(words.value.next_step.reveal(), NEXT_STEP)?;
        let item = self.facts.item_refs.get(&draft.item).cloned().ok_or(Refusal::ItemUnknown)?;

        let kept = entry.record.as_ref().map(|kept| (kept.id.clone(), kept.number.clone()));
        let (id, number) = kept.unwrap_or_else(|| (record, self.next_record_number()));
        let now = self.turn.now;
        self.note_proof(slot, draft.proof);
        self.alter_quietly(slot, "record_saved", |visit| visit.record_versions += 1);
        let visit = &self.roll[slot].visit;
        let facts = RecordFacts {
            id,
            number: number.clone(),
            visit: visit.id.clone(),
            version: visit.record_versions,
            item: draft.item,
            kind: draft.kind,
            result: draft.result,
            staff: staff.clone(),
            window,
            joined_at: visit.waits_here_since(),
            served_at: visit.served_at,
            ended_at: ended_at(visit),
            saved_at: now,
        };
        let view = self.view_of(&facts, &visit.number, item, &words.value);
        if visit.state.is_closed() {
            self.outbox.tell(Tell::Visit(visit.id.clone()));
        }
        self.roll[slot].record = Some(Box::new(view));
        self.push_event(
            "record_saved",
            None,
            Subject::Record {
                record: Box::new(facts.clone()),
                digest: words.digest.clone(),
            },
        );
        self.outbox.rows.push(Row::Record {
            facts: Box::new(facts),
            words,
        });
        if let Some(desk) = self.desk_of(staff) {
            self.tell_served(desk);
        }
        Ok(Done::Value { text: number })
    }

    /// Whether this person may write a version of this visit's record now.
    pub fn may_write_record(&self, staff: &StaffId, visit: &VisitId) -> bool {
        self.roll.get(visit).is_some_and(|entry| writes_record(staff, &entry.visit).is_ok())
    }

    /// A version as staff read it.
    fn view_of(&self, facts: &RecordFacts, visit_number: &ShortText, item: ItemRef, words: &RecordWords) -> RecordView {
        RecordView {
            id: facts.id.clone(),
            number: facts.number.clone(),
            visit: facts.visit.clone(),
            visit_number: visit_number.to_string(),
            version: facts.version,
            item,
            kind: facts.kind,
            result: facts.result,
            note: words.note.clone(),
            next_step: words.next_step.clone(),
            staff_name: self.staff_name(&facts.staff),
            window_name: self.window_name(&facts.window),
            joined_at: facts.joined_at,
            served_at: facts.served_at,
            ended_at: facts.ended_at,
            saved_at: facts.saved_at,
        }
    }

    /// The newest version of a visit's record, with its end filled in once it has ended.
    pub(super) fn record_of(&self, entry: &Entry) -> Option<RecordView> {
        let mut record = entry.record.as_deref()?.clone();
        record.ended_at = record.ended_at.or(ended_at(&entry.visit));
        Some(record)
    }

    /// What the citizen takes home: the newest version, once the visit is over.
    pub(super) fn slip_of(&self, entry: &Entry) -> Option<Slip> {
        let record = entry.record.as_deref().filter(|_| entry.visit.state.is_closed())?;
        Some(Slip {
            number: record.number.clone(),
            item: record.item.clone(),
            kind: record.kind,
            result: record.result,
            next_step: record.next_step.clone(),
            staff_name: record.staff_name.clone(),
            at: record.saved_at,
        })
    }

    fn next_record_number(&mut self) -> String {
        self.tally.last_record += 1;
        format!("{}-{:04}", date_of(self.turn.now), self.tally.last_record)
    }
}

/// The window a version of the record is written for. A record is one hand's: that of whoever talked with the citizen last. Who had the visit before and
/// comes to mend what was written then reaches for nothing that was never theirs, and is told where it went.
fn writes_record(staff: &StaffId, visit: &Visit) -> Result<WindowId, Refusal> {
    match visit.served_by.as_deref() {
        Some((server, window)) if server == staff => Ok(window.clone()),
        Some(_) if visit.served_before.contains(staff) => Err(Refusal::PassedOn),
        Some(_) | None => Err(Refusal::NotAllowed),
    }
}

fn ended_at(visit: &Visit) -> Option<Timestamp> {
    visit.state.ended().map(|(_, at)| at)
}
