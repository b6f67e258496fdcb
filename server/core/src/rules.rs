//! The numbers and switches of a hall: what each may be, in one table, and how one is changed.
//!
//! Lists (queues, skills, windows, halls) and the notice's version are no part of it: they are set whole, while the hall is closed. Hours are
//! changed while it is open (`hall/timetable.rs`).

use std::fmt;

use yunyiban_protocol::http::RuleValue;

use crate::{HallRules, Refusal};

const SECOND: u32 = 1_000;
const MINUTE: u32 = 60 * SECOND;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
/// No wait of a hall is longer than a long working day.
const WORKDAY: u32 = 12 * HOUR;
/// Most of a queue that may be called by hand: a window is shown no more of the line.
pub(crate) const MOST_PICKED: u32 = 30;

/// What a rule may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A number from `least` to `most`, both included.
    Number {
        /// Smallest.
        least: u32,
        /// Largest.
        most: u32,
    },
    /// Yes or no.
    Switch,
}

impl Allowed {
    /// Whether this value may be set.
    pub fn allows(self, value: RuleValue) -> bool {
        match (self, value) {
            (Self::Number { least, most }, RuleValue::Number(number)) => (least..=most).contains(&number),
            (Self::Switch, RuleValue::Switch(_)) => true,
            (Self::Number { .. }, RuleValue::Switch(_)) | (Self::Switch, RuleValue::Number(_)) => false,
        }
    }
}

/// One number or switch of a hall's rules.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name, as the command line and the archive have it: `timers.ring_ms`. A time ends in `_ms` and is milliseconds.
    pub name: &'static str,
    /// What it may be.
    pub allowed: Allowed,
    read: fn(&HallRules) -> RuleValue,
    write: fn(&mut HallRules, RuleValue),
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.allowed)
    }
}

impl Rule {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// What it is in these rules.
    pub fn value(&self, rules: &HallRules) -> RuleValue {
        (self.read)(rules)
    }

    /// These rules with another value of it.
    ///
    /// # Errors
    /// [`Refusal::RuleOutOfRange`]: outside what is allowed, or a switch for a number. [`Refusal::RuleContradicts`]: see [`Rule::contradicted`].
    pub fn changed(&self, rules: &HallRules, value: RuleValue) -> Result<HallRules, Refusal> {
        let changed = self.written(rules, value)?;
        self.contradicted(&changed).map_or(Ok(changed), |_| Err(Refusal::RuleContradicts))
    }

    /// The same for one of several changes, which are held against each other once all are made.
    ///
    /// # Errors
    /// [`Refusal::RuleOutOfRange`].
    pub fn written(&self, rules: &HallRules, value: RuleValue) -> Result<HallRules, Refusal> {
        if !self.allowed.allows(value) {
            return Err(Refusal::RuleOutOfRange);
        }
        let mut changed = rules.clone();
        (self.write)(&mut changed, value);
        Ok(changed)
    }

    /// The rule that contradicts this one in these rules.
    pub fn contradicted(&self, rules: &HallRules) -> Option<&'static Rule> {
        let number = |rule: &Rule| match rule.value(rules) {
            RuleValue::Number(number) => number,
            RuleValue::Switch(_) => 0,
        };
        let less = self.not_below().filter(|other| number(self) < number(other));
        less.or_else(|| self.not_above().filter(|other| number(self) > number(other)))
    }

    /// The rule that this one is not smaller than.
    pub fn not_below(&self) -> Option<&'static Rule> {
        let (part, _) = PAIRS.iter().find(|(_, whole)| *whole == self.name)?;
        Rule::named(part)
    }

    /// The rule that this one is not larger than.
    pub fn not_above(&self) -> Option<&'static Rule> {
        let (_, whole) = PAIRS.iter().find(|(part, _)| *part == self.name)?;
        Rule::named(whole)
    }
}

