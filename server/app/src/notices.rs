//! Sends messages to people away from the page: each is tried until the provider takes it, it has been tried often enough,
//! or it is too late to be of use. Whatever happens is in the delivery log.
//!
//! What a hall has decided to tell is a line of that log from its commit on (`hall_task/owed.rs`), so that a restart loses nothing: at
//! each load a hall puts in again what still waits there and nobody has in hand. The provider hears it at least once, always under one id; what it
//! took is said again only where the process died, or the archive failed, before that was noted. An attempt is noted as it begins, so that a
//! program that dies again and again does not send without end. Only 「约好了」 (`booked`) is not resumed: its link is a secret that no row
//! holds, and whoever booked was given it too.
//!
//! Of one visit the newest message is what is so: older ones that still wait are let go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tracing::warn;
use yunyiban_core::NoticeKind;
use yunyiban_protocol::{HallId, Timestamp};

use crate::house::Outside;
use crate::ports::Notices;
use crate::ports::notices::{Delivery, DeliveryState, Notice};
use crate::ports::spawn::task;
use crate::sync::lock;

/// Messages that may wait, new ones and those to be tried again together.
pub(crate) const QUEUE: usize = 1_024;

/// Pauses after an attempt in vain, milliseconds; with the last of them used, a message is given up.
const PAUSES_MS: [u32; 4] = [1_000, 5_000, 30_000, 120_000];

/// Pause before it is noted again how a message ended, where the archive failed at it.
const NOTE_PAUSE_MS: u32 = 30_000;

/// A message that ended so long ago is taken for over without a note of it, milliseconds: none is of use for longer.
const NOTE_FOR_MS: u32 = 60 * MINUTE_MS;

const MINUTE_MS: u32 = 60_000;

/// What the log says of a message that came too late.
pub(crate) const TOO_LATE: &str = "too_late";
/// What it says of one that a newer one makes untrue or needless.
pub(crate) const REPLACED: &str = "replaced";

/// Whether every attempt a message has was begun.
pub(crate) const fn is_used_up(attempts: u32) -> bool {
    attempts as usize > PAUSES_MS.len()
}

/// Messages that this process sees to, by hall and id: nobody puts them in a second time.
type InHand = Arc<Mutex<BTreeSet<(HallId, String)>>>;

/// Where the halls put their messages.
#[derive(Default)]
pub(crate) struct Letterbox {
    letters: Option<mpsc::Sender<Letter>>,
    in_hand: InHand,
}

/// What is in the letterbox: what to do, and when.
struct Letter {
    errand: Errand,
    due: Timestamp,
}

/// What there is to do about a message.
enum Errand {
    /// Try it, after so many attempts.
    Try { notice: Notice, attempts: u32 },
    /// Note how it ended.
    Note { hall: HallId, line: Delivery },
}

impl Letterbox {
    /// A letterbox that is emptied by the courier, when there is a way out.
    pub(crate) fn new(way_out: Option<Arc<dyn Notices>>) -> (Self, Option<Slot>) {
        let Some(way_out) = way_out else { return (Self::default(), None) };
        let (sender, letters) = mpsc::channel(QUEUE);
        let in_hand = InHand::default();
        let letterbox = Self {
            letters: Some(sender),
            in_hand: in_hand.clone(),
        };
        (letterbox, Some(Slot { way_out, letters, in_hand }))
    }

    /// Whether anybody empties it.
    pub(crate) fn is_open(&self) -> bool {
        self.letters.is_some()
    }

    /// Ids of the hall's messages that this process sees to.
    pub(crate) fn in_hand(&self, hall: &HallId) -> BTreeSet<String> {
        let in_hand = lock(&self.in_hand);
        in_hand.iter().filter(|(of, _)| of == hall).map(|(_, id)| id.clone()).collect()
    }

    /// Puts a new message in; one too many is let go, until the hall is loaded again.
    pub(crate) fn put(&self, notice: Notice) {
        let due = notice.at;
        self.post(Errand::Try { notice, attempts: 0 }, due);
    }

