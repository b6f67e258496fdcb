//! The windows' side.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{
    ConsoleView, ContactView, Later, LineEntry, LineView, Missed, OverdueRecord, Preparing, QueueId, Sensitive, ServedVisit, StaffId, Timestamp,
    Unanswered, VisitId, WindowId, WindowView, Work,
};

use super::citizen::shares;
use crate::hall::line::Spot;
use crate::hall::matching::QueueIndex;
use crate::hall::priority::priority_view;
use crate::hall::referral::{referral_view, referred_view};
use crate::hall::roll::Slot;
use crate::hall::text::{mask_name, mask_phone};
use crate::hall::{Desk, Hall};
use crate::rules::MOST_PICKED;
use crate::{Visit, VisitState, Window};

/// Entries of the line that windows see, but for those that make sure of each queue's first.
const LINE_HEAD: usize = MOST_PICKED as usize;

/// Missed numbers told: a line that is told four times a second must stay small, and nobody reads more. Of each queue so many at least, so
/// that no window reads those of others alone.
const MISSED_TOLD: usize = 30;
const MISSED_TOLD_EACH: usize = 6;

/// Whether the place near the front is given away, and then in milliseconds who comes first.
type MissedRank<'a> = (bool, i64, &'a VisitId);

impl Hall {
    /// The line as every window sees it: of each queue those who may be called by hand, so that no window looks at a line
    /// of others alone, and then whoever comes next.
    pub fn line(&self) -> LineView {
        let queues = self.matching.every_queue();
        let pickable = self.pick_first() as usize;
        let mut head: BTreeSet<Spot> = queues
            .iter()
            .flat_map(|queue| self.line.head(*queue).iter().take(pickable))
            .copied()
            .collect();
        for spot in self.line.first(&queues) {
            if head.len() >= LINE_HEAD {
                break;
            }
            head.insert(spot);
        }
        LineView {
            waiting: self.line.len() as u32,
            longest_since: head.iter().map(|spot| self.roll[spot.slot].visit.waits_here_since()).min(),
            head: head.iter().map(|spot| self.line_entry(spot)).collect(),
            pick_first: self.pick_first(),
            unanswered: self.rung_in_vain(),
            later: self.asked_for_later(),
            preparing: self.sent_to_prepare(),
            missed: self.called_in_vain(),
            overdue: self.desks.iter().filter_map(overdue_record).collect(),
        }
    }

    /// Those whose rings nobody answers and who are there: in line, or rung again right now.
    fn rung_in_vain(&self) -> Vec<Unanswered> {
        let visits = self.alarmed.iter().map(|slot| &self.roll[*slot].visit);
        visits
            .filter(|visit| matches!(visit.state, VisitState::Waiting { .. } | VisitState::Ringing { .. }))
            .filter_map(|visit| {
                Some(Unanswered {
                    visit: visit.id.clone(),
                    number: visit.number.to_string(),
                    since: visit.ringing_since?,
                })
            })
            .collect()
    }

    /// Those who come back by themselves, the next first.
    fn asked_for_later(&self) -> Vec<Later> {
        let visits = self.coming_back.iter().map(|slot| &self.roll[*slot].visit);
        let mut later: Vec<Later> = visits
            .filter_map(|visit| {
                let (since, back_at) = visit.comes_back()?;
                Some(Later {
                    visit: visit.id.clone(),
                    number: visit.number.to_string(),
                    back_at: self.graced(since, back_at),
                })
            })
            .collect();
        later.sort_by(|one, other| (one.back_at, &one.visit).cmp(&(other.back_at, &other.visit)));
        later
    }

    /// Those who fetch something, whose time is over first before the others.
    fn sent_to_prepare(&self) -> Vec<Preparing> {
        let visits = self.coming_back.iter().map(|slot| &self.roll[*slot].visit);
        let mut preparing: Vec<Preparing> = visits
            .filter_map(|visit| {
                let (since, until) = visit.prepares()?;
                Some(Preparing {
                    visit: visit.id.clone(),
                    number: visit.number.to_string(),
                    queue: visit.queue.clone(),
                    until: self.graced(since, until),
                })
            })
            .collect();
        preparing.sort_by(|one, other| (one.until, &one.visit).cmp(&(other.until, &other.visit)));
        preparing
    }

