//! A reference model: order and matching recomputed the naive way, from rows and rules alone, with no index of the hall's.
//!
//! It folds the events one by one. Before each ring it looks at every visit and every window and says who should be
//! rung; before each declared priority it counts who has gone ahead of whom.

mod appointment;
mod capacity;
mod head;
mod hours;
mod offer;
mod referral;
mod set_back;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{ItemCode, Presence, QueueId, StaffId, Timestamp, VisitId, WindowId, Work};

use super::people::Stage;
use crate::{Calendar, Event, HallImage, HallRules, OrderKey, SkillRules, Subject, Visit, VisitState, Window, WindowRules};

const HOUR_MS: i64 = 3_600_000;

/// Rows as they are after the events seen so far.
pub struct Model {
    image: HallImage,
    /// The rules and special days at the end of the step before.
    before: (HallRules, Calendar),
    pub visits: BTreeMap<VisitId, Visit>,
    windows: BTreeMap<WindowId, Window>,
    /// Since when each window talks or writes, by the moments of its events.
    busy_since: BTreeMap<WindowId, i64>,
    /// When each did.
    worked: BTreeMap<WindowId, Vec<(i64, i64)>>,
    /// The hall is closed in an emergency.
    suspended: Option<crate::Suspension>,
    seen: usize,
    /// Who passed each while it stood in line, since it was handed back into one.
    passed: BTreeMap<VisitId, BTreeSet<VisitId>>,
    /// A ring was called off at one window for this one at another.
    moved: Option<(VisitId, WindowId)>,
    /// Rings seen.
    pub rings: usize,
    /// Rings moved to another window.
    pub moves_of_rings: usize,
    /// Declared priorities that moved a visit.
    pub moves: usize,
    /// Numbers left while the hall was closed that were opened to.
    pub opened: usize,
    /// Transfers of visits that were handed on too often before, and rings for those that are a supervisor's while there is one.
    pub supervised: (usize, usize),
    /// Appointments checked in.
    pub kept: usize,
    /// What is known of another hall.
    pub referrals: referral::Referrals,
    offers: offer::Offers,
}

impl Model {
    /// A model of the hall of an image.
    pub fn new(image: HallImage) -> Self {
        let windows = image.windows.iter().map(|window| (window.id.clone(), window.clone())).collect();
        Self {
            before: (image.rules.clone(), image.calendar.clone()),
            image,
            visits: BTreeMap::new(),
            windows,
            busy_since: BTreeMap::new(),
            worked: BTreeMap::new(),
            suspended: None,
            seen: 0,
            passed: BTreeMap::new(),
            moved: None,
            rings: 0,
            moves_of_rings: 0,
            moves: 0,
            opened: 0,
            supervised: (0, 0),
            kept: 0,
            referrals: referral::Referrals::default(),
            offers: offer::Offers::default(),
        }
    }

