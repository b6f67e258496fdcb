//! 跨大厅转接: a visit goes on in another hall of the installation (DOMAIN 3.8).
//!
//! Two halls are two tasks with a transaction each, so the one hands over and the other takes in, and the row here is the note that it
//! is under way:
//!
//! ~~~text
//! here:  talk ─▶ transferring { to_hall } ─────────────────────▶ closed { transferred }, or the talk goes on
//! there:                    └─ asked under one key ─▶ waiting ─┘
//! ~~~
//!
//! Until it is known here what came of it nothing else can happen to the visit: nobody rings it, hangs up or takes it back, and no
//! timer runs. It is asked again, also after a restart, under the same key, so that there is one visit there however often. So it is
//! rung in one hall at most, and it is in one at least.

use yunyiban_protocol::{CallMode, HallId, ItemCode, Outcome, QueueId, RequestKey, ShortText, VisitId, Work};

use crate::event::{Done, Row, Subject, Tell};
use crate::hall::Hall;
use crate::hall::callback::state_in_line;
use crate::hall::roll::{Entry, Slot};
use crate::hall::token::Age;
use crate::hall::transfer::Goes;
use crate::{Callback, Elsewhere, OrderKey, Packet, Refusal, TokenHash, Visit, VisitState};

/// A visit on its way to another hall.
#[derive(Clone, Debug)]
pub struct Parting {
    /// Where to.
    pub to: HallId,
    /// Names this hand-over, however often it is asked for.
    pub key: RequestKey,
    /// What it is here.
    pub from: Elsewhere,
    /// The row.
    pub row: Visit,
    /// Name and telephone.
    pub contact: Option<yunyiban_protocol::ContactView>,
}

impl Hall {
    /// The talk pauses until the other hall has answered.
    pub(super) fn begin_crossing(&mut self, slot: Slot, desk: usize, hall: HallId) -> Result<(), Refusal> {
        if hall == self.facts.id {
            return Err(Refusal::HallUnknown);
        }
        if self.roll[slot].visit.transfers >= self.facts.rules.max_transfers {
            return Err(Refusal::TransfersUsedUp);
        }
        self.leave_talk(slot, Goes::ToHall(hall));
        let id = self.roll[slot].visit.id.clone();
        let held = id.clone();
        self.alter_window(desk, "transfer_begun", |window| window.work = Work::Holding { visit: held });
        self.outbox.tell(Tell::Cross(id));
        Ok(())
    }

    /// What another hall is to be asked for this visit; `None` when it is not on its way.
    pub fn parting(&self, visit: &VisitId) -> Option<Parting> {
        let entry = self.roll.get(visit)?;
        let VisitState::Transferring { to_hall: Some(to), .. } = &entry.visit.state else {
            return None;
        };
        Some(Parting {
            to: to.clone(),
            key: RequestKey::new(format!("crossing-{visit}-{}", entry.visit.transfers)),
            from: Elsewhere {
                hall: self.facts.id.clone(),
                name: self.facts.name.clone(),
                visit: visit.clone(),
                number: entry.visit.number.clone(),
            },
            row: entry.visit.clone(),
            contact: entry.contact.as_deref().cloned(),
        })
    }