    /// Those who missed their turn (过号): whose place near the front is kept, the first before the others; then of the others whoever
    /// missed it last. Only so many are told, of each queue the first few.
    fn called_in_vain(&self) -> Vec<Missed> {
        let ranked = |slot: &Slot| Some((self.missed_rank(*slot)?, *slot));
        let mut missed: Vec<(MissedRank<'_>, Slot)> = self.coming_back.iter().filter_map(ranked).collect();
        missed.sort_unstable();
        let mut told_of = BTreeMap::<QueueIndex, usize>::new();
        let (first, others): (Vec<_>, Vec<_>) = missed.into_iter().partition(|(_, slot)| {
            let told = told_of.entry(self.queue_at(*slot)).or_default();
            *told += 1;
            *told <= MISSED_TOLD_EACH
        });
        let room = MISSED_TOLD.saturating_sub(first.len());
        let mut told: Vec<_> = first.into_iter().chain(others.into_iter().take(room)).collect();
        told.sort_unstable();
        told.into_iter().filter_map(|(_, slot)| self.missed_view(slot)).collect()
    }

    fn missed_rank(&self, slot: Slot) -> Option<MissedRank<'_>> {
        let visit = &self.roll[slot].visit;
        let (since, _, late) = visit.missed()?;
        let since = since.as_millis();
        Some((late, if late { -since } else { since }, &visit.id))
    }

    fn missed_view(&self, slot: Slot) -> Option<Missed> {
        let visit = &self.roll[slot].visit;
        let (since, until, late) = visit.missed()?;
        Some(Missed {
            visit: visit.id.clone(),
            number: visit.number.to_string(),
            item: self.item_ref(visit.item.as_ref()),
            queue: visit.queue.clone(),
            supervised: self.matching.waits_for_supervisor(visit),
            since,
            until: self.graced(since, until),
            late,
        })
    }

    /// All windows, in the hall's order.
    pub fn windows(&self) -> Vec<WindowView> {
        self.desks.iter().map(|desk| self.window_view(desk)).collect()
    }

    /// One window; `None` when it is unknown.
    pub fn window(&self, window: &WindowId) -> Option<WindowView> {
        self.desk(window).map(|desk| self.window_view(desk))
    }

    /// The window a staff member sits at.
    pub fn window_of(&self, staff: &StaffId) -> Option<WindowId> {
        self.desk_of(staff).map(|desk| self.desks[desk].window.id.clone())
    }

    /// Who sits at a window.
    pub fn staff_at(&self, window: &WindowId) -> Option<StaffId> {
        self.desk(window)?.window.staff.clone()
    }

    /// The visit a staff member rings, serves or writes up.
    pub fn visit_of(&self, staff: &StaffId) -> Option<VisitId> {
        let slot = self.visit_at(self.desk_of(staff)?)?;
        Some(self.roll[slot].visit.id.clone())
    }

    /// The visit at a window as its console shows it. Name in full, telephone masked, rating never.
    pub fn served(&self, window: &WindowId, now: Timestamp) -> Option<ServedVisit> {
        let desk = self.desks.iter().position(|desk| desk.window.id == *window)?;
        let entry = &self.roll[self.visit_at(desk)?];
        let visit = &entry.visit;
        let phone = entry.phone();
        Some(ServedVisit {
            id: visit.id.clone(),
            number: visit.number.to_string(),
            reference: visit.reference.to_string(),
            item: self.item_ref(visit.item.as_ref()),
            contact: ContactView {
                name: entry.name().cloned(),
                phone: phone.map(|phone| Sensitive::new(mask_phone(phone.reveal()))),
            },
            joined_at: visit.waits_since(),
            status: self.status(entry, now),
            online: entry.page.online,
            device: visit.device.to_string(),
            shares: shares(visit),
            record: self.record_of(entry),
            hung_up: visit.hung_up,
            rating_invited: visit.rating_invited,
            earlier_visits: visit.earlier_visits,
            earlier: self.earlier_today(self.visit_at(desk)?),
            same_phone: self.same_phone(&visit.id),
            callback: self.callback_view(visit),
            transfers: visit.transfers,
            priority: priority_view(visit),
            park_ms: self.facts.rules.timers.park_ms,
            referral: referral_view(visit, now),
            referred: referred_view(visit),
        })
    }

