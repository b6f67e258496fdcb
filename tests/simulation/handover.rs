//! 「换一部手机接着办」 (E12): people who go on with another phone of theirs by a code, and what is promised of it. The visit stays one and keeps its place;
//! from the move on it is at the other phone alone, where 「我在」 is asked anew; the first is told so, and nothing it asks for is done any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use yunyiban_app::{House, Trouble};
use yunyiban_core::{Actor, Event, TokenHash, Visit, VisitState};
use yunyiban_protocol::http::TakeHandover;
use yunyiban_protocol::{HallId, RequestKey, Sensitive, TakenNumber, VisitId, VisitStatus};

use super::book::{Asker, Book};
use super::chance::Chance;
use super::citizen::Tab;
use super::person::{Person, Phone};
use super::town::Town;
use super::truth::{HallTruth, SLACK_MS};

/// Lines of second phones begin here.
pub const SECOND_PHONES: usize = 200;
/// Of a hundred people so many have one.
pub const SECOND_PERCENT: u64 = 30;
/// After so long without an answer the code is given up, milliseconds.
const PATIENCE_MS: i64 = 60_000;

/// The first phone's page is told within this of the storing, milliseconds: a slow archive answers so late.
const TOLD_MS: i64 = 4_000;

/// Which phone has what.
#[derive(Debug, Default)]
pub struct Handovers {
    /// On which phone's line a token arrived that was given for a code or a link.
    tokens: BTreeMap<TokenHash, usize>,
    /// To which line each visit moved last, and when.
    moved: BTreeMap<VisitId, (usize, i64)>,
    /// On which line each operation was asked for.
    lines: BTreeMap<RequestKey, usize>,
    /// Visits that moved in the batch that is being stored.
    fresh: Vec<VisitId>,
}

impl Handovers {
    /// A page asks for something.
    pub fn asks(&mut self, key: &RequestKey, line: usize) {
        self.lines.insert(key.clone(), line);
    }

    /// Whether the visit was at another phone than this one before a moment.
    fn was_elsewhere(&self, visit: &VisitId, line: usize, moment: i64) -> bool {
        self.moved.get(visit).is_some_and(|(to, since)| *to != line && *since < moment)
    }
}

/// The audit row of a move is stored: whoever has the token that was brought has the visit.
pub fn moved(book: &mut Book, hall: &HallTruth, visit: &VisitId) {
    let line = hall.referrals.tokens.get(visit).and_then(|(token, _)| book.handovers.tokens.get(token));
    let Some(line) = line.copied() else {
        return book.fail("E12", &format!("{visit} moves to a phone that was given nothing"));
    };
    let now = book.now();
    book.note(&format!("{visit} is at line {line}"));
    book.handovers.moved.insert(visit.clone(), (line, now));
    book.handovers.fresh.push(visit.clone());
    if line >= SECOND_PHONES {
        book.seen.saw("handover_moved");
    }
}

/// A reply is stored: what is asked for after a move was asked for by the phone that has the visit. What was under way then may be done still.
pub fn answered(book: &mut Book, key: &RequestKey) {
    let by = book.ops.get(key).map(|op| (op.actor.clone(), op.invoked));
    let (Some((Asker::Actor(Actor::Citizen(visit)), invoked)), Some(line)) = (by, book.handovers.lines.get(key).copied()) else {
        return;
    };
    let moved = book.handovers.was_elsewhere(&visit, line, invoked - TOLD_MS);
    book.hold(!moved, "E12", || format!("{key} of line {line} is done to {visit}, which has moved"));
}

/// A visit changed.
pub fn changed(book: &mut Book, event: &Event, before: &Visit, after: &Visit) {
    if event.cause != "here_on_another_phone" {
        return;
    }
    let asked = Visit {
        here: false,
        here_at: None,
        ..before.clone()
    };
    book.hold(asked == *after, "E12", || format!("another phone makes {after:?} of {}", after.id));
    book.seen.saw("here_on_another_phone");
}

/// At the end of a batch: whoever moved in it is asked 「我在」 anew, but for those who come back by themselves.
pub fn is_asked_anew(book: &mut Book, hall: &HallTruth) {
    for visit in std::mem::take(&mut book.handovers.fresh) {
        let Some(row) = hall.visits.get(&visit).map(|standing| &standing.row) else {
            continue;
        };
        let moves = matches!(
            row.state,
            VisitState::Booked { .. }
                | VisitState::Waiting { .. }
                | VisitState::Away { .. }
                | VisitState::Calling { .. }
                | VisitState::Missed { .. }
                | VisitState::Parked { .. }
                | VisitState::CallbackKept { .. }
        );
        let asked = row.here_at.is_none() && (!row.here || row.back_at.is_some());
        let story = format!("{visit} moves while {:?}, here: {} at {:?}", row.state, row.here, row.here_at);
        book.hold(moves && asked, "E12", || story);
    }
}

