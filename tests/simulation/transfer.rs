//! Transfers (转接, DOMAIN 3.8): windows that hand a talk on, and what is promised of it. The origin stays reserved until the
//! other window has accepted; in vain the talk goes on there; what was allowed to the first window is not to the second.

use std::collections::{BTreeMap, BTreeSet};

use yunyiban_core::window::name_of;
use yunyiban_core::{Actor, Event, Visit, VisitState, Window};
use yunyiban_protocol::{Presence, QueueId, StaffId, Timestamp, TransferTarget, VisitId, VisitStatus, WindowId, WindowRequest, WindowView, Work};

use super::book::Book;
use super::staff::Console;
use super::truth::{HallTruth, Standing, is_heard};

/// What is known of transfers beside the rows.
#[derive(Debug, Default)]
pub struct Transfers {
    /// How often each visit went to another window or line.
    made: BTreeMap<VisitId, u32>,
    /// By which event each visit went into a line again last: the places shown before are of another wait.
    pub to_line: BTreeMap<VisitId, u32>,
    /// The visit whose transfer was called off last because a window fell silent.
    lost: Option<VisitId>,
    /// Who is a supervisor.
    pub supervisors: BTreeSet<StaffId>,
    /// Who ever had a visit.
    pub had: BTreeMap<VisitId, BTreeSet<StaffId>>,
}

/// A visit changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    if let VisitState::Transferring { from, to, .. } = &after.state
        && before.state.name() != "transferring"
    {
        let goes = before.state.window() == Some(from) && to.as_ref() != Some(from);
        book.hold(goes, "Q4", || {
            format!("{id} is at {:?} and moves from {from} to {to:?}", before.state.window())
        });
        book.hold(after.shares.is_empty(), "I21", || {
            format!("{id} moves and still shows {:?}", after.shares)
        });
        let sits = hall.windows.get(from).and_then(|at| at.row.staff.clone()).map(Actor::Staff);
        book.hold(sits.as_ref() == Some(&event.actor), "I18", || {
            format!("{:?} moves {id} away from {sits:?}", event.actor)
        });
        if !before.shares.is_empty() {
            book.seen.saw("transfer_ended_a_share");
        }
        if let Some(to) = to {
            book.seen.saw("transfer_to_window");
            if hall.windows.get(to).is_some_and(|at| is_supervisors(hall, &at.row)) {
                book.seen.saw("transfer_to_supervisor");
            }
        }
    }
    if before.state.name() == "transferring" && after.state.name() != "transferring" {
        ended(book, hall, event, before, after);
    } else if hall.transfers.lost.take().as_ref() == Some(id) && after.state.name() == "dropped" {
        book.seen.saw("transfer_origin_lost");
    }
}

/// A transfer came to something, or to nothing.
fn ended(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let VisitState::Transferring {
        from,
        to,
        staff,
        talking_since,
        mode,
        ..
    } = &before.state
    else {
        return;
    };
    let id = &after.id;
    match (&after.state, to) {
        (
            VisitState::Serving {
                window, since, mode: now, ..
            },
            _,
        ) => {
            book.hold(since == talking_since && now == mode, "Q4", || {
                format!("the talk of {id} is another one after it moved")
            });
            if event.cause == "transferred" {
                accepted(book, hall, event, after, to.as_ref());
            } else {
                let same = window == from && matches!(&after.state, VisitState::Serving { staff: now, .. } if now == staff);
                book.hold(same, "I12", || format!("{id} came from {from} and is at {window} by {}", event.cause));
            }
            came_back(book, &event.cause);
            hall.transfers.lost = (event.cause == "window_lost").then(|| id.clone());
        }
        (VisitState::Waiting { .. } | VisitState::CallbackKept { .. }, None) => {
            count(book, hall, after, after.supervised);
            if after.supervised && after.transfers < hall.rules.now().max_transfers {
                book.seen.saw("transfer_to_busy_supervisor");
            }
            hall.transfers.to_line.insert(id.clone(), event.seq);
            book.seen.saw("transfer_to_line");
            if after.state.name() == "callback_kept" {
                book.seen.saw("transfer_by_telephone");
            }
        }
        _ => {
            let story = format!("{id} moved from {from} to {to:?} and is {} by {}", after.state.name(), event.cause);
            book.fail("I12", &story);
        }
    }
}

/// The other window took it.
fn accepted(book: &mut Book, hall: &mut HallTruth, event: &Event, after: &Visit, to: Option<&WindowId>) {
    let id = &after.id;
    let VisitState::Serving { window, staff, .. } = &after.state else {
        return;
    };
    let sits = hall.windows.get(window).and_then(|at| at.row.staff.as_ref());
    let taken = to == Some(window) && sits == Some(staff) && event.actor == Actor::Staff(staff.clone());
    book.hold(taken, "I1", || {
        format!("{id} moved to {to:?} and {staff} takes it at {window}, by {:?}", event.actor)
    });
    book.hold(after.shares.is_empty(), "I21", || {
        format!("{id} shows {:?} to its new window unasked", after.shares)
    });
    let by_supervisor = hall.transfers.supervisors.contains(staff);
    count(book, hall, after, by_supervisor);
    book.seen.saw("transfer_accepted");
}

