//! What people see, read from the hall at the moment of telling.

mod appointment;
mod citizen;
mod earlier;
mod staff;

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_protocol::{ClosedCause, ClosedQueue, HallCard, ItemBrief, ItemCode, ItemRef, StaffCard, StaffId, Timestamp, WindowId};

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
            sisters: self.sisters(),
            closed_queues: self.closed_queues(closed_because, calls_back_from, now),
            hours: facts.rules.hours.clone(),
            special_days: day_notes(&facts.calendar, now),
            busyness: self.busyness(),
            long_wait_ms: facts.rules.timers.long_wait_ms,
            notice_version: facts.rules.notice_version.clone(),
            items: Arc::clone(&facts.on_card),
            now,
        }
    }

    /// Halls this one hands on to; itself is none.
    pub(super) fn sisters(&self) -> Option<u32> {
        let named = self.facts.rules.hands_on_to.iter();
        let others = named.filter(|hall| **hall != self.facts.id).count() as u32;
        (others > 0).then_some(others)
    }

    /// Matters for which no numbers are given now, where that is not so for the whole hall alike.
    fn closed_queues(&self, hall: Option<ClosedCause>, of_hall: Option<Timestamp>, now: Timestamp) -> Vec<ClosedQueue> {
        let closed = |queue: QueueIndex| {
            let (open, closed_because) = self.intake_of(&[queue], now);
            let calls_back_from = self.calls_back_from(&[queue], &open, now);
            let items = self.facts.item_refs.keys();
            // A queue of which nobody can say when it opens is told of too, unless the whole hall is closed like that.
            let differs = hall.is_none() || calls_back_from != of_hall;
            (closed_because.is_some() && differs).then(|| ClosedQueue {
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

/// The first item of each group in the order of the catalogue, then the second of each, and so on: a dozen show much of what the
/// hall does, and not its first group alone.
pub(super) fn on_card(items: &[ItemBrief]) -> Arc<[ItemBrief]> {
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut in_turn: Vec<(usize, usize, &ItemBrief)> = Vec::with_capacity(items.len());
    for item in items {
        let met = groups.len();
        let (group, round) = groups.entry(&item.group).or_insert((met, 0));
        in_turn.push((*round, *group, item));
        *round += 1;
    }
    in_turn.sort_by_key(|(round, group, _)| (*round, *group));
    in_turn.into_iter().take(CARD_ITEMS).map(|(_, _, item)| without_initials(item)).collect()
}

/// Every page carries the card: letters nobody can have typed yet are left out.
fn without_initials(item: &ItemBrief) -> ItemBrief {
    ItemBrief {
        initials: String::new(),
        ..item.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(catalogue: &[(&str, &str)]) -> String {
        let item = |(code, group): &(&str, &str)| ItemBrief {
            code: ItemCode::new(*code),
            name: (*code).into(),
            aliases: Vec::new(),
            group: (*group).into(),
            initials: (*code).into(),
        };
        let items: Vec<ItemBrief> = catalogue.iter().map(item).collect();
        let codes: Vec<String> = on_card(&items).iter().map(|item| item.code.to_string()).collect();
        codes.join(" ")
    }

    #[test]
    fn the_first_of_each_group_stand_before_the_second_of_any() {
        let insurance = ["s1", "s2", "s3", "s4"].map(|code| (code, "社会保险"));
        let catalogue = [&insurance[..], &[("j1", "就业"), ("j2", "就业"), ("h1", "户籍")]].concat();
        assert_eq!(chosen(&catalogue), "s1 j1 h1 s2 j2 s3 s4");
    }

    #[test]
    fn a_group_that_the_catalogue_comes_back_to_is_one_group() {
        assert_eq!(
            chosen(&[("s1", "社会保险"), ("j1", "就业"), ("j2", "就业"), ("s2", "社会保险")]),
            "s1 j1 s2 j2"
        );
    }

    #[test]
    fn of_many_groups_a_dozen_is_shown() {
        let groups: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
        let catalogue: Vec<(&str, &str)> = groups.iter().map(|name| (name.as_str(), name.as_str())).collect();
        assert_eq!(chosen(&catalogue), "00 01 02 03 04 05 06 07 08 09 10 11");
        assert_eq!(chosen(&[]), "");
    }
}
