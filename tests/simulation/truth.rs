//! What the archive holds, folded from its events; each batch is held against the promises as it is stored.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_app::ports::store::HallBatch;
use yunyiban_core::window::name_of;
use yunyiban_core::{Actor, Event, HallRules, Subject, Timers, Visit, VisitState, Window};
use yunyiban_protocol::{HallId, Presence, RequestKey, SuspectReason, Timestamp, VisitId, WindowId, Work};

use super::book::{Asker, Book};
use super::callback::{self, Callbacks};
use super::no_show::Blame;
use super::notices::Due;
use super::priority::Priorities;
use super::probe::Faults;
use super::referral::{self, Referrals};
use super::rules::{self, InForce};
use super::suspension::{self, Closed};
use super::tick::note_pair;
use super::timetable::Timetables;
use super::transfer::Transfers;
use super::{appointment, asked, closing, handover, holders, missed, no_show, notices, priority, probe, rows, transfer};
use crate::support::order::MOVES;

/// Between two clocks that look at one thing, and between deciding and storing.
pub const SLACK_MS: i64 = 1_000;

/// After trouble of the archive a page's signs may have waited with the hall's task.
const AFTER_TROUBLE_MS: i64 = 20_000;

/// A visit or window as stored.
#[derive(Clone, Debug)]
pub struct Standing<T> {
    /// The row.
    pub row: T,
    /// Since when its state is as it is.
    pub entered: i64,
}

/// One hall.
#[derive(Debug)]
pub struct HallTruth {
    /// Which.
    pub id: HallId,
    /// Its rules.
    pub rules: InForce,
    /// Its hours and special days.
    pub timetables: Timetables,
    /// Appointments that a change of the hours left no time to check in: they are put off.
    pub cut_off: BTreeSet<VisitId>,
    /// Every visit.
    pub visits: BTreeMap<VisitId, Standing<Visit>>,
    /// Every window.
    pub windows: BTreeMap<WindowId, Standing<Window>>,
    /// Outcomes by visit.
    pub outcomes: BTreeMap<VisitId, u32>,
    /// Keys whose reply is stored.
    pub keys: BTreeSet<RequestKey>,
    /// Number of the last event.
    pub seq: u32,
    /// The owner.
    pub epoch: u32,
    /// When the hall was last loaded.
    pub loaded_at: i64,
    /// When its owner's process began.
    pub started_at: i64,
    /// A commit is slow, or failed and the hall is not loaded again yet.
    pub is_waiting: bool,
    /// What the clock of its owner showed when the world began.
    pub offset: i64,
    /// Since when a visit and a window wait for each other.
    pub pair_since: Option<i64>,
    /// What timers of before may last longer because the clock was set back: the hall knows of it by the newest moment a
    /// state began, and nothing of how long it was quiet after that.
    pub allowance: i64,
    /// How often what happened in whose name.
    pub done: BTreeMap<(Actor, String), u32>,
    /// Call-backs promised.
    pub callbacks: Callbacks,
    /// Transfers made.
    pub transfers: Transfers,
    /// What windows found of themselves.
    pub faults: Faults,
    /// Who went ahead of whom.
    pub priorities: Priorities,
    /// Messages due and sent.
    pub due: Due,
    /// The emergency close.
    pub closed: Closed,
    /// Who did not come.
    pub blame: Blame,
    /// Who was sent to another hall, or by one.
    pub referrals: Referrals,
    /// The same offset when something was stored last.
    stored_offset: i64,
    orders: BTreeSet<u32>,
}

impl HallTruth {
    /// An empty hall; `offset`: what its clock shows when the world begins.
    pub fn new(id: HallId, rules: HallRules, offset: i64) -> Self {
        let rules = InForce::new(rules);
        Self {
            id,
            timetables: Timetables::new(&rules),
            cut_off: BTreeSet::new(),
            rules,
            visits: BTreeMap::new(),
            windows: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            keys: BTreeSet::new(),
            seq: 0,
            epoch: 0,
            loaded_at: 0,
            started_at: 0,
            is_waiting: false,
            offset,
            pair_since: None,
            allowance: 0,
            done: BTreeMap::new(),
            callbacks: Callbacks::new(),
            transfers: Transfers::default(),
            faults: Faults::default(),
            priorities: Priorities::default(),
            due: Due::default(),
            closed: Closed::default(),
            blame: Blame::default(),
            referrals: Referrals::default(),
            stored_offset: offset,
            orders: BTreeSet::new(),
        }
    }

