//! What a history says, one JSON object a line: who asked what, when, and what came of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::timeout;

/// What is asked or seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// A number, over HTTP.
    Take,
    /// The way back to a visit or console by its cookie, and a socket.
    Resume,
    /// 「我在」.
    Here,
    /// 「我在，继续」 after 过号.
    Return,
    /// A window accepts its ring; a citizen takes the call.
    Accept,
    /// A window declines its ring.
    Decline,
    /// 「等 1 分钟」.
    Later,
    /// Either side hangs up.
    HangUp,
    /// The talk is held.
    Hold,
    /// It goes on, or a transfer is taken back.
    Unhold,
    /// The citizen is sent off to fetch something.
    Park,
    /// 「转接」, to another window or into the line.
    Transfer,
    /// 「不排了」.
    Leave,
    /// 收尾 is done.
    Finish,
    /// A window says that it is there, or comes back.
    Ready,
    /// A line of chat.
    Say,
    /// The lines of a visit, read from the archive.
    ReadChat,
    /// The place as shown once a heartbeat is answered.
    ReadPosition,
    /// How many wait, as anyone may know.
    ReadBoard,
    /// A version of the record.
    Record,
    /// A rating.
    Rate,
    /// Name and telephone.
    Contact,
    /// 「请给我回电话」.
    Callback,
    /// 「优先照顾」.
    Priority,
    /// A desk books a slot for somebody.
    Book,
    /// A desk calls one off.
    CallOff,
    /// The link of an appointment is opened on a phone.
    OpenLink,
    /// 「我到了，签到」.
    CheckIn,
    /// A window takes somebody by hand, the next or a named one.
    Pick,
    /// A window rests.
    Rest,
    /// A window's page is silent for so long.
    Sleep,
    /// A window looks up the number it is to call.
    Dial,
    /// Somebody answered the telephone.
    Reached,
    /// Nobody did.
    Unanswered,
    /// A visit is taken along to another phone, and has arrived there.
    HandOver,
    /// The first phone comes back to a visit that is at another.
    OldPhone,
    /// 紧急停办.
    Suspend,
    /// Its end.
    EndSuspension,
    /// A rule is changed; the words are those of its audit row.
    Rule,
    /// A ring as its window sees it.
    Offer,
    /// Something without the right to it, and what was answered.
    Intrude,
    /// Something that goes wrong.
    Fault,
    /// Everybody has left, or has been given up.
    DrainAll,
}

/// Where an entry stands in its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It is asked; a fault begins.
    Invoke,
    /// It was done; a fault did something and is over.
    Ok,
    /// It was refused, and nothing changed; a fault did nothing.
    Fail,
    /// Nobody knows whether it was done, or will be.
    Unknown,
    /// Nothing was asked: this was shown.
    Saw,
}

/// What was asked with, answered or shown; what is not said is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Value {
    /// The visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    /// The staff member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Names the operation to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Number called, or number of a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The hall's event number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
    /// Number of a line of chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Numbers of lines read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<u32>>,
    /// Words, level of a rating, kind of a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// People ahead as shown, and people waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u32>,
    /// Windows on duty, as anyone may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<u32>,
    /// A shown place got worse, and why was shown too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_cause: bool,
    /// Code of a refusal, or what an intruder was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Microseconds of a monotonic clock since the beginning.
    pub at_us: u64,
    /// `citizen-3`, `window-1`, `intruder-1`, `faults`.
    pub who: String,
    /// Number of the operation: its entries have one in common.
    pub nth: u64,
    /// Where in the operation.
    pub phase: Phase,
    /// What.
    pub op: Op,
    /// With what.
    pub value: Value,
}

/// What time of the day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hour {
    /// People come, and things go wrong.
    Day,
    /// Nothing goes wrong any more, and the day goes on: what is promised of a good day is looked at.
    Calm,
    /// Nobody begins anything: citizens go home.
    Evening,
    /// Nobody is left: windows close.
    Night,
}

