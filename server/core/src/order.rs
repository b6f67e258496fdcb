//! Rules of order and matching (DOMAIN 3.5): which queues a hall has, what each window takes, who is looked after first.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use yunyiban_protocol::{HallId, ItemBrief, ItemCode, OpeningHours, QueueId, WindowId};

use crate::HallRules;
use crate::calendar::week;

/// Who goes ahead of whom, and how far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderRules {
    /// Credit of whoever is looked after first, milliseconds of waiting; 0: not offered. One for all of them: how far a
    /// visit moved must not tell why (DOMAIN 3.5 names the same ten minutes for age, disability and service).
    pub priority_credit_ms: u32,
    /// Most priority visits that may go ahead of one visit (K of Q7).
    pub overtaken_by: u32,
    /// Nobody goes ahead of a visit that came longer before, milliseconds (T of Q7): no credit reaches further.
    pub overtaken_ms: u32,
    /// Wait after which one level less of a skill is asked, and again after as long, down to the lowest, milliseconds; 0: what an item
    /// asks is asked for ever. It costs no place.
    pub level_step_ms: u32,
    /// Wait after which universal windows, too, take what needs a skill they do not have, milliseconds.
    pub widen_ms: u32,
    /// Wait after which whoever needs a skill and was not rung is offered a call-back, milliseconds. It costs no place.
    pub skill_wait_ms: u32,
}

impl Default for OrderRules {
    fn default() -> Self {
        const MINUTE: u32 = 60_000;
        Self {
            priority_credit_ms: 10 * MINUTE,
            overtaken_by: 3,
            overtaken_ms: 10 * MINUTE,
            level_step_ms: MINUTE / 2,
            widen_ms: MINUTE,
            skill_wait_ms: 5 * MINUTE,
        }
    }
}

impl HallRules {
    /// What is wrong with the lists of hours, queues, skills and windows, as the name of the rule; `None` when they hold together.
    pub fn broken_list(&self) -> Option<&'static str> {
        let letter = |queue: &QueueId| queue.as_str().len() == 1 && queue.as_str().bytes().all(|byte| byte.is_ascii_lowercase());
        let ids: BTreeSet<&QueueId> = self.queues.iter().map(|queue| &queue.id).collect();
        let windows: BTreeSet<&WindowId> = self.windows.iter().map(|rules| &rules.window).collect();
        let halls: BTreeSet<&HallId> = self.hands_on_to.iter().collect();
        let named = |share: &QueueShare| ids.contains(&share.queue) && (1..=100).contains(&share.weight);
        let once = |rules: &WindowRules| rules.queues.iter().map(|share| &share.queue).collect::<BTreeSet<_>>().len() == rules.queues.len();
        if week::check(&self.hours).is_err() {
            Some("hours")
        } else if self.queues.iter().any(|queue| week::check(&queue.hours).is_err())
            || ids.len() < self.queues.len()
            || !self.queues.iter().all(|queue| letter(&queue.id) && !queue.name.is_empty())
        {
            Some("queues")
        } else if self.skills.iter().any(|skill| skill.skill.is_empty() || skill.level == 0) {
            Some("skills")
        } else if windows.len() < self.windows.len()
            || !self.windows.iter().flat_map(|rules| &rules.queues).all(named)
            || !self.windows.iter().all(once)
        {
            Some("windows")
        } else if halls.len() < self.hands_on_to.len() || !self.hands_on_to.iter().all(|hall| !hall.as_str().is_empty()) {
            Some("hands_on_to")
        } else {
            None
        }
    }

    /// The first name in these rules that means nothing in a hall of these windows and items. A window whose rules name another would
    /// take everything.
    pub fn unknown_name(&self, windows: &[WindowId], items: &[ItemBrief]) -> Option<UnknownName> {
        let known_groups: BTreeSet<&str> = items.iter().map(|item| item.group.as_str()).collect();
        let known_items: BTreeSet<&str> = items.iter().map(|item| item.code.as_str()).collect();
        let known_windows: BTreeSet<&str> = windows.iter().map(WindowId::as_str).collect();
        let known_skills: BTreeSet<&str> = self.skills.iter().map(|skill| skill.skill.as_str()).collect();
        let of_queues = self.queues.iter().map(|queue| ("queues", &queue.groups, &queue.items));
        let of_skills = self.skills.iter().map(|skill| ("skills", &skill.groups, &skill.items));
        for (rule, groups, items) in of_queues.chain(of_skills) {
            let unknown = unknown_of(rule, groups.iter().map(String::as_str), &known_groups);
            let unknown = unknown.or_else(|| unknown_of(rule, items.iter().map(ItemCode::as_str), &known_items));
            if unknown.is_some() {
                return unknown;
            }
        }
        let named = self.windows.iter().map(|rules| rules.window.as_str());
        let skills = self.windows.iter().flat_map(|rules| &rules.skills).map(|skill| skill.skill.as_str());
        unknown_of("windows", named, &known_windows).or_else(|| unknown_of("windows", skills, &known_skills))
    }

    /// The first hall that citizens are to be referred to and that is none of these others.
    pub fn unknown_hall(&self, others: &[HallId]) -> Option<UnknownName> {
        let known: BTreeSet<&str> = others.iter().map(HallId::as_str).collect();
        unknown_of("hands_on_to", self.hands_on_to.iter().map(HallId::as_str), &known)
    }
}

/// A name in the rules that the hall does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The rule: `queues`, `skills`, `windows` or `hands_on_to`.
    pub rule: &'static str,
    /// The name.
    pub name: String,
    /// Names that could stand there, in order.
    pub known: Vec<String>,
}

fn unknown_of<'a>(rule: &'static str, mut names: impl Iterator<Item = &'a str>, known: &BTreeSet<&str>) -> Option<UnknownName> {
    let name = names.find(|name| !known.contains(name))?;
    Some(UnknownName {
        rule,
        name: name.to_owned(),
        known: known.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// One queue (队列) of a hall. An item belongs to the first queue that names it or its group, else to the hall's first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRules {
    /// The letter its numbers begin with, lower case: `a` gives A12.
    pub id: QueueId,
    /// Its name, `社保医保`.
    pub name: String,
    /// Item groups that belong to it.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Single items that belong to it.
    #[serde(default)]
    pub items: Vec<ItemCode>,
    /// Its own hours of the week; none: the hall's. Days that are special in the calendar bind it, too.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
}

/// A skill some items need. An item needs the first that names it or its group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillRules {
    /// Its name, `医保`.
    pub skill: String,
    /// How much of it these items need, 1 or more; after a while less ([`OrderRules::level_step_ms`]).
    pub level: u32,
    /// Item groups that need it.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Single items that need it.
    #[serde(default)]
    pub items: Vec<ItemCode>,
}

/// What a window takes. A window without rules takes every queue alike and needs no skill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowRules {
    /// Which window.
    pub window: WindowId,
    /// Queues it takes; none: all of them alike.
    #[serde(default)]
    pub queues: Vec<QueueShare>,
    /// What it is good at.
    #[serde(default)]
    pub skills: Vec<SkillLevel>,
    /// 综合窗口: takes after a while what nobody skilled has taken.
    #[serde(default)]
    pub universal: bool,
}

/// A queue a window takes, and how much a minute of waiting weighs there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueShare {
    /// Which queue.
    pub queue: QueueId,
    /// A minute there weighs as much as so many elsewhere, 1–100. With equal weights the longest wait goes first.
    pub weight: u32,
}

/// A skill of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillLevel {
    /// Its name.
    pub skill: String,
    /// How much of it, 1 or more.
    pub level: u32,
}