    /// The owner's clock.
    pub fn wall(&self, now: i64) -> Timestamp {
        Timestamp::from_millis(now + self.offset)
    }

    /// A visit a window may be rung for.
    pub fn is_ready(visit: &Visit, handshake: bool, at: Timestamp) -> bool {
        match visit.state {
            VisitState::Waiting { not_before, .. } => (visit.here || !handshake) && not_before.is_none_or(|moment| moment <= at),
            VisitState::CallbackKept { not_before, .. } => not_before.is_none_or(|moment| moment <= at),
            _ => false,
        }
    }

    /// A visit that rings where its last ring was left unanswered, and nobody's has been answered since: it goes to
    /// another window that is free (E7).
    pub fn is_doubted(&self, visit: &Visit, handshake: bool, at: Timestamp) -> bool {
        let VisitState::Ringing { window, .. } = &visit.state else {
            return false;
        };
        let again = visit.last_window.as_deref() == Some(window) && visit.spared_until.is_none();
        let unanswered = self.windows.get(window).is_some_and(|at| at.row.unanswered > 0);
        let comes_back = visit.sticky.as_deref().is_some_and(|(sticky, until)| sticky == window && *until > at);
        let asked = visit.here || visit.callback.is_some() || !handshake;
        again && unanswered && asked && !comes_back
    }

    /// A window that takes rings.
    pub fn is_free(window: &Window, at: Timestamp) -> bool {
        window.staff.is_some()
            && matches!(window.presence, Presence::Available {})
            && matches!(window.work, Work::Idle {})
            && window.blocked_until.is_none_or(|moment| moment <= at)
    }

    /// Whether this window is not to ring this visit for a while.
    pub fn is_spared(visit: &Visit, window: &WindowId, at: Timestamp) -> bool {
        visit.last_window.as_deref() == Some(window) && visit.spared_until.is_some_and(|moment| moment > at)
    }
}

/// A batch was stored.
pub fn stored(book: &mut Book, batch: &HallBatch) {
    let Some(mut hall) = book.halls.remove(&batch.hall) else { return };
    // I17
    let current = (hall.epoch, hall.seq);
    book.hold(current == (batch.epoch, batch.old_seq), "I17", || {
        format!("a writer at {:?} stored where {current:?} is", (batch.epoch, batch.old_seq))
    });
    if let Some(moved) = batch.events.iter().find_map(|chained| counted_back(&hall, &chained.event)) {
        hall.allowance += (hall.stored_offset - hall.offset - moved).max(0);
    }
    hall.stored_offset = hall.offset;
    // A number is left before a call is promised to it, maybe in the same batch.
    for row in &batch.rows {
        rows::stored(book, &mut hall, row);
    }
    for chained in &batch.events {
        let event = &chained.event;
        book.note(&format!("{} {}", batch.hall, chained.json));
        book.hold(event.seq == hall.seq + 1, "Q3", || format!("event {} after {}", event.seq, hall.seq));
        hall.seq = event.seq;
        // Whose act this is was heard when it was decided, however long the act was under way.
        if event.actor != Actor::System {
            book.hear_at(event.actor.clone(), event.at.as_millis() - hall.offset);
        }
        match &event.after {
            Subject::Visit { visit } => visit_changed(book, &mut hall, event, visit),
            Subject::Window { window } => window_changed(book, &mut hall, event, window),
            Subject::Looked { visit, .. } => looked(book, event, visit),
            Subject::Hall { suspension: after } => suspension::changed(book, &mut hall, event, after.as_ref()),
            Subject::Chat { visit, number, .. } if event.cause == "chat_brought" => referral::chat_brought(book, &mut hall, visit, *number),
            Subject::Contact { visit, .. } if event.cause == "contact_brought" => referral::contact_brought(book, &hall, visit),
            Subject::Chat { .. } | Subject::Contact { .. } | Subject::Record { .. } | Subject::Rating { .. } => {}
        }
    }
    rows::are_the_fold(book, &hall, &batch.rows);
    rules::are_audited(book, &hall);
    handover::is_asked_anew(book, &hall);
    notices::stored(book, &mut hall, batch);
    no_show::marks_are_right(book, &hall);
    holders::nobody_is_held_twice(book, &mut hall);
    transfer::both_ends_are_reserved(book, &hall);
    probe::nobody_deaf_is_free(book, &hall);
    holders::one_live_visit_a_person(book, &batch.hall, &hall);
    note_pair(book, &mut hall);
    book.halls.insert(batch.hall.clone(), hall);
}

