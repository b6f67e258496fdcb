//! What people see, read from the hall at the moment of telling.

mod appointment;
mod citizen;
mod staff;

use yunyiban_protocol::{ClosedQueue, HallCard, ItemBrief, ItemCode, ItemRef, StaffCard, StaffId, Timestamp, WindowId};

use crate::hall::Hall;
use crate::hall::hours::day_notes;
use crate::hall::matching::QueueIndex;

/// Items on the first screen.
const CARD_ITEMS: usize = 12;

impl Hall {
    /// What anyone may know before taking a number.
    pub fn card(&self, now: Timestamp) -> HallCard {
        let facts = &self.facts;
        let (open, closed_because) = self.intake(now);
        let calls_back_from = self.calls_back_from(&self.matching.every_queue(), &open, now);
        HallCard {
            id: facts.id.clone(),
            name: facts.name.clone(),
            telephone: facts.telephone.clone(),
            demo_notice: facts.demo_notice.clone(),
            open,
            closed_because,
            suspension: self.suspension(),
            calls_back_from,
            closed_queues: self.closed_queues(calls_back_from, now),
            hours: facts.rules.hours.clone(),
            special_days: day_notes(&facts.calendar, now),
            busyness: self.busyness(),
            notice_version: facts.rules.notice_version.clone(),
            items: facts.items.iter().take(CARD_ITEMS).map(without_initials).collect(),
            now,
        }
    }

    /// Matters for which no numbers are given now, where that is not so for the whole hall alike.
    fn closed_queues(&self, of_hall: Option<Timestamp>, now: Timestamp) -> Vec<ClosedQueue> {
        let closed = |queue: QueueIndex| {
            let (open, closed_because) = self.intake_of(&[queue], now);
            let calls_back_from = self.calls_back_from(&[queue], &open, now);
            let items = self.facts.items.iter().map(|item| &item.code);
            (closed_because.is_some() && calls_back_from != of_hall).then(|| ClosedQueue {
                items: items.filter(|item| self.queue_for(Some(*item), now) == Some(queue)).cloned().collect(),
                calls_back_from,
            })
        };
        self.matching.every_queue().into_iter().filter_map(closed).collect()
    }

    /// How a staff member is addressed; the id when the person is unknown.
    pub(super) fn staff_name(&self, staff: &StaffId) -> String {
        self.facts
            .staff
            .get(staff)
            .map_or_else(|| staff.to_string(), |member| member.display_name.clone())
    }

    /// Name of a window; the id when it is unknown.
    pub(super) fn window_name(&self, window: &WindowId) -> String {
        self.desks
            .iter()
            .find(|desk| desk.window.id == *window)
            .map_or_else(|| window.to_string(), |desk| desk.window.name.clone())
    }

    fn item_ref(&self, item: Option<&ItemCode>) -> Option<ItemRef> {
        item.and_then(|item| self.facts.item_refs.get(item)).cloned()
    }

    /// Who sits at a window.
    fn card_of_window(&self, window: &WindowId) -> Option<StaffCard> {
        let desk = self.desks.iter().find(|desk| desk.window.id == *window)?;
        desk.window.staff.as_ref().map(|staff| self.staff_card(staff, window))
    }

    fn staff_card(&self, staff: &StaffId, window: &WindowId) -> StaffCard {
        StaffCard {
            window: self.window_name(window),
            name: self.staff_name(staff),
            badge: self.facts.staff.get(staff).map(|member| member.badge.clone()).unwrap_or_default(),
            hall: self.facts.name.clone(),
        }
    }
}

/// Every page carries the card: letters nobody can have typed yet are left out.
fn without_initials(item: &ItemBrief) -> ItemBrief {
    ItemBrief {
        initials: String::new(),
        ..item.clone()
    }
}