/// A visit that another hall handed on has moved before.
pub fn brought(hall: &mut HallTruth, visit: &Visit) {
    hall.transfers.made.insert(visit.id.clone(), visit.transfers);
}

/// A visit moves so often; then it is a supervisor's, and `to_supervisor` alone it moves on.
fn count(book: &mut Book, hall: &mut HallTruth, visit: &Visit, to_supervisor: bool) {
    let made = hall.transfers.made.entry(visit.id.clone()).or_default();
    *made += 1;
    let made = *made;
    let is_allowed = |most: u32| (made <= most || to_supervisor) && (made < most || visit.supervised);
    // What had begun when the rule changed goes on.
    let begun = hall.visits.get(&visit.id).map_or(i64::MAX, |before| match before.row.state {
        VisitState::Transferring { since, .. } => before.entered.min(since.as_millis() - hall.offset),
        _ => before.entered,
    });
    let mut in_force = hall.rules.between(begun.min(book.now()), book.now()).map(|rules| rules.max_transfers);
    let allowed = in_force.any(is_allowed);
    book.hold(allowed, "DOMAIN 3.8", || {
        format!("{} was moved {made} times, and is a supervisor's: {}", visit.id, visit.supervised)
    });
}

/// A supervisor sits there who is rung by itself, now or after the visit there.
fn is_supervisors(hall: &HallTruth, window: &Window) -> bool {
    let is_paused = matches!(window.work, Work::Suspect { until: None, .. });
    let sits = window.staff.as_ref().is_some_and(|staff| hall.transfers.supervisors.contains(staff));
    sits && matches!(window.presence, Presence::Available {}) && !is_paused
}

/// Whether somebody at this window takes such visits, now or later (DOMAIN 3.5: never the window the citizen refused, while another does).
fn may_take(book: &Book, hall: &HallTruth, visit: &Visit, window: &WindowId) -> bool {
    let Some(Standing { row, .. }) = hall.windows.get(window) else {
        return false;
    };
    let is_paused = matches!(row.work, Work::Suspect { until: None, .. });
    let is_on_duty = matches!(row.presence, Presence::Available {} | Presence::OnDemand {});
    if row.staff.is_none() || is_paused || !is_on_duty {
        return false;
    }
    let by_supervisor = visit.supervised && hall.windows.values().any(|at| is_supervisors(hall, &at.row));
    if by_supervisor {
        is_supervisors(hall, row)
    } else {
        book.queues.takes_in_the_end(visit, window)
    }
}

/// How much a minute of this visit's waiting weighs at this window: what is a supervisor's is taken by one alone while there is any, or
/// where it was broken off.
pub fn weight(book: &Book, hall: &HallTruth, visit: &Visit, window: &WindowId, at: Timestamp) -> Option<u32> {
    if visit.refused.as_deref() == Some(window)
        && hall
            .windows
            .iter()
            .any(|(other, _)| other != window && may_take(book, hall, visit, other))
    {
        return None;
    }
    let by_rules = book.queues.weight(visit, window, at);
    let any = hall.windows.values().any(|at| is_supervisors(hall, &at.row));
    if !visit.supervised || !any {
        return by_rules;
    }
    let is_theirs = hall.windows.get(window).is_some_and(|at| is_supervisors(hall, &at.row));
    let is_sticky = visit.sticky.as_deref().is_some_and(|(sticky, until)| sticky == window && *until > at);
    (is_theirs || is_sticky).then(|| by_rules.unwrap_or(1))
}

/// DOMAIN 3.8: what is a supervisor's is rung at no other window.
pub fn rung(book: &mut Book, hall: &HallTruth, event: &Event, visit: &Visit, window: &WindowId) {
    let taken = weight(book, hall, visit, window, event.at).is_some();
    if visit.supervised && hall.windows.get(window).is_some_and(|at| is_supervisors(hall, &at.row)) {
        book.seen.saw("rung_at_supervisor");
    }
    book.hold(taken, "DOMAIN 3.8", || {
        format!("{} is rung at {window}, which does not take it", visit.id)
    });
}

fn came_back(book: &mut Book, cause: &str) {
    match cause {
        "transfer_timeout" => book.seen.saw("transfer_unanswered"),
        "transfer_taken_back" => book.seen.saw("transfer_taken_back"),
        "window_lost" => book.seen.saw("transfer_window_lost"),
        _ if cause.starts_with("declined") => book.seen.saw("transfer_declined"),
        _ => {}
    }
}

