//! Call-backs (回电): people who leave a number and put the phone away, windows that telephone, and what is promised of both.
//! The place is kept whatever happens; a call that was made is cut off by no clock; nobody is telephoned too often or too soon.

use std::collections::BTreeMap;

use yunyiban_core::{Actor, Event, Timers, Visit, VisitState};
use yunyiban_protocol::{CallMode, ContactView, Outcome, RequestKey, Sensitive, StaffId, VisitId, VisitRequest, WindowRequest};

use super::book::Book;
use super::citizen::Tab;
use super::staff::Console;
use super::truth::{HallTruth, SLACK_MS};

/// Call-backs promised and not come about yet.
pub type Callbacks = BTreeMap<VisitId, Kept>;

/// One of them.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// When it was asked for; of one that counts from an opening to come, that.
    pub asked_at: i64,
    /// When that was said.
    said_at: i64,
    /// Calls nobody answered.
    attempts: u32,
    /// When nobody answered last.
    called_at: Option<i64>,
    /// How long it rests then, at least and at most, by the rules of that moment.
    pause_ms: Option<(i64, i64)>,
    /// How long the call may take to be made, by the rules under which it was accepted.
    dial_ms: i64,
    /// When a window accepted it.
    accepted_at: i64,
    /// That window has looked up the number.
    dialled: bool,
}

impl Kept {
    /// How long it rests at most after a call nobody answered, milliseconds.
    pub fn longest_pause_ms(&self) -> Option<i64> {
        self.pause_ms.map(|(_, most)| most)
    }
}

/// Ways out of the kept place, and who may go them.
const WAYS_OUT: [&str; 6] = ["rung", "picked", "waits_on", "left", "callback_over", "went_to_other_hall"];

/// What may happen to a call that was made; all but the last two are people's acts.
const MADE: [&str; 8] = [
    "callback_reached",
    "callback_unanswered",
    "citizen_accepted",
    "window_withdrew",
    "left",
    "went_to_other_hall",
    "setup_failed",
    "callback_long",
];

/// A visit changed.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, after: &Visit) {
    let id = &after.id;
    let decided = event.at.as_millis() - hall.offset;
    let was = before.state.name();
    if after.state.name() == "callback_kept" && !hall.callbacks.contains_key(id) {
        begins(book, hall, event, before, decided);
    }
    let Some(mut kept) = hall.callbacks.remove(id) else {
        // A number left while the hall is closed is promised a call that begins with the opening.
        let none = after.callback.is_none() || after.state.is_closed() || after.state.name() == "booked";
        return book.hold(none, "Q8", || format!("{id} has a call-back nobody asked for"));
    };
    let leaves = was != after.state.name();
    if was == "callback_kept" && leaves {
        let known = WAYS_OUT.contains(&event.cause.as_str());
        book.hold(known, "Q8", || format!("the promise to call {id} ends by {}", event.cause));
    }
    if was == "connecting" && leaves && kept.dialled {
        let known = MADE.contains(&event.cause.as_str());
        book.hold(known, "Q8", || format!("a call to {id} is cut off by {}", event.cause));
    }
    follow(book, hall, event, &mut kept, after, decided);
    if matches!(after.state, VisitState::CallbackKept { .. }) {
        kept.dialled = false;
    }
    let same = |callback: &yunyiban_core::Callback| callback.attempts == kept.attempts && callback.dialled == kept.dialled;
    let over = matches!(after.state, VisitState::Closed { .. } | VisitState::Serving { .. }) || event.cause == "waits_on";
    if over {
        let told = after.state.is_closed() || after.callback.is_none();
        book.hold(told, "Q8", || format!("{id} is {} and still to be called", after.state.name()));
        return;
    }
    book.hold(after.callback.as_deref().is_some_and(same), "Q8", || {
        format!("{id} has {:?} by {}, and it is {kept:?}", after.callback, event.cause)
    });
    hall.callbacks.insert(id.clone(), kept);
}

/// Somebody asked, or was on the telephone when the talk went back into a line.
fn begins(book: &mut Book, hall: &mut HallTruth, event: &Event, before: &Visit, decided: i64) {
    let id = &before.id;
    let asked = event.cause == "callback_asked" && matches!(before.state.name(), "waiting" | "away" | "calling");
    let moved = event.cause == "transferred_to_line"
        && matches!(
            before.state,
            VisitState::Transferring {
                mode: CallMode::Telephone,
                ..
            }
        );
    // By who wants no page at all: at once, or when the closed hall opens.
    let at_once = event.cause == "left_number" && before.state.name() == "callback_kept";
    let opened = at_once || event.cause == "hall_opened" && before.state.name() == "booked";
    book.hold(asked || moved || opened, "Q8", || {
        format!("{id} is to be called by {} while {}", event.cause, before.state.name())
    });
    book.hold(book.phones.contains_key(id), "Q8", || format!("{id} left no number and is to be called"));
    if asked {
        book.seen.saw("callback_asked");
    }
    let kept = Kept {
        asked_at: decided,
        said_at: decided,
        ..Kept::default()
    };
    hall.callbacks.insert(id.clone(), kept);
}