/// A code that was shown once, and what may have made it worthless since.
struct Code {
    text: String,
    given_at: i64,
    /// Nobody knows which of several was given last.
    is_last: bool,
}

impl Tab {
    /// Now and then a person in line takes up another phone.
    pub(super) fn thinks_of_other_phone(&mut self) {
        let waits = matches!(
            self.status(),
            Some(
                VisitStatus::Waiting { .. }
                    | VisitStatus::Calling { .. }
                    | VisitStatus::Missed { .. }
                    | VisitStatus::Parked { .. }
                    | VisitStatus::CallbackKept { .. }
            )
        );
        let person = &self.person;
        if !waits || person.town.is_calm() || !person.phone.may_give_away() || !self.page.chance.percent(10) {
            return;
        }
        person.phone.gives_away();
        let (seed, name) = (self.page.chance.draw(), format!("{}h", self.page.name));
        let (person, visit, town) = (person.clone(), self.own().clone(), person.town.clone());
        town.world.begin(async move { person.goes_on_elsewhere(visit, name, seed).await });
    }

    /// The page was ended: the visit is at another phone.
    pub(super) fn is_ended(&mut self, code: &str) {
        let (visit, line, now) = (self.own().clone(), self.person.phone.line, self.now() + 1);
        let mut book = self.person.town.book.lock().unwrap();
        let moved = code == "handed_over" && book.handovers.was_elsewhere(&visit, line, now);
        book.hold(moved, "T03", || format!("the page of {visit} was ended: {code}"));
        book.seen.saw("first_phone_ended");
        drop(book);
        self.going.leaves();
    }

    /// Whether it is no wonder that a page which came back was told so.
    pub(super) fn expects(&mut self, code: &str) -> bool {
        let arrives = self.arrives();
        let is_live = self.person.is_live(self.own());
        let number = self.person.number;
        let (visit, line, now) = (self.own().clone(), self.person.phone.line, self.now() + 1);
        let mut book = self.person.town.book.lock().unwrap();
        let is_gone = match code {
            // The first phone is rung, or talks.
            "not_now" if arrives => return true,
            "too_many" => return true,
            "visit_unknown" | "visit_closed" if arrives => true,
            // The cookie may be of a later visit, where this one is over.
            "handed_over" | "visit_unknown" if !is_live => {
                let theirs = |other: &&VisitId| book.owners.get(*other) == Some(&number);
                let mut moved = book.handovers.moved.keys().filter(theirs);
                moved.any(|other| book.handovers.was_elsewhere(other, line, now))
            }
            "handed_over" | "visit_unknown" => book.handovers.was_elsewhere(&visit, line, now),
            _ => false,
        };
        if is_gone && !arrives {
            book.seen.saw("first_phone_turned_away");
        }
        drop(book);
        if is_gone {
            self.going.leaves();
        }
        is_gone
    }

    /// A page that asked at this moment was let in: the visit was not at another phone by then.
    pub(super) fn is_let_in(&self, asked_at: i64) {
        let (visit, line) = (self.own(), self.person.phone.line);
        let mut book = self.person.town.book.lock().unwrap();
        let moved = book.handovers.was_elsewhere(visit, line, asked_at);
        book.hold(!moved, "E12", || format!("line {line} is let in to {visit}, which has moved"));
    }
}

type Answer<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

impl Person {
    /// A code is shown here and brought there, mostly.
    async fn goes_on_elsewhere(self: Arc<Self>, visit: VisitId, name: String, seed: u64) {
        let mut chance = Chance::new(seed, 15);
        let town = self.town.clone();
        let Some(code) = self.shows_code(&mut chance).await else { return };
        if chance.percent(10) {
            return;
        }
        town.world.sleep(chance.between(500, 15_000)).await;
        if chance.percent(25) {
            // Somebody who saw the code comes, too, and mostly too late.
            let (stranger, key) = (self.with(SECOND_PHONES + self.number), format!("{name}-late"));
            let (code, visit, mut chance) = (code.text.clone(), visit.clone(), Chance::new(seed, 16));
            let world = town.world.clone();
            town.world.begin(async move {
                world.sleep(chance.between(100, 30_000)).await;
                stranger.comes_late(&key, &visit, &code, &mut chance).await;
            });
        }
        let there = self.with(SECOND_PHONES + self.number);
        there.phone.is_other();
        let brought_at = town.world.now();
        match there.opens_link(&format!("{name}-bring"), &code.text, &mut chance).await {
            Ok(taken) => {
                let shown = self.phone.shown.lock().unwrap().get(&visit).cloned();
                there.phone.shown.lock().unwrap().extend(shown.map(|shown| (visit.clone(), shown)));
                let tab = Tab::new(&there, &visit, format!("{name}t"), seed, true).by_link();
                if chance.percent(10) {
                    tab.glance(taken).await;
                } else {
                    tab.live(Some(taken)).await;
                }
            }
            Err(Some(refused)) => self.is_refused_code(&visit, &code, &refused, brought_at),
            Err(None) => {}
        }
    }

