//! The port, answered from memory.

use std::path::Path;

use async_trait::async_trait;
use yunyiban_app::ports::notices::{Delivery, DeliveryState};
use yunyiban_app::ports::store::{
    Account, Audited, CatalogueItem, ChainedEvent, HallBatch, HallLease, NewHall, RecordQuery, Session, Store, StoreFailure,
};
use yunyiban_core::{Calendar, Day, Event, HallImage, HallRules, Subject, Visit};
use yunyiban_protocol::{BulkId, ChatLine, HallId, ItemCode, ItemGuide, RecordView, Sensitive, StaffId, Timestamp, VisitId, WindowId};

use super::shelf::Shelf;
use super::{Fault, MemoryStore};
use crate::guards;

#[async_trait]
impl Store for MemoryStore {
    async fn take_hall(&self, hall: &HallId) -> Result<HallLease, StoreFailure> {
        let mut archive = self.archive();
        let shelf = archive.shelf_mut(hall)?;
        shelf.epoch += 1;
        Ok(HallLease { epoch: shelf.epoch })
    }

    async fn load_hall(&self, hall: &HallId, day_start: Timestamp, requests_since: Timestamp) -> Result<Option<HallImage>, StoreFailure> {
        let archive = self.archive();
        let people = archive.staff.values().filter(|account| &account.hall == hall && !account.disabled);
        let people = people.map(|account| account.member.clone()).collect();
        let image = archive.halls.get(hall).map(|shelf| shelf.image(people, day_start, requests_since));
        #[cfg(feature = "planted")]
        let image = image.map(super::planted::from_a_replica);
        Ok(image)
    }

