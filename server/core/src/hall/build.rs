//! A hall in memory is disposable: it is built from what the archive kept.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{ItemBrief, ItemRef, Timestamp};

use crate::hall::arrive::ended_before;
use crate::hall::closing::Closings;
use crate::hall::handover::Handovers;
use crate::hall::hours::{day_of, day_start};
use crate::hall::ledger::Outbox;
use crate::hall::line::Lines;
use crate::hall::matching::Matching;
use crate::hall::place::Moves;
use crate::hall::replies::Replies;
use crate::hall::roll::{Entry, Page, Roll, Slot};
use crate::hall::same_phone::Phones;
use crate::hall::slots::slot_to_come;
use crate::hall::tally::Tally;
use crate::hall::token::Age;
use crate::hall::turns::Turns;
use crate::hall::views::on_card;
use crate::hall::wait::Waits;
use crate::hall::{Desk, Facts, Hall, Turn};
use crate::{Actor, HallImage, TokenHash, Visit, VisitState};

impl Facts {
    /// What the archive says of the hall itself. Leaves the rest of the image: visits and what belongs to them.
    fn of(image: &mut HallImage) -> Self {
        let items = std::mem::take(&mut image.items);
        let item_ref = |item: &ItemBrief| ItemRef {
            code: item.code.clone(),
            name: item.name.clone(),
        };
        Self {
            id: image.id.clone(),
            name: std::mem::take(&mut image.name),
            telephone: std::mem::take(&mut image.telephone),
            demo_notice: image.demo_notice.take(),
            rules: image.rules.clone(),
            calendar: std::mem::take(&mut image.calendar),
            staff: image.staff.drain(..).map(|member| (member.id.clone(), member)).collect(),
            groups: items.iter().map(|item| (item.code.clone(), item.group.clone())).collect(),
            item_refs: items.iter().map(|item| (item.code.clone(), item_ref(item))).collect(),
            on_card: on_card(&items),
        }
    }
}

impl Hall {
    /// Rebuilds a hall from the archive. Every lease and every timer that was running gets the restart grace from
    /// `now`: none fires for the dead time.
    pub fn new(mut image: HallImage, now: Timestamp) -> Self {
        let mut hall = Self::empty(&mut image, now);
        hall.note_supervisors();
        let slots = hall.enrol(&mut image);
        hall.count_again(&slots);
        hall.learn_again(image.closed_before, &slots);
        hall.note_called_over_midnight();
        hall.take_up_all(slots);
        hall.unattended = hall.unattended_demands();
        hall.look_at_the_clock();
        hall.arm_at_once();
        hall.arm_suspension();
        hall.replies = Replies::again(image.requests);
        hall.turn.moves = Moves::default();
        hall.forecast_again();
        hall
    }

    /// The hall with its windows and nobody in it.
    fn empty(image: &mut HallImage, now: Timestamp) -> Self {
        let matching = Matching::new(&image.rules, std::mem::take(&mut image.queues), &image.items, &image.windows);
        let page = Page {
            heard: now,
            online: false,
            visible: false,
        };
        let desk = |window| Desk {
            window,
            page: page.clone(),
            tested_at: None,
            rung_at: None,
            armed: None,
            touched: false,
            left: false,
        };
        Self {
            facts: Facts::of(image),
            roll: Roll::default(),
            desks: image.windows.drain(..).map(desk).collect(),
            line: Lines::new(matching.queues.len()),
            matching,
            turns: Turns::default(),
            moved_ahead: BTreeSet::new(),
            tokens: BTreeMap::new(),
            handovers: Handovers::default(),
            links: BTreeMap::new(),
            phone_marks: image.phone_marks.drain(..).collect(),
            replies: Replies::default(),
            waits: Waits::default(),
            tally: Tally::new(day_of(now), image.last_numbers.drain(..).collect(), image.last_record),
            deadlines: BTreeSet::new(),
            closing_armed: None,
            suspended: image.suspended.take(),
            closed_out: Closings::default(),
            taken_back_until: None,
            seq: image.seq,
            rebuilt_at: now,
            unattended: BTreeSet::new(),
            alarmed: BTreeSet::new(),
            coming_back: BTreeSet::new(),
            missed_late: BTreeSet::new(),
            phones: Phones::default(),
            ended_phones: Phones::default(),
            set_back_ms: 0,
            latest_arrival: Timestamp::default(),
            turn: Turn {
                now,
                actor: Actor::System,
                moves: Moves::default(),
            },
            outbox: Outbox::default(),
            broken: None,
        }
    }