    /// What came of it. Said twice it is done once.
    pub(super) fn crossed(&mut self, visit: &VisitId, to: Result<Elsewhere, Refusal>) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        if !is_crossing(&self.roll[slot].visit) {
            return Ok(Done::Nothing);
        }
        let desk = self.desk_at(slot);
        match to {
            Ok(there) => {
                self.audit(&format!("crossed {} {}", there.hall, there.visit), Some(visit.clone()));
                self.close_with(slot, Outcome::Transferred, "crossed", |visit| {
                    visit.transfers += 1;
                    visit.crossing.get_or_insert_default().to = Some(there);
                });
                if let Some(desk) = desk {
                    self.free_window(desk, "crossed");
                }
            }
            Err(refusal) => {
                self.give_back_to_origin(slot, "crossing_refused");
                let code = ShortText::from(refusal.code());
                self.alter(slot, "crossing_refused", |visit| {
                    visit.crossing.get_or_insert_default().refused = Some(code)
                });
            }
        }
        Ok(Done::Nothing)
    }

    /// Takes in what another hall hands on: it stands in line here by its first arrival.
    pub(super) fn take_in(&mut self, packet: Packet) -> Result<Done, Refusal> {
        let item = packet.row.item.clone().filter(|item| self.facts.item_refs.contains_key(item));
        let queue = self.may_come_in(item.as_ref())?;
        self.turn_day();
        self.open_to_left_numbers();
        let slot = self.enrol_from_elsewhere(&packet, queue, item);
        let id = packet.visit;
        self.begin(slot, "came_from_hall");
        self.note_tokens(slot);
        self.audit(&format!("came_from {} {}", packet.from.hall, packet.from.visit), Some(id.clone()));
        if let Some(contact) = packet.contact {
            self.file_contact(slot, contact, "contact_came");
        }
        for line in packet.chat {
            let subject = Subject::Chat {
                visit: id.clone(),
                number: line.value.number,
                from: line.value.from,
                digest: line.digest.clone(),
            };
            self.push_event("line_came", None, subject);
            self.outbox.rows.push(Row::Chat { visit: id.clone(), line });
        }
        for bulk in packet.pictures {
            self.outbox.rows.push(Row::Picture { visit: id.clone(), bulk });
        }
        Ok(Done::Visit { visit: id, resumed: false })
    }

    /// The page comes after its visit, and is given what leads to it.
    pub(super) fn follow(&mut self, visit: &VisitId, token: TokenHash) -> Result<Done, Refusal> {
        let slot = self.roll.find(visit).ok_or(Refusal::VisitUnknown)?;
        if self.is_revoked(slot) {
            return Err(Refusal::TokenReused);
        }
        self.turn.actor = crate::Actor::Citizen(visit.clone());
        self.give_token(slot, token);
        if !self.roll[slot].visit.state.is_closed() {
            self.hear_citizen(slot);
        }
        Ok(Done::Visit {
            visit: visit.clone(),
            resumed: true,
        })
    }

    /// Where a visit of this hall goes on.
    pub fn gone_to(&self, visit: &VisitId) -> Option<&Elsewhere> {
        self.roll.get(visit)?.visit.crossing.as_ref()?.to.as_ref()
    }

    /// The queue it would stand in, where numbers are given for it now.
    fn may_come_in(&self, item: Option<&ItemCode>) -> Result<QueueId, Refusal> {
        let now = self.turn.now;
        let queue = self.queue_for(item, now).ok_or(Refusal::HallClosed)?;
        if let Some(closed_because) = self.intake_of(&[queue], now).1 {
            return Err(self.refusal_of(closed_because, now));
        }
        if self.tally.live >= self.facts.rules.max_live_visits {
            return Err(Refusal::HallFull);
        }
        Ok(self.matching.queues[usize::from(queue)].clone())
    }

    fn enrol_from_elsewhere(&mut self, packet: &Packet, queue: QueueId, item: Option<ItemCode>) -> Slot {
        let row = &packet.row;
        let (now, seq) = (self.turn.now, self.seq + 1);
        // What another hall owed it is owed by that hall.
        let order = OrderKey {
            band: 1,
            behind: seq,
            seq,
            ..row.order
        };
        let number = self.next_number(&queue);
        let by_telephone = packet.contact.as_ref().is_some_and(|contact| contact.value.phone.is_some()) && talks_by_telephone(&row.state);
        let keeps_ms = self.facts.rules.timers.callback_keeps_ms;
        let mut visit = Visit {
            reference: row.reference.clone(),
            item,
            notice_version: row.notice_version.clone(),
            device: row.device.clone(),
            waits_from: row.waits_from,
            earlier_visits: row.earlier_visits,
            distrusted: row.distrusted,
            transfers: row.transfers + 1,
            supervised: row.transfers + 1 >= self.facts.rules.max_transfers,
            chat_lines: packet.chat.last().map_or(0, |line| line.value.number),
            pictures: packet.pictures.len() as u32,
            here: !by_telephone,
            callback: by_telephone.then(|| Callback::promised(now, keeps_ms)),
            ..Visit::new(packet.visit.clone(), queue, number, row.joined_at, order)
        };
        visit.crossing.get_or_insert_default().from = Some(packet.from.clone());
        visit.state = state_in_line(&mut visit, now);
        self.tally.live += 1;
        let slot = self.roll.insert(Entry::new(visit, packet.token.clone(), now));
        self.tokens.insert(packet.token.clone(), (slot, Age::Present));
        slot
    }
}

/// Whether another hall is asked to take the visit, and nobody knows yet what came of it.
pub(super) fn is_crossing(visit: &Visit) -> bool {
    matches!(visit.state, VisitState::Transferring { to_hall: Some(_), .. })
}

fn talks_by_telephone(state: &VisitState) -> bool {
    let telephone = CallMode::Telephone;
    matches!(state, VisitState::Transferring { mode, .. } if *mode == telephone)
}