    async fn commit(&self, batch: HallBatch) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        let doing = format!("committing {} events of hall {}", batch.events.len(), batch.hall);
        let fault = archive.faults.pop_front();
        match fault {
            Some(Fault::Unavailable) => return Err(out_of_reach(doing)),
            Some(Fault::Full) => return Err(StoreFailure::Full { doing }),
            Some(Fault::NotOwner) => {
                archive.shelf_mut(&batch.hall)?.epoch += 1;
                return Err(StoreFailure::NotOwner { hall: batch.hall });
            }
            Some(Fault::LostReply) | None => {}
        }
        let hall = batch.hall.clone();
        let super::Archive { halls, staff, .. } = &mut *archive;
        let name_of = |id: &StaffId| {
            staff
                .get(&(hall.clone(), id.clone()))
                .map_or_else(|| id.to_string(), |account| account.member.display_name.clone())
        };
        let shelf = halls.get_mut(&hall).ok_or_else(|| StoreFailure::NotOwner { hall: hall.clone() })?;
        shelf.commit(batch, name_of)?;
        match fault {
            Some(Fault::LostReply) => Err(out_of_reach(doing)),
            Some(Fault::Unavailable | Fault::Full | Fault::NotOwner) | None => Ok(()),
        }
    }

    async fn forget_requests(&self, hall: &HallId, before: Timestamp) -> Result<(), StoreFailure> {
        self.archive().shelf_mut(hall)?.forget_requests(before);
        Ok(())
    }

    async fn halls(&self) -> Result<Vec<HallId>, StoreFailure> {
        Ok(self.archive().halls.keys().cloned().collect())
    }

    async fn chat_after(&self, hall: &HallId, visit: &VisitId, number: u32, limit: u32) -> Result<Vec<ChatLine>, StoreFailure> {
        Ok(self
            .archive()
            .halls
            .get(hall)
            .map_or_else(Vec::new, |shelf| shelf.chat_after(visit, number, limit)))
    }

    async fn records(&self, hall: &HallId, query: &RecordQuery) -> Result<(Vec<RecordView>, Option<String>), StoreFailure> {
        Ok(self.archive().halls.get(hall).map_or_else(Default::default, |shelf| shelf.records(query)))
    }

    async fn record_versions(&self, hall: &HallId, visit: &VisitId) -> Result<Vec<RecordView>, StoreFailure> {
        Ok(self.archive().halls.get(hall).map_or_else(Vec::new, |shelf| shelf.record_versions(visit)))
    }

    async fn item_guide(&self, hall: &HallId, item: &ItemCode) -> Result<Option<ItemGuide>, StoreFailure> {
        let archive = self.archive();
        let found = archive
            .halls
            .get(hall)
            .and_then(|shelf| shelf.items.iter().find(|known| &known.brief.code == item));
        Ok(found.map(|item| item.guide.clone()))
    }

    async fn events_after(&self, hall: &HallId, seq: u32, limit: u32) -> Result<Vec<ChainedEvent>, StoreFailure> {
        let archive = self.archive();
        let Some(shelf) = archive.halls.get(hall) else { return Ok(Vec::new()) };
        Ok(shelf
            .events
            .iter()
            .filter(|stored| stored.event.seq > seq)
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn last_event_before(&self, hall: &HallId, at: Timestamp) -> Result<u32, StoreFailure> {
        let archive = self.archive();
        let mut newest = archive.shelf(hall)?.events.iter().rev();
        Ok(newest.find(|stored| stored.event.at < at).map_or(0, |stored| stored.event.seq))
    }

    async fn span_of_events(&self, hall: &HallId, (from, until): (Timestamp, Timestamp)) -> Result<Option<(u32, u32)>, StoreFailure> {
        let archive = self.archive();
        let events = &archive.shelf(hall)?.events;
        let mut told = events
            .iter()
            .filter(|stored| (from..until).contains(&stored.event.at))
            .map(|stored| stored.event.seq);
        let first = told.next();
        Ok(first.map(|first| (first, told.next_back().unwrap_or(first))))
    }

    async fn window_event(&self, hall: &HallId, window: &WindowId, seq: u32) -> Result<Option<Event>, StoreFailure> {
        let archive = self.archive();
        let mut newest = archive.shelf(hall)?.events.iter().rev().map(|stored| &stored.event);
        let is_of = |event: &&Event| matches!(&event.after, Subject::Window { window: of } if of.id == *window);
        Ok(newest.find(|event| event.seq <= seq && is_of(event)).cloned())
    }

    async fn visits_of_day(&self, hall: &HallId, day: Day, limit: u32) -> Result<Vec<Visit>, StoreFailure> {
        Ok(self.archive().shelf(hall)?.visits_of_day(day, limit))
    }

    async fn picture_of(&self, hall: &HallId, bulk: &BulkId) -> Result<Option<VisitId>, StoreFailure> {
        Ok(self.archive().halls.get(hall).and_then(|shelf| shelf.pictures.get(bulk).cloned()))
    }

    async fn phone_key(&self, hall: &HallId, fresh: &Sensitive<String>) -> Result<Sensitive<String>, StoreFailure> {
        let mut archive = self.archive();
        let key = &mut archive.shelf_mut(hall)?.phone_key;
        Ok(key.get_or_insert_with(|| fresh.clone()).clone())
    }

    async fn create_hall(&self, hall: &NewHall) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        if archive.halls.contains_key(&hall.id) {
            return Err(StoreFailure::Guard {
                hall: hall.id.clone(),
                constraint: guards::HALL_ID.name.into(),
            });
        }
        archive.halls.insert(hall.id.clone(), Shelf::new(hall.clone()));
        Ok(())
    }

    async fn put_rules(&self, hall: &HallId, rules: &HallRules) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        let shelf = archive.shelf_mut(hall)?;
        shelf.hall.rules = rules.clone();
        shelf.epoch += 1;
        Ok(())
    }

    async fn put_calendar(&self, hall: &HallId, calendar: &Calendar) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        let shelf = archive.shelf_mut(hall)?;
        shelf.calendar = calendar.clone();
        shelf.epoch += 1;
        Ok(())
    }

    async fn put_catalogue(&self, hall: &HallId, items: &[CatalogueItem]) -> Result<(), StoreFailure> {
        self.archive().shelf_mut(hall)?.put_catalogue(items);
        Ok(())
    }

    async fn add_account(&self, account: &Account) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        archive.shelf(&account.hall)?;
        let key = (account.hall.clone(), account.member.id.clone());
        if archive
            .staff
            .iter()
            .any(|(known, other)| known != &key && other.sign_in_name == account.sign_in_name)
        {
            return Err(StoreFailure::Guard {
                hall: account.hall.clone(),
                constraint: guards::SIGN_IN_NAME.name.into(),
            });
        }
        archive.staff.insert(key, account.clone());
        Ok(())
    }

    async fn note_failures(&self, hall: &HallId, staff: &StaffId, failures: u32, locked_until: Option<Timestamp>) -> Result<(), StoreFailure> {
        if let Some(account) = self.archive().staff.get_mut(&(hall.clone(), staff.clone())) {
            (account.failures, account.locked_until) = (failures, locked_until);
        }
        Ok(())
    }

    async fn choose_password(
        &self,
        hall: &HallId,
        staff: &StaffId,
        checked: &Sensitive<String>,
        hash: &Sensitive<String>,
    ) -> Result<bool, StoreFailure> {
        let mut archive = self.archive();
        let Some(account) = archive.account_by(hall, staff, checked) else {
            return Ok(false);
        };
        (account.password_hash, account.must_change) = (hash.clone(), false);
        archive.end_sessions(hall, staff);
        Ok(true)
    }

    async fn reset_password(&self, hall: &HallId, staff: &StaffId, hash: &Sensitive<String>) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        if let Some(account) = archive.staff.get_mut(&(hall.clone(), staff.clone())) {
            account.password_hash = hash.clone();
            (account.must_change, account.disabled, account.failures, account.locked_until) = (true, false, 0, None);
        }
        archive.end_sessions(hall, staff);
        Ok(())
    }

    async fn disable_account(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        if let Some(account) = archive.staff.get_mut(&(hall.clone(), staff.clone())) {
            account.disabled = true;
        }
        archive.end_sessions(hall, staff);
        Ok(())
    }

    async fn account_by_name(&self, sign_in_name: &str) -> Result<Option<Account>, StoreFailure> {
        Ok(self
            .archive()
            .staff
            .values()
            .find(|account| account.sign_in_name == sign_in_name)
            .cloned())
    }

    async fn account(&self, hall: &HallId, staff: &StaffId) -> Result<Option<Account>, StoreFailure> {
        Ok(self.archive().staff.get(&(hall.clone(), staff.clone())).cloned())
    }

    async fn accounts(&self, hall: &HallId) -> Result<Vec<Account>, StoreFailure> {
        let mut accounts: Vec<Account> = self.archive().staff.values().filter(|account| &account.hall == hall).cloned().collect();
        accounts.sort_by(|a, b| a.sign_in_name.cmp(&b.sign_in_name));
        Ok(accounts)
    }

    async fn begin_session(&self, session: &Session, checked: &Sensitive<String>, left: &Sensitive<String>) -> Result<bool, StoreFailure> {
        let mut archive = self.archive();
        let Some(account) = archive.account_by(&session.hall, &session.staff, checked) else {
            return Ok(false);
        };
        account.password_hash = left.clone();
        archive
            .sessions
            .retain(|_, old| old.hall != session.hall || old.expires_at > session.created_at);
        archive.sessions.insert(session.token_hash.clone(), session.clone());
        Ok(true)
    }

    async fn note_use(&self, token_hash: &str, at: Timestamp) -> Result<(), StoreFailure> {
        if let Some(session) = self.archive().sessions.get_mut(token_hash) {
            session.seen_at = at;
        }
        Ok(())
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreFailure> {
        Ok(self.archive().sessions.get(token_hash).cloned())
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreFailure> {
        self.archive().sessions.remove(token_hash);
        Ok(())
    }

    async fn end_sessions(&self, hall: &HallId, staff: &StaffId) -> Result<(), StoreFailure> {
        self.archive().end_sessions(hall, staff);
        Ok(())
    }

    async fn note_place(&self, hall: &HallId, staff: &StaffId, address: &str, at: Timestamp, keep_since: Timestamp) -> Result<(), StoreFailure> {
        let mut archive = self.archive();
        archive
            .places
            .retain(|(of, person, _), seen| of != hall || person != staff || *seen >= keep_since);
        archive.places.insert((hall.clone(), staff.clone(), address.into()), at);
        Ok(())
    }

    async fn is_place(&self, hall: &HallId, staff: &StaffId, address: &str, since: Timestamp) -> Result<bool, StoreFailure> {
        let place = (hall.clone(), staff.clone(), address.to_owned());
        Ok(self.archive().places.get(&place).is_some_and(|seen| *seen >= since))
    }

    async fn put_delivery(&self, hall: &HallId, delivery: &Delivery) -> Result<(), StoreFailure> {
        self.archive().shelf_mut(hall)?.put_delivery(delivery.clone());
        Ok(())
    }

    async fn waiting_deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        let archive = self.archive();
        let newest = archive.shelf(hall)?.deliveries.iter();
        let waiting = newest.filter(|line| line.state == DeliveryState::Waiting).take(limit as usize);
        let mut waiting: Vec<Delivery> = waiting.cloned().collect();
        waiting.reverse();
        Ok(waiting)
    }

    async fn deliveries(&self, hall: &HallId, limit: u32) -> Result<Vec<Delivery>, StoreFailure> {
        let archive = self.archive();
        Ok(archive.shelf(hall)?.deliveries.iter().take(limit as usize).cloned().collect())
    }

    async fn audited(&self, hall: &HallId, word: &str, since: Timestamp, limit: u32) -> Result<Vec<Audited>, StoreFailure> {
        let archive = self.archive();
        let newest = archive.shelf(hall)?.audits.iter().rev().filter(|row| row.at >= since);
        let of_word = newest.filter(|row| row.what.split(' ').next() == Some(word));
        Ok(of_word.take(limit as usize).cloned().collect())
    }

    async fn audit(&self, hall: &HallId, at: Timestamp, actor: &str, what: &str) -> Result<(), StoreFailure> {
        self.archive().shelf_mut(hall)?.audits.push(Audited {
            at,
            actor: actor.to_owned(),
            what: what.to_owned(),
        });
        Ok(())
    }

    async fn backup(&self, into: &Path) -> Result<(), StoreFailure> {
        Err(StoreFailure::Unavailable {
            doing: format!("copying the archive to {}", into.display()),
            cause: "an archive in memory has no copy; use a sqlite: or postgres: archive".into(),
        })
    }

    async fn check(&self) -> Result<(), StoreFailure> {
        Ok(())
    }
}

fn out_of_reach(doing: String) -> StoreFailure {
    StoreFailure::Unavailable {
        doing,
        cause: "the archive in memory was told to fail".into(),
    }
}
