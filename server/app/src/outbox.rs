//! What waits to be sent to one page: bounded, coalescing, already text.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use yunyiban_protocol::{ServerMessage, WindowId};

use crate::sync::lock;

/// Most messages waiting (T18). What all consoles are told of the line and of each window does not count: one of each waits, so that
/// all windows may change at once, and its text is the same for all.
pub const MAX_MESSAGES: usize = 64;
/// Most bytes waiting (T18), of what counts. A single larger message may wait alone.
pub const MAX_BYTES: usize = 64 * 1_024;

/// What the socket does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Send this JSON text.
    Text(Arc<str>),
    /// Close, for this reason. Nothing follows.
    Close(Ending),
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The same visit or console was opened elsewhere; the page was told and must not return by itself.
    Replaced,
    /// Signed out, disabled, or the visit is forgotten; the page was told.
    Ended,
    /// The page reads too slowly (T18). It may come back and gets a snapshot.
    TooSlow,
    /// The page sends too much (T12).
    TooMany,
    /// The house closes. The page may come back.
    Stopping,
}

/// The reading end, for the socket's task.
pub struct Outbox {
    shared: Arc<Shared>,
}

impl Outbox {
    /// The next thing to do, in order; waits for one. `None` after [`Outgoing::Close`]. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Outgoing> {
        loop {
            match self.take() {
                Taken::Next(outgoing) => return Some(outgoing),
                Taken::Over => return None,
                Taken::Empty => self.shared.filled.notified().await,
            }
        }
    }

    fn take(&mut self) -> Taken {
        let mut state = lock(&self.shared.state);
        if let Some(waiting) = state.waiting.pop_front() {
            state.forget(&waiting);
            if state.waiting.is_empty() {
                // Thousands of pages wait for nothing most of the time: an empty list keeps no room.
                state.waiting = VecDeque::new();
            }
            drop(state);
            self.shared.emptied.notify_one();
            return Taken::Next(Outgoing::Text(waiting.text));
        }
        match state.ending {
            None => Taken::Empty,
            Some(_) if state.told => Taken::Over,
            Some(ending) => {
                state.told = true;
                Taken::Next(Outgoing::Close(ending))
            }
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.ending.get_or_insert(Ending::Stopping);
        state.clear();
        drop(state);
        self.shared.emptied.notify_one();
    }
}

/// The writing end. Cheap to clone; nothing pushed after the end is kept.
#[derive(Clone)]
pub(crate) struct OutboxSender {
    shared: Arc<Shared>,
}

/// What a newer message makes needless: of each slot only the newest waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// `queue.line`
    Line,
    /// `visit.place`
    Place,
    /// `visit.changed`.
    Visit {
        /// It carries the place, so a waiting [`Slot::Place`] goes too.
        placed: bool,
    },
    /// `window.changed` of this window.
    Window(WindowId),
    /// `window.visit`
    Served,
    /// `suspension.changed`
    Suspension,
    /// `session.rules`
    Rules,
}

impl Slot {
    /// Whether a newer message of `newer` says all that one of this slot said.
    fn yields_to(&self, newer: &Slot) -> bool {
        match (self, newer) {
            (Slot::Visit { .. }, Slot::Visit { .. }) | (Slot::Place, Slot::Visit { placed: true }) => true,
            (Slot::Line | Slot::Place | Slot::Visit { .. } | Slot::Window(_) | Slot::Served | Slot::Suspension | Slot::Rules, _) => self == newer,
        }
    }
}

/// An empty outbox.
pub(crate) fn outbox() -> (OutboxSender, Outbox) {
    let shared = Arc::new(Shared::default());
    (OutboxSender { shared: shared.clone() }, Outbox { shared })
}

/// A message as text, made once however many pages get it.
pub(crate) fn text_of(message: &ServerMessage) -> Arc<str> {
    serde_json::to_string(message)
        .expect("messages have text keys only, so they always serialise")
        .into()
}

impl OutboxSender {
    /// Adds a message that every page must get. Over the bound the connection ends as [`Ending::TooSlow`].
    pub(crate) fn push(&self, text: Arc<str>) {
        self.add(text, None);
    }

    /// Adds a message of which only the newest matters.
    pub(crate) fn push_newest(&self, text: Arc<str>, slot: Slot) {
        self.add(text, Some(slot));
    }

    /// Serialises and adds.
    pub(crate) fn send(&self, message: &ServerMessage) {
        self.push(text_of(message));
    }

