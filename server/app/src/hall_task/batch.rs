//! What one batch decided, and who is answered once it is stored.

use yunyiban_core::{Act, CitizenAct, Done, Heard, Input, Refusal, Row, StaffAct, TokenHash};
use yunyiban_protocol::{ItemCode, RequestKey, Timestamp, VisitId, VisitStatus};

use super::operation::{Administer, Answer, Attach, Enter, Entered, Look, Operation, Page, Sight, SignedBy, done_reply, trouble_reply};
use super::trespass::named;
use super::{HallTask, SHORTEST_SLEEP_MS};
use crate::bucket::{AddressBucket, TokenBucket, Verdict};
use crate::outbox::OutboxSender;
use crate::switchboard::Party;
use crate::sync::lock;
use crate::trouble::Trouble;

/// Returns of one visit with its cookie at once: a page loaded again and again on a bad line.
const RETURNS_AT_ONCE: u32 = 10;
/// The same in the long run, each second.
const RETURNS_A_SECOND: u32 = 1;

/// The first version whose pages take the reply to 「我在」 for the news of it; older ones wait for their view.
const REPLY_SAYS_HERE: u16 = 2;

/// Everyone who waits for this batch, in the order they asked.
#[derive(Default)]
pub(super) struct Batch {
    waiting: Vec<Waiting>,
}

enum Waiting {
    Page {
        party: Party,
        to: OutboxSender,
        key: RequestKey,
        result: Result<Done, Refusal>,
        /// Whose number the reply tells, where it tells one: at the end of the batch the window may have another visit.
        dialled: Option<VisitId>,
        /// The page does not know its own tap from the reply.
        wants_view: bool,
    },
    Enter {
        answer: Answer<Entered>,
        result: Result<Done, Refusal>,
    },
    Do {
        answer: Answer<Done>,
        result: Result<Done, Refusal>,
    },
    Attach(Attach),
    Look(Look),
}

impl Batch {
    /// Answers everyone that it could not be done. A refusal is not told either: it may rest on what was not stored.
    pub(super) fn fail(self, trouble: Trouble) {
        for waiting in self.waiting {
            let trouble = trouble.clone();
            match waiting {
                Waiting::Page { to, key, .. } => to.send(&trouble_reply(Some(key), trouble)),
                Waiting::Enter { answer, .. } => drop(answer.send(Err(trouble))),
                Waiting::Do { answer, .. } => drop(answer.send(Err(trouble))),
                Waiting::Attach(attach) => drop(attach.answer.send(Err(trouble))),
                Waiting::Look(look) => drop(look),
            }
        }
    }
}

impl HallTask {
    /// Lets the core decide one operation.
    pub(super) fn handle(&mut self, operation: Operation, batch: &mut Batch, now: Timestamp) {
        let waiting = match operation {
            Operation::Page(Page {
                party,
                to,
                version,
                key,
                signed_with,
                act,
            }) => {
                let wants_view = version < REPLY_SAYS_HERE && is_here(&act);
                let named = named(&act).cloned();
                let result = self.decide_of(signed_with, Input { key: Some(key.clone()), act }, now);
                self.note_trespass(&party, named, &result, now);
                let dialled = match &party {
                    Party::Staff(staff) if result == Ok(Done::Phone) => self.hall.visit_of(staff),
                    Party::Staff(_) | Party::Citizen(_) => None,
                };
                Waiting::Page {
                    party,
                    to,
                    key,
                    result,
                    dialled,
                    wants_view,
                }
            }
            Operation::Enter(Enter { input, from, answer }) => {
                let result = match (&input.act, from) {
                    (Act::TakeHandover(_), Some(from)) => self.try_code(input, from, now),
                    (act, from) if self.may_enter(act, from, now) => self.enter(input, from, now),
                    _ => Err(Refusal::TooMany),
                };
                Waiting::Enter { answer, result }
            }
            Operation::Do { act, answer } => {
                let result = match act {
                    act if self.may_enter(&act, None, now) => self.decide(Input { key: None, act }, now),
                    _ => Err(Refusal::TooMany),
                };
                Waiting::Do { answer, result }
            }
            Operation::Administer(Administer { member, input, answer }) => {
                let (party, named) = (Party::Staff(member.id.clone()), named(&input.act).cloned());
                self.hall.introduce(member);
                let result = self.decide(input, now);
                self.note_trespass(&party, named, &result, now);
                Waiting::Do { answer, result }
            }
            Operation::Attach(attach) => {
                self.hear_sign_in(&attach, now);
                Waiting::Attach(attach)
            }
            Operation::Look(look) => Waiting::Look(look),
            // Answered already, by a refusal; nobody waits.
            Operation::Trespass(party) => return self.trespasses.note(&party, Refusal::NotAllowed, None, now),
        };
        batch.waiting.push(waiting);
    }

