//! Referrals to the other hall (介绍过去, DOMAIN 3.8): what is promised of them; what people do is in [`super::follow`]. Each hall is whole by itself: where a
//! visit stands in the first is changed by its own rules alone until a number is given in the second, which is given once, at the
//! first arrival, by an open referral; and the first hears of it, whatever became of the server between the two.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::{Actor, Event, HallRules, Referral, Referred, TokenHash, Visit, VisitState, visit_of};
use yunyiban_protocol::{CallMode, HallId, Proof, StaffId, Timestamp, VisitId, Work};

use super::book::Book;
use super::truth::HallTruth;
use super::{priority, transfer};

/// What the first hall gives along is so old at most when the second decides, milliseconds.
const UNDER_WAY_MS: i64 = 3_000;
/// The same while the archive or the server is in trouble.
const IN_TROUBLE_MS: i64 = 30_000;
/// The first hall hears of a number within this of peace, milliseconds.
const HEARS_MS: i64 = 15_000;
/// An end comes so late at most, milliseconds.
const LATE_MS: i64 = 5_000;

/// What is known of referrals beside the rows.
#[derive(Debug, Default)]
pub struct Referrals {
    /// Rows of visits that were referred, each until the moment given.
    past: BTreeMap<VisitId, Vec<(i64, Visit)>>,
    /// The token given last of each visit, and since when.
    pub tokens: BTreeMap<VisitId, (TokenHash, i64)>,
    /// Numbers given here at a first arrival, by the hall of that and the visit there.
    given: BTreeMap<(HallId, VisitId), VisitId>,
    /// Visits here whose people were sent by another hall, and since when.
    came: BTreeMap<VisitId, i64>,
    /// Lines of chat that were said there.
    pub brought: BTreeSet<(VisitId, u32)>,
}

impl Referrals {
    /// Whether this visit stands here at the arrival in another hall.
    pub fn is_at_first_arrival(&self, visit: &VisitId) -> bool {
        self.given.values().any(|given| given == visit)
    }
}

impl HallTruth {
    /// The rows of a visit at some moment since then.
    pub(super) fn rows_since(&self, visit: &VisitId, moment: i64) -> impl Iterator<Item = &Visit> {
        let past = self.referrals.past.get(visit).into_iter().flatten();
        let past = past.filter(move |(until, _)| *until >= moment).map(|(_, row)| row);
        past.chain(self.visits.get(visit).map(|standing| &standing.row))
    }

    /// Whether somebody came here by this visit of that hall.
    pub(super) fn has_somebody_of(&self, hall: &HallId, visit: &VisitId) -> bool {
        let from = |came: &VisitId| self.visits.get(came).and_then(|standing| standing.row.referred.as_deref());
        let is_it = |from: &Referred| from.hall == *hall && from.visit == *visit;
        self.referrals.came.keys().filter_map(from).any(is_it)
    }
}

/// A referral that nobody followed yet.
pub(super) fn open(visit: &Visit) -> Option<&Referral> {
    visit.referral.as_deref().filter(|referral| referral.taken_at.is_none())
}

/// Whether a number was given elsewhere to the citizen of a visit here: so its talk ends in nobody's name.
pub fn is_elsewhere(book: &Book, hall: &HallTruth, visit: &str) -> bool {
    book.halls.values().any(|other| other.has_somebody_of(&hall.id, &VisitId::new(visit)))
}

