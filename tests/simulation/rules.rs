//! 「大厅规则」: administrators change a number or a switch of the open hall now and then, two of them at once among others. What was
//! acknowledged is in force and stored with its audit row; what has its end written down keeps it, what is counted from a
//! beginning is counted anew. Every other check asks here which rules were in force at its moment.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use yunyiban_app::{House, StaffSession, Trouble};
use yunyiban_core::{Actor, Event, HallRules, RULES, Rule, Timers, Visit, VisitState};
use yunyiban_protocol::http::{ChangeRule, RuleValue, RulesPage, SignIn};
use yunyiban_protocol::{HallId, RequestKey, Timestamp};

use super::book::{Asker, Book, End};
use super::chance::Chance;
use super::hours;
use super::tick::length_of;
use super::town::{Employee, Town};
use super::truth::{HallTruth, SLACK_MS, Standing};

/// The first word of the audit row of a change.
const AUDITED: &str = "rule_changed ";

/// After so long without an answer an administrator asks no more.
pub const PATIENCE_MS: i64 = 60_000;

/// Changes asked for by key, each as its audit row has it.
pub type Wishes = BTreeMap<RequestKey, String>;

/// The rules of a hall, one after another.
#[derive(Debug)]
pub struct InForce {
    /// Since when, by the world's clock, and which.
    versions: Vec<(i64, HallRules)>,
    /// The changes, as their audit rows have them.
    made: Vec<String>,
    /// The audit rows.
    audited: Vec<String>,
}

impl InForce {
    /// Those with which a hall begins.
    pub fn new(rules: HallRules) -> Self {
        Self {
            versions: vec![(i64::MIN, rules)],
            made: Vec::new(),
            audited: Vec::new(),
        }
    }

    /// Those stored last.
    pub fn now(&self) -> &HallRules {
        let (_, rules) = self.versions.last().expect("a hall begins with rules");
        rules
    }

    /// Since when they are.
    pub fn since(&self) -> i64 {
        self.versions.last().map_or(i64::MIN, |(since, _)| *since).max(0)
    }

    /// Those that were in force at some moment of a span.
    pub fn between(&self, from: i64, to: i64) -> impl Iterator<Item = &HallRules> {
        let ends = self.versions.iter().skip(1).map(|(since, _)| *since).chain([i64::MAX]);
        let versions = self.versions.iter().zip(ends);
        let within = versions.filter(move |((since, _), end)| *since <= to && *end >= from);
        within.map(|((_, rules), _)| rules)
    }

    /// Those by which something was decided that is stored at this moment: in the batch of a change, before it or after.
    pub fn stored_at(&self, moment: i64) -> impl Iterator<Item = &HallRules> {
        self.between(moment, moment)
    }

    /// The longest of these waits by the rules of a moment, milliseconds.
    pub fn longest(&self, moment: i64, length: impl Fn(&Timers) -> u32) -> i64 {
        self.longest_between(moment, moment, length)
    }

    /// The shortest of these waits by the rules of a moment, milliseconds.
    pub fn shortest(&self, moment: i64, length: impl Fn(&Timers) -> u32) -> i64 {
        let lengths = self.stored_at(moment).map(|rules| i64::from(length(&rules.timers)));
        lengths.min().unwrap_or_default()
    }

    /// The longest of these waits by the rules of a span, milliseconds.
    pub fn longest_between(&self, from: i64, to: i64, length: impl Fn(&Timers) -> u32) -> i64 {
        let lengths = self.between(from, to).map(|rules| i64::from(length(&rules.timers)));
        lengths.max().unwrap_or_default()
    }

    /// Q7: by how many a visit is overtaken at most, and by what came how much later, milliseconds.
    pub fn widest_order(&self, moment: i64) -> (usize, i64) {
        let orders = || self.stored_at(moment).map(|rules| &rules.order);
        let most = orders().map(|order| order.overtaken_by as usize).max();
        let reach = orders().map(|order| i64::from(order.overtaken_ms)).max();
        (most.unwrap_or_default(), reach.unwrap_or_default())
    }
}

fn as_audited(rule: &str, before: RuleValue, value: RuleValue) -> String {
    format!("{AUDITED}{rule} {before} {value}")
}