    /// Puts a message in that waits since before the hall was loaded: attempts and pauses go on where they were.
    pub(crate) fn put_again(&self, notice: Notice, line: &Delivery, now: Timestamp) {
        let pause = line.attempts.checked_sub(1).and_then(|last| PAUSES_MS.get(last as usize)).copied();
        // A clock that was set back makes nobody wait longer than the pause.
        let due = pause.map_or(now, |pause| line.tried_at.plus(pause).min(now.plus(pause)));
        let attempts = line.attempts;
        self.post(Errand::Try { notice, attempts }, due);
    }

    /// Closes the line of a message that nothing can come of any more; the word says why.
    pub(crate) fn close(&self, hall: &HallId, line: Delivery, why: &str, now: Timestamp) {
        let line = given_up(hall, line, why, now);
        let hall = hall.clone();
        self.post(Errand::Note { hall, line }, now);
    }

    fn post(&self, errand: Errand, due: Timestamp) {
        let Some(letters) = &self.letters else { return };
        let key = errand.key();
        if !lock(&self.in_hand).insert(key.clone()) {
            return;
        }
        if letters.try_send(Letter { errand, due }).is_err() {
            lock(&self.in_hand).remove(&key);
            let (hall, id) = key;
            warn!(hall.id = %hall, notice.id = %id, "too many messages wait, or the program ends: {id} of hall {hall} waits until the hall is loaded again");
        }
    }
}

impl Errand {
    fn key(&self) -> (HallId, String) {
        match self {
            Self::Try { notice, .. } => (notice.hall.clone(), notice.id.clone()),
            Self::Note { hall, line } => (hall.clone(), line.id.clone()),
        }
    }
}

/// The other side of a letterbox.
pub(crate) struct Slot {
    way_out: Arc<dyn Notices>,
    letters: mpsc::Receiver<Letter>,
    in_hand: InHand,
}

/// Starts the one who empties the letterbox. It ends when no hall can put anything in any more.
pub(crate) fn start(outside: &Arc<Outside>, slot: Slot) {
    let courier = Courier {
        store: outside.store.clone(),
        clock: outside.clock.clone(),
        slot,
        waiting: BTreeMap::new(),
        turn: 0,
    };
    outside.spawner.spawn("notices", task(courier.run()));
}

struct Courier {
    store: Arc<dyn crate::ports::Store>,
    clock: Arc<dyn crate::ports::Clock>,
    slot: Slot,
    /// To be done, by when; the second number keeps those of one moment apart, in order.
    waiting: BTreeMap<(Timestamp, u64), Errand>,
    turn: u64,
}