/// A visit changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let now = book.now();
    if before.referral.is_some() || after.referral.is_some() {
        let past = hall.referrals.past.entry(before.id.clone()).or_default();
        past.retain(|(until, _)| *until >= now - IN_TROUBLE_MS);
        past.push((now, before.clone()));
    }
    let outlives = after
        .referral
        .as_deref()
        .is_some_and(|referral| referral.chosen && referral.taken_at.is_none());
    book.hold(!outlives || after.state.waits_on_page(), "DOMAIN 3.5", || {
        format!("{} is {} and has chosen {:?}", after.id, after.state.name(), after.referral)
    });
    let id = &after.id;
    let expected = Visit {
        referral: after.referral.clone(),
        ..before.clone()
    };
    let alone = expected == *after;
    let cause = event.cause.as_str();
    match cause {
        "referred" | "hall_chosen" | "referral_withdrawn" | "referral_declined" | "referral_over" | "referral_taken" => {
            book.hold(alone, "DOMAIN 3.8", || format!("{cause} does more to {id} than that"));
            match cause {
                "referred" => named(book, hall, event, before, after),
                "hall_chosen" => chosen(book, hall, event, before, after),
                "referral_taken" => taken(book, hall, event, before, after),
                _ => ended(book, hall, event, before, after),
            }
        }
        "referred_here" => came_here(book, hall, event, before, after),
        "went_to_other_hall" => {
            let is_there = is_elsewhere(book, hall, id.as_str());
            book.hold(is_there, "DOMAIN 3.8", || format!("{id} ends for a number nobody was given"));
            book.seen.saw("went_to_other_hall");
        }
        "clock_set_back" => {}
        _ => {
            let same = before.referral == after.referral || choice_ended(before, after);
            let same = same && before.referred == after.referred;
            book.hold(same, "DOMAIN 3.8", || {
                format!("{cause} makes {:?} of the referral {:?} of {id}", after.referral, before.referral)
            });
        }
    }
}

/// A window named the other hall: of its own talk, on the page, as often as a visit moves.
fn named(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    let talks = match &before.state {
        VisitState::Serving { window, mode, .. } | VisitState::Held { window, mode, .. } => Some((window, mode)),
        _ => None,
    };
    let sits = talks.and_then(|(window, _)| hall.windows.get(window)?.row.staff.clone());
    let on_page = talks.is_some_and(|(_, mode)| !matches!(mode, CallMode::Telephone));
    let theirs = sits.is_some() && sits.map(Actor::Staff).as_ref() == Some(&event.actor);
    book.hold(on_page && theirs, "DOMAIN 3.8", || {
        format!("{:?} refers {id}, who is {:?}", event.actor, before.state)
    });
    names_another(book, hall, event, before, after);
    book.seen.saw("referred");
}

/// Whoever is rung, missed or gone has chosen nothing any more.
fn choice_ended(before: &Visit, after: &Visit) -> bool {
    let was_chosen = before
        .referral
        .as_deref()
        .is_some_and(|referral| referral.chosen && referral.taken_at.is_none());
    was_chosen && !after.state.waits_on_page() && after.referral.is_none()
}

/// Whoever is in line chose it, by the own hand.
fn chosen(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    book.hold(
        before.state.waits_on_page() && event.actor == Actor::Citizen(after.id.clone()),
        "DOMAIN 3.5",
        || format!("{:?} chooses a hall for {}, who is {:?}", event.actor, after.id, before.state),
    );
    names_another(book, hall, event, before, after);
    book.seen.saw("hall_chosen");
}

/// Another hall, until when the rule says, as often as a visit moves.
fn names_another(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    let by = |rules: &HallRules, referral: &Referral| {
        let until = event.at.plus(rules.timers.referral_keeps_ms);
        referral.until == until && (referral.chosen || before.transfers < rules.max_transfers)
    };
    let is_right = |referral: &Referral| {
        let is_new = (referral.at, referral.taken_at) == (event.at, None) && referral.hall != hall.id;
        is_new && hall.rules.stored_at(book.now()).any(|rules| by(rules, referral))
    };
    let right = after.referral.as_deref().is_some_and(is_right);
    book.hold(right, "DOMAIN 3.8", || {
        format!("{id}, moved {} times, is referred {:?}", before.transfers, after.referral)
    });
}

/// Nobody follows it any more.
fn ended(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let (id, cause) = (&after.id, event.cause.as_str());
    let until = open(before).map(|referral| referral.until);
    let is_over = until.is_some_and(|until| until <= event.at);
    let (by, kind) = match cause {
        "referral_over" => (event.actor == Actor::System && is_over, "referral_over"),
        "referral_declined" => (event.actor == Actor::Citizen(id.clone()) && !is_over, "referral_declined"),
        _ => {
            let at_theirs = |staff: &StaffId| {
                let theirs = hall.windows.values().find(|at| at.row.staff.as_ref() == Some(staff));
                theirs.is_some_and(|at| visit_of(&at.row.work) == Some(id) && !matches!(at.row.work, Work::Reserved { .. }))
            };
            let theirs = matches!(&event.actor, Actor::Staff(staff) if at_theirs(staff));
            (theirs && !is_over, "referral_withdrawn")
        }
    };
    book.hold(by && until.is_some() && after.referral.is_none(), "DOMAIN 3.8", || {
        format!("{cause} by {:?} ends the referral of {id} until {until:?} at {:?}", event.actor, event.at)
    });
    book.seen.saw(kind);
}

