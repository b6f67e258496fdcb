//! Telling the pages what changed, after it is stored. Views are read from the hall at that moment, so a later state may be
//! told twice but never an earlier one late.

use std::collections::BTreeMap;

use tracing::warn;
use yunyiban_core::{Referred, Refusal, Tell};
use yunyiban_protocol::{
    ChatNotice, Outcome, Place, QueueNotice, ServerMessage, SessionNotice, SuspensionNotice, Timestamp, VisitId, VisitNotice, VisitStatus, WindowId,
    WindowNotice, Work,
};

use super::HallTask;
use crate::outbox::Slot;
use crate::referral::Taken;
use crate::switchboard::Party;
use crate::sync::lock;
use crate::versions::{place_for, visit_for};

impl HallTask {
    /// Tells the places shown from now on.
    pub(super) fn tell_places(&self, places: Vec<(VisitId, Place)>) {
        for (visit, place) in places {
            let party = Party::Citizen(visit);
            if let Some(version) = self.lines.switchboard.version_of(&party) {
                let place = place_for(version, place);
                let message = ServerMessage::Visit(VisitNotice::Place { seq: self.seq, place });
                self.lines.switchboard.send_newest(&party, &message, Slot::Place);
            }
        }
    }

    /// Tells each of them, in order; the line after the others, or later.
    pub(super) fn tell(&mut self, tells: &[Tell], now: Timestamp) {
        for tell in tells {
            match tell {
                Tell::Visit(visit) => self.tell_visit(visit, now),
                Tell::Line => self.line_pace.note_change(),
                Tell::Window(window) => self.tell_window(window),
                Tell::Rung(window) => self.tell_rung(window, now),
                Tell::Served(window) => self.tell_served(window, now),
                Tell::Ended(window, visit, outcome) => self.tell_ended(window, visit, *outcome),
                Tell::Chat(visit, number) => self.tell_chat(visit, *number),
                Tell::Rights(visit) => self.post_rights(visit, now),
                Tell::Suspension => self.tell_suspension(),
                Tell::Referred(visit) => self.hall.referred_from(visit).into_iter().for_each(|from| self.tell_first_hall(from)),
                // Its page was told before anybody was answered; a message was stored with its cause and is put on its way by itself.
                Tell::Moved(_) | Tell::Notice(..) => {}
                Tell::Alarm(visit) => warn!(visit.id = %visit, "nobody answers the rings for visit {visit}"),
            }
        }
        let beside_window = tells.iter().any(|tell| matches!(tell, Tell::Window(_)));
        if self.line_pace.is_due(now, beside_window) {
            self.tell_line(now);
        }
    }

    /// After a load: every page gets its state whole, because what was told last may not be what is stored. That every page
    /// which listens was heard is for the next batch: what follows from it (a talk goes on, a window is rung) is stored before
    /// anybody hears of it.
    pub(super) fn tell_everything(&mut self, now: Timestamp) {
        let (citizens, consoles) = (self.lines.switchboard.citizens(), self.lines.switchboard.consoles());
        self.lines.signs.still_listen(citizens, consoles);
        self.tell_every_view(now);
    }

    /// After a load: each hall that referred somebody who is here hears of it again, for it may have been told in vain.
    pub(super) fn tell_first_halls(&self) {
        self.hall.referred().iter().for_each(|from| self.tell_first_hall(from));
    }

    fn tell_first_hall(&self, from: &Referred) {
        self.outside.taken.put(Taken {
            from: from.hall.clone(),
            visit: from.visit.clone(),
            to: self.lines.id.clone(),
            name: lock(&self.lines.facts).name.as_str().into(),
        });
    }

    /// Everybody who listens gets the own view whole, and the rules a page goes by.
    pub(super) fn tell_every_view(&mut self, now: Timestamp) {
        let windows: Vec<WindowId> = self.hall.windows().into_iter().map(|window| window.id).collect();
        for visit in self.lines.switchboard.citizens() {
            self.tell_visit(&visit, now);
        }
        self.tell_line(now);
        self.tell_suspension();
        for window in windows {
            self.tell_window(&window);
            self.tell_served(&window, now);
        }
        self.tell_rules();
    }

    /// After a load: the calls learn every right anew.
    pub(super) fn post_afresh(&mut self) {
        let live = std::mem::take(&mut self.live);
        let rights: BTreeMap<_, _> = live
            .into_iter()
            .map(|visit| (visit.clone(), Some(self.hall.call_rights(&visit))))
            .collect();
        let windows = self.hall.windows();
        let seats = windows.into_iter().map(|window| (window.id, window.staff)).collect();
        let near = rights
            .iter()
            .filter(|(_, rights)| rights.as_ref().is_some_and(|rights| rights.open || rights.warm));
        self.near = near.map(|(visit, _)| visit.clone()).collect();
        self.lines.board.post_afresh(rights, seats);
    }

