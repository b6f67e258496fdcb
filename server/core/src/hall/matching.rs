//! Who may take whom (DOMAIN 3.5): the rules of queues, skills and windows, made ready to be asked at each ring.
//!
//! A **lane** gathers the visits that the same windows may take now. There are as many as the rules make, however many
//! people wait; so whoever is to be rung next is found among the heads of the lanes.

mod told;

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{ItemBrief, ItemCode, QueueId, Timestamp};

use crate::order::{SkillRules, WindowRules};
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
    /// The window they were lost from or sent off by, which takes them whatever its rules say.
    sticky: Option<u16>,
    /// The window that declined them, for a while.
    spared: Option<u16>,
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
    /// Which needs it meets.
    meets: Vec<bool>,
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
    widen_ms: u32,
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
            .filter(|skill| windows.iter().flatten().any(|window| has(window, skill)))
            .collect();
        let takes: Vec<Takes> = windows.iter().map(|window| takes(*window, &queues, &met)).collect();
        let mut matching = Self {
            of_item: items.iter().map(|item| (item.code.clone(), place_of(rules, &met, item))).collect(),
            rivals: Vec::new(),
            one_line: Vec::new(),
            demands: BTreeSet::new(),
            supervisors: BTreeSet::new(),
            takes,
            queues,
            widen_ms: rules.order.widen_ms,
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

    /// Universal windows take whoever has waited for a skill so long from now on.
    pub fn widen_after(&mut self, widen_ms: u32) {
        self.widen_ms = widen_ms;
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
            sticky: sticky.and_then(|(window, _)| desk(window)),
            spared: spared.and_then(desk),
            supervised: visit.supervised,
        }
    }

    /// Moments after which the visit is in another lane.
    pub fn changes(&self, visit: &Visit) -> [Option<Timestamp>; 3] {
        let widens = self.need(visit).map(|_| self.widens_at(visit));
        [widens, visit.sticky.as_deref().map(|(_, until)| *until), visit.spared_until]
    }

    /// How much a minute of waiting in this lane weighs at this window; `None` where it is not taken.
    pub fn weight(&self, desk: usize, lane: &Lane) -> Option<u32> {
        let takes = &self.takes[desk];
        let is = |window: Option<u16>| window == Some(desk as u16);
        let weight = takes.weights[usize::from(lane.queue)];
        let meets = lane.need.is_none_or(|need| takes.meets[usize::from(need)]) || takes.universal && lane.widened;
        let taken = self.is_for(desk, lane.supervised).unwrap_or(weight > 0 && meets);
        let suits = is(lane.sticky) || taken;
        (suits && !is(lane.spared)).then_some(weight.max(1))
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

    /// Whether the window takes such visits: at once, or as a universal one after a while.
    pub fn fulfils(&self, desk: usize, demand: &Demand) -> bool {
        let takes = &self.takes[desk];
        let meets = demand.need.is_none_or(|need| takes.universal || takes.meets[usize::from(need)]);
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
        alike && needs.all(|need| serving().all(|takes| takes.meets[usize::from(need)]))
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
            let takes_it = |takes: &Takes| takes.weights[usize::from(queue)] > 0 && takes.meets[usize::from(need)];
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
        meets: met.iter().map(|skill| window.is_none_or(|window| has(window, skill))).collect(),
        universal: window.is_none_or(|window| window.universal),
    }
}

fn has(window: &WindowRules, wanted: &SkillRules) -> bool {
    window
        .skills
        .iter()
        .any(|skill| skill.skill == wanted.skill && skill.level >= wanted.level)
}

