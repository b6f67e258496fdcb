//! Who may take whom (DOMAIN 3.5): the rules of queues, skills and windows, made ready to be asked at each ring.
//!
//! A **lane** gathers the visits that the same windows may take now. There are as many as the rules make, however many
//! people wait; so whoever is to be rung next is found among the heads of the lanes.

mod levels;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{ItemBrief, ItemCode, QueueId, Timestamp};

use crate::order::{OrderRules, SkillRules, WindowRules};
use crate::{HallRules, Visit, Window};

/// A queue's number in its hall, 0 = the first.
pub(super) type QueueIndex = u16;

/// What a visit asks of windows: to take its queue, and to have a skill or to be universal; or to be a supervisor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand {
    queue: QueueIndex,
    need: Option<u16>,
    supervised: bool,
}

/// Visits that the same windows may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    /// Where they stand.
    pub queue: QueueIndex,
    /// The skill they need.
    need: Option<u16>,
    /// They have waited long enough for universal windows.
    widened: bool,
    /// By so many levels less is asked of them by now, so far as that lets another window join in.
    lowered: u32,
    /// The window they were lost from or sent off by, which takes them whatever its rules say.
    sticky: Option<u16>,
    /// The window that declined them, for a while.
    spared: Option<u16>,
    /// The window their citizens will not have again.
    refused: Option<u16>,
    /// They are for a supervisor.
    supervised: bool,
}

impl Lane {
    /// The same, for a window that asks for them itself.
    pub fn unspared(self) -> Self {
        Self { spared: None, ..self }
    }
}

/// What one window takes.
#[derive(Clone, Debug, PartialEq)]
struct Takes {
    /// Weight of each queue; 0: not taken.
    weights: Vec<u32>,
    /// Levels it lacks for each need, 0: it meets it; `None`: it has nothing of the skill.
    lacks: Vec<Option<u32>>,
    universal: bool,
}

/// The rules, by index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matching {
    pub queues: Vec<QueueId>,
    /// Queue and need of the items that are not simply the first queue's.
    of_item: BTreeMap<ItemCode, (QueueIndex, Option<u16>)>,
    takes: Vec<Takes>,
    /// Queues that share a window with each queue, itself included.
    rivals: Vec<Vec<QueueIndex>>,
    /// Queues whose people, with those of their rivals, are taken by the same windows in the order of one line.
    one_line: Vec<bool>,
    /// Everything that may be asked of windows here.
    pub demands: BTreeSet<Demand>,
    /// Windows where a supervisor sits who is rung, now or after the visit there.
    pub supervisors: BTreeSet<usize>,
    /// Windows that take visits, now or after the one they have.
    pub on_duty: BTreeSet<usize>,
    widen_ms: u32,
    level_step_ms: u32,
}

impl Lane {
    /// What its visits ask of windows.
    pub fn demand(&self) -> Demand {
        Demand {
            queue: self.queue,
            need: self.need,
            supervised: self.supervised,
        }
    }
}

impl Matching {
    /// `kept`: the queues of a hall whose rules name none. A rule no window could fulfil binds nobody: a queue no window
    /// names is taken by all, and a skill no window of its queue has is needed by no item.
    pub fn new(rules: &HallRules, kept: Vec<QueueId>, items: &[ItemBrief], windows: &[Window]) -> Self {
        let named = rules.queues.iter().map(|queue| queue.id.clone()).collect::<Vec<_>>();
        let queues = if named.is_empty() { kept } else { named };
        let windows: Vec<Option<&WindowRules>> = windows
            .iter()
            .map(|window| rules.windows.iter().find(|wanted| wanted.window == window.id))
            .collect();
        let met: Vec<&SkillRules> = rules
            .skills
            .iter()
            .filter(|skill| windows.iter().flatten().any(|window| levels::lacking(window, skill) == Some(0)))
            .collect();
        let takes: Vec<Takes> = windows.iter().map(|window| takes(*window, &queues, &met)).collect();
        let mut matching = Self {
            of_item: items.iter().map(|item| (item.code.clone(), place_of(rules, &met, item))).collect(),
            rivals: Vec::new(),
            one_line: Vec::new(),
            demands: BTreeSet::new(),
            supervisors: BTreeSet::new(),
            on_duty: BTreeSet::new(),
            takes,
            queues,
            widen_ms: rules.order.widen_ms,
            level_step_ms: rules.order.level_step_ms,
        };
        matching.open_the_forgotten();
        matching.drop_needs_nobody_meets();
        let plain = matching.every_queue().into_iter().map(|queue| (queue, None));
        let asked = plain.chain(matching.of_item.values().copied());
        let both = |(queue, need)| [false, true].map(|supervised| Demand { queue, need, supervised });
        matching.demands = asked.flat_map(both).collect();
        matching.rivals = (0..matching.queues.len()).map(|queue| matching.sharing(queue)).collect();
        matching.one_line = matching.every_queue().into_iter().map(|queue| matching.makes_one_line(queue)).collect();
        matching
    }