    /// The same person with another phone.
    fn with(&self, line: usize) -> Arc<Self> {
        Arc::new(Self {
            town: self.town.clone(),
            number: self.number,
            hall: self.hall.clone(),
            phone: Phone::new(line),
        })
    }

    async fn shows_code(self: &Arc<Self>, chance: &mut Chance) -> Option<Code> {
        for tries in 1..=3 {
            let cookie = self.cookie().lock().unwrap().clone()?;
            let hall = self.hall.clone();
            let call = move |house: Arc<House>| -> Answer<_> { Box::pin(async move { house.offer_handover(&hall, cookie).await }) };
            let given_at = self.town.world.now();
            match self.town.request(self.phone.line, call).await {
                Some(Ok(offered)) => {
                    self.town.book.lock().unwrap().seen.saw("handover_offered");
                    let text = offered.code.reveal().clone();
                    let is_last = tries == 1;
                    return Some(Code { text, given_at, is_last });
                }
                Some(Err(Trouble::Refused(_))) => return None,
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            self.town.world.sleep(chance.between(300, 3_000)).await;
        }
        None
    }

    /// Of no use: the visit has moved.
    async fn comes_late(self: &Arc<Self>, key: &str, visit: &VisitId, code: &str, chance: &mut Chance) {
        let asked_at = self.town.world.now();
        let taken = self.opens_link(key, code, chance).await;
        let mut book = self.town.book.lock().unwrap();
        let moved = book.handovers.moved.get(visit).is_some_and(|(_, since)| *since < asked_at);
        book.hold(!moved || taken.is_err(), "E12", || format!("a used code leads to {visit}"));
        if moved {
            book.seen.saw("code_used_again");
        }
    }

    /// A code that was just shown is wrong only where the hall was loaded since, or the visit is over or has moved.
    fn is_refused_code(&self, visit: &VisitId, code: &Code, refused: &str, brought_at: i64) {
        let mut book = self.town.book.lock().unwrap();
        book.seen.saw("handover_in_vain");
        let hall = &book.halls[&self.hall];
        let is_over = hall.visits.get(visit).is_none_or(|standing| standing.row.state.is_closed());
        let forgot = hall.loaded_at.max(hall.started_at) >= code.given_at - SLACK_MS;
        let story = format!("the code of {visit} of {} is {refused} at {brought_at}", code.given_at);
        let unjust = refused == "code_wrong" && code.is_last && !is_over && !forgot && !book.handovers.moved.contains_key(visit);
        book.hold(!unjust, "E12", || story);
    }

    /// A code or a link is opened on this person's phone; the refusal, or nothing where nobody answers in time.
    pub(super) async fn opens_link(self: &Arc<Self>, key: &str, code: &str, chance: &mut Chance) -> Result<TakenNumber, Option<String>> {
        let key = RequestKey::new(key);
        let since = self.town.world.now();
        while self.town.world.now() - since <= PATIENCE_MS {
            let wish = TakeHandover {
                key: key.clone(),
                code: Sensitive::new(code.to_owned()),
                leave_own: false,
            };
            let (hall, from): (HallId, _) = (self.hall.clone(), Town::address(self.phone.line));
            let call = move |house: Arc<House>| -> Answer<_> { Box::pin(async move { house.take_handover(&hall, wish, None, from).await }) };
            match self.town.request(self.phone.line, call).await {
                Some(Ok((taken, secret))) => {
                    let mut book = self.town.book.lock().unwrap();
                    book.handovers.tokens.insert(secret.hash(), self.phone.line);
                    *self.cookie().lock().unwrap() = Some(secret);
                    return Ok(taken);
                }
                // The time to check in is over, or the desk asked again after this answer.
                Some(Err(Trouble::Refused(refusal))) => return Err(Some(refusal.code().to_owned())),
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            self.town.world.sleep(chance.between(300, 3_000)).await;
        }
        Err(None)
    }
}
