//! Messages to people away from the page (Notices): a provider that fails now and then, and what is promised of it. Each
//! message is for a cause that is stored, one for each, to the number its own person left, while it is of use. It is stored with
//! its cause, owed from then on whatever becomes of the server, and handed over again after an end only where that end was not noted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use yunyiban_app::ports::Notices;
use yunyiban_app::ports::notices::{Delivery, DeliveryState, Notice, NoticeFailure, kind_word};
use yunyiban_app::ports::store::HallBatch;
use yunyiban_core::{Event, NoticeKind, Subject, Visit, VisitState};
use yunyiban_protocol::{HallId, VisitId};

use super::book::Book;
use super::chance::Chance;
use super::truth::HallTruth;
use super::world::World;

/// Attempts of a hundred that fail; of half of them the provider has the message all the same.
const FAILS_PERCENT: u64 = 25;
/// A message is handed over at most so often (app, `PAUSES_MS`).
const MOST_ATTEMPTS: u32 = 5;
/// A provider takes so long at most to answer, and this much a message may be late.
const LATE_MS: i64 = 10_000;
/// By then a message that is owed, or to be tried again, was handed over, if nothing was in trouble: some others may go first.
const OWED_MS: i64 = 60_000;
/// It rests so long at most between two attempts (app, `PAUSES_MS`).
const LONGEST_PAUSE_MS: i64 = 120_000;