/// I6: a window is rung for a transfer.
pub fn window_rung(book: &mut Book, hall: &HallTruth, event: &Event, before: &Window) {
    let on_duty = matches!(before.presence, Presence::Available {} | Presence::OnDemand {});
    book.hold(on_duty && matches!(before.work, Work::Idle {}), "Q2", || {
        format!(
            "{} is {} and {:?}, and a visit is moved there",
            before.id,
            name_of(&before.work),
            before.presence
        )
    });
    is_heard(book, hall, event, before);
}

/// Whether this window is rung for a visit that is still at its origin.
pub fn is_target(hall: &HallTruth, window: &WindowId, visit: &VisitId) -> bool {
    let state = hall.visits.get(visit).map(|standing| &standing.row.state);
    matches!(state, Some(VisitState::Transferring { to: Some(to), .. }) if to == window)
}

/// While the other window is rung, and no other, the origin holds the visit (E14).
pub fn both_ends_are_reserved(book: &mut Book, hall: &HallTruth) {
    for (id, Standing { row: visit, .. }) in &hall.visits {
        let VisitState::Transferring { from, to, .. } = &visit.state else {
            continue;
        };
        let work = |window: &WindowId| hall.windows.get(window).map(|at| &at.row.work);
        let held = matches!(work(from), Some(Work::Holding { visit }) if visit == id);
        book.hold(held, "I1", || format!("{id} moves from {from}, which is {:?}", work(from)));
        let rung = to.as_ref().and_then(work);
        book.hold(matches!(rung, Some(Work::Reserved { visit, .. }) if visit == id), "I1", || {
            format!("{id} moves to {to:?}, which is {rung:?}")
        });
        let holds = |standing: &&Standing<Window>| yunyiban_core::window::visit_of(&standing.row.work) == Some(id);
        let holders = hall.windows.values().filter(holds).count();
        book.hold(holders == 2, "I1", || format!("{id} moves and {holders} windows have it"));
    }
}

impl Console {
    /// Hands the talk on: mostly to somebody who is free, now and then to somebody who is not, or into a line.
    pub(super) fn transfer(&mut self) {
        let mine = self.mine().map(|window| window.id);
        let others = |free: bool| {
            let is_free = |window: &&WindowView| matches!(window.work, Work::Idle {}) && window.staff.is_some();
            let other = |window: &&WindowView| Some(&window.id) != mine.as_ref() && is_free(window) == free;
            self.windows.iter().filter(other).map(|window| window.id.clone()).collect::<Vec<_>>()
        };
        let (free, busy) = (others(true), others(false));
        let (dice, at) = (self.page.chance.below(100), self.page.chance.below(6));
        let to = match dice {
            0..=41 if !free.is_empty() => TransferTarget::Window {
                window: free[at % free.len()].clone(),
            },
            42..=49 => TransferTarget::Supervisor {},
            50..=54 => {
                let sits = |window: &&WindowView| Some(&window.id) != mine.as_ref();
                let people: Vec<_> = self.windows.iter().filter(sits).filter_map(|window| window.staff.clone()).collect();
                match people.get(at % people.len().max(1)) {
                    Some(staff) => TransferTarget::Staff { staff: staff.clone() },
                    None => TransferTarget::Supervisor {},
                }
            }
            55..=64 if !busy.is_empty() => TransferTarget::Window {
                window: busy[at % busy.len()].clone(),
            },
            _ => TransferTarget::Queue {
                queue: QueueId::new(if at < 3 { "a" } else { "b" }),
            },
        };
        self.window("transfer", |key| WindowRequest::Transfer { key, to });
        if self.page.chance.percent(20) {
            self.shuts_the_lid();
        }
    }

    /// A laptop sleeps from one moment to the next.
    pub(super) fn shuts_the_lid(&mut self) {
        if !self.town.is_calm() {
            let (from, length) = (self.now() + 100, self.page.chance.between(16_000, 50_000));
            self.town.net.sleep(self.page.client, from + length);
        }
    }

    /// The visit is on hold, or being transferred: it is taken back, handed on, or the talk is ended.
    pub(super) fn holding(&mut self, draw: usize, calm: bool) {
        let moves = self
            .served
            .as_ref()
            .is_some_and(|served| matches!(served.status, VisitStatus::Transferring { .. }));
        match draw {
            0..=7 => self.window("resume", |key| WindowRequest::Resume { key }),
            8..=39 if !moves => self.window("resume", |key| WindowRequest::Resume { key }),
            40..=42 if !calm => self.window("hang_up", |key| WindowRequest::HangUp { key }),
            43..=50 if !moves && !calm => self.transfer(),
            _ => {}
        }
    }
}