/// The first hall has heard that a number was given: it was, and the visit here is over.
fn taken(book: &mut Book, hall: &HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    let to = after.referral.as_deref().map(|referral| referral.hall.clone());
    let there = to.as_ref().and_then(|to| book.halls.get(to));
    let is_there = there.is_some_and(|there| there.has_somebody_of(&hall.id, id));
    let told = after.referral.as_deref().and_then(|referral| referral.taken_at) == Some(event.at);
    let right = is_there && told && event.actor == Actor::System && before.state.is_closed();
    book.hold(right, "DOMAIN 3.8", || {
        format!(
            "{id}, {}, is said to be taken: {:?}, by {:?}",
            before.state.name(),
            after.referral,
            event.actor
        )
    });
    let named = open(before).map(|referral| referral.hall.clone());
    let once = before.referral.as_deref().is_none_or(|referral| referral.taken_at.is_none());
    book.hold(once, "I18", || format!("{id} is taken twice"));
    book.seen.saw("referral_taken");
    if named != to {
        book.seen.saw("referral_taken_after_its_end");
    }
}

/// The rows that a number given here may rest on: open to this hall, a moment ago at most.
fn given_by<'a>(book: &'a Book, hall: &HallTruth, event: &Event, from: &Referred) -> Vec<&'a Visit> {
    let decided = event.at.as_millis() - hall.offset;
    let is_calm = decided - book.trouble > IN_TROUBLE_MS;
    let under_way = if is_calm { UNDER_WAY_MS } else { IN_TROUBLE_MS };
    let (here, asked) = (hall.id.clone(), event.at.as_millis() - under_way);
    let leads_here = move |visit: &&Visit| open(visit).is_some_and(|referral| referral.hall == here && referral.until.as_millis() > asked);
    let origin = book.halls.get(&from.hall);
    let rows = origin.into_iter().flat_map(|origin| origin.rows_since(&from.visit, decided - under_way));
    rows.filter(leads_here).collect()
}

/// It is the same person who comes, by a referral that is open; with the rows that say so.
fn is_sent(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit, from: &Referred) -> Vec<Visit> {
    let id = &visit.id;
    let rows: Vec<Visit> = given_by(book, hall, event, from).into_iter().cloned().collect();
    book.hold(!rows.is_empty(), "DOMAIN 3.8", || {
        format!("{id} is given by the referral of {}, which is not open", from.visit)
    });
    let (one, other) = (book.owners.get(&from.visit), book.owners.get(id));
    let same = one.is_some() && one == other;
    let story = format!("{id} of {other:?} comes by the referral of {one:?}");
    book.hold(same, "I15", || story);
    rows
}

/// A number was given.
pub fn began(book: &mut Book, hall: &mut HallTruth, event: &Event, visit: &Visit) {
    let Some(from) = visit.referred.as_deref() else { return };
    let id = &visit.id;
    let rows = is_sent(book, hall, event, visit, from);
    let before = hall.referrals.given.insert((from.hall.clone(), from.visit.clone()), id.clone());
    book.hold(before.is_none(), "DOMAIN 3.8", || {
        format!("{id} and {before:?} have the place of {} both", from.visit)
    });
    hall.referrals.came.insert(id.clone(), book.now());
    let place = rows.iter().find(|row| stands_as(visit, row, event.at) && from.number == row.number);
    book.hold(place.is_some(), "Q4", || {
        let arrived: Vec<_> = rows.iter().map(|row| (arrived(row), row.transfers)).collect();
        format!(
            "{id} stands at {:?} after {} moves, and came at {arrived:?}",
            visit.order, visit.transfers
        )
    });
    let by = |rules: &HallRules| visit.supervised == (visit.transfers >= rules.max_transfers);
    let is_right = hall.rules.stored_at(book.now()).any(by);
    book.hold(is_right, "DOMAIN 3.8", || {
        format!("{id} was moved {} times, and is a supervisor's: {}", visit.transfers, visit.supervised)
    });
    nothing_travels(book, visit);
    transfer::brought(hall, visit);
    if rows.iter().all(is_doubted) {
        is_distrusted(book, hall, visit);
    }
    book.seen.saw("referral_followed");
}