    /// Waits until a quarter of the room is free, then adds; `false` when the connection has ended. For long answers.
    pub(crate) async fn push_when_room(&self, text: Arc<str>) -> bool {
        loop {
            {
                let state = lock(&self.shared.state);
                if state.ending.is_some() {
                    return false;
                }
                if state.messages <= MAX_MESSAGES / 4 && state.bytes <= MAX_BYTES / 4 {
                    break;
                }
            }
            self.shared.emptied.notified().await;
        }
        self.push(text);
        true
    }

    /// Begins a long answer, sent in pieces; `false` while another runs.
    pub(crate) fn begin_run(&self) -> bool {
        !std::mem::replace(&mut lock(&self.shared.state).running, true)
    }

    /// It is sent.
    pub(crate) fn end_run(&self) {
        lock(&self.shared.state).running = false;
    }

    /// Ends the connection after what waits and a last message. The first reason given stays.
    pub(crate) fn end(&self, ending: Ending, last: Option<&ServerMessage>) {
        let mut state = lock(&self.shared.state);
        if state.ending.is_none() {
            if let Some(message) = last {
                let text = text_of(message);
                state.append(Waiting { text, slot: None });
            }
            state.ending = Some(ending);
        }
        drop(state);
        self.wake();
    }

    /// The connection is over, or about to be.
    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.shared.state).ending.is_some()
    }

    fn add(&self, text: Arc<str>, slot: Option<Slot>) {
        let mut state = lock(&self.shared.state);
        if state.ending.is_some() {
            return;
        }
        if let Some(newer) = &slot {
            state.drop_older(newer);
        }
        let waiting = Waiting { text, slot };
        if waiting.counts() && state.is_full_for(&waiting.text) {
            state.clear();
            state.ending = Some(Ending::TooSlow);
        } else {
            state.append(waiting);
        }
        drop(state);
        self.wake();
    }

    fn wake(&self) {
        self.shared.filled.notify_one();
        self.shared.emptied.notify_one();
    }
}

enum Taken {
    Next(Outgoing),
    Empty,
    Over,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Something was added, or the end came: wakes the reader.
    filled: Notify,
    /// Something was taken, or the end came: wakes who waits for room.
    emptied: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Those that count, and their bytes.
    messages: usize,
    bytes: usize,
    ending: Option<Ending>,
    /// The reader has been given the end.
    told: bool,
    /// A long answer is being sent.
    running: bool,
}

struct Waiting {
    text: Arc<str>,
    slot: Option<Slot>,
}

impl Waiting {
    /// Whether it takes room: see [`MAX_MESSAGES`].
    fn counts(&self) -> bool {
        match self.slot {
            Some(Slot::Line | Slot::Window(_) | Slot::Suspension | Slot::Rules) => false,
            Some(Slot::Place | Slot::Visit { .. } | Slot::Served) | None => true,
        }
    }
}

impl State {
    fn is_full_for(&self, text: &str) -> bool {
        self.messages >= MAX_MESSAGES || (self.messages > 0 && self.bytes + text.len() > MAX_BYTES)
    }

    fn append(&mut self, waiting: Waiting) {
        if waiting.counts() {
            self.messages += 1;
            self.bytes += waiting.text.len();
        }
        self.waiting.push_back(waiting);
    }

    /// It does not wait any more.
    fn forget(&mut self, waiting: &Waiting) {
        if waiting.counts() {
            self.messages -= 1;
            self.bytes -= waiting.text.len();
        }
    }

    fn clear(&mut self) {
        self.waiting.clear();
        (self.messages, self.bytes) = (0, 0);
    }

