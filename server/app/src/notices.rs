//! Sends messages to people away from the page: each is tried until the provider takes it, it has been tried often enough,
//! or it is too late to be of use. Whatever happens is in the delivery log.
//!
//! What waits is in memory only: after a restart a message not yet taken is not sent any more, for by then it is old.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::warn;
use yunyiban_core::NoticeKind;
use yunyiban_protocol::{HallId, Timestamp};

use crate::house::Outside;
use crate::ports::Notices;
use crate::ports::notices::{Delivery, DeliveryState, Notice, kind_word};
use crate::ports::spawn::task;

/// Messages that may wait, new ones and those to be tried again together.
const QUEUE: usize = 1_024;

/// Pauses after an attempt in vain, milliseconds; with the last of them used, a message is given up.
const PAUSES_MS: [u32; 4] = [1_000, 5_000, 30_000, 120_000];

/// Where the halls put their messages.
#[derive(Default)]
pub(crate) struct Letterbox(Option<mpsc::Sender<Notice>>);

impl Letterbox {
    /// A letterbox that is emptied, when there is a way out.
    pub(crate) fn new(way_out: Option<&Arc<dyn Notices>>) -> (Self, Option<mpsc::Receiver<Notice>>) {
        match way_out {
            Some(_) => {
                let (sender, receiver) = mpsc::channel(QUEUE);
                (Self(Some(sender)), Some(receiver))
            }
            None => (Self(None), None),
        }
    }

    /// Whether anybody empties it.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Puts a message in; one too many is let go.
    pub(crate) fn put(&self, notice: Notice) {
        if let Some(sender) = &self.0
            && let Err(full) = sender.try_send(notice)
        {
            let lost = full.into_inner();
            warn!(hall.id = %lost.hall, visit.id = %lost.visit, "too many messages wait: one for visit {} is not sent", lost.visit);
        }
    }
}

/// Starts the one who empties the letterbox. It ends when no hall can put anything in any more.
pub(crate) fn start(outside: &Arc<Outside>, way_out: Arc<dyn Notices>, letters: mpsc::Receiver<Notice>) {
    let courier = Courier {
        store: outside.store.clone(),
        clock: outside.clock.clone(),
        way_out,
        letters,
        waiting: BTreeMap::new(),
        turn: 0,
    };
    outside.spawner.spawn("notices", task(courier.run()));
}

struct Courier {
    store: Arc<dyn crate::ports::Store>,
    clock: Arc<dyn crate::ports::Clock>,
    way_out: Arc<dyn Notices>,
    letters: mpsc::Receiver<Notice>,
    /// To be tried again, by when; the second number keeps those of one moment apart, in order.
    waiting: BTreeMap<(Timestamp, u64), Tried>,
    turn: u64,
}

struct Tried {
    notice: Notice,
    attempts: u32,
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
            let next = tokio::select! {
                biased;
                () = sleep => self.waiting.pop_first().map(|(_, tried)| tried),
                notice = self.letters.recv(), if self.waiting.len() < QUEUE => match notice {
                    Some(notice) => Some(Tried { notice, attempts: 0 }),
                    None => return,
                },
            };
            if let Some(tried) = next {
                self.attempt(tried).await;
            }
        }
    }

    async fn attempt(&mut self, Tried { notice, attempts }: Tried) {
        let outcome = self.way_out.deliver(&notice).await;
        let now = self.clock.now();
        let pause = PAUSES_MS.get(attempts as usize);
        let again = pause
            .map(|pause| now.plus(*pause))
            .filter(|at| at.since(notice.at) < useful_ms(notice.kind));
        let (state, answer) = match &outcome {
            Ok(()) => (DeliveryState::Delivered, "ok".to_owned()),
            Err(failure) if again.is_some() => (DeliveryState::Waiting, failure.to_string()),
            Err(failure) => (DeliveryState::GivenUp, failure.to_string()),
        };
        let delivery = Delivery {
            id: notice.id.clone(),
            visit: notice.visit.clone(),
            kind: kind_word(notice.kind).to_owned(),
            at: notice.at,
            attempts: attempts + 1,
            state,
            answer,
            tried_at: now,
        };
        self.log(&notice.hall, &delivery).await;
        if let (DeliveryState::Waiting, Some(at)) = (state, again) {
            self.turn += 1;
            let tried = Tried {
                notice,
                attempts: attempts + 1,
            };
            self.waiting.insert((at, self.turn), tried);
        }
    }

    async fn log(&self, hall: &HallId, delivery: &Delivery) {
        if delivery.state == DeliveryState::GivenUp {
            warn!(hall.id = %hall, visit.id = %delivery.visit, "a message about {} was not delivered: {}", delivery.kind, delivery.answer);
        }
        if let Err(failure) = self.store.put_delivery(hall, delivery).await {
            warn!(hall.id = %hall, error = %failure, "a delivery of hall {hall} is not in the log: {failure}");
        }
    }
}

/// How long after it became due a message helps anybody.
const fn useful_ms(kind: NoticeKind) -> u32 {
    const MINUTE_MS: u32 = 60_000;
    match kind {
        NoticeKind::NearTurn { .. } => 3 * MINUTE_MS,
        NoticeKind::Missed => 15 * MINUTE_MS,
        NoticeKind::CallbackFailed | NoticeKind::Booked { .. } | NoticeKind::PutOff { .. } | NoticeKind::CalledOff { .. } => 60 * MINUTE_MS,
    }
}
