//! The one place where rows change: each change makes one event with the whole row after it, keeps the order,
//! the turns and the deadlines in step, and notes what to store and whom to tell.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_protocol::{CallMode, ChatLine, Place, Seat, Sensitive, VisitId, WindowId};

use crate::event::{Actor, Event, Row, Subject, Tell};
use crate::hall::line::Spot;
use crate::hall::referral::{WENT_TO_OTHER_HALL, end_choice};
use crate::hall::roll::Slot;
use crate::hall::turns::{self, Filed};
use crate::hall::workload::{labour, note_work};
use crate::hall::{Hall, Outputs};
use crate::window::name_of;
use crate::{Visit, VisitState, Window};

/// What has gathered since the last drain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outbox {
    events: Vec<Event>,
    /// Visits changed, in order of their first change.
    visits: Vec<Slot>,
    /// Windows changed, likewise.
    windows: Vec<usize>,
    /// Rows that are only ever inserted.
    pub rows: Vec<Row>,
    tells: Vec<Tell>,
    told: BTreeSet<Tell>,
    /// Shown places that changed, as last shown; there are many of them and little else is told of each.
    places: BTreeMap<Slot, Place>,
    /// Lines of chat accepted since the last drain, and those of the drain before: being told now.
    fresh: [BTreeMap<(VisitId, u32), ChatLine>; 2],
}

impl Outbox {
    /// Says it once.
    pub fn tell(&mut self, tell: Tell) {
        if self.told.insert(tell.clone()) {
            self.tells.push(tell);
        }
    }

    /// Says the place a visit is shown from now on.
    pub fn tell_place(&mut self, slot: Slot, place: Place) {
        self.places.insert(slot, place);
    }

    /// Keeps a line of chat until it is told.
    pub fn keep_line(&mut self, visit: VisitId, line: ChatLine) {
        self.fresh[0].insert((visit, line.number), line);
    }

    /// A line kept.
    pub fn fresh_line(&self, visit: &VisitId, number: u32) -> Option<&ChatLine> {
        let key = (visit.clone(), number);
        self.fresh.iter().find_map(|lines| lines.get(&key))
    }

    /// Visits changed since the last drain.
    pub fn changed_visits(&self) -> &[Slot] {
        &self.visits
    }
}