    /// Signs of life, before anything that could take a living page for dead.
    pub(super) fn handle_signs(&mut self, now: Timestamp) {
        self.sign_pace.note_taken(now);
        let pending = self.lines.signs.take();
        let mut signs: Vec<Heard> = Vec::new();
        signs.extend(pending.citizens.into_iter().map(|(visit, visible)| Heard::Citizen { visit, visible }));
        signs.extend(pending.staff.into_iter().map(|staff| Heard::Staff { staff }));
        signs.extend(pending.tested.into_iter().map(|staff| Heard::StaffTested { staff }));
        for (party, number) in pending.gone {
            if self.lines.switchboard.detach(&party, number) {
                signs.push(match party {
                    Party::Citizen(visit) => Heard::CitizenGone { visit },
                    Party::Staff(staff) => Heard::StaffGone { staff },
                });
            }
        }
        self.hall.hear(signs, now);
    }

    /// Runs the timers that are due.
    pub(super) fn handle_timers(&mut self, now: Timestamp) {
        let due = self.hall.next_wake().is_some_and(|wake| wake <= now);
        if due && now >= self.woken_at.plus(SHORTEST_SLEEP_MS) {
            self.woken_at = now;
            self.hear_or_wake(Act::Wake, now);
        }
    }

    /// Nobody waits for the answer: a sign of a visit that is forgotten is of no interest.
    fn hear_or_wake(&mut self, act: Act, now: Timestamp) {
        let _ = self.hall.handle(Input { key: None, act }, now);
    }

    /// A page that opens a socket has got the token its ticket came with.
    fn hear_sign_in(&mut self, attach: &Attach, now: Timestamp) {
        if let (Party::Citizen(visit), SignedBy::Ticket(token)) = (&attach.party, &attach.by) {
            let (visit, token) = (visit.clone(), token.clone());
            self.hear_or_wake(Act::Heard(Heard::CitizenSignedIn { visit, token }), now);
        }
    }

    /// Of a page that signed in with a token, unless its visit is on another phone meanwhile.
    fn decide_of(&mut self, signed_with: Option<TokenHash>, input: Input, now: Timestamp) -> Result<Done, Refusal> {
        if signed_with.is_some_and(|token| self.hall.was_handed_over(&token)) {
            return Err(Refusal::HandedOver);
        }
        self.decide(input, now)
    }

    pub(super) fn decide(&mut self, input: Input, now: Timestamp) -> Result<Done, Refusal> {
        if let Some(item) = item_named(&input.act)
            && !lock(&self.lines.facts).codes.contains(item)
        {
            return Err(Refusal::ItemUnknown);
        }
        self.hall.handle(input, now)
    }

    /// Decides of somebody who takes a number or comes back. A telephone number left while the hall is closed counts against
    /// its address once it is given, for a call costs a window minutes of the morning.
    fn enter(&mut self, input: Input, from: Option<AddressBucket>, now: Timestamp) -> Result<Done, Refusal> {
        let leaves = from.filter(|_| self.leaves_number(&input.act, now));
        if leaves.is_some_and(|from| !self.left_by_address.take(from, now)) {
            return Err(Refusal::TooMany);
        }
        let result = self.decide(input, now);
        if let Some(from) = leaves.filter(|_| result.is_err()) {
            self.left_by_address.give_back(from, 1, now);
        }
        result
    }

    fn leaves_number(&self, act: &Act, now: Timestamp) -> bool {
        let Act::TakeNumber(take) = act else { return false };
        take.callback.is_some() && self.returning(act, now).is_none() && self.hall.would_be_booked(take.item.as_ref(), now)
    }

    /// Whether somebody may take a number, come back, or go from phone to phone now. Each return stores a fresh token, so that a
    /// visit has its share of them. A wish beyond it counts against the address like one for a new visit; for coming back there
    /// is a later.
    pub(super) fn may_enter(&mut self, act: &Act, from: Option<AddressBucket>, now: Timestamp) -> bool {
        let visit = self.returning(act, now);
        let is_known = visit.is_some();
        let within_share = visit.is_some_and(|visit| self.may_return(visit, now));
        within_share || from.map_or(!is_known, |from| lock(&self.visits_by_address).take(from, now))
    }

