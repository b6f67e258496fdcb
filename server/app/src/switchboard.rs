//! Which page of a hall listens on which socket, and what pages were heard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tokio::sync::Notify;
use yunyiban_protocol::{ServerMessage, SessionNotice, StaffId, VisitId};

use crate::outbox::{Ending, OutboxSender, Slot, text_of};
use crate::sync::lock;

/// One side of the conversation: whoever speaks through a socket is exactly one of these, by its ticket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// The citizen of a visit.
    Citizen(VisitId),
    /// A staff member's console.
    Staff(StaffId),
}

/// The sockets of one hall, at most one a party. Shared by the hall's task (which fills it) and the calls.
#[derive(Default)]
pub(crate) struct Switchboard {
    lines: Mutex<Lines>,
}

/// Citizens and consoles apart: a word to every console costs the same however many wait.
#[derive(Default)]
struct Lines {
    citizens: BTreeMap<VisitId, Line>,
    consoles: BTreeMap<StaffId, Line>,
}

/// One party's socket.
#[derive(Clone)]
pub(crate) struct Line {
    /// Tells this connection from later ones of the same party.
    pub(crate) number: u64,
    /// Where to write.
    pub(crate) to: OutboxSender,
    /// The version both sides speak.
    pub(crate) version: u16,
    /// The staff session the socket lives by.
    pub(crate) session: Option<Box<str>>,
}

impl Lines {
    fn get(&self, party: &Party) -> Option<&Line> {
        match party {
            Party::Citizen(visit) => self.citizens.get(visit),
            Party::Staff(staff) => self.consoles.get(staff),
        }
    }

    fn insert(&mut self, party: Party, line: Line) -> Option<Line> {
        match party {
            Party::Citizen(visit) => self.citizens.insert(visit, line),
            Party::Staff(staff) => self.consoles.insert(staff, line),
        }
    }

    fn remove_if(&mut self, party: &Party, meant: impl FnOnce(&Line) -> bool) -> Option<Line> {
        if !self.get(party).is_some_and(meant) {
            return None;
        }
        match party {
            Party::Citizen(visit) => self.citizens.remove(visit),
            Party::Staff(staff) => self.consoles.remove(staff),
        }
    }
}

impl Switchboard {
    /// Puts a party on a new line. The one it had is told once that it was replaced, and ends.
    pub(crate) fn attach(&self, party: Party, line: Line) {
        let older = lock(&self.lines).insert(party, line);
        if let Some(older) = older {
            older.to.end(Ending::Replaced, Some(&ServerMessage::Session(SessionNotice::Replaced {})));
        }
    }

    /// Takes a line off if it is still the party's present one; `false` when a newer one is there.
    pub(crate) fn detach(&self, party: &Party, number: u64) -> bool {
        lock(&self.lines).remove_if(party, |line| line.number == number).is_some()
    }

    /// Writes to a party, if it listens.
    pub(crate) fn send(&self, party: &Party, message: &ServerMessage) {
        if let Some(to) = self.sender(party) {
            to.send(message);
        }
    }

    /// Writes to a party what a newer message replaces.
    pub(crate) fn send_newest(&self, party: &Party, message: &ServerMessage, slot: Slot) {
        if let Some(to) = self.sender(party) {
            to.push_newest(text_of(message), slot);
        }
    }

    /// Writes to every console what a newer message replaces; serialised once, and not at all when nobody listens.
    pub(crate) fn broadcast_newest(&self, slot: &Slot, message: impl FnOnce() -> Option<ServerMessage>) {
        let consoles: Vec<OutboxSender> = lock(&self.lines).consoles.values().map(|line| line.to.clone()).collect();
        if consoles.is_empty() {
            return;
        }
        if let Some(message) = message() {
            let text = text_of(&message);
            for console in consoles {
                console.push_newest(text.clone(), slot.clone());
            }
        }
    }

    /// Writes to every page what a newer message replaces; serialised once.
    pub(crate) fn send_all_newest(&self, message: &ServerMessage, slot: &Slot) {
        let text = text_of(message);
        let lines = lock(&self.lines);
        for line in lines.citizens.values().chain(lines.consoles.values()) {
            line.to.push_newest(text.clone(), slot.clone());
        }
    }

    /// Where a party listens.
    pub(crate) fn sender(&self, party: &Party) -> Option<OutboxSender> {
        lock(&self.lines).get(party).map(|line| line.to.clone())
    }

    /// Whether a connection is the party's present one.
    pub(crate) fn is_present(&self, party: &Party, number: u64) -> bool {
        lock(&self.lines).get(party).is_some_and(|line| line.number == number)
    }

    /// The version a party speaks; `None` while it does not listen.
    pub(crate) fn version_of(&self, party: &Party) -> Option<u16> {
        lock(&self.lines).get(party).map(|line| line.version)
    }

    /// The citizens who listen, in order.
    pub(crate) fn citizens(&self) -> Vec<VisitId> {
        lock(&self.lines).citizens.keys().cloned().collect()
    }