    pub(super) fn tell_visit(&mut self, visit: &VisitId, now: Timestamp) {
        self.post_rights(visit, now);
        let party = Party::Citizen(visit.clone());
        if let Some(version) = self.lines.switchboard.version_of(&party)
            && let Some(view) = self.hall.visit_view(visit, now)
        {
            let placed = matches!(view.status, VisitStatus::Waiting { .. } | VisitStatus::Calling { .. });
            let message = ServerMessage::Visit(VisitNotice::Changed {
                seq: self.seq,
                visit: Box::new(visit_for(version, view)),
            });
            self.lines.switchboard.send_newest(&party, &message, Slot::Visit { placed });
        }
    }

    /// Visits that go on at another phone: the page each had ends, and with it whatever it had warmed of a call.
    pub(super) fn end_moved(&self, tells: &[Tell]) {
        for tell in tells {
            if let Tell::Moved(visit) = tell {
                self.lines.board.post_moved(visit);
                self.lines.switchboard.end_citizen(visit, Refusal::HandedOver.code());
            }
        }
    }

    /// Of these moves nobody knows whether they are stored: whichever phone has the visit comes back to it, by its cookie.
    pub(super) fn end_in_doubt(&self, tells: &[Tell]) {
        for tell in tells {
            if let Tell::Moved(visit) = tell {
                self.lines.board.post_moved(visit);
                self.lines.switchboard.let_go(visit);
            }
        }
    }

    fn tell_rules(&self) {
        let media_setup = self.hall.media_setup();
        let rules = ServerMessage::Session(SessionNotice::Rules { media_setup });
        self.lines.switchboard.send_all_newest(&rules, &Slot::Rules);
    }

    fn tell_line(&mut self, now: Timestamp) {
        self.line_pace.note_told(now);
        let line = || Some(ServerMessage::Queue(QueueNotice::Line { line: self.hall.line() }));
        self.lines.switchboard.broadcast_newest(&Slot::Line, line);
    }

    fn tell_suspension(&self) {
        let changed = || {
            let suspension = self.hall.suspension();
            Some(ServerMessage::Suspension(SuspensionNotice::Changed { seq: self.seq, suspension }))
        };
        self.lines.switchboard.broadcast_newest(&Slot::Suspension, changed);
    }

    fn tell_window(&self, window: &WindowId) {
        self.lines.board.post_seat(window, self.hall.staff_at(window));
        let changed = || {
            self.hall
                .window(window)
                .map(|window| ServerMessage::Window(WindowNotice::Changed { seq: self.seq, window }))
        };
        self.lines.switchboard.broadcast_newest(&Slot::Window(window.clone()), changed);
    }

    fn tell_rung(&self, window: &WindowId, now: Timestamp) {
        let until = self.hall.window(window).and_then(|view| match view.work {
            Work::Reserved { until, .. } => Some(until),
            Work::Idle {} | Work::Connecting { .. } | Work::Talking { .. } | Work::Holding { .. } | Work::WrapUp { .. } | Work::Suspect { .. } => {
                None
            }
        });
        // Within one batch the ring may be over already: then there is nothing to ring for.
        if let (Some(console), Some(until), Some(visit)) = (self.console_at(window), until, self.hall.served(window, now)) {
            let message = ServerMessage::Window(WindowNotice::Rung {
                seq: self.seq,
                visit: Box::new(visit),
                until,
            });
            self.lines.switchboard.send(&console, &message);
        }
    }

    fn tell_served(&self, window: &WindowId, now: Timestamp) {
        if let Some(console) = self.console_at(window) {
            let visit = self.hall.served(window, now).map(Box::new);
            let message = ServerMessage::Window(WindowNotice::Visit { seq: self.seq, visit });
            self.lines.switchboard.send_newest(&console, &message, Slot::Served);
        }
    }

    fn tell_ended(&self, window: &WindowId, visit: &VisitId, outcome: Outcome) {
        if let Some(console) = self.console_at(window) {
            let message = ServerMessage::Window(WindowNotice::Ended {
                visit: visit.clone(),
                outcome,
            });
            self.lines.switchboard.send(&console, &message);
        }
    }

    fn tell_chat(&self, visit: &VisitId, number: u32) {
        let Some(line) = self.hall.fresh_line(visit, number) else {
            return;
        };
        let message = ServerMessage::Chat(ChatNotice::Lines { lines: vec![line] });
        self.lines.switchboard.send(&Party::Citizen(visit.clone()), &message);
        for staff in self.lines.switchboard.consoles() {
            if self.hall.visit_of(&staff).as_ref() == Some(visit) {
                self.lines.switchboard.send(&Party::Staff(staff), &message);
            }
        }
    }

    /// Posts the rights of a visit that is, or was until now, near a call.
    fn post_rights(&mut self, visit: &VisitId, now: Timestamp) {
        let rights = self.hall.call_rights(visit);
        if rights.open || rights.warm {
            self.near.insert(visit.clone());
            self.lines.board.post_rights(visit, Some(rights));
        } else if self.near.remove(visit) {
            let over = self
                .hall
                .visit_view(visit, now)
                .is_none_or(|view| matches!(view.status, VisitStatus::Closed { .. }));
            self.lines.board.post_rights(visit, (!over).then_some(rights));
        }
    }

    fn console_at(&self, window: &WindowId) -> Option<Party> {
        self.hall.staff_at(window).map(Party::Staff)
    }
}