/// Rules were stored: those of before with one value changed, or the hours, as somebody asked.
pub fn stored(book: &mut Book, hall: &mut HallTruth, rules: &HallRules) {
    let before = hall.rules.now().clone();
    if hours::are_others(&before, rules) {
        let text = hours::week_stored(book, hall, &before, rules);
        was_made(book, hall, text);
        return hall.rules.versions.push((book.now(), rules.clone()));
    }
    let changed: Vec<&Rule> = RULES.iter().filter(|rule| rule.value(&before) != rule.value(rules)).collect();
    let [rule] = changed[..] else {
        return book.fail("I23", &format!("{changed:?} changed at once"));
    };
    let only = rule.changed(&before, rule.value(rules)).as_ref() == Ok(rules);
    book.hold(only, "I23", || format!("more changed with {rule:?}, or what may not be"));
    was_made(book, hall, as_audited(rule.name, rule.value(&before), rule.value(rules)));
    book.seen.saw(match rule.name {
        "handshake" => "rule_of_asking",
        "max_live_visits" => "rule_of_capacity",
        name if name.starts_with("order.") => "rule_of_order",
        name if name.starts_with("timers.") => "rule_of_time",
        _ => "rule_of_else",
    });
    let runs = |visit: &Visit| length_of(visit).is_some_and(|(_, length)| length(&before.timers) != length(&rules.timers));
    if hall.visits.values().any(|at| runs(&at.row)) {
        book.seen.saw("rule_changed_under_a_wait");
    }
    hall.rules.versions.push((book.now(), rules.clone()));
}

/// I18: a change happened, and was asked for as often.
pub fn was_made(book: &mut Book, hall: &mut HallTruth, text: String) {
    book.note(&format!("{} {text}", hall.id));
    let made = 1 + hall.rules.made.iter().filter(|made| **made == text).count();
    let asked = book.wishes.values().filter(|wish| **wish == text).count();
    book.hold(made <= asked, "I18", || {
        format!("{text} happened {made} times and was asked {asked} times")
    });
    hall.rules.made.push(text);
}

/// What runs out by itself does not before the end that was written down, whatever the rules have become.
pub fn ended(book: &mut Book, event: &Event, before: &Visit) {
    let until = match (event.cause.as_str(), &before.state) {
        ("away_over" | "missed_again", VisitState::Away { until, .. })
        | ("missed_late" | "missed_over", VisitState::Missed { until, .. })
        | ("park_over", VisitState::Parked { until, .. })
        | ("grace_over", VisitState::Dropped { until, .. })
        | ("hold_long", VisitState::Held { until, .. })
        | ("call_not_accepted" | "callback_not_made" | "callback_long", VisitState::Connecting { until, .. })
        | ("challenge_unanswered" | "turn_skipped", VisitState::Calling { until, .. })
        | ("ring_timeout", VisitState::Ringing { until, .. } | VisitState::Transferring { until, .. }) => *until,
        _ => return,
    };
    book.hold(until <= event.at, "DOMAIN 3.6", || {
        format!(
            "{} is over by {} at {:?}, and was promised until {until:?}",
            before.id, event.cause, event.at
        )
    });
}

/// Whether an audit row tells of a change of the rules, or of the hours.
pub fn is_audited(what: &str) -> bool {
    what.starts_with(AUDITED) || hours::is_audited(what)
}

/// The audit row of a change was stored.
pub fn audited(book: &mut Book, hall: &mut HallTruth, at: Timestamp, actor: &Actor, what: &str) {
    let may = matches!(actor, Actor::Staff(staff) if hall.transfers.supervisors.contains(staff));
    book.hold(may, "T26", || format!("{actor:?} says {what}"));
    // Whoever does this is there, as with any act.
    book.hear_at(actor.clone(), at.as_millis() - hall.offset);
    hall.rules.audited.push(what.to_owned());
    if hours::is_audited(what) {
        hours::audited(book, hall, at);
    }
}

/// I23: at the end of each batch every change has its audit row, and no other has one.
pub fn are_audited(book: &mut Book, hall: &HallTruth) {
    let InForce { made, audited, .. } = &hall.rules;
    book.hold(made == audited, "I23", || format!("{made:?} changed and {audited:?} is written down"));
}