    /// The people whose consoles listen, in order.
    pub(crate) fn consoles(&self) -> Vec<StaffId> {
        lock(&self.lines).consoles.keys().cloned().collect()
    }

    /// The sessions consoles live by.
    pub(crate) fn sessions(&self) -> Vec<(StaffId, String)> {
        let lines = lock(&self.lines);
        let consoles = lines.consoles.iter();
        consoles
            .filter_map(|(staff, line)| Some((staff.clone(), line.session.as_deref()?.to_owned())))
            .collect()
    }

    /// Ends a console that lives by `session` (any, if `None`), told why; `true` when there was one.
    pub(crate) fn end_console(&self, staff: &StaffId, session: Option<&str>, code: &str) -> bool {
        let meant = |line: &Line| session.is_none() || line.session.as_deref() == session;
        self.end_if(&Party::Staff(staff.clone()), Some(code), meant)
    }

    /// Ends a citizen's socket, told why.
    pub(crate) fn end_citizen(&self, visit: &VisitId, code: &str) {
        self.end_if(&Party::Citizen(visit.clone()), Some(code), |_| true);
    }

    /// Ends a citizen's socket without a word: the page comes back.
    pub(crate) fn let_go(&self, visit: &VisitId) {
        self.end_if(&Party::Citizen(visit.clone()), None, |_| true);
    }

    /// Ends every line.
    pub(crate) fn end_all(&self, ending: Ending) {
        let Lines { citizens, consoles } = std::mem::take(&mut *lock(&self.lines));
        for line in citizens.into_values().chain(consoles.into_values()) {
            line.to.end(ending, None);
        }
    }

    /// How many listen.
    pub(crate) fn count(&self) -> usize {
        let (citizens, consoles) = self.counts();
        citizens + consoles
    }

    /// How many citizens and how many consoles listen.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let lines = lock(&self.lines);
        (lines.citizens.len(), lines.consoles.len())
    }

    /// `code`: why, as it is told; `None` where nothing is.
    fn end_if(&self, party: &Party, code: Option<&str>, meant: impl FnOnce(&Line) -> bool) -> bool {
        let ended = lock(&self.lines).remove_if(party, meant);
        let last = code.map(|code| ServerMessage::Session(SessionNotice::Ended { code: code.into() }));
        let ending = if last.is_some() { Ending::Ended } else { Ending::Stopping };
        if let Some(line) = &ended {
            line.to.end(ending, last.as_ref());
        }
        ended.is_some()
    }
}

/// Signs of life on their way to the hall's task: of each page only the newest, so that a slow archive never fills a queue
/// with heartbeats and never makes a living page look dead (F12).
#[derive(Default)]
pub(crate) struct Signs {
    pending: Mutex<Pending>,
    arrived: Notify,
}

/// What was heard since the last time it was taken.
#[derive(Default)]
pub(crate) struct Pending {
    /// Citizens' pages, and whether they were visible.
    pub(crate) citizens: BTreeMap<VisitId, bool>,
    /// Consoles.
    pub(crate) staff: BTreeSet<StaffId>,
    /// Consoles whose test of themselves has run.
    pub(crate) tested: BTreeSet<StaffId>,
    /// Sockets that closed.
    pub(crate) gone: Vec<(Party, u64)>,
    /// Some of these woke nobody.
    held_back: bool,
}

impl Signs {
    /// A page made itself heard.
    pub(crate) fn heard(&self, party: &Party, visible: bool) {
        let mut pending = lock(&self.pending);
        match party {
            Party::Citizen(visit) => drop(pending.citizens.insert(visit.clone(), visible)),
            Party::Staff(staff) => drop(pending.staff.insert(staff.clone())),
        }
        drop(pending);
        self.arrived.notify_one();
    }

    /// A window has tested itself; of a citizen's page it means nothing.
    pub(crate) fn tested(&self, party: &Party) {
        let Party::Staff(staff) = party else { return };
        lock(&self.pending).tested.insert(staff.clone());
        self.arrived.notify_one();
    }

    /// These parties listen still. Wakes nobody: an archive that stores nothing is not asked again at once (see [`Signs::hold_back`]).
    pub(crate) fn still_listen(&self, citizens: Vec<VisitId>, consoles: Vec<StaffId>) {
        let mut pending = lock(&self.pending);
        for visit in citizens {
            // Whether the page is visible is not known unless it has said so.
            pending.citizens.entry(visit).or_insert(false);
        }
        pending.staff.extend(consoles);
        pending.held_back = true;
    }

    /// Whether there are signs that woke nobody.
    pub(crate) fn hold_back(&self) -> bool {
        lock(&self.pending).held_back
    }

    /// A socket closed.
    pub(crate) fn gone(&self, party: Party, number: u64) {
        lock(&self.pending).gone.push((party, number));
        self.arrived.notify_one();
    }

    /// What waits.
    pub(crate) fn take(&self) -> Pending {
        std::mem::take(&mut lock(&self.pending))
    }

    /// Waits for a sign that was not taken.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }
}