    /// Whether this visit has not come back too often.
    pub(super) fn may_return(&mut self, visit: VisitId, now: Timestamp) -> bool {
        let share = self.returns.entry(visit);
        let share = share.or_insert_with(|| TokenBucket::new(RETURNS_A_SECOND, RETURNS_AT_ONCE, now));
        share.take(now) == Verdict::Allowed
    }

    /// The visit that the cookie leads back to. Taking a number leads back to a live one only.
    fn returning(&self, act: &Act, now: Timestamp) -> Option<VisitId> {
        let visit_of = |token| self.hall.visit_by_token(token);
        let is_live = |visit: &&VisitId| {
            let view = self.hall.visit_view(visit, now);
            view.is_some_and(|view| !matches!(view.status, VisitStatus::Closed { .. }))
        };
        match act {
            Act::Resume { token, .. } => visit_of(token).cloned(),
            Act::TakeNumber(take) => take.known.as_ref().and_then(visit_of).filter(is_live).cloned(),
            Act::OfferHandover { token, .. } => visit_of(token).cloned(),
            Act::TakeHandover(take) => self.hall.visit_by_code(&take.code, now).cloned(),
            Act::Citizen { .. } | Act::Staff { .. } | Act::ReferralTaken { .. } | Act::Heard(_) | Act::Wake => None,
        }
    }

    /// Answers everyone: what they asked is stored.
    pub(super) fn answer(&mut self, batch: Batch, now: Timestamp) {
        for waiting in batch.waiting {
            match waiting {
                Waiting::Page {
                    party,
                    to,
                    key,
                    result,
                    dialled,
                    wants_view,
                } => {
                    let wants_view = wants_view && result.is_ok();
                    let message = match result.and_then(|done| self.value(dialled, done)) {
                        Ok(value) => done_reply(key, value),
                        Err(refusal) => trouble_reply(Some(key), refusal.into()),
                    };
                    to.send(&message);
                    if wants_view && let Party::Citizen(visit) = &party {
                        self.tell_visit(visit, now);
                    }
                }
                Waiting::Enter { answer, result } => drop(answer.send(result.and_then(|done| self.entered(done, now)).map_err(Trouble::from))),
                Waiting::Do { answer, result } => drop(answer.send(result.map_err(Trouble::from))),
                Waiting::Attach(attach) => self.attach(attach, now),
                Waiting::Look(look) => look(&Sight { hall: &self.hall, now }),
            }
        }
    }

    /// The value of a reply. The telephone number of `dialled` is looked up now: it is never stored with the reply.
    fn value(&self, dialled: Option<VisitId>, done: Done) -> Result<Option<String>, Refusal> {
        match done {
            Done::Nothing => Ok(None),
            Done::Value { text } => Ok(Some(text)),
            Done::Visit { visit, .. } => Ok(Some(visit.as_str().to_owned())),
            Done::Phone => {
                let phone = dialled.and_then(|visit| self.hall.phone(&visit)).ok_or(Refusal::NoPhone)?;
                Ok(Some(phone.into_revealed()))
            }
        }
    }

    fn entered(&self, done: Done, now: Timestamp) -> Result<Entered, Refusal> {
        let Done::Visit { visit, resumed } = done else {
            return Err(Refusal::VisitUnknown);
        };
        let visit = self.hall.visit_view(&visit, now).ok_or(Refusal::VisitUnknown)?;
        Ok(Entered {
            visit,
            seq: self.seq,
            card: self.hall.card(now),
            resumed,
        })
    }

    /// Somebody brought a copied cookie: the core has ended that session, so its socket ends too (T03).
    pub(super) fn end_reused(&self, row: &Row) {
        if let Row::Audit {
            what, visit: Some(visit), ..
        } = row
            && what == Refusal::TokenReused.code()
        {
            self.lines.switchboard.end_citizen(visit, Refusal::TokenReused.code());
        }
    }
}

fn is_here(act: &Act) -> bool {
    matches!(
        act,
        Act::Citizen {
            act: CitizenAct::Here { .. },
            ..
        }
    )
}

/// The item an act names, which must be in the catalogue.
fn item_named(act: &Act) -> Option<&ItemCode> {
    match act {
        Act::TakeNumber(take) => take.item.as_ref(),
        Act::Staff {
            act: StaffAct::Book(book), ..
        } => book.item.as_ref(),
        Act::Staff {
            act: StaffAct::SaveRecord { draft, .. },
            ..
        } => Some(&draft.item),
        Act::Staff { .. }
        | Act::Citizen { .. }
        | Act::Resume { .. }
        | Act::OfferHandover { .. }
        | Act::TakeHandover(_)
        | Act::ReferralTaken { .. }
        | Act::Heard(_)
        | Act::Wake => None,
    }
}