/// By how much a hall counted its moments back with the clock, as a window shows it.
fn counted_back(hall: &HallTruth, event: &Event) -> Option<i64> {
    let Subject::Window { window } = &event.after else { return None };
    let before = hall.windows.get(&window.id).filter(|_| event.cause == "clock_set_back")?;
    Some(before.row.work_since.as_millis() - window.work_since.as_millis())
}

/// A number was looked up: by a person, and stored with the name.
fn looked(book: &mut Book, event: &Event, visit: &VisitId) {
    match &event.actor {
        Actor::Staff(staff) => drop(book.revealed.insert((staff.clone(), visit.clone()))),
        Actor::Citizen(_) | Actor::System => book.fail("I23", &format!("{:?} looked up the number of {visit}", event.actor)),
    }
}

fn visit_changed(book: &mut Book, hall: &mut HallTruth, event: &Event, after: &Visit) {
    let id = &after.id;
    let before = hall.visits.get(id).cloned();
    let name = before.as_ref().map(|before| before.row.state.name());
    // Q3, and a stale image: an event says what was before.
    book.hold(name == event.before.as_deref(), "Q3", || {
        format!("{id} was {name:?}, the event {} says {:?}", event.seq, event.before)
    });
    if let Some(Standing { row: before, .. }) = &before {
        book.hold(after.state.may_follow(before.state.name()), "I7", || {
            format!("{id}: {} after {}", after.state.name(), before.state.name())
        });
        // Q4, I12
        let moved = before.order != after.order;
        book.hold(!moved || MOVES.contains(&event.cause.as_str()), "Q4", || {
            format!("{id} was moved by {}", event.cause)
        });
        book.hold(before.joined_at == after.joined_at && before.number == after.number, "Q4", || {
            format!("{id} has another number")
        });
    } else {
        began(book, hall, event, after);
    }
    asked::happened(book, hall, event, id.as_str());
    if let Some(Standing { row: before, .. }) = &before {
        features(book, hall, event, before, after);
    }
    if let (VisitState::Ringing { window, .. }, Some(before)) = (&after.state, &before)
        && before.row.state.name() != "ringing"
    {
        rung(book, hall, event, &before.row, window);
    }
    if event.cause == "ring_moved"
        && let Some(Standing { row: before, .. }) = &before
    {
        ring_moved(book, hall, event, before);
    }
    if let Some(before) = &before {
        came_to_the_head(book, event, &before.row, after);
        missed::changed(book, hall, event, &before.row, after);
    }
    match event.cause.as_str() {
        "page_silent" => silent(book, hall, event, &Actor::Citizen(id.clone()), |timers| timers.citizen_lease_ms),
        "citizen_lost" => {
            let is_held = name == Some("held");
            silent(book, hall, event, &Actor::Citizen(id.clone()), |timers| {
                if is_held { timers.citizen_lease_ms } else { timers.call_lease_ms }
            });
        }
        _ => {}
    }
    let entered = match &before {
        Some(before) if before.row.state == after.state || event.cause == "clock_set_back" => before.entered,
        _ => book.now(),
    };
    hall.visits.insert(id.clone(), Standing { row: after.clone(), entered });
}

/// Q6, Q9: lost through our fault a visit goes to the head, and first to its window.
fn came_to_the_head(book: &mut Book, event: &Event, before: &Visit, after: &Visit) {
    let was = match event.cause.as_str() {
        "grace_over" => "dropped",
        "setup_failed" => "connecting",
        _ => return,
    };
    let (id, name) = (&after.id, before.state.name());
    book.hold(name == was, "Q6", || format!("{id} goes to the head by {} from {name}", event.cause));
    let kept = after.sticky.as_deref().map(|(window, _)| window) == before.state.window();
    book.hold(after.order.band == 0 && kept, "Q9", || format!("{id} is not at the head of its window"));
}

/// What each feature promises of a visit that changes.
fn features(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    rules::ended(book, event, before);
    callback::changed(book, hall, event, before, after);
    closing::changed(book, hall, event, before);
    suspension::visit_changed(book, hall, event, before, after);
    transfer::changed(book, hall, event, before, after);
    priority::changed(book, hall, event, before, after);
    notices::changed(book, hall, event, after);
    appointment::changed(book, hall, event, before, after);
    referral::changed(book, hall, event, before, after);
    handover::changed(book, event, before, after);
}