impl Courier {
    async fn run(mut self) {
        loop {
            let due = self.waiting.first_key_value().map(|((at, _), _)| *at);
            let clock = self.clock.clone();
            let sleep = async move {
                match due {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = sleep => if let Some((_, errand)) = self.waiting.pop_first() {
                    self.run_errand(errand).await;
                },
                letter = self.slot.letters.recv(), if self.waiting.len() < QUEUE => match letter {
                    Some(Letter { errand, due }) => {
                        self.replace_older(&errand).await;
                        if due > self.clock.now() {
                            self.wait_until(due, errand);
                        } else {
                            self.run_errand(errand).await;
                        }
                    }
                    None => return,
                },
            }
        }
    }

    /// An older message of the same visit that is to be tried again would arrive after the newer one and read as if it were true now.
    async fn replace_older(&mut self, newer: &Errand) {
        let Errand::Try { notice: newer, .. } = newer else { return };
        if is_of_a_link(newer.kind) {
            return;
        }
        let is_older = |errand: &Errand| match errand {
            Errand::Try { notice, .. } => {
                notice.hall == newer.hall && notice.visit == newer.visit && notice.at < newer.at && !is_of_a_link(notice.kind)
            }
            Errand::Note { .. } => false,
        };
        let older: Vec<(Timestamp, u64)> = self.waiting.iter().filter(|(_, errand)| is_older(errand)).map(|(key, _)| *key).collect();
        for key in older {
            if let Some(Errand::Try { notice, attempts }) = self.waiting.remove(&key) {
                self.give_up(notice, attempts, REPLACED).await;
            }
        }
    }

    fn wait_until(&mut self, due: Timestamp, errand: Errand) {
        self.turn += 1;
        self.waiting.insert((due, self.turn), errand);
    }

    async fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Try { notice, attempts } if is_useful(notice.kind, notice.at, self.clock.now()) => self.attempt(notice, attempts).await,
            Errand::Try { notice, attempts } => self.give_up(notice, attempts, TOO_LATE).await,
            Errand::Note { hall, line } => self.end(hall, line).await,
        }
    }

    async fn give_up(&mut self, notice: Notice, attempts: u32, why: &str) {
        let line = Delivery {
            attempts,
            ..Delivery::first(&notice)
        };
        let line = given_up(&notice.hall, line, why, self.clock.now());
        self.end(notice.hall, line).await;
    }

    async fn attempt(&mut self, notice: Notice, attempts: u32) {
        let begun = Delivery {
            attempts: attempts + 1,
            tried_at: self.clock.now(),
            ..Delivery::first(&notice)
        };
        // Where it cannot be noted it is sent all the same: somebody waits for it.
        self.note(&notice.hall, &begun).await;
        let outcome = self.slot.way_out.deliver(&notice).await;
        let now = self.clock.now();
        let pause = PAUSES_MS.get(attempts as usize);
        let again = pause.map(|pause| now.plus(*pause)).filter(|at| is_useful(notice.kind, notice.at, *at));
        let (state, answer) = match &outcome {
            Ok(()) => (DeliveryState::Delivered, "ok".to_owned()),
            Err(failure) if again.is_some() => (DeliveryState::Waiting, failure.to_string()),
            Err(failure) => {
                tell_given_up(&notice.hall, &begun, &failure.to_string());
                (DeliveryState::GivenUp, failure.to_string())
            }
        };
        let attempts = begun.attempts;
        let line = Delivery {
            state,
            answer,
            tried_at: now,
            ..begun
        };
        match (state, again) {
            (DeliveryState::Waiting, Some(at)) => {
                self.note(&notice.hall, &line).await;
                self.wait_until(at, Errand::Try { notice, attempts });
            }
            _ => self.end(notice.hall, line).await,
        }
    }

    /// Notes how a message ended. Until that is noted it stays in hand: a hall that is loaded again meanwhile would find it waiting.
    async fn end(&mut self, hall: HallId, line: Delivery) {
        let now = self.clock.now();
        if self.note(&hall, &line).await || now.since(line.at) >= NOTE_FOR_MS {
            lock(&self.slot.in_hand).remove(&(hall, line.id));
        } else {
            self.wait_until(now.plus(NOTE_PAUSE_MS), Errand::Note { hall, line });
        }
    }

    async fn note(&self, hall: &HallId, line: &Delivery) -> bool {
        let noted = self.store.put_delivery(hall, line).await;
        if let Err(failure) = &noted {
            warn!(hall.id = %hall, error = %failure, "a delivery of hall {hall} is not in the log: {failure}");
        }
        noted.is_ok()
    }
}

fn given_up(hall: &HallId, line: Delivery, why: &str, now: Timestamp) -> Delivery {
    tell_given_up(hall, &line, why);
    Delivery {
        state: DeliveryState::GivenUp,
        answer: why.to_owned(),
        tried_at: now,
        ..line
    }
}

/// Once a message, however often it is noted.
fn tell_given_up(hall: &HallId, line: &Delivery, why: &str) {
    warn!(hall.id = %hall, visit.id = %line.visit, "a message about {} was not delivered: {why}", line.kind);
}

/// Whether it leads somewhere: then no other message says what it says.
const fn is_of_a_link(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Booked { .. })
}

/// Whether a message that became due `at` helps anybody now.
pub(crate) fn is_useful(kind: NoticeKind, at: Timestamp, now: Timestamp) -> bool {
    now.since(at) < useful_ms(kind)
}

/// How long after it became due a message helps anybody.
const fn useful_ms(kind: NoticeKind) -> u32 {
    match kind {
        NoticeKind::NearTurn { .. } => 3 * MINUTE_MS,
        NoticeKind::Missed => 15 * MINUTE_MS,
        NoticeKind::CallbackFailed | NoticeKind::Booked { .. } | NoticeKind::PutOff { .. } | NoticeKind::CalledOff { .. } => 60 * MINUTE_MS,
    }
}