    /// Takes in what happened since, and holds each decision against its own.
    pub fn follow(&mut self, stage: &Stage) {
        // A rule is changed by a step of its own, and what follows from it goes by the new one.
        self.image.rules.clone_from(stage.archive.rules());
        self.image.calendar.clone_from(stage.archive.calendar());
        for event in &stage.archive.events[self.seen..] {
            match (event.cause.as_str(), &event.after) {
                ("rung", Subject::Visit { visit }) => self.hold_ring(stage, event, visit),
                ("ring_moved", Subject::Visit { visit }) => self.hold_moved(stage, event, visit),
                ("priority_declared", Subject::Visit { visit }) => self.hold_priority(event, visit),
                ("booked", Subject::Visit { visit }) => self.hold_booking(event, visit),
                ("checked_in" | "checked_in_late", Subject::Visit { visit }) => self.hold_check_in(event, visit),
                ("no_show", Subject::Visit { visit }) => self.hold_no_show(event, visit),
                ("took_number" | "hall_opened", Subject::Visit { visit }) => self.hold_number(event, visit),
                ("transferred" | "transferred_to_line", Subject::Visit { visit }) => self.hold_transfer(event, visit),
                ("referred" | "hall_chosen" | "referral_taken" | "referred_here", Subject::Visit { visit }) => self.hold_referral(event, visit),
                ("grace_over" | "setup_failed", Subject::Visit { visit }) => self.hold_head(event, visit),
                ("window_lost", Subject::Window { window }) => self.hold_lost_window(event, window),
                _ => {}
            }
            match &event.after {
                Subject::Visit { visit } => {
                    self.note_passed(event, visit);
                    self.referrals.note_arrival(event);
                    self.visits.insert(visit.id.clone(), (**visit).clone());
                }
                Subject::Window { window } => {
                    self.count_back(event, window);
                    self.note_work(window, event.at.as_millis());
                    self.windows.insert(window.id.clone(), (**window).clone());
                }
                Subject::Hall { suspension } => self.suspended.clone_from(suspension),
                Subject::Contact { .. } | Subject::Chat { .. } | Subject::Record { .. } | Subject::Rating { .. } | Subject::Looked { .. } => {}
            }
        }
        self.seen = stage.archive.events.len();
        self.before = (self.image.rules.clone(), self.image.calendar.clone());
        self.hold_offers(stage);
    }

    /// Q11: no visit that may be rung and no window that may take it are left together.
    pub fn nobody_waits_for_an_idle_window(&self, stage: &Stage) {
        assert_eq!(self.best_pair(stage, stage.now), None, "a visit and a window wait for each other");
    }

    /// People of the same queue ahead of a visit in line.
    pub fn ahead(&self, visit: &Visit) -> usize {
        let ahead = |other: &&Visit| other.state.in_line() && self.queue(other) == self.queue(visit) && other.order < visit.order;
        self.visits.values().filter(ahead).count()
    }

    /// Q7: priority visits that came after this one and have gone ahead of it, by their order keys.
    pub fn overtakers(&self, visit: &Visit) -> usize {
        let came = visit.moves_ahead().next().map_or(visit.order, |credit| credit.from);
        self.moves_over(visit).filter(|from| *from > came).count()
    }

    /// Q7 of whoever was served and handed back into a line, or came into it from another hall: what passed it there, but for those
    /// who left before being served. Moves made while it was at a window, or in the other hall, passed nobody.
    pub fn passed(&self, visit: &Visit) -> usize {
        let passed = self.passed.get(&visit.id).into_iter().flatten();
        passed.filter(|other| counts(&self.visits[*other])).count()
    }

    fn note_passed(&mut self, event: &Event, visit: &Visit) {
        if event.cause == "transferred_to_line" {
            self.passed.remove(&visit.id);
        }
        if !matches!(event.cause.as_str(), "priority_declared" | "checked_in" | "checked_in_late") {
            return;
        }
        let Some(moved) = visit.moves_ahead().last() else { return };
        let queue = self.queue(visit);
        let in_line = self.visits.values().filter(|other| other.id != visit.id && other.state.in_line());
        let passed = in_line.filter(|other| moved.to < other.order && other.order < moved.from && self.compete(&queue, &self.queue(other)));
        let passed: Vec<VisitId> = passed.map(|other| other.id.clone()).collect();
        for other in passed {
            self.passed.entry(other).or_default().insert(visit.id.clone());
        }
    }

    /// Moves by declared priorities and kept appointments that lie over a visit's place: the keys they began at.
    fn moves_over(&self, visit: &Visit) -> impl Iterator<Item = OrderKey> {
        let (order, queue) = (visit.order, self.queue(visit));
        let competing = self
            .visits
            .values()
            .filter(|other| counts(other))
            .filter(move |other| self.compete(&self.queue(other), &queue));
        let moves = competing.flat_map(Visit::moves_ahead);
        moves.filter(move |moved| moved.to < order && order < moved.from).map(|moved| moved.from)
    }