/// Times and places of which the first is a part of the second: an extended wrap-up is not the shorter one, one ring not longer than all
/// together, whoever asked for a moment is called again before the right to return is over, the place near the front is not kept longer than the number, the second try to call back comes while
/// it is promised, text is not offered before sound has had its time, nobody is on time who comes too late to check in, being late is worth no more
/// than being on time, and nobody is told again before being told.
const PAIRS: [(&str, &str); 9] = [
    ("timers.wrap_up_ms", "timers.wrap_up_extended_ms"),
    ("timers.ring_ms", "timers.ring_total_ms"),
    ("timers.later_ms", "timers.missed_return_ms"),
    ("timers.missed_return_ms", "timers.missed_keeps_ms"),
    ("timers.callback_pause_ms", "timers.callback_keeps_ms"),
    ("timers.media_setup_ms", "timers.media_text_ms"),
    ("appointments.grace_ms", "appointments.late_ms"),
    ("appointments.late_credit_ms", "appointments.credit_ms"),
    ("notice_again_at", "notice_first_at"),
];

/// Where a value lies in [`HallRules`]. A value of the other kind is not written: [`Rule::changed`] lets none through.
trait Place {
    fn read(&self) -> RuleValue;
    fn write(&mut self, value: RuleValue);
}

impl Place for u32 {
    fn read(&self) -> RuleValue {
        RuleValue::Number(*self)
    }

    fn write(&mut self, value: RuleValue) {
        if let RuleValue::Number(number) = value {
            *self = number;
        }
    }
}

impl Place for bool {
    fn read(&self) -> RuleValue {
        RuleValue::Switch(*self)
    }

    fn write(&mut self, value: RuleValue) {
        if let RuleValue::Switch(switch) = value {
            *self = switch;
        }
    }
}

const fn number(least: u32, most: u32) -> Allowed {
    Allowed::Number { least, most }
}

macro_rules! rules {
    ($($first:ident $(. $rest:ident)*: $allowed:expr,)*) => {
        /// Every number and switch of [`HallRules`] with what it may be. Least and most are what a hall still works with: a lease
        /// longer than two heartbeats of its page, a ring that can be answered, nothing that outlasts a working day unless it is
        /// kept over night.
        pub const RULES: &[Rule] = &[$(Rule {
            name: concat!(stringify!($first) $(, ".", stringify!($rest))*),
            allowed: $allowed,
            read: |rules| rules.$first $(.$rest)*.read(),
            write: |rules, value| rules.$first $(.$rest)*.write(value),
        },)*];
    };
}

