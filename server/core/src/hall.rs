//! The hall: one pure state machine for all visits and windows of a hall.
//!
//! `handle` takes an input and the time, checks every rule, and either refuses (nothing changed) or changes
//! the hall in memory and leaves events, rows and tells to be drained. The caller stores the first two
//! in one transaction and tells only then. The hall never waits: [`Hall::next_wake`] names its next deadline.
//!
//! Reading order, one visit's life: `arrive`, `token`, `carry_over`, `follow_up`, `handover`, `line`, `place`, `priority`, `matching`, `turns`, `here`, `ring`, `pick`,
//! `connect`, `serve`, `missed`, `recall`, `lost`, `wrap_up`; beside it `presence`, `chat`, `share`, `record`, `rating`, `hours`, `closing`, `suspension`, `wait`,
//! `offer`, `callback`, `left_number`, `appointment`, `slots`, `put_off`, `no_show`, `transfer`, `consult`, `referral`, `supervisor`, `notices`, `probe`, `rules`, `timetable`.
//! `ledger` is the one place where rows change and events are made, `wake` the one where deadlines are named,
//! `views` what people see of it all, `census` what the operator may count.

mod appointment;
mod arrive;
mod build;
mod callback;
mod carry_over;
pub mod census;
mod chat;
mod check;
mod closing;
mod connect;
mod consult;
mod follow_up;
pub mod handover;
mod here;
mod hours;
mod ledger;
mod left_number;
mod line;
mod lost;
mod matching;
mod missed;
mod no_show;
mod notices;
mod offer;
mod pick;
mod place;
#[cfg(feature = "planted")]
pub mod planted;
mod presence;
mod priority;
mod probe;
mod put_off;
mod rating;
mod recall;
mod record;
mod referral;
mod replies;
mod ring;
mod roll;
mod rules;
mod same_phone;
mod scene;
mod serve;
mod set_back;
mod share;
mod slots;
mod supervisor;
mod suspension;
mod tally;
mod text;
mod timetable;
mod token;
mod transfer;
mod turns;
mod views;
mod wait;
mod wake;
mod workload;
mod wrap_up;

#[cfg(test)]
mod tests;

pub use text::phone_digits;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yunyiban_protocol::{HallId, ItemBrief, ItemCode, ItemRef, Place, Seat, StaffId, Timestamp, VisitId};

use crate::calendar::Calendar;
use crate::event::{Actor, Done, Event, Row, Tell};
use crate::input::{Act, CitizenAct, Heard, Input, StaffAct};
use crate::refusal::Refusal;
use crate::setup::HallRules;
use crate::suspension::Suspended;
use crate::{OrderKey, StaffMember, TokenHash, Window};

use closing::Closings;
use handover::Handovers;
use ledger::Outbox;
use line::Lines;
use matching::{Demand, Matching};
use no_show::PhoneMarks;
use place::Moves;
use replies::{Replies, Scope};
use roll::{Page, Roll, Slot};
use tally::Tally;
use token::Age;
use turns::Turns;
use wait::Waits;
use wake::Deadline;