/// What of a visit decides who may hear whom.
type Gate = (&'static str, Option<CallMode>, bool);

impl Hall {
    /// Changes a visit and tells its people.
    pub(super) fn alter(&mut self, slot: Slot, cause: &str, change: impl FnOnce(&mut Visit)) {
        self.alter_as_asked(slot, cause, change);
        self.outbox.tell(Tell::Visit(self.roll[slot].visit.id.clone()));
    }

    /// Changes a visit and tells its window: its citizen's page asked for just this, and the reply says that it was done.
    pub(super) fn alter_as_asked(&mut self, slot: Slot, cause: &str, change: impl FnOnce(&mut Visit)) {
        let visit = &self.roll[slot].visit;
        let (was_gate, was_at) = (gate(visit), visit.state.window().cloned());
        let was_in_list = self.is_in_list(slot) || self.alarmed.contains(&slot);
        self.alter_quietly(slot, cause, change);
        let visit = &self.roll[slot].visit;
        let id = visit.id.clone();
        if was_in_list || self.is_in_list(slot) {
            self.outbox.tell(Tell::Line);
        }
        if was_gate != gate(visit) {
            self.outbox.tell(Tell::Rights(id));
        }
        for window in was_at.iter().chain(visit.state.window()) {
            self.outbox.tell(Tell::Served(window.clone()));
        }
    }

    /// Whether the windows' list shows the visit.
    fn is_in_list(&self, slot: Slot) -> bool {
        self.roll[slot].visit.state.in_line() || self.coming_back.contains(&slot)
    }

    /// Changes a visit in a way nobody sees.
    pub(super) fn alter_quietly(&mut self, slot: Slot, cause: &str, change: impl FnOnce(&mut Visit)) {
        let entry = &mut self.roll[slot];
        let before = entry.visit.state.name();
        let was_at = entry.visit.state.window().cloned();
        change(&mut entry.visit);
        end_choice(&mut entry.visit);
        let state = &entry.visit.state;
        if !state.may_follow(before) {
            self.broken.get_or_insert("I7: a visit changed in a way that is not in the table");
        }
        let closes = state.is_closed() && before != "closed";
        match (was_at, state.window()) {
            (Some(window), None) if !closes => {
                let left = Box::new((window, entry.visit.clone()));
                entry.released.get_or_insert(left);
            }
            (Some(window), Some(now_at)) if window != *now_at => {
                let left = Box::new((window, between_windows(&entry.visit)));
                entry.released.get_or_insert(left);
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        let after = Box::new(entry.visit.clone());
        self.note_visit(slot);
        self.push_event(cause, Some(before), Subject::Visit { visit: after });
        if before == VisitState::BOOKED && self.roll[slot].visit.state.name() != before && self.roll[slot].visit.appointment.is_some() {
            self.no_more_booked(slot);
        }
        if closes {
            self.closed(slot, cause);
        }
        if self.roll[slot].visit.state.waits_on_page() {
            self.offer_anew(slot);
        }
        self.refile(slot);
        self.rearm(slot);
    }

    /// Files a new visit.
    pub(super) fn begin(&mut self, slot: Slot, cause: &str) {
        let visit = self.roll[slot].visit.clone();
        self.note_visit(slot);
        self.push_event(cause, None, Subject::Visit { visit: Box::new(visit) });
        self.refile(slot);
        self.rearm(slot);
        self.outbox.tell(Tell::Line);
    }

    /// Changes a window and tells every console.
    pub(super) fn alter_window(&mut self, desk: usize, cause: &str, change: impl FnOnce(&mut Window)) {
        let at = &mut self.desks[desk];
        let before = name_of(&at.window.work);
        let sat = at.window.staff.clone();
        let worked = labour(&at.window.work).map(|labour| (labour, at.window.work_since));
        change(&mut at.window);
        if let Some((was, began)) = worked
            && (labour(&at.window.work), at.window.work_since) != (Some(was), began)
        {
            note_work(&mut at.window, began, self.turn.now);
        }
        at.left |= sat.is_some() && sat != at.window.staff;
        if !at.touched {
            at.touched = true;
            self.outbox.windows.push(desk);
        }
        let window = at.window.clone();
        self.note_supervisor(desk);
        self.note_on_duty(desk);
        self.outbox.tell(Tell::Window(window.id.clone()));
        self.push_event(cause, Some(before), Subject::Window { window: Box::new(window) });
        self.rearm_window(desk);
    }

    /// Makes an event of the input being handled.
    pub(super) fn push_event(&mut self, cause: &str, before: Option<&str>, after: Subject) {
        self.seq += 1;
        let event = Event {
            seq: self.seq,
            at: self.turn.now,
            actor: self.turn.actor.clone(),
            cause: cause.to_owned(),
            before: before.map(str::to_owned),
            after,
        };
        self.outbox.events.push(event);
    }

    /// An audit row of the input being handled.
    pub(super) fn audit(&mut self, what: &str, visit: Option<VisitId>) {
        self.push_audit(what, None, visit);
    }

    /// The same with words of the person who did it.
    pub(super) fn audit_words(&mut self, what: &str, words: Sensitive<String>) {
        self.push_audit(what, Some(words), None);
    }

    fn push_audit(&mut self, what: &str, words: Option<Sensitive<String>>, visit: Option<VisitId>) {
        let (at, actor) = (self.turn.now, self.turn.actor.clone());
        self.outbox.rows.push(Row::Audit {
            at,
            actor,
            what: what.to_owned(),
            words,
            visit,
        });
    }

    /// Does something as the hall itself, then gives the word back.
    pub(super) fn as_system(&mut self, act: impl FnOnce(&mut Self)) {
        let actor = std::mem::replace(&mut self.turn.actor, Actor::System);
        act(self);
        self.turn.actor = actor;
    }

    /// Puts the visit where its row says: into the line, among the turns, among those who come back to it, or out of all.
    pub(super) fn refile(&mut self, slot: Slot) {
        let (handshake, rings, now) = (self.facts.rules.handshake, self.rings(), self.turn.now);
        let desks = &self.desks;
        let desk_of = |window: &WindowId| desks.iter().position(|desk| desk.window.id == *window);
        let entry = &mut self.roll[slot];
        let visit = &entry.visit;
        let lane = self.matching.lane(visit, desk_of, now);
        let spot = Spot {
            order: visit.order,
            slot,
            queue: lane.queue,
        };
        let is_in_line = visit.state.in_line().then_some(spot);
        // Only whoever is in line has a turn, so that one spot files both.
        let is_standing = turns::stand(visit, handshake, rings, now)
            .filter(|_| is_in_line.is_some())
            .map(|stand| Filed { stand, lane });
        let was_in_line = std::mem::replace(&mut entry.spot, is_in_line);
        let was_standing = std::mem::replace(&mut entry.stand, is_standing);
        self.turns.refile(was_standing.zip(was_in_line), is_standing.zip(is_in_line));
        let visit = &entry.visit;
        if visit.comes_back().is_some() || visit.prepares().is_some() || visit.missed().is_some() {
            self.coming_back.insert(slot);
        } else {
            self.coming_back.remove(&slot);
        }
        if matches!(entry.visit.state, VisitState::Missed { late: true, .. }) {
            self.missed_late.insert(slot);
        } else {
            self.missed_late.remove(&slot);
        }
        if was_in_line != is_in_line {
            self.move_in_line(was_in_line, is_in_line);
        }
    }

    /// Turns of the hall so far.
    pub(super) fn rings(&self) -> u32 {
        self.desks.iter().map(|desk| desk.window.rings).sum()
    }

    fn note_visit(&mut self, slot: Slot) {
        let entry = &mut self.roll[slot];
        entry.told = self.seq + 1;
        if !entry.touched {
            entry.touched = true;
            self.outbox.visits.push(slot);
        }
    }

    /// What belongs to every end of a visit.
    fn closed(&mut self, slot: Slot, cause: &str) {
        let visit = &self.roll[slot].visit;
        if let VisitState::Closed { outcome, at } = visit.state {
            self.outbox.rows.push(Row::Outcome {
                visit: visit.id.clone(),
                outcome,
                at,
            });
            self.tally.close(visit);
            self.alarmed.remove(&slot);
            let visit = visit.clone();
            self.forget_handover(slot);
            if let Some(appointment) = &visit.appointment {
                self.links.remove(&appointment.link);
            }
            // Whoever waits in another hall now has not given up: the row of it follows.
            if cause != WENT_TO_OTHER_HALL || visit.served_at.is_some() {
                self.learn_end(&visit);
            }
            self.leave_phone(slot);
            self.enter_phone(slot);
            self.tell_same_phone(slot);
        }
    }

    /// See [`Hall::drain`].
    ///
    /// The archive's guards allow one visit a window, and one window a person, at every row written. So rows of visits without
    /// a window come first; and a visit that left one window and took another since the last drain is written twice,
    /// first as it was in between. Likewise windows: empty ones first, and one whose person changed first without anybody.
    pub(super) fn take_outputs(&mut self) -> Outputs {
        let outbox = std::mem::take(&mut self.outbox);
        let mut between = Vec::new();
        let mut free = Vec::new();
        let mut holding = Vec::new();
        for slot in outbox.visits {
            let entry = &mut self.roll[slot];
            entry.touched = false;
            let released = entry.released.take();
            let row = Row::Visit(Box::new(entry.visit.clone()));
            match (entry.visit.state.window(), released) {
                (None, _) => free.push(row),
                (Some(now_at), Some(released)) if *now_at != released.0 => {
                    between.push(Row::Visit(Box::new(released.1)));
                    holding.push(row);
                }
                (Some(_), _) => holding.push(row),
            }
        }
        let desks = &mut self.desks;
        let mut windows: Vec<&Window> = Vec::new();
        let mut let_go = Vec::new();
        for desk in &outbox.windows {
            let desk = &mut desks[*desk];
            desk.touched = false;
            if std::mem::take(&mut desk.left) && desk.window.staff.is_some() {
                let mut empty = Box::new(desk.window.clone());
                empty.staff = None;
                let_go.push(Row::Window(empty));
            }
        }
        windows.extend(outbox.windows.iter().map(|desk| &desks[*desk].window));
        windows.sort_by_key(|window| window.staff.is_some());
        let windows = windows.into_iter().map(|window| Row::Window(Box::new(window.clone())));
        let windows = let_go.into_iter().chain(windows);

        let rows = between.into_iter().chain(free).chain(holding).chain(windows).chain(outbox.rows);
        let rows: Vec<Row> = rows.collect();
        #[cfg(feature = "planted")]
        let rows = crate::hall::planted::leave_rules_out(crate::hall::planted::hold_back_outcomes(rows));
        let mut places = Vec::new();
        for (slot, place) in outbox.places {
            let visit = &self.roll[slot].visit;
            // A whole view carries the place, but for one that says "rung".
            if is_rung(&visit.state) || !outbox.told.contains(&Tell::Visit(visit.id.clone())) {
                places.push((visit.id.clone(), place));
            }
        }
        let [fresh, _] = outbox.fresh;
        self.outbox.fresh[1] = fresh;
        Outputs {
            events: outbox.events,
            rows,
            places,
            tells: outbox.tells,
        }
    }
}

/// Whether a window is rung for this visit, which has left the line.
fn is_rung(state: &VisitState) -> bool {
    matches!(state, VisitState::Ringing { .. } | VisitState::Connecting { .. })
}

fn gate(visit: &Visit) -> Gate {
    (visit.state.name(), mode_of(&visit.state), visit.here)
}

/// How a visit talks, while it does.
fn mode_of(state: &VisitState) -> Option<CallMode> {
    match state {
        VisitState::Serving { mode, .. } | VisitState::Held { mode, .. } | VisitState::Dropped { mode, .. } => Some(*mode),
        VisitState::Booked { .. }
        | VisitState::Waiting { .. }
        | VisitState::Away { .. }
        | VisitState::Calling { .. }
        | VisitState::Missed { .. }
        | VisitState::Ringing { .. }
        | VisitState::Connecting { .. }
        | VisitState::Parked { .. }
        | VisitState::Transferring { .. }
        | VisitState::CallbackKept { .. }
        | VisitState::Closed { .. } => None,
    }
}

/// A visit that went from one window straight to another, standing at neither: only there to free the first in the
/// archive before the second is taken. No reader sees it, for the next row of the same transaction replaces it.
fn between_windows(visit: &Visit) -> Visit {
    let since = visit.joined_at;
    Visit {
        state: VisitState::Parked { since, until: since },
        ..visit.clone()
    }
}

/// Ends what is shown by one seat.
pub(super) fn end_shares_of(visit: &mut Visit, seat: Seat) {
    visit.shares.retain(|(from, _)| *from != seat);
}

/// The window a visit is at, for what needs its name after a change.
pub(super) fn window_of(visit: &Visit) -> Option<WindowId> {
    visit.state.window().cloned()
}