rules! {
    always_open: Allowed::Switch,
    answer_aim_ms: number(10 * SECOND, WORKDAY),
    appointments.ahead_ms: number(DAY, 45 * DAY),
    appointments.barred_ms: number(0, 45 * DAY),
    appointments.credit_ms: number(0, WORKDAY),
    appointments.early_ms: number(0, 2 * HOUR),
    appointments.grace_ms: number(0, 2 * HOUR),
    appointments.late_credit_ms: number(0, WORKDAY),
    appointments.late_ms: number(MINUTE, WORKDAY),
    appointments.most_booked: number(0, 100_000),
    appointments.no_shows: number(1, 20),
    appointments.no_shows_within_ms: number(DAY, 45 * DAY),
    appointments.per_slot: number(0, 1_000),
    appointments.slot_ms: number(5 * MINUTE, 4 * HOUR),
    challenge_ahead: number(0, MOST_PICKED),
    declines_an_hour: number(0, 100),
    handshake: Allowed::Switch,
    max_chat_lines: number(10, 10_000),
    max_left_numbers: number(0, 10_000),
    max_live_visits: number(1, 100_000),
    max_pictures: number(0, 100),
    max_transfers: number(0, 20),
    notice_again_at: number(0, MOST_PICKED),
    notice_first_at: number(0, MOST_PICKED),
    order.level_step_ms: number(0, WORKDAY),
    order.overtaken_by: number(0, 100),
    order.overtaken_ms: number(0, WORKDAY),
    order.priority_credit_ms: number(0, WORKDAY),
    order.skill_wait_ms: number(MINUTE, WORKDAY),
    order.widen_ms: number(0, WORKDAY),
    pick_first: number(0, MOST_PICKED),
    timers.away_keeps_ms: number(MINUTE, WORKDAY),
    // Pages in a call and windows are heard each 5 s, waiting pages each 25 s.
    timers.call_lease_ms: number(10 * SECOND, 5 * MINUTE),
    timers.callback_attempts: number(1, 10),
    timers.callback_dial_ms: number(MINUTE, HOUR),
    timers.callback_keeps_ms: number(HOUR, 30 * DAY),
    timers.callback_pause_ms: number(MINUTE, WORKDAY),
    // One a second at most, and no more than a page can count.
    timers.challenge_alerts: number(1, 10),
    timers.challenge_ms: number(10 * SECOND, 10 * MINUTE),
    timers.challenge_skips: number(0, 20),
    timers.citizen_accept_ms: number(10 * SECOND, 10 * MINUTE),
    timers.citizen_lease_ms: number(50 * SECOND, WORKDAY),
    timers.drop_grace_ms: number(10 * SECOND, HOUR),
    timers.follow_up_ms: number(0, WORKDAY),
    timers.here_counts_as_accept_ms: number(0, 10 * MINUTE),
    timers.hold_ms: number(30 * SECOND, HOUR),
    timers.hold_notice_ms: number(10 * SECOND, HOUR),
    timers.later_ms: number(10 * SECOND, HOUR),
    timers.long_wait_ms: number(MINUTE, WORKDAY),
    timers.media_setup_ms: number(5 * SECOND, 5 * MINUTE),
    timers.media_text_ms: number(5 * SECOND, 5 * MINUTE),
    timers.missed_keeps_ms: number(MINUTE, WORKDAY),
    timers.missed_recalls: number(0, 20),
    timers.missed_return_after: number(0, 100),
    timers.missed_return_ms: number(MINUTE, WORKDAY),
    timers.missed_returns: number(0, 20),
    timers.park_ms: number(MINUTE, HOUR),
    timers.referral_keeps_ms: number(MINUTE, WORKDAY),
    timers.sister_step_ms: number(SECOND, WORKDAY),
    // A page comes back within seconds of a restart; before that nobody is lost.
    timers.restart_grace_ms: number(10 * SECOND, 10 * MINUTE),
    timers.ring_ms: number(5 * SECOND, 5 * MINUTE),
    timers.ring_pause_ms: number(5 * SECOND, HOUR),
    timers.ring_total_ms: number(10 * SECOND, HOUR),
    timers.ring_windows: number(0, 20),
    timers.sticky_ms: number(0, WORKDAY),
    timers.unanswered_rings: number(1, 20),
    timers.window_lease_ms: number(10 * SECOND, 5 * MINUTE),
    timers.wrap_up_extended_ms: number(10 * SECOND, 2 * HOUR),
    timers.wrap_up_ms: number(10 * SECOND, HOUR),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    /// Every number and switch of the rules by its name.
    fn leaves(prefix: &str, json: &Value, found: &mut BTreeMap<String, Value>) {
        match json {
            Value::Object(rules) => {
                for (name, value) in rules {
                    leaves(&if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") }, value, found);
                }
            }
            Value::Number(_) | Value::Bool(_) => drop(found.insert(prefix.to_owned(), json.clone())),
            Value::Null | Value::String(_) | Value::Array(_) => {}
        }
    }

    #[test]
    fn every_number_and_switch_of_the_rules_is_in_the_table_and_its_default_inside() {
        let defaults = HallRules::default();
        let mut all = BTreeMap::new();
        leaves("", &serde_json::to_value(&defaults).unwrap(), &mut all);
        let table: BTreeMap<String, Value> = RULES
            .iter()
            .map(|rule| (rule.name.to_owned(), serde_json::to_value(rule.value(&defaults)).unwrap()))
            .collect();
        assert_eq!(table, all);
        assert_eq!(RULES.len(), all.len(), "each once");
        for rule in RULES {
            assert!(rule.allowed.allows(rule.value(&defaults)), "{rule:?}");
        }
    }

    #[test]
    fn a_change_is_of_one_rule_and_of_nothing_else() {
        let defaults = HallRules::default();
        for rule in RULES {
            let other = match rule.allowed {
                Allowed::Number { .. } => match rule.value(&defaults) {
                    RuleValue::Number(number) => RuleValue::Number(number + 1),
                    RuleValue::Switch(_) => panic!("{rule:?} is a number"),
                },
                Allowed::Switch => RuleValue::Switch(rule.value(&defaults) == RuleValue::Switch(false)),
            };
            let changed = rule.changed(&defaults, other).unwrap();
            let differs: Vec<_> = RULES.iter().filter(|rule| rule.value(&changed) != rule.value(&defaults)).collect();
            assert_eq!(differs.iter().map(|rule| rule.name).collect::<Vec<_>>(), [rule.name]);
            assert_eq!(rule.changed(&changed, rule.value(&defaults)), Ok(defaults.clone()));
        }
    }

    #[test]
    fn what_would_break_a_hall_is_refused() {
        let number = RuleValue::Number;
        let ten_years_ms = u32::MAX;
        for (name, value) in [
            ("timers.ring_ms", number(0)),
            ("timers.citizen_lease_ms", number(0)),
            ("timers.window_lease_ms", number(5_000)),
            ("timers.callback_keeps_ms", number(ten_years_ms)),
            ("timers.wrap_up_ms", number(ten_years_ms)),
            ("timers.unanswered_rings", number(0)),
            ("max_live_visits", number(0)),
            ("timers.ring_ms", RuleValue::Switch(true)),
            ("handshake", number(1)),
        ] {
            let rule = Rule::named(name).unwrap();
            assert_eq!(rule.changed(&HallRules::default(), value), Err(Refusal::RuleOutOfRange), "{name} {value}");
        }
        assert!(Rule::named("timers.rings_ms").is_none());
        assert!(Rule::named("queues").is_none());
    }

    #[test]
    fn a_part_is_not_made_longer_than_its_whole_nor_a_whole_shorter_than_its_part() {
        for (part, whole) in PAIRS {
            let (part, whole) = (Rule::named(part).unwrap(), Rule::named(whole).unwrap());
            // Both as short as both may be; then both longer by one.
            let shortest = [part, whole].map(least).into_iter().max().unwrap();
            let both = |length| {
                let rules = whole.written(&HallRules::default(), RuleValue::Number(length)).unwrap();
                part.written(&rules, RuleValue::Number(length)).unwrap()
            };
            for (rules, rule, value, other) in [(both(shortest), part, shortest + 1, whole), (both(shortest + 1), whole, shortest, part)] {
                let value = RuleValue::Number(value);
                assert_eq!(rule.changed(&rules, value), Err(Refusal::RuleContradicts), "{rule:?}");
                let written = rule.written(&rules, value).unwrap();
                assert_eq!(rule.contradicted(&written).map(|other| other.name), Some(other.name));
                // What was stored before holds up no other change.
                assert!(Rule::named("pick_first").unwrap().changed(&written, RuleValue::Number(5)).is_ok());
                assert_eq!(rule.contradicted(&rules).map(|other| other.name), None, "the same is no contradiction");
            }
        }
    }

    fn least(rule: &Rule) -> u32 {
        let Allowed::Number { least, .. } = rule.allowed else {
            panic!("{rule:?} is a number")
        };
        least
    }
}