    /// Everything a console shows after it connects; `None` when the person is not of this hall.
    pub fn console(&self, staff: &StaffId, now: Timestamp) -> Option<ConsoleView> {
        let member = self.facts.staff.get(staff)?;
        let mine = self.window_of(staff);
        let (served_today, mean_talk_ms) = self.tally.served_by(staff);
        Some(ConsoleView {
            seq: self.seq,
            staff: staff.clone(),
            staff_name: member.display_name.clone(),
            hall_name: self.facts.name.clone(),
            windows: self.windows(),
            visit: mine.as_ref().and_then(|window| self.served(window, now)).map(Box::new),
            mine,
            queues: self.matching.queues.clone(),
            line: self.line(),
            suspension: self.suspension(),
            served_today,
            mean_talk_ms,
            now,
        })
    }

    fn desk(&self, window: &WindowId) -> Option<&Desk> {
        self.desks.iter().find(|desk| desk.window.id == *window)
    }

    fn window_view(&self, desk: &Desk) -> WindowView {
        let window = &desk.window;
        WindowView {
            id: window.id.clone(),
            name: window.name.clone(),
            staff: window.staff.clone(),
            staff_name: window.staff.as_ref().map(|staff| self.staff_name(staff)),
            presence: window.presence,
            presence_since: window.presence_since,
            work: self.graced_work(window),
            fault: window.fault,
            supervisor: window
                .staff
                .as_ref()
                .and_then(|staff| self.facts.staff.get(staff))
                .is_some_and(|member| member.supervisor),
            queues: self.queues_of(&window.id),
            rests_until: window.blocked_until,
            extended: window.extended,
        }
    }

    /// Queues the window takes, in the hall's order.
    fn queues_of(&self, window: &WindowId) -> Vec<QueueId> {
        let Some(desk) = self.desk_named(window) else { return Vec::new() };
        let queues = self.matching.queues.iter().zip(0..);
        queues
            .filter(|(_, index)| self.matching.serves(desk, *index))
            .map(|(queue, _)| queue.clone())
            .collect()
    }

    /// The work with its deadline as it will fire.
    fn graced_work(&self, window: &Window) -> Work {
        let mut work = window.work.clone();
        match &mut work {
            Work::Reserved { until, .. }
            | Work::Connecting { until, .. }
            | Work::WrapUp { until, overdue: false, .. }
            | Work::Suspect { until: Some(until), .. } => {
                *until = self.graced(window.work_since, *until);
            }
            Work::Idle {} | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { until: None, .. } => {}
        }
        work
    }

    fn line_entry(&self, spot: &Spot) -> LineEntry {
        let entry = &self.roll[spot.slot];
        let visit = &entry.visit;
        let (asked_until, asked_again_at) = self.asked(visit);
        LineEntry {
            visit: visit.id.clone(),
            number: visit.number.to_string(),
            item: self.item_ref(visit.item.as_ref()),
            name: entry.name().and_then(|name| mask_name(name.reveal())).map(Sensitive::new),
            joined_at: visit.waits_since(),
            away: matches!(visit.state, VisitState::Away { .. }),
            here: visit.here,
            callback: visit.callback.is_some(),
            queue: self.matching.queues[usize::from(spot.queue)].clone(),
            priority: visit.priority.is_some(),
            supervised: self.matching.waits_for_supervisor(visit),
            appointment: visit.appointment.as_ref().map(|appointment| appointment.slot),
            asked_until,
            asked_again_at,
        }
    }

    /// Until when 「我在」 is asked, and, where nobody answered, from when on again.
    fn asked(&self, visit: &Visit) -> (Option<Timestamp>, Option<Timestamp>) {
        if let VisitState::Calling { since, until } = visit.state {
            return (Some(self.graced(since, until)), None);
        }
        let VisitState::Waiting {
            not_before,
            skip_until_ring: Some(_),
            ..
        } = visit.state
        else {
            return (None, None);
        };
        (None, not_before.filter(|_| self.facts.rules.handshake))
    }
}

fn overdue_record(desk: &Desk) -> Option<OverdueRecord> {
    let Work::WrapUp { until, overdue: true, .. } = desk.window.work else {
        return None;
    };
    Some(OverdueRecord {
        window: desk.window.name.clone(),
        since: until,
    })
}