    /// From the first word to the written record, as long as it has to do with a visit here.
    fn note_work(&mut self, window: &Window, at: i64) {
        let works = matches!(window.work, Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. });
        let since = self.busy_since.get(&window.id).copied();
        match (since, works) {
            (None, true) => drop(self.busy_since.insert(window.id.clone(), at)),
            (Some(since), false) => {
                self.busy_since.remove(&window.id);
                self.worked.entry(window.id.clone()).or_default().push((since, at));
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    fn hold_ring(&mut self, stage: &Stage, event: &Event, visit: &Visit) {
        self.rings += 1;
        let wanted = self.moved.take().or_else(|| self.best_pair(stage, event.at));
        let rung = visit.state.window().cloned().map(|window| (visit.id.clone(), window));
        assert_eq!(rung, wanted, "who is rung at event {}", event.seq);
        let is_supervised = visit.supervised && self.windows.values().any(|window| self.is_supervisors(window));
        self.supervised.1 += usize::from(is_supervised);
    }

    /// E7: only for a window that takes it now, and in its turn.
    fn hold_moved(&mut self, stage: &Stage, event: &Event, visit: &Visit) {
        self.moved = self.best_pair(stage, event.at);
        assert_eq!(
            self.moved.as_ref().map(|(visit, _)| visit),
            Some(&visit.id),
            "whose ring moves at event {}",
            event.seq
        );
        assert_eq!(self.visits[&visit.id].order, visit.order, "the same place");
        self.moves_of_rings += 1;
    }

    fn hold_priority(&mut self, event: &Event, visit: &Visit) {
        let own = self.visits[&visit.id].order;
        let priority = visit.priority.as_ref().expect("it was declared");
        assert_eq!((priority.from, priority.to), (own, visit.order));
        self.moves += usize::from(own != visit.order);
        if visit.distrusted || own.band == 0 {
            assert_eq!(visit.order, own, "no credit is given");
            return;
        }
        let arrived = visit.moves_ahead().next().map_or(own, |credit| credit.from);
        let to = self.placed(visit, arrived, own, self.rules().order.priority_credit_ms, event.seq);
        assert_eq!(visit.order, to, "the place given at event {}", event.seq);
    }

    /// The place of a visit that has `own` and is given a credit counted from its arrival.
    fn placed(&self, visit: &Visit, arrived: OrderKey, own: OrderKey, credit_ms: u32, seq: u32) -> OrderKey {
        let rules = &self.rules().order;
        let reach_ms = i64::from(credit_ms.min(rules.overtaken_ms));
        let wanted = OrderKey {
            effective: Timestamp::from_millis(arrived.effective.as_millis() - reach_ms),
            ..own
        };
        let queue = self.queue(visit);
        let may_be_rung_again = |state: &VisitState| matches!(state, VisitState::Ringing { .. } | VisitState::Connecting { .. });
        let live = self
            .visits
            .values()
            .filter(|other| other.state.in_line() || may_be_rung_again(&other.state));
        let competing = live.filter(|other| other.id != visit.id && self.compete(&self.queue(other), &queue));
        let enough = competing.filter(|other| self.moves_over(other).count() >= rules.overtaken_by as usize);
        let last = enough.map(|other| other.order).filter(|order| wanted < *order && *order < own).max();
        last.map_or(wanted, |order| OrderKey { seq, ..order }).min(own)
    }

    /// Handed on too often a visit is a supervisor's; in line it keeps the order it had (Q4).
    fn hold_transfer(&mut self, event: &Event, visit: &Visit) {
        let before = &self.visits[&visit.id];
        assert_eq!(visit.transfers, before.transfers + 1, "transfers at event {}", event.seq);
        assert_eq!(visit.order, before.order, "the order at event {}", event.seq);
        if visit.transfers >= self.rules().max_transfers {
            assert!(visit.supervised, "{} was handed on too often at event {}", visit.number, event.seq);
        }
        if before.transfers < self.rules().max_transfers {
            return;
        }
        let by_supervisor = |window: &WindowId| {
            let staff = self.windows[window].staff.as_ref();
            self.image.staff.iter().any(|member| Some(&member.id) == staff && member.supervisor)
        };
        let taken = visit.state.window().is_none_or(by_supervisor);
        assert!(taken, "{} was taken by nobody it was for at event {}", visit.number, event.seq);
        self.supervised.0 += 1;
    }

    /// An emergency with an end is over then, whether that was written down yet or not.
    fn is_suspended(&self, at: Timestamp) -> bool {
        self.suspended.as_ref().is_some_and(|closed| closed.until.is_none_or(|until| at < until))
    }

    /// While a hall is closed no number is given but to who leaves a telephone number, and none of those is called.
    fn hold_number(&mut self, event: &Event, visit: &Visit) {
        if event.cause == "took_number" {
            self.hold_capacity(event);
            let is_closed = self.is_suspended(event.at) || !self.is_open(event.at);
            // A hall with hours may have given its last number until it closes, by its forecast: then it is for an opening to come.
            let stands = if let VisitState::Booked { at } = visit.state {
                is_closed || at > event.at && self.opens_at(at)
            } else {
                !is_closed
            };
            assert!(stands, "number {} at event {}", visit.number, event.seq);
            return self.hold_place(event, visit);
        }
        self.opened += 1;
        let VisitState::Booked { at } = self.visits[&visit.id].state else {
            panic!("{} was in line when the hall opened", visit.number);
        };
        let opens = !self.is_suspended(event.at) && at <= event.at && self.is_open(event.at);
        assert!(opens, "{} is opened to at event {}", visit.number, event.seq);
    }

    /// Every pair looked at: the visit by band and weighed wait, then the window.
    fn best_pair(&self, stage: &Stage, now: Timestamp) -> Option<(VisitId, WindowId)> {
        let idle: Vec<&Window> = self.windows.values().filter(|window| takes_rings(stage, window, now)).collect();
        let ready = self
            .visits
            .values()
            .filter(|visit| self.is_ready(visit, now) || self.is_doubted(visit, now));
        let ranked = ready.filter_map(|visit| {
            let weights = idle.iter().filter_map(|window| self.weight(visit, window, now));
            let waited = (now.as_millis() - visit.order.effective.as_millis()).max(0) * i64::from(weights.max()?);
            Some(((visit.order.band, Reverse(waited), visit.order), visit))
        });
        let (_, visit) = ranked.min_by_key(|(rank, _)| *rank)?;
        let position = |window: &Window| self.image.windows.iter().position(|other| other.id == window.id);
        let suiting = idle.iter().filter_map(|window| {
            let weight = self.weight(visit, window, now)?;
            let rank = (
                !is_sticky(visit, window, now),
                visit.last_window.as_deref() == Some(&window.id),
                Reverse(weight),
                Reverse(self.corrected_idle_ms(window, now)),
                window.work_since,
                position(window),
            );
            Some((rank, window))
        });
        let (_, window) = suiting.min_by_key(|(rank, _)| *rank)?;
        Some((visit.id.clone(), window.id.clone()))
    }

    fn is_ready(&self, visit: &Visit, now: Timestamp) -> bool {
        let (asked, not_before) = match visit.state {
            VisitState::Waiting { not_before, .. } => (visit.here || !self.rules().handshake, not_before),
            VisitState::CallbackKept { not_before, .. } => (true, not_before),
            VisitState::Booked { .. }
            | VisitState::Away { .. }
            | VisitState::Calling { .. }
            | VisitState::Missed { .. }
            | VisitState::Ringing { .. }
            | VisitState::Connecting { .. }
            | VisitState::Serving { .. }
            | VisitState::Held { .. }
            | VisitState::Parked { .. }
            | VisitState::Dropped { .. }
            | VisitState::Transferring { .. }
            | VisitState::Closed { .. } => return false,
        };
        asked && not_before.is_none_or(|moment| moment <= now)
    }

    /// E7: it rings once more where its last ring was left unanswered, and nobody's has been answered since.
    fn is_doubted(&self, visit: &Visit, now: Timestamp) -> bool {
        let VisitState::Ringing { window, .. } = &visit.state else {
            return false;
        };
        let window = &self.windows[window];
        let asked = visit.here || visit.callback.is_some() || !self.rules().handshake;
        let again = visit.last_window.as_deref() == Some(&window.id) && visit.spared_until.is_none();
        asked && again && window.unanswered > 0 && !is_sticky(visit, window, now)
    }

    /// The weight of the visit's queue at the window; `None` when the window may not take it.
    fn weight(&self, visit: &Visit, window: &Window, now: Timestamp) -> Option<u32> {
        let declined = visit.last_window.as_deref() == Some(&window.id) && visit.spared_until.is_some_and(|moment| moment > now);
        let refused = visit.refused.as_deref() == Some(&window.id);
        if declined || refused && self.windows.values().any(|other| other.id != window.id && self.will_take(other, visit)) {
            return None;
        }
        let rules = self.window_rules(&window.id);
        let weight = self.queue_weight(rules, &self.queue(visit));
        let waited_ms = now.since(visit.waits_since());
        let universal = rules.is_none_or(|rules| rules.universal) && waited_ms >= self.rules().order.widen_ms;
        let takes = if visit.supervised && self.windows.values().any(|window| self.is_supervisors(window)) {
            self.is_supervisors(window)
        } else {
            weight > 0 && (self.meets(rules, visit, self.steps(waited_ms)) || universal)
        };
        (takes || is_sticky(visit, window, now)).then_some(weight.max(1))
    }

    /// DOMAIN 3.8: a supervisor sits there who is rung by itself, now or later.
    fn is_supervisors(&self, window: &Window) -> bool {
        let is_one = |staff: &StaffId| self.image.staff.iter().any(|member| member.id == *staff && member.supervisor);
        let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
        window.staff.as_ref().is_some_and(is_one) && window.presence == Presence::Available {} && !is_paused
    }

    /// Levels less that are asked after so long.
    fn steps(&self, waited_ms: u32) -> u32 {
        waited_ms.checked_div(self.rules().order.level_step_ms).unwrap_or(0)
    }

    /// Whether the window has the skill the item needs, at the level that is asked after so many steps.
    fn meets(&self, rules: Option<&WindowRules>, visit: &Visit, steps: u32) -> bool {
        let asked = |skill: &SkillRules| skill.level.saturating_sub(steps).max(1);
        self.skill_needed(visit).is_none_or(|skill| has(rules, skill, asked(skill)))
    }

    /// The skill the item needs. Nobody waits for one that no window of the queue has, nor after a person moved the visit to
    /// another queue.
    fn skill_needed(&self, visit: &Visit) -> Option<&SkillRules> {
        let queue = self.queue(visit);
        if queue != self.queue_of_item(visit) {
            return None;
        }
        let item = visit.item.as_ref()?;
        let item = self.image.items.iter().find(|other| other.code == *item)?;
        let known = |skill: &SkillRules| {
            let mut rules = self.image.windows.iter().filter_map(|window| self.window_rules(&window.id));
            rules.any(|rules| has(Some(rules), skill, skill.level))
        };
        let mut named = self.rules().skills.iter().filter(|skill| known(skill));
        let skill = named.find(|skill| skill.items.contains(&item.code) || skill.groups.contains(&item.group))?;
        let serving = self.image.windows.iter().map(|window| self.window_rules(&window.id));
        let mut serving = serving.filter(|rules| self.queue_weight(*rules, &queue) > 0);
        serving.any(|rules| has(rules, skill, skill.level)).then_some(skill)
    }

    fn queue_weight(&self, rules: Option<&WindowRules>, queue: &QueueId) -> u32 {
        let of = |rules: Option<&WindowRules>| match rules {
            Some(rules) if !rules.queues.is_empty() => rules.queues.iter().find(|share| share.queue == *queue).map_or(0, |share| share.weight),
            _ => 1,
        };
        let forgotten = self.image.windows.iter().all(|window| of(self.window_rules(&window.id)) == 0);
        if forgotten { 1 } else { of(rules) }
    }

    fn compete(&self, one: &QueueId, other: &QueueId) -> bool {
        let both = |window: &Window| {
            let rules = self.window_rules(&window.id);
            self.queue_weight(rules, one) > 0 && self.queue_weight(rules, other) > 0
        };
        one == other || self.windows.values().any(both)
    }

    /// The queue its item belongs to, until a window transfers it to another.
    fn queue(&self, visit: &Visit) -> QueueId {
        if visit.transfers == 0 {
            assert_eq!(self.queue_of_item(visit), visit.queue, "the item chooses the queue");
        }
        visit.queue.clone()
    }

    fn queue_of_item(&self, visit: &Visit) -> QueueId {
        let item = visit
            .item
            .as_ref()
            .and_then(|item| self.image.items.iter().find(|other| other.code == *item));
        let names = |item| {
            move |groups: &[String], items: &[ItemCode]| -> bool {
                let item: &yunyiban_protocol::ItemBrief = item;
                items.contains(&item.code) || groups.contains(&item.group)
            }
        };
        let queues = &self.rules().queues;
        let named = item.and_then(|item| queues.iter().find(|queue| names(item)(&queue.groups, &queue.items)));
        named.or(queues.first()).map_or(&self.image.queues[0], |queue| &queue.id).clone()
    }

    fn corrected_idle_ms(&self, window: &Window, now: Timestamp) -> u64 {
        let since = Timestamp::from_millis(now.as_millis() - HOUR_MS).max(window.presence_since);
        let spans = self.worked.get(&window.id).into_iter().flatten();
        let worked: i64 = spans.map(|(began, ended)| (ended - began.max(&since.as_millis())).max(0)).sum();
        let on_duty = i64::from(now.since(since)).max(1);
        (i64::from(now.since(window.work_since)) * (on_duty - worked.min(on_duty)) / on_duty) as u64
    }

    fn window_rules(&self, window: &WindowId) -> Option<&WindowRules> {
        self.rules().windows.iter().find(|rules| rules.window == *window)
    }

    fn rules(&self) -> &HallRules {
        &self.image.rules
    }
}

/// I6, Q12: the person is there, free, wants rings, was heard, and their page has tested itself within half a minute.
fn takes_rings(stage: &Stage, window: &Window, now: Timestamp) -> bool {
    let hall = &stage.hall;
    let desk = hall.desks.iter().find(|desk| desk.window.id == window.id);
    let heard = desk.map(|desk| desk.page.heard);
    let tested = desk.and_then(|desk| desk.tested_at).is_some_and(|at| at.plus(30_000) >= now);
    let lease_ms = hall.facts.rules.timers.window_lease_ms;
    let lives = heard.is_some_and(|heard| hall.graced(heard, heard.plus(lease_ms)) > now);
    let blocked = window.blocked_until.is_some_and(|moment| moment > now);
    let wants = matches!((window.presence, &window.work), (Presence::Available {}, Work::Idle {}));
    window.staff.is_some() && wants && !blocked && lives && tested
}

fn has(rules: Option<&WindowRules>, wanted: &SkillRules, level: u32) -> bool {
    rules.is_none_or(|rules| rules.skills.iter().any(|skill| skill.skill == wanted.skill && skill.level >= level))
}

fn is_sticky(visit: &Visit, window: &Window, now: Timestamp) -> bool {
    visit
        .sticky
        .as_deref()
        .is_some_and(|(preferred, until)| *preferred == window.id && *until > now)
}

/// Whether a move ahead counts: not of somebody who left before being served.
fn counts(visit: &Visit) -> bool {
    !visit.state.is_closed() || visit.served_at.is_some()
}