/// Everybody writes into one.
pub struct Log {
    begun: Instant,
    next: AtomicU64,
    counted: AtomicU64,
    met: watch::Sender<BTreeMap<String, u64>>,
    file: Mutex<BufWriter<File>>,
    hour: watch::Sender<Hour>,
}

/// An operation that was invoked.
pub struct Asked {
    nth: u64,
    who: String,
    op: Op,
}

impl Log {
    /// An empty history in a new file.
    pub fn create(path: &Path) -> Self {
        Self {
            begun: Instant::now(),
            next: AtomicU64::new(1),
            counted: AtomicU64::new(0),
            met: watch::Sender::new(BTreeMap::new()),
            file: Mutex::new(BufWriter::new(File::create(path).unwrap())),
            hour: watch::Sender::new(Hour::Day),
        }
    }

    /// Something is about to be asked.
    pub fn invoke(&self, who: &str, op: Op, value: Value) -> Asked {
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        let who = who.to_owned();
        self.write(&who, nth, Phase::Invoke, op, value);
        Asked { nth, who, op }
    }

    /// How it went; what is never said so is unknown.
    pub fn end(&self, asked: Asked, phase: Phase, value: Value) {
        let Asked { nth, who, op } = asked;
        if op.is_counted() && phase != Phase::Unknown {
            self.counted.fetch_add(1, Ordering::Relaxed);
        }
        self.write(&who, nth, phase, op, value);
    }

    /// Something was shown at this moment.
    pub fn saw(&self, at_us: u64, who: &str, op: Op, value: Value) {
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        self.put(&Entry {
            at_us,
            who: who.to_owned(),
            nth,
            phase: Phase::Saw,
            op,
            value,
        });
    }

    /// Microseconds since the beginning.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap()
    }

    /// Operations that were answered, of those that count.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// Somebody was told of this trouble.
    pub fn meets(&self, code: &str) {
        self.met.send_modify(|met| *met.entry(code.to_owned()).or_default() += 1);
    }

    /// Waits until somebody is told of this trouble, or for so long.
    pub async fn until_met(&self, code: &str, at_most: Duration) -> bool {
        let count = |met: &BTreeMap<String, u64>| met.get(code).copied().unwrap_or_default();
        let mut met = self.met.subscribe();
        let before = count(&met.borrow_and_update());
        timeout(at_most, met.wait_for(|met| count(met) > before)).await.is_ok()
    }

    /// It strikes the hour.
    pub fn strike(&self, hour: Hour) {
        self.hour.send_replace(hour);
    }

    /// Whether it is this hour yet.
    pub fn is(&self, hour: Hour) -> bool {
        *self.hour.borrow() >= hour
    }

    /// So long passes, or the next hour strikes meanwhile. A load has a pace and a fault a length: nothing is expected at their end.
    pub async fn passes(&self, length: Duration) {
        let mut hour = self.hour.subscribe();
        let now = *hour.borrow_and_update();
        // Whether the hour struck makes no difference.
        let _ = timeout(length, hour.wait_for(|hour| *hour > now)).await;
    }

    /// Writes down what is still in memory.
    pub fn close(&self) {
        self.lines().flush().unwrap();
    }

    fn write(&self, who: &str, nth: u64, phase: Phase, op: Op, value: Value) {
        self.put(&Entry {
            at_us: self.now_us(),
            who: who.to_owned(),
            nth,
            phase,
            op,
            value,
        });
    }

    fn put(&self, entry: &Entry) {
        let mut line = serde_json::to_vec(entry).unwrap();
        line.push(b'\n');
        self.lines().write_all(&line).unwrap();
    }

    fn lines(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.file.lock().unwrap()
    }
}

impl Op {
    /// Whether it counts as an operation of the history: a heartbeat does not, and what is only seen does not.
    pub fn is_counted(self) -> bool {
        !matches!(self, Op::ReadPosition | Op::Offer | Op::Sleep | Op::Fault | Op::DrainAll)
    }
}