    /// How long a skill is waited for from now on, before less of it is asked and before universal windows take whoever needs it.
    pub fn widen_by(&mut self, order: &OrderRules) {
        (self.widen_ms, self.level_step_ms) = (order.widen_ms, order.level_step_ms);
    }

    /// Every queue, in order.
    pub fn every_queue(&self) -> Vec<QueueIndex> {
        (0..self.queues.len() as QueueIndex).collect()
    }

    /// The queue of an item; the first for what is in none, and for 「我说不清」.
    pub fn queue_of(&self, item: Option<&ItemCode>) -> Option<&QueueId> {
        let queue = item.and_then(|item| self.of_item.get(item)).map_or(0, |(queue, _)| *queue);
        self.queues.get(usize::from(queue))
    }

    /// The number of a visit's queue; the first for a queue that is no longer there.
    pub fn index_of(&self, queue: &QueueId) -> QueueIndex {
        self.queues.iter().position(|other| other == queue).unwrap_or(0) as QueueIndex
    }

    /// The lane of a visit at this moment. `desk_of`: the number of a window.
    pub fn lane(&self, visit: &Visit, desk_of: impl Fn(&yunyiban_protocol::WindowId) -> Option<usize>, now: Timestamp) -> Lane {
        let need = self.need(visit);
        let desk = |window| desk_of(window).map(|desk| desk as u16);
        let sticky = visit.sticky.as_deref().filter(|(_, until)| *until > now);
        let spared = visit
            .last_window
            .as_deref()
            .filter(|_| visit.spared_until.is_some_and(|moment| moment > now));
        Lane {
            queue: self.index_of(&visit.queue),
            need,
            widened: need.is_some() && self.widens_at(visit) <= now,
            lowered: need.map_or(0, |need| self.lowered(need, now.since(visit.waits_since()))),
            sticky: sticky.and_then(|(window, _)| desk(window)),
            spared: spared.and_then(desk),
            refused: visit.refused.as_deref().and_then(desk),
            supervised: visit.supervised,
        }
    }

    /// Moments after which the visit is in another lane.
    pub fn changes(&self, visit: &Visit) -> impl Iterator<Item = Timestamp> {
        let (need, since) = (self.need(visit), visit.waits_since());
        let widens = need.map(|_| self.widens_at(visit));
        let lowers = need.into_iter().flat_map(move |need| self.steps_of(need));
        let lowers = lowers.map(move |step| since.plus(step.saturating_mul(self.level_step_ms)));
        let others = [widens, visit.sticky.as_deref().map(|(_, until)| *until), visit.spared_until];
        others.into_iter().flatten().chain(lowers)
    }

    /// How much a minute of waiting in this lane weighs at this window; `None` where it is not taken.
    pub fn weight(&self, desk: usize, lane: &Lane) -> Option<u32> {
        let takes = &self.takes[desk];
        let is = |window: Option<u16>| window == Some(desk as u16);
        let weight = takes.weights[usize::from(lane.queue)];
        let has_enough = |need: u16| takes.lacks[usize::from(need)].is_some_and(|lacks| lacks <= lane.lowered);
        let meets = lane.need.is_none_or(has_enough) || takes.universal && lane.widened;
        let taken = self.is_for(desk, lane.supervised).unwrap_or(weight > 0 && meets);
        let suits = is(lane.sticky) || taken;
        let is_refused = is(lane.refused) && self.is_there_another(desk, &lane.demand());
        (suits && !is(lane.spared) && !is_refused).then_some(weight.max(1))
    }

    /// Whether another window on duty takes such visits, at once or after a while.
    fn is_there_another(&self, desk: usize, demand: &Demand) -> bool {
        self.on_duty.iter().any(|other| *other != desk && self.fulfils(*other, demand))
    }

    /// What the visit asks of windows.
    pub fn demand(&self, visit: &Visit) -> Demand {
        Demand {
            queue: self.index_of(&visit.queue),
            need: self.need(visit),
            supervised: visit.supervised,
        }
    }

    /// Whether the visit waits for a skill.
    pub fn needs_skill(&self, visit: &Visit) -> bool {
        self.need(visit).is_some()
    }

    /// Whether the window takes such visits: at once, or after a while, as a universal one or one of a lower level.
    pub fn fulfils(&self, desk: usize, demand: &Demand) -> bool {
        let takes = &self.takes[desk];
        let meets = demand.need.is_none_or(|need| takes.universal || self.comes_to_have(desk, need));
        let taken = self.is_for(desk, demand.supervised);
        taken.unwrap_or(self.serves(desk, demand.queue) && meets)
    }

    /// Whether there is a supervisor whom this visit waits for.
    pub fn waits_for_supervisor(&self, visit: &Visit) -> bool {
        visit.supervised && !self.supervisors.is_empty()
    }

    /// What is for a supervisor is taken by supervisors, whatever their queues, and by nobody else; `None` for all others, and
    /// while no supervisor is rung: a rule no window could fulfil binds nobody.
    fn is_for(&self, desk: usize, supervised: bool) -> Option<bool> {
        (supervised && !self.supervisors.is_empty()).then(|| self.supervisors.contains(&desk))
    }