/// I4, I10: a visit begins by one wish of its owner.
fn began(book: &mut Book, hall: &mut HallTruth, event: &Event, visit: &Visit) {
    let id = &visit.id;
    book.hold(hall.orders.insert(visit.order.seq), "I10", || format!("{id} has the order of another"));
    let key = RequestKey::new(visit.device.as_str());
    let owner = match book.ops.get(&key) {
        None if event.cause == "booked" => appointment::owner(book, id),
        Some(op) if matches!(op.kind, "take" | "follow") => match op.actor {
            Asker::Person(person) => Some(person),
            Asker::Actor(_) => None,
        },
        _ => None,
    };
    let Some(owner) = owner else {
        let story = format!("nobody took {id} by {key} ({})", event.cause);
        return book.fail("I4", &story);
    };
    let twice = event.cause != "booked" && hall.visits.values().any(|other| other.row.device == visit.device);
    book.hold(!twice, "I18", || format!("{key} made a second visit {id}"));
    book.owners.insert(id.clone(), owner);
    rules::began(book, hall, event, visit);
    closing::began(book, hall, event, visit);
    priority::began(book, hall, visit);
    suspension::began(book, hall, event, visit);
    notices::began(hall, event, visit);
    no_show::began(book, hall, event, visit);
    let follows = book.ops.get(&key).is_some_and(|op| op.kind == "follow");
    book.hold(follows == visit.referred.is_some(), "DOMAIN 3.8", || {
        format!("{id}, asked for as {key}, is referred from {:?}", visit.referred)
    });
    referral::began(book, hall, event, visit);
}

/// I6, I9, Q2, Q12: who is rung where.
fn rung(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit, window: &WindowId) {
    let id = &visit.id;
    let by_hand = event.cause == "picked";
    let Some(at) = hall.windows.get(window).map(|at| at.row.clone()) else {
        return book.fail("I6", &format!("{id} is rung at no window"));
    };
    let on_duty = matches!(at.presence, Presence::Available {}) || (by_hand && matches!(at.presence, Presence::OnDemand {}));
    book.hold(on_duty && matches!(at.work, Work::Idle {}), "Q2", || {
        format!("{window} is {} and {:?}, and is rung for {id}", name_of(&at.work), at.presence)
    });
    if by_hand {
        let sits = at.staff.is_some();
        return book.hold(sits, "I6", || format!("nobody is at {window}"));
    }
    is_heard(book, hall, event, &at);
    transfer::rung(book, hall, event, visit, window);
    who_was_first(book, hall, event, visit, window);
}

/// E7: a ring is called off for another window only where it was in doubt.
fn ring_moved(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit) {
    let id = &before.id;
    book.seen.saw("ring_moved");
    let is_doubted = |rules: &HallRules| hall.is_doubted(before, rules.handshake, event.at);
    book.hold(hall.rules.stored_at(book.now()).any(is_doubted), "E7", || {
        format!("the ring of {id} was taken from {:?}, which was not in doubt", before.state.window())
    });
}

/// I9, Q10, E11: nobody who was ready is passed over, neither by the line's own order nor by arrival.
fn who_was_first(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit, window: &WindowId) {
    let id = &visit.id;
    let at = Timestamp::from_millis(event.at.as_millis() - SLACK_MS);
    // Whoever need not be asked since a moment is ready since then.
    let asked = hall.rules.between(book.now() - SLACK_MS, book.now()).any(|rules| rules.handshake);
    let was_ready = |other: &&Visit| {
        HallTruth::is_ready(other, asked, at)
            && !HallTruth::is_spared(other, window, at)
            && other.refused.as_deref() != Some(window)
            && book.now() - hall.visits[&other.id].entered > SLACK_MS
    };
    let is_theirs = |other: &&Visit| transfer::weight(book, hall, other, window, event.at).is_some();
    let ready = || hall.visits.values().map(|other| &other.row).filter(was_ready).filter(is_theirs);
    // Waits of unequal weight overtake each other in time: only who stood before all the while was passed over.
    let ahead = ready().find(|other| [at, event.at].iter().all(|at| book.queues.stands_before(other, visit, window, *at)));
    let ahead = ahead.map(|ahead| format!("{id} is rung before {} who stands before it", ahead.id));
    // Whatever the clocks say, who came first is rung first. The order itself is made with a clock, so it is not asked here.
    let takes = |other: &Visit| [at, event.at].iter().all(|at| book.queues.weight(other, window, *at).is_some());
    let earlier = ready()
        .filter(|_| is_by_arrival(visit) && !hall.referrals.is_at_first_arrival(id) && takes(visit))
        .find(|other| other.queue == visit.queue && other.order.seq < visit.order.seq && is_by_arrival(other) && takes(other));
    let earlier = earlier.map(|earlier| format!("{id} is rung before {} who came before it", earlier.id));
    if let Some(story) = ahead {
        book.fail("I9", &story);
    }
    if let Some(story) = earlier {
        book.fail("Q10", &story);
    }
}