/// Whether a number stands as this row of the first hall says. Where a clock was set back the arrival there may lie ahead.
fn stands_as(visit: &Visit, row: &Visit, at: Timestamp) -> bool {
    let (arrived, place) = (arrived(row), visit.order.effective);
    let at_arrival = if arrived <= at {
        place == arrived
    } else {
        place >= at && place <= arrived
    };
    // Nobody handed on who went by the own choice.
    let handed_on = row.referral.as_deref().is_none_or(|referral| !referral.chosen);
    at_arrival && visit.order.band == 1 && visit.transfers == row.transfers + u32::from(handed_on)
}

/// When somebody came, without what was given ahead of it.
fn arrived(visit: &Visit) -> Timestamp {
    let came = visit.moves_ahead().next().map(|credit| credit.from.effective);
    came.map_or(visit.order.effective, |came| came.max(visit.order.effective))
}

/// I21, I22: beside the place, what it is about and who sent it, the number is like any other. What windows of this hall know of the
/// person, they know from earlier visits here.
fn nothing_travels(book: &mut Book, visit: &Visit) {
    let was_here = visit.earlier_visits > 0;
    let fresh = Visit {
        sticky: visit.sticky.clone().filter(|_| was_here),
        refused: visit.refused.clone().filter(|_| was_here),
        reference: visit.reference.clone(),
        item: visit.item.clone(),
        notice_version: visit.notice_version.clone(),
        device: visit.device.clone(),
        waits_from: visit.waits_from,
        state: visit.state.clone(),
        shown_wait: visit.shown_wait,
        earlier_visits: visit.earlier_visits,
        before: visit.before.clone().filter(|_| was_here),
        callback: visit.callback.clone(),
        transfers: visit.transfers,
        supervised: visit.supervised,
        distrusted: visit.distrusted,
        referred: visit.referred.clone(),
        ..Visit::new(visit.id.clone(), visit.queue.clone(), visit.number.clone(), visit.joined_at, visit.order)
    };
    book.hold(fresh == *visit, "I21", || format!("{} brings more than its place: {visit:?}", visit.id));
    let waits = visit.waits_from.is_none_or(|since| since <= visit.joined_at);
    book.hold(waits || visit.callback.is_some(), "Q4", || {
        format!("{} waits since {:?}", visit.id, visit.waits_from)
    });
}

fn is_doubted(visit: &Visit) -> bool {
    visit.distrusted || visit.priority.as_ref().is_some_and(|priority| priority.proof == Some(Proof::NotShown))
}

/// A word found wrong in one hall is believed in neither.
fn is_distrusted(book: &mut Book, hall: &mut HallTruth, visit: &Visit) {
    priority::distrust(hall, &visit.id);
    book.hold(visit.distrusted, "DOMAIN 3.5", || {
        format!("{} is trusted, whose word was wrong in the other hall", visit.id)
    });
}

/// Who has a number here already keeps it as it is; each visit that sent its citizen is told of once, and none that this one is itself referred to.
fn came_here(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    let expected = Visit {
        referred: after.referred.clone(),
        distrusted: after.distrusted,
        ..before.clone()
    };
    let from_now = after.referred.as_deref().map(|from| (&from.hall, &from.visit));
    let is_new = before.referred.as_deref().map(|from| (&from.hall, &from.visit)) != from_now;
    let crosses = open(before).is_some_and(|referral| from_now.is_some_and(|(hall, _)| referral.hall == *hall));
    let is_open = !before.state.is_closed() && !matches!(before.state, VisitState::Booked { .. });
    let own = event.actor == Actor::Citizen(id.clone()) && is_open && is_new && !crosses;
    book.hold(expected == *after && own, "Q4", || {
        format!("{:?} and a referral make more of {id}", event.actor)
    });
    let Some(from) = after.referred.as_deref() else {
        return book.fail("DOMAIN 3.8", &format!("{id} is referred from nowhere"));
    };
    let rows = is_sent(book, hall, event, after, from);
    hall.referrals.came.insert(id.clone(), book.now());
    if rows.iter().all(is_doubted) {
        is_distrusted(book, hall, after);
    }
    book.seen.saw("referred_here");
}