/// What became of it. Lengths are held where the clock of the server was not touched meanwhile.
fn follow(book: &mut Book, hall: &HallTruth, event: &Event, kept: &mut Kept, after: &Visit, decided: i64) {
    let id = &after.id;
    let least = |book: &mut Book, since: i64, millis: i64, what: &str| {
        let early = since > hall.started_at && decided - since < millis - SLACK_MS;
        book.hold(!early, "Q8", || format!("{what} of {id} {} ms after {since}", decided - since));
    };
    match event.cause.as_str() {
        "waits_on" => book.seen.saw("callback_waits_on"),
        "rung" => {
            book.seen.saw("callback_rung");
            if let (Some(called_at), Some((pause, _))) = (kept.called_at, kept.pause_ms) {
                least(book, called_at, pause, "the next call");
            }
        }
        // An emergency is over: it counts from the next opening.
        "promised_anew" => {
            let opens_at = after.callback.as_ref().map_or(event.at, |callback| callback.asked_at);
            (kept.asked_at, kept.said_at) = (decided + (opens_at.as_millis() - event.at.as_millis()), decided);
        }
        "window_accepted" => {
            (kept.accepted_at, kept.dialled) = (decided, false);
            kept.dial_ms = hall.rules.shortest(book.now(), |timers| timers.callback_dial_ms);
        }
        "callback_dialled" => {
            let staff = connecting_to(after);
            let by = staff.map(|staff| Actor::Staff(staff.clone()));
            book.hold(by.as_ref() == Some(&event.actor), "I18", || {
                format!("{:?} looks up the number of {id}, whom {staff:?} calls", event.actor)
            });
            kept.dialled = true;
            book.seen.saw("callback_dialled");
        }
        "callback_reached" => {
            let by_telephone = matches!(
                after.state,
                VisitState::Serving {
                    mode: CallMode::Telephone,
                    ..
                }
            );
            book.hold(kept.dialled && by_telephone, "Q8", || format!("{id} is {:?}, never called", after.state));
            book.seen.saw("callback_reached");
        }
        "callback_unanswered" => unanswered(book, hall, kept, after, decided),
        "citizen_accepted" => book.seen.saw("callback_accepted_on_page"),
        "callback_not_made" => {
            least(book, kept.accepted_at, kept.dial_ms, "the call that was not made");
            book.seen.saw("callback_not_made");
        }
        "callback_over" => {
            let keeps = i64::from(hall.rules.now().timers.callback_keeps_ms);
            // An opening to come was counted by the clock of when it was said.
            if kept.said_at > hall.started_at {
                least(book, kept.asked_at, keeps, "the end");
            }
            book.seen.saw("callback_over");
        }
        _ => {}
    }
}

/// Nobody answered: it is tried again from the same place, and after the last time the visit ends.
fn unanswered(book: &mut Book, hall: &HallTruth, kept: &mut Kept, after: &Visit, decided: i64) {
    let made = std::mem::take(&mut kept.dialled);
    kept.attempts += 1;
    kept.called_at = Some(decided);
    let (now, pause) = (book.now(), |timers: &Timers| timers.callback_pause_ms);
    kept.pause_ms = Some((hall.rules.shortest(now, pause), hall.rules.longest(now, pause)));
    let most: Vec<u32> = hall.rules.stored_at(now).map(|rules| rules.timers.callback_attempts).collect();
    let expired = matches!(
        after.state,
        VisitState::Closed {
            outcome: Outcome::Expired,
            ..
        }
    );
    let kept_again = matches!(after.state, VisitState::CallbackKept { .. });
    let is_right = |most: &u32| if kept.attempts >= *most { expired } else { kept_again };
    book.hold(made && most.iter().any(is_right), "Q8", || {
        format!(
            "{} was called in vain {} times of {most:?} and is {:?}",
            after.id, kept.attempts, after.state
        )
    });
    book.seen.saw("callback_unanswered");
    if expired {
        book.seen.saw("callback_failed");
    }
}

fn connecting_to(visit: &Visit) -> Option<&StaffId> {
    match &visit.state {
        VisitState::Connecting { staff, .. } => Some(staff),
        _ => None,
    }
}