    fn drop_older(&mut self, newer: &Slot) {
        let yields = |waiting: &Waiting| waiting.slot.as_ref().is_some_and(|slot| slot.yields_to(newer));
        while let Some(older) = self.waiting.iter().position(yields) {
            if let Some(older) = self.waiting.remove(older) {
                self.forget(&older);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(outbox: &mut Outbox) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            match outbox.take() {
                Taken::Next(Outgoing::Text(text)) => seen.push(text.to_string()),
                Taken::Next(Outgoing::Close(ending)) => seen.push(format!("{ending:?}")),
                Taken::Empty | Taken::Over => return seen,
            }
        }
    }

    #[test]
    fn only_the_newest_line_waits_and_it_waits_at_the_end() {
        let (sender, mut outbox) = outbox();
        sender.push_newest("line 1".into(), Slot::Line);
        sender.push("reply".into());
        sender.push_newest("line 2".into(), Slot::Line);
        assert_eq!(waiting(&mut outbox), ["reply", "line 2"]);
    }

    #[test]
    fn windows_coalesce_each_for_itself() {
        let (sender, mut outbox) = outbox();
        for (text, window) in [("1 idle", "1"), ("2 idle", "2"), ("1 reserved", "1")] {
            sender.push_newest(text.into(), Slot::Window(WindowId::new(window)));
        }
        assert_eq!(waiting(&mut outbox), ["2 idle", "1 reserved"]);
    }

    #[test]
    fn a_visit_told_with_its_place_makes_the_waiting_place_needless_but_not_the_other_way() {
        let (sender, mut outbox) = outbox();
        sender.push_newest("place 2".into(), Slot::Place);
        sender.push_newest("visit".into(), Slot::Visit { placed: true });
        sender.push_newest("place 1".into(), Slot::Place);
        assert_eq!(waiting(&mut outbox), ["visit", "place 1"]);
    }

    #[test]
    fn the_last_place_before_the_ring_is_told() {
        let (sender, mut outbox) = outbox();
        sender.push_newest("visit".into(), Slot::Visit { placed: true });
        sender.push_newest("place 1".into(), Slot::Place);
        sender.push_newest("place 0".into(), Slot::Place);
        sender.push_newest("rung".into(), Slot::Visit { placed: false });
        assert_eq!(waiting(&mut outbox), ["place 0", "rung"]);
    }

    #[test]
    fn all_windows_of_a_large_hall_change_at_once_and_no_console_is_thrown_out() {
        let (sender, mut outbox) = outbox();
        for window in 0..200 {
            sender.push_newest("x".repeat(400).into(), Slot::Window(WindowId::new(window.to_string())));
        }
        sender.push("reply".into());
        let told = waiting(&mut outbox);
        assert_eq!((told.len(), told[200].as_str()), (201, "reply"));
    }

    #[test]
    fn a_page_that_reads_nothing_loses_its_socket_after_64_messages() {
        let (sender, mut outbox) = outbox();
        for _ in 0..MAX_MESSAGES {
            sender.push("x".into());
        }
        assert!(!sender.has_ended());
        sender.push("one too many".into());
        assert_eq!(waiting(&mut outbox), ["TooSlow"]);
    }

    #[test]
    fn a_page_that_reads_nothing_loses_its_socket_after_64_kib() {
        let (sender, mut outbox) = outbox();
        let half: Arc<str> = "x".repeat(MAX_BYTES / 2).into();
        sender.push(half.clone());
        sender.push(half.clone());
        assert!(!sender.has_ended());
        sender.push("!".into());
        assert_eq!(waiting(&mut outbox), ["TooSlow"]);
    }

    #[test]
    fn a_thousand_places_fit_because_only_one_waits() {
        let (sender, mut outbox) = outbox();
        for place in 0..1_000 {
            sender.push_newest(format!("place {place}").into(), Slot::Place);
        }
        assert_eq!(waiting(&mut outbox), ["place 999"]);
    }

    #[tokio::test]
    async fn the_last_word_comes_before_the_end_and_nothing_after_it() {
        let (sender, mut outbox) = outbox();
        sender.push("reply".into());
        sender.end(
            Ending::Replaced,
            Some(&ServerMessage::Session(yunyiban_protocol::SessionNotice::Replaced {})),
        );
        sender.push("too late".into());
        sender.end(Ending::Stopping, None);
        assert_eq!(outbox.next().await, Some(Outgoing::Text("reply".into())));
        assert_eq!(
            outbox.next().await,
            Some(Outgoing::Text(r#"{"topic":"session","type":"replaced"}"#.into()))
        );
        assert_eq!(outbox.next().await, Some(Outgoing::Close(Ending::Replaced)));
        assert_eq!(outbox.next().await, None);
    }

    #[tokio::test]
    async fn a_long_answer_waits_for_room_instead_of_ending_the_socket() {
        let (sender, mut outbox) = outbox();
        for _ in 0..MAX_MESSAGES {
            sender.push("x".into());
        }
        let late = sender.push_when_room("late".into());
        let read = async {
            let mut last = None;
            for _ in 0..=MAX_MESSAGES {
                last = outbox.next().await;
            }
            last
        };
        let (pushed, last) = tokio::join!(late, read);
        assert!(pushed);
        assert_eq!(last, Some(Outgoing::Text("late".into())));
    }

    #[tokio::test]
    async fn a_long_answer_stops_when_the_socket_is_gone() {
        let (sender, outbox) = outbox();
        for _ in 0..MAX_MESSAGES {
            sender.push("x".into());
        }
        drop(outbox);
        assert!(!sender.push_when_room("late".into()).await);
    }
}
