//! The window that tests itself (DOMAIN 3.3): what breaks at a desk and is mended, and that nobody is rung into nothing.

use std::collections::BTreeMap;

use yunyiban_core::{Actor, Event, Window};
use yunyiban_protocol::{ProbeFault, SuspectReason, WindowId, WindowRequest, Work};

use super::asked::at_most;
use super::book::Book;
use super::chance::Chance;
use super::staff::Console;
use super::truth::HallTruth;

/// What a window found of itself, in order of what pages said.
#[derive(Debug, Default)]
pub struct Faults {
    /// Windows that found something and were not mended since.
    found: BTreeMap<WindowId, ProbeFault>,
    /// Windows mended and not rung since.
    mended: BTreeMap<WindowId, i64>,
    /// When somebody sat down at each.
    sat_at: BTreeMap<WindowId, i64>,
}

/// So long a test says something of a window, milliseconds.
const FRESH_MS: i64 = 30_000;
/// A sign is counted so late at most where nothing is in trouble.
const SLACK_MS: i64 = 1_000;

/// A window changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Window, after: &Window) {
    let id = &after.id;
    if event.cause == "opened" {
        hall.faults.sat_at.insert(id.clone(), book.now());
    }
    match event.cause.as_str() {
        // The ring it gives back and the window it frees are changes by the same finding.
        "probe_failed" | "probe_passed" if before.fault == after.fault => {}
        "probe_failed" => {
            at_most(book, hall, event, id.as_str(), &["probe"]);
            book.seen.saw("probe_failed");
            match before.work {
                Work::Reserved { .. } => book.seen.saw("probe_failed_while_rung"),
                Work::Talking { .. } => book.seen.saw("probe_failed_while_talking"),
                _ => {}
            }
            if let Some(fault) = after.fault {
                hall.faults.found.insert(id.clone(), fault);
            }
        }
        "probe_passed" => {
            at_most(book, hall, event, id.as_str(), &["probe"]);
            book.seen.saw("probe_passed");
            hall.faults.found.remove(id);
            hall.faults.mended.insert(id.clone(), book.now());
        }
        // Another page, another test; and the person has the word until the next.
        "opened" | "closed" => drop(hall.faults.found.remove(id)),
        "back" if before.work != after.work => drop(hall.faults.found.remove(id)),
        _ => {}
    }
    let found = hall.faults.found.get(id).copied();
    book.hold(after.fault == found, "DOMAIN 3.3", || {
        format!("{id} has {:?} by {}, and {found:?} was found", after.fault, event.cause)
    });
    let rung = matches!(after.work, Work::Reserved { .. }) && !matches!(before.work, Work::Reserved { .. });
    book.hold(!rung || found.is_none(), "DOMAIN 3.3", || format!("{id} is rung with {found:?}"));
    if rung && hall.faults.mended.remove(id).is_some() {
        book.seen.saw("rung_after_mending");
    }
    if rung && event.cause == "rung" {
        rung_by_itself(book, hall, event, after);
    }
}

/// DOMAIN 3.3: nobody is rung by itself whose page has not said within half a minute that its test has run. A sign is gathered with others
/// while a commit lasts, and counts from its end.
fn rung_by_itself(book: &mut Book, hall: &HallTruth, event: &Event, window: &Window) {
    let decided = event.at.as_millis() - hall.offset;
    let in_trouble = decided - book.trouble <= FRESH_MS;
    let Some(staff) = &window.staff else { return };
    let actor = Actor::Staff(staff.clone());
    let tested = book.tested_before(&actor, decided);
    let is_fresh = tested.is_some_and(|at| decided - at <= FRESH_MS + SLACK_MS);
    book.hold(is_fresh || in_trouble && tested.is_some(), "DOMAIN 3.3", || {
        format!("{} is rung at {decided} and was tested at {tested:?}", window.id)
    });
    let before = tested.and_then(|at| book.tested_before(&actor, at - 1));
    if before.zip(tested).is_some_and(|(before, tested)| tested - before > FRESH_MS) {
        book.seen.saw("rung_after_a_test_again");
    }
}

/// Whether the page of whoever sits at the window has tested itself so lately that it must be rung (Q11).
pub fn is_tested(book: &Book, hall: &HallTruth, window: &Window) -> bool {
    let sat_at = hall.faults.sat_at.get(&window.id).copied().unwrap_or_default();
    let actor = window.staff.clone().map(Actor::Staff);
    let tested = actor.and_then(|actor| book.tested_before(&actor, book.now()));
    tested.is_some_and(|at| at > hall.loaded_at.max(sat_at) && book.now() - at <= FRESH_MS)
}

/// At the end of a batch: a window with a fault is free for nobody, and one without is not held back for one.
pub fn nobody_deaf_is_free(book: &mut Book, hall: &HallTruth) {
    for (id, standing) in &hall.windows {
        let (work, found) = (&standing.row.work, hall.faults.found.get(id));
        let held_back = matches!(
            work,
            Work::Suspect {
                reason: SuspectReason::ProbeFailed,
                ..
            }
        );
        book.hold(
            found.is_none() || !matches!(work, Work::Idle {} | Work::Reserved { .. }),
            "DOMAIN 3.3",
            || format!("{id} found {found:?} and is {work:?}"),
        );
        book.hold(found.is_some() || !held_back, "DOMAIN 3.3", || format!("{id} was mended and is {work:?}"));
    }
}

/// What stands at a desk.
#[derive(Debug, Default)]
pub struct Hardware {
    broken: Option<ProbeFault>,
    until: i64,
    /// Until when the test of the page runs no more, though its heart beats.
    still_until: i64,
}

impl Hardware {
    /// What is broken at this moment; now and then something breaks.
    pub fn look(&mut self, chance: &mut Chance, now: i64, calm: bool) -> Option<ProbeFault> {
        if self.until <= now || calm {
            self.broken = None;
        }
        if self.broken.is_none() && !calm && chance.below(250) == 0 {
            let kinds = [ProbeFault::Microphone, ProbeFault::Silent, ProbeFault::Relay, ProbeFault::Clock];
            self.broken = Some(kinds[chance.below(kinds.len())]);
            self.until = now + chance.between(6_000, 60_000);
        }
        self.broken
    }

    /// Whether the test of the page stands still at this moment; now and then it does, for longer than it says something.
    pub fn stands_still(&mut self, chance: &mut Chance, now: i64, calm: bool) -> bool {
        if self.still_until <= now && !calm && chance.below(400) == 0 {
            self.still_until = now + chance.between(FRESH_MS, 2 * FRESH_MS);
        }
        self.still_until > now && !calm
    }
}

impl Console {
    /// Looks at its microphone, line and clock, and tells what is news; `true` when it told something. Mostly between
    /// calls, but a cable is pulled at any time.
    pub(super) fn tests_itself(&mut self, told: Option<ProbeFault>, work: &Work) -> bool {
        let (now, calm) = (self.now(), self.town.is_calm());
        let fault = self.hardware.look(&mut self.page.chance, now, calm);
        let between_calls = matches!(work, Work::Idle {} | Work::Reserved { .. } | Work::Suspect { .. });
        if fault == told || !(between_calls || self.page.chance.percent(50)) {
            return false;
        }
        self.window("probe", |key| WindowRequest::Probe { key, fault });
        true
    }
}
