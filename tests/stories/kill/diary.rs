//! What everybody asked and was told, kept outside the server; and the step at which the server dies.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use yunyiban_protocol::{ChatBody, ChatRequest, ClientMessage, RecordRequest, Reply, RequestKey, VisitId};

use crate::support::page::Page;
use crate::support::process::Killer;

/// Everybody writes into one.
#[derive(Default)]
pub struct Diary(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    steps: u64,
    death: Option<Death>,
    numbers: BTreeMap<VisitId, Number>,
    lines: Vec<(VisitId, String, String)>,
    records: Vec<(VisitId, String)>,
    cut_off: u64,
}

/// A number that was told.
#[derive(Clone)]
pub struct Number {
    /// `A12`.
    pub number: String,
    /// The step at which it was asked for, and the one at which it was told.
    pub asked: u64,
    /// See [`Number::asked`].
    pub told: u64,
}

/// How much was told, and how many questions were cut off by a kill.
#[derive(Debug)]
pub struct Told {
    pub numbers: u64,
    pub lines: u64,
    pub records: u64,
    pub cut_off: u64,
}

struct Death {
    at: u64,
    delay: Duration,
    killer: Killer,
}

/// One operation of a page, asked under its key until it is answered.
pub struct Asked {
    pub key: RequestKey,
    pub message: ClientMessage,
    pub visit: VisitId,
    /// `None`: the server died meanwhile.
    pub reply: Option<Reply>,
}

impl Diary {
    /// Lets the server die so many steps from now and a little later, microseconds.
    pub fn kill_after(&self, steps: u64, later_us: u64, killer: Killer) {
        let mut pages = self.pages();
        pages.death = Some(Death {
            at: pages.steps + steps,
            delay: Duration::from_micros(later_us),
            killer,
        });
    }

    /// Something was asked or told. The number of the step.
    pub fn step(&self) -> u64 {
        let mut pages = self.pages();
        pages.steps += 1;
        let steps = pages.steps;
        if let Some(death) = pages.death.take_if(|death| death.at <= steps) {
            // On a thread of its own, so that the moment does not hang on what people do.
            std::thread::spawn(move || {
                let since = Instant::now();
                while since.elapsed() < death.delay {
                    std::hint::spin_loop();
                }
                death.killer.kill();
            });
        }
        steps
    }

    /// A number was told.
    pub fn number(&self, visit: &VisitId, number: &str, asked: u64) {
        let told = self.step();
        let number = Number {
            number: number.to_owned(),
            asked,
            told,
        };
        self.pages().numbers.insert(visit.clone(), number);
    }

    /// Asks one operation on a page and keeps what was answered; `None` when the server died.
    pub async fn ask(&self, page: &mut Page, asked: &mut Asked) -> Option<Reply> {
        self.step();
        let reply = match page.try_say(&asked.message).await {
            Some(()) => page.try_reply(&asked.key).await,
            None => None,
        };
        let Some(reply) = reply else {
            self.pages().cut_off += 1;
            return None;
        };
        self.step();
        if asked.reply.is_none() {
            self.keep(asked, &reply);
        }
        asked.reply = Some(reply.clone());
        Some(reply)
    }

    fn keep(&self, asked: &Asked, reply: &Reply) {
        let Reply::Done { value, .. } = reply else { return };
        let visit = asked.visit.clone();
        match &asked.message {
            ClientMessage::Chat(ChatRequest::Say {
                body: ChatBody::Text { text },
                ..
            }) => {
                let number = value.clone().expect("a line has a number");
                self.pages().lines.push((visit, number, text.reveal().clone()));
            }
            ClientMessage::Record(RecordRequest::Save { draft, .. }) => self.pages().records.push((visit, draft.note.reveal().clone())),
            ClientMessage::Chat(_)
            | ClientMessage::Session(_)
            | ClientMessage::Visit(_)
            | ClientMessage::Window(_)
            | ClientMessage::Suspension(_)
            | ClientMessage::Call(_)
            | ClientMessage::Share(_)
            | ClientMessage::Rating(_) => {}
        }
    }

    /// Every number told.
    pub fn numbers(&self) -> BTreeMap<VisitId, Number> {
        self.pages().numbers.clone()
    }

    /// Every line of chat told to be kept: visit, its number, its text.
    pub fn lines(&self) -> Vec<(VisitId, String, String)> {
        self.pages().lines.clone()
    }

    /// Every record told to be kept: visit and note.
    pub fn records(&self) -> Vec<(VisitId, String)> {
        self.pages().records.clone()
    }

    /// A question that got no answer.
    pub fn was_cut_off(&self) {
        self.pages().cut_off += 1;
    }

    /// How busy it was.
    pub fn told(&self) -> Told {
        let pages = self.pages();
        let count = |length| u64::try_from(length).unwrap();
        Told {
            numbers: count(pages.numbers.len()),
            lines: count(pages.lines.len()),
            records: count(pages.records.len()),
            cut_off: pages.cut_off,
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap()
    }
}

/// Asks everything of the last round again: what was answered is answered the same.
pub async fn ask_again(diary: &Diary, page: &mut Page, asked: &mut Vec<Asked>) {
    for mut before in asked.drain(..) {
        let first = before.reply.clone();
        page.heard.clear();
        let again = diary.ask(page, &mut before).await.expect("nobody kills it now");
        if let Some(first @ Reply::Done { .. }) = first {
            assert_eq!(again, first, "the same answer by key: {:?}", before.message);
        }
    }
}