/// What a person means to do about a call-back today.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Leaves a number.
    leaves_number: bool,
    /// Does not want to wait.
    wants_callback: bool,
    /// Has left a number.
    pub has_number: bool,
}

impl Plan {
    /// The plan of somebody who draws so.
    pub fn new(dice: usize) -> Self {
        Self {
            leaves_number: dice < 65,
            wants_callback: dice < 45,
            has_number: false,
        }
    }
}

/// The telephone of a person; `times` changes it.
pub fn telephone(person: usize, times: u32) -> String {
    format!("138{person:04}{times:04}")
}

impl Tab {
    /// Somebody in line leaves a number, asks for a call-back, or puts the phone away; `false` then.
    pub(super) fn thinks_of_leaving(&mut self, draw: usize) -> bool {
        let plan = self.plan;
        let calm = self.person.town.is_calm();
        match (plan.has_number, draw % 4) {
            (false, 0..=2) if plan.leaves_number => self.leaves_number(),
            // Without a number it is refused.
            (false, 3) if draw == 43 => self.visit("callback", |key| VisitRequest::Callback { key }),
            (true, 0..=1) if plan.wants_callback => self.visit("callback", |key| VisitRequest::Callback { key }),
            (true, 2) if !calm => return self.puts_phone_away(62_000, 200_000),
            _ => {}
        }
        true
    }

    /// Somebody who is to be called back, and looks at the page; `false` when the phone is put away.
    pub(super) fn waits_for_call(&mut self, draw: usize) -> bool {
        match draw {
            0..=11 => self.visit("return", |key| VisitRequest::Return { key }),
            12..=13 if !self.person.town.is_calm() => self.visit("leave", |key| VisitRequest::Leave { key }),
            14 => self.leaves_number(),
            15..=60 if self.person.town.is_calm() => return self.puts_phone_away(5_000, 30_000),
            15..=60 => return self.puts_phone_away(20_000, 150_000),
            _ => {}
        }
        true
    }

    fn leaves_number(&mut self) {
        self.numbers_left += 1;
        let phone = telephone(self.person.number, self.numbers_left);
        let contact = ContactView {
            name: None,
            phone: Some(Sensitive::new(phone)),
        };
        self.visit("contact", |key| VisitRequest::Contact { key, contact });
    }

    /// The page is closed, and opened again after a while; always `false`.
    pub(super) fn puts_phone_away(&mut self, least: i64, most: i64) -> bool {
        self.away_until = self.now() + self.page.chance.between(least, most);
        self.page.close();
        false
    }
}

/// The call-back a window makes.
#[derive(Debug, Default)]
pub struct Dialling {
    /// Asked for a number, of whom.
    asked: Option<(RequestKey, VisitId)>,
    /// Whose number was told.
    told: Option<VisitId>,
    /// The telephone rings, or they talk on it, until then.
    rings_until: i64,
    /// Forgets to call this one.
    forgets: Option<VisitId>,
}

impl Console {
    /// The window has accepted a call-back: it looks the number up, telephones, and says how it went; or forgets.
    pub(super) fn calls_back(&mut self, visit: &VisitId, draw: usize, calm: bool) {
        if self.dialling.told.as_ref() == Some(visit) {
            return match draw {
                _ if self.dialling.rings_until > self.now() => {}
                0..=39 => self.window("reached", |key| WindowRequest::CallbackReached { key }),
                40..=69 => self.window("unanswered", |key| WindowRequest::CallbackUnanswered { key }),
                70..=72 if !calm => self.window("hang_up", |key| WindowRequest::HangUp { key }),
                _ => {}
            };
        }
        let forgets = self.dialling.forgets.as_ref() == Some(visit);
        match draw {
            0..=69 if !forgets || calm => {
                let key = self.ask_window("dial", |key| WindowRequest::RevealPhone { key });
                self.dialling.asked = Some((key, visit.clone()));
            }
            70..=72 if !calm => self.window("hang_up", |key| WindowRequest::HangUp { key }),
            73..=86 if !calm => self.dialling.forgets = Some(visit.clone()),
            _ => {}
        }
    }

    /// A number was told.
    pub(super) fn hears_number(&mut self, key: &RequestKey) {
        if let Some((asked, visit)) = &self.dialling.asked
            && asked == key
        {
            self.dialling.told = Some(visit.clone());
            let rings_ms = if self.page.chance.percent(20) { 60_000 } else { 4_000 };
            self.dialling.rings_until = self.now() + self.page.chance.between(1_000, rings_ms);
        }
    }
}