/// Causes and messages of a hall.
#[derive(Debug, Default)]
pub struct Due {
    /// When each cause was decided, by visit and kind.
    causes: BTreeMap<(VisitId, &'static str), Vec<i64>>,
    /// How often each was told that its turn was near when a window called it again: from then on it is told anew.
    called_again: BTreeMap<VisitId, usize>,
    /// Messages handed to the provider, and how often each.
    sent: BTreeMap<(VisitId, &'static str), BTreeMap<String, u32>>,
    /// Messages the provider took.
    taken: BTreeSet<String>,
    /// Lines of the log by message: how each stands, and since when it is there.
    lines: BTreeMap<String, (DeliveryState, i64)>,
    /// When each message was handed over last, and how far ahead the owner's clock was.
    tried: BTreeMap<String, (i64, i64)>,
    /// Attempts that are not noted yet, and since when.
    open: BTreeMap<String, i64>,
    /// Messages an attempt of which was never noted: the archive failed, or the server died before.
    unnoted: BTreeSet<String>,
}

/// A batch was stored: whatever a slot that could not be kept needs to be told by is in it.
pub fn stored(book: &mut Book, hall: &mut HallTruth, batch: &HallBatch) {
    let now = book.now();
    for line in &batch.deliveries {
        let fresh = hall.due.lines.insert(line.id.clone(), (line.state, now)).is_none();
        let is_first = line.state == DeliveryState::Waiting && line.attempts == 0;
        book.hold(fresh && is_first, "notices", || format!("{} is decided twice: {line:?}", line.id));
        let of_kind = batch.events.iter().any(|chained| is_cause(&chained.event, &line.visit, &line.kind));
        book.hold(of_kind, "notices", || format!("{} is stored without its cause", line.id));
    }
    for chained in &batch.events {
        let Subject::Visit { visit } = &chained.event.after else { continue };
        let kind = cause_of(&chained.event, visit).filter(|kind| matches!(*kind, "near_turn" | "put_off" | "called_off"));
        let owed = |kind: &str| batch.deliveries.iter().any(|line| line.visit == visit.id && line.kind == kind);
        book.hold(kind.is_none_or(owed), "notices", || {
            format!("{} is {kind:?} and that is owed to nobody", visit.id)
        });
    }
}

fn is_cause(event: &Event, of: &VisitId, kind: &str) -> bool {
    matches!(&event.after, Subject::Visit { visit } if visit.id == *of && cause_of(event, visit) == Some(kind))
}

/// The end of an attempt was noted, or could not be.
pub fn noted(book: &mut Book, hall: &HallId, line: &Delivery, is_stored: bool) {
    let now = book.now();
    book.hold(line.attempts <= MOST_ATTEMPTS, "notices", || {
        format!("{} is tried {} times", line.id, line.attempts)
    });
    let Some(truth) = book.halls.get_mut(hall) else { return };
    truth.due.open.remove(&line.id);
    if is_stored {
        truth.due.lines.entry(line.id.clone()).or_insert((line.state, now)).0 = line.state;
    } else {
        truth.due.unnoted.insert(line.id.clone());
    }
}

/// What is owed is tried, and tried again until it is over.
pub fn nobody_is_forgotten(book: &mut Book, hall: &HallTruth) {
    let due = &hall.due;
    // Whoever loads the hall with a clock that was set back cannot know how much of the rest is over, and begins it anew.
    let rests_from = |(at, offset): (i64, i64)| if offset > hall.offset { at.max(hall.loaded_at) } else { at };
    let rests_until = |id: &String| due.tried.get(id).map_or(0, |tried| rests_from(*tried) + LONGEST_PAUSE_MS);
    let since = book.trouble.max(hall.started_at).max(hall.loaded_at);
    let forgotten = due
        .lines
        .iter()
        .find(|(id, (state, stored))| *state == DeliveryState::Waiting && book.now() - since.max(*stored).max(rests_until(id)) > OWED_MS);
    if let Some((id, (_, stored))) = forgotten {
        book.fail(
            "notices",
            &format!(
                "{id} is owed since {stored} and nobody tries, the last time {:?}",
                due.tried.get(id).map(|(at, _)| at)
            ),
        );
    }
}

/// A visit changed: a message may be due.
pub fn changed(book: &mut Book, hall: &mut HallTruth, event: &Event, after: &Visit) {
    if event.cause == "recalled" {
        let times = times_near(hall, &after.id);
        hall.due.called_again.insert(after.id.clone(), times);
    }
    let Some(kind) = cause_of(event, after) else { return };
    due(hall, event, after, kind);
    if kind == "near_turn" {
        near(book, hall, after);
    }
}

/// What a change of a visit is told by.
fn cause_of(event: &Event, after: &Visit) -> Option<&'static str> {
    Some(match event.cause.as_str() {
        "notice_near" => "near_turn",
        "challenge_unanswered" | "call_not_accepted" => "missed",
        "callback_over" => "callback_failed",
        "callback_unanswered" if after.state.is_closed() => "callback_failed",
        "put_off" => "put_off",
        "no_opening" => "called_off",
        // The link is another then, and so is the message.
        "link_given_anew" => "booked",
        _ => return None,
    })
}

/// A visit began.
pub fn began(hall: &mut HallTruth, event: &Event, visit: &Visit) {
    if event.cause == "booked" {
        due(hall, event, visit, "booked");
    }
}

fn due(hall: &mut HallTruth, event: &Event, visit: &Visit, kind: &'static str) {
    let decided = event.at.as_millis() - hall.offset;
    hall.due.causes.entry((visit.id.clone(), kind)).or_default().push(decided);
}

fn times_near(hall: &HallTruth, visit: &VisitId) -> usize {
    hall.due.causes.get(&(visit.clone(), "near_turn")).map_or(0, Vec::len)
}

/// 「快到您了」: to somebody away near the head, once at three and once at one, and so again after a window called the missed number again.
fn near(book: &mut Book, hall: &HallTruth, visit: &Visit) {
    let id = &visit.id;
    let times = times_near(hall, id) - hall.due.called_again.get(id).copied().unwrap_or_default();
    book.hold(times <= 2, "notices", || format!("{id} is told {times} times that the turn is near"));
    let is_ahead = |other: &Visit| other.state.in_line() && other.queue == visit.queue && other.order < visit.order;
    let ahead = hall.visits.values().filter(|other| is_ahead(&other.row)).count();
    let away = matches!(visit.state, VisitState::Away { .. }) && book.phones.contains_key(id);
    book.hold(away && ahead < 3, "notices", || {
        format!("{id} is {} with {ahead} ahead and told that the turn is near", visit.state.name())
    });
}

/// See the module.
pub struct Provider {
    world: Arc<World>,
    book: Arc<Mutex<Book>>,
    chance: Mutex<Chance>,
}

impl Provider {
    /// One that has taken nothing yet.
    pub fn new(world: Arc<World>, book: Arc<Mutex<Book>>, seed: u64) -> Arc<Self> {
        let chance = Mutex::new(Chance::new(seed, 11));
        Arc::new(Self { world, book, chance })
    }