/// I25: a number is given while there is room.
pub fn began(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit) {
    if event.cause == "booked" {
        return;
    }
    let live = hall.visits.values().filter(|at| !at.row.state.is_closed() && takes_room(&at.row)).count();
    let most = hall.rules.stored_at(book.now()).map(|rules| rules.max_live_visits as usize).max();
    book.hold(Some(live) < most, "I25", || format!("{} is given beside {live} of {most:?}", visit.id));
}

/// An appointment to come takes nobody's room, nor does a missed number whose place is given away.
fn takes_room(visit: &Visit) -> bool {
    let is_to_come = visit.appointment.is_some() && matches!(visit.state, VisitState::Booked { .. });
    !is_to_come && !matches!(visit.state, VisitState::Missed { late: true, .. })
}

/// Somebody was refused a number.
pub fn refused(book: &mut Book, hall: &HallId, code: &str, asked_at: i64) {
    if code == "hall_full" {
        book.seen.saw("hall_full");
        let full = may_be_full(book, &book.halls[hall], asked_at);
        book.hold(full, "I25", || format!("{hall} says that it is full, asked at {asked_at}"));
    }
}

/// Whether a hall had as many visits as it takes at some moment since then.
pub fn may_be_full(book: &Book, hall: &HallTruth, asked_at: i64) -> bool {
    let was_live = |at: &&Standing<Visit>| !at.row.state.is_closed() || at.entered >= asked_at - SLACK_MS;
    let live = hall.visits.values().filter(was_live).filter(|at| takes_room(&at.row)).count();
    let mut in_force = hall.rules.between(asked_at - SLACK_MS, book.now());
    in_force.any(|rules| live >= rules.max_live_visits as usize)
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

/// What is changed, and to what.
const NUMBERS: [(&str, &[u32]); 31] = [
    ("order.overtaken_by", &[0, 1, 2, 3]),
    ("order.overtaken_ms", &[0, 60_000, 180_000]),
    ("order.priority_credit_ms", &[0, 60_000, 300_000]),
    ("max_live_visits", &[2, 4, 8]),
    ("timers.away_keeps_ms", &[60_000, 120_000, 240_000]),
    ("timers.challenge_ms", &[10_000, 20_000, 30_000]),
    ("timers.drop_grace_ms", &[30_000, 60_000, 90_000]),
    ("timers.park_ms", &[60_000, 120_000]),
    ("timers.referral_keeps_ms", &[60_000, 120_000]),
    ("timers.sister_step_ms", &[1_000, 180_000]),
    ("timers.ring_ms", &[10_000, 20_000, 30_000]),
    ("max_transfers", &[1, 3]),
    ("pick_first", &[0, 3, 10]),
    ("timers.call_lease_ms", &[12_000, 20_000, 30_000]),
    ("timers.callback_attempts", &[1, 2, 3]),
    ("timers.callback_dial_ms", &[60_000, 90_000]),
    ("timers.callback_pause_ms", &[60_000, 90_000]),
    ("timers.challenge_skips", &[0, 1, 2]),
    ("timers.citizen_accept_ms", &[20_000, 40_000, 60_000]),
    ("timers.citizen_lease_ms", &[50_000, 60_000, 80_000]),
    ("timers.hold_ms", &[30_000, 60_000]),
    ("timers.later_ms", &[20_000, 60_000]),
    ("timers.long_wait_ms", &[60_000, 120_000]),
    ("timers.missed_keeps_ms", &[240_000, 300_000, 420_000]),
    ("timers.missed_recalls", &[1, 3, 5]),
    ("timers.missed_return_after", &[0, 1, 3]),
    ("timers.missed_return_ms", &[60_000, 120_000, 240_000]),
    ("timers.ring_pause_ms", &[10_000, 30_000, 60_000]),
    ("timers.unanswered_rings", &[1, 2, 3]),
    ("timers.window_lease_ms", &[12_000, 15_000, 25_000]),
    ("timers.wrap_up_ms", &[20_000, 40_000, 60_000]),
];

/// The number a hall has room for when nobody wants it full.
const ROOM: u32 = 500;

/// Somebody who may change the rules, and the page with them.
struct Administrator {
    town: Arc<Town>,
    employee: Employee,
    line: usize,
    chance: Chance,
    name: String,
    /// The rules as this page shows them.
    page: Option<RulesPage>,
    asked: u32,
}

/// Changes a few rules on most days; before things calm down there is room again.
pub async fn administrator(town: Arc<Town>, employee: Employee, line: usize, seed: u64, calm_from: i64) {
    let mut chance = Chance::new(seed, 3_000 + line as u64);
    let (name, wishes) = (format!("rules{line}"), chance.between(0, 7));
    let mut administrator = Administrator {
        town,
        employee,
        line,
        chance,
        name,
        page: None,
        asked: 0,
    };
    for _ in 0..wishes {
        let rest = administrator.chance.between(1_000, 90_000);
        let world = administrator.town.world.clone();
        world.sleep(rest).await;
        if world.now() > calm_from - PATIENCE_MS {
            break;
        }
        let (rule, value) = administrator.wants();
        administrator.changes(rule, value).await;
    }
    let world = administrator.town.world.clone();
    world.sleep_until(calm_from - PATIENCE_MS / 2).await;
    administrator.page = None;
    administrator.changes("max_live_visits", RuleValue::Number(ROOM)).await;
}

/// The rule that wrote down when this ends.
fn rule_of(state: &VisitState) -> Option<&'static str> {
    match state {
        VisitState::Away { .. } => Some("timers.away_keeps_ms"),
        VisitState::Calling { .. } => Some("timers.challenge_ms"),
        VisitState::Dropped { .. } => Some("timers.drop_grace_ms"),
        VisitState::Missed { late: false, .. } => Some("timers.missed_return_ms"),
        VisitState::Missed { late: true, .. } => Some("timers.missed_keeps_ms"),
        VisitState::Parked { .. } => Some("timers.park_ms"),
        VisitState::Ringing { .. } => Some("timers.ring_ms"),
        VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::Connecting { .. }
        | VisitState::Serving { .. }
        | VisitState::Held { .. }
        | VisitState::Transferring { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Closed { .. } => None,
    }
}

impl Administrator {
    fn wants(&mut self) -> (&'static str, RuleValue) {
        match self.chance.below(100) {
            0..=14 => ("handshake", RuleValue::Switch(self.chance.percent(50))),
            15..=34 => self.wants_one_of(&NUMBERS[..3]),
            35..=40 => self.wants_one_of(&NUMBERS[3..4]),
            41..=64 => self.wants_what_runs().unwrap_or_else(|| self.wants_one_of(&NUMBERS[4..])),
            _ => self.wants_one_of(&NUMBERS[4..]),
        }
    }

    /// Another length of a wait that runs and has its end written down, which it keeps.
    fn wants_what_runs(&mut self) -> Option<(&'static str, RuleValue)> {
        let running: Vec<&str> = {
            let book = self.town.book.lock().unwrap();
            let visits = book.halls.get(&self.employee.hall)?.visits.values();
            visits.filter_map(|at| rule_of(&at.row.state)).collect()
        };
        let named = *running.get(self.chance.below(running.len().max(1)))?;
        let rule = NUMBERS.iter().position(|(rule, _)| *rule == named)?;
        Some(self.wants_one_of(&NUMBERS[rule..=rule]))
    }

    fn wants_one_of(&mut self, rules: &[(&'static str, &[u32])]) -> (&'static str, RuleValue) {
        let (rule, values) = rules[self.chance.below(rules.len())];
        (rule, RuleValue::Number(values[self.chance.below(values.len())]))
    }

    /// Goes by the page that is open, or loads it again; asks under one key until there is an answer.
    async fn changes(&mut self, rule: &'static str, value: RuleValue) {
        if self.page.is_none() || self.chance.percent(80) {
            self.reads().await;
        }
        let shown = self.page.as_ref().and_then(|page| page.rules.iter().find(|view| view.rule == rule));
        let Some(seen) = shown.map(|view| view.value).filter(|seen| *seen != value) else {
            return;
        };
        self.asked += 1;
        let key = RequestKey::new(format!("{}-{}", self.name, self.asked));
        let wish = ChangeRule {
            key: key.clone(),
            rule: rule.into(),
            seen,
            value,
        };
        let since = self.town.world.now();
        {
            let mut book = self.town.book.lock().unwrap();
            book.wishes.insert(key.clone(), as_audited(rule, seen, value));
            book.invoke(Asker::Actor(Actor::Staff(self.employee.id.clone())), "rule", &key);
        }
        while self.town.world.now() - since <= PATIENCE_MS {
            let (asked, town, by) = (wish.clone(), self.town.clone(), Actor::Staff(self.employee.id.clone()));
            let call = |house: Arc<House>, who: StaffSession| -> Answer<()> {
                Box::pin(async move {
                    let asked_at = town.world.now();
                    house.change_rule(&who, asked).await?;
                    // The same answer once more is a sign of life, too.
                    town.book.lock().unwrap().hear_at(by, asked_at);
                    Ok(())
                })
            };
            match self.asks(call).await {
                Some(Ok(())) => return self.has_changed(&wish, since),
                Some(Err(Trouble::Refused(refusal))) => return self.is_refused(&wish, refusal.code(), since),
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            let pause = self.chance.between(300, 3_000);
            self.town.world.sleep(pause).await;
        }
        self.town.book.lock().unwrap().complete(&key, End::Unknown);
    }

    /// I3, I19: it is in force, and in the archive.
    fn has_changed(&mut self, wish: &ChangeRule, since: i64) {
        let mut book = self.town.book.lock().unwrap();
        book.complete(&wish.key, End::Done(None));
        book.acknowledge(&wish.key);
        let rule = Rule::named(&wish.rule).expect("rules that are");
        let rules = &book.halls[&self.employee.hall].rules;
        let is_there = rules.between(since, book.now()).any(|rules| rule.value(rules) == wish.value);
        book.hold(is_there, "I3", || format!("{wish:?} was acknowledged and is not in force"));
    }

    /// Of two who change the same value the second is told.
    fn is_refused(&mut self, wish: &ChangeRule, code: &str, since: i64) {
        self.page = None;
        let mut book = self.town.book.lock().unwrap();
        book.complete(&wish.key, End::Refused(code.into()));
        let rule = Rule::named(&wish.rule).expect("rules that are");
        let is_so = |rules: &HallRules| match code {
            "rule_changed" => rule.value(rules) != wish.seen,
            "rule_contradicts" => rule.changed(rules, wish.value).is_err(),
            _ => false,
        };
        let is_right = book.halls[&self.employee.hall].rules.between(since, book.now()).any(is_so);
        if code == "rule_changed" {
            book.seen.saw("rule_changed_meanwhile");
        }
        book.hold(is_right, "I3", || format!("{wish:?} is refused by {code}"));
    }

    /// I19: what is read is what is stored.
    async fn reads(&mut self) {
        let asked_at = self.town.world.now();
        let call = |house: Arc<House>, who: StaffSession| -> Answer<RulesPage> { Box::pin(async move { house.rules(&who).await }) };
        let Some(Ok(page)) = self.asks(call).await else { return };
        let mut book = self.town.book.lock().unwrap();
        let shows = |rules: &HallRules| {
            page.rules
                .iter()
                .all(|view| Rule::named(&view.rule).is_some_and(|rule| rule.value(rules) == view.value))
        };
        let is_true = book.halls[&self.employee.hall].rules.between(asked_at, book.now()).any(shows);
        book.hold(is_true, "I19", || format!("{} reads rules that were not stored", self.name));
        drop(book);
        self.page = Some(page);
    }

    async fn asks<T, F>(&self, call: F) -> Option<Result<T, Trouble>>
    where
        T: Send + 'static,
        F: FnOnce(Arc<House>, StaffSession) -> Answer<T> + Send + 'static,
    {
        asks(&self.town, &self.employee, self.line, call).await
    }
}

/// One request of somebody who signs in for it.
pub async fn asks<T, F>(town: &Arc<Town>, employee: &Employee, line: usize, call: F) -> Option<Result<T, Trouble>>
where
    T: Send + 'static,
    F: FnOnce(Arc<House>, StaffSession) -> Answer<T> + Send + 'static,
{
    let sign_in = SignIn {
        name: employee.name.clone(),
        password: employee.password.clone(),
    };
    let from = Town::address(line);
    let signed_in = move |house: Arc<House>| -> Answer<T> {
        Box::pin(async move {
            let (_, cookie) = house.sign_in(sign_in, from).await?;
            let who = house.who(&cookie).await?;
            call(house, who).await
        })
    };
    town.request(line, signed_in).await
}