/// A line said in the first hall was filed here.
pub fn chat_brought(book: &mut Book, hall: &mut HallTruth, visit: &VisitId, number: u32) {
    hall.referrals.brought.insert((visit.clone(), number));
    let from = hall.visits.get(visit).and_then(|standing| standing.row.referred.clone());
    let there = from.and_then(|from| book.halls.get(&from.hall)?.visits.get(&from.visit));
    let lines = there.map_or(0, |there| there.row.chat_lines);
    book.hold(number <= lines, "I15", || {
        format!("line {number} of {visit} is brought, and {lines} were said")
    });
    book.seen.saw("chat_brought");
}

/// A telephone left in the first hall was filed here.
pub fn contact_brought(book: &mut Book, hall: &HallTruth, visit: &VisitId) {
    let from = hall.visits.get(visit).and_then(|standing| standing.row.referred.clone());
    let there = from.and_then(|from| book.phones.get(&from.visit).cloned()).unwrap_or_default();
    let here = book.phones.get(visit).cloned().unwrap_or_default();
    book.hold(here.is_subset(&there), "I15", || format!("{visit} brings {here:?}, and left {there:?}"));
    book.seen.saw("contact_brought");
}

/// The visits of this and other halls whose words a visit has: its own, and those it was referred from.
pub fn words_of(book: &Book, hall: &HallId, visit: &VisitId) -> BTreeSet<VisitId> {
    let mut words = BTreeSet::from([visit.clone()]);
    let (mut hall, mut visit) = (hall.clone(), visit.clone());
    while let Some(truth) = book.halls.get(&hall)
        && truth.referrals.is_at_first_arrival(&visit)
        && let Some(from) = truth.visits.get(&visit).and_then(|standing| standing.row.referred.clone())
        && words.insert(from.visit.clone())
    {
        (hall, visit) = (from.hall, from.visit);
    }
    words
}

/// L3, F20: no referral is open after its end, or longer than it is kept.
pub fn nothing_is_open_too_long(book: &mut Book, hall: &HallTruth) {
    let now = book.now();
    let fresh = now - book.trouble.max(hall.loaded_at) <= LATE_MS;
    let wall = hall.wall(now).as_millis();
    for (id, standing) in &hall.visits {
        let Some(referral) = open(&standing.row).filter(|_| !fresh) else {
            continue;
        };
        let left = referral.until.as_millis() - wall;
        book.hold(left + hall.allowance >= -LATE_MS, "L3", || {
            format!("{id} is referred {} ms after the end", -left)
        });
        let named = referral.at.as_millis() - hall.offset;
        let keeps = hall.rules.longest_between(named.min(now), now, |timers| timers.referral_keeps_ms);
        book.hold(left <= keeps + LATE_MS, "F20", || format!("{id} is referred for {left} ms more"));
    }
}

/// The first hall hears that its citizen has a number here.
pub fn the_first_hall_hears(book: &mut Book, hall: &HallTruth) {
    let now = book.now();
    let mut deaf = None;
    for (id, since) in &hall.referrals.came {
        let Some(from) = hall.visits.get(id).and_then(|standing| standing.row.referred.as_deref()) else {
            continue;
        };
        let Some(there) = book.halls.get(&from.hall) else { continue };
        let heard = there
            .visits
            .get(&from.visit)
            .and_then(|standing| standing.row.referral.as_deref()?.taken_at);
        let peace = (*since).max(book.trouble).max(hall.loaded_at).max(there.loaded_at);
        if heard.is_none() && now - peace > HEARS_MS {
            deaf = Some(format!("{} has not heard that {} has {id}", from.hall, from.visit));
        }
    }
    if let Some(story) = deaf {
        book.fail("L3", &story);
    }
}