/// I6: somebody sits at a window that is rung by itself or by another, and was heard within the lease.
pub fn is_heard(book: &mut Book, hall: &HallTruth, event: &Event, at: &Window) {
    let window = &at.id;
    let Some(staff) = at.staff.clone() else {
        return book.fail("I6", &format!("nobody is at {window}"));
    };
    let decided = event.at.as_millis() - hall.offset;
    let lease = hall.rules.longest(book.now(), |timers| timers.window_lease_ms) + SLACK_MS;
    let grace = hall.rules.longest(book.now(), |timers| timers.restart_grace_ms) + SLACK_MS;
    let heard = book.heard_before(&Actor::Staff(staff), decided + SLACK_MS).unwrap_or(i64::MIN / 2);
    let lives = decided - heard <= lease || decided - hall.loaded_at <= grace || decided - book.trouble <= AFTER_TROUBLE_MS;
    book.hold(lives, "I6", || format!("{window} was last heard at {heard} and is rung at {decided}"));
}

/// Whether a visit stands where it came: it was not put behind somebody after 过号, nor ahead after a broken call or by a credit.
fn is_by_arrival(visit: &Visit) -> bool {
    let declared = visit.priority.as_ref().is_some_and(|priority| priority.from != priority.to);
    let kept = visit.appointment.as_ref().and_then(|appointment| appointment.credit);
    let credited = declared || kept.is_some_and(|credit| credit.from != credit.to);
    visit.order.band == 1 && visit.order.behind == visit.order.seq && !credited
}

/// Leases: nobody is taken for dead before their time, and not for the time the server was down.
fn silent(book: &mut Book, hall: &HallTruth, event: &Event, who: &Actor, lease: impl Fn(&Timers) -> u32) {
    let decided = event.at.as_millis() - hall.offset;
    if decided - book.trouble <= AFTER_TROUBLE_MS && book.trouble > hall.loaded_at + SLACK_MS {
        return;
    }
    let heard = book.heard_before(who, decided).unwrap_or(i64::MIN / 2);
    let (since, lease_ms) = (decided - heard, hall.rules.shortest(book.now(), lease));
    book.hold(since >= lease_ms - SLACK_MS, "F20", || {
        format!("{who:?} was heard {since} ms before {} by a lease of {lease_ms} ms", event.cause)
    });
    let grace = hall.rules.shortest(book.now(), |timers| timers.restart_grace_ms) - SLACK_MS;
    book.hold(heard > hall.started_at || decided - hall.started_at >= grace, "F20", || {
        format!("{who:?} is {} {} ms after the restart", event.cause, decided - hall.started_at)
    });
}

fn window_changed(book: &mut Book, hall: &mut HallTruth, event: &Event, after: &Window) {
    let before = hall.windows.get(&after.id).cloned();
    let name = before.as_ref().map(|before| name_of(&before.row.work));
    book.hold(name == event.before.as_deref(), "Q3", || {
        format!("{} was {name:?}, the event says {:?}", after.id, event.before)
    });
    if event.cause == "window_lost"
        && is_called_silent(hall, &after.work)
        && let Some(staff) = before.as_ref().and_then(|before| before.row.staff.clone())
    {
        silent(book, hall, event, &Actor::Staff(staff), |timers| timers.window_lease_ms);
    }
    if let Some(Standing { row: before, .. }) = &before {
        if event.cause == "transfer_begun" && matches!(after.work, Work::Reserved { .. }) {
            transfer::window_rung(book, hall, event, before);
        }
        probe::changed(book, hall, event, before, after);
    }
    let entered = match &before {
        Some(before) if (before.row.work == after.work && before.row.presence == after.presence) || event.cause == "clock_set_back" => before.entered,
        _ => book.now(),
    };
    hall.windows.insert(after.id.clone(), Standing { row: after.clone(), entered });
}

/// Whether this is said of the window itself: of a transfer's two windows the other is only freed, or talks again.
fn is_called_silent(hall: &HallTruth, work: &Work) -> bool {
    match work {
        Work::Suspect { reason, .. } => *reason == SuspectReason::LeaseLost,
        Work::Talking { visit } => hall.visits.get(visit).is_some_and(|at| at.row.state.name() == "dropped"),
        _ => false,
    }
}