    fn handed_over(&self, notice: &Notice, taken: bool) {
        let mut book = self.book.lock().unwrap();
        let kind = kind_word(notice.kind);
        book.note(&format!("notice {kind} {} for {} taken {taken}", notice.id, notice.visit));
        let Some(mut hall) = book.halls.remove(&notice.hall) else {
            return book.fail("I22", "a message of no hall");
        };
        is_tried_for_a_reason(&mut book, &mut hall, &notice.id);
        is_right(&mut book, &mut hall, notice, kind);
        let fresh = taken && hall.due.taken.insert(notice.id.clone());
        book.seen.saw(if taken { "notice_delivered" } else { "notice_failed" });
        let unnoted = hall.due.unnoted.contains(&notice.id);
        book.hold(fresh || !taken || unnoted, "notices", || format!("{} is delivered twice", notice.id));
        book.halls.insert(notice.hall.clone(), hall);
    }
}

/// Nothing is tried that the log says is over. An attempt whose process died, or whose note failed, is not counted.
fn is_tried_for_a_reason(book: &mut Book, hall: &mut HallTruth, id: &str) {
    let over = hall.due.lines.get(id).is_some_and(|(state, _)| *state != DeliveryState::Waiting);
    book.hold(!over, "notices", || format!("{id} is sent though the log says that it is over"));
    hall.due.tried.insert(id.to_owned(), (book.now(), hall.offset));
    if let Some(since) = hall.due.open.insert(id.to_owned(), book.now()) {
        let died = since < hall.started_at;
        book.hold(died, "notices", || format!("{id} is tried twice at once"));
        hall.due.unnoted.insert(id.to_owned());
    }
}

fn is_right(book: &mut Book, hall: &mut HallTruth, notice: &Notice, kind: &'static str) {
    let (visit, now) = (&notice.visit, book.now());
    let own = book.phones.get(visit).is_some_and(|numbers| numbers.contains(notice.phone.reveal()));
    book.hold(own, "I15", || format!("a message about {visit} goes to a number it never left"));
    let number = hall.visits.get(visit).map(|standing| standing.row.number.to_string());
    book.hold(number.as_ref() == Some(&notice.number), "I15", || {
        format!("{visit} is {number:?} and called {}", notice.number)
    });
    let of_kind = (visit.clone(), kind);
    let causes = hall.due.causes.get(&of_kind).cloned().unwrap_or_default();
    let sent = hall.due.sent.entry(of_kind).or_default();
    *sent.entry(notice.id.clone()).or_default() += 1;
    let (messages, attempts) = (sent.len(), sent[&notice.id]);
    book.hold(messages <= causes.len(), "notices", || {
        format!("{messages} messages {kind} to {visit} for {} causes", causes.len())
    });
    book.hold(attempts <= MOST_ATTEMPTS || hall.due.unnoted.contains(&notice.id), "notices", || {
        format!("{} is tried {attempts} times", notice.id)
    });
    let age = now - causes.last().copied().unwrap_or_default();
    book.hold(age <= useful_ms(notice.kind) + LATE_MS, "notices", || {
        format!("{kind} reaches {visit} {age} ms after its cause")
    });
}

/// How long a message helps anybody, milliseconds.
fn useful_ms(kind: NoticeKind) -> i64 {
    match kind {
        NoticeKind::NearTurn { .. } => 180_000,
        NoticeKind::Missed => 900_000,
        NoticeKind::CallbackFailed | NoticeKind::Booked { .. } | NoticeKind::PutOff { .. } | NoticeKind::CalledOff { .. } => 3_600_000,
    }
}

#[async_trait]
impl Notices for Provider {
    async fn deliver(&self, notice: &Notice) -> Result<(), NoticeFailure> {
        let (fails, pause) = {
            let mut chance = self.chance.lock().unwrap();
            (chance.percent(FAILS_PERCENT), chance.between(5, 3_000))
        };
        self.world.sleep(pause).await;
        self.handed_over(notice, !fails);
        if fails {
            return Err(NoticeFailure::Unreachable("timeout"));
        }
        Ok(())
    }
}