    /// Whether the lane's visits were lost from this window or sent off by it.
    pub fn is_sticky(&self, desk: usize, lane: &Lane) -> bool {
        lane.sticky == Some(desk as u16)
    }

    /// Whether the window has just declined this lane's visits, or sent them on.
    pub fn is_spared(&self, desk: usize, lane: &Lane) -> bool {
        lane.spared == Some(desk as u16)
    }

    /// Whether the window takes the queue at all.
    pub fn serves(&self, desk: usize, queue: QueueIndex) -> bool {
        self.takes[desk].weights[usize::from(queue)] > 0
    }

    /// Queues whose visits may be rung instead of this one's, itself included.
    pub fn rivals(&self, queue: QueueIndex) -> &[QueueIndex] {
        &self.rivals[usize::from(queue)]
    }

    /// Whether the first in this queue is the next: no other queue shares its windows, and each of them takes everybody.
    pub fn goes_in_order(&self, queue: QueueIndex) -> bool {
        self.rivals(queue).len() == 1 && self.is_one_line(queue)
    }

    /// Whether everybody in the queue and its rivals is taken by the same windows in the order of one line.
    pub fn is_one_line(&self, queue: QueueIndex) -> bool {
        self.one_line[usize::from(queue)]
    }

    /// What its item needs, in the queue of that item. Whoever a person moved to another queue is taken by that queue's
    /// windows: the person has judged.
    fn need(&self, visit: &Visit) -> Option<u16> {
        let (queue, need) = visit.item.as_ref().and_then(|item| self.of_item.get(item))?;
        need.filter(|_| *queue == self.index_of(&visit.queue))
    }

    /// From this moment universal windows, too, take the visit for the skill it needs.
    pub fn widens_at(&self, visit: &Visit) -> Timestamp {
        visit.waits_since().plus(self.widen_ms)
    }

    fn makes_one_line(&self, queue: QueueIndex) -> bool {
        let rivals = self.rivals(queue);
        let serving = || self.takes.iter().filter(|takes| takes.weights[usize::from(queue)] > 0);
        let alike = self.takes.iter().all(|takes| {
            let mut weights = rivals.iter().map(|rival| takes.weights[usize::from(*rival)]);
            let first = weights.next();
            weights.all(|weight| Some(weight) == first)
        });
        let mut needs = self.of_item.values().filter(|(of, _)| rivals.contains(of)).filter_map(|(_, need)| *need);
        alike && needs.all(|need| serving().all(|takes| takes.lacks[usize::from(need)] == Some(0)))
    }

    fn open_the_forgotten(&mut self) {
        for queue in 0..self.queues.len() {
            if self.takes.iter().all(|takes| takes.weights[queue] == 0) {
                self.takes.iter_mut().for_each(|takes| takes.weights[queue] = 1);
            }
        }
    }

    /// A skill that no window of the item's queue has would be waited for in vain.
    fn drop_needs_nobody_meets(&mut self) {
        let takes = &self.takes;
        let met = |queue: QueueIndex, need: u16| {
            let takes_it = |takes: &Takes| takes.weights[usize::from(queue)] > 0 && takes.lacks[usize::from(need)] == Some(0);
            takes.iter().any(takes_it)
        };
        for (queue, need) in self.of_item.values_mut() {
            *need = need.filter(|need| met(*queue, *need));
        }
    }

    fn sharing(&self, queue: usize) -> Vec<QueueIndex> {
        let shared = |other: &usize| *other == queue || self.takes.iter().any(|takes| takes.weights[queue] > 0 && takes.weights[*other] > 0);
        (0..self.queues.len()).filter(shared).map(|other| other as QueueIndex).collect()
    }
}

fn takes(window: Option<&WindowRules>, queues: &[QueueId], met: &[&SkillRules]) -> Takes {
    let weight = |queue: &QueueId| match window {
        Some(window) if !window.queues.is_empty() => window.queues.iter().find(|share| share.queue == *queue).map_or(0, |share| share.weight),
        Some(_) | None => 1,
    };
    Takes {
        weights: queues.iter().map(weight).collect(),
        lacks: met
            .iter()
            .map(|skill| window.map_or(Some(0), |window| levels::lacking(window, skill)))
            .collect(),
        universal: window.is_none_or(|window| window.universal),
    }
}

fn place_of(rules: &HallRules, met: &[&SkillRules], item: &ItemBrief) -> (QueueIndex, Option<u16>) {
    let names = |groups: &[String], items: &[ItemCode]| items.contains(&item.code) || groups.contains(&item.group);
    let queue = rules.queues.iter().position(|queue| names(&queue.groups, &queue.items)).unwrap_or(0);
    let need = met.iter().position(|skill| names(&skill.groups, &skill.items));
    (queue as QueueIndex, need.map(|need| need as u16))
}

#[cfg(test)]
mod tests;