    /// Puts every visit on the roll with what belongs to it, in the order of the image.
    fn enrol(&mut self, image: &mut HallImage) -> Vec<Slot> {
        let tokens = image.tokens.drain(..).map(|(visit, token, previous)| (visit, (token, previous)));
        let mut tokens: BTreeMap<_, _> = tokens.collect();
        let mut slots = Vec::with_capacity(image.visits.len());
        for visit in image.visits.drain(..) {
            let (token, previous) = tokens.remove(&visit.id).unwrap_or((TokenHash::new(""), None));
            let mut entry = Entry::new(visit, token, self.turn.now);
            entry.told = image.seq;
            if previous.is_some() {
                entry.trail().previous = previous;
            }
            slots.push(self.roll.insert(entry));
        }
        for (visit, beside) in image.beside.drain(..) {
            if let Some(slot) = self.roll.find(&visit) {
                let trail = self.roll[slot].trail();
                trail.beside_noted.clone_from(&beside);
                trail.beside = beside;
            }
        }
        for (visit, contact) in image.contacts.drain(..) {
            if let Some(slot) = self.roll.find(&visit) {
                self.roll[slot].contact = Some(Box::new(contact));
                self.enter_phone(slot);
            }
        }
        for record in image.records.drain(..) {
            if let Some(slot) = self.roll.find(&record.visit) {
                self.roll[slot].record = Some(Box::new(record));
            }
        }
        slots
    }

    /// Puts all visits where their rows say, and sets the timers of the windows.
    fn take_up_all(&mut self, mut slots: Vec<Slot>) {
        // A later visit has the cookie of the one before: it comes last.
        slots.sort_by_key(|slot| (!self.roll[*slot].visit.state.is_closed(), self.roll[*slot].visit.joined_at));
        for slot in slots {
            self.take_up(slot);
        }
        for desk in 0..self.desks.len() {
            self.rearm_window(desk);
        }
    }

    /// Puts a visit where its row says.
    fn take_up(&mut self, slot: Slot) {
        let now = self.turn.now;
        let entry = &self.roll[slot];
        if let Some(previous) = entry.previous().cloned() {
            self.tokens.insert(previous, (slot, Age::Previous));
        }
        for given in entry.beside() {
            self.tokens.insert(given.token.clone(), (slot, Age::Present));
        }
        if !entry.token.is_empty() {
            self.tokens.insert(entry.token.clone(), (slot, Age::Present));
        }
        if let Some(appointment) = entry.visit.appointment.as_ref().filter(|_| !entry.visit.state.is_closed()) {
            self.links.insert(appointment.link.clone(), slot);
        }
        if let VisitState::Calling { since, until } = entry.visit.state {
            self.roll[slot].alerts = self.alert_at((since, until), now);
        }
        self.refile(slot);
        self.rearm(slot);
    }

    /// What is known of waits, from the rows of earlier days and today's, in the order in which they ended.
    fn learn_again(&mut self, earlier: Vec<Visit>, slots: &[Slot]) {
        let ended = |visit: &Visit| visit.state.ended().map(|(_, at)| (at, visit.order.seq));
        let today = slots.iter().map(|slot| self.roll[*slot].visit.clone());
        let mut visits: Vec<Visit> = earlier.into_iter().chain(today).filter(|visit| ended(visit).is_some()).collect();
        visits.sort_by_key(ended);
        for visit in &visits {
            self.learn_from(visit);
            self.learn_end(visit);
        }
    }

    /// What was counted today, from the rows.
    fn count_again(&mut self, slots: &[Slot]) {
        let visits = || slots.iter().map(|slot| &self.roll[*slot].visit);
        let mut tally = self.tally.clone();
        tally.live = visits().filter(|visit| !visit.state.is_closed()).count() as u32;
        tally.booked = visits().filter(|visit| slot_to_come(visit).is_some()).count() as u32;
        let start = day_start(self.turn.now);
        visits()
            .filter(|visit| !ended_before(visit, start))
            .for_each(|visit| tally.count_served(visit));
        for visit in visits().filter(|visit| visit.joined_at >= start) {
            tally.note_number(&self.matching.queues, visit);
        }
        self.tally = tally;
        let moves = |slot: &Slot| {
            self.roll[*slot]
                .visit
                .moves_ahead()
                .map(|credit| (credit.from, *slot))
                .collect::<Vec<_>>()
        };
        self.moved_ahead = slots.iter().flat_map(moves).collect();
    }
}