fn place_of(rules: &HallRules, met: &[&SkillRules], item: &ItemBrief) -> (QueueIndex, Option<u16>) {
    let names = |groups: &[String], items: &[ItemCode]| items.contains(&item.code) || groups.contains(&item.group);
    let queue = rules.queues.iter().position(|queue| names(&queue.groups, &queue.items)).unwrap_or(0);
    let need = met.iter().position(|skill| names(&skill.groups, &skill.items));
    (queue as QueueIndex, need.map(|need| need as u16))
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::WindowId;

    use super::*;
    use crate::order::{QueueRules, QueueShare, SkillLevel};

    fn item(code: &str, group: &str) -> ItemBrief {
        ItemBrief {
            code: ItemCode::new(code),
            name: code.into(),
            aliases: Vec::new(),
            group: group.into(),
            initials: code.into(),
        }
    }

    fn rules(windows: Vec<WindowRules>) -> HallRules {
        let queue = |id: &str, groups: &[&str]| QueueRules {
            id: QueueId::new(id),
            name: id.into(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            items: Vec::new(),
            hours: Vec::new(),
        };
        let skill = SkillRules {
            skill: "医保".into(),
            level: 2,
            groups: vec!["医疗保障".into()],
            items: Vec::new(),
        };
        HallRules {
            queues: vec![queue("a", &[]), queue("b", &["医疗保障"])],
            skills: vec![skill],
            windows,
            ..HallRules::default()
        }
    }

    fn window(id: &str, queues: &[&str], level: u32, universal: bool) -> WindowRules {
        WindowRules {
            window: WindowId::new(id),
            queues: queues
                .iter()
                .map(|queue| QueueShare {
                    queue: QueueId::new(*queue),
                    weight: 1,
                })
                .collect(),
            skills: vec![SkillLevel {
                skill: "医保".into(), level
            }],
            universal,
        }
    }

    fn matching(rules: &HallRules) -> Matching {
        let windows = ["1", "2", "3"].map(|id| Window::new(WindowId::new(id), id));
        let items = [item("card", "医疗保障"), item("residence", "户籍")];
        Matching::new(rules, vec![QueueId::new("a")], &items, &windows)
    }

    #[test]
    fn an_item_chooses_the_queue_and_who_cannot_say_stands_in_the_first() {
        let matching = matching(&rules(Vec::new()));
        let queue = |item: Option<&str>| matching.queue_of(item.map(ItemCode::new).as_ref()).map(QueueId::as_str);
        assert_eq!(
            [queue(Some("card")), queue(Some("residence")), queue(None)],
            [Some("b"), Some("a"), Some("a")]
        );
    }

    #[test]
    fn a_skill_is_needed_at_its_level_and_widens_to_universal_windows() {
        let matching = matching(&rules(vec![
            window("1", &[], 2, false),
            window("2", &[], 1, false),
            window("3", &[], 1, true),
        ]));
        let lane = |widened| Lane {
            queue: 1,
            need: Some(0),
            widened,
            sticky: None,
            spared: None,
            supervised: false,
        };
        let takers = |lane: Lane| (0..3).filter(|desk| matching.weight(*desk, &lane).is_some()).collect::<Vec<_>>();
        assert_eq!((takers(lane(false)), takers(lane(true))), (vec![0], vec![0, 2]));
        assert_eq!(
            takers(Lane {
                sticky: Some(1),
                ..lane(false)
            }),
            [0, 1],
            "the window it was lost from takes it"
        );
        assert_eq!(
            takers(Lane {
                spared: Some(0),
                ..lane(true)
            }),
            [2],
            "the window that declined it does not"
        );
    }

    #[test]
    fn a_rule_no_window_can_fulfil_binds_nobody() {
        let matching = matching(&rules(vec![
            window("1", &["a"], 1, false),
            window("2", &["a"], 1, false),
            window("3", &["a"], 1, false),
        ]));
        assert!((0..3).all(|desk| matching.serves(desk, 1)), "a queue no window names is taken by all");
        assert_eq!(
            matching.of_item[&ItemCode::new("card")],
            (1, None),
            "a level no window reaches is not needed"
        );
    }

    #[test]
    fn a_skill_that_only_another_queue_has_is_not_waited_for() {
        let matching = matching(&rules(vec![
            window("1", &["a"], 2, false),
            window("2", &["b"], 1, false),
            window("3", &["b"], 1, false),
        ]));
        assert_eq!(matching.of_item[&ItemCode::new("card")], (1, None));
    }

    #[test]
    fn a_wait_is_told_only_where_the_same_windows_take_everybody_alike() {
        let told = |windows| {
            let matching = matching(&rules(windows));
            [0, 1].map(|queue| matching.is_one_line(queue))
        };
        assert_eq!(told(Vec::new()), [true, true], "every window takes both queues");
        let apart = vec![
            window("1", &["a"], 2, false),
            window("2", &["b"], 2, false),
            window("3", &["b"], 2, false),
        ];
        assert_eq!(told(apart), [true, true], "each queue has windows of its own");
        let shared = vec![
            window("1", &["a"], 2, false),
            window("2", &["a", "b"], 2, false),
            window("3", &["b"], 2, false),
        ];
        assert_eq!(told(shared), [false, false], "one window takes both");
        let skilled = vec![window("1", &[], 2, false), window("2", &[], 1, false), window("3", &[], 1, true)];
        assert_eq!(told(skilled), [false, false], "not every window has the skill");
    }

    #[test]
    fn queues_compete_where_they_share_a_window() {
        let apart = rules(vec![
            window("1", &["a"], 2, false),
            window("2", &["b"], 2, false),
            window("3", &["b"], 2, false),
        ]);
        assert_eq!(matching(&apart).rivals(0), [0]);
        assert_eq!(matching(&rules(Vec::new())).rivals(0), [0, 1]);
    }
}
