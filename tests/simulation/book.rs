//! What everybody did and saw: operations as invoked and answered, signs of life as they reached the server, and what the
//! archive holds. The checks read it; a broken promise ends the run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use yunyiban_core::{Actor, HallRules, TokenHash};
use yunyiban_protocol::{HallId, RequestKey, StaffId, VisitId};

use super::appointment::Booked;
use super::handover::Handovers;
use super::queues::Queues;
use super::rules::Wishes;
use super::seen::Seen;
use super::truth::HallTruth;
use super::world::World;

/// Signs of life kept of each page.
const SIGNS: usize = 12;

/// Lines of the log shown with a broken promise.
const LAST_LINES: usize = 30;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done, with this value.
    Done(Option<String>),
    /// A rule said no.
    Refused(String),
    /// Nobody knows: the page gave up.
    Unknown,
}

/// An operation of a person.
#[derive(Clone, Debug)]
pub struct Op {
    /// Who asked.
    pub actor: Asker,
    /// What, one word.
    pub kind: &'static str,
    /// When it was asked first.
    pub invoked: i64,
    /// When and how it ended; `None` while it runs.
    pub end: Option<(i64, End)>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// Somebody without a visit yet, by number.
    Person(usize),
    /// A citizen or a staff member.
    Actor(Actor),
}

/// See the module.
pub struct Book {
    world: Arc<World>,
    /// The promise that was broken first.
    pub broken: Option<String>,
    /// Everything, in order: what two runs of one seed are compared by.
    pub log: String,
    /// What the archive holds of each hall.
    pub halls: BTreeMap<HallId, HallTruth>,
    /// Every operation by its key.
    pub ops: BTreeMap<RequestKey, Op>,
    /// How many different keys somebody used for one thing.
    asked: BTreeMap<(Asker, &'static str), u32>,
    /// Who owns which visit.
    pub owners: BTreeMap<VisitId, usize>,
    heard: BTreeMap<Actor, VecDeque<i64>>,
    /// When tests of windows' pages reached the server.
    tested: BTreeMap<Actor, VecDeque<i64>>,
    /// Lines of chat as pages read them, by hall, visit and number.
    pub lines: BTreeMap<(HallId, VisitId, u32), String>,
    /// Texts found in the chat of each hall at the end, and how often.
    pub said: BTreeMap<HallId, BTreeMap<String, u32>>,
    /// Tokens stored.
    pub tokens: BTreeSet<TokenHash>,
    /// The last moment at which the server was down or its archive in trouble.
    pub trouble: i64,
    /// The queues of the halls.
    pub queues: Queues,
    /// Its halls close.
    pub has_hours: bool,
    /// Changes of rules asked for.
    pub wishes: Wishes,
    /// Appointments asked for at desks.
    pub booked: Booked,
    /// Which phone has what.
    pub handovers: Handovers,
    /// Numbers people left with their visits.
    pub phones: BTreeMap<VisitId, BTreeSet<String>>,
    /// Who looked up the number of which visit.
    pub revealed: BTreeSet<(StaffId, VisitId)>,
    /// What people did, by kind.
    pub seen: Seen,
    /// Faults that happened, by kind.
    pub faults: BTreeMap<&'static str, u32>,
}

impl Book {
    /// An empty book.
    pub fn new(world: Arc<World>, rules: &HallRules, queues: Queues) -> Self {
        Self {
            world,
            broken: None,
            log: String::new(),
            halls: BTreeMap::new(),
            ops: BTreeMap::new(),
            asked: BTreeMap::new(),
            owners: BTreeMap::new(),
            heard: BTreeMap::new(),
            tested: BTreeMap::new(),
            lines: BTreeMap::new(),
            said: BTreeMap::new(),
            tokens: BTreeSet::new(),
            trouble: 0,
            queues,
            has_hours: !rules.always_open,
            wishes: Wishes::new(),
            booked: Booked::new(),
            handovers: Handovers::default(),
            phones: BTreeMap::new(),
            revealed: BTreeSet::new(),
            seen: Seen::default(),
            faults: BTreeMap::new(),
        }
    }

    /// Now, by the world's clock.
    pub fn now(&self) -> i64 {
        self.world.now()
    }

    /// A line of the log.
    pub fn note(&mut self, line: &str) {
        let now = self.now();
        let _ = writeln!(self.log, "{now} {line}");
    }

    /// A promise is broken: the run ends here.
    pub fn fail(&mut self, promise: &str, story: &str) {
        if self.broken.is_none() {
            self.broken = Some(format!("{promise} at {} ms: {story}", self.now()));
            self.world.stop();
        }
    }

