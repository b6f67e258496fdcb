//! Every third town has two queues, a skill and unequal windows; the others one line. Written out by hand, so that it is
//! held against what the hall makes of its rules.

use yunyiban_core::{HallRules, QueueRules, QueueShare, SkillLevel, SkillRules, Visit, WindowRules};
use yunyiban_protocol::{QueueId, Timestamp, WindowId};

use super::town::ITEM;

/// The item that needs a skill, of the second queue.
pub const CARD: &str = "11370000MB28500000437020600200002";

/// After so long windows without the skill come, too, where they are universal.
const WIDEN_MS: u32 = 20_000;

/// After so long windows that have less of it do.
const LEVEL_STEP_MS: u32 = 12_000;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Queues {
    /// There are two.
    pub several: bool,
}

impl Queues {
    /// Those of a seed.
    pub fn of(seed: u64) -> Self {
        Self {
            several: seed.is_multiple_of(3),
        }
    }

    /// Writes them into the rules: window 1 takes 综合 alone, window 2 takes 社保 before it and has the skill, window 3 takes
    /// both and is universal. A window without rules takes everything.
    pub fn write_into(self, rules: &mut HallRules) {
        if !self.several {
            return;
        }
        let queue = |id: &str, groups: &[&str]| QueueRules {
            id: QueueId::new(id),
            name: id.into(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            items: Vec::new(),
            hours: Vec::new(),
        };
        let window = |id: &str, queues: &[(&str, u32)], level: u32, universal| WindowRules {
            window: WindowId::new(id),
            queues: queues
                .iter()
                .map(|(queue, weight)| QueueShare {
                    queue: QueueId::new(*queue),
                    weight: *weight,
                })
                .collect(),
            skills: vec![SkillLevel {
                skill: "医保".into(), level
            }],
            universal,
        };
        rules.queues = vec![queue("a", &[]), queue("b", &["社会保险"])];
        rules.skills = vec![SkillRules {
            skill: "医保".into(),
            level: 2,
            groups: vec!["社会保险".into()],
            items: Vec::new(),
        }];
        rules.windows = vec![
            window("x1", &[("a", 1)], 1, false),
            window("x2", &[("a", 1), ("b", 3)], 2, false),
            window("x3", &[], 1, true),
        ];
        (rules.order.widen_ms, rules.order.level_step_ms) = (WIDEN_MS, LEVEL_STEP_MS);
    }

    /// What a person comes for.
    pub fn item_of(self, person: usize) -> Option<&'static str> {
        match person % 5 {
            1 | 3 if self.several => Some(CARD),
            4 if self.several => None,
            _ => Some(ITEM),
        }
    }

    /// How much a minute of this visit's waiting weighs at this window; `None` where it is not taken.
    pub fn weight(self, visit: &Visit, window: &WindowId, at: Timestamp) -> Option<u32> {
        if !self.several {
            return Some(1);
        }
        let is_second = visit.queue.as_str() == "b";
        let weight = match (window.as_str(), is_second) {
            ("x1", true) => 0,
            ("x2", true) => 3,
            _ => 1,
        };
        // Whoever a person moved to the second queue for something else needs no skill there: the person has judged.
        let needs_skill = is_second && visit.item.as_ref().is_some_and(|item| item.as_str() == CARD);
        // Window 3 lacks one level, and is universal besides.
        let has_skill = !needs_skill || window.as_str() != "x3" || visit.waits_since().plus(LEVEL_STEP_MS.min(WIDEN_MS)) <= at;
        let is_sticky = visit.sticky.as_deref().is_some_and(|(sticky, until)| sticky == window && *until > at);
        (is_sticky || weight > 0 && has_skill).then_some(weight.max(1))
    }

    /// Whether the window takes such visits, at once or after a while: each of them has something of the skill.
    pub fn takes_in_the_end(self, visit: &Visit, window: &WindowId) -> bool {
        !self.several || window.as_str() != "x1" || visit.queue.as_str() != "b"
    }

    /// Whether `other` has the older right to this window. Where a visit may have come by the way of another window (it was
    /// declined or lost there), weights of that one decided.
    pub fn stands_before(self, other: &Visit, visit: &Visit, window: &WindowId, at: Timestamp) -> bool {
        if !self.several {
            return other.order < visit.order;
        }
        let (Some(weight), Some(own)) = (self.weight(other, window, at), self.weight(visit, window, at)) else {
            return false;
        };
        if other.queue == visit.queue {
            return other.order < visit.order;
        }
        if visit.sticky.is_some() || visit.last_window.is_some() {
            return false;
        }
        let weighs = |visit: &Visit, weight: u32| u64::from(at.since(visit.order.effective)) * u64::from(weight);
        let bands = other.order.band.cmp(&visit.order.band);
        bands.is_lt() || bands.is_eq() && weighs(other, weight) > weighs(visit, own)
    }
}