/// What one or several inputs left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// To store, in order.
    pub events: Vec<Event>,
    /// To store with them, in order: what gives a window or person free comes before what takes it.
    pub rows: Vec<Row>,
    /// To tell afterwards and first: the places shown from now on. Of somebody rung meanwhile, the last before the ring.
    pub places: Vec<(VisitId, Place)>,
    /// To tell after them, each once, in order.
    pub tells: Vec<Tell>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Hall {
    facts: Facts,
    matching: Matching,
    /// Visits, live and closed today.
    roll: Roll,
    /// Windows, in the hall's order.
    desks: Vec<Desk>,
    line: Lines,
    turns: Turns,
    /// Visits of the day that moved ahead by a declared priority, by where they moved from.
    moved_ahead: BTreeSet<(OrderKey, Slot)>,
    tokens: BTreeMap<TokenHash, (Slot, Age)>,
    /// Codes that move a visit to another phone.
    handovers: Handovers,
    /// Those of the links of appointments that are not over.
    links: BTreeMap<TokenHash, Slot>,
    /// Of whoever booked and is to come, or did not come.
    phone_marks: PhoneMarks,
    replies: Replies,
    tally: Tally,
    waits: Waits,
    deadlines: BTreeSet<(Timestamp, Deadline)>,
    /// The closing in `deadlines`.
    closing_armed: Option<Timestamp>,
    /// The emergency close.
    suspended: Option<Suspended>,
    /// Whoever waits in vain by this has been closed out, unless they were at a window.
    closed_out: Closings,
    /// Of those a window takes back after closing, the first is not taken back any more from then on.
    taken_back_until: Option<Timestamp>,
    /// Number of the last event.
    seq: u32,
    /// When this memory was built: what ran then has the restart's grace.
    rebuilt_at: Timestamp,
    /// What no window on duty takes: everybody who waits for it was told so.
    unattended: BTreeSet<Demand>,
    /// Visits that were rung around for too long: the alarm for the present rings was told.
    alarmed: BTreeSet<Slot>,
    /// Visits in no line that may come back to it: whoever missed a turn (过号), while 「等 1 分钟」 runs, and while a citizen prepares (请市民去准备).
    coming_back: BTreeSet<Slot>,
    /// Missed visits whose place near the front is given away.
    missed_late: BTreeSet<Slot>,
    /// Live visits by the telephone they left.
    phones: same_phone::Phones,
    /// The same of visits of today that are over.
    ended_phones: same_phone::Phones,
    /// By how much the clock was set back before, milliseconds, until it is counted back.
    set_back_ms: i64,
    /// The latest arrival that an order was given for.
    latest_arrival: Timestamp,
    /// The input being handled.
    turn: Turn,
    outbox: Outbox,
    /// The first invariant found broken.
    broken: Option<&'static str>,
}

/// What a hall is told about itself once.
#[derive(Clone, Debug, PartialEq)]
struct Facts {
    id: HallId,
    name: String,
    telephone: String,
    demo_notice: Option<String>,
    rules: HallRules,
    calendar: Calendar,
    staff: BTreeMap<StaffId, StaffMember>,
    /// Of the catalogue, what the card shows.
    on_card: Arc<[ItemBrief]>,
    item_refs: BTreeMap<ItemCode, ItemRef>,
    /// Groups of items, for the estimate.
    groups: BTreeMap<ItemCode, String>,
}

/// A window with what is known of its page.
#[derive(Clone, Debug, PartialEq)]
struct Desk {
    window: Window,
    page: Page,
    /// When its page said last that its test of itself has run; `None` until it says so for the first time.
    tested_at: Option<Timestamp>,
    /// When it was rung last, until the talk begins.
    rung_at: Option<Timestamp>,
    armed: Option<Timestamp>,
    touched: bool,
    /// Somebody got up since the last drain: the archive may still hold that person here.
    left: bool,
}

/// The input being handled: when, by whom, and what it moved in the line.
#[derive(Clone, Debug, PartialEq)]
struct Turn {
    now: Timestamp,
    actor: Actor,
    moves: Moves,
}