    /// Fails unless it holds.
    pub fn hold(&mut self, holds: bool, promise: &str, story: impl FnOnce() -> String) {
        if !holds {
            let story = story();
            self.fail(promise, &story);
        }
    }

    /// The end of the log.
    pub fn last_lines(&self) -> String {
        let lines: Vec<&str> = self.log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }

    /// A fault begins.
    pub fn fault(&mut self, kind: &'static str, story: &str) {
        *self.faults.entry(kind).or_default() += 1;
        self.note(&format!("FAULT {kind} {story}"));
    }

    /// The server is down or its archive in trouble at this moment.
    pub fn in_trouble(&mut self) {
        self.trouble = self.trouble.max(self.now());
    }

    /// Somebody asks for something.
    pub fn invoke(&mut self, actor: Asker, kind: &'static str, key: &RequestKey) {
        if self.ops.contains_key(key) {
            return;
        }
        *self.asked.entry((actor.clone(), kind)).or_default() += 1;
        self.note(&format!("ask {kind} {key}"));
        let invoked = self.now();
        let op = Op {
            actor,
            kind,
            invoked,
            end: None,
        };
        self.ops.insert(key.clone(), op);
    }

    /// It ended. I18: every answer to one key is the same.
    pub fn complete(&mut self, key: &RequestKey, end: End) {
        self.note(&format!("end {key} {end:?}"));
        let now = self.now();
        let Some(op) = self.ops.get_mut(key) else { return };
        match (&op.end, &end) {
            (Some((_, End::Done(first))), End::Done(again)) if first != again => {
                let story = format!("{key} was answered {first:?} and then {again:?}");
                self.fail("I18", &story);
            }
            (Some((_, End::Done(_))), _) => {}
            _ => op.end = Some((now, end)),
        }
    }

    /// How many different keys somebody used for one of these.
    pub fn times_asked(&self, actor: &Actor, kinds: &[&'static str]) -> u32 {
        let count = |kind: &&'static str| self.asked.get(&(Asker::Actor(actor.clone()), *kind)).copied().unwrap_or_default();
        kinds.iter().map(count).sum()
    }

    /// A page made itself heard at the server.
    pub fn hear(&mut self, actor: Actor) {
        let now = self.now();
        self.hear_at(actor, now);
    }

    /// The same at a moment that may have passed.
    pub fn hear_at(&mut self, actor: Actor, moment: i64) {
        note_sign(self.heard.entry(actor).or_default(), moment);
    }

    /// A window's page said that its test has run.
    pub fn hear_test(&mut self, actor: Actor) {
        let now = self.now();
        note_sign(self.tested.entry(actor).or_default(), now);
    }

    /// When a page was last heard, up to a moment.
    pub fn heard_before(&self, actor: &Actor, moment: i64) -> Option<i64> {
        last_before(self.heard.get(actor)?, moment)
    }

    /// When a window's page said last that its test had run, up to a moment.
    pub fn tested_before(&self, actor: &Actor, moment: i64) -> Option<i64> {
        last_before(self.tested.get(actor)?, moment)
    }

    /// I20: everybody reads the same line under a number.
    pub fn read(&mut self, hall: &HallId, visit: &VisitId, number: u32, text: &str) {
        let line = self.lines.entry((hall.clone(), visit.clone(), number)).or_insert_with(|| text.to_owned());
        let story = format!("line {number} of {visit} reads {line} and {text}");
        let same = line == text;
        self.hold(same, "I20", || story);
    }

    /// I23: a number told to a person is of a visit whose number that person is stored to have looked up.
    pub fn tell_number(&mut self, staff: &StaffId, key: &RequestKey, number: &str) {
        if self.ops.get(key).is_none_or(|op| op.kind != "dial") {
            return;
        }
        let mut looked_at = self.revealed.iter().filter(|(who, _)| who == staff).map(|(_, visit)| visit);
        let known = looked_at.any(|visit| self.phones.get(visit).is_some_and(|left| left.contains(number)));
        self.hold(known, "I23", || {
            format!("{staff} is told {number} and nobody wrote down that it was asked for")
        });
    }

    /// I19: what is acknowledged is stored.
    pub fn acknowledge(&mut self, key: &RequestKey) {
        let stored = self.halls.values().any(|hall| hall.keys.contains(key));
        self.hold(stored, "I19", || format!("{key} is acknowledged and not stored"));
    }
}

fn note_sign(signs: &mut VecDeque<i64>, moment: i64) {
    let later = signs.partition_point(|at| *at <= moment);
    signs.insert(later, moment);
    if signs.len() > SIGNS {
        signs.pop_front();
    }
}

fn last_before(signs: &VecDeque<i64>, moment: i64) -> Option<i64> {
    signs.iter().rev().find(|at| **at <= moment).copied()
}