impl Hall {
    /// One operation.
    ///
    /// An operation whose key was seen before in the same scope is not done again: its first reply is returned.
    /// Only a telephone number is looked up again, by the rights of now, and audited again: no reply holds it.
    ///
    /// # Errors
    /// A refusal; nothing changed, with one exception: the first [`Refusal::TokenReused`] of a visit has ended the session
    /// whose old token came back, and the revocation, the end of its place and the audit row wait in [`Hall::drain`] to be stored.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Result<Done, Refusal> {
        self.turn.now = now;
        let Some(key) = input.key else {
            return self.act(input.act);
        };
        if !key.is_well_formed() {
            return Err(Refusal::BadKey);
        }
        let Some(scope) = Scope::of(&input.act) else {
            return self.act(input.act);
        };
        if let Some(done) = self.reply_given(&scope, &key, &input.act) {
            return self.repeat(done, input.act);
        }
        let done = self.act(input.act)?;
        let scope = scope.after(&done);
        let at = self.replies.keep(&scope, &key, &done, now);
        self.outbox.rows.push(Row::Request {
            scope: scope.text(),
            key,
            done: done.clone(),
            at,
        });
        Ok(done)
    }

    /// Signs of life that came together: what follows from them follows once. One of a visit or a window that is forgotten is of no interest.
    pub fn hear(&mut self, signs: impl IntoIterator<Item = Heard>, now: Timestamp) {
        (self.turn.now, self.turn.actor) = (now, Actor::System);
        self.count_back();
        let known = signs.into_iter().filter_map(|sign| self.heard(sign).ok()).count();
        if known > 0 {
            self.settle();
        }
    }

    /// Takes what has gathered since the last call.
    pub fn drain(&mut self) -> Outputs {
        self.take_outputs()
    }

    /// The next moment at which [`Act::Wake`] must be handled; `None` when nothing waits. May be in the past, and
    /// may be early: a lease that was renewed meanwhile is only looked at.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Number of the last event made (stored or about to be).
    pub fn seq(&self) -> u32 {
        self.seq
    }

    fn act(&mut self, act: Act) -> Result<Done, Refusal> {
        self.turn.actor = Actor::System;
        self.count_back();
        let done = match act {
            Act::TakeNumber(take) => self.take_number(take),
            Act::Resume { token, next } => self.resume(&token, next),
            Act::OfferHandover { token, code } => self.offer_handover(&token, code),
            Act::TakeHandover(take) => self.take_handover(take),
            Act::Citizen { visit, act } => self.citizen(visit, act),
            Act::Staff { staff, act } => self.staff(staff, act),
            Act::ReferralTaken { visit, hall, name } => self.referral_taken(&visit, hall, name),
            Act::Heard(heard) => self.heard(heard),
            Act::Wake => {
                self.wake();
                Ok(Done::Nothing)
            }
        };
        // Of the refusals this one may have freed a place or a window.
        if matches!(done, Ok(_) | Err(Refusal::TokenReused)) {
            self.settle();
        }
        done
    }

    fn citizen(&mut self, visit: VisitId, act: CitizenAct) -> Result<Done, Refusal> {
        let slot = self.roll.find(&visit).ok_or(Refusal::VisitUnknown)?;
        if self.is_revoked(slot) {
            return Err(Refusal::TokenReused);
        }
        self.turn.actor = Actor::Citizen(visit);
        if let CitizenAct::Rate(level) = act {
            return self.rate(slot, level);
        }
        if act == CitizenAct::DeclineReferral && self.roll[slot].visit.state.is_closed() {
            return self.decline_referral(slot);
        }
        if self.roll[slot].visit.state.is_closed() {
            return Err(Refusal::VisitClosed);
        }
        let done = match act {
            CitizenAct::Here { .. } => self.tap_here(slot),
            CitizenAct::Return => self.return_to_line(slot),
            CitizenAct::Accept => self.accept_call(slot),
            CitizenAct::Later => self.ask_for_later(slot),
            CitizenAct::HangUp => self.citizen_hangs_up(slot),
            CitizenAct::Leave => self.leave(slot),
            CitizenAct::Callback => self.keep_for_callback(slot),
            CitizenAct::Contact(contact) => self.leave_contact(slot, contact),
            CitizenAct::Say(line) => self.citizen_says(slot, line),
            CitizenAct::Upload(bulk) => self.upload(slot, bulk),
            CitizenAct::StartShare(kind) => self.start_share(slot, Seat::Citizen, kind),
            CitizenAct::StopShare(kind) => self.stop_share(slot, Seat::Citizen, kind),
            CitizenAct::Mode(mode) => self.set_mode(slot, mode),
            CitizenAct::Rate(level) => self.rate(slot, level),
            CitizenAct::Priority => self.declare_priority(slot),
            CitizenAct::CheckIn { notice_version } => self.check_in(slot, notice_version),
            CitizenAct::ChooseHall { hall, name } => self.choose_hall(slot, hall, name),
            CitizenAct::DeclineReferral => self.decline_referral(slot),
        }?;
        self.hear_citizen(slot);
        Ok(done)
    }

    fn staff(&mut self, staff: StaffId, act: StaffAct) -> Result<Done, Refusal> {
        if !self.facts.staff.contains_key(&staff) {
            return Err(Refusal::NotAllowed);
        }
        self.turn.actor = Actor::Staff(staff.clone());
        let desk = self.desk_of(&staff).ok_or(Refusal::NoWindow);
        let done = match act {
            StaffAct::Open(window) => self.open_window(&staff, &window),
            StaffAct::Book(book) => self.book(*book),
            StaffAct::CallOff(visit) => self.call_off(&visit),
            StaffAct::Suspend(wish) => self.suspend(&staff, wish),
            StaffAct::EndSuspension => self.end_suspension(&staff),
            StaffAct::ChangeRule(wish) => self.change_rule(&staff, wish),
            StaffAct::ChangeHours(wish) => self.change_hours(&staff, wish),
            StaffAct::ChangeCalendar(wish) => self.change_calendar(&staff, wish),
            StaffAct::SaveRecord { visit, record, draft, words } => self.save_record(&staff, &visit, record, draft, words),
            StaffAct::Close => self.close_window(desk?),
            StaffAct::Presence { presence, note } => self.choose_presence(desk?, presence, note),
            StaffAct::Back => self.come_back(desk?),
            StaffAct::Probe(fault) => self.report_probe(desk?, fault),
            StaffAct::Accept(visit) => self.accept_ring(desk?, &visit),
            StaffAct::Decline(visit, reason) => self.decline_ring(desk?, &visit, reason),
            StaffAct::Pick(visit) => self.pick(desk?, visit.as_ref(), None),
            StaffAct::Recall(visit) => self.recall(desk?, &visit),
            StaffAct::PickFar(visit, reason) => self.pick(desk?, Some(&visit), Some(reason)),
            StaffAct::HangUp => self.staff_hangs_up(desk?),
            StaffAct::Hold => self.hold(desk?),
            StaffAct::Resume => self.resume_talk(desk?),
            StaffAct::Park => self.park(desk?),
            StaffAct::Transfer(to) => self.transfer(desk?, to),
            StaffAct::Consult(to) => self.consult(desk?, to),
            StaffAct::HandOver => self.hand_over(desk?),
            StaffAct::Refer { hall, name } => self.refer(desk?, hall, name),
            StaffAct::WithdrawReferral => self.withdraw_referral(desk?),
            StaffAct::ExtendWrapUp(reason) => self.extend_wrap_up(desk?, reason),
            StaffAct::Finish => self.finish_wrap_up(desk?),
            StaffAct::RevealPhone => self.reveal_phone(desk?),
            StaffAct::CallbackReached => self.callback_reached(desk?),
            StaffAct::CallbackUnanswered => self.callback_unanswered(desk?),
            StaffAct::InviteRating => self.invite_rating(desk?),
            StaffAct::Say(line) => self.staff_says(desk?, line),
            StaffAct::Upload(bulk) => self.staff_uploads(desk?, bulk),
            StaffAct::StartShare(kind) => self.staff_starts_share(desk?, kind),
            StaffAct::StopShare(kind) => self.staff_stops_share(desk?, kind),
            StaffAct::Mode(mode) => self.staff_sets_mode(desk?, mode),
        }?;
        if let Some(desk) = self.desk_of(&staff) {
            self.hear_window(desk);
        }
        Ok(done)
    }

    /// What follows from any change: a new day begins, the hall closes, windows are rung, people are asked, places are told.
    fn settle(&mut self) {
        self.turn.actor = Actor::System;
        self.turn_day();
        self.open_to_left_numbers();
        self.close_out();
        self.ring_whoever_can_be();
        self.ask_near_the_head();
        self.tell_who_serves();
        self.notify_near_the_head();
        self.forecast_again();
        self.settle_places();
    }

    /// The window a staff member sits at.
    fn desk_of(&self, staff: &StaffId) -> Option<usize> {
        self.desks.iter().position(|desk| desk.window.staff.as_ref() == Some(staff))
    }
}
